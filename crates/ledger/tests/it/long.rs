//! Very many operations, many to a transaction, beside sums kept in memory: every balance right,
//! all of them zero together, no floor broken.
//!
//! With `MERCER_TEST_LONG=1` ten million on SQLite and a million on PostgreSQL, which is a tenth:
//! there each statement is a round trip, and what is tested is the ledger, not the database.

use jiff::{SignedDuration, Timestamp};
use mercer_core::clock::Clock;
use mercer_db::{Tx, params};
use mercer_ledger::LedgerError;
use mercer_ledger::account::{AccountKey, NewAccount, open};
use mercer_ledger::hold::{Commit, NewHold, Portions, Rest, commit, hold, release};
use mercer_ledger::read::{balance_at, balances};
use mercer_ledger::reverse::{Reversal, Spent, reverse};
use mercer_ledger::transfer::{Leg, Lots, NewLot, Transfer, transfer};
use mercer_testkit::{TestBed, on_postgres, on_sqlite};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use crate::support::*;

const N_OPERATIONS: u64 = 10_000;
const N_OPERATIONS_LONG_SQLITE: u64 = 10_000_000;
const N_OPERATIONS_LONG_POSTGRES: u64 = 1_000_000;
/// In one transaction.
const N_BATCH: u64 = 1_000;
/// Balances are compared after so many transactions; a fault says which thousand it was in.
const N_BATCHES_BETWEEN_LOOKS: u64 = 10;
const N_OWNERS: usize = 200;
/// Owners with an odd number may owe this much.
const FLOOR: i64 = -50;
/// Holds and transfers that are remembered for later operations.
const N_REMEMBERED: usize = 2_000;

#[test]
fn all_balances_are_right_after_very_many_operations_on_sqlite() {
    let n = if is_long() { N_OPERATIONS_LONG_SQLITE } else { N_OPERATIONS };
    on_sqlite("ledger_long", MIGRATIONS, |t| live(t, n));
}

#[test]
fn all_balances_are_right_after_very_many_operations_on_postgresql() {
    let n = if is_long() { N_OPERATIONS_LONG_POSTGRES } else { N_OPERATIONS };
    on_postgres("ledger_long", MIGRATIONS, |t| live(t, n));
}

fn live(t: &TestBed, n_operations: u64) {
    let mut sums = Sums::new(t.clock.now());
    let accounts: Vec<NewAccount> = (0..N_OWNERS)
        .map(|owner| NewAccount { key: key_of(owner), floor: floor_of(owner) })
        .chain(["issued", "spent"].map(|role| NewAccount::counted(world(role))))
        .collect();
    t.db.write(|tx| open(tx, &accounts)).unwrap();
    for batch in 0..n_operations / N_BATCH {
        sums =
            t.db.write(|tx| {
                // A transaction that is run again begins with what was known before it.
                let mut sums = sums.clone();
                for _ in 0..N_BATCH {
                    sums.one(tx)?;
                }
                Ok::<_, LedgerError>(sums)
            })
            .unwrap();
        if batch % N_BATCHES_BETWEEN_LOOKS == 0 {
            sums.compare(t);
        }
    }
    sums.compare(t);
    assert!(sums.n_refused > n_operations / 1_000, "{} were refused", sums.n_refused);
    assert!(sums.n_in_debt() > 0, "nobody owes anything");
    assert_sum_is_zero(t, sums.now);
    assert_whole(t);
}

fn assert_sum_is_zero(t: &TestBed, now: Timestamp) {
    let mut sum: i64 = ["issued", "spent", "debt"]
        .iter()
        .map(|role| t.db.read(|tx| balance_at(tx, &world(role), now)).unwrap())
        .sum();
    let counted = "SELECT CAST(SUM(balance) AS BIGINT) FROM ledger_accounts";
    sum += t.db.read(|tx| tx.fetch_value::<i64>(counted, params![])).unwrap();
    assert_eq!(sum, 0);
    let broken = "SELECT COUNT(*) FROM ledger_accounts WHERE balance < floor";
    assert_eq!(t.db.read(|tx| tx.fetch_value::<i64>(broken, params![])).unwrap(), 0);
}

fn key_of(owner: usize) -> AccountKey {
    of(&format!("owner{owner}"))
}

fn floor_of(owner: usize) -> i64 {
    if owner % 2 == 1 { FLOOR } else { 0 }
}

/// What should be there, and what can still be done with it.
#[derive(Clone)]
struct Sums {
    now: Timestamp,
    dice: SmallRng,
    n_done: u64,
    n_refused: u64,
    free: Vec<i64>,
    held: Vec<i64>,
    holds: Vec<(String, usize, i64)>,
    /// Transfers and commits: number, from whom, to whom or outside, how much is left of it.
    spent: Vec<(i64, usize, Option<usize>, i64)>,
}

impl Sums {
    fn new(now: Timestamp) -> Self {
        Self {
            now,
            dice: SmallRng::seed_from_u64(7),
            n_done: 0,
            n_refused: 0,
            free: vec![0; N_OWNERS],
            held: vec![0; N_OWNERS],
            holds: Vec::new(),
            spent: Vec::new(),
        }
    }

    fn one(&mut self, tx: &mut Tx<'_>) -> Result<(), LedgerError> {
        self.n_done += 1;
        self.now += SignedDuration::from_micros(1);
        match self.dice.random_range(0..100) {
            0..9 => self.give(tx),
            9..30 => self.spend(tx),
            30..62 => self.hold(tx),
            62..80 => self.commit(tx),
            80..92 => self.release(tx),
            _ => self.reverse(tx),
        }
    }

    fn owner(&mut self) -> usize {
        self.dice.random_range(0..N_OWNERS)
    }

    /// Whether an owner has a quantity, with what may be owed.
    fn has(&self, owner: usize, quantity: i64) -> bool {
        self.free[owner] - quantity >= floor_of(owner)
    }

    fn move_to(&self, reason: &str, leg: Leg) -> Transfer {
        Transfer {
            key: format!("{:09}", self.n_done),
            subject: "long".to_owned(),
            reason: reason.to_owned(),
            legs: vec![leg],
        }
    }

    fn give(&mut self, tx: &mut Tx<'_>) -> Result<(), LedgerError> {
        let (owner, quantity) = (self.owner(), self.dice.random_range(1..60));
        let origin = format!("{:09}", self.n_done);
        let priority = self.dice.random_range(0..2);
        let lots = Lots::New(NewLot { origin, priority, expires_at: None });
        let leg = Leg { line: 0, from: world("issued"), to: key_of(owner), quantity, lots };
        let _ = transfer(tx, self.now, &self.move_to("earned", leg))?;
        self.free[owner] += quantity;
        Ok(())
    }

    fn spend(&mut self, tx: &mut Tx<'_>) -> Result<(), LedgerError> {
        let (owner, quantity) = (self.owner(), self.dice.random_range(1..30));
        let to = self.dice.random_bool(0.3).then(|| self.owner()).filter(|to| *to != owner);
        let leg = Leg {
            line: 0,
            from: key_of(owner),
            to: to.map_or_else(|| world("spent"), key_of),
            quantity,
            lots: Lots::Next,
        };
        let (now, new) = (self.now, self.move_to("spent", leg));
        if !self.has(owner, quantity) {
            return self.must_be_short(tx, |tx| transfer(tx, now, &new).map(|_| ()));
        }
        let posted = transfer(tx, now, &new)?;
        self.free[owner] -= quantity;
        if let Some(to) = to {
            self.free[to] += quantity;
        }
        self.remember(posted.transfer_id, owner, to, quantity);
        Ok(())
    }

    fn must_be_short(
        &mut self,
        tx: &mut Tx<'_>,
        work: impl FnOnce(&mut Tx<'_>) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        self.n_refused += 1;
        match tx.part(work) {
            Err(LedgerError::Short { .. }) => Ok(()),
            other => panic!("operation {}: {other:?}", self.n_done),
        }
    }

    fn remember(&mut self, transfer_id: i64, from: usize, to: Option<usize>, quantity: i64) {
        let new = (transfer_id, from, to, quantity);
        if self.spent.len() < N_REMEMBERED {
            self.spent.push(new);
        } else {
            let at = self.dice.random_range(0..N_REMEMBERED);
            self.spent[at] = new;
        }
    }

    fn hold(&mut self, tx: &mut Tx<'_>) -> Result<(), LedgerError> {
        let (owner, quantity) = (self.owner(), self.dice.random_range(1..20));
        let leg =
            Leg { line: 0, from: key_of(owner), to: world("spent"), quantity, lots: Lots::Next };
        let new = NewHold {
            key: format!("{:09}", self.n_done),
            subject: "long".to_owned(),
            expires_at: self.now + SignedDuration::from_hours(24),
            legs: vec![leg],
        };
        let now = self.now;
        if !self.has(owner, quantity) {
            return self.must_be_short(tx, |tx| hold(tx, now, &new).map(|_| ()));
        }
        let held = hold(tx, now, &new)?;
        self.free[owner] -= quantity;
        self.held[owner] += quantity;
        self.holds.push((held.id, owner, quantity));
        Ok(())
    }

    fn some_hold(&mut self) -> Option<(String, usize, i64)> {
        if self.holds.is_empty() {
            return None;
        }
        let at = self.dice.random_range(0..self.holds.len());
        Some(self.holds.swap_remove(at))
    }

    /// Wholly, or a part of it while the rest goes back.
    fn commit(&mut self, tx: &mut Tx<'_>) -> Result<(), LedgerError> {
        let Some((hold_id, owner, quantity)) = self.some_hold() else { return self.hold(tx) };
        let is_part = self.dice.random_bool(0.3);
        let sold = if is_part { self.dice.random_range(1..=quantity) } else { quantity };
        let done = Commit {
            key: format!("{:09}", self.n_done),
            hold_id,
            portions: if is_part { Portions::Lines(vec![(0, sold)]) } else { Portions::All },
            rest: Rest::Release,
        };
        let posted = commit(tx, self.now, &done)?;
        self.held[owner] -= quantity;
        self.free[owner] += quantity - sold;
        self.remember(posted.transfer_id, owner, None, sold);
        Ok(())
    }

    fn release(&mut self, tx: &mut Tx<'_>) -> Result<(), LedgerError> {
        let Some((hold_id, owner, quantity)) = self.some_hold() else { return self.hold(tx) };
        assert!(release(tx, self.now, &hold_id)?);
        self.held[owner] -= quantity;
        self.free[owner] += quantity;
        Ok(())
    }

    fn reverse(&mut self, tx: &mut Tx<'_>) -> Result<(), LedgerError> {
        if self.spent.is_empty() {
            return self.give(tx);
        }
        let at = self.dice.random_range(0..self.spent.len());
        let (transfer_id, from, to, left) = self.spent[at];
        let quantity = self.dice.random_range(1..=left);
        let back = Reversal {
            key: format!("{:09}", self.n_done),
            transfer_id,
            subject: "long".to_owned(),
            reason: "returned".to_owned(),
            portions: Portions::Lines(vec![(0, quantity)]),
            spent: Spent::TakeOthers,
        };
        let now = self.now;
        if to.is_some_and(|to| !self.has(to, quantity)) {
            return self.must_be_short(tx, |tx| reverse(tx, now, &back).map(|_| ()));
        }
        let _ = reverse(tx, now, &back)?;
        self.free[from] += quantity;
        if let Some(to) = to {
            self.free[to] -= quantity;
        }
        self.spent[at].3 -= quantity;
        if quantity == left {
            self.spent.swap_remove(at);
        }
        Ok(())
    }

    fn n_in_debt(&self) -> usize {
        self.free.iter().filter(|free| **free < 0).count()
    }

    fn compare(&self, t: &TestBed) {
        let keys: Vec<AccountKey> = (0..N_OWNERS).map(key_of).collect();
        let found = t.db.read(|tx| balances(tx, self.now, &keys)).unwrap();
        for (owner, found) in found.iter().enumerate() {
            let expected = (self.free[owner], self.held[owner], self.free[owner] - floor_of(owner));
            let found = (found.balance, found.held, found.available);
            assert_eq!(found, expected, "owner {owner} after {} operations", self.n_done);
        }
    }
}
