//! What happened to a SKU, and what is held of it.
//!
//! The ledger pages by whole transfers; a list of rows goes on within one, so nothing is lost where
//! a page ends in the middle of a long transfer.

use std::collections::HashMap;

use jiff::Timestamp;
use mercer_core::clock::instant_of_micros;
use mercer_db::{Conditions, Direction, Tx};
use mercer_http::page::Keyed;
use mercer_ledger::account::AccountKey;
use mercer_ledger::read::{Movement, movements};
use serde::Serialize;
use utoipa::ToSchema;

use crate::accounts;
use crate::error::StockError;
use crate::store::{self, Location};

/// Something that happened to a SKU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MovementView {
    /// The ledger's number of the transfer; later ones are larger.
    pub transfer_id: i64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Code of the location.
    pub location: String,
    /// `transfer`, `hold`, `commit`, `release` or `reversal`.
    pub kind: String,
    /// Why: `received`, `sold`, `returned`, `damaged`, `counted`, `moved`, `held`, `released` …
    pub reason: String,
    /// Whom or what it was about: an order, a quote, a delivery.
    pub subject: String,
    /// The lot's origin.
    pub lot: String,
    /// Units that came into the shop, or with a minus went; nothing for what is only set aside.
    pub on_hand: i64,
    /// Units that became held, or with a minus are so no more.
    pub held: i64,
    /// Units that can be sold, more or with a minus fewer.
    pub available: i64,
    /// Code of the other location, or where units came from or went: `received`, `sold`.
    pub other: String,
}

/// A movement with what a page goes on from: transfer and place, and the account.
pub(crate) type KeyedMovement = Keyed<(i64, i64), MovementView>;

/// What a page of movements goes on from: the transfer, the place in it, and the account.
pub(crate) type Mark = (i64, i64, String);

/// An account of the SKU whose movements are told.
struct Told<'a> {
    key: AccountKey,
    location: &'a Location,
    is_held: bool,
}

/// Movements of a SKU, latest first.
///
/// # Errors
/// There is no such SKU; the database's.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    sku: &str,
    after: Option<&Mark>,
    n_max: usize,
) -> Result<Vec<KeyedMovement>, StockError> {
    let unknown = || StockError::Unknown { what: "SKU in stock", id: sku.to_owned() };
    store::item(tx, sku)?.ok_or_else(unknown)?;
    let open = store::places(tx, sku)?;
    let locations = store::locations(tx)?;
    let codes: HashMap<&str, &str> =
        locations.iter().map(|location| (location.id.as_str(), location.code.as_str())).collect();
    let mut found: Vec<(Mark, MovementView)> = Vec::new();
    for location in locations.iter().filter(|location| open.contains(&location.id)) {
        let key = accounts::available(sku, &location.id);
        let held = key.held();
        for told in
            [Told { key, location, is_held: false }, Told { key: held, location, is_held: true }]
        {
            found.extend(of_account(tx, &told, (after, n_max), &codes)?);
        }
    }
    found.sort_by(|one, other| other.0.cmp(&one.0));
    found.truncate(n_max);
    Ok(found.into_iter().map(|((at, place, id), view)| (((at, place), id), view)).collect())
}

/// The latest movements of one account behind a mark.
fn of_account(
    tx: &mut Tx<'_>,
    told: &Told<'_>,
    (after, n_max): (Option<&Mark>, usize),
    codes: &HashMap<&str, &str>,
) -> Result<Vec<(Mark, MovementView)>, StockError> {
    let name = format!("{}/{}", told.location.id, told.key.role);
    let before = after.map_or(i64::MAX, |mark| mark.0.saturating_add(1));
    let mut n_asked = n_max;
    loop {
        let all = movements(tx, &told.key, before, n_asked)?;
        let is_end = all.len() < n_asked;
        let rows = all.into_iter().filter_map(|movement| {
            let mark = (movement.transfer_id, movement.position, name.clone());
            // What is set aside is told by the account that it is taken from.
            let is_twice = told.is_held && movement.other_role == accounts::AVAILABLE;
            let is_behind = after.is_none_or(|after| mark < *after);
            (is_behind && !is_twice).then(|| (mark, view(told, movement, codes)))
        });
        let rows: Vec<(Mark, MovementView)> = rows.take(n_max).collect();
        if rows.len() == n_max || is_end {
            return Ok(rows);
        }
        n_asked *= 2;
    }
}

fn view(told: &Told<'_>, movement: Movement, codes: &HashMap<&str, &str>) -> MovementView {
    let n = movement.quantity;
    let is_set_aside = movement.other_role == told.key.held().role;
    let (on_hand, held, available) = match (told.is_held, is_set_aside) {
        (true, _) => (n, n, 0),
        (false, true) => (0, -n, n),
        (false, false) => (n, 0, n),
    };
    let other = codes.get(movement.other_owner.as_str()).map(|code| (*code).to_owned());
    // A hold that is committed goes where it was meant to: sold.
    let reason =
        if movement.kind == "commit" { movement.other_role.clone() } else { movement.reason };
    MovementView {
        transfer_id: movement.transfer_id,
        at: movement.at,
        location: told.location.code.clone(),
        kind: movement.kind,
        reason,
        subject: movement.subject,
        lot: movement.lot,
        on_hand,
        held,
        available,
        other: if is_set_aside { "held".to_owned() } else { other.unwrap_or(movement.other_role) },
    }
}

/// Units of a SKU that are held for somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HoldRow {
    /// `hld_…`.
    pub id: String,
    /// What it is for: a quote.
    pub subject: String,
    /// Code of the location.
    pub location: String,
    /// Units that are still held.
    pub quantity: i64,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// What is held of a SKU, by hold and location, those that end first first.
///
/// # Errors
/// There is no such SKU; the database's.
pub(crate) fn holds(
    tx: &mut Tx<'_>,
    sku: &str,
    after: Option<(i64, String)>,
    n_max: usize,
) -> Result<Vec<Keyed<i64, HoldRow>>, StockError> {
    let unknown = || StockError::Unknown { what: "SKU in stock", id: sku.to_owned() };
    store::item(tx, sku)?.ok_or_else(unknown)?;
    let mut conditions = Conditions::default();
    conditions.add_plain("h.state = 'open' AND m.quantity > m.closed AND m.line >= 0");
    conditions.add("m.unit = ?", accounts::unit(sku));
    conditions.add_after(("h.expires_at", "h.id || l.code"), Direction::Rising, after);
    // The ledger tells holds one by one; a list needs its tables.
    let sql = format!(
        "SELECT h.id, h.subject, l.code, CAST(SUM(m.quantity - m.closed) AS BIGINT), h.created_at,
                h.expires_at
         FROM ledger_holds h
         JOIN ledger_moves m ON m.transfer_id = h.transfer_id
         JOIN ledger_accounts a ON a.id = m.from_account
         JOIN stock_locations l ON l.id = a.owner
         {}
         GROUP BY h.id, h.subject, l.code, h.created_at, h.expires_at
         ORDER BY h.expires_at, h.id || l.code LIMIT {n_max}",
        conditions.sql()
    );
    let mut rows = Vec::new();
    for row in tx.fetch(&sql, conditions.values())? {
        let expires_at: i64 = row.get(5)?;
        let hold = HoldRow {
            id: row.get(0)?,
            subject: row.get(1)?,
            location: row.get(2)?,
            quantity: row.get(3)?,
            created_at: instant_of_micros(row.get(4)?),
            expires_at: instant_of_micros(expires_at),
        };
        rows.push(((expires_at, format!("{}{}", hold.id, hold.location)), hold));
    }
    Ok(rows)
}
