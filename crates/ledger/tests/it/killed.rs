//! The process is killed in the middle of its writing, again and again: what it said was done is
//! done, what it had not finished is not half there.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use mercer_db::{Db, Location, params};
use mercer_ledger::LedgerError;
use mercer_ledger::hold::{Commit, NewHold, Portions, Rest, commit, hold, release};
use mercer_ledger::read::{balance_at, balances};
use mercer_ledger::reverse::{Reversal, Spent, reverse};
use mercer_ledger::transfer::Leg;
use mercer_ledger::verify::verify;
use mercer_testkit::{TestBed, on_postgres, on_sqlite};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use crate::support::*;

const N_KILLS: u64 = 20;
/// With `MERCER_TEST_LONG=1`.
const N_KILLS_LONG: u64 = 50;
const N_THREADS: u64 = 4;
const OWNERS: [&str; 4] = ["a", "b", "c", "d"];
const IN_STOCK: i64 = 1_000_000;
/// A kill comes after so many things at most, however slow the machine is today.
const N_DONE_MAX: u32 = 60;
/// And then so much later, so that it meets a transaction anywhere.
const PAUSE_MICROS_MAX: u64 = 4_000;
/// Set for the child: `round database`.
const CHILD: &str = "MERCER_TEST_LEDGER_CHILD";

#[test]
fn a_killed_process_keeps_all_it_acknowledged_on_sqlite() {
    be_child_if_asked();
    on_sqlite("ledger_killed", MIGRATIONS, |t| killed(t, "sqlite"));
}

#[test]
fn a_killed_process_keeps_all_it_acknowledged_on_postgresql() {
    be_child_if_asked();
    on_postgres("ledger_killed", MIGRATIONS, |t| killed(t, "postgresql"));
}

fn killed(t: &TestBed, backend: &str) {
    open_for(t, &OWNERS, 0);
    for owner in OWNERS {
        give(t, owner, &format!("first {owner}"), IN_STOCK, Some(1_000_000));
        give(t, owner, &format!("second {owner}"), IN_STOCK, None);
    }
    let place = match &t.location {
        Location::Sqlite(path) => path.display().to_string(),
        Location::Postgres(url) => url.clone(),
    };
    let n_kills = if is_long() { N_KILLS_LONG } else { N_KILLS };
    let mut dice = SmallRng::seed_from_u64(n_kills);
    let mut acknowledged = BTreeSet::new();
    for round in 1..=n_kills {
        let n_done = dice.random_range(1..=N_DONE_MAX);
        let pause = Duration::from_micros(dice.random_range(0..PAUSE_MICROS_MAX));
        acknowledged.extend(one_life(backend, &format!("{round} {place}"), n_done, pause));
        check(&t.location, &acknowledged, round * N_THREADS);
    }
    for kind in ["hold", "commit", "release", "reversal"] {
        let n = acknowledged.iter().filter(|(of_kind, _)| of_kind == kind).count() as u64;
        assert!(n >= n_kills, "only {n} of kind {kind} were acknowledged");
    }
    let held = hold_for(t, "afterwards", 60, vec![leg(0, "a", 1)]).unwrap();
    assert!(held.is_new, "life goes on");
}

/// Starts a child, kills it, and gives what it said was done: kind and key.
fn one_life(backend: &str, task: &str, n_done: u32, pause: Duration) -> Vec<(String, String)> {
    let name = format!("killed::a_killed_process_keeps_all_it_acknowledged_on_{backend}");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &name, "--nocapture", "--test-threads=1"])
        .env(CHILD, task)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let (sender, receiver) = mpsc::channel();
    let reading = thread::spawn(move || {
        let mut done = Vec::new();
        for line in out.lines().map_while(Result::ok) {
            if let Some(words) = line.strip_prefix("done ") {
                let (kind, key) = words.split_once(' ').unwrap();
                done.push((kind.to_owned(), key.to_owned()));
                let _ = sender.send(());
            }
        }
        done
    });
    for _ in 0..n_done {
        receiver.recv_timeout(Duration::from_secs(60)).expect("the child does something");
    }
    thread::sleep(pause);
    assert!(child.try_wait().unwrap().is_none(), "the child ended by itself");
    child.kill().unwrap();
    child.wait().unwrap();
    reading.join().unwrap()
}

/// Opens the database anew and looks at all of it.
fn check(location: &Location, acknowledged: &BTreeSet<(String, String)>, n_cut_off_max: u64) {
    let db = Db::open(location).unwrap();
    assert_eq!(db.read(verify).unwrap(), Vec::<String>::new());
    let rows = db
        .read(|tx| {
            tx.fetch(
                "SELECT kind, key FROM ledger_transfers
                 WHERE subject LIKE 'killed%' AND key NOT LIKE '%:rest'",
                params![],
            )
        })
        .unwrap();
    let kept: BTreeSet<(String, String)> =
        rows.iter().map(|row| (row.str(0).to_owned(), row.str(1).to_owned())).collect();
    let lost: Vec<_> = acknowledged.difference(&kept).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    // Of what each thread was doing at the kill, one thing may be kept without anybody knowing.
    let n_unheard = kept.difference(acknowledged).count() as u64;
    assert!(n_unheard <= n_cut_off_max, "{n_unheard} were kept without a word");

    let end: Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
    let keys = OWNERS.map(of);
    let inside: i64 = db
        .read(|tx| balances(tx, end, &keys))
        .unwrap()
        .iter()
        .map(|found| found.balance + found.held)
        .sum();
    let outside: i64 = ["issued", "spent"]
        .iter()
        .map(|role| db.read(|tx| balance_at(tx, &world(role), end)).unwrap())
        .sum();
    assert_eq!(inside + outside, 0, "the sum of all accounts");
    assert_eq!(db.read(unfinished).unwrap(), 0, "a hold or a transfer is half there");
}

/// Holds without their movements or their head, and heads without anything.
fn unfinished(tx: &mut mercer_db::Tx<'_>) -> Result<i64, mercer_db::DbError> {
    tx.fetch_value(
        "SELECT (SELECT COUNT(*) FROM ledger_transfers t WHERE NOT EXISTS
                   (SELECT 1 FROM ledger_moves m WHERE m.transfer_id = t.id))
              + (SELECT COUNT(*) FROM ledger_transfers t WHERE kind = 'hold' AND NOT EXISTS
                   (SELECT 1 FROM ledger_holds h WHERE h.transfer_id = t.id))",
        params![],
    )
}

/// The child's life, which ends by its being killed.
fn be_child_if_asked() {
    let Ok(task) = std::env::var(CHILD) else { return };
    let (round, place) = task.split_once(' ').unwrap();
    let round: u64 = round.parse().unwrap();
    let db = Db::open(&Location::parse(place)).unwrap();
    // The harness has begun a line.
    std::io::stdout().lock().write_all(b"\n").unwrap();
    thread::scope(|scope| {
        for n in 0..N_THREADS {
            let db = &db;
            scope.spawn(move || Client::new(db, round, n).work());
        }
    });
    panic!("nobody killed the child");
}

struct Client<'a> {
    db: &'a Db,
    name: String,
    now: Timestamp,
    dice: SmallRng,
}

impl<'a> Client<'a> {
    fn new(db: &'a Db, round: u64, n: u64) -> Self {
        let begin: Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
        Self {
            db,
            name: format!("{round}:{n}"),
            now: begin + SignedDuration::from_mins(round as i64),
            dice: SmallRng::seed_from_u64(round * N_THREADS + n),
        }
    }

    fn work(&mut self) {
        for n in 0..1_000_000 {
            self.now += SignedDuration::from_millis(1);
            self.one_cart(&format!("{}:{n}", self.name)).unwrap();
        }
    }

    fn one_cart(&mut self, key: &str) -> Result<(), LedgerError> {
        let Self { db, now, dice, .. } = self;
        let now = *now;
        let first = dice.random_range(0..OWNERS.len());
        let legs: Vec<Leg> = (0..dice.random_range(1..=3usize))
            .map(|n| leg(n as i64, OWNERS[(first + n) % OWNERS.len()], dice.random_range(2..5)))
            .collect();
        let new = NewHold {
            key: format!("hold:{key}"),
            subject: format!("killed:{key}"),
            expires_at: now + SignedDuration::from_hours(1_000),
            legs,
        };
        let held = db.write(|tx| hold(tx, now, &new))?;
        say("hold", &new.key);
        if dice.random_bool(0.3) {
            db.write(|tx| release(tx, now, &held.id))?;
            say("release", &format!("release:{}", held.id));
            return Ok(());
        }
        let is_part = dice.random_bool(0.5);
        let part = Portions::Lines(vec![(0, 1)]);
        let moved_on = Commit {
            key: format!("commit:{key}"),
            hold_id: held.id,
            portions: if is_part { part.clone() } else { Portions::All },
            rest: if dice.random_bool(0.5) { Rest::Release } else { Rest::Keep },
        };
        let done = db.write(|tx| commit(tx, now, &moved_on))?;
        say("commit", &moved_on.key);
        if dice.random_bool(0.6) {
            let back = Reversal {
                key: format!("reverse:{key}"),
                transfer_id: done.transfer_id,
                subject: new.subject,
                reason: "returned".to_owned(),
                portions: part,
                spent: Spent::TakeOthers,
            };
            let _ = db.write(|tx| reverse(tx, now, &back))?;
            say("reversal", &back.key);
        }
        Ok(())
    }
}

/// One whole line at once: a pipe takes it or does not.
fn say(kind: &str, key: &str) {
    let line = format!("done {kind} {key}\n");
    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
}
