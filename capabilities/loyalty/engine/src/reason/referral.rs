//! Why a referral is rewarded, or not.

use mercer_engine_kit::decision::Reason;
use mercer_engine_kit::money::Currency;
use serde::{Deserialize, Serialize};

use crate::calendar::Period;
use crate::reason::{Fault, days, money, points, refusal};

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Whose code it was.
    Referrer,
    /// Who came by it.
    Friend,
}

impl Side {
    /// "The referrer", "The friend".
    fn in_words(self) -> &'static str {
        match self {
            Self::Referrer => "The referrer",
            Self::Friend => "The friend",
        }
    }
}

/// Why a referral is rewarded, or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum ReferralWhy {
    /// One side gets points.
    /// Appears for each side that is rewarded.
    /// Nothing to do.
    Rewarded {
        /// Which side.
        side: Side,
        /// The rule.
        rule: String,
        /// Points.
        points: i64,
    },
    /// The points wait until the order can no longer come back.
    /// Appears when the rule has pending days.
    /// Nothing to do; they become available by themselves.
    Pending {
        /// How long.
        n_days: u32,
    },
    /// Both are the same person.
    /// Appears when customer or e-mail address are the same.
    /// Nothing to do; nobody may refer themselves.
    SamePerson,
    /// Both live at one address.
    /// Appears when the postal addresses are the same.
    /// Allow it in the guards if families may refer one another.
    SameHousehold,
    /// The referrer has brought too many friends in too short a time.
    /// Appears beyond the guard's number.
    /// Look at the accounts; if they are real, raise the number.
    TooFast {
        /// Rewarded referrals in the time, this one included.
        n_referrals: u32,
        /// At most.
        max: u32,
        /// The time, in days.
        n_days: u32,
    },
    /// The friend has ordered before.
    /// Appears for customers who are no new ones.
    /// Nothing to do.
    NotNew {
        /// Orders before this one.
        n_orders_before: u32,
    },
    /// The friend's order is too small.
    /// Appears below the rule's least.
    /// Nothing to do.
    OrderTooSmall {
        /// What it cost, in minor units.
        order_minor: i64,
        /// The least.
        min_minor: i64,
        /// Currency of both.
        currency: Currency,
    },
    /// One side has earned as much from referrals as the rule gives.
    /// Appears when a limit of the rule is reached.
    /// Raise the limit if it cuts honest customers.
    Limited {
        /// Which side.
        side: Side,
        /// The period of the limit.
        per: Period,
        /// Points that were not given.
        points_lost: i64,
    },
    /// No rule rewards referrals.
    /// Appears when none is declared.
    /// Add a rule if they should be rewarded.
    NoRule,
    /// Something handed in cannot be counted.
    /// Appears for negative amounts, another currency and the like.
    /// Mend the named field; nothing was booked.
    Refused {
        /// Where.
        field: String,
        /// What is wrong.
        fault: Fault,
    },
}

impl Reason for ReferralWhy {
    fn code(&self) -> &'static str {
        match self {
            Self::Rewarded { .. } => "rewarded",
            Self::Pending { .. } => "pending",
            Self::SamePerson => "same_person",
            Self::SameHousehold => "same_household",
            Self::TooFast { .. } => "too_fast",
            Self::NotNew { .. } => "not_new",
            Self::OrderTooSmall { .. } => "order_too_small",
            Self::Limited { .. } => "limited",
            Self::NoRule => "no_rule",
            Self::Refused { .. } => "refused",
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::Rewarded { side, rule, points: n } => {
                format!("{} gets {} ({rule}).", side.in_words(), points(*n))
            }
            Self::Pending { n_days } => {
                format!(
                    "The points can be spent after {}, unless the order comes back.",
                    days(*n_days)
                )
            }
            Self::SamePerson => "Referrer and friend are the same person.".to_owned(),
            Self::SameHousehold => "Referrer and friend live at the same address.".to_owned(),
            Self::TooFast { n_referrals, max, n_days } => format!(
                "The referrer's {n_referrals} referrals in {} are more than the {max} that are \
                 rewarded.",
                days(*n_days)
            ),
            Self::NotNew { n_orders_before } => {
                let plural = if *n_orders_before == 1 { "" } else { "s" };
                format!("The friend is no new customer: {n_orders_before} order{plural} before.")
            }
            Self::OrderTooSmall { order_minor, min_minor, currency } => format!(
                "The friend's order of {} is below {}.",
                money(*order_minor, *currency),
                money(*min_minor, *currency)
            ),
            Self::Limited { side, per, points_lost } => format!(
                "{} has reached the limit {}: {} fall away.",
                side.in_words(),
                per.in_words(),
                points(*points_lost)
            ),
            Self::NoRule => "No rule of the programme rewards referrals.".to_owned(),
            Self::Refused { field, fault } => refusal(field, *fault),
        }
    }

    fn weight(&self) -> f64 {
        match self {
            Self::Refused { .. } => 10.0,
            Self::SamePerson => 9.0,
            Self::SameHousehold => 8.0,
            Self::TooFast { .. } => 7.0,
            Self::NotNew { .. } => 6.0,
            Self::OrderTooSmall { .. } | Self::NoRule => 5.0,
            Self::Rewarded { .. } => 3.0,
            Self::Limited { .. } => 2.0,
            Self::Pending { .. } => 1.0,
        }
    }
}
