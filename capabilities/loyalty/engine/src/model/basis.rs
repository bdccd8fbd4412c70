//! Which money of an order counts, line by line.
//!
//! Discounts of the whole order and what was paid with points are shared over the lines to the
//! minor unit; nothing is made up and nothing lost.

use mercer_engine_kit::money::{Rounding, split};

use crate::input::Order;
use crate::policy::earning::{Basis, Discounts, Included};

/// What one line, or the shipping, costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    /// The line's number; none: the shipping.
    pub line: Option<u32>,
    full_minor: i64,
    discounted_minor: i64,
    redeemed_minor: i64,
    tax_rate_ppm: u32,
}

/// The order's lines in their order, then its shipping. The order must be a valid one.
pub(crate) fn parts(order: &Order) -> Vec<Part> {
    let nets: Vec<i64> =
        order.lines.iter().map(|line| line.amount_minor - line.discount_minor).collect();
    let shares = split(order.discount_minor, &nets);
    let mut parts: Vec<Part> = order
        .lines
        .iter()
        .zip(nets.iter().zip(&shares))
        .map(|(line, (net, share))| Part {
            line: Some(line.line),
            full_minor: line.amount_minor,
            discounted_minor: net - share,
            redeemed_minor: 0,
            tax_rate_ppm: line.tax_rate_ppm,
        })
        .collect();
    parts.extend(order.shipping.map(|shipping| Part {
        line: None,
        full_minor: shipping.amount_minor,
        discounted_minor: shipping.amount_minor - shipping.discount_minor,
        redeemed_minor: 0,
        tax_rate_ppm: shipping.tax_rate_ppm,
    }));
    let payable: Vec<i64> = parts.iter().map(|part| part.discounted_minor).collect();
    for (part, redeemed) in parts.iter_mut().zip(split(order.redeemed_minor, &payable)) {
        part.redeemed_minor = redeemed;
    }
    parts
}

impl Part {
    /// What of it was paid with points, in minor units.
    pub(crate) fn redeemed_minor(&self) -> i64 {
        self.redeemed_minor
    }

    /// What of it counts on a basis, in minor units: never below zero.
    pub(crate) fn counts_minor(&self, basis: Basis, prices_include_tax: bool) -> i64 {
        if self.line.is_none() && basis.shipping == Included::Without {
            return 0;
        }
        let price = match basis.discounts {
            Discounts::Before => self.full_minor,
            Discounts::After => self.discounted_minor,
        };
        let paid = i128::from((price - self.redeemed_minor).max(0));
        let (one, with_tax) = (1_000_000, 1_000_000 + i128::from(self.tax_rate_ppm));
        let counted = match (basis.tax, prices_include_tax) {
            (Included::With, true) | (Included::Without, false) => Some(paid),
            (Included::With, false) => Rounding::HalfUp.divide(paid * with_tax, one),
            (Included::Without, true) => Rounding::HalfUp.divide(paid * one, with_tax),
        };
        counted.and_then(|minor| i64::try_from(minor).ok()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{OrderLine, Shipping};
    use mercer_engine_kit::money::Currency;

    fn order() -> Order {
        let line = |line, amount_minor, discount_minor| OrderLine {
            line,
            product: "prd_1".to_owned(),
            categories: Vec::new(),
            quantity: 1,
            amount_minor,
            discount_minor,
            tax_rate_ppm: 200_000,
        };
        Order {
            id: "ord_1".to_owned(),
            customer: "cus_1".to_owned(),
            currency: Currency::GBP,
            day: "2011-12-09".parse().unwrap(),
            prices_include_tax: true,
            lines: vec![line(1, 6_000, 0), line(2, 6_000, 3_000)],
            discount_minor: 900,
            redeemed_minor: 900,
            shipping: Some(Shipping {
                amount_minor: 900,
                discount_minor: 0,
                tax_rate_ppm: 200_000,
            }),
        }
    }

    fn counted(basis: Basis, order: &Order) -> Vec<i64> {
        let of = |part: &Part| part.counts_minor(basis, order.prices_include_tax);
        parts(order).iter().map(of).collect()
    }

    #[test]
    fn a_discount_of_the_order_is_shared_by_what_lines_cost_after_their_own() {
        // 60 and 30 are left; 9 off is 6 and 3. Then 54, 27 and 9 of shipping are to be paid, and
        // points pay 9 of these 90: 5.40, 2.70 and 0.90.
        let basis = Basis { shipping: Included::With, ..Basis::default() };
        assert_eq!(counted(basis, &order()), [4_860, 2_430, 810]);
        assert_eq!(counted(Basis::default(), &order()), [4_860, 2_430, 0]);
        let before = Basis { discounts: Discounts::Before, ..Basis::default() };
        assert_eq!(counted(before, &order()), [5_460, 5_730, 0]);
    }

    #[test]
    fn tax_is_taken_off_or_put_on_as_the_channel_shows_prices() {
        let without = Basis { tax: Included::Without, ..Basis::default() };
        assert_eq!(counted(without, &order()), [4_050, 2_025, 0]);
        let net = Order { prices_include_tax: false, ..order() };
        assert_eq!(counted(without, &net), [4_860, 2_430, 0]);
        assert_eq!(counted(Basis::default(), &net), [5_832, 2_916, 0]);
    }
}
