//! The programme: what a shop promises its members.
//!
//! Only declares, and says what is wrong with it: [`Programme::check`]. The models carry it out.

pub mod check;
pub mod earning;
pub mod games;
pub mod tiers;

use mercer_engine_kit::money::{Currency, Rounding};
use serde::{Deserialize, Serialize};

use crate::policy::earning::{EarnRule, Guards};
use crate::policy::games::{Challenge, Wheel};
use crate::policy::tiers::Tiers;
use crate::posting::WhenSpent;

/// A loyalty programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    /// What points are called on screen.
    #[serde(default)]
    pub points_name: PointsName,
    /// The currency of every amount here; orders in another earn nothing.
    pub currency: Currency,
    /// For what points are earned.
    #[serde(default)]
    pub earning: Vec<EarnRule>,
    /// How long points are valid.
    #[serde(default)]
    pub expiry: Expiry,
    /// What points are worth at the till; none: they cannot be redeemed.
    #[serde(default)]
    pub redemption: Option<Redemption>,
    /// Tiers of members; none: all are alike.
    #[serde(default)]
    pub tiers: Option<Tiers>,
    /// Challenges and streaks.
    #[serde(default)]
    pub challenges: Vec<Challenge>,
    /// Wheels of prizes.
    #[serde(default)]
    pub wheels: Vec<Wheel>,
    /// What happens to points that are to be taken back and were spent already.
    #[serde(default)]
    pub when_spent: WhenSpent,
    /// Whom referrals must not pay.
    #[serde(default)]
    pub guards: Guards,
}

impl Programme {
    /// A programme without rules, from which to build one.
    #[must_use]
    pub fn empty(currency: Currency) -> Self {
        Self {
            points_name: PointsName::default(),
            currency,
            earning: Vec::new(),
            expiry: Expiry::default(),
            redemption: None,
            tiers: None,
            challenges: Vec::new(),
            wheels: Vec::new(),
            when_spent: WhenSpent::default(),
            guards: Guards::default(),
        }
    }
}

/// What points are called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointsName {
    /// For one: "star".
    pub one: String,
    /// For several: "stars".
    pub many: String,
}

impl Default for PointsName {
    fn default() -> Self {
        Self { one: "point".to_owned(), many: "points".to_owned() }
    }
}

/// How long points are valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Expiry {
    /// For ever.
    #[default]
    Never,
    /// So many days after the day they were earned.
    AfterEarning {
        /// Days; the last of them is the last on which they can be spent.
        days: u32,
    },
    /// So many days after the customer's last activity: each one renews all points.
    AfterActivity {
        /// Days; the last of them is the last on which they can be spent.
        days: u32,
    },
    /// Until the end of a fixed day of the year.
    FixedDay {
        /// Month, 1 to 12.
        month: i32,
        /// Day of the month.
        day: i32,
        /// Points are valid for at least so many days: those earned later expire a year later.
        #[serde(default)]
        days_min: u32,
    },
}

/// What points are worth at the till.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redemption {
    /// So many points …
    pub points: i64,
    /// … are worth so many minor units.
    pub minor: i64,
    /// Points are redeemed in multiples of this, which must be worth whole minor units.
    #[serde(default = "one")]
    pub step: i64,
    /// Fewest points in one order.
    #[serde(default)]
    pub points_min: i64,
    /// Most points in one order.
    #[serde(default)]
    pub points_max: Option<i64>,
    /// Largest share of what is to be paid, in percent.
    #[serde(default = "whole")]
    pub share_percent_max: u32,
}

fn one() -> i64 {
    1
}

fn whole() -> u32 {
    100
}

impl Redemption {
    /// What so many points are worth in minor units, rounded down; `None` beyond 64 bits, or if
    /// the programme says that no points are worth something.
    #[must_use]
    pub fn worth_minor(&self, points: i64) -> Option<i64> {
        let product = i128::from(points) * i128::from(self.minor);
        let minor = Rounding::Down.divide(product, i128::from(self.points))?;
        i64::try_from(minor).ok()
    }
}
