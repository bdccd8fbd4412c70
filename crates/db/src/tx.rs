//! A transaction in progress: run, fetch, stream, insert many.

use crate::dialect::Backend;
use crate::error::DbError;
use crate::value::{FromValue, Row, Value};
use crate::{N_BULK_ROWS_MAX, pg, sqlite};

/// A transaction in progress, or a consistent picture for reading.
pub struct Tx<'a> {
    pub(crate) inner: Inner<'a>,
}

pub(crate) enum Inner<'a> {
    Sqlite(sqlite::Session<'a>),
    Postgres(pg::Session<'a>),
}

/// The type of a column in a bulk insert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// `BIGINT`.
    Int,
    /// `DOUBLE PRECISION`.
    Real,
    /// `TEXT`.
    Text,
    /// `BYTEA`.
    Blob,
}

/// A bulk insert: into which columns, and what on conflict.
#[derive(Debug, Clone, Copy)]
pub struct BulkInsert<'a> {
    /// The table.
    pub table: &'a str,
    /// Columns with their types, in the order of the values.
    pub columns: &'a [(&'a str, ColumnType)],
    /// What follows the values: empty, or `ON CONFLICT …`.
    pub on_conflict: &'a str,
}

impl Tx<'_> {
    /// Which database it is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        match &self.inner {
            Inner::Sqlite(_) => Backend::Sqlite,
            Inner::Postgres(_) => Backend::Postgres,
        }
    }

    /// Runs a statement; how many rows it changed.
    ///
    /// # Errors
    /// The statement fails.
    pub fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, DbError> {
        match &mut self.inner {
            Inner::Sqlite(session) => session.execute(sql, params),
            Inner::Postgres(session) => session.execute(sql, params),
        }
    }

    /// All rows of an answer; for large ones use [`Tx::for_each`].
    ///
    /// # Errors
    /// The statement fails.
    pub fn fetch(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        let mut rows = Vec::new();
        self.for_each(sql, params, |row| {
            rows.push(row.clone());
            Ok::<_, DbError>(())
        })?;
        Ok(rows)
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// The statement fails.
    pub fn fetch_optional(&mut self, sql: &str, params: &[Value]) -> Result<Option<Row>, DbError> {
        Ok(self.fetch(sql, params)?.into_iter().next())
    }

    /// The first column of the one row that must be there.
    ///
    /// # Errors
    /// No row, another type, or the statement fails.
    pub fn fetch_value<T: FromValue>(&mut self, sql: &str, params: &[Value]) -> Result<T, DbError> {
        self.fetch_optional(sql, params)?.ok_or(DbError::NoRow)?.get(0)
    }

    /// Streams the rows of an answer without holding them.
    ///
    /// # Errors
    /// The statement or the closure fails.
    pub fn for_each<E: From<DbError>>(
        &mut self,
        sql: &str,
        params: &[Value],
        each: impl FnMut(&Row) -> Result<(), E>,
    ) -> Result<(), E> {
        match &mut self.inner {
            Inner::Sqlite(session) => session.for_each(sql, params, each),
            Inner::Postgres(session) => session.for_each(sql, params, each),
        }
    }

    /// Inserts many rows, given as one flat list of values; how many were inserted or updated.
    ///
    /// # Errors
    /// The statement fails, or the values do not fill the columns.
    pub fn insert_many(
        &mut self,
        insert: &BulkInsert<'_>,
        values: &[Value],
    ) -> Result<u64, DbError> {
        let n_columns = insert.columns.len();
        if n_columns == 0 || !values.len().is_multiple_of(n_columns) {
            return Err(DbError::Unsupported { what: "a bulk insert with a ragged row" });
        }
        let mut n_changed = 0;
        for chunk in values.chunks(n_columns * N_BULK_ROWS_MAX) {
            n_changed += match &mut self.inner {
                Inner::Sqlite(session) => session.insert_many(insert, chunk)?,
                Inner::Postgres(session) => session.insert_many(insert, chunk)?,
            };
        }
        Ok(n_changed)
    }

    /// Runs several statements without parameters, as a schema has them.
    ///
    /// # Errors
    /// One of them fails.
    pub fn execute_batch(&mut self, sql: &str) -> Result<(), DbError> {
        match &mut self.inner {
            Inner::Sqlite(session) => session.execute_batch(sql),
            Inner::Postgres(session) => session.execute_batch(sql),
        }
    }

    /// Work that can fail without ending the transaction: an `Err` undoes only this part.
    ///
    /// # Errors
    /// The closure's, after its part was undone.
    pub fn part<T, E: From<DbError>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.execute_batch("SAVEPOINT part")?;
        match work(self) {
            Ok(value) => {
                self.execute_batch("RELEASE SAVEPOINT part")?;
                Ok(value)
            }
            Err(error) => {
                self.execute_batch("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")?;
                Err(error)
            }
        }
    }

    /// Lets one transaction at a time past this point until it ends. SQLite has one writer
    /// anyway; PostgreSQL takes an advisory lock.
    ///
    /// # Errors
    /// The statement fails.
    pub fn one_at_a_time(&mut self, lock: i64) -> Result<(), DbError> {
        match &mut self.inner {
            Inner::Sqlite(_) => Ok(()),
            Inner::Postgres(session) => {
                session.execute("SELECT pg_advisory_xact_lock($1)", &[Value::Int(lock)]).map(|_| ())
            }
        }
    }

    /// Lets the planner learn the tables' sizes after a large change.
    ///
    /// # Errors
    /// The statement fails.
    pub fn refresh_planner(&mut self) -> Result<(), DbError> {
        let sql = self.backend().analyze();
        self.execute_batch(sql)
    }
}

/// Keys looked up by one statement of [`Tx::fetch_by_keys`]: a list is padded to the next of these,
/// so that a statement is prepared for a few lengths only and a short list is looked up quickly.
const N_KEYS: [usize; 4] = [4, 16, 64, 200];

impl Tx<'_> {
    /// Rows for many keys at once. The statement has `{{keys}}` where `column IN (…)` wants its
    /// list; `params` come first. Unknown keys give no row; the order of rows is open.
    ///
    /// # Errors
    /// The statement fails.
    pub fn fetch_by_keys(
        &mut self,
        sql: &str,
        params: &[Value],
        keys: &[&str],
    ) -> Result<Vec<Row>, DbError> {
        let largest = N_KEYS[N_KEYS.len() - 1];
        let mut rows = Vec::new();
        for chunk in keys.chunks(largest) {
            let size = N_KEYS.into_iter().find(|size| *size >= chunk.len()).unwrap_or(largest);
            let marks: Vec<String> = (1..=size).map(|n| format!("${}", params.len() + n)).collect();
            let sql = sql.replace("{{keys}}", &marks.join(", "));
            let padding = std::iter::repeat_n(&chunk[chunk.len() - 1], size - chunk.len());
            let all: Vec<Value> = params
                .iter()
                .cloned()
                .chain(chunk.iter().chain(padding).map(|key| Value::from(*key)))
                .collect();
            rows.extend(self.fetch(&sql, &all)?);
        }
        Ok(rows)
    }
}
