//! Why an order or a deed earns points, or none.

use mercer_engine_kit::decision::Reason;
use mercer_engine_kit::money::Currency;
use serde::{Deserialize, Serialize};

use crate::calendar::Period;
use crate::policy::earning::Activity;
use crate::reason::{Fault, days, money, points, refusal};

/// Why points were earned, or none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum EarnWhy {
    /// Money was spent.
    /// Appears for each spend rule under which the order earned.
    /// Nothing to do.
    Spent {
        /// The rule.
        rule: String,
        /// What counted, in minor units.
        basis_minor: i64,
        /// Its currency.
        currency: Currency,
        /// Points of the rule, before its limits.
        points: i64,
    },
    /// Chosen products were bought.
    /// Appears for each product rule under which the order earned.
    /// Nothing to do.
    Bought {
        /// The rule.
        rule: String,
        /// Units of the chosen products.
        n_units: i64,
        /// Points of the rule, before its limits.
        points: i64,
    },
    /// The customer did something that is rewarded.
    /// Appears for each rule for the deed.
    /// Nothing to do.
    Did {
        /// The rule.
        rule: String,
        /// What was done.
        activity: Activity,
        /// Points of the rule, before its limits.
        points: i64,
    },
    /// A challenge was met.
    /// Appears for each rule that names the challenge.
    /// Nothing to do.
    Met {
        /// The rule.
        rule: String,
        /// The challenge.
        challenge: String,
        /// Points of the rule, before its limits.
        points: i64,
    },
    /// The tier multiplied the points.
    /// Appears when a tier's multiplier is other than 100 %; the points above contain it.
    /// Nothing to do.
    Multiplied {
        /// The rule.
        rule: String,
        /// The tier.
        tier: String,
        /// The multiplier, in percent.
        percent: u32,
    },
    /// A limit of points cut the reward.
    /// Appears when a rule would give more than it may in a period.
    /// Raise the limit if it cuts honest customers.
    LimitedPoints {
        /// The rule.
        rule: String,
        /// Most points in a period.
        max: i64,
        /// The period.
        per: Period,
        /// Points in the period before this fact.
        earned_before: i64,
        /// Points that were not given.
        points_lost: i64,
    },
    /// The rule has paid as often as it may.
    /// Appears when a customer does something once more than is rewarded.
    /// Raise the limit if it cuts honest customers.
    LimitedTimes {
        /// The rule.
        rule: String,
        /// Most times in a period.
        max: u32,
        /// The period.
        per: Period,
    },
    /// The points cannot be spent at once.
    /// Appears when the rule has pending days.
    /// Nothing to do; they become available by themselves.
    Pending {
        /// The rule.
        rule: String,
        /// How long.
        n_days: u32,
    },
    /// The order has nothing that counts under the rule, or less than a point's worth.
    /// Appears for spend and product rules that give nothing.
    /// Nothing to do.
    NothingCounted {
        /// The rule.
        rule: String,
    },
    /// No rule of the programme rewards this.
    /// Appears when a fact arrives for which nothing is promised.
    /// Add a rule if it should be rewarded.
    NoRule,
    /// Something handed in cannot be counted.
    /// Appears for negative quantities, another currency and the like.
    /// Mend the named field and send it again; nothing was booked.
    Refused {
        /// Where.
        field: String,
        /// What is wrong.
        fault: Fault,
    },
}

impl Reason for EarnWhy {
    fn code(&self) -> &'static str {
        match self {
            Self::Spent { .. } => "spent",
            Self::Bought { .. } => "bought",
            Self::Did { .. } => "did",
            Self::Met { .. } => "met",
            Self::Multiplied { .. } => "multiplied",
            Self::LimitedPoints { .. } => "limited_points",
            Self::LimitedTimes { .. } => "limited_times",
            Self::Pending { .. } => "pending",
            Self::NothingCounted { .. } => "nothing_counted",
            Self::NoRule => "no_rule",
            Self::Refused { .. } => "refused",
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::Spent { rule, basis_minor, currency, points: n } => {
                format!("{} for {} spent ({rule}).", points(*n), money(*basis_minor, *currency))
            }
            Self::Bought { rule, n_units, points: n } => {
                let plural = if *n_units == 1 { "" } else { "s" };
                format!("{} for {n_units} unit{plural} of chosen products ({rule}).", points(*n))
            }
            Self::Did { rule, activity, points: n } => {
                format!("{} for {} ({rule}).", points(*n), activity.in_words())
            }
            Self::Met { rule, challenge, points: n } => {
                format!("{} for meeting the challenge {challenge} ({rule}).", points(*n))
            }
            Self::Multiplied { rule, tier, percent } => {
                format!("The tier {tier} makes it {percent} % ({rule}).")
            }
            Self::LimitedPoints { rule, max, per, earned_before, points_lost } => format!(
                "At most {} {} ({rule}): {earned_before} came before, so {points_lost} fall away.",
                points(*max),
                per.in_words()
            ),
            Self::LimitedTimes { rule, max, per } => {
                let times = if *max == 1 { "time" } else { "times" };
                format!("Rewarded at most {max} {times} {} ({rule}).", per.in_words())
            }
            Self::Pending { rule, n_days } => {
                format!("The points can be spent after {} ({rule}).", days(*n_days))
            }
            Self::NothingCounted { rule } => format!("Nothing in it earns a point ({rule})."),
            Self::NoRule => "No rule of the programme rewards this.".to_owned(),
            Self::Refused { field, fault } => refusal(field, *fault),
        }
    }

    fn weight(&self) -> f64 {
        match self {
            Self::Refused { .. } => 10.0,
            Self::Spent { .. } | Self::Bought { .. } | Self::Did { .. } | Self::Met { .. } => 3.0,
            Self::LimitedTimes { .. } => 4.0,
            Self::LimitedPoints { .. } => 2.0,
            Self::Multiplied { .. } | Self::NoRule => 1.0,
            Self::Pending { .. } => 0.5,
            Self::NothingCounted { .. } => 0.1,
        }
    }
}
