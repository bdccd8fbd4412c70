//! The same behaviour on both databases.

mod groups;

use std::time::Duration;

use mercer_db::{
    Backend, BulkInsert, ColumnType, Db, DbError, Location, Migration, MigrationSet, Value, params,
};
use mercer_testkit::{on_both, on_postgres, on_sqlite};

const THINGS: MigrationSet = MigrationSet {
    owner: "things",
    steps: &[Migration {
        name: "things",
        sql: "CREATE TABLE things (id TEXT NOT NULL PRIMARY KEY, n BIGINT CHECK (n >= 0),
              x DOUBLE PRECISION, b BYTEA) {{by_key}};
              CREATE TABLE rising (id {{rising_id}}, name TEXT NOT NULL)",
    }],
};

#[test]
fn values_come_back_as_they_went_in() {
    on_both("db_values", &[THINGS], |t| {
        let text = "quote ' emoji 🫖 nul-free";
        t.db.write(|tx| {
            tx.execute(
                "INSERT INTO things VALUES ($1, $2, $3, $4)",
                params![text, i64::MAX, 0.1, vec![0u8, 255]],
            )?;
            tx.execute("INSERT INTO things (id) VALUES ($1)", params!["empty"])
        })
        .unwrap();
        let rows =
            t.db.read(|tx| tx.fetch("SELECT id, n, x, b FROM things ORDER BY id DESC", &[]))
                .unwrap();
        assert_eq!(rows[0].get::<String>(0).unwrap(), text);
        assert_eq!(rows[0].get::<i64>(1).unwrap(), i64::MAX);
        assert_eq!(rows[0].get::<f64>(2).unwrap(), 0.1);
        assert_eq!(rows[0].get::<Vec<u8>>(3).unwrap(), [0, 255]);
        assert_eq!(rows[1].get::<Option<i64>>(1).unwrap(), None);
        assert!(matches!(rows[0].get::<i64>(0), Err(DbError::Column { column: 0, .. })));
    });
}

#[test]
fn placeholders_are_told_by_their_number() {
    on_both("db_numbers", &[THINGS], |t| {
        t.db.write(|tx| {
            tx.execute("INSERT INTO things (n, id) VALUES ($2, $1)", params!["a", 5])?;
            tx.execute("UPDATE things SET n = n + $2 WHERE id = $1", params!["a", 7])
        })
        .unwrap();
        let n: i64 = t.db.read(|tx| tx.fetch_value("SELECT n FROM things", &[])).unwrap();
        assert_eq!(n, 12);
    });
}

#[test]
fn texts_sort_by_bytes_on_both() {
    on_both("db_sort", &[THINGS], |t| {
        let names = ["b", "B", "a", "é", "Z", "_"];
        t.db.write(|tx| {
            for name in names {
                tx.execute("INSERT INTO things (id) VALUES ($1)", params![name])?;
            }
            Ok::<_, DbError>(())
        })
        .unwrap();
        let rows = t.db.read(|tx| tx.fetch("SELECT id FROM things ORDER BY id", &[])).unwrap();
        let sorted: Vec<&str> = rows.iter().map(|row| row.str(0)).collect();
        assert_eq!(sorted, ["B", "Z", "_", "a", "b", "é"]);
    });
}

#[test]
fn an_error_undoes_everything_and_a_part_only_itself() {
    on_both("db_undo", &[THINGS], |t| {
        let failed: Result<(), DbError> = t.db.write(|tx| {
            tx.execute("INSERT INTO things (id) VALUES ('gone')", &[])?;
            Err(DbError::NoRow)
        });
        assert!(failed.is_err());
        t.db.write(|tx| {
            tx.execute("INSERT INTO things (id) VALUES ('kept')", &[])?;
            let part = tx.part(|tx| {
                tx.execute("INSERT INTO things (id) VALUES ('undone')", &[])?;
                tx.execute("INSERT INTO things (id, n) VALUES ('negative', -1)", &[])
            });
            assert!(matches!(part, Err(DbError::Constraint { .. })), "{part:?}");
            Ok::<_, DbError>(())
        })
        .unwrap();
        let rows = t.db.read(|tx| tx.fetch("SELECT id FROM things", &[])).unwrap();
        assert_eq!(rows.iter().map(|row| row.str(0)).collect::<Vec<_>>(), ["kept"]);
    });
}

#[test]
fn many_rows_go_in_at_once_and_conflicts_add_up() {
    on_both("db_bulk", &[THINGS], |t| {
        let insert = BulkInsert {
            table: "things",
            columns: &[("id", ColumnType::Text), ("n", ColumnType::Int)],
            on_conflict: "ON CONFLICT (id) DO UPDATE SET n = things.n + excluded.n",
        };
        let values: Vec<Value> =
            (0..12_345i64).flat_map(|i| [Value::from(format!("{i:05}")), Value::from(i)]).collect();
        for _ in 0..2 {
            let n = t.db.write(|tx| tx.insert_many(&insert, &values)).unwrap();
            assert_eq!(n, 12_345);
        }
        let sum: i64 =
            t.db.read(|tx| tx.fetch_value("SELECT CAST(SUM(n) AS BIGINT) FROM things", &[]))
                .unwrap();
        assert_eq!(sum, 2 * 12_344 * 12_345 / 2);
        let found =
            t.db.read(|tx| {
                tx.fetch_by_keys(
                    "SELECT id, n FROM things WHERE n > $1 AND id IN ({{keys}})",
                    params![0],
                    &["00000", "00001", "00007", "nobody"],
                )
            })
            .unwrap();
        assert_eq!(found.len(), 2);
        let ragged = t.db.write(|tx| tx.insert_many(&insert, &values[..3]));
        assert!(matches!(ragged, Err(DbError::Unsupported { .. })));
    });
}

#[test]
fn readers_see_one_picture_while_others_write() {
    on_both("db_picture", &[THINGS], |t| {
        t.db.read(|tx| {
            let before: i64 = tx.fetch_value("SELECT COUNT(*) FROM things", &[])?;
            t.db.write(|tx| tx.execute("INSERT INTO things (id) VALUES ('new')", &[]))?;
            let after: i64 = tx.fetch_value("SELECT COUNT(*) FROM things", &[])?;
            assert_eq!((before, after), (0, 0));
            Ok::<_, DbError>(())
        })
        .unwrap();
        let n: i64 = t.db.read(|tx| tx.fetch_value("SELECT COUNT(*) FROM things", &[])).unwrap();
        assert_eq!(n, 1);
    });
}

#[test]
fn a_reader_cannot_write() {
    on_both("db_reader", &[THINGS], |t| {
        let result = t.db.read(|tx| tx.execute("INSERT INTO things (id) VALUES ('x')", &[]));
        assert!(matches!(result, Err(DbError::ReadOnly { .. })), "{result:?}");
    });
}

#[test]
fn a_panic_in_a_transaction_leaves_nothing_and_the_database_goes_on() {
    on_both("db_panic", &[THINGS], |t| {
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _: Result<(), DbError> = t.db.write(|tx| {
                tx.execute("INSERT INTO things (id) VALUES ('gone')", &[])?;
                panic!("on purpose");
            });
        }));
        assert!(panicked.is_err());
        let n: i64 = t.db.write(|tx| tx.fetch_value("SELECT COUNT(*) FROM things", &[])).unwrap();
        assert_eq!(n, 0);
    });
}

#[test]
fn migrations_run_once_and_an_edited_or_newer_one_is_refused() {
    const EDITED: MigrationSet = MigrationSet {
        owner: "things",
        steps: &[Migration { name: "things", sql: "CREATE TABLE other (id TEXT)" }],
    };
    const NONE: MigrationSet = MigrationSet { owner: "things", steps: &[] };
    on_both("db_migrate", &[THINGS], |t| {
        assert_eq!(t.db.migrate(&[THINGS], 0).unwrap(), 0);
        let edited = t.db.migrate(&[EDITED], 0).unwrap_err().to_string();
        assert!(edited.contains("differs from the one that made this database"), "{edited}");
        let newer = t.db.migrate(&[NONE], 0).unwrap_err().to_string();
        assert!(newer.contains("written by a newer Mercer"), "{newer}");
    });
}

#[test]
fn two_processes_can_start_at_once() {
    on_both("db_start", &[], |t| {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let db = Db::open(&t.location).unwrap();
                    db.migrate(&[THINGS], 0).unwrap();
                });
            }
        });
        assert_eq!(t.db.migrate(&[THINGS], 0).unwrap(), 0);
    });
}

#[test]
fn a_full_disk_is_named_and_keeps_what_was_there() {
    on_sqlite("db_full", &[THINGS], |t| {
        t.db.write(|tx| tx.execute("INSERT INTO things (id) VALUES ('kept')", &[])).unwrap();
        t.db.limit_pages_for_test(16).unwrap();
        let result = t.db.write(|tx| {
            for i in 0..10_000 {
                tx.execute(
                    "INSERT INTO things (id, b) VALUES ($1, $2)",
                    params![format!("{i}"), vec![0u8; 500]],
                )?;
            }
            Ok::<_, DbError>(())
        });
        assert!(matches!(result, Err(DbError::Full { .. })), "{result:?}");
        let n: i64 = t.db.write(|tx| tx.fetch_value("SELECT COUNT(*) FROM things", &[])).unwrap();
        assert_eq!(n, 1);
    });
}

#[test]
fn a_file_that_is_no_database_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db");
    std::fs::write(&path, "InvoiceNo,StockCode\n".repeat(200)).unwrap();
    let error = Db::open(&Location::Sqlite(path)).err().unwrap().to_string();
    assert!(error.contains("is not an SQLite database"), "{error}");
}

#[test]
fn a_server_that_is_away_is_waited_for_and_then_named() {
    let location = Location::parse("postgres://mercer:secret@127.0.0.1:1/none");
    assert!(!location.shown().contains("secret"), "{}", location.shown());
    let error = Db::open_patiently(&location, Duration::from_millis(300)).err().unwrap();
    assert!(matches!(error, DbError::Unavailable { .. }), "{error:?}");
}

#[test]
fn a_connection_lost_in_the_middle_is_made_again() {
    on_postgres("db_lost", &[THINGS], |t| {
        let mut n_runs = 0;
        t.db.write(|tx| {
            n_runs += 1;
            tx.execute("INSERT INTO things (id) VALUES ('once')", &[])?;
            if n_runs == 1 {
                let own: i64 = tx.fetch_value("SELECT CAST(pg_backend_pid() AS BIGINT)", &[])?;
                let killer = Db::open(&t.location)?;
                killer.write(|tx| {
                    tx.fetch("SELECT pg_terminate_backend(CAST($1 AS INT))", params![own])
                })?;
                tx.execute("UPDATE things SET n = 1", &[])?;
            }
            Ok::<_, DbError>(())
        })
        .unwrap();
        assert_eq!(n_runs, 2);
        let n: i64 = t.db.read(|tx| tx.fetch_value("SELECT COUNT(*) FROM things", &[])).unwrap();
        assert_eq!(n, 1);
    });
}

#[test]
fn locations_are_read_as_people_write_them() {
    let sqlite = |text| match Location::parse(text) {
        Location::Sqlite(path) => path.display().to_string(),
        Location::Postgres(url) => url,
    };
    assert_eq!(sqlite("mercer-data/"), "mercer-data/mercer.sqlite");
    assert_eq!(sqlite("sqlite:shop.db"), "shop.db");
    assert_eq!(sqlite("postgresql://h/d"), "postgresql://h/d");
    assert_eq!(Backend::Sqlite.name(), "sqlite");
}
