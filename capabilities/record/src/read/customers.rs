//! Customers: the list, one customer, the timeline.

use jiff::Timestamp;
use mercer_core::clock::instant_of_micros;
use mercer_db::{Conditions, DbError, Direction, Row, Tx, params};
use mercer_engine_kit::money::Money;
use mercer_http::page::Keyed;
use serde::Serialize;
use utoipa::ToSchema;

use super::instant;
use crate::RecordError;

/// A segment in short.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SegmentRef {
    /// Stable name.
    pub code: String,
    /// Name for people.
    pub name: String,
}

/// A row of the list of customers.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CustomerRow {
    /// `cus_…`.
    pub id: String,
    /// The shop's own id.
    pub external_id: String,
    /// Full name, if known.
    pub name: Option<String>,
    /// E-mail address, if known.
    pub email: Option<String>,
    /// Country, if known.
    pub country: Option<String>,
    /// Orders, cancelled ones left out.
    pub n_orders: i64,
    /// Orders less refunds, minor units.
    pub value_minor: i64,
    /// Currency of the value.
    pub currency: String,
    /// First order.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub first_order_at: Option<Timestamp>,
    /// Last order.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_order_at: Option<Timestamp>,
    /// The segment they are in; null before segments were computed.
    pub segment: Option<SegmentRef>,
}

/// One customer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Customer {
    /// What the list shows.
    #[serde(flatten)]
    pub row: CustomerRow,
    /// Refunds.
    pub n_refunds: i64,
    /// Money given back, minor units.
    pub refunded_minor: i64,
    /// Value of an order on average, minor units.
    pub average_order_minor: Option<i64>,
    /// Days between orders on average; null before the second order.
    pub average_interval_days: Option<f64>,
}

/// One thing that happened with a customer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TimelineEntry {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// `order`, `refund`, `segment_entered` or `decision`.
    pub kind: String,
    /// What, as a sentence.
    pub sentence: String,
    /// Money of it, minor units.
    pub amount_minor: Option<i64>,
    /// Its currency.
    pub currency: Option<String>,
    /// The console's page of it.
    pub href: Option<String>,
}

/// Order of the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CustomerSort {
    /// Most value first.
    #[default]
    Value,
    /// Most orders first.
    Orders,
    /// Ordered last first.
    LastOrder,
}

/// Which customers to list.
#[derive(Debug, Clone, Default)]
pub struct CustomerFilter {
    /// Words in name, e-mail or id.
    pub text: Option<String>,
    /// Code of the segment.
    pub segment: Option<String>,
    /// Country as the shop writes it.
    pub country: Option<String>,
    /// Order of the list.
    pub sort: CustomerSort,
    /// Sort value and id of the last one seen.
    pub after: Option<(i64, String)>,
}

const COLUMNS: &str = "c.id, c.external_id, c.name, c.email, c.country, s.n_orders, s.value_minor, \
    h.currency, s.first_order_at, s.last_order_at, g.code, g.name";
const FROM: &str = "FROM customer_stats s JOIN customers c ON c.id = s.customer_id \
    JOIN channels h ON h.id = c.channel_id \
    LEFT JOIN customer_segments g ON g.customer_id = c.id";

fn row_of(row: &Row) -> Result<CustomerRow, DbError> {
    let segment = match row.get::<Option<String>>(10)? {
        Some(code) => Some(SegmentRef { code, name: row.get(11)? }),
        None => None,
    };
    Ok(CustomerRow {
        id: row.get(0)?,
        external_id: row.get(1)?,
        name: row.get(2)?,
        email: row.get(3)?,
        country: row.get(4)?,
        n_orders: row.get(5)?,
        value_minor: row.get(6)?,
        currency: row.get(7)?,
        first_order_at: instant(row, 8)?,
        last_order_at: instant(row, 9)?,
        segment,
    })
}

/// A page of customers with the sort value of each.
///
/// # Errors
/// The database's.
pub fn list(
    tx: &mut Tx<'_>,
    filter: &CustomerFilter,
    n_max: usize,
) -> Result<Vec<Keyed<i64, CustomerRow>>, RecordError> {
    let sort = match filter.sort {
        CustomerSort::Value => "s.value_minor",
        CustomerSort::Orders => "s.n_orders",
        CustomerSort::LastOrder => "COALESCE(s.last_order_at, 0)",
    };
    let mut conditions = Conditions::default();
    conditions.add_optional("g.code = ?", filter.segment.as_ref());
    conditions.add_optional("c.country = ?", filter.country.as_ref());
    conditions.add_search("c.search_text", filter.text.as_deref());
    conditions.add_after((sort, "s.customer_id"), Direction::Falling, filter.after.clone());
    let limit = conditions.value(n_max as i64);
    let sql = format!(
        "SELECT {COLUMNS}, {sort} {FROM} {} ORDER BY {sort} DESC, s.customer_id DESC LIMIT {limit}",
        conditions.sql()
    );
    let rows = tx.fetch(&sql, conditions.values())?;
    rows.iter()
        .map(|row| {
            let customer = row_of(row)?;
            Ok(((row.get(12)?, customer.id.clone()), customer))
        })
        .collect()
}

/// How many customers match; none where counting would read too much.
///
/// # Errors
/// The database's.
pub fn count(tx: &mut Tx<'_>, filter: &CustomerFilter) -> Result<Option<i64>, RecordError> {
    if filter.text.is_some() {
        return Ok(None);
    }
    let mut conditions = Conditions::default();
    conditions.add_optional("g.code = ?", filter.segment.as_ref());
    conditions.add_optional("c.country = ?", filter.country.as_ref());
    let sql = format!(
        "SELECT COUNT(*) FROM customers c LEFT JOIN customer_segments g ON g.customer_id = c.id {}",
        conditions.sql()
    );
    Ok(Some(tx.fetch_value(&sql, conditions.values())?))
}

/// The countries of customers, those with most first.
///
/// # Errors
/// The database's.
pub fn countries(tx: &mut Tx<'_>) -> Result<Vec<String>, RecordError> {
    let rows = tx.fetch(
        "SELECT country FROM customers WHERE country IS NOT NULL GROUP BY country
         ORDER BY COUNT(*) DESC, country LIMIT 300",
        &[],
    )?;
    rows.iter().map(|row| Ok(row.get(0)?)).collect()
}

/// The id of a customer from the id or the shop's own id.
///
/// # Errors
/// The database's.
pub fn resolve(tx: &mut Tx<'_>, id: &str) -> Result<Option<String>, RecordError> {
    let row = tx.fetch_optional(
        "SELECT id FROM customers WHERE id = $1
         UNION ALL SELECT id FROM customers WHERE external_id = $1 LIMIT 1",
        params![id],
    )?;
    row.map(|row| Ok(row.get(0)?)).transpose()
}

/// One customer, by id or the shop's own id.
///
/// # Errors
/// The database's.
pub fn find(tx: &mut Tx<'_>, id: &str) -> Result<Option<Customer>, RecordError> {
    let Some(id) = resolve(tx, id)? else { return Ok(None) };
    let row = tx.fetch_optional(
        &format!("SELECT {COLUMNS}, s.n_refunds, s.refunded_minor {FROM} WHERE s.customer_id = $1"),
        params![&id],
    )?;
    let Some(row) = row else { return Ok(None) };
    let customer = row_of(&row)?;
    let refunded_minor: i64 = row.get(13)?;
    let gross_minor = customer.value_minor + refunded_minor;
    let n = customer.n_orders;
    let span = match (customer.first_order_at, customer.last_order_at) {
        (Some(first), Some(last)) if n > 1 => {
            Some(last.duration_since(first).as_secs_f64() / 86_400.0 / (n - 1) as f64)
        }
        _ => None,
    };
    Ok(Some(Customer {
        n_refunds: row.get(12)?,
        refunded_minor,
        average_order_minor: (n > 0).then(|| gross_minor / n),
        average_interval_days: span.map(|days| (days * 10.0).round() / 10.0),
        row: customer,
    }))
}

/// What happened with a customer, latest first, before an instant (microseconds).
///
/// # Errors
/// The database's.
pub fn timeline(
    tx: &mut Tx<'_>,
    customer_id: &str,
    before: i64,
    n_max: usize,
) -> Result<Vec<(i64, TimelineEntry)>, RecordError> {
    let mut entries = Vec::new();
    let values = params![customer_id, before, n_max as i64];
    for row in tx.fetch(
        "SELECT placed_at, id, number, n_units, total_minor, currency, status FROM orders
         WHERE customer_id = $1 AND placed_at < $2 ORDER BY placed_at DESC LIMIT $3",
        values,
    )? {
        let cancelled = if row.str(6) == "cancelled" { ", cancelled since" } else { "" };
        let (at, n_units): (i64, i64) = (row.get(0)?, row.get(3)?);
        let units = if n_units == 1 { "unit" } else { "units" };
        entries.push((
            at,
            TimelineEntry {
                at: instant_of_micros(at),
                kind: "order".to_owned(),
                sentence: format!("Placed order {} of {n_units} {units}{cancelled}.", row.str(2)),
                amount_minor: row.get(4)?,
                currency: row.get(5)?,
                href: Some(format!("/orders/{}", row.str(1))),
            },
        ));
    }
    for row in tx.fetch(
        "SELECT refunded_at, number, amount_minor, currency FROM refunds
         WHERE customer_id = $1 AND refunded_at < $2 ORDER BY refunded_at DESC LIMIT $3",
        values,
    )? {
        let at: i64 = row.get(0)?;
        entries.push((
            at,
            TimelineEntry {
                at: instant_of_micros(at),
                kind: "refund".to_owned(),
                sentence: format!("Got money back: refund {}.", row.str(1)),
                amount_minor: row.get(2)?,
                currency: row.get(3)?,
                href: None,
            },
        ));
    }
    for fact in mercer_facts::read_subject(tx, customer_id, i64::MAX, n_max)? {
        let at = fact.occurred_at.as_microsecond();
        if at >= before {
            continue;
        }
        if let Some((kind, sentence)) = of_fact(&fact.kind, &fact.payload) {
            let href = fact.payload["decision"].as_str().map(|id| format!("/decisions/{id}"));
            let entry = TimelineEntry {
                at: fact.occurred_at,
                kind: kind.to_owned(),
                sentence,
                amount_minor: None,
                currency: None,
                href,
            };
            entries.push((at, entry));
        }
    }
    entries.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    entries.truncate(n_max);
    Ok(entries)
}

fn of_fact(kind: &str, payload: &serde_json::Value) -> Option<(&'static str, String)> {
    let name = payload["name"].as_str().unwrap_or_default();
    match kind {
        "segment.entered" => Some(("segment_entered", format!("Entered the segment {name}."))),
        "decision.approved" => Some(("decision", "A proposal about them was approved.".to_owned())),
        "decision.dismissed" => {
            Some(("decision", "A proposal about them was dismissed.".to_owned()))
        }
        _ => None,
    }
}

/// An amount with its currency as people write it.
#[must_use]
pub fn shown(minor: i64, currency: &str) -> String {
    currency
        .parse()
        .map_or_else(|_| minor.to_string(), |currency| Money::new(minor, currency).for_people())
}
