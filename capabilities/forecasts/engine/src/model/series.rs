//! A product's sales as the models see them: open days only, spikes cut, by day or by week.
//!
//! Closed days are left out rather than read as zero. A week with fewer open days than usual is
//! scaled to a usual week; one with fewer than half of them is left out. Weeks are counted back
//! from the last day, so that the latest is always whole.

use mercer_engine_kit::stats::quantile_sorted;

use crate::calendar::{Calendar, weekday_index};
use crate::input::Input;
use crate::outcome::Period;
use crate::policy::Policy;

/// Weeks in a yearly season.
pub const WEEKS_PER_YEAR: usize = 52;
/// Least robust deviation of sale sizes, in logarithms: a product always sold by the one must not
/// have its first order of six cut.
const LOG_DEVIATION_MIN: f64 = 0.6;

/// One-off spikes that were cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spikes {
    /// How many days.
    pub n_days: u32,
    /// The day of the largest.
    pub largest_day: i32,
    /// Units on it.
    pub largest_units: i64,
    /// Units that every spike was counted as.
    pub counted_as_units: i64,
}

/// The cleaned daily sales.
#[derive(Debug, Clone, PartialEq)]
pub struct Cleaned {
    /// Day of the first value.
    pub start_day: i32,
    /// Units per day, spikes cut, never below zero.
    pub units: Vec<f64>,
    /// Whether the shop was open (or the product sold all the same).
    pub open: Vec<bool>,
    /// Open days.
    pub n_open: u32,
    /// Days with sales.
    pub n_sales_days: u32,
    /// Squared coefficient of variation of the units on days with sales.
    pub cv2: f64,
    /// Days below zero that were read as zero.
    pub n_negative: u32,
    /// What was cut.
    pub spikes: Option<Spikes>,
}

impl Cleaned {
    /// Cleans the latest days of an input.
    #[must_use]
    pub fn new(input: &Input, policy: &Policy) -> Self {
        let skip = input.daily_units.len().saturating_sub(policy.history_days_max as usize);
        let start_day = input.start_day.saturating_add(skip as i32);
        let raw = &input.daily_units[skip..];
        let mut units: Vec<f64> = raw.iter().map(|&u| f64::from(u.max(0))).collect();
        let spikes = cut_spikes(start_day, &mut units, policy);
        let open: Vec<bool> = (units.iter().zip(start_day..))
            .map(|(&units, day)| units > 0.0 || !input.calendar.was_closed(day))
            .collect();
        let sizes: Vec<f64> = units.iter().copied().filter(|&u| u > 0.0).collect();
        let n = sizes.len().max(1) as f64;
        let mean = sizes.iter().sum::<f64>() / n;
        let variance = sizes.iter().map(|size| (size - mean).powi(2)).sum::<f64>() / n;
        Self {
            start_day,
            n_open: open.iter().filter(|&&open| open).count() as u32,
            n_sales_days: sizes.len() as u32,
            cv2: if mean > 0.0 { variance / mean.powi(2) } else { 0.0 },
            n_negative: raw.iter().filter(|&&u| u < 0).count() as u32,
            spikes,
            units,
            open,
        }
    }

    /// Open days per day with sales; 0 without sales.
    #[must_use]
    pub fn interval_days(&self) -> f64 {
        if self.n_sales_days == 0 {
            0.0
        } else {
            f64::from(self.n_open) / f64::from(self.n_sales_days)
        }
    }
}

/// Cuts days far above the median sale: more than `spike_deviations` robust deviations (1.4826 ×
/// median absolute deviation, in logarithms) to that border (winsorising, Tukey 1962).
fn cut_spikes(start_day: i32, units: &mut [f64], policy: &Policy) -> Option<Spikes> {
    let mut logs: Vec<f64> = units.iter().filter(|&&u| u > 0.0).map(|u| u.ln()).collect();
    if logs.len() < policy.n_sales_days_for_spike as usize {
        return None;
    }
    logs.sort_unstable_by(f64::total_cmp);
    let median = quantile_sorted(&logs, 0.5)?;
    let mut off: Vec<f64> = logs.iter().map(|log| (log - median).abs()).collect();
    off.sort_unstable_by(f64::total_cmp);
    let deviation = (1.4826 * quantile_sorted(&off, 0.5)?).max(LOG_DEVIATION_MIN);
    let border = (median + policy.spike_deviations * deviation).exp().ceil();
    let mut spikes: Option<Spikes> = None;
    for (offset, units) in units.iter_mut().enumerate().filter(|(_, units)| **units > border) {
        let size = *units as i64;
        let day = start_day + offset as i32;
        let found = spikes.get_or_insert(Spikes {
            n_days: 0,
            largest_day: day,
            largest_units: size,
            counted_as_units: border as i64,
        });
        found.n_days += 1;
        if size > found.largest_units {
            (found.largest_units, found.largest_day) = (size, day);
        }
        *units = border;
    }
    spikes
}

/// Sales by period, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Length of a slot.
    pub period: Period,
    /// First day of each slot.
    pub start_days: Vec<i32>,
    /// Units in each slot, as if a usual number of days had been open.
    pub values: Vec<f64>,
    /// Place of each slot in the season.
    pub seasons: Vec<u8>,
    /// Length of the season: 7 weekdays, 52 weeks, or 1 for none.
    pub n_seasons: usize,
    /// Units of the open days of each slot.
    pub days: Vec<Vec<f64>>,
    /// Open days of a usual slot.
    pub n_open_usual: usize,
    first_week: i32,
}

/// A slot to forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ahead {
    /// First day.
    pub start_day: i32,
    /// Days in it.
    pub n_days: u16,
    /// Those expected to be open.
    pub n_open: usize,
    /// Place in the season.
    pub season: u8,
}

impl Series {
    /// One slot per open day, with weekdays as its season.
    #[must_use]
    pub fn by_day(cleaned: &Cleaned) -> Self {
        let open = || {
            (cleaned.units.iter().zip(&cleaned.open).zip(cleaned.start_day..))
                .filter(|((_, open), _)| **open)
                .map(|((&units, _), day)| (units, day))
        };
        Self {
            period: Period::Day,
            start_days: open().map(|(_, day)| day).collect(),
            values: open().map(|(units, _)| units).collect(),
            seasons: open().map(|(_, day)| weekday_index(day) as u8).collect(),
            n_seasons: 7,
            days: open().map(|(units, _)| vec![units]).collect(),
            n_open_usual: 1,
            first_week: cleaned.start_day,
        }
    }

    /// One slot per seven days, with the weeks of a year as season when there are enough years.
    #[must_use]
    pub fn by_week(cleaned: &Cleaned, calendar: &Calendar, policy: &Policy) -> Self {
        let n_weeks = cleaned.units.len() / 7;
        let skip = cleaned.units.len() % 7;
        let first_week = cleaned.start_day + skip as i32;
        let n_open_usual = (0..7).filter(|&day| !calendar.is_closed_weekday(day)).count().max(1);
        let yearly = n_weeks >= WEEKS_PER_YEAR * usize::from(policy.n_years_for_season.max(1));
        let n_seasons = if yearly { WEEKS_PER_YEAR } else { 1 };
        let mut series = Self {
            period: Period::Week,
            start_days: Vec::with_capacity(n_weeks),
            values: Vec::with_capacity(n_weeks),
            seasons: Vec::with_capacity(n_weeks),
            n_seasons,
            days: Vec::with_capacity(n_weeks),
            n_open_usual,
            first_week,
        };
        for week in 0..n_weeks {
            let from = skip + week * 7;
            let days: Vec<f64> = (from..from + 7)
                .filter(|&at| cleaned.open[at])
                .map(|at| cleaned.units[at])
                .collect();
            if days.len() * 2 < n_open_usual {
                continue;
            }
            series.start_days.push(first_week + week as i32 * 7);
            let scale = n_open_usual as f64 / days.len() as f64;
            series.values.push(days.iter().sum::<f64>() * scale);
            series.seasons.push((week % n_seasons) as u8);
            series.days.push(days);
        }
        series
    }

    /// The slots from `start_day` on for `n_days` days.
    #[must_use]
    pub fn ahead(&self, start_day: i32, n_days: u16, calendar: &Calendar) -> Vec<Ahead> {
        let step = match self.period {
            Period::Day => 1,
            Period::Week => 7,
        };
        let mut slots = Vec::with_capacity(usize::from(n_days.div_ceil(step)));
        let mut done = 0;
        while done < n_days {
            let length = step.min(n_days - done);
            let from = start_day.saturating_add(i32::from(done));
            let season = match self.period {
                Period::Day => weekday_index(from),
                Period::Week => ((from - self.first_week) / 7) as usize % self.n_seasons,
            };
            let n_open = (0..i32::from(length))
                .filter(|ahead| !calendar.will_be_closed(from.saturating_add(*ahead)))
                .count();
            slots.push(Ahead { start_day: from, n_days: length, n_open, season: season as u8 });
            done += length;
        }
        slots
    }
}
