//! The same import, and the same answers from it, on SQLite and on PostgreSQL.

use std::path::Path;

use mercer_simshop::config::Config;
use mercer_simshop::shop::Shop;
use mercer_testkit::{TestBed, on_postgres, on_sqlite};
use serde_json::Value;

use crate::support::dump::{Dump, assert_equal, dump};
use crate::support::program::{mercer, run, url};
use crate::support::retail;

/// Orders of the simulated shop: enough for every engine to have something to say.
const N_ORDERS: u32 = 4_000;
/// Keys that say when or how fast something was done, and ids that come from it.
const KEYS_OF_THE_RUN: &[&str] = &[
    "compute_seconds",
    "computed_at",
    "decided_at",
    "decision_id",
    "finished_at",
    "rows_per_second",
    "seconds",
    "segment_decision_id",
    "started_at",
];

/// What a shop answers, by the command.
type Answers = Vec<(String, Value)>;

#[test]
fn the_same_import_gives_equal_answers_on_both_databases() {
    let file = tempfile::tempdir().expect("a folder");
    let (path, arguments) = orders(file.path());
    let (mut on_first, mut on_second) = (None, None);
    let kept = std::cell::RefCell::new(Vec::new());
    let keep = |bed: &TestBed| kept.borrow_mut().push(answers(bed, &path, &arguments));
    on_sqlite("both_databases", &[], keep);
    on_postgres("both_databases", &[], keep);
    for found in kept.take() {
        on_first = on_second.replace(found).or(on_first);
    }
    let ((sqlite, rows_sqlite), (postgresql, rows_postgresql)) =
        (on_first.expect("answers"), on_second.expect("answers"));
    assert!(sqlite.len() > 10);
    for ((command, sqlite), (_, postgresql)) in sqlite.iter().zip(&postgresql) {
        assert_eq!(difference("", sqlite, postgresql), None, "{command}");
    }
    assert_equal(&rows_postgresql, &rows_sqlite, "on PostgreSQL against SQLite");
}

/// The file and how to import it.
fn orders(folder: &Path) -> (String, Vec<&'static str>) {
    if let Some(file) = retail::real_year() {
        return (file.display().to_string(), vec!["--preset", "online-retail"]);
    }
    let config = Config {
        n_orders_target: N_ORDERS,
        n_customers: 900,
        end: "2026-03-01T00:00:00Z".parse().expect("an instant"),
        ..Config::default()
    };
    let shop = Shop::simulate(&config).expect("a shop");
    let path = folder.join("simulated.csv");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).expect("a file"));
    shop.write_csv_generic(&mut file).expect("a file");
    (path.display().to_string(), vec!["--preset", "generic", "--currency", "GBP"])
}

fn answers(bed: &TestBed, file: &str, how: &[&str]) -> (Answers, Dump) {
    let folder = bed.folder.path();
    let database = url(&bed.location);
    let json = |arguments: &[&str]| {
        let mut value =
            run(mercer(folder, &[&["--database", &database, "--json"], arguments].concat()))
                .good()
                .json();
        if arguments[0] == "import" {
            value["id"] = Value::Null;
        }
        of_the_data(&mut value);
        (arguments.join(" "), value)
    };
    let mut all = vec![json(&[&["import", "orders", file], how].concat())];
    all.push(json(&[&["import", "orders", file], how].concat()));
    assert_eq!(all[1].1["created"], 0, "the second import changed something");
    let skus = texts(
        bed,
        "SELECT v.sku FROM product_stats s JOIN variants v USING (product_id)
                           ORDER BY s.n_units DESC, v.sku LIMIT 4",
    );
    for sku in &skus {
        all.push(json(&["recommend", "--product", sku]));
        all.push(json(&["forecast", "--product", sku, "--days", "28"]));
    }
    all.push(json(&["recommend", "--cart", &skus.join(",")]));
    let customers = texts(
        bed,
        "SELECT customer_id FROM customer_stats
                                ORDER BY n_orders DESC, customer_id LIMIT 3",
    );
    for customer in &customers {
        all.push(json(&["recommend", "--customer", customer]));
        all.push(json(&["customer", customer]));
    }
    all.push(json(&["segments"]));
    all.push(json(&["evaluate", "recommend"]));
    all.push(json(&["evaluate", "forecast"]));
    (all, dump(&bed.db))
}

fn texts(bed: &TestBed, sql: &str) -> Vec<String> {
    let rows = bed.db.read(|tx| tx.fetch(sql, &[])).expect("rows");
    assert!(!rows.is_empty(), "{sql}");
    rows.iter().map(|row| row.str(0).to_owned()).collect()
}

/// The first place where two answers differ, and how.
fn difference(path: &str, one: &Value, other: &Value) -> Option<String> {
    match (one, other) {
        (Value::Object(left), Value::Object(right)) if left.keys().eq(right.keys()) => left
            .iter()
            .find_map(|(key, value)| difference(&format!("{path}.{key}"), value, &right[key])),
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => left
            .iter()
            .zip(right)
            .enumerate()
            .find_map(|(n, (left, right))| difference(&format!("{path}[{n}]"), left, right)),
        _ if one == other => None,
        _ => Some(format!("{path}: {one} and {other}")),
    }
}

/// Takes out what belongs to the run, not to the data.
fn of_the_data(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|key, _| !KEYS_OF_THE_RUN.contains(&key.as_str()));
            fields.values_mut().for_each(of_the_data);
        }
        Value::Array(items) => items.iter_mut().for_each(of_the_data),
        _ => {}
    }
}
