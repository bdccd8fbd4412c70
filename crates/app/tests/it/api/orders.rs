//! Orders over the interface: versions, batches, and lists that walk through all of them.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::{Server, encoded, ids, on_empty, on_shop, order};

fn key_of(server: &Server, path: &str) -> Value {
    let mut row = server.json(path);
    row.as_object_mut().unwrap().remove("currency");
    row
}

#[test]
fn an_order_is_created_then_unchanged_then_changed_and_the_figures_follow() {
    on_empty("order_versions", |server| {
        let first = server.post("/v1/orders", &order("1001")).ok();
        assert_eq!(first["outcome"], "created");
        let id = first["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/orders/{id}");
        let detail = server.json(&path);
        assert_eq!(detail["number"], "1001");
        assert_eq!(detail["placed_at"], "2026-02-27T10:15:00Z");
        assert_eq!((&detail["total_minor"], &detail["items_minor"]), (&json!(1_150), &json!(900)));
        assert_eq!(detail["shipping_minor"], 250);
        assert_eq!(detail["customer"]["name"], "Ada Lovelace");
        assert_eq!(detail["lines"][0]["sku"], "TEA-1");
        let again = server.post("/v1/orders", &order("1001")).ok();
        assert_eq!(again, json!({"id": id, "outcome": "unchanged"}));
        assert_eq!(server.json(&path), detail);

        let mut changed = order("1001");
        changed["lines"][0]["quantity"] = json!(5);
        changed["lines"][0]["total_minor"] = json!(2_250);
        changed["status"] = json!("fulfilled");
        let third = server.post("/v1/orders", &changed).ok();
        assert_eq!(third, json!({"id": id, "outcome": "changed"}));
        let row = server.json("/v1/orders")["items"][0].clone();
        assert_eq!((&row["total_minor"], &row["n_units"]), (&json!(2_500), &json!(5)));
        assert_eq!(row["status"], "fulfilled");
        let product = key_of(server, "/v1/products/TEA-1");
        assert_eq!((&product["n_orders"], &product["n_units"]), (&json!(1), &json!(5)));
        assert_eq!(product["revenue_minor"], 2_250);
        let customer = key_of(server, "/v1/customers/c-17");
        assert_eq!((&customer["n_orders"], &customer["value_minor"]), (&json!(1), &json!(2_500)));

        changed["status"] = json!("cancelled");
        server.post("/v1/orders", &changed).ok();
        let product = key_of(server, "/v1/products/TEA-1");
        assert_eq!((&product["n_orders"], &product["revenue_minor"]), (&json!(0), &json!(0)));
        assert_eq!(key_of(server, "/v1/customers/c-17")["n_orders"], 0);
        assert_eq!(server.json("/v1/status")["n_orders"], 1, "it stays in the record");
    });
}

#[test]
fn a_bad_order_of_a_batch_does_not_stop_the_others() {
    on_empty("batch", |server| {
        server.post("/v1/orders", &order("3")).ok();
        let mut orders: Vec<Value> = (0..7).map(|i| order(&i.to_string())).collect();
        orders[2]["lines"][0]["quantity"] = json!("two");
        orders[4]["lines"][0]["quantity"] = json!(-2);
        orders[5] = json!("an order");
        let answer = server.post("/v1/orders/batch", &json!({ "orders": orders })).ok();
        let results = answer["results"].as_array().unwrap();
        let verdict = |i: usize| {
            let result = &results[i];
            assert_eq!(result["index"], i);
            assert!(result.get("id").is_some() != result.get("problem").is_some(), "{result}");
            match result["outcome"].as_str() {
                Some(outcome) => outcome.to_owned(),
                None => result["problem"]["field"].as_str().unwrap_or_default().to_owned(),
            }
        };
        let verdicts: Vec<String> = (0..7).map(verdict).collect();
        let bad = "lines[0].quantity";
        assert_eq!(verdicts[..5], ["created", "created", bad, "unchanged", bad]);
        assert_eq!(results[5]["problem"]["code"], "invalid_field");
        assert_eq!(verdicts[6], "created");
        let mut kept: Vec<String> = server
            .walk("/v1/orders", 3)
            .iter()
            .map(|row| row["number"].as_str().unwrap().to_owned())
            .collect();
        kept.sort();
        assert_eq!(kept, ["0", "1", "3", "6"]);
        for (i, row) in results.iter().enumerate().filter(|(_, row)| row.get("id").is_some()) {
            let found = server.json(&format!("/v1/orders/{}", row["id"].as_str().unwrap()));
            assert_eq!(found["number"], i.to_string());
        }
    });
}

#[test]
fn a_batch_has_at_most_500_orders() {
    on_empty("batch_limit", |server| {
        let orders: Vec<Value> = (0..501).map(|i| order(&i.to_string())).collect();
        let too_many = server.post("/v1/orders/batch", &json!({ "orders": orders }));
        assert_eq!(too_many.problem(422, "invalid_field")["field"], "orders");
        assert_eq!(server.json("/v1/status")["n_orders"], 0);
        let all = server.post("/v1/orders/batch", &json!({ "orders": &orders[1..] })).ok();
        assert_eq!(all["results"].as_array().unwrap().len(), 500);
        assert_eq!(server.json("/v1/status")["n_orders"], 500);
        let none = server.post("/v1/orders/batch", &json!({ "orders": [] })).ok();
        assert_eq!(none, json!({ "results": [] }));
        // The same order twice in one batch: the later version stands.
        let mut later = order("9");
        later["status"] = json!("fulfilled");
        let twice = json!({ "orders": [order("9"), later] });
        let twice = server.post("/v1/orders/batch", &twice).ok();
        assert_eq!(twice["results"][1]["outcome"], "changed", "{twice}");
    });
}

/// Checks that rows are in the order of the list and come once each, whatever the page's size.
fn assert_walks(
    server: &Server,
    path: &str,
    n: usize,
    key: impl Fn(&Value) -> Value,
) -> Vec<Value> {
    let whole = server.walk(path, 200);
    assert_eq!(whole.len(), n, "{path}");
    let mut unique = ids(&whole);
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), n, "{path}: each once");
    assert_eq!(ids(&server.walk(path, 7)), ids(&whole), "{path}: pages of 7");
    let keys: Vec<Value> = whole.iter().map(key).collect();
    for pair in keys.windows(2) {
        let is_in_order = match (&pair[0], &pair[1]) {
            (Value::String(a), Value::String(b)) if path.contains("sort=placed_at") => a <= b,
            (Value::String(a), Value::String(b)) => a >= b,
            (a, b) => a.as_i64() >= b.as_i64(),
        };
        assert!(is_in_order, "{path}: {pair:?}");
    }
    whole
}

#[test]
fn pages_walk_through_all_orders_exactly_once_in_every_order() {
    on_shop("order_pages", |server| {
        // Fifty at the same instant with the same total, so that only ids tell them apart.
        let same: Vec<Value> = (0..50).map(|i| order(&format!("same-{i}"))).collect();
        server.post("/v1/orders/batch", &json!({ "orders": same })).ok();
        let n = server.json("/v1/status")["n_orders"].as_u64().unwrap() as usize;
        assert!(n > 300, "{n}");
        let by_time = |row: &Value| row["placed_at"].clone();
        let latest = assert_walks(server, "/v1/orders", n, by_time);
        assert_walks(server, "/v1/orders?sort=-placed_at", n, by_time);
        let oldest = assert_walks(server, "/v1/orders?sort=placed_at", n, by_time);
        assert_walks(server, "/v1/orders?sort=-total", n, |row| row["total_minor"].clone());
        let backwards: Vec<String> = ids(&latest).into_iter().rev().collect();
        assert_eq!(ids(&oldest), backwards);
    });
}

#[test]
fn a_list_goes_on_where_it_stopped_when_orders_arrive_meanwhile() {
    on_shop("order_cursor", |server| {
        let before = ids(&server.walk("/v1/orders", 200));
        let page = server.json("/v1/orders?limit=10");
        let mut newest = order("newest");
        newest["placed_at"] = json!("2026-03-01T11:59:59Z");
        server.post("/v1/orders", &newest).ok();
        let cursor = page["next_cursor"].as_str().unwrap();
        let next = server.json(&format!("/v1/orders?limit=10&cursor={cursor}"));
        assert_eq!(ids(next["items"].as_array().unwrap()), before[10..20]);
    });
}

#[test]
fn filters_of_orders_give_what_they_say_and_nothing_else() {
    on_shop("order_filters", |server| {
        let all = server.walk("/v1/orders", 200);
        let with = |path: &str, is_in: &dyn Fn(&Value) -> bool| {
            let wanted: Vec<Value> = all.iter().filter(|row| is_in(row)).cloned().collect();
            assert_eq!(ids(&server.walk(path, 13)), ids(&wanted), "{path}");
            wanted.len()
        };
        let customer = all[0]["customer"]["id"].as_str().unwrap().to_owned();
        let n = with(&format!("/v1/orders?customer={customer}"), &|row| {
            row["customer"]["id"] == *customer
        });
        assert!(n > 0);
        for status in ["open", "fulfilled", "cancelled"] {
            with(&format!("/v1/orders?status={status}"), &|row| row["status"] == status);
        }
        let day = |row: &Value| row["placed_at"].as_str().unwrap()[..10].to_owned();
        // The channel is in London, which is on UTC until the end of March.
        let n = with("/v1/orders?from=2026-01-10&to=2026-02-03", &|row| {
            ("2026-01-10".to_owned()..="2026-02-03".to_owned()).contains(&day(row))
        });
        assert!(n > 5, "{n}");
        let (first, last) = (day(&all[0]), day(&all[all.len() - 1]));
        assert_eq!(with(&format!("/v1/orders?from={last}&to={first}"), &|_| true), all.len());
        with("/v1/orders?from=2026-02-03&to=2026-01-10", &|_| false);
        with("/v1/orders?channel=simshop", &|_| true);
        with("/v1/orders?channel=web", &|_| false);
        let product = server.json("/v1/products?limit=1")["items"][0].clone();
        let found =
            server.walk(&format!("/v1/orders?product={}", product["id"].as_str().unwrap()), 13);
        for row in &found {
            let order = server.json(&format!("/v1/orders/{}", row["id"].as_str().unwrap()));
            let lines = order["lines"].as_array().unwrap();
            assert!(lines.iter().any(|line| line["product_id"] == product["id"]));
        }
        let n_standing = found.iter().filter(|row| row["status"] != "cancelled").count();
        assert_eq!(product["n_orders"], n_standing);
        let number = all[3]["number"].as_str().unwrap().to_owned();
        assert!(
            with(&format!("/v1/orders?q={number}"), &|row| {
                row["number"].as_str().unwrap().contains(&number)
            }) >= 1
        );
    });
}

#[test]
fn a_search_takes_percent_underscore_quote_and_backslash_as_letters() {
    on_empty("order_search", |server| {
        let numbers = ["50%", "500", "a_b", "axb", "o'hara", "back\\slash", "Größe 🫖", "GROSS"];
        for number in numbers {
            assert_eq!(server.post("/v1/orders", &order(number)).status, StatusCode::OK);
        }
        let found = |text: &str| {
            let rows = server.walk(&format!("/v1/orders?q={}", encoded(text)), 50);
            let mut numbers: Vec<String> =
                rows.iter().map(|row| row["number"].as_str().unwrap().to_owned()).collect();
            numbers.sort();
            numbers
        };
        assert_eq!(found("50%"), ["50%"]);
        assert_eq!(found("%"), ["50%"]);
        assert_eq!(found("a_b"), ["a_b"]);
        assert_eq!(found("_"), ["a_b"]);
        assert_eq!(found("'"), ["o'hara"]);
        assert_eq!(found("\\"), ["back\\slash"]);
        assert_eq!(found("🫖"), ["Größe 🫖"]);
        assert_eq!(found("gross"), ["GROSS"]);
        assert_eq!(found("lovelace 50"), ["50%", "500"]);
        assert_eq!(found("ADA@example.com").len(), numbers.len());
        assert!(found("'; DROP TABLE orders; --").is_empty());
        assert_eq!(found("  ").len(), numbers.len(), "no words: no filter");
    });
}
