//! Many clients at once: nothing is given twice.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use mercer_core::clock::Clock;
use mercer_ledger::LedgerError;
use mercer_ledger::hold::{Commit, Portions, Rest, commit, release};
use mercer_testkit::on_both;

use crate::support::*;

#[test]
fn sixty_four_clients_get_a_hundred_of_a_hundred_and_not_one_more() {
    on_both("ledger_64_clients", MIGRATIONS, |t| {
        const N_CLIENTS: usize = 64;
        open_for(t, &["pool"], 0);
        give(t, "pool", "lot", 100, None);
        let (n_held, n_short) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let start = Barrier::new(N_CLIENTS);
        thread::scope(|scope| {
            for client in 0..N_CLIENTS {
                let (start, n_held, n_short) = (&start, &n_held, &n_short);
                scope.spawn(move || {
                    start.wait();
                    for round in 0..5 {
                        match hold_for(t, &format!("{client}:{round}"), 60, vec![leg(0, "pool", 1)])
                        {
                            Ok(held) => {
                                n_held.fetch_add(1, Ordering::SeqCst);
                                let done = Commit {
                                    key: format!("c{client}:{round}"),
                                    hold_id: held.id,
                                    portions: Portions::All,
                                    rest: Rest::Keep,
                                };
                                let now = t.clock.now();
                                assert!(t.db.write(|tx| commit(tx, now, &done)).unwrap().is_new);
                            }
                            Err(LedgerError::Short { .. }) => {
                                n_short.fetch_add(1, Ordering::SeqCst);
                            }
                            Err(other) => panic!("{other:?}"),
                        }
                    }
                });
            }
        });
        assert_eq!(n_held.load(Ordering::SeqCst), 100);
        assert_eq!(n_short.load(Ordering::SeqCst), N_CLIENTS * 5 - 100);
        assert_eq!(figures(t, "pool"), (0, 0, 0));
        assert_whole(t);
    });
}

#[test]
fn carts_over_the_same_accounts_in_any_order_all_come_through() {
    on_both("ledger_crossing", MIGRATIONS, |t| {
        open_for(t, &["a", "b", "c"], 0);
        for owner in ["a", "b", "c"] {
            give(t, owner, &format!("lot {owner}"), 1_000, None);
        }
        let start = Barrier::new(8);
        thread::scope(|scope| {
            for client in 0..8 {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    for round in 0..10 {
                        let mut legs = vec![leg(1, "a", 1), leg(2, "b", 2), leg(3, "c", 3)];
                        legs.rotate_left(client % 3);
                        if client % 2 == 0 {
                            legs.reverse();
                        }
                        let held = hold_for(t, &format!("{client}:{round}"), 60, legs).unwrap();
                        let now = t.clock.now();
                        assert!(t.db.write(|tx| release(tx, now, &held.id)).unwrap());
                    }
                });
            }
        });
        for owner in ["a", "b", "c"] {
            assert_eq!(figures(t, owner), (1_000, 0, 1_000));
        }
        assert_whole(t);
    });
}
