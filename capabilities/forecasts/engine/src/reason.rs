//! Why a forecast is as it is. Numbers are those of the input; whole numbers are integers.

use mercer_engine_kit::decision::Reason;
use mercer_engine_kit::words::grouped;
use serde::{Deserialize, Serialize};

use crate::calendar::{Weekday, date_text};
use crate::outcome::{Method, Period};

/// The demand classes of Syntetos, Boylan and Croston (2005).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DemandClass {
    /// Often, in similar sizes.
    Smooth,
    /// Often, in very different sizes.
    Erratic,
    /// Seldom, in similar sizes.
    Intermittent,
    /// Seldom, in very different sizes.
    Lumpy,
}

impl DemandClass {
    fn name(self) -> &'static str {
        match self {
            Self::Smooth => "smooth: often and in similar sizes",
            Self::Erratic => "erratic: often but in very different sizes",
            Self::Intermittent => "intermittent: seldom but in similar sizes",
            Self::Lumpy => "lumpy: seldom and in very different sizes",
        }
    }
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Why {
    /// The method erred least, and by how much less than seasonal naive.
    /// Appears when a method other than seasonal naive was chosen and erred less than it.
    /// Nothing to do; look at the alternatives for the others' errors.
    ErredLess {
        /// The chosen method.
        method: Method,
        /// Error saved against seasonal naive, in per cent of that.
        percent_less: u32,
        /// Windows tested.
        n_windows: u8,
        /// Days in each.
        window_days: u16,
    },
    /// Seasonal naive erred no more, or less, but not by enough to leave a steadier method.
    /// Appears when a method other than seasonal naive was chosen and did not err less than it.
    /// Nothing to do; a small lead over few windows is mostly chance.
    SteadierHeld {
        /// The chosen method.
        method: Method,
        /// What seasonal naive erred less, in per cent of the chosen method's error.
        naive_percent_less: u32,
        /// Windows tested.
        n_windows: u8,
        /// Days in each.
        window_days: u16,
    },
    /// No method beat repeating the last season.
    /// Appears when seasonal naive was chosen.
    /// Look at the product: its sales may have changed abruptly.
    NaiveHeld {
        /// The best of the others.
        next: Method,
        /// What it erred more, in per cent.
        percent_more: u32,
        /// Windows tested.
        n_windows: u8,
        /// Days in each.
        window_days: u16,
    },
    /// How often the product sells decides between days and weeks.
    /// Appears with every forecast.
    /// Nothing to do.
    SoldOnDays {
        /// Days with sales.
        n_sales_days: u32,
        /// Open days since the first sale.
        n_days: u32,
        /// What follows.
        period: Period,
    },
    /// The class of demand.
    /// Appears with every forecast.
    /// Expect wide intervals for lumpy and erratic demand; a safety stock helps more than a better forecast.
    Demand {
        /// Class.
        class: DemandClass,
    },
    /// A weekday on which the shop never sells is forecast as closed.
    /// Appears for every such weekday.
    /// If the shop opens on it from now on, expect more than the forecast.
    ClosedWeekday {
        /// Which.
        weekday: Weekday,
        /// Of how many none had a sale.
        n_seen: u32,
    },
    /// Other days without any sale in the whole shop were left out, not read as no demand.
    /// Appears when there were such days since the product's first sale.
    /// If the shop was open on them, check that their orders were imported.
    ClosedDays {
        /// How many.
        n_days: u32,
        /// The first.
        first_day: i32,
        /// The last.
        last_day: i32,
    },
    /// Days ahead are expected closed as they were a year ago.
    /// Appears when the horizon reaches into such a gap.
    /// If the shop stays open this time, expect more than the forecast.
    HolidayAhead {
        /// Closed days in the horizon, closed weekdays not counted.
        n_days: u32,
        /// The first.
        first_day: i32,
    },
    /// Single days far above all others were counted as less.
    /// Appears when sales on a day exceeded the border.
    /// Check whether the order was real; if it will be repeated, add it to the forecast.
    SpikesCut {
        /// How many days.
        n_days: u32,
        /// The day of the largest.
        largest_day: i32,
        /// Its units.
        largest_units: i64,
        /// What each was counted as.
        counted_as_units: i64,
    },
    /// Sales of the last four weeks beside the four before.
    /// Appears with every forecast of eight weeks of history or more.
    /// If they differ much, ask what changed before relying on the forecast.
    RecentSales {
        /// Units in the last 28 days.
        last_28_days_units: i64,
        /// Units in the 28 days before.
        previous_28_days_units: i64,
    },
    /// The product has not sold for a while.
    /// Appears when the last sale is further back than four times the usual interval and 28 days.
    /// If it is no longer offered, ignore the forecast.
    QuietLately {
        /// Days since the last sale.
        n_days: u32,
    },
    /// The year's pattern is not known yet.
    /// Appears when there are fewer full years of weeks than needed.
    /// Correct the forecast yourself for Christmas and the like.
    NoYearlySeason {
        /// Weeks of history.
        n_weeks: u32,
        /// Weeks needed.
        n_weeks_needed: u32,
    },
    /// Few windows could be tested.
    /// Appears when history allowed fewer test windows than wanted.
    /// Trust the choice of method less; the intervals then rest more on other products' usual errors.
    FewTestWindows {
        /// Windows tested.
        n_windows: u8,
        /// Windows wanted.
        n_windows_wanted: u8,
    },
    /// Days with more returned than sold were read as nothing sold.
    /// Appears when a day's net units were below zero.
    /// Nothing to do.
    ReturnsReadAsZero {
        /// How many days.
        n_days: u32,
    },
    /// The horizon asked for was longer than allowed.
    /// Appears when it was cut.
    /// Ask for fewer days.
    HorizonCut {
        /// Days asked.
        asked_days: u16,
        /// Days answered.
        horizon_days: u16,
    },
    /// The product is too new.
    /// Appears without a forecast.
    /// Wait, or plan by a similar product.
    TooFewDays {
        /// Open days since its first sale.
        n_days: u32,
        /// Open days needed.
        n_days_needed: u32,
    },
    /// The product sells too seldom to say how much.
    /// Appears without a forecast.
    /// Order on demand, or plan by a similar product.
    TooFewSales {
        /// Days with sales.
        n_sales_days: u32,
        /// Days with sales needed.
        n_sales_days_needed: u32,
    },
}

impl Reason for Why {
    fn code(&self) -> &'static str {
        match self {
            Self::ErredLess { .. } => "erred_less",
            Self::SteadierHeld { .. } => "steadier_held",
            Self::NaiveHeld { .. } => "naive_held",
            Self::SoldOnDays { .. } => "sold_on_days",
            Self::Demand { .. } => "demand",
            Self::ClosedWeekday { .. } => "closed_weekday",
            Self::ClosedDays { .. } => "closed_days",
            Self::HolidayAhead { .. } => "holiday_ahead",
            Self::SpikesCut { .. } => "spikes_cut",
            Self::RecentSales { .. } => "recent_sales",
            Self::QuietLately { .. } => "quiet_lately",
            Self::NoYearlySeason { .. } => "no_yearly_season",
            Self::FewTestWindows { .. } => "few_test_windows",
            Self::ReturnsReadAsZero { .. } => "returns_read_as_zero",
            Self::HorizonCut { .. } => "horizon_cut",
            Self::TooFewDays { .. } => "too_few_days",
            Self::TooFewSales { .. } => "too_few_sales",
        }
    }

    // One arm per variant reads better whole than split to fit a screen.
    fn sentence(&self) -> String {
        match self {
            Self::ErredLess { method, percent_less: 0, n_windows, window_days } => format!(
                "{} did about as well as seasonal naive over {} of {window_days} days, and a little \
                 better.",
                method.name(),
                count(u32::from(*n_windows), "test window")
            ),
            Self::ErredLess { method, percent_less, n_windows, window_days } => format!(
                "{} erred {percent_less} % less than seasonal naive over {} of {window_days} days.",
                method.name(),
                count(u32::from(*n_windows), "test window")
            ),
            Self::SteadierHeld { method, naive_percent_less: 0, n_windows, window_days } => {
                format!(
                    "{} erred as much as seasonal naive over {} of {window_days} days, and is steadier.",
                    method.name(),
                    count(u32::from(*n_windows), "test window")
                )
            }
            Self::SteadierHeld { method, naive_percent_less, n_windows, window_days } => format!(
                "Seasonal naive erred only {naive_percent_less} % less than {} over {} of \
                 {window_days} days, too little to leave the steadier method.",
                method.name(),
                count(u32::from(*n_windows), "test window")
            ),
            Self::NaiveHeld { next, percent_more, n_windows, window_days } => format!(
                "Repeating the last season erred least over {} of {window_days} days; {} erred \
                 {percent_more} % more.",
                count(u32::from(*n_windows), "test window"),
                next.name()
            ),
            Self::SoldOnDays { n_sales_days, n_days, period } => format!(
                "Sold on {n_sales_days} of {n_days} open days, so {}.",
                match period {
                    Period::Day => "daily",
                    Period::Week => "weekly",
                }
            ),
            Self::Demand { class } => format!("Demand is {}.", class.name()),
            Self::ClosedWeekday { weekday, n_seen } => {
                format!("Closed on {}s: 0 of {n_seen} had sales.", weekday.name())
            }
            Self::ClosedDays { n_days, first_day, last_day } => format!(
                "{} without any sale in the shop between {} and {} left out as closed.",
                count(*n_days, "other day"),
                date_text(*first_day),
                date_text(*last_day)
            ),
            Self::HolidayAhead { n_days, first_day } => format!(
                "{} from {} on expected closed, as a year earlier.",
                count(*n_days, "day"),
                date_text(*first_day)
            ),
            Self::SpikesCut { n_days, largest_day, largest_units, counted_as_units } => format!(
                "{} far above the others counted as {} units each; the largest was {} on {}.",
                count(*n_days, "day"),
                grouped(*counted_as_units),
                grouped(*largest_units),
                date_text(*largest_day)
            ),
            Self::RecentSales { last_28_days_units, previous_28_days_units } => format!(
                "Sold {} in the last 28 days, {} in the 28 before.",
                grouped(*last_28_days_units),
                grouped(*previous_28_days_units)
            ),
            Self::QuietLately { n_days } => format!("Not sold for {}.", count(*n_days, "day")),
            Self::NoYearlySeason { n_weeks, n_weeks_needed } => format!(
                "No yearly pattern: {} of history, {n_weeks_needed} needed.",
                count(*n_weeks, "week")
            ),
            Self::FewTestWindows { n_windows, n_windows_wanted } => format!(
                "Tested on only {}; {n_windows_wanted} are wanted.",
                count(u32::from(*n_windows), "window")
            ),
            Self::ReturnsReadAsZero { n_days } => {
                format!(
                    "{} with more returned than sold read as nothing sold.",
                    count(*n_days, "day")
                )
            }
            Self::HorizonCut { asked_days, horizon_days } => {
                format!("Asked for {asked_days} days, answered for {horizon_days}.")
            }
            Self::TooFewDays { n_days, n_days_needed } => {
                format!(
                    "Too little history: {}, {n_days_needed} needed.",
                    count(*n_days, "open day")
                )
            }
            Self::TooFewSales { n_sales_days, n_sales_days_needed } => format!(
                "Too little history: sold on {}, {n_sales_days_needed} needed.",
                count(*n_sales_days, "day")
            ),
        }
    }

    fn weight(&self) -> f64 {
        match self {
            Self::TooFewDays { .. } | Self::TooFewSales { .. } => 100.0,
            Self::ErredLess { .. } | Self::SteadierHeld { .. } | Self::NaiveHeld { .. } => 90.0,
            Self::QuietLately { .. } => 80.0,
            Self::SpikesCut { .. } => 70.0,
            Self::SoldOnDays { .. } => 60.0,
            Self::RecentSales { .. } => 55.0,
            Self::HolidayAhead { .. } => 50.0,
            Self::ClosedWeekday { .. } => 40.0,
            Self::NoYearlySeason { .. } => 35.0,
            Self::FewTestWindows { .. } => 30.0,
            Self::Demand { .. } => 25.0,
            Self::ClosedDays { .. } => 20.0,
            Self::HorizonCut { .. } => 15.0,
            Self::ReturnsReadAsZero { .. } => 10.0,
        }
    }
}

fn count(n: u32, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{} {noun}s", grouped(n)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_in_json_is_the_code_of_the_reason_and_sentences_carry_the_numbers() {
        let all = [
            Why::ErredLess { method: Method::Sba, percent_less: 12, n_windows: 4, window_days: 28 },
            Why::SteadierHeld {
                method: Method::EtsLevel,
                naive_percent_less: 12,
                n_windows: 1,
                window_days: 28,
            },
            Why::NaiveHeld { next: Method::Sba, percent_more: 12, n_windows: 4, window_days: 28 },
            Why::SoldOnDays { n_sales_days: 12, n_days: 373, period: Period::Week },
            Why::ClosedWeekday { weekday: Weekday::Saturday, n_seen: 12 },
            Why::ClosedDays { n_days: 12, first_day: 0, last_day: 20 },
            Why::HolidayAhead { n_days: 12, first_day: 0 },
            Why::SpikesCut { n_days: 12, largest_day: 0, largest_units: 90, counted_as_units: 9 },
            Why::RecentSales { last_28_days_units: 12, previous_28_days_units: 3 },
            Why::QuietLately { n_days: 12 },
            Why::NoYearlySeason { n_weeks: 12, n_weeks_needed: 104 },
            Why::FewTestWindows { n_windows: 1, n_windows_wanted: 12 },
            Why::ReturnsReadAsZero { n_days: 12 },
            Why::HorizonCut { asked_days: 500, horizon_days: 12 },
            Why::TooFewDays { n_days: 12, n_days_needed: 56 },
            Why::TooFewSales { n_sales_days: 12, n_sales_days_needed: 16 },
        ];
        for why in all {
            let json = serde_json::to_value(&why).unwrap();
            assert_eq!(json["code"], why.code());
            assert!(why.sentence().contains("12"), "{}", why.sentence());
            assert_eq!(serde_json::from_value::<Why>(json).unwrap(), why);
        }
    }
}
