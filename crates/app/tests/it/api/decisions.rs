//! The log of decisions, and a person's word on a proposal.

use mercer_core::clock::Clock;
use mercer_decisions::{Mode, NewDecision, ReasonRecord};
use serde_json::{Value, json};

use crate::support::{Server, encoded, ids, on_empty, on_shop};

fn proposal(subject: &str, at_stake: i64, identity: &str) -> NewDecision {
    NewDecision {
        kind: "care",
        subject: subject.to_owned(),
        subject_label: format!("Customer {subject}"),
        summary: "Write to this customer.".to_owned(),
        identity: identity.to_owned(),
        mode: Mode::Suggest,
        asks: true,
        policy_version: "test-1".to_owned(),
        seed: 0,
        at_stake: Some((at_stake, "GBP".to_owned())),
        based_on_fact: 0,
        outcome: json!({"kind": "care"}),
        reasons: vec![ReasonRecord {
            code: "overdue".to_owned(),
            sentence: "They are overdue by 40 days.".to_owned(),
            weight: 1.0,
            numbers: json!({"days": 40}),
        }],
        alternatives: Vec::new(),
        input: json!({"n_orders": 9}),
        policy: json!({}),
    }
}

/// Records proposals; returns their ids in the order given.
fn propose(server: &Server, proposals: &[NewDecision]) -> Vec<String> {
    let (db, now) = (&server.shop.context.db, server.clock.now());
    let recorded = db.write(|tx| mercer_decisions::record(tx, now, proposals)).unwrap();
    assert_eq!(recorded.n_new, proposals.len());
    let id = |one: &NewDecision| {
        let found = db.read(|tx| mercer_decisions::current(tx, one.kind, &one.subject)).unwrap();
        found.unwrap().decision.id
    };
    proposals.iter().map(id).collect()
}

fn state(server: &Server, id: &str) -> Value {
    server.json(&format!("/v1/decisions/{id}"))["state"].clone()
}

#[test]
fn a_proposal_is_approved_once() {
    on_empty("approve", |server| {
        let id = propose(server, &[proposal("cus_1", 5_000, "a")]).remove(0);
        assert_eq!(server.json("/v1/status")["n_decisions_open"], 1);
        let approved = server.post(&format!("/v1/decisions/{id}/approve"), &json!({})).ok();
        assert_eq!((&approved["state"], &approved["id"]), (&json!("approved"), &json!(id)));
        assert_eq!(approved["resolved_at"], "2026-03-01T12:00:00Z");
        assert!(approved["resolved_by"].as_str().unwrap().starts_with("key_"));
        assert_eq!(approved["subject_href"], "/customers/cus_1");
        for word in ["approve", "dismiss"] {
            let again = server.post(&format!("/v1/decisions/{id}/{word}"), &json!({}));
            again.problem(409, "conflict");
        }
        assert_eq!(server.json("/v1/status")["n_decisions_open"], 0);
        let changed = server.json("/v1/today")["changed"].clone();
        let sentences: Vec<&str> =
            changed.as_array().unwrap().iter().map(|c| c["sentence"].as_str().unwrap()).collect();
        assert_eq!(sentences, ["1 proposal was approved."]);
    });
}

#[test]
fn a_proposal_is_dismissed_with_a_note() {
    on_empty("dismiss", |server| {
        let ids = propose(server, &[proposal("cus_1", 1, "a"), proposal("cus_2", 2, "a")]);
        let path = format!("/v1/decisions/{}/dismiss", ids[0]);
        let long = server.post(&path, &json!({"note": "x".repeat(1_001)}));
        assert_eq!(long.problem(422, "invalid_field")["field"], "note");
        server.post(&path, &json!({"reason": "x"})).problem(422, "invalid_field");
        server.post_text(&path, "").problem(400, "invalid_request");
        assert_eq!(state(server, &ids[0]), "proposed");
        let dismissed = server.post(&path, &json!({"note": "they moved away"})).ok();
        assert_eq!(dismissed["state"], "dismissed");
        assert_eq!(dismissed["resolved_note"], "they moved away");
        let other = format!("/v1/decisions/{}/dismiss", ids[1]);
        assert_eq!(server.post(&other, &json!({})).ok()["resolved_note"], Value::Null);
    });
}

#[test]
fn a_snoozed_proposal_comes_back_when_its_time_has_come() {
    on_empty("snooze", |server| {
        let id = propose(server, &[proposal("cus_1", 1, "a")]).remove(0);
        let snooze = |until: &str| {
            server.post(&format!("/v1/decisions/{id}/snooze"), &json!({ "until": until }))
        };
        for past in ["2026-03-01T12:00:00Z", "2020-01-01T00:00:00Z"] {
            assert_eq!(snooze(past).problem(422, "invalid_field")["field"], "until");
        }
        snooze("tomorrow").problem(422, "invalid_field");
        let snoozed = snooze("2026-03-02T12:00:00Z").ok();
        assert_eq!(snoozed["state"], "snoozed");
        assert_eq!(snoozed["snoozed_until"], "2026-03-02T12:00:00Z");
        server.clock.advance_seconds(86_399);
        server.shop.settle().unwrap();
        assert_eq!(state(server, &id), "snoozed");
        server.clock.advance_seconds(1);
        server.shop.settle().unwrap();
        assert_eq!(state(server, &id), "proposed");
        server.post(&format!("/v1/decisions/{id}/approve"), &json!({})).ok();
    });
}

#[test]
fn a_replaced_proposal_cannot_be_resolved() {
    on_empty("replaced", |server| {
        let old = propose(server, &[proposal("cus_1", 1, "a")]).remove(0);
        server.clock.advance_seconds(60);
        let new = propose(server, &[proposal("cus_1", 2, "b")]).remove(0);
        assert_ne!(old, new);
        assert_eq!(state(server, &old), "replaced");
        let until = json!({"until": "2026-04-01T00:00:00Z"});
        for (word, body) in [("approve", json!({})), ("dismiss", json!({})), ("snooze", until)] {
            let late = server.post(&format!("/v1/decisions/{old}/{word}"), &body);
            let problem = late.problem(409, "conflict");
            assert!(problem["detail"].as_str().unwrap().contains("newer"), "{problem}");
        }
        server.post(&format!("/v1/decisions/{new}/approve"), &json!({})).ok();
    });
}

#[test]
fn of_two_people_at_once_one_is_told() {
    on_empty("two_at_once", |server| {
        let id = propose(server, &[proposal("cus_1", 1, "a")]).remove(0);
        let requests = (0..6).map(|_| {
            let path = format!("/v1/decisions/{id}/approve");
            let request = server.request(axum::http::Method::POST, &path, &server.write_key);
            request.body(axum::body::Body::empty()).unwrap()
        });
        let answers = server.send_together(requests.collect());
        let n = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
        assert_eq!((n(200), n(409)), (1, 5));
    });
}

#[test]
fn the_log_is_filtered_searched_and_walked() {
    on_shop("decision_list", |server| {
        let all = server.walk("/v1/decisions", 200);
        assert!(all.len() > 80, "{}", all.len());
        for pair in all.windows(2) {
            assert!(pair[0]["decided_at"].as_str() >= pair[1]["decided_at"].as_str());
        }
        assert!(all.iter().all(|row| !row["reasons"].as_array().unwrap().is_empty()), "no reasons");
        let with = |query: &str, is_in: &dyn Fn(&Value) -> bool| {
            let mut wanted: Vec<Value> = all.iter().filter(|row| is_in(row)).cloned().collect();
            let mut found = server.walk(&format!("/v1/decisions?{query}"), 17);
            let key = |row: &Value| row["id"].as_str().unwrap().to_owned();
            wanted.sort_by_key(key);
            found.sort_by_key(key);
            assert_eq!(ids(&found), ids(&wanted), "{query}");
            wanted.len()
        };
        for kind in ["recommendation", "segment", "forecast"] {
            assert!(with(&format!("kind={kind}"), &|row| row["kind"] == kind) > 10, "{kind}");
        }
        with("kind=care", &|row| row["kind"] == "care");
        for state in ["recorded", "proposed", "approved", "dismissed", "snoozed", "replaced"] {
            with(&format!("state={state}"), &|row| row["state"] == state);
        }
        for mode in ["shadow", "suggest", "act"] {
            with(&format!("mode={mode}"), &|row| row["mode"] == mode);
        }
        let subject = all[0]["subject"].as_str().unwrap().to_owned();
        assert!(with(&format!("subject={subject}"), &|row| row["subject"] == *subject) > 0);
        with("q=%25", &|row| row.to_string().contains("%25"));
        let label = all[0]["subject_label"].as_str().unwrap().to_owned();
        let found = server.walk(&format!("/v1/decisions?q={}", encoded(&label)), 50);
        assert!(ids(&found).contains(&all[0]["id"].as_str().unwrap().to_owned()));
    });
}

#[test]
fn proposals_with_most_at_stake_come_first_also_on_the_day_page() {
    on_empty("at_stake", |server| {
        let stakes = [300, 900, 100, 700, 500, 800, 300];
        let proposals: Vec<NewDecision> =
            (0..).zip(stakes).map(|(i, stake)| proposal(&format!("cus_{i}"), stake, "a")).collect();
        let _ = propose(server, &proposals);
        let rows = server.walk("/v1/decisions?sort=-at_stake&state=proposed", 2);
        let at_stake = |rows: &[Value]| -> Vec<i64> {
            rows.iter().map(|row| row["at_stake_minor"].as_i64().unwrap()).collect()
        };
        assert_eq!(at_stake(&rows), [900, 800, 700, 500, 300, 300, 100]);
        let needs = server.json("/v1/today")["needs_decision"].clone();
        assert_eq!(needs["total"], 7);
        assert_eq!(ids(needs["items"].as_array().unwrap()), ids(&rows)[..5]);
    });
}

#[test]
fn a_decision_holds_all_that_it_was_decided_from() {
    on_shop("decision_detail", |server| {
        for kind in ["recommendation", "segment", "forecast"] {
            let row =
                server.json(&format!("/v1/decisions?kind={kind}&limit=1"))["items"][0].clone();
            let detail = server.json(&format!("/v1/decisions/{}", row["id"].as_str().unwrap()));
            for part in ["outcome", "input", "policy"] {
                assert!(!detail[part].is_null(), "{kind}: {part}");
            }
            assert!(detail["based_on_fact"].as_i64().unwrap() > 0, "{kind}");
            let page = row["subject_href"].as_str().unwrap();
            assert_eq!(detail["subject_href"], page);
            server.json(&format!("/v1{page}"));
        }
    });
}
