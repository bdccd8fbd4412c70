//! Known answers, one mechanism each.

use mercer_core::clock::Clock;
use mercer_db::DbError;
use mercer_ledger::LedgerError;
use mercer_ledger::hold::{Commit, HoldState, Portions, Rest, commit, extend, release};
use mercer_ledger::read::{balance_at, expired_lots, hold, movements};
use mercer_ledger::reverse::{Reversal, Spent, reverse};
use mercer_ledger::transfer::NewLot;
use mercer_ledger::{ExpireHolds, expire_due};
use mercer_testkit::{TestBed, on_both};

use crate::support::*;

fn take_back(
    t: &TestBed,
    key: &str,
    transfer_id: i64,
    portions: Portions,
) -> Result<(), LedgerError> {
    let reversal = Reversal {
        key: key.to_owned(),
        transfer_id,
        subject: "return".to_owned(),
        reason: "returned".to_owned(),
        portions,
        spent: Spent::TakeOthers,
    };
    t.db.write(|tx| reverse(tx, t.clock.now(), &reversal)).map(|_| ())
}

fn commit_with(
    t: &TestBed,
    key: &str,
    hold_id: &str,
    portions: Portions,
    rest: Rest,
) -> Result<i64, LedgerError> {
    let wanted = Commit { key: key.to_owned(), hold_id: hold_id.to_owned(), portions, rest };
    t.db.write(|tx| commit(tx, t.clock.now(), &wanted)).map(|posted| posted.transfer_id)
}

#[test]
fn lots_of_30_and_50_give_30_and_30_for_60() {
    on_both("ledger_lots", MIGRATIONS, |t| {
        open_for(t, &["a"], 0);
        give(t, "a", "late", 50, Some(2_000));
        give(t, "a", "early", 30, Some(1_000));
        let posted = spend(t, "spend", vec![leg(1, "a", 60)]).unwrap();
        assert_eq!(lots_of(t, "a"), [("late".to_owned(), 20)]);
        let moved = t.db.read(|tx| movements(tx, &of("a"), posted.transfer_id + 1, 2)).unwrap();
        let parts: Vec<(&str, i64)> =
            moved.iter().rev().map(|m| (m.lot.as_str(), m.quantity)).collect();
        assert_eq!(parts, [("early", -30), ("late", -30)]);
        assert_whole(t);
    });
}

#[test]
fn lots_by_priority_and_age_give_20_25_25_10_for_80() {
    on_both("ledger_priority", MIGRATIONS, |t| {
        open_for(t, &["a"], 0);
        for (origin, quantity, priority) in [("d", 30, 2), ("b", 25, 1), ("c", 25, 1), ("a", 20, 0)]
        {
            t.clock.advance_seconds(1);
            give_lot(
                t,
                "a",
                quantity,
                NewLot { origin: origin.to_owned(), priority, expires_at: None },
            );
        }
        let _ = spend(t, "spend", vec![leg(1, "a", 80)]).unwrap();
        let last = t.db.read(|tx| movements(tx, &of("a"), i64::MAX, 4)).unwrap();
        let parts: Vec<i64> = last.iter().rev().map(|m| -m.quantity).collect();
        assert_eq!(parts, [20, 25, 25, 10]);
        assert_eq!(lots_of(t, "a"), [("d".to_owned(), 20)]);
    });
}

#[test]
fn the_same_key_is_done_once_and_another_use_of_it_is_refused() {
    on_both("ledger_keys", MIGRATIONS, |t| {
        open_for(t, &["a"], 0);
        give(t, "a", "lot", 10, None);
        let first = spend(t, "k", vec![leg(1, "a", 3)]).unwrap();
        let again = spend(t, "k", vec![leg(1, "a", 3)]).unwrap();
        assert_eq!((first.transfer_id, first.is_new), (again.transfer_id, true));
        assert!(!again.is_new);
        let other = spend(t, "k", vec![leg(1, "a", 4)]);
        assert!(matches!(other, Err(LedgerError::KeyReused { .. })), "{other:?}");
        assert_eq!(figures(t, "a"), (7, 0, 7));
    });
}

#[test]
fn a_hold_is_all_or_nothing_and_names_the_line_that_is_short() {
    on_both("ledger_all_or_nothing", MIGRATIONS, |t| {
        open_for(t, &["a", "b"], 0);
        give(t, "a", "lot", 5, None);
        give(t, "b", "lot-b", 5, None);
        let held = hold_for(t, "h", 60, vec![leg(1, "b", 5), leg(2, "a", 3), leg(3, "a", 3)]);
        match held {
            Err(LedgerError::Short { account, line, wanted, available }) => {
                assert_eq!((account.owner.as_str(), line, wanted, available), ("a", 3, 3, 2));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!((figures(t, "a"), figures(t, "b")), ((5, 0, 5), (5, 0, 5)));
        assert_whole(t);
    });
}

#[test]
fn a_commit_moves_on_by_line_and_the_rest_goes_back_to_its_lots() {
    on_both("ledger_commit", MIGRATIONS, |t| {
        open_for(t, &["a"], 0);
        give(t, "a", "one", 4, Some(9_000));
        give(t, "a", "two", 6, None);
        let held = hold_for(t, "h", 60, vec![leg(1, "a", 5), leg(2, "a", 3)]).unwrap();
        assert_eq!(figures(t, "a"), (2, 8, 2));
        let part = Portions::Lines(vec![(1, 2)]);
        let first = commit_with(t, "c1", &held.id, part.clone(), Rest::Keep).unwrap();
        assert_eq!(commit_with(t, "c1", &held.id, part, Rest::Keep).unwrap(), first);
        assert_eq!(figures(t, "a"), (2, 6, 2));
        let too_much = Portions::Lines(vec![(1, 4)]);
        let refused = commit_with(t, "c2", &held.id, too_much, Rest::Keep);
        assert!(
            matches!(refused, Err(LedgerError::BeyondLine { line: 1, wanted: 4, left: 3 })),
            "{refused:?}"
        );
        let rest = Portions::Lines(vec![(2, 3)]);
        commit_with(t, "c3", &held.id, rest, Rest::Release).unwrap();
        assert_eq!(figures(t, "a"), (5, 0, 5));
        // Two of lot one were sold, two came back; lot two gave three of its six.
        assert_eq!(lots_of(t, "a"), [("one".to_owned(), 2), ("two".to_owned(), 3)]);
        let again = commit_with(t, "c4", &held.id, Portions::All, Rest::Keep);
        assert!(
            matches!(again, Err(LedgerError::HoldEnded { state: "committed", .. })),
            "{again:?}"
        );
        assert_whole(t);
    });
}

#[test]
fn a_released_hold_cannot_be_committed_and_is_released_once() {
    on_both("ledger_release", MIGRATIONS, |t| {
        open_for(t, &["a"], 0);
        give(t, "a", "lot", 5, None);
        let held = hold_for(t, "h", 60, vec![leg(1, "a", 5)]).unwrap();
        let again = hold_for(t, "h", 90, vec![leg(1, "a", 5)]).unwrap();
        assert_eq!((again.id.as_str(), again.is_new), (held.id.as_str(), false));
        let now = t.clock.now();
        assert!(t.db.write(|tx| release(tx, now, &held.id)).unwrap());
        assert!(!t.db.write(|tx| release(tx, now, &held.id)).unwrap());
        let late = commit_with(t, "c", &held.id, Portions::All, Rest::Keep);
        assert!(matches!(late, Err(LedgerError::HoldEnded { state: "released", .. })), "{late:?}");
        assert_eq!(figures(t, "a"), (5, 0, 5));
        let unknown = t.db.write(|tx| release(tx, now, "hld_nobody"));
        assert!(matches!(unknown, Err(LedgerError::Unknown { what: "hold", .. })));
        assert_whole(t);
    });
}

#[test]
fn an_expired_hold_is_put_back_by_the_timer_with_a_fact() {
    on_both("ledger_expiry", MIGRATIONS, |t| {
        open_for(t, &["a"], 0);
        give(t, "a", "lot", 5, None);
        let short = hold_for(t, "h1", 60, vec![leg(1, "a", 2)]).unwrap();
        let long = hold_for(t, "h2", 600, vec![leg(1, "a", 2)]).unwrap();
        let now = t.clock.now();
        t.db.write(|tx| extend(tx, now, &long.id, after(t, 300))).unwrap();
        let worker = mercer_jobs::Worker {
            db: t.db.clone(),
            clock: t.clock.clone(),
            handlers: vec![std::sync::Arc::new(ExpireHolds)],
        };
        let _ = worker.run_due(10).unwrap();
        assert_eq!(figures(t, "a"), (1, 4, 1));
        t.clock.advance_seconds(61);
        let late = commit_with(t, "c", &short.id, Portions::All, Rest::Keep);
        assert!(matches!(late, Err(LedgerError::HoldEnded { state: "expired", .. })), "{late:?}");
        let _ = worker.run_due(10).unwrap();
        assert_eq!(figures(t, "a"), (3, 2, 3));
        for _ in 0..10 {
            t.clock.advance_seconds(40);
            let _ = worker.run_due(10).unwrap();
        }
        assert_eq!(figures(t, "a"), (5, 0, 5));
        let facts = t.db.read(|tx| mercer_facts::read_after(tx, 0, 10)).unwrap();
        let expired: Vec<&str> = facts.iter().map(|fact| fact.subject.as_str()).collect();
        assert_eq!(expired, ["quote:h1", "quote:h2"]);
        let view = t.db.read(|tx| hold(tx, &short.id)).unwrap().unwrap();
        assert_eq!((view.state, view.lines[0].closed), (HoldState::Expired, 2));
        let waiting = t.db.read(mercer_jobs::counts).unwrap();
        assert_eq!(waiting[0].1, 0, "an idle ledger wakes nobody");
        assert_whole(t);
    });
}

#[test]
fn who_is_short_gets_what_overdue_holds_still_keep() {
    on_both("ledger_overdue", MIGRATIONS, |t| {
        open_for(t, &["a"], 0);
        give(t, "a", "lot", 5, None);
        let _ = hold_for(t, "h1", 60, vec![leg(1, "a", 5)]).unwrap();
        t.clock.advance_seconds(60);
        let _ = hold_for(t, "h2", 60, vec![leg(1, "a", 4)]).unwrap();
        assert_eq!(figures(t, "a"), (1, 4, 1));
        // A clock that goes back lets nothing be spent twice.
        t.clock.advance_seconds(-3_600);
        let refused = spend(t, "s", vec![leg(1, "a", 2)]);
        assert!(matches!(refused, Err(LedgerError::Short { available: 1, .. })), "{refused:?}");
        t.clock.advance_seconds(3_600 + 60);
        assert_eq!(t.db.write(|tx| expire_due(tx, t.clock.now())).unwrap(), 1);
        assert_eq!(figures(t, "a"), (5, 0, 5));
        assert_whole(t);
    });
}

#[test]
fn a_reversal_gives_the_same_lots_back_by_line_and_never_twice() {
    on_both("ledger_reverse", MIGRATIONS, |t| {
        open_for(t, &["a"], 0);
        give(t, "a", "early", 30, Some(1_000));
        give(t, "a", "late", 50, Some(2_000));
        let posted = spend(t, "s", vec![leg(1, "a", 40), leg(2, "a", 20)]).unwrap();
        take_back(t, "r1", posted.transfer_id, Portions::Lines(vec![(1, 15)])).unwrap();
        // What was taken last, ten of the late lot, goes back first.
        assert_eq!(lots_of(t, "a"), [("early".to_owned(), 5), ("late".to_owned(), 30)]);
        take_back(t, "r1", posted.transfer_id, Portions::Lines(vec![(1, 15)])).unwrap();
        assert_eq!(figures(t, "a").0, 35);
        let more = take_back(t, "r2", posted.transfer_id, Portions::Lines(vec![(1, 26)]));
        assert!(
            matches!(more, Err(LedgerError::BeyondLine { line: 1, wanted: 26, left: 25 })),
            "{more:?}"
        );
        take_back(t, "r3", posted.transfer_id, Portions::All).unwrap();
        assert_eq!(lots_of(t, "a"), [("early".to_owned(), 30), ("late".to_owned(), 50)]);
        let none = take_back(t, "r4", posted.transfer_id, Portions::All);
        assert!(matches!(none, Err(LedgerError::BeyondLine { .. })), "{none:?}");
        assert_whole(t);
    });
}

#[test]
fn a_reversed_commit_goes_back_to_the_account_that_was_held() {
    on_both("ledger_reverse_commit", MIGRATIONS, |t| {
        open_for(t, &["a"], 0);
        give(t, "a", "lot", 5, None);
        let held = hold_for(t, "h", 60, vec![leg(1, "a", 5)]).unwrap();
        let done = commit_with(t, "c", &held.id, Portions::All, Rest::Keep).unwrap();
        take_back(t, "r", done, Portions::Lines(vec![(1, 2)])).unwrap();
        assert_eq!(figures(t, "a"), (2, 0, 2));
        let hold_itself = take_back(t, "r2", held.transfer_id, Portions::All);
        assert!(matches!(hold_itself, Err(LedgerError::Unknown { .. })), "{hold_itself:?}");
        assert_whole(t);
    });
}

#[test]
fn taking_back_what_was_spent_becomes_a_debt_that_the_next_lot_pays() {
    on_both("ledger_debt", MIGRATIONS, |t| {
        open_for(t, &["a"], -100);
        give(t, "a", "one", 30, None);
        let earned = t.db.read(|tx| movements(tx, &of("a"), i64::MAX, 1)).unwrap();
        let _ = spend(t, "s", vec![leg(1, "a", 25)]).unwrap();
        take_back(t, "r", earned[0].transfer_id, Portions::All).unwrap();
        assert_eq!(figures(t, "a"), (-25, 0, 75));
        assert_eq!(lots_of(t, "a"), [("debt".to_owned(), -25)]);
        give(t, "a", "two", 40, None);
        assert_eq!(figures(t, "a"), (15, 0, 115));
        assert_eq!(lots_of(t, "a"), [("two".to_owned(), 15)]);
        let refused = spend(t, "s2", vec![leg(1, "a", 116)]);
        assert!(matches!(refused, Err(LedgerError::Short { available: 115, .. })), "{refused:?}");
        let _ = spend(t, "s3", vec![leg(1, "a", 115)]).unwrap();
        assert_eq!(figures(t, "a"), (-100, 0, 0));
        assert_whole(t);
    });
}

#[test]
fn an_expired_lot_is_not_spendable_and_can_be_found() {
    on_both("ledger_expired_lots", MIGRATIONS, |t| {
        open_for(t, &["a"], 0);
        give(t, "a", "short", 30, Some(100));
        give(t, "a", "long", 10, None);
        let posted = spend(t, "s", vec![leg(1, "a", 20)]).unwrap();
        t.clock.advance_seconds(100);
        assert_eq!(figures(t, "a"), (20, 0, 10));
        let refused = spend(t, "s2", vec![leg(1, "a", 11)]);
        assert!(matches!(refused, Err(LedgerError::Short { available: 10, .. })), "{refused:?}");
        // What comes back to an expired lot is as expired as it was.
        take_back(t, "r", posted.transfer_id, Portions::All).unwrap();
        assert_eq!(figures(t, "a"), (40, 0, 10));
        let now = t.clock.now();
        let found = t.db.read(|tx| expired_lots(tx, now, UNIT, "available", 5)).unwrap();
        assert_eq!((found.len(), found[0].1.quantity, found[0].0.owner.as_str()), (1, 30, "a"));
        assert_whole(t);
    });
}

#[test]
fn the_balance_at_any_instant_comes_from_the_movements() {
    on_both("ledger_history", MIGRATIONS, |t| {
        open_for(t, &["a"], 0);
        let mut known = Vec::new();
        for n in 1..=5 {
            t.clock.advance_seconds(10);
            give(t, "a", &format!("lot{n}"), n * 10, None);
            let _ = spend(t, &format!("s{n}"), vec![leg(1, "a", n)]).unwrap();
            known.push((t.clock.now(), figures(t, "a").0));
        }
        for (at, balance) in known {
            assert_eq!(t.db.read(|tx| balance_at(tx, &of("a"), at)).unwrap(), balance);
        }
    });
}

#[test]
fn what_cannot_be_moved_is_refused_with_its_reason() {
    on_both("ledger_refusals", MIGRATIONS, |t| {
        open_for(t, &["a"], 0);
        give(t, "a", "lot", 10, None);
        for quantity in [0, -1, i64::MIN, i64::MAX] {
            let refused = spend(t, "q", vec![leg(1, "a", quantity)]);
            assert!(matches!(refused, Err(LedgerError::BadQuantity { .. })), "{refused:?}");
        }
        let nobody = spend(t, "n", vec![leg(1, "nobody", 1)]);
        assert!(matches!(nobody, Err(LedgerError::NoAccount { .. })), "{nobody:?}");
        let nothing = spend(t, "e", vec![]);
        assert!(matches!(nothing, Err(LedgerError::LegCount { n_legs: 0, .. })), "{nothing:?}");
        let past = hold_for(t, "p", 0, vec![leg(1, "a", 1)]);
        assert!(matches!(past, Err(LedgerError::BadExpiry { .. })), "{past:?}");
        let mut other = leg(1, "a", 1);
        other.to.unit = "pounds".to_owned();
        let mixed = spend(t, "m", vec![other]);
        assert!(matches!(mixed, Err(LedgerError::BadLeg { .. })), "{mixed:?}");
        let long = spend(t, &"k".repeat(600), vec![leg(1, "a", 1)]);
        assert!(matches!(long, Err(LedgerError::BadText { .. })), "{long:?}");
        assert_eq!(figures(t, "a"), (10, 0, 10));
    });
}

#[test]
fn the_database_itself_refuses_what_would_break_the_books() {
    on_both("ledger_constraints", MIGRATIONS, |t| {
        open_for(t, &["a"], 0);
        give(t, "a", "lot", 10, None);
        let (a, spent) = (of("a").id(), world("spent").id());
        let raw = |lot: &str, from: i64, to: i64, quantity: i64| {
            t.db.write(|tx| {
                tx.execute_batch(&format!(
                    "INSERT INTO ledger_moves (transfer_id, position, line, unit, from_account,
                       to_account, lot_id, quantity, at, closed)
                     VALUES (1, 99, 0, 'points', {from}, {to}, {lot}, {quantity}, 0, 0)"
                ))
            })
        };
        let lot = "(SELECT lot_id FROM ledger_moves LIMIT 1)";
        for refused in [
            raw(lot, a, spent, 11),
            raw(lot, a, spent, -1),
            raw("0", a, spent, 11),
            raw(lot, a, a, 1),
            raw(lot, a, 77, 1),
            t.db.write(|tx| tx.execute_batch("DELETE FROM ledger_moves")),
            t.db.write(|tx| tx.execute_batch("UPDATE ledger_accounts SET balance = -1")),
            t.db.write(|tx| tx.execute_batch("UPDATE ledger_moves SET closed = quantity + 1")),
        ] {
            assert!(matches!(refused, Err(DbError::Constraint { .. })), "{refused:?}");
        }
        assert_whole(t);
    });
}
