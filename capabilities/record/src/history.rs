//! Answers the sales history port: one consistent picture of all sales, in columns.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::date;
use jiff::{Span, civil::Date};
use mercer_connect::history::{
    CustomerRef, HistoryError, LineRef, OrderRef, ProductRef, SalesHistory, SalesReader,
};
use mercer_db::{Db, DbError, Tx};
use mercer_engine_kit::money::Currency;

use crate::RecordError;

/// Reads sales from the record's tables.
pub struct RecordReader {
    /// The database.
    pub db: Arc<Db>,
    /// The currency of an empty shop.
    pub currency: Currency,
}

impl SalesReader for RecordReader {
    fn read_sales(&self) -> Result<Arc<SalesHistory>, HistoryError> {
        let history = self.db.read(|tx| read(tx, self.currency))?;
        Ok(Arc::new(history))
    }
}

/// The civil date of a day number.
#[must_use]
pub fn date_of_day(day: i64) -> Date {
    date(1970, 1, 1).saturating_add(Span::new().days(day.clamp(-700_000, 2_900_000)))
}

fn read(tx: &mut Tx<'_>, currency: Currency) -> Result<SalesHistory, RecordError> {
    let (products, product_numbers) = read_products(tx)?;
    let (customers, customer_numbers) = read_customers(tx)?;
    let mut order_numbers: HashMap<String, u32> = HashMap::new();
    let mut orders = Vec::new();
    tx.for_each(
        "SELECT id, customer_id, placed_at, day, total_minor - refunded_minor FROM orders
         WHERE status <> 'cancelled' ORDER BY placed_at, id",
        &[],
        |row| {
            order_numbers.insert(row.get(0)?, orders.len() as u32);
            orders.push(OrderRef {
                customer: customer_numbers.get(row.str(1)).copied(),
                placed_at: row.get(2)?,
                day: i32::try_from(row.get::<i64>(3)?).unwrap_or(i32::MAX),
                net_minor: row.get(4)?,
                first_line: 0,
            });
            Ok::<_, DbError>(())
        },
    )?;
    // Lines come in the order of their key; a counting sort puts them beside their order.
    let mut found: Vec<(u32, LineRef)> = Vec::new();
    tx.for_each(
        "SELECT order_id, product_id, quantity, refunded_quantity, total_minor FROM order_lines
         WHERE kind = 'item' AND product_id IS NOT NULL ORDER BY order_id, position",
        &[],
        |row| {
            let places = (order_numbers.get(row.str(0)), product_numbers.get(row.str(1)));
            if let (Some(order), Some(product)) = places {
                let line = LineRef {
                    product: *product,
                    quantity: i32::try_from(row.get::<i64>(2)?).unwrap_or(i32::MAX),
                    refunded_quantity: i32::try_from(row.get::<i64>(3)?).unwrap_or(i32::MAX),
                    total_minor: row.get(4)?,
                };
                found.push((*order, line));
            }
            Ok::<_, DbError>(())
        },
    )?;
    found.sort_by_key(|(order, _)| *order);
    let mut next = 0;
    for (number, order) in orders.iter_mut().enumerate() {
        order.first_line = next;
        while found.get(next as usize).is_some_and(|(of, _)| *of as usize == number) {
            next += 1;
        }
    }
    let last_day = orders.iter().map(|order| i64::from(order.day)).max().map(date_of_day);
    Ok(SalesHistory {
        products,
        customers,
        orders,
        lines: found.into_iter().map(|(_, line)| line).collect(),
        currency: main_currency(tx)?.unwrap_or(currency),
        last_day,
        fact_sequence: mercer_facts::last_sequence(tx)?,
    })
}

type Numbered<T> = (Vec<T>, HashMap<String, u32>);

fn read_products(tx: &mut Tx<'_>) -> Result<Numbered<ProductRef>, RecordError> {
    let (mut list, mut numbers) = (Vec::new(), HashMap::new());
    tx.for_each(
        "SELECT p.id, v.sku, p.title, v.price_minor FROM products p
         JOIN variants v ON v.product_id = p.id AND v.position = 0 ORDER BY p.id",
        &[],
        |row| {
            numbers.insert(row.get(0)?, list.len() as u32);
            list.push(ProductRef {
                id: row.get(0)?,
                sku: row.get(1)?,
                title: row.get(2)?,
                price_minor: row.get::<Option<i64>>(3)?.unwrap_or(0),
            });
            Ok::<_, DbError>(())
        },
    )?;
    Ok((list, numbers))
}

fn read_customers(tx: &mut Tx<'_>) -> Result<Numbered<CustomerRef>, RecordError> {
    let (mut list, mut numbers) = (Vec::new(), HashMap::new());
    tx.for_each("SELECT id, external_id FROM customers ORDER BY id", &[], |row| {
        numbers.insert(row.get(0)?, list.len() as u32);
        list.push(CustomerRef { id: row.get(0)?, external_id: row.get(1)? });
        Ok::<_, DbError>(())
    })?;
    Ok((list, numbers))
}

/// The currency of most orders.
pub(crate) fn main_currency(tx: &mut Tx<'_>) -> Result<Option<Currency>, RecordError> {
    let row = tx.fetch_optional(
        "SELECT currency FROM orders GROUP BY currency ORDER BY COUNT(*) DESC, currency LIMIT 1",
        &[],
    )?;
    Ok(row.and_then(|row| row.str(0).parse().ok()))
}
