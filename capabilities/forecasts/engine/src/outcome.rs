//! What is decided: a forecast, or that the history is too short for one.

use serde::{Deserialize, Serialize};

/// The length of one step of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// One point per day.
    Day,
    /// One point per seven days from the first day forecast; the last may be shorter.
    Week,
}

/// How the expected demand was computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The last value of the same weekday (days), the same week a year ago (weeks, with two
    /// years) or the last week (weeks otherwise).
    SeasonalNaive,
    /// Exponential smoothing of the level.
    EtsLevel,
    /// Level and additive season.
    EtsSeason,
    /// Level and damped trend.
    EtsTrend,
    /// Level, damped trend and additive season.
    EtsTrendSeason,
    /// Croston: size of a sale divided by the interval between sales.
    Croston,
    /// Croston with the correction of Syntetos and Boylan.
    Sba,
}

impl Method {
    /// All, steadiest first: the order in which ties are settled. Seasonal naive is last, since it
    /// carries the noise of a single season into every forecast.
    pub const ALL: [Self; 7] = [
        Self::EtsLevel,
        Self::Sba,
        Self::Croston,
        Self::EtsSeason,
        Self::EtsTrend,
        Self::EtsTrendSeason,
        Self::SeasonalNaive,
    ];

    /// Name in a sentence.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SeasonalNaive => "Seasonal naive",
            Self::EtsLevel => "ETS (level)",
            Self::EtsSeason => "ETS (level, season)",
            Self::EtsTrend => "ETS (level, damped trend)",
            Self::EtsTrendSeason => "ETS (level, damped trend, season)",
            Self::Croston => "Croston",
            Self::Sba => "Croston with the Syntetos-Boylan correction",
        }
    }
}

/// Demand in a span of days, in units. Bounds are whole units and never below zero.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// First day of the span, days since 1970.
    pub start_day: i32,
    /// Length of the span in days.
    pub n_days: u16,
    /// Mean demand, to a thousandth of a unit. In lumpy demand it can lie above the upper bound of 80 %.
    pub expected: f64,
    /// As likely to be exceeded as not.
    pub median: f64,
    /// One case in ten is below.
    pub low_80: f64,
    /// One case in ten is above.
    pub high_80: f64,
    /// One case in forty is below.
    pub low_95: f64,
    /// One case in forty is above.
    pub high_95: f64,
}

/// A forecast of one product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forecast {
    /// Length of a point.
    pub period: Period,
    /// Method of the expected demand.
    pub method: Method,
    /// Consecutive spans that cover the horizon exactly.
    pub points: Vec<Point>,
    /// The whole horizon. Its bounds are those of the sum, narrower than the sum of bounds.
    pub total: Point,
}

/// The engine's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// A forecast.
    Forecast(Forecast),
    /// Not enough to go by.
    TooLittleHistory {
        /// Days on which the shop was open since the product's first sale.
        n_days: u32,
        /// Open days needed.
        n_days_needed: u32,
        /// Days on which it sold.
        n_sales_days: u32,
        /// Days with sales needed.
        n_sales_days_needed: u32,
    },
}
