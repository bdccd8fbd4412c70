//! The shop's record: products, customers, orders, refunds, adjustments, channels.
//!
//! Keeps what sources hand in, idempotently, with a fact for each real change; runs imports;
//! answers the sales history to other capabilities. Decides nothing.

pub mod api;
pub mod history;
pub mod import;
pub mod keep;
pub mod ports;
pub mod read;
pub mod segments;
mod stats;
pub mod ties;

use mercer_db::{Migration, MigrationSet};

/// The record's tables.
pub const MIGRATIONS: MigrationSet = MigrationSet {
    owner: "record",
    steps: &[Migration { name: "record", sql: include_str!("../migrations/0001_record.sql") }],
};

/// Why the record could not keep or answer something.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The database's.
    #[error(transparent)]
    Db(#[from] mercer_db::DbError),
    /// A draft that cannot be kept.
    #[error("{what}: {reason}")]
    Invalid {
        /// Which draft and field.
        what: String,
        /// Why, and what to do.
        reason: String,
        /// The field at fault, as a path.
        field: String,
    },
    /// The time zone is not in the zone database.
    #[error("`{name}` is not a time zone; write it like Europe/London")]
    UnknownZone {
        /// What was given.
        name: String,
    },
    /// The source cannot go on.
    #[error(transparent)]
    Source(#[from] mercer_connect::source::SourceError),
}

#[cfg(test)]
mod tests;
