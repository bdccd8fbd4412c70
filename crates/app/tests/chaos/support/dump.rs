//! A whole record as text, to compare two of them.
//!
//! Leaves out what says when something was done: the imports, and the times of facts that carry
//! the time of recording.

use std::collections::BTreeMap;

use mercer_db::{Db, DbError};

/// Tables of the record that must be equal.
const TABLES: &[&str] = &[
    "channels",
    "products",
    "variants",
    "customers",
    "orders",
    "order_lines",
    "refunds",
    "refund_lines",
    "adjustments",
    "customer_stats",
    "product_stats",
];

/// Kinds of facts that happened when they were recorded.
const KINDS_OF_NOW: &[&str] =
    &["product.created", "product.changed", "order.changed", "order.cancelled", "segment.entered"];

/// Sorted rows of every table.
pub type Dump = BTreeMap<String, Vec<String>>;

/// Reads everything.
pub fn dump(db: &Db) -> Dump {
    let read = db.read(|tx| {
        let mut all = Dump::new();
        for table in TABLES {
            let rows = tx.fetch(&format!("SELECT * FROM {table}"), &[])?;
            all.insert((*table).to_owned(), sorted(rows.iter().map(|row| format!("{row:?}"))));
        }
        let facts = tx.fetch(
            "SELECT kind, subject, occurred_at, payload FROM facts
             WHERE kind <> 'import.finished'",
            &[],
        )?;
        let facts = facts.iter().map(|row| {
            let at = row.get::<i64>(2).expect("an instant");
            let at = if KINDS_OF_NOW.contains(&row.str(0)) { 0 } else { at };
            format!("{} {} {at} {}", row.str(0), row.str(1), row.str(3))
        });
        all.insert("facts".to_owned(), sorted(facts));
        Ok::<_, DbError>(all)
    });
    read.expect("the tables can be read")
}

fn sorted(rows: impl Iterator<Item = String>) -> Vec<String> {
    let mut rows: Vec<String> = rows.collect();
    rows.sort_unstable();
    rows
}

/// Fails with the first rows that differ.
pub fn assert_equal(found: &Dump, wanted: &Dump, when: &str) {
    for (table, wanted) in wanted {
        let found = &found[table];
        let missing: Vec<_> = wanted.iter().filter(|r| found.binary_search(r).is_err()).collect();
        let added: Vec<_> = found.iter().filter(|r| wanted.binary_search(r).is_err()).collect();
        assert!(
            found == wanted,
            "{when}: {table} has {} rows, not {}; missing {:?}, added {:?}",
            found.len(),
            wanted.len(),
            missing.iter().take(3).collect::<Vec<_>>(),
            added.iter().take(3).collect::<Vec<_>>()
        );
    }
}
