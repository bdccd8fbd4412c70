//! Why so many points can be spent on an order.

use mercer_engine_kit::decision::Reason;
use mercer_engine_kit::money::Currency;
use serde::{Deserialize, Serialize};

use crate::reason::{Fault, money, points, refusal};

/// Why so many points are spent, or none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum RedeemWhy {
    /// Points pay for a part of the order.
    /// Appears with every redemption.
    /// Nothing to do.
    Redeemed {
        /// Points.
        points: i64,
        /// What they are worth, in minor units.
        minor: i64,
        /// Its currency.
        currency: Currency,
    },
    /// There are not so many points.
    /// Appears when more are wished for than can be spent now.
    /// Pending points become available later.
    TooFewPoints {
        /// Points that can be spent now.
        available: i64,
    },
    /// Points may pay only a part of an order.
    /// Appears when the largest share is reached.
    /// The rest is paid with money.
    ShareOfOrder {
        /// The largest share, in percent.
        percent: u32,
        /// So much of this order, in minor units.
        minor: i64,
        /// Its currency.
        currency: Currency,
    },
    /// No more points may be spent in one order.
    /// Appears when the largest number is reached.
    /// The rest is paid with money.
    MostPoints {
        /// The largest number.
        max: i64,
    },
    /// Points are spent in steps.
    /// Appears when what could be spent is no multiple of the step.
    /// Nothing to do; the rest stays with the customer.
    Step {
        /// The step.
        step: i64,
        /// Points that stay because of it.
        points_kept: i64,
    },
    /// Fewer points than can be spent at all.
    /// Appears when what remains lies below the least of a redemption.
    /// Nothing to do; the customer keeps them.
    BelowLeast {
        /// The least.
        min: i64,
        /// Points that are missing for it.
        missing: i64,
    },
    /// The customer did not wish to spend any.
    /// Appears when none are asked for.
    /// Nothing to do.
    NotWished,
    /// Points cannot be spent in this programme.
    /// Appears when it declares no worth.
    /// Declare a redemption if they should be.
    NoRedemption,
    /// Something handed in cannot be counted.
    /// Appears for negative numbers and another currency.
    /// Mend the named field and send it again; nothing was held.
    Refused {
        /// Where.
        field: String,
        /// What is wrong.
        fault: Fault,
    },
}

impl Reason for RedeemWhy {
    fn code(&self) -> &'static str {
        match self {
            Self::Redeemed { .. } => "redeemed",
            Self::TooFewPoints { .. } => "too_few_points",
            Self::ShareOfOrder { .. } => "share_of_order",
            Self::MostPoints { .. } => "most_points",
            Self::Step { .. } => "step",
            Self::BelowLeast { .. } => "below_least",
            Self::NotWished => "not_wished",
            Self::NoRedemption => "no_redemption",
            Self::Refused { .. } => "refused",
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::Redeemed { points: n, minor, currency } => {
                format!("{} pay {}.", points(*n), money(*minor, *currency))
            }
            Self::TooFewPoints { available } => {
                format!("Only {} can be spent now.", points(*available))
            }
            Self::ShareOfOrder { percent, minor, currency } => format!(
                "Points pay at most {percent} % of an order: {} of this one.",
                money(*minor, *currency)
            ),
            Self::MostPoints { max } => format!("At most {} in one order.", points(*max)),
            Self::Step { step, points_kept } => {
                format!("Spent in steps of {step}: {points_kept} stay with the customer.")
            }
            Self::BelowLeast { min, missing } => {
                format!("At least {} can be spent; {missing} are missing.", points(*min))
            }
            Self::NotWished => "No points were to be spent.".to_owned(),
            Self::NoRedemption => "Points cannot be spent in this programme.".to_owned(),
            Self::Refused { field, fault } => refusal(field, *fault),
        }
    }

    fn weight(&self) -> f64 {
        match self {
            Self::Refused { .. } => 10.0,
            Self::Redeemed { .. } => 5.0,
            Self::BelowLeast { .. } | Self::NotWished | Self::NoRedemption => 4.0,
            Self::TooFewPoints { .. } | Self::ShareOfOrder { .. } | Self::MostPoints { .. } => 3.0,
            Self::Step { .. } => 1.0,
        }
    }
}
