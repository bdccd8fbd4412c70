//! Short ways to stock a shop, book movements and look at what became of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mercer_core::clock::Clock;
use mercer_core::fact::Fact;
use mercer_db::{MigrationSet, Tx};
use mercer_testkit::TestBed;

use crate::counts::{self, Counted, NewCount};
use crate::error::StockError;
use crate::movements::{self, Booked, NewMovement, Reason};
use crate::settings::{self, BackOrder, ItemSettings};
use crate::store::{self, LocationDraft};
use crate::view::{self, StockView};

pub const MIGRATIONS: &[MigrationSet] = &[
    crate::MIGRATIONS,
    mercer_ledger::MIGRATIONS,
    mercer_facts::MIGRATIONS,
    mercer_jobs::MIGRATIONS,
];

pub fn now(t: &TestBed) -> Timestamp {
    t.clock.now()
}

pub fn write<T>(
    t: &TestBed,
    work: impl FnMut(&mut Tx<'_>) -> Result<T, StockError>,
) -> Result<T, StockError> {
    t.db.write(work)
}

pub fn location(t: &TestBed, code: &str, priority: i64, countries: &[&str]) {
    let draft = LocationDraft {
        code: code.to_owned(),
        name: format!("Store {code}"),
        countries: countries.iter().map(|one| (*one).to_owned()).collect(),
        priority,
        is_active: true,
    };
    write(t, |tx| store::put_location(tx, now(t), &draft)).expect("a location");
}

pub fn plain() -> ItemSettings {
    ItemSettings {
        is_tracked: true,
        unit_cost_minor: None,
        price_floor_minor: None,
        back_order: None,
        low_threshold: None,
        locations: Vec::new(),
    }
}

pub fn back_order(quantity_max: i64, location: &str) -> Option<BackOrder> {
    Some(BackOrder { quantity_max, location: location.to_owned() })
}

pub fn put(t: &TestBed, sku: &str, settings: &ItemSettings) -> Result<(), StockError> {
    write(t, |tx| settings::put(tx, now(t), sku, settings))
}

pub fn movement(key: &str, reason: Reason, sku: &str, at: &str, quantity: i64) -> NewMovement {
    NewMovement {
        key: key.to_owned(),
        reason,
        sku: sku.to_owned(),
        location: at.to_owned(),
        to_location: None,
        quantity,
    }
}

pub fn book(t: &TestBed, movements: &[NewMovement]) -> Result<Vec<Booked>, StockError> {
    write(t, |tx| movements::book(tx, now(t), movements))
}

/// Units come from a supplier.
pub fn give(t: &TestBed, sku: &str, at: &str, quantity: i64) {
    let key = format!("give:{sku}:{at}:{}", facts(t).len());
    book(t, &[movement(&key, Reason::Received, sku, at, quantity)]).expect("units come");
}

pub fn count(t: &TestBed, key: &str, sku: &str, at: &str, n: i64) -> Result<Counted, StockError> {
    let new =
        NewCount { key: key.to_owned(), sku: sku.to_owned(), location: at.to_owned(), counted: n };
    let mut counted = write(t, |tx| counts::book(tx, now(t), std::slice::from_ref(&new)))?;
    Ok(counted.remove(0))
}

pub fn view_of(t: &TestBed, sku: &str) -> StockView {
    t.db.read(|tx| view::find(tx, now(t), sku)).expect("a SKU")
}

/// On hand, held, available, incoming over all locations.
pub fn figures(t: &TestBed, sku: &str) -> (i64, i64, i64, i64) {
    let row = view_of(t, sku).row;
    (row.on_hand, row.held, row.available, row.incoming)
}

/// On hand by location.
pub fn by_place(t: &TestBed, sku: &str) -> BTreeMap<String, i64> {
    let places = view_of(t, sku).places;
    places.into_iter().map(|place| (place.level.location, place.level.on_hand)).collect()
}

pub fn facts(t: &TestBed) -> Vec<Fact> {
    t.db.read(|tx| mercer_facts::read_after(tx, 0, 10_000)).expect("facts")
}

/// Kinds of the facts after a number of them.
pub fn kinds_after(t: &TestBed, n: usize) -> Vec<String> {
    facts(t).into_iter().skip(n).map(|fact| fact.kind).collect()
}

/// The ledger holds together.
pub fn assert_whole(t: &TestBed) {
    let faults = t.db.read(mercer_ledger::verify::verify).expect("the ledger is read");
    assert_eq!(faults, Vec::<String>::new());
}

pub fn field_of(error: &StockError) -> &str {
    match error {
        StockError::Invalid { field, .. }
        | StockError::OutOfStock { field, .. }
        | StockError::KeyReused { field, .. }
        | StockError::Conflict { field: Some(field), .. } => field,
        _ => "",
    }
}
