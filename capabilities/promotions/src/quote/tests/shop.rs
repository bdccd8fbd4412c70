//! A shop small enough to see through: a catalogue, one location of stock, a purse of points.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use mercer_connect::cart::{
    Catalog, CatalogItem, ChannelInfo, CustomerTraits, NoFlashSales, PointsOffer, PointsWallet,
    PortError, StockAnswer, StockAsk, StockRoom, TraitName, UnitCost,
};
use mercer_core::clock::Clock;
use mercer_db::{MigrationSet, Tx, params};
use mercer_http::context::Context;
use mercer_ledger::account::{AccountKey, NewAccount, open};
use mercer_ledger::read::balances;
use mercer_ledger::transfer::{Leg, Lots, NewLot, Transfer, transfer};
use mercer_ledger::verify::verify;
use mercer_promotions_engine::policy::Promotion;
use mercer_testkit::TestBed;
use serde_json::{Value, json};

use crate::manage::limits;
use crate::quote::{FollowHolds, LineAsk, QuoteAsk, Quotes, Sources};
use crate::running::Running;
use crate::store;

pub const MIGRATIONS: &[MigrationSet] = &[
    mercer_facts::MIGRATIONS,
    mercer_jobs::MIGRATIONS,
    mercer_decisions::MIGRATIONS,
    mercer_ledger::MIGRATIONS,
    crate::MIGRATIONS,
];

/// Customer with an account of points.
pub const ANN: &str = "cus_ann";

/// Everything that quotes ask others.
struct Shop;

impl Catalog for Shop {
    fn channel(&self, _: &mut Tx<'_>, code: &str) -> Result<Option<ChannelInfo>, PortError> {
        Ok((code == "shop").then(|| ChannelInfo {
            code: "shop".to_owned(),
            currency: "GBP".to_owned(),
            time_zone: "Europe/London".to_owned(),
        }))
    }

    /// `T-250` is a thing of category `tea` for 2.50.
    fn items(&self, _: &mut Tx<'_>, _: &str, skus: &[&str]) -> Result<Vec<CatalogItem>, PortError> {
        let item = |sku: &&str| {
            let (kind, price) = sku.split_once('-')?;
            Some(CatalogItem {
                sku: (*sku).to_owned(),
                product_id: format!("prd_{sku}"),
                title: format!("Thing {sku}"),
                category: Some(if kind == "T" { "tea" } else { "other" }.to_owned()),
                unit_price_minor: Some(price.parse().ok()?),
            })
        };
        Ok(skus.iter().filter_map(item).collect())
    }
}

impl CustomerTraits for Shop {
    fn names(&self) -> &'static [TraitName] {
        &[]
    }

    fn add(
        &self,
        _: &mut Tx<'_>,
        customer: &str,
        traits: &mut BTreeMap<String, Value>,
    ) -> Result<bool, PortError> {
        traits.insert("n_orders".to_owned(), json!(3));
        traits.insert("segment".to_owned(), json!("champions"));
        Ok(customer.starts_with("cus_"))
    }
}

pub fn stock_of(sku: &str) -> AccountKey {
    AccountKey::new(&format!("stock:{sku}"), "loc_a", "available")
}

impl StockRoom for Shop {
    fn costs(&self, _: &mut Tx<'_>, _: &[&str]) -> Result<BTreeMap<String, UnitCost>, PortError> {
        Ok(BTreeMap::new())
    }

    fn allocate(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        _: Option<&str>,
        asks: &[StockAsk],
    ) -> Result<Vec<StockAnswer>, PortError> {
        let mut left: BTreeMap<String, i64> = BTreeMap::new();
        let mut answers = Vec::new();
        for ask in asks {
            let key = stock_of(&ask.sku);
            let known = tx
                .fetch_optional("SELECT 1 FROM ledger_accounts WHERE id = $1", params![key.id()])?;
            if !left.contains_key(&ask.sku) {
                let there = balances(tx, now, std::slice::from_ref(&key))?[0].available;
                left.insert(ask.sku.clone(), there);
            }
            let is_tracked = known.is_some();
            let there = left.entry(ask.sku.clone()).or_default();
            let n_found = if is_tracked { ask.quantity.min(*there) } else { ask.quantity };
            *there -= n_found;
            let to = AccountKey::world(&key.unit, "sold");
            let leg = Leg { line: ask.line, from: key, to, quantity: n_found, lots: Lots::Next };
            answers.push(StockAnswer {
                line: ask.line,
                is_tracked,
                n_found,
                n_back_ordered: 0,
                places: Vec::new(),
                legs: if is_tracked && n_found > 0 { vec![leg] } else { Vec::new() },
            });
        }
        Ok(answers)
    }
}

pub fn points_of(customer: &str) -> AccountKey {
    AccountKey::new("points", customer, "available")
}

impl PointsWallet for Shop {
    fn offer(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        customer: &str,
    ) -> Result<Option<PointsOffer>, PortError> {
        let left = balances(tx, now, &[points_of(customer)])?;
        Ok((customer == ANN).then(|| PointsOffer {
            available: left[0].available,
            step_points: 1,
            step_minor: 1,
            points_min: 10,
            payable_basis_points_max: 10_000,
        }))
    }

    fn legs(
        &self,
        _: &mut Tx<'_>,
        _: Timestamp,
        customer: &str,
        points: i64,
    ) -> Result<Vec<Leg>, PortError> {
        let to = AccountKey::world("points", "spent");
        Ok(vec![Leg { line: 0, from: points_of(customer), to, quantity: points, lots: Lots::Next }])
    }
}

pub fn quotes(t: &TestBed) -> Quotes {
    let context = Context::new(t.db.clone(), t.clock.clone(), t.entropy.clone());
    let sources = Sources {
        catalog: Arc::new(Shop),
        traits: vec![Arc::new(Shop)],
        stock: Arc::new(Shop),
        flash: Arc::new(NoFlashSales),
        points: Arc::new(Shop),
    };
    let usual = ChannelInfo {
        code: "shop".to_owned(),
        currency: "GBP".to_owned(),
        time_zone: "Europe/London".to_owned(),
    };
    Quotes::new(context, sources, Arc::new(Running::new(&[])), usual)
}

/// Puts units on an account.
pub fn give(t: &TestBed, key: &AccountKey, quantity: i64) {
    let (issued, sold) =
        (AccountKey::world(&key.unit, "issued"), AccountKey::world(&key.unit, "sold"));
    let spent = AccountKey::world(&key.unit, "spent");
    let new = Transfer {
        key: format!("give:{key}"),
        subject: "test".to_owned(),
        reason: "received".to_owned(),
        legs: vec![Leg {
            line: 0,
            from: issued.clone(),
            to: key.clone(),
            quantity,
            lots: Lots::New(NewLot { origin: format!("{key}"), priority: 0, expires_at: None }),
        }],
    };
    t.db.write(|tx| {
        let accounts = [key.clone(), issued.clone(), sold.clone(), spent.clone()];
        open(tx, &accounts.map(NewAccount::counted))?;
        transfer(tx, t.clock.now(), &new).map(|_| ())
    })
    .unwrap();
}

/// What can be taken of an account, and what is held of it.
pub fn left(t: &TestBed, key: &AccountKey) -> (i64, i64) {
    let found = t.db.read(|tx| balances(tx, t.clock.now(), std::slice::from_ref(key))).unwrap();
    (found[0].available, found[0].held)
}

/// Limits of a promotion: uses, uses by a customer, budget.
pub type Most = (Option<i64>, Option<i64>, Option<i64>);

/// Starts a promotion as it would stand after its activation.
pub fn run(t: &TestBed, id: &str, definition: Value, (uses, share, budget): Most) {
    let mut definition = definition;
    definition["id"] = json!(id);
    definition["name"] = json!(format!("Name of {id}"));
    let promotion: Promotion = serde_json::from_value(definition).unwrap();
    let now = t.clock.now();
    t.db.write(|tx| {
        tx.execute(
            "INSERT INTO promotions (id, name, state, priority, definition, uses_max,
                                     customer_uses_max, budget_minor_max, search_text, revision,
                                     created_at, changed_at)
             VALUES ($1, $1, 'active', $2, $3, $4, $5, $6, '', 1, 0, 0)",
            params![
                id,
                i64::from(promotion.priority),
                serde_json::to_string(&promotion).unwrap(),
                uses,
                share,
                budget
            ],
        )?;
        let _ = store::raise_revision(tx)?;
        let stored = store::promotion(tx, id)?.unwrap();
        limits::ensure_promotion(tx, now, &stored)
    })
    .unwrap();
}

/// Writes a code down that opens a promotion.
pub fn code(t: &TestBed, code: &str, promotion: &str, uses: Option<i64>) {
    t.db.write(|tx| {
        tx.execute(
            "INSERT INTO coupons (code, shown, promotion_id, is_active, uses_max, created_at)
             VALUES ($1, $2, $3, 1, $4, 0)",
            params![store::coupon_key(code), code, promotion, uses],
        )
    })
    .unwrap();
}

pub fn cart(lines: &[(&str, i64)]) -> QuoteAsk {
    QuoteAsk {
        channel: None,
        customer_id: None,
        anonymous_id: None,
        lines: lines
            .iter()
            .map(|(sku, quantity)| LineAsk {
                sku: (*sku).to_owned(),
                quantity: *quantity,
                unit_price_minor: None,
                currency: None,
                tax_basis_points: None,
                tags: Vec::new(),
            })
            .collect(),
        coupons: Vec::new(),
        points: 0,
        shipping: None,
        country: None,
    }
}

pub fn ten_percent() -> Value {
    json!({ "action": { "kind": "percentage", "basis_points": 1_000 } })
}

/// Puts back what time has ended, and lets quotes hear of it.
pub fn settle(t: &TestBed) {
    t.db.write(|tx| mercer_ledger::expire_due(tx, t.clock.now())).unwrap();
    while mercer_facts::deliver(&t.db, &FollowHolds).unwrap() > 0 {}
    assert_eq!(t.db.read(verify).unwrap(), Vec::<String>::new());
}
