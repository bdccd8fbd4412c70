//! Promotions and how they are combined: what a merchant writes down.
//!
//! A policy is data. It says nothing of one cart, and nothing here computes.

use mercer_engine_kit::money::Currency;
use serde::{Deserialize, Serialize};

/// Most promotions of a policy. A big shop runs dozens at a time; beyond this, retire some.
pub const N_PROMOTIONS_MAX: usize = 500;
/// Most values of one target, tags of one promotion, tiers of one ladder: more belongs into a
/// category or a tag.
pub const N_VALUES_MAX: usize = 10_000;
/// Most steps of a ladder of quantities or order values: more than anybody reads.
pub const N_STEPS_MAX: usize = 50;
/// Most bundles of one promotion and parts of one bundle: packing tries them together.
pub const N_BUNDLES_MAX: usize = 20;
/// Most parts of all bundles of one promotion: what one machine word has bits for.
pub const N_PARTS_MAX: usize = 64;
/// The whole, in basis points.
pub const WHOLE_BASIS_POINTS: u32 = 10_000;

/// The promotions of a shop and how they are combined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Which of the promotions that could apply do.
    pub combine: Combine,
    /// The promotions, in any order.
    #[serde(default)]
    pub promotions: Vec<Promotion>,
    /// Names under `customer.` beyond the usual ones, which conditions may use.
    #[serde(default)]
    pub customer_values: Vec<CustomerName>,
}

/// Which promotions apply where several could.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Combine {
    /// The first exclusive one that gives something, alone; otherwise one after the other by
    /// falling priority, leaving out what does not stack with those before it.
    ByPriority,
    /// The allowed set that leaves the customer the least to pay.
    BestForCustomer,
}

/// A name under `customer.` that this shop adds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerName {
    /// The name, such as `birthday_month`.
    pub name: String,
    /// What kind of value it has.
    pub kind: CustomerKind,
    /// What it means, as a sentence.
    pub sentence: String,
}

/// The kind of a value known of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomerKind {
    /// Yes or no.
    Flag,
    /// A whole number.
    Number,
    /// A text.
    Text,
    /// Several texts.
    Texts,
}

/// One promotion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promotion {
    /// Its id, unique in the policy. Breaks ties of priority, in the order of bytes.
    pub id: String,
    /// What the customer reads.
    pub name: String,
    /// Higher comes first.
    #[serde(default)]
    pub priority: i32,
    /// Applies alone or not at all.
    #[serde(default)]
    pub exclusive: bool,
    /// Tags by which other promotions say whether they stack with this one.
    #[serde(default)]
    pub tags: Vec<String>,
    /// With whom it stacks. Two promotions stack when both agree.
    #[serde(default)]
    pub stacks: Stacks,
    /// When it applies: a rule over cart, customer, channel, time and shipping, in CEL. Amounts in
    /// it are before any discount. Without one it always applies.
    #[serde(default)]
    pub condition: Option<String>,
    /// What its target must come to.
    #[serde(default)]
    pub minimum: Option<Minimum>,
    /// The lines that it looks at and discounts.
    #[serde(default)]
    pub target: Target,
    /// Whether its discount is taken from prices before or after earlier promotions.
    #[serde(default)]
    pub basis: Basis,
    /// By itself, or by a coupon.
    #[serde(default)]
    pub activation: Activation,
    /// What becomes of a discount that floors do not allow.
    #[serde(default)]
    pub floor: FloorPolicy,
    /// Most minor units that one cart gets from it.
    #[serde(default)]
    pub discount_minor_max: Option<i64>,
    /// Currency of its amounts. Needed when it names any; it then applies to no other cart.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// What is left of its limits.
    #[serde(default)]
    pub limits: Limits,
    /// The campaign whose budget it draws from.
    #[serde(default)]
    pub campaign: Option<String>,
    /// What it gives.
    pub action: Action,
}

/// With which promotions one stacks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "with", rename_all = "snake_case")]
pub enum Stacks {
    /// With all.
    #[default]
    All,
    /// Only with those that carry one of these tags; with none if there are no tags.
    Only {
        /// The tags.
        tags: Vec<String>,
    },
    /// With all but those that carry one of these tags.
    Never {
        /// The tags.
        tags: Vec<String>,
    },
}

/// What the lines of the target must come to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Minimum {
    /// Least amount in minor units.
    pub amount_minor: Option<i64>,
    /// Least number of units.
    pub quantity: Option<i64>,
    /// Whether the amount is taken before or after earlier promotions.
    pub basis: Basis,
}

/// Lines that a promotion looks at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Target {
    /// All lines.
    #[default]
    All,
    /// Lines of these SKUs.
    Skus {
        /// The SKUs.
        values: Vec<String>,
    },
    /// Lines of these products.
    Products {
        /// Ids of products.
        values: Vec<String>,
    },
    /// Lines of these categories.
    Categories {
        /// The categories.
        values: Vec<String>,
    },
    /// Lines that carry one of these tags.
    Tags {
        /// The tags.
        values: Vec<String>,
    },
    /// Lines for which a rule over `line` is true, in CEL.
    Rule {
        /// The rule.
        rule: String,
    },
}

/// Which price counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The price before any promotion: list price, or the flash-sale price where there is one.
    #[default]
    Before,
    /// What earlier promotions left.
    AfterEarlier,
}

/// How a promotion is set off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// By itself.
    #[default]
    Automatic,
    /// By a coupon of the cart that opens it.
    Coupon,
}

/// What becomes of the share of a line that its floor does not allow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FloorPolicy {
    /// Other lines of the target take it, as far as their floors allow.
    #[default]
    Redistribute,
    /// It is lost.
    Forfeit,
}

/// What is left of a promotion's limits; `null` without limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Uses left.
    pub uses_left: Option<i64>,
    /// Uses left for this customer.
    pub customer_uses_left: Option<i64>,
    /// Minor units left to give away.
    pub budget_minor_left: Option<i64>,
}

/// What a promotion gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// A share of the target, rounded once on its sum.
    Percentage {
        /// 1,000 is 10 %.
        basis_points: u32,
    },
    /// An amount over the target, shared by value.
    FixedAmount {
        /// The amount in minor units.
        amount_minor: i64,
    },
    /// A price for each unit of the target, where it is lower.
    FixedPrice {
        /// The price of one unit in minor units.
        unit_price_minor: i64,
    },
    /// For so many bought, others cheaper; the cheapest units are the cheaper ones.
    BuyGet {
        /// Units to buy at their price, of the target.
        buy_quantity: i64,
        /// Units that then are cheaper.
        get_quantity: i64,
        /// Where those are found; without one, in the target itself.
        #[serde(default)]
        get_target: Option<Target>,
        /// How much cheaper: 10,000 is free.
        #[serde(default = "whole")]
        basis_points: u32,
        /// How often at most; without a number, as often as it fits.
        #[serde(default)]
        n_repeats_max: Option<i64>,
    },
    /// The more units, the cheaper.
    QuantityBreaks {
        /// Over what units are counted.
        per: Per,
        /// The ladder. The highest step reached counts.
        breaks: Vec<QuantityBreak>,
    },
    /// The higher the value of the target, the more off.
    OrderTiers {
        /// Whether the value is taken before or after earlier promotions.
        #[serde(default)]
        value_basis: Basis,
        /// The ladder. The highest step reached counts.
        tiers: Vec<OrderTier>,
    },
    /// Several things together for a price; the dearest fitting units are packed first, and
    /// bundles that compete for units are packed for the largest discount.
    Bundle {
        /// The bundles.
        bundles: Vec<BundleOffer>,
    },
    /// A share of the shipping; 10,000 makes it free.
    Shipping {
        /// 10,000 is free.
        basis_points: u32,
        /// For these methods only; without any, for all.
        #[serde(default)]
        methods: Vec<String>,
    },
    /// Something added for nothing. Counts as worth nothing when the best deal is sought.
    Gift {
        /// What is added.
        sku: String,
        /// How many.
        quantity: i64,
    },
}

fn whole() -> u32 {
    WHOLE_BASIS_POINTS
}

/// Over what the units of quantity breaks are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// Each line by itself.
    Line,
    /// All lines of one product; a line without a product counts by its SKU.
    Product,
    /// All lines of the target.
    Target,
}

/// One step of a ladder of quantities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuantityBreak {
    /// From this many units.
    pub quantity_min: i64,
    /// What each unit then gets.
    pub reward: BreakReward,
}

/// What a quantity break gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BreakReward {
    /// A share of the price.
    Percentage {
        /// 1,000 is 10 %.
        basis_points: u32,
    },
    /// Another unit price, where it is lower.
    UnitPrice {
        /// In minor units.
        unit_price_minor: i64,
    },
    /// An amount off each unit.
    AmountOffUnit {
        /// In minor units.
        amount_minor: i64,
    },
}

/// One step of a ladder of order values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderTier {
    /// From this value of the target in minor units.
    pub amount_minor_min: i64,
    /// What it then gives over the target.
    pub reward: TierReward,
}

/// What a tier gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TierReward {
    /// A share of the target.
    Percentage {
        /// 1,000 is 10 %.
        basis_points: u32,
    },
    /// An amount over the target.
    FixedAmount {
        /// In minor units.
        amount_minor: i64,
    },
}

/// Several things together for a price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleOffer {
    /// What belongs to it. A unit fills one place only.
    pub parts: Vec<BundlePart>,
    /// What the bundle costs, in minor units.
    pub price_minor: i64,
    /// How many of it at most in one cart.
    #[serde(default)]
    pub n_max: Option<i64>,
}

/// One part of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundlePart {
    /// What fits; within the promotion's target.
    pub target: Target,
    /// How many units.
    pub quantity: i64,
}
