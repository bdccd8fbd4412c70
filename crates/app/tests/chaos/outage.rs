//! PostgreSQL away for ten seconds: the server waits or says so, an import waits, and nothing
//! acknowledged is lost.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

use mercer_db::{Db, Location};
use mercer_testkit::on_postgres;

use crate::support::cluster::Cluster;
use crate::support::dump::{assert_equal, dump};
use crate::support::http::{Ask, ask};
use crate::support::orders::{Client, assert_nothing_lost};
use crate::support::program::{Server, mercer, now, run, write_key};
use crate::support::retail;

/// How long PostgreSQL is away.
const AWAY: Duration = Duration::from_secs(10);
/// Rows of the file that is imported meanwhile.
const N_ROWS: usize = 20_000;

#[test]
fn a_server_survives_its_postgresql_being_away_for_ten_seconds() {
    on_postgres("outage_server", &[], |_| server_survives());
}

fn server_survives() {
    let folder = tempfile::tempdir().expect("a folder");
    let cluster = Cluster::start();
    let url = cluster.url();
    let key = write_key(folder.path(), &url);
    let mut server = Server::start(folder.path(), &url);
    let address = server.address.clone();
    let is_over = AtomicBool::new(false);
    let mut clients: Vec<Client> = (0..3).map(|n| Client::new(&format!("c{n}"), n + 50)).collect();
    std::thread::scope(|scope| {
        let writing: Vec<_> = clients
            .iter_mut()
            .map(|client| scope.spawn(|| write_through(client, &address, &key, &is_over)))
            .collect();
        sleep(Duration::from_millis(700));
        cluster.stop();
        let stopped = now();
        let ready = ask(&address, Ask::get("/readyz", &key)).expect("an answer");
        assert_eq!(ready.status, 503, "{}", ready.body);
        assert!(stopped.elapsed() < Duration::from_secs(8), "/readyz waited");
        let health = ask(&address, Ask::get("/healthz", &key)).expect("an answer");
        assert_eq!(health.status, 200);
        // Asked while away, answered when it is back.
        let reading = scope.spawn(|| ask(&address, Ask::get("/v1/orders?limit=1", &key)));
        sleep(AWAY.saturating_sub(stopped.elapsed()));
        cluster.begin();
        let read = reading.join().expect("a reader").expect("an answer");
        assert_eq!(read.status, 200, "{}", read.body);
        sleep(Duration::from_secs(2));
        is_over.store(true, Ordering::SeqCst);
        for writer in writing {
            let n_after = writer.join().expect("a writer");
            assert!(n_after > 0, "a client never wrote again");
        }
    });
    assert!(server.is_running(), "the server ended");
    let ready = ask(&address, Ask::get("/readyz", &key)).expect("an answer");
    assert_eq!(ready.status, 200, "{}", ready.body);
    let db = Db::open(&Location::Postgres(url)).expect("the database opens");
    assert_nothing_lost(&db, &clients);
}

/// Writes until told to end; every answer is good or says that the database is away. How many
/// writes were good after the last that was not, or that took seconds.
fn write_through(client: &mut Client, address: &str, key: &str, is_over: &AtomicBool) -> u32 {
    let mut n_after = 0;
    while !is_over.load(Ordering::SeqCst) {
        let begun = now();
        let answer = client.write(address, key).expect("the server answers");
        if answer.status == 200 {
            n_after = if begun.elapsed() > Duration::from_secs(2) { 0 } else { n_after + 1 };
            continue;
        }
        n_after = 0;
        assert_eq!(answer.status, 503, "{}", answer.body);
        assert_eq!(answer.json()["code"], "database_unavailable", "{}", answer.body);
        // Waiting helps, unless the commit was on its way: then one must look first.
        let is_unknown = answer.body.contains("during the commit");
        assert!(is_unknown || answer.header("retry-after").is_some(), "{answer:?}");
        assert!(!is_unknown || !answer.body.contains("Nothing was changed"), "{answer:?}");
        sleep(Duration::from_millis(200));
    }
    n_after
}

#[test]
fn an_import_waits_for_its_postgresql_for_ten_seconds() {
    on_postgres("outage_import", &[], |bed| {
        let folder = bed.folder.path();
        let file = retail::file(folder, N_ROWS).display().to_string();
        let cluster = Cluster::start();
        let url = cluster.url();
        let import = |database: &str| {
            let arguments = [
                "--database",
                database,
                "--json",
                "import",
                "orders",
                &file,
                "--preset",
                "online-retail",
                "--no-compute",
            ];
            mercer(folder, &arguments)
        };
        run(import(&crate::support::program::url(&bed.location))).good();
        let wanted = dump(&bed.db);

        let db = Db::open(&Location::Postgres(url.clone())).expect("the database opens");
        run(mercer(folder, &["--database", &url, "status"])).good();
        let ran = std::thread::scope(|scope| {
            let importing = scope.spawn(|| run(import(&url)));
            // In its middle: some orders are there, but not all.
            let count = || {
                let count = db.read(|tx| tx.fetch_value::<i64>("SELECT COUNT(*) FROM orders", &[]));
                count.expect("a count") as usize
            };
            while count() == 0 {
                assert!(!importing.is_finished(), "the import ended without an order");
                sleep(Duration::from_millis(1));
            }
            cluster.stop();
            sleep(AWAY);
            assert!(!importing.is_finished(), "the import did not wait");
            cluster.begin();
            importing.join().expect("an import")
        });
        ran.good();
        let db = Db::open(&Location::Postgres(url)).expect("the database opens");
        assert_equal(&dump(&db), &wanted, "after the outage");
    });
}
