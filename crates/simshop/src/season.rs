//! How busy the whole shop is on each day: the year, the week, holidays, growth.
//!
//! The seasons of single products are in the catalogue; orders follow both.

use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};

/// Growth of the shop in a year: e^0.12, about an eighth.
pub const GROWTH_YEARLY: f64 = 0.12;
/// Demand by weekday from Monday: evenings on the sofa, Sundays most.
pub const BY_WEEKDAY: [f64; 7] = [1.08, 0.98, 0.94, 0.95, 0.90, 0.98, 1.17];
/// Share of usual demand left on a holiday.
pub const HOLIDAY_SHARE: f64 = 0.25;

/// What is special about a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Special {
    /// Christmas Day, Boxing Day or New Year's Day: hardly anybody shops.
    Holiday,
    /// The week that ends on the Monday after Black Friday: prices fall, everybody shops.
    BlackWeek,
}

/// The civil date of a day since 1970-01-01.
#[must_use]
pub fn date_of(day: i32) -> Date {
    Timestamp::from_second(i64::from(day) * 86_400)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_zoned(TimeZone::UTC)
        .date()
}

/// What is special about a date.
#[must_use]
pub fn special(date: Date) -> Option<Special> {
    match (date.month(), date.day()) {
        (12, 25 | 26) | (1, 1) => Some(Special::Holiday),
        (11, 19..=30) | (12, 1..=3) if in_black_week(date) => Some(Special::BlackWeek),
        _ => None,
    }
}

/// Black Friday is the day after the fourth Thursday of November, from the 23rd to the 29th.
/// The week begins on the Monday before and lasts to the Monday after.
fn in_black_week(date: Date) -> bool {
    let day_of_november = i32::from(date.day()) + if date.month() == 12 { 30 } else { 0 };
    let weekday = i32::from(date.weekday().to_monday_zero_offset());
    let friday_this_week = day_of_november - weekday + 4;
    let is_black = |friday: i32| (23..=29).contains(&friday);
    is_black(friday_this_week) || (weekday == 0 && is_black(friday_this_week - 7))
}

/// The factor of demand on a day against an average day at the end of the simulation.
#[must_use]
pub fn factor(day: i32, last_day: i32) -> f64 {
    let date = date_of(day);
    let weekday = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
    let special = match special(date) {
        Some(Special::Holiday) => HOLIDAY_SHARE,
        Some(Special::BlackWeek) => 1.7,
        None => 1.0,
    };
    let growth = (GROWTH_YEARLY * f64::from(day - last_day) / 365.25).exp();
    by_day_of_year(f64::from(date.day_of_year())) * BY_WEEKDAY[weekday % 7] * special * growth
}

/// The shape of the year: a bump for Christmas gifts around 8 December, a smaller one for the
/// garden in May, a lull in January and in August.
fn by_day_of_year(day: f64) -> f64 {
    let bump = |at: f64, width: f64| {
        let away = (day - at).abs().min(365.25 - (day - at).abs());
        (-0.5 * (away / width).powi(2)).exp()
    };
    0.95 + 0.5 * bump(342.0, 16.0) + 0.15 * bump(135.0, 25.0)
        - 0.18 * bump(20.0, 20.0)
        - 0.12 * bump(222.0, 20.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_week_is_found_in_years_with_known_dates() {
        let special_on = |text: &str| special(text.parse().unwrap());
        for inside in ["2024-11-25", "2024-11-29", "2024-12-02", "2025-11-28", "2025-12-01"] {
            assert_eq!(special_on(inside), Some(Special::BlackWeek), "{inside}");
        }
        for outside in ["2025-12-02", "2024-11-24", "2025-11-23", "2024-12-03"] {
            assert_eq!(special_on(outside), None, "{outside}");
        }
        assert_eq!(special_on("2024-12-25"), Some(Special::Holiday));
    }

    #[test]
    fn december_is_busier_than_january_and_sunday_than_friday() {
        let of = |text: &str| {
            let date: Date = text.parse().unwrap();
            let day = date.since("1970-01-01".parse::<Date>().unwrap()).unwrap().get_days();
            factor(day, 20_000)
        };
        assert!(of("2025-12-09") > 1.4 * of("2025-01-14"));
        assert!(of("2025-03-09") > of("2025-03-07"));
        assert!(of("2025-12-25") < 0.5 * of("2025-12-24"));
    }
}
