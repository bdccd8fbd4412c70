//! Whom to write to: proposals for the customers with most at stake.

use std::collections::HashSet;

use jiff::Timestamp;
use mercer_connect::history::SalesHistory;
use mercer_db::{Db, DbError};
use mercer_decisions::{Filter, Mode, NewDecision, ReasonRecord, State};
use mercer_engine_kit::decision::Decision;
use mercer_engine_kit::money::Money;
use mercer_engine_kit::seed::Seed;
use mercer_segments_engine::decide_care;
use mercer_segments_engine::input::{CareInput, CareOutcome};
use mercer_segments_engine::policy::CarePolicy;
use mercer_segments_engine::reason::CareWhy;
use serde_json::json;

use crate::CARE_KIND;
use crate::assign::{Member, label};

/// Version of the policy's form and numbers.
const POLICY_VERSION: &str = "care-1";
/// Proposals at a time: what one person can write in a week; the rest follows as these are done.
pub const N_PROPOSALS_MAX: usize = 25;
/// Open proposals looked at to be withdrawn: all that can be open.
const N_OPEN_MAX: usize = 1_000;

struct Proposal<'a> {
    member: &'a Member,
    input: CareInput,
    decision: Decision<CareOutcome, CareWhy>,
    at_stake_minor: i64,
}

/// Records proposals for those with most at stake and withdraws open ones that no longer hold;
/// how many hold.
pub(crate) fn propose(
    db: &Db,
    now: Timestamp,
    history: &SalesHistory,
    members: &[Member],
    policy: &CarePolicy,
) -> Result<usize, DbError> {
    let policy_json = serde_json::to_value(policy).unwrap_or_default();
    let mut all: Vec<Proposal<'_>> =
        members.iter().map(|member| decide_one(history, member, policy)).collect();
    all.sort_by(|a, b| {
        (b.at_stake_minor, a.member.customer).cmp(&(a.at_stake_minor, b.member.customer))
    });
    let open = db.read(open_subjects)?;
    let mut decisions = Vec::new();
    let mut n_held = 0;
    for proposal in &all {
        let id = &history.customers[proposal.member.customer as usize].id;
        let holds = proposal.at_stake_minor > 0 && n_held < N_PROPOSALS_MAX;
        n_held += usize::from(holds);
        if holds || open.contains(id) {
            decisions.push(decision_of(history, proposal, holds, &policy_json));
        }
    }
    let _ = db.write(|tx| mercer_decisions::record(tx, now, &decisions))?;
    Ok(n_held)
}

fn open_subjects(tx: &mut mercer_db::Tx<'_>) -> Result<HashSet<String>, DbError> {
    let mut open = HashSet::new();
    for state in [State::Proposed, State::Snoozed] {
        let filter =
            Filter { kind: Some(CARE_KIND.to_owned()), state: Some(state), ..Filter::default() };
        let found = mercer_decisions::list(tx, &filter, N_OPEN_MAX)?;
        open.extend(found.into_iter().map(|(_, decision)| decision.subject));
    }
    Ok(open)
}

fn decide_one<'a>(history: &SalesHistory, member: &'a Member, policy: &CarePolicy) -> Proposal<'a> {
    let n_orders = member.input.n_orders;
    let last_day = -member.input.recency_days;
    let interval_days_average = (n_orders > 1).then(|| {
        let reference = history.orders.last().map_or(0, |order| order.day);
        let span = reference + last_day - member.first_order_day;
        f64::from(span) / f64::from(n_orders - 1)
    });
    let input = CareInput {
        membership: member.membership,
        interval_days_average,
        n_orders,
        monetary_minor: member.input.monetary_minor,
        currency: history.currency,
        recency_days: member.input.recency_days,
    };
    let decision = decide_care(&input, policy, Seed(0));
    let at_stake_minor = match decision.outcome {
        CareOutcome::Care { at_stake_minor, .. } => at_stake_minor,
        CareOutcome::NoCare => 0,
    };
    Proposal { member, input, decision, at_stake_minor }
}

fn decision_of(
    history: &SalesHistory,
    proposal: &Proposal<'_>,
    holds: bool,
    policy: &serde_json::Value,
) -> NewDecision {
    let Proposal { member, input, decision, at_stake_minor } = proposal;
    let at_stake = Money::new(*at_stake_minor, history.currency).for_people();
    let summary = match (&decision.outcome, holds) {
        (CareOutcome::Care { .. }, true) => {
            format!("Write to this customer: about {at_stake} a year is at stake.")
        }
        (CareOutcome::Care { .. }, false) => {
            "Others have more at stake at present; this letter can wait.".to_owned()
        }
        (CareOutcome::NoCare, _) => "No letter is needed.".to_owned(),
    };
    NewDecision {
        kind: CARE_KIND,
        subject: history.customers[member.customer as usize].id.clone(),
        subject_label: label(history, member.customer),
        summary,
        // A later order makes it another question; a day more of silence does not.
        identity: format!("{holds} after {} orders", input.n_orders),
        mode: Mode::Suggest,
        asks: holds,
        policy_version: POLICY_VERSION.to_owned(),
        seed: 0,
        at_stake: holds.then(|| (*at_stake_minor, history.currency.code().to_owned())),
        based_on_fact: history.fact_sequence,
        outcome: json!(decision.outcome),
        reasons: ReasonRecord::all(&decision.reasons),
        alternatives: decision.alternatives.clone(),
        input: json!(input),
        policy: policy.clone(),
    }
}
