//! The sales history that other capabilities read.

use std::sync::Arc;

use jiff::civil::date;
use mercer_connect::history::{SalesHistory, SalesReader};
use mercer_connect::source::{LineKind, OrderStatus};
use mercer_engine_kit::money::Currency;
use mercer_testkit::{TestBed, on_both};

use super::support::*;
use crate::history::{RecordReader, date_of_day};

fn read(t: &TestBed) -> Arc<SalesHistory> {
    RecordReader { db: Arc::clone(&t.db), currency: Currency::EUR }.read_sales().unwrap()
}

/// SKU, units, units back, total.
type Line = (String, i32, i32, i64);

/// Each order as (customer's own id, net, lines).
fn told(history: &SalesHistory) -> Vec<(String, i64, Vec<Line>)> {
    let of = |at: usize| {
        let lines = history.lines_of(at).iter().map(|line| {
            let sku = history.products[line.product as usize].sku.clone();
            (sku, line.quantity, line.refunded_quantity, line.total_minor)
        });
        let order = history.orders[at];
        let who = order.customer.map(|at| history.customers[at as usize].external_id.clone());
        (who.unwrap_or_else(|| "guest".to_owned()), order.net_minor, lines.collect())
    };
    (0..history.orders.len()).map(of).collect()
}

#[test]
fn an_empty_shop_has_an_empty_history_in_its_own_currency() {
    on_both("history_empty", MIGRATIONS, |t| {
        let history = read(t);
        assert!(history.orders.is_empty() && history.products.is_empty());
        assert_eq!((history.currency, history.last_day), (Currency::EUR, None));
        assert_eq!(history.fact_sequence, 0);
    });
}

#[test]
fn orders_come_in_time_with_their_item_lines_in_order_guests_too_cancelled_ones_not() {
    on_both("history_orders", MIGRATIONS, |t| {
        let mut gift = line("C", 1, 0);
        gift.kind = LineKind::Gift;
        let mut post = line("POST", 1, 300);
        post.kind = LineKind::Shipping;
        let mut cancelled = order("2", day(3, 2), customer("ann"), vec![line("A", 9, 100)]);
        cancelled.status = OrderStatus::Cancelled;
        let _ = keep_orders(
            t,
            &[
                order("4", day(3, 4), customer("bob"), vec![line("B", 2, 250), line("A", 1, 100)]),
                cancelled,
                order("3", day(3, 3), None, vec![post.clone()]),
                order("1", day(3, 1), None, vec![gift, line("A", 3, 100), post, line("B", 1, 250)]),
            ],
        );
        let mut given = refund("r", day(3, 9), customer("bob"), vec![back("B", 1, 250)]);
        given.order_number = Some("4".to_owned());
        let _ = keep_refunds(t, &[given]);
        assert_eq!(tie(t), 1);
        let history = read(t);
        let line = |sku: &str, n, n_back, total| (sku.to_owned(), n, n_back, total);
        assert_eq!(
            told(&history),
            [
                ("guest".into(), 850, vec![line("A", 3, 0, 300), line("B", 1, 0, 250)]),
                ("guest".into(), 300, vec![]),
                ("bob".into(), 350, vec![line("B", 2, 1, 500), line("A", 1, 0, 100)]),
            ]
        );
        assert_eq!(history.currency, Currency::GBP);
        assert_eq!(history.last_day, Some(date(2011, 3, 4)));
        assert_eq!(history.fact_sequence, last_fact(t));
    });
}

#[test]
fn a_day_is_the_shops_own_on_both_sides_of_a_clock_change() {
    on_both("history_days", MIGRATIONS, |t| {
        let at = |text: &str| text.parse().unwrap();
        let placed = [
            // London is at UTC until 01:00 UTC on 27 March 2011, then an hour ahead.
            ("1", at("2011-03-26T23:59:59Z"), date(2011, 3, 26)),
            ("2", at("2011-03-27T00:59:59Z"), date(2011, 3, 27)),
            ("3", at("2011-03-27T22:59:59Z"), date(2011, 3, 27)),
            ("4", at("2011-03-27T23:00:00Z"), date(2011, 3, 28)),
            // It falls back at 01:00 UTC on 30 October 2011.
            ("5", at("2011-10-29T23:00:00Z"), date(2011, 10, 30)),
            ("6", at("2011-10-30T23:59:59Z"), date(2011, 10, 30)),
            ("7", at("2011-10-31T00:00:00Z"), date(2011, 10, 31)),
        ];
        let orders: Vec<_> =
            placed.iter().map(|(n, at, _)| order(n, *at, None, vec![line("A", 1, 1)])).collect();
        let _ = keep_orders(t, &orders);
        let days: Vec<_> =
            read(t).orders.iter().map(|order| date_of_day(i64::from(order.day))).collect();
        assert_eq!(days, placed.map(|(_, _, day)| day));
    });
}

#[test]
fn sales_of_a_product_stay_when_another_product_takes_over_its_sku() {
    on_both("history_taken_over", MIGRATIONS, |t| {
        use mercer_connect::source::SourceItem::Product;
        let _ = keep_orders(t, &[order("1", day(3, 1), None, vec![line("A", 2, 100)])]);
        let _ = keep(t, &[Product(product("P", "Mug", &["A", "B"]))]);
        let _ = keep_orders(t, &[order("2", day(3, 2), None, vec![line("A", 1, 100)])]);
        let sold: Vec<i32> = read(t)
            .orders
            .iter()
            .enumerate()
            .map(|(at, _)| read(t).lines_of(at)[0].quantity)
            .collect();
        assert_eq!(sold, [2, 1]);
    });
}
