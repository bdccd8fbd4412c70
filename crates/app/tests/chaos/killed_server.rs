//! A server that is killed under writes loses nothing that it acknowledged (kill -9, twenty
//! times), and starts again without help.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{ScopedJoinHandle, sleep};
use std::time::Duration;

use mercer_testkit::{TestBed, on_postgres, on_sqlite};

use crate::support::http::{Ask, ask};
use crate::support::orders::{Client, assert_nothing_lost};
use crate::support::program::{Server, now, url, write_key};
use crate::support::retail::Dice;

/// Kills on each database.
const N_KILLS: u32 = 20;
/// Clients that write at once.
const N_CLIENTS: u64 = 4;
/// A kill comes after fewer answers than this. Answers, not milliseconds: on a busy machine a server
/// that lives for a while has answered nothing, and nothing can be lost.
const N_ANSWERS_MAX: u64 = 60;
/// And at most this many milliseconds later, so that it finds requests at any point.
const LATER_MILLIS_MAX: u64 = 40;
/// Answers come within this many seconds on the busiest machine.
const PATIENCE_SECONDS: u64 = 60;

#[test]
fn a_server_killed_twenty_times_under_writes_keeps_all_it_acknowledged_on_sqlite() {
    on_sqlite("killed_server", &[], killed);
}

#[test]
fn a_server_killed_twenty_times_under_writes_keeps_all_it_acknowledged_on_postgresql() {
    on_postgres("killed_server", &[], killed);
}

fn killed(bed: &TestBed) {
    let folder = bed.folder.path();
    let database = url(&bed.location);
    let key = write_key(folder, &database);
    let mut clients: Vec<Client> =
        (0..N_CLIENTS).map(|n| Client::new(&format!("c{n}"), n + 1)).collect();
    let mut dice = Dice::new(11);
    let mut n_cut_off = 0;
    for _ in 0..N_KILLS {
        let server = Server::start(folder, &database);
        let address = server.address.clone();
        let n_wanted = dice.below(N_ANSWERS_MAX);
        let later = Duration::from_millis(dice.below(LATER_MILLIS_MAX));
        let (is_over, n_answers) = (AtomicBool::new(false), AtomicU64::new(0));
        n_cut_off += std::thread::scope(|scope| {
            let writing: Vec<_> = clients
                .iter_mut()
                .map(|client| {
                    scope.spawn(|| {
                        write_until_cut_off(client, (&address, &key), &is_over, &n_answers)
                    })
                })
                .collect();
            wait_for(&n_answers, n_wanted, &writing);
            sleep(later);
            let log = server.kill();
            is_over.store(true, Ordering::SeqCst);
            assert!(!log.contains("panicked"), "{log}");
            writing.into_iter().map(|w| u32::from(w.join().expect("a client"))).sum::<u32>()
        });
    }
    assert!(n_cut_off >= N_KILLS, "only {n_cut_off} requests were cut off by {N_KILLS} kills");
    let n_acknowledged: usize = clients.iter().map(Client::n_acknowledged).sum();
    assert!(n_acknowledged >= 100, "only {n_acknowledged} orders were acknowledged");

    let server = Server::start(folder, &database);
    let page = ask(&server.address, Ask::get("/v1/orders?limit=5", &key)).expect("an answer");
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(page.json()["items"].as_array().map(Vec::len), Some(5));
    assert_nothing_lost(&bed.db, &clients);
}

/// Writes until the server is gone; whether a request was cut off in its middle.
fn write_until_cut_off(
    client: &mut Client,
    (address, key): (&str, &str),
    is_over: &AtomicBool,
    n_answers: &AtomicU64,
) -> bool {
    while !is_over.load(Ordering::SeqCst) {
        match client.write(address, key) {
            Ok(answer) => assert_eq!(answer.status, 200, "{}", answer.body),
            Err(_) => return true,
        }
        n_answers.fetch_add(1, Ordering::SeqCst);
    }
    false
}

/// Waits for that many answers, or until a client gave up, which tells by itself why.
fn wait_for(n_answers: &AtomicU64, n_wanted: u64, writing: &[ScopedJoinHandle<'_, bool>]) {
    let begun = now();
    while n_answers.load(Ordering::SeqCst) < n_wanted
        && !writing.iter().any(ScopedJoinHandle::is_finished)
    {
        let waited = begun.elapsed();
        assert!(waited < Duration::from_secs(PATIENCE_SECONDS), "no answers in {waited:?}");
        sleep(Duration::from_millis(1));
    }
}
