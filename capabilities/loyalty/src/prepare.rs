//! The record's orders as the engine is asked about them.
//!
//! Moves fields and counts nothing. What the record cannot tell is a parameter: whether prices
//! contain tax, and what was paid with points.

use mercer_connect::orders::{OrderLineSnapshot, OrderSnapshot};
use mercer_engine_kit::money::{MoneyError, Rounding};
use mercer_loyalty_engine::calendar::Day;
use mercer_loyalty_engine::input::{Order, OrderLine, Shipping};

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
