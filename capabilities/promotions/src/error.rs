//! Why promotions or quotes could not do what was asked.

use jiff::Timestamp;
use mercer_connect::cart::PortError;
use mercer_core::problem::ProblemCode;
use mercer_db::DbError;
use mercer_http::problem::Problem;
use mercer_ledger::LedgerError;

/// Why promotions or quotes could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum PromotionsError {
    /// The database's.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The ledger's.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Another system's.
    #[error(transparent)]
    Port(#[from] PortError),
    /// Nothing stands under that id or code.
    #[error("there is no {what} `{id}`")]
    Unknown {
        /// `quote`, `promotion`, `coupon`, `campaign`, `channel`, `customer`, `simulation`.
        what: &'static str,
        /// What was asked for.
        id: String,
    },
    /// A field cannot be used.
    #[error("{sentence}")]
    Invalid {
        /// Path of the field.
        field: String,
        /// What is wrong and what to do.
        sentence: String,
    },
    /// The state does not allow it.
    #[error("{sentence}")]
    Conflict {
        /// What stands in the way and what to do.
        sentence: String,
    },
    /// There is not enough stock for a line.
    #[error("{sentence}")]
    OutOfStock {
        /// Path of the line.
        field: String,
        /// How many are there.
        sentence: String,
    },
    /// A limit was reached since the quote was made.
    #[error("{sentence}")]
    LimitReached {
        /// Which limit, and what to do.
        sentence: String,
    },
    /// The quote or its hold is over.
    #[error("{what} was over at {at}; ask for a new quote")]
    Expired {
        /// `the quote` or `the hold`.
        what: &'static str,
        /// Since when.
        at: Timestamp,
    },
    /// What is stored cannot be read: a fault of ours.
    #[error("{what} in the database cannot be read")]
    Broken {
        /// What.
        what: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

impl From<PromotionsError> for Problem {
    fn from(error: PromotionsError) -> Self {
        let text = error.to_string();
        let sentence = || {
            let mut chars = text.chars();
            let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
            let stop = if text.ends_with('.') { "" } else { "." };
            format!("{first}{}{stop}", chars.as_str())
        };
        match error {
            PromotionsError::Db(error)
            | PromotionsError::Ledger(LedgerError::Db(error))
            | PromotionsError::Port(
                PortError::Db(error) | PortError::Ledger(LedgerError::Db(error)),
            ) => error.into(),
            PromotionsError::Unknown { what, id } => Self::not_found(what, &id),
            PromotionsError::Invalid { field, .. } => Self::invalid(&field, sentence()),
            PromotionsError::Conflict { .. } => Self::new(ProblemCode::Conflict, sentence()),
            PromotionsError::OutOfStock { field, .. } => {
                Self::new(ProblemCode::OutOfStock, sentence()).at(field)
            }
            PromotionsError::LimitReached { .. } => {
                Self::new(ProblemCode::LimitReached, sentence())
            }
            PromotionsError::Expired { .. } => Self::new(ProblemCode::Expired, sentence()),
            PromotionsError::Ledger(_)
            | PromotionsError::Port(_)
            | PromotionsError::Broken { .. } => Self::internal(&error),
        }
    }
}
