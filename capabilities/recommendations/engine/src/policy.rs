//! Everything the merchant or the operator may tune, with the reason for each default.
//!
//! Holds numbers only; what they do is in `model` and `decide`. "Fit" and "decide" say when a number
//! is used: the first need a new fit to take effect. Defaults were chosen on the three 28-day
//! windows before the last one of the Online Retail year (`--tune` of the example), never on the
//! last 28 days that README.md reports.

use serde::{Deserialize, Serialize};

/// The tunables of fitting and of deciding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Fit. Companions kept per product. 50 is the longest list that can be asked for; 100 ranked
    /// no better.
    pub neighbours_max: u32,
    /// Fit. Baskets with more distinct products than this do not enter pair counts, but do enter
    /// popularity. 200 leaves out the wholesale orders that hold half the shop, 1.2 % of the
    /// baskets, and with them most of the work; carts rank within
    /// 0.003 of recall from 50 to 2,000.
    pub basket_items_max: u32,
    /// Fit. `k` of the significance weight `n / (n + k)`, in orders. 5 was best for
    /// carts (recall 0.306 against 0.300 at both 0 and 10).
    pub shrinkage_orders: f64,
    /// Fit. How strongly the popularity of the suggested product is divided out: 0 suggests best
    /// sellers, 1 rarities. 0.5 is the cosine, and was best together with 0.4.
    pub popularity_exponent: f64,
    /// Fit. A basket of `n` products counts `n^-x` in similarities. 1, one vote per basket and
    /// product, was clearly better than 0 (recall 0.306 against 0.276).
    pub basket_size_exponent: f64,
    /// Fit. After how many days an order counts half in similarities; 0 or less for never. 90
    /// forgets last season without forgetting the pairs; 60 to 180 are alike.
    pub pair_half_life_days: f64,
    /// Fit. After how many days an order counts half in popularity; 0 or less for never. 7 was
    /// slightly better on the real year, but a week of a small shop is too few orders.
    pub popularity_half_life_days: f64,
    /// Fit. After how many days a purchase counts half in what it says about its customer; 0 or
    /// less for never. 30 to 180 are alike.
    pub customer_half_life_days: f64,
    /// Fit. Similarities are raised to this power before they are added up (case amplification,
    /// Breese, Heckerman and Kadie 1998), so that many weak links do not outvote a strong one. 1.5
    /// serves carts (recall 0.306 against 0.286 at 1) at a small cost for customers (0.065, 0.066).
    pub amplification_exponent: f64,
    /// Decide. For customers, a similarity is multiplied by the share of the product's orders that
    /// is recent, to this power, so that last season's goods fall behind. 1 is the plain share
    /// (recall 0.065 against 0.059 without); not used for a product or a cart, where it harmed.
    pub customer_freshness_exponent: f64,
    /// Fit and decide. Orders with both products needed before a pair is evidence. Ranks no better
    /// than 1, but two orders are no reason that one could show to anybody.
    pub n_both_min: u32,
    /// Decide. How many times chance a pair must be. 1 by meaning: less is no evidence at all.
    pub lift_min: f64,
    /// Decide. Whether a product that the customer has bought is suggested again.
    pub already_bought: AlreadyBought,
}

/// What to do with products that the customer has bought before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum AlreadyBought {
    /// Never suggest them.
    Exclude,
    /// Suggest those bought in at least this many orders; they are evidently replenished. 3 by
    /// default: twice is often a forgotten item or a gift.
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
            shrinkage_orders: 5.0,
            popularity_exponent: 0.5,
            basket_size_exponent: 1.0,
            pair_half_life_days: 90.0,
            popularity_half_life_days: 14.0,
            customer_half_life_days: 90.0,
            amplification_exponent: 1.5,
            customer_freshness_exponent: 1.0,
            n_both_min: 3,
            lift_min: 1.0,
            already_bought: AlreadyBought::KeepRepeated { n_orders_min: 3 },
        }
    }
}
