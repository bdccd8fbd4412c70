//! Why points are taken back and given back after returns.

use mercer_engine_kit::decision::Reason;
use serde::{Deserialize, Serialize};

use crate::reason::{Fault, points, refusal};

/// Why points are taken back or given back, or none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum ReturnWhy {
    /// Units of a line came back, and with them their share of the points.
    /// Appears for each line with returns that earned points.
    /// Nothing to do.
    TakenBack {
        /// The line.
        line: u32,
        /// Units that came back so far.
        n_returned: i64,
        /// Units bought.
        n_bought: i64,
        /// Points taken back so far.
        points: i64,
        /// Points the line had earned.
        earned: i64,
    },
    /// Points with which the line was paid go back to the customer.
    /// Appears for each line with returns that was paid with points in part.
    /// Refund this much less money.
    GivenBack {
        /// The line.
        line: u32,
        /// Units that came back so far.
        n_returned: i64,
        /// Units bought.
        n_bought: i64,
        /// Points given back so far.
        points: i64,
    },
    /// Nothing of the order is kept, so what belongs to all of it goes too.
    /// Appears when everything came back and shipping had earned, or was paid with, points.
    /// Nothing to do.
    WholeOrder {
        /// Points taken back that the shipping had earned.
        points: i64,
    },
    /// The order for which a referral was rewarded came back wholly.
    /// Appears for each side that was rewarded.
    /// Nothing to do; look at the referrer if it happens often.
    BonusTakenBack {
        /// Who had it.
        customer: String,
        /// Points.
        points: i64,
    },
    /// More came back than was bought.
    /// Appears when two returns claim the same units; only what was bought counts.
    /// Look at the returns: one of them may be wrong.
    MoreThanBought {
        /// The return.
        return_id: String,
        /// The line.
        line: u32,
        /// Units claimed beyond those bought.
        n_excess: i64,
    },
    /// A return was handed in twice.
    /// Appears when its id is seen again; it counts once.
    /// Nothing to do.
    CountedOnce {
        /// The return.
        return_id: String,
    },
    /// What came back had neither earned points nor was paid with any.
    /// Appears for orders outside the programme.
    /// Nothing to do.
    NoPoints,
    /// Something handed in cannot be counted.
    /// Appears for negative quantities, unknown lines and the like.
    /// Mend the named field and send it again; nothing was booked.
    Refused {
        /// Where.
        field: String,
        /// What is wrong.
        fault: Fault,
    },
}

impl Reason for ReturnWhy {
    fn code(&self) -> &'static str {
        match self {
            Self::TakenBack { .. } => "taken_back",
            Self::GivenBack { .. } => "given_back",
            Self::WholeOrder { .. } => "whole_order",
            Self::BonusTakenBack { .. } => "bonus_taken_back",
            Self::MoreThanBought { .. } => "more_than_bought",
            Self::CountedOnce { .. } => "counted_once",
            Self::NoPoints => "no_points",
            Self::Refused { .. } => "refused",
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::TakenBack { line, n_returned, n_bought, points: n, earned } => format!(
                "{n_returned} of {n_bought} units of line {line} came back: {n} of the {} they \
                 earned go.",
                points(*earned)
            ),
            Self::GivenBack { line, n_returned, n_bought, points: n } => format!(
                "{n_returned} of {n_bought} units of line {line} came back: {} that paid for them \
                 return to the customer.",
                points(*n)
            ),
            Self::WholeOrder { points: n } => {
                format!("Nothing of the order is kept: {} for its shipping go too.", points(*n))
            }
            Self::BonusTakenBack { customer, points: n } => {
                format!("The referred order came back wholly: {} of {customer} go.", points(*n))
            }
            Self::MoreThanBought { return_id, line, n_excess } => format!(
                "{return_id} claims {n_excess} more of line {line} than were bought; they do not \
                 count."
            ),
            Self::CountedOnce { return_id } => {
                format!("{return_id} was handed in twice and counts once.")
            }
            Self::NoPoints => "What came back had to do with no points.".to_owned(),
            Self::Refused { field, fault } => refusal(field, *fault),
        }
    }

    fn weight(&self) -> f64 {
        match self {
            Self::Refused { .. } => 10.0,
            Self::TakenBack { .. } | Self::GivenBack { .. } => 3.0,
            Self::WholeOrder { .. } | Self::BonusTakenBack { .. } => 2.0,
            Self::MoreThanBought { .. } | Self::CountedOnce { .. } | Self::NoPoints => 1.0,
        }
    }
}
