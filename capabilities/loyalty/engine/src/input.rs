//! What the engine is asked.
//!
//! Nothing here reads a database: whoever gathers fills these, with days of the shop's zone.

use std::collections::BTreeMap;

use mercer_engine_kit::money::Currency;
use serde::{Deserialize, Serialize};

use crate::calendar::Day;
use crate::policy::earning::Activity;
use crate::policy::games::Deed;

/// An order, for which points may be earned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderInput {
    /// The order.
    pub order: Order,
    /// The tier the customer is in, by its id; none: no multiplier.
    #[serde(default)]
    pub tier: Option<String>,
    /// What the customer earned so far under the rules, for their limits.
    #[serde(default)]
    pub earned: Vec<Earned>,
}

/// An order as it was placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Its id.
    pub id: String,
    /// Who ordered.
    pub customer: String,
    /// Currency of all its amounts.
    pub currency: Currency,
    /// The day it was placed.
    pub day: Day,
    /// Whether amounts and discounts contain the tax.
    pub prices_include_tax: bool,
    /// What was bought.
    pub lines: Vec<OrderLine>,
    /// Discounts of the order as a whole on its goods, in minor units; shared over the lines by
    /// what each costs after its own discounts.
    #[serde(default)]
    pub discount_minor: i64,
    /// What was paid with points, in minor units.
    #[serde(default)]
    pub redeemed_minor: i64,
    /// Shipping, if any was charged.
    #[serde(default)]
    pub shipping: Option<Shipping>,
}

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderLine {
    /// Its number in the order.
    pub line: u32,
    /// What was bought.
    pub product: String,
    /// Its categories.
    #[serde(default)]
    pub categories: Vec<String>,
    /// Units.
    pub quantity: i64,
    /// Price of all units before any discount, in minor units.
    pub amount_minor: i64,
    /// Discounts of this line alone, in minor units.
    #[serde(default)]
    pub discount_minor: i64,
    /// Rate of the tax on it, in parts per million: 200000 is 20 %.
    #[serde(default)]
    pub tax_rate_ppm: u32,
}

/// What shipping costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shipping {
    /// Before discounts, in minor units.
    pub amount_minor: i64,
    /// Discounts on it, in minor units.
    #[serde(default)]
    pub discount_minor: i64,
    /// Rate of the tax on it, in parts per million.
    #[serde(default)]
    pub tax_rate_ppm: u32,
}

/// What was earned by one fact under one rule, less what was taken back of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Earned {
    /// The fact: the order's id, the review's, …
    pub fact: String,
    /// The rule.
    pub rule: String,
    /// The day of the fact.
    pub day: Day,
    /// Points.
    pub points: i64,
}

/// Something else for which points may be earned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivityInput {
    /// Its id, such as the review's, or `birthday:cus_1:2012`.
    pub fact: String,
    /// Who did it.
    pub customer: String,
    /// What was done.
    pub deed: ActivityDeed,
    /// When.
    pub day: Day,
    /// The tier the customer is in, by its id; none: no multiplier.
    #[serde(default)]
    pub tier: Option<String>,
    /// What the customer earned so far under the rules, for their limits.
    #[serde(default)]
    pub earned: Vec<Earned>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityDeed {
    /// One of the named activities.
    Activity(Activity),
    /// The challenge of this id was met.
    Challenge(String),
}

/// All returns of an order, for which points are taken back and given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReturnsInput {
    /// The order's id.
    pub order: String,
    /// Who ordered.
    pub customer: String,
    /// What was bought, with units by line number.
    pub bought: BTreeMap<u32, i64>,
    /// The points its lines and its shipping earned, as they were posted.
    #[serde(default)]
    pub earned: Vec<LineLot>,
    /// The points with which it was paid in part, by line.
    #[serde(default)]
    pub redeemed: Vec<LineLot>,
    /// The referral bonuses this order brought, on both sides.
    #[serde(default)]
    pub bonuses: Vec<BonusLot>,
    /// All its returns so far, in the order in which they were recorded; the same id twice counts
    /// once.
    pub returns: Vec<Return>,
}

/// Points that belong to one line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineLot {
    /// The line's number; none: the shipping.
    pub line: Option<u32>,
    /// The lot: granted by the line, or drawn on by the redemption.
    pub lot: String,
    /// The rule that granted it, or `redemption`.
    pub rule: String,
    /// Points.
    pub points: i64,
}

/// Points that somebody earned because this order was placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BonusLot {
    /// Who has them.
    pub customer: String,
    /// The lot.
    pub lot: String,
    /// The rule that granted it.
    pub rule: String,
    /// Points.
    pub points: i64,
}

/// Goods that came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Return {
    /// Its id.
    pub id: String,
    /// When.
    pub day: Day,
    /// Units by line number.
    pub units: BTreeMap<u32, i64>,
}

/// A wish to pay with points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedemptionInput {
    /// Points that can be spent now.
    pub available: i64,
    /// Points that the customer wishes to spend; none: as many as possible.
    pub wanted: Option<i64>,
    /// What is to be paid, in minor units, after all discounts.
    pub payable_minor: i64,
    /// Its currency.
    pub currency: Currency,
}

/// A member's way to a tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierInput {
    /// The day on which the tier is asked for; what comes later does not count.
    pub day: Day,
    /// What counts, each on the day it was earned and less what came back of it.
    pub facts: Vec<TierFact>,
}

/// Something that counts towards a tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierFact {
    /// Its id; the same twice counts once.
    pub fact: String,
    /// When.
    pub day: Day,
    /// Points or minor units, as the programme measures.
    pub amount: i64,
}

/// A member's deeds, for the challenges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChallengeInput {
    /// Who.
    pub customer: String,
    /// The day on which is asked; what comes later does not count.
    pub day: Day,
    /// All deeds, in any order.
    pub facts: Vec<GameFact>,
    /// What was granted before, so that what no longer holds is taken back.
    #[serde(default)]
    pub granted: Vec<GrantedAward>,
}

/// Something done, or undone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum GameFact {
    /// Done.
    Done {
        /// Its id; the same twice counts once.
        fact: String,
        /// What.
        deed: Deed,
        /// When.
        day: Day,
        /// What it was worth, in minor units; for orders.
        #[serde(default)]
        amount_minor: i64,
        /// Products ordered.
        #[serde(default)]
        products: Vec<String>,
        /// Their categories.
        #[serde(default)]
        categories: Vec<String>,
    },
    /// An order came back wholly, a review was removed: it counts as never done.
    Undone {
        /// The id of what was done.
        fact: String,
    },
    /// A part of an order came back.
    Lessened {
        /// The id of what was done.
        fact: String,
        /// The return's id; the same twice counts once.
        by: String,
        /// What came back, in minor units.
        amount_minor: i64,
    },
}

/// Points that were granted for a challenge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantedAward {
    /// The award's name, as it was given.
    pub award: String,
    /// The lot.
    pub lot: String,
    /// The rule that granted it.
    pub rule: String,
    /// Points.
    pub points: i64,
}

/// A friend's order, for which both sides may be rewarded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferralInput {
    /// Whose code it was.
    pub referrer: Person,
    /// Who came by it.
    pub friend: Person,
    /// The friend's order.
    pub order: String,
    /// The day it was placed.
    pub day: Day,
    /// What it cost after discounts, in minor units.
    pub order_minor: i64,
    /// Its currency.
    pub currency: Currency,
    /// Orders of the friend before this one.
    pub n_orders_before: u32,
    /// The days of the referrer's earlier rewarded referrals, without this one.
    #[serde(default)]
    pub rewarded_days: Vec<Day>,
    /// What the referrer earned so far under the rules, for their limits.
    #[serde(default)]
    pub referrer_earned: Vec<Earned>,
    /// What the friend earned so far under the rules, for their limits.
    #[serde(default)]
    pub friend_earned: Vec<Earned>,
}

/// A person as far as guards need to know: no names, only fingerprints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The customer's id.
    pub customer: String,
    /// Fingerprint of the e-mail address.
    #[serde(default)]
    pub email_hash: Option<String>,
    /// Fingerprint of the postal address.
    #[serde(default)]
    pub address_hash: Option<String>,
}

/// A turn of a wheel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpinInput {
    /// The wheel's id.
    pub wheel: String,
    /// Who turns it.
    pub customer: String,
    /// When.
    pub day: Day,
    /// The shop's secret, whose commitment was published before.
    pub server_seed: crate::model::wheel::ServerSeed,
    /// What the customer chose: 1 to 64 letters, digits, `-` or `_`.
    pub client_seed: String,
    /// Which turn under this secret; never the same twice.
    pub nonce: u64,
    /// How many of each limited prize are left, by its id; one that is missing has run out.
    #[serde(default)]
    pub left: BTreeMap<String, u64>,
}

/// The lots of all members, for the liability report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiabilityInput {
    /// The day of the report.
    pub day: Day,
    /// All lots, finished ones too: they are the evidence.
    pub lots: Vec<LotHistory>,
    /// Points that customers owe, as a number above zero.
    #[serde(default)]
    pub points_owed: i64,
}

/// One lot and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LotHistory {
    /// Its key.
    pub lot: String,
    /// Whose.
    pub customer: String,
    /// When it was earned.
    pub day: Day,
    /// Points granted, less those taken back by returns.
    pub issued: i64,
    /// The first day on which they can be spent.
    pub available_from: Day,
    /// The last day on which they can be spent; none: for ever.
    pub last_valid: Option<Day>,
    /// What was spent of it, less what was given back.
    #[serde(default)]
    pub spent: Vec<SpentOfLot>,
}

/// Points spent from a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpentOfLot {
    /// When.
    pub day: Day,
    /// How many.
    pub points: i64,
}
