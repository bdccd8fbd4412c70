//! Running figures per customer and product, kept as sums of differences.
//!
//! The truth stays in orders and refunds; `tests.rs` recomputes the figures from them and
//! compares after random changes.

use std::collections::BTreeMap;

use mercer_connect::source::{LineKind, OrderDraft, OrderStatus, RefundDraft};
use mercer_db::{BulkInsert, ColumnType, DbError, Tx, Value, params};

#[derive(Debug, Clone, Copy, Default)]
struct CustomerDelta {
    n_orders: i64,
    value_minor: i64,
    n_refunds: i64,
    refunded_minor: i64,
    first_order_at: Option<i64>,
    last_order_at: Option<i64>,
}

#[derive(Debug, Clone, Copy, Default)]
struct ProductDelta {
    n_orders: i64,
    n_units: i64,
    n_units_refunded: i64,
    revenue_minor: i64,
    first_sold_at: Option<i64>,
    last_sold_at: Option<i64>,
}

/// Differences collected over a batch.
#[derive(Debug, Default)]
pub(crate) struct Deltas {
    customers: BTreeMap<String, CustomerDelta>,
    products: BTreeMap<String, ProductDelta>,
    /// Whose first and last instants must be looked up anew, because something was taken away.
    customers_shrunk: Vec<String>,
    products_shrunk: Vec<String>,
}

/// Whether something comes or goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    Add,
    Remove,
}

impl Sign {
    fn of(self, value: i64) -> i64 {
        match self {
            Self::Add => value,
            Self::Remove => -value,
        }
    }
}

/// What of an order the figures need.
pub(crate) struct OrderFigures<'a> {
    pub customer_id: Option<&'a str>,
    pub placed_at: i64,
    pub total_minor: i64,
    pub is_cancelled: bool,
    /// Product, units and money of each product line.
    pub lines: Vec<(&'a str, i64, i64)>,
}

impl<'a> OrderFigures<'a> {
    pub(crate) fn of_draft(
        draft: &OrderDraft,
        customer_id: Option<&'a str>,
        product_ids: &'a [Option<String>],
    ) -> Self {
        let lines = draft
            .lines
            .iter()
            .zip(product_ids)
            .filter(|(line, _)| line.kind == LineKind::Item)
            .filter_map(|(line, id)| Some((id.as_deref()?, line.quantity, line.total_minor)))
            .collect();
        Self {
            customer_id,
            placed_at: draft.placed_at.as_microsecond(),
            total_minor: draft.total_minor(),
            is_cancelled: draft.status == OrderStatus::Cancelled,
            lines,
        }
    }
}

impl Deltas {
    /// Makes sure that the customer has a row of figures.
    pub(crate) fn touch_customer(&mut self, id: &str) {
        self.customers.entry(id.to_owned()).or_default();
    }

    /// Makes sure that the product has a row of figures.
    pub(crate) fn touch_product(&mut self, id: &str) {
        self.products.entry(id.to_owned()).or_default();
    }

    pub(crate) fn order(&mut self, sign: Sign, order: &OrderFigures<'_>) {
        if order.is_cancelled {
            return;
        }
        let at = (sign == Sign::Add).then_some(order.placed_at);
        if let Some(id) = order.customer_id {
            let delta = self.customers.entry(id.to_owned()).or_default();
            delta.n_orders += sign.of(1);
            delta.value_minor += sign.of(order.total_minor);
            widen(&mut delta.first_order_at, &mut delta.last_order_at, at);
            if sign == Sign::Remove {
                self.customers_shrunk.push(id.to_owned());
            }
        }
        let mut seen: Vec<&str> = Vec::new();
        for &(id, quantity, total_minor) in &order.lines {
            let delta = self.products.entry(id.to_owned()).or_default();
            delta.n_units += sign.of(quantity);
            delta.revenue_minor += sign.of(total_minor);
            widen(&mut delta.first_sold_at, &mut delta.last_sold_at, at);
            seen.push(id);
            if sign == Sign::Remove {
                self.products_shrunk.push(id.to_owned());
            }
        }
        seen.sort_unstable();
        seen.dedup();
        for id in seen {
            self.products.entry(id.to_owned()).or_default().n_orders += sign.of(1);
        }
    }

    pub(crate) fn refund(
        &mut self,
        sign: Sign,
        draft: &RefundDraft,
        customer_id: Option<&str>,
        product_ids: &[Option<String>],
    ) {
        if let Some(id) = customer_id {
            let amount: i64 = draft.lines.iter().map(|line| line.amount_minor).sum();
            let delta = self.customers.entry(id.to_owned()).or_default();
            delta.n_refunds += sign.of(1);
            delta.refunded_minor += sign.of(amount);
            delta.value_minor -= sign.of(amount);
        }
        for (line, id) in draft.lines.iter().zip(product_ids) {
            let (true, Some(id)) = (line.kind == LineKind::Item, id) else { continue };
            let delta = self.products.entry(id.clone()).or_default();
            delta.n_units_refunded += sign.of(line.quantity);
            delta.revenue_minor -= sign.of(line.amount_minor);
        }
    }

    /// Adds the differences to the tables.
    pub(crate) fn apply(self, tx: &mut Tx<'_>) -> Result<(), DbError> {
        let values: Vec<Value> = self
            .customers
            .iter()
            .flat_map(|(id, d)| {
                [
                    Value::from(id),
                    d.n_orders.into(),
                    d.value_minor.into(),
                    d.n_refunds.into(),
                    d.refunded_minor.into(),
                    d.first_order_at.into(),
                    d.last_order_at.into(),
                ]
            })
            .collect();
        tx.insert_many(&CUSTOMERS, &values)?;
        let values: Vec<Value> = self
            .products
            .iter()
            .flat_map(|(id, d)| {
                [
                    Value::from(id),
                    d.n_orders.into(),
                    d.n_units.into(),
                    d.n_units_refunded.into(),
                    d.revenue_minor.into(),
                    d.first_sold_at.into(),
                    d.last_sold_at.into(),
                ]
            })
            .collect();
        tx.insert_many(&PRODUCTS, &values)?;
        for id in self.customers_shrunk {
            tx.execute(REFRESH_CUSTOMER, params![id])?;
        }
        for id in self.products_shrunk {
            tx.execute(REFRESH_PRODUCT, params![id])?;
        }
        Ok(())
    }
}

fn widen(first: &mut Option<i64>, last: &mut Option<i64>, at: Option<i64>) {
    if let Some(at) = at {
        *first = Some(first.map_or(at, |old| old.min(at)));
        *last = Some(last.map_or(at, |old| old.max(at)));
    }
}

const CUSTOMERS: BulkInsert<'_> = BulkInsert {
    table: "customer_stats",
    columns: &[
        ("customer_id", ColumnType::Text),
        ("n_orders", ColumnType::Int),
        ("value_minor", ColumnType::Int),
        ("n_refunds", ColumnType::Int),
        ("refunded_minor", ColumnType::Int),
        ("first_order_at", ColumnType::Int),
        ("last_order_at", ColumnType::Int),
    ],
    on_conflict: "ON CONFLICT (customer_id) DO UPDATE SET
        n_orders = customer_stats.n_orders + excluded.n_orders,
        value_minor = customer_stats.value_minor + excluded.value_minor,
        n_refunds = customer_stats.n_refunds + excluded.n_refunds,
        refunded_minor = customer_stats.refunded_minor + excluded.refunded_minor,
        first_order_at = CASE WHEN customer_stats.first_order_at <= excluded.first_order_at
            THEN customer_stats.first_order_at
            ELSE COALESCE(excluded.first_order_at, customer_stats.first_order_at) END,
        last_order_at = CASE WHEN customer_stats.last_order_at >= excluded.last_order_at
            THEN customer_stats.last_order_at
            ELSE COALESCE(excluded.last_order_at, customer_stats.last_order_at) END",
};

const PRODUCTS: BulkInsert<'_> = BulkInsert {
    table: "product_stats",
    columns: &[
        ("product_id", ColumnType::Text),
        ("n_orders", ColumnType::Int),
        ("n_units", ColumnType::Int),
        ("n_units_refunded", ColumnType::Int),
        ("revenue_minor", ColumnType::Int),
        ("first_sold_at", ColumnType::Int),
        ("last_sold_at", ColumnType::Int),
    ],
    on_conflict: "ON CONFLICT (product_id) DO UPDATE SET
        n_orders = product_stats.n_orders + excluded.n_orders,
        n_units = product_stats.n_units + excluded.n_units,
        n_units_refunded = product_stats.n_units_refunded + excluded.n_units_refunded,
        revenue_minor = product_stats.revenue_minor + excluded.revenue_minor,
        first_sold_at = CASE WHEN product_stats.first_sold_at <= excluded.first_sold_at
            THEN product_stats.first_sold_at
            ELSE COALESCE(excluded.first_sold_at, product_stats.first_sold_at) END,
        last_sold_at = CASE WHEN product_stats.last_sold_at >= excluded.last_sold_at
            THEN product_stats.last_sold_at
            ELSE COALESCE(excluded.last_sold_at, product_stats.last_sold_at) END",
};

const REFRESH_CUSTOMER: &str = "UPDATE customer_stats SET
    first_order_at = (SELECT MIN(placed_at) FROM orders
                      WHERE customer_id = $1 AND status <> 'cancelled'),
    last_order_at = (SELECT MAX(placed_at) FROM orders
                     WHERE customer_id = $1 AND status <> 'cancelled')
    WHERE customer_id = $1";

const REFRESH_PRODUCT: &str = "UPDATE product_stats SET
    first_sold_at = (SELECT MIN(o.placed_at) FROM order_lines l JOIN orders o ON o.id = l.order_id
                     WHERE l.product_id = $1 AND l.kind = 'item' AND o.status <> 'cancelled'),
    last_sold_at = (SELECT MAX(o.placed_at) FROM order_lines l JOIN orders o ON o.id = l.order_id
                    WHERE l.product_id = $1 AND l.kind = 'item' AND o.status <> 'cancelled')
    WHERE product_id = $1";
