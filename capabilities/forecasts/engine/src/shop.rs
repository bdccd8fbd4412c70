//! The heavy stage: all sales of the shop, turned into series per product and one calendar.
//!
//! Reads no database; the caller brings the sales in any order.

use crate::calendar::Calendar;
use crate::input::Input;

/// Longest span of days held: ten years. Older sales tell nothing about next month, and a single
/// wrong date must not fill the memory.
pub const SPAN_DAYS_MAX: usize = 3_653;

/// Units of one product on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sale {
    /// The caller's number of the product, below the count given to [`Shop::fit`].
    pub product: u32,
    /// Day in the shop's time zone, days since 1970-01-01.
    pub day: i32,
    /// Units sold, less those that came back where known.
    pub units: i32,
}

/// All products' daily sales and the shop's calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shop {
    /// When the shop is closed.
    pub calendar: Calendar,
    /// The last day of the record; 0 without sales.
    pub last_day: i32,
    series: Vec<Vec<(i32, i32)>>,
}

impl Shop {
    /// Sums the sales per product and day up to `last_day` (the last day on which the record is
    /// complete) and learns the calendar. Sales of unknown products, after `last_day` or older
    /// than [`SPAN_DAYS_MAX`] are left out. The order of `sales` does not matter.
    #[must_use]
    pub fn fit(sales: &[Sale], n_products: usize, last_day: i32) -> Self {
        let oldest = last_day.saturating_sub(SPAN_DAYS_MAX as i32 - 1);
        let mut series: Vec<Vec<(i32, i32)>> = vec![Vec::new(); n_products];
        let mut first_day = last_day;
        let mut sold = vec![false; SPAN_DAYS_MAX];
        for sale in sales.iter().filter(|s| (oldest..=last_day).contains(&s.day) && s.units > 0) {
            if let Some(days) = series.get_mut(sale.product as usize) {
                days.push((sale.day, sale.units));
                first_day = first_day.min(sale.day);
                sold[(sale.day - oldest) as usize] = true;
            }
        }
        for days in &mut series {
            days.sort_unstable();
            days.dedup_by(|later, kept| {
                let same = later.0 == kept.0;
                if same {
                    kept.1 = kept.1.saturating_add(later.1);
                }
                same
            });
        }
        let calendar = Calendar::fit(first_day, &sold[(first_day - oldest) as usize..]);
        Self { calendar, last_day, series }
    }

    /// The input of one product; `None` when it never sold.
    #[must_use]
    pub fn input(&self, product: u32, horizon_days: u16) -> Option<Input> {
        let days = self.series.get(product as usize)?;
        let start_day = days.first()?.0;
        let mut daily_units = vec![0; (self.last_day - start_day) as usize + 1];
        for &(day, units) in days {
            daily_units[(day - start_day) as usize] = units;
        }
        Some(Input { start_day, daily_units, calendar: self.calendar.clone(), horizon_days })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_runs_from_the_first_sale_to_the_last_day_of_the_shop() {
        let sales = [
            Sale { product: 1, day: 103, units: 2 },
            Sale { product: 1, day: 101, units: 5 },
            Sale { product: 1, day: 103, units: 4 },
            Sale { product: 0, day: 106, units: 1 },
            Sale { product: 9, day: 101, units: 1 },
            Sale { product: 1, day: 107, units: 1 },
        ];
        let shop = Shop::fit(&sales, 3, 106);
        let input = shop.input(1, 28).unwrap();
        assert_eq!((input.start_day, input.end_day()), (101, 107));
        assert_eq!(input.daily_units, [5, 0, 6, 0, 0, 0]);
        assert_eq!(shop.input(2, 28), None);
        assert_eq!(shop.input(9, 28), None);
    }

    #[test]
    fn no_sales_and_far_dates_are_no_trouble() {
        assert_eq!(Shop::fit(&[], 1, 15_000).input(0, 28), None);
        let old = [Sale { product: 0, day: i32::MIN, units: 1 }];
        assert_eq!(Shop::fit(&old, 1, i32::MAX).input(0, 28), None);
    }
}
