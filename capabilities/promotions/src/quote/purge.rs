//! Quotes that came to nothing are forgotten after a month, with their decisions.
//!
//! A shop asks for far more quotes than it sells carts; those that became orders stay.

use jiff::{SignedDuration, Timestamp};
use mercer_db::{DbError, Tx, params};
use mercer_jobs::{JobContext, JobError, JobHandler, NewJob};
use serde_json::{Value, json};

use super::DECISION_KIND;

/// Kind of the job that forgets them.
pub const PURGE_JOB: &str = "promotions.purge_quotes";
/// Days for which a quote that came to nothing can be looked at: long enough to answer a customer
/// who asks why the price was another one.
pub const DAYS_KEPT: i64 = 30;
/// Quotes forgotten in one transaction: others wait a few milliseconds for the writer.
const N_BATCH: usize = 500;

/// Sees to it that the job runs within a day.
///
/// # Errors
/// The database's.
pub fn schedule(tx: &mut Tx<'_>, now: Timestamp) -> Result<(), DbError> {
    let job = NewJob {
        kind: PURGE_JOB,
        unique_key: Some(PURGE_JOB.to_owned()),
        payload: json!({}),
        due_at: now + SignedDuration::from_hours(24),
    };
    mercer_jobs::schedule(tx, now, &job).map(|_| ())
}

/// Forgets one batch; how many there were.
///
/// # Errors
/// The database's.
pub fn purge(tx: &mut Tx<'_>, now: Timestamp) -> Result<usize, DbError> {
    let until = now - SignedDuration::from_hours(24 * DAYS_KEPT);
    let mut ids = Vec::new();
    for state in ["priced", "released", "expired"] {
        let rows = tx.fetch(
            "SELECT id FROM quotes WHERE state = $1 AND created_at < $2
             ORDER BY created_at, id LIMIT $3",
            params![state, until.as_microsecond(), N_BATCH as i64],
        )?;
        ids.extend(rows.iter().map(|row| row.str(0).to_owned()));
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).take(N_BATCH).collect();
    mercer_decisions::forget(tx, DECISION_KIND, &ids)?;
    for id in &ids {
        tx.execute("DELETE FROM quotes WHERE id = $1", params![*id])?;
    }
    Ok(ids.len())
}

/// Forgets all that are old enough, and wakes again tomorrow.
pub struct PurgeQuotes;

impl JobHandler for PurgeQuotes {
    fn kind(&self) -> &'static str {
        PURGE_JOB
    }

    fn run(&self, context: &JobContext<'_>, _payload: &Value) -> Result<(), JobError> {
        let now = context.clock.now();
        while context.db.write(|tx| purge(tx, now)).map_err(JobError::retry)? == N_BATCH {
            context.heartbeat().map_err(JobError::retry)?;
        }
        context.db.write(|tx| schedule(tx, now)).map_err(JobError::retry)
    }
}
