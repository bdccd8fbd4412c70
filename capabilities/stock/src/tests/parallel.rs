//! Many at once: nothing is sold twice, counted wrongly, or told twice.

use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::SignedDuration;
use mercer_connect::cart::{StockAsk, StockRoom};
use mercer_ledger::LedgerError;
use mercer_ledger::hold::{NewHold, hold};
use mercer_testkit::{TestBed, on_both};

use super::support::*;
use crate::error::StockError;
use crate::movements::{self, Reason};
use crate::room::Room;
use crate::settings::ItemSettings;

/// Threads at once: more than there are connections.
const N_CLIENTS: usize = 24;

fn at_once(n: usize, work: impl Fn(usize) + Sync) {
    std::thread::scope(|scope| {
        for client in 0..n {
            let work = &work;
            scope.spawn(move || work(client));
        }
    });
}

/// Allocates and holds in one transaction, as a quote does.
fn hold_one(t: &TestBed, key: &str) -> bool {
    let held = t.db.write(|tx| {
        let ask = StockAsk { line: 0, sku: "LAMP".to_owned(), quantity: 1 };
        let answers = Room.allocate(tx, now(t), None, &[ask]).map_err(StockError::from)?;
        if answers[0].n_found == 0 {
            return Ok(false);
        }
        let new = NewHold {
            key: key.to_owned(),
            subject: key.to_owned(),
            expires_at: now(t) + SignedDuration::from_mins(10),
            legs: answers[0].legs.clone(),
        };
        let _ = hold(tx, now(t), &new)?;
        Ok::<_, StockError>(true)
    });
    match held {
        Ok(is_held) => is_held,
        // Others were faster between reading and holding.
        Err(StockError::Ledger(LedgerError::Short { .. })) => false,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn carts_and_counters_together_never_take_more_than_is_there() {
    on_both("stock_race", MIGRATIONS, |t| {
        location(t, "A", 1, &[]);
        location(t, "B", 2, &[]);
        put(t, "LAMP", &plain()).unwrap();
        give(t, "LAMP", "A", 12);
        give(t, "LAMP", "B", 8);
        put(t, "LAMP", &ItemSettings { low_threshold: Some(10), ..plain() }).unwrap();
        let (n_held, n_sold) = (AtomicUsize::new(0), AtomicUsize::new(0));
        at_once(N_CLIENTS, |client| {
            for round in 0..2 {
                let key = format!("{client}:{round}");
                if (client + round) % 2 == 0 {
                    n_held.fetch_add(usize::from(hold_one(t, &key)), Ordering::SeqCst);
                } else {
                    let at = if client % 3 == 0 { "A" } else { "B" };
                    let sold = [movement(&key, Reason::Sold, "LAMP", at, 1)];
                    match t.db.write(|tx| movements::book(tx, now(t), &sold)) {
                        Ok(_) => {
                            n_sold.fetch_add(1, Ordering::SeqCst);
                        }
                        Err(StockError::OutOfStock { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            }
        });
        let (held, sold) = (n_held.into_inner() as i64, n_sold.into_inner() as i64);
        assert!(held > 0 && sold > 0 && held + sold <= 20, "{held} held, {sold} sold");
        assert_eq!(figures(t, "LAMP"), (20 - sold, held, 20 - sold - held, 0));
        let n_low = facts(t).iter().filter(|fact| fact.kind == "stock.low").count();
        assert_eq!(n_low, usize::from(20 - sold <= 10));
        assert_whole(t);
    });
}

#[test]
fn one_key_from_many_clients_is_booked_once() {
    on_both("stock_same_key", MIGRATIONS, |t| {
        location(t, "A", 1, &[]);
        put(t, "LAMP", &plain()).unwrap();
        let n_new = AtomicUsize::new(0);
        at_once(N_CLIENTS, |client| {
            let same = [movement("same", Reason::Received, "LAMP", "A", 5)];
            let booked = t.db.write(|tx| movements::book(tx, now(t), &same)).unwrap();
            n_new.fetch_add(usize::from(booked[0].is_new), Ordering::SeqCst);
            let counted = count(t, "count", "LAMP", "A", 5).unwrap();
            assert_eq!((counted.counted, client < N_CLIENTS), (5, true));
        });
        assert_eq!((n_new.into_inner(), figures(t, "LAMP").0), (1, 5));
        let n_received = facts(t).iter().filter(|fact| fact.kind == "stock.received").count();
        assert_eq!(n_received, 1);
        assert_whole(t);
    });
}

#[test]
fn a_count_amid_sales_is_right_at_its_instant() {
    on_both("stock_count_race", MIGRATIONS, |t| {
        location(t, "A", 1, &[]);
        put(t, "LAMP", &plain()).unwrap();
        give(t, "LAMP", "A", 500);
        at_once(8, |client| {
            for round in 0..5 {
                let key = format!("{client}:{round}");
                if client == 0 {
                    // Either it is booked, and then its difference is the whole truth, or it says
                    // that units moved meanwhile and changes nothing.
                    match count(t, &key, "LAMP", "A", 400) {
                        Ok(counted) => assert_eq!(counted.before + counted.difference, 400),
                        Err(StockError::Conflict { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                } else {
                    let sold = [movement(&key, Reason::Sold, "LAMP", "A", 1)];
                    t.db.write(|tx| movements::book(tx, now(t), &sold)).unwrap();
                }
            }
        });
        let differences: i64 = facts(t)
            .iter()
            .filter(|fact| fact.kind == "stock.counted")
            .filter_map(|fact| fact.payload["difference"].as_i64())
            .sum();
        assert_eq!(figures(t, "LAMP").0, 500 - 7 * 5 + differences);
        assert_whole(t);
    });
}
