//! A shop of small parts: two channels, orders that a test writes down, known costs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use mercer_connect::cart::{
    Catalog, CatalogItem, ChannelInfo, PortError, StockAnswer, StockAsk, StockRoom, TraitKind,
    TraitName, UnitCost,
};
use mercer_connect::orders::{OrderBook, OrderLineSnapshot, OrderSnapshot, RefundSnapshot};
use mercer_core::clock::ManualClock;
use mercer_db::Tx;
use mercer_http::context::Context;
use mercer_testkit::TestBed;

use crate::manage::Promotions;
use crate::running::Running;

/// What the record answers of a customer beyond the engine's own names.
pub const NAMES: &[TraitName] =
    &[TraitName { name: "value_minor", kind: TraitKind::Number, sentence: "Spent so far." }];

/// The fakes behind the ports.
#[derive(Default)]
pub struct Parts {
    pub orders: Mutex<Vec<OrderSnapshot>>,
    pub costs: Mutex<BTreeMap<String, i64>>,
    /// Reading the orders takes so long by this clock.
    pub slow: Mutex<Option<(Arc<ManualClock>, i64)>>,
}

pub fn shop(t: &TestBed) -> (Arc<Promotions>, Arc<Parts>) {
    let parts = Arc::new(Parts::default());
    let context = Context::new(t.db.clone(), t.clock.clone(), t.entropy.clone());
    let promotions = Promotions {
        context,
        orders: parts.clone(),
        stock: parts.clone(),
        catalog: parts.clone(),
        running: Arc::new(Running::new(NAMES)),
        default_channel: "web".to_owned(),
    };
    (Arc::new(promotions), parts)
}

/// An order of the web shop at noon, UTC, of a day.
pub fn order(
    id: &str,
    day: i32,
    customer: Option<&str>,
    lines: &[(&str, i64, i64)],
) -> OrderSnapshot {
    let noon = i64::from(day) * 86_400 + 43_200;
    let lines: Vec<OrderLineSnapshot> = lines
        .iter()
        .zip(0..)
        .map(|((sku, quantity, unit_price_minor), position)| OrderLineSnapshot {
            position,
            product_id: Some(format!("prd_{sku}")),
            sku: (*sku).to_owned(),
            category: None,
            is_gift: false,
            quantity: *quantity,
            refunded_quantity: 0,
            unit_price_minor: *unit_price_minor,
            discount_minor: 0,
            tax_minor: 0,
            total_minor: quantity * unit_price_minor,
        })
        .collect();
    OrderSnapshot {
        id: id.to_owned(),
        number: id.to_owned(),
        channel: "web".to_owned(),
        customer_id: customer.map(str::to_owned),
        placed_at: Timestamp::from_second(noon).unwrap(),
        day,
        currency: "GBP".to_owned(),
        is_cancelled: false,
        country: None,
        discount_codes: Vec::new(),
        shipping_minor: 0,
        total_minor: lines.iter().map(|line| line.total_minor).sum(),
        lines,
    }
}

impl Catalog for Parts {
    fn channel(&self, _: &mut Tx<'_>, code: &str) -> Result<Option<ChannelInfo>, PortError> {
        let time_zone = match code {
            "web" => "Europe/London",
            "us" => "America/New_York",
            _ => return Ok(None),
        };
        let currency = if code == "web" { "GBP" } else { "USD" };
        Ok(Some(ChannelInfo {
            code: code.to_owned(),
            currency: currency.to_owned(),
            time_zone: time_zone.to_owned(),
        }))
    }

    fn items(&self, _: &mut Tx<'_>, _: &str, _: &[&str]) -> Result<Vec<CatalogItem>, PortError> {
        Ok(Vec::new())
    }
}

impl StockRoom for Parts {
    fn costs(
        &self,
        _: &mut Tx<'_>,
        skus: &[&str],
    ) -> Result<BTreeMap<String, UnitCost>, PortError> {
        let costs = self.costs.lock().unwrap();
        let of = |sku: &&str| {
            let cost_minor = Some(*costs.get(*sku)?);
            Some(((*sku).to_owned(), UnitCost { cost_minor, floor_minor: None }))
        };
        Ok(skus.iter().filter_map(of).collect())
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
        day_min: i32,
        each: &mut dyn FnMut(OrderSnapshot),
    ) -> Result<(), PortError> {
        if let Some((clock, seconds)) = &*self.slow.lock().unwrap() {
            clock.advance_seconds(*seconds);
        }
        let orders = self.orders.lock().unwrap();
        orders.iter().filter(|order| order.day >= day_min).cloned().for_each(each);
        Ok(())
    }
}
