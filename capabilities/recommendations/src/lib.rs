//! Recommendations: what to suggest beside a product, to a cart, to a customer, and why.
//!
//! Fits the engine on the shop's whole history when it has changed, keeps the fitted picture in
//! memory and in the database, records a decision for every product, and answers in microseconds.
//! No stock or margin rules yet: it does not know stock.

pub mod api;
pub mod evaluate;
mod gather;
mod picture;
pub mod service;

use mercer_core::problem::ProblemCode;
use mercer_http::problem::Problem;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum RecommendError {
    /// The database's.
    #[error(transparent)]
    Db(#[from] mercer_db::DbError),
    /// The record's.
    #[error("the record could not be read")]
    History(#[source] mercer_connect::history::HistoryError),
    /// Nothing stands under that name.
    #[error("there is no {what} `{name}`")]
    Unknown {
        /// `product` or `customer`.
        what: &'static str,
        /// What was asked for.
        name: String,
    },
    /// Nothing was computed yet.
    #[error(
        "recommendations were not computed yet: import orders first; they follow by themselves"
    )]
    NotComputed,
}

impl From<RecommendError> for Problem {
    fn from(error: RecommendError) -> Self {
        match error {
            RecommendError::Db(error) => error.into(),
            RecommendError::History(ref source) => {
                match source.downcast_ref::<mercer_db::DbError>() {
                    Some(inner) if inner.is_outage() => {
                        Self::new(ProblemCode::DatabaseUnavailable, inner.to_string())
                    }
                    _ => Self::internal(&error),
                }
            }
            RecommendError::Unknown { what, name } => Self::not_found(what, &name),
            RecommendError::NotComputed => {
                Self::new(ProblemCode::NotEnoughData, format!("Sorry, {error}."))
            }
        }
    }
}
