//! For what points are earned, how many, how often, and whom referrals must not pay.
//!
//! Only declares; `model::earn` and `model::referral` count.

use mercer_engine_kit::money::Rounding;
use serde::{Deserialize, Serialize};

use crate::calendar::Period;

/// One rule by which points are earned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarnRule {
    /// Its name in keys and lots; never changed once used.
    pub id: String,
    /// For what, and how many.
    pub earn: Earn,
    /// Whether a tier's multiplier applies.
    #[serde(default)]
    pub multiplied_by_tier: bool,
    /// Days until the points can be spent, such as the time in which an order may come back.
    #[serde(default)]
    pub pending_days: u32,
    /// How much it gives at most.
    #[serde(default)]
    pub limits: Vec<Limit>,
}

/// For what points are earned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum Earn {
    /// Money spent.
    Spend {
        /// So many points …
        points: i64,
        /// … for each so many minor units.
        per_minor: i64,
        /// Which money counts.
        #[serde(default)]
        basis: Basis,
        /// How a fraction of a point is rounded, once an order.
        #[serde(default = "down")]
        rounding: Rounding,
        /// For which products.
        #[serde(default)]
        scope: Scope,
    },
    /// Units of chosen products.
    Product {
        /// Points for each unit.
        points_per_unit: i64,
        /// For which products.
        scope: Scope,
    },
    /// Something the customer did.
    Activity {
        /// What.
        activity: Activity,
        /// Points each time.
        points: i64,
    },
    /// A challenge met.
    Challenge {
        /// The challenge's id.
        challenge: String,
        /// Points each time it is met.
        points: i64,
    },
    /// A friend who came by a code and ordered for the first time.
    Referral {
        /// Points for who referred.
        referrer_points: i64,
        /// Points for the friend.
        friend_points: i64,
        /// Least that the friend's order must cost, after discounts.
        #[serde(default)]
        order_minor_min: i64,
    },
}

fn down() -> Rounding {
    Rounding::Down
}

/// What a customer can do for points, orders and referrals aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Wrote a review.
    Review,
    /// Shared something.
    Share,
    /// Filled in the profile.
    Profile,
    /// Has their birthday.
    Birthday,
}

impl Activity {
    /// "a review", "a share", "the profile", "a birthday".
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Review => "a review",
            Self::Share => "a share",
            Self::Profile => "the profile",
            Self::Birthday => "a birthday",
        }
    }
}

/// Which money counts as spent. What was paid with points never does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// Prices before or after discounts.
    pub discounts: Discounts,
    /// With or without tax.
    pub tax: Included,
    /// With or without shipping.
    pub shipping: Included,
}

impl Default for Basis {
    /// What the customer pays for goods: after discounts, with tax, without shipping.
    fn default() -> Self {
        Self { discounts: Discounts::After, tax: Included::With, shipping: Included::Without }
    }
}

/// Whether discounts are taken off first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discounts {
    /// Full prices.
    Before,
    /// What is left of them.
    After,
}

/// Whether a part of the price counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Included {
    /// It counts.
    With,
    /// It does not.
    Without,
}

/// Which products. Empty lists mean all; exclusions win.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scope {
    /// These products.
    pub products: Vec<String>,
    /// Products of these categories.
    pub categories: Vec<String>,
    /// Not these products.
    pub products_excluded: Vec<String>,
    /// Not products of these categories.
    pub categories_excluded: Vec<String>,
}

impl Scope {
    /// Whether a product with its categories is meant.
    #[must_use]
    pub fn contains(&self, product: &str, categories: &[String]) -> bool {
        let Self { products, categories: chosen, products_excluded, categories_excluded } = self;
        let is_named = |names: &[String]| names.iter().any(|name| name == product);
        let is_in = |names: &[String]| names.iter().any(|name| categories.contains(name));
        let is_all = products.is_empty() && chosen.is_empty();
        (is_all || is_named(products) || is_in(chosen))
            && !is_named(products_excluded)
            && !is_in(categories_excluded)
    }

    /// Whether it names anything to include.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.products.is_empty() && self.categories.is_empty()
    }
}

/// How much a rule gives at most in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Limit {
    /// So many points; the last fact is paid in part.
    Points {
        /// At most so many.
        max: i64,
        /// In each of these.
        per: Period,
    },
    /// So many facts.
    Times {
        /// At most so many.
        max: u32,
        /// In each of these.
        per: Period,
    },
}

/// Whom referrals must not pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Guards {
    /// Whether two people at one address may refer one another.
    pub same_household: Household,
    /// How fast somebody may refer; none: as fast as they like.
    pub velocity: Option<Velocity>,
}

impl Default for Guards {
    fn default() -> Self {
        Self {
            same_household: Household::Refused,
            velocity: Some(Velocity { n_referrals_max: 10, days: 30 }),
        }
    }
}

/// Whether two people at one address may refer one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Household {
    /// They may.
    Allowed,
    /// They may not.
    Refused,
}

/// How fast somebody may refer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Velocity {
    /// At most so many rewarded referrals …
    pub n_referrals_max: u32,
    /// … in so many days, the present one included.
    pub days: u32,
}
