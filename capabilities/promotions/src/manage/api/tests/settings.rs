//! Campaigns and the settings of channels.

use axum::http::Method;
use serde_json::json;

use super::{draft, on_api};
use crate::accounts;
use crate::manage::tests::support::{at, take};

#[test]
fn a_campaign_is_made_raised_and_lowered_but_not_below_what_is_used() {
    on_api("campaigns", |api| {
        let path = "/v1/campaigns/black-friday";
        let body =
            |minor: i64| json!({"name": "Black Friday", "currency": "GBP", "budget_minor": minor});
        let made = api.good(api.put(path, body(1_000)));
        assert_eq!((&made["left_minor"], &made["used_minor"]), (&json!(1_000), &json!(0)));
        assert_eq!(api.good(api.put(path, body(1_000)))["left_minor"], 1_000, "twice is once");
        assert_eq!(api.facts(), ["campaign.changed"]);
        let in_it = json!({"campaign": "black-friday", "definition": {"currency": "GBP"}});
        let id = api.promotion(in_it);
        assert_eq!(api.good(api.get(&format!("/v1/promotions/{id}")))["campaign"], "black-friday");
        let now = at(api.bed);
        let key = accounts::campaign_budget("black-friday");
        api.bed.db.write(|tx| take(tx, now, &key, 700)).unwrap();
        let low = api.put(path, body(699));
        assert_eq!(low.1["detail"], "`budget_minor` cannot be 699: 700 are used or held already.");
        assert_eq!(api.refused(low), (422, "budget_minor".to_owned()));
        api.good(api.put(path, body(900)));
        let listed = api.good(api.get("/v1/campaigns"));
        let row = &listed["items"][0];
        assert_eq!((&row["used_minor"], &row["left_minor"]), (&json!(700), &json!(200)));
        assert_eq!((&row["held_minor"], &row["n_promotions"]), (&json!(0), &json!(1)));
    });
}

#[test]
fn a_campaign_that_cannot_be_is_refused_by_field() {
    on_api("campaigns_refused", |api| {
        let put = |id: &str, name: &str, currency: &str, minor: i64| {
            let body = json!({"name": name, "currency": currency, "budget_minor": minor});
            api.put(&format!("/v1/campaigns/{id}"), body)
        };
        let field = |field: &str| (422, field.to_owned());
        assert_eq!(api.refused(put("Not_An_Id", "A", "GBP", 1)), field("id"));
        assert_eq!(api.refused(put("a", " ", "GBP", 1)), field("name"));
        assert_eq!(api.refused(put("a", "A", "PFUND", 1)), field("currency"));
        assert_eq!(api.refused(put("a", "A", "GBP", -1)), field("budget_minor"));
        api.good(put("a", "A", "GBP", 1));
        assert_eq!(api.refused(put("a", "A", "EUR", 1)), field("currency"));
        let other = draft(json!({"campaign": "a", "definition": {"currency": "EUR"}}));
        assert_eq!(api.refused(api.post("/v1/promotions", other)), field("definition.currency"));
        let body = json!({"name": "A", "currency": "GBP", "budget_minor": 1});
        assert_eq!(api.read_only(Method::PUT, "/v1/campaigns/a", body), 403);
    });
}

#[test]
fn a_channels_offers_are_set_within_bounds() {
    on_api("offers", |api| {
        let path = "/v1/channels/web/offers";
        let usual = api.good(api.get(path));
        assert_eq!(
            (&usual["combine"], &usual["hold_minutes"]),
            (&json!("best_for_customer"), &json!(15))
        );
        let mut wanted = usual.clone();
        wanted["combine"] = json!("by_priority");
        wanted["tax"] = json!("exclusive");
        wanted["tax_basis_points"] = json!(2_000);
        for _ in 0..2 {
            assert_eq!(api.good(api.put(path, wanted.clone())), wanted);
        }
        assert_eq!(api.good(api.get(path)), wanted);
        assert_eq!((api.facts(), api.revision()), (vec!["offers.changed".to_owned()], 1));
        for (field, value) in [
            ("hold_minutes", 0),
            ("hold_minutes", 1_441),
            ("quote_minutes", 10_081),
            ("tax_basis_points", 50_001),
        ] {
            let mut bad = wanted.clone();
            bad[field] = json!(value);
            assert_eq!(api.refused(api.put(path, bad)), (422, field.to_owned()));
        }
        assert_eq!(api.get("/v1/channels/moon/offers").0, 404);
        assert_eq!(api.put("/v1/channels/moon/offers", wanted.clone()).0, 404);
        assert_eq!(api.read_only(Method::PUT, path, wanted), 403);
    });
}

#[test]
fn a_simulation_is_asked_for_by_http() {
    on_api("simulation_api", |api| {
        let ask = json!({"draft": draft(json!({}))});
        let report = api.good(api.post("/v1/promotions/simulations", ask.clone()));
        assert_eq!((&report["n_orders"], &report["qualified_share"]), (&json!(0), &json!(null)));
        let unknown = json!({"promotion": "prm_none"});
        assert_eq!(api.post("/v1/promotions/simulations", unknown).0, 404);
        assert_eq!(api.read_only(Method::POST, "/v1/promotions/simulations", ask), 403);
    });
}
