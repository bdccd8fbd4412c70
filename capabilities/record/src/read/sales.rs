//! Sales over time: of the shop and of a product.

use jiff::civil::Date;
use mercer_db::{Tx, params};
use serde::Serialize;
use utoipa::ToSchema;

use crate::RecordError;
use crate::history::date_of_day;

/// Most days of one answer: ten years.
pub const N_DAYS_MAX: i64 = 3_660;

/// Sales of a day or week.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SalesPoint {
    /// First day, days since 1970.
    pub day: i64,
    /// Orders.
    pub n_orders: i64,
    /// Units of products.
    pub n_units: i64,
    /// What the orders, or the product's lines, came to.
    pub total_minor: i64,
}

/// Sales of the whole shop by day, without gaps; cancelled orders left out.
///
/// # Errors
/// The database's.
pub fn of_shop(
    tx: &mut Tx<'_>,
    day_first: i64,
    day_last: i64,
) -> Result<Vec<SalesPoint>, RecordError> {
    let rows = tx.fetch(
        "SELECT day, COUNT(*), CAST(SUM(n_units) AS BIGINT), CAST(SUM(total_minor) AS BIGINT)
         FROM orders WHERE day BETWEEN $1 AND $2 AND status <> 'cancelled' GROUP BY day",
        params![day_first, day_last],
    )?;
    let mut points = empty_days(day_first, day_last);
    for row in rows {
        let day: i64 = row.get(0)?;
        if let Some(point) = points.get_mut((day - day_first) as usize) {
            *point = SalesPoint {
                day,
                n_orders: row.get(1)?,
                n_units: row.get(2)?,
                total_minor: row.get(3)?,
            };
        }
    }
    Ok(points)
}

fn empty_days(day_first: i64, day_last: i64) -> Vec<SalesPoint> {
    let last = day_last.min(day_first.saturating_add(N_DAYS_MAX));
    (day_first..=last).map(|day| SalesPoint { day, ..SalesPoint::default() }).collect()
}

/// How sales are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// By day.
    Day,
    /// By week from Monday.
    Week,
}

/// A point of a product's sales.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProductPoint {
    /// The day, or the week's Monday.
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    /// Units sold.
    pub n_units: i64,
    /// What they came to, minor units.
    pub revenue_minor: i64,
    /// Orders that contained it.
    pub n_orders: i64,
}

/// Sales of a product, without gaps, from its first sale or the given day to the shop's last.
///
/// # Errors
/// The database's.
pub fn of_product(
    tx: &mut Tx<'_>,
    product_id: &str,
    by: By,
    range: (Option<i64>, Option<i64>),
) -> Result<Vec<ProductPoint>, RecordError> {
    let rows = tx.fetch(
        "SELECT o.day, COUNT(DISTINCT o.id), CAST(SUM(l.quantity) AS BIGINT),
                CAST(SUM(l.total_minor) AS BIGINT)
         FROM order_lines l JOIN orders o ON o.id = l.order_id
         WHERE l.product_id = $1 AND l.kind = 'item' AND o.status <> 'cancelled'
         GROUP BY o.day ORDER BY o.day",
        params![product_id],
    )?;
    let shop_last: Option<i64> = tx.fetch_value("SELECT MAX(day) FROM orders", &[])?;
    let Some(own_first) = rows.first().map(|row| row.get::<i64>(0)).transpose()? else {
        return Ok(Vec::new());
    };
    let step = if by == By::Week { 7 } else { 1 };
    let first = start_of(by, range.0.unwrap_or(own_first));
    let last = range.1.or(shop_last).unwrap_or(first).min(first.saturating_add(N_DAYS_MAX));
    let mut points: Vec<ProductPoint> = (first..=last.max(first))
        .step_by(step as usize)
        .map(|day| ProductPoint {
            date: date_of_day(day),
            n_units: 0,
            revenue_minor: 0,
            n_orders: 0,
        })
        .collect();
    for row in rows {
        let day: i64 = row.get(0)?;
        if day < first || day > last {
            continue;
        }
        if let Some(point) = points.get_mut(((day - first) / step) as usize) {
            point.n_orders += row.get::<i64>(1)?;
            point.n_units += row.get::<i64>(2)?;
            point.revenue_minor += row.get::<i64>(3)?;
        }
    }
    Ok(points)
}

/// The first day of the period; 1970-01-01 was a Thursday.
fn start_of(by: By, day: i64) -> i64 {
    match by {
        By::Day => day,
        By::Week => day - (day + 3).rem_euclid(7),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_begin_on_monday() {
        for day in -20..20 {
            let start = date_of_day(start_of(By::Week, day));
            assert_eq!(start.weekday(), jiff::civil::Weekday::Monday);
            assert!((0..7).contains(&(day - start_of(By::Week, day))));
        }
    }
}
