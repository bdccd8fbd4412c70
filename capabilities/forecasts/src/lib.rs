//! Forecasts: what each product will sell, with intervals, and why that method.
//!
//! Decides all products anew when the history has changed and records the decisions; answers any
//! horizon for one product at once, because one decision takes milliseconds. Orders nothing.

pub mod api;
pub mod evaluate;
mod gather;
pub mod service;

use mercer_core::problem::ProblemCode;
use mercer_db::{Migration, MigrationSet};
use mercer_http::problem::Problem;

/// The table of the latest forecasts, for lists.
pub const MIGRATIONS: MigrationSet = MigrationSet {
    owner: "forecasts",
    steps: &[Migration {
        name: "forecasts",
        sql: "
CREATE TABLE forecasts (
  product_id TEXT NOT NULL PRIMARY KEY,
  sku TEXT NOT NULL,
  title TEXT NOT NULL,
  method TEXT NOT NULL,
  expected_units DOUBLE PRECISION NOT NULL,
  low_80 DOUBLE PRECISION NOT NULL,
  high_80 DOUBLE PRECISION NOT NULL,
  sold_units BIGINT NOT NULL,
  change DOUBLE PRECISION NOT NULL
) {{by_key}};
CREATE INDEX forecasts_by_expected ON forecasts (expected_units, product_id);
CREATE INDEX forecasts_by_change ON forecasts (change, product_id);",
    }],
};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ForecastError {
    /// The database's.
    #[error(transparent)]
    Db(#[from] mercer_db::DbError),
    /// The record's.
    #[error("the record could not be read")]
    History(#[source] mercer_connect::history::HistoryError),
    /// Nothing stands under that name.
    #[error("there is no product `{name}`")]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// Nothing was computed yet.
    #[error("forecasts were not computed yet: import orders first; they follow by themselves")]
    NotComputed,
}

impl From<ForecastError> for Problem {
    fn from(error: ForecastError) -> Self {
        match error {
            ForecastError::Db(error) => error.into(),
            ForecastError::History(ref source) => {
                match source.downcast_ref::<mercer_db::DbError>() {
                    Some(inner) if inner.is_outage() => {
                        Self::new(ProblemCode::DatabaseUnavailable, inner.to_string())
                    }
                    _ => Self::internal(&error),
                }
            }
            ForecastError::Unknown { name } => Self::not_found("product", &name),
            ForecastError::NotComputed => {
                Self::new(ProblemCode::NotEnoughData, format!("Sorry, {error}."))
            }
        }
    }
}
