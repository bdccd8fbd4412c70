//! How many carts a second the ledger holds: five legs each over a thousand articles, from
//! sixteen clients at once, each kept on disk before it counts.
//!
//! `cargo run --release -p mercer-ledger --example holds -- WHERE [SECONDS]`, where WHERE is a
//! `postgres://…` URL (durable: `scripts/with-postgres --durable`) or an SQLite file that may be
//! missing. What is there stays; each run holds under keys of its own.

#![expect(clippy::print_stdout, reason = "an example that reports to its reader")]
#![expect(clippy::disallowed_methods, reason = "measures real time")]

use std::error::Error;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use mercer_db::{Db, Location};
use mercer_ledger::account::{AccountKey, NewAccount, open};
use mercer_ledger::hold::{NewHold, hold};
use mercer_ledger::transfer::{Leg, Lots, NewLot, Transfer, transfer};
use mercer_ledger::verify::verify;
use mercer_ledger::{LedgerError, QUANTITY_MAX};
use rand::rngs::SmallRng;
use rand::seq::index::sample;
use rand::{RngExt, SeedableRng};

const N_CLIENTS: usize = 16;
const N_LEGS: usize = 5;
const N_ARTICLES: usize = 1_000;
const SECONDS: u64 = 10;
/// Far more than a run can hold.
const IN_STOCK: i64 = QUANTITY_MAX / 1_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let place = words.next().ok_or("say where: a postgres:// URL or an SQLite file")?;
    let seconds: u64 = words.next().map_or(Ok(SECONDS), |word| word.parse())?;
    let db = Db::open(&Location::parse(&place))?;
    let sets = [mercer_facts::MIGRATIONS, mercer_jobs::MIGRATIONS, mercer_ledger::MIGRATIONS];
    let now = Timestamp::now();
    db.migrate(&sets, now.as_microsecond())?;
    db.write(|tx| stock_up(tx, now))?;

    println!("load before: {}", load());
    let run = now.as_microsecond();
    let (millis, elapsed) = measure(&db, run, Duration::from_secs(seconds))?;
    println!("load after: {}", load());
    println!(
        "{} holds of {N_LEGS} legs by {N_CLIENTS} clients on {}: {:.0}/s, p50 {:.2} ms, p99 {:.2} ms",
        millis.len(),
        db.backend().name(),
        millis.len() as f64 / elapsed.as_secs_f64(),
        at_share(&millis, 0.50),
        at_share(&millis, 0.99),
    );
    let faults = db.read(verify)?;
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

/// Milliseconds of each hold, sorted, and how long all took.
fn measure(db: &Db, run: i64, patience: Duration) -> Result<(Vec<f64>, Duration), LedgerError> {
    let start = Barrier::new(N_CLIENTS);
    let began = Instant::now();
    let results: Vec<Result<Vec<f64>, LedgerError>> = thread::scope(|scope| {
        let clients: Vec<_> = (0..N_CLIENTS)
            .map(|client| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    one_client(db, run, client, patience)
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().expect("a client panicked")).collect()
    });
    let elapsed = began.elapsed();
    let mut all = Vec::new();
    for millis in results {
        all.extend(millis?);
    }
    all.sort_by(f64::total_cmp);
    Ok((all, elapsed))
}

fn one_client(
    db: &Db,
    run: i64,
    client: usize,
    patience: Duration,
) -> Result<Vec<f64>, LedgerError> {
    let mut dice = SmallRng::seed_from_u64(client as u64);
    let mut millis = Vec::new();
    let began = Instant::now();
    while began.elapsed() < patience {
        let cart = cart(&mut dice, &format!("{run}:{client}:{}", millis.len()));
        let asked = Instant::now();
        let _ = db.write(|tx| hold(tx, Timestamp::now(), &cart))?;
        millis.push(asked.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(millis)
}

fn cart(dice: &mut SmallRng, key: &str) -> NewHold {
    let legs = sample(dice, N_ARTICLES, N_LEGS).into_iter().enumerate().map(|(line, article)| {
        let unit = unit(article);
        Leg {
            line: line as i64,
            from: AccountKey::new(&unit, "warehouse", "available"),
            to: AccountKey::world(&unit, "sold"),
            quantity: dice.random_range(1..=3),
            lots: Lots::Next,
        }
    });
    NewHold {
        key: key.to_owned(),
        subject: format!("quote:{key}"),
        expires_at: Timestamp::now() + SignedDuration::from_mins(15),
        legs: legs.collect(),
    }
}

fn unit(article: usize) -> String {
    format!("stock:SKU-{article:04}")
}

fn stock_up(tx: &mut mercer_db::Tx<'_>, now: Timestamp) -> Result<(), LedgerError> {
    let mut accounts = Vec::new();
    let mut legs = Vec::new();
    for article in 0..N_ARTICLES {
        let unit = unit(article);
        let from = AccountKey::world(&unit, "supplier");
        let to = AccountKey::new(&unit, "warehouse", "available");
        for key in [from.clone(), to.clone(), AccountKey::world(&unit, "sold")] {
            accounts.push(NewAccount::counted(key));
        }
        let origin = "first receipt".to_owned();
        let lot = NewLot { origin, priority: 0, expires_at: None };
        legs.push(Leg { line: 0, from, to, quantity: IN_STOCK, lots: Lots::New(lot) });
    }
    open(tx, &accounts)?;
    let receipt = Transfer {
        key: "first receipt".to_owned(),
        subject: "warehouse".to_owned(),
        reason: "received".to_owned(),
        legs,
    };
    transfer(tx, now, &receipt).map(|_| ())
}

fn at_share(sorted: &[f64], share: f64) -> f64 {
    let at = (sorted.len().saturating_sub(1) as f64 * share) as usize;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

fn load() -> String {
    std::fs::read_to_string("/proc/loadavg").map_or_else(
        |_| "unknown".to_owned(),
        |text| text.split_whitespace().take(3).collect::<Vec<_>>().join(" "),
    )
}
