//! What one question needs to be answered, and answered again later: the candidates with their
//! counts.
//!
//! Small by limits, complete for a replay. Does not decide; a policy may still drop any candidate.

use serde::{Deserialize, Serialize};

/// Candidates by similarity in one input. Five times the largest answer, so that exclusions do
/// not empty it, and an input stays within some tens of kilobytes.
pub const SIMILAR_CANDIDATES_MAX: usize = 250;
/// Candidates by popularity in one input: the largest answer the interface gives, so that it can
/// be filled when nothing is similar.
pub const POPULAR_CANDIDATES_MAX: usize = 50;
/// Links shown per candidate. More than three reasons of one kind are not read.
pub const LINKS_MAX: usize = 3;
/// Products of a cart or customer that are looked at. Beyond it a sum of similarities changes no
/// ranking that anyone could notice, and a question must stay within milliseconds.
pub const CONTEXT_PRODUCTS_MAX: usize = 500;
/// The most items one answer may have; the page of the interface.
pub const LIMIT_MAX: u32 = 50;

/// One question with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// What is asked about.
    pub context: Context,
    /// Items wanted, at most [`LIMIT_MAX`].
    pub limit: u32,
    /// Baskets the pair counts are made of.
    pub n_baskets: u32,
    /// Half-life of the decayed order counts, in days, as fitted.
    pub popularity_half_life_days: f64,
    /// What could be shown, in any order.
    pub candidates: Vec<Candidate>,
}

/// What is asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Context {
    /// Companions of one product.
    Product {
        /// The product; `None` when the history does not know it.
        product: Option<String>,
        /// Baskets with the product.
        n_orders: u32,
    },
    /// What else belongs in this cart.
    Cart {
        /// The distinct known products looked at, in the order given.
        products: Vec<String>,
        /// Products that the history does not know.
        n_unknown: u32,
        /// Known products beyond [`CONTEXT_PRODUCTS_MAX`], not looked at (still never suggested).
        n_left_out: u32,
    },
    /// What this customer may like next.
    Customer {
        /// Distinct known products the customer has bought and that were looked at.
        n_products: u32,
        /// Products that the history does not know.
        n_unknown: u32,
        /// Known products beyond [`CONTEXT_PRODUCTS_MAX`], the least telling, not looked at.
        n_left_out: u32,
    },
}

/// A product that could be shown, with all that speaks for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// The product's id, as the caller names it.
    pub product: String,
    /// Sum of the scores of all links, each times what its product counts in the context.
    pub similarity: f64,
    /// How many products of the context it is linked to.
    pub n_links: u32,
    /// The strongest links, at most [`LINKS_MAX`].
    pub links: Vec<Link>,
    /// How it sells by itself.
    pub popularity: Popularity,
    /// Set when the customer has bought it.
    pub bought: Option<BoughtBefore>,
}

/// A pair of products in the baskets of the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The product of the context.
    pub with: String,
    /// Baskets with both.
    pub n_both: u32,
    /// Baskets with the product of the context.
    pub n_this: u32,
    /// Baskets with the candidate.
    pub n_other: u32,
    /// Similarity of the two, 0 to 1, times what the product counts in the context.
    pub score: f64,
}

/// How a product sells by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Popularity {
    /// Place by recent orders, 1 is the best seller.
    pub rank: u32,
    /// Orders with it over the whole history.
    pub n_orders: u32,
    /// Orders with it, each halved for every half-life that has passed.
    pub n_orders_recent: f64,
}

/// The customer's own purchases of a candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoughtBefore {
    /// Orders of the customer with the product.
    pub n_orders: u32,
    /// Days from the last of them to the reference day.
    pub days_since_last: u32,
}

/// How many times more often two products share a basket than if they were bought independently:
/// `n_both · n_baskets / (n_this · n_other)` (interest or lift, Brin et al. 1997). Zero when any
/// count is zero.
#[must_use]
pub fn lift(n_both: u32, n_this: u32, n_other: u32, n_baskets: u32) -> f64 {
    let chance = f64::from(n_this) * f64::from(n_other);
    if chance == 0.0 { 0.0 } else { f64::from(n_both) * f64::from(n_baskets) / chance }
}
