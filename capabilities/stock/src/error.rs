//! Why stock could not be changed or told.

use mercer_connect::cart::PortError;
use mercer_connect::source::SourceError;
use mercer_core::problem::ProblemCode;
use mercer_db::DbError;
use mercer_http::problem::Problem;
use mercer_ledger::LedgerError;

/// Why stock could not be changed or told.
#[derive(Debug, thiserror::Error)]
pub enum StockError {
    /// The database's.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The ledger's.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Another system's.
    #[error(transparent)]
    Port(#[from] PortError),
    /// A file as a whole.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Nothing stands under that name.
    #[error("there is no {what} `{id}`")]
    Unknown {
        /// `SKU in stock`, `expected delivery`.
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
    /// Fewer units are there than are to go.
    #[error("{sentence}")]
    OutOfStock {
        /// Path of the field.
        field: String,
        /// How many are there, and what to do.
        sentence: String,
    },
    /// The state does not allow it.
    #[error("{sentence}")]
    Conflict {
        /// Path of the field, if one is at fault.
        field: Option<String>,
        /// What stands in the way and what to do.
        sentence: String,
    },
    /// A key was used for something else.
    #[error("the key `{key}` was used for something else: choose a new one")]
    KeyReused {
        /// Path of the field.
        field: String,
        /// Which.
        key: String,
    },
    /// Too many at once.
    #[error("{sentence}")]
    TooMany {
        /// How many may come.
        sentence: String,
    },
    /// What is stored cannot be read: a fault of ours.
    #[error("{what} in the database cannot be read")]
    Broken {
        /// What.
        what: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

impl StockError {
    pub(crate) fn invalid(field: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), sentence: sentence.into() }
    }

    /// The ledger's refusal as one of the field `field`; `key` is the caller's.
    pub(crate) fn of_ledger(error: LedgerError, field: &str, key: &str) -> Self {
        match error {
            LedgerError::KeyReused { .. } => {
                Self::KeyReused { field: format!("{field}.key"), key: key.to_owned() }
            }
            LedgerError::Short { wanted, available, .. } => Self::OutOfStock {
                field: format!("{field}.quantity"),
                sentence: format!(
                    "{wanted} units are to go, {available} are there; units held for customers \
                     cannot go"
                ),
            },
            LedgerError::BadText { .. } => {
                Self::invalid(format!("{field}.key"), "the key is empty or too long")
            }
            LedgerError::BadQuantity { quantity } => Self::invalid(
                format!("{field}.quantity"),
                format!("`{quantity}` is no quantity: give a whole number from 1 on"),
            ),
            other => Self::Ledger(other),
        }
    }
}

impl From<StockError> for Problem {
    fn from(error: StockError) -> Self {
        let sentence = capital(&error.to_string());
        match error {
            StockError::Db(error)
            | StockError::Ledger(LedgerError::Db(error))
            | StockError::Port(PortError::Db(error) | PortError::Ledger(LedgerError::Db(error))) => {
                error.into()
            }
            StockError::Unknown { what, id } => Self::not_found(what, &id),
            StockError::Invalid { field, .. } => Self::invalid(&field, sentence),
            StockError::OutOfStock { field, .. } => {
                Self::new(ProblemCode::OutOfStock, sentence).at(field)
            }
            StockError::Conflict { field, .. } => {
                let problem = Self::new(ProblemCode::Conflict, sentence);
                field.into_iter().fold(problem, Self::at)
            }
            StockError::KeyReused { field, .. } => {
                Self::new(ProblemCode::IdempotencyKeyReused, sentence).at(field)
            }
            StockError::TooMany { .. } => Self::new(ProblemCode::TooLarge, sentence),
            StockError::Source(SourceError::Unusable { .. }) => {
                Self::new(ProblemCode::InvalidRequest, sentence)
            }
            StockError::Source(_)
            | StockError::Ledger(_)
            | StockError::Port(_)
            | StockError::Broken { .. } => Self::internal(&error),
        }
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    let stop = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{stop}", chars.as_str())
}
