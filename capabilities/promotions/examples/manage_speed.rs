//! How long managing takes, on both databases:
//!
//! `cargo run --release -p mercer-promotions --example manage_speed`, with MERCER_TEST_POSTGRES.
//!
//! A batch of 100,000 codes and its file; opening the accounts of codes; what is left for 50
//! promotions of one customer; a draft over 20,000 orders of 27 lines beside 20 running ones.
#![expect(clippy::disallowed_methods, reason = "measures time")]
#![expect(clippy::print_stdout, reason = "prints its figures")]
#![expect(clippy::unwrap_used, reason = "stops at the first error")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use mercer_connect::cart::{
    Catalog, CatalogItem, ChannelInfo, PortError, StockAnswer, StockAsk, StockRoom, UnitCost,
};
use mercer_connect::orders::{OrderBook, OrderLineSnapshot, OrderSnapshot, RefundSnapshot};
use mercer_core::clock::Clock;
use mercer_db::Tx;
use mercer_http::context::Context;
use mercer_promotions::PromotionsError;
use mercer_promotions::manage::batches::{self, BatchDraft};
use mercer_promotions::manage::coupons::{self, CouponFilter};
use mercer_promotions::manage::draft::PromotionDraft;
use mercer_promotions::manage::promotions::{self, Step};
use mercer_promotions::manage::{Promotions, limits, simulate};
use mercer_promotions::running::Running;
use mercer_promotions::store;
use mercer_testkit::{TestBed, on_both};
use serde_json::{Value, json};

/// Codes of the batch.
const N_CODES: usize = 100_000;
/// Codes whose accounts are opened.
const N_OPENED: usize = 2_000;
/// Promotions of which it is asked what is left.
const N_PROMOTIONS: usize = 50;
/// Orders and lines of each, as the brief of the real year has them.
const N_ORDERS: i64 = 20_000;
const N_LINES: i64 = 27;

struct Parts;

fn main() {
    let migrations =
        [mercer_promotions::MIGRATIONS, mercer_facts::MIGRATIONS, mercer_ledger::MIGRATIONS];
    on_both("manage_speed", &migrations, |t| {
        println!("{}", t.db.backend().name());
        measure(t);
    });
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let done = work();
    println!("  {what}: {:.1} ms", begun.elapsed().as_secs_f64() * 1e3);
    done
}

fn draft(fields: Value) -> PromotionDraft {
    let mut draft = json!({
        "name": "Ten off", "definition": {"currency": "GBP",
        "action": {"kind": "percentage", "basis_points": 1_000}}
    });
    draft.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    serde_json::from_value(draft).unwrap()
}

fn measure(t: &TestBed) {
    let now = t.clock.now();
    let shop = Promotions {
        context: Context::new(t.db.clone(), t.clock.clone(), t.entropy.clone()),
        orders: Arc::new(Parts),
        stock: Arc::new(Parts),
        catalog: Arc::new(Parts),
        running: Arc::new(Running::new(&[])),
        default_channel: "web".to_owned(),
    };
    let create = |fields: Value| {
        t.db.write(|tx| promotions::create(&shop, tx, now, &draft(fields.clone()))).unwrap()
    };
    let id = create(json!({}));
    let batch = BatchDraft {
        promotion: id,
        n_codes: N_CODES,
        batch: Some("letter".to_owned()),
        prefix: String::new(),
        length: batches::N_DRAWN_CHARS,
        uses_max: Some(1),
        customer_uses_max: None,
        budget_minor_max: None,
    };
    timed("a batch of 100,000 codes", || {
        t.db.write(|tx| batches::create(tx, now, &*t.entropy, &batch)).unwrap()
    });
    open_accounts(t, now);
    timed("its file", || t.db.read(|tx| batches::file(tx, now, "letter")).unwrap());
    what_is_left(t, now, &shop, create);
    simulated(t, now, &shop, create);
}

fn open_accounts(t: &TestBed, now: Timestamp) {
    let filter = CouponFilter { batch: Some("letter".to_owned()), ..CouponFilter::default() };
    let codes = t.db.read(|tx| coupons::list(tx, now, &filter, N_OPENED)).unwrap();
    timed("opening the accounts of 2,000 codes in one transaction", || {
        t.db.write(|tx| {
            for (_, code) in &codes {
                let coupon = store::coupon(tx, &code.code)?.unwrap();
                coupons::ensure_accounts(tx, now, &coupon)?;
            }
            Ok::<_, PromotionsError>(())
        })
        .unwrap();
    });
}

fn what_is_left(t: &TestBed, now: Timestamp, shop: &Promotions, create: impl Fn(Value) -> String) {
    for n in 0..N_PROMOTIONS {
        let id = create(json!({
            "uses_max": 1_000, "customer_uses_max": 3, "budget_minor_max": 100_000,
            "definition": {
                "currency": "GBP", "action": {"kind": "percentage", "basis_points": 500 + n * 20},
                "target": {"of": "categories", "values": [format!("Category {}", n % 9)]},
                "minimum": {"amount_minor": 2_000 + n * 1_000}, "tags": [format!("{}", n % 9)],
                "stacks": {"with": "never", "tags": [format!("{}", n % 9)]}
            }
        }));
        t.db.write(|tx| promotions::step(shop, tx, now, (&id, Step::Activate))).unwrap();
    }
    let active = t.db.read(store::active).unwrap();
    let all: Vec<_> = active.iter().collect();
    let ensure = || t.db.write(|tx| limits::ensure_all(tx, now, &all, &[], Some("cus_1"))).unwrap();
    timed("opening the shares of 50 promotions", ensure);
    timed("finding them open", ensure);
    for _ in 0..3 {
        timed("what is left of 150 limits of 50 promotions", || {
            t.db.read(|tx| limits::left(tx, now, &active, &[], Some("cus_1"))).unwrap()
        });
    }
    for one in &active[20..] {
        t.db.write(|tx| promotions::step(shop, tx, now, (&one.id, Step::Pause))).unwrap();
    }
}

fn simulated(t: &TestBed, now: Timestamp, shop: &Promotions, create: impl Fn(Value) -> String) {
    let dozen = create(json!({"definition": {"action": {
        "kind": "quantity_breaks", "per": "product",
        "breaks": [{"quantity_min": 12, "reward": {"kind": "percentage", "basis_points": 1_000}}]
    }}}));
    let ask = json!({"promotion": dozen, "days": 365, "assumed_margin_basis_points": 4_000});
    let ask = serde_json::from_value(ask).unwrap();
    let run = |what: &str| {
        let report = timed(what, || simulate::run(shop, &ask).unwrap());
        println!("    {}", report.sentence);
    };
    run("a draft over 540,000 lines beside 20 running promotions");
    for one in t.db.read(store::active).unwrap() {
        t.db.write(|tx| promotions::step(shop, tx, now, (&one.id, Step::Pause))).unwrap();
    }
    run("the same beside none");
}

impl OrderBook for Parts {
    fn order(&self, _: &mut Tx<'_>, _: &str) -> Result<Option<OrderSnapshot>, PortError> {
        Ok(None)
    }

    fn order_by_number(
        &self,
        _: &mut Tx<'_>,
        _: &str,
        _: &str,
    ) -> Result<Option<OrderSnapshot>, PortError> {
        Ok(None)
    }

    fn refund(&self, _: &mut Tx<'_>, _: &str) -> Result<Option<RefundSnapshot>, PortError> {
        Ok(None)
    }

    fn for_each_order(
        &self,
        _: &mut Tx<'_>,
        _: i32,
        each: &mut dyn FnMut(OrderSnapshot),
    ) -> Result<(), PortError> {
        for n in 0..N_ORDERS {
            let day = 20_150 + i32::try_from(n * 363 / N_ORDERS).unwrap();
            let lines = (0..N_LINES).map(|position| OrderLineSnapshot {
                position,
                product_id: Some(format!("prd_{}", (n * 31 + position * 7) % 4_000)),
                sku: format!("SKU-{}", (n * 31 + position * 7) % 4_000),
                category: Some(format!("Category {}", position % 9)),
                is_gift: false,
                quantity: 1 + (n + position) % 14,
                refunded_quantity: 0,
                unit_price_minor: 42 + (n * 13 + position * 29) % 900,
                discount_minor: 0,
                tax_minor: 0,
                total_minor: 0,
            });
            each(OrderSnapshot {
                id: format!("ord_{n}"),
                number: n.to_string(),
                channel: "web".to_owned(),
                customer_id: Some(format!("cus_{}", n % 4_000)),
                placed_at: Timestamp::from_second(i64::from(day) * 86_400).unwrap(),
                day,
                currency: "GBP".to_owned(),
                is_cancelled: false,
                country: Some("GB".to_owned()),
                discount_codes: Vec::new(),
                shipping_minor: 495,
                total_minor: 0,
                lines: lines.collect(),
            });
        }
        Ok(())
    }
}

impl StockRoom for Parts {
    fn costs(&self, _: &mut Tx<'_>, _: &[&str]) -> Result<BTreeMap<String, UnitCost>, PortError> {
        Ok(BTreeMap::new())
    }

    fn allocate(
        &self,
        _: &mut Tx<'_>,
        _: Timestamp,
        _: Option<&str>,
        _: &[StockAsk],
    ) -> Result<Vec<StockAnswer>, PortError> {
        Ok(Vec::new())
    }
}

impl Catalog for Parts {
    fn channel(&self, _: &mut Tx<'_>, code: &str) -> Result<Option<ChannelInfo>, PortError> {
        Ok(Some(ChannelInfo {
            code: code.to_owned(),
            currency: "GBP".to_owned(),
            time_zone: "Europe/London".to_owned(),
        }))
    }

    fn items(&self, _: &mut Tx<'_>, _: &str, _: &[&str]) -> Result<Vec<CatalogItem>, PortError> {
        Ok(Vec::new())
    }
}
