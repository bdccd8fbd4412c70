//! Short ways to open accounts, fill them and look at them.

use jiff::Timestamp;
use mercer_core::clock::Clock;
use mercer_db::MigrationSet;
use mercer_ledger::LedgerError;
use mercer_ledger::account::{AccountKey, NewAccount, open};
use mercer_ledger::hold::{Held, NewHold, hold};
use mercer_ledger::read::{balances, lots};
use mercer_ledger::transfer::{Leg, Lots, NewLot, Posted, Transfer, transfer};
use mercer_ledger::verify::verify;
use mercer_testkit::TestBed;

pub const MIGRATIONS: &[MigrationSet] =
    &[mercer_facts::MIGRATIONS, mercer_jobs::MIGRATIONS, mercer_ledger::MIGRATIONS];

/// Whether there is time for long runs.
pub fn is_long() -> bool {
    std::env::var("MERCER_TEST_LONG").is_ok_and(|long| long == "1")
}

pub const UNIT: &str = "points";

pub fn of(owner: &str) -> AccountKey {
    AccountKey::new(UNIT, owner, "available")
}

pub fn world(role: &str) -> AccountKey {
    AccountKey::world(UNIT, role)
}

pub fn after(t: &TestBed, n_seconds: i64) -> Timestamp {
    t.clock.now() + jiff::SignedDuration::from_secs(n_seconds)
}

pub fn open_for(t: &TestBed, owners: &[&str], floor: i64) {
    let mut accounts: Vec<NewAccount> =
        owners.iter().map(|owner| NewAccount { key: of(owner), floor }).collect();
    accounts.push(NewAccount::counted(world("issued")));
    accounts.push(NewAccount::counted(world("spent")));
    t.db.write(|tx| open(tx, &accounts)).unwrap();
}

/// Gives an owner a lot.
pub fn give(t: &TestBed, owner: &str, lot: &str, quantity: i64, expires_in: Option<i64>) {
    give_lot(
        t,
        owner,
        quantity,
        NewLot { origin: lot.to_owned(), priority: 0, expires_at: expires_in.map(|n| after(t, n)) },
    );
}

pub fn give_lot(t: &TestBed, owner: &str, quantity: i64, lot: NewLot) {
    let new = Transfer {
        key: format!("give:{owner}:{}", lot.origin),
        subject: owner.to_owned(),
        reason: "earned".to_owned(),
        legs: vec![Leg {
            line: 0,
            from: world("issued"),
            to: of(owner),
            quantity,
            lots: Lots::New(lot),
        }],
    };
    let _ = t.db.write(|tx| transfer(tx, t.clock.now(), &new)).unwrap();
}

pub fn leg(line: i64, owner: &str, quantity: i64) -> Leg {
    Leg { line, from: of(owner), to: world("spent"), quantity, lots: Lots::Next }
}

pub fn spend(t: &TestBed, key: &str, legs: Vec<Leg>) -> Result<Posted, LedgerError> {
    let new = Transfer {
        key: key.to_owned(),
        subject: "order".to_owned(),
        reason: "spent".to_owned(),
        legs,
    };
    t.db.write(|tx| transfer(tx, t.clock.now(), &new))
}

pub fn hold_for(
    t: &TestBed,
    key: &str,
    n_seconds: i64,
    legs: Vec<Leg>,
) -> Result<Held, LedgerError> {
    let new = NewHold {
        key: key.to_owned(),
        subject: format!("quote:{key}"),
        expires_at: after(t, n_seconds),
        legs,
    };
    t.db.write(|tx| hold(tx, t.clock.now(), &new))
}

/// Balance, held, available.
pub fn figures(t: &TestBed, owner: &str) -> (i64, i64, i64) {
    let found = t.db.read(|tx| balances(tx, t.clock.now(), &[of(owner)])).unwrap();
    (found[0].balance, found[0].held, found[0].available)
}

pub fn lots_of(t: &TestBed, owner: &str) -> Vec<(String, i64)> {
    let found = t.db.read(|tx| lots(tx, &of(owner))).unwrap();
    found.into_iter().map(|lot| (lot.origin, lot.quantity)).collect()
}

pub fn assert_whole(t: &TestBed) {
    assert_eq!(t.db.read(verify).unwrap(), Vec::<String>::new());
}
