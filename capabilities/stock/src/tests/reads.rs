//! Lists: filters, pages without gaps, holds, what a movement means.

use jiff::SignedDuration;
use mercer_ledger::hold::{Commit, NewHold, Portions, Rest, commit, hold};
use mercer_ledger::transfer::{Leg, Lots, Transfer, transfer};
use mercer_testkit::{TestBed, on_both};

use super::support::*;
use crate::accounts::{available, world};
use crate::history::{self, KeyedMovement, Mark, MovementView};
use crate::movements::{NewMovement, Reason};
use crate::settings::ItemSettings;
use crate::store;
use crate::view::{self, StockFilter};

fn id_of(t: &TestBed, code: &str) -> String {
    t.db.read(|tx| store::location(tx, "", code)).unwrap().id
}

fn listed(t: &TestBed, filter: &StockFilter) -> Vec<(String, i64)> {
    let rows = t.db.read(|tx| view::list(tx, now(t), filter, 100)).unwrap();
    rows.into_iter().map(|(_, row)| (row.sku, row.on_hand)).collect()
}

#[test]
fn the_list_is_searched_filtered_by_location_and_by_what_is_low() {
    on_both("stock_list", MIGRATIONS, |t| {
        location(t, "main", 1, &[]);
        location(t, "outlet", 2, &[]);
        for sku in ["LAMP-RED", "LAMP-BLUE", "CUP_1"] {
            put(t, sku, &ItemSettings { low_threshold: Some(2), ..plain() }).unwrap();
        }
        give(t, "LAMP-RED", "main", 5);
        give(t, "LAMP-RED", "outlet", 2);
        give(t, "CUP_1", "outlet", 1);
        let all = StockFilter::default();
        let named = |sku: &str, n: i64| (sku.to_owned(), n);
        assert_eq!(
            listed(t, &all),
            [named("CUP_1", 1), named("LAMP-BLUE", 0), named("LAMP-RED", 7)]
        );
        let outlet = StockFilter { location: Some("outlet".to_owned()), ..all.clone() };
        assert_eq!(listed(t, &outlet), [named("CUP_1", 1), named("LAMP-RED", 2)]);
        let words = StockFilter { text: Some("lamp bl".to_owned()), ..all.clone() };
        assert_eq!(listed(t, &words), [named("LAMP-BLUE", 0)]);
        let low = StockFilter { is_low: true, ..all.clone() };
        assert_eq!(listed(t, &low), [named("CUP_1", 1), named("LAMP-BLUE", 0)]);
        let next = StockFilter { after: Some("CUP_1".to_owned()), ..all.clone() };
        assert_eq!(listed(t, &next).len(), 2);
        assert_eq!(t.db.read(|tx| view::count(tx, &next)).unwrap(), 3);
        let unknown = StockFilter { location: Some("no".to_owned()), ..all };
        assert!(t.db.read(|tx| view::list(tx, now(t), &unknown, 9)).is_err());
        assert!(t.db.read(|tx| view::find(tx, now(t), "NOPE")).is_err());
    });
}

#[test]
fn no_movement_is_lost_across_a_page_border_even_within_one_long_transfer() {
    on_both("stock_pages", MIGRATIONS, |t| {
        location(t, "main", 1, &[]);
        location(t, "outlet", 2, &[]);
        put(t, "LAMP", &plain()).unwrap();
        // Ten lots, three of them partly moved, the rest sold in one transfer of two lines
        // that takes eight movements under one number.
        for n in 0..10 {
            let key = format!("in{n}");
            book(t, &[movement(&key, Reason::Received, "LAMP", "main", 2)]).unwrap();
        }
        let moved = NewMovement {
            to_location: Some("outlet".to_owned()),
            ..movement("m", Reason::Moved, "LAMP", "main", 5)
        };
        book(t, &[moved]).unwrap();
        let main = id_of(t, "main");
        let leg = |line: i64| Leg {
            line,
            from: available("LAMP", &main),
            to: world("LAMP", "sold"),
            quantity: 7,
            lots: Lots::Next,
        };
        let sold = Transfer {
            key: "order".to_owned(),
            subject: "ord_1".to_owned(),
            reason: "sold".to_owned(),
            legs: vec![leg(0), leg(1)],
        };
        let _ = t.db.write(|tx| transfer(tx, now(t), &sold)).unwrap();
        let all = walk(t, 1_000);
        assert_eq!(all.iter().map(|one| one.on_hand).sum::<i64>(), figures(t, "LAMP").0);
        assert_eq!(all.iter().filter(|one| one.subject == "ord_1").count(), 8);
        assert_eq!(all.iter().filter(|one| one.reason == "moved").count(), 6);
        for n_rows in [1, 2, 3, 7] {
            assert_eq!(walk(t, n_rows), all, "pages of {n_rows}");
        }
    });
}

/// All movements, page by page.
fn walk(t: &TestBed, n_rows: usize) -> Vec<MovementView> {
    let mut after: Option<Mark> = None;
    let mut all = Vec::new();
    loop {
        let mut rows: Vec<KeyedMovement> =
            t.db.read(|tx| history::list(tx, "LAMP", after.as_ref(), n_rows + 1)).unwrap();
        let is_end = rows.len() <= n_rows;
        rows.truncate(n_rows);
        after = rows.last().map(|(((at, place), name), _)| (*at, *place, name.clone()));
        all.extend(rows.into_iter().map(|(_, row)| row));
        if is_end {
            return all;
        }
    }
}

#[test]
fn holds_are_listed_and_movements_say_what_was_only_set_aside() {
    on_both("stock_holds", MIGRATIONS, |t| {
        location(t, "main", 1, &[]);
        put(t, "LAMP", &plain()).unwrap();
        give(t, "LAMP", "main", 9);
        let main = id_of(t, "main");
        let hold_for = |key: &str, quantity: i64, minutes: i64| {
            let new = NewHold {
                key: key.to_owned(),
                subject: format!("quo_{key}"),
                expires_at: now(t) + SignedDuration::from_mins(minutes),
                legs: vec![Leg {
                    line: 0,
                    from: available("LAMP", &main),
                    to: world("LAMP", "sold"),
                    quantity,
                    lots: Lots::Next,
                }],
            };
            t.db.write(|tx| hold(tx, now(t), &new)).unwrap().id
        };
        let late = hold_for("late", 3, 30);
        hold_for("soon", 2, 5);
        let holds = |after: Option<(i64, String)>| {
            t.db.read(|tx| history::holds(tx, "LAMP", after.clone(), 10)).unwrap()
        };
        let subjects: Vec<(String, i64)> =
            holds(None).into_iter().map(|(_, one)| (one.subject, one.quantity)).collect();
        assert_eq!(subjects, [("quo_soon".to_owned(), 2), ("quo_late".to_owned(), 3)]);
        let first = holds(None).remove(0).0;
        assert_eq!(holds(Some(first)).len(), 1);
        let done = Commit {
            key: "c".to_owned(),
            hold_id: late,
            portions: Portions::Lines(vec![(0, 2)]),
            rest: Rest::Release,
        };
        let _ = t.db.write(|tx| commit(tx, now(t), &done)).unwrap();
        assert_eq!(holds(None).len(), 1);
        let told: Vec<(String, i64, i64, i64)> = walk(t, 50)
            .into_iter()
            .map(|one| (one.reason, one.on_hand, one.held, one.available))
            .collect();
        let expected = [
            ("released", 0, -1, 1),
            ("sold", -2, -2, 0),
            ("held", 0, 2, -2),
            ("held", 0, 3, -3),
            ("received", 9, 0, 9),
        ];
        let expected = expected.map(|(reason, a, b, c)| (reason.to_owned(), a, b, c));
        assert_eq!(told, expected);
        let sum = |of: fn(&MovementView) -> i64| walk(t, 50).iter().map(of).sum::<i64>();
        let sums = (sum(|one| one.on_hand), sum(|one| one.held), sum(|one| one.available));
        let (on_hand, held, available, _) = figures(t, "LAMP");
        assert_eq!(sums, (on_hand, held, available));
        assert!(t.db.read(|tx| history::holds(tx, "NOPE", None, 9)).is_err());
    });
}
