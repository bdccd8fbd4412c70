use std::collections::BTreeMap;

use mercer_core::clock::Clock;
use mercer_testkit::on_both;
use serde_json::json;

use super::*;

const COUNTS: MigrationSet = MigrationSet {
    owner: "counts",
    steps: &[Migration {
        name: "counts",
        sql: "CREATE TABLE counts (subject TEXT NOT NULL PRIMARY KEY, n BIGINT NOT NULL)",
    }],
};

struct Counter {
    refuses: Option<&'static str>,
}

impl Subscriber for Counter {
    fn name(&self) -> &'static str {
        "counter"
    }

    fn handle(&self, tx: &mut Tx<'_>, fact: &Fact) -> Result<(), SubscriberError> {
        if self.refuses == Some(fact.subject.as_str()) {
            return Err("refused".into());
        }
        tx.execute(
            "INSERT INTO counts (subject, n) VALUES ($1, 1)
             ON CONFLICT (subject) DO UPDATE SET n = counts.n + 1",
            params![&fact.subject],
        )?;
        Ok(())
    }
}

fn fact(subject: &str, now: Timestamp) -> NewFact {
    NewFact {
        kind: "order.placed",
        subject: subject.to_owned(),
        occurred_at: now,
        payload: json!({"n_lines": 2}),
    }
}

fn counts(db: &Db) -> BTreeMap<String, i64> {
    let rows = db.read(|tx| tx.fetch("SELECT subject, n FROM counts", &[])).unwrap();
    rows.iter().map(|row| (row.get(0).unwrap(), row.get(1).unwrap())).collect()
}

#[test]
fn a_subscriber_gets_each_fact_once_and_replay_gives_the_same_state() {
    on_both("facts_once", &[MIGRATIONS, COUNTS], |t| {
        let now = t.clock.now();
        let facts: Vec<NewFact> =
            (0..2_500).map(|i| fact(&format!("ord_{}", i % 7), now)).collect();
        t.db.write(|tx| append(tx, now, &facts)).unwrap();
        let counter = Counter { refuses: None };
        assert!(is_behind(&t.db, &counter).unwrap());
        let sizes: Vec<usize> = (0..4).map(|_| deliver(&t.db, &counter).unwrap()).collect();
        assert_eq!(sizes, [1_000, 1_000, 500, 0]);
        assert!(!is_behind(&t.db, &counter).unwrap());
        let first = counts(&t.db);
        assert_eq!(first.values().sum::<i64>(), 2_500);
        t.db.write(|tx| {
            tx.execute("DELETE FROM counts", &[])?;
            rewind(tx, "counter")
        })
        .unwrap();
        while deliver(&t.db, &counter).unwrap() > 0 {}
        assert_eq!(counts(&t.db), first);
    });
}

#[test]
fn a_refused_fact_leaves_no_trace_and_comes_again() {
    on_both("facts_refused", &[MIGRATIONS, COUNTS], |t| {
        let now = t.clock.now();
        t.db.write(|tx| append(tx, now, &[fact("ord_a", now), fact("ord_b", now)])).unwrap();
        let error = deliver(&t.db, &Counter { refuses: Some("ord_b") }).unwrap_err();
        assert_eq!(error.to_string(), "subscriber counter stopped at fact 2");
        assert!(counts(&t.db).is_empty());
        assert_eq!(deliver(&t.db, &Counter { refuses: None }).unwrap(), 2);
        assert_eq!(counts(&t.db), BTreeMap::from([("ord_a".into(), 1), ("ord_b".into(), 1)]));
    });
}

#[test]
fn facts_of_an_undone_transaction_do_not_exist() {
    on_both("facts_undone", &[MIGRATIONS], |t| {
        let now = t.clock.now();
        let result: Result<(), DbError> = t.db.write(|tx| {
            append(tx, now, &[fact("ord_a", now)])?;
            Err(DbError::NoRow)
        });
        assert!(result.is_err());
        assert!(t.db.read(|tx| read_after(tx, 0, 10)).unwrap().is_empty());
        t.db.write(|tx| append(tx, now, &[fact("ord_a", now), fact("ord_b", now)])).unwrap();
        let of_a = t.db.read(|tx| read_subject(tx, "ord_a", i64::MAX, 10)).unwrap();
        assert_eq!(of_a.len(), 1);
        assert_eq!(of_a[0].payload, json!({"n_lines": 2}));
    });
}

#[test]
fn no_reader_passes_over_a_fact_that_commits_late() {
    on_both("facts_late", &[MIGRATIONS], |t| {
        let now = t.clock.now();
        std::thread::scope(|scope| {
            for worker in 0..4 {
                let db = &t.db;
                scope.spawn(move || {
                    for i in 0..25 {
                        let facts = [fact(&format!("ord_{worker}_{i}"), now)];
                        db.write(|tx| append(tx, now, &facts)).unwrap();
                    }
                });
            }
            // Reads while they write: every sequence that is seen comes after all before it.
            let mut seen = Vec::new();
            let mut cursor = 0;
            while seen.len() < 100 {
                for fact in t.db.read(|tx| read_after(tx, cursor, 10)).unwrap() {
                    cursor = fact.sequence;
                    seen.push(fact.subject);
                }
            }
            seen.sort();
            seen.dedup();
            assert_eq!(seen.len(), 100);
        });
    });
}
