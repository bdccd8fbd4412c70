//! What carts are answered through the port, and that what they hold is what they were told.

use jiff::SignedDuration;
use mercer_connect::cart::{StockAnswer, StockAsk, StockRoom, UnitCost};
use mercer_ledger::hold::{Commit, NewHold, Portions, Rest, commit, hold, release};
use mercer_stock_engine::policy::Choice;
use mercer_testkit::{TestBed, on_both};

use super::support::*;
use crate::room::Room;
use crate::settings::ItemSettings;
use crate::store::{self, Settings};

fn ask(line: i64, sku: &str, quantity: i64) -> StockAsk {
    StockAsk { line, sku: sku.to_owned(), quantity }
}

fn allocate(t: &TestBed, country: Option<&str>, asks: &[StockAsk]) -> Vec<StockAnswer> {
    t.db.read(|tx| Room.allocate(tx, now(t), country, asks)).unwrap()
}

fn choose(t: &TestBed, choice: Choice) {
    let settings = Settings { choice, takes_orders_from: [].into() };
    write(t, |tx| store::put_settings(tx, &settings)).unwrap();
}

fn places(answer: &StockAnswer) -> Vec<(&str, i64)> {
    answer.places.iter().map(|(code, n)| (code.as_str(), *n)).collect()
}

#[test]
fn three_at_a_and_ten_at_b_give_five_as_three_and_two() {
    on_both("stock_known", MIGRATIONS, |t| {
        location(t, "A", 1, &["GB"]);
        location(t, "B", 2, &["DE", "GB"]);
        put(t, "LAMP", &plain()).unwrap();
        give(t, "LAMP", "A", 3);
        give(t, "LAMP", "B", 10);
        let found = allocate(t, None, &[ask(0, "LAMP", 5)]);
        assert_eq!((found[0].n_found, places(&found[0])), (5, vec![("A", 3), ("B", 2)]));
        let legs: i64 = found[0].legs.iter().map(|leg| leg.quantity).sum();
        assert_eq!(legs, 5);
        choose(t, Choice::FewestParcels);
        assert_eq!(places(&allocate(t, None, &[ask(0, "LAMP", 5)])[0]), [("B", 5)]);
        choose(t, Choice::Nearest);
        assert_eq!(places(&allocate(t, Some("DE"), &[ask(0, "LAMP", 5)])[0]), [("B", 5)]);
        assert_eq!(places(&allocate(t, Some("gb"), &[ask(0, "LAMP", 5)])[0]), [("A", 3), ("B", 2)]);
        assert_eq!(allocate(t, Some("FR"), &[ask(0, "LAMP", 1)])[0].n_found, 0);
    });
}

#[test]
fn lines_of_one_sku_count_together_and_the_second_is_refused() {
    on_both("stock_together", MIGRATIONS, |t| {
        location(t, "A", 1, &[]);
        put(t, "LAMP", &plain()).unwrap();
        put(t, "CARD", &ItemSettings { is_tracked: false, ..plain() }).unwrap();
        give(t, "LAMP", "A", 5);
        let asks = [ask(0, "LAMP", 3), ask(1, "LAMP", 3), ask(2, "CARD", 9), ask(3, "UNKNOWN", 9)];
        let found = allocate(t, None, &asks);
        let told: Vec<_> = found
            .iter()
            .map(|one| (one.line, one.is_tracked, one.n_found, one.legs.len()))
            .collect();
        assert_eq!(told, [(0, true, 3, 1), (1, true, 2, 0), (2, false, 9, 0), (3, false, 9, 0)]);
        assert_eq!(allocate(t, None, &[]), []);
        let odd = allocate(t, None, &[ask(0, "LAMP", -3), ask(1, "LAMP", i64::MAX)]);
        assert_eq!((odd[0].n_found, odd[1].n_found), (0, 5));
    });
}

#[test]
fn a_cart_is_held_committed_or_released_with_back_orders_told_apart() {
    on_both("stock_hold", MIGRATIONS, |t| {
        location(t, "main", 1, &[]);
        let settings =
            ItemSettings { back_order: back_order(2, "main"), low_threshold: Some(1), ..plain() };
        put(t, "LAMP", &settings).unwrap();
        give(t, "LAMP", "main", 3);
        let found = allocate(t, None, &[ask(4, "LAMP", 4)]);
        assert_eq!((found[0].n_found, found[0].n_back_ordered), (4, 1));
        let n_facts = facts(t).len();
        let hold_with = |key: &str| {
            let new = NewHold {
                key: key.to_owned(),
                subject: "quo_1".to_owned(),
                expires_at: now(t) + SignedDuration::from_mins(10),
                legs: found[0].legs.clone(),
            };
            t.db.write(|tx| hold(tx, now(t), &new))
        };
        let first = hold_with("h1").unwrap();
        assert_eq!(figures(t, "LAMP"), (3, 4, 0, 0));
        let left = &view_of(t, "LAMP").places[0];
        assert_eq!((left.back_order_left, left.level.held), (1, 4));
        assert_eq!(allocate(t, None, &[ask(0, "LAMP", 2)])[0].n_found, 1);
        assert!(hold_with("h2").is_err(), "the units are held");
        t.db.write(|tx| release(tx, now(t), &first.id)).unwrap();
        assert_eq!(figures(t, "LAMP"), (3, 0, 3, 0));
        let second = hold_with("h3").unwrap();
        let done = Commit {
            key: "c".to_owned(),
            hold_id: second.id,
            portions: Portions::All,
            rest: Rest::Release,
        };
        let _ = t.db.write(|tx| commit(tx, now(t), &done)).unwrap();
        assert_eq!(figures(t, "LAMP"), (-1, 0, 0, 0));
        // Nobody told this capability; the job finds it.
        assert_eq!(facts(t).len(), n_facts);
        run_levels(t);
        assert_eq!(kinds_after(t, n_facts), ["stock.low"]);
        run_levels(t);
        assert_eq!(facts(t).len(), n_facts + 1);
        assert_whole(t);
    });
}

fn run_levels(t: &TestBed) {
    write(t, |tx| crate::levels::look_soon(tx, now(t))).unwrap();
    t.clock.advance_seconds(60);
    let worker = mercer_jobs::Worker {
        db: t.db.clone(),
        clock: t.clock.clone(),
        handlers: vec![
            std::sync::Arc::new(crate::levels::CheckLevels),
            std::sync::Arc::new(mercer_ledger::ExpireHolds),
        ],
    };
    let report = worker.run_due(10).unwrap();
    assert_eq!((report.n_retried, report.n_parked), (0, 0));
}

#[test]
fn a_count_below_what_is_held_is_refused_and_says_what_to_do() {
    on_both("stock_count_held", MIGRATIONS, |t| {
        location(t, "main", 1, &[]);
        put(t, "LAMP", &plain()).unwrap();
        give(t, "LAMP", "main", 5);
        let found = allocate(t, None, &[ask(0, "LAMP", 4)]);
        let new = NewHold {
            key: "h".to_owned(),
            subject: "quo_1".to_owned(),
            expires_at: now(t) + SignedDuration::from_mins(10),
            legs: found[0].legs.clone(),
        };
        let _ = t.db.write(|tx| hold(tx, now(t), &new)).unwrap();
        let error = count(t, "c", "LAMP", "main", 3).unwrap_err();
        assert_eq!(field_of(&error), "counts[0].counted", "{error}");
        let counted = count(t, "c", "LAMP", "main", 4).unwrap();
        assert_eq!((counted.before, counted.difference), (5, -1));
        assert_eq!(figures(t, "LAMP"), (4, 4, 0, 0));
        assert_whole(t);
    });
}

#[test]
fn costs_and_floors_are_told_for_what_is_known() {
    on_both("stock_costs", MIGRATIONS, |t| {
        let settings =
            ItemSettings { unit_cost_minor: Some(350), price_floor_minor: Some(499), ..plain() };
        put(t, "LAMP", &settings).unwrap();
        put(t, "CUP", &plain()).unwrap();
        let costs = t.db.read(|tx| Room.costs(tx, &["LAMP", "CUP", "NOPE"])).unwrap();
        let lamp = UnitCost { cost_minor: Some(350), floor_minor: Some(499) };
        assert_eq!(
            costs,
            [("LAMP".to_owned(), lamp), ("CUP".to_owned(), UnitCost::default())].into()
        );
        assert!(t.db.read(|tx| Room.costs(tx, &[])).unwrap().is_empty());
    });
}
