//! Random movements, counts, moves and deliveries against a model that is a map of numbers.

use std::collections::BTreeMap;

use jiff::civil::date;
use mercer_engine_kit::seed::Seed;
use mercer_testkit::{TestBed, on_both};
use rand::RngExt;

use super::support::*;
use crate::error::StockError;
use crate::incoming::{self, NewIncoming, Receipt, ReceiptOutcome};
use crate::movements::{NewMovement, Reason};
use crate::settings::ItemSettings;

const PLACES: [&str; 3] = ["a", "b", "c"];
const SKUS: [&str; 2] = ["LAMP", "CUP"];
/// Units of the first SKU that may be sold at the first place before they come.
const BACK_ORDERS: i64 = 3;

type Model = BTreeMap<(&'static str, &'static str), i64>;

/// What one operation adds where, if it may be done.
enum Step {
    Move(NewMovement, Vec<(&'static str, i64)>),
    Count(i64),
    Deliver(i64),
}

fn step(draw: &mut impl RngExt, key: &str, (sku, at): (&'static str, &'static str)) -> Step {
    let n = draw.random_range(1..8);
    let plain =
        |reason, sign: i64| Step::Move(movement(key, reason, sku, at, n), vec![(at, sign * n)]);
    match draw.random_range(0..8) {
        0 | 1 => plain(Reason::Received, 1),
        2 => plain(Reason::Returned, 1),
        3 => plain(Reason::Sold, -1),
        4 => plain(Reason::Damaged, -1),
        5 => Step::Count(draw.random_range(0..12)),
        6 => Step::Deliver(n),
        _ => {
            let to = PLACES[draw.random_range(0..PLACES.len())];
            let moved = NewMovement {
                to_location: Some(to.to_owned()),
                ..movement(key, Reason::Moved, sku, at, n)
            };
            Step::Move(moved, vec![(at, -n), (to, n)])
        }
    }
}

/// Whether the books may say so afterwards.
fn is_allowed(
    model: &Model,
    movement: &NewMovement,
    (sku, at): (&'static str, &'static str),
) -> bool {
    let left = model[&(sku, at)] - movement.quantity;
    let is_back_order = sku == SKUS[0] && at == PLACES[0];
    match movement.reason {
        Reason::Received | Reason::Returned => true,
        Reason::Sold => left >= if is_back_order { -BACK_ORDERS } else { 0 },
        Reason::Damaged => left >= 0,
        Reason::Moved => left >= 0 && movement.to_location.as_deref() != Some(at),
    }
}

fn deliver(t: &TestBed, key: &str, (sku, at): (&str, &str), n: i64) {
    let new = NewIncoming {
        key: key.to_owned(),
        sku: sku.to_owned(),
        location: at.to_owned(),
        quantity: n,
        due_on: date(2026, 4, 1),
        reference: None,
    };
    let receipt = Receipt { key: key.to_owned(), quantity: n, outcome: ReceiptOutcome::Received };
    write(t, |tx| {
        let (found, _) = incoming::expect(tx, now(t), &new, "")?;
        incoming::receive(tx, now(t), &found.id, &receipt)
    })
    .expect("a delivery comes");
}

fn run(t: &TestBed, seed: u64) {
    for (place, code) in PLACES.iter().enumerate() {
        location(t, code, place as i64, &[]);
    }
    let settings = ItemSettings { back_order: back_order(BACK_ORDERS, PLACES[0]), ..plain() };
    put(t, SKUS[0], &settings).expect("a SKU");
    put(t, SKUS[1], &plain()).expect("a SKU");
    let mut model: Model = SKUS.iter().flat_map(|sku| PLACES.map(|at| ((*sku, at), 0))).collect();
    let mut draw = Seed(seed).stream("steps");
    for n in 0..150 {
        let key = format!("{n}");
        let place =
            (SKUS[draw.random_range(0..SKUS.len())], PLACES[draw.random_range(0..PLACES.len())]);
        match step(&mut draw, &key, place) {
            Step::Move(movement, changes) => {
                let booked = book(t, std::slice::from_ref(&movement));
                let is_allowed = is_allowed(&model, &movement, place);
                assert_eq!(booked.is_ok(), is_allowed, "seed {seed}, {n}: {movement:?} {booked:?}");
                for (at, change) in changes.into_iter().filter(|_| is_allowed) {
                    *model.entry((place.0, at)).or_default() += change;
                }
            }
            Step::Count(counted) => {
                let found = count(t, &key, place.0, place.1, counted).expect("a count");
                assert_eq!(found.before, model[&place], "seed {seed}, {n}");
                model.insert(place, counted);
            }
            Step::Deliver(units) => {
                deliver(t, &key, place, units);
                *model.entry(place).or_default() += units;
            }
        }
    }
    for sku in SKUS {
        let books = by_place(t, sku);
        for at in PLACES {
            let found = books.get(at).copied().unwrap_or(0);
            assert_eq!(found, model[&(sku, at)], "seed {seed}: {sku} at {at}");
        }
    }
    let unknown = t.db.read(|tx| crate::view::find(tx, now(t), "NOPE"));
    assert!(matches!(unknown, Err(StockError::Unknown { .. })));
    assert_whole(t);
}

#[test]
fn random_operations_leave_the_books_as_a_simple_model_has_them() {
    for seed in 0..4 {
        on_both("stock_model", MIGRATIONS, |t| run(t, seed));
    }
}
