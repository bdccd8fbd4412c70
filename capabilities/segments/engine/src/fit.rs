//! Reads the whole history once: where scores begin, and what share of customers stands behind
//! each value.
//!
//! Linear in memory and `n log n` in time; a million customers take a fraction of a second.
//! Knows no segments.

use mercer_engine_kit::money::Currency;
use serde::{Deserialize, Serialize};

use crate::input::{CustomerStats, Cuts, Input};

/// What is known of all customers together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Boundaries of the scores.
    pub cuts: Cuts,
    /// Customers with at least one order.
    pub n_customers: u32,
    /// The day from which recency is counted, in days since 1970-01-01.
    pub reference_day: i32,
    /// Currency of all money.
    pub currency: Currency,
    /// Element `p − 1`: least value with at least `p` percent of customers strictly behind.
    /// Recency is kept as the negative of its days, so that more is better everywhere.
    percentiles: [Vec<i64>; 3],
}

/// Quintile boundaries and percentiles over all customers with an order.
///
/// Equal values always get equal scores: a boundary is a value, never a rank, and ties are not
/// broken. For orders and money a value's score is `1 + ⌊5 · share strictly behind⌋`, so that
/// all who ordered once score 1 however many they are. For recency it is by mid-rank (share
/// behind plus half the share equal; Hyndman and Fan 1996 discuss the choices), so that a shop
/// with a single day of orders is in the middle rather than at an end. An order after the
/// reference day counts as placed on it.
#[must_use]
pub fn fit(customers: &[CustomerStats], reference_day: i32, currency: Currency) -> Model {
    let column = |value: fn(&CustomerStats, i32) -> i64| {
        let mut values: Vec<i64> = customers
            .iter()
            .filter(|stats| stats.n_orders > 0)
            .map(|stats| value(stats, reference_day))
            .collect();
        values.sort_unstable();
        values
    };
    let recency = column(|stats, day| -i64::from(recency_days(stats, day)));
    let orders = column(|stats, _| i64::from(stats.n_orders));
    let money = column(|stats, _| stats.monetary_minor);
    let cuts = Cuts {
        recency_days_max: boundaries(&recency, Ties::Middle)
            .map(|cut| cut.and_then(|value| i32::try_from(-value).ok())),
        n_orders_min: boundaries(&orders, Ties::Low)
            .map(|cut| cut.and_then(|value| u32::try_from(value).ok())),
        monetary_minor_min: boundaries(&money, Ties::Low),
    };
    Model {
        cuts,
        n_customers: u32::try_from(recency.len()).unwrap_or(u32::MAX),
        reference_day,
        currency,
        percentiles: [percentiles(&recency), percentiles(&orders), percentiles(&money)],
    }
}

impl Model {
    /// What [`crate::decide`] needs to know of one customer. Meant for customers among whom the
    /// model was fitted; for another, shares are those of the nearest value below.
    #[must_use]
    pub fn input(&self, stats: &CustomerStats) -> Input {
        let recency_days = recency_days(stats, self.reference_day);
        let percent = |at: usize, value: i64| {
            let behind = self.percentiles[at].partition_point(|least| *least <= value);
            u8::try_from(behind).unwrap_or(u8::MAX)
        };
        Input {
            recency_days,
            n_orders: stats.n_orders,
            monetary_minor: stats.monetary_minor,
            currency: self.currency,
            recency_percent_behind: percent(0, -i64::from(recency_days)),
            n_orders_percent_behind: percent(1, i64::from(stats.n_orders)),
            monetary_percent_behind: percent(2, stats.monetary_minor),
            cuts: self.cuts.clone(),
            n_customers: self.n_customers,
        }
    }
}

fn recency_days(stats: &CustomerStats, reference_day: i32) -> i32 {
    reference_day.saturating_sub(stats.last_order_day).max(0)
}

/// Where customers with equal values stand.
#[derive(Clone, Copy)]
enum Ties {
    /// At the lowest rank among them.
    Low,
    /// At the middle rank among them.
    Middle,
}

/// The four least values at which `k/5` of the customers stand behind.
fn boundaries(sorted: &[i64], ties: Ties) -> [Option<i64>; 4] {
    let mut cuts = [None; 4];
    let n = sorted.len() as u64;
    for (value, n_below, n_equal) in runs(sorted) {
        let doubled_rank = match ties {
            Ties::Low => 2 * n_below,
            Ties::Middle => 2 * n_below + n_equal,
        };
        for (cut, k) in cuts.iter_mut().zip(1u64..) {
            if cut.is_none() && 5 * doubled_rank >= 2 * k * n {
                *cut = Some(value);
            }
        }
    }
    cuts
}

/// Least values with 1, 2, … 99 percent of customers strictly behind, as far as there are any.
fn percentiles(sorted: &[i64]) -> Vec<i64> {
    let mut least = Vec::with_capacity(99);
    let n = sorted.len() as u64;
    for (value, n_below, _) in runs(sorted) {
        while least.len() < 99 && 100 * n_below >= (least.len() as u64 + 1) * n {
            least.push(value);
        }
    }
    least
}

/// Each distinct value with how many are below it and how many equal it.
fn runs(sorted: &[i64]) -> impl Iterator<Item = (i64, u64, u64)> + '_ {
    let mut n_below = 0;
    sorted.chunk_by(|a, b| a == b).map(move |run| {
        let n_equal = run.len() as u64;
        let this = (run[0], n_below, n_equal);
        n_below += n_equal;
        this
    })
}
