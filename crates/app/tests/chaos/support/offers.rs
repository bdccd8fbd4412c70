//! A shop with one thing to sell, a code and a flash sale, and what its tables say of carts.

use std::collections::BTreeSet;

use mercer_db::{Row, params};
use mercer_ledger::verify::verify;
use mercer_testkit::TestBed;
use serde_json::{Value, json};

use super::http::Answer;
use super::load::Client;

/// What is sold.
pub const SKU: &str = "LANTERN";
/// For how much, minor units.
pub const PRICE_MINOR: i64 = 2_000;
/// For how much in the flash sale, minor units.
pub const FLASH_MINOR: i64 = 500;
/// The code that takes 10 % off.
pub const CODE: &str = "LIGHT10";

/// The answer of a request that must succeed.
pub fn good(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

/// Whether a request was granted; otherwise something had run out, and that was said.
pub fn is_granted(answer: &Answer, code: &str) -> bool {
    if answer.status == 200 {
        return true;
    }
    let problem = answer.json();
    let found = (answer.status, problem["code"].as_str());
    assert_eq!(found, (409, Some(code)), "{}", answer.body);
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 20), "{problem}");
    false
}

fn post(client: &mut Client<'_>, path: &str, body: &Value) -> Value {
    good(&client.post(path, &body.to_string()))
}

/// Puts the thing into the catalogue.
pub fn add_product(client: &mut Client<'_>) {
    let draft = json!({
        "external_id": "1", "title": "Paper lantern",
        "variants": [{ "sku": SKU, "price_minor": PRICE_MINOR }],
    });
    post(client, "/v1/products", &draft);
}

/// Takes so many units into stock.
pub fn add_stock(client: &mut Client<'_>, n_units: usize) {
    let draft = json!({ "code": "main", "name": "Main store" }).to_string();
    good(&client.put("/v1/locations", &draft));
    good(&client.put(&format!("/v1/stock/{SKU}"), &json!({ "is_tracked": true }).to_string()));
    let movement = json!({
        "key": "delivery", "reason": "received", "sku": SKU, "location": "main",
        "quantity": n_units,
    });
    post(client, "/v1/stock/movements", &json!({ "movements": [movement] }));
}

/// Units in the shop, held for customers, and still to sell, as its keeper sees them.
pub fn stock(client: &mut Client<'_>) -> [usize; 3] {
    let row = good(&client.get(&format!("/v1/stock/{SKU}")));
    ["on_hand", "held", "available"].map(|name| row[name].as_u64().expect("a number") as usize)
}

/// Lets a code run that may be used so often.
pub fn add_code(client: &mut Client<'_>, uses_max: usize) {
    let draft = json!({
        "name": "Ten per cent off",
        "definition": {
            "action": { "kind": "percentage", "basis_points": 1_000 }, "activation": "coupon",
        },
    });
    let id = post(client, "/v1/promotions", &draft)["id"].clone();
    let path = format!("/v1/promotions/{}/activate", text(&id));
    post(client, &path, &json!({}));
    let draft = json!({ "code": CODE, "promotion": id, "uses_max": uses_max });
    post(client, "/v1/coupons", &draft);
}

/// Begins a flash sale; its id.
pub fn begin_sale(client: &mut Client<'_>, n_units: usize) -> String {
    let ask = json!({
        "name": "Lantern hour",
        "starts_at": "2020-01-01T00:00:00Z", "ends_at": "2099-01-01T00:00:00Z",
        "items": [{ "sku": SKU, "unit_price_minor": FLASH_MINOR, "n_units": n_units }],
    });
    let id = text(&post(client, "/v1/flash-sales", &ask)["id"]);
    let live = post(client, &format!("/v1/flash-sales/{id}/schedule"), &json!({}));
    assert_eq!((&live["is_on"], &live["items"][0]["n_left"]), (&json!(true), &json!(n_units)));
    id
}

/// Prices one unit for a visitor; the quote as it is answered.
pub fn price(client: &mut Client<'_>, visitor: usize, coupons: &[&str]) -> Value {
    let ask = json!({
        "anonymous_id": format!("visitor-{visitor}"),
        "lines": [{ "sku": SKU, "quantity": 1 }], "coupons": coupons,
    });
    post(client, "/v1/quotes", &ask)
}

/// Holds, releases: a step of a quote without a body.
pub fn step(client: &mut Client<'_>, quote: &str, step: &str) -> Answer {
    client.post(&format!("/v1/quotes/{quote}/{step}"), "")
}

/// Makes a quote an order that is named after it.
pub fn commit(client: &mut Client<'_>, quote: &str) -> Answer {
    let body = json!({ "order_number": format!("O-{quote}") }).to_string();
    client.post(&format!("/v1/quotes/{quote}/commit"), &body)
}

/// A text of an answer.
pub fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// Ids of the quotes in these states.
pub fn quotes_in(bed: &TestBed, states: &[&str]) -> BTreeSet<String> {
    let rows = rows(bed, "SELECT id, state FROM quotes");
    let of = |row: &Row| states.contains(&row.str(1)).then(|| row.str(0).to_owned());
    rows.iter().filter_map(of).collect()
}

/// Rows of the tables.
pub fn rows(bed: &TestBed, sql: &str) -> Vec<Row> {
    bed.db.read(|tx| tx.fetch(sql, params![])).expect("the tables can be read")
}

/// A number from the tables.
pub fn count(bed: &TestBed, sql: &str) -> usize {
    let n: i64 = bed.db.read(|tx| tx.fetch_value(sql, params![])).expect("a number");
    usize::try_from(n).expect("a count")
}

/// Fails unless the ledger holds together and every order is one quote's.
pub fn assert_sound(bed: &TestBed) {
    assert_eq!(bed.db.read(verify).expect("the ledger can be read"), Vec::<String>::new());
    let wrong = "SELECT COUNT(*) FROM quotes WHERE (state = 'committed') <> (order_ref IS NOT NULL)
                 OR (state = 'priced' AND hold_id IS NOT NULL)
                 OR (order_ref IS NOT NULL AND order_ref <> 'shop/O-' || id)";
    assert_eq!(count(bed, wrong), 0, "quotes that are half done");
    let twice = "SELECT COUNT(*) FROM (SELECT subject FROM facts WHERE kind = 'quote.committed'
                 GROUP BY subject HAVING COUNT(*) > 1) AS twice";
    assert_eq!(count(bed, twice), 0, "quotes that were committed twice");
    let n_facts = count(bed, "SELECT COUNT(*) FROM facts WHERE kind = 'quote.committed'");
    assert_eq!(n_facts, count(bed, "SELECT COUNT(*) FROM quotes WHERE state = 'committed'"));
}

/// Fails unless all that was acknowledged is in these states.
pub fn assert_kept(bed: &TestBed, acknowledged: &BTreeSet<String>, states: &[&str]) {
    let kept = quotes_in(bed, states);
    let lost: Vec<_> = acknowledged.difference(&kept).collect();
    assert!(lost.is_empty(), "acknowledged as {states:?} and lost: {lost:?}");
}
