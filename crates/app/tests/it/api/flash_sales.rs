//! Flash sales over the interface: written down, scheduled, bought from, queued for, ended.

use axum::body::Body;
use axum::http::Method;
use mercer_ledger::verify::verify;
use serde_json::{Value, json};

use crate::support::{Answer, Server, ids, on_empty};

/// Twenty lamps of 20.00 in one place.
fn open(server: &Server) {
    let draft = json!({
        "external_id": "1", "title": "Lamp", "variants": [{ "sku": "LAMP", "price_minor": 2_000 }],
    });
    server.post("/v1/products", &draft).ok();
    server.put("/v1/locations", &json!({ "code": "main", "name": "Main" })).ok();
    server.upload("/v1/stock/imports", "sku,location,quantity\nLAMP,main,20\n").ok();
}

/// An hour from noon on: so many lamps for 15.00, two a shopper.
fn sale(n_units: i64) -> Value {
    json!({
        "name": "Lantern hour", "starts_at": "2026-03-01T12:00:00Z",
        "ends_at": "2026-03-01T13:00:00Z", "customer_units_max": 2,
        "items": [{ "sku": "LAMP", "unit_price_minor": 1_500, "n_units": n_units }],
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn scheduled(server: &Server, n_units: i64) -> String {
    let id = text(&server.post("/v1/flash-sales", &sale(n_units)).ok()["id"]);
    let sale = step(server, &id, "schedule").ok();
    assert_eq!((&sale["state"], &sale["is_on"]), (&json!("scheduled"), &json!(true)));
    id
}

fn step(server: &Server, id: &str, step: &str) -> Answer {
    server.post_text(&format!("/v1/flash-sales/{id}/{step}"), "")
}

/// Units left, held, sold, and shoppers who wait, while the whole ledger adds up.
fn figures(server: &Server, id: &str) -> [i64; 4] {
    assert_eq!(server.shop.context.db.read(verify).unwrap(), Vec::<String>::new());
    let item = server.json(&format!("/v1/flash-sales/{id}"))["items"][0].clone();
    ["n_left", "n_held", "n_sold", "n_waiting"].map(|name| item[name].as_i64().unwrap())
}

/// Id and total of a cart of so many lamps.
fn priced(server: &Server, visitor: Option<&str>, quantity: i64) -> (String, i64) {
    let ask =
        json!({ "anonymous_id": visitor, "lines": [{ "sku": "LAMP", "quantity": quantity }] });
    let quote = server.post("/v1/quotes", &ask).ok();
    (text(&quote["id"]), quote["price"]["total_minor"].as_i64().unwrap())
}

#[test]
fn a_sale_is_written_down_changed_and_set_for_its_time() {
    on_empty("flash_draft", |server| {
        open(server);
        let draft = server.post("/v1/flash-sales", &sale(10)).ok();
        assert_eq!((&draft["state"], &draft["is_on"]), (&json!("draft"), &json!(false)));
        let path = format!("/v1/flash-sales/{}", text(&draft["id"]));
        assert_eq!(priced(server, Some("v-1"), 1).1, 2_000, "a draft sells nothing");
        let field = |name: &str, value: Value| {
            let mut bad = sale(10);
            bad[name] = value;
            for answer in [server.post("/v1/flash-sales", &bad), server.put(&path, &bad)] {
                let problem = answer.problem(422, "invalid_field");
                assert!(text(&problem["field"]).starts_with(name), "{problem}");
            }
        };
        field("name", json!(" "));
        field("ends_at", json!("2026-03-01T12:00:00Z"));
        field("starts_at", json!("noon"));
        field("customer_units_max", json!(0));
        field("turn_minutes", json!(61));
        field("segments", json!(["a,b"]));
        field("items", json!([]));
        let item = |n_units: i64, price_minor: i64| json!([{ "sku": "LAMP", "unit_price_minor": price_minor, "n_units": n_units }]);
        field("items", item(0, 1));
        field("items", item(1, -1));
        let past = json!({ "name": "x", "starts_at": "2026-02-01T12:00:00Z",
            "ends_at": "2026-02-02T12:00:00Z", "items": item(1, 1) });
        let problem = server.post("/v1/flash-sales", &past).problem(422, "invalid_field");
        assert_eq!(problem["field"], "ends_at");
        assert_eq!(server.json(&path), draft, "nothing was half written");
        let mut later = sale(5);
        later["starts_at"] = json!("2026-03-01T12:10:00Z");
        let changed = server.put(&path, &later).ok();
        assert_eq!(
            (&changed["seconds_to_start"], &changed["seconds_left"]),
            (&json!(600), &json!(3_600))
        );
        step(server, &text(&draft["id"]), "schedule").ok();
        server.put(&path, &later).problem(409, "conflict");
        assert_eq!(priced(server, Some("v-1"), 1).1, 2_000, "it starts in ten minutes");
        server.clock.advance_seconds(600);
        server.shop.settle().unwrap();
        assert_eq!(priced(server, Some("v-1"), 1).1, 1_500);
        let live = server.json(&path);
        assert_eq!((&live["is_on"], &live["seconds_left"]), (&json!(true), &json!(3_000)));
        server.clock.advance_seconds(3_000);
        assert_eq!(priced(server, Some("v-1"), 1).1, 2_000, "over, before anybody ended it");
        server.shop.settle().unwrap();
        assert_eq!(server.json(&path)["state"], "ended");
        let problem = step(server, &text(&draft["id"]), "schedule").problem(409, "conflict");
        assert!(text(&problem["detail"]).contains("over"), "{problem}");
    });
}

#[test]
fn a_pool_beyond_stock_is_refused_by_its_field() {
    on_empty("flash_stock", |server| {
        open(server);
        let id = text(&server.post("/v1/flash-sales", &sale(21)).ok()["id"]);
        let problem = step(server, &id, "schedule").problem(422, "invalid_field");
        assert_eq!(problem["field"], "items[0].n_units");
        assert!(text(&problem["detail"]).contains("20"), "{problem}");
        assert_eq!(server.json(&format!("/v1/flash-sales/{id}"))["state"], "draft");
        assert_eq!(figures(server, &id), [0, 0, 0, 0]);
        server.put(&format!("/v1/flash-sales/{id}"), &sale(20)).ok();
        for _ in 0..2 {
            step(server, &id, "schedule").ok();
            assert_eq!(figures(server, &id), [20, 0, 0, 0], "once");
        }
        for path in ["/v1/flash-sales/fls_none", "/v1/flash-sales/fls_none/events"] {
            server.get(path).problem(404, "not_found");
        }
        for word in ["schedule", "end"] {
            step(server, "fls_none", word).problem(404, "not_found");
        }
    });
}

#[test]
fn a_cart_takes_the_price_of_the_sale_up_to_the_shoppers_cap() {
    on_empty("flash_cart", |server| {
        open(server);
        let id = scheduled(server, 5);
        assert_eq!(priced(server, None, 1).1, 2_000, "a cap needs to know whom it counts");
        let (quote, total) = priced(server, Some("v-1"), 3);
        assert_eq!(total, 2 * 1_500 + 2_000);
        let view = server.json(&format!("/v1/quotes/{quote}"));
        let taken = &view["price"]["lines"][0]["discounts"][0];
        assert_eq!((&taken["source"], &taken["id"]), (&json!("flash_sale"), &json!(id)));
        assert_eq!(taken["amount_minor"], 1_000);
        server.post_text(&format!("/v1/quotes/{quote}/hold"), "").ok();
        assert_eq!(figures(server, &id), [3, 2, 0, 0]);
        assert_eq!(priced(server, Some("v-1"), 1).1, 2_000, "the cap is held");
        let commit = json!({ "order_number": "1" });
        server.post(&format!("/v1/quotes/{quote}/commit"), &commit).ok();
        assert_eq!(figures(server, &id), [3, 0, 2, 0]);
        assert_eq!(priced(server, Some("v-1"), 1).1, 2_000, "the cap is used");
        let (second, total) = priced(server, Some("v-2"), 2);
        assert_eq!(total, 3_000);
        server.post_text(&format!("/v1/quotes/{second}/hold"), "").ok();
        assert_eq!(priced(server, Some("v-3"), 2).1, 3_500, "one is left");
        server.post_text(&format!("/v1/quotes/{second}/release"), "").ok();
        assert_eq!(figures(server, &id), [3, 0, 2, 0]);
        assert_eq!(server.json("/v1/stock/LAMP")["on_hand"], 17);
    });
}

#[test]
fn who_joins_the_queue_first_comes_first() {
    on_empty("flash_queue", |server| {
        open(server);
        let id = scheduled(server, 2);
        let queue = format!("/v1/flash-sales/{id}/queue");
        let join = |visitor: &str, quantity: i64| {
            let ask = json!({ "anonymous_id": visitor, "sku": "LAMP", "quantity": quantity });
            server.post(&queue, &ask)
        };
        let of = |visitor: &str| format!("{queue}?anonymous_id={visitor}&sku=LAMP");
        let place = |place: &Value| (text(&place["state"]), place["n_before"].as_i64().unwrap());
        let first = join("v-1", 2).ok();
        assert_eq!(place(&first), ("turn".to_owned(), 0));
        assert_eq!(first["turn_until"], "2026-03-01T12:03:00Z");
        assert_eq!(join("v-1", 2).ok(), first, "one place each");
        assert_eq!(place(&join("v-2", 2).ok()), ("waiting".to_owned(), 0));
        assert_eq!(place(&join("v-3", 1).ok()), ("waiting".to_owned(), 1));
        assert_eq!(place(&join("v-4", 1).ok()), ("waiting".to_owned(), 2));
        assert_eq!(figures(server, &id), [0, 2, 0, 3]);
        assert_eq!(priced(server, Some("v-9"), 1).1, 2_000, "nobody passes those who wait");
        assert_eq!(priced(server, Some("v-1"), 2).1, 3_000, "the units of the turn");
        for (quantity, sku, field) in
            [(3, "LAMP", "quantity"), (0, "LAMP", "quantity"), (1, "CUP", "sku")]
        {
            let ask = json!({ "anonymous_id": "v-5", "sku": sku, "quantity": quantity });
            let problem = server.post(&queue, &ask).problem(422, "invalid_field");
            assert_eq!(problem["field"], field);
        }
        let nobody = json!({ "sku": "LAMP" });
        server.post(&queue, &nobody).problem(422, "invalid_field");
        server.get(&of("v-5")).problem(409, "conflict");
        server.post_as(&server.read_key, &queue, &nobody).problem(403, "forbidden");
        let leave = |visitor: &str| server.ask(Method::DELETE, &of(visitor), &json!({}));
        assert_eq!(place(&leave("v-2").ok()), ("left".to_owned(), 0));
        assert_eq!(place(&server.json(&of("v-4"))), ("waiting".to_owned(), 1));
        leave("v-5").problem(409, "conflict");
        // The turn is over unused: both others come at once.
        server.clock.advance_seconds(180);
        assert_eq!(place(&server.json(&of("v-1"))), ("missed".to_owned(), 0));
        server.shop.settle().unwrap();
        for visitor in ["v-3", "v-4"] {
            assert_eq!(place(&server.json(&of(visitor))), ("turn".to_owned(), 0));
        }
        let (quote, total) = priced(server, Some("v-3"), 1);
        assert_eq!(total, 1_500);
        let commit = json!({ "order_number": "1" });
        server.post(&format!("/v1/quotes/{quote}/commit"), &commit).ok();
        assert_eq!(place(&server.json(&of("v-3"))), ("used".to_owned(), 0));
        assert_eq!(figures(server, &id), [0, 1, 1, 0]);
    });
}

#[test]
fn a_sale_is_ended_and_what_was_left_goes_back() {
    on_empty("flash_end", |server| {
        open(server);
        let id = scheduled(server, 5);
        let (held, _) = priced(server, Some("v-1"), 2);
        server.post_text(&format!("/v1/quotes/{held}/hold"), "").ok();
        let ask = json!({ "anonymous_id": "v-2", "sku": "LAMP" });
        let queue = format!("/v1/flash-sales/{id}/queue");
        assert_eq!(server.post(&queue, &ask).ok()["state"], "turn");
        for _ in 0..2 {
            let ended = step(server, &id, "end").ok();
            assert_eq!((&ended["state"], &ended["is_on"]), (&json!("ended"), &json!(false)));
            assert_eq!(
                (&ended["seconds_left"], &ended["seconds_to_start"]),
                (&json!(0), &json!(0))
            );
            assert_eq!(figures(server, &id), [0, 2, 0, 0]);
        }
        server.post(&queue, &ask).problem(409, "conflict");
        let path = format!("{queue}?anonymous_id=v-2&sku=LAMP");
        assert_eq!(server.json(&path)["state"], "missed");
        assert_eq!(priced(server, Some("v-3"), 1).1, 2_000);
        let commit = json!({ "order_number": "1" });
        let order = server.post(&format!("/v1/quotes/{held}/commit"), &commit).ok();
        assert_eq!(order["price"]["total_minor"], 3_000, "a held cart keeps its price");
        assert_eq!(figures(server, &id), [0, 0, 2, 0]);
        server.shop.settle().unwrap();
        assert_eq!(figures(server, &id), [0, 0, 2, 0]);
    });
}

#[test]
fn sales_are_listed_page_by_page() {
    on_empty("flash_list", |server| {
        let made: Vec<String> =
            (0..7).map(|_| text(&server.post("/v1/flash-sales", &sale(1)).ok()["id"])).collect();
        let all = ids(&server.walk("/v1/flash-sales", 200));
        assert_eq!(all.len(), made.len());
        assert!(made.iter().all(|id| all.contains(id)));
        assert_eq!(ids(&server.walk("/v1/flash-sales", 2)), all);
        server.get("/v1/flash-sales?cursor=x").problem(422, "invalid_field");
    });
}

#[test]
fn whoever_follows_a_sale_hears_it_at_once_and_when_units_go() {
    on_empty("flash_events", |server| {
        open(server);
        let id = scheduled(server, 5);
        let mut stream = server.follow(&format!("/v1/flash-sales/{id}/events"));
        let heard = |stream: &mut Body| {
            let event = server.next_event(stream);
            assert!(event.starts_with("event: sale\n"), "{event}");
            let data = event.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
            serde_json::from_str::<Value>(data).unwrap()
        };
        let first = heard(&mut stream);
        assert_eq!((&first["id"], &first["items"][0]["n_left"]), (&json!(id), &json!(5)));
        assert_eq!(first["server_time"], "2026-03-01T12:00:00Z");
        let (quote, _) = priced(server, Some("v-1"), 2);
        server.post_text(&format!("/v1/quotes/{quote}/hold"), "").ok();
        server.clock.advance_seconds(1);
        let next = heard(&mut stream);
        assert_eq!(
            (&next["items"][0]["n_left"], &next["items"][0]["n_held"]),
            (&json!(3), &json!(2))
        );
        step(server, &id, "end").ok();
        server.clock.advance_seconds(1);
        assert_eq!(heard(&mut stream)["state"], "ended");
    });
}
