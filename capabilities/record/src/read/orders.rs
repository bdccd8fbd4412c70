//! Orders: the list and one order.

use jiff::Timestamp;
use mercer_core::clock::instant_of_micros;
use mercer_db::{Conditions, DbError, Direction, Row, Tx, params};
use mercer_http::page::Keyed;
use serde::Serialize;
use utoipa::ToSchema;

use crate::RecordError;

/// Who bought, in short.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CustomerRef {
    /// `cus_…`.
    pub id: String,
    /// The shop's own id.
    pub external_id: String,
    /// Full name, if known.
    pub name: Option<String>,
}

/// A row of the list of orders.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OrderRow {
    /// `ord_…`.
    pub id: String,
    /// The shop's own number.
    pub number: String,
    /// Code of the channel.
    pub channel: String,
    /// When it was placed.
    #[schema(value_type = String, format = DateTime)]
    pub placed_at: Timestamp,
    /// `open`, `fulfilled` or `cancelled`.
    #[schema(example = "fulfilled")]
    pub status: String,
    /// Who bought; null for a guest.
    pub customer: Option<CustomerRef>,
    /// Country it went to.
    pub country: Option<String>,
    /// Lines.
    pub n_lines: i64,
    /// Units of products.
    pub n_units: i64,
    /// What it came to, minor units.
    pub total_minor: i64,
    /// What was given back of it, minor units.
    pub refunded_minor: i64,
    /// Currency of its amounts.
    pub currency: String,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OrderLine {
    /// Place in the order, from 0.
    pub position: i64,
    /// `item`, `gift`, `shipping`, `fee` or `discount`.
    pub kind: String,
    /// The product; null for fees.
    pub product_id: Option<String>,
    /// SKU, or the fee's code.
    pub sku: String,
    /// As printed on the order.
    pub title: String,
    /// Units sold.
    pub quantity: i64,
    /// Units that came back.
    pub refunded_quantity: i64,
    /// Price of one unit, minor units.
    pub unit_price_minor: i64,
    /// Discount of the line, minor units.
    pub discount_minor: i64,
    /// Tax of the line, minor units.
    pub tax_minor: i64,
    /// What the line came to, minor units.
    pub total_minor: i64,
}

/// A refund tied to an order.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OrderRefund {
    /// `ref_…`.
    pub id: String,
    /// The shop's own number.
    pub number: String,
    /// When it was given.
    #[schema(value_type = String, format = DateTime)]
    pub refunded_at: Timestamp,
    /// What of it belongs to this order, minor units.
    pub amount_minor: i64,
}

/// One order.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Order {
    /// What the list shows.
    #[serde(flatten)]
    pub row: OrderRow,
    /// Sum of its products after the discounts of their lines, minor units.
    pub items_minor: i64,
    /// All discounts, those of lines included, minor units: taken off the lines' prices before
    /// discount, not off `items_minor`.
    pub discount_minor: i64,
    /// Shipping, minor units.
    pub shipping_minor: i64,
    /// Fees, minor units.
    pub fees_minor: i64,
    /// Tax on top, minor units.
    pub tax_minor: i64,
    /// Coupon codes used.
    pub discount_codes: Vec<String>,
    /// Lines in order.
    pub lines: Vec<OrderLine>,
    /// Refunds tied to it.
    pub refunds: Vec<OrderRefund>,
}

/// Order of the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OrderSort {
    /// Latest first.
    #[default]
    Latest,
    /// Oldest first.
    Oldest,
    /// Largest total first.
    Total,
}

/// Which orders to list; empty fields do not filter.
#[derive(Debug, Clone, Default)]
pub struct OrderFilter {
    /// Words in the order's number or the customer's name, e-mail or id.
    pub text: Option<String>,
    /// Whose.
    pub customer_id: Option<String>,
    /// That contain this product.
    pub product_id: Option<String>,
    /// Code of the channel.
    pub channel: Option<String>,
    /// Status name.
    pub status: Option<String>,
    /// First day, days since 1970 in the shop's zone.
    pub day_first: Option<i64>,
    /// Last day.
    pub day_last: Option<i64>,
    /// Order of the list.
    pub sort: OrderSort,
    /// Sort value and id of the last one seen.
    pub after: Option<(i64, String)>,
}

const COLUMNS: &str = "o.id, o.number, h.code, o.placed_at, o.status, c.id, c.external_id, c.name, \
    o.country, o.n_lines, o.n_units, o.total_minor, o.refunded_minor, o.currency";
const FROM: &str = "FROM orders o JOIN channels h ON h.id = o.channel_id \
    LEFT JOIN customers c ON c.id = o.customer_id";

fn row_of(row: &Row) -> Result<OrderRow, DbError> {
    let customer = match row.get::<Option<String>>(5)? {
        Some(id) => Some(CustomerRef { id, external_id: row.get(6)?, name: row.get(7)? }),
        None => None,
    };
    Ok(OrderRow {
        id: row.get(0)?,
        number: row.get(1)?,
        channel: row.get(2)?,
        placed_at: instant_of_micros(row.get(3)?),
        status: row.get(4)?,
        customer,
        country: row.get(8)?,
        n_lines: row.get(9)?,
        n_units: row.get(10)?,
        total_minor: row.get(11)?,
        refunded_minor: row.get(12)?,
        currency: row.get(13)?,
    })
}

/// A page of orders with the sort value of each.
///
/// # Errors
/// The database's.
pub fn list(
    tx: &mut Tx<'_>,
    filter: &OrderFilter,
    n_max: usize,
) -> Result<Vec<Keyed<i64, OrderRow>>, RecordError> {
    let (sort, direction) = match filter.sort {
        OrderSort::Latest => ("o.placed_at", Direction::Falling),
        OrderSort::Oldest => ("o.placed_at", Direction::Rising),
        OrderSort::Total => ("o.total_minor", Direction::Falling),
    };
    let mut conditions = Conditions::default();
    conditions.add_optional("o.customer_id = ?", filter.customer_id.as_ref());
    conditions.add_optional(
        "o.id IN (SELECT order_id FROM order_lines WHERE product_id = ?)",
        filter.product_id.as_ref(),
    );
    conditions.add_optional("h.code = ?", filter.channel.as_ref());
    conditions.add_optional("o.status = ?", filter.status.as_ref());
    conditions.add_optional("o.day >= ?", filter.day_first);
    conditions.add_optional("o.day <= ?", filter.day_last);
    // The customers are looked through once, not once for each of their orders.
    let matches = "(LOWER(o.number) LIKE ? ESCAPE '\\' OR o.customer_id IN
        (SELECT id FROM customers WHERE search_text LIKE ? ESCAPE '\\'))";
    conditions.add_words(matches, filter.text.as_deref());
    conditions.add_after((sort, "o.id"), direction, filter.after.clone());
    let limit = conditions.value(n_max as i64);
    let way = direction.sql();
    let sql = format!(
        "SELECT {COLUMNS}, {sort} {FROM} {} ORDER BY {sort} {way}, o.id {way} LIMIT {limit}",
        conditions.sql()
    );
    let rows = tx.fetch(&sql, conditions.values())?;
    rows.iter()
        .map(|row| {
            let order = row_of(row)?;
            Ok(((row.get(14)?, order.id.clone()), order))
        })
        .collect()
}

/// One order, by its id.
///
/// # Errors
/// The database's.
pub fn find(tx: &mut Tx<'_>, id: &str) -> Result<Option<Order>, RecordError> {
    let row = tx.fetch_optional(
        &format!(
            "SELECT {COLUMNS}, o.items_minor, o.discount_minor, o.shipping_minor, o.fees_minor,
                    o.tax_minor, o.discount_codes {FROM} WHERE o.id = $1"
        ),
        params![id],
    )?;
    let Some(row) = row else { return Ok(None) };
    let lines = tx.fetch(
        "SELECT position, kind, product_id, sku, title, quantity, refunded_quantity,
                unit_price_minor, discount_minor, tax_minor, total_minor
         FROM order_lines WHERE order_id = $1 ORDER BY position",
        params![id],
    )?;
    let refunds = tx.fetch(
        "SELECT r.id, r.number, r.refunded_at, CAST(SUM(l.amount_minor) AS BIGINT)
         FROM refund_lines l JOIN refunds r ON r.id = l.refund_id WHERE l.order_id = $1
         GROUP BY r.id, r.number, r.refunded_at ORDER BY r.refunded_at, r.id",
        params![id],
    )?;
    let codes = row.str(19).split(',').filter(|code| !code.is_empty()).map(str::to_owned);
    Ok(Some(Order {
        row: row_of(&row)?,
        items_minor: row.get(14)?,
        discount_minor: row.get(15)?,
        shipping_minor: row.get(16)?,
        fees_minor: row.get(17)?,
        tax_minor: row.get(18)?,
        discount_codes: codes.collect(),
        lines: lines.iter().map(line_of).collect::<Result<_, _>>()?,
        refunds: refunds.iter().map(refund_of).collect::<Result<_, _>>()?,
    }))
}

fn line_of(row: &Row) -> Result<OrderLine, DbError> {
    Ok(OrderLine {
        position: row.get(0)?,
        kind: row.get(1)?,
        product_id: row.get(2)?,
        sku: row.get(3)?,
        title: row.get(4)?,
        quantity: row.get(5)?,
        refunded_quantity: row.get(6)?,
        unit_price_minor: row.get(7)?,
        discount_minor: row.get(8)?,
        tax_minor: row.get(9)?,
        total_minor: row.get(10)?,
    })
}

fn refund_of(row: &Row) -> Result<OrderRefund, DbError> {
    Ok(OrderRefund {
        id: row.get(0)?,
        number: row.get(1)?,
        refunded_at: instant_of_micros(row.get(2)?),
        amount_minor: row.get(3)?,
    })
}
