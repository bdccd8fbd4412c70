//! Writers at once: each is told the truth about its own work, on both databases.

use std::sync::Barrier;
use std::thread;

use mercer_db::{DbError, Migration, MigrationSet, params};
use mercer_testkit::{on_both, on_sqlite};

const COUNTED: MigrationSet = MigrationSet {
    owner: "counted",
    steps: &[Migration {
        name: "moves with their sums",
        sql: "CREATE TABLE sums (name TEXT NOT NULL PRIMARY KEY,
                n BIGINT NOT NULL CHECK (n >= 0 AND n <= 1000000)) {{by_key}};
              CREATE TABLE moves (id {{rising_id}}, name TEXT NOT NULL, n BIGINT NOT NULL);
              {{never_delete moves_stay ON moves}}
              {{after_insert moves_count ON moves}}
                UPDATE sums SET n = n + NEW.n WHERE name = NEW.name;
              {{end}}
              INSERT INTO sums VALUES ('a', 0);",
    }],
};

#[test]
fn many_writers_at_once_lose_nothing_and_the_refused_undo_only_themselves() {
    on_both("db_many_writers", &[COUNTED], |t| {
        const N_THREADS: i64 = 16;
        let start = Barrier::new(N_THREADS as usize);
        thread::scope(|scope| {
            for thread in 0..N_THREADS {
                let (db, start) = (&t.db, &start);
                scope.spawn(move || {
                    start.wait();
                    for round in 0..40 {
                        let kept = db.write(|tx| {
                            tx.execute("INSERT INTO moves (name, n) VALUES ('a', 1)", &[])?;
                            if (thread + round) % 4 == 0 {
                                return Err(DbError::NoRow);
                            }
                            tx.part(|tx| tx.execute("SELECT 1", &[]))
                        });
                        assert_eq!(kept.is_err(), (thread + round) % 4 == 0);
                        let seen: i64 = db
                            .read(|tx| tx.fetch_value("SELECT COUNT(*) FROM moves", &[]))
                            .unwrap();
                        assert!(seen >= 3 * (round / 4), "an acknowledged row cannot be seen");
                    }
                });
            }
        });
        let sum: i64 =
            t.db.read(|tx| tx.fetch_value("SELECT n FROM sums WHERE name = 'a'", &[])).unwrap();
        assert_eq!(sum, N_THREADS * 30);
        let n: i64 = t.db.read(|tx| tx.fetch_value("SELECT COUNT(*) FROM moves", &[])).unwrap();
        assert_eq!(n, sum);
    });
}

#[test]
fn a_trigger_applies_and_the_rule_it_breaks_refuses_the_row() {
    on_both("db_trigger", &[COUNTED], |t| {
        let insert = |n: i64| {
            t.db.write(|tx| tx.execute("INSERT INTO moves (name, n) VALUES ('a', $1)", params![n]))
        };
        insert(5).unwrap();
        assert!(matches!(insert(-6), Err(DbError::Constraint { .. })));
        insert(-5).unwrap();
        let gone = t.db.write(|tx| tx.execute("DELETE FROM moves", &[]));
        assert!(matches!(gone, Err(DbError::Constraint { .. })), "{gone:?}");
        let n: i64 = t.db.read(|tx| tx.fetch_value("SELECT COUNT(*) FROM moves", &[])).unwrap();
        assert_eq!(n, 2);
    });
}

#[test]
fn a_panic_in_one_writer_harms_no_other() {
    on_sqlite("db_panic", &[COUNTED], |t| {
        let start = Barrier::new(8);
        thread::scope(|scope| {
            for thread in 0..8 {
                let (db, start) = (&t.db, &start);
                scope.spawn(move || {
                    start.wait();
                    for _ in 0..30 {
                        let run = std::panic::AssertUnwindSafe(|| {
                            db.write(|tx| {
                                tx.execute("INSERT INTO moves (name, n) VALUES ('a', 1)", &[])?;
                                assert!(thread != 3, "this writer panics");
                                Ok::<_, DbError>(())
                            })
                        });
                        let ended = std::panic::catch_unwind(run);
                        assert_eq!(ended.is_err(), thread == 3);
                        if let Ok(result) = ended {
                            result.unwrap();
                        }
                    }
                });
            }
        });
        let sum: i64 = t.db.read(|tx| tx.fetch_value("SELECT n FROM sums", &[])).unwrap();
        assert_eq!(sum, 7 * 30);
    });
}

#[test]
fn a_full_disk_is_told_to_each_writer_and_keeps_nothing_of_the_refused() {
    on_sqlite("db_group_full", &[COUNTED], |t| {
        t.db.limit_pages_for_test(60).unwrap();
        let text = "x".repeat(3_000);
        let kept: i64 = thread::scope(|scope| {
            let writers: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        let mut n_kept = 0;
                        for _ in 0..20 {
                            let result = t.db.write(|tx| {
                                tx.execute(
                                    "INSERT INTO moves (name, n) VALUES ($1, 1)",
                                    params![text.as_str()],
                                )
                            });
                            match result {
                                Ok(_) => n_kept += 1,
                                Err(error) => {
                                    assert!(matches!(error, DbError::Full { .. }), "{error:?}");
                                }
                            }
                        }
                        n_kept
                    })
                })
                .collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).sum()
        });
        let n: i64 = t.db.read(|tx| tx.fetch_value("SELECT COUNT(*) FROM moves", &[])).unwrap();
        assert_eq!(n, kept);
        assert!(kept > 5 && kept < 160, "the limit was not met: {kept}");
    });
}
