//! Popularity with exponential decay: each order counts `2^(-age / half-life)`.
//!
//! The forgetting of exponential smoothing (Brown 1959), applied to order counts. Counts orders, not
//! units, so one wholesale order does not make a best seller. Knows no seasons.

use serde::{Deserialize, Serialize};

use crate::history::History;

/// Decayed counts are kept in fixed point so that their sums do not depend on the order of
/// baskets. 2^24 leaves 40 bits for whole orders.
const FIXED_POINT: f64 = 16_777_216.0;

/// Orders per product, plain and decayed, and the ranking by the decayed count.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PopularityTable {
    /// Orders with each product.
    pub n_orders: Vec<u32>,
    /// Decayed orders with each product.
    pub n_orders_recent: Vec<f64>,
    /// Products from the most to the least popular lately; never-sold ones are left out.
    pub ranking: Vec<u32>,
    /// Place of each product in the ranking from 1; 0 for never sold.
    pub rank: Vec<u32>,
}

/// `2^(-age / half_life)`, 1 for anything not older than the reference day. A half-life that is
/// not positive means no decay.
#[must_use]
pub fn decay(day: i32, day_reference: i32, half_life_days: f64) -> f64 {
    let age = f64::from(day_reference) - f64::from(day);
    if half_life_days > 0.0 { (-age.max(0.0) / half_life_days).exp2() } else { 1.0 }
}

impl PopularityTable {
    /// Counts the orders up to the reference day.
    #[must_use]
    pub fn count(history: &History<'_>, day_reference: i32, half_life_days: f64) -> Self {
        let mut n_orders = vec![0u32; history.n_products as usize];
        let mut fixed = vec![0u64; history.n_products as usize];
        let mut items = Vec::new();
        for (index, basket) in history.baskets.iter().enumerate() {
            if basket.day > day_reference {
                continue;
            }
            let weight = (decay(basket.day, day_reference, half_life_days) * FIXED_POINT) as u64;
            history.distinct_items_of(index, &mut items);
            for &item in &items {
                n_orders[item as usize] += 1;
                fixed[item as usize] += weight;
            }
        }
        let mut ranking: Vec<u32> =
            (0..history.n_products).filter(|&p| n_orders[p as usize] > 0).collect();
        ranking.sort_unstable_by_key(|&p| {
            let p = p as usize;
            (std::cmp::Reverse(fixed[p]), std::cmp::Reverse(n_orders[p]), p)
        });
        let mut rank = vec![0u32; history.n_products as usize];
        for (place, &product) in (1u32..).zip(&ranking) {
            rank[product as usize] = place;
        }
        let n_orders_recent = fixed.iter().map(|&f| f as f64 / FIXED_POINT).collect();
        Self { n_orders, n_orders_recent, ranking, rank }
    }

    /// Products by orders over the whole history, most first; never-sold ones are left out.
    #[must_use]
    pub fn ranking_all_time(&self) -> Vec<u32> {
        let mut ranking = self.ranking.clone();
        ranking.sort_unstable_by_key(|&p| (std::cmp::Reverse(self.n_orders[p as usize]), p));
        ranking
    }
}
