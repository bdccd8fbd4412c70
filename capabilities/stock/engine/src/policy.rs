//! How locations are chosen, with the reason for each number.

use serde::{Deserialize, Serialize};

/// How units are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Which location sends. Default `priority`: it is the one that needs nothing told but an order.
    pub choice: Choice,
    /// What becomes of a line that cannot be filled. Default `refuse`: a customer who asked for
    /// three is asked again before two are sent.
    pub short_lines: ShortLines,
    /// Steps after which the search for the fewest parcels gives up. Default 20,000: some
    /// milliseconds, and enough for every cart over 12 locations, which have 4,096 sets.
    pub n_steps_max: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self { choice: Choice::Priority, short_lines: ShortLines::Refuse, n_steps_max: 20_000 }
    }
}

/// Which location sends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The one with the lowest number.
    #[default]
    Priority,
    /// The nearest to the country of the parcel.
    Nearest,
    /// As few as possible.
    FewestParcels,
}

impl Choice {
    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Priority => "priority",
            Self::Nearest => "nearest",
            Self::FewestParcels => "fewest_parcels",
        }
    }
}

/// What becomes of a line that cannot be filled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShortLines {
    /// It takes nothing; later lines may have the units.
    #[default]
    Refuse,
    /// It takes what is left.
    TakeWhatIsThere,
}
