//! Why a member is in a tier.

use mercer_engine_kit::decision::Reason;
use mercer_engine_kit::money::Currency;
use serde::{Deserialize, Serialize};

use crate::calendar::Day;
use crate::policy::tiers::Measure;
use crate::reason::{money, points};

/// Why a member is in a tier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum TierWhy {
    /// What was earned or spent reaches the tier.
    /// Appears when the amount alone gives it.
    /// Nothing to do.
    Reached {
        /// The tier's id.
        tier: String,
        /// What counts now.
        amount: i64,
        /// What the tier asks.
        from: i64,
        /// Points or money.
        measure: Measure,
        /// Currency of money.
        currency: Currency,
    },
    /// The amount no longer reaches the tier, but its grace still runs.
    /// Appears between the end of the time in which it was reached and the end of the grace.
    /// A good moment to write to the member.
    KeptByGrace {
        /// The tier's id.
        tier: String,
        /// What counts now.
        amount: i64,
        /// What the tier asks.
        from: i64,
        /// Points or money.
        measure: Measure,
        /// Currency of money.
        currency: Currency,
    },
    /// The next tier is not far.
    /// Appears unless the member is in the highest.
    /// Tell the member what is missing.
    NextTier {
        /// Its id.
        tier: String,
        /// What is missing.
        missing: i64,
        /// Points or money.
        measure: Measure,
        /// Currency of money.
        currency: Currency,
    },
    /// By time alone the tier changes.
    /// Appears when what was earned leaves the time that counts.
    /// Tell the member before.
    ChangesOn {
        /// The first day in the other tier.
        day: Day,
        /// The other tier's id.
        tier: String,
    },
    /// The programme has no tiers.
    /// Appears when none are declared.
    /// Declare some if members should differ.
    NoTiers,
}

/// "1,200 points" or "12.00 GBP".
fn amount_of(amount: i64, measure: Measure, currency: Currency) -> String {
    match measure {
        Measure::Points => points(amount),
        Measure::Spend => money(amount, currency),
    }
}

impl Reason for TierWhy {
    fn code(&self) -> &'static str {
        match self {
            Self::Reached { .. } => "reached",
            Self::KeptByGrace { .. } => "kept_by_grace",
            Self::NextTier { .. } => "next_tier",
            Self::ChangesOn { .. } => "changes_on",
            Self::NoTiers => "no_tiers",
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::Reached { tier, amount, from, measure, currency } => format!(
                "{} count now; {tier} begins at {}.",
                amount_of(*amount, *measure, *currency),
                amount_of(*from, *measure, *currency)
            ),
            Self::KeptByGrace { tier, amount, from, measure, currency } => format!(
                "{} count now; {tier} begins at {} and is kept for a while.",
                amount_of(*amount, *measure, *currency),
                amount_of(*from, *measure, *currency)
            ),
            Self::NextTier { tier, missing, measure, currency } => {
                format!("{} more reach {tier}.", amount_of(*missing, *measure, *currency))
            }
            Self::ChangesOn { day, tier } => {
                format!("Without anything new the tier becomes {tier} on {day}.")
            }
            Self::NoTiers => "The programme has no tiers.".to_owned(),
        }
    }

    fn weight(&self) -> f64 {
        match self {
            Self::Reached { .. } | Self::KeptByGrace { .. } | Self::NoTiers => 3.0,
            Self::ChangesOn { .. } => 2.0,
            Self::NextTier { .. } => 1.0,
        }
    }
}
