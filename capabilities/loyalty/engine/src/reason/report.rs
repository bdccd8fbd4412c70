//! Why a liability report says what it says.

use mercer_engine_kit::decision::Reason;
use mercer_engine_kit::money::Currency;
use serde::{Deserialize, Serialize};

use crate::reason::{Fault, grouped, money, points, refusal};

/// Why a liability report says what it says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum ReportWhy {
    /// What members hold.
    /// Appears in every report.
    /// Set this much aside, less what the estimate of breakage allows.
    Outstanding {
        /// Points.
        points: i64,
        /// Their worth, in minor units, if they can be redeemed.
        worth_minor: Option<i64>,
        /// Currency of the worth.
        currency: Currency,
    },
    /// How much was not claimed in the past.
    /// Appears when enough lots have come to their end.
    /// Take the lower end of the interval to be careful.
    Expired {
        /// Points expected to expire.
        points: i64,
        /// Lower end of the 95 % interval.
        low: i64,
        /// Upper end of the 95 % interval.
        high: i64,
    },
    /// Too few lots have come to their end to say how much is not claimed.
    /// Appears in young programmes.
    /// Count with no breakage at all.
    NotEnoughEvidence {
        /// Customers with a lot whose life is over.
        n_customers: usize,
        /// How many are needed.
        needed: usize,
    },
    /// No outstanding point ever expires.
    /// Appears in programmes without expiry.
    /// Count with no breakage at all.
    NothingExpires,
    /// A part of the points is of an age for which there is too little evidence.
    /// Appears beside an estimate that leaves them out.
    /// Count with no breakage for them.
    SomeWithoutEvidence {
        /// Points.
        points: i64,
    },
    /// A lot contradicts itself and is left out.
    /// Appears when more was spent and expired than was issued, and the like.
    /// Look at the lot in the ledger.
    LeftOut {
        /// The lot.
        lot: String,
        /// What is wrong.
        fault: Fault,
    },
}

impl Reason for ReportWhy {
    fn code(&self) -> &'static str {
        match self {
            Self::Outstanding { .. } => "outstanding",
            Self::Expired { .. } => "expired",
            Self::NotEnoughEvidence { .. } => "not_enough_evidence",
            Self::NothingExpires => "nothing_expires",
            Self::SomeWithoutEvidence { .. } => "some_without_evidence",
            Self::LeftOut { .. } => "left_out",
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::Outstanding { points: n, worth_minor: Some(minor), currency } => {
                format!("Members hold {}, worth {}.", points(*n), money(*minor, *currency))
            }
            Self::Outstanding { points: n, worth_minor: None, .. } => {
                format!("Members hold {}, which cannot be redeemed.", points(*n))
            }
            Self::Expired { points: n, low, high } => format!(
                "{} are expected to expire ({} to {}), as in the shop's own past.",
                points(*n),
                grouped(*low),
                grouped(*high)
            ),
            Self::NotEnoughEvidence { n_customers, needed } => format!(
                "How many will expire cannot be said: {n_customers} customers have lots whose \
                 life is over, {needed} are needed."
            ),
            Self::NothingExpires => "No outstanding point expires.".to_owned(),
            Self::SomeWithoutEvidence { points: n } => {
                format!("{} of other ages are not in the estimate.", points(*n))
            }
            Self::LeftOut { lot, fault } => refusal(lot, *fault),
        }
    }

    fn weight(&self) -> f64 {
        match self {
            Self::Outstanding { .. } => 5.0,
            Self::Expired { .. } | Self::NotEnoughEvidence { .. } | Self::NothingExpires => 4.0,
            Self::LeftOut { .. } => 2.0,
            Self::SomeWithoutEvidence { .. } => 1.0,
        }
    }
}
