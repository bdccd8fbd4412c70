//! Coupons: one by one, by batches, withdrawn, as a file.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::json;

use super::on_api;
use crate::accounts;
use crate::manage::coupons;
use crate::manage::tests::support::{at, take};
use crate::store;

#[test]
fn a_code_is_made_used_shown_and_withdrawn() {
    on_api("coupons_one", |api| {
        let promotion = api.promotion(json!({}));
        let body = json!({"code": " Tea-10 ", "promotion": promotion, "uses_max": 3});
        let made = api.good(api.post("/v1/coupons", body.clone()));
        assert_eq!((&made["code"], &made["uses_left"]), (&json!("Tea-10"), &json!(3)));
        assert_eq!(api.post("/v1/coupons", body).0, 409, "the code is taken");
        let again = json!({"code": "TEA-10", "promotion": promotion});
        assert_eq!(api.post("/v1/coupons", again).0, 409, "in any letters");
        let now = at(api.bed);
        api.bed
            .db
            .write(|tx| {
                let coupon = store::coupon(tx, "tea-10")?.unwrap();
                coupons::ensure_accounts(tx, now, &coupon)?;
                take(tx, now, &accounts::coupon_uses("TEA-10"), 2)
            })
            .unwrap();
        let shown = api.good(api.get("/v1/coupons/tea-10"));
        assert_eq!((&shown["uses_left"], &shown["is_active"]), (&json!(1), &json!(true)));
        for _ in 0..2 {
            assert_eq!(api.good(api.delete("/v1/coupons/tea-10"))["is_active"], false);
        }
        let made_and_withdrawn = ["promotion.drafted", "coupon.created", "coupon.withdrawn"];
        assert_eq!(api.facts(), made_and_withdrawn);
        assert_eq!((api.get("/v1/coupons/none").0, api.delete("/v1/coupons/none").0), (404, 404));
        assert_eq!(api.read_only(Method::DELETE, "/v1/coupons/tea-10", json!({})), 403);
    });
}

#[test]
fn a_code_that_cannot_be_used_is_refused_by_field() {
    on_api("coupons_refused", |api| {
        let promotion = api.promotion(json!({}));
        let refused = |body| api.refused(api.post("/v1/coupons", body));
        let field = |field: &str| (422, field.to_owned());
        assert_eq!(refused(json!({"code": "=1+1", "promotion": promotion})), field("code"));
        assert_eq!(refused(json!({"code": "TEA", "promotion": "prm_none"})), field("promotion"));
        let body = json!({"code": "TEA", "promotion": promotion, "uses_max": 0});
        assert_eq!(refused(body), field("uses_max"));
        let body = json!({"code": "TEA", "promotion": promotion, "budget_minor_max": 5});
        assert_eq!(refused(body), field("budget_minor_max"));
        api.good(api.post(&format!("/v1/promotions/{promotion}/end"), json!({})));
        assert_eq!(refused(json!({"code": "TEA", "promotion": promotion})).0, 409);
        let body = json!({"code": "TEA", "promotion": promotion});
        assert_eq!(api.read_only(Method::POST, "/v1/coupons", body), 403);
    });
}

#[test]
fn a_batch_is_made_listed_written_to_a_file_and_withdrawn() {
    on_api("coupons_batch", |api| {
        let promotion = api.promotion(json!({}));
        let body = json!({"promotion": promotion, "n_codes": 300, "batch": "letter",
                          "prefix": "SPR-", "length": 8});
        let made = api.good(api.post("/v1/coupons/batches", body.clone()));
        assert_eq!((&made["batch"], &made["n_codes"]), (&json!("letter"), &json!(300)));
        assert_eq!(api.post("/v1/coupons/batches", body).0, 409, "a name once");
        let mut codes = BTreeSet::new();
        let mut path = "/v1/coupons?batch=letter&limit=200".to_owned();
        loop {
            let page = api.good(api.get(&path));
            for one in page["items"].as_array().unwrap() {
                assert_eq!((&one["uses_left"], &one["batch"]), (&json!(1), &json!("letter")));
                codes.insert(one["code"].as_str().unwrap().to_owned());
            }
            let Some(next) = page["next_cursor"].as_str() else { break };
            path = format!("/v1/coupons?batch=letter&limit=200&cursor={next}");
        }
        assert_eq!(codes.len(), 300);
        assert!(codes.iter().all(|code| code.len() == 12 && code.starts_with("SPR-")));
        let first = codes.first().unwrap();
        api.good(api.delete(&format!("/v1/coupons/{first}")));
        let (status, file) = api.get("/v1/coupons/batches/letter/codes.csv");
        let file = file.as_str().unwrap();
        let lines: Vec<&str> = file.lines().collect();
        assert_eq!((status, lines.len()), (200, 301));
        assert_eq!(lines[0], "code,promotion,batch,state,uses_left");
        assert_eq!(lines[1], format!("{first},{promotion},letter,withdrawn,1"));
        let withdrawn = |n| {
            let body = api.good(api.delete("/v1/coupons/batches/letter"));
            assert_eq!(body["n_withdrawn"], n);
        };
        withdrawn(299);
        withdrawn(0);
        let listed = api.good(api.get(&format!("/v1/coupons/batches?promotion={promotion}")));
        assert_eq!(listed["items"][0]["n_withdrawn"], 300);
        assert_eq!(api.get("/v1/coupons/batches/none/codes.csv").0, 404);
        assert_eq!(api.delete("/v1/coupons/batches/none").0, 404);
    });
}

#[test]
fn a_batch_that_could_be_guessed_or_is_too_large_is_refused_and_nothing_is_made() {
    on_api("coupons_batch_refused", |api| {
        let promotion = api.promotion(json!({}));
        let refused = |fields: serde_json::Value| {
            let mut body = json!({"promotion": promotion, "n_codes": 10});
            body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            api.refused(api.post("/v1/coupons/batches", body))
        };
        let field = |field: &str| (422, field.to_owned());
        assert_eq!(refused(json!({"n_codes": 0})), field("n_codes"));
        assert_eq!(refused(json!({"n_codes": 100_001})), field("n_codes"));
        assert_eq!(refused(json!({"length": 4})), field("length"));
        assert_eq!(refused(json!({"length": 25})), field("length"));
        assert_eq!(refused(json!({"prefix": "A".repeat(31)})), field("prefix"));
        assert_eq!(refused(json!({"prefix": "=A"})), field("prefix"));
        assert_eq!(refused(json!({"batch": "No Good"})), field("batch"));
        assert_eq!(refused(json!({"uses_max": 0})), field("uses_max"));
        assert_eq!(refused(json!({"promotion": "prm_none"})), field("promotion"));
        let all = api.good(api.get("/v1/coupons"));
        assert_eq!(all["items"], json!([]));
        let body = json!({"promotion": promotion, "n_codes": 3, "uses_max": null});
        assert_eq!(api.read_only(Method::POST, "/v1/coupons/batches", body.clone()), 403);
        let named = api.good(api.post("/v1/coupons/batches", body));
        assert!(named["batch"].as_str().unwrap().starts_with("batch-"));
        assert_eq!(api.good(api.get("/v1/coupons"))["items"][0]["uses_left"], json!(null));
    });
}
