//! The only crate that knows SQLite and PostgreSQL: one SQL text, one small face.
//!
//! SQL is written once, with `$1` placeholders and `BIGINT`, `DOUBLE PRECISION`, `TEXT` and
//! `BYTEA` columns. Where the databases must differ, a function named in [`dialect`] hides it and
//! is tested on both. No entities, no query builder: the tables belong to the crates above.
//!
//! Calls block; servers call them from a blocking thread. Why: `docs/adr/0001-database.md`.

mod conditions;
pub mod dialect;
mod error;
mod group;
mod migrate;
mod pg;
mod sqlite;
mod tx;
mod value;

use std::time::Duration;

pub use crate::conditions::{Conditions, Direction};
pub use crate::dialect::Backend;
pub use crate::error::DbError;
pub use crate::migrate::{Migration, MigrationSet};
pub use crate::tx::{BulkInsert, ColumnType, Tx};
pub use crate::value::{FromValue, Row, Value};

/// Most rows of one bulk statement: keeps a statement's parameters in a few megabytes.
pub const N_BULK_ROWS_MAX: usize = 5_000;

/// How long a caller waits for a database that is away before it is told so. Long enough for a
/// restart of PostgreSQL, short enough for a person.
pub const PATIENCE_SECONDS: u64 = 30;

/// Parameters of a statement, from anything that converts into a [`Value`].
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::Value::from($value)),*][..] };
}

/// Where the data lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A folder (the file `mercer.sqlite` in it) or a file.
    Sqlite(std::path::PathBuf),
    /// A `postgres://` URL.
    Postgres(String),
}

impl Location {
    /// Reads a URL or path: `postgres://…`, `postgresql://…`, `sqlite:PATH` or a PATH. A path
    /// that does not end in `.sqlite` or `.db` is a folder.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Self::Postgres(text.to_owned());
        }
        let path = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:"));
        let path = std::path::PathBuf::from(path.unwrap_or(text));
        let is_file = path.extension().is_some_and(|e| e == "sqlite" || e == "db");
        Self::Sqlite(if is_file { path } else { path.join("mercer.sqlite") })
    }

    /// For messages and logs: a PostgreSQL URL without its password.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Sqlite(path) => path.display().to_string(),
            Self::Postgres(url) => match (url.find("://"), url.rfind('@')) {
                (Some(scheme), Some(at)) if at > scheme => {
                    let user = url[scheme + 3..at].split(':').next().unwrap_or_default();
                    format!("{}{user}:…{}", &url[..scheme + 3], &url[at..])
                }
                _ => url.clone(),
            },
        }
    }
}

/// A database, shared by all threads.
pub struct Db {
    pool: Pool,
    shown: String,
}

enum Pool {
    Sqlite(sqlite::Pool),
    Postgres(pg::Pool),
}

impl Db {
    /// Opens the database, creating an SQLite file and its folder when missing.
    ///
    /// # Errors
    /// The file cannot be made or is no database; PostgreSQL does not answer within
    /// [`PATIENCE_SECONDS`] or refuses.
    pub fn open(location: &Location) -> Result<Self, DbError> {
        Self::open_patiently(location, Duration::from_secs(PATIENCE_SECONDS))
    }

    /// As [`Db::open`], with another patience.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub fn open_patiently(location: &Location, patience: Duration) -> Result<Self, DbError> {
        let pool = match location {
            Location::Sqlite(path) => Pool::Sqlite(sqlite::Pool::open(path, patience)?),
            Location::Postgres(url) => Pool::Postgres(pg::Pool::open(url, patience)?),
        };
        Ok(Self { pool, shown: location.shown() })
    }

    /// Which of the two it is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        match &self.pool {
            Pool::Sqlite(_) => Backend::Sqlite,
            Pool::Postgres(_) => Backend::Postgres,
        }
    }

    /// The location without secrets, for people.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Runs reads on one consistent picture. May run the closure again when the connection was
    /// lost, so it must have no effect but its result.
    ///
    /// # Errors
    /// The closure's own, or the database's.
    pub fn read<T, E: From<DbError>>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        match &self.pool {
            Pool::Sqlite(pool) => pool.read(work),
            Pool::Postgres(pool) => {
                pool.transact("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", work)
            }
        }
    }

    /// Runs a transaction: all of it is kept when the closure returns `Ok`, nothing when it
    /// returns `Err`. May run the closure again when the connection was lost before the commit
    /// was asked for, or on a deadlock, so it must have no effect outside the transaction.
    ///
    /// # Errors
    /// The closure's own, or the database's. [`DbError::CommitUnknown`] when the connection was
    /// lost during the commit.
    pub fn write<T, E: From<DbError>>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        match &self.pool {
            Pool::Sqlite(pool) => pool.write(work),
            Pool::Postgres(pool) => pool.transact("BEGIN", work),
        }
    }

    /// Brings the schema up to date; forward only, in one transaction.
    ///
    /// # Errors
    /// A step that was applied has since changed, the database is newer than this program, or a
    /// step fails.
    pub fn migrate(&self, sets: &[MigrationSet], now_micros: i64) -> Result<u32, DbError> {
        migrate::run(self, sets, now_micros)
    }

    /// Whether the database answers, now, without waiting.
    ///
    /// # Errors
    /// It does not, and why.
    pub fn ping(&self) -> Result<(), DbError> {
        match &self.pool {
            Pool::Sqlite(pool) => pool.read(|tx| tx.fetch("SELECT 1", &[]).map(|_| ())),
            Pool::Postgres(pool) => pool.ping(),
        }
    }

    /// SQLite only: limits the file to this many pages, to show what a full disk does.
    ///
    /// # Errors
    /// The statement fails, or the database is PostgreSQL.
    pub fn limit_pages_for_test(&self, n_pages: u32) -> Result<(), DbError> {
        match &self.pool {
            Pool::Sqlite(pool) => pool.limit_pages(n_pages),
            Pool::Postgres(_) => Err(DbError::Unsupported { what: "a page limit on PostgreSQL" }),
        }
    }
}
