//! When the shop sells at all: weekdays it is closed on and days it was closed.
//!
//! A day on which the whole shop sold nothing says nothing about a product, so the models skip
//! it. Deliberately without public holiday tables: only what the sales themselves show is used,
//! and a gap is expected again on the same dates a year later.

use serde::{Deserialize, Serialize};

/// Days in which closed weekdays are looked for: 53 weeks, so that a shop that changed its
/// opening days is described by its latest year.
pub const LOOKBACK_DAYS: usize = 371;
/// A weekday counts as closed when this many sales-free ones by chance are less likely than this.
pub const CHANCE_MAX: f64 = 0.001;
/// Single days count as closed only in a shop that sells on at least this share of its open
/// weekdays; in a quieter one a day without sales is ordinary.
pub const BUSY_SHARE_MIN: f64 = 0.8;
/// A gap of at least this many days in a row is expected again a year later; shorter ones are
/// mostly public holidays that move.
pub const HOLIDAY_RUN_DAYS_MIN: usize = 3;

/// Day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl Weekday {
    /// All, Monday first.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// The weekday of a day since 1970-01-01 (a Thursday).
    #[must_use]
    pub fn of(day: i32) -> Self {
        Self::ALL[weekday_index(day)]
    }

    /// English name, as in a sentence.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Monday => "Monday",
            Self::Tuesday => "Tuesday",
            Self::Wednesday => "Wednesday",
            Self::Thursday => "Thursday",
            Self::Friday => "Friday",
            Self::Saturday => "Saturday",
            Self::Sunday => "Sunday",
        }
    }
}

/// 0 for Monday to 6 for Sunday.
pub(crate) fn weekday_index(day: i32) -> usize {
    (i64::from(day) + 3).rem_euclid(7) as usize
}

/// A weekday without any sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedWeekday {
    /// Which.
    pub weekday: Weekday,
    /// How many of it were seen, none with a sale of anything.
    pub n_seen: u32,
}

/// The shop's opening, learnt from all its sales.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Weekdays on which the shop never sold.
    pub closed_weekdays: Vec<ClosedWeekday>,
    /// Other days on which it sold nothing at all, ascending, days since 1970.
    pub closed_days: Vec<i32>,
}

impl Calendar {
    /// Learns the calendar from whether the whole shop sold anything on each day from
    /// `start_day` on.
    #[must_use]
    pub fn fit(start_day: i32, sold: &[bool]) -> Self {
        let recent = sold.len().saturating_sub(LOOKBACK_DAYS);
        let (mut n_seen, mut n_sold) = ([0u32; 7], [0u32; 7]);
        for (offset, &sold) in sold.iter().enumerate().skip(recent) {
            let weekday = weekday_index(start_day + offset as i32);
            n_seen[weekday] += 1;
            n_sold[weekday] += u32::from(sold);
        }
        let candidate = |w: usize| n_seen[w] > 0 && n_sold[w] == 0;
        let others: Vec<usize> = (0..7).filter(|&w| !candidate(w)).collect();
        let n_other: u32 = others.iter().map(|&w| n_seen[w]).sum();
        let n_other_sold: u32 = others.iter().map(|&w| n_sold[w]).sum();
        let share = if n_other == 0 { 0.0 } else { f64::from(n_other_sold) / f64::from(n_other) };
        let closed_weekdays: Vec<ClosedWeekday> = (0..7)
            .filter(|&w| candidate(w) && (1.0 - share).powf(f64::from(n_seen[w])) < CHANCE_MAX)
            .filter(|&w| n_seen[w] >= 4)
            .map(|w| ClosedWeekday { weekday: Weekday::ALL[w], n_seen: n_seen[w] })
            .collect();
        let mut calendar = Self { closed_weekdays, closed_days: Vec::new() };
        if share >= BUSY_SHARE_MIN {
            calendar.closed_days = (0..sold.len())
                .filter(|&offset| !sold[offset])
                .map(|offset| start_day + offset as i32)
                .filter(|&day| !calendar.is_closed_weekday(day))
                .collect();
        }
        calendar
    }

    /// Whether the shop is closed on that day of the week.
    #[must_use]
    pub fn is_closed_weekday(&self, day: i32) -> bool {
        let weekday = Weekday::of(day);
        self.closed_weekdays.iter().any(|closed| closed.weekday == weekday)
    }

    /// Whether a past day was closed.
    #[must_use]
    pub fn was_closed(&self, day: i32) -> bool {
        self.is_closed_weekday(day) || self.closed_days.binary_search(&day).is_ok()
    }

    /// Whether a coming day is expected to be closed: its weekday is, or the same date a year
    /// earlier lay in a gap of at least [`HOLIDAY_RUN_DAYS_MIN`] days.
    #[must_use]
    pub fn will_be_closed(&self, day: i32) -> bool {
        self.is_closed_weekday(day) || self.is_holiday_again(day)
    }

    /// Whether the same date a year earlier lay in a longer gap of the shop.
    #[must_use]
    pub fn is_holiday_again(&self, day: i32) -> bool {
        if self.closed_days.is_empty() {
            return false;
        }
        let date = month_and_day(day);
        let earlier = if month_and_day(day - 365) == date { day - 365 } else { day - 366 };
        let closed = |day: i32| self.was_closed(day);
        if !closed(earlier) {
            return false;
        }
        let before = (1..=31).take_while(|back| closed(earlier - back)).count();
        let after = (1..=31).take_while(|ahead| closed(earlier + ahead)).count();
        before + 1 + after >= HOLIDAY_RUN_DAYS_MIN
            && (earlier - before as i32..=earlier + after as i32)
                .filter(|day| self.closed_days.binary_search(day).is_ok())
                .count()
                >= 2
    }

    /// The calendar as it was known before `day`.
    #[must_use]
    pub fn known_before(&self, day: i32) -> Self {
        let Self { closed_weekdays, closed_days } = self;
        Self {
            closed_weekdays: closed_weekdays.clone(),
            closed_days: closed_days.iter().copied().filter(|&closed| closed < day).collect(),
        }
    }
}

/// Year, month (1–12) and day of the month of a day since 1970 (Hinnant, "chrono-compatible
/// low-level date algorithms", `civil_from_days`).
pub(crate) fn civil(day: i32) -> (i64, u32, u32) {
    let shifted = i64::from(day) + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_shifted = (5 * of_year + 2) / 153;
    let day_of_month = of_year - (153 * month_shifted + 2) / 5 + 1;
    let month = if month_shifted < 10 { month_shifted + 3 } else { month_shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month as u32, day_of_month as u32)
}

fn month_and_day(day: i32) -> (u32, u32) {
    let (_, month, day_of_month) = civil(day);
    (month, day_of_month)
}

/// A date as sentences write it, `2011-12-09`.
pub(crate) fn date_text(day: i32) -> String {
    let (year, month, day_of_month) = civil(day);
    format!("{year:04}-{month:02}-{day_of_month:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_civil_date_and_weekday() {
        assert_eq!(date_text(0), "1970-01-01");
        assert_eq!(date_text(-1), "1969-12-31");
        assert_eq!(date_text(15_317), "2011-12-09");
        assert_eq!(date_text(11_016), "2000-02-29");
        assert_eq!(Weekday::of(15_317), Weekday::Friday);
        assert_eq!(Weekday::of(-1), Weekday::Wednesday);
    }

    #[test]
    fn a_busy_shop_without_saturdays_is_closed_on_saturdays() {
        let start = 14_944; // 2010-12-01
        let sold: Vec<bool> =
            (0..100).map(|o| Weekday::of(start + o) != Weekday::Saturday).collect();
        let calendar = Calendar::fit(start, &sold);
        assert_eq!(
            calendar.closed_weekdays,
            [ClosedWeekday { weekday: Weekday::Saturday, n_seen: 14 }]
        );
        assert!(calendar.closed_days.is_empty());
    }

    #[test]
    fn a_quiet_shop_has_no_closed_days() {
        let sold: Vec<bool> = (0..100).map(|o| o % 9 == 0).collect();
        assert_eq!(Calendar::fit(0, &sold), Calendar::default());
    }

    #[test]
    fn a_gap_at_christmas_is_expected_again_on_the_same_dates() {
        let start = 14_944; // 2010-12-01
        let sold: Vec<bool> = (0..373).map(|o| !(23..34).contains(&o)).collect();
        let calendar = Calendar::fit(start, &sold);
        assert_eq!(calendar.closed_days.len(), 11);
        let christmas_2011 = 15_333;
        assert_eq!(date_text(christmas_2011), "2011-12-25");
        assert!(calendar.will_be_closed(christmas_2011));
        assert!(!calendar.will_be_closed(christmas_2011 - 5));
    }
}
