//! What the engine is asked and what it answers.
//!
//! Nothing here reads a database: whoever gathers fills these.

use mercer_engine_kit::money::Currency;
use serde::{Deserialize, Serialize};

use crate::segment::Segment;

/// One customer's history in four numbers, as [`crate::fit::fit`] reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerStats {
    /// The gatherer's own index of the customer; not looked at by the engine.
    pub customer: u32,
    /// Day of the latest order, in days since 1970-01-01. Without meaning when there are none.
    pub last_order_day: i32,
    /// Orders that were not cancelled.
    pub n_orders: u32,
    /// What the orders came to, less refunds, in minor units. May be zero or negative.
    pub monetary_minor: i64,
}

/// Where the five scores of each measure begin, found by [`crate::fit::fit`].
///
/// Element `k` is the boundary from which the score is at least `k + 2`; `null` where nobody
/// reaches that score, because too many customers share one value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cuts {
    /// Most days since the last order for the score (falling).
    pub recency_days_max: [Option<i32>; 4],
    /// Fewest orders for the score (rising).
    pub n_orders_min: [Option<u32>; 4],
    /// Least money for the score, in minor units (rising).
    pub monetary_minor_min: [Option<i64>; 4],
}

/// Everything that decides one customer's segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Whole days from the last order to the reference day, zero or above.
    pub recency_days: i32,
    /// Orders that were not cancelled.
    pub n_orders: u32,
    /// What the orders came to, less refunds, in minor units.
    pub monetary_minor: i64,
    /// Currency of the money.
    pub currency: Currency,
    /// Share of customers who ordered less recently, in whole percent, rounded down.
    pub recency_percent_behind: u8,
    /// Share of customers with fewer orders, in whole percent, rounded down.
    pub n_orders_percent_behind: u8,
    /// Share of customers who spent less, in whole percent, rounded down.
    pub monetary_percent_behind: u8,
    /// Boundaries of the scores.
    pub cuts: Cuts,
    /// Customers with an order among whom the boundaries were found.
    pub n_customers: u32,
}

/// A segment and the three scores (1 worst, 5 best) that led to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// The segment.
    pub segment: Segment,
    /// How recent the last order is among all customers, 1 to 5.
    pub recency_score: u8,
    /// How many orders among all customers, 1 to 5.
    pub frequency_score: u8,
    /// How much money among all customers, 1 to 5.
    pub monetary_score: u8,
}

/// Answer of [`crate::decide`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// The customer belongs to a segment.
    Member(Membership),
    /// No segment can be told; the reason says why.
    NoSegment,
}

impl Outcome {
    /// The membership, if there is one.
    #[must_use]
    pub fn membership(self) -> Option<Membership> {
        match self {
            Self::Member(membership) => Some(membership),
            Self::NoSegment => None,
        }
    }
}

/// Everything that decides whether to care for one customer personally.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CareInput {
    /// The customer's segment and scores.
    pub membership: Membership,
    /// Average days between two orders: (last day − first day) ÷ (orders − 1). `None` with fewer
    /// than two orders.
    pub interval_days_average: Option<f64>,
    /// Orders that were not cancelled.
    pub n_orders: u32,
    /// What the orders came to, less refunds, in minor units.
    pub monetary_minor: i64,
    /// Currency of the money.
    pub currency: Currency,
    /// Whole days from the last order to the reference day.
    pub recency_days: i32,
}

/// Answer of [`crate::decide_care`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CareOutcome {
    /// Write to this customer.
    Care {
        /// What a year at their own rhythm would bring, in minor units: average order × 365 ÷
        /// average interval.
        at_stake_minor: i64,
        /// Days since the last order ÷ average interval.
        overdue_factor: f64,
    },
    /// Leave this customer be; the reason says why.
    NoCare,
}
