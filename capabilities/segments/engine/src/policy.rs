//! All tunables with the reason for each number.
//!
//! The fields of the grid are not tunable: two shops that say "At risk" should mean the same.

use serde::{Deserialize, Serialize};

/// How segments are decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Fewest customers with an order. Default 10: each of the five scores then stands for two
    /// customers; below that one order more or less moves everybody.
    pub n_customers_min: u32,
    /// Share of money in the value score, in percent; the rest is the number of orders.
    /// Default 50: the usual grid takes the plain mean of both. Above 100 counts as 100.
    pub monetary_weight_percent: u8,
}

impl Default for Policy {
    fn default() -> Self {
        Self { n_customers_min: 10, monetary_weight_percent: 50 }
    }
}

/// How care is decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CarePolicy {
    /// Fewest orders from which a rhythm can be told. Default 4: three intervals, the fewest
    /// whose mean is not one accident.
    pub n_orders_min: u32,
    /// Lowest money score of a customer worth a hand-written letter. Default 4: the upper two
    /// fifths.
    pub monetary_score_min: u8,
    /// From how many of their usual intervals somebody is overdue. Default 2.0: were orders to
    /// come purely by chance (exponential intervals), only e^−2 = 14 % of gaps would be longer,
    /// and people are more regular than chance.
    pub overdue_factor_min: f64,
    /// From how many intervals a letter comes too late. Default 10.0: by the same reckoning fewer
    /// than one gap in 20,000 is that long, so the customer has left.
    pub overdue_factor_max: f64,
    /// Fewest days since the last order. Default 21: a parcel may still be under way and a
    /// letter after a fortnight is a nuisance, however often somebody orders.
    pub recency_days_min: i32,
}

impl Default for CarePolicy {
    fn default() -> Self {
        Self {
            n_orders_min: 4,
            monetary_score_min: 4,
            overdue_factor_min: 2.0,
            overdue_factor_max: 10.0,
            recency_days_min: 21,
        }
    }
}
