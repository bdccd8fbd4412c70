//! Answers the sales history port: one consistent picture of all sales, in columns.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::date;
use jiff::{Span, civil::Date};
use mercer_connect::history::{
    CustomerRef, CustomerSales, HistoryError, LineRef, OrderRef, ProductRef, ProductSales,
    SalesHistory, SalesReader,
};
use mercer_db::{Db, DbError, Tx, params};
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

    fn read_product(&self, id_or_sku: &str) -> Result<Option<ProductSales>, HistoryError> {
        Ok(self.db.read(|tx| read_product(tx, id_or_sku))?)
    }

    fn read_customer(&self, id: &str) -> Result<Option<CustomerSales>, HistoryError> {
        Ok(self.db.read(|tx| read_customer(tx, id))?)
    }
}

fn read_product(tx: &mut Tx<'_>, id_or_sku: &str) -> Result<Option<ProductSales>, RecordError> {
    let Some(found) = crate::read::products::find(tx, id_or_sku)? else { return Ok(None) };
    let rows = tx.fetch(
        "SELECT o.day, CAST(SUM(l.quantity - l.refunded_quantity) AS BIGINT)
         FROM order_lines l JOIN orders o ON o.id = l.order_id
         WHERE l.product_id = $1 AND l.kind = 'item' AND o.status <> 'cancelled'
         GROUP BY o.day ORDER BY o.day",
        params![&found.row.id],
    )?;
    let units_by_day = rows
        .iter()
        .map(|row| Ok((small(row.get(0)?), small(row.get(1)?))))
        .collect::<Result<_, DbError>>()?;
    let product = ProductRef {
        id: found.row.id,
        sku: found.row.sku,
        title: found.row.title,
        price_minor: found.row.price_minor.unwrap_or(0),
    };
    Ok(Some(ProductSales { product, units_by_day }))
}

fn read_customer(tx: &mut Tx<'_>, id: &str) -> Result<Option<CustomerSales>, RecordError> {
    let Some(found) = crate::read::customers::find(tx, id)? else { return Ok(None) };
    let rows = tx.fetch(
        "SELECT l.product_id, COUNT(DISTINCT o.id), MAX(o.day)
         FROM orders o JOIN order_lines l ON l.order_id = o.id
         WHERE o.customer_id = $1 AND l.kind = 'item' AND l.product_id IS NOT NULL
           AND o.status <> 'cancelled'
         GROUP BY l.product_id ORDER BY l.product_id",
        params![&found.row.id],
    )?;
    let bought = rows
        .iter()
        .map(|row| {
            let n_orders = u32::try_from(row.get::<i64>(1)?).unwrap_or(u32::MAX);
            Ok((row.get(0)?, n_orders, small(row.get(2)?)))
        })
        .collect::<Result<_, DbError>>()?;
    let customer = CustomerRef {
        id: found.row.id,
        external_id: found.row.external_id,
        name: found.row.name,
        value_minor: found.row.value_minor,
    };
    Ok(Some(CustomerSales { customer, bought }))
}

fn small(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(if number < 0 { i32::MIN } else { i32::MAX })
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
        // A product may have lost its first variants, or all, to another product; it was sold all
        // the same.
        "SELECT p.id, COALESCE(v.sku, p.external_id), p.title, v.price_minor FROM products p
         LEFT JOIN variants v ON v.product_id = p.id AND v.position =
           (SELECT MIN(w.position) FROM variants w WHERE w.product_id = p.id) ORDER BY p.id",
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
    tx.for_each(
        "SELECT c.id, c.external_id, c.name, s.value_minor FROM customers c
         JOIN customer_stats s ON s.customer_id = c.id ORDER BY c.id",
        &[],
        |row| {
            numbers.insert(row.get(0)?, list.len() as u32);
            list.push(CustomerRef {
                id: row.get(0)?,
                external_id: row.get(1)?,
                name: row.get(2)?,
                value_minor: row.get(3)?,
            });
            Ok::<_, DbError>(())
        },
    )?;
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
