//! Durable jobs and timers: one table of what is due when.
//!
//! A timer is a job that is due later. A job is put into the table in the transaction that wants
//! it, is claimed under a lease, tried again with growing waits, and parked for a person when it
//! keeps failing. At least once: a handler that was killed runs again, so handlers are
//! idempotent. Does not keep time itself: the caller brings the clock and decides when to look.

mod worker;

use jiff::{SignedDuration, Timestamp};
use mercer_core::clock::instant_of_micros;
use mercer_core::id::{Id, JobKind};
use mercer_db::{DbError, Migration, MigrationSet, Row, Tx, params};
use serde::Serialize;
use serde_json::Value;

pub use crate::worker::{JobContext, JobError, JobHandler, Report, Worker};

/// The table of jobs.
pub const MIGRATIONS: MigrationSet = MigrationSet {
    owner: "jobs",
    steps: &[Migration {
        name: "jobs",
        sql: "
CREATE TABLE jobs (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  unique_key TEXT,
  payload TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'parked')),
  due_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  last_error TEXT,
  created_at BIGINT NOT NULL,
  finished_at BIGINT
);
CREATE UNIQUE INDEX jobs_by_key ON jobs (unique_key) WHERE state = 'waiting';
CREATE INDEX jobs_by_due ON jobs (state, due_at);
CREATE INDEX jobs_by_creation ON jobs (created_at);",
    }],
};

/// Attempts before a job is parked: with doubling waits from [`RETRY_SECONDS`] they span about
/// an hour, longer than a restart or a provider's hiccup.
pub const N_ATTEMPTS_MAX: i64 = 8;
/// First wait after a failure.
pub const RETRY_SECONDS: i64 = 15;
/// How long a claimed job is left to its worker without a heartbeat.
pub const LEASE_SECONDS: i64 = 60;
/// Days that finished jobs stay visible.
pub const DAYS_KEPT: i64 = 14;

/// A job about to be put into the table.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// Which handler runs it.
    pub kind: &'static str,
    /// While a job with this key waits, another is not added.
    pub unique_key: Option<String>,
    /// What the handler needs to know; ids, no personal data.
    pub payload: Value,
    /// When it is due.
    pub due_at: Timestamp,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Until it is due.
    Waiting,
    /// Claimed by a worker.
    Running,
    /// Finished.
    Done,
    /// Failed too often; a person decides.
    Parked,
}

impl JobState {
    /// The name in SQL and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Parked => "parked",
        }
    }

    fn parse(name: &str) -> Self {
        match name {
            "waiting" => Self::Waiting,
            "running" => Self::Running,
            "done" => Self::Done,
            _ => Self::Parked,
        }
    }
}

/// A job in the table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Job {
    /// `job_…`.
    pub id: String,
    /// Which handler runs it.
    pub kind: String,
    /// Where it stands.
    pub state: JobState,
    /// When it is due.
    pub due_at: Timestamp,
    /// Times it was begun.
    pub attempts: i64,
    /// Why it failed last.
    pub last_error: Option<String>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// What the handler is told.
    #[serde(skip)]
    pub payload: Value,
}

const COLUMNS: &str = "id, kind, state, due_at, attempts, last_error, finished_at, payload";

fn job_of_row(row: &Row) -> Result<Job, DbError> {
    Ok(Job {
        id: row.get(0)?,
        kind: row.get(1)?,
        state: JobState::parse(row.str(2)),
        due_at: instant_of_micros(row.get(3)?),
        attempts: row.get(4)?,
        last_error: row.get(5)?,
        finished_at: row.get::<Option<i64>>(6)?.map(instant_of_micros),
        payload: serde_json::from_str(row.str(7)).unwrap_or(Value::Null),
    })
}

/// Puts a job into the table, in the caller's transaction. When one with its key waits already,
/// none is added (false), and the waiting one is brought forward if this one is due earlier.
///
/// # Errors
/// The database's.
pub fn schedule(tx: &mut Tx<'_>, now: Timestamp, job: &NewJob) -> Result<bool, DbError> {
    let NewJob { kind, unique_key, payload, due_at } = job;
    if let Some(key) = unique_key {
        let n = tx.execute(
            "UPDATE jobs SET due_at = CASE WHEN due_at < $2 THEN due_at ELSE $2 END
             WHERE unique_key = $1 AND state = 'waiting'",
            params![key, due_at.as_microsecond()],
        )?;
        if n > 0 {
            return Ok(false);
        }
    }
    let payload = payload.to_string();
    let n_before: i64 = tx.fetch_value(
        "SELECT COUNT(*) FROM jobs WHERE created_at = $1",
        params![now.as_microsecond()],
    )?;
    let natural_key = [*kind, unique_key.as_deref().unwrap_or(""), &payload, &n_before.to_string()];
    let id = Id::<JobKind>::derive(now, &natural_key).to_string();
    let n = tx.execute(
        "INSERT INTO jobs (id, kind, unique_key, payload, state, due_at, attempts, lease_until,
                           created_at)
         VALUES ($1, $2, $3, $4, 'waiting', $5, 0, 0, $6) ON CONFLICT DO NOTHING",
        params![
            id,
            *kind,
            unique_key.clone(),
            payload,
            due_at.as_microsecond(),
            now.as_microsecond()
        ],
    )?;
    Ok(n == 1)
}

/// As [`schedule`], for a key that very many transactions want at once: does not touch a waiting
/// job that is due early enough, so nobody waits for its row. One that is being claimed at this
/// instant may count as waiting; the handler must therefore look once more a little later.
///
/// # Errors
/// The database's.
pub fn schedule_shared(tx: &mut Tx<'_>, now: Timestamp, job: &NewJob) -> Result<bool, DbError> {
    let waiting = tx.fetch_optional(
        "SELECT 1 FROM jobs WHERE unique_key = $1 AND state = 'waiting' AND due_at <= $2",
        params![job.unique_key.clone(), job.due_at.as_microsecond()],
    )?;
    if waiting.is_some() { Ok(false) } else { schedule(tx, now, job) }
}

/// Jobs by state, latest due first.
///
/// # Errors
/// The database's.
pub fn list(tx: &mut Tx<'_>, state: Option<JobState>, n_max: usize) -> Result<Vec<Job>, DbError> {
    let state = state.map_or("%", JobState::name);
    let rows = tx.fetch(
        &format!(
            "SELECT {COLUMNS} FROM jobs WHERE state LIKE $1 ORDER BY due_at DESC, id DESC LIMIT $2"
        ),
        params![state, n_max as i64],
    )?;
    rows.iter().map(job_of_row).collect()
}

/// How many jobs wait, run and are parked.
///
/// # Errors
/// The database's.
pub fn counts(tx: &mut Tx<'_>) -> Result<[(JobState, i64); 3], DbError> {
    let mut counts = [(JobState::Waiting, 0), (JobState::Running, 0), (JobState::Parked, 0)];
    for row in
        tx.fetch("SELECT state, COUNT(*) FROM jobs WHERE state <> 'done' GROUP BY state", &[])?
    {
        for (state, n) in &mut counts {
            if state.name() == row.str(0) {
                *n = row.get(1)?;
            }
        }
    }
    Ok(counts)
}

/// Lets a parked job try again from the beginning; false when it is not parked.
///
/// # Errors
/// The database's; a constraint when another with its key waits already.
pub fn retry(tx: &mut Tx<'_>, id: &str, now: Timestamp) -> Result<bool, DbError> {
    let n = tx.execute(
        "UPDATE jobs SET state = 'waiting', attempts = 0, due_at = $2
         WHERE id = $1 AND state = 'parked'",
        params![id, now.as_microsecond()],
    )?;
    Ok(n == 1)
}

/// Takes up to `n_max` due jobs, and those whose worker let its lease run out.
pub(crate) fn claim(tx: &mut Tx<'_>, now: Timestamp, n_max: usize) -> Result<Vec<Job>, DbError> {
    let lease_until = now + SignedDuration::from_secs(LEASE_SECONDS);
    let rows = tx.fetch(
        &format!(
            "UPDATE jobs SET state = 'running', attempts = attempts + 1, lease_until = $2
             WHERE id IN (SELECT id FROM jobs
                          WHERE (state = 'waiting' AND due_at <= $1)
                             OR (state = 'running' AND lease_until < $1)
                          ORDER BY due_at, id LIMIT $3)
               AND (state = 'waiting' OR lease_until < $1)
             RETURNING {COLUMNS}"
        ),
        params![now.as_microsecond(), lease_until.as_microsecond(), n_max as i64],
    )?;
    let mut jobs = rows.iter().map(job_of_row).collect::<Result<Vec<_>, _>>()?;
    jobs.sort_by(|a, b| (a.due_at, &a.id).cmp(&(b.due_at, &b.id)));
    Ok(jobs)
}

/// The wait before the next attempt: doubling, with up to a quarter of jitter from the job's id
/// so that jobs that failed together do not come back together.
pub(crate) fn backoff(job: &Job) -> SignedDuration {
    let doublings = u32::try_from(job.attempts - 1).unwrap_or(0).min(10);
    let seconds = RETRY_SECONDS * 2i64.pow(doublings);
    let draw = xxhash_rust::xxh3::xxh3_64_with_seed(job.id.as_bytes(), job.attempts as u64);
    let jitter_millis = (draw % (seconds as u64 * 250)) as i64;
    SignedDuration::from_millis(seconds * 1000 + jitter_millis)
}

#[cfg(test)]
mod tests;
