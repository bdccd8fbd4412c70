//! Everything the merchant or the operator may tune, with the reason for each default.
//!
//! Holds numbers only; what they do is in `model` and `decide`.

use serde::{Deserialize, Serialize};

/// The tunables of fitting and of deciding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Companions kept per product.
    pub neighbours_max: u32,
    /// Baskets with more distinct products than this do not enter pair counts.
    pub basket_items_max: u32,
    /// `k` of the significance weight `n / (n + k)`, in orders.
    pub shrinkage_orders: f64,
    /// How strongly the popularity of the suggested product is divided out, 0 to 1.
    pub popularity_exponent: f64,
    /// A basket of `n` products counts `n^-x` in pairs.
    pub basket_size_exponent: f64,
    /// After how many days an order counts half in pairs.
    pub pair_half_life_days: f64,
    /// After how many days an order counts half in popularity.
    pub popularity_half_life_days: f64,
    /// After how many days a purchase counts half in what it says about its customer.
    pub customer_half_life_days: f64,
    /// Orders with both products needed before a pair is evidence.
    pub n_both_min: u32,
    /// How many times more often than chance a pair must be.
    pub lift_min: f64,
    /// Whether and when a product that the customer has bought is suggested again.
    pub already_bought: AlreadyBought,
}

/// What to do with products that the customer has bought before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum AlreadyBought {
    /// Never suggest them.
    Exclude,
    /// Suggest those bought in at least this many orders; they are evidently replenished.
    KeepRepeated {
        /// Orders of the customer with the product.
        n_orders_min: u32,
    },
    /// Treat them like any other product.
    Keep,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            neighbours_max: 50,
            basket_items_max: 200,
            shrinkage_orders: 10.0,
            popularity_exponent: 0.5,
            basket_size_exponent: 0.5,
            pair_half_life_days: 180.0,
            popularity_half_life_days: 28.0,
            customer_half_life_days: 90.0,
            n_both_min: 3,
            lift_min: 1.0,
            already_bought: AlreadyBought::KeepRepeated { n_orders_min: 3 },
        }
    }
}
