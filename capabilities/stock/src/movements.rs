//! Movements that people and programs report: received, sold, returned, damaged, moved.
//!
//! A batch is booked whole or not at all, so that a delivery note is never half in the books. Each
//! movement has a key of its own: one that was booked before changes nothing and is told as such.

use std::collections::BTreeSet;

use jiff::Timestamp;
use mercer_core::fact::NewFact;
use mercer_db::Tx;
use mercer_ledger::QUANTITY_MAX;
use mercer_ledger::account::AccountKey;
use mercer_ledger::read::{Balance, balances};
use mercer_ledger::transfer::{Leg, Lots, NewLot, Transfer, transfer};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::error::StockError;
use crate::store::{self, Item, Location, check_quantity, check_sku, check_text};
use crate::{accounts, levels};

/// Most movements of one request: a long delivery note; the transaction stays short.
pub const N_MOVEMENTS_MAX: usize = 500;

/// Why units move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// They came from a supplier.
    Received,
    /// They were sold outside Mercer.
    Sold,
    /// A customer sent them back.
    Returned,
    /// They are broken, lost or stolen.
    Damaged,
    /// They go to another location.
    Moved,
}

impl Reason {
    /// The name in JSON, in the ledger and behind `stock.` in facts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Sold => "sold",
            Self::Returned => "returned",
            Self::Damaged => "damaged",
            Self::Moved => "moved",
        }
    }

    fn fact(self) -> &'static str {
        match self {
            Self::Received => "stock.received",
            Self::Sold => "stock.sold",
            Self::Returned => "stock.returned",
            Self::Damaged => "stock.damaged",
            Self::Moved => "stock.moved",
        }
    }
}

/// A movement to book.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMovement {
    /// The same key is booked once.
    #[schema(example = "delivery-note-4711:1")]
    pub key: String,
    /// Why.
    pub reason: Reason,
    /// What.
    pub sku: String,
    /// Code of the location.
    pub location: String,
    /// Code of the location to which units are moved; only with `moved`.
    #[serde(default)]
    pub to_location: Option<String>,
    /// Units, from 1 on.
    #[schema(example = 12)]
    pub quantity: i64,
}

/// What a SKU's location has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Level {
    /// Code of the location.
    pub location: String,
    /// Units in the shop, held or not; below nothing units are owed to customers.
    pub on_hand: i64,
    /// Units of them that are held for customers.
    pub held: i64,
    /// Units that can be sold now, without back-orders.
    pub available: i64,
}

impl Level {
    pub(crate) fn of(location: &str, balance: &Balance, back_order_max: i64) -> Self {
        Self {
            location: location.to_owned(),
            on_hand: balance.balance + balance.held,
            held: balance.held,
            available: (balance.available - back_order_max).max(0),
        }
    }
}

/// What became of a movement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Booked {
    /// The key that was given.
    pub key: String,
    /// The ledger's number of it.
    pub transfer_id: i64,
    /// False when the key had been booked before; nothing was changed then.
    pub is_new: bool,
    /// What.
    pub sku: String,
    /// What the location has afterwards.
    pub level: Level,
}

/// Books movements, all of them or none; low-stock facts follow.
///
/// # Errors
/// The first movement that cannot be booked, with its field: a quantity that is none, an unknown
/// SKU or location, too few units, a key that was used for something else; the database's.
pub fn book(
    tx: &mut Tx<'_>,
    now: Timestamp,
    movements: &[NewMovement],
) -> Result<Vec<Booked>, StockError> {
    if movements.is_empty() {
        return Err(StockError::invalid("movements", "there is no movement to book"));
    }
    if movements.len() > N_MOVEMENTS_MAX {
        let sentence = format!(
            "{} movements came, {N_MOVEMENTS_MAX} are possible at once: send them in parts",
            movements.len()
        );
        return Err(StockError::TooMany { sentence });
    }
    let mut booked = Vec::with_capacity(movements.len());
    let mut facts = Vec::new();
    for (place, movement) in movements.iter().enumerate() {
        let field = format!("movements[{place}]");
        let (one, fact) = book_one(tx, now, movement, &field)?;
        facts.extend(fact.filter(|_| one.is_new));
        booked.push(one);
    }
    let skus: BTreeSet<&str> = booked.iter().map(|one| one.sku.as_str()).collect();
    facts.extend(levels::crossings(tx, now, &skus.into_iter().collect::<Vec<_>>())?);
    mercer_facts::append(tx, now, &facts)?;
    Ok(booked)
}

fn book_one(
    tx: &mut Tx<'_>,
    now: Timestamp,
    movement: &NewMovement,
    field: &str,
) -> Result<(Booked, Option<NewFact>), StockError> {
    let NewMovement { key, reason, sku, location, to_location, quantity } = movement;
    check_text(&format!("{field}.key"), key)?;
    check_sku(&format!("{field}.sku"), sku)?;
    check_quantity(&format!("{field}.quantity"), *quantity, 1)?;
    let item = tracked(tx, &format!("{field}.sku"), sku)?;
    let at = store::location(tx, &format!("{field}.location"), location)?;
    let to = target(tx, movement, field)?;
    accounts::open_at(tx, now, &item, &at)?;
    if let Some(to) = &to {
        accounts::open_at(tx, now, &item, to)?;
    }
    let moved = Transfer {
        key: format!("stock:move:{key}"),
        subject: accounts::unit(sku),
        reason: reason.name().to_owned(),
        legs: vec![leg_of(movement, &at, to.as_ref())],
    };
    let posted =
        transfer(tx, now, &moved).map_err(|error| StockError::of_ledger(error, field, key))?;
    let balance = balance_of(tx, now, &accounts::available(sku, &at.id))?;
    let is_physical = matches!(reason, Reason::Damaged | Reason::Moved);
    if posted.is_new && is_physical && balance.balance < 0 {
        let there = (balance.balance + quantity).max(0);
        return Err(StockError::OutOfStock {
            field: format!("{field}.quantity"),
            sentence: format!("{quantity} units are to go, {there} are there that nobody holds"),
        });
    }
    if balance.balance > QUANTITY_MAX {
        let sentence = "more than 2^53 units cannot lie at one location";
        return Err(StockError::invalid(format!("{field}.quantity"), sentence));
    }
    let fact = NewFact {
        kind: reason.fact(),
        subject: accounts::unit(sku),
        occurred_at: now,
        payload: json!({
            "sku": sku, "location": location, "to_location": to_location, "quantity": quantity,
            "transfer": posted.transfer_id, "key": key,
        }),
    };
    let booked = Booked {
        key: key.clone(),
        transfer_id: posted.transfer_id,
        is_new: posted.is_new,
        sku: sku.clone(),
        level: Level::of(location, &balance, item.back_order_at(&at.id)),
    };
    Ok((booked, Some(fact)))
}

/// The item of a SKU whose units can be counted.
pub(crate) fn tracked(tx: &mut Tx<'_>, field: &str, sku: &str) -> Result<Item, StockError> {
    let item = store::known_item(tx, field, sku)?;
    if item.is_tracked {
        return Ok(item);
    }
    let sentence = format!("`{sku}` is not tracked: set `is_tracked` with PUT /v1/stock/{{sku}}");
    Err(StockError::invalid(field, sentence))
}

fn target(
    tx: &mut Tx<'_>,
    movement: &NewMovement,
    field: &str,
) -> Result<Option<Location>, StockError> {
    let field = format!("{field}.to_location");
    match (movement.reason, &movement.to_location) {
        (Reason::Moved, Some(to)) if *to == movement.location => {
            Err(StockError::invalid(field, "units are moved to where they are"))
        }
        (Reason::Moved, Some(to)) => Ok(Some(store::location(tx, &field, to)?)),
        (Reason::Moved, None) => {
            Err(StockError::invalid(field, "`moved` needs `to_location`, where the units go"))
        }
        (_, Some(_)) => Err(StockError::invalid(field, "`to_location` goes with `moved` only")),
        (_, None) => Ok(None),
    }
}

fn leg_of(movement: &NewMovement, at: &Location, to: Option<&Location>) -> Leg {
    let NewMovement { key, reason, sku, quantity, .. } = movement;
    let here = accounts::available(sku, &at.id);
    let outside = accounts::world(sku, reason.name());
    let coming = || {
        let origin = format!("{}:{key}", reason.name());
        Lots::New(NewLot { origin, priority: 0, expires_at: None })
    };
    let (from, target, lots) = match (reason, to) {
        (Reason::Received | Reason::Returned, _) => (outside, here, coming()),
        (Reason::Moved, Some(to)) => (here, accounts::available(sku, &to.id), Lots::Next),
        _ => (here, outside, Lots::Next),
    };
    Leg { line: 0, from, to: target, quantity: *quantity, lots }
}

/// One account's balance.
pub(crate) fn balance_of(
    tx: &mut Tx<'_>,
    now: Timestamp,
    key: &AccountKey,
) -> Result<Balance, StockError> {
    let found = balances(tx, now, std::slice::from_ref(key))?.into_iter().next();
    Ok(found.unwrap_or_else(|| Balance { key: key.clone(), balance: 0, held: 0, available: 0 }))
}
