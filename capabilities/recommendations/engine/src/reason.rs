//! Why an item is shown, and why the answer as a whole is as it is.
//!
//! Numbers only; no wording beyond the one sentence each. Titles of products are the caller's.

use mercer_engine_kit::decision::Reason;
use mercer_engine_kit::words::grouped;
use serde::{Deserialize, Serialize};

/// The reasons of a recommendation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Why {
    /// Means that the two products share more orders than chance would give.
    /// Appears on each item found by similarity, once for each of its strongest links.
    /// To do: offer the two together; a lift far above 1 with many orders is a natural set.
    BoughtTogether {
        /// The product of the context.
        with: String,
        /// Whether the question was about this one product, so that it need not be named.
        is_subject: bool,
        /// Orders with both.
        n_both: u32,
        /// Orders with the product of the context.
        n_this: u32,
        /// Orders with the item.
        n_other: u32,
        /// Orders counted.
        n_baskets: u32,
        /// How many times more often than chance.
        lift: f64,
        /// Similarity, 0 to 1, times what the product counts for the subject.
        score: f64,
    },
    /// Means that more products of the cart or the customer point to the item than are named.
    /// Appears when it is linked to more products than reasons are given for.
    /// To do: nothing; the more products agree, the surer the suggestion.
    FitsSeveral {
        /// Products of the context that it is linked to, the named ones included.
        n_links: u32,
        /// Similarity that the unnamed ones add.
        score: f64,
    },
    /// Means that the item sells well lately, whatever the context.
    /// Appears on each item that fills the answer because too little was similar.
    /// To do: wait for more orders, or pick companions by hand where it matters.
    PopularLately {
        /// Place by recent orders, 1 is the best seller.
        rank: u32,
        /// Orders with it over the whole history.
        n_orders: u32,
        /// Orders with it, halved for every half-life that has passed, rounded.
        n_orders_recent: u32,
        /// The half-life.
        half_life_days: f64,
    },
    /// Means that a part of the item's orders is recent; its similarity was multiplied by that share.
    /// Appears on items for a customer, where goods that sell no more fall behind.
    /// To do: nothing; set `customer_freshness_exponent` to 0 for a range that never changes.
    StillSells {
        /// Orders with it over the whole history.
        n_orders: u32,
        /// Orders with it, halved for every half-life that has passed, rounded.
        n_orders_recent: u32,
        /// The half-life.
        half_life_days: f64,
    },
    /// Means that the customer has bought the item before, often enough to suggest it again.
    /// Appears on items that the policy lets through although they were bought.
    /// To do: exclude bought products in the policy if the shop sells things bought only once.
    BoughtBefore {
        /// Orders of the customer with it.
        n_orders: u32,
        /// Days since the last of them.
        days_since_last: u32,
    },
    /// Means that all items shown were found by similarity.
    /// Appears on the answer as a whole.
    /// To do: nothing.
    EnoughCompanions {
        /// Items shown.
        n_similar: u32,
        /// Orders the evidence comes from.
        n_baskets: u32,
    },
    /// Means that too few products had enough shared orders, so best sellers fill the answer.
    /// Appears on the answer as a whole.
    /// To do: nothing for new products; otherwise lower `n_both_min` or `lift_min` with care.
    FilledWithPopular {
        /// Items found by similarity.
        n_similar: u32,
        /// Best sellers added.
        n_popular: u32,
        /// Shared orders needed.
        n_both_min: u32,
        /// How many times more often than chance is needed.
        lift_min: f64,
    },
    /// Means that the product has no order yet.
    /// Appears when a known product is asked about that never sold up to the reference day.
    /// To do: nothing; a new product gets companions with its first orders.
    ProductNeverSold {},
    /// Means that some of the products asked about are not in the history.
    /// Appears when at least one of them has no number.
    /// To do: check the ids; new products become known with the next fit.
    ProductsUnknown {
        /// Distinct unknown products.
        n_unknown: u32,
    },
    /// Means that only a part of a very long list was looked at.
    /// Appears for carts and customers with more products than the limit.
    /// To do: nothing; what was left out is still not suggested when it is in the cart.
    ContextCut {
        /// Products looked at.
        n_used: u32,
        /// Products left out.
        n_left_out: u32,
    },
    /// Means that there was nothing to go by: an empty cart, or a customer without purchases.
    /// Appears together with best sellers.
    /// To do: nothing; the first product makes the answer personal.
    ContextEmpty {},
    /// Means that nothing can be shown.
    /// Appears for an empty shop, or when all that sold is excluded.
    /// To do: import orders.
    NothingToRecommend {
        /// Candidates that were looked at.
        n_candidates: u32,
        /// Those left out because they are in the context or were bought.
        n_excluded: u32,
    },
}

impl Reason for Why {
    fn code(&self) -> &'static str {
        match self {
            Self::BoughtTogether { .. } => "bought_together",
            Self::FitsSeveral { .. } => "fits_several",
            Self::PopularLately { .. } => "popular_lately",
            Self::StillSells { .. } => "still_sells",
            Self::BoughtBefore { .. } => "bought_before",
            Self::EnoughCompanions { .. } => "enough_companions",
            Self::FilledWithPopular { .. } => "filled_with_popular",
            Self::ProductNeverSold {} => "product_never_sold",
            Self::ProductsUnknown { .. } => "products_unknown",
            Self::ContextCut { .. } => "context_cut",
            Self::ContextEmpty {} => "context_empty",
            Self::NothingToRecommend { .. } => "nothing_to_recommend",
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::BoughtTogether { with, is_subject, n_both, lift, .. } => {
                let (times, orders) = (times_chance(*lift), counted(*n_both, "order"));
                if *is_subject {
                    format!("Bought together in {orders}, {times}.")
                } else {
                    format!("Bought together with {with} in {orders}, {times}.")
                }
            }
            Self::FitsSeveral { n_links, .. } => {
                format!("Goes with {n_links} products in the cart or bought before.")
            }
            Self::PopularLately { rank, n_orders, n_orders_recent, half_life_days } => format!(
                "Number {rank} of the best sellers: {}, counting as {n_orders_recent} when each \
                 order counts half after {half_life_days} days.",
                counted(*n_orders, "order")
            ),
            Self::StillSells { n_orders, n_orders_recent, half_life_days } => format!(
                "Its {} count as {n_orders_recent} when each counts half after {half_life_days} \
                 days.",
                counted(*n_orders, "order")
            ),
            Self::BoughtBefore { n_orders, days_since_last } => format!(
                "Bought in {} by this customer, last {} ago.",
                counted(*n_orders, "order"),
                counted(*days_since_last, "day")
            ),
            Self::EnoughCompanions { n_similar, n_baskets } => format!(
                "{} found in what was bought together in {}.",
                counted(*n_similar, "product"),
                counted(*n_baskets, "order")
            ),
            Self::FilledWithPopular { n_similar, n_popular, n_both_min, lift_min } => format!(
                "{} with enough evidence (at least {} together, {lift_min} times chance); {} added.",
                counted(*n_similar, "product"),
                counted(*n_both_min, "order"),
                counted(*n_popular, "best seller")
            ),
            Self::ProductNeverSold {} => "The product has no order yet.".into(),
            Self::ProductsUnknown { n_unknown } => {
                format!("No orders known for {}.", counted(*n_unknown, "product"))
            }
            Self::ContextCut { n_used, n_left_out } => {
                format!("Looked at {}; {n_left_out} more left out.", counted(*n_used, "product"))
            }
            Self::ContextEmpty {} => "There are no products to go by yet.".into(),
            Self::NothingToRecommend { n_candidates, n_excluded } => format!(
                "Nothing to show: {} looked at, {n_excluded} already in the cart or bought.",
                counted(*n_candidates, "product")
            ),
        }
    }

    fn weight(&self) -> f64 {
        match self {
            Self::BoughtTogether { score, .. } | Self::FitsSeveral { score, .. } => *score,
            Self::PopularLately { rank, .. } => 1.0 / f64::from((*rank).max(1)),
            Self::BoughtBefore { .. } => 1e-6,
            Self::StillSells { .. } => 1e-7,
            Self::NothingToRecommend { .. } => 4.0,
            Self::ProductNeverSold {} | Self::ContextEmpty {} => 3.0,
            Self::FilledWithPopular { .. } | Self::EnoughCompanions { .. } => 2.0,
            Self::ProductsUnknown { .. } => 1.0,
            Self::ContextCut { .. } => 0.5,
        }
    }
}

/// "6.1 times more than chance"; "about as often as chance" between 0.95 and 1.05.
fn times_chance(lift: f64) -> String {
    if (0.95..1.05).contains(&lift) {
        "about as often as by chance".into()
    } else if lift < 0.95 {
        format!("{lift:.1} times what chance would give")
    } else {
        format!("{lift:.1} times more than chance")
    }
}

/// "1 order", "214 orders".
pub(crate) fn counted(n: u32, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{} {what}s", grouped(n)) }
}
