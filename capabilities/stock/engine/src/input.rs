//! What the engine is asked and what it answers.
//!
//! Nothing here reads a database: whoever gathers fills these.

use serde::{Deserialize, Serialize};

/// A cart and what is there for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Input {
    /// Where the parcel goes, as the locations write it; none when it is not known.
    pub country: Option<String>,
    /// The lines of the cart, in the order in which they are served.
    pub asks: Vec<Ask>,
    /// Locations that may send. A SKU's units at any other are not looked at.
    pub locations: Vec<Location>,
    /// What is there of each SKU. A SKU that is missing here is not tracked.
    pub items: Vec<Item>,
}

/// A line of the cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// The caller's number of the line.
    pub line: i64,
    /// What.
    pub sku: String,
    /// How many units.
    pub quantity: i64,
}

/// A place that can send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// Its code, unique.
    pub code: String,
    /// The lower number sends first.
    pub priority: i64,
    /// Countries that it serves, nearest first; empty serves all.
    #[serde(default)]
    pub countries: Vec<String>,
}

/// What is there of a SKU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The SKU, once in the input.
    pub sku: String,
    /// Whether it is counted at all.
    pub is_tracked: bool,
    /// Where it is, each location once.
    #[serde(default)]
    pub places: Vec<Place>,
}

/// Units of a SKU at a location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Code of the location.
    pub location: String,
    /// Units that can be taken now; below nothing counts as nothing.
    pub available: i64,
    /// Units that may be sold there before they come; below nothing counts as nothing.
    #[serde(default)]
    pub back_order: i64,
}

/// Answer of [`crate::decide`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// One answer a line, in the order of the asks.
    pub lines: Vec<LineOutcome>,
    /// Locations that send something.
    pub n_parcels: usize,
}

/// What becomes of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineOutcome {
    /// The caller's number of it.
    pub line: i64,
    /// What.
    pub sku: String,
    /// Units that were asked for.
    pub wanted: i64,
    /// Whether it can be sent.
    pub verdict: Verdict,
    /// Units that could be found for it, back-orders included; also where nothing is taken because
    /// they are too few.
    pub n_found: i64,
    /// Where its units come from; empty where nothing is taken.
    pub places: Vec<Taken>,
}

impl LineOutcome {
    /// Units that are not there yet.
    #[must_use]
    pub fn n_back_ordered(&self) -> i64 {
        self.places.iter().map(|taken| taken.back_ordered).sum()
    }

    /// Units that are taken.
    #[must_use]
    pub fn n_taken(&self) -> i64 {
        self.places.iter().map(|taken| taken.quantity).sum()
    }
}

/// Whether a line can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All of it was found.
    Filled,
    /// Fewer units are there than were asked for.
    Short,
    /// The SKU is not counted: nothing is taken and nothing is in the way.
    Untracked,
    /// The quantity is none.
    Refused,
}

/// Units of a line from one location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// Code of the location.
    pub location: String,
    /// Units, back-orders included.
    pub quantity: i64,
    /// Units of them that are not there yet.
    pub back_ordered: i64,
}
