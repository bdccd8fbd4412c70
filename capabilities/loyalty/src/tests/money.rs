//! Earning, returns, spending and debt.

use std::thread;

use mercer_connect::cart::{CustomerTraits, PointsWallet};
use mercer_ledger::LedgerError;
use mercer_ledger::hold::{Commit, Held, NewHold, Portions, Rest, commit, hold, release};
use serde_json::json;

use super::support::*;
use crate::LoyaltyError;
use crate::redemptions::RedemptionAsk;

fn pay(key: &str, points: i64, order: Option<&str>) -> RedemptionAsk {
    RedemptionAsk {
        key: key.to_owned(),
        points: Some(points),
        payable_minor: 1_000_000,
        currency: "GBP".to_owned(),
        channel: order.map(|_| "shop".to_owned()),
        order_number: order.map(|id| format!("N-{id}")),
    }
}

#[test]
fn earn_return_repeat_is_net_zero_in_every_order_of_events() {
    with("loyalty_net", &simple(14), |shop| {
        for round in 0..3 {
            let id = format!("ord_a{round}");
            shop.place(&id, "cus_a", (3, 3_000));
            assert_eq!(shop.points("cus_a"), (0, 30), "pending");
            shop.refund(&format!("ref_a{round}"), &id, 1);
            assert_eq!(shop.points("cus_a"), (0, 20), "a third came back before its day");
            shop.advance_days(15);
            assert_eq!(shop.points("cus_a"), (20, 0), "matured");
            shop.refund(&format!("ref_b{round}"), &id, 2);
            assert_eq!(shop.points("cus_a"), (0, 0), "the rest came back after its day");
        }
        shop.place("ord_b", "cus_b", (3, 3_000));
        shop.refund("ref_c", "ord_b", 3);
        shop.advance_days(15);
        assert_eq!(shop.points("cus_b"), (0, 0), "earn, return, mature");
        shop.assert_replay_changes_nothing(&["cus_a", "cus_b"]);
    });
}

#[test]
fn what_was_spent_is_owed_and_paid_by_what_comes() {
    with("loyalty_debt", &simple(0), |shop| {
        shop.place("ord_1", "cus_a", (3, 3_000));
        shop.place("ord_2", "cus_a", (1, 1_000));
        shop.loyalty.redeem("cus_a", &pay("r1", 25, None)).unwrap();
        assert_eq!(shop.points("cus_a"), (15, 0));
        shop.refund("ref_1", "ord_1", 3);
        assert_eq!(shop.points("cus_a"), (-15, 0), "its lot, then others, then debt");
        assert_eq!(shop.member("cus_a").owed, 15);
        let refused = shop.loyalty.redeem("cus_a", &pay("r2", 1, None));
        assert!(matches!(refused, Err(LoyaltyError::LimitReached { .. })), "{refused:?}");
        shop.place("ord_3", "cus_a", (1, 2_000));
        assert_eq!(shop.points("cus_a"), (5, 0), "the debt is paid first");
        assert_eq!(shop.member("cus_a").owed, 0);
        let taken = shop.loyalty.redeem("cus_a", &pay("r3", 6, None)).unwrap();
        assert_eq!(taken.points, 5, "nobody spends into debt again");
        shop.assert_replay_changes_nothing(&["cus_a"]);
    });
}

#[test]
fn a_forgiving_programme_takes_only_what_is_left_of_the_lot() {
    let mut programme = simple(0);
    programme["when_spent"] = json!("forgive");
    with("loyalty_forgive", &programme, |shop| {
        shop.place("ord_1", "cus_a", (3, 3_000));
        shop.loyalty.redeem("cus_a", &pay("r1", 25, None)).unwrap();
        shop.place("ord_2", "cus_a", (1, 1_000));
        shop.refund("ref_1", "ord_1", 3);
        assert_eq!(shop.points("cus_a"), (10, 0));
        shop.assert_replay_changes_nothing(&["cus_a"]);
    });
}

#[test]
fn a_redemption_that_is_refunded_twice_gives_back_once_and_to_the_same_lots() {
    let mut programme = simple(0);
    programme["expiry"] = json!({ "kind": "after_earning", "days": 100 });
    with("loyalty_refund_twice", &programme, |shop| {
        shop.place("ord_1", "cus_a", (1, 10_000));
        let ends: Vec<_> = shop.member("cus_a").lots.iter().map(|lot| lot.expires_at).collect();
        shop.advance_days(1);
        let paid = shop.loyalty.redeem("cus_a", &pay("r1", 30, Some("ord_2"))).unwrap();
        assert_eq!((paid.points, paid.minor, paid.is_new), (30, 30, true));
        let again = shop.loyalty.redeem("cus_a", &pay("r1", 30, Some("ord_2"))).unwrap();
        assert!(!again.is_new);
        let other = shop.loyalty.redeem("cus_a", &pay("r1", 31, Some("ord_2")));
        assert!(matches!(other, Err(LoyaltyError::Conflict { .. })), "{other:?}");
        shop.place("ord_2", "cus_a", (3, 330));
        assert_eq!(shop.points("cus_a"), (73, 0), "what points paid earns none: 3, not 3.3");
        shop.refund("ref_1", "ord_2", 1);
        assert_eq!(shop.points("cus_a"), (82, 0), "10 back, 1 of 3 taken");
        shop.refund("ref_2", "ord_2", 2);
        shop.tell("refund.given", "ref_2");
        shop.cancel("ord_2");
        assert_eq!(shop.points("cus_a"), (100, 0));
        let lots: Vec<_> = shop.member("cus_a").lots.iter().map(|lot| lot.expires_at).collect();
        assert_eq!(lots, ends, "the lot keeps its end");
        let cancelled = shop.loyalty.cancel_redemption("cus_a", "r1").unwrap();
        assert_eq!(cancelled.given_back, 30);
        assert_eq!(shop.points("cus_a"), (100, 0), "once");
        shop.assert_replay_changes_nothing(&["cus_a"]);
    });
}

#[test]
fn an_order_that_changes_earns_what_it_is_now() {
    with("loyalty_changed", &simple(0), |shop| {
        shop.place("ord_1", "cus_a", (3, 3_000));
        shop.change("ord_1", |order| order.lines[0].total_minor = 6_000);
        assert_eq!(shop.points("cus_a"), (60, 0));
        shop.change("ord_1", |order| order.lines[0].total_minor = 1_500);
        assert_eq!(shop.points("cus_a"), (15, 0));
        shop.refund("ref_1", "ord_1", 1);
        assert_eq!(shop.points("cus_a"), (10, 0), "a third of what it earns now");
        // A refund that is called off.
        shop.change("ord_1", |order| order.lines[0].refunded_quantity = 0);
        assert_eq!(shop.points("cus_a"), (15, 0));
        shop.change("ord_1", |order| order.customer_id = Some("cus_b".to_owned()));
        assert_eq!((shop.points("cus_a"), shop.points("cus_b")), ((0, 0), (15, 0)));
        shop.change("ord_1", |order| order.customer_id = None);
        assert_eq!((shop.points("cus_a"), shop.points("cus_b")), ((0, 0), (0, 0)));
        shop.change("ord_1", |order| order.customer_id = Some("cus_a".to_owned()));
        assert_eq!((shop.points("cus_a"), shop.points("cus_b")), ((15, 0), (0, 0)));
        shop.cancel("ord_1");
        assert_eq!(shop.points("cus_a"), (0, 0));
        shop.assert_replay_changes_nothing(&["cus_a", "cus_b"]);
    });
}

#[test]
fn an_order_that_cannot_be_counted_earns_nothing_and_stops_nobody() {
    with("loyalty_bad_order", &simple(0), |shop| {
        shop.write_order("ord_1", "cus_a", (1, 1_000));
        shop.change("ord_1", |order| order.currency = "EUR".to_owned());
        shop.write_order("ord_2", "cus_a", (1, 1_000));
        shop.change("ord_2", |order| order.currency = "nonsense".to_owned());
        shop.write_order("ord_3", "cus_a", (1, 1_000));
        shop.change("ord_3", |order| order.lines[0].quantity = -1);
        shop.tell("order.placed", "ord_nobody_knows");
        assert_eq!(shop.points("cus_a"), (0, 0));
        let said = shop.t.db.read(|tx| mercer_decisions::current(tx, "loyalty_order", "ord_2"));
        assert_eq!(said.unwrap().unwrap().decision.reasons[0].code, "unreadable");
        shop.place("ord_4", "cus_a", (1, 1_000));
        assert_eq!(shop.points("cus_a"), (10, 0));
    });
}

#[test]
fn parallel_redemptions_never_take_more_than_is_there() {
    with("loyalty_parallel", &simple(0), |shop| {
        shop.place("ord_1", "cus_a", (1, 10_000));
        let taken: i64 = thread::scope(|scope| {
            let one = |n: i64| {
                let loyalty = shop.loyalty.clone();
                scope.spawn(move || {
                    match loyalty.redeem("cus_a", &pay(&format!("r{n}"), 30, None)) {
                        Ok(view) => view.points,
                        Err(LoyaltyError::LimitReached { .. }) => 0,
                        Err(other) => panic!("{other}"),
                    }
                })
            };
            let threads: Vec<_> = (0..8).map(one).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(taken, 100);
        assert_eq!(shop.points("cus_a"), (0, 0));
    });
}

/// Holds points as a cart does.
fn hold_points(shop: &Shop<'_>, key: &str, points: i64) -> Result<Held, LedgerError> {
    let now = shop.now();
    shop.t.db.write(|tx| {
        let legs = shop.loyalty.legs(tx, now, "cus_a", points).unwrap();
        let expires_at = now + jiff::SignedDuration::from_mins(10);
        let new = NewHold { key: key.to_owned(), subject: "quo_1".to_owned(), expires_at, legs };
        hold(tx, now, &new)
    })
}

#[test]
fn a_cart_holds_what_is_there_also_after_a_debt() {
    with("loyalty_cart", &simple(0), |shop| {
        shop.place("ord_1", "cus_a", (1, 5_000));
        shop.place("ord_2", "cus_a", (1, 5_000));
        let held = hold_points(shop, "h1", 80).unwrap();
        assert_eq!((shop.points("cus_a").0, shop.member("cus_a").row.held), (20, 80));
        assert!(matches!(hold_points(shop, "h2", 21), Err(LedgerError::Short { .. })));
        shop.cancel("ord_1");
        assert_eq!(shop.points("cus_a"), (-30, 0), "what the cart holds stays held");
        shop.t.db.write(|tx| release(tx, shop.now(), &held.id)).unwrap();
        assert_eq!(shop.points("cus_a"), (50, 0));
        assert!(matches!(hold_points(shop, "h3", 51), Err(LedgerError::Short { .. })));
        let now = shop.now();
        let offer = shop.t.db.read(|tx| shop.loyalty.offer(tx, now, "cus_a")).unwrap().unwrap();
        assert_eq!(offer.available, 50);
        let held = hold_points(shop, "h4", 50).unwrap();
        let ask = Commit {
            key: "c".to_owned(),
            hold_id: held.id,
            portions: Portions::All,
            rest: Rest::Release,
        };
        let _ = shop.t.db.write(|tx| commit(tx, now, &ask)).unwrap();
        let mut traits = std::collections::BTreeMap::new();
        assert!(shop.t.db.read(|tx| shop.loyalty.add(tx, "cus_a", &mut traits)).unwrap());
        assert_eq!(traits["points"], json!(0));
        shop.assert_whole();
    });
}

#[test]
fn without_a_programme_everything_answers() {
    mercer_testkit::on_both("loyalty_none", MIGRATIONS, |t| {
        let shop = Shop::without_programme(t);
        shop.place("ord_1", "cus_a", (1, 1_000));
        assert!(matches!(shop.loyalty.member("cus_a"), Err(LoyaltyError::Unknown { .. })));
        assert_eq!(shop.loyalty.liability().unwrap(), None);
        assert_eq!(shop.loyalty.programme().unwrap().active, None);
        let offer = t.db.read(|tx| shop.loyalty.offer(tx, shop.now(), "cus_a")).unwrap();
        assert_eq!(offer, None);
        let refused = shop.loyalty.redeem("cus_a", &pay("r", 1, None));
        assert!(matches!(refused, Err(LoyaltyError::Conflict { .. })), "{refused:?}");
    });
}

/// Numbers that are the same in every run (Knuth's multiplier, MMIX).
struct Draws(u64);

impl Draws {
    fn below(&mut self, n: u64) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % n).unwrap()
    }
}

#[test]
fn any_sequence_of_events_ends_at_what_was_kept_less_what_was_spent() {
    with("loyalty_any_order", &simple(3), |shop| {
        let mut draws = Draws(7);
        // Units of each order that are still with the customer, of three that give ten each.
        let mut kept: Vec<i64> = Vec::new();
        let mut spent = 0;
        for step in 0..60 {
            match draws.below(6) {
                0 | 1 => {
                    shop.place(&format!("ord_{}", kept.len()), "cus_a", (3, 3_000));
                    kept.push(3);
                }
                2 | 3 if !kept.is_empty() => {
                    let order = draws.below(kept.len() as u64);
                    if kept[order] > 0 {
                        kept[order] -= 1;
                        shop.refund(&format!("ref_{step}"), &format!("ord_{order}"), 1);
                    }
                }
                4 => shop.advance_days(1),
                _ if !kept.is_empty() => {
                    let ask = pay(&format!("r{step}"), 1 + draws.below(25) as i64, None);
                    match shop.loyalty.redeem("cus_a", &ask) {
                        Ok(view) => spent += view.points,
                        Err(LoyaltyError::LimitReached { .. }) => {}
                        Err(other) => panic!("{other}"),
                    }
                }
                _ => {}
            }
            if !kept.is_empty() {
                let (balance, pending) = shop.points("cus_a");
                let expected = kept.iter().sum::<i64>() * 10 - spent;
                assert_eq!(balance + pending, expected, "after step {step}");
                shop.assert_whole();
            }
        }
        assert!(spent > 0 && kept.contains(&0), "the run met what it is for");
        shop.assert_replay_changes_nothing(&["cus_a"]);
    });
}
