//! The shop's days as instants, and back.
//!
//! The engine counts in days of the shop's zone; the ledger and the log of facts in instants. A
//! day begins at its first moment in the zone, which is not midnight where clocks change then.

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;
use mercer_loyalty_engine::calendar::{Date, Day};
use mercer_loyalty_engine::posting::Movement;

/// From when until when points can be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// From this instant on; before it they are pending.
    pub available_at: Timestamp,
    /// From this instant on no longer; none: for ever.
    pub expires_at: Option<Timestamp>,
}

/// The day of an instant in a zone; none outside the years 1 to 9999.
#[must_use]
pub fn day_of(at: Timestamp, zone: &TimeZone) -> Option<Day> {
    let date = at.to_zoned(zone.clone()).date();
    let (year, month, day) = (date.year(), date.month(), date.day());
    Day::from_date(Date { year: year.into(), month: month.into(), day: day.into() })
}

/// The first instant of a day in a zone; none at the edge of what instants can name.
#[must_use]
pub fn start_of(day: Day, zone: &TimeZone) -> Option<Timestamp> {
    let Date { year, month, day } = day.date();
    let (year, month, day) = (year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?);
    let date = civil::Date::new(year, month, day).ok()?;
    Some(date.to_zoned(zone.clone()).ok()?.timestamp())
}

/// When the points of a grant can be spent, by the days that the engine gave; none for movements
/// that grant nothing, and for days that no instant can name. The last valid day counts to its end
/// in the zone.
#[must_use]
pub fn validity(movement: &Movement, zone: &TimeZone) -> Option<Validity> {
    let Movement::Grant { available_from, last_valid } = movement else { return None };
    let expires_at = match last_valid {
        Some(last) => Some(start_of(last.after(1), zone)?),
        None => None,
    };
    Some(Validity { available_at: start_of(*available_from, zone)?, expires_at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_with_the_zone_and_not_with_utc() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let movement = Movement::Grant {
            available_from: "2011-06-01".parse().unwrap(),
            last_valid: "2011-12-09".parse().ok(),
        };
        let validity = validity(&movement, &zone).unwrap();
        assert_eq!(validity.available_at.to_string(), "2011-05-31T23:00:00Z");
        assert_eq!(validity.expires_at.unwrap().to_string(), "2011-12-10T00:00:00Z");
        let late = "2011-06-01T23:30:00Z".parse().unwrap();
        assert_eq!(day_of(late, &zone).unwrap().to_string(), "2011-06-02");
    }

    #[test]
    fn a_day_without_midnight_begins_when_it_begins() {
        // On 2018-11-04 clocks in São Paulo went from midnight to one.
        let zone = TimeZone::get("America/Sao_Paulo").unwrap();
        let start = start_of("2018-11-04".parse().unwrap(), &zone).unwrap();
        assert_eq!(start.to_string(), "2018-11-04T03:00:00Z");
        assert_eq!(day_of(start, &zone).unwrap().to_string(), "2018-11-04");
    }
}
