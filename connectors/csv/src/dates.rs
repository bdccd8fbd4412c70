//! Which way a file writes its dates, found over all its values, and the instants they mean.
//!
//! One file has one way: values written another way are refused row by row, and a file whose
//! every date could be day-month or month-day is refused as a whole rather than guessed.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use mercer_connect::source::SourceError;

use crate::input::unusable;
use crate::options::DateOrder;
use crate::values::shown;

/// Earliest and latest year taken as meant: no shop kept electronic orders before, and a later
/// year is a slip of the finger.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2100;
/// Two-digit years from here on are of the 1900s.
const TWO_DIGIT_YEAR_1900S: i16 = 70;
/// Of dates whose order shows, the share in per cent up to which the other order counts as slips.
const SLIPS_PER_CENT_MAX: u64 = 1;

/// How a date is spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Year first.
    Iso,
    /// Numbers with the year last.
    Numeric,
    /// With the month's name.
    Named,
}

/// A date taken apart, not yet put in order.
#[derive(Debug, Clone, Copy)]
struct Parts {
    shape: Shape,
    /// Year, month, day for `Iso` and `Named`; first, second, year for `Numeric`.
    numbers: [i16; 3],
    /// Points between the numbers mean day first wherever they are used.
    has_points: bool,
    time: Option<Time>,
    offset: Option<Offset>,
}

/// The file's way of writing dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DateFormat {
    /// Year first.
    Iso,
    /// With the month's name.
    Named,
    /// Day, month, year in numbers.
    Dmy,
    /// Month, day, year in numbers.
    Mdy,
}

impl DateFormat {
    fn example(self) -> &'static str {
        match self {
            Self::Iso => "2024-03-25",
            Self::Named => "25 Mar 2024",
            Self::Dmy => "25/03/2024",
            Self::Mdy => "03/25/2024",
        }
    }
}

/// Counts how a file writes its dates.
#[derive(Debug, Default)]
pub(crate) struct DateTally {
    last: String,
    last_parts: Option<Parts>,
    n_iso: u64,
    n_named: u64,
    n_numeric: u64,
    n_dmy_sure: u64,
    n_mdy_sure: u64,
    n_unsure: u64,
    first_unsure: String,
}

impl DateTally {
    /// Takes one more value into account.
    pub(crate) fn add(&mut self, text: &str) {
        if text != self.last || self.last.is_empty() {
            self.last.clear();
            self.last.push_str(text);
            self.last_parts = split(text);
        }
        let Some(parts) = self.last_parts else { return };
        match parts.shape {
            Shape::Iso => self.n_iso += 1,
            Shape::Named => self.n_named += 1,
            Shape::Numeric => {
                self.n_numeric += 1;
                let [first, second, _] = parts.numbers;
                if first > 12 || parts.has_points {
                    self.n_dmy_sure += 1;
                } else if second > 12 {
                    self.n_mdy_sure += 1;
                } else if first != second {
                    self.n_unsure += 1;
                    if self.first_unsure.is_empty() {
                        self.first_unsure = shown(text);
                    }
                }
            }
        }
    }

    /// The way of most values.
    ///
    /// # Errors
    /// When numbers could be day-month as well as month-day and nobody said which.
    pub(crate) fn format(
        &self,
        chosen: Option<DateOrder>,
        file: &str,
    ) -> Result<DateFormat, SourceError> {
        if self.n_numeric <= self.n_iso.max(self.n_named) {
            let named = self.n_named > self.n_iso;
            return Ok(if named { DateFormat::Named } else { DateFormat::Iso });
        }
        match chosen {
            Some(DateOrder::Dmy) => return Ok(DateFormat::Dmy),
            Some(DateOrder::Mdy) => return Ok(DateFormat::Mdy),
            Some(DateOrder::Ymd) => return Ok(DateFormat::Iso),
            None => {}
        }
        let (more, fewer) =
            (self.n_dmy_sure.max(self.n_mdy_sure), self.n_dmy_sure.min(self.n_mdy_sure));
        if more == 0 && self.n_unsure == 0 {
            return Ok(DateFormat::Dmy);
        }
        if more > 0 && fewer * 100 <= more * SLIPS_PER_CENT_MAX {
            let dmy = self.n_dmy_sure > self.n_mdy_sure;
            return Ok(if dmy { DateFormat::Dmy } else { DateFormat::Mdy });
        }
        let why = if more == 0 {
            format!(
                "dates such as `{}` may be day/month or month/day, and none in the file shows which",
                self.first_unsure
            )
        } else {
            format!(
                "{} dates can only be day/month and {} only month/day",
                self.n_dmy_sure, self.n_mdy_sure
            )
        };
        Err(unusable(format!("`{file}`: {why}; give --dates dmy or --dates mdy")))
    }
}

/// Reads dates of one format.
#[derive(Debug)]
pub(crate) struct Dates {
    format: DateFormat,
    zone: TimeZone,
    last: String,
    last_instant: Option<Timestamp>,
    /// Whether a time without an offset was read, so that the zone mattered.
    pub(crate) used_zone: bool,
}

impl Dates {
    pub(crate) fn new(format: DateFormat, zone: TimeZone) -> Self {
        Self { format, zone, last: String::new(), last_instant: None, used_zone: false }
    }

    /// The instant that a value means. A time that a clock change skips is moved on by the gap; of
    /// a time that comes twice the first is taken (RFC 5545, and jiff's "compatible").
    pub(crate) fn read(&mut self, text: &str) -> Result<Timestamp, String> {
        if let Some(instant) = self.last_instant
            && self.last == text
        {
            return Ok(instant);
        }
        let instant = self.instant(text)?;
        self.last.clear();
        self.last.push_str(text);
        self.last_instant = Some(instant);
        Ok(instant)
    }

    fn instant(&mut self, text: &str) -> Result<Timestamp, String> {
        let parts =
            split(text).ok_or_else(|| format!("`{}` is not a date that is known", shown(text)))?;
        let [a, b, c] = parts.numbers;
        let (year, month, day) = match (parts.shape, self.format) {
            (Shape::Iso, DateFormat::Iso) | (Shape::Named, DateFormat::Named) => (a, b, c),
            (Shape::Numeric, DateFormat::Dmy) => (c, b, a),
            (Shape::Numeric, DateFormat::Mdy) => (c, a, b),
            _ => {
                return Err(format!(
                    "`{}` is written another way than the file's other dates, which look like {}",
                    shown(text),
                    self.format.example()
                ));
            }
        };
        if !YEARS.contains(&year) {
            return Err(format!("`{}` is not of the years 1970 to 2100", shown(text)));
        }
        let none = || {
            format!(
                "`{}` is not a day of the calendar when read like {}",
                shown(text),
                self.format.example()
            )
        };
        let (month, day) =
            (i8::try_from(month).map_err(|_| none())?, i8::try_from(day).map_err(|_| none())?);
        let date = Date::new(year, month, day).map_err(|_| none())?;
        let local = DateTime::from_parts(date, parts.time.unwrap_or(Time::midnight()));
        if let Some(offset) = parts.offset {
            return offset.to_timestamp(local).map_err(|_| none());
        }
        self.used_zone = true;
        self.zone.to_ambiguous_timestamp(local).compatible().map_err(|_| none())
    }
}

fn split(text: &str) -> Option<Parts> {
    let text = text.trim();
    if !text.is_ascii() || text.len() > 64 {
        return None;
    }
    let (shape, numbers, has_points, rest) =
        if text.starts_with(|c: char| c.is_ascii_alphabetic()) || has_month_name(text) {
            let (numbers, rest) = split_named(text)?;
            (Shape::Named, numbers, false, rest)
        } else {
            split_numbers(text)?
        };
    let rest = rest.strip_prefix([',', 'T', 't']).unwrap_or(rest);
    let (time, offset) = if rest.trim().is_empty() { (None, None) } else { split_time(rest)? };
    Some(Parts { shape, numbers, has_points, time, offset })
}

fn number(text: &str, n_digits_max: usize) -> Option<(i16, &str)> {
    let n = text.bytes().take_while(u8::is_ascii_digit).count();
    if n == 0 || n > n_digits_max {
        return None;
    }
    Some((text[..n].parse().ok()?, &text[n..]))
}

fn split_numbers(text: &str) -> Option<(Shape, [i16; 3], bool, &str)> {
    let (first, rest) = number(text, 4)?;
    let n_first = text.len() - rest.len();
    let sign = rest.chars().next().filter(|sign| matches!(sign, '-' | '/' | '.'))?;
    let (second, rest) = number(&rest[1..], 2)?;
    let (third, after) = number(rest.strip_prefix(sign)?, 4)?;
    let n_third = rest.len() - 1 - after.len();
    match (n_first, n_third) {
        (4, 1 | 2) => Some((Shape::Iso, [first, second, third], false, after)),
        (1 | 2, 2 | 4) => {
            let year = if n_third == 2 { full_year(third) } else { third };
            Some((Shape::Numeric, [first, second, year], sign == '.', after))
        }
        _ => None,
    }
}

fn full_year(two_digits: i16) -> i16 {
    if two_digits >= TWO_DIGIT_YEAR_1900S { 1900 + two_digits } else { 2000 + two_digits }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

fn month_name(text: &str) -> Option<(i16, &str)> {
    let n = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let word = text[..n].to_ascii_lowercase();
    let index = MONTHS.iter().position(|name| {
        (n >= 3 && name.starts_with(&word) && (n == 3 || n == name.len()))
            || word == "sept" && *name == "september"
    })?;
    Some((i16::try_from(index).ok()? + 1, text[n..].strip_prefix('.').unwrap_or(&text[n..])))
}

fn has_month_name(text: &str) -> bool {
    number(text, 2)
        .is_some_and(|(_, rest)| month_name(rest.trim_start_matches([' ', '-', '/'])).is_some())
}

fn split_named(text: &str) -> Option<([i16; 3], &str)> {
    let gap = |text: &'_ str| -> usize {
        text.bytes().take_while(|byte| matches!(byte, b' ' | b'-' | b'/' | b',')).count()
    };
    let (day, month, rest) = if text.starts_with(|c: char| c.is_ascii_digit()) {
        let (day, rest) = number(text, 2)?;
        let (month, rest) = month_name(&rest[gap(rest)..])?;
        (day, month, rest)
    } else {
        let (month, rest) = month_name(text)?;
        let (day, rest) = number(&rest[gap(rest)..], 2)?;
        (day, month, rest)
    };
    let rest = &rest[gap(rest)..];
    let (year, after) = number(rest, 4)?;
    let year = match rest.len() - after.len() {
        4 => year,
        2 => full_year(year),
        _ => return None,
    };
    Some(([year, month, day], after))
}

fn split_time(text: &str) -> Option<(Option<Time>, Option<Offset>)> {
    let (hour, rest) = number(text.trim_start(), 2)?;
    let (minute, mut rest) = number(rest.strip_prefix(':')?, 2)?;
    let mut second = 0;
    if let Some(after) = rest.strip_prefix(':') {
        (second, rest) = number(after, 2)?;
        if let Some(after) = rest.strip_prefix(['.', ',']) {
            let n = after.bytes().take_while(u8::is_ascii_digit).count();
            if n == 0 {
                return None;
            }
            rest = &after[n..];
        }
    }
    let mut rest = rest.trim();
    let mut hour = hour;
    for (mark, is_afternoon) in [("AM", false), ("PM", true)] {
        if rest.get(..2).is_some_and(|word| word.eq_ignore_ascii_case(mark)) {
            if !(1..=12).contains(&hour) {
                return None;
            }
            hour = hour % 12 + if is_afternoon { 12 } else { 0 };
            rest = rest[2..].trim_start();
            break;
        }
    }
    let byte = |n: i16| i8::try_from(n).ok();
    let time = Time::new(byte(hour)?, byte(minute)?, byte(second)?, 0).ok()?;
    Some((Some(time), split_offset(rest)?))
}

/// No offset is `Some(None)`; something that is none is `None`.
fn split_offset(text: &str) -> Option<Option<Offset>> {
    if text.is_empty() {
        return Some(None);
    }
    if ["Z", "UTC", "GMT"].iter().any(|name| text.eq_ignore_ascii_case(name)) {
        return Some(Some(Offset::UTC));
    }
    let sign = match text.as_bytes()[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = text[1..].chars().filter(|&c| c != ':').collect();
    if !matches!(digits.len(), 2 | 4) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let hours: i32 = digits[..2].parse().ok()?;
    let minutes: i32 = digits.get(2..4).and_then(|text| text.parse().ok()).unwrap_or(0);
    if minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format_of(values: &[&str], chosen: Option<DateOrder>) -> Result<DateFormat, String> {
        let mut tally = DateTally::default();
        values.iter().for_each(|value| tally.add(value));
        tally.format(chosen, "orders.csv").map_err(|error| error.to_string())
    }

    fn instant(format: DateFormat, zone: &str, text: &str) -> Result<String, String> {
        let mut dates = Dates::new(format, TimeZone::get(zone).unwrap());
        dates.read(text).map(|instant| instant.to_string())
    }

    #[test]
    fn the_order_of_day_and_month_is_found_from_the_values_that_show_it() {
        assert_eq!(format_of(&["01/02/2024", "13/02/2024"], None), Ok(DateFormat::Dmy));
        assert_eq!(format_of(&["1/2/24 8:00", "2/28/24 9:00"], None), Ok(DateFormat::Mdy));
        assert_eq!(format_of(&["2024-01-02", "2024-02-03"], None), Ok(DateFormat::Iso));
        assert_eq!(format_of(&["2 Jan 2024"], None), Ok(DateFormat::Named));
        assert_eq!(format_of(&["03.04.2024"], None), Ok(DateFormat::Dmy));
    }

    #[test]
    fn dates_that_could_be_either_ask_instead_of_guessing() {
        let error = format_of(&["01/02/2024", "03/04/2024"], None).unwrap_err();
        assert!(error.contains("--dates dmy") && error.contains("`01/02/2024`"), "{error}");
        assert!(format_of(&["25/12/2024", "12/25/2024"], None).is_err());
        assert_eq!(format_of(&["01/02/2024"], Some(DateOrder::Mdy)), Ok(DateFormat::Mdy));
        assert_eq!(format_of(&["02/02/2024"], None), Ok(DateFormat::Dmy));
    }

    #[test]
    fn instants_follow_the_zone_or_the_offset_written() {
        let iso = |text| instant(DateFormat::Iso, "Europe/London", text);
        assert_eq!(iso("2010-12-01 08:26:00"), Ok("2010-12-01T08:26:00Z".to_owned()));
        assert_eq!(iso("2011-07-01T08:26"), Ok("2011-07-01T07:26:00Z".to_owned()));
        assert_eq!(iso("2024-03-01 10:15:00 -0500"), Ok("2024-03-01T15:15:00Z".to_owned()));
        assert_eq!(iso("2024-03-01T10:15:00.123Z"), Ok("2024-03-01T10:15:00Z".to_owned()));
        assert_eq!(iso("2024/3/1"), Ok("2024-03-01T00:00:00Z".to_owned()));
        let us = |text| instant(DateFormat::Mdy, "UTC", text);
        assert_eq!(us("12/1/2010 12:05 AM"), Ok("2010-12-01T00:05:00Z".to_owned()));
        assert_eq!(us("12/1/10 1:05pm"), Ok("2010-12-01T13:05:00Z".to_owned()));
        let named = |text| instant(DateFormat::Named, "UTC", text);
        assert_eq!(named("Mar 4, 2024 9:00"), Ok("2024-03-04T09:00:00Z".to_owned()));
        assert_eq!(named("04-Sept-24"), Ok("2024-09-04T00:00:00Z".to_owned()));
    }

    #[test]
    fn clock_changes_move_skipped_times_on_and_take_the_first_of_doubled_ones() {
        let iso = |text| instant(DateFormat::Iso, "Europe/London", text);
        assert_eq!(iso("2011-03-27 01:30:00"), Ok("2011-03-27T01:30:00Z".to_owned()));
        assert_eq!(iso("2011-10-30 01:30:00"), Ok("2011-10-30T00:30:00Z".to_owned()));
    }

    #[test]
    fn what_is_no_date_or_of_another_way_is_refused_with_the_reason() {
        let dmy = |text| instant(DateFormat::Dmy, "UTC", text).unwrap_err();
        assert!(dmy("2024-01-02").contains("another way"));
        assert!(dmy("31/02/2024").contains("calendar"));
        assert!(dmy("01/13/2024").contains("calendar"));
        assert!(dmy("01/01/0001").contains("1970"));
        for text in ["", "yesterday", "1/1", "01/01/2024 25:00", "01/01/2024 10:00 XYZ", "1e9"] {
            assert!(instant(DateFormat::Dmy, "UTC", text).is_err(), "{text}");
        }
    }
}
