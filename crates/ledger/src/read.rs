//! Balances now and at any instant, lots, movements.

use jiff::Timestamp;
use mercer_core::clock::instant_of_micros;
use mercer_db::{Row, Tx, params};
use serde::Serialize;

use crate::NEVER;
use crate::account::AccountKey;
use crate::error::LedgerError;
use crate::hold::HoldState;
use crate::post::fetch_in;

/// What an account has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// Which account.
    pub key: AccountKey,
    /// What is on it, without what is held; below nothing it is owed.
    pub balance: i64,
    /// What is held of it.
    pub held: i64,
    /// What can be taken now: without expired lots, with the debt that the floor allows.
    pub available: i64,
}

/// Balances of accounts, in the order asked for; one that is not open has nothing.
///
/// # Errors
/// The database's.
pub fn balances(
    tx: &mut Tx<'_>,
    now: Timestamp,
    keys: &[AccountKey],
) -> Result<Vec<Balance>, LedgerError> {
    let ids: Vec<i64> = keys.iter().flat_map(|key| [key.id(), key.held().id()]).collect();
    let mut found = std::collections::HashMap::new();
    fetch_in(
        tx,
        "SELECT id, balance, COALESCE(floor, 0) FROM ledger_accounts WHERE id IN ({list})",
        &ids,
        |row| {
            found.insert(row.get::<i64>(0)?, (row.get::<i64>(1)?, row.get::<i64>(2)?));
            Ok(())
        },
    )?;
    let mut expired = std::collections::HashMap::new();
    let sql = format!(
        "SELECT account_id, CAST(SUM(quantity) AS BIGINT) FROM ledger_lot_balances
         WHERE account_id IN ({{list}}) AND expires_at <= {} AND quantity > 0
         GROUP BY account_id",
        now.as_microsecond()
    );
    fetch_in(tx, &sql, &ids, |row| {
        expired.insert(row.get::<i64>(0)?, row.get::<i64>(1)?);
        Ok(())
    })?;
    let of = |key: &AccountKey| {
        let (balance, floor) = found.get(&key.id()).copied().unwrap_or((0, 0));
        let held = found.get(&key.held().id()).map_or(0, |found| found.0);
        let expired = expired.get(&key.id()).copied().unwrap_or(0);
        Balance { key: key.clone(), balance, held, available: balance - expired - floor }
    };
    Ok(keys.iter().map(of).collect())
}

/// The balance of an account as it was at an instant, from its movements.
///
/// # Errors
/// The database's.
pub fn balance_at(tx: &mut Tx<'_>, key: &AccountKey, at: Timestamp) -> Result<i64, LedgerError> {
    let sum = |column: &str| {
        format!(
            "SELECT CAST(COALESCE(SUM(quantity), 0) AS BIGINT) FROM ledger_moves
             WHERE {column} = $1 AND at <= $2"
        )
    };
    let values = params![key.id(), at.as_microsecond()];
    let came: i64 = tx.fetch_value(&sum("to_account"), values)?;
    let went: i64 = tx.fetch_value(&sum("from_account"), values)?;
    Ok(came - went)
}

/// A lot on an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lot {
    /// Where it came from; `debt` is what is owed, with a quantity below nothing.
    pub origin: String,
    /// How much of it is left there.
    pub quantity: i64,
    /// When it came into being.
    pub created_at: Timestamp,
    /// From when on it can no longer be spent.
    pub expires_at: Option<Timestamp>,
    /// Lots with a lower number are taken first.
    pub priority: i64,
}

/// The lots of an account in the order in which they are taken.
///
/// # Errors
/// The database's.
pub fn lots(tx: &mut Tx<'_>, key: &AccountKey) -> Result<Vec<Lot>, LedgerError> {
    let rows = tx.fetch(
        "SELECT l.origin, b.quantity, b.created_at, b.expires_at, b.priority
         FROM ledger_lot_balances b JOIN ledger_lots l ON l.id = b.lot_id
         WHERE b.account_id = $1
         ORDER BY b.priority, b.expires_at, b.created_at, b.lot_id",
        params![key.id()],
    )?;
    rows.iter().map(lot_of_row).collect()
}

fn lot_of_row(row: &Row) -> Result<Lot, LedgerError> {
    let expires_at: i64 = row.get(3)?;
    Ok(Lot {
        origin: row.get(0)?,
        quantity: row.get(1)?,
        created_at: instant_of_micros(row.get(2)?),
        expires_at: (expires_at != NEVER).then(|| instant_of_micros(expires_at)),
        priority: row.get(4)?,
    })
}

/// Lots past their expiry that still lie on accounts of a unit and role, oldest expiry first:
/// for whoever moves them away.
///
/// # Errors
/// The database's.
pub fn expired_lots(
    tx: &mut Tx<'_>,
    now: Timestamp,
    unit: &str,
    role: &str,
    n_max: usize,
) -> Result<Vec<(AccountKey, Lot)>, LedgerError> {
    let rows = tx.fetch(
        "SELECT l.origin, b.quantity, b.created_at, b.expires_at, b.priority, a.owner
         FROM ledger_lot_balances b
         JOIN ledger_accounts a ON a.id = b.account_id
         JOIN ledger_lots l ON l.id = b.lot_id
         WHERE b.expires_at <= $1 AND b.quantity > 0 AND a.unit = $2 AND a.role = $3
         ORDER BY b.expires_at, b.account_id LIMIT $4",
        params![now.as_microsecond(), unit, role, n_max as i64],
    )?;
    let of = |row: &Row| Ok((AccountKey::new(unit, row.str(5), role), lot_of_row(row)?));
    rows.iter().map(of).collect()
}

/// A movement as an account sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Movement {
    /// The transfer's number; later ones are larger.
    pub transfer_id: i64,
    /// Place in the transfer.
    pub position: i64,
    /// When.
    pub at: Timestamp,
    /// `transfer`, `hold`, `commit`, `release` or `reversal`.
    pub kind: String,
    /// Whom or what it was about.
    pub subject: String,
    /// Why.
    pub reason: String,
    /// The caller's number of the line.
    pub line: i64,
    /// The lot's origin.
    pub lot: String,
    /// What came, or with a minus what went.
    pub quantity: i64,
    /// The other account's owner.
    pub other_owner: String,
    /// The other account's role.
    pub other_role: String,
}

/// Movements of an account, latest first, before a transfer's number.
///
/// # Errors
/// The database's.
pub fn movements(
    tx: &mut Tx<'_>,
    key: &AccountKey,
    before_transfer: i64,
    n_max: usize,
) -> Result<Vec<Movement>, LedgerError> {
    let rows = tx.fetch(
        "SELECT m.transfer_id, m.position, m.at, t.kind, t.subject, t.reason, m.line, l.origin,
                CASE WHEN m.to_account = $1 THEN m.quantity ELSE -m.quantity END,
                a.owner, a.role
         FROM ledger_moves m
         JOIN ledger_transfers t ON t.id = m.transfer_id
         JOIN ledger_lots l ON l.id = m.lot_id
         JOIN ledger_accounts a
           ON a.id = CASE WHEN m.to_account = $1 THEN m.from_account ELSE m.to_account END
         WHERE (m.from_account = $1 OR m.to_account = $1) AND m.transfer_id < $2
         ORDER BY m.transfer_id DESC, m.position DESC LIMIT $3",
        params![key.id(), before_transfer, n_max as i64],
    )?;
    let of = |row: &Row| {
        Ok(Movement {
            transfer_id: row.get(0)?,
            position: row.get(1)?,
            at: instant_of_micros(row.get(2)?),
            kind: row.get(3)?,
            subject: row.get(4)?,
            reason: row.get(5)?,
            line: row.get(6)?,
            lot: row.get(7)?,
            quantity: row.get(8)?,
            other_owner: row.get(9)?,
            other_role: row.get(10)?,
        })
    };
    rows.iter().map(of).collect()
}

/// A hold as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HoldView {
    /// `hld_…`.
    pub id: String,
    /// What it is for.
    pub subject: String,
    /// Where it stands.
    pub state: HoldState,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
    /// What is held of which account, by line.
    pub lines: Vec<HoldLine>,
}

/// A part of a hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HoldLine {
    /// The caller's number of the line.
    pub line: i64,
    /// Of which account.
    pub account: AccountKey,
    /// How much was held.
    pub quantity: i64,
    /// How much of it was committed or put back.
    pub closed: i64,
}

/// A hold, if there is one of this id.
///
/// # Errors
/// The database's.
pub fn hold(tx: &mut Tx<'_>, id: &str) -> Result<Option<HoldView>, LedgerError> {
    let row = tx.fetch_optional(
        "SELECT id, subject, state, created_at, expires_at, transfer_id FROM ledger_holds
         WHERE id = $1",
        params![id],
    )?;
    let Some(row) = row else { return Ok(None) };
    let rows = tx.fetch(
        "SELECT m.line, a.unit, a.owner, a.role, m.quantity, m.closed FROM ledger_moves m
         JOIN ledger_accounts a ON a.id = m.from_account
         WHERE m.transfer_id = $1 AND m.line >= 0 ORDER BY m.position",
        params![row.get::<i64>(5)?],
    )?;
    let lines = rows.iter().map(|row| {
        Ok(HoldLine {
            line: row.get(0)?,
            account: AccountKey::new(row.str(1), row.str(2), row.str(3)),
            quantity: row.get(4)?,
            closed: row.get(5)?,
        })
    });
    Ok(Some(HoldView {
        id: row.get(0)?,
        subject: row.get(1)?,
        state: HoldState::parse(row.str(2)),
        created_at: instant_of_micros(row.get(3)?),
        expires_at: instant_of_micros(row.get(4)?),
        lines: lines.collect::<Result<_, LedgerError>>()?,
    }))
}
