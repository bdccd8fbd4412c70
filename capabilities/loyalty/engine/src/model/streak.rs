//! Streaks: weeks or months in a row with something done in each.
//!
//! Weeks run from Monday to Sunday, months by the calendar, both of the shop's days. The running
//! week or month breaks no streak before it is over.

use std::collections::BTreeMap;

use crate::calendar::{Day, Period};
use crate::outcome::StreakNow;

/// A streak as it stands, and when it was first as long as asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Streak {
    pub now: StreakNow,
    pub met_on: Option<Day>,
}

/// The streak of the days on which something was done, none of them after `today`.
pub(crate) fn of(
    days: impl Iterator<Item = Day>,
    period: Period,
    needed: u32,
    today: Day,
) -> Streak {
    // The first day in each week or month, by its running number.
    let mut firsts: BTreeMap<i32, Day> = BTreeMap::new();
    for day in days {
        let first = firsts.entry(period.number(day)).or_insert(day);
        *first = (*first).min(day);
    }
    let (mut run, mut longest, mut met_on, mut last) = (0u32, 0u32, None, None);
    for (&number, &day) in &firsts {
        run = if last == Some(number - 1) { run + 1 } else { 1 };
        last = Some(number);
        longest = longest.max(run);
        if run >= needed && met_on.is_none() {
            met_on = Some(day);
        }
    }
    let running = period.number(today);
    let end_of_running = period.span(today).last;
    let (current, continue_by) = match last {
        // This one is filled, so the next one goes on with it.
        Some(last) if last == running => (run, Some(period.span(end_of_running.after(1)).last)),
        Some(last) if last == running - 1 => (run, Some(end_of_running)),
        _ => (0, None),
    };
    Streak { now: StreakNow { current, longest, continue_by }, met_on }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn streak(days: &[&str], today: &str) -> Streak {
        let days = days.iter().map(|day| day.parse().unwrap());
        of(days, Period::Week, 3, today.parse().unwrap())
    }

    #[test]
    fn the_running_week_breaks_nothing_before_it_is_over() {
        // Mondays: 2011-11-21, 2011-11-28, 2011-12-05.
        let days = ["2011-11-23", "2011-12-04", "2011-12-05", "2011-12-06"];
        let found = streak(&days, "2011-12-18");
        assert_eq!(found.met_on, "2011-12-05".parse().ok());
        assert_eq!((found.now.current, found.now.longest), (3, 3));
        assert_eq!(found.now.continue_by, "2011-12-18".parse().ok());
        let found = streak(&days, "2011-12-19");
        assert_eq!((found.now.current, found.now.longest, found.now.continue_by), (0, 3, None));
        let found = streak(&days, "2011-12-11");
        assert_eq!(found.now.continue_by, "2011-12-18".parse().ok());
    }

    #[test]
    fn a_gap_begins_a_new_streak() {
        let found = streak(&["2011-11-23", "2011-12-05", "2011-12-12"], "2011-12-12");
        assert_eq!((found.now.current, found.now.longest, found.met_on), (2, 2, None));
    }
}
