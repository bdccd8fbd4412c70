//! All rows of the record as text, to compare two databases or two moments. Shared with the
//! library's own tests.

use std::collections::BTreeMap;

use mercer_db::{Db, Row};

/// Rows as text by table.
pub type Tables = BTreeMap<&'static str, Vec<String>>;

/// Each table with its columns and its order. Facts without their place and the time of
/// recording, which runs may differ in; imports are runs and not part of the record.
pub const TABLES: &[(&str, &str, &str)] = &[
    ("channels", "id, code, name, currency, time_zone", "id"),
    ("products", "id, channel_id, external_id, title, category, search_text, content_hash", "id"),
    ("variants", "id, product_id, channel_id, sku, title, price_minor, position", "id"),
    (
        "customers",
        "id, channel_id, external_id, email, name, country, search_text, content_hash",
        "id",
    ),
    (
        "orders",
        "id, channel_id, number, customer_id, placed_at, day, currency, country, status, \
         discount_codes, n_lines, n_units, items_minor, discount_minor, shipping_minor, \
         fees_minor, tax_minor, total_minor, refunded_minor, content_hash",
        "id",
    ),
    (
        "order_lines",
        "order_id, position, kind, product_id, sku, title, quantity, refunded_quantity, \
         unit_price_minor, discount_minor, tax_minor, total_minor",
        "order_id, position",
    ),
    (
        "refunds",
        "id, channel_id, number, order_number, customer_id, refunded_at, day, currency, \
         amount_minor, content_hash",
        "id",
    ),
    (
        "refund_lines",
        "refund_id, position, kind, product_id, sku, title, quantity, unit_price_minor, \
         amount_minor, order_id, order_position",
        "refund_id, position",
    ),
    (
        "adjustments",
        "id, channel_id, number, position, kind, product_id, sku, quantity, amount_minor, \
         currency, reason, note, adjusted_at, content_hash",
        "id",
    ),
    (
        "customer_stats",
        "customer_id, n_orders, value_minor, n_refunds, refunded_minor, first_order_at, \
         last_order_at",
        "customer_id",
    ),
    (
        "product_stats",
        "product_id, n_orders, n_units, n_units_refunded, revenue_minor, first_sold_at, \
         last_sold_at",
        "product_id",
    ),
    ("facts", "kind, subject, occurred_at, payload", "sequence"),
];

/// All that the record holds, row by row, by table.
pub fn dump(db: &Db) -> Tables {
    TABLES
        .iter()
        .map(|(table, columns, order)| {
            let sql = format!("SELECT {columns} FROM {table} ORDER BY {order}");
            (*table, ask(db, columns.split(',').count(), &sql))
        })
        .collect()
}

/// Fails at the first row that differs, and says which.
pub fn assert_same(left: &Tables, right: &Tables) {
    for ((table, a), (_, b)) in left.iter().zip(right) {
        for (a, b) in a.iter().zip(b) {
            assert_eq!(a, b, "a row of {table}");
        }
        assert_eq!(a.len(), b.len(), "rows of {table}");
    }
    assert_eq!(left.len(), right.len());
}

/// The first `n` columns of an answer as text: `a|b|-`, with `-` for nothing.
pub fn ask(db: &Db, n: usize, sql: &str) -> Vec<String> {
    db.read(|tx| tx.fetch(sql, &[])).unwrap().iter().map(|row| shown(row, n)).collect()
}

/// A row as text.
pub fn shown(row: &Row, n_columns: usize) -> String {
    let cells: Vec<String> = (0..n_columns)
        .map(|column| match row.get::<Option<String>>(column) {
            Ok(Some(text)) => text,
            Ok(None) => "-".to_owned(),
            Err(_) => row.get::<i64>(column).unwrap().to_string(),
        })
        .collect();
    cells.join("|")
}
