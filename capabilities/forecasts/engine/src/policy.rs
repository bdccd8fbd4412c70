//! Everything that can be tuned, with defaults and the reason for each number.
//!
//! Defaults that were tuned were tuned on windows that end before the last 28 days of the real
//! year, which are kept for the reported evaluation.

use serde::{Deserialize, Serialize};

/// How a forecast is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Longest horizon; more is cut. A year: beyond it a product's own past says little.
    pub horizon_days_max: u16,
    /// Days of the past used, the latest ones: four years hold enough yearly seasons.
    pub history_days_max: u32,
    /// Open days needed: two windows' worth, so that at least one can be tested.
    pub n_days_min: u32,
    /// Days with sales needed: below this the size of a sale is guesswork.
    pub n_sales_days_min: u32,
    /// Mean interval between sales, in open days, from which demand is read by weeks: 1.32, the
    /// border of intermittent demand (Syntetos, Boylan and Croston 2005).
    pub interval_days_for_weeks: f64,
    /// Squared coefficient of variation of sale sizes from which demand is called erratic or
    /// lumpy: 0.49, from the same paper.
    pub cv2_erratic: f64,
    /// Length of a test window: what a shop typically orders for.
    pub window_days: u16,
    /// Test windows at most: a third of a year, recent enough to matter.
    pub n_windows_max: u8,
    /// A candidate must err this much less (in per cent) than a steadier one: with four windows
    /// smaller differences are chance. Of 3, 10, 20 and 60, this lost little accuracy to 60, which
    /// hardly ever leaves the level.
    pub margin_percent: f64,
    /// Full years of weeks needed for a yearly season: with fewer, season and trend are one.
    pub n_years_for_season: u8,
    /// Robust deviations (in logarithms) above the median sale from which a day is a spike: a
    /// wholesale order stays, a mistyped one does not.
    pub spike_deviations: f64,
    /// Sales days needed before any day is called a spike.
    pub n_sales_days_for_spike: u32,
    /// Simulated paths: the 2.5 % tail then rests on ten of them.
    pub n_paths: u16,
    /// Share of paths that follow the candidates that were not chosen, in turn: the choice itself
    /// may be wrong, and a product that stopped may start again. Without it one total in seven
    /// fell outside its interval of 95 % in windows before the last 28 days.
    pub other_methods_share: f64,
    /// Relative deviation of the level over a window that is assumed before errors are seen.
    pub drift_prior: f64,
    /// What is added to the square of that, as a multiple of the variance that lumpy sales alone
    /// give a window's total: a level read from lumps is itself uncertain.
    pub drift_prior_of_noise: f64,
    /// How many windows that assumption weighs.
    pub drift_prior_weight: f64,
    /// Share of the drift's variance that grows with the days ahead; the rest is there from the
    /// first day.
    pub drift_growing_share: f64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            horizon_days_max: 365,
            history_days_max: 1_461,
            n_days_min: 56,
            n_sales_days_min: 6,
            interval_days_for_weeks: 1.32,
            cv2_erratic: 0.49,
            window_days: 28,
            n_windows_max: 4,
            margin_percent: 20.0,
            n_years_for_season: 2,
            spike_deviations: 4.0,
            n_sales_days_for_spike: 8,
            n_paths: 400,
            other_methods_share: 0.4,
            drift_prior: 0.3,
            drift_prior_of_noise: 3.0,
            drift_prior_weight: 2.0,
            drift_growing_share: 0.25,
        }
    }
}
