//! The record's orders and refunds as the engine is asked about them.
//!
//! Moves fields and counts nothing. What the record cannot tell is a parameter: whether prices
//! contain tax, and what was paid with points.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use mercer_connect::orders::{OrderLineSnapshot, OrderSnapshot, RefundSnapshot};
use mercer_engine_kit::money::{MoneyError, Rounding};
use mercer_loyalty_engine::calendar::Day;
use mercer_loyalty_engine::input::{Order, OrderLine, Return, Shipping};

use crate::days::day_of;

/// Why an order of the record cannot be put to the engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
    /// Its currency is none.
    #[error("the currency of {order} cannot be read")]
    Currency {
        /// The order.
        order: String,
        /// What is wrong with it.
        #[source]
        source: MoneyError,
    },
    /// Its day lies outside the calendar, or a line's number or amount beyond what is counted.
    #[error("{what} of {order} is out of range")]
    Range {
        /// The order.
        order: String,
        /// Which field.
        what: &'static str,
    },
}

/// What the record does not know of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Whether the channel's prices contain tax.
    pub prices_include_tax: bool,
    /// What was paid with points, in minor units.
    pub redeemed_minor: i64,
}

/// An order as the engine is asked about it; none for a guest, who is no member. Lines keep their
/// position in the order as their number. Discounts stand on lines in the record, none on the
/// order as a whole.
///
/// # Errors
/// A currency that is none, a day outside the calendar, a number out of range.
pub fn order(snapshot: &OrderSnapshot, terms: Terms) -> Result<Option<Order>, PrepareError> {
    let Some(customer) = &snapshot.customer_id else { return Ok(None) };
    let range = |what| PrepareError::Range { order: snapshot.id.clone(), what };
    let currency = snapshot.currency.parse().map_err(|source| {
        let order = snapshot.id.clone();
        PrepareError::Currency { order, source }
    })?;
    let day = Day::from_number(snapshot.day).ok_or_else(|| range("the day"))?;
    let lines: Option<Vec<OrderLine>> =
        snapshot.lines.iter().map(|one| line(one, terms.prices_include_tax)).collect();
    let shipping = (snapshot.shipping_minor != 0).then_some(Shipping {
        amount_minor: snapshot.shipping_minor,
        discount_minor: 0,
        tax_rate_ppm: 0,
    });
    Ok(Some(Order {
        id: snapshot.id.clone(),
        customer: customer.clone(),
        currency,
        day,
        prices_include_tax: terms.prices_include_tax,
        lines: lines.ok_or_else(|| range("a line"))?,
        discount_minor: 0,
        redeemed_minor: terms.redeemed_minor,
        shipping,
    }))
}

/// A line with the rate of its tax, found from the amount: what a part of the line bears is counted
/// from the rate. None when a number is out of range.
fn line(line: &OrderLineSnapshot, prices_include_tax: bool) -> Option<OrderLine> {
    let contained = if prices_include_tax { line.tax_minor } else { 0 };
    let taxed_minor = i128::from(line.total_minor) - i128::from(contained);
    let rate = match taxed_minor {
        0 => 0,
        taxed => Rounding::HalfUp.divide(i128::from(line.tax_minor) * 1_000_000, taxed)?,
    };
    Some(OrderLine {
        line: line.position.try_into().ok()?,
        product: line.product_id.clone().unwrap_or_else(|| line.sku.clone()),
        categories: line.category.iter().cloned().collect(),
        quantity: line.quantity,
        amount_minor: line.total_minor.checked_add(line.discount_minor)?,
        discount_minor: line.discount_minor,
        tax_rate_ppm: rate.try_into().ok()?,
    })
}

/// The part of a refund that is of one order, as a return; none if it has no units of it. Parts
/// tied to one line twice are added up.
///
/// # Errors
/// A day outside the calendar, a number out of range.
pub fn return_of(
    order_id: &str,
    refund: &RefundSnapshot,
    zone: &TimeZone,
) -> Result<Option<Return>, PrepareError> {
    let range = |what| PrepareError::Range { order: order_id.to_owned(), what };
    let mut units: BTreeMap<u32, i64> = BTreeMap::new();
    for part in refund.lines.iter().filter(|part| part.order_id == order_id && part.quantity > 0) {
        let line = u32::try_from(part.position).map_err(|_| range("a refunded line"))?;
        let sum = units.entry(line).or_default();
        *sum = sum.checked_add(part.quantity).ok_or_else(|| range("a refunded quantity"))?;
    }
    if units.is_empty() {
        return Ok(None);
    }
    let day = day_of(refund.refunded_at, zone).ok_or_else(|| range("the day of a refund"))?;
    Ok(Some(Return { id: refund.id.clone(), day, units }))
}

/// A cancelled order as the return of all that was bought, under an id of its own.
#[must_use]
pub fn cancellation(snapshot: &OrderSnapshot, day: Day) -> Option<Return> {
    let units: Option<BTreeMap<u32, i64>> = snapshot
        .lines
        .iter()
        .map(|line| Some((u32::try_from(line.position).ok()?, line.quantity)))
        .collect();
    let id = format!("cancelled:{}", snapshot.id);
    snapshot.is_cancelled.then_some(Return { id, day, units: units? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use mercer_connect::orders::RefundedLine;

    fn snapshot() -> OrderSnapshot {
        let line = |position, total_minor, discount_minor, tax_minor| OrderLineSnapshot {
            position,
            product_id: Some(format!("prd_{position}")),
            sku: "TEA".to_owned(),
            category: Some("tea".to_owned()),
            is_gift: false,
            quantity: 2,
            refunded_quantity: 0,
            unit_price_minor: (total_minor + discount_minor) / 2,
            discount_minor,
            tax_minor,
            total_minor,
        };
        OrderSnapshot {
            id: "ord_1".to_owned(),
            number: "1001".to_owned(),
            channel: "web".to_owned(),
            customer_id: Some("cus_1".to_owned()),
            placed_at: "2011-12-09T12:50:00Z".parse().unwrap(),
            day: 15_317,
            currency: "GBP".to_owned(),
            is_cancelled: false,
            country: None,
            discount_codes: Vec::new(),
            shipping_minor: 395,
            total_minor: 3_795,
            lines: vec![line(0, 2_400, 600, 400), line(1, 1_000, 0, 167)],
        }
    }

    const TERMS: Terms = Terms { prices_include_tax: true, redeemed_minor: 0 };

    #[test]
    fn lines_keep_their_money_and_get_their_rate() {
        let order = order(&snapshot(), TERMS).unwrap().unwrap();
        assert_eq!(order.day.to_string(), "2011-12-09");
        assert_eq!((order.lines[0].amount_minor, order.lines[0].discount_minor), (3_000, 600));
        assert_eq!(order.lines[0].tax_rate_ppm, 200_000);
        assert_eq!(order.lines[1].line, 1);
        assert_eq!(order.shipping.unwrap().amount_minor, 395);
        let net = Terms { prices_include_tax: false, ..TERMS };
        let order = super::order(&snapshot(), net).unwrap().unwrap();
        assert_eq!(order.lines[0].tax_rate_ppm, 166_667);
    }

    #[test]
    fn guests_are_no_members_and_faults_are_named() {
        let guest = OrderSnapshot { customer_id: None, ..snapshot() };
        assert_eq!(order(&guest, TERMS), Ok(None));
        let odd = OrderSnapshot { currency: "???".to_owned(), ..snapshot() };
        assert!(matches!(order(&odd, TERMS), Err(PrepareError::Currency { .. })));
        let odd = OrderSnapshot { day: i32::MAX, ..snapshot() };
        assert!(matches!(order(&odd, TERMS), Err(PrepareError::Range { what: "the day", .. })));
    }

    #[test]
    fn a_refund_is_a_return_of_the_units_of_one_order() {
        let part = |order_id: &str, position, quantity| RefundedLine {
            order_id: order_id.to_owned(),
            position,
            quantity,
            amount_minor: 500,
        };
        let refund = RefundSnapshot {
            id: "ref_1".to_owned(),
            customer_id: None,
            refunded_at: "2011-12-11T23:30:00Z".parse().unwrap(),
            lines: vec![part("ord_1", 0, 1), part("ord_2", 0, 5), part("ord_1", 0, 1)],
        };
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let one = return_of("ord_1", &refund, &zone).unwrap().unwrap();
        assert_eq!((one.day.to_string().as_str(), one.units[&0]), ("2011-12-12", 2));
        assert_eq!(return_of("ord_3", &refund, &zone), Ok(None));
    }

    #[test]
    fn a_cancelled_order_is_returned_whole() {
        let day = Day::from_number(15_320).unwrap();
        assert_eq!(cancellation(&snapshot(), day), None);
        let cancelled = OrderSnapshot { is_cancelled: true, ..snapshot() };
        let one = cancellation(&cancelled, day).unwrap();
        assert_eq!((one.id.as_str(), one.units.len()), ("cancelled:ord_1", 2));
    }
}
