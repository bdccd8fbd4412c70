//! SQLite: one writer, several readers, WAL.
//!
//! Does not retry: the file's own lock waits, up to the patience given at opening.

use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ErrorCode, ToSql, params_from_iter};

use crate::error::{DbError, shortened};
use crate::group::Writer;
use crate::tx::{BulkInsert, Inner, Tx};
use crate::value::{Row, Value};

/// Connections for reading: more than the cores of a small machine, so that a long report does
/// not hold up short reads.
const N_READERS: usize = 6;
/// Prepared statements kept per connection: more than all statements of the program.
const N_STATEMENTS_CACHED: usize = 256;
/// Input or output errors that come from writing: `SQLITE_IOERR_WRITE` and
/// `SQLITE_IOERR_SHMSIZE` (<https://sqlite.org/rescode.html>).
const IO_ERRORS_OF_WRITING: [i32; 2] = [778, 4874];

pub(crate) struct Pool {
    writer: Writer,
    readers: Mutex<Vec<Connection>>,
    returned: Condvar,
}

impl Pool {
    pub(crate) fn open(path: &Path, patience: Duration) -> Result<Self, DbError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|error| {
                let text = format!("its folder {} cannot be made: {error}", folder.display());
                let source = Box::new(std::io::Error::new(error.kind(), text));
                DbError::Unavailable { source }
            })?;
        }
        let writer = connect(path, patience)?;
        let readers = (0..N_READERS)
            .map(|_| {
                let reader = connect(path, patience)?;
                reader.execute_batch("PRAGMA query_only = 1").map_err(|e| classify("open", e))?;
                Ok(reader)
            })
            .collect::<Result<Vec<_>, DbError>>()?;
        Ok(Self {
            writer: Writer::new(writer),
            readers: Mutex::new(readers),
            returned: Condvar::new(),
        })
    }

    pub(crate) fn write<T, E: From<DbError>>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.writer.write(work)
    }

    pub(crate) fn read<T, E: From<DbError>>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        let reader = loop {
            if let Some(reader) = readers.pop() {
                break reader;
            }
            readers = self.returned.wait(readers).unwrap_or_else(PoisonError::into_inner);
        };
        drop(readers);
        let guard = Returning { pool: self, reader: Some(reader) };
        guard.reader.as_ref().map_or_else(
            || Err(DbError::NoRow.into()),
            |reader| transact(reader, "BEGIN DEFERRED", work),
        )
    }

    pub(crate) fn limit_pages(&self, n_pages: u32) -> Result<(), DbError> {
        self.writer.with_connection(|writer| {
            writer
                .execute_batch(&format!("PRAGMA max_page_count = {n_pages}"))
                .map_err(|e| classify("max_page_count", e))
        })
    }
}

/// Gives the reader back, also when the work panics.
struct Returning<'a> {
    pool: &'a Pool,
    reader: Option<Connection>,
}

impl Drop for Returning<'_> {
    fn drop(&mut self) {
        if let Some(reader) = self.reader.take() {
            if !reader.is_autocommit() {
                let _ = reader.execute_batch("ROLLBACK");
            }
            self.pool.readers.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
            self.pool.returned.notify_one();
        }
    }
}

fn connect(path: &Path, patience: Duration) -> Result<Connection, DbError> {
    let open = || -> rusqlite::Result<Connection> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(patience)?;
        connection.set_prepared_statement_cache_capacity(N_STATEMENTS_CACHED);
        // Plans do not look at bound values: otherwise some statements are prepared again whenever
        // a value is bound.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // A read-only file cannot change its journal mode; reading still works.
        let mode = connection.pragma_update(None, "journal_mode", "WAL");
        if let Err(error) = mode
            && !matches!(error.sqlite_error_code(), Some(ErrorCode::ReadOnly))
        {
            return Err(error);
        }
        connection.execute_batch(
            "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;
             PRAGMA cache_size = -16000; PRAGMA mmap_size = 0;
             PRAGMA journal_size_limit = 67108864; PRAGMA wal_autocheckpoint = 4000;",
        )?;
        Ok(connection)
    };
    open().map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => {
            DbError::Schema { message: format!("{} is not an SQLite database", path.display()) }
        }
        _ => classify("open", error),
    })
}

pub(crate) fn transact<T, E: From<DbError>>(
    connection: &Connection,
    begin: &str,
    mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    if !connection.is_autocommit() {
        // A panic left a transaction open; it was never acknowledged.
        connection.execute_batch("ROLLBACK").map_err(|e| classify("ROLLBACK", e))?;
    }
    connection.execute_batch(begin).map_err(|e| classify(begin, e))?;
    match with_tx(connection, &mut work) {
        Ok(value) => {
            if let Err(error) = connection.execute_batch("COMMIT") {
                let _ = connection.execute_batch("ROLLBACK");
                return Err(classify("COMMIT", error).into());
            }
            Ok(value)
        }
        Err(error) => {
            // A full disk may have rolled back already; then there is nothing to undo.
            if !connection.is_autocommit() {
                connection.execute_batch("ROLLBACK").map_err(|e| classify("ROLLBACK", e))?;
            }
            Err(error)
        }
    }
}

/// Runs the work in the transaction that is open.
pub(crate) fn with_tx<T, E>(
    connection: &Connection,
    work: &mut impl FnMut(&mut Tx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    work(&mut Tx { inner: Inner::Sqlite(Session { connection }) })
}

pub(crate) struct Session<'a> {
    connection: &'a Connection,
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(n) => ValueRef::Integer(*n),
            Self::Real(n) => ValueRef::Real(*n),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl<'a> Session<'a> {
    fn prepare(&self, sql: &str) -> Result<CachedStatement<'a>, DbError> {
        // SQLite numbers `?2` by its digits, but `$2` by where it first stands.
        let numbered = sql.replace('$', "?");
        self.connection.prepare_cached(&numbered).map_err(|e| classify(sql, e))
    }

    pub(crate) fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, DbError> {
        let mut statement = self.prepare(sql)?;
        if statement.column_count() > 0 {
            drop(statement);
            let mut n_rows = 0;
            self.for_each(sql, params, |_| {
                n_rows += 1;
                Ok::<_, DbError>(())
            })?;
            return Ok(n_rows);
        }
        let n_changed =
            statement.execute(params_from_iter(params)).map_err(|e| classify(sql, e))?;
        Ok(n_changed as u64)
    }

    pub(crate) fn for_each<E: From<DbError>>(
        &mut self,
        sql: &str,
        params: &[Value],
        mut each: impl FnMut(&Row) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self.prepare(sql)?;
        let n_columns = statement.column_count();
        let mut rows = statement.query(params_from_iter(params)).map_err(|e| classify(sql, e))?;
        let mut shared = Row(Vec::with_capacity(n_columns));
        while let Some(row) = rows.next().map_err(|e| classify(sql, e))? {
            shared.0.clear();
            for column in 0..n_columns {
                let value = row.get_ref(column).map_err(|e| classify(sql, e))?;
                shared.0.push(match value {
                    ValueRef::Null => Value::Null,
                    ValueRef::Integer(n) => Value::Int(n),
                    ValueRef::Real(n) => Value::Real(n),
                    ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                    ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
                });
            }
            each(&shared)?;
        }
        Ok(())
    }

    pub(crate) fn insert_many(
        &mut self,
        insert: &BulkInsert<'_>,
        values: &[Value],
    ) -> Result<u64, DbError> {
        let BulkInsert { table, columns, on_conflict } = insert;
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let marks: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
        let sql = format!(
            "INSERT INTO {table} ({}) VALUES ({}) {on_conflict}",
            names.join(", "),
            marks.join(", ")
        );
        let mut statement = self.prepare(&sql)?;
        let mut n_changed = 0;
        for row in values.chunks_exact(columns.len()) {
            n_changed +=
                statement.execute(params_from_iter(row)).map_err(|e| classify(&sql, e))? as u64;
        }
        Ok(n_changed)
    }

    pub(crate) fn execute_batch(&mut self, sql: &str) -> Result<(), DbError> {
        self.connection.execute_batch(sql).map_err(|e| classify(sql, e))
    }
}

pub(crate) fn classify(statement: &str, error: rusqlite::Error) -> DbError {
    let code = error.sqlite_error_code();
    let is_write =
        error.sqlite_error().is_some_and(|e| IO_ERRORS_OF_WRITING.contains(&e.extended_code));
    let source = Box::new(error);
    match code {
        // A quota or a limit on a file's size, which SQLite does not tell from a failing disk.
        Some(ErrorCode::SystemIoFailure) if is_write => DbError::Full { source },
        Some(ErrorCode::ReadOnly) => DbError::ReadOnly { source },
        Some(ErrorCode::DiskFull) => DbError::Full { source },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => DbError::Busy { source },
        Some(ErrorCode::CannotOpen | ErrorCode::SystemIoFailure) => DbError::Unavailable { source },
        Some(ErrorCode::ConstraintViolation) => DbError::Constraint { source },
        _ => DbError::Statement { statement: shortened(statement), source },
    }
}
