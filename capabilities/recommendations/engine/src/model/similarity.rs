//! Item-to-item similarity by exact counting of shared baskets.
//!
//! Cosine of weighted baskets (Sarwar, Karypis, Konstan and Riedl 2001) with the popularity of the
//! suggested item divided out by its own exponent and baskets weighted by their size (Deshpande
//! and Karypis 2004), and shrunk by `n / (n + k)` so that few shared orders count little (significance
//! weighting: Herlocker, Konstan, Borchers and Riedl 1999).
//!
//! `s(i → j) = w_ij / (w_i^(1-a) · w_j^a) · n_ij / (n_ij + k)`, where `w` sums the weights
//! `size^-g · 2^(-age / half-life)` of baskets and `n` counts them. Bounded by 0 and 1, because
//! `w_ij ≤ min(w_i, w_j)`.
//!
//! Exact, no sampling or hashing. Learns no factors: pairs that never met in a basket stay apart.

use serde::{Deserialize, Serialize};

use crate::history::History;
use crate::model::popularity::decay;
use crate::policy::Policy;

/// The most basket-item visits of one fit (sum of squared basket sizes). About 3 seconds of one
/// core; beyond it the largest baskets are left out until the rest fits.
pub const PAIR_VISITS_MAX: u64 = 2_000_000_000;

/// Weights of baskets are kept in fixed point so that sums do not depend on the order of baskets.
/// 2^24 leaves 40 bits for whole baskets.
const FIXED_POINT: f64 = 16_777_216.0;

/// One kept companion of a product.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Neighbour {
    /// The companion.
    pub product: u32,
    /// Baskets with both.
    pub n_both: u32,
    /// Similarity, 0 to 1.
    pub score: f32,
}

/// The companions of all products and the counts behind them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SimilarityTable {
    /// Start of each product's companions in `neighbours`, with one more at the end.
    pub starts: Vec<u32>,
    /// Companions, best first within a product.
    pub neighbours: Vec<Neighbour>,
    /// Baskets with each product, of those that pairs are counted in.
    pub n_baskets_with: Vec<u32>,
    /// What was counted and what was left out.
    pub counted: Counted,
}

/// What entered the pair counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counted {
    /// Baskets that pairs were counted in, those with a single product among them.
    pub n_baskets: u32,
    /// Baskets left out because they were larger than `basket_items_max`.
    pub n_baskets_too_large: u32,
    /// The largest basket that was counted in pairs: the policy's limit, or less when the whole
    /// history would have needed more than [`PAIR_VISITS_MAX`] visits.
    pub basket_items_max: u32,
    /// Lines with a product number out of range.
    pub n_items_unknown: u64,
    /// Baskets after the reference day, left out.
    pub n_baskets_later: u32,
    /// Baskets without any known product, left out.
    pub n_baskets_empty: u32,
}

/// Baskets and their transpose, in compressed rows.
struct Incidence {
    basket_starts: Vec<u32>,
    basket_items: Vec<u32>,
    basket_weights: Vec<u64>,
    item_starts: Vec<u32>,
    item_baskets: Vec<u32>,
    item_weights: Vec<u64>,
    counted: Counted,
}

/// Sum of one pair while a row is counted.
#[derive(Clone, Copy, Default)]
struct Cell {
    weight: u64,
    n: u32,
}

impl SimilarityTable {
    /// Counts all pairs up to the reference day and keeps the best companions of each product.
    #[must_use]
    pub fn count(history: &History<'_>, day_reference: i32, policy: &Policy) -> Self {
        let incidence = Incidence::build(history, day_reference, policy);
        let n_products = history.n_products as usize;
        let mut row = vec![Cell::default(); n_products];
        let (mut touched, mut found) = (Vec::new(), Vec::new());
        let mut starts = Vec::with_capacity(n_products + 1);
        let mut neighbours = Vec::new();
        starts.push(0);
        let powers = Powers::of(&incidence.item_weights, policy.popularity_exponent);
        for item in 0..n_products {
            incidence.fill_row(item, &mut row, &mut touched);
            found.clear();
            for &other in &touched {
                let Cell { weight, n } = std::mem::take(&mut row[other as usize]);
                if n >= policy.n_both_min && other as usize != item {
                    let n = f64::from(n);
                    let closeness =
                        weight as f64 * powers.this[item] * powers.other[other as usize];
                    let shrunk = closeness.min(1.0) * n / (n + policy.shrinkage_orders.max(0.0));
                    found.push(Neighbour {
                        product: other,
                        n_both: n as u32,
                        score: shrunk as f32,
                    });
                }
            }
            touched.clear();
            keep_best(&mut found, policy.neighbours_max as usize);
            neighbours.extend_from_slice(&found);
            starts.push(u32::try_from(neighbours.len()).unwrap_or(u32::MAX));
        }
        neighbours.shrink_to_fit();
        let ends = &incidence.item_starts;
        let n_baskets_with = ends.windows(2).map(|pair| pair[1] - pair[0]).collect();
        Self { starts, neighbours, n_baskets_with, counted: incidence.counted }
    }

    /// The companions of a product, best first; none for a product out of range.
    #[must_use]
    pub fn of(&self, product: u32) -> &[Neighbour] {
        let product = product as usize;
        match (self.starts.get(product), self.starts.get(product + 1)) {
            (Some(&from), Some(&to)) => {
                self.neighbours.get(from as usize..to as usize).unwrap_or(&[])
            }
            _ => &[],
        }
    }
}

/// `w^-(1-a)` and `w^-a` of each product, so that a pair costs two multiplications.
struct Powers {
    this: Vec<f64>,
    other: Vec<f64>,
}

impl Powers {
    fn of(weights: &[u64], popularity_exponent: f64) -> Self {
        let a = popularity_exponent.clamp(0.0, 1.0);
        let power = |exponent: f64| {
            weights.iter().map(|&w| if w == 0 { 0.0 } else { (w as f64).powf(-exponent) }).collect()
        };
        Self { this: power(1.0 - a), other: power(a) }
    }
}

/// Keeps the `n` best, best first; ties go to the lower product number.
fn keep_best(found: &mut Vec<Neighbour>, n: usize) {
    let order =
        |a: &Neighbour, b: &Neighbour| b.score.total_cmp(&a.score).then(a.product.cmp(&b.product));
    if n == 0 {
        found.clear();
    } else if found.len() > n {
        found.select_nth_unstable_by(n - 1, order);
        found.truncate(n);
    }
    found.sort_unstable_by(order);
}

impl Incidence {
    fn build(history: &History<'_>, day_reference: i32, policy: &Policy) -> Self {
        let limit = basket_limit(history, day_reference, policy.basket_items_max);
        let mut counted = Counted { basket_items_max: limit, ..Counted::default() };
        let n_products = history.n_products as usize;
        let (mut basket_starts, mut basket_items) = (vec![0u32], Vec::new());
        let (mut basket_weights, mut item_weights) = (Vec::new(), vec![0u64; n_products]);
        let mut item_starts = vec![0u32; n_products + 1];
        let mut items = Vec::new();
        for (index, basket) in history.baskets.iter().enumerate() {
            if basket.day > day_reference {
                counted.n_baskets_later += 1;
                continue;
            }
            counted.n_items_unknown += u64::from(history.distinct_items_of(index, &mut items));
            if items.is_empty() {
                counted.n_baskets_empty += 1;
                continue;
            }
            if items.len() > limit as usize {
                counted.n_baskets_too_large += 1;
                continue;
            }
            let weight = basket_weight(items.len(), basket.day, day_reference, policy);
            for &item in &items {
                item_weights[item as usize] += weight;
                item_starts[item as usize + 1] += 1;
            }
            basket_items.extend_from_slice(&items);
            basket_starts.push(basket_items.len() as u32);
            basket_weights.push(weight);
        }
        counted.n_baskets = basket_weights.len() as u32;
        for item in 0..n_products {
            item_starts[item + 1] += item_starts[item];
        }
        let item_baskets = transpose(&basket_starts, &basket_items, &item_starts);
        Self {
            basket_starts,
            basket_items,
            basket_weights,
            item_starts,
            item_baskets,
            item_weights,
            counted,
        }
    }

    /// Adds up the row of one product over its baskets; `touched` names the cells in use.
    fn fill_row(&self, item: usize, row: &mut [Cell], touched: &mut Vec<u32>) {
        let range = self.item_starts[item] as usize..self.item_starts[item + 1] as usize;
        for &basket in &self.item_baskets[range] {
            let basket = basket as usize;
            let weight = self.basket_weights[basket];
            let from = self.basket_starts[basket] as usize;
            let to = self.basket_starts[basket + 1] as usize;
            for &other in &self.basket_items[from..to] {
                let cell = &mut row[other as usize];
                if cell.n == 0 {
                    touched.push(other);
                }
                cell.n += 1;
                cell.weight += weight;
            }
        }
    }
}

/// `size^-g · 2^(-age / half-life)` in fixed point, never zero.
fn basket_weight(n_items: usize, day: i32, day_reference: i32, policy: &Policy) -> u64 {
    let by_size = (n_items as f64).powf(-policy.basket_size_exponent.clamp(0.0, 2.0));
    let by_age = decay(day, day_reference, policy.pair_half_life_days);
    ((by_size * by_age * FIXED_POINT) as u64).max(1)
}

/// The largest basket size, at most `basket_items_max`, with which all pairs can be visited within
/// [`PAIR_VISITS_MAX`].
fn basket_limit(history: &History<'_>, day_reference: i32, basket_items_max: u32) -> u32 {
    let largest = basket_items_max as usize;
    let mut n_by_size = Vec::new();
    for (index, basket) in history.baskets.iter().enumerate() {
        let size = history.items_of(index).len();
        if basket.day <= day_reference && size <= largest {
            if n_by_size.len() <= size {
                n_by_size.resize(size + 1, 0u64);
            }
            n_by_size[size] += 1;
        }
    }
    let mut visits = 0u64;
    for (size, &n) in n_by_size.iter().enumerate() {
        visits = visits.saturating_add(n.saturating_mul((size as u64).pow(2)));
        if visits > PAIR_VISITS_MAX {
            return (size as u32).saturating_sub(1).max(1);
        }
    }
    basket_items_max
}

/// Baskets of each item, from the items of each basket.
fn transpose(basket_starts: &[u32], basket_items: &[u32], item_starts: &[u32]) -> Vec<u32> {
    let mut next = item_starts.to_vec();
    let mut item_baskets = vec![0u32; basket_items.len()];
    for (basket, range) in basket_starts.windows(2).enumerate() {
        for &item in &basket_items[range[0] as usize..range[1] as usize] {
            let place = &mut next[item as usize];
            item_baskets[*place as usize] = basket as u32;
            *place += 1;
        }
    }
    item_baskets
}
