//! Stock over the interface: locations, SKUs, movements, counts, deliveries, files.

use axum::body::Body;
use axum::http::Method;
use mercer_ledger::verify::verify;
use serde_json::{Value, json};

use crate::support::{Server, on_empty};

/// Two locations, a lamp at the main one, twelve of it.
fn open(server: &Server) {
    for (code, priority) in [("main", 1), ("outlet", 2)] {
        let draft = json!({ "code": code, "name": code, "priority": priority });
        server.put("/v1/locations", &draft).ok();
    }
    let lamp = json!({ "locations": ["main"], "low_threshold": 3, "unit_cost_minor": 700 });
    server.put("/v1/stock/LAMP", &lamp).ok();
    receive(server, "note-1", 12);
}

fn movement(key: &str, reason: &str, quantity: i64) -> Value {
    json!({ "key": key, "reason": reason, "sku": "LAMP", "location": "main", "quantity": quantity })
}

fn receive(server: &Server, key: &str, quantity: i64) {
    let body = json!({ "movements": [movement(key, "received", quantity)] });
    server.post("/v1/stock/movements", &body).ok();
}

/// On hand, held, available, incoming of a SKU, while the whole ledger adds up.
fn figures(server: &Server, sku: &str) -> [i64; 4] {
    assert_eq!(server.shop.context.db.read(verify).unwrap(), Vec::<String>::new());
    let row = server.json(&format!("/v1/stock/{sku}"));
    ["on_hand", "held", "available", "incoming"].map(|name| row[name].as_i64().unwrap())
}

fn texts(rows: &[Value], name: &str) -> Vec<String> {
    rows.iter().map(|row| row[name].as_str().unwrap().to_owned()).collect()
}

#[test]
fn locations_are_made_and_changed_by_their_code() {
    on_empty("locations", |server| {
        open(server);
        let listed = server.json("/v1/locations")["items"].clone();
        assert_eq!(texts(listed.as_array().unwrap(), "code"), ["main", "outlet"]);
        let draft = json!({ "code": "outlet", "name": "Outlet, Leeds", "countries": ["GB", "IE"] });
        let changed = server.put("/v1/locations", &draft).ok();
        assert_eq!(changed["id"], listed[1]["id"], "the same location");
        let listed = server.json("/v1/locations")["items"].clone();
        assert_eq!(texts(listed.as_array().unwrap(), "code"), ["outlet", "main"], "priority 0");
        assert_eq!(listed[0]["countries"], json!(["GB", "IE"]));
        for (draft, field) in [
            (json!({ "code": "", "name": "x" }), "code"),
            (json!({ "code": "x", "name": " " }), "name"),
            (json!({ "code": "x", "name": "a\u{0}b" }), "name"),
        ] {
            let problem = server.put("/v1/locations", &draft).problem(422, "invalid_field");
            assert_eq!(problem["field"], field);
        }
        let settings = json!({ "choice": "fewest_parcels", "takes_orders_from": { "web": null } });
        let kept = server.put("/v1/stock/settings", &settings).ok();
        assert_eq!(kept["choice"], "fewest_parcels");
        assert_eq!(server.json("/v1/stock/settings"), kept);
        let odd = json!({ "choice": "odd" });
        server.put("/v1/stock/settings", &odd).problem(422, "invalid_field");
        assert_eq!(server.json("/v1/stock/settings"), kept);
    });
}

#[test]
fn a_sku_is_written_down_with_what_it_costs_and_where_it_is() {
    on_empty("stock_put", |server| {
        open(server);
        let lamp = server.json("/v1/stock/LAMP");
        assert_eq!((&lamp["unit_cost_minor"], &lamp["low_threshold"]), (&json!(700), &json!(3)));
        assert_eq!(
            (&lamp["places"][0]["location"], &lamp["is_low"]),
            (&json!("main"), &json!(false))
        );
        assert_eq!(lamp["places"][0]["lots"][0]["quantity"], 12);
        for (body, field) in [
            (json!({ "unit_cost_minor": -1 }), "unit_cost_minor"),
            (json!({ "locations": ["main", "moon"] }), "locations[1]"),
            (
                json!({ "back_order": { "quantity_max": 0, "location": "main" } }),
                "back_order.quantity_max",
            ),
            (
                json!({ "back_order": { "quantity_max": 5, "location": "moon" } }),
                "back_order.location",
            ),
        ] {
            let problem = server.put("/v1/stock/LAMP", &body).problem(422, "invalid_field");
            assert_eq!(problem["field"], field);
        }
        server.put("/v1/stock/movements", &json!({})).problem(405, "invalid_request");
        assert_eq!(server.json("/v1/stock/LAMP"), lamp, "nothing was half written");
        let back = json!({ "back_order": { "quantity_max": 5, "location": "main" } });
        let lamp = server.put("/v1/stock/LAMP", &back).ok();
        assert_eq!(
            (&lamp["back_order"]["quantity_max"], &lamp["available"]),
            (&json!(5), &json!(12))
        );
        assert_eq!(lamp["unit_cost_minor"], Value::Null, "what is left out is none");
        server.get("/v1/stock/TORCH").problem(404, "not_found");
        let odd = "K%C3%A4se%20%2F%2050%25";
        server.put(&format!("/v1/stock/{odd}"), &json!({})).ok();
        assert_eq!(server.json(&format!("/v1/stock/{odd}"))["sku"], "Käse / 50%");
    });
}

#[test]
fn a_movement_is_booked_once_by_its_key_and_a_batch_whole_or_not_at_all() {
    on_empty("movements", |server| {
        open(server);
        assert_eq!(figures(server, "LAMP"), [12, 0, 12, 0]);
        let batch = json!({ "movements": [
            movement("s-1", "sold", 2),
            { "key": "m-1", "reason": "moved", "sku": "LAMP", "location": "main",
              "to_location": "outlet", "quantity": 4 },
        ] });
        let booked = server.post("/v1/stock/movements", &batch).ok();
        assert_eq!(booked["movements"][0]["is_new"], true);
        assert_eq!(booked["movements"][1]["level"]["available"], 6);
        let again = server.post("/v1/stock/movements", &batch).ok();
        assert_eq!(again["movements"][0]["is_new"], false);
        assert_eq!(again["movements"][0]["transfer_id"], booked["movements"][0]["transfer_id"]);
        assert_eq!(figures(server, "LAMP"), [10, 0, 10, 0]);
        let reused = json!({ "movements": [movement("s-1", "sold", 3)] });
        let problem = server.post("/v1/stock/movements", &reused).json();
        assert_eq!(
            (&problem["code"], &problem["field"]),
            (&json!("idempotency_key_reused"), &json!("movements[0].key"))
        );
        let n = server.walk("/v1/stock/LAMP/movements", 50).len();
        let bad = |second: Value, code: &str, status: u16| {
            let batch = json!({ "movements": [movement("good", "received", 5), second] });
            let problem = server.post("/v1/stock/movements", &batch).problem(status, code);
            assert_eq!(figures(server, "LAMP"), [10, 0, 10, 0], "all or none");
            problem["field"].as_str().unwrap().to_owned()
        };
        let with = |name: &str, value: Value| {
            let mut one = movement("bad", "received", 1);
            one[name] = value;
            bad(one, "invalid_field", 422)
        };
        assert_eq!(with("sku", json!("TORCH")), "movements[1].sku");
        assert_eq!(with("location", json!("moon")), "movements[1].location");
        assert_eq!(with("key", json!(" ")), "movements[1].key");
        assert_eq!(with("to_location", json!("outlet")), "movements[1].to_location");
        for quantity in [json!(-1), json!(0), json!(i64::MAX), json!(1.5), json!("1")] {
            assert_eq!(with("quantity", quantity), "movements[1].quantity");
        }
        assert_eq!(with("reason", json!("stolen")), "movements[1].reason");
        let too_many = movement("bad", "sold", 12);
        assert_eq!(bad(too_many, "out_of_stock", 409), "movements[1].quantity");
        assert_eq!(server.walk("/v1/stock/LAMP/movements", 50).len(), n);
        let none = json!({ "movements": [] });
        server.post("/v1/stock/movements", &none).problem(422, "invalid_field");
        let many: Vec<Value> =
            (0..501).map(|n| movement(&format!("k-{n}"), "received", 1)).collect();
        let many = json!({ "movements": many });
        server.post("/v1/stock/movements", &many).problem(413, "too_large");
    });
}

#[test]
fn movements_are_read_page_by_page_without_loss() {
    on_empty("movement_pages", |server| {
        open(server);
        for number in 0..23 {
            let reason = ["received", "sold", "damaged", "returned"][number % 4];
            let mut batch = vec![movement(&format!("a-{number}"), reason, 1)];
            if number % 5 == 0 {
                batch.push(json!({
                    "key": format!("b-{number}"), "reason": "moved", "sku": "LAMP",
                    "location": "main", "to_location": "outlet", "quantity": 1,
                }));
            }
            server.post("/v1/stock/movements", &json!({ "movements": batch })).ok();
        }
        let all = server.walk("/v1/stock/LAMP/movements", 200);
        // The receipt, 23 movements, and five moves, each told by both locations.
        assert_eq!(all.len(), 1 + 23 + 10);
        for limit in [1, 2, 7, 33, 34] {
            assert_eq!(server.walk("/v1/stock/LAMP/movements", limit), all, "pages of {limit}");
        }
        for pair in all.windows(2) {
            assert!(pair[0]["transfer_id"].as_i64() >= pair[1]["transfer_id"].as_i64());
        }
        let sum = |name: &str| all.iter().map(|row| row[name].as_i64().unwrap()).sum::<i64>();
        let found = figures(server, "LAMP");
        assert_eq!([sum("on_hand"), sum("held"), sum("available")], found[..3]);
        server.get("/v1/stock/TORCH/movements").problem(404, "not_found");
        server.get("/v1/stock/LAMP/movements?cursor=x").problem(422, "invalid_field");
    });
}

#[test]
fn a_count_corrects_the_books_and_says_by_how_much() {
    on_empty("counts", |server| {
        open(server);
        let count = |key: &str, counted: i64| {
            let body = json!({ "counts": [
                { "key": key, "sku": "LAMP", "location": "main", "counted": counted },
            ] });
            server.post("/v1/stock/counts", &body)
        };
        let less = count("c-1", 9).ok()["counts"][0].clone();
        assert_eq!(
            (&less["before"], &less["difference"], &less["is_new"]),
            (&json!(12), &json!(-3), &json!(true))
        );
        receive(server, "note-2", 2);
        let again = count("c-1", 9).ok()["counts"][0].clone();
        assert_eq!((&again["is_new"], &again["difference"]), (&json!(false), &json!(-3)));
        assert_eq!(figures(server, "LAMP"), [11, 0, 11, 0]);
        let right = count("c-2", 11).ok()["counts"][0].clone();
        assert_eq!((&right["difference"], &right["transfer_id"]), (&json!(0), &Value::Null));
        assert_eq!(count("c-3", -1).problem(422, "invalid_field")["field"], "counts[0].counted");
        assert_eq!(count("c-4", 0).ok()["counts"][0]["difference"], -11);
        assert_eq!(figures(server, "LAMP"), [0, 0, 0, 0]);
        server.shop.settle().unwrap();
        assert_eq!(server.json("/v1/stock/LAMP")["is_low"], true);
        let low = server.walk("/v1/stock?low=true", 50);
        assert_eq!(texts(&low, "sku"), ["LAMP"]);
    });
}

#[test]
fn a_delivery_is_expected_and_comes_in_parts() {
    on_empty("incoming", |server| {
        open(server);
        let new = json!({
            "key": "po-7:1", "sku": "LAMP", "location": "main", "quantity": 30,
            "due_on": "2026-03-09", "reference": "PO 7",
        });
        let expected = server.post("/v1/stock/incoming", &new).ok();
        assert_eq!((&expected["outstanding"], &expected["closed_at"]), (&json!(30), &Value::Null));
        assert_eq!(server.post("/v1/stock/incoming", &new).ok(), expected);
        assert_eq!(figures(server, "LAMP"), [12, 0, 12, 30]);
        let mut other = new.clone();
        other["quantity"] = json!(31);
        let reused = server.post("/v1/stock/incoming", &other).json();
        assert_eq!(reused["code"], "idempotency_key_reused", "{reused}");
        for (name, value) in
            [("sku", json!("TORCH")), ("quantity", json!(-3)), ("due_on", json!("soon"))]
        {
            let mut bad = new.clone();
            bad["key"] = json!("po-8");
            bad[name] = value;
            let problem = server.post("/v1/stock/incoming", &bad).problem(422, "invalid_field");
            assert_eq!(problem["field"], name);
        }
        let path = format!("/v1/stock/incoming/{}", expected["id"].as_str().unwrap());
        let receipts = format!("{path}/receipts");
        let part = json!({ "key": "r-1", "quantity": 10 });
        for _ in 0..2 {
            assert_eq!(server.post(&receipts, &part).ok()["outstanding"], 20);
            assert_eq!(figures(server, "LAMP"), [22, 0, 22, 20]);
        }
        let beyond = json!({ "key": "r-2", "quantity": 21 });
        let problem = server.post(&receipts, &beyond).problem(409, "conflict");
        assert_eq!(problem["field"], "quantity");
        let rest = json!({ "key": "r-3", "quantity": 20, "outcome": "cancelled" });
        let closed = server.post(&receipts, &rest).ok();
        assert_eq!(closed["closed_at"], "2026-03-01T12:00:00Z");
        assert_eq!(server.json(&path), closed);
        assert_eq!(figures(server, "LAMP"), [22, 0, 22, 0]);
        assert_eq!(server.json("/v1/stock/incoming")["items"], json!([]));
        assert_eq!(server.walk("/v1/stock/incoming?all=true&sku=LAMP", 1), [closed]);
        server.post("/v1/stock/incoming/inc_none/receipts", &part).problem(404, "not_found");
    });
}

#[test]
fn the_list_is_filtered_and_walked_beyond_a_page() {
    on_empty("stock_list", |server| {
        open(server);
        let mut file = "sku,location,quantity,threshold\n".to_owned();
        for number in 0..120 {
            let place = if number % 3 == 0 { "outlet" } else { "main" };
            file += &format!("CUP-{number:03},{place},{number},{}\n", 10);
        }
        let report = server.upload("/v1/stock/imports", file).ok();
        assert_eq!((&report["n_changed"], &report["n_rejected"]), (&json!(120), &json!(0)));
        server.shop.settle().unwrap();
        let first = server.json("/v1/stock");
        assert_eq!(first["items"].as_array().unwrap().len(), 50);
        assert_eq!(first["total"], 121);
        let all = texts(&server.walk("/v1/stock", 200), "sku");
        assert_eq!(all.len(), 121);
        assert!(all.is_sorted());
        assert_eq!(texts(&server.walk("/v1/stock", 7), "sku"), all);
        let low = server.walk("/v1/stock?low=true", 4);
        assert_eq!(low.len(), 11, "0 to 10 of a thing");
        assert!(low.iter().all(|row| row["on_hand"].as_i64().unwrap() <= 10));
        let outlet = server.walk("/v1/stock?location=outlet", 9);
        assert_eq!(outlet.len(), 40);
        assert_eq!(outlet[1]["on_hand"], 3);
        assert_eq!(texts(&server.walk("/v1/stock?q=cup-11", 50), "sku").len(), 10);
        assert_eq!(server.json("/v1/stock?q=torch")["total"], 0);
        assert_eq!(
            server.get("/v1/stock?location=moon").problem(422, "invalid_field")["field"],
            "location"
        );
        server.get("/v1/stock?limit=0").problem(422, "invalid_field");
        server.get("/v1/stock?cursor=x").problem(422, "invalid_field");
    });
}

#[test]
fn what_a_quote_holds_is_listed_until_it_is_given_back() {
    on_empty("stock_holds", |server| {
        open(server);
        let draft = json!({ "external_id": "1", "title": "Lamp", "variants": [{ "sku": "LAMP" }] });
        server.post("/v1/products", &draft).ok();
        let cart = |quantity: i64| {
            let line = json!({ "sku": "LAMP", "quantity": quantity, "unit_price_minor": 500 });
            json!({ "lines": [line] })
        };
        let quote = |quantity: i64| {
            let quote = server.post("/v1/quotes", &cart(quantity)).ok();
            quote["id"].as_str().unwrap().to_owned()
        };
        let held: Vec<String> = [3, 4].map(&quote).to_vec();
        let late = quote(6);
        for id in &held {
            server.post_text(&format!("/v1/quotes/{id}/hold"), "").ok();
        }
        assert_eq!(figures(server, "LAMP"), [12, 7, 5, 0]);
        let holds = server.walk("/v1/stock/LAMP/holds", 1);
        let mut subjects = texts(&holds, "subject");
        subjects.sort();
        let mut wanted = held.clone();
        wanted.sort();
        assert_eq!(subjects, wanted);
        assert!(holds.iter().all(|hold| hold["location"] == "main"));
        assert!(holds.iter().all(|hold| hold["expires_at"] == "2026-03-01T12:15:00Z"));
        let short = server.post_text(&format!("/v1/quotes/{late}/hold"), "");
        let problem = short.problem(409, "out_of_stock");
        assert!(problem["detail"].as_str().unwrap().contains('5'), "{problem}");
        let sold = json!({ "movements": [movement("s", "sold", 6)] });
        server.post("/v1/stock/movements", &sold).problem(409, "out_of_stock");
        server.post_text(&format!("/v1/quotes/{}/release", held[0]), "").ok();
        assert_eq!(figures(server, "LAMP"), [12, 4, 8, 0]);
        assert_eq!(texts(&server.walk("/v1/stock/LAMP/holds", 50), "subject"), held[1..]);
        let reasons = texts(&server.walk("/v1/stock/LAMP/movements", 2), "reason");
        assert_eq!(reasons, ["released", "held", "held", "received"]);
        server.get("/v1/stock/TORCH/holds").problem(404, "not_found");
    });
}

#[test]
fn an_allocation_is_tried_dry_with_its_reasons() {
    on_empty("allocate", |server| {
        open(server);
        let moved = json!({ "movements": [{
            "key": "m", "reason": "moved", "sku": "LAMP", "location": "main",
            "to_location": "outlet", "quantity": 5,
        }] });
        server.post("/v1/stock/movements", &moved).ok();
        let lines = |quantity: i64| json!([{ "sku": "LAMP", "quantity": quantity }]);
        let found = server.post("/v1/stock/allocate", &json!({ "lines": lines(9) })).ok();
        let places = found["lines"][0]["places"].as_array().unwrap();
        let taken: Vec<(&str, i64)> = places
            .iter()
            .map(|one| (one["location"].as_str().unwrap(), one["quantity"].as_i64().unwrap()))
            .collect();
        assert_eq!(taken, [("main", 7), ("outlet", 2)]);
        assert_eq!(found["n_parcels"], 2);
        let reasons = found["reasons"].as_array().unwrap();
        assert!(texts(reasons, "code").contains(&"by_priority".to_owned()), "{found}");
        assert!(reasons.iter().all(|one| one["sentence"].as_str().unwrap().ends_with('.')));
        let short = server.post("/v1/stock/allocate", &json!({ "lines": lines(13) })).ok();
        assert_eq!(short["lines"][0]["places"], json!([]));
        assert_eq!(short["lines"][0]["n_found"], 12);
        assert!(texts(short["reasons"].as_array().unwrap(), "code").contains(&"short".to_owned()));
        let take = json!({ "lines": lines(13), "short_lines": "take_what_is_there" });
        assert_eq!(server.post("/v1/stock/allocate", &take).ok()["n_parcels"], 2);
        let fewest = json!({ "lines": lines(5), "choice": "fewest_parcels" });
        assert_eq!(server.post("/v1/stock/allocate", &fewest).ok()["n_parcels"], 1);
        for (cart, field) in [
            (json!({ "lines": lines(0) }), "lines[0].quantity"),
            (json!({ "lines": lines(-1) }), "lines[0].quantity"),
            (json!({ "lines": lines(1), "choice": "odd" }), "choice"),
        ] {
            let problem = server.post("/v1/stock/allocate", &cart).problem(422, "invalid_field");
            assert_eq!(problem["field"], field);
        }
        assert_eq!(figures(server, "LAMP"), [12, 0, 12, 0], "nothing is held");
    });
}

const FILE: &str = "\
sku,location,quantity,cost,threshold,incoming,due
LAMP,main,10,3.50,5,20,2026-04-01
LAMP,outlet,4,,,,
CUP,main,7,,,,
BAD,nowhere,1,,,,
WORSE,main,-2,,,,
ODD,main,many,,,,
";

#[test]
fn a_stock_file_is_looked_at_booked_once_and_its_bad_rows_are_named() {
    on_empty("stock_upload", |server| {
        open(server);
        let query = "file_name=stock.csv&currency=GBP";
        let preview = server.upload(&format!("/v1/stock/imports/preview?{query}"), FILE).ok();
        assert_eq!((&preview["n_rows"], &preview["sample"][0][0]), (&json!(6), &json!("LAMP")));
        assert_eq!(figures(server, "LAMP"), [12, 0, 12, 0], "a look books nothing");
        let path = format!("/v1/stock/imports?{query}");
        let report = server.upload(&path, FILE).ok();
        let figure = |report: &Value, name: &str| report[name].as_i64().unwrap();
        let sums = |report: &Value| {
            ["n_rows", "n_changed", "n_unchanged", "n_rejected"].map(|name| figure(report, name))
        };
        assert_eq!(sums(&report), [6, 3, 0, 3]);
        assert_eq!(figure(&report, "n_skus_added"), 1);
        let rejects: Vec<(i64, &str)> = report["rejects"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["line"].as_i64().unwrap(), one["column"].as_str().unwrap()))
            .collect();
        assert_eq!(rejects, [(5, "location"), (6, "quantity"), (7, "quantity")]);
        assert_eq!(figures(server, "LAMP"), [14, 0, 14, 20]);
        let sold = json!({ "movements": [movement("s", "sold", 3)] });
        server.post("/v1/stock/movements", &sold).ok();
        let again = server.upload(&path, FILE).ok();
        assert_eq!(sums(&again), [6, 0, 3, 3]);
        assert_eq!(again["booked_before_at"], "2026-03-01T12:00:00Z");
        assert_eq!(figures(server, "LAMP"), [11, 0, 11, 20], "what was sold stays sold");
        server.clock.advance_seconds(1);
        assert_eq!(sums(&server.upload(&format!("{path}&again=true"), FILE).ok())[1..], [1, 2, 3]);
        assert_eq!(figures(server, "LAMP"), [14, 0, 14, 20]);
        let new = format!("{path}&make_locations=true");
        let report = server.upload(&new, "sku,location,quantity\nBAD,nowhere,1\n").ok();
        assert_eq!(report["locations_made"], json!(["nowhere"]));
        for bad in ["", "colour\nred\n", "\u{0}\u{1}PNG"] {
            server.upload(&path, bad).problem(400, "invalid_request");
        }
        server.upload("/v1/stock/imports?dates=odd", FILE).problem(400, "invalid_request");
    });
}

#[test]
fn a_key_for_reading_changes_nothing() {
    on_empty("stock_scope", |server| {
        open(server);
        let before = server.json("/v1/stock/LAMP");
        for (method, path) in [
            (Method::PUT, "/v1/locations"),
            (Method::PUT, "/v1/stock/settings"),
            (Method::PUT, "/v1/stock/LAMP"),
            (Method::POST, "/v1/stock/movements"),
            (Method::POST, "/v1/stock/counts"),
            (Method::POST, "/v1/stock/incoming"),
            (Method::POST, "/v1/stock/incoming/inc_x/receipts"),
            (Method::POST, "/v1/stock/imports"),
        ] {
            let request = server
                .request(method.clone(), path, &server.read_key)
                .header("content-type", "application/json");
            let answer = server.send(request.body(Body::from("{}")).unwrap());
            answer.problem(403, "forbidden");
            let request = axum::http::Request::builder().method(method).uri(path);
            let answer = server.send(request.body(Body::from("{}")).unwrap());
            assert_eq!(answer.status, 401, "{path}");
        }
        assert_eq!(server.json("/v1/stock/LAMP"), before);
    });
}
