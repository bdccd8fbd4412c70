//! What loyalty decided, in the decision log: one entry an order, a referral, a change of tier, a
//! turn of a wheel; none for a single posting.

use jiff::Timestamp;
use mercer_db::Tx;
use mercer_decisions::{Mode, NewDecision, ReasonRecord};
use mercer_engine_kit::decision::{Reason, Reasons};
use serde_json::Value;

use crate::LoyaltyError;
use crate::terms::InForce;

/// What was decided about whom.
pub(crate) struct Entry<'a> {
    pub kind: &'static str,
    pub subject: &'a str,
    pub label: &'a str,
    pub summary: String,
    pub outcome: Value,
    pub input: Value,
}

/// Writes a decision down; one that came out as before is not written again.
pub(crate) fn record<R: Reason>(
    tx: &mut Tx<'_>,
    now: Timestamp,
    force: &InForce,
    entry: Entry<'_>,
    reasons: &Reasons<R>,
) -> Result<(), LoyaltyError> {
    record_all(tx, now, force, entry, ReasonRecord::all(reasons))
}

/// As [`record`], with reasons of several engines' answers.
pub(crate) fn record_all(
    tx: &mut Tx<'_>,
    now: Timestamp,
    force: &InForce,
    entry: Entry<'_>,
    reasons: Vec<ReasonRecord>,
) -> Result<(), LoyaltyError> {
    let Entry { kind, subject, label, summary, outcome, input } = entry;
    let codes: Vec<&str> = reasons.iter().map(|reason| reason.code.as_str()).collect();
    let decision = NewDecision {
        kind,
        subject: subject.to_owned(),
        subject_label: label.to_owned(),
        identity: format!("{summary} {}", codes.join(",")),
        summary,
        mode: Mode::Act,
        asks: false,
        policy_version: format!("loyalty-{}", force.version),
        seed: 0,
        at_stake: None,
        based_on_fact: mercer_facts::last_sequence(tx)?,
        outcome,
        reasons,
        alternatives: Vec::new(),
        input,
        // The programme stands under its version; a copy for each order would be most of the log.
        policy: serde_json::json!({ "version": force.version }),
    };
    let _ = mercer_decisions::record(tx, now, &[decision])?;
    Ok(())
}
