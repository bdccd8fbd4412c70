//! Challenges, streaks, badges and wheels of prizes.
//!
//! Only declares; `model::challenge`, `model::streak` and `model::wheel` decide.

use serde::{Deserialize, Serialize};

use crate::calendar::{Period, Span};
use crate::policy::earning::Activity;

/// Something to be achieved. Points for it stand in an earn rule that names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Challenge {
    /// Its name in keys; never changed once used.
    pub id: String,
    /// Its name on screen.
    pub name: String,
    /// What has to be done.
    pub goal: Goal,
    /// In which time.
    #[serde(default)]
    pub window: ChallengeWindow,
    /// The badge that whoever meets it may wear.
    #[serde(default)]
    pub badge: Option<String>,
}

/// What has to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Goal {
    /// Something so many times.
    Count {
        /// What.
        of: Deed,
        /// How many times.
        n: u32,
    },
    /// Orders worth so much together, less refunds.
    Sum {
        /// Minor units.
        minor: i64,
    },
    /// Orders with so many different products or categories.
    Distinct {
        /// Which.
        of: Kinds,
        /// How many.
        n: u32,
    },
    /// Something in so many weeks or months in a row.
    Streak {
        /// What.
        of: Deed,
        /// How many weeks or months.
        n: u32,
        /// Weeks or months.
        every: Every,
    },
}

/// What a member does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Ordered.
    Order,
    /// Wrote a review.
    Review,
    /// Shared something.
    Share,
    /// Filled in the profile.
    Profile,
    /// Had their birthday.
    Birthday,
    /// Brought a friend who was rewarded.
    Referral,
}

impl From<Activity> for Deed {
    fn from(activity: Activity) -> Self {
        match activity {
            Activity::Review => Self::Review,
            Activity::Share => Self::Share,
            Activity::Profile => Self::Profile,
            Activity::Birthday => Self::Birthday,
        }
    }
}

/// Of what different ones are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kinds {
    /// Products.
    Products,
    /// Categories.
    Categories,
}

/// The step of a streak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// Monday to Sunday.
    Week,
    /// The first to the last of a month.
    Month,
}

impl Every {
    /// As a period of the calendar.
    #[must_use]
    pub fn period(self) -> Period {
        match self {
            Self::Week => Period::Week,
            Self::Month => Period::Month,
        }
    }
}

/// In which time a challenge has to be met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ChallengeWindow {
    /// Once, at any time.
    #[default]
    Ever,
    /// Once, between two days.
    Between(Span),
    /// Once, within any so many days in a row.
    Within {
        /// How many.
        days: u32,
    },
    /// Anew in each period.
    Each {
        /// Which.
        period: Period,
    },
}

/// A wheel of prizes with declared odds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wheel {
    /// Its name in keys; never changed once used.
    pub id: String,
    /// Its name on screen.
    pub name: String,
    /// What the chances of all prizes sum to.
    pub chances_total: u32,
    /// In the order in which they stand on the wheel.
    pub prizes: Vec<Prize>,
    /// What is given when the drawn prize has run out.
    pub when_gone: WhenGone,
}

/// A prize of a wheel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prize {
    /// Its name in keys.
    pub id: String,
    /// Its name on screen.
    pub name: String,
    /// In how many of all chances it is drawn.
    pub chances: u32,
    /// How many there are to be given; none: without end.
    #[serde(default)]
    pub stock: Option<u64>,
    /// What is won.
    pub win: Win,
}

/// What a prize is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Win {
    /// Points.
    Points {
        /// How many.
        points: i64,
    },
    /// Something else, which whoever gives it knows by this name.
    Thing {
        /// Such as `coupon:SPRING10` or `sku:MUG`.
        name: String,
    },
    /// Nothing; better luck next time.
    Nothing,
}

/// What is given when the drawn prize has run out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum WhenGone {
    /// The next prize on the wheel of which something is left, round and round.
    NextPrize,
    /// A named prize, which never runs out.
    Consolation {
        /// Its id.
        prize: String,
    },
}
