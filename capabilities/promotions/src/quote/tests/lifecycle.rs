//! Held, committed, released, expired, returned.

use std::sync::Barrier;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;

use mercer_core::clock::Clock;
use mercer_testkit::{TestBed, on_both};

use super::shop::*;
use crate::PromotionsError;
use crate::accounts;
use crate::quote::purge::{self, PurgeQuotes};
use crate::quote::view::QuoteState;
use crate::quote::{CommitAsk, Quotes, ReturnAsk, ReturnedLine};

fn number(number: &str) -> CommitAsk {
    CommitAsk { order_number: number.to_owned() }
}

fn back(key: &str, line: u32, quantity: i64, restock: bool) -> ReturnAsk {
    ReturnAsk { key: key.to_owned(), lines: vec![ReturnedLine { line, quantity, restock }] }
}

/// A quote of 3 units with a code, points and stock counted.
fn full(t: &TestBed, quotes: &Quotes) -> String {
    give(t, &stock_of("T-250"), 5);
    give(t, &points_of(ANN), 100);
    run(
        t,
        "prm_ten",
        serde_json::json!({
            "action": { "kind": "percentage", "basis_points": 1_000 }, "activation": "coupon",
        }),
        (Some(10), Some(1), Some(1_000)),
    );
    code(t, "Spring", "prm_ten", Some(2));
    let mut ask = cart(&[("T-250", 3), ("C-1000", 1)]);
    ask.customer_id = Some(ANN.to_owned());
    ask.coupons = vec![" spring ".to_owned()];
    ask.points = 90;
    let quote = quotes.price(&ask).unwrap();
    assert_eq!(quote.price.total_minor, 1_750 - 175 - 90);
    quote.id
}

/// Stock, points, uses, share, budget and uses of the code: what can be taken.
fn all_left(t: &TestBed) -> [i64; 6] {
    [
        stock_of("T-250"),
        points_of(ANN),
        accounts::promotion_uses("prm_ten"),
        accounts::promotion_share("prm_ten", ANN),
        accounts::promotion_budget("prm_ten"),
        accounts::coupon_uses("SPRING"),
    ]
    .map(|key| left(t, &key).0)
}

#[test]
fn a_hold_takes_everything_together_and_the_commit_uses_it_once() {
    on_both("quote_hold", MIGRATIONS, |t| {
        let quotes = quotes(t);
        let id = full(t, &quotes);
        let held = quotes.hold(&id).unwrap();
        assert_eq!((held.state, held.notices.len()), (QuoteState::Held, 0));
        assert_eq!(all_left(t), [2, 10, 9, 0, 825, 1]);
        assert_eq!(quotes.hold(&id).unwrap(), held, "once more changes nothing");
        let done = quotes.commit(&id, &number("1042")).unwrap();
        assert_eq!((done.state, done.order.as_deref()), (QuoteState::Committed, Some("shop/1042")));
        assert_eq!(quotes.commit(&id, &number(" 1042")).unwrap(), done);
        let other = quotes.commit(&id, &number("1043"));
        assert!(matches!(other, Err(PromotionsError::Conflict { .. })), "{other:?}");
        assert!(matches!(quotes.release(&id), Err(PromotionsError::Conflict { .. })));
        assert_eq!(all_left(t), [2, 10, 9, 0, 825, 1]);
        assert_eq!(left(t, &stock_of("T-250")).1, 0);
        let second = quotes.price(&cart(&[("C-1000", 1)])).unwrap().id;
        let taken = quotes.commit(&second, &number("1042"));
        assert!(matches!(taken, Err(PromotionsError::Conflict { .. })), "{taken:?}");
        let facts = t.db.read(|tx| mercer_facts::read_after(tx, 0, 50)).unwrap();
        let committed: Vec<_> = facts.iter().filter(|f| f.kind == "quote.committed").collect();
        assert_eq!(committed.len(), 1);
        assert_eq!(committed[0].payload["promotions"][0]["amount_minor"], 175);
        settle(t);
    });
}

#[test]
fn a_release_and_an_expiry_give_everything_back() {
    on_both("quote_release", MIGRATIONS, |t| {
        let quotes = quotes(t);
        let id = full(t, &quotes);
        quotes.hold(&id).unwrap();
        assert_eq!(quotes.release(&id).unwrap().state, QuoteState::Released);
        assert_eq!(quotes.release(&id).unwrap().state, QuoteState::Released);
        assert_eq!(all_left(t), [5, 100, 10, 1, 1_000, 2]);
        let late = quotes.commit(&id, &number("1"));
        assert!(matches!(late, Err(PromotionsError::Conflict { .. })), "{late:?}");
        let mut ask = cart(&[("T-250", 3)]);
        ask.coupons = vec!["SPRING".to_owned()];
        ask.customer_id = Some(ANN.to_owned());
        let second = quotes.price(&ask).unwrap().id;
        quotes.hold(&second).unwrap();
        t.clock.advance_seconds(15 * 60);
        let late = quotes.commit(&second, &number("2"));
        assert!(matches!(late, Err(PromotionsError::Expired { what: "the hold", .. })), "{late:?}");
        settle(t);
        assert_eq!(quotes.find(&second).unwrap().state, QuoteState::Expired);
        assert_eq!(all_left(t), [5, 100, 10, 1, 1_000, 2]);
        let third = quotes.price(&cart(&[("T-250", 1)])).unwrap().id;
        t.clock.advance_seconds(30 * 60);
        let late = quotes.hold(&third);
        assert!(
            matches!(late, Err(PromotionsError::Expired { what: "the quote", .. })),
            "{late:?}"
        );
        // A clock that goes back makes it good again; nothing is half-done.
        t.clock.advance_seconds(-60);
        assert_eq!(quotes.hold(&third).unwrap().state, QuoteState::Held);
        settle(t);
    });
}

#[test]
fn what_is_short_is_named_and_nothing_is_held() {
    on_both("quote_short", MIGRATIONS, |t| {
        let quotes = quotes(t);
        give(t, &stock_of("T-250"), 5);
        run(t, "prm_once", ten_percent(), (Some(1), None, None));
        let ask = cart(&[("T-250", 3), ("T-250", 3)]);
        let both = quotes.price(&ask).unwrap().id;
        match quotes.hold(&both) {
            Err(PromotionsError::OutOfStock { field, sentence }) => {
                assert_eq!(field, "lines[1]");
                assert!(sentence.contains("2 are there"), "{sentence}");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(left(t, &stock_of("T-250")), (5, 0));
        let first = quotes.price(&cart(&[("C-100", 1)])).unwrap();
        let second = quotes.price(&cart(&[("C-100", 1)])).unwrap();
        assert_eq!((first.price.total_minor, second.price.total_minor), (90, 90));
        quotes.hold(&first.id).unwrap();
        match quotes.hold(&second.id) {
            Err(PromotionsError::LimitReached { sentence }) => {
                assert!(sentence.contains("Name of prm_once"), "{sentence}");
            }
            other => panic!("{other:?}"),
        }
        let third = quotes.price(&cart(&[("C-100", 1)])).unwrap();
        assert_eq!(third.price.total_minor, 100, "nothing is left to promise");
        assert_eq!(third.price.not_applied[0].code, "used_up");
        settle(t);
    });
}

#[test]
fn returns_by_line_give_back_what_the_line_used_and_never_twice() {
    on_both("quote_returns", MIGRATIONS, |t| {
        let quotes = quotes(t);
        let id = full(t, &quotes);
        let refused = quotes.take_back(&id, &back("R-0", 0, 1, true));
        assert!(matches!(refused, Err(PromotionsError::Conflict { .. })), "{refused:?}");
        quotes.commit(&id, &number("7")).unwrap();
        // Three teas of 675 and one other of 900 share 90 points: 39 and 51.
        let one = quotes.take_back(&id, &back("R-1", 0, 1, true)).unwrap();
        assert_eq!((one.points, one.lines[0].quantity_so_far, one.is_new), (13, 1, true));
        assert_eq!(all_left(t)[..2], [3, 23]);
        let again = quotes.take_back(&id, &back("R-1", 0, 1, true)).unwrap();
        assert_eq!((again.is_new, again.points), (false, 13));
        assert_eq!(all_left(t)[..2], [3, 23]);
        let other = quotes.take_back(&id, &back("R-1", 0, 2, true));
        assert!(matches!(other, Err(PromotionsError::Conflict { .. })), "{other:?}");
        let broken = quotes.take_back(&id, &back("R-2", 0, 1, false)).unwrap();
        assert_eq!(broken.points, 13);
        assert_eq!(all_left(t)[..2], [3, 36], "a broken unit is not for sale again");
        let more = quotes.take_back(&id, &back("R-3", 0, 2, true));
        assert!(
            matches!(&more, Err(PromotionsError::Invalid { field, .. }) if field == "lines[0].quantity"),
            "{more:?}"
        );
        let nobody = quotes.take_back(&id, &back("R-3", 9, 1, true));
        assert!(matches!(nobody, Err(PromotionsError::Invalid { .. })), "{nobody:?}");
        let rest = ReturnAsk { key: "R-4".to_owned(), lines: Vec::new() };
        let rest = quotes.take_back(&id, &rest).unwrap();
        assert_eq!(rest.points, 13 + 51);
        assert_eq!(all_left(t)[1], 100, "all points are back, not one more");
        // Of three units one broke: a cancellation of the rest does not mend it.
        assert_eq!(all_left(t)[0], 4);
        let paid: i64 = [&one, &broken, &rest]
            .iter()
            .flat_map(|returned| &returned.lines)
            .map(|line| line.paid_minor)
            .sum();
        assert_eq!(paid, 1_750 - 175 - 90, "the parts sum to what was paid");
        settle(t);
    });
}

#[test]
fn a_code_for_two_is_redeemed_by_two_of_many_at_once() {
    on_both("quote_parallel", MIGRATIONS, |t| {
        let quotes = quotes(t);
        run(
            t,
            "prm_ten",
            serde_json::json!({
                "action": { "kind": "percentage", "basis_points": 1_000 }, "activation": "coupon",
            }),
            (None, None, None),
        );
        code(t, "TWO", "prm_ten", Some(2));
        let mut ask = cart(&[("C-100", 1)]);
        ask.coupons = vec!["TWO".to_owned()];
        let ids: Vec<String> = (0..24).map(|_| quotes.price(&ask).unwrap().id).collect();
        let (start, n_done) = (Barrier::new(8), AtomicI64::new(0));
        thread::scope(|scope| {
            for part in ids.chunks(3) {
                let (start, n_done, quotes) = (&start, &n_done, &quotes);
                scope.spawn(move || {
                    start.wait();
                    for id in part {
                        match quotes.commit(id, &number(id)) {
                            Ok(_) => n_done.fetch_add(1, Ordering::SeqCst),
                            Err(PromotionsError::LimitReached { .. }) => 0,
                            Err(other) => panic!("{other:?}"),
                        };
                    }
                });
            }
        });
        assert_eq!(n_done.load(Ordering::SeqCst), 2);
        assert_eq!(left(t, &accounts::coupon_uses("TWO")), (0, 0));
        settle(t);
    });
}

#[test]
fn a_quote_that_came_to_nothing_is_forgotten_after_a_month_an_order_never() {
    on_both("quote_purge", MIGRATIONS, |t| {
        let quotes = quotes(t);
        let sold = quotes.price(&cart(&[("C-100", 1)])).unwrap().id;
        quotes.commit(&sold, &number("1")).unwrap();
        let idle = quotes.price(&cart(&[("C-100", 1)])).unwrap().id;
        t.clock.advance_seconds(29 * 86_400);
        let young = quotes.price(&cart(&[("C-100", 1)])).unwrap().id;
        let worker = mercer_jobs::Worker {
            db: t.db.clone(),
            clock: t.clock.clone(),
            handlers: vec![std::sync::Arc::new(PurgeQuotes)],
        };
        t.db.write(|tx| purge::schedule(tx, t.clock.now())).unwrap();
        t.clock.advance_seconds(2 * 86_400);
        assert_eq!(worker.run_due(5).unwrap().n_done, 1);
        assert!(matches!(quotes.find(&idle), Err(PromotionsError::Unknown { .. })));
        assert!(quotes.find(&young).is_ok());
        assert!(quotes.find(&sold).is_ok());
        let logged = |id: &str| t.db.read(|tx| mercer_decisions::current(tx, "quote", id)).unwrap();
        assert!(logged(&idle).is_none() && logged(&sold).is_some());
        assert_eq!(t.db.read(mercer_jobs::counts).unwrap()[0].1, 1, "it comes again tomorrow");
    });
}
