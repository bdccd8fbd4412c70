//! Why a cart costs what it costs.
//!
//! Each variant says what it means, when it appears and what to do; these lines become the
//! documentation and the console's text.

use mercer_engine_kit::decision::Reason;
use mercer_engine_kit::money::{Currency, Money};
use serde::{Deserialize, Serialize};

use crate::error::InputError;

/// Why a cart costs what it costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Why {
    /// A promotion was applied.
    /// Appears for each that took something off or gave a gift.
    /// Nothing to do.
    Applied {
        /// The promotion's id.
        promotion: String,
        /// What the customer reads.
        name: String,
        /// What it took off lines and shipping, in minor units.
        amount_minor: i64,
        /// Units that it added for nothing.
        n_gifts: i64,
        /// Currency of the amount.
        currency: Currency,
    },
    /// A flash sale set the price of some units.
    /// Appears for each sale that took something off.
    /// Hold its units before the order is placed.
    FlashPrice {
        /// The sale's id.
        sale: String,
        /// Units at its price.
        quantity: i64,
        /// What it took off, in minor units.
        amount_minor: i64,
        /// Currency of the amount.
        currency: Currency,
    },
    /// Points paid a part.
    /// Appears when points were spent.
    /// Hold the points before the order is placed.
    PointsSpent {
        /// How many.
        points: i64,
        /// What they paid, in minor units.
        amount_minor: i64,
        /// Currency of the amount.
        currency: Currency,
    },
    /// A promotion or a coupon did not apply.
    /// Appears for each that was looked at and left out.
    /// The inner reason says what is missing.
    NotApplied {
        /// The promotion's id, or the code that opens none.
        subject: String,
        /// What the customer reads: the promotion's name, or the code.
        name: String,
        /// Why.
        why: NotApplied,
        /// Currency of its amounts.
        currency: Currency,
    },
    /// There is nothing to take off.
    /// Appears when no promotion, flash sale or point concerns the cart.
    /// Nothing to do.
    ListPrices {
        /// Lines of the cart.
        n_lines: usize,
    },
    /// The search for the best deal was cut off.
    /// Appears when more combinations of promotions are possible than are tried.
    /// Say which promotions stack, or make some exclusive, so that fewer combinations remain.
    SearchCutOff {
        /// Combinations looked at.
        n_nodes: usize,
    },
    /// The cart cannot be priced as it was given.
    /// Appears instead of a quote.
    /// Put the input right and ask again.
    InputRefused {
        /// What is wrong.
        problem: InputError,
    },
    /// The promotions cannot be used as they were written.
    /// Appears instead of a quote.
    /// Put the named promotions right and ask again.
    PolicyRefused {
        /// How many things are wrong.
        n_problems: usize,
        /// The first of them, as a sentence.
        first: String,
    },
}

/// Why a promotion or a coupon did not apply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum NotApplied {
    /// No such code.
    /// Appears for a coupon that the caller does not know.
    /// Check the spelling.
    CouponUnknown,
    /// The code opens a promotion that is not running.
    /// Appears when the coupon's promotion is not in the policy.
    /// Check its dates.
    CouponNotRunning,
    /// The promotion of this code applies without it.
    /// Appears for a coupon of a promotion that needs none.
    /// Keep the code, or make the promotion one by coupon.
    CouponNotNeeded,
    /// The promotion needs a coupon that was not entered.
    /// Appears for promotions by coupon.
    /// Enter the code.
    CouponMissing,
    /// A limit of uses is reached.
    /// Appears when nothing is left of the limit named.
    /// Raise the limit, or let it be.
    UsedUp {
        /// Which limit.
        limit: Limit,
    },
    /// Another currency.
    /// Appears when the promotion's amounts are in another currency than the cart.
    /// Write a promotion for this currency.
    OtherCurrency {
        /// Currency of the promotion.
        promotion: Currency,
    },
    /// Its condition is not met.
    /// Appears when the rule is false for this cart, or needs a value that is not known.
    /// Look at the rule.
    ConditionNotMet,
    /// Its condition could not be computed.
    /// Appears when a sum in the rule leaves the range of numbers or divides by zero.
    /// Put the rule right.
    ConditionFailed {
        /// What went wrong.
        problem: String,
    },
    /// No line is meant.
    /// Appears when no line of the cart lies in the target.
    /// Add something of the target.
    NothingInTarget,
    /// The target comes to too little.
    /// Appears when the amount lies below the minimum.
    /// Add what is missing.
    AmountBelowMinimum {
        /// What it comes to, in minor units.
        amount_minor: i64,
        /// What is needed.
        needed_minor: i64,
    },
    /// Too few units.
    /// Appears when the units of the target lie below the minimum or the first step.
    /// Add what is missing.
    QuantityBelowMinimum {
        /// Units there.
        quantity: i64,
        /// Units needed.
        needed: i64,
    },
    /// There is no shipping, or not by this method, or it is free already.
    /// Appears for promotions on shipping.
    /// Choose another method.
    NoShippingToDiscount,
    /// The bundle is not complete, or not dearer than its parts in the cart.
    /// Appears for bundles.
    /// Add what is missing.
    NoBundle,
    /// Floors leave no room.
    /// Appears when every line of the target is at its lowest price already.
    /// Look at the floors.
    AtFloor,
    /// It would take nothing off.
    /// Appears when prices are as low already, or the share rounds to nothing.
    /// Nothing to do.
    NothingToGive,
    /// An exclusive promotion was applied.
    /// Appears for all others.
    /// Nothing to do.
    ExclusiveApplied {
        /// The one that was applied.
        promotion: String,
    },
    /// It is exclusive and others were applied.
    /// Appears for an exclusive promotion that lost.
    /// Nothing to do.
    OthersApplied,
    /// It does not stack with one that was applied.
    /// Appears for the later of two.
    /// Look at their tags.
    DoesNotStack {
        /// The one that was applied.
        promotion: String,
    },
    /// Without it the customer pays less, or the same.
    /// Appears when the best deal is sought.
    /// Nothing to do.
    BetterWithout,
    /// The code opens a promotion that another code has opened already.
    /// Appears for the second of two coupons of one promotion.
    /// Keep the code for the next order.
    OpenedByOther {
        /// The other code.
        coupon: String,
    },
}

/// A limit of which nothing is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Uses of the promotion.
    PromotionUses,
    /// Uses of the promotion by this customer.
    PromotionCustomerUses,
    /// Money of the promotion.
    PromotionBudget,
    /// Uses of the code.
    CodeUses,
    /// Uses of the code by this customer.
    CodeCustomerUses,
    /// Money of the code.
    CodeBudget,
    /// Money of the campaign.
    CampaignBudget,
}

/// What is missing for more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum NextStep {
    /// Units are missing.
    AddUnits {
        /// How many more.
        quantity: i64,
        /// Of what, where it is one thing.
        sku: Option<String>,
        /// What comes then.
        gives: Gives,
    },
    /// An amount is missing.
    SpendMore {
        /// How much more, in minor units.
        amount_minor: i64,
        /// What comes then.
        gives: Gives,
    },
    /// A unit may be added for less.
    AddFree {
        /// How many.
        quantity: i64,
        /// How much cheaper each is, in basis points; 10,000 is free.
        basis_points: u32,
    },
}

/// What a step gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Gives {
    /// A share off.
    Percentage {
        /// 1,000 is 10 %.
        basis_points: u32,
    },
    /// An amount off.
    Amount {
        /// In minor units.
        amount_minor: i64,
    },
    /// An amount off each unit.
    AmountOffUnit {
        /// In minor units.
        amount_minor: i64,
    },
    /// A unit price.
    UnitPrice {
        /// In minor units.
        unit_price_minor: i64,
    },
    /// Units for less.
    UnitsOff {
        /// How many.
        quantity: i64,
        /// How much cheaper each is; 10,000 is free.
        basis_points: u32,
    },
    /// A share off the shipping.
    Shipping {
        /// 10,000 is free.
        basis_points: u32,
    },
    /// A gift.
    Gift {
        /// What is added.
        sku: String,
        /// How many.
        quantity: i64,
    },
    /// What the promotion gives, by its name.
    Named {
        /// What the customer reads.
        name: String,
    },
}

impl Reason for Why {
    fn code(&self) -> &'static str {
        match self {
            Self::Applied { .. } => "applied",
            Self::FlashPrice { .. } => "flash_price",
            Self::PointsSpent { .. } => "points_spent",
            Self::NotApplied { .. } => "not_applied",
            Self::ListPrices { .. } => "list_prices",
            Self::SearchCutOff { .. } => "search_cut_off",
            Self::InputRefused { .. } => "input_refused",
            Self::PolicyRefused { .. } => "policy_refused",
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::Applied { name, amount_minor, n_gifts, currency, .. } => {
                let amount = Money::new(*amount_minor, *currency).for_people();
                match (*amount_minor, *n_gifts) {
                    (_, 0) => format!("“{name}” took off {amount}."),
                    (0, n) => format!("“{name}” added {}.", units(n, "gift")),
                    (_, n) => format!("“{name}” took off {amount} and added {}.", units(n, "gift")),
                }
            }
            Self::FlashPrice { quantity, amount_minor, currency, .. } => format!(
                "{} at the price of a flash sale: {} off.",
                units(*quantity, "unit"),
                Money::new(*amount_minor, *currency).for_people()
            ),
            Self::PointsSpent { points, amount_minor, currency } => {
                format!(
                    "{} paid {}.",
                    units(*points, "point"),
                    Money::new(*amount_minor, *currency).for_people()
                )
            }
            Self::NotApplied { name, why, currency, .. } => {
                format!("“{name}” did not apply: {}", why.sentence(*currency))
            }
            Self::ListPrices { n_lines } => {
                let n_lines = i64::try_from(*n_lines).unwrap_or(i64::MAX);
                format!("Nothing to take off {}: list prices.", units(n_lines, "line"))
            }
            Self::SearchCutOff { n_nodes } => format!(
                "More combinations are possible than are tried: this is the best of {n_nodes}."
            ),
            Self::InputRefused { problem } => format!("Not priced: {problem}."),
            Self::PolicyRefused { n_problems, first } => {
                format!("Not priced: the promotions have {n_problems} faults, first: {first}.")
            }
        }
    }

    fn weight(&self) -> f64 {
        match self {
            Self::Applied { amount_minor, .. }
            | Self::FlashPrice { amount_minor, .. }
            | Self::PointsSpent { amount_minor, .. } => (*amount_minor as f64).max(1.0),
            Self::NotApplied { .. } => 0.1,
            Self::SearchCutOff { .. } => 0.5,
            Self::ListPrices { .. } => 1.0,
            Self::InputRefused { .. } | Self::PolicyRefused { .. } => f64::INFINITY,
        }
    }
}

impl NotApplied {
    /// Stable machine name, equal to the `code` in JSON.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::CouponUnknown => "coupon_unknown",
            Self::CouponNotRunning => "coupon_not_running",
            Self::CouponNotNeeded => "coupon_not_needed",
            Self::CouponMissing => "coupon_missing",
            Self::UsedUp { .. } => "used_up",
            Self::OtherCurrency { .. } => "other_currency",
            Self::ConditionNotMet => "condition_not_met",
            Self::ConditionFailed { .. } => "condition_failed",
            Self::NothingInTarget => "nothing_in_target",
            Self::AmountBelowMinimum { .. } => "amount_below_minimum",
            Self::QuantityBelowMinimum { .. } => "quantity_below_minimum",
            Self::NoShippingToDiscount => "no_shipping_to_discount",
            Self::NoBundle => "no_bundle",
            Self::AtFloor => "at_floor",
            Self::NothingToGive => "nothing_to_give",
            Self::ExclusiveApplied { .. } => "exclusive_applied",
            Self::OthersApplied => "others_applied",
            Self::DoesNotStack { .. } => "does_not_stack",
            Self::BetterWithout => "better_without",
            Self::OpenedByOther { .. } => "opened_by_other",
        }
    }

    /// One sentence for the customer, with the numbers in it.
    #[must_use]
    pub fn sentence(&self, currency: Currency) -> String {
        let fixed = match self {
            Self::UsedUp { limit } => return limit.sentence().to_owned(),
            Self::OtherCurrency { promotion } => {
                return format!("It is for carts in {promotion}; this one is in {currency}.");
            }
            Self::ConditionFailed { problem } => {
                return format!("Its condition could not be computed: {problem}.");
            }
            Self::AmountBelowMinimum { amount_minor, needed_minor } => {
                let missing = needed_minor.saturating_sub(*amount_minor);
                return format!(
                    "It needs {}; {} is missing.",
                    Money::new(*needed_minor, currency).for_people(),
                    Money::new(missing, currency).for_people()
                );
            }
            Self::QuantityBelowMinimum { quantity, needed } => {
                return format!(
                    "It needs {}; {} there.",
                    units(*needed, "unit"),
                    if *quantity == 1 { "1 is".to_owned() } else { format!("{quantity} are") }
                );
            }
            Self::ExclusiveApplied { promotion } => {
                return format!("“{promotion}” cannot be combined with others.");
            }
            Self::DoesNotStack { promotion } => {
                return format!("It cannot be combined with “{promotion}”.");
            }
            Self::OpenedByOther { coupon } => {
                return format!("The code “{coupon}” gives the same already.");
            }
            Self::CouponUnknown => "There is no such code.",
            Self::CouponNotRunning => "The promotion of this code is not running.",
            Self::CouponNotNeeded => "The promotion of this code applies without it.",
            Self::CouponMissing => "It needs a coupon code.",
            Self::ConditionNotMet => "Its condition is not met.",
            Self::NothingInTarget => "Nothing in the cart belongs to it.",
            Self::NoShippingToDiscount => "There is no shipping that it could make cheaper.",
            Self::NoBundle => "No bundle of the cart is complete and cheaper together.",
            Self::AtFloor => "Prices are at their lowest already.",
            Self::NothingToGive => "Prices are as low already.",
            Self::OthersApplied => "It cannot be combined, and others give more or come first.",
            Self::BetterWithout => "Without it the total is as low or lower.",
        };
        fixed.to_owned()
    }
}

impl Limit {
    fn sentence(self) -> &'static str {
        match self {
            Self::PromotionUses => "It has been used as often as it may be.",
            Self::PromotionCustomerUses => "You have used it as often as you may.",
            Self::PromotionBudget => "Its budget is used up.",
            Self::CodeUses => "The code has been used as often as it may be.",
            Self::CodeCustomerUses => "You have used the code as often as you may.",
            Self::CodeBudget => "The budget of the code is used up.",
            Self::CampaignBudget => "The budget of the campaign is used up.",
        }
    }
}

impl NextStep {
    /// One sentence for the customer, such as "Add 1 for 10 % off."
    #[must_use]
    pub fn sentence(&self, currency: Currency) -> String {
        match self {
            Self::AddUnits { quantity, gives, .. } => {
                format!("Add {quantity} for {}.", gives.words(currency))
            }
            Self::SpendMore { amount_minor, gives } => format!(
                "Spend {} more for {}.",
                Money::new(*amount_minor, currency).for_people(),
                gives.words(currency)
            ),
            Self::AddFree { quantity, basis_points } => {
                format!("Add {quantity} more and get {}.", cheaper(*basis_points, *quantity))
            }
        }
    }
}

impl Gives {
    fn words(&self, currency: Currency) -> String {
        match self {
            Self::Percentage { basis_points } => format!("{} off", percent(*basis_points)),
            Self::Amount { amount_minor } => {
                format!("{} off", Money::new(*amount_minor, currency).for_people())
            }
            Self::AmountOffUnit { amount_minor } => {
                format!("{} off each", Money::new(*amount_minor, currency).for_people())
            }
            Self::UnitPrice { unit_price_minor } => {
                format!("a price of {} each", Money::new(*unit_price_minor, currency).for_people())
            }
            Self::UnitsOff { quantity, basis_points: 10_000 } => format!("{quantity} free"),
            Self::UnitsOff { quantity, basis_points } => {
                format!("{} off {quantity}", percent(*basis_points))
            }
            Self::Shipping { basis_points: 10_000 } => "free shipping".to_owned(),
            Self::Shipping { basis_points } => format!("{} off shipping", percent(*basis_points)),
            Self::Gift { quantity, .. } => units(*quantity, "gift"),
            Self::Named { name } => format!("“{name}”"),
        }
    }
}

/// "3 units", "1 unit".
fn units(n: i64, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") }
}

/// "it free", "10 % off them".
fn cheaper(basis_points: u32, quantity: i64) -> String {
    let them = if quantity == 1 { "it" } else { "them" };
    if basis_points >= 10_000 {
        format!("{them} free")
    } else {
        format!("{} off {them}", percent(basis_points))
    }
}

/// "12.5 %", "10 %".
fn percent(basis_points: u32) -> String {
    let (whole, rest) = (basis_points / 100, basis_points % 100);
    match rest {
        0 => format!("{whole} %"),
        rest if rest % 10 == 0 => format!("{whole}.{} %", rest / 10),
        rest => format!("{whole}.{rest:02} %"),
    }
}
