//! Every error is a whole problem that says which part is at fault.

use axum::body::Body;
use axum::http::{Method, Request};
use mercer_app::system::SystemClock;
use mercer_core::clock::Clock;
use serde_json::{Value, json};

use crate::support::{encoded, on_empty, on_shop, order};

#[test]
fn an_unknown_endpoint_or_method_is_a_problem_and_no_page() {
    on_empty("unknown_endpoint", |server| {
        let problem = server.get("/v1/nothing").problem(404, "not_found");
        assert_eq!(problem["detail"], "There is no endpoint `/v1/nothing`.");
        server.get("/v1/orders/x/y/z").problem(404, "not_found");
        let delete = server.request(Method::DELETE, "/v1/orders", &server.write_key);
        let answer = server.send(delete.body(Body::empty()).unwrap());
        answer.problem(405, "invalid_request");
        assert!(answer.header("allow").contains("GET"), "says what is allowed");
        // A path that is no text.
        server.get("/v1/products/%FF").problem(400, "invalid_request");
        server.get("/v1/customers/%C3%28/timeline").problem(400, "invalid_request");
    });
}

#[test]
fn a_body_that_is_no_json_or_not_all_of_it_is_refused() {
    on_empty("no_json", |server| {
        for path in ["/v1/orders", "/v1/orders/batch", "/v1/products", "/v1/evaluations"] {
            let empty = server.post_text(path, "").problem(400, "invalid_request");
            assert!(empty["detail"].as_str().unwrap().contains("no body"), "{path}: {empty}");
            server.post_text(path, "{").problem(400, "invalid_request");
            server.post_text(path, "quantity=2").problem(400, "invalid_request");
            server.post_text(path, vec![b'{', 0xff, b'}']).problem(400, "invalid_request");
            server.post_text(path, "null").problem(422, "invalid_field");
        }
        let deep = format!("{{\"orders\": {}", "[".repeat(100_000));
        server.post_text("/v1/orders/batch", deep).problem(400, "invalid_request");
        let two = format!("{}{}", order("1"), order("2"));
        let problem = server.post_text("/v1/orders", two).problem(400, "invalid_request");
        assert!(problem["detail"].as_str().unwrap().contains("trailing"), "{problem}");
        assert!(server.walk("/v1/orders", 50).is_empty());
    });
}

#[test]
fn a_wrong_value_is_named_by_its_path() {
    on_empty("field_path", |server| {
        let field = |change: &dyn Fn(&mut Value)| {
            let mut draft = order("1");
            change(&mut draft);
            let problem = server.post("/v1/orders", &draft).problem(422, "invalid_field");
            problem["field"].as_str().unwrap_or_default().to_owned()
        };
        assert_eq!(field(&|o| o["lines"][0]["quantity"] = json!("two")), "lines[0].quantity");
        assert_eq!(field(&|o| o["lines"][0]["quantity"] = json!(1.5)), "lines[0].quantity");
        assert_eq!(field(&|o| o["lines"][0]["quantity"] = json!(1e300)), "lines[0].quantity");
        assert_eq!(field(&|o| o["lines"][0]["quantity"] = json!(0)), "lines[0].quantity");
        assert_eq!(field(&|o| o["lines"][0]["total_minor"] = json!(-1)), "lines[0].total_minor");
        assert_eq!(field(&|o| o["lines"][0]["kind"] = json!("toy")), "lines[0].kind");
        assert_eq!(field(&|o| o["lines"][0]["colour"] = json!("red")), "lines[0].colour");
        assert_eq!(field(&|o| o["lines"] = json!([])), "lines");
        assert_eq!(field(&|o| o["number"] = json!(" ")), "number");
        assert_eq!(field(&|o| o["number"] = json!("a\u{0}b")), "number");
        assert_eq!(field(&|o| o["placed_at"] = json!("yesterday")), "placed_at");
        assert_eq!(field(&|o| o["currency"] = json!("XQX")), "currency");
        assert_eq!(field(&|o| o["customer"]["external_id"] = json!("")), "customer.external_id");
        assert_eq!(field(&|o| o["coupon"] = json!("X")), "coupon");
        let mut missing = order("1");
        missing.as_object_mut().unwrap().remove("number");
        let problem = server.post("/v1/orders", &missing).problem(422, "invalid_field");
        assert!(problem["detail"].as_str().unwrap().contains("number"), "{problem}");
        assert!(server.walk("/v1/orders", 50).is_empty(), "nothing of it was kept");
    });
}

#[test]
fn a_body_of_50_mb_is_refused_quickly() {
    on_empty("large_body", |server| {
        let body = format!("{{\"number\": \"{}\"}}", "x".repeat(50_000_000));
        let begun = SystemClock.now();
        for path in ["/v1/orders", "/v1/orders/batch", "/v1/products", "/v1/imports/preview"] {
            server.post_text(path, body.clone()).problem(413, "too_large");
        }
        let once = server
            .request(Method::POST, "/v1/orders", &server.write_key)
            .header("idempotency-key", "large");
        server.send(once.body(Body::from(body.clone())).unwrap()).problem(413, "too_large");
        let sign_in = Request::builder().method(Method::POST).uri("/v1/session");
        server.send(sign_in.body(Body::from(body)).unwrap()).problem(413, "too_large");
        // Six of them; a generous bound that only reading and parsing all of it would miss.
        let took = SystemClock.now().duration_since(begun);
        assert!(took.as_secs() < 5, "{took:#}");
    });
}

#[test]
fn a_query_that_cannot_be_used_is_refused_on_every_list() {
    on_shop("bad_query", |server| {
        let lists = [
            "/v1/orders",
            "/v1/products",
            "/v1/customers",
            "/v1/decisions",
            "/v1/forecasts/top",
            "/v1/imports",
        ];
        for list in lists {
            for limit in ["0", "201"] {
                let problem = server.get(&format!("{list}?limit={limit}"));
                assert_eq!(problem.problem(422, "invalid_field")["field"], "limit", "{list}");
            }
            for limit in ["-1", "ten", "1.5", "99999999999999999999"] {
                server.get(&format!("{list}?limit={limit}")).problem(400, "invalid_request");
            }
            assert_eq!(server.get(&format!("{list}?limit=200")).status, 200);
            for cursor in ["nonsense", "e30", "W10", "%00", ""] {
                let answer = server.get(&format!("{list}?cursor={cursor}"));
                assert_eq!(answer.problem(422, "invalid_field")["field"], "cursor", "{list}");
            }
            let long = "x".repeat(17_000);
            server.get(&format!("{list}?q={long}")).problem(413, "too_large");
            if list != "/v1/imports" {
                let answer = server.get(&format!("{list}?sort=colour"));
                assert_eq!(answer.problem(422, "invalid_field")["field"], "sort", "{list}");
            }
        }
        server.get("/v1/orders?from=yesterday").problem(400, "invalid_request");
        server.get("/v1/orders?to=2026-02-30").problem(400, "invalid_request");
        for filter in ["state", "mode"] {
            let answer = server.get(&format!("/v1/decisions?{filter}=odd"));
            assert_eq!(answer.problem(422, "invalid_field")["field"], filter);
        }
        server.get("/v1/jobs?state=odd").problem(422, "invalid_field");
    });
}

#[test]
fn what_does_not_exist_is_not_found() {
    on_shop("unknown_ids", |server| {
        let names = ["none", "cus_01jd3v9q7kexample0000000000", "%27%3B--", "%F0%9F%8D%B5", "%25"];
        for name in names {
            for path in [
                format!("/v1/customers/{name}"),
                format!("/v1/customers/{name}/timeline"),
                format!("/v1/products/{name}"),
                format!("/v1/products/{name}/sales"),
                format!("/v1/orders/{name}"),
                format!("/v1/decisions/{name}"),
                format!("/v1/imports/{name}"),
                format!("/v1/imports/{name}/events"),
                format!("/v1/imports/{name}/rejects"),
                format!("/v1/segments/{name}"),
                format!("/v1/forecasts?product={name}"),
                format!("/v1/recommendations?product={name}"),
                format!("/v1/recommendations?customer={name}"),
            ] {
                server.get(&path).problem(404, "not_found");
            }
            let approve = format!("/v1/decisions/{name}/approve");
            server.post(&approve, &json!({})).problem(404, "not_found");
        }
        // No part of a path leads out of the folder of imports.
        server
            .get(&format!("/v1/imports/{}/rejects", encoded("../../x")))
            .problem(404, "not_found");
    });
}
