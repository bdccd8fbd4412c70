//! Which way an export counts discounts and taxes, found from the sums that it gives.
//!
//! Shops export an order's discount with or without that of its lines, and prices with or without
//! tax. Of the readings possible the one is taken whose sums come nearest to the file's own;
//! without sums in the file, the first.

use crate::fields::Field;

/// The order-level amounts of a file, in minor units.
#[derive(Debug, Clone, Default)]
pub(crate) struct Amounts([Option<i64>; 6]);

impl Amounts {
    /// The fields kept here.
    pub(crate) const FIELDS: &'static [Field] = &[
        Field::OrderDiscount,
        Field::Shipping,
        Field::Tax,
        Field::Subtotal,
        Field::Total,
        Field::Refunded,
    ];

    pub(crate) fn get(&self, field: Field) -> Option<i64> {
        let index = Self::FIELDS.iter().position(|&of| of == field)?;
        self.0[index]
    }

    /// Keeps the first value; whether this one is the same.
    pub(crate) fn set(&mut self, field: Field, minor: i64) -> bool {
        let index = Self::FIELDS.iter().position(|&of| of == field);
        index.is_none_or(|index| *self.0[index].get_or_insert(minor) == minor)
    }
}

/// The sums over an order's lines, in minor units.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sums {
    /// Line totals, after line discounts.
    pub(crate) lines: i64,
    pub(crate) line_discounts: i64,
    pub(crate) line_taxes: i64,
}

/// How the order's amounts are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Money off that no line carries.
    pub(crate) discount_minor: i64,
    /// Tax added on top of the lines.
    pub(crate) tax_on_top_minor: i64,
    /// Tax that the prices contain.
    pub(crate) tax_contained_minor: i64,
    /// What the file's sums and this reading differ by; 0 without sums.
    pub(crate) difference_minor: i64,
}

/// The reading nearest to the file's sums.
pub(crate) fn read(amounts: &Amounts, sums: &Sums) -> Reading {
    let given = |field| amounts.get(field).unwrap_or(0);
    let (discount, shipping) = (given(Field::OrderDiscount), given(Field::Shipping));
    let order_tax = amounts.get(Field::Tax);
    let tax = order_tax.unwrap_or(sums.line_taxes);
    let (subtotal, total) = (amounts.get(Field::Subtotal), amounts.get(Field::Total));
    let differs = |discount: i64, tax: i64| {
        let lines = sums.lines - discount;
        let by = |sum: Option<i64>, own: i64| sum.map_or(0, |sum| (sum - own).abs());
        by(subtotal, lines) + by(total, lines + shipping + tax)
    };
    // The tax of lines is on top only where the total shows it.
    let taxes = if order_tax.is_some() { [tax, 0] } else { [0, tax] };
    let mut best: Option<Reading> = None;
    for discount_minor in [discount, (discount - sums.line_discounts).max(0), 0] {
        for tax_on_top_minor in taxes {
            let difference_minor = differs(discount_minor, tax_on_top_minor);
            if best.is_none_or(|best| difference_minor < best.difference_minor) {
                best = Some(Reading {
                    discount_minor,
                    tax_on_top_minor,
                    tax_contained_minor: tax - tax_on_top_minor,
                    difference_minor,
                });
            }
        }
    }
    best.unwrap_or(Reading {
        discount_minor: discount,
        tax_on_top_minor: 0,
        tax_contained_minor: 0,
        difference_minor: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(amounts: &[(Field, i64)], sums: Sums) -> (i64, i64, i64) {
        let mut kept = Amounts::default();
        amounts.iter().for_each(|&(field, minor)| assert!(kept.set(field, minor)));
        let reading = read(&kept, &sums);
        (reading.discount_minor, reading.tax_on_top_minor, reading.difference_minor)
    }

    #[test]
    fn tax_is_on_top_or_contained_as_the_total_shows() {
        let sums = Sums { lines: 10_000, line_discounts: 0, line_taxes: 0 };
        let base = [(Field::Shipping, 500), (Field::Tax, 2_000), (Field::Subtotal, 10_000)];
        let with = |total| reading(&[&base[..], &[(Field::Total, total)]].concat(), sums);
        assert_eq!(with(12_500), (0, 2_000, 0));
        assert_eq!(with(10_500), (0, 0, 0));
        assert_eq!(with(10_400), (0, 0, 100));
    }

    #[test]
    fn the_order_discount_counts_with_or_without_that_of_its_lines() {
        let sums = Sums { lines: 9_000, line_discounts: 1_000, line_taxes: 0 };
        let with = |discount, total| {
            reading(&[(Field::OrderDiscount, discount), (Field::Total, total)], sums).0
        };
        assert_eq!(with(500, 8_500), 500);
        assert_eq!(with(1_500, 8_500), 500);
        assert_eq!(with(1_000, 9_000), 0);
    }

    #[test]
    fn without_sums_discount_and_order_tax_count_as_written_and_line_tax_is_contained() {
        let sums = Sums { lines: 9_000, line_discounts: 1_000, line_taxes: 700 };
        assert_eq!(reading(&[(Field::OrderDiscount, 500)], sums), (500, 0, 0));
        assert_eq!(reading(&[(Field::Tax, 900)], sums), (0, 900, 0));
    }
}
