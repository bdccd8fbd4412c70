//! What is expected from suppliers: quantity and due date, received in parts.
//!
//! Expected units stand in the ledger, on the location's account `incoming`, in a lot for each
//! delivery. Receiving moves them out of it and brings as many new ones in; more than is expected
//! cannot be received under its name.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use mercer_connect::cart::PortError;
use mercer_core::clock::instant_of_micros;
use mercer_core::fact::NewFact;
use mercer_core::id::{Id, Kind};
use mercer_db::{Conditions, Direction, Row, Tx, params};
use mercer_http::page::Keyed;
use mercer_ledger::transfer::{Leg, Lots, NewLot, Transfer, transfer};
use mercer_ledger::{LedgerError, QUANTITY_MAX};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::error::StockError;
use crate::movements::{balance_of, tracked};
use crate::store::{self, check_quantity, check_sku, check_text};
use crate::{accounts, levels};

/// An expected delivery.
#[derive(Debug)]
pub enum IncomingKind {}

impl Kind for IncomingKind {
    const PREFIX: &'static str = "inc";
}

/// A delivery to expect.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIncoming {
    /// The same key is expected once.
    #[schema(example = "po-77:1")]
    pub key: String,
    /// What.
    pub sku: String,
    /// Code of the location to which it comes.
    pub location: String,
    /// Units, from 1 on.
    pub quantity: i64,
    /// The day on which it is due.
    #[schema(value_type = String, format = Date)]
    pub due_on: Date,
    /// The merchant's number of the purchase order.
    #[serde(default)]
    pub reference: Option<String>,
}

/// An expected delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Incoming {
    /// `inc_…`.
    pub id: String,
    /// The key that was given.
    pub key: String,
    /// What.
    pub sku: String,
    /// Code of the location.
    pub location: String,
    /// Units that were ordered.
    pub quantity: i64,
    /// Units that are still to come.
    pub outstanding: i64,
    /// The day on which it is due.
    #[schema(value_type = String, format = Date)]
    pub due_on: Date,
    /// The merchant's number of the purchase order.
    pub reference: Option<String>,
    /// When it was entered.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When nothing was left to come.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<Timestamp>,
}

/// A part of a delivery that came, or that will not come.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The same key is booked once.
    pub key: String,
    /// Units, from 1 on.
    pub quantity: i64,
    /// `received` (default), or `cancelled` for units that will not come.
    #[serde(default)]
    pub outcome: ReceiptOutcome,
}

/// What became of expected units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptOutcome {
    /// They came.
    #[default]
    Received,
    /// They will not come.
    Cancelled,
}

/// Expects a delivery; the answer says whether it was new.
///
/// # Errors
/// A field that cannot be used, a key that was used for another delivery; the database's.
pub fn expect(
    tx: &mut Tx<'_>,
    now: Timestamp,
    new: &NewIncoming,
    field: &str,
) -> Result<(Incoming, bool), StockError> {
    let NewIncoming { key, sku, location, quantity, due_on, reference } = new;
    let path = |name: &str| {
        if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") }
    };
    check_text(&path("key"), key)?;
    check_sku(&path("sku"), sku)?;
    check_quantity(&path("quantity"), *quantity, 1)?;
    if let Some(reference) = reference {
        check_text(&path("reference"), reference)?;
    }
    let item = tracked(tx, &path("sku"), sku)?;
    let at = store::location(tx, &path("location"), location)?;
    accounts::open_at(tx, now, &item, &at)?;
    let id = Id::<IncomingKind>::derive(now, &[key]).to_string();
    let n = tx.execute(
        "INSERT INTO stock_incoming (id, key, sku, location_id, quantity, due_on, reference,
           created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (key) DO NOTHING",
        params![
            &id,
            key,
            sku,
            &at.id,
            *quantity,
            due_on.to_string(),
            reference.clone(),
            now.as_microsecond()
        ],
    )?;
    if n == 0 {
        let known = by_column(tx, "key", key)?;
        let known = known.filter(|known| is_same(known, new));
        let reused = || StockError::KeyReused { field: path("key"), key: key.clone() };
        return Ok((known.ok_or_else(reused)?, false));
    }
    let ordered = Transfer {
        key: format!("stock:incoming:{id}"),
        subject: id.clone(),
        reason: "ordered".to_owned(),
        legs: vec![Leg {
            line: 0,
            from: accounts::world(sku, "ordered"),
            to: accounts::incoming(sku, &at.id),
            quantity: *quantity,
            lots: Lots::New(lot(&id)),
        }],
    };
    let _ = transfer(tx, now, &ordered)?;
    let expected = balance_of(tx, now, &accounts::incoming(sku, &at.id))?;
    if expected.balance > QUANTITY_MAX {
        let sentence = "more than 2^53 units cannot be expected at one location";
        return Err(StockError::invalid(path("quantity"), sentence));
    }
    let found = find(tx, &id)?;
    Ok((found, true))
}

fn lot(id: &str) -> NewLot {
    NewLot { origin: format!("incoming:{id}"), priority: 0, expires_at: None }
}

fn is_same(known: &Incoming, new: &NewIncoming) -> bool {
    let NewIncoming { key, sku, location, quantity, due_on, reference } = new;
    known.key == *key
        && known.sku == *sku
        && known.location == *location
        && known.quantity == *quantity
        && known.due_on == *due_on
        && known.reference == *reference
}

/// Books a part of a delivery; once per key. The delivery as it then stands.
///
/// # Errors
/// No such delivery, more than is outstanding, a key that was used for something else; the
/// database's.
pub fn receive(
    tx: &mut Tx<'_>,
    now: Timestamp,
    id: &str,
    receipt: &Receipt,
) -> Result<Incoming, StockError> {
    let Receipt { key, quantity, outcome } = receipt;
    check_text("key", key)?;
    check_quantity("quantity", *quantity, 1)?;
    let known = find(tx, id)?;
    let at = store::location(tx, "location", &known.location)?;
    let sku = &known.sku;
    let to = if *outcome == ReceiptOutcome::Received { "received" } else { "ordered" };
    let mut legs = vec![Leg {
        line: 0,
        from: accounts::incoming(sku, &at.id),
        to: accounts::world(sku, to),
        quantity: *quantity,
        lots: Lots::New(lot(id)),
    }];
    if *outcome == ReceiptOutcome::Received {
        let origin = format!("received:{id}:{key}");
        legs.push(Leg {
            line: 1,
            from: accounts::world(sku, "received"),
            to: accounts::available(sku, &at.id),
            quantity: *quantity,
            lots: Lots::New(NewLot { origin, priority: 0, expires_at: None }),
        });
    }
    let reason = if *outcome == ReceiptOutcome::Received { "received" } else { "cancelled" };
    let booked = Transfer {
        key: format!("stock:receipt:{id}:{key}"),
        subject: id.to_owned(),
        reason: reason.to_owned(),
        legs,
    };
    let posted = transfer(tx, now, &booked).map_err(|error| match error {
        LedgerError::Short { available, .. } => StockError::Conflict {
            field: Some("quantity".to_owned()),
            sentence: format!(
                "{available} units of this delivery are outstanding, {quantity} cannot be booked: \
                 what came beyond is a movement `received`"
            ),
        },
        LedgerError::KeyReused { .. } => {
            StockError::KeyReused { field: "key".to_owned(), key: key.clone() }
        }
        other => other.into(),
    })?;
    let here = balance_of(tx, now, &accounts::available(sku, &at.id))?;
    if here.balance > QUANTITY_MAX {
        let sentence = "more than 2^53 units cannot lie at one location";
        return Err(StockError::invalid("quantity", sentence));
    }
    let found = close_when_done(tx, now, id)?;
    if posted.is_new {
        let mut facts = Vec::new();
        if *outcome == ReceiptOutcome::Received {
            facts.push(received(now, &found, *quantity, posted.transfer_id));
        }
        facts.extend(levels::crossings(tx, now, &[sku])?);
        mercer_facts::append(tx, now, &facts)?;
    }
    Ok(found)
}

fn received(now: Timestamp, found: &Incoming, quantity: i64, transfer_id: i64) -> NewFact {
    NewFact {
        kind: "stock.received",
        subject: accounts::unit(&found.sku),
        occurred_at: now,
        payload: json!({
            "sku": found.sku, "location": found.location, "quantity": quantity,
            "incoming": found.id, "transfer": transfer_id,
        }),
    }
}

fn close_when_done(tx: &mut Tx<'_>, now: Timestamp, id: &str) -> Result<Incoming, StockError> {
    let found = find(tx, id)?;
    if found.outstanding > 0 || found.closed_at.is_some() {
        return Ok(found);
    }
    tx.execute(
        "UPDATE stock_incoming SET closed_at = $2 WHERE id = $1",
        params![id, now.as_microsecond()],
    )?;
    Ok(Incoming { closed_at: Some(now), ..found })
}

/// One delivery.
///
/// # Errors
/// There is none of this id; the database's.
pub fn find(tx: &mut Tx<'_>, id: &str) -> Result<Incoming, StockError> {
    by_column(tx, "id", id)?
        .ok_or_else(|| StockError::Unknown { what: "expected delivery", id: id.to_owned() })
}

const COLUMNS: &str = "n.id, n.key, n.sku, l.code, n.quantity, n.due_on, n.reference, \
    n.created_at, n.closed_at, n.location_id";

fn by_column(tx: &mut Tx<'_>, column: &str, value: &str) -> Result<Option<Incoming>, StockError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM stock_incoming n JOIN stock_locations l ON l.id = n.location_id
         WHERE n.{column} = $1"
    );
    let rows = tx.fetch(&sql, params![value])?;
    Ok(with_outstanding(tx, &rows)?.into_iter().next())
}

fn with_outstanding(tx: &mut Tx<'_>, rows: &[Row]) -> Result<Vec<Incoming>, StockError> {
    let mut outstanding: HashMap<String, i64> = HashMap::new();
    let mut seen = std::collections::HashSet::new();
    for row in rows {
        let account = accounts::incoming(row.str(2), row.str(9));
        if row.get::<Option<i64>>(8)?.is_some() || !seen.insert(account.id()) {
            continue;
        }
        for lot in mercer_ledger::read::lots(tx, &account)? {
            outstanding.insert(lot.origin, lot.quantity);
        }
    }
    let of = |row: &Row| {
        let id: String = row.get(0)?;
        let due_on: String = row.get(5)?;
        Ok(Incoming {
            outstanding: outstanding.get(&lot(&id).origin).copied().unwrap_or(0),
            due_on: due_on.parse().map_err(|error: jiff::Error| broken(&id, &error))?,
            id,
            key: row.get(1)?,
            sku: row.get(2)?,
            location: row.get(3)?,
            quantity: row.get(4)?,
            reference: row.get(6)?,
            created_at: instant_of_micros(row.get(7)?),
            closed_at: row.get::<Option<i64>>(8)?.map(instant_of_micros),
        })
    };
    rows.iter().map(of).collect()
}

fn broken(id: &str, error: &jiff::Error) -> StockError {
    let what = format!("the due date of {id}");
    PortError::Broken { what, reason: error.to_string() }.into()
}

/// Which deliveries a list has.
#[derive(Debug, Clone, Default)]
pub struct IncomingFilter {
    /// Of one SKU.
    pub sku: Option<String>,
    /// With closed ones.
    pub is_all: bool,
    /// The due date and id of the last one seen.
    pub after: Option<(String, String)>,
}

/// Deliveries, those due first first.
///
/// # Errors
/// The database's.
pub fn list(
    tx: &mut Tx<'_>,
    filter: &IncomingFilter,
    n_max: usize,
) -> Result<Vec<Keyed<String, Incoming>>, StockError> {
    let mut conditions = Conditions::default();
    conditions.add_optional("n.sku = ?", filter.sku.clone());
    if !filter.is_all {
        conditions.add_plain("n.closed_at IS NULL");
    }
    conditions.add_after(("n.due_on", "n.id"), Direction::Rising, filter.after.clone());
    let sql = format!(
        "SELECT {COLUMNS} FROM stock_incoming n JOIN stock_locations l ON l.id = n.location_id
         {} ORDER BY n.due_on, n.id LIMIT {n_max}",
        conditions.sql()
    );
    let rows = tx.fetch(&sql, conditions.values())?;
    let found = with_outstanding(tx, &rows)?;
    Ok(found.into_iter().map(|one| ((one.due_on.to_string(), one.id.clone()), one)).collect())
}
