//! Running figures per customer and product, kept as sums of differences.
//!
//! The truth stays in orders and refunds; `tests.rs` recomputes the figures from them and
//! compares after random changes.

use std::collections::{BTreeMap, BTreeSet};

use mercer_connect::source::{LineKind, OrderDraft, OrderStatus, RefundDraft};
use mercer_db::{BulkInsert, ColumnType, DbError, Tx, Value, params};

/// Differences collected over a batch.
#[derive(Debug, Default)]
pub(crate) struct Deltas {
    customers: Tally,
    products: Tally,
}

/// Differences of the four figures of a table, in the order of its [`Table::sums`].
type Sums = [i64; 4];

/// What a table of figures is to change by.
#[derive(Debug, Default)]
struct Tally {
    rows: BTreeMap<String, Difference>,
    /// Whose first and last instants must be looked up anew, because something was taken away.
    shrunk: BTreeSet<String>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Difference {
    sums: Sums,
    /// First and last instant of what came.
    span: Option<(i64, i64)>,
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
        self.customers.row(id);
    }

    /// Makes sure that the product has a row of figures.
    pub(crate) fn touch_product(&mut self, id: &str) {
        self.products.row(id);
    }

    pub(crate) fn order(&mut self, sign: Sign, order: &OrderFigures<'_>) {
        if order.is_cancelled {
            return;
        }
        if let Some(id) = order.customer_id {
            self.customers.count(id, sign, [1, order.total_minor, 0, 0]);
            self.customers.happened(id, sign, order.placed_at);
        }
        let mut seen = BTreeSet::new();
        for &(id, quantity, total_minor) in &order.lines {
            // An order with two lines of a product is one order.
            let n_orders = i64::from(seen.insert(id));
            self.products.count(id, sign, [n_orders, quantity, 0, total_minor]);
            self.products.happened(id, sign, order.placed_at);
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
            self.customers.count(id, sign, [0, -amount, 1, amount]);
        }
        for (line, id) in draft.lines.iter().zip(product_ids) {
            let (true, Some(id)) = (line.kind == LineKind::Item, id) else { continue };
            self.products.count(id, sign, [0, 0, line.quantity, -line.amount_minor]);
        }
    }

    /// Adds the differences to the tables.
    pub(crate) fn apply(self, tx: &mut Tx<'_>) -> Result<(), DbError> {
        self.customers.apply(tx, &CUSTOMERS)?;
        self.products.apply(tx, &PRODUCTS)
    }
}

impl Tally {
    fn row(&mut self, id: &str) -> &mut Difference {
        self.rows.entry(id.to_owned()).or_default()
    }

    fn count(&mut self, id: &str, sign: Sign, sums: Sums) {
        for (sum, more) in self.row(id).sums.iter_mut().zip(sums) {
            *sum += sign.of(more);
        }
    }

    fn happened(&mut self, id: &str, sign: Sign, at: i64) {
        if sign == Sign::Remove {
            self.shrunk.insert(id.to_owned());
            return;
        }
        let span = &mut self.row(id).span;
        let (first, last) = span.unwrap_or((at, at));
        *span = Some((first.min(at), last.max(at)));
    }

    fn apply(self, tx: &mut Tx<'_>, table: &Table) -> Result<(), DbError> {
        let values: Vec<Value> = self
            .rows
            .iter()
            .flat_map(|(id, difference)| {
                let [a, b, c, d] = difference.sums;
                let (first, last) = difference.span.unzip();
                [id.into(), a.into(), b.into(), c.into(), d.into(), first.into(), last.into()]
            })
            .collect();
        let on_conflict = table.on_conflict();
        let insert =
            BulkInsert { table: table.name, columns: &table.columns(), on_conflict: &on_conflict };
        tx.insert_many(&insert, &values)?;
        let look_up = table.look_up();
        for id in self.shrunk {
            tx.execute(&look_up, params![id])?;
        }
        Ok(())
    }
}

/// A table of running figures.
struct Table {
    name: &'static str,
    id: &'static str,
    sums: [&'static str; 4],
    /// The columns of the first and the last instant.
    span: [&'static str; 2],
    /// What has the instants of `$1`: the end of a SELECT from orders `o`.
    happened: &'static str,
}

const CUSTOMERS: Table = Table {
    name: "customer_stats",
    id: "customer_id",
    sums: ["n_orders", "value_minor", "n_refunds", "refunded_minor"],
    span: ["first_order_at", "last_order_at"],
    happened: "FROM orders o WHERE o.customer_id = $1 AND o.status <> 'cancelled'",
};

const PRODUCTS: Table = Table {
    name: "product_stats",
    id: "product_id",
    sums: ["n_orders", "n_units", "n_units_refunded", "revenue_minor"],
    span: ["first_sold_at", "last_sold_at"],
    happened: "FROM order_lines l JOIN orders o ON o.id = l.order_id
               WHERE l.product_id = $1 AND l.kind = 'item' AND o.status <> 'cancelled'",
};

impl Table {
    /// In the order of a difference's values.
    fn columns(&self) -> [(&'static str, ColumnType); 7] {
        let [a, b, c, d] = self.sums.map(|sum| (sum, ColumnType::Int));
        let [first, last] = self.span.map(|at| (at, ColumnType::Int));
        [(self.id, ColumnType::Text), a, b, c, d, first, last]
    }

    /// Adds the sums, and widens the span to what came.
    fn on_conflict(&self) -> String {
        let (table, [first, last]) = (self.name, self.span);
        let sums = self.sums.map(|sum| format!("{sum} = {table}.{sum} + excluded.{sum}"));
        let widened = [(first, "<="), (last, ">=")].map(|(at, is_beyond)| {
            format!(
                "{at} = CASE WHEN {table}.{at} {is_beyond} excluded.{at} THEN {table}.{at}
                 ELSE COALESCE(excluded.{at}, {table}.{at}) END"
            )
        });
        format!(
            "ON CONFLICT ({}) DO UPDATE SET {}, {}",
            self.id,
            sums.join(", "),
            widened.join(", ")
        )
    }

    /// Looks the span of `$1` up anew.
    fn look_up(&self) -> String {
        let Self { name, id, span: [first, last], happened, .. } = self;
        format!(
            "UPDATE {name} SET
               {first} = (SELECT MIN(o.placed_at) {happened}),
               {last} = (SELECT MAX(o.placed_at) {happened})
             WHERE {id} = $1"
        )
    }
}
