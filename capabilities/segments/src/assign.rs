//! Gather, decide, record, note who moved.

use std::collections::HashMap;

use jiff::Timestamp;
use mercer_connect::history::SalesHistory;
use mercer_core::fact::NewFact;
use mercer_db::{BulkInsert, ColumnType, Db, DbError, Tx, Value};
use mercer_decisions::{Mode, NewDecision, ReasonRecord};
use mercer_engine_kit::decision::Decision;
use mercer_engine_kit::seed::Seed;
use mercer_segments_engine::decide;
use mercer_segments_engine::fit::fit;
use mercer_segments_engine::input::{CustomerStats, Input, Membership, Outcome};
use mercer_segments_engine::policy::Policy;
use mercer_segments_engine::reason::Why;
use serde_json::json;

use crate::DECISION_KIND;

/// Version of the policy's form and numbers.
const POLICY_VERSION: &str = "rfm-1";
/// Members written in one transaction.
const N_MEMBERS_BATCH: usize = 2_000;

/// A customer's orders in figures.
pub(crate) struct Stats {
    pub stats: CustomerStats,
    pub first_order_day: i32,
}

/// A customer's segment with the decision behind it.
pub(crate) struct Member {
    pub customer: u32,
    pub first_order_day: i32,
    pub input: Input,
    pub membership: Membership,
    decision: Decision<Outcome, Why>,
}

/// One row of figures for each customer with orders.
pub(crate) fn gather(history: &SalesHistory) -> Vec<Stats> {
    let mut by_customer: Vec<Option<Stats>> = Vec::new();
    by_customer.resize_with(history.customers.len(), || None);
    for order in &history.orders {
        let Some(customer) = order.customer else { continue };
        let Some(slot) = by_customer.get_mut(customer as usize) else { continue };
        let entry = slot.get_or_insert_with(|| Stats {
            stats: CustomerStats {
                customer,
                last_order_day: order.day,
                n_orders: 0,
                monetary_minor: history.customers[customer as usize].value_minor,
            },
            first_order_day: order.day,
        });
        entry.stats.n_orders += 1;
        entry.stats.last_order_day = entry.stats.last_order_day.max(order.day);
        entry.first_order_day = entry.first_order_day.min(order.day);
    }
    by_customer.into_iter().flatten().collect()
}

/// Everybody's segment; nobody's where there are too few customers to compare.
pub(crate) fn decide_all(
    stats: &[Stats],
    reference_day: i32,
    history: &SalesHistory,
    policy: &Policy,
) -> Vec<Member> {
    let figures: Vec<CustomerStats> = stats.iter().map(|entry| entry.stats).collect();
    let model = fit(&figures, reference_day, history.currency);
    stats
        .iter()
        .filter_map(|entry| {
            let input = model.input(&entry.stats);
            let decision = decide(&input, policy, Seed(0));
            let membership = decision.outcome.membership()?;
            Some(Member {
                customer: entry.stats.customer,
                first_order_day: entry.first_order_day,
                input,
                membership,
                decision,
            })
        })
        .collect()
}

const MEMBERS: BulkInsert<'_> = BulkInsert {
    table: "segment_members",
    columns: &[
        ("customer_id", ColumnType::Text),
        ("segment", ColumnType::Text),
        ("recency_days", ColumnType::Int),
        ("n_orders", ColumnType::Int),
        ("monetary_minor", ColumnType::Int),
        ("recency_score", ColumnType::Int),
        ("frequency_score", ColumnType::Int),
        ("monetary_score", ColumnType::Int),
        ("entered_at", ColumnType::Int),
    ],
    on_conflict: "ON CONFLICT (customer_id) DO UPDATE SET
        entered_at = CASE WHEN segment_members.segment = excluded.segment
            THEN segment_members.entered_at ELSE excluded.entered_at END,
        segment = excluded.segment, recency_days = excluded.recency_days,
        n_orders = excluded.n_orders, monetary_minor = excluded.monetary_minor,
        recency_score = excluded.recency_score, frequency_score = excluded.frequency_score,
        monetary_score = excluded.monetary_score",
};

/// Stores members and decisions, and facts for those who moved; how many moved.
pub(crate) fn store(
    db: &Db,
    now: Timestamp,
    history: &SalesHistory,
    members: &[Member],
    policy: &Policy,
) -> Result<usize, DbError> {
    let policy = serde_json::to_value(policy).unwrap_or_default();
    let before = db.read(segments_before)?;
    let mut n_moved = remove_gone(db, now, history, members, &before)?;
    for chunk in members.chunks(N_MEMBERS_BATCH) {
        let mut facts = Vec::new();
        let mut rows = Vec::new();
        let mut decisions = Vec::new();
        for member in chunk {
            let id = &history.customers[member.customer as usize].id;
            let code = member.membership.segment.code();
            let old = before.get(id).map(String::as_str);
            if old != Some(code) {
                facts.extend(old.map(|old| moved("segment.left", id, old, now)));
                facts.push(moved("segment.entered", id, code, now));
                n_moved += 1;
            }
            push_row(&mut rows, id, member, now);
            decisions.push(decision_of(history, member, &policy));
        }
        db.write(|tx| {
            tx.insert_many(&MEMBERS, &rows)?;
            let _ = mercer_decisions::record(tx, now, &decisions)?;
            mercer_facts::append(tx, now, &facts)
        })?;
    }
    Ok(n_moved)
}

fn segments_before(tx: &mut Tx<'_>) -> Result<HashMap<String, String>, DbError> {
    let mut before = HashMap::new();
    tx.for_each("SELECT customer_id, segment FROM segment_members", &[], |row| {
        before.insert(row.get(0)?, row.get(1)?);
        Ok::<_, DbError>(())
    })?;
    Ok(before)
}

/// Customers who are in no segment any more, because their only orders were cancelled.
fn remove_gone(
    db: &Db,
    now: Timestamp,
    history: &SalesHistory,
    members: &[Member],
    before: &HashMap<String, String>,
) -> Result<usize, DbError> {
    let present: std::collections::HashSet<&str> = members
        .iter()
        .map(|member| history.customers[member.customer as usize].id.as_str())
        .collect();
    let gone: Vec<(&String, &String)> =
        before.iter().filter(|(id, _)| !present.contains(id.as_str())).collect();
    db.write(|tx| {
        let mut facts = Vec::new();
        for (id, segment) in &gone {
            tx.execute(
                "DELETE FROM segment_members WHERE customer_id = $1",
                mercer_db::params![*id],
            )?;
            facts.push(moved("segment.left", id, segment, now));
        }
        mercer_facts::append(tx, now, &facts)
    })?;
    Ok(gone.len())
}

fn moved(kind: &'static str, customer_id: &str, code: &str, now: Timestamp) -> NewFact {
    let name = mercer_segments_engine::segment::Segment::from_code(code)
        .map_or(code, |segment| segment.name());
    NewFact {
        kind,
        subject: customer_id.to_owned(),
        occurred_at: now,
        payload: json!({ "segment": code, "name": name }),
    }
}

fn push_row(rows: &mut Vec<Value>, id: &str, member: &Member, now: Timestamp) {
    let Membership { segment, recency_score, frequency_score, monetary_score } = member.membership;
    rows.extend([
        Value::from(id),
        segment.code().into(),
        member.input.recency_days.into(),
        member.input.n_orders.into(),
        member.input.monetary_minor.into(),
        i64::from(recency_score).into(),
        i64::from(frequency_score).into(),
        i64::from(monetary_score).into(),
        now.as_microsecond().into(),
    ]);
}

/// What to call a customer on screen.
pub(crate) fn label(history: &SalesHistory, customer: u32) -> String {
    let found = &history.customers[customer as usize];
    found.name.clone().unwrap_or_else(|| format!("Customer {}", found.external_id))
}

fn decision_of(history: &SalesHistory, member: &Member, policy: &serde_json::Value) -> NewDecision {
    let Membership { segment, recency_score, frequency_score, monetary_score } = member.membership;
    NewDecision {
        kind: DECISION_KIND,
        subject: history.customers[member.customer as usize].id.clone(),
        subject_label: label(history, member.customer),
        summary: format!("In the segment {}.", segment.name()),
        // Days go by without another choice; the figures in the reasons follow week by week.
        identity: format!(
            "{} {recency_score}{frequency_score}{monetary_score} {} orders, week {}",
            segment.code(),
            member.input.n_orders,
            member.input.recency_days / 7
        ),
        mode: Mode::Act,
        asks: false,
        policy_version: POLICY_VERSION.to_owned(),
        seed: 0,
        at_stake: None,
        based_on_fact: history.fact_sequence,
        outcome: json!(member.decision.outcome),
        reasons: ReasonRecord::all(&member.decision.reasons),
        alternatives: member.decision.alternatives.clone(),
        input: json!(member.input),
        policy: policy.clone(),
    }
}
