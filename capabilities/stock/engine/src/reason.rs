//! Why units come from where they come, and why some do not.
//!
//! Each variant says what it means, when it appears and what to do; these lines become the
//! documentation and the console's text.

use mercer_engine_kit::decision::Reason;
use mercer_engine_kit::words::grouped;
use serde::Serialize;

/// Why units come from where they come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Why {
    /// Locations were asked in the order of their priority.
    /// Appears under the policy `priority` when something is taken.
    /// Change the numbers of the locations to change the order.
    ByPriority {
        /// Locations that send, in their order.
        locations: Vec<String>,
    },
    /// Locations were asked in the order of their nearness to the country.
    /// Appears under the policy `nearest` when something is taken.
    /// Change the order of a location's countries to change it.
    ByNearness {
        /// Where the parcel goes; none when it is not known, and priority decided.
        country: Option<String>,
        /// Locations that send, in their order.
        locations: Vec<String>,
    },
    /// No smaller set of locations has all the units.
    /// Appears under the policy `fewest_parcels` when the search came to its end.
    /// Nothing to do.
    FewestProven {
        /// Locations that send, in their order.
        locations: Vec<String>,
        /// Steps of the search.
        n_steps: u32,
    },
    /// A small set of locations was found, but not proven to be the smallest.
    /// Appears under the policy `fewest_parcels` for carts too large to search whole.
    /// Raise the limit of steps if it matters.
    FewestEstimated {
        /// Locations that send, in their order.
        locations: Vec<String>,
        /// Steps after which the search gave up.
        n_steps_max: u32,
    },
    /// A line wants more than is left.
    /// Appears for each such line; lines before it of the same SKU count too.
    /// Offer what is left, allow back-orders, or order more.
    Short {
        /// The line.
        line: i64,
        /// What.
        sku: String,
        /// Units that were asked for.
        wanted: i64,
        /// Units that were left for it.
        n_found: i64,
    },
    /// Units are sold before they come.
    /// Appears where what is there does not suffice and the SKU may be ordered back.
    /// Tell the customer when they come.
    BackOrdered {
        /// The line.
        line: i64,
        /// What.
        sku: String,
        /// Units that are not there yet.
        quantity: i64,
        /// From where they will be sent.
        location: String,
    },
    /// A location was left out because it does not serve the country.
    /// Appears only where a line is short.
    /// Add the country to the location if it may send there.
    NotServing {
        /// Code of the location.
        location: String,
        /// Where the parcel goes.
        country: String,
    },
    /// The SKU is not counted.
    /// Appears for each such line.
    /// Track it if it can run out.
    Untracked {
        /// The line.
        line: i64,
        /// What.
        sku: String,
    },
    /// A line asks for nothing or less.
    /// Appears for each such line.
    /// Ask for one unit or more.
    NotAQuantity {
        /// The line.
        line: i64,
        /// What was asked.
        quantity: i64,
    },
    /// Of many lines only the first are named.
    /// Appears when more lines have something to say than a person reads.
    /// Look at the lines of the answer.
    FurtherLines {
        /// Lines that are not named.
        n_lines: usize,
    },
    /// There was nothing to find.
    /// Appears for a cart without lines.
    /// Nothing to do.
    NothingAsked,
}

impl Reason for Why {
    fn code(&self) -> &'static str {
        match self {
            Self::ByPriority { .. } => "by_priority",
            Self::ByNearness { .. } => "by_nearness",
            Self::FewestProven { .. } => "fewest_proven",
            Self::FewestEstimated { .. } => "fewest_estimated",
            Self::Short { .. } => "short",
            Self::BackOrdered { .. } => "back_ordered",
            Self::NotServing { .. } => "not_serving",
            Self::Untracked { .. } => "untracked",
            Self::NotAQuantity { .. } => "not_a_quantity",
            Self::FurtherLines { .. } => "further_lines",
            Self::NothingAsked => "nothing_asked",
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::ByPriority { locations } => {
                format!("{}, by priority.", sent(locations))
            }
            Self::ByNearness { country: Some(country), locations } => {
                format!("{}, nearest to {country} first.", sent(locations))
            }
            Self::ByNearness { country: None, locations } => {
                format!("{}, by priority because the country is not known.", sent(locations))
            }
            Self::FewestProven { locations, n_steps: _ } => {
                format!("{}; no fewer have all the units.", sent(locations))
            }
            Self::FewestEstimated { locations, n_steps_max } => format!(
                "{}; perhaps fewer would do, the search ended after {} steps.",
                sent(locations),
                grouped(*n_steps_max)
            ),
            Self::Short { line, sku, wanted, n_found } => format!(
                "Line {line} wants {} of {sku}; {} left for it.",
                grouped(*wanted),
                are(*n_found)
            ),
            Self::BackOrdered { line, sku, quantity, location } => format!(
                "{} of {sku} for line {line} {} not there yet and will come from {location}.",
                grouped(*quantity),
                if *quantity == 1 { "is" } else { "are" }
            ),
            Self::NotServing { location, country } => {
                format!("{location} does not send to {country}.")
            }
            Self::Untracked { line, sku } => {
                format!("{sku} of line {line} is not counted, so nothing was taken for it.")
            }
            Self::NotAQuantity { line, quantity } => {
                format!("Line {line} asks for {}, which is no quantity.", grouped(*quantity))
            }
            Self::FurtherLines { n_lines } => format!(
                "{} more {} something to say; see the lines.",
                grouped(*n_lines as i128),
                if *n_lines == 1 { "line has" } else { "lines have" }
            ),
            Self::NothingAsked => "The cart has no lines.".to_owned(),
        }
    }

    /// What keeps a line from being sent weighs most, then what comes late, then the order.
    fn weight(&self) -> f64 {
        match self {
            Self::NotAQuantity { .. } => -1.0,
            Self::Short { .. } => -0.9,
            Self::NotServing { .. } => -0.8,
            Self::BackOrdered { .. } => -0.7,
            Self::ByPriority { .. }
            | Self::ByNearness { .. }
            | Self::FewestProven { .. }
            | Self::FewestEstimated { .. } => 0.5,
            Self::Untracked { .. } => 0.3,
            Self::FurtherLines { .. } | Self::NothingAsked => 0.1,
        }
    }
}

fn sent(locations: &[String]) -> String {
    match locations {
        [one] => format!("One parcel, from {one}"),
        many => format!("{} parcels, from {}", grouped(many.len() as i128), many.join(", ")),
    }
}

fn are(n_units: i64) -> String {
    match n_units {
        0 => "none are".to_owned(),
        1 => "1 is".to_owned(),
        n => format!("{} are", grouped(n)),
    }
}
