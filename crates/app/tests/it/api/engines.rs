//! Recommendations, forecasts, segments: answers with reasons, and what cannot be asked.

use serde_json::{Value, json};

use crate::support::{Server, encoded, on_empty, on_shop, order};

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn assert_reasons(answer: &Value) {
    for item in answer["items"].as_array().unwrap() {
        let reasons = item["reasons"].as_array().unwrap();
        assert!(!reasons.is_empty(), "{item}");
        for reason in reasons {
            assert!(!text(&reason["code"]).is_empty());
            assert!(text(&reason["sentence"]).len() > 10, "{reason}");
        }
    }
}

fn best_seller(server: &Server) -> Value {
    server.json("/v1/products?sort=-units&limit=1")["items"][0].clone()
}

#[test]
fn a_product_has_companions_by_its_id_and_by_its_sku() {
    on_shop("recommend_product", |server| {
        let product = best_seller(server);
        let by_id = server.json(&format!("/v1/recommendations?product={}", text(&product["id"])));
        let sku = encoded(product["sku"].as_str().unwrap());
        let by_sku = server.json(&format!("/v1/recommendations?product={sku}"));
        assert_eq!(by_id, by_sku);
        assert_eq!((&by_id["context"], &by_id["subject"]), (&json!("product"), &product["id"]));
        let items = by_id["items"].as_array().unwrap();
        assert_eq!(items.len(), 10);
        assert!(items.iter().all(|item| item["product"]["id"] != product["id"]));
        assert_reasons(&by_id);
        assert_eq!(by_id["computed_at"], "2026-03-01T12:00:00Z");
        let decision = text(&by_id["decision_id"]);
        let decision = server.json(&format!("/v1/decisions/{decision}"));
        assert_eq!(decision["subject"], product["id"]);
        let three = server.json(&format!("/v1/recommendations?product={sku}&limit=3"));
        assert_eq!(three["items"].as_array().unwrap()[..], items[..3]);
    });
}

#[test]
fn a_cart_and_a_customer_get_suggestions_also_where_much_is_unknown() {
    on_shop("recommend_others", |server| {
        let product = best_seller(server);
        let sku = text(&product["sku"]);
        let cart = |cart: &str| {
            server.json(&format!("/v1/recommendations?cart={}&limit=5", encoded(cart)))
        };
        let known = cart(&sku);
        assert_eq!(known["context"], "cart");
        assert!(
            known["items"].as_array().unwrap().iter().all(|item| item["product"]["sku"] != sku)
        );
        assert_reasons(&known);
        let mixed = cart(&format!("{sku}, NOT-SOLD-HERE ,🫖"));
        assert_eq!(mixed["items"].as_array().unwrap().len(), 5);
        for odd in ["NOT-SOLD-HERE", "", ",,,"] {
            let popular = cart(odd);
            assert_eq!(popular["items"].as_array().unwrap().len(), 5, "{odd}");
            assert!(popular["items"].as_array().unwrap().iter().all(|i| i["source"] == "popular"));
            assert_reasons(&popular);
        }
        let many = vec!["X"; 501].join(",");
        let refused = server.get(&format!("/v1/recommendations?cart={many}"));
        assert_eq!(refused.problem(422, "invalid_field")["field"], "cart");
        let customer = server.json("/v1/customers?limit=1")["items"][0].clone();
        let id = text(&customer["id"]);
        let theirs = server.json(&format!("/v1/recommendations?customer={id}"));
        assert_eq!((&theirs["context"], &theirs["subject"]), (&json!("customer"), &customer["id"]));
        assert!(!theirs["items"].as_array().unwrap().is_empty());
        assert_reasons(&theirs);
        let external = encoded(customer["external_id"].as_str().unwrap());
        assert_eq!(server.json(&format!("/v1/recommendations?customer={external}")), theirs);
    });
}

#[test]
fn a_question_about_nothing_or_two_things_is_refused() {
    on_shop("recommend_bad", |server| {
        let sku = encoded(best_seller(server)["sku"].as_str().unwrap());
        for query in ["", "product=x&cart=y", "product=x&customer=y", "product=x&customer=y&cart=z"]
        {
            server.get(&format!("/v1/recommendations?{query}")).problem(422, "invalid_field");
        }
        for limit in [0, 51] {
            let answer = server.get(&format!("/v1/recommendations?product={sku}&limit={limit}"));
            assert_eq!(answer.problem(422, "invalid_field")["field"], "limit");
        }
        server
            .get(&format!("/v1/recommendations?product={sku}&limit=-1"))
            .problem(400, "invalid_request");
    });
}

#[test]
fn a_shop_without_orders_says_that_there_is_not_enough_data_yet() {
    on_empty("no_data", |server| {
        let draft = json!({"external_id": "1", "title": "Assam", "variants": [{"sku": "TEA-1"}]});
        server.post("/v1/products", &draft).ok();
        for path in [
            "/v1/recommendations?product=TEA-1",
            "/v1/recommendations?cart=TEA-1",
            "/v1/forecasts?product=TEA-1",
        ] {
            server.get(path).problem(409, "not_enough_data");
        }
        for engine in ["recommend", "forecast"] {
            let answer = server.post("/v1/evaluations", &json!({ "engine": engine }));
            answer.problem(409, "not_enough_data");
        }
        let segments = server.json("/v1/segments");
        assert_eq!(segments["computed_at"], Value::Null);
        assert!(segments["items"].as_array().unwrap().iter().all(|s| s["n_customers"] == 0));
        assert_eq!(server.json("/v1/forecasts/top")["items"], json!([]));
        let today = server.json("/v1/today");
        assert_eq!((&today["as_of"], &today["is_historic"]), (&Value::Null, &json!(false)));
        assert_eq!(today["sales"]["forecast_next_7_days"], Value::Null);
    });
}

#[test]
fn a_forecast_covers_its_horizon_with_intervals_around_it() {
    on_shop("forecast", |server| {
        let sku = encoded(best_seller(server)["sku"].as_str().unwrap());
        let last_day = server.json("/v1/status")["as_of"].clone();
        for days in [1, 28, 365] {
            let forecast = server.json(&format!("/v1/forecasts?product={sku}&days={days}"));
            assert_eq!(forecast["outcome"], "forecast", "{forecast}");
            assert_eq!(forecast["from"], last_day, "the last day may still go on");
            let points = forecast["points"].as_array().unwrap();
            let n_days: i64 = points.iter().map(|point| point["n_days"].as_i64().unwrap()).sum();
            assert_eq!(n_days, days, "{days}");
            let mut expected = 0.0;
            for point in points.iter().chain([&forecast["total"]]) {
                let figure = |name: &str| point[name].as_f64().unwrap();
                let rising = ["low_95", "low_80", "high_80", "high_95"].map(figure);
                assert!(rising.windows(2).all(|pair| pair[0] <= pair[1]), "{point}");
                assert!(rising[0] >= 0.0 && figure("expected") <= rising[3], "{point}");
                expected += figure("expected");
            }
            let total = forecast["total"]["expected"].as_f64().unwrap();
            assert!((expected - 2.0 * total).abs() < 1e-6 * (1.0 + total), "the parts add up");
            assert!(!forecast["reasons"].as_array().unwrap().is_empty());
            assert!(!text(&forecast["method"]).is_empty());
        }
        let usual = server.json(&format!("/v1/forecasts?product={sku}"));
        assert_eq!(usual, server.json(&format!("/v1/forecasts?product={sku}&days=28")));
        for days in ["0", "366", "65535"] {
            let answer = server.get(&format!("/v1/forecasts?product={sku}&days={days}"));
            assert_eq!(answer.problem(422, "invalid_field")["field"], "days");
        }
        server
            .get(&format!("/v1/forecasts?product={sku}&days=65536"))
            .problem(400, "invalid_request");
        server.get("/v1/forecasts").problem(400, "invalid_request");
    });
}

#[test]
fn a_product_with_hardly_any_sales_is_not_forecast_and_says_why() {
    on_shop("forecast_short", |server| {
        let draft = json!({"external_id": "n", "title": "New", "variants": [{"sku": "NEW-1"}]});
        server.post("/v1/products", &draft).ok();
        let mut sold = order("1");
        sold["lines"][0]["sku"] = json!("TEA-1");
        server.post("/v1/orders", &sold).ok();
        for sku in ["NEW-1", "TEA-1"] {
            let forecast = server.json(&format!("/v1/forecasts?product={sku}"));
            assert_eq!(forecast["outcome"], "too_little_history", "{sku}");
            assert_eq!(forecast["points"], json!([]));
            assert_eq!((&forecast["total"], &forecast["method"]), (&Value::Null, &Value::Null));
            assert!(!forecast["reasons"].as_array().unwrap().is_empty(), "{sku} says why");
        }
    });
}

#[test]
fn the_list_of_forecasts_is_the_forecasts_of_its_products() {
    on_shop("forecast_list", |server| {
        for (sort, figure) in [
            (
                "-expected",
                (|row: &Value| row["expected_units_28d"].as_f64().unwrap()) as fn(&Value) -> f64,
            ),
            ("-change", |row| {
                row["expected_units_28d"].as_f64().unwrap()
                    - row["sold_units_28d"].as_f64().unwrap()
            }),
        ] {
            let path = format!("/v1/forecasts/top?sort={sort}");
            let rows = server.walk(&path, 200);
            assert!(rows.len() > 10, "{}", rows.len());
            assert_eq!(server.walk(&path, 3), rows, "{path}: pages of 3");
            for pair in rows.windows(2) {
                assert!(figure(&pair[0]) >= figure(&pair[1]) - 1e-9, "{path}: {pair:?}");
            }
        }
        let first = server.json("/v1/forecasts/top?limit=1")["items"][0].clone();
        let id = text(&first["product"]["id"]);
        let forecast = server.json(&format!("/v1/forecasts?product={id}"));
        assert_eq!(forecast["total"]["expected"], first["expected_units_28d"]);
        assert_eq!(forecast["method"], first["method"]);
        assert!(forecast["decision_id"].is_string());
    });
}

#[test]
fn segments_share_all_customers_among_them() {
    on_shop("segments", |server| {
        let segments = server.json("/v1/segments");
        let items = segments["items"].as_array().unwrap();
        assert_eq!(items.len(), 11);
        let share: f64 = items.iter().map(|segment| segment["share"].as_f64().unwrap()).sum();
        assert!((share - 1.0).abs() < 1e-9, "{share}");
        assert_eq!(segments["reference_date"], server.json("/v1/status")["as_of"]);
        for segment in items {
            let code = text(&segment["code"]);
            assert_eq!(&server.json(&format!("/v1/segments/{code}")), segment);
            for words in ["name", "description", "advice"] {
                assert!(text(&segment[words]).len() > 3, "{code}: {words}");
            }
            assert_eq!(segment["currency"], "GBP");
        }
    });
}

#[test]
fn new_orders_are_counted_in_after_two_minutes() {
    on_shop("recompute", |server| {
        let before = server.json("/v1/status")["computed"].clone();
        server.clock.advance_seconds(10);
        let mut sold = order("new");
        sold["lines"][0]["sku"] = json!("NEW-1");
        server.post("/v1/orders", &sold).ok();
        server.shop.settle().unwrap();
        assert_eq!(server.json("/v1/status")["computed"], before, "gathered first");
        server.get("/v1/recommendations?product=NEW-1").problem(404, "not_found");
        server.clock.advance_seconds(120);
        server.shop.settle().unwrap();
        let after = server.json("/v1/status")["computed"].clone();
        for part in ["recommendations_at", "segments_at", "forecasts_at"] {
            assert_eq!(after[part], "2026-03-01T12:02:10Z", "{part}");
        }
        assert_eq!(server.json("/v1/recommendations?product=NEW-1")["context"], "product");
    });
}

#[test]
fn an_engine_is_evaluated_on_the_shops_own_past_and_the_same_seed_gives_the_same() {
    on_shop("evaluate", |server| {
        for engine in ["recommend", "forecast"] {
            let ask = |seed: u64| {
                server.post("/v1/evaluations", &json!({"engine": engine, "seed": seed})).ok()
            };
            let one = ask(1);
            assert_eq!(ask(1), one, "{engine}");
            assert!(one.to_string().len() > 100, "{engine}: {one}");
        }
        let unknown = server.post("/v1/evaluations", &json!({"engine": "oracle"}));
        assert_eq!(unknown.problem(422, "invalid_field")["field"], "engine");
        let odd = server.post("/v1/evaluations", &json!({"engine": "forecast", "weeks": 4}));
        odd.problem(422, "invalid_field");
    });
}
