//! What random requests seldom meet.

use mercer_core::clock::Clock;
use mercer_ledger::account::{NewAccount, open};
use mercer_ledger::hold::{Commit, HoldState, Portions, Rest, commit, release_part};
use mercer_ledger::transfer::{Leg, Lots, NewLot, Transfer, transfer};
use mercer_ledger::{LedgerError, QUANTITY_MAX, read};
use mercer_testkit::on_both;

use crate::support::*;

#[test]
fn a_floor_cannot_rise_above_a_debt_that_expired_lots_outweigh() {
    on_both("ledger_floor", MIGRATIONS, |t| {
        open_for(t, &["a"], -100);
        give(t, "a", "short", 30, Some(100));
        t.clock.advance_seconds(100);
        let _ = spend(t, "s", vec![leg(1, "a", 20)]).unwrap();
        assert_eq!(figures(t, "a"), (10, 0, 80));
        let raised = NewAccount { key: of("a"), floor: -19 };
        let refused = t.db.write(|tx| open(tx, std::slice::from_ref(&raised)));
        assert!(matches!(refused, Err(LedgerError::NotOpened { .. })), "{refused:?}");
        let raised = NewAccount { key: of("a"), floor: -20 };
        t.db.write(|tx| open(tx, std::slice::from_ref(&raised))).unwrap();
        assert_eq!(figures(t, "a"), (10, 0, 0));
        assert_whole(t);
    });
}

#[test]
fn no_balance_grows_beyond_what_a_client_can_count() {
    on_both("ledger_too_much", MIGRATIONS, |t| {
        open_for(t, &["a"], 0);
        give(t, "a", "all", QUANTITY_MAX, None);
        let lot = NewLot { origin: "one more".to_owned(), priority: 0, expires_at: None };
        let more = Transfer {
            key: "more".to_owned(),
            subject: "a".to_owned(),
            reason: "earned".to_owned(),
            legs: vec![Leg {
                line: 0,
                from: world("issued"),
                to: of("a"),
                quantity: 1,
                lots: Lots::New(lot),
            }],
        };
        let refused = t.db.write(|tx| transfer(tx, t.clock.now(), &more));
        assert!(matches!(refused, Err(LedgerError::BadQuantity { quantity: 1 })), "{refused:?}");
        let _ = spend(t, "s", vec![leg(1, "a", 1)]).unwrap();
        let _ = t.db.write(|tx| transfer(tx, t.clock.now(), &more)).unwrap();
        assert_eq!(figures(t, "a").0, QUANTITY_MAX);
        assert_whole(t);
    });
}

#[test]
fn the_last_part_of_a_hold_can_be_put_back_twice_with_one_key() {
    on_both("ledger_part_twice", MIGRATIONS, |t| {
        open_for(t, &["a"], 0);
        give(t, "a", "lot", 10, None);
        let held = hold_for(t, "h", 60, vec![leg(1, "a", 5)]).unwrap();
        let put_back = |key: &str, portions: &Portions| {
            t.db.write(|tx| release_part(tx, t.clock.now(), key, &held.id, portions))
        };
        put_back("one", &Portions::Lines(vec![(1, 2)])).unwrap();
        for _ in 0..2 {
            put_back("rest", &Portions::All).unwrap();
            assert_eq!(figures(t, "a"), (10, 0, 10));
        }
        let view = t.db.read(|tx| read::hold(tx, &held.id)).unwrap().unwrap();
        assert_eq!(view.state, HoldState::Released, "nothing of it was committed");
        assert_whole(t);
    });
}

#[test]
fn a_line_named_twice_gives_both_and_no_line_is_refused() {
    on_both("ledger_line_twice", MIGRATIONS, |t| {
        open_for(t, &["a"], 0);
        give(t, "a", "lot", 10, None);
        let held = hold_for(t, "h", 60, vec![leg(1, "a", 5)]).unwrap();
        let take = |key: &str, lines: Vec<(i64, i64)>| {
            let wanted = Commit {
                key: key.to_owned(),
                hold_id: held.id.clone(),
                portions: Portions::Lines(lines),
                rest: Rest::Keep,
            };
            t.db.write(|tx| commit(tx, t.clock.now(), &wanted))
        };
        let none = take("none", vec![]);
        assert!(matches!(none, Err(LedgerError::BeyondLine { .. })), "{none:?}");
        let over = take("over", vec![(1, 3), (1, 3)]);
        assert!(
            matches!(over, Err(LedgerError::BeyondLine { line: 1, wanted: 6, left: 5 })),
            "{over:?}"
        );
        let _ = take("both", vec![(1, 1), (1, 3)]).unwrap();
        assert_eq!(figures(t, "a"), (5, 1, 5));
        assert_whole(t);
    });
}

#[test]
fn a_hold_that_is_to_go_to_nobody_is_refused_at_once() {
    on_both("ledger_onward_nobody", MIGRATIONS, |t| {
        open_for(t, &["a", "b"], 0);
        give(t, "a", "lot", 10, None);
        let to = |owner: &str| Leg { to: of(owner), ..leg(1, "a", 5) };
        let refused = hold_for(t, "h", 60, vec![to("nobody")]);
        assert!(matches!(refused, Err(LedgerError::NoAccount { .. })), "{refused:?}");
        let _ = hold_for(t, "h", 60, vec![to("b")]).unwrap();
        assert_eq!(figures(t, "a"), (5, 5, 5));
    });
}
