//! The shop as a whole: the day's page, the status, settings, jobs, health.

use axum::body::Body;
use axum::http::{Method, Request};
use mercer_core::clock::Clock;
use mercer_core::fact::NewFact;
use mercer_db::params;
use mercer_jobs::NewJob;
use serde_json::{Value, json};

use crate::support::{Answer, Server, on_empty, on_shop, order};

fn open(server: &Server, path: &str) -> Answer {
    server.send(Request::builder().uri(path).body(Body::empty()).unwrap())
}

#[test]
fn the_status_counts_what_the_lists_show() {
    on_shop("status", |server| {
        let status = server.json("/v1/status");
        for (count, list) in [
            ("n_orders", "/v1/orders"),
            ("n_customers", "/v1/customers"),
            ("n_products", "/v1/products"),
        ] {
            assert_eq!(status[count], server.walk(list, 200).len(), "{count}");
        }
        assert_eq!(
            (&status["currency"], &status["time_zone"]),
            (&json!("GBP"), &json!("Europe/London"))
        );
        assert_eq!(status["shop_name"], "My shop");
        let database = status["database"].as_str().unwrap();
        assert!(["sqlite", "postgresql"].contains(&database), "{database}");
        for part in ["recommendations_at", "segments_at", "forecasts_at"] {
            assert_eq!(status["computed"][part], "2026-03-01T12:00:00Z", "{part}");
        }
        assert_eq!(status["jobs"], json!({"waiting": 0, "running": 0, "parked": 0}));
    });
}

#[test]
fn the_days_page_adds_up_the_orders_of_its_week() {
    on_shop("today", |server| {
        let today = server.json("/v1/today");
        let sales = &today["sales"];
        assert_eq!((&sales["to"], &today["is_historic"]), (&today["as_of"], &json!(false)));
        let sum = |from: &str, to: &str| {
            let rows = server.walk(&format!("/v1/orders?from={from}&to={to}"), 200);
            let standing = rows.iter().filter(|row| row["status"] != "cancelled");
            standing.fold((0, 0), |(n, total), row| {
                (n + 1, total + row["total_minor"].as_i64().unwrap())
            })
        };
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (n_orders, total) = sum(&text(&sales["from"]), &text(&sales["to"]));
        assert!(n_orders > 0);
        assert_eq!((&sales["n_orders"], &sales["total_minor"]), (&json!(n_orders), &json!(total)));
        let days = sales["days"].as_array().unwrap();
        assert_eq!(days.len(), 28);
        let (n_before, total_before) = sum(&text(&days[14]["date"]), &text(&days[20]["date"]));
        assert_eq!(sales["previous"]["n_orders"], n_before);
        assert_eq!(sales["previous"]["total_minor"], total_before);
        let next = &sales["forecast_next_7_days"];
        assert!(next["low_80"].as_f64() <= next["high_80"].as_f64(), "{next}");
        for change in today["changed"].as_array().unwrap() {
            assert!(change["n"].as_i64().unwrap() > 0);
            assert!(change["sentence"].as_str().unwrap().ends_with('.'));
            assert!(change["href"].as_str().unwrap().starts_with('/'));
        }
        server.clock.advance_seconds(3 * 86_400);
        assert_eq!(server.json("/v1/today")["is_historic"], true, "three days without an order");
    });
}

#[test]
fn what_changed_counts_every_fact_of_the_week_and_none_before_it() {
    on_empty("changed", |server| {
        let sentences = || -> Vec<String> {
            let today = server.json("/v1/today");
            let changed = today["changed"].as_array().unwrap();
            changed.iter().map(|one| one["sentence"].as_str().unwrap().to_owned()).collect()
        };
        let record = |kind: &'static str, n: usize| {
            let now = server.clock.now();
            let facts: Vec<NewFact> = (0..n)
                .map(|i| NewFact {
                    kind,
                    subject: format!("ord_{i}"),
                    occurred_at: now,
                    payload: json!({}),
                })
                .collect();
            let db = &server.shop.context.db;
            db.write(|tx| mercer_facts::append(tx, now, &facts)).unwrap();
        };
        record("order.changed", 20_500);
        assert_eq!(sentences(), ["20,500 orders changed."]);
        server.clock.advance_seconds(4 * 86_400);
        record("order.cancelled", 1);
        assert_eq!(sentences(), ["1 order was cancelled.", "20,500 orders changed."]);
        server.clock.advance_seconds(3 * 86_400 + 1);
        assert_eq!(sentences(), ["1 order was cancelled."]);
    });
}

#[test]
fn settings_are_shown_with_their_source_and_without_secrets() {
    on_empty("settings", |server| {
        let request = server.request(Method::GET, "/v1/settings", &server.admin_key);
        let answer = server.send(request.body(Body::empty()).unwrap());
        let settings = answer.ok();
        let items = settings["items"].as_array().unwrap();
        let one = |name: &str| items.iter().find(|item| item["name"] == name).unwrap().clone();
        assert_eq!(one("database")["source"], "flag");
        assert_eq!(one("data_folder")["source"], "file");
        assert_eq!(
            one("currency"),
            json!({"name": "currency", "value": "GBP",
            "source": "default", "help": "Currency of a new channel"})
        );
        assert!(items.iter().all(|item| !item["help"].as_str().unwrap().is_empty()));
    });
}

fn park(server: &Server, unique_key: Option<&str>) -> String {
    let now = server.clock.now();
    let job = NewJob {
        kind: "nobody.knows",
        unique_key: unique_key.map(str::to_owned),
        payload: json!({"customer": "cus_1"}),
        due_at: now,
    };
    let db = &server.shop.context.db;
    db.write(|tx| {
        mercer_jobs::schedule(tx, now, &job)?;
        tx.execute(
            "UPDATE jobs SET state = 'parked', attempts = 8, last_error = $1
             WHERE state = 'waiting' AND kind = 'nobody.knows'",
            params!["the provider refused"],
        )?;
        tx.fetch_value("SELECT MAX(id) FROM jobs WHERE state = 'parked'", &[])
    })
    .unwrap()
}

#[test]
fn a_parked_job_is_shown_with_its_reason_and_tries_again_when_told() {
    on_empty("parked_job", |server| {
        let id = park(server, Some("only-one"));
        let parked = server.json("/v1/jobs?state=parked")["items"].clone();
        assert_eq!(parked[0]["id"], id.as_str());
        assert_eq!(parked[0]["last_error"], "the provider refused");
        assert_eq!(parked[0]["attempts"], 8);
        assert!(parked[0].get("payload").is_none(), "what a job is about stays inside");
        assert_eq!(server.json("/v1/status")["jobs"]["parked"], 1);
        let path = format!("/v1/jobs/{id}/retry");
        server.post_as(&server.read_key, &path, &json!({})).problem(403, "forbidden");
        assert_eq!(server.post(&path, &json!({})).status, 204);
        assert_eq!(server.json("/v1/jobs?state=waiting")["items"][0]["attempts"], 0);
        server.post(&path, &json!({})).problem(409, "conflict");
        assert_eq!(server.json("/v1/jobs?state=parked")["items"], json!([]));
        server.post("/v1/jobs/job_none/retry", &json!({})).problem(409, "conflict");
    });
}

#[test]
fn a_parked_job_whose_work_already_waits_is_not_tried_again() {
    on_empty("parked_twice", |server| {
        let id = park(server, Some("only-one"));
        server.clock.advance_seconds(1);
        let (db, now) = (&server.shop.context.db, server.clock.now());
        let job = NewJob {
            kind: "nobody.knows",
            unique_key: Some("only-one".to_owned()),
            payload: json!({}),
            due_at: now,
        };
        assert!(db.write(|tx| mercer_jobs::schedule(tx, now, &job)).unwrap());
        let refused = server.post(&format!("/v1/jobs/{id}/retry"), &json!({}));
        let problem = refused.problem(409, "conflict");
        assert!(problem["detail"].as_str().unwrap().contains("already waits"), "{problem}");
    });
}

#[test]
fn health_and_figures_need_no_key() {
    on_empty("health", |server| {
        assert_eq!(open(server, "/healthz").text(), "ok\n");
        assert_eq!(open(server, "/readyz").text(), "ready\n");
        server.post("/v1/orders", &order("1")).ok();
        server.json("/v1/customers/c-17");
        server.get("/v1/customers/nobody").problem(404, "not_found");
        server.get("/v1/nothing/secret-path").problem(404, "not_found");
        let metrics = open(server, "/metrics");
        assert_eq!(
            metrics.header("content-type"),
            "application/openmetrics-text; version=1.0.0; charset=utf-8"
        );
        let text = metrics.text();
        assert!(text.ends_with("# EOF\n"), "OpenMetrics ends so");
        let line = |method: &str, route: &str, status: u16| {
            format!(
                "mercer_http_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}} 1\n"
            )
        };
        for wanted in [
            line("POST", "/v1/orders", 200),
            line("GET", "/v1/customers/{id}", 200),
            line("GET", "/v1/customers/{id}", 404),
            line("GET", "/healthz", 200),
        ] {
            assert!(text.contains(&wanted), "{wanted} in {text}");
        }
        assert!(text.contains("mercer_http_seconds_count "), "{text}");
        assert!(!text.contains("secret-path") && !text.contains("nobody"), "patterns only");
    });
}

#[test]
fn every_answer_has_the_headers_of_a_careful_server() {
    on_empty("headers", |server| {
        for answer in [
            server.get("/v1/status"),
            server.get("/v1/nothing"),
            open(server, "/v1/status"),
            open(server, "/healthz"),
        ] {
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            assert_eq!(answer.header("referrer-policy"), "same-origin");
            assert_eq!(answer.header("cache-control"), "no-store");
        }
        let status = server.get("/v1/status");
        assert_eq!(status.header("access-control-allow-origin"), "", "no other site may ask");
        let asset = open(server, "/assets/not-there.js");
        assert_eq!(asset.status, 404, "a missing script is no page");
    });
}
