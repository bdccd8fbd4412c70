//! Orders that came without a quote: what they take, give back and leave short.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use mercer_connect::cart::PortError;
use mercer_connect::orders::{OrderBook, OrderLineSnapshot, OrderSnapshot, RefundSnapshot};
use mercer_core::fact::NewFact;
use mercer_db::Tx;
use mercer_facts::{deliver, rewind};
use mercer_stock_engine::policy::Choice;
use mercer_testkit::{TestBed, on_both};
use serde_json::json;

use super::support::*;
use crate::sales::Sales;
use crate::settings::ItemSettings;
use crate::store::{self, Settings};

/// Orders by their ids, as a shop's record would answer them.
#[derive(Default)]
struct Orders(Mutex<BTreeMap<String, OrderSnapshot>>);

impl OrderBook for Orders {
    fn order(&self, _: &mut Tx<'_>, id: &str) -> Result<Option<OrderSnapshot>, PortError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned())
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
        _: &mut dyn FnMut(OrderSnapshot),
    ) -> Result<(), PortError> {
        Ok(())
    }
}

fn order(number: &str, placed_at: &str, lines: &[(&str, i64)]) -> OrderSnapshot {
    let line = |(position, (sku, quantity)): (i64, &(&str, i64))| OrderLineSnapshot {
        position,
        product_id: None,
        sku: (*sku).to_owned(),
        category: None,
        is_gift: false,
        quantity: *quantity,
        refunded_quantity: 0,
        unit_price_minor: 100,
        discount_minor: 0,
        tax_minor: 0,
        total_minor: 100 * quantity,
    };
    OrderSnapshot {
        id: format!("ord_{number}"),
        number: number.to_owned(),
        channel: "shop".to_owned(),
        customer_id: None,
        placed_at: placed_at.parse().expect("an instant"),
        day: 0,
        currency: "GBP".to_owned(),
        is_cancelled: false,
        country: None,
        discount_codes: Vec::new(),
        shipping_minor: 0,
        total_minor: 0,
        lines: (0..).zip(lines).map(line).collect(),
    }
}

struct Shop<'a> {
    t: &'a TestBed,
    orders: Arc<Orders>,
    sales: Sales,
}

impl<'a> Shop<'a> {
    fn new(t: &'a TestBed, from: Option<&str>) -> Self {
        location(t, "main", 1, &[]);
        location(t, "outlet", 2, &[]);
        put(t, "LAMP", &plain()).expect("a SKU");
        give(t, "LAMP", "main", 3);
        give(t, "LAMP", "outlet", 10);
        let from: Option<Timestamp> = from.map(|at| at.parse().expect("an instant"));
        let settings = Settings {
            choice: Choice::Priority,
            takes_orders_from: [("shop".to_owned(), from)].into(),
        };
        write(t, |tx| store::put_settings(tx, &settings)).expect("settings");
        let orders = Arc::<Orders>::default();
        let sales = Sales::new(orders.clone(), t.clock.clone());
        let shop = Self { t, orders, sales };
        shop.deliver();
        shop
    }

    fn deliver(&self) {
        while deliver(&self.t.db, &self.sales).expect("facts are followed") > 0 {}
    }

    fn append(&self, kind: &'static str, subject: &str, payload: serde_json::Value) {
        let fact = NewFact { kind, subject: subject.to_owned(), occurred_at: now(self.t), payload };
        self.t
            .db
            .write(|tx| mercer_facts::append(tx, now(self.t), std::slice::from_ref(&fact)))
            .expect("a fact");
    }

    /// The order is told as it stands.
    fn tell(&self, kind: &'static str, order: &OrderSnapshot) {
        let mut orders = self.orders.0.lock().unwrap_or_else(PoisonError::into_inner);
        orders.insert(order.id.clone(), order.clone());
        drop(orders);
        self.append(kind, &order.id, json!({}));
        self.deliver();
    }
}

const SINCE: &str = "2026-02-01T00:00:00Z";
const BEFORE: &str = "2026-01-31T23:59:59Z";
const AFTER: &str = "2026-02-02T10:00:00Z";

#[test]
fn an_order_takes_its_units_once_however_often_it_is_told() {
    on_both("stock_sales", MIGRATIONS, |t| {
        let shop = Shop::new(t, Some(SINCE));
        let placed = order("1", AFTER, &[("LAMP", 5), ("UNKNOWN", 2)]);
        shop.tell("order.placed", &placed);
        let left = [("main".to_owned(), 0), ("outlet".to_owned(), 8)];
        assert_eq!(by_place(t, "LAMP"), left.clone().into());
        shop.tell("order.changed", &placed);
        shop.tell("order.placed", &placed);
        t.db.write(|tx| rewind(tx, "stock.sales")).unwrap();
        shop.deliver();
        assert_eq!(by_place(t, "LAMP"), left.into());
        let n_sold = facts(t).iter().filter(|fact| fact.kind == "stock.sold").count();
        assert_eq!(n_sold, 1);
        assert_whole(t);
    });
}

#[test]
fn a_past_is_left_alone_and_so_is_a_channel_that_takes_nothing() {
    on_both("stock_past", MIGRATIONS, |t| {
        let shop = Shop::new(t, Some(SINCE));
        shop.tell("order.placed", &order("1", BEFORE, &[("LAMP", 5)]));
        let mut other = order("2", AFTER, &[("LAMP", 5)]);
        other.channel = "market".to_owned();
        shop.tell("order.placed", &other);
        assert_eq!(figures(t, "LAMP").0, 13);
    });
    on_both("stock_never", MIGRATIONS, |t| {
        let shop = Shop::new(t, None);
        shop.tell("order.placed", &order("1", AFTER, &[("LAMP", 5)]));
        assert_eq!(figures(t, "LAMP").0, 13);
    });
}

#[test]
fn a_change_takes_more_or_gives_back_and_a_cancellation_gives_all_back() {
    on_both("stock_changes", MIGRATIONS, |t| {
        let shop = Shop::new(t, Some(SINCE));
        shop.tell("order.placed", &order("1", AFTER, &[("LAMP", 5)]));
        shop.tell("order.changed", &order("1", AFTER, &[("LAMP", 7)]));
        assert_eq!(figures(t, "LAMP").0, 6);
        shop.tell("order.changed", &order("1", AFTER, &[("LAMP", 1)]));
        assert_eq!(figures(t, "LAMP").0, 12);
        let mut gone = order("1", AFTER, &[("LAMP", 1)]);
        gone.is_cancelled = true;
        shop.tell("order.cancelled", &gone);
        assert_eq!(by_place(t, "LAMP"), [("main".to_owned(), 3), ("outlet".to_owned(), 10)].into());
        shop.tell("order.cancelled", &gone);
        shop.tell("order.changed", &order("1", AFTER, &[("LAMP", 2)]));
        assert_eq!(figures(t, "LAMP").0, 11, "a cancelled order that comes back takes again");
        assert_whole(t);
    });
}

#[test]
fn what_is_short_is_taken_as_far_as_it_goes_and_told() {
    on_both("stock_short", MIGRATIONS, |t| {
        let shop = Shop::new(t, Some(SINCE));
        let allowed = ItemSettings { back_order: back_order(4, "main"), ..plain() };
        put(t, "LAMP", &allowed).unwrap();
        shop.tell("order.placed", &order("1", AFTER, &[("LAMP", 20)]));
        assert_eq!(by_place(t, "LAMP"), [("main".to_owned(), -4), ("outlet".to_owned(), 0)].into());
        let short: Vec<_> =
            facts(t).into_iter().filter(|fact| fact.kind == "stock.short").collect();
        assert_eq!(short.len(), 1);
        assert_eq!(
            (&short[0].payload["missing"], &short[0].payload["taken"]),
            (&json!(3), &json!(17))
        );
        // Fewer are wanted: what was never taken falls away first.
        shop.tell("order.changed", &order("1", AFTER, &[("LAMP", 18)]));
        assert_eq!(by_place(t, "LAMP")["main"], -4);
        shop.tell("order.changed", &order("1", AFTER, &[("LAMP", 15)]));
        assert_eq!(figures(t, "LAMP").0, -2);
        assert_whole(t);
    });
}

#[test]
fn an_order_of_a_quote_takes_nothing_here_in_whichever_order_it_is_told() {
    on_both("stock_quoted", MIGRATIONS, |t| {
        let shop = Shop::new(t, Some(SINCE));
        shop.append("quote.committed", "quo_1", json!({ "order": "shop/1" }));
        shop.tell("order.placed", &order("1", AFTER, &[("LAMP", 5)]));
        assert_eq!(figures(t, "LAMP").0, 13);
        shop.tell("order.placed", &order("2", AFTER, &[("LAMP", 5)]));
        assert_eq!(figures(t, "LAMP").0, 8);
        shop.append("quote.committed", "quo_2", json!({ "order": "shop/2" }));
        shop.deliver();
        assert_eq!(figures(t, "LAMP").0, 13, "the quote took them, so these go back");
        shop.tell("order.changed", &order("2", AFTER, &[("LAMP", 6)]));
        assert_eq!(figures(t, "LAMP").0, 13);
        assert_whole(t);
    });
}
