//! Carts that cannot be: each a whole problem, and nothing half done.

use mercer_db::params;
use mercer_ledger::verify::verify;
use serde_json::{Value, json};

use crate::support::{Answer, Server, encoded, on_empty};

/// A shop that sells a lamp for 20.00, and 10 % off by a code for two uses.
fn open(server: &Server) {
    let draft = json!({
        "external_id": "1", "title": "Lamp",
        "variants": [{ "sku": "LAMP", "price_minor": 2_000 }, { "sku": "SHADE" }],
    });
    server.post("/v1/products", &draft).ok();
    let draft = json!({
        "name": "Ten per cent off",
        "definition": {
            "action": { "kind": "percentage", "basis_points": 1_000 }, "activation": "coupon",
        },
    });
    let id = text(&server.post("/v1/promotions", &draft).ok()["id"]);
    server.post(&format!("/v1/promotions/{id}/activate"), &json!({})).ok();
    let draft = json!({ "code": "LIGHT10", "promotion": id, "uses_max": 2 });
    server.post("/v1/coupons", &draft).ok();
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn cart() -> Value {
    json!({
        "anonymous_id": "v-1", "coupons": ["LIGHT10"],
        "lines": [{ "sku": "LAMP", "quantity": 1 }, { "sku": "LAMP", "quantity": 2 }],
    })
}

fn priced(server: &Server) -> String {
    let quote = server.post("/v1/quotes", &cart()).ok();
    assert_eq!(quote["price"]["total_minor"], 5_400, "{quote}");
    text(&quote["id"])
}

fn step(server: &Server, quote: &str, step: &str) -> Answer {
    server.post_text(&format!("/v1/quotes/{quote}/{step}"), "")
}

fn commit(server: &Server, quote: &str, number: &str) -> Answer {
    server.post(&format!("/v1/quotes/{quote}/commit"), &json!({ "order_number": number }))
}

fn state(server: &Server, quote: &str) -> String {
    text(&server.json(&format!("/v1/quotes/{quote}"))["state"])
}

/// Rows of everything that a cart writes, and uses of the code that are left.
fn traces(server: &Server) -> Vec<i64> {
    let tables = [
        "quotes",
        "quote_uses",
        "quote_returns",
        "ledger_transfers",
        "ledger_holds",
        "decisions",
        "facts",
    ];
    let db = &server.shop.context.db;
    assert_eq!(db.read(verify).unwrap(), Vec::<String>::new());
    let count = |table: &str| {
        let sql = format!("SELECT COUNT(*) FROM {table}");
        db.read(|tx| tx.fetch_value::<i64>(&sql, params![])).unwrap()
    };
    let mut found: Vec<i64> = tables.into_iter().map(count).collect();
    found.push(uses_left(server));
    found
}

fn uses_left(server: &Server) -> i64 {
    server.json("/v1/coupons/LIGHT10")["uses_left"].as_i64().unwrap()
}

#[test]
fn a_cart_that_cannot_be_priced_names_the_field_and_leaves_nothing() {
    on_empty("bad_cart", |server| {
        open(server);
        let before = traces(server);
        let field = |change: &dyn Fn(&mut Value)| {
            let mut ask = cart();
            change(&mut ask);
            let problem = server.post("/v1/quotes", &ask).problem(422, "invalid_field");
            text(&problem["field"])
        };
        assert_eq!(field(&|c| c["lines"] = json!([])), "lines");
        assert_eq!(field(&|c| c["lines"][1]["quantity"] = json!(-2)), "lines[1].quantity");
        assert_eq!(field(&|c| c["lines"][1]["quantity"] = json!(0)), "lines[1].quantity");
        assert_eq!(field(&|c| c["lines"][1]["quantity"] = json!(0.5)), "lines[1].quantity");
        assert_eq!(field(&|c| c["lines"][1]["quantity"] = json!(i64::MAX)), "lines[1].quantity");
        assert_eq!(field(&|c| c["lines"][0]["sku"] = json!("TORCH")), "lines[0].sku");
        assert_eq!(field(&|c| c["lines"][0]["sku"] = json!("SHADE")), "lines[0].sku", "no price");
        assert_eq!(field(&|c| c["lines"][0]["sku"] = json!("")), "lines[0].sku");
        assert_eq!(field(&|c| c["lines"][1]["currency"] = json!("EUR")), "lines[1].currency");
        assert_eq!(field(&|c| c["lines"][1]["currency"] = json!("pounds")), "lines[1].currency");
        assert_eq!(
            field(&|c| c["lines"][1]["unit_price_minor"] = json!(-1)),
            "lines[1].unit_price_minor"
        );
        assert_eq!(
            field(&|c| c["lines"][1]["tax_basis_points"] = json!(-1)),
            "lines[1].tax_basis_points"
        );
        assert_eq!(
            field(&|c| c["shipping"] = json!({"method": "post", "amount_minor": -1})),
            "shipping.amount_minor"
        );
        assert_eq!(field(&|c| c["points"] = json!(-1)), "points");
        assert_eq!(field(&|c| c["points"] = json!(100)), "points");
        assert_eq!(field(&|c| c["customer_id"] = json!("cus_nobody")), "customer_id");
        assert_eq!(field(&|c| c["channel"] = json!("moon")), "channel");
        assert_eq!(field(&|c| c["coupons"] = json!([" "])), "coupons[0]");
        assert_eq!(field(&|c| c["coupons"] = json!(vec!["X"; 51])), "coupons");
        assert_eq!(field(&|c| c["lines"][1]["tags"] = json!(vec!["x"; 51])), "lines[1].tags");
        assert_eq!(
            field(&|c| c["lines"][1]["tags"] = json!(["x".repeat(201)])),
            "lines[1].tags[0]"
        );
        assert_eq!(field(&|c| c["coupon"] = json!("LIGHT10")), "coupon");
        assert_eq!(field(&|c| c["lines"][0]["colour"] = json!("red")), "lines[0].colour");
        assert_eq!(traces(server), before);
    });
}

#[test]
fn a_text_with_a_zero_byte_is_refused_on_both_databases_alike() {
    on_empty("zero_byte", |server| {
        open(server);
        let quote = priced(server);
        let before = traces(server);
        let field = |change: &dyn Fn(&mut Value)| {
            let mut ask = cart();
            change(&mut ask);
            let problem = server.post("/v1/quotes", &ask).problem(422, "invalid_field");
            text(&problem["field"])
        };
        let zero = json!("a\u{0}b");
        assert_eq!(field(&|c| c["lines"][0]["sku"] = zero.clone()), "lines[0].sku");
        assert_eq!(field(&|c| c["lines"][0]["tags"] = json!([zero])), "lines[0].tags[0]");
        assert_eq!(field(&|c| c["coupons"] = json!([zero])), "coupons[0]");
        for name in ["channel", "customer_id", "anonymous_id", "country"] {
            assert_eq!(field(&|c| c[name] = zero.clone()), name);
        }
        let shipping = json!({ "method": zero, "amount_minor": 1 });
        assert_eq!(field(&|c| c["shipping"] = shipping.clone()), "shipping.method");
        let path = format!("/v1/quotes/{quote}");
        let refused = commit(server, &quote, "a\u{0}b").problem(422, "invalid_field");
        assert_eq!(refused["field"], "order_number");
        let ask = json!({ "key": zero });
        let refused = server.post(&format!("{path}/returns"), &ask).problem(422, "invalid_field");
        assert_eq!(refused["field"], "key");
        for unknown in ["a\u{0}b", "quo_nobody", "ü", "' OR 1=1 --", ".."] {
            let id = encoded(unknown);
            server.get(&format!("/v1/quotes/{id}")).problem(404, "not_found");
            step(server, &id, "hold").problem(404, "not_found");
            step(server, &id, "release").problem(404, "not_found");
            commit(server, &id, "1").problem(404, "not_found");
            let ask = json!({ "key": "R-1" });
            server.post(&format!("/v1/quotes/{id}/returns"), &ask).problem(404, "not_found");
        }
        assert_eq!(traces(server), before);
    });
}

#[test]
fn a_flash_sale_with_a_zero_byte_is_refused_on_both_databases_alike() {
    on_empty("flash_zero_byte", |server| {
        open(server);
        let sale = json!({
            "name": "Lamp hour", "segments": ["champions"],
            "starts_at": "2026-03-01T12:00:00Z", "ends_at": "2026-03-01T13:00:00Z",
            "items": [{ "sku": "LAMP", "unit_price_minor": 500, "n_units": 5 }],
        });
        let zero = json!("a\u{0}b");
        let field = |change: &dyn Fn(&mut Value)| {
            let mut ask = sale.clone();
            change(&mut ask);
            let problem = server.post("/v1/flash-sales", &ask).problem(422, "invalid_field");
            text(&problem["field"])
        };
        assert_eq!(field(&|s| s["name"] = zero.clone()), "name");
        assert_eq!(field(&|s| s["segments"] = json!([zero])), "segments");
        assert_eq!(field(&|s| s["items"][0]["sku"] = zero.clone()), "items[0].sku");
        assert_eq!(field(&|s| s["items"][0]["n_units"] = json!(-5)), "items[0].n_units");
        assert_eq!(field(&|s| s["colour"] = json!("red")), "colour");
        assert!(server.walk("/v1/flash-sales", 50).is_empty());
        let mut for_all = sale.clone();
        for_all["segments"] = json!([]);
        let id = text(&server.post("/v1/flash-sales", &for_all).ok()["id"]);
        server.post_text(&format!("/v1/flash-sales/{id}/schedule"), "").ok();
        let queue = format!("/v1/flash-sales/{id}/queue");
        for (name, ask) in [
            ("sku", json!({ "anonymous_id": "v", "sku": zero })),
            ("customer_id", json!({ "anonymous_id": zero, "sku": "LAMP" })),
            ("quantity", json!({ "anonymous_id": "v", "sku": "LAMP", "quantity": -1 })),
        ] {
            let problem = server.post(&queue, &ask).problem(422, "invalid_field");
            assert_eq!(problem["field"], name);
        }
        server.get(&format!("{queue}?anonymous_id=v&sku=a%00b")).problem(422, "invalid_field");
        server.get("/v1/flash-sales/a%00b").problem(404, "not_found");
        let unknown = "/v1/flash-sales/a%00b/queue?anonymous_id=v&sku=LAMP";
        server.get(unknown).problem(404, "not_found");
        server.post_text("/v1/flash-sales/a%00b/end", "").problem(404, "not_found");
        let live = server.json(&format!("/v1/flash-sales/{id}"));
        assert_eq!(
            (&live["items"][0]["n_left"], &live["items"][0]["n_waiting"]),
            (&json!(5), &json!(0))
        );
    });
}

#[test]
fn a_cart_that_was_priced_before_the_queue_does_not_pass_it() {
    on_empty("flash_passing", |server| {
        open(server);
        let sale = json!({
            "name": "Lamp hour",
            "starts_at": "2026-03-01T12:00:00Z", "ends_at": "2026-03-01T13:00:00Z",
            "items": [{ "sku": "LAMP", "unit_price_minor": 500, "n_units": 1 }],
        });
        let sale = text(&server.post("/v1/flash-sales", &sale).ok()["id"]);
        server.post_text(&format!("/v1/flash-sales/{sale}/schedule"), "").ok();
        let priced = |visitor: &str| {
            let ask = json!({
                "anonymous_id": visitor, "lines": [{ "sku": "LAMP", "quantity": 1 }],
            });
            let quote = server.post("/v1/quotes", &ask).ok();
            assert_eq!(quote["price"]["total_minor"], 500, "{quote}");
            text(&quote["id"])
        };
        let (early, first) = (priced("early"), priced("first"));
        step(server, &first, "hold").ok();
        let join = json!({ "anonymous_id": "waiting", "sku": "LAMP" });
        let queue = format!("/v1/flash-sales/{sale}/queue");
        assert_eq!(server.post(&queue, &join).ok()["state"], "waiting");
        step(server, &first, "release").ok();
        // The unit is free, and nobody has been called yet.
        let before = traces(server);
        let problem = step(server, &early, "hold").problem(409, "limit_reached");
        assert!(text(&problem["detail"]).contains("0 units"), "{problem}");
        commit(server, &early, "1").problem(409, "limit_reached");
        assert_eq!(traces(server), before);
        server.shop.settle().unwrap();
        let place = server.json(&format!("{queue}?anonymous_id=waiting&sku=LAMP"));
        assert_eq!(place["state"], "turn");
        step(server, &early, "hold").problem(409, "limit_reached");
        let called = priced("waiting");
        assert_eq!(commit(server, &called, "2").ok()["state"], "committed");
        let live = server.json(&format!("/v1/flash-sales/{sale}"));
        let item = &live["items"][0];
        assert_eq!((&item["n_left"], &item["n_sold"]), (&json!(0), &json!(1)));
    });
}

#[test]
fn a_body_that_is_no_cart_is_refused() {
    on_empty("no_cart", |server| {
        open(server);
        let quote = priced(server);
        let before = traces(server);
        for path in [
            "/v1/quotes",
            &format!("/v1/quotes/{quote}/commit"),
            &format!("/v1/quotes/{quote}/returns"),
        ] {
            for body in ["", "{", "sku=LAMP"] {
                server.post_text(path, body).problem(400, "invalid_request");
            }
            server.post_text(path, vec![b'{', 0xff, b'}']).problem(400, "invalid_request");
            server.post_text(path, "null").problem(422, "invalid_field");
            server.post_text(path, "{\"colour\": \"red\"}").problem(422, "invalid_field");
        }
        let deep = format!("{{\"lines\": {}", "[".repeat(100_000));
        server.post_text("/v1/quotes", deep).problem(422, "invalid_field");
        assert_eq!(traces(server), before);
        assert_eq!(state(server, &quote), "priced");
    });
}

#[test]
fn ten_thousand_lines_become_an_order_and_one_more_is_refused() {
    on_empty("long_cart", |server| {
        open(server);
        let lines = |n: usize| -> Vec<Value> {
            (0..n)
                .map(|n| json!({ "sku": format!("S-{n}"), "quantity": 2, "unit_price_minor": 100 }))
                .collect()
        };
        let before = traces(server);
        let ask = json!({ "lines": lines(10_001) });
        let problem = server.post("/v1/quotes", &ask).problem(422, "invalid_field");
        assert_eq!(problem["field"], "lines");
        assert!(text(&problem["detail"]).contains("10001"), "{problem}");
        assert_eq!(traces(server), before);
        let ask = json!({ "lines": lines(10_000), "coupons": ["LIGHT10"] });
        let quote = server.post("/v1/quotes", &ask).ok();
        assert_eq!(quote["price"]["total_minor"], 1_800_000);
        assert_eq!(quote["price"]["lines"].as_array().map(Vec::len), Some(10_000));
        let id = text(&quote["id"]);
        step(server, &id, "hold").ok();
        assert_eq!(uses_left(server), 1);
        assert_eq!(commit(server, &id, "1").ok()["state"], "committed");
        let back: Vec<Value> = (0..10_000).map(|n| json!({ "line": n, "quantity": 1 })).collect();
        let ask = json!({ "key": "R-1", "lines": back });
        let returned = server.post(&format!("/v1/quotes/{id}/returns"), &ask).ok();
        let paid: i64 = returned["lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|l| l["paid_minor"].as_i64().unwrap())
            .sum();
        assert_eq!(paid, 900_000);
    });
}

#[test]
fn an_expired_quote_or_hold_is_told_and_gives_everything_back() {
    on_empty("expired", |server| {
        open(server);
        let (quote, held) = (priced(server), priced(server));
        step(server, &held, "hold").ok();
        assert_eq!(uses_left(server), 1);
        server.clock.advance_seconds(15 * 60);
        let before = traces(server);
        for _ in 0..2 {
            let problem = commit(server, &held, "1").problem(409, "expired");
            assert!(text(&problem["detail"]).contains("2026-03-01T12:15:00Z"), "{problem}");
            step(server, &held, "hold").problem(409, "expired");
        }
        assert_eq!(traces(server), before, "the timer has not come yet");
        server.shop.settle().unwrap();
        assert_eq!((state(server, &held).as_str(), uses_left(server)), ("expired", 2));
        commit(server, &held, "1").problem(409, "expired");
        step(server, &held, "hold").problem(409, "expired");
        assert_eq!(step(server, &held, "release").ok()["state"], "expired");
        server.clock.advance_seconds(15 * 60);
        let before = traces(server);
        let problem = step(server, &quote, "hold").problem(409, "expired");
        assert!(text(&problem["detail"]).contains("2026-03-01T12:30:00Z"), "{problem}");
        commit(server, &quote, "1").problem(409, "expired");
        assert_eq!(traces(server), before);
        assert_eq!(state(server, &quote), "priced");
    });
}

#[test]
fn a_second_commit_is_the_same_order_or_a_conflict() {
    on_empty("twice", |server| {
        open(server);
        let (quote, other) = (priced(server), priced(server));
        let first = commit(server, &quote, "17").ok();
        assert_eq!(first["order"], "shop/17");
        let before = traces(server);
        assert_eq!(commit(server, &quote, "17").ok(), first);
        assert_eq!(commit(server, &quote, " 17 ").ok(), first);
        let problem = commit(server, &quote, "18").problem(409, "conflict");
        assert!(text(&problem["detail"]).contains("shop/17"), "{problem}");
        let problem = commit(server, &other, "17").problem(409, "conflict");
        assert!(text(&problem["detail"]).contains(&quote), "{problem}");
        for number in ["", " ", &"9".repeat(201)] {
            let problem = commit(server, &other, number).problem(422, "invalid_field");
            assert_eq!(problem["field"], "order_number");
        }
        step(server, &quote, "release").problem(409, "conflict");
        step(server, &quote, "hold").problem(409, "conflict");
        assert_eq!(traces(server), before, "nothing of it was kept");
        assert_eq!((state(server, &other).as_str(), uses_left(server)), ("priced", 1));
        // The same at once: one of them is first, all hear the same.
        let ask = json!({ "order_number": "19" }).to_string();
        let together = (0..16).map(|_| {
            server
                .request(
                    axum::http::Method::POST,
                    &format!("/v1/quotes/{other}/commit"),
                    &server.write_key,
                )
                .header("content-type", "application/json")
                .body(axum::body::Body::from(ask.clone()))
                .unwrap()
        });
        let answers = server.send_together(together.collect());
        assert!(answers.iter().all(|answer| answer.ok() == answers[0].ok()));
        assert_eq!(uses_left(server), 0);
        let late = server.post("/v1/quotes", &cart()).ok();
        assert_eq!(late["price"]["total_minor"], 6_000);
        traces(server);
    });
}

#[test]
fn a_quote_that_was_given_back_stays_so() {
    on_empty("given_back", |server| {
        open(server);
        let (quote, never_held) = (priced(server), priced(server));
        step(server, &quote, "hold").ok();
        for id in [&quote, &never_held] {
            let released = step(server, id, "release").ok();
            assert_eq!(released["state"], "released");
            assert_eq!(uses_left(server), 2);
            let before = traces(server);
            assert_eq!(step(server, id, "release").ok(), released);
            commit(server, id, "1").problem(409, "conflict");
            step(server, id, "hold").problem(409, "conflict");
            let ask = json!({ "key": "R-1" });
            server.post(&format!("/v1/quotes/{id}/returns"), &ask).problem(409, "conflict");
            assert_eq!(traces(server), before);
        }
    });
}

#[test]
fn a_return_beyond_the_order_takes_nothing_back() {
    on_empty("bad_return", |server| {
        open(server);
        let quote = priced(server);
        let path = format!("/v1/quotes/{quote}/returns");
        commit(server, &quote, "1").ok();
        let before = traces(server);
        let refused = |lines: Value| {
            let ask = json!({ "key": "R-1", "lines": lines });
            text(&server.post(&path, &ask).problem(422, "invalid_field")["field"])
        };
        let line = |line: i64, quantity: i64| json!({ "line": line, "quantity": quantity });
        assert_eq!(refused(json!([line(1, 3)])), "lines[0].quantity");
        assert_eq!(refused(json!([line(1, 0)])), "lines[0].quantity");
        assert_eq!(refused(json!([line(1, -1)])), "lines[0].quantity");
        assert_eq!(refused(json!([line(0, 1), line(2, 1)])), "lines[1].line");
        assert_eq!(refused(json!([line(0, 1), line(-1, 1)])), "lines[1].line");
        assert_eq!(refused(json!([line(1, 1), line(1, 1)])), "lines[1].line");
        assert_eq!(traces(server), before);
        let ask = json!({ "key": "R-1", "lines": [line(1, 1)] });
        let first = server.post(&path, &ask).ok();
        assert_eq!(
            (&first["lines"][0]["paid_minor"], &first["is_new"]),
            (&json!(1_800), &json!(true))
        );
        let before = traces(server);
        assert_eq!(server.post(&path, &ask).ok()["is_new"], false);
        let other = json!({ "key": "R-1", "lines": [line(0, 1)] });
        server.post(&path, &other).problem(409, "conflict");
        assert_eq!(traces(server), before);
    });
}

#[test]
fn a_clock_that_moved_back_neither_loses_nor_gives_anything() {
    on_empty("clock_back", |server| {
        open(server);
        let (early, held) = (priced(server), priced(server));
        step(server, &held, "hold").ok();
        server.clock.advance_seconds(-3_600);
        assert_eq!(uses_left(server), 1);
        let quote = step(server, &early, "hold").ok();
        assert_eq!(quote["held_until"], "2026-03-01T11:15:00Z", "by the clock as it is");
        assert_eq!(uses_left(server), 0);
        let none = server.post("/v1/quotes", &cart()).ok();
        assert_eq!(none["price"]["total_minor"], 6_000, "both uses are held");
        assert_eq!(commit(server, &held, "1").ok()["state"], "committed");
        server.clock.advance_seconds(15 * 60);
        commit(server, &early, "2").problem(409, "expired");
        server.shop.settle().unwrap();
        assert_eq!((state(server, &early).as_str(), uses_left(server)), ("expired", 1));
        // And on again: what was priced before the clock was put right is over.
        let quote = priced(server);
        server.clock.advance_seconds(3_600);
        server.shop.settle().unwrap();
        step(server, &quote, "hold").problem(409, "expired");
        assert_eq!(uses_left(server), 1);
        let last = priced(server);
        assert_eq!(commit(server, &last, "3").ok()["state"], "committed");
        assert_eq!(uses_left(server), 0);
        server.shop.settle().unwrap();
        traces(server);
    });
}
