//! PostgreSQL: a small pool of blocking connections, patience when it is away, UNNEST for bulk.
//!
//! A transaction that lost its connection before its commit is run again from its beginning;
//! one that lost it during the commit is reported as unknown, never repeated.

mod tls;

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use postgres::error::SqlState;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::private::BytesMut;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Config, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::{DbError, shortened};
use crate::tx::{BulkInsert, ColumnType, Inner, Tx};
use crate::value::{Row, Value};

/// Connections of one process: PostgreSQL allows a hundred by default, and ten processes share.
const N_CONNECTIONS_MAX: usize = 8;
/// Wait between attempts to connect.
const RECONNECT_MILLIS: u64 = 250;
/// Times a transaction is begun anew after a deadlock or a lost connection.
const N_ATTEMPTS_MAX: u32 = 5;

pub(crate) struct Pool {
    config: Config,
    tls: MakeRustlsConnect,
    patience: Duration,
    state: Mutex<State>,
    returned: Condvar,
}

struct State {
    idle: Vec<Connection>,
    n_out: usize,
}

struct Connection {
    client: Client,
    statements: HashMap<String, Statement>,
}

impl Pool {
    pub(crate) fn open(url: &str, patience: Duration) -> Result<Self, DbError> {
        let (mut config, tls) = tls::read_url(url)?;
        config.connect_timeout(Duration::from_secs(5)).application_name("mercer");
        let pool = Self {
            config,
            tls,
            patience,
            state: Mutex::new(State { idle: Vec::new(), n_out: 0 }),
            returned: Condvar::new(),
        };
        let first = pool.take()?;
        pool.give_back(Some(first));
        Ok(pool)
    }

    pub(crate) fn ping(&self) -> Result<(), DbError> {
        let mut client =
            self.config.connect(self.tls.clone()).map_err(|e| classify("connect", e))?;
        client.simple_query("SELECT 1").map(|_| ()).map_err(|e| classify("SELECT 1", e))
    }

    fn take(&self) -> Result<Connection, DbError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(connection) = state.idle.pop() {
                if connection.client.is_closed() {
                    continue;
                }
                state.n_out += 1;
                return Ok(connection);
            }
            if state.n_out < N_CONNECTIONS_MAX {
                state.n_out += 1;
                break;
            }
            state = self.returned.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        self.connect_patiently().inspect_err(|_| self.give_back(None))
    }

    fn connect_patiently(&self) -> Result<Connection, DbError> {
        let mut waited = Duration::ZERO;
        let pause = Duration::from_millis(RECONNECT_MILLIS);
        loop {
            match self.config.connect(self.tls.clone()) {
                Ok(client) => return Ok(Connection { client, statements: HashMap::new() }),
                Err(error) => {
                    let error = classify("connect", error);
                    if !matches!(error, DbError::Unavailable { .. }) || waited >= self.patience {
                        return Err(error);
                    }
                    thread::sleep(pause);
                    waited += pause;
                }
            }
        }
    }

    fn give_back(&self, connection: Option<Connection>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.n_out -= 1;
        state.idle.extend(connection.filter(|connection| !connection.client.is_closed()));
        drop(state);
        self.returned.notify_one();
    }

    pub(crate) fn transact<T, E: From<DbError>>(
        &self,
        begin: &str,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut n_attempts = 0;
        loop {
            n_attempts += 1;
            let mut guard = Returning { pool: self, connection: Some(self.take()?) };
            let Some(connection) = guard.connection.as_mut() else {
                return Err(DbError::NoRow.into());
            };
            let attempt = attempt(connection, begin, &mut work);
            if !matches!(attempt, Attempt::Done(Ok(_))) {
                // Never put a connection with an open or unknown transaction back into the pool.
                let clean = connection.client.batch_execute("ROLLBACK").is_ok();
                if !clean {
                    guard.connection = None;
                    drop(guard);
                    self.state.lock().unwrap_or_else(PoisonError::into_inner).n_out -= 1;
                    self.returned.notify_one();
                }
            }
            match attempt {
                Attempt::Done(result) => return result,
                Attempt::Again(result) if n_attempts >= N_ATTEMPTS_MAX => return result,
                Attempt::Again(_) => {}
            }
        }
    }
}

enum Attempt<T, E> {
    Done(Result<T, E>),
    Again(Result<T, E>),
}

fn attempt<T, E: From<DbError>>(
    connection: &mut Connection,
    begin: &str,
    work: &mut impl FnMut(&mut Tx<'_>) -> Result<T, E>,
) -> Attempt<T, E> {
    if let Err(error) = connection.client.batch_execute(begin) {
        return Attempt::Again(Err(classify(begin, error).into()));
    }
    let mut tx = Tx { inner: Inner::Postgres(Session { connection, repeatable: false }) };
    let result = work(&mut tx);
    let Inner::Postgres(session) = tx.inner else {
        return Attempt::Done(result);
    };
    match result {
        Err(error) if session.repeatable => Attempt::Again(Err(error)),
        Err(error) => Attempt::Done(Err(error)),
        Ok(value) => match session.connection.client.batch_execute("COMMIT") {
            Ok(()) => Attempt::Done(Ok(value)),
            Err(error) if is_conflict(&error) => {
                Attempt::Again(Err(classify("COMMIT", error).into()))
            }
            Err(error) => Attempt::Done(Err(match classify("COMMIT", error) {
                DbError::Unavailable { source } => DbError::CommitUnknown { source },
                other => other,
            }
            .into())),
        },
    }
}

struct Returning<'a> {
    pool: &'a Pool,
    connection: Option<Connection>,
}

impl Drop for Returning<'_> {
    fn drop(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            let usable =
                !thread::panicking() || connection.client.batch_execute("ROLLBACK").is_ok();
            self.pool.give_back(usable.then_some(connection));
        }
    }
}

pub(crate) struct Session<'a> {
    connection: &'a mut Connection,
    /// Whether the last failure was of the kind after which the whole may be run again.
    repeatable: bool,
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(n) if *ty == Type::INT4 => i32::try_from(*n)?.to_sql(ty, out),
            Self::Int(n) if *ty == Type::BOOL => (*n != 0).to_sql(ty, out),
            Self::Int(n) if *ty == Type::FLOAT8 => (*n as f64).to_sql(ty, out),
            Self::Int(n) if *ty == Type::INT8 => n.to_sql(ty, out),
            Self::Real(n) if *ty == Type::FLOAT8 => n.to_sql(ty, out),
            Self::Text(text) if <&str as ToSql>::accepts(ty) => text.as_str().to_sql(ty, out),
            Self::Blob(bytes) if *ty == Type::BYTEA => bytes.as_slice().to_sql(ty, out),
            other => Err(format!("{} given for a column of type {ty}", other.type_name()).into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl Session<'_> {
    fn failed(&mut self, statement: &str, error: postgres::Error) -> DbError {
        self.repeatable = error.is_closed() || is_conflict(&error) || is_away(&error);
        classify(statement, error)
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement, DbError> {
        if let Some(statement) = self.connection.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.connection.client.prepare(sql).map_err(|e| self.failed(sql, e))?;
        self.connection.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    pub(crate) fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, DbError> {
        let statement = self.prepare(sql)?;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p as _).collect();
        self.connection.client.execute(&statement, &params).map_err(|e| self.failed(sql, e))
    }

    pub(crate) fn for_each<E: From<DbError>>(
        &mut self,
        sql: &str,
        params: &[Value],
        mut each: impl FnMut(&Row) -> Result<(), E>,
    ) -> Result<(), E> {
        let statement = self.prepare(sql)?;
        let types: Vec<Type> = statement.columns().iter().map(|c| c.type_().clone()).collect();
        let outcome = (|| -> Result<Result<(), E>, postgres::Error> {
            let mut rows = self.connection.client.query_raw(&statement, params.iter())?;
            let mut shared = Row(Vec::with_capacity(types.len()));
            while let Some(row) = rows.next()? {
                shared.0.clear();
                for (column, ty) in types.iter().enumerate() {
                    shared.0.push(read_column(&row, column, ty)?);
                }
                if let Err(error) = each(&shared) {
                    return Ok(Err(error));
                }
            }
            Ok(Ok(()))
        })();
        match outcome {
            Ok(result) => result,
            Err(error) => Err(self.failed(sql, error).into()),
        }
    }

    pub(crate) fn insert_many(
        &mut self,
        insert: &BulkInsert<'_>,
        values: &[Value],
    ) -> Result<u64, DbError> {
        let BulkInsert { table, columns, on_conflict } = insert;
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let marks: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(i, (_, ty))| format!("${}::{}[]", i + 1, array_type(*ty)))
            .collect();
        let sql = format!(
            "INSERT INTO {table} ({}) SELECT * FROM UNNEST({}) {on_conflict}",
            names.join(", "),
            marks.join(", ")
        );
        let statement = self.prepare(&sql)?;
        let arrays: Vec<Box<dyn ToSql + Sync>> = columns
            .iter()
            .enumerate()
            .map(|(i, (_, ty))| column_array(values, columns.len(), i, *ty))
            .collect();
        let params: Vec<&(dyn ToSql + Sync)> = arrays.iter().map(AsRef::as_ref).collect();
        self.connection.client.execute(&statement, &params).map_err(|e| self.failed(&sql, e))
    }

    pub(crate) fn execute_batch(&mut self, sql: &str) -> Result<(), DbError> {
        self.connection.client.batch_execute(sql).map_err(|e| self.failed(sql, e))
    }
}

fn array_type(ty: ColumnType) -> &'static str {
    match ty {
        ColumnType::Int => "bigint",
        ColumnType::Real => "float8",
        ColumnType::Text => "text",
        ColumnType::Blob => "bytea",
    }
}

fn column_array(
    values: &[Value],
    n_columns: usize,
    column: usize,
    ty: ColumnType,
) -> Box<dyn ToSql + Sync> {
    let cells = values.iter().skip(column).step_by(n_columns);
    match ty {
        ColumnType::Int => Box::new(
            cells
                .map(|v| match v {
                    Value::Int(n) => Some(*n),
                    _ => None,
                })
                .collect::<Vec<Option<i64>>>(),
        ),
        ColumnType::Real => Box::new(
            cells
                .map(|v| match v {
                    Value::Real(n) => Some(*n),
                    Value::Int(n) => Some(*n as f64),
                    _ => None,
                })
                .collect::<Vec<Option<f64>>>(),
        ),
        ColumnType::Text => Box::new(
            cells
                .map(|v| match v {
                    Value::Text(text) => Some(text.clone()),
                    _ => None,
                })
                .collect::<Vec<Option<String>>>(),
        ),
        ColumnType::Blob => Box::new(
            cells
                .map(|v| match v {
                    Value::Blob(bytes) => Some(bytes.clone()),
                    _ => None,
                })
                .collect::<Vec<Option<Vec<u8>>>>(),
        ),
    }
}

fn read_column(row: &postgres::Row, column: usize, ty: &Type) -> Result<Value, postgres::Error> {
    fn wrap<T>(value: Option<T>, into: impl Fn(T) -> Value) -> Value {
        value.map_or(Value::Null, into)
    }
    Ok(match *ty {
        Type::INT8 => wrap(row.try_get::<_, Option<i64>>(column)?, Value::Int),
        Type::INT4 => wrap(row.try_get::<_, Option<i32>>(column)?, |n| Value::Int(i64::from(n))),
        Type::INT2 => wrap(row.try_get::<_, Option<i16>>(column)?, |n| Value::Int(i64::from(n))),
        Type::BOOL => wrap(row.try_get::<_, Option<bool>>(column)?, |b| Value::Int(i64::from(b))),
        Type::FLOAT8 => wrap(row.try_get::<_, Option<f64>>(column)?, Value::Real),
        Type::BYTEA => wrap(row.try_get::<_, Option<Vec<u8>>>(column)?, Value::Blob),
        Type::VOID => Value::Null,
        // Any other type fails here with the driver's own words: cast it in the SQL.
        _ => wrap(row.try_get::<_, Option<String>>(column)?, Value::Text),
    })
}

fn is_conflict(error: &postgres::Error) -> bool {
    matches!(error.code(), Some(code) if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED)
}

fn is_away(error: &postgres::Error) -> bool {
    match error.code() {
        // Class 08, and a server that stops, crashes or starts (57P01 to 57P03).
        Some(code) => code.code().starts_with("08") || code.code().starts_with("57P"),
        None => error.is_closed() || has_io_source(error),
    }
}

fn has_io_source(error: &postgres::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if inner.is::<std::io::Error>() {
            return true;
        }
        source = inner.source();
    }
    false
}

fn classify(statement: &str, error: postgres::Error) -> DbError {
    let code = error.code().map(|code| code.code().to_owned()).unwrap_or_default();
    if statement == "connect"
        && let Some(message) = tls::refusal(&error)
    {
        return DbError::Schema { message };
    }
    let away = is_away(&error) || (statement == "connect" && code.is_empty());
    let source = Box::new(error);
    match code.as_str() {
        "25006" => DbError::ReadOnly { source },
        "53100" => DbError::Full { source },
        "53300" => DbError::Unavailable { source },
        "40001" | "40P01" | "55P03" => DbError::Busy { source },
        // No such database, user or password: for whoever wrote the URL.
        code if statement == "connect" && (code.starts_with("28") || code == "3D000") => {
            let reason = source.as_db_error().map_or("no reason", |error| error.message());
            DbError::Schema { message: format!("PostgreSQL refuses the connection: {reason}") }
        }
        code if code.starts_with("23") => DbError::Constraint { source },
        _ if away => DbError::Unavailable { source },
        _ => DbError::Statement { statement: shortened(statement), source },
    }
}
