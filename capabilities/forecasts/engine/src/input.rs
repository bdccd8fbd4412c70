//! What one forecast is made from.
//!
//! Holds no identity of the product: two products with equal sales get equal forecasts.

use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;

/// Sales of one product and the shop's calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Day of the product's first sale, days since 1970-01-01.
    pub start_day: i32,
    /// Units per calendar day from `start_day` to the last day of the shop's record, without
    /// gaps. Net of returns where known; a day below zero is read as zero.
    pub daily_units: Vec<i32>,
    /// When the shop is closed.
    #[serde(default)]
    pub calendar: Calendar,
    /// How many days to forecast from the day after the last.
    pub horizon_days: u16,
}

impl Input {
    /// The first day to forecast.
    #[must_use]
    pub fn end_day(&self) -> i32 {
        self.start_day.saturating_add(i32::try_from(self.daily_units.len()).unwrap_or(i32::MAX))
    }

    /// The same product as it was known `n_days` earlier; `None` when it had not sold by then.
    #[must_use]
    pub fn known_earlier(&self, n_days: usize, horizon_days: u16) -> Option<Self> {
        let n_kept = self.daily_units.len().checked_sub(n_days).filter(|&n| n > 0)?;
        let end_day = self.start_day + n_kept as i32;
        Some(Self {
            start_day: self.start_day,
            daily_units: self.daily_units[..n_kept].to_vec(),
            calendar: self.calendar.known_before(end_day),
            horizon_days,
        })
    }
}
