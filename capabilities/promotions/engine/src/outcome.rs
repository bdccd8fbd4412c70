//! What the engine answers: every minor unit of a cart, by line and by source.
//!
//! Numbers only. The words are in [`crate::reason`].

use mercer_engine_kit::money::Currency;
use serde::{Deserialize, Serialize};

use crate::error::{InputError, PolicyError};
use crate::input::TaxMode;
use crate::reason::{NextStep, NotApplied};

/// Answer of [`crate::decide`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// The cart has a price.
    Priced(Box<Quote>),
    /// The cart cannot be priced as it was given; nothing was computed.
    RefusedInput {
        /// What is wrong with the input.
        problem: InputError,
    },
    /// The promotions cannot be used as they were written; nothing was computed.
    RefusedPolicy {
        /// Everything that is wrong with the policy, in its order.
        problems: Vec<PolicyError>,
    },
}

impl Outcome {
    /// The quote, if there is one.
    #[must_use]
    pub fn quote(&self) -> Option<&Quote> {
        match self {
            Self::Priced(quote) => Some(quote),
            Self::RefusedInput { .. } | Self::RefusedPolicy { .. } => None,
        }
    }
}

/// The price of a cart.
///
/// `total_minor` = Σ `lines.net_minor` + `shipping.net_minor`, and, where prices exclude tax, plus
/// `tax_minor`. `subtotal_minor` − `discount_minor` = Σ `lines.net_minor`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    /// Currency of all amounts.
    pub currency: Currency,
    /// Whether amounts include tax.
    pub tax: TaxMode,
    /// The lines, in the order of the input.
    pub lines: Vec<PricedLine>,
    /// Lines at their list prices.
    pub subtotal_minor: i64,
    /// All discounts on lines together.
    pub discount_minor: i64,
    /// Discounts on lines by source, in the order in which they were taken.
    pub discounts: Vec<Discount>,
    /// Shipping; `null` when the input has none.
    pub shipping: Option<PricedShipping>,
    /// Tax of lines and shipping: contained in the total, or part of it, as `tax` says.
    pub tax_minor: i64,
    /// What is to be paid.
    pub total_minor: i64,
    /// What is added for nothing.
    pub gifts: Vec<Gift>,
    /// Uses to hold for promotions, in the order in which they were applied.
    pub uses: Vec<PromotionUse>,
    /// Units to hold of flash sales.
    pub flash_uses: Vec<FlashUse>,
    /// Points to hold.
    pub points: Option<PointsUse>,
    /// Promotions and coupons that did not apply, with the reason, in the order of priority.
    pub not_applied: Vec<HeldBack>,
    /// What is missing for more.
    pub next_steps: Vec<Hint>,
    /// Whether the combination is known to be the one that the policy asks for.
    pub search: Search,
}

/// One line with its price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricedLine {
    /// The caller's number of the line.
    pub position: u32,
    /// What is sold.
    pub sku: String,
    /// Units.
    pub quantity: i64,
    /// List price of one unit.
    pub unit_price_minor: i64,
    /// List price of the line.
    pub list_minor: i64,
    /// What was taken off, by source, in the order in which it was taken.
    pub discounts: Vec<Discount>,
    /// List price less discounts.
    pub net_minor: i64,
    /// Tax of the net price: contained in it or to be added, as the quote says.
    pub tax_minor: i64,
}

/// Shipping with its price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricedShipping {
    /// The method.
    pub method: String,
    /// What it costs before discounts.
    pub list_minor: i64,
    /// What was taken off, by source.
    pub discounts: Vec<Discount>,
    /// What is left.
    pub net_minor: i64,
    /// Tax of what is left.
    pub tax_minor: i64,
}

/// An amount taken off by one source; above zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discount {
    /// Who gave it.
    pub source: Source,
    /// How much.
    pub amount_minor: i64,
}

/// Who gives a discount.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Source {
    /// A flash sale, by its id.
    FlashSale(String),
    /// A promotion, by its id.
    Promotion(String),
    /// Loyalty points.
    Points,
}

/// Something added for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gift {
    /// The promotion that gives it.
    pub promotion: String,
    /// What is added.
    pub sku: String,
    /// How many.
    pub quantity: i64,
}

/// One use of a promotion, for the caller to hold in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromotionUse {
    /// The promotion.
    pub promotion: String,
    /// The code that opened it, as entered.
    pub coupon: Option<String>,
    /// The campaign whose budget it draws from.
    pub campaign: Option<String>,
    /// What it gave on lines and shipping together: the amount to hold of its budgets.
    pub amount_minor: i64,
}

/// Units taken of a flash sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlashUse {
    /// The sale.
    pub sale: String,
    /// What is sold.
    pub sku: String,
    /// Units at its price.
    pub quantity: i64,
    /// What it took off.
    pub amount_minor: i64,
}

/// Points spent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointsUse {
    /// How many.
    pub points: i64,
    /// What they paid.
    pub amount_minor: i64,
}

/// A promotion or a coupon that did not apply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldBack {
    /// The promotion; `null` for a code that opens none.
    pub promotion: Option<String>,
    /// The code concerned, as entered.
    pub coupon: Option<String>,
    /// Why.
    pub why: NotApplied,
    /// The same as a sentence for the customer.
    pub sentence: String,
}

/// What is missing for more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hint {
    /// The promotion that would give more.
    pub promotion: String,
    /// What is missing.
    pub step: NextStep,
    /// The same as a sentence for the customer.
    pub sentence: String,
}

/// How sure the combination is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Search {
    /// It is exactly the one that the policy asks for.
    Complete,
    /// The search was cut off at its limit: a good one, perhaps not the best.
    CutOff,
}
