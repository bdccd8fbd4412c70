//! Until when points are valid.
//!
//! Counts whole days of the shop's calendar; the last valid day counts to its end.

use crate::calendar::{Date, Day};
use crate::policy::Expiry;

impl Expiry {
    /// The last day of points earned, or renewed, on this day; none: for ever.
    #[must_use]
    pub fn last_valid(&self, day: Day) -> Option<Day> {
        match *self {
            Self::Never => None,
            Self::AfterEarning { days } | Self::AfterActivity { days } => Some(day.after(days)),
            Self::FixedDay { month, day: day_of_month, days_min } => {
                let least = day.after(days_min);
                let year = least.date().year;
                // The next one of two years; a day that no year has was refused by the check.
                [year, year.saturating_add(1)]
                    .into_iter()
                    .filter_map(|year| Day::from_date(Date { year, month, day: day_of_month }))
                    .find(|&end| end >= least)
                    .or(Some(Day::LAST))
            }
        }
    }

    /// The day to which an activity on this day renews all points of the customer; none where
    /// activities renew nothing.
    #[must_use]
    pub fn renewed_to(&self, day: Day) -> Option<Day> {
        match self {
            Self::AfterActivity { .. } => self.last_valid(day),
            Self::Never | Self::AfterEarning { .. } | Self::FixedDay { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn a_fixed_day_is_the_next_one_that_leaves_the_least_time() {
        let expiry = |days_min| Expiry::FixedDay { month: 12, day: 31, days_min };
        let last = |days_min, from| expiry(days_min).last_valid(day(from)).unwrap().to_string();
        assert_eq!(last(0, "2011-12-31"), "2011-12-31");
        assert_eq!(last(0, "2012-01-01"), "2012-12-31");
        assert_eq!(last(90, "2011-10-02"), "2011-12-31");
        assert_eq!(last(90, "2011-10-03"), "2012-12-31");
    }

    #[test]
    fn only_activity_renews() {
        let from = day("2011-12-09");
        assert_eq!(Expiry::AfterActivity { days: 365 }.renewed_to(from), Some(day("2012-12-08")));
        assert_eq!(Expiry::AfterEarning { days: 365 }.renewed_to(from), None);
        assert_eq!(Expiry::Never.last_valid(from), None);
    }
}
