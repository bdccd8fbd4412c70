//! Computes anew what depends on the whole history, some time after it changed.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use mercer_connect::history::{Recompute, SalesReader};
use mercer_core::clock::Clock;
use mercer_core::fact::Fact;
use mercer_db::Tx;
use mercer_facts::{Subscriber, SubscriberError};
use mercer_jobs::{JobContext, JobError, JobHandler, NewJob};
use serde_json::{Value, json};

/// Kind of the job.
pub const RECOMPUTE_JOB: &str = "recompute";
/// How long single changes are gathered before everything is computed anew: a busy shop has an
/// order every few seconds, and nothing of this changes much within minutes.
pub const GATHER_SECONDS: i64 = 120;

/// Follows the log and asks for a recomputation: at once after an import, after
/// [`GATHER_SECONDS`] for single changes.
pub struct AskForRecompute {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The earliest instant asked for in the batch at work.
    pub due_at: Mutex<Option<Timestamp>>,
}

impl Subscriber for AskForRecompute {
    fn name(&self) -> &'static str {
        "app.recompute"
    }

    fn handle(&self, _: &mut Tx<'_>, fact: &Fact) -> Result<(), SubscriberError> {
        let now = self.clock.now();
        let due = match fact.kind.as_str() {
            "import.finished" => now,
            kind if kind.starts_with("order.") || kind.starts_with("refund.") => {
                now + SignedDuration::from_secs(GATHER_SECONDS)
            }
            _ => return Ok(()),
        };
        let mut due_at = self.due_at.lock().unwrap_or_else(PoisonError::into_inner);
        *due_at = Some(due_at.map_or(due, |old| old.min(due)));
        Ok(())
    }

    fn finish_batch(&self, tx: &mut Tx<'_>) -> Result<(), SubscriberError> {
        let due_at = self.due_at.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(due_at) = due_at {
            let job = NewJob {
                kind: RECOMPUTE_JOB,
                unique_key: Some(RECOMPUTE_JOB.to_owned()),
                payload: json!({}),
                due_at,
            };
            mercer_jobs::schedule(tx, self.clock.now(), &job)?;
        }
        Ok(())
    }
}

/// The job: one picture of the history for all parts.
pub struct RecomputeAll {
    /// Reads the history.
    pub reader: Arc<dyn SalesReader>,
    /// What is computed, in order.
    pub parts: Vec<Arc<dyn Recompute>>,
}

impl JobHandler for RecomputeAll {
    fn kind(&self) -> &'static str {
        RECOMPUTE_JOB
    }

    fn run(&self, context: &JobContext<'_>, _: &Value) -> Result<(), JobError> {
        let history = self.reader.read_sales().map_err(JobError::Retry)?;
        for part in &self.parts {
            context.heartbeat().map_err(JobError::retry)?;
            let begun = context.clock.now();
            let outcome = part.recompute(&history).map_err(JobError::Retry)?;
            let seconds = context.clock.now().duration_since(begun).as_secs_f64();
            tracing::info!(part = part.name(), seconds, outcome, "computed anew");
        }
        Ok(())
    }
}
