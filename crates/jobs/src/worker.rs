//! Runs due jobs with their handlers. Holds no thread: whoever serves calls it in a loop.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use mercer_core::clock::Clock;
use mercer_db::{Db, DbError, params};
use serde_json::Value;

use crate::{DAYS_KEPT, Job, LEASE_SECONDS, N_ATTEMPTS_MAX, backoff, claim};

/// What a handler may use while it runs.
pub struct JobContext<'a> {
    /// The database.
    pub db: &'a Db,
    /// The clock.
    pub clock: &'a dyn Clock,
    job: &'a Job,
}

impl JobContext<'_> {
    /// Which job runs.
    #[must_use]
    pub fn job_id(&self) -> &str {
        &self.job.id
    }

    /// Tells the table that the job is alive; long jobs call it at least every half lease.
    ///
    /// # Errors
    /// The database's.
    pub fn heartbeat(&self) -> Result<(), DbError> {
        let until = self.clock.now() + SignedDuration::from_secs(LEASE_SECONDS);
        self.db.write(|tx| {
            tx.execute(
                "UPDATE jobs SET lease_until = $2 WHERE id = $1 AND state = 'running'",
                params![&self.job.id, until.as_microsecond()],
            )
        })?;
        Ok(())
    }
}

/// How a handler fails.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Trying again may help.
    #[error("will be tried again")]
    Retry(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Only a person can help.
    #[error("needs a person")]
    Park(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl JobError {
    /// A failure that time may heal.
    pub fn retry(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Retry(error.into())
    }

    fn chain(&self) -> String {
        let mut parts = Vec::new();
        let mut next = std::error::Error::source(self);
        while let Some(error) = next {
            parts.push(error.to_string());
            next = error.source();
        }
        parts.join(": ")
    }
}

/// Runs the jobs of one kind.
pub trait JobHandler: Send + Sync {
    /// Which kind.
    fn kind(&self) -> &'static str;

    /// Does the work; may run more than once for the same job.
    ///
    /// # Errors
    /// As [`JobError`] says.
    fn run(&self, context: &JobContext<'_>, payload: &Value) -> Result<(), JobError>;
}

/// What a round did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct Report {
    /// Jobs that finished.
    pub n_done: usize,
    /// Jobs that will be tried again.
    pub n_retried: usize,
    /// Jobs parked for a person.
    pub n_parked: usize,
}

/// A database, a clock and the explicit list of handlers.
pub struct Worker {
    /// The database.
    pub db: Arc<Db>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// One handler for each kind.
    pub handlers: Vec<Arc<dyn JobHandler>>,
}

impl Worker {
    /// Claims and runs up to `n_max` due jobs, one after the other.
    ///
    /// # Errors
    /// The database's; failures of handlers are in the report and in the table.
    pub fn run_due(&self, n_max: usize) -> Result<Report, DbError> {
        let mut report = Report::default();
        for _ in 0..n_max {
            let now = self.clock.now();
            if !self.is_any_due(now)? {
                break;
            }
            let Some(job) = self.db.write(|tx| claim(tx, now, 1))?.into_iter().next() else {
                break;
            };
            let result = self.run_one(&job);
            self.settle(&job, result, &mut report)?;
        }
        Ok(report)
    }

    fn is_any_due(&self, now: Timestamp) -> Result<bool, DbError> {
        self.db.read(|tx| {
            let row = tx.fetch_optional(
                "SELECT 1 FROM jobs WHERE (state = 'waiting' AND due_at <= $1)
                    OR (state = 'running' AND lease_until < $1) LIMIT 1",
                params![now.as_microsecond()],
            )?;
            Ok(row.is_some())
        })
    }

    fn run_one(&self, job: &Job) -> Result<(), JobError> {
        if job.attempts > N_ATTEMPTS_MAX {
            return Err(JobError::Park(
                format!("begun {N_ATTEMPTS_MAX} times and never finished").into(),
            ));
        }
        let Some(handler) = self.handlers.iter().find(|h| h.kind() == job.kind) else {
            return Err(JobError::Park(format!("no handler for jobs of kind {}", job.kind).into()));
        };
        let context = JobContext { db: &self.db, clock: &*self.clock, job };
        let run = || handler.run(&context, &job.payload);
        // A fault in one handler must not stop the others.
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).unwrap_or_else(|_| {
            Err(JobError::retry("the handler panicked; the log has the reason"))
        })
    }

    fn settle(
        &self,
        job: &Job,
        result: Result<(), JobError>,
        report: &mut Report,
    ) -> Result<(), DbError> {
        let now = self.clock.now();
        let (state, due_at, error) = match &result {
            Ok(()) => ("done", job.due_at, None),
            Err(error @ JobError::Retry(_)) if job.attempts < N_ATTEMPTS_MAX => {
                ("waiting", now + backoff(job), Some(error.chain()))
            }
            Err(error) => ("parked", job.due_at, Some(error.chain())),
        };
        match state {
            "done" => report.n_done += 1,
            "waiting" => report.n_retried += 1,
            _ => report.n_parked += 1,
        }
        if let Some(error) = &error {
            tracing::warn!(job = job.id, kind = job.kind, attempts = job.attempts, state, error);
        }
        self.db.write(|tx| {
            let settled = tx.part(|tx| {
                tx.execute(
                    "UPDATE jobs SET state = $2, due_at = $3, last_error = $4, finished_at = $5
                     WHERE id = $1 AND state = 'running'",
                    params![
                        &job.id,
                        state,
                        due_at.as_microsecond(),
                        error.clone(),
                        (state == "done").then(|| now.as_microsecond())
                    ],
                )
            });
            match settled {
                // Another job with the same key waits already: this one's work is covered by it.
                Err(DbError::Constraint { .. }) => tx.execute(
                    "UPDATE jobs SET state = 'done', last_error = $2, finished_at = $3
                     WHERE id = $1",
                    params![&job.id, error.clone(), now.as_microsecond()],
                )?,
                other => other?,
            };
            let oldest = now - SignedDuration::from_hours(24 * DAYS_KEPT);
            tx.execute(
                "DELETE FROM jobs WHERE state = 'done' AND finished_at < $1",
                params![oldest.as_microsecond()],
            )
        })?;
        Ok(())
    }
}
