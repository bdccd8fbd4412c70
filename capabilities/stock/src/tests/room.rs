//! Movements, counts, moves between locations, deliveries, thresholds, back-orders, bad input.

use jiff::civil::date;
use mercer_testkit::{TestBed, on_both};

use super::support::*;
use crate::error::StockError;
use crate::incoming::{self, NewIncoming, Receipt, ReceiptOutcome};
use crate::movements::{N_MOVEMENTS_MAX, NewMovement, Reason};
use crate::settings::ItemSettings;

fn shop(t: &TestBed) {
    location(t, "main", 1, &[]);
    location(t, "outlet", 2, &[]);
    put(t, "LAMP", &plain()).unwrap();
}

#[test]
fn units_come_go_and_move_and_each_leaves_its_fact_once() {
    on_both("stock_moves", MIGRATIONS, |t| {
        shop(t);
        let batch = [
            movement("1", Reason::Received, "LAMP", "main", 10),
            movement("2", Reason::Sold, "LAMP", "main", 2),
            movement("3", Reason::Returned, "LAMP", "main", 1),
            movement("4", Reason::Damaged, "LAMP", "main", 3),
            NewMovement {
                to_location: Some("outlet".to_owned()),
                ..movement("5", Reason::Moved, "LAMP", "main", 4)
            },
        ];
        let booked = book(t, &batch).unwrap();
        assert!(booked.iter().all(|one| one.is_new));
        assert_eq!(booked[4].level.on_hand, 2);
        assert_eq!(figures(t, "LAMP"), (6, 0, 6, 0));
        assert_eq!(by_place(t, "LAMP"), [("main".to_owned(), 2), ("outlet".to_owned(), 4)].into());
        let kinds =
            ["stock.received", "stock.sold", "stock.returned", "stock.damaged", "stock.moved"];
        assert_eq!(kinds_after(t, 0), kinds);
        let again = book(t, &batch).unwrap();
        assert!(again.iter().all(|one| !one.is_new));
        let numbers = |all: &[crate::movements::Booked]| -> Vec<i64> {
            all.iter().map(|one| one.transfer_id).collect()
        };
        assert_eq!(numbers(&again), numbers(&booked));
        assert_eq!((figures(t, "LAMP"), facts(t).len()), ((6, 0, 6, 0), kinds.len()));
        assert_whole(t);
    });
}

#[test]
fn a_batch_with_one_fault_is_not_booked_at_all_and_names_the_field() {
    on_both("stock_faults", MIGRATIONS, |t| {
        shop(t);
        put(t, "CARD", &ItemSettings { is_tracked: false, ..plain() }).unwrap();
        give(t, "LAMP", "main", 5);
        let n_facts = facts(t).len();
        let good = movement("good", Reason::Received, "LAMP", "main", 1);
        let moved = |to: Option<&str>| NewMovement {
            to_location: to.map(str::to_owned),
            ..movement("bad", Reason::Moved, "LAMP", "main", 1)
        };
        let bad = [
            (movement("bad", Reason::Received, "LAMP", "main", -1), "quantity"),
            (movement("bad", Reason::Received, "LAMP", "main", 0), "quantity"),
            (movement("bad", Reason::Received, "LAMP", "main", i64::MAX), "quantity"),
            (movement("bad", Reason::Received, "NOPE", "main", 1), "sku"),
            (movement("bad", Reason::Received, "CARD", "main", 1), "sku"),
            (movement("bad", Reason::Received, "incoming", "main", 1), "sku"),
            (movement("bad", Reason::Received, "LAMP", "nowhere", 1), "location"),
            (movement("", Reason::Received, "LAMP", "main", 1), "key"),
            (movement(&"k".repeat(999), Reason::Received, "LAMP", "main", 1), "key"),
            (movement("bad", Reason::Sold, "LAMP", "main", 7), "quantity"),
            (movement("bad", Reason::Damaged, "LAMP", "outlet", 1), "quantity"),
            (movement("good", Reason::Received, "LAMP", "main", 2), "key"),
            (moved(None), "to_location"),
            (moved(Some("main")), "to_location"),
            (moved(Some("nowhere")), "to_location"),
        ];
        for (movement, field) in bad {
            let error = book(t, &[good.clone(), movement.clone()]).unwrap_err();
            assert_eq!(field_of(&error), format!("movements[1].{field}"), "{movement:?}: {error}");
        }
        let many = vec![good.clone(); N_MOVEMENTS_MAX + 1];
        assert!(matches!(book(t, &many), Err(StockError::TooMany { .. })));
        assert_eq!(field_of(&book(t, &[]).unwrap_err()), "movements");
        assert_eq!((figures(t, "LAMP").0, facts(t).len()), (5, n_facts));
        assert!(book(t, &[good]).unwrap()[0].is_new, "the good one was never booked");
        assert_whole(t);
    });
}

#[test]
fn more_than_2_to_the_53_units_never_lie_in_the_books() {
    on_both("stock_overflow", MIGRATIONS, |t| {
        shop(t);
        let most = 1i64 << 53;
        book(t, &[movement("1", Reason::Received, "LAMP", "main", most)]).unwrap();
        let error = book(t, &[movement("2", Reason::Received, "LAMP", "main", 1)]).unwrap_err();
        assert_eq!(field_of(&error), "movements[0].quantity", "{error}");
        assert_eq!(figures(t, "LAMP").0, most);
        let error = book(t, &[movement("3", Reason::Received, "LAMP", "main", most + 1)]);
        assert_eq!(field_of(&error.unwrap_err()), "movements[0].quantity");
        assert_whole(t);
    });
}

#[test]
fn a_count_corrects_by_the_difference_and_says_what_the_books_said() {
    on_both("stock_counts", MIGRATIONS, |t| {
        shop(t);
        give(t, "LAMP", "main", 10);
        let less = count(t, "a", "LAMP", "main", 7).unwrap();
        assert_eq!((less.before, less.counted, less.difference), (10, 7, -3));
        let more = count(t, "b", "LAMP", "main", 9).unwrap();
        assert_eq!((more.before, more.difference, more.is_new), (7, 2, true));
        let same = count(t, "c", "LAMP", "main", 9).unwrap();
        assert_eq!((same.difference, same.transfer_id), (0, None));
        give(t, "LAMP", "main", 1);
        let again = count(t, "a", "LAMP", "main", 7).unwrap();
        assert_eq!(again, crate::counts::Counted { is_new: false, ..less });
        assert_eq!(figures(t, "LAMP").0, 10, "a count that was booked before changes nothing");
        let other = count(t, "a", "LAMP", "main", 8).unwrap_err();
        assert!(matches!(other, StockError::KeyReused { .. }), "{other}");
        for (n, field) in [(-1, "counts[0].counted"), (i64::MAX, "counts[0].counted")] {
            assert_eq!(field_of(&count(t, "d", "LAMP", "main", n).unwrap_err()), field);
        }
        assert_eq!(field_of(&count(t, "d", "NOPE", "main", 1).unwrap_err()), "counts[0].sku");
        assert_whole(t);
    });
}

#[test]
fn low_and_back_are_told_once_per_crossing() {
    on_both("stock_levels", MIGRATIONS, |t| {
        shop(t);
        give(t, "LAMP", "main", 10);
        put(t, "LAMP", &ItemSettings { low_threshold: Some(4), ..plain() }).unwrap();
        let levels = || -> Vec<String> {
            let is_level = |kind: &String| kind == "stock.low" || kind == "stock.back";
            kinds_after(t, 0).into_iter().filter(is_level).collect()
        };
        assert_eq!(levels(), Vec::<String>::new());
        for (key, n, expected) in [("1", 5, 0), ("2", 1, 1), ("3", 1, 1), ("4", 1, 1)] {
            book(t, &[movement(key, Reason::Sold, "LAMP", "main", n)]).unwrap();
            assert_eq!(levels().len(), expected, "after {key}");
        }
        assert!(view_of(t, "LAMP").row.is_low);
        give(t, "LAMP", "outlet", 2);
        give(t, "LAMP", "outlet", 1);
        assert_eq!(levels(), ["stock.low", "stock.back"]);
        put(t, "LAMP", &ItemSettings { low_threshold: Some(100), ..plain() }).unwrap();
        assert_eq!(levels(), ["stock.low", "stock.back", "stock.low"]);
        assert_whole(t);
    });
}

#[test]
fn a_delivery_is_received_in_parts_and_never_beyond_what_is_expected() {
    on_both("stock_incoming", MIGRATIONS, |t| {
        shop(t);
        let new = NewIncoming {
            key: "po:1".to_owned(),
            sku: "LAMP".to_owned(),
            location: "main".to_owned(),
            quantity: 20,
            due_on: date(2026, 4, 1),
            reference: Some("PO 77".to_owned()),
        };
        let expect = |new: &NewIncoming| write(t, |tx| incoming::expect(tx, now(t), new, ""));
        let (delivery, is_new) = expect(&new).unwrap();
        assert_eq!((delivery.outstanding, is_new), (20, true));
        assert_eq!(expect(&new).unwrap(), (delivery.clone(), false));
        let other = NewIncoming { quantity: 21, ..new.clone() };
        assert!(matches!(expect(&other), Err(StockError::KeyReused { .. })));
        let none = NewIncoming { quantity: 0, key: "po:2".to_owned(), ..new };
        assert_eq!(field_of(&expect(&none).unwrap_err()), "quantity");
        assert_eq!(figures(t, "LAMP"), (0, 0, 0, 20));
        let receive = |key: &str, quantity: i64, outcome: ReceiptOutcome| {
            let receipt = Receipt { key: key.to_owned(), quantity, outcome };
            write(t, |tx| incoming::receive(tx, now(t), &delivery.id, &receipt))
        };
        let part = receive("r1", 12, ReceiptOutcome::Received).unwrap();
        assert_eq!((part.outstanding, part.closed_at), (8, None));
        receive("r1", 12, ReceiptOutcome::Received).unwrap();
        assert_eq!(figures(t, "LAMP"), (12, 0, 12, 8));
        let beyond = receive("r2", 9, ReceiptOutcome::Received).unwrap_err();
        assert!(beyond.to_string().contains("8 units of this delivery"), "{beyond}");
        assert!(matches!(
            receive("r1", 1, ReceiptOutcome::Received),
            Err(StockError::KeyReused { .. })
        ));
        receive("r3", 5, ReceiptOutcome::Received).unwrap();
        let done = receive("r4", 3, ReceiptOutcome::Cancelled).unwrap();
        assert_eq!((done.outstanding, done.closed_at), (0, Some(now(t))));
        assert_eq!(figures(t, "LAMP"), (17, 0, 17, 0));
        assert_eq!(kinds_after(t, 0), ["stock.received", "stock.received"]);
        assert_whole(t);
    });
}

#[test]
fn back_orders_are_owed_paid_first_and_never_shrink_below_what_is_owed() {
    on_both("stock_back_orders", MIGRATIONS, |t| {
        shop(t);
        let allowed = |n| ItemSettings { back_order: back_order(n, "main"), ..plain() };
        put(t, "LAMP", &allowed(3)).unwrap();
        give(t, "LAMP", "main", 2);
        book(t, &[movement("1", Reason::Sold, "LAMP", "main", 4)]).unwrap();
        assert_eq!(figures(t, "LAMP"), (-2, 0, 0, 0));
        let over = book(t, &[movement("2", Reason::Sold, "LAMP", "main", 2)]).unwrap_err();
        assert!(matches!(over, StockError::OutOfStock { .. }), "{over}");
        // What is not there cannot break.
        let broken = book(t, &[movement("3", Reason::Damaged, "LAMP", "main", 1)]).unwrap_err();
        assert!(matches!(broken, StockError::OutOfStock { .. }), "{broken}");
        let shrunk = put(t, "LAMP", &allowed(1)).unwrap_err();
        assert_eq!(field_of(&shrunk), "back_order", "{shrunk}");
        put(t, "LAMP", &allowed(2)).unwrap();
        give(t, "LAMP", "main", 5);
        assert_eq!(figures(t, "LAMP"), (3, 0, 3, 0));
        put(t, "LAMP", &plain()).unwrap();
        assert_whole(t);
    });
}

#[test]
fn settings_and_locations_refuse_what_cannot_be() {
    on_both("stock_settings", MIGRATIONS, |t| {
        shop(t);
        let cases = [
            (ItemSettings { unit_cost_minor: Some(-1), ..plain() }, "unit_cost_minor"),
            (ItemSettings { price_floor_minor: Some(i64::MAX), ..plain() }, "price_floor_minor"),
            (ItemSettings { low_threshold: Some(-1), ..plain() }, "low_threshold"),
            (
                ItemSettings { back_order: back_order(0, "main"), ..plain() },
                "back_order.quantity_max",
            ),
            (ItemSettings { back_order: back_order(1, "no"), ..plain() }, "back_order.location"),
            (ItemSettings { locations: vec!["no".to_owned()], ..plain() }, "locations[0]"),
        ];
        for (settings, field) in cases {
            assert_eq!(field_of(&put(t, "NEW", &settings).unwrap_err()), field);
        }
        for sku in ["", " ", "settings", "a\nb"] {
            assert_eq!(field_of(&put(t, sku, &plain()).unwrap_err()), "sku", "{sku:?}");
        }
        location(t, "main", 9, &["GB"]);
        let all = t.db.read(crate::store::locations).unwrap();
        let codes: Vec<(&str, i64)> = all.iter().map(|one| (&*one.code, one.priority)).collect();
        assert_eq!(codes, [("outlet", 2), ("main", 9)]);
    });
}
