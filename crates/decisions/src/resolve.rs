//! A person resolves a proposal: approve, dismiss, snooze. And the timer that wakes a snoozed one.

use jiff::Timestamp;
use mercer_core::fact::NewFact;
use mercer_db::{DbError, Tx, params};
use mercer_jobs::{JobContext, JobError, JobHandler, NewJob};
use serde_json::{Value, json};

use crate::log::find;
use crate::model::{DecisionDetail, State};

/// Kind of the job that wakes a snoozed decision.
pub const WAKE_JOB: &str = "decisions.wake";

/// What a person wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// Do it.
    Approve,
    /// Do not.
    Dismiss {
        /// Why, if they say.
        note: Option<String>,
    },
    /// Ask again at this instant.
    Snooze {
        /// When.
        until: Timestamp,
    },
}

/// Why a decision could not be resolved.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// The database's.
    #[error("the decision could not be stored")]
    Db(#[from] DbError),
    /// No decision with this id.
    #[error("there is no decision {id}")]
    Unknown {
        /// The id.
        id: String,
    },
    /// It does not wait for a person.
    #[error("this decision is {}: only a proposed or snoozed one can be resolved", state.name())]
    NotOpen {
        /// Where it stands.
        state: State,
    },
    /// A newer decision took its place.
    #[error("a newer decision has replaced this one: look at that")]
    Stale,
    /// The instant to wake is over.
    #[error("the instant to ask again must lie in the future")]
    PastSnooze,
}

/// Resolves a decision in the caller's transaction, with a fact.
///
/// # Errors
/// It is unknown, not open, replaced, or the snooze lies in the past.
pub fn resolve(
    tx: &mut Tx<'_>,
    now: Timestamp,
    id: &str,
    resolution: &Resolution,
    by: &str,
) -> Result<DecisionDetail, ResolveError> {
    let found = find(tx, id)?.ok_or_else(|| ResolveError::Unknown { id: id.to_owned() })?;
    let decision = &found.decision;
    match decision.state {
        State::Proposed | State::Snoozed => {}
        State::Replaced => return Err(ResolveError::Stale),
        state => return Err(ResolveError::NotOpen { state }),
    }
    let (state, until, note, fact) = match resolution {
        Resolution::Approve => (State::Approved, None, None, "decision.approved"),
        Resolution::Dismiss { note } => {
            (State::Dismissed, None, note.clone(), "decision.dismissed")
        }
        Resolution::Snooze { until } if *until <= now => return Err(ResolveError::PastSnooze),
        Resolution::Snooze { until } => (State::Snoozed, Some(*until), None, "decision.snoozed"),
    };
    // The state is asked for again: of two people at once, one is told.
    let n = tx.execute(
        "UPDATE decisions SET state = $2, snoozed_until = $3, resolved_at = $4, resolved_by = $5,
                resolved_note = $6
         WHERE id = $1 AND state IN ('proposed', 'snoozed')",
        params![
            id,
            state.name(),
            until.map(Timestamp::as_microsecond),
            now.as_microsecond(),
            by,
            note
        ],
    )?;
    if n == 0 {
        return Err(ResolveError::Stale);
    }
    if let Some(until) = until {
        let job = NewJob {
            kind: WAKE_JOB,
            unique_key: None,
            payload: json!({ "decision": id, "until": until.as_microsecond() }),
            due_at: until,
        };
        mercer_jobs::schedule(tx, now, &job)?;
    }
    let fact = NewFact {
        kind: fact,
        subject: decision.subject.clone(),
        occurred_at: now,
        payload: json!({ "decision": id, "kind": decision.kind, "by": by }),
    };
    mercer_facts::append(tx, now, &[fact])?;
    find(tx, id)?.ok_or_else(|| ResolveError::Unknown { id: id.to_owned() })
}

/// Wakes snoozed decisions when their time has come.
pub struct Wake;

impl JobHandler for Wake {
    fn kind(&self) -> &'static str {
        WAKE_JOB
    }

    fn run(&self, context: &JobContext<'_>, payload: &Value) -> Result<(), JobError> {
        let id = payload["decision"].as_str().unwrap_or_default();
        let until = payload["until"].as_i64().unwrap_or_default();
        context
            .db
            .write(|tx| {
                tx.execute(
                    "UPDATE decisions SET state = 'proposed', snoozed_until = NULL,
                            resolved_at = NULL, resolved_by = NULL
                     WHERE id = $1 AND state = 'snoozed' AND snoozed_until = $2",
                    params![id, until],
                )
            })
            .map_err(JobError::retry)?;
        Ok(())
    }
}
