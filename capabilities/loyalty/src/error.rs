//! Why loyalty could not do what was asked.

use mercer_connect::cart::PortError;
use mercer_core::problem::ProblemCode;
use mercer_db::DbError;
use mercer_http::problem::Problem;
use mercer_ledger::LedgerError;

use crate::prepare::PrepareError;

/// Why loyalty could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum LoyaltyError {
    /// The database's.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The ledger's.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Another system's.
    #[error(transparent)]
    Port(#[from] PortError),
    /// What is kept cannot be read: a fault of ours.
    #[error("{what} is kept in a form that cannot be read")]
    Broken {
        /// What.
        what: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There is nothing under that name.
    #[error("there is no {what} `{id}`")]
    Unknown {
        /// `member`, `wheel`, `spin`, `activity` or `redemption`.
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
    /// Too few points, or a limit of the programme.
    #[error("{sentence}")]
    LimitReached {
        /// Which.
        sentence: String,
    },
}

impl LoyaltyError {
    pub(crate) fn unknown(what: &'static str, id: &str) -> Self {
        Self::Unknown { what, id: id.chars().take(60).collect() }
    }

    pub(crate) fn invalid(field: &str, sentence: impl Into<String>) -> Self {
        Self::Invalid { field: field.to_owned(), sentence: sentence.into() }
    }

    pub(crate) fn conflict(sentence: impl Into<String>) -> Self {
        Self::Conflict { sentence: sentence.into() }
    }

    pub(crate) fn broken(
        what: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Broken { what, source: source.into() }
    }
}

impl From<PrepareError> for LoyaltyError {
    fn from(error: PrepareError) -> Self {
        Self::broken("an order of the record", error)
    }
}

impl From<LoyaltyError> for PortError {
    fn from(error: LoyaltyError) -> Self {
        match error {
            LoyaltyError::Db(error) => Self::Db(error),
            LoyaltyError::Ledger(error) => Self::Ledger(error),
            LoyaltyError::Port(error) => error,
            other => Self::Broken { what: "loyalty".to_owned(), reason: other.to_string() },
        }
    }
}

impl From<LoyaltyError> for Problem {
    fn from(error: LoyaltyError) -> Self {
        match error {
            LoyaltyError::Db(error)
            | LoyaltyError::Ledger(LedgerError::Db(error))
            | LoyaltyError::Port(
                PortError::Db(error) | PortError::Ledger(LedgerError::Db(error)),
            ) => error.into(),
            LoyaltyError::Unknown { what, id } => Self::not_found(what, &id),
            LoyaltyError::Invalid { field, sentence } => Self::invalid(&field, sentence),
            LoyaltyError::Conflict { sentence } => Self::new(ProblemCode::Conflict, sentence),
            LoyaltyError::LimitReached { sentence } => {
                Self::new(ProblemCode::LimitReached, sentence)
            }
            LoyaltyError::Ledger(_) | LoyaltyError::Port(_) | LoyaltyError::Broken { .. } => {
                Self::internal(&error)
            }
        }
    }
}
