use std::sync::Arc;

use jiff::SignedDuration;
use mercer_core::clock::Clock;
use mercer_db::{DbError, MigrationSet};
use mercer_engine_kit::decision::Alternative;
use mercer_jobs::Worker;
use mercer_testkit::{TestBed, on_both};
use serde_json::json;

use super::*;

const ALL: &[MigrationSet] = &[mercer_facts::MIGRATIONS, mercer_jobs::MIGRATIONS, MIGRATIONS];

fn proposal(subject: &str, at_stake_minor: i64) -> NewDecision {
    NewDecision {
        kind: "care",
        subject: subject.to_owned(),
        subject_label: format!("Customer {subject}"),
        summary: format!("Write to {subject}: 100% overdue."),
        identity: at_stake_minor.to_string(),
        mode: Mode::Suggest,
        asks: true,
        policy_version: "1".to_owned(),
        seed: u64::MAX,
        at_stake: Some((at_stake_minor, "GBP".to_owned())),
        based_on_fact: 7,
        outcome: json!({ "at_stake_minor": at_stake_minor }),
        reasons: vec![ReasonRecord {
            code: "overdue".to_owned(),
            sentence: "Usually orders every 31 days.".to_owned(),
            weight: 2.5,
            numbers: json!({ "interval_days": 31 }),
        }],
        alternatives: vec![Alternative {
            name: "wait".to_owned(),
            score: Some(0.2),
            lost_because: "Waiting loses more.".to_owned(),
        }],
        input: json!({ "recency_days": 94 }),
        policy: json!({ "overdue_factor_min": 2 }),
    }
}

fn record_all(t: &TestBed, decisions: &[NewDecision]) -> usize {
    let Recorded { n_new, n_unchanged } =
        t.db.write(|tx| record(tx, t.clock.now(), decisions)).unwrap();
    assert_eq!(n_new + n_unchanged, decisions.len());
    n_new
}

fn ids(t: &TestBed, filter: &Filter) -> Vec<String> {
    let page = t.db.read(|tx| list(tx, filter, 50)).unwrap();
    page.into_iter().map(|(_, decision)| decision.subject).collect()
}

#[test]
fn a_decision_comes_back_whole() {
    on_both("decisions_whole", ALL, |t| {
        let new = proposal("cus_a", 500);
        assert_eq!(record_all(t, std::slice::from_ref(&new)), 1);
        let found = t.db.read(|tx| current(tx, "care", "cus_a")).unwrap().unwrap();
        assert_eq!(found.decision.reasons, new.reasons);
        assert_eq!(found.decision.state, State::Proposed);
        assert_eq!(found.decision.seed, -1);
        assert_eq!(found.input, new.input);
        assert_eq!(found.policy, new.policy);
        assert_eq!(found.alternatives.len(), 1);
        assert_eq!(t.db.read(n_open).unwrap(), 1);
        assert!(t.db.read(|tx| current(tx, "care", "cus_b")).unwrap().is_none());
    });
}

#[test]
fn the_database_refuses_a_decision_without_reasons() {
    on_both("decisions_reasons", ALL, |t| {
        let unfounded = NewDecision { reasons: Vec::new(), ..proposal("cus_a", 1) };
        let result = t.db.write(|tx| record(tx, t.clock.now(), std::slice::from_ref(&unfounded)));
        assert!(matches!(result, Err(DbError::Constraint { .. })), "{result:?}");
    });
}

#[test]
fn the_same_outcome_is_not_written_again_and_keeps_its_approval() {
    on_both("decisions_same", ALL, |t| {
        record_all(t, &[proposal("cus_a", 500)]);
        let id = t.db.read(|tx| current(tx, "care", "cus_a")).unwrap().unwrap().decision.id;
        t.db.write(|tx| resolve(tx, t.clock.now(), &id, &Resolution::Approve, "usr_1")).unwrap();
        t.clock.advance_seconds(60);
        let later = NewDecision { based_on_fact: 9, ..proposal("cus_a", 500) };
        assert_eq!(record_all(t, &[later]), 0);
        let found = t.db.read(|tx| find(tx, &id)).unwrap().unwrap();
        assert_eq!(found.decision.state, State::Approved);
        assert_eq!(found.decision.resolved_by.as_deref(), Some("usr_1"));
    });
}

#[test]
fn a_replaced_proposal_cannot_be_approved() {
    on_both("decisions_stale", ALL, |t| {
        record_all(t, &[proposal("cus_a", 500)]);
        let old = t.db.read(|tx| current(tx, "care", "cus_a")).unwrap().unwrap().decision.id;
        t.clock.advance_seconds(60);
        record_all(t, &[proposal("cus_a", 900)]);
        let result =
            t.db.write(|tx| resolve(tx, t.clock.now(), &old, &Resolution::Approve, "usr_1"));
        assert!(matches!(result, Err(ResolveError::Stale)), "{result:?}");
        assert_eq!(t.db.read(n_open).unwrap(), 1);
    });
}

#[test]
fn a_resolved_decision_cannot_be_resolved_again_and_leaves_a_fact() {
    on_both("decisions_twice", ALL, |t| {
        record_all(t, &[proposal("cus_a", 500)]);
        let id = t.db.read(|tx| current(tx, "care", "cus_a")).unwrap().unwrap().decision.id;
        let dismiss = Resolution::Dismiss { note: Some("on holiday".to_owned()) };
        t.db.write(|tx| resolve(tx, t.clock.now(), &id, &dismiss, "usr_1")).unwrap();
        let again = t.db.write(|tx| resolve(tx, t.clock.now(), &id, &Resolution::Approve, "usr_2"));
        assert!(matches!(again, Err(ResolveError::NotOpen { state: State::Dismissed })));
        let unknown =
            t.db.write(|tx| resolve(tx, t.clock.now(), "dec_x", &Resolution::Approve, "usr_2"));
        assert!(matches!(unknown, Err(ResolveError::Unknown { .. })));
        let facts = t.db.read(|tx| mercer_facts::read_after(tx, 0, 10)).unwrap();
        assert_eq!(facts.len(), 1);
        assert_eq!(facts[0].kind, "decision.dismissed");
    });
}

#[test]
fn a_snoozed_decision_wakes_at_its_instant() {
    on_both("decisions_snooze", ALL, |t| {
        record_all(t, &[proposal("cus_a", 500)]);
        let id = t.db.read(|tx| current(tx, "care", "cus_a")).unwrap().unwrap().decision.id;
        let now = t.clock.now();
        let past = t.db.write(|tx| resolve(tx, now, &id, &Resolution::Snooze { until: now }, "u"));
        assert!(matches!(past, Err(ResolveError::PastSnooze)));
        let until = now + SignedDuration::from_hours(24);
        t.db.write(|tx| resolve(tx, now, &id, &Resolution::Snooze { until }, "u")).unwrap();
        let worker =
            Worker { db: t.db.clone(), clock: t.clock.clone(), handlers: vec![Arc::new(Wake)] };
        t.clock.advance_seconds(24 * 3600 - 1);
        assert_eq!(worker.run_due(9).unwrap().n_done, 0);
        assert_eq!(t.db.read(n_open).unwrap(), 0);
        t.clock.advance_seconds(1);
        assert_eq!(worker.run_due(9).unwrap().n_done, 1);
        assert_eq!(t.db.read(n_open).unwrap(), 1);
    });
}

#[test]
fn lists_filter_sort_and_go_on_where_they_stopped() {
    on_both("decisions_list", ALL, |t| {
        for (subject, at_stake) in [("cus_a", 300), ("cus_b", 900), ("cus_c", 300), ("cus_d", 5)] {
            record_all(t, &[proposal(subject, at_stake)]);
            t.clock.advance_seconds(1);
        }
        record_all(t, &[NewDecision { kind: "forecast", asks: false, ..proposal("prd_1", 1) }]);
        let care = Filter { kind: Some("care".to_owned()), ..Filter::default() };
        assert_eq!(ids(t, &care), ["cus_d", "cus_c", "cus_b", "cus_a"]);
        let by_stake = Filter { sort: Sort::AtStake, ..care.clone() };
        let first = t.db.read(|tx| list(tx, &by_stake, 2)).unwrap();
        assert_eq!(first[0].1.subject, "cus_b");
        let after = first.last().map(|(value, decision)| (*value, decision.id.clone()));
        let rest = ids(t, &Filter { after, ..by_stake.clone() });
        assert_eq!(
            [first[1].1.subject.as_str(), &rest[0], &rest[1]].map(|s| s != "cus_b"),
            [true; 3]
        );
        assert_eq!(rest.len(), 2);
        let recorded = Filter { state: Some(State::Recorded), ..Filter::default() };
        assert_eq!(ids(t, &recorded), ["prd_1"]);
        let text = |text: &str| Filter { text: Some(text.to_owned()), ..Filter::default() };
        assert_eq!(ids(t, &text("CUS_B")), ["cus_b"]);
        assert_eq!(ids(t, &text("100% over")).len(), 5);
        assert!(ids(t, &text("100_ over")).is_empty());
    });
}
