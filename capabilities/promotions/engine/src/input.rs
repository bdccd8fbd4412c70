//! What the engine is asked: a cart as it stands, with everything that a price depends on.
//!
//! Nothing here reads a database or a clock: whoever gathers fills these, and the same input gives
//! the same quote for ever.

use std::collections::BTreeMap;

use mercer_engine_kit::money::Currency;
use serde::{Deserialize, Serialize};

use crate::policy::Limits;

/// Most lines of a cart. A hand-written order has dozens, a wholesale upload thousands; beyond
/// this somebody tests our patience.
pub const N_LINES_MAX: usize = 10_000;
/// Most units of one line: a million of anything is a contract, not a cart.
pub const QUANTITY_MAX: i64 = 1_000_000;
/// Most minor units that a price, a line or a whole cart may come to. A ninth of what 64 bits
/// hold, so that a tax of several hundred percent still fits.
pub const AMOUNT_MINOR_MAX: i64 = 1_000_000_000_000_000_000;
/// Highest tax rate in basis points: 500 %, above any sales tax in force.
pub const TAX_BASIS_POINTS_MAX: u32 = 50_000;
/// Most coupon codes of one cart: people enter one or two; a hundred is a script that guesses.
pub const N_COUPONS_MAX: usize = 50;
/// Most flash-sale prices of one cart: one for each line that may exist.
pub const N_FLASH_PRICES_MAX: usize = N_LINES_MAX;

/// Everything that decides the price of one cart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Currency of all amounts of the cart.
    pub currency: Currency,
    /// Whether the unit prices include tax.
    pub tax: TaxMode,
    /// The lines, in any order.
    pub lines: Vec<Line>,
    /// How it is shipped and for how much; `null` while that is not known.
    #[serde(default)]
    pub shipping: Option<Shipping>,
    /// Channel in which the cart was filled, as conditions name it ("web").
    pub channel: String,
    /// Country of delivery, ISO 3166-1 alpha-2; `null` while it is not known.
    #[serde(default)]
    pub country: Option<String>,
    /// What is known of the customer, by the names of the vocabulary under `customer.`
    /// (`segment`, `n_orders`, `tier`, `tags`, …). A name that is not there is not known.
    #[serde(default)]
    pub customer: BTreeMap<String, CustomerValue>,
    /// The shop's local time.
    pub time: LocalTime,
    /// Coupon codes as entered, with what the caller found out about them.
    #[serde(default)]
    pub coupons: Vec<Coupon>,
    /// What is left of campaign budgets that several promotions or coupons may share.
    #[serde(default)]
    pub campaigns: Vec<CampaignBudget>,
    /// What is left of promotions' limits for this cart and customer, by id of the promotion. Where
    /// one is named here, these take the place of the limits in the policy, which is compiled once
    /// for all carts and cannot know them.
    #[serde(default)]
    pub limits: BTreeMap<String, Limits>,
    /// Prices that flash sales guarantee.
    #[serde(default)]
    pub flash_prices: Vec<FlashPrice>,
    /// Loyalty points to pay with; applied after promotions.
    #[serde(default)]
    pub points: Option<PointsToSpend>,
}

/// Whether prices include tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxMode {
    /// Prices contain their tax, as in European shops: discounts are what the customer saves.
    Inclusive,
    /// Tax is added to what is left after discounts, as in North America.
    Exclusive,
}

/// One line of the cart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The caller's number of the line, unique in the cart. Ties are broken by it.
    pub position: u32,
    /// What is sold.
    pub sku: String,
    /// The product of which the SKU is a variant.
    #[serde(default)]
    pub product: Option<String>,
    /// Category, as targets name it.
    #[serde(default)]
    pub category: Option<String>,
    /// Tags, as targets name them.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Units, 1 to [`QUANTITY_MAX`].
    pub quantity: i64,
    /// Price of one unit in minor units, zero or above.
    pub unit_price_minor: i64,
    /// Currency of the price, if it came with one: it must be the cart's.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// Cost of one unit in minor units, for margins.
    #[serde(default)]
    pub unit_cost_minor: Option<i64>,
    /// No promotion and no flash sale brings a unit below this, in minor units.
    #[serde(default)]
    pub unit_floor_minor: Option<i64>,
    /// Tax rate in basis points: 2,000 is 20 %.
    #[serde(default)]
    pub tax_basis_points: u32,
}

/// How the order is shipped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shipping {
    /// Method, as conditions and promotions name it ("standard").
    pub method: String,
    /// What it costs, in minor units.
    pub amount_minor: i64,
    /// Tax rate in basis points.
    #[serde(default)]
    pub tax_basis_points: u32,
}

/// One thing known of the customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CustomerValue {
    /// Yes or no.
    Flag(bool),
    /// A whole number: counts, days, minor units.
    Number(i64),
    /// A word or a text.
    Text(String),
    /// Several words.
    Texts(Vec<String>),
}

/// The shop's local time, as fields: the engine has no clock and no time zones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalTime {
    /// Date as `YYYY-MM-DD`; compares as text.
    pub date: String,
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute, 0 to 59.
    #[serde(default)]
    pub minute: u8,
    /// Day of the week, 1 for Monday to 7 for Sunday.
    pub weekday: u8,
}

/// A coupon code as entered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coupon {
    /// The code, as entered.
    pub code: String,
    /// What it is.
    pub standing: CouponStanding,
}

/// What the caller found out about a code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CouponStanding {
    /// There is no such code.
    Unknown,
    /// The code exists and opens a promotion.
    Known {
        /// Id of the promotion that it opens.
        promotion: String,
        /// Uses left of this code; `null` without limit.
        #[serde(default)]
        uses_left: Option<i64>,
        /// Uses left of this code for this customer; `null` without limit.
        #[serde(default)]
        customer_uses_left: Option<i64>,
        /// Minor units left to give away by this code; `null` without limit.
        #[serde(default)]
        budget_minor_left: Option<i64>,
    },
}

/// What is left of a budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignBudget {
    /// Id of the campaign, as promotions name it.
    pub campaign: String,
    /// Minor units left to give away.
    pub budget_minor_left: i64,
}

/// A unit price that a flash sale guarantees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlashPrice {
    /// Id of the sale.
    pub sale: String,
    /// What is sold at this price.
    pub sku: String,
    /// Price of one unit, in minor units. Where it is above the list price, the list price counts.
    pub unit_price_minor: i64,
    /// Units to which it is guaranteed; the rest of a line keeps its price.
    pub quantity_max: i64,
}

/// Loyalty points to pay with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointsToSpend {
    /// Points that the customer wants to spend and has.
    pub points: i64,
    /// Points that are spent together: 100 where points count by the hundred.
    pub step_points: i64,
    /// What one step is worth, in minor units.
    pub step_minor: i64,
    /// Most minor units that may be paid by points; `null` without limit.
    #[serde(default)]
    pub payable_minor_max: Option<i64>,
    /// Most of the goods that may be paid by points, in basis points; 10,000 is all.
    #[serde(default = "all_basis_points")]
    pub payable_basis_points_max: u32,
}

fn all_basis_points() -> u32 {
    10_000
}
