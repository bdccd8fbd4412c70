//! Figures and ties after random changes, checked against sums over the base tables and against
//! the drafts themselves. Shares no code with `stats` and `ties`.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use mercer_connect::source::{LineKind, OrderDraft, OrderStatus, RefundDraft, SourceItem};
use mercer_core::clock::Clock;
use mercer_testkit::{TestBed, on_both};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use super::dump::{ask, dump};
use super::support::*;
use crate::keep::Keeper;

/// Sequences of batches per database: a few seconds' worth.
const N_CASES: u32 = 24;
/// With `MERCER_TEST_LONG=1`.
const N_CASES_LONG: u32 = 1_000;

/// Items kept in one transaction, by a keeper that has just started or that remembers; and
/// whether refunds are tied afterwards.
#[derive(Debug, Clone)]
struct Step {
    items: Vec<SourceItem>,
    is_new_keeper: bool,
    ties: bool,
}

fn instant() -> impl Strategy<Value = jiff::Timestamp> {
    (0..60i64).prop_map(|n| day(3, 1) + SignedDuration::from_hours(n * 7))
}

fn who() -> impl Strategy<Value = Option<mercer_connect::source::CustomerDraft>> {
    option::weighted(0.8, (0..3u8, option::of(0..2u8))).prop_map(|who| {
        who.map(|(who, country)| mercer_connect::source::CustomerDraft {
            external_id: format!("c{who}"),
            country: country.map(|country| format!("country {country}")),
            ..Default::default()
        })
    })
}

fn kind() -> impl Strategy<Value = LineKind> {
    prop_oneof![8 => Just(LineKind::Item), 1 => Just(LineKind::Gift), 1 => Just(LineKind::Shipping)]
}

fn an_order() -> impl Strategy<Value = OrderDraft> {
    let status = prop_oneof![
        3 => Just(OrderStatus::Fulfilled),
        1 => Just(OrderStatus::Open),
        1 => Just(OrderStatus::Cancelled)
    ];
    let lines = vec((kind(), 0..3u8, 1..6i64, 1..3i64), 1..4);
    (0..6u8, instant(), who(), status, lines, 0..3i64).prop_map(
        |(number, placed_at, who, status, lines, extra)| {
            let lines = lines.into_iter().map(|(kind, sku, quantity, price)| {
                let mut line = line(&format!("S{sku}"), quantity, price * 100);
                line.kind = kind;
                line
            });
            let mut draft = order(&format!("o{number}"), placed_at, who, lines.collect());
            draft.status = status;
            draft.discount_minor = extra;
            draft.shipping_minor = extra * 10;
            draft.tax_minor = extra * 100;
            draft
        },
    )
}

fn a_refund() -> impl Strategy<Value = RefundDraft> {
    let lines = vec((kind(), 0..3u8, 0..4i64, 1..3i64, -20..20i64), 1..4);
    (0..8u8, option::weighted(0.4, 0..7u8), instant(), who(), lines).prop_map(
        |(number, named, refunded_at, who, lines)| {
            let lines = lines.into_iter().map(|(kind, sku, quantity, price, odd)| {
                let mut line = back(&format!("S{sku}"), quantity, price * 100);
                line.kind = kind;
                line.amount_minor += odd;
                line
            });
            let mut draft = refund(&format!("r{number}"), refunded_at, who, lines.collect());
            draft.order_number = named.map(|number| format!("o{number}"));
            draft
        },
    )
}

fn item() -> impl Strategy<Value = SourceItem> {
    let an_adjustment = (0..3u8, 0..2i64, 0..4u8, -5..5i64).prop_map(|(number, at, sku, n)| {
        SourceItem::Adjustment(adjustment(&format!("s{number}"), at, &format!("S{sku}"), n))
    });
    let a_product = (0..3u8, 0..2u8).prop_map(|(sku, title)| {
        let sku = format!("S{sku}");
        SourceItem::Product(product(&sku, &format!("Title {title}"), &[&sku]))
    });
    prop_oneof![
        6 => an_order().prop_map(SourceItem::Order),
        5 => a_refund().prop_map(SourceItem::Refund),
        1 => an_adjustment,
        1 => a_product,
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (vec(item(), 1..8), any::<bool>(), any::<bool>())
        .prop_map(|(items, is_new_keeper, ties)| Step { items, is_new_keeper, ties });
    vec(step, 1..8)
}

fn empty(t: &TestBed) {
    let tables = [
        "refund_lines",
        "refunds",
        "order_lines",
        "orders",
        "adjustments",
        "variants",
        "products",
        "customers",
        "channels",
        "customer_stats",
        "product_stats",
        "facts",
    ];
    let sql: String = tables.iter().map(|table| format!("DELETE FROM {table};")).collect();
    t.db.write(|tx| tx.execute_batch(&sql)).unwrap();
}

const CUSTOMERS: &str = "
SELECT c.id,
  (SELECT COUNT(*) FROM orders o WHERE o.customer_id = c.id AND o.status <> 'cancelled'),
  CAST(COALESCE((SELECT SUM(o.total_minor) FROM orders o
                 WHERE o.customer_id = c.id AND o.status <> 'cancelled'), 0)
     - COALESCE((SELECT SUM(l.amount_minor) FROM refund_lines l
                 JOIN refunds r ON r.id = l.refund_id WHERE r.customer_id = c.id), 0) AS BIGINT),
  (SELECT COUNT(*) FROM refunds r WHERE r.customer_id = c.id),
  CAST(COALESCE((SELECT SUM(l.amount_minor) FROM refund_lines l
                 JOIN refunds r ON r.id = l.refund_id WHERE r.customer_id = c.id), 0) AS BIGINT),
  (SELECT MIN(o.placed_at) FROM orders o WHERE o.customer_id = c.id AND o.status <> 'cancelled'),
  (SELECT MAX(o.placed_at) FROM orders o WHERE o.customer_id = c.id AND o.status <> 'cancelled')
FROM customers c ORDER BY c.id";

const SOLD: &str = "FROM order_lines l JOIN orders o ON o.id = l.order_id
    WHERE l.product_id = p.id AND l.kind = 'item' AND o.status <> 'cancelled'";

fn products_sql() -> String {
    format!(
        "SELECT p.id, (SELECT COUNT(DISTINCT o.id) {SOLD}),
           CAST(COALESCE((SELECT SUM(l.quantity) {SOLD}), 0) AS BIGINT),
           CAST(COALESCE((SELECT SUM(l.quantity) FROM refund_lines l
                          WHERE l.product_id = p.id AND l.kind = 'item'), 0) AS BIGINT),
           CAST(COALESCE((SELECT SUM(l.total_minor) {SOLD}), 0)
              - COALESCE((SELECT SUM(l.amount_minor) FROM refund_lines l
                          WHERE l.product_id = p.id AND l.kind = 'item'), 0) AS BIGINT),
           (SELECT MIN(o.placed_at) {SOLD}), (SELECT MAX(o.placed_at) {SOLD})
         FROM products p ORDER BY p.id"
    )
}

const REFUNDED_ORDERS: &str = "
SELECT o.id, CAST(COALESCE((SELECT SUM(l.amount_minor) FROM refund_lines l
                            WHERE l.order_id = o.id), 0) AS BIGINT) FROM orders o ORDER BY o.id";

const REFUNDED_LINES: &str = "
SELECT ol.order_id, ol.position,
  CAST(COALESCE((SELECT SUM(l.quantity) FROM refund_lines l
                 WHERE l.order_id = ol.order_id AND l.order_position = ol.position), 0) AS BIGINT)
FROM order_lines ol ORDER BY ol.order_id, ol.position";

/// Ties that must not be: another product, a later purchase, another customer's or order's, half
/// a tie, more back than was bought.
const WRONG_TIES: &str = "
SELECT l.refund_id, l.position FROM refund_lines l JOIN refunds r ON r.id = l.refund_id
LEFT JOIN orders o ON o.id = l.order_id
LEFT JOIN order_lines ol ON ol.order_id = l.order_id AND ol.position = l.order_position
WHERE (l.order_id IS NULL) <> (l.order_position IS NULL)
   OR l.order_id IS NOT NULL AND (
        ol.order_id IS NULL OR ol.product_id <> l.product_id OR ol.kind <> 'item'
        OR l.kind <> 'item' OR ol.refunded_quantity > ol.quantity
        OR (r.order_number IS NOT NULL AND r.order_number <> o.number)
        OR (r.order_number IS NULL
            AND (o.placed_at > r.refunded_at OR r.customer_id <> o.customer_id
                 OR r.customer_id IS NULL)))";

/// Refund lines that wait although a purchase with enough left is there.
const MISSED_TIES: &str = "
SELECT l.refund_id, l.position FROM refund_lines l JOIN refunds r ON r.id = l.refund_id
JOIN order_lines ol ON ol.product_id = l.product_id AND ol.kind = 'item'
JOIN orders o ON o.id = ol.order_id
WHERE l.order_id IS NULL AND l.kind = 'item' AND l.quantity > 0
  AND ol.quantity - ol.refunded_quantity >= l.quantity
  AND (r.order_number = o.number
       OR (r.order_number IS NULL AND r.customer_id = o.customer_id
           AND o.placed_at <= r.refunded_at))";

fn check(t: &TestBed, drafts: &Drafts, has_tied: bool) -> Result<(), TestCaseError> {
    let kept = "SELECT customer_id, n_orders, value_minor, n_refunds, refunded_minor,
                first_order_at, last_order_at FROM customer_stats ORDER BY customer_id";
    prop_assert_eq!(ask(&t.db, 7, kept), ask(&t.db, 7, CUSTOMERS), "customers");
    let kept = "SELECT product_id, n_orders, n_units, n_units_refunded, revenue_minor,
                first_sold_at, last_sold_at FROM product_stats ORDER BY product_id";
    prop_assert_eq!(ask(&t.db, 7, kept), ask(&t.db, 7, &products_sql()), "products");
    let kept = "SELECT id, refunded_minor FROM orders ORDER BY id";
    prop_assert_eq!(ask(&t.db, 2, kept), ask(&t.db, 2, REFUNDED_ORDERS), "refunded of orders");
    let kept = "SELECT order_id, position, refunded_quantity FROM order_lines
                ORDER BY order_id, position";
    prop_assert_eq!(ask(&t.db, 3, kept), ask(&t.db, 3, REFUNDED_LINES), "refunded of lines");
    prop_assert_eq!(ask(&t.db, 2, WRONG_TIES), [""; 0], "wrong ties");
    if has_tied {
        prop_assert_eq!(ask(&t.db, 2, MISSED_TIES), [""; 0], "missed ties");
    }
    drafts.check(t)
}

/// The last version of each draft by its number: what the base tables must hold.
#[derive(Default)]
struct Drafts {
    orders: BTreeMap<String, OrderDraft>,
    refunds: BTreeMap<String, RefundDraft>,
}

impl Drafts {
    fn take(&mut self, items: &[SourceItem]) {
        for item in items {
            match item {
                SourceItem::Order(draft) => {
                    self.orders.insert(draft.number.clone(), draft.clone());
                }
                SourceItem::Refund(draft) => {
                    self.refunds.insert(draft.number.clone(), draft.clone());
                }
                SourceItem::Product(_) | SourceItem::Adjustment(_) => {}
            }
        }
    }

    fn check(&self, t: &TestBed) -> Result<(), TestCaseError> {
        let who = |customer: &Option<mercer_connect::source::CustomerDraft>| {
            customer.as_ref().map_or("-".to_owned(), |customer| customer.external_id.clone())
        };
        let expected: Vec<String> = self
            .orders
            .values()
            .map(|o| {
                let (at, status) = (o.placed_at.as_microsecond(), o.status.name());
                let (total, n) = (o.total_minor(), o.lines.len());
                format!("{}|{at}|{status}|{total}|{}|{n}|{n}", o.number, who(&o.customer))
            })
            .collect();
        let sql = "SELECT o.number, o.placed_at, o.status, o.total_minor, c.external_id, o.n_lines,
                   (SELECT COUNT(*) FROM order_lines l WHERE l.order_id = o.id)
                   FROM orders o LEFT JOIN customers c ON c.id = o.customer_id ORDER BY o.number";
        prop_assert_eq!(ask(&t.db, 7, sql), expected, "orders");
        let expected: Vec<String> = self
            .refunds
            .values()
            .map(|r| {
                let amount: i64 = r.lines.iter().map(|line| line.amount_minor).sum();
                format!("{}|{amount}|{}|{}", r.number, who(&r.customer), r.lines.len())
            })
            .collect();
        let sql = "SELECT r.number, r.amount_minor, c.external_id,
                   (SELECT COUNT(*) FROM refund_lines l WHERE l.refund_id = r.id)
                   FROM refunds r LEFT JOIN customers c ON c.id = r.customer_id ORDER BY r.number";
        prop_assert_eq!(ask(&t.db, 4, sql), expected, "refunds");
        Ok(())
    }
}

fn live(t: &TestBed, steps: &[Step]) -> Result<(), TestCaseError> {
    empty(t);
    let mut drafts = Drafts::default();
    let mut keeper = Keeper::new(defaults());
    for step in steps {
        if step.is_new_keeper {
            keeper = Keeper::new(defaults());
        }
        let kept = t.db.write(|tx| keeper.keep(tx, t.clock.now(), &step.items));
        let (_, learnt) = kept.map_err(|error| TestCaseError::fail(format!("{error:?}")))?;
        keeper.learn(learnt);
        drafts.take(&step.items);
        if step.ties {
            tie(t);
        }
        check(t, &drafts, step.ties)?;
    }
    tie(t);
    check(t, &drafts, true)?;
    let before = dump(&t.db);
    prop_assert_eq!(tie(t), 0);
    // The last version of everything once more: nothing is new.
    let again: Vec<SourceItem> = drafts
        .orders
        .into_values()
        .map(SourceItem::Order)
        .chain(drafts.refunds.into_values().map(SourceItem::Refund))
        .collect();
    let _ = keep(t, &again);
    prop_assert_eq!(before, dump(&t.db));
    Ok(())
}

#[test]
fn figures_and_ties_hold_after_any_sequence_of_changes() {
    let is_long = std::env::var("MERCER_TEST_LONG").is_ok_and(|value| value == "1");
    on_both("model", MIGRATIONS, |t| {
        let config = Config {
            cases: if is_long { N_CASES_LONG } else { N_CASES },
            failure_persistence: None,
            max_shrink_iters: 300,
            ..Config::default()
        };
        // The same cases in every run: a failure in one run is a failure in all.
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let mut runner = TestRunner::new_with_rng(config, rng);
        runner.run(&steps(), |steps| live(t, &steps)).unwrap_or_else(|error| panic!("{error}"));
    });
}
