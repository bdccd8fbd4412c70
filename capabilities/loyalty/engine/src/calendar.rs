//! Days of the shop's calendar: years, months, weeks, and the periods in which limits count.
//!
//! Knows no hours and no time zones: whoever gathers says on which day of the shop's zone
//! something happened, and turns a day that comes back into an instant.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A day of the shop's calendar, from 0001-01-01 to 9999-12-31; in JSON `"2011-12-09"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

/// A day's year, month and day of the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date {
    /// 1 to 9999.
    pub year: i32,
    /// 1 to 12.
    pub month: i32,
    /// 1 to 31.
    pub day: i32,
}

/// Not a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a day, such as 2011-12-09")]
pub struct DayError {
    /// What was given, cut to 32 characters.
    pub text: String,
}

impl Day {
    /// The first day that can be named: 0001-01-01.
    pub const FIRST: Self = Self(-719_162);
    /// The last day that can be named: 9999-12-31.
    pub const LAST: Self = Self(2_932_896);

    /// The day with this number of days since 1970-01-01, unless it lies outside the years 1 to
    /// 9999.
    #[must_use]
    pub fn from_number(n_days: i32) -> Option<Self> {
        (Self::FIRST.0..=Self::LAST.0).contains(&n_days).then_some(Self(n_days))
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub fn number(self) -> i32 {
        self.0
    }

    /// The day with this date, unless there is none, as for 30 February.
    ///
    /// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013): years begin in
    /// March, so that the leap day comes last.
    #[must_use]
    pub fn from_date(date: Date) -> Option<Self> {
        let Date { year, month, day } = date;
        let is_valid = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=n_days_of_month(year, month)).contains(&day);
        is_valid.then(|| {
            let shifted = year - i32::from(month <= 2);
            let (era, year_of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
            let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
            let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
            Self(era * 146_097 + day_of_era - 719_468)
        })
    }

    /// Its date, by the inverse of [`Day::from_date`].
    #[must_use]
    pub fn date(self) -> Date {
        let shifted = self.0 + 719_468;
        let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = (month_from_march + 2) % 12 + 1;
        Date {
            year: year_of_era + era * 400 + i32::from(month <= 2),
            month,
            day: day_of_year - (153 * month_from_march + 2) / 5 + 1,
        }
    }

    /// So many days later; the last nameable day where there is none so late.
    #[must_use]
    pub fn after(self, n_days: u32) -> Self {
        let later = i64::from(self.0) + i64::from(n_days);
        Self(i32::try_from(later).unwrap_or(i32::MAX).min(Self::LAST.0))
    }

    /// So many days earlier; the first nameable day where there is none so early.
    #[must_use]
    pub fn before(self, n_days: u32) -> Self {
        let earlier = i64::from(self.0) - i64::from(n_days);
        Self(i32::try_from(earlier).unwrap_or(i32::MIN).max(Self::FIRST.0))
    }

    /// Days from `earlier` to this day; negative if that one is later.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> i32 {
        self.0 - earlier.0
    }
}

/// Days in a month, of 28 to 31.
fn n_days_of_month(year: i32, month: i32) -> i32 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Date { year, month, day } = self.date();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        let fail = || DayError { text: text.chars().take(32).collect() };
        let is_form = text.len() == 10
            && text.bytes().enumerate().all(|(place, byte)| match place {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !is_form {
            return Err(fail());
        }
        let number = |range: std::ops::Range<usize>| text[range].parse::<i32>().ok();
        let (Some(year), Some(month), Some(day)) = (number(0..4), number(5..7), number(8..10))
        else {
            return Err(fail());
        };
        Self::from_date(Date { year, month, day }).ok_or_else(fail)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A stretch of the calendar in which something is counted anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// One day.
    Day,
    /// Monday to Sunday (ISO 8601).
    Week,
    /// The first to the last of a month.
    Month,
    /// 1 January to 31 December.
    Year,
    /// All time.
    Ever,
}

/// From a first to a last day, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// The first day.
    pub first: Day,
    /// The last day.
    pub last: Day,
}

impl Span {
    /// Whether the day lies within.
    #[must_use]
    pub fn contains(self, day: Day) -> bool {
        self.first <= day && day <= self.last
    }
}

impl Period {
    /// The period in which a day lies.
    #[must_use]
    pub fn span(self, day: Day) -> Span {
        let Date { year, month, .. } = day.date();
        let first_of = |month: i32| Day::from_date(Date { year, month, day: 1 }).unwrap_or(day);
        match self {
            Self::Day => Span { first: day, last: day },
            Self::Week => {
                // 1970-01-01 was a Thursday, three days after a Monday.
                let n_days_in = (day.0 + 3).rem_euclid(7);
                let first = day.before(n_days_in.unsigned_abs());
                Span { first, last: day.after((6 - n_days_in).unsigned_abs()) }
            }
            Self::Month => {
                let first = first_of(month);
                let n_days = n_days_of_month(year, month).unsigned_abs();
                Span { first, last: first.after(n_days - 1) }
            }
            Self::Year => Span {
                first: first_of(1),
                last: Day::from_date(Date { year, month: 12, day: 31 }).unwrap_or(day),
            },
            Self::Ever => Span { first: Day::FIRST, last: Day::LAST },
        }
    }

    /// The running number of the period in which a day lies: neighbours differ by one. Days since
    /// 1970, weeks since that of 1969-12-29, months since the year 0, years; 0 for all time.
    #[must_use]
    pub fn number(self, day: Day) -> i32 {
        let Date { year, month, .. } = day.date();
        match self {
            Self::Day => day.0,
            Self::Week => (day.0 + 3).div_euclid(7),
            Self::Month => year * 12 + month - 1,
            Self::Year => year,
            Self::Ever => 0,
        }
    }

    /// The name of the period in which a day lies, for keys and lists: `2011-12-09`,
    /// `week-2011-12-05` (its Monday), `2011-12`, `2011`, `ever`.
    #[must_use]
    pub fn name_of(self, day: Day) -> String {
        let Date { year, month, .. } = day.date();
        match self {
            Self::Day => day.to_string(),
            Self::Week => format!("week-{}", self.span(day).first),
            Self::Month => format!("{year:04}-{month:02}"),
            Self::Year => format!("{year:04}"),
            Self::Ever => "ever".to_owned(),
        }
    }

    /// "a day", "a week", "a month", "a year", "in all".
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Day => "a day",
            Self::Week => "a week",
            Self::Month => "a month",
            Self::Year => "a year",
            Self::Ever => "in all",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn known_days_have_their_numbers() {
        assert_eq!(day("1970-01-01").number(), 0);
        assert_eq!(day("2011-12-09").number(), 15_317);
        assert_eq!(day("2000-02-29").number(), 11_016);
        assert_eq!((day("0001-01-01"), day("9999-12-31")), (Day::FIRST, Day::LAST));
        for bad in
            ["2011-02-29", "1900-02-29", "2011-13-01", "2011-1-01", "0000-01-01", "+011-01-01"]
        {
            assert!(bad.parse::<Day>().is_err(), "{bad}");
        }
    }

    #[test]
    fn periods_have_their_bounds() {
        let week = Period::Week.span(day("2011-12-09"));
        assert_eq!((week.first, week.last), (day("2011-12-05"), day("2011-12-11")));
        let month = Period::Month.span(day("2012-02-10"));
        assert_eq!((month.first, month.last), (day("2012-02-01"), day("2012-02-29")));
        assert_eq!(Period::Week.name_of(day("2011-12-11")), "week-2011-12-05");
        assert_eq!(Period::Month.name_of(day("2011-12-11")), "2011-12");
    }

    proptest! {
        #[test]
        fn a_day_comes_back_from_its_date_and_its_text(number in -719_162i32..=2_932_896) {
            let day = Day::from_number(number).unwrap();
            prop_assert_eq!(Day::from_date(day.date()), Some(day));
            prop_assert_eq!(day.to_string().parse::<Day>(), Ok(day));
        }

        #[test]
        fn neighbouring_periods_touch_and_are_numbered_in_turn(number in -700_000i32..2_900_000) {
            let day = Day::from_number(number).unwrap();
            for period in [Period::Day, Period::Week, Period::Month, Period::Year] {
                let span = period.span(day);
                prop_assert!(span.contains(day));
                prop_assert_eq!(period.number(span.first), period.number(day));
                let next = span.last.after(1);
                prop_assert_eq!(period.number(next), period.number(day) + 1);
                prop_assert_eq!(period.span(next).first, next);
            }
        }
    }
}
