//! The append-only log of what happened, and its durable subscribers.
//!
//! A fact is appended in the transaction that changes the state. A subscriber has a durable
//! cursor, sees one subject's facts in order, and handles each in the transaction that moves its
//! cursor: what it changes in the database happens exactly once. Embedded only; a stream server
//! would feed the same subscribers.

use jiff::Timestamp;
use mercer_core::clock::instant_of_micros;
use mercer_core::fact::{Fact, NewFact};
use mercer_db::{
    BulkInsert, ColumnType, Db, DbError, Migration, MigrationSet, Row, Tx, Value, params,
};

/// The log's tables.
pub const MIGRATIONS: MigrationSet = MigrationSet {
    owner: "facts",
    steps: &[
        Migration {
            name: "log and cursors",
            sql: "
CREATE TABLE facts (
  sequence {{rising_id}},
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  payload TEXT NOT NULL
);
CREATE INDEX facts_by_subject ON facts (subject, sequence);
CREATE TABLE fact_cursors (
  subscriber TEXT NOT NULL PRIMARY KEY,
  sequence BIGINT NOT NULL
);",
        },
        Migration {
            name: "facts by kind and time, to count those of a window without reading them",
            sql: "CREATE INDEX facts_by_kind ON facts (kind, recorded_at)",
        },
    ],
};

/// Facts that a subscriber is given in one transaction: enough to make the commit's cost small,
/// few enough that others need not wait long for the writer.
pub const N_FACTS_BATCH: usize = 1_000;

/// Number of the advisory lock under which facts are appended: their sequence is then the order
/// of their commits, so that no reader passes over one that commits late.
const LOCK_APPEND: i64 = 0x006d_6572_6365_7202;

/// Appends facts in the caller's transaction.
///
/// # Errors
/// The database's.
pub fn append(tx: &mut Tx<'_>, now: Timestamp, facts: &[NewFact]) -> Result<(), DbError> {
    if facts.is_empty() {
        return Ok(());
    }
    tx.one_at_a_time(LOCK_APPEND)?;
    let recorded_at = now.as_microsecond();
    let values: Vec<Value> = facts
        .iter()
        .flat_map(|NewFact { kind, subject, occurred_at, payload }| {
            [
                Value::from(*kind),
                Value::from(subject),
                Value::from(occurred_at.as_microsecond()),
                Value::from(recorded_at),
                Value::from(payload.to_string()),
            ]
        })
        .collect();
    let insert = BulkInsert {
        table: "facts",
        columns: &[
            ("kind", ColumnType::Text),
            ("subject", ColumnType::Text),
            ("occurred_at", ColumnType::Int),
            ("recorded_at", ColumnType::Int),
            ("payload", ColumnType::Text),
        ],
        on_conflict: "",
    };
    tx.insert_many(&insert, &values).map(|_| ())
}

/// The sequence of the last fact, 0 for an empty log.
///
/// # Errors
/// The database's.
pub fn last_sequence(tx: &mut Tx<'_>) -> Result<i64, DbError> {
    tx.fetch_value("SELECT COALESCE(MAX(sequence), 0) FROM facts", &[])
}

/// Up to `n_max` facts after a sequence, in order.
///
/// # Errors
/// The database's.
pub fn read_after(tx: &mut Tx<'_>, sequence: i64, n_max: usize) -> Result<Vec<Fact>, DbError> {
    let rows = tx.fetch(
        "SELECT sequence, kind, subject, occurred_at, recorded_at, payload FROM facts
         WHERE sequence > $1 ORDER BY sequence LIMIT $2",
        params![sequence, n_max as i64],
    )?;
    rows.iter().map(fact_of_row).collect()
}

/// One subject's facts, latest first, before a sequence.
///
/// # Errors
/// The database's.
pub fn read_subject(
    tx: &mut Tx<'_>,
    subject: &str,
    before: i64,
    n_max: usize,
) -> Result<Vec<Fact>, DbError> {
    let rows = tx.fetch(
        "SELECT sequence, kind, subject, occurred_at, recorded_at, payload FROM facts
         WHERE subject = $1 AND sequence < $2 ORDER BY sequence DESC LIMIT $3",
        params![subject, before, n_max as i64],
    )?;
    rows.iter().map(fact_of_row).collect()
}

fn fact_of_row(row: &Row) -> Result<Fact, DbError> {
    let payload = serde_json::from_str(row.str(5)).map_err(|source| DbError::Statement {
        statement: "the payload of a fact is not JSON".to_owned(),
        source: Box::new(source),
    })?;
    Ok(Fact {
        sequence: row.get(0)?,
        kind: row.get(1)?,
        subject: row.get(2)?,
        occurred_at: instant_of_micros(row.get(3)?),
        recorded_at: instant_of_micros(row.get(4)?),
        payload,
    })
}

/// Why a subscriber could not handle a fact.
pub type SubscriberError = Box<dyn std::error::Error + Send + Sync>;

/// Something that follows the log.
pub trait Subscriber: Send + Sync {
    /// Name of its cursor; never reused for another purpose.
    fn name(&self) -> &'static str;

    /// Handles one fact within the transaction that moves the cursor past it.
    ///
    /// # Errors
    /// Undoes the whole batch; it comes again.
    fn handle(&self, tx: &mut Tx<'_>, fact: &Fact) -> Result<(), SubscriberError>;

    /// Called once after the facts of a batch, in the same transaction.
    ///
    /// # Errors
    /// Undoes the whole batch; it comes again.
    fn finish_batch(&self, tx: &mut Tx<'_>) -> Result<(), SubscriberError> {
        let _ = tx;
        Ok(())
    }
}

/// Why a delivery stopped.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// The database's.
    #[error("the log cannot be read")]
    Db(#[from] DbError),
    /// A subscriber refused a fact; its cursor stays before it.
    #[error("subscriber {subscriber} stopped at fact {sequence}")]
    Subscriber {
        /// Whose.
        subscriber: &'static str,
        /// Which.
        sequence: i64,
        /// The subscriber's reason.
        #[source]
        source: SubscriberError,
    },
}

/// Hands the next batch of facts to a subscriber; how many there were.
///
/// # Errors
/// The database's or the subscriber's; the cursor has not moved.
pub fn deliver(db: &Db, subscriber: &dyn Subscriber) -> Result<usize, DeliverError> {
    db.write(|tx| {
        let name = subscriber.name();
        tx.execute(
            "INSERT INTO fact_cursors (subscriber, sequence) VALUES ($1, 0)
             ON CONFLICT (subscriber) DO NOTHING",
            params![name],
        )?;
        // Takes the row, so that two processes never deliver to one subscriber at once.
        tx.execute(
            "UPDATE fact_cursors SET sequence = sequence WHERE subscriber = $1",
            params![name],
        )?;
        let cursor: i64 = tx.fetch_value(
            "SELECT sequence FROM fact_cursors WHERE subscriber = $1",
            params![name],
        )?;
        let facts = read_after(tx, cursor, N_FACTS_BATCH)?;
        let Some(last) = facts.last().map(|fact| fact.sequence) else {
            return Ok(0);
        };
        let refuse = |sequence| {
            move |source| DeliverError::Subscriber { subscriber: name, sequence, source }
        };
        for fact in &facts {
            subscriber.handle(tx, fact).map_err(refuse(fact.sequence))?;
        }
        subscriber.finish_batch(tx).map_err(refuse(last))?;
        tx.execute(
            "UPDATE fact_cursors SET sequence = $2 WHERE subscriber = $1",
            params![name, last],
        )?;
        Ok(facts.len())
    })
}

/// Whether a subscriber has facts waiting; cheap, for a loop that must not write when idle.
///
/// # Errors
/// The database's.
pub fn is_behind(db: &Db, subscriber: &dyn Subscriber) -> Result<bool, DbError> {
    db.read(|tx| {
        let cursor = tx.fetch_optional(
            "SELECT sequence FROM fact_cursors WHERE subscriber = $1",
            params![subscriber.name()],
        )?;
        let cursor = cursor.map_or(Ok(0), |row| row.get::<i64>(0))?;
        Ok(last_sequence(tx)? > cursor)
    })
}

/// Sets a subscriber back to the beginning of the log, in the caller's transaction, which also
/// empties what the subscriber has built. Replay then builds it again.
///
/// # Errors
/// The database's.
pub fn rewind(tx: &mut Tx<'_>, subscriber: &str) -> Result<(), DbError> {
    tx.execute("UPDATE fact_cursors SET sequence = 0 WHERE subscriber = $1", params![subscriber])
        .map(|_| ())
}

#[cfg(test)]
mod tests;
