//! One cart from the first delivery to the last return: stock, a coupon, a flash sale, a quote, an
//! order, a line that comes back.

use mercer_ledger::verify::verify;
use serde_json::{Value, json};

use crate::support::{Server, on_empty, order};

const STOCK: &str = "\
sku,location,quantity,cost,threshold
LAMP,main,10,7.00,2
CUP,main,20,1.50,
CUP,outlet,5,1.50,
";

/// What has been counted so far.
#[derive(Debug, PartialEq)]
struct Counted {
    /// Lamps on hand, held, available.
    lamps: [i64; 3],
    /// Cups on hand, held, available.
    cups: [i64; 3],
    coupon_uses_left: i64,
    /// Left, held and sold of the sale's pool.
    pool: [i64; 3],
    /// Times that anything happened to a lamp.
    n_lamp_movements: usize,
}

struct Story<'a> {
    server: &'a Server,
    promotion: String,
    sale: String,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn numbers<const N: usize>(row: &Value, names: [&str; N]) -> [i64; N] {
    names.map(|name| row[name].as_i64().unwrap_or_else(|| panic!("{name}: {row}")))
}

impl Story<'_> {
    fn begin(server: &Server) -> Story<'_> {
        for (id, title, sku, price_minor) in
            [("1", "Lamp", "LAMP", 2_000), ("2", "Cup", "CUP", 500)]
        {
            let variants = json!([{ "sku": sku, "price_minor": price_minor }]);
            let draft = json!({ "external_id": id, "title": title, "variants": variants });
            server.post("/v1/products", &draft).ok();
        }
        let path = "/v1/stock/imports?currency=GBP&make_locations=true";
        let report = server.upload(path, STOCK).ok();
        assert_eq!(numbers(&report, ["n_changed", "n_rejected", "n_skus_added"]), [3, 0, 2]);
        // The channel's orders take stock: that of a quote must not take it twice.
        let from = json!({ "shop": "2026-01-01T00:00:00Z" });
        let settings = json!({ "choice": "priority", "takes_orders_from": from });
        server.put("/v1/stock/settings", &settings).ok();
        let draft = json!({ "name": "Ten per cent off", "definition": {
            "action": { "kind": "percentage", "basis_points": 1_000 }, "activation": "coupon",
        } });
        let promotion = text(&server.post("/v1/promotions", &draft).ok()["id"]);
        let coupon = json!({ "code": "LIGHT10", "promotion": promotion, "uses_max": 5 });
        server.post("/v1/coupons", &coupon).ok();
        let active = server.post(&format!("/v1/promotions/{promotion}/activate"), &json!({})).ok();
        assert_eq!(active["state"], "active");
        let sale = json!({
            "name": "Lantern hour", "starts_at": "2026-03-01T12:00:00Z",
            "ends_at": "2026-03-01T18:00:00Z", "customer_units_max": 2,
            "items": [{ "sku": "LAMP", "unit_price_minor": 1_500, "n_units": 4 }],
        });
        let sale = text(&server.post("/v1/flash-sales", &sale).ok()["id"]);
        server.post_text(&format!("/v1/flash-sales/{sale}/schedule"), "").ok();
        Story { server, promotion, sale }
    }

    /// What has been counted, once everything has been worked off; the whole ledger adds up.
    fn counted(&self) -> Counted {
        let server = self.server;
        server.shop.settle().unwrap();
        assert_eq!(server.shop.context.db.read(verify).unwrap(), Vec::<String>::new());
        let stock = |sku: &str| {
            let row = server.json(&format!("/v1/stock/{sku}"));
            numbers(&row, ["on_hand", "held", "available"])
        };
        let movements = server.walk("/v1/stock/LAMP/movements", 3);
        let sum = |name: &str| movements.iter().map(|row| row[name].as_i64().unwrap()).sum::<i64>();
        let lamps = stock("LAMP");
        assert_eq!(["on_hand", "held", "available"].map(sum), lamps, "what happened adds up");
        let pool = server.json(&format!("/v1/flash-sales/{}", self.sale))["items"][0].clone();
        Counted {
            lamps,
            cups: stock("CUP"),
            coupon_uses_left: numbers(&server.json("/v1/coupons/LIGHT10"), ["uses_left"])[0],
            pool: numbers(&pool, ["n_left", "n_held", "n_sold"]),
            n_lamp_movements: movements.len(),
        }
    }

    /// Three lamps, two of them in the sale, and two cups, ten per cent off all of it.
    fn priced(&self) -> String {
        let ask = json!({
            "anonymous_id": "v-1", "coupons": ["light10"], "country": "GB",
            "lines": [{ "sku": "LAMP", "quantity": 3 }, { "sku": "CUP", "quantity": 2 }],
        });
        let quote = self.server.post("/v1/quotes", &ask).ok();
        let price = &quote["price"];
        assert_eq!(numbers(price, ["subtotal_minor", "discount_minor"]), [7_000, 1_600]);
        assert_eq!(price["total_minor"], 5_400);
        let sources: Vec<(String, String, i64)> = price["lines"][0]["discounts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (text(&one["source"]), text(&one["id"]), numbers(one, ["amount_minor"])[0]))
            .collect();
        assert_eq!(
            sources,
            [
                ("flash_sale".to_owned(), self.sale.clone(), 1_000),
                ("promotion".to_owned(), self.promotion.clone(), 500),
            ]
        );
        text(&quote["id"])
    }

    fn step(&self, quote: &str, step: &str, body: &Value) -> Value {
        self.server.post(&format!("/v1/quotes/{quote}/{step}"), body).ok()
    }
}

#[test]
fn a_cart_goes_all_the_way_and_every_count_follows() {
    on_empty("story", |server| {
        let story = Story::begin(server);
        let mut wanted = Counted {
            lamps: [10, 0, 10],
            cups: [25, 0, 25],
            coupon_uses_left: 5,
            pool: [4, 0, 0],
            n_lamp_movements: 1,
        };
        assert_eq!(story.counted(), wanted);
        let quote = story.priced();
        assert_eq!(story.counted(), wanted, "a price holds nothing");
        assert_decided(&story, &quote);

        story.step(&quote, "hold", &json!({}));
        wanted.lamps = [10, 3, 7];
        wanted.cups = [25, 2, 23];
        wanted.coupon_uses_left = 4;
        wanted.pool = [2, 2, 0];
        wanted.n_lamp_movements = 2;
        assert_eq!(story.counted(), wanted);

        let committed = story.step(&quote, "commit", &json!({ "order_number": "1042" }));
        assert_eq!(
            (&committed["order"], &committed["state"]),
            (&json!("shop/1042"), &json!("committed"))
        );
        wanted.lamps = [7, 0, 7];
        wanted.cups = [23, 0, 23];
        wanted.pool = [2, 0, 2];
        wanted.n_lamp_movements = 3;
        assert_eq!(story.counted(), wanted);

        tell_orders(&story, &mut wanted);

        let back =
            json!({ "key": "R-1", "lines": [{ "line": 0, "quantity": 1, "restock": true }] });
        let returned = story.step(&quote, "returns", &back);
        assert_eq!(numbers(&returned["lines"][0], ["quantity_so_far", "paid_minor"]), [1, 1_500]);
        wanted.lamps[0] += 1;
        wanted.lamps[2] += 1;
        wanted.n_lamp_movements += 1;
        assert_eq!(story.counted(), wanted, "uses stay used, as the customer has had them");
        assert_eq!(story.step(&quote, "returns", &back)["is_new"], false);
        let damaged = json!({ "key": "R-2", "lines": [{ "line": 1, "quantity": 1 }] });
        story.step(&quote, "returns", &damaged);
        assert_eq!(story.counted(), wanted, "a broken cup is not sold again");

        let beyond = json!({ "key": "R-3", "lines": [{ "line": 0, "quantity": 3 }] });
        let path = format!("/v1/quotes/{quote}/returns");
        let problem = server.post(&path, &beyond).problem(422, "invalid_field");
        assert_eq!(problem["field"], "lines[0].quantity");
        assert_eq!(story.counted(), wanted);
    });
}

#[test]
fn a_cancelled_order_gives_back_everything_that_had_not_come_back() {
    on_empty("story_cancelled", |server| {
        let story = Story::begin(server);
        let before = story.counted();
        let quote = story.priced();
        story.step(&quote, "commit", &json!({ "order_number": "1042" }));
        let back =
            json!({ "key": "R-1", "lines": [{ "line": 0, "quantity": 1, "restock": true }] });
        story.step(&quote, "returns", &back);
        let counted = story.counted();
        assert_eq!((counted.lamps, counted.coupon_uses_left), ([8, 0, 8], 4));
        for is_new in [true, false] {
            let cancelled = story.step(&quote, "returns", &json!({ "key": "cancelled" }));
            assert_eq!(cancelled["is_new"], is_new);
            let Counted { lamps, cups, coupon_uses_left, pool, .. } = story.counted();
            let all = (lamps, cups, coupon_uses_left, pool);
            assert_eq!(all, (before.lamps, before.cups, before.coupon_uses_left, before.pool));
        }
        // Everything is there for the next one.
        let next = story.priced();
        assert_eq!(story.step(&next, "hold", &json!({}))["state"], "held");
    });
}

/// The order of the quote takes nothing more, one that came without a quote takes its units.
fn tell_orders(story: &Story<'_>, wanted: &mut Counted) {
    let mut told = order("1042");
    told["channel"] = json!("shop");
    told["placed_at"] = json!("2026-03-01T12:01:00Z");
    told["lines"][0]["sku"] = json!("LAMP");
    told["lines"][0]["quantity"] = json!(3);
    let outcome = |order: &Value| text(&story.server.post("/v1/orders", order).ok()["outcome"]);
    assert_eq!(outcome(&told), "created");
    assert_eq!(&story.counted(), wanted, "the quote took the units already");
    told["status"] = json!("fulfilled");
    assert_eq!(outcome(&told), "changed");
    assert_eq!(&story.counted(), wanted);
    told["number"] = json!("1043");
    told["lines"][0]["quantity"] = json!(1);
    assert_eq!(outcome(&told), "created");
    wanted.lamps = [6, 0, 6];
    wanted.n_lamp_movements += 1;
    assert_eq!(&story.counted(), wanted, "without a quote it takes its units when it is told");
}

/// The decision behind the quote's price, with its reasons.
fn assert_decided(story: &Story<'_>, quote: &str) {
    let found = story.server.walk(&format!("/v1/decisions?subject={quote}"), 5);
    assert_eq!(found.len(), 1, "{found:?}");
    let shown = story.server.json(&format!("/v1/quotes/{quote}"))["reasons"].clone();
    assert_eq!(found[0]["reasons"], shown);
    let reasons = shown.as_array().unwrap();
    assert!(!reasons.is_empty());
    assert!(reasons.iter().all(|one| one["sentence"].as_str().unwrap().len() > 10), "{shown}");
    let id = text(&found[0]["id"]);
    let detail = story.server.json(&format!("/v1/decisions/{id}"));
    assert!(detail.to_string().contains("LAMP"), "what it was decided from: {detail}");
    let listed = story.server.walk(&format!("/v1/decisions?kind={}", text(&found[0]["kind"])), 5);
    assert!(listed.iter().any(|row| row["id"] == id));
}
