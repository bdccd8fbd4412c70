//! Why a challenge is met, or not yet.

use mercer_engine_kit::decision::Reason;
use serde::{Deserialize, Serialize};

use crate::calendar::Day;
use crate::reason::{Fault, points, refusal};

/// Why a challenge is met, or not yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum ChallengeWhy {
    /// The goal was reached.
    /// Appears for every time a challenge was met.
    /// Nothing to do.
    Met {
        /// The challenge.
        challenge: String,
        /// When.
        day: Day,
    },
    /// Something is missing still.
    /// Appears for challenges that are not met in the time that runs.
    /// Nothing to do.
    OnTheWay {
        /// The challenge.
        challenge: String,
        /// How far.
        done: i64,
        /// How far to go in all.
        needed: i64,
    },
    /// The time of the challenge is over, or has not begun.
    /// Appears for challenges between two days that are not met.
    /// Remove the challenge when it is over.
    NotRunning {
        /// The challenge.
        challenge: String,
    },
    /// Something that had led to an award was undone.
    /// Appears when an order came back or a review was removed.
    /// Nothing to do; the points are taken back.
    NoLonger {
        /// The award.
        award: String,
        /// Points.
        points: i64,
    },
    /// The programme has no challenges.
    /// Appears when none are declared.
    /// Declare some if there should be any.
    NoChallenges,
    /// Something handed in cannot be counted.
    /// Appears for negative amounts and the like.
    /// Mend the named field; nothing was booked.
    Refused {
        /// Where.
        field: String,
        /// What is wrong.
        fault: Fault,
    },
}

impl Reason for ChallengeWhy {
    fn code(&self) -> &'static str {
        match self {
            Self::Met { .. } => "met",
            Self::OnTheWay { .. } => "on_the_way",
            Self::NotRunning { .. } => "not_running",
            Self::NoLonger { .. } => "no_longer",
            Self::NoChallenges => "no_challenges",
            Self::Refused { .. } => "refused",
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::Met { challenge, day } => format!("{challenge} was met on {day}."),
            Self::OnTheWay { challenge, done, needed } => {
                format!("{challenge}: {done} of {needed}.")
            }
            Self::NotRunning { challenge } => format!("{challenge} does not run on this day."),
            Self::NoLonger { award, points: n } => {
                format!("What had led to {award} was undone: {} are taken back.", points(*n))
            }
            Self::NoChallenges => "The programme has no challenges.".to_owned(),
            Self::Refused { field, fault } => refusal(field, *fault),
        }
    }

    fn weight(&self) -> f64 {
        match self {
            Self::Refused { .. } => 10.0,
            Self::NoLonger { .. } => 4.0,
            Self::Met { .. } => 3.0,
            Self::OnTheWay { .. } | Self::NoChallenges => 2.0,
            Self::NotRunning { .. } => 1.0,
        }
    }
}
