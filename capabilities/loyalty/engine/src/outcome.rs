//! What the engine answers.
//!
//! Postings are for the ledger to book; nothing here is a balance.

use mercer_engine_kit::money::Currency;
use serde::{Deserialize, Serialize};

use crate::calendar::Day;
use crate::policy::games::Win;
use crate::policy::tiers::Benefit;
use crate::posting::Posting;

/// What an order, a deed or a referral earns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EarnOutcome {
    /// Points, to be booked.
    Earned {
        /// What to book.
        postings: Vec<Posting>,
        /// Their sum.
        points: i64,
        /// The last day of all of the customer's points, where each activity renews them.
        renewed_to: Option<Day>,
    },
    /// Nothing, for the reasons given.
    Nothing,
    /// What was handed in cannot be counted.
    Refused,
}

impl EarnOutcome {
    /// What to book; empty unless something was earned.
    #[must_use]
    pub fn postings(&self) -> &[Posting] {
        match self {
            Self::Earned { postings, .. } => postings,
            Self::Nothing | Self::Refused => &[],
        }
    }
}

/// What the returns of an order take and give back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ReturnsOutcome {
    /// To be booked; for all returns so far, so keys that are booked already are passed over.
    Settled {
        /// What to book.
        postings: Vec<Posting>,
        /// Points taken back by all returns.
        taken_back: i64,
        /// Redeemed points given back by all returns.
        given_back: i64,
    },
    /// What was handed in cannot be counted.
    Refused,
}

/// How many points may be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RedemptionOutcome {
    /// So many.
    Redeem {
        /// Points.
        points: i64,
        /// What they are worth, in minor units.
        minor: i64,
    },
    /// None, for the reasons given.
    Nothing,
    /// What was handed in cannot be counted.
    Refused,
}

/// A member's tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TierOutcome {
    /// In a tier.
    Member(TierMember),
    /// The programme has no tiers.
    NoTiers,
}

/// Where a member stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierMember {
    /// The tier's id.
    pub tier: String,
    /// Points are multiplied by this, in percent.
    pub multiplier_percent: u32,
    /// What the member may have.
    pub benefits: Vec<Benefit>,
    /// What counts now, in points or minor units.
    pub amount: i64,
    /// The tier that the amount alone would give; lower while a tier is kept by grace.
    pub tier_by_amount: String,
    /// The next tier, unless it is the highest.
    pub next: Option<TierNext>,
    /// The first day on which the tier changes if nothing more happens; none: it does not.
    pub changes_on: Option<TierChange>,
}

/// The way to the next tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierNext {
    /// Its id.
    pub tier: String,
    /// What is missing, in points or minor units.
    pub missing: i64,
    /// How much of the way is done, in whole percent of what the tier asks, rounded down.
    pub percent: u8,
}

/// A change by time alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierChange {
    /// The first day in the other tier.
    pub day: Day,
    /// The other tier's id.
    pub tier: String,
}

/// Where a member stands in all challenges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ChallengeOutcome {
    /// Each challenge in the programme's order.
    Standing {
        /// Progress of each.
        challenges: Vec<ChallengeProgress>,
        /// Badges that the member may wear, in the programme's order, each once.
        badges: Vec<String>,
        /// To be booked: what was granted for what no longer holds.
        take_back: Vec<Posting>,
    },
    /// What was handed in cannot be counted.
    Refused,
}

/// Where a member stands in one challenge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeProgress {
    /// The challenge's id.
    pub challenge: String,
    /// How far, in the goal's unit, in the time that runs.
    pub done: i64,
    /// How far to go in all, in the goal's unit.
    pub needed: i64,
    /// When it was met, oldest first.
    pub awards: Vec<Award>,
    /// For streaks: weeks or months in a row up to now.
    pub streak: Option<StreakNow>,
}

/// A challenge met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Award {
    /// Its name: the id under which points for it are earned, once.
    pub award: String,
    /// The day it was met.
    pub day: Day,
}

/// A streak as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreakNow {
    /// Weeks or months in a row up to now; the running one need not be filled yet.
    pub current: u32,
    /// The longest ever.
    pub longest: u32,
    /// The last day on which to go on with it; none: there is none to go on with.
    pub continue_by: Option<Day>,
}

/// What a turn of the wheel gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SpinOutcome {
    /// A prize.
    Won {
        /// The number drawn, from 0 to below the total of chances.
        number: u32,
        /// The id of the prize that the number means.
        drawn: String,
        /// The id of the prize that is given: another one if the drawn one has run out.
        given: String,
        /// What it is.
        win: Win,
        /// Points to be booked, if it is points.
        posting: Option<Box<Posting>>,
    },
    /// What was handed in cannot be drawn from.
    Refused,
}

/// What members hold, and how much of it may never be claimed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiabilityReport {
    /// Points outstanding, pending ones included.
    pub points: i64,
    /// Of these, not yet spendable.
    pub points_pending: i64,
    /// Points that customers owe.
    pub points_owed: i64,
    /// What the outstanding points are worth at the till, in minor units; none if they cannot be
    /// redeemed.
    pub worth_minor: Option<i64>,
    /// Currency of the worth.
    pub currency: Currency,
    /// By the month in which they expire, earliest first; those that never do come last.
    pub months: Vec<LiabilityMonth>,
    /// How much will expire unspent.
    pub breakage: Breakage,
}

/// What expires in one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiabilityMonth {
    /// `2012-03`; none: never.
    pub month: Option<String>,
    /// Points outstanding.
    pub points: i64,
    /// What they are worth, in minor units.
    pub worth_minor: Option<i64>,
}

/// How much will expire unspent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Breakage {
    /// An estimate from the shop's own past lots.
    Estimated {
        /// Points expected to expire.
        points: i64,
        /// Lower end of the 95 % interval.
        points_low: i64,
        /// Upper end of the 95 % interval.
        points_high: i64,
        /// What the expected points are worth, in minor units.
        worth_minor: Option<i64>,
        /// Outstanding points that can expire, but are of an age without enough evidence, and so
        /// are not in the estimate.
        points_without_evidence: i64,
        /// By age, youngest first.
        by_age: Vec<BreakageAge>,
    },
    /// Too few lots have come to their end.
    NotEnoughEvidence {
        /// Customers with a lot whose life is over.
        n_customers: usize,
        /// How many are needed.
        needed: usize,
    },
    /// No outstanding point expires.
    NothingExpires,
}

/// How much of what is left at an age expires.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BreakageAge {
    /// From so many days after earning …
    pub from_days: u32,
    /// Customers with points at that age in a lot whose life is over.
    pub n_customers: usize,
    /// Points of theirs that were left at that age.
    pub points_left: i64,
    /// Of these, expired.
    pub points_expired: i64,
    /// The share and its interval, unless there are too few customers.
    pub share: Option<ShareInterval>,
}

/// A share with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ShareInterval {
    /// The share, 0 to 1.
    pub share: f64,
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}
