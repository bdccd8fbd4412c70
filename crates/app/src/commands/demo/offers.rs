//! What the demonstration counts and offers: stock at two locations, a few promotions, a flash
//! sale. All of it goes the way that a merchant's own would.

use anyhow::{Result, anyhow};
use jiff::SignedDuration;
use mercer_connect::files::FileChoices;
use mercer_connect::history::ProductRef;
use mercer_connect::stock::StockFiles;
use mercer_csv::stock::CsvStock;
use mercer_flash_sales::manage::SaleAsk;
use mercer_flash_sales::store::Item;
use mercer_promotions::manage::coupons::{self, CouponDraft};
use mercer_promotions::manage::draft::PromotionDraft;
use mercer_promotions::manage::promotions::{self, Step};
use mercer_stock::import::{self, ImportOptions};
use serde_json::{Value, json};

use crate::output;
use crate::shop::Shop;

/// Share of the price that the demonstration's things cost, in per cent.
const COST_PERCENT: i64 = 45;
/// Lowest price as a share of the price, in per cent.
const FLOOR_PERCENT: i64 = 55;

pub(super) fn make(shop: &Shop) -> Result<()> {
    let sales = shop.reader.read_sales().map_err(|error| anyhow!(error))?;
    let products: Vec<&ProductRef> =
        sales.products.iter().filter(|product| product.price_minor > 0).collect();
    make_stock(shop, &products)?;
    make_promotions(shop)?;
    make_flash_sale(shop, &products)?;
    make_programme(shop)?;
    output::note("Stock at two locations, promotions, a flash sale and points are set up.");
    Ok(())
}

/// A stock file, read and booked like any other. Quantities differ by product, some are low.
fn make_stock(shop: &Shop, products: &[&ProductRef]) -> Result<()> {
    let mut text = "sku,location,quantity,cost,minimum price,threshold,incoming,due\n".to_owned();
    let due = shop.context.clock.now() + SignedDuration::from_hours(24 * 9);
    let due = due.to_zoned(jiff::tz::TimeZone::UTC).date();
    for (number, product) in (0i64..).zip(products) {
        let decimal = |minor: i64| format!("{}.{:02}", minor / 100, minor % 100);
        let cost = decimal(product.price_minor * COST_PERCENT / 100);
        let floor = decimal(product.price_minor * FLOOR_PERCENT / 100);
        let quantity = 20 + number * 37 % 160;
        // Every eleventh thing has run low, and more of it is on its way.
        let is_low = number % 11 == 3;
        let (quantity, incoming) = if is_low { (number % 4, "60") } else { (quantity, "") };
        let due = if is_low { due.to_string() } else { String::new() };
        let sku = product.sku.replace('"', "\"\"");
        text += &format!("\"{sku}\",warehouse,{quantity},{cost},{floor},8,{incoming},{due}\n");
        if number % 3 == 0 {
            text += &format!("\"{sku}\",shop,{},{cost},{floor},8,,\n", 1 + number % 7);
        }
    }
    let choices = FileChoices {
        currency: Some(shop.defaults.currency.code().to_owned()),
        ..FileChoices::default()
    };
    let sheet = CsvStock.read(text.into_bytes(), "stock of the simulated shop", &choices)?;
    let options = ImportOptions {
        file_name: "stock of the simulated shop".to_owned(),
        location: None,
        makes_locations: true,
        again: false,
    };
    let report = import::run(&shop.context.db, shop.context.clock.now(), &sheet, &options)?;
    match report.rejects.first() {
        None => Ok(()),
        Some(reject) => Err(anyhow!("line {} of the demo's stock: {}", reject.line, reject.reason)),
    }
}

fn make_promotions(shop: &Shop) -> Result<()> {
    let manage = &shop.offers.promotions;
    let now = shop.context.clock.now();
    let currency = shop.defaults.currency.code();
    let drafts: [(Value, bool, Option<&str>); 5] = [
        (
            json!({ "name": "10 % from 12 of one product", "definition": { "action": {
            "kind": "quantity_breaks", "per": "product", "breaks": [
                { "quantity_min": 12, "reward": { "kind": "percentage", "basis_points": 1_000 } }],
        } } }),
            true,
            None,
        ),
        (
            json!({ "name": "Free shipping from 50.00", "definition": {
            "currency": currency,
            "minimum": { "amount_minor": 5_000, "basis": "after_earlier" },
            "action": { "kind": "shipping", "basis_points": 10_000 },
        } }),
            true,
            None,
        ),
        (
            json!({ "name": "Three teas, the cheapest free", "definition": {
            "target": { "of": "categories", "values": ["Tea"] },
            "action": { "kind": "buy_get", "buy_quantity": 2, "get_quantity": 1 },
        } }),
            true,
            None,
        ),
        (
            json!({ "name": "Welcome 15 %", "uses_max": 500, "customer_uses_max": 1, "definition": {
            "condition": "!has(customer.n_orders) || customer.n_orders == 0", "activation": "coupon",
            "action": { "kind": "percentage", "basis_points": 1_500 },
        } }),
            true,
            Some("WELCOME15"),
        ),
        (
            json!({ "name": "Champions' evening", "definition": {
            "condition": "customer.segment == 'champions' && time.hour >= 18",
            "exclusive": true,
            "action": { "kind": "percentage", "basis_points": 2_000 },
        } }),
            false,
            None,
        ),
    ];
    for (draft, runs, code) in drafts {
        let draft: PromotionDraft = serde_json::from_value(draft)?;
        shop.context.db.write(|tx| {
            let id = promotions::create(manage, tx, now, &draft)?;
            if runs {
                promotions::step(manage, tx, now, (&id, Step::Activate))?;
            }
            if let Some(code) = code {
                let coupon = CouponDraft {
                    code: code.to_owned(),
                    promotion: id,
                    uses_max: None,
                    customer_uses_max: None,
                    budget_minor_max: None,
                };
                coupons::create(tx, now, &coupon)?;
            }
            Ok::<_, mercer_promotions::PromotionsError>(())
        })?;
    }
    Ok(())
}

/// Thirty units of three well-stocked things, two a customer, for two days from now.
fn make_flash_sale(shop: &Shop, products: &[&ProductRef]) -> Result<()> {
    let now = shop.context.clock.now();
    let items: Vec<Item> = (0i64..)
        .zip(products)
        .filter(|(number, _)| 20 + number * 37 % 160 >= 40 && number % 11 != 3)
        .take(3)
        .map(|(_, product)| Item {
            sku: product.sku.clone(),
            unit_price_minor: product.price_minor * 7 / 10,
            n_units: 30,
        })
        .collect();
    if items.is_empty() {
        return Ok(());
    }
    let sale = SaleAsk {
        name: "Two days, three things".to_owned(),
        starts_at: now,
        ends_at: now + SignedDuration::from_hours(48),
        customer_units_max: Some(2),
        segments: Vec::new(),
        turn_minutes: 3,
        items,
    };
    let sale = shop.offers.flash_sales.create(&sale)?;
    shop.offers.flash_sales.schedule(&sale.id)?;
    Ok(())
}

/// A point for each whole pound, worth a penny, for the orders of the last month and from now on.
fn make_programme(shop: &Shop) -> Result<()> {
    let programme = json!({
        "points_name": { "one": "point", "many": "points" },
        "currency": shop.defaults.currency.code(),
        "earning": [
            { "id": "purchase", "multiplied_by_tier": true, "earn": {
                "by": "spend", "points": 1, "per_minor": 100, "rounding": "down",
                "basis": { "discounts": "after", "tax": "with", "shipping": "without" } } },
            { "id": "review", "earn": { "by": "activity", "activity": "review", "points": 20 },
              "limits": [{ "kind": "times", "max": 2, "per": "month" }] },
            { "id": "friend", "pending_days": 30, "earn": {
                "by": "referral", "referrer_points": 500, "friend_points": 200,
                "order_minor_min": 2_000 } },
            { "id": "regular", "earn": {
                "by": "challenge", "challenge": "three_orders", "points": 50 } },
        ],
        "expiry": { "kind": "after_earning", "days": 365 },
        "redemption": {
            "points": 100, "minor": 100, "step": 10, "points_min": 50, "share_percent_max": 50 },
        "tiers": { "measure": "points", "window": { "kind": "rolling", "days": 365 },
            "grace_days": 30, "levels": [
                { "id": "basic", "name": "Basic", "from": 0 },
                { "id": "silver", "name": "Silver", "from": 100, "multiplier_percent": 125 },
                { "id": "gold", "name": "Gold", "from": 300, "multiplier_percent": 150 }] },
        "challenges": [
            { "id": "three_orders", "name": "Three orders in a month", "badge": "Regular",
              "goal": { "kind": "count", "of": "order", "n": 3 },
              "window": { "kind": "each", "period": "month" } }],
        "when_spent": "owe",
    });
    let terms = json!({
        "programme": programme, "expiry_warning_days": 30, "time_zone": "Europe/London" });
    let ask = serde_json::from_value(json!({ "terms": terms, "activate": true }))?;
    shop.offers.loyalty.put_programme(&ask)?;
    let month_ago = shop.context.clock.now() - SignedDuration::from_hours(24 * 30);
    let from = month_ago.to_zoned(jiff::tz::TimeZone::UTC).date();
    let past = serde_json::from_value(json!({ "from": from, "dry_run": false }))?;
    shop.offers.loyalty.backfill(&past)?;
    Ok(())
}
