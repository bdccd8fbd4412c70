//! An import that is killed and run again ends as an undisturbed one (kill -9, twenty times).

use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use mercer_db::{Db, Location};
use mercer_testkit::{TestBed, on_postgres, on_sqlite};

use crate::support::dump::{assert_equal, dump};
use crate::support::program::{mercer, now, run, url};
use crate::support::retail;

/// Kills on each database.
const N_KILLS: u32 = 20;
/// Kills of one import before it may end.
const N_KILLS_IN_A_ROW: u32 = 5;
/// Rows of the made-up file.
const N_ROWS: usize = 20_000;

#[test]
fn an_import_killed_twenty_times_ends_as_an_undisturbed_one_on_sqlite() {
    on_sqlite("killed_import", &[], killed);
}

#[test]
fn an_import_killed_twenty_times_ends_as_an_undisturbed_one_on_postgresql() {
    on_postgres("killed_import", &[], killed);
}

/// Another database beside the bed's own, empty.
fn beside(bed: &TestBed, name: &str) -> Location {
    match &bed.location {
        Location::Sqlite(path) => Location::Sqlite(path.with_file_name(format!("{name}.sqlite"))),
        Location::Postgres(url) => {
            let schema = bed.db.read(|tx| tx.fetch_value::<String>("SELECT current_schema()", &[]));
            let schema = format!("{}_{name}", schema.expect("a schema"));
            bed.db
                .write(|tx| tx.execute_batch(&format!("CREATE SCHEMA {schema}")))
                .expect("a schema");
            let (url, _) = url.split_once("options=").expect("the bed's own schema");
            Location::Postgres(format!("{url}options=-csearch_path%3D{schema}"))
        }
    }
}

fn remove(bed: &TestBed, trial: &Location) {
    match trial {
        Location::Sqlite(path) => std::fs::remove_file(path).expect("it can be removed"),
        Location::Postgres(url) => {
            let (_, schema) = url.split_once("search_path%3D").expect("a schema");
            let drop = format!("DROP SCHEMA {schema} CASCADE");
            bed.db.write(|tx| tx.execute_batch(&drop)).expect("it can be dropped");
        }
    }
}

fn import<'a>(database: &'a str, file: &'a str) -> [&'a str; 9] {
    [
        "--database",
        database,
        "import",
        "orders",
        file,
        "--preset",
        "online-retail",
        "--no-compute",
        "--json",
    ]
}

fn killed(bed: &TestBed) {
    let folder = bed.folder.path();
    let file = retail::file(folder, N_ROWS).display().to_string();
    let database = url(&bed.location);
    let begun = now();
    let undisturbed = run(mercer(folder, &import(&database, &file))).good().json();
    let mut expected = begun.elapsed();
    assert!(undisturbed["refund_lines_tied"].as_i64() > Some(0), "{undisturbed}");
    let wanted = dump(&bed.db);

    let mut dice = retail::Dice::new(7);
    let (mut n_kills, mut n_kills_halfway, mut n_trials) = (0, 0, 0);
    while n_kills < N_KILLS {
        n_trials += 1;
        assert!(n_trials <= 4 * N_KILLS, "only {n_kills} of {n_trials} imports could be killed");
        let trial = beside(bed, &format!("trial{n_trials}"));
        let database = url(&trial);
        let mut n_in_a_row = 0;
        while n_in_a_row < N_KILLS_IN_A_ROW && n_kills < N_KILLS {
            // Spread evenly over the run, with the place in each part by chance.
            let part = u64::from(n_kills * 7 % N_KILLS) * 1_000 + dice.below(1_000);
            let moment = expected.mul_f64(part as f64 / f64::from(N_KILLS * 1_000));
            if let Some(took) = killed_at(folder, &import(&database, &file), moment) {
                // The machine is less busy than it was: the next kills come earlier.
                if n_in_a_row == 0 {
                    expected = took;
                }
                break;
            }
            n_kills += 1;
            n_in_a_row += 1;
            n_kills_halfway += u32::from(is_halfway(&trial, wanted["orders"].len()));
        }
        let ended = run(mercer(folder, &import(&database, &file))).good().json();
        assert_eq!(ended["rows"], undisturbed["rows"]);
        assert_eq!(ended["money_minor"], undisturbed["money_minor"]);
        let db = Db::open(&trial).expect("the database opens");
        assert_equal(&dump(&db), &wanted, &format!("after {n_in_a_row} kills"));
        drop(db);
        remove(bed, &trial);
    }
    // Otherwise the kills came before or after all that could be lost.
    assert!(n_kills_halfway >= 3, "only {n_kills_halfway} kills left an import halfway");
}

/// Starts it and kills it at that moment; how long it took if it ended before.
fn killed_at(folder: &Path, arguments: &[&str], moment: Duration) -> Option<Duration> {
    let begun = now();
    let mut command = mercer(folder, arguments);
    let mut child =
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary starts");
    while begun.elapsed() < moment {
        if child.try_wait().expect("a status").is_some() {
            return Some(begun.elapsed());
        }
        sleep(Duration::from_millis(1).min(moment.saturating_sub(begun.elapsed())));
    }
    child.kill().expect("a kill");
    child.wait().expect("an end");
    None
}

fn is_halfway(location: &Location, n_orders: usize) -> bool {
    let Ok(db) = Db::open(location) else { return false };
    let count = db.read(|tx| tx.fetch_value::<i64>("SELECT COUNT(*) FROM orders", &[]));
    count.is_ok_and(|n| n > 0 && (n as usize) < n_orders)
}
