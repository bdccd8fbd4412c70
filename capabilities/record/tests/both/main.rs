//! The two databases hold the same, row by row, after importing the same; on the shop of a real
//! year where it is at hand (`MERCER_SHARED_DATA`), all of it with `MERCER_TEST_LONG=1`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stderr, reason = "says what was left out")]

mod dump;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use mercer_core::clock::Clock;
use mercer_csv::file::OrderFile;
use mercer_csv::options::Options;
use mercer_db::{Db, DbError, MigrationSet};
use mercer_engine_kit::money::Currency;
use mercer_record::import::{Import, ImportStart, ImportState, begin, run};
use mercer_record::keep::ChannelDefaults;
use mercer_testkit::{TestBed, on_both};

use crate::dump::{TABLES, Tables, assert_same, dump, shown};

const MIGRATIONS: &[MigrationSet] =
    &[mercer_record::MIGRATIONS, mercer_facts::MIGRATIONS, mercer_jobs::MIGRATIONS];

/// Lines of the real file that a quick run takes: seven weeks of trade, refunds among them.
const N_LINES_QUICK: usize = 60_000;

fn import(t: &TestBed, path: &Path, dry_run: bool) -> Import {
    t.clock.advance_seconds(1);
    let mut file = OrderFile::open(path, Options::default(), Box::new(std::io::sink())).unwrap();
    let defaults = ChannelDefaults {
        channel: file.preset().name().to_owned(),
        time_zone: "Europe/London".to_owned(),
        currency: Currency::GBP,
    };
    let start = ImportStart {
        file_name: "orders.csv".to_owned(),
        preset: file.preset().name().to_owned(),
        dry_run,
        currency: "GBP".to_owned(),
    };
    let import = begin(&t.db, t.clock.now(), &start).unwrap();
    run(&t.db, t.clock.as_ref(), defaults, import, &mut file, &mut |_| {}).unwrap()
}

/// What must be equal of two runs of one file; the times and the id are their own.
fn counts(import: &Import) -> BTreeMap<String, serde_json::Value> {
    let serde_json::Value::Object(all) = serde_json::to_value(import).unwrap() else {
        panic!("an import is an object");
    };
    let own = ["id", "started_at", "finished_at", "seconds", "rows_per_second", "seconds_left"];
    all.into_iter().filter(|(name, _)| !own.contains(&name.as_str())).collect()
}

fn assert_accounted(t: &TestBed, import: &Import) {
    assert_eq!(import.state, ImportState::Done);
    assert_eq!(import.rows, import.kept + import.rejected + import.duplicates);
    let n = import.created + import.changed + import.unchanged;
    assert_eq!(n, import.orders + import.refunds + import.adjustments);
    let one = |sql: &str| t.db.read(|tx| tx.fetch_value::<i64>(sql, &[])).unwrap();
    assert_eq!(one("SELECT COUNT(*) FROM orders"), import.orders as i64);
    assert_eq!(one("SELECT COUNT(*) FROM refunds"), import.refunds as i64);
    assert_eq!(one("SELECT COUNT(*) FROM customers"), import.customers as i64);
    assert_eq!(one("SELECT COUNT(*) FROM products"), import.products as i64);
    let money = &import.money_minor;
    let part = |name: &str| money.get(name).copied().unwrap_or(0);
    let sold = part("items") + part("shipping") + part("fees") + part("discounts") + part("taxes");
    let total = one("SELECT CAST(COALESCE(SUM(total_minor), 0) AS BIGINT) FROM orders");
    let refunded = one("SELECT CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT) FROM refunds");
    assert_eq!(total - refunded, sold + part("refunds"), "{money:?}");
    let tied = one("SELECT COUNT(*) FROM refund_lines WHERE order_id IS NOT NULL");
    assert_eq!(tied, import.refund_lines_tied as i64);
    let value = one("SELECT CAST(COALESCE(SUM(value_minor), 0) AS BIGINT) FROM customer_stats");
    let told = one("SELECT CAST((SELECT COALESCE(SUM(total_minor), 0) FROM orders
                      WHERE customer_id IS NOT NULL AND status <> 'cancelled')
                   - (SELECT COALESCE(SUM(amount_minor), 0) FROM refunds
                      WHERE customer_id IS NOT NULL) AS BIGINT)");
    assert_eq!(value, told);
}

/// Imports the file on both databases and compares; each file is also imported twice.
fn compare(name: &str, path: &Path, keep: fn(&TestBed) -> Tables) -> Import {
    let runs = RefCell::new(Vec::new());
    on_both(name, MIGRATIONS, |t| {
        let first = import(t, path, false);
        assert_accounted(t, &first);
        let tables = keep(t);
        let again = import(t, path, false);
        assert_eq!((again.created, again.changed, again.refund_lines_tied), (0, 0, 0));
        assert!(!again.has_changed_anything());
        assert_same(&tables, &keep(t));
        runs.borrow_mut().push((first, tables));
    });
    let mut runs = runs.into_inner();
    assert_eq!(counts(&runs[0].0), counts(&runs[1].0));
    assert_same(&runs[0].1, &runs[1].1);
    runs.remove(0).0
}

#[test]
fn a_file_of_odd_names_gives_the_same_on_both_databases() {
    let folder = tempfile_folder("odd");
    let path = folder.join("orders.csv");
    let mut text = String::from(
        "Order number,Date,SKU,Title,Quantity,Unit price,Email,Name,Country,Currency,Status\n",
    );
    let names = ["O'Brien", "Zoë", "\"\"Ann\"\" Lee", "日本 太郎", "🧵👩‍👧", "a%b_c\\", "ÅSE"];
    for i in 0..300usize {
        // A row with units below zero gives one back of the order before it.
        let quantity = if i % 13 == 5 { -1 } else { 1 + i as i64 % 4 };
        let number = if quantity < 0 { i - 1 } else { i };
        let (name, sku, day) = (names[number % names.len()], number % 11, 1 + number % 28);
        let status = if i % 29 == 7 { "cancelled" } else { "fulfilled" };
        text.push_str(&format!(
            "{number},2024-03-{day:02} 0{}:30,\"{name} {sku}\",\"Thing {name}\",{quantity},{}.50,\
             p{}@shop.example,\"{name}\",GB,GBP,{status}\n",
            number % 9,
            1 + sku,
            number % 31,
        ));
    }
    std::fs::write(&path, text).unwrap();
    let end = compare("odd_names", &path, |t| dump(&t.db));
    assert_eq!((end.rows, end.rejected), (300, 0));
    assert!(end.orders > 250 && end.refunds > 20 && end.refund_lines_tied > 0, "{end:?}");
}

#[test]
fn a_dry_run_of_a_file_counts_what_the_import_then_does() {
    let folder = tempfile_folder("dry");
    let path = folder.join("orders.csv");
    let mut text = String::from("order number,date,sku,quantity,price,customer id,currency\n");
    for i in 0..2_500 {
        let (day, who) = (1 + i % 28, i % 700);
        text.push_str(&format!("{i},2024-03-{day:02},S{},2,3.00,c{who},GBP\n", i % 40));
    }
    std::fs::write(&path, text).unwrap();
    on_both("dry_file", MIGRATIONS, |t| {
        let dry = import(t, &path, true);
        assert!(dump(&t.db).values().all(Vec::is_empty));
        let real = import(t, &path, false);
        assert_eq!((dry.customers, dry.products), (700, 40));
        let mut expected = counts(&real);
        expected.insert("dry_run".to_owned(), true.into());
        expected.insert("refund_lines_tied".to_owned(), 0.into());
        assert_eq!(counts(&dry), expected);
    });
}

#[test]
fn a_real_year_gives_the_same_on_both_databases() {
    let Some(packed) = real_file() else { return };
    if std::env::var("MERCER_TEST_LONG").is_ok_and(|value| value == "1") {
        // All rows of both at once would be a gigabyte: compared by a fingerprint per table.
        let end = compare("real_year", &packed, |t| digest(&t.db));
        assert_eq!((end.rows, end.customers), (541_909, 4_372));
        return;
    }
    let folder = tempfile_folder("real");
    let path = folder.join("online-retail.csv");
    let lines = BufReader::new(flate2::read::GzDecoder::new(std::fs::File::open(packed).unwrap()));
    let mut slice = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    for line in lines.split(b'\n').take(N_LINES_QUICK) {
        slice.write_all(&line.unwrap()).unwrap();
        slice.write_all(b"\n").unwrap();
    }
    slice.into_inner().unwrap();
    let end = compare("real_slice", &path, |t| dump(&t.db));
    assert_eq!(end.rows, N_LINES_QUICK as u64 - 1);
    assert!(end.refund_lines_tied > 400 && end.adjustments > 100, "{end:?}");
}

/// A fingerprint and the number of rows of each table.
fn digest(db: &Db) -> Tables {
    TABLES
        .iter()
        .map(|(table, columns, order)| {
            let sql = format!("SELECT {columns} FROM {table} ORDER BY {order}");
            let n_columns = columns.split(',').count();
            let (mut hash, mut n_rows) = (xxhash_rust::xxh3::Xxh3::new(), 0);
            db.read(|tx| {
                tx.for_each(&sql, &[], |row| {
                    hash.update(shown(row, n_columns).as_bytes());
                    hash.update(b"\n");
                    n_rows += 1;
                    Ok::<_, DbError>(())
                })
            })
            .unwrap();
            (*table, vec![format!("{:032x} of {n_rows} rows", hash.digest128())])
        })
        .collect()
}

fn real_file() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = std::env::var("MERCER_SHARED_DATA").unwrap_or_else(|_| default.to_owned());
    let path = Path::new(&folder).join("online-retail.csv.gz");
    if !path.exists() {
        eprintln!("note: online-retail.csv.gz is not in {folder}; the real year is not compared");
        return None;
    }
    Some(path)
}

/// A folder under the target directory, emptied first: the test beds' own ends with each of them.
fn tempfile_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("record-{name}"));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
