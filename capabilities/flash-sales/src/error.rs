//! Why flash sales could not do what was asked.

use mercer_connect::cart::PortError;
use mercer_core::problem::ProblemCode;
use mercer_db::DbError;
use mercer_http::problem::Problem;
use mercer_ledger::LedgerError;

/// Why flash sales could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum FlashError {
    /// The database's.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The ledger's.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Another system's.
    #[error(transparent)]
    Port(#[from] PortError),
    /// No sale of this id.
    #[error("there is no flash sale `{id}`")]
    Unknown {
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
    /// A limit is reached.
    #[error("{sentence}")]
    LimitReached {
        /// Which.
        sentence: String,
    },
}

impl From<FlashError> for Problem {
    fn from(error: FlashError) -> Self {
        match error {
            FlashError::Db(error)
            | FlashError::Ledger(LedgerError::Db(error))
            | FlashError::Port(PortError::Db(error) | PortError::Ledger(LedgerError::Db(error))) => {
                error.into()
            }
            FlashError::Unknown { id } => Self::not_found("flash sale", &id),
            FlashError::Invalid { field, sentence } => Self::invalid(&field, sentence),
            FlashError::Conflict { sentence } => Self::new(ProblemCode::Conflict, sentence),
            FlashError::LimitReached { sentence } => Self::new(ProblemCode::LimitReached, sentence),
            FlashError::Ledger(_) | FlashError::Port(_) => Self::internal(&error),
        }
    }
}
