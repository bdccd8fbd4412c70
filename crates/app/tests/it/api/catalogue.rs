//! Products and customers: lists, single ones, figures over time.

use serde_json::{Value, json};

use crate::support::{Server, encoded, ids, on_empty, on_shop, order};

#[test]
fn a_product_with_a_quote_or_an_emoji_in_its_names_is_found_by_them() {
    on_empty("odd_product", |server| {
        let names = ["o'tea \"1\"", "🫖", "50%_off/now?", "a b+c#d", "..", "ÄÖ\\"];
        for name in names {
            let draft = json!({"external_id": name, "title": format!("Tea {name}"),
                               "variants": [{"sku": name, "price_minor": 450}]});
            let put = server.post("/v1/products", &draft).ok();
            assert_eq!(put["outcome"], "created");
            let path = format!("/v1/products/{}", encoded(name));
            let product = server.json(&path);
            assert_eq!(product["id"], put["id"]);
            assert_eq!((&product["sku"], &product["price_minor"]), (&json!(name), &json!(450)));
            assert_eq!(product["title"], format!("Tea {name}"));
            assert_eq!(server.json(&format!("{path}/sales"))["points"], json!([]));
            assert_eq!(server.post("/v1/products", &draft).ok()["outcome"], "unchanged");
            let found = server.json(&format!("/v1/products?q={}", encoded(name)));
            assert!(ids(found["items"].as_array().unwrap()).contains(&json_text(&put["id"])));
            let mut sold = order(name);
            sold["channel"] = json!("shop");
            sold["lines"][0]["sku"] = json!(name);
            server.post("/v1/orders", &sold).ok();
            assert_eq!(server.json(&path)["n_orders"], 1, "{name}");
        }
        assert_eq!(server.json("/v1/products")["total"], names.len());
    });
}

fn json_text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn a_product_changes_and_says_what_is_wrong_with_a_draft() {
    on_empty("product_draft", |server| {
        let draft = json!({"external_id": "17", "title": "Assam",
                           "variants": [{"sku": "TEA-1", "price_minor": 450},
                                        {"sku": "TEA-2", "title": "500 g"}]});
        let id = server.post("/v1/products", &draft).ok()["id"].clone();
        let mut dearer = draft.clone();
        dearer["variants"][0]["price_minor"] = json!(475);
        assert_eq!(
            server.post("/v1/products", &dearer).ok(),
            json!({"id": id, "outcome": "changed"})
        );
        let product = server.json("/v1/products/TEA-2");
        assert_eq!(product["id"], id);
        assert_eq!(product["price_minor"], 475);
        assert_eq!(product["variants"][1]["title"], "500 g");
        let field = |change: &dyn Fn(&mut Value)| {
            let mut bad = draft.clone();
            change(&mut bad);
            let problem = server.post("/v1/products", &bad).problem(422, "invalid_field");
            json_text(&problem["field"])
        };
        assert_eq!(field(&|p| p["variants"] = json!([])), "variants");
        assert_eq!(field(&|p| p["variants"][1]["sku"] = json!("TEA-1")), "variants[1].sku");
        assert_eq!(
            field(&|p| p["variants"][0]["price_minor"] = json!(-1)),
            "variants[0].price_minor"
        );
        assert_eq!(field(&|p| p["title"] = json!("")), "title");
        assert_eq!(field(&|p| p["colour"] = json!("red")), "colour");
    });
}

/// Checks a list in one order against the whole of it.
fn assert_sorted(server: &Server, list: &str, sort: &str, key: &str) {
    let path = format!("{list}?sort={sort}");
    let rows = server.walk(&path, 200);
    assert!(!rows.is_empty());
    assert_eq!(ids(&server.walk(&path, 5)), ids(&rows), "{path}");
    let mut unique = ids(&rows);
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), rows.len(), "{path}: each once");
    for pair in rows.windows(2) {
        let is_in_order = match (&pair[0][key], &pair[1][key]) {
            (Value::String(a), Value::String(b)) if sort == "title" => a <= b,
            (Value::String(a), Value::String(b)) => a >= b,
            (a, b) => a.as_i64() >= b.as_i64(),
        };
        assert!(is_in_order, "{path}: {} {}", pair[0][key], pair[1][key]);
    }
}

#[test]
fn pages_walk_through_all_products_and_customers_in_every_order() {
    on_shop("catalogue_pages", |server| {
        for (sort, key) in [
            ("-revenue", "revenue_minor"),
            ("-units", "n_units"),
            ("-last_sold", "last_sold_at"),
            ("title", "title"),
        ] {
            assert_sorted(server, "/v1/products", sort, key);
        }
        for (sort, key) in
            [("-value", "value_minor"), ("-orders", "n_orders"), ("-last_order", "last_order_at")]
        {
            assert_sorted(server, "/v1/customers", sort, key);
        }
        let status = server.json("/v1/status");
        assert_eq!(server.json("/v1/products")["total"], status["n_products"]);
        assert_eq!(server.json("/v1/customers")["total"], status["n_customers"]);
        assert_eq!(server.walk("/v1/products", 9).len(), 24);
    });
}

#[test]
fn a_products_sales_over_time_add_up_to_its_orders() {
    on_shop("product_sales", |server| {
        let product = server.json("/v1/products?limit=1")["items"][0].clone();
        let path = format!("/v1/products/{}/sales", json_text(&product["id"]));
        let sum = |sales: &Value, field: &str| {
            let points = sales["points"].as_array().unwrap();
            points.iter().map(|point| point[field].as_i64().unwrap()).sum::<i64>()
        };
        let by_day = server.json(&format!("{path}?by=day"));
        let by_week = server.json(&path);
        assert_eq!((&by_day["by"], &by_week["by"]), (&json!("day"), &json!("week")));
        let units = |sales: &Value| sum(sales, "n_units");
        assert_eq!(units(&by_day), units(&by_week));
        assert!(units(&by_day) > 0);
        let points = by_day["points"].as_array().unwrap();
        let dates: Vec<String> = points.iter().map(|point| json_text(&point["date"])).collect();
        assert!(dates.windows(2).all(|pair| pair[0] < pair[1]), "{dates:?}");
        let part = server.json(&format!("{path}?by=day&from={}&to={}", dates[3], dates[9]));
        assert_eq!(part["points"].as_array().unwrap()[..], points[3..=9]);
        server.get(&format!("{path}?by=month")).problem(422, "invalid_field");
        server.get(&format!("{path}?from=today")).problem(400, "invalid_request");
    });
}

#[test]
fn the_customers_of_a_segment_are_as_many_as_the_segment_says() {
    on_shop("segment_filter", |server| {
        let segments = server.json("/v1/segments");
        let mut n_all = 0;
        for segment in segments["items"].as_array().unwrap() {
            let code = json_text(&segment["code"]);
            let members = server.walk(&format!("/v1/customers?segment={code}"), 6);
            assert_eq!(segment["n_customers"], members.len(), "{code}");
            let page = server.json(&format!("/v1/customers?segment={code}&limit=1"));
            assert_eq!(page["total"], members.len(), "{code}");
            let value: i64 = members.iter().map(|row| row["value_minor"].as_i64().unwrap()).sum();
            assert_eq!(segment["value_minor"], value, "{code}");
            for member in &members {
                assert_eq!(member["segment"]["code"], code.as_str());
            }
            n_all += members.len();
        }
        assert!(n_all > 20, "{n_all}");
        assert!(server.walk("/v1/customers?segment=none", 50).is_empty());
        let countries = server.json("/v1/countries")["items"].clone();
        let mut n_with_country = 0;
        for country in countries.as_array().unwrap() {
            let path = format!("/v1/customers?country={}", encoded(country.as_str().unwrap()));
            n_with_country += server.walk(&path, 50).len();
        }
        assert_eq!(server.json("/v1/status")["n_customers"], n_with_country);
    });
}

#[test]
fn a_customer_is_shown_with_the_segment_and_why() {
    on_shop("customer_why", |server| {
        let row = server.json("/v1/customers?limit=1")["items"][0].clone();
        let id = json_text(&row["id"]);
        let customer = server.json(&format!("/v1/customers/{id}"));
        assert_eq!(customer["name"], row["name"]);
        assert_eq!(customer["segment"], row["segment"]);
        assert_eq!(customer["rfm"]["n_orders"], row["n_orders"]);
        assert!((1..=5).contains(&customer["rfm"]["monetary_score"].as_i64().unwrap()));
        let reasons = customer["segment_reasons"].as_array().unwrap();
        assert!(!reasons.is_empty());
        assert!(reasons.iter().all(|reason| json_text(&reason["sentence"]).len() > 10));
        let decision = json_text(&customer["segment_decision_id"]);
        assert_eq!(server.json(&format!("/v1/decisions/{decision}"))["subject"], id.as_str());
        // The shop's own id is as good.
        let external = encoded(row["external_id"].as_str().unwrap());
        assert_eq!(server.json(&format!("/v1/customers/{external}")), customer);
        let name = json_text(&row["name"]).to_uppercase();
        let found = server.walk(&format!("/v1/customers?q={}", encoded(&name)), 50);
        assert!(ids(&found).contains(&id));
    });
}

#[test]
fn a_customers_timeline_walks_through_everything_latest_first() {
    on_shop("timeline", |server| {
        let row = server.json("/v1/customers?sort=-orders&limit=1")["items"][0].clone();
        let path = format!("/v1/customers/{}/timeline", json_text(&row["id"]));
        let whole = server.walk(&path, 200);
        assert_eq!(server.walk(&path, 2), whole, "pages of 2");
        let orders = server.walk(&format!("/v1/orders?customer={}", json_text(&row["id"])), 200);
        let of_kind = |kind: &str| whole.iter().filter(|entry| entry["kind"] == kind).count();
        assert_eq!(of_kind("order"), orders.len());
        assert_eq!(of_kind("segment_entered"), 1);
        let at: Vec<String> = whole.iter().map(|entry| json_text(&entry["at"])).collect();
        assert!(at.windows(2).all(|pair| pair[0] >= pair[1]), "{at:?}");
    });
}
