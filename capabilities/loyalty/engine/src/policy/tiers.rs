//! Tiers: what counts towards them, over which time, and what they give.
//!
//! Only declares; `model::tier` decides.

use serde::{Deserialize, Serialize};

/// The tiers of a programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tiers {
    /// What counts.
    pub measure: Measure,
    /// Over which time it counts.
    pub window: Window,
    /// Days for which a tier is kept after the time in which it was reached.
    #[serde(default)]
    pub grace_days: u32,
    /// From the lowest, which begins at 0, to the highest.
    pub levels: Vec<Level>,
}

/// What counts towards a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Points earned, less those taken back.
    Points,
    /// Money spent, less refunds, in minor units.
    Spend,
}

/// Over which time a tier's measure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Window {
    /// The last so many days, today included.
    Rolling {
        /// How many.
        days: u32,
    },
    /// The running year of the programme.
    Year {
        /// The month on whose first day it begins, 1 to 12.
        #[serde(default = "january")]
        first_month: i32,
    },
}

fn january() -> i32 {
    1
}

/// One tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Its name in decisions; never changed once used.
    pub id: String,
    /// Its name on screen.
    pub name: String,
    /// From how many points or minor units on.
    pub from: i64,
    /// Points are multiplied by this, in percent: 150 is one and a half.
    #[serde(default = "once")]
    pub multiplier_percent: u32,
    /// What members of it may have.
    #[serde(default)]
    pub benefits: Vec<Benefit>,
}

fn once() -> u32 {
    100
}

/// An entitlement with its value, such as `free_shipping_from_minor` = 2000.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benefit {
    /// By which others ask for it.
    pub name: String,
    /// What it is worth.
    pub value: BenefitValue,
}

/// The value of an entitlement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum BenefitValue {
    /// Has it or not.
    Flag(bool),
    /// A number: percent, minor units, days, pieces, as its name says.
    Number(i64),
    /// A text.
    Text(String),
}
