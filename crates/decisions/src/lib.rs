//! The log of decisions: outcome, reasons, alternatives, input, policy, seed, mode, approval.
//!
//! Recording changes nothing else. A decision that comes out as before is not written again; a
//! new one replaces the one before it for its subject. A proposal waits for a person, who may
//! approve, dismiss or snooze it; one that was replaced can no longer be approved. Carrying out
//! what was approved is the work of the capability that subscribes to `decision.approved`.

mod forget;
mod log;
mod model;
mod resolve;

use mercer_db::{Migration, MigrationSet};

pub use crate::forget::forget;
pub use crate::log::{
    Filter, Recorded, Sort, current, find, list, n_open, outcome_and_reasons, record,
};
pub use crate::model::{
    Decision, DecisionDetail, JsonText, Mode, NewDecision, ReasonRecord, State,
};
pub use crate::resolve::{Resolution, ResolveError, WAKE_JOB, Wake, resolve};

/// Alternatives kept with a decision: more than anybody reads.
pub const N_ALTERNATIVES_MAX: usize = 20;
/// Reasons kept with a decision.
pub const N_REASONS_MAX: usize = 40;

/// The log's tables.
pub const MIGRATIONS: MigrationSet = MigrationSet {
    owner: "decisions",
    steps: &[Migration {
        name: "log",
        sql: "
CREATE TABLE decisions (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  subject_label TEXT NOT NULL,
  summary TEXT NOT NULL,
  search_text TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('shadow', 'suggest', 'act')),
  state TEXT NOT NULL
    CHECK (state IN ('recorded', 'proposed', 'approved', 'dismissed', 'snoozed', 'replaced')),
  snoozed_until BIGINT,
  policy_version TEXT NOT NULL,
  seed BIGINT NOT NULL,
  at_stake_minor BIGINT,
  currency TEXT,
  decided_at BIGINT NOT NULL,
  resolved_at BIGINT,
  resolved_by TEXT,
  resolved_note TEXT,
  based_on_fact BIGINT NOT NULL,
  outcome TEXT NOT NULL,
  reasons TEXT NOT NULL CHECK (reasons <> '[]'),
  alternatives TEXT NOT NULL,
  input TEXT NOT NULL,
  policy TEXT NOT NULL,
  CHECK ((state = 'snoozed') = (snoozed_until IS NOT NULL))
);
CREATE INDEX decisions_by_time ON decisions (decided_at, id);
CREATE INDEX decisions_by_subject ON decisions (subject, decided_at);
CREATE INDEX decisions_open ON decisions (state, at_stake_minor);
CREATE TABLE decisions_current (
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  decision_id TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  PRIMARY KEY (kind, subject)
) {{by_key}};",
    }],
};

#[cfg(test)]
mod tests;
