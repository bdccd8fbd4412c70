//! Segments: which kind of customer somebody is, and whom to write to personally.
//!
//! Assigns every customer with orders a named RFM segment, with a decision and, when it changes,
//! facts; proposes personal care for valuable customers who are overdue. Sends nothing.

pub mod api;
mod assign;
mod care;
pub mod read;

use std::sync::Arc;

use jiff::Timestamp;
use mercer_connect::history::{HistoryError, Recompute, SalesHistory};
use mercer_core::clock::Clock;
use mercer_db::{Db, DbError, Migration, MigrationSet};
use mercer_segments_engine::policy::{CarePolicy, Policy};
use mercer_snapshots::{Name, Stamp};
use serde::{Deserialize, Serialize};

/// Kind of membership decisions in the log.
pub const DECISION_KIND: &str = "segment";
/// Kind of proposals to write to a customer.
pub const CARE_KIND: &str = "care";

/// The members' table.
pub const MIGRATIONS: MigrationSet = MigrationSet {
    owner: "segments",
    steps: &[Migration {
        name: "members",
        sql: "
CREATE TABLE segment_members (
  customer_id TEXT NOT NULL PRIMARY KEY,
  segment TEXT NOT NULL,
  recency_days BIGINT NOT NULL,
  n_orders BIGINT NOT NULL,
  monetary_minor BIGINT NOT NULL,
  recency_score BIGINT NOT NULL,
  frequency_score BIGINT NOT NULL,
  monetary_score BIGINT NOT NULL,
  entered_at BIGINT NOT NULL
) {{by_key}};
CREATE INDEX segment_members_by_segment ON segment_members (segment);",
    }],
};

/// When and on which day segments were computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Computed {
    /// The day from which recency is counted, days since 1970.
    pub reference_day: i32,
    /// Currency of the values.
    pub currency: String,
}

pub(crate) const NAME: Name = Name { name: "segments", version: 1 };

/// Computes segments and care.
pub struct Segmenter {
    db: Arc<Db>,
    clock: Arc<dyn Clock>,
    policy: Policy,
    care_policy: CarePolicy,
}

impl Segmenter {
    /// With the default policies.
    #[must_use]
    pub fn new(db: Arc<Db>, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock, policy: Policy::default(), care_policy: CarePolicy::default() }
    }

    /// When segments were computed last.
    ///
    /// # Errors
    /// The database's.
    pub fn computed(&self) -> Result<Option<(Timestamp, Computed)>, DbError> {
        let found = self.db.read(|tx| mercer_snapshots::load::<Computed>(tx, NAME))?;
        Ok(found.map(|(stamp, computed)| (stamp.computed_at, computed)))
    }
}

impl Recompute for Segmenter {
    fn name(&self) -> &'static str {
        "segments"
    }

    fn recompute(&self, history: &SalesHistory) -> Result<String, HistoryError> {
        let now = self.clock.now();
        let stats = assign::gather(history);
        let reference_day = history.orders.iter().map(|order| order.day).max().unwrap_or(0);
        let members = assign::decide_all(&stats, reference_day, history, &self.policy);
        let n_moved = assign::store(&self.db, now, history, &members, &self.policy)?;
        let n_care = care::propose(&self.db, now, history, &members, &self.care_policy)?;
        let computed = Computed { reference_day, currency: history.currency.code().to_owned() };
        let stamp = Stamp { computed_at: now, based_on_fact: history.fact_sequence };
        self.db.write(|tx| mercer_snapshots::save(tx, NAME, stamp, &computed))?;
        Ok(format!(
            "{} customers in segments, {n_moved} moved, {n_care} proposals to write",
            members.len()
        ))
    }
}
