//! Why a turn of the wheel gave this prize.

use mercer_engine_kit::decision::Reason;
use serde::{Deserialize, Serialize};

use crate::reason::{Fault, refusal};

/// Why a turn of the wheel gave this prize.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum SpinWhy {
    /// The number that was drawn, and what it means.
    /// Appears with every turn.
    /// Nothing to do; the customer can check it.
    Drew {
        /// The number, from 0 to below the total.
        number: u32,
        /// The total of chances.
        total: u32,
        /// The prize's name.
        prize: String,
        /// In how many of all chances it is drawn.
        chances: u32,
    },
    /// The drawn prize has run out, and the next one on the wheel is given.
    /// Appears under the rule of the next prize.
    /// Put more of it in stock, or change the wheel.
    RanOutNext {
        /// The prize that was drawn.
        drawn: String,
        /// The prize that is given.
        given: String,
    },
    /// The drawn prize has run out, and the consolation is given.
    /// Appears under the rule of the consolation.
    /// Put more of it in stock, or change the wheel.
    RanOutConsolation {
        /// The prize that was drawn.
        drawn: String,
        /// The prize that is given.
        given: String,
    },
    /// Nothing is left on the wheel, and no rule says what else to give.
    /// Appears when all prizes are limited and gone.
    /// Stop the wheel.
    NothingLeft,
    /// Every word of the digests lay in the part that must be refused to be fair.
    /// Appears less than once in the life of a universe.
    /// Turn again with another number of the turn.
    NoFairNumber,
    /// Something handed in cannot be drawn from.
    /// Appears for unknown wheels and odd seeds.
    /// Mend the named field and turn again; nothing was given.
    Refused {
        /// Where.
        field: String,
        /// What is wrong.
        fault: Fault,
    },
}

impl Reason for SpinWhy {
    fn code(&self) -> &'static str {
        match self {
            Self::Drew { .. } => "drew",
            Self::RanOutNext { .. } => "ran_out_next",
            Self::RanOutConsolation { .. } => "ran_out_consolation",
            Self::NothingLeft => "nothing_left",
            Self::NoFairNumber => "no_fair_number",
            Self::Refused { .. } => "refused",
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::Drew { number, total, prize, chances } => format!(
                "Drew {number} of 0 to {}: {prize}, with {chances} of {total} chances.",
                total.saturating_sub(1)
            ),
            Self::RanOutNext { drawn, given } => {
                format!("{drawn} has run out; the next prize on the wheel is {given}.")
            }
            Self::RanOutConsolation { drawn, given } => {
                format!("{drawn} has run out; the consolation is {given}.")
            }
            Self::NothingLeft => "No prize is left on the wheel.".to_owned(),
            Self::NoFairNumber => "No fair number could be drawn from these seeds.".to_owned(),
            Self::Refused { field, fault } => refusal(field, *fault),
        }
    }

    fn weight(&self) -> f64 {
        match self {
            Self::Refused { .. } => 10.0,
            Self::NothingLeft | Self::NoFairNumber => 5.0,
            Self::Drew { .. } => 3.0,
            Self::RanOutNext { .. } | Self::RanOutConsolation { .. } => 2.0,
        }
    }
}
