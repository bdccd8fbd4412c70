//! What the record answers to people and programs: lists, pages, charts.
//!
//! Reads only. The shapes are those of the HTTP interface.

pub mod customers;
pub mod orders;
pub mod products;
pub mod sales;

use jiff::Timestamp;
use mercer_core::clock::instant_of_micros;
use mercer_db::{DbError, Row, Tx};

use crate::RecordError;

/// An instant in a column that may be empty.
pub(crate) fn instant(row: &Row, column: usize) -> Result<Option<Timestamp>, DbError> {
    Ok(row.get::<Option<i64>>(column)?.map(instant_of_micros))
}

/// Counts of the record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Orders, cancelled ones included.
    pub n_orders: i64,
    /// Customers.
    pub n_customers: i64,
    /// Products.
    pub n_products: i64,
    /// Refunds.
    pub n_refunds: i64,
    /// Day of the last order, days since 1970.
    pub last_day: Option<i64>,
}

/// Counts everything.
///
/// # Errors
/// The database's.
pub fn counts(tx: &mut Tx<'_>) -> Result<Counts, RecordError> {
    let row = tx
        .fetch_optional(
            "SELECT (SELECT COUNT(*) FROM orders), (SELECT COUNT(*) FROM customers),
                    (SELECT COUNT(*) FROM products), (SELECT COUNT(*) FROM refunds),
                    (SELECT MAX(day) FROM orders)",
            &[],
        )?
        .ok_or(DbError::NoRow)?;
    Ok(Counts {
        n_orders: row.get(0)?,
        n_customers: row.get(1)?,
        n_products: row.get(2)?,
        n_refunds: row.get(3)?,
        last_day: row.get(4)?,
    })
}

/// Code of the channel with most orders; none in an empty shop.
///
/// # Errors
/// The database's.
pub fn main_channel_code(tx: &mut Tx<'_>) -> Result<Option<String>, RecordError> {
    let row = tx.fetch_optional(
        "SELECT c.code FROM channels c LEFT JOIN orders o ON o.channel_id = c.id
         GROUP BY c.id, c.code ORDER BY COUNT(o.id) DESC, c.id LIMIT 1",
        &[],
    )?;
    row.map(|row| Ok(row.get(0)?)).transpose()
}

/// The zone and currency of the channel with most orders; none in an empty shop.
///
/// # Errors
/// The database's.
pub fn main_channel(tx: &mut Tx<'_>) -> Result<Option<(String, String)>, RecordError> {
    let row = tx.fetch_optional(
        "SELECT c.time_zone, c.currency FROM channels c
         LEFT JOIN orders o ON o.channel_id = c.id
         GROUP BY c.id, c.time_zone, c.currency ORDER BY COUNT(o.id) DESC, c.id LIMIT 1",
        &[],
    )?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}
