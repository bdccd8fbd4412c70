//! `Idempotency-Key`: done once, answered twice.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use mercer_db::params;
use serde_json::{Value, json};

use crate::support::{Server, on_empty, order};

fn n_facts(server: &Server, kind: &str) -> i64 {
    let db = &server.shop.context.db;
    db.read(|tx| tx.fetch_value("SELECT COUNT(*) FROM facts WHERE kind = $1", params![kind]))
        .unwrap()
}

#[test]
fn the_same_request_twice_is_done_once_and_answered_twice() {
    on_empty("same_twice", |server| {
        let first = server.post_once("k-1", "/v1/orders", &order("1"));
        assert_eq!(first.ok()["outcome"], "created");
        assert_eq!(first.header("idempotent-replayed"), "");
        // Without the key this would say `changed`, and then `unchanged`.
        let mut changed = order("1");
        changed["status"] = json!("fulfilled");
        server.post("/v1/orders", &changed).ok();
        let again = server.post_once("k-1", "/v1/orders", &order("1"));
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.header("content-type"), "application/json");
        assert_eq!(again.body, first.body);
        let found = server.json("/v1/orders");
        assert_eq!(found["items"][0]["status"], "fulfilled", "the repeat did nothing");
        assert_eq!((n_facts(server, "order.placed"), n_facts(server, "order.changed")), (1, 1));
    });
}

#[test]
fn another_body_or_endpoint_under_a_used_key_is_refused() {
    on_empty("other_body", |server| {
        server.post_once("k-1", "/v1/orders", &order("1")).ok();
        let other = server.post_once("k-1", "/v1/orders", &order("2"));
        other.problem(422, "idempotency_key_reused");
        let elsewhere = server.post_once("k-1", "/v1/orders/batch", &order("1"));
        elsewhere.problem(422, "idempotency_key_reused");
        assert_eq!(server.walk("/v1/orders", 50).len(), 1);
        // Another key of the shop has names of its own.
        let request = server
            .request(Method::POST, "/v1/orders", &server.admin_key)
            .header("idempotency-key", "k-1");
        let theirs = server.send(request.body(Body::from(order("2").to_string())).unwrap());
        assert_eq!(theirs.ok()["outcome"], "created");
    });
}

#[test]
fn a_problem_is_kept_as_well() {
    on_empty("kept_problem", |server| {
        let mut bad = order("1");
        bad["lines"][0]["quantity"] = json!(0);
        let first = server.post_once("k-1", "/v1/orders", &bad);
        first.problem(422, "invalid_field");
        let again = server.post_once("k-1", "/v1/orders", &bad);
        again.problem(422, "invalid_field");
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.body, first.body);
    });
}

#[test]
fn a_key_is_free_again_after_a_day() {
    on_empty("day_over", |server| {
        server.post_once("k-1", "/v1/orders", &order("1")).ok();
        server.clock.advance_seconds(24 * 3_600);
        let kept = server.post_once("k-1", "/v1/orders", &order("1"));
        assert_eq!(kept.header("idempotent-replayed"), "true");
        server.clock.advance_seconds(1);
        let anew = server.post_once("k-1", "/v1/orders", &order("1"));
        assert_eq!(anew.header("idempotent-replayed"), "");
        assert_eq!(anew.ok()["outcome"], "unchanged");
        server.clock.advance_seconds(24 * 3_600 + 1);
        assert_eq!(server.post_once("k-1", "/v1/orders", &order("2")).ok()["outcome"], "created");
    });
}

#[test]
fn a_repeat_waits_while_the_first_is_at_work() {
    on_empty("at_work", |server| {
        server.post_once("k-2", "/v1/orders", &order("1")).ok();
        // The claim as it stands while the first request is at work, or was when it was killed.
        let sql = "UPDATE idempotent_answers SET status = NULL, content_type = NULL, body = NULL";
        let n = server.shop.context.db.write(|tx| tx.execute(sql, &[])).unwrap();
        assert_eq!(n, 1);
        let busy = server.post_once("k-2", "/v1/orders", &order("1"));
        busy.problem(409, "conflict");
        assert_eq!(busy.header("retry-after"), "1");
        server.post_once("k-2", "/v1/orders", &order("2")).problem(422, "idempotency_key_reused");
        // A claim whose request never ended is free after two minutes.
        server.clock.advance_seconds(121);
        let freed = server.post_once("k-2", "/v1/orders", &order("1"));
        assert_eq!(freed.ok()["outcome"], "unchanged");
    });
}

#[test]
fn of_many_at_once_one_is_done() {
    on_empty("many_at_once", |server| {
        let requests = (0..8).map(|_| {
            let request = server
                .request(Method::POST, "/v1/orders", &server.write_key)
                .header("idempotency-key", "k-3");
            request.body(Body::from(order("1").to_string())).unwrap()
        });
        let answers = server.send_together(requests.collect());
        for answer in &answers {
            match answer.status {
                StatusCode::OK => assert_eq!(answer.json()["outcome"], "created"),
                _ => drop(answer.problem(409, "conflict")),
            }
        }
        assert!(answers.iter().any(|answer| answer.status == StatusCode::OK));
        assert_eq!(n_facts(server, "order.placed"), 1);
    });
}

#[test]
fn a_fault_of_the_server_is_not_kept() {
    on_empty("fault", |server| {
        let db = &server.shop.context.db;
        let rename = |from: &str, to: &str| {
            let sql = format!("ALTER TABLE {from} RENAME TO {to}");
            db.write(|tx| tx.execute_batch(&sql)).unwrap();
        };
        rename("order_lines", "order_lines_away");
        let failed = server.post_once("k-4", "/v1/orders", &order("1"));
        let problem = failed.problem(500, "internal");
        let detail = problem["detail"].as_str().unwrap();
        assert!(!detail.contains("order_lines"), "no internals: {detail}");
        rename("order_lines_away", "order_lines");
        let again = server.post_once("k-4", "/v1/orders", &order("1"));
        assert_eq!(again.header("idempotent-replayed"), "");
        assert_eq!(again.ok()["outcome"], "created");
    });
}

#[test]
fn a_key_is_1_to_255_bytes_of_text() {
    on_empty("key_form", |server| {
        for bad in [String::new(), "x".repeat(256)] {
            let answer = server.post_once(&bad, "/v1/orders", &order("1"));
            assert_eq!(answer.problem(422, "invalid_field")["field"], "Idempotency-Key");
        }
        server.post_once(&"x".repeat(255), "/v1/orders", &order("1")).ok();
        // Reads take no notice of it.
        let read = server
            .request(Method::GET, "/v1/orders", &server.read_key)
            .header("idempotency-key", "");
        let rows: Value = server.send(read.body(Body::empty()).unwrap()).ok();
        assert_eq!(rows["items"].as_array().unwrap().len(), 1);
    });
}
