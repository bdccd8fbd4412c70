//! A server that is killed under writes loses nothing that it acknowledged (kill -9, twenty
//! times), and starts again without help.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

use mercer_testkit::{TestBed, on_postgres, on_sqlite};

use crate::support::http::{Ask, ask};
use crate::support::orders::{Client, assert_nothing_lost};
use crate::support::program::{Server, url, write_key};
use crate::support::retail::Dice;

/// Kills on each database.
const N_KILLS: u32 = 20;
/// Clients that write at once.
const N_CLIENTS: u64 = 4;
/// A kill comes this many milliseconds after the clients began, at most.
const LIFE_MILLIS_MAX: u64 = 400;

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
        let life = Duration::from_millis(20 + dice.below(LIFE_MILLIS_MAX));
        let is_over = AtomicBool::new(false);
        n_cut_off += std::thread::scope(|scope| {
            let writing: Vec<_> = clients
                .iter_mut()
                .map(|client| scope.spawn(|| write_until_cut_off(client, &address, &key, &is_over)))
                .collect();
            sleep(life);
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
    address: &str,
    key: &str,
    is_over: &AtomicBool,
) -> bool {
    while !is_over.load(Ordering::SeqCst) {
        match client.write(address, key) {
            Ok(answer) => assert_eq!(answer.status, 200, "{}", answer.body),
            Err(_) => return true,
        }
    }
    false
}
