//! Reversal: the same lots go back, by line, never more than was moved.

use jiff::Timestamp;
use mercer_db::{Tx, params};
use serde::Serialize;

use crate::error::LedgerError;
use crate::hold::{OpenMove, Portions, choose, open_lines};
use crate::plan::{Ask, LotAsk};
use crate::post::{self, Entry, Kind};
use crate::transfer::Posted;

/// A transfer to take back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reversal {
    /// The same key is done once.
    pub key: String,
    /// Which transfer or commit.
    pub transfer_id: i64,
    /// Whom or what it is about.
    pub subject: String,
    /// Why, a machine name: `returned`.
    pub reason: String,
    /// How much of it.
    pub portions: Portions,
    /// What happens when the lot that was given has been spent since.
    pub spent: Spent,
}

/// What happens when the lot that was given has been spent since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Spent {
    /// The reversal is refused.
    Refuse,
    /// Other lots are taken, then debt where the account's floor allows it.
    TakeOthers,
}

/// Takes a transfer back, whole or by line. What was moved last goes back first.
///
/// # Errors
/// More of a line than is left of it; too little where it went to; an unknown transfer; a hold,
/// which is released instead.
pub fn reverse(
    tx: &mut Tx<'_>,
    now: Timestamp,
    reversal: &Reversal,
) -> Result<Posted, LedgerError> {
    let Reversal { key, transfer_id, subject, reason, portions, spent } = reversal;
    let unknown = || LedgerError::Unknown { what: "transfer", id: transfer_id.to_string() };
    // Takes the row, so that two reversals of one transfer see each other.
    let for_update = tx.backend().for_update();
    let sql = format!("SELECT kind FROM ledger_transfers WHERE id = $1{for_update}");
    let row = tx.fetch_optional(&sql, params![*transfer_id])?.ok_or_else(unknown)?;
    if !matches!(row.str(0), "transfer" | "commit") {
        return Err(unknown());
    }
    let entry = Entry { key, kind: Kind::Reversal, subject, reason, now };
    let posted = post::begin(tx, &entry, &post::fingerprint(reversal))?;
    if !posted.is_new {
        return Ok(posted);
    }
    let mut lines = open_lines(tx, *transfer_id)?;
    lines.reverse();
    let chosen = choose(&lines, portions)?;
    if chosen.is_empty() {
        return Err(LedgerError::BeyondLine { line: 0, wanted: 1, left: 0 });
    }
    let back = |(open, quantity): &(&OpenMove, i64)| -> Result<Ask, LedgerError> {
        // A commit came from the held twin; it goes back to the account that was held.
        let to = origin_of(tx, *transfer_id, open)?;
        let ask = open.ask(to, *quantity, *transfer_id);
        Ok(match spent {
            Spent::Refuse => ask,
            Spent::TakeOthers => Ask { lot: LotAsk::FirstOf(open.lot), ..ask },
        })
    };
    let asks = chosen.iter().map(back).collect::<Result<Vec<_>, _>>()?;
    post::apply(tx, now, posted.transfer_id, &asks, &[])?;
    Ok(posted)
}

/// The account that a movement's quantity belonged to before it was held or moved.
fn origin_of(tx: &mut Tx<'_>, transfer_id: i64, open: &OpenMove) -> Result<i64, LedgerError> {
    let row = tx.fetch_optional(
        "SELECT h.from_account FROM ledger_moves c
         JOIN ledger_moves h ON h.transfer_id = c.of_transfer AND h.position = c.of_position
         WHERE c.transfer_id = $1 AND c.position = $2",
        params![transfer_id, open.position],
    )?;
    Ok(match row {
        Some(row) => row.get(0)?,
        None => open.from,
    })
}
