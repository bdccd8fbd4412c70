//! Letting lots live longer, where what their owner does renews them.

use jiff::Timestamp;
use mercer_db::{Tx, params};

use crate::error::LedgerError;
use crate::post::{self, fetch_in};

/// Lets all lots of an owner's accounts of one unit, held ones too, be spent until an instant. Lots
/// that are over, that last longer or that never end are left as they are; how many were changed.
/// For lots that lie with one owner only, such as points: elsewhere a lot keeps its end.
///
/// # Errors
/// The database's.
pub fn extend(
    tx: &mut Tx<'_>,
    now: Timestamp,
    (unit, owner): (&str, &str),
    expires_at: Timestamp,
) -> Result<usize, LedgerError> {
    let rows = tx.fetch(
        "SELECT id FROM ledger_accounts WHERE unit = $1 AND owner = $2 AND floor IS NOT NULL
         ORDER BY id",
        params![unit, owner],
    )?;
    let accounts = rows.iter().map(|row| row.get(0)).collect::<Result<Vec<i64>, _>>()?;
    if accounts.is_empty() {
        return Ok(0);
    }
    let _ = post::lock(tx, &accounts)?;
    let (now, until) = (now.as_microsecond(), expires_at.as_microsecond());
    let mut found = Vec::new();
    let sql = format!(
        "SELECT account_id, lot_id FROM ledger_lot_balances WHERE account_id IN ({{list}})
         AND quantity > 0 AND expires_at > {now} AND expires_at < {until}"
    );
    fetch_in(tx, &sql, &accounts, |row| {
        found.push((row.get::<i64>(0)?, row.get::<i64>(1)?));
        Ok(())
    })?;
    for (account, lot) in &found {
        tx.execute("UPDATE ledger_lots SET expires_at = $2 WHERE id = $1", params![*lot, until])?;
        tx.execute(
            "UPDATE ledger_lot_balances SET expires_at = $3
             WHERE account_id = $1 AND lot_id = $2",
            params![*account, *lot, until],
        )?;
    }
    let mut lots: Vec<i64> = found.into_iter().map(|(_, lot)| lot).collect();
    lots.sort_unstable();
    lots.dedup();
    Ok(lots.len())
}
