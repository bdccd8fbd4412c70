//! Promotions: written, listed, changed, run, checked.

use axum::http::Method;
use mercer_ledger::account::AccountKey;
use serde_json::{Value, json};

use super::{Api, draft, on_api};
use crate::accounts;
use crate::manage::tests::support::{at, quoted, take};

fn used(api: &Api<'_>, key: &AccountKey, quantity: i64) {
    let now = at(api.bed);
    api.bed.db.write(|tx| take(tx, now, key, quantity)).unwrap();
}

#[test]
fn a_promotion_is_written_run_paused_and_ended_with_a_fact_each() {
    on_api("manage_life", |api| {
        let id = api.promotion(json!({"uses_max": 5}));
        let step = |name: &str| api.post(&format!("/v1/promotions/{id}/{name}"), json!({}));
        assert_eq!(step("pause").0, 409, "a draft does not run");
        let active = api.good(step("activate"));
        assert_eq!((&active["state"], &active["is_running"]), (&json!("active"), &json!(true)));
        assert_eq!((&active["revision"], &active["uses_left"]), (&json!(2), &json!(5)));
        assert_eq!(api.good(step("activate"))["revision"], 2, "twice is once");
        assert_eq!(api.good(step("pause"))["state"], "paused");
        assert_eq!(api.good(step("activate"))["state"], "active");
        assert_eq!(api.good(step("end"))["state"], "ended");
        assert_eq!(api.good(step("end"))["revision"], 5);
        assert_eq!(step("activate").0, 409, "for good");
        let mut change = draft(json!({"revision": 5}));
        change["name"] = json!("Again");
        assert_eq!(api.put(&format!("/v1/promotions/{id}"), change).0, 409);
        let kinds = ["drafted", "activated", "paused", "activated", "ended"]
            .map(|k| format!("promotion.{k}"));
        assert_eq!(api.facts(), kinds);
        assert_eq!(api.revision(), 5);
        for name in ["activate", "pause", "end"] {
            let path = format!("/v1/promotions/prm_none/{name}");
            assert_eq!(api.post(&path, json!({})).0, 404);
            assert_eq!(api.read_only(Method::POST, &path, json!({})), 403);
        }
    });
}

#[test]
fn a_stale_change_is_refused_and_a_good_one_moves_the_limits() {
    on_api("manage_change", |api| {
        let id = api.promotion(json!({"uses_max": 10, "definition": {"currency": "GBP"}}));
        let path = format!("/v1/promotions/{id}");
        api.good(api.post(&format!("{path}/activate"), json!({})));
        used(api, &accounts::promotion_uses(&id), 4);
        let change = |fields: Value| {
            let mut fields = fields;
            fields["definition"] = json!({"currency": "GBP"});
            api.put(&path, draft(fields))
        };
        assert_eq!(api.refused(change(json!({"uses_max": 20}))), (422, "revision".to_owned()));
        assert_eq!(change(json!({"uses_max": 20, "revision": 1})).0, 409);
        let low = change(json!({"uses_max": 3, "revision": 2}));
        assert_eq!(low.1["detail"], "`uses_max` cannot be 3: 4 are used or held already.");
        assert_eq!(api.refused(low), (422, "uses_max".to_owned()));
        let raised =
            api.good(change(json!({"uses_max": 20, "budget_minor_max": 500, "revision": 2})));
        assert_eq!((&raised["uses_left"], &raised["budget_minor_left"]), (&json!(16), &json!(500)));
        assert_eq!(raised["revision"], 3);
        let lifted = api.good(change(json!({"uses_max": null, "revision": 3})));
        assert_eq!(
            (&lifted["uses_left"], &lifted["budget_minor_left"]),
            (&json!(null), &json!(null))
        );
        let unknown = api.put("/v1/promotions/prm_none", draft(json!({"revision": 1})));
        assert_eq!(unknown.0, 404);
        assert_eq!(api.read_only(Method::PUT, &path, draft(json!({"revision": 4}))), 403);
        let last = api.good(api.get(&path));
        assert_eq!((&last["revision"], &last["name"]), (&json!(4), &json!("Ten off")));
    });
}

#[test]
fn the_list_tells_what_was_given_and_what_is_left_and_is_found_by_words_and_state() {
    on_api("manage_list", |api| {
        let tea = api.promotion(json!({"name": "Tea week", "uses_max": 10,
            "budget_minor_max": 1_000, "definition": {"currency": "GBP", "tags": ["spring"]}}));
        api.bed.clock.advance_seconds(60);
        let _cups = api.promotion(json!({"name": "Cups"}));
        api.good(api.post(&format!("/v1/promotions/{tea}/activate"), json!({})));
        used(api, &accounts::promotion_uses(&tea), 2);
        used(api, &accounts::promotion_budget(&tea), 300);
        api.bed
            .db
            .write(|tx| {
                quoted(tx, "quo_1", (&tea, None), "cus_1", 100)?;
                quoted(tx, "quo_2", (&tea, None), "cus_2", 200)
            })
            .unwrap();
        let all = api.good(api.get("/v1/promotions?limit=1"));
        assert_eq!((&all["total"], &all["items"][0]["name"]), (&json!(2), &json!("Cups")));
        let next = all["next_cursor"].as_str().unwrap();
        let rest = api.good(api.get(&format!("/v1/promotions?limit=1&cursor={next}")));
        assert_eq!(rest["next_cursor"], json!(null));
        let row = &rest["items"][0];
        assert_eq!((&row["id"], &row["n_uses"]), (&json!(tea), &json!(2)));
        assert_eq!(row["discounts_given"], json!([{"amount_minor": 300, "currency": "GBP"}]));
        assert_eq!((&row["uses_left"], &row["budget_minor_left"]), (&json!(8), &json!(700)));
        let names = |query: &str| {
            let found = api.good(api.get(&format!("/v1/promotions?{query}")));
            let items = found["items"].as_array().unwrap().clone();
            items.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names("q=spring%20tea"), ["Tea week"]);
        assert_eq!(names("state=draft"), ["Cups"]);
        assert_eq!(names("state=&q="), ["Cups", "Tea week"]);
        assert_eq!(api.refused(api.get("/v1/promotions?state=gone")), (422, "state".to_owned()));
        assert_eq!(api.get("/v1/promotions/prm_none").0, 404);
    });
}

#[test]
fn a_draft_is_refused_with_its_field_and_checked_with_all_its_problems() {
    on_api("manage_check", |api| {
        let refused = |fields: Value| api.refused(api.post("/v1/promotions", draft(fields)));
        assert_eq!(refused(json!({"name": " "})), (422, "name".to_owned()));
        assert_eq!(refused(json!({"uses_max": 0})), (422, "uses_max".to_owned()));
        assert_eq!(refused(json!({"revision": 1})), (422, "revision".to_owned()));
        let currency = "definition.currency".to_owned();
        assert_eq!(refused(json!({"budget_minor_max": 100})), (422, currency));
        let rule = json!({"definition": {"condition": "cart.n_unit > 3"}});
        assert_eq!(refused(rule.clone()), (422, "definition.condition".to_owned()));
        let unknown = json!({"definition": {"colour": "red"}});
        assert_eq!(refused(unknown).0, 422);
        let checked = api.good(api.post("/v1/promotions/check", json!({"draft": draft(json!({
            "name": "", "starts_at": "2026-04-02T00:00:00Z", "ends_at": "2026-04-01T00:00:00Z",
            "campaign": "none", "definition": {"condition": "cart.n_unit > 3", "currency": "GBP",
            "action": {"kind": "percentage", "basis_points": 20_000}}
        }))})));
        let fields: Vec<&str> = checked["problems"]
            .as_array()
            .unwrap()
            .iter()
            .map(|problem| problem["field"].as_str().unwrap())
            .collect();
        let wanted = [
            "name",
            "definition.condition",
            "definition.action.basis_points",
            "ends_at",
            "campaign",
        ];
        let sorted = |mut fields: Vec<&str>| {
            fields.sort_unstable();
            fields.join(" ")
        };
        assert_eq!(sorted(fields), sorted(wanted.to_vec()));
        assert_eq!(checked["is_valid"], false);
        assert!(api.facts().is_empty(), "checking changes nothing");
        assert_eq!(api.read_only(Method::POST, "/v1/promotions", draft(json!({}))), 403);
    });
}

#[test]
fn a_draft_is_said_in_plain_language() {
    on_api("manage_sentence", |api| {
        let sentence = |fields: Value| {
            let body = json!({"draft": draft(fields)});
            let checked = api.good(api.post("/v1/promotions/check", body));
            assert_eq!(checked["problems"], json!([]));
            checked["sentence"].as_str().unwrap().to_owned()
        };
        assert_eq!(
            sentence(json!({"ends_at": "2026-12-01T00:00:00Z", "definition": {
                "target": {"of": "categories", "values": ["Tea"]}, "currency": "GBP",
                "minimum": {"amount_minor": 3_000}, "activation": "coupon",
                "stacks": {"with": "never", "tags": ["clearance"]}}})),
            "10 % off all lines of category Tea, from 30.00 GBP, with coupon, until 30 Nov, not \
             together with promotions tagged clearance."
        );
        assert_eq!(
            sentence(json!({"starts_at": "2027-07-01T17:30:00Z", "uses_max": 1_000,
                "customer_uses_max": 1, "definition": {"exclusive": true, "currency": "GBP",
                "discount_minor_max": 2_000, "condition": "customer.n_orders == 0",
                "action": {"kind": "shipping", "basis_points": 10_000, "methods": ["standard"]}}})),
            "Free shipping by standard, when `customer.n_orders == 0`, from 1 Jul 2027 18:30, at \
             most 20.00 GBP a cart, 1 use a customer, 1,000 uses in all, never together with \
             others."
        );
        let action =
            |action: Value| sentence(json!({"definition": {"currency": "GBP", "action": action}}));
        assert_eq!(
            action(json!({"kind": "quantity_breaks", "per": "product", "breaks": [
                {"quantity_min": 12, "reward": {"kind": "percentage", "basis_points": 1_000}},
                {"quantity_min": 24, "reward": {"kind": "unit_price", "unit_price_minor": 99}}]})),
            "10 % off from 12 and 0.99 GBP each from 24 of one product, for all lines."
        );
        assert_eq!(
            action(json!({"kind": "buy_get", "buy_quantity": 2, "get_quantity": 1,
                          "get_target": {"of": "skus", "values": ["A", "B", "C", "D", "E"]}})),
            "Buy 2 of all lines and get 1 of all lines of SKUs A, B, C and 2 more free."
        );
        assert_eq!(
            action(json!({"kind": "order_tiers", "tiers": [
                {"amount_minor_min": 5_000, "reward": {"kind": "fixed_amount", "amount_minor": 500}},
                {"amount_minor_min": 9_000, "reward": {"kind": "percentage", "basis_points": 1_250}}]})),
            "5.00 GBP off from 50.00 GBP and 12.5 % off from 90.00 GBP of all lines."
        );
        assert_eq!(
            action(json!({"kind": "bundle", "bundles": [{"price_minor": 2_000, "parts": [
                {"target": {"of": "skus", "values": ["POT"]}, "quantity": 1},
                {"target": {"of": "tags", "values": ["cup"]}, "quantity": 2}]}]})),
            "1 of all lines of SKU POT and 2 of all lines tagged cup together for 20.00 GBP."
        );
        assert_eq!(
            action(json!({"kind": "gift", "sku": "MUG", "quantity": 1})),
            "1 of MUG as a gift."
        );
    });
}

#[test]
fn conflicts_with_the_active_ones_are_told_in_words() {
    on_api("manage_conflicts", |api| {
        let active = |fields: Value| {
            let id = api.promotion(fields);
            api.good(api.post(&format!("/v1/promotions/{id}/activate"), json!({})));
            id
        };
        let tea = json!({"of": "categories", "values": ["Tea", "Cups"]});
        let spring =
            active(json!({"name": "Spring", "definition": {"target": tea, "tags": ["s"]}}));
        let alone =
            active(json!({"name": "Alone", "definition": {"exclusive": true, "priority": 9,
            "currency": "GBP", "minimum": {"amount_minor": 1_000}}}));
        let over = active(json!({"name": "Long over", "ends_at": "2026-04-01T00:00:00Z"}));
        let ask = |fields: Value, codes: Value| {
            let body = json!({"draft": draft(fields), "coupon_codes": codes});
            let checked = api.good(api.post("/v1/promotions/check", body));
            let found = checked["conflicts"].as_array().unwrap().clone();
            let short = |one: &Value| {
                let kind = one["kind"].as_str().unwrap().to_owned();
                (kind, one["other"].as_str().map(str::to_owned))
            };
            (found.iter().map(short).collect::<Vec<_>>(), found)
        };
        let (short, found) = ask(
            json!({"name": "New", "starts_at": "2026-04-01T00:00:00Z",
            "definition": {"target": {"of": "categories", "values": ["Cups", "Pots"]}}}),
            json!([]),
        );
        let pair = |kind: &str, other: &str| (kind.to_owned(), Some(other.to_owned()));
        assert_eq!(short, [pair("exclusive", &alone), pair("same_lines", &spring)]);
        assert_eq!(found[0]["sentence"], "Where “Alone” applies, it applies alone, without “New”.");
        let both = "both take off all lines of category Cups";
        assert!(found[1]["sentence"].as_str().unwrap().contains(both), "{}", found[1]);
        let never = json!({"definition": {"target": {"of": "skus", "values": ["X"]},
                                          "stacks": {"with": "never", "tags": ["s"]}}});
        let (short, _) = ask(never, json!([]));
        assert!(short.contains(&pair("does_not_stack", &spring)), "{short:?}");
        let coupon = json!({"code": "tea", "promotion": over});
        api.good(api.post("/v1/coupons", coupon));
        let (short, found) = ask(json!({"ends_at": "2026-02-01T00:00:00Z"}), json!([" TEA"]));
        assert_eq!(short[..2], [("never_applies".to_owned(), None), pair("same_coupon", &over)]);
        assert_eq!(found[1]["sentence"], "The code tea opens “Long over” already.");
        let offers = json!({"combine": "by_priority", "tax": "inclusive", "tax_basis_points": 0,
                            "quote_minutes": 30, "hold_minutes": 15});
        api.good(api.put("/v1/channels/web/offers", offers));
        let (_, found) = ask(
            json!({"name": "Late", "definition": {"currency": "GBP",
            "minimum": {"amount_minor": 2_000}}}),
            json!([]),
        );
        assert_eq!(
            found[0]["sentence"],
            "“Late” can never apply where promotions go by priority: its minimum is not below that \
             of “Alone”, which applies alone and comes first."
        );
        let among = api.good(api.get("/v1/promotions/conflicts"));
        assert_eq!(
            (among["items"].as_array().unwrap().len(), &among["is_cut"]),
            (3, &json!(false))
        );
    });
}
