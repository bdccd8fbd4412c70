//! Orders of a batch.

use std::collections::HashMap;

use mercer_connect::source::{LineKind, OrderDraft, OrderStatus, SourceItem};
use mercer_core::fact::NewFact;
use mercer_core::id::{Id, OrderKind};
use mercer_db::{BulkInsert, ColumnType, Value, params};
use serde_json::json;

use super::{Batch, Change, Channel, content_hash, day_of, to_values};
use crate::RecordError;
use crate::stats::{OrderFigures, Sign};

const ORDERS: BulkInsert<'_> = BulkInsert {
    table: "orders",
    columns: &[
        ("id", ColumnType::Text),
        ("channel_id", ColumnType::Text),
        ("number", ColumnType::Text),
        ("customer_id", ColumnType::Text),
        ("placed_at", ColumnType::Int),
        ("day", ColumnType::Int),
        ("currency", ColumnType::Text),
        ("country", ColumnType::Text),
        ("status", ColumnType::Text),
        ("discount_codes", ColumnType::Text),
        ("n_lines", ColumnType::Int),
        ("n_units", ColumnType::Int),
        ("items_minor", ColumnType::Int),
        ("discount_minor", ColumnType::Int),
        ("shipping_minor", ColumnType::Int),
        ("fees_minor", ColumnType::Int),
        ("tax_minor", ColumnType::Int),
        ("total_minor", ColumnType::Int),
        ("refunded_minor", ColumnType::Int),
        ("content_hash", ColumnType::Text),
    ],
    on_conflict: "ON CONFLICT (channel_id, number) DO UPDATE SET
        customer_id = excluded.customer_id, placed_at = excluded.placed_at, day = excluded.day,
        currency = excluded.currency, country = excluded.country, status = excluded.status,
        discount_codes = excluded.discount_codes, n_lines = excluded.n_lines,
        n_units = excluded.n_units, items_minor = excluded.items_minor,
        discount_minor = excluded.discount_minor, shipping_minor = excluded.shipping_minor,
        fees_minor = excluded.fees_minor, tax_minor = excluded.tax_minor,
        total_minor = excluded.total_minor, refunded_minor = excluded.refunded_minor,
        content_hash = excluded.content_hash",
};

const LINES: BulkInsert<'_> = BulkInsert {
    table: "order_lines",
    columns: &[
        ("order_id", ColumnType::Text),
        ("position", ColumnType::Int),
        ("kind", ColumnType::Text),
        ("product_id", ColumnType::Text),
        ("sku", ColumnType::Text),
        ("title", ColumnType::Text),
        ("quantity", ColumnType::Int),
        ("refunded_quantity", ColumnType::Int),
        ("unit_price_minor", ColumnType::Int),
        ("discount_minor", ColumnType::Int),
        ("tax_minor", ColumnType::Int),
        ("total_minor", ColumnType::Int),
    ],
    on_conflict: "",
};

/// Orders known to the batch, and rows that wait to be written together.
#[derive(Default)]
struct Pending {
    existing: HashMap<(String, String), Existing>,
    orders: Vec<Value>,
    lines: Vec<Value>,
}

struct Existing {
    id: String,
    hash: String,
}

impl Batch<'_, '_> {
    /// Keeps orders, refunds and adjustments in the order in which they come, so that what is said
    /// last about a customer counts, wherever batches end.
    pub(super) fn keep_trade(
        &mut self,
        items: &[SourceItem],
        results: &mut [Option<(String, Change)>],
    ) -> Result<(), RecordError> {
        let mut pending = Pending { existing: self.existing_orders(items)?, ..Pending::default() };
        for (item, result) in items.iter().zip(results) {
            *result = Some(match item {
                SourceItem::Product(_) => continue,
                SourceItem::Order(draft) => self.keep_order(&mut pending, draft)?,
                SourceItem::Refund(draft) => self.keep_refund(draft)?,
                SourceItem::Adjustment(draft) => self.keep_adjustment(draft)?,
            });
        }
        self.write_orders(&mut pending)
    }

    fn keep_order(
        &mut self,
        pending: &mut Pending,
        draft: &OrderDraft,
    ) -> Result<(String, Change), RecordError> {
        let channel = self.channel(&draft.channel)?;
        let key = (channel.id.clone(), draft.number.clone());
        let hash = content_hash(draft);
        let (id, change) = match pending.existing.get(&key) {
            Some(old) if old.hash == hash => return Ok((old.id.clone(), Change::Unchanged)),
            Some(old) => (old.id.clone(), Change::Changed),
            None => {
                let key = [draft.channel.as_str(), &draft.number];
                let id = Id::<OrderKind>::derive(draft.placed_at, &key).to_string();
                (id, Change::Created)
            }
        };
        if change == Change::Changed {
            // An order may stand in one batch twice: the first must be written to be read.
            self.write_orders(pending)?;
            self.take_back(&id)?;
        }
        self.add_order(&channel, &id, (draft, &hash), pending)?;
        self.order_fact(&id, draft, change);
        pending.existing.insert(key, Existing { id: id.clone(), hash });
        Ok((id, change))
    }

    fn existing_orders(
        &mut self,
        items: &[SourceItem],
    ) -> Result<HashMap<(String, String), Existing>, RecordError> {
        let mut by_channel: std::collections::BTreeMap<&str, Vec<&str>> = Default::default();
        for item in items {
            if let SourceItem::Order(draft) = item {
                by_channel.entry(&draft.channel).or_default().push(&draft.number);
            }
        }
        let mut existing = HashMap::new();
        for (code, numbers) in by_channel {
            let channel = self.channel(code)?;
            let rows = self.tx.fetch_by_keys(
                "SELECT number, id, content_hash FROM orders
                 WHERE channel_id = $1 AND number IN ({{keys}})",
                params![&channel.id],
                &numbers,
            )?;
            for row in rows {
                let old = Existing { id: row.get(1)?, hash: row.get(2)? };
                existing.insert((channel.id.clone(), row.get(0)?), old);
            }
        }
        Ok(existing)
    }

    fn add_order(
        &mut self,
        channel: &Channel,
        id: &str,
        (draft, hash): (&OrderDraft, &str),
        pending: &mut Pending,
    ) -> Result<(), RecordError> {
        let customer_id = match &draft.customer {
            Some(customer) => Some(self.keep_customer(&channel.id, customer, draft.placed_at)?),
            None => None,
        };
        let mut product_ids = Vec::with_capacity(draft.lines.len());
        for line in &draft.lines {
            let described = (line.sku.as_str(), line.title.as_str(), line.unit_price_minor);
            product_ids.push(self.product_of_line(&channel.id, line.kind, described)?);
        }
        let sum = |kinds: &[LineKind]| -> i64 {
            draft.lines.iter().filter(|l| kinds.contains(&l.kind)).map(|l| l.total_minor).sum()
        };
        let n_units: i64 =
            draft.lines.iter().filter(|l| l.kind.is_product()).map(|l| l.quantity).sum();
        let line_discounts: i64 = draft.lines.iter().map(|l| l.discount_minor).sum();
        to_values(
            &mut pending.orders,
            [
                id.into(),
                (&channel.id).into(),
                (&draft.number).into(),
                customer_id.clone().into(),
                draft.placed_at.as_microsecond().into(),
                day_of(draft.placed_at, &channel.zone).into(),
                draft.currency.code().into(),
                draft.country.clone().into(),
                draft.status.name().into(),
                draft.discount_codes.join(",").into(),
                (draft.lines.len() as i64).into(),
                n_units.into(),
                sum(&[LineKind::Item, LineKind::Gift]).into(),
                (draft.discount_minor + line_discounts - sum(&[LineKind::Discount])).into(),
                (draft.shipping_minor + sum(&[LineKind::Shipping])).into(),
                sum(&[LineKind::Fee]).into(),
                draft.tax_minor.into(),
                draft.total_minor().into(),
                0i64.into(),
                hash.into(),
            ],
        );
        for (position, (line, product_id)) in draft.lines.iter().zip(&product_ids).enumerate() {
            to_values(
                &mut pending.lines,
                [
                    id.into(),
                    (position as i64).into(),
                    line.kind.name().into(),
                    product_id.clone().into(),
                    (&line.sku).into(),
                    (&line.title).into(),
                    line.quantity.into(),
                    0i64.into(),
                    line.unit_price_minor.into(),
                    line.discount_minor.into(),
                    line.tax_minor.into(),
                    line.total_minor.into(),
                ],
            );
        }
        let figures = OrderFigures::of_draft(draft, customer_id.as_deref(), &product_ids);
        self.deltas.order(Sign::Add, &figures);
        Ok(())
    }

    fn write_orders(&mut self, pending: &mut Pending) -> Result<(), RecordError> {
        self.tx.insert_many(&ORDERS, &pending.orders)?;
        self.tx.insert_many(&LINES, &pending.lines)?;
        pending.orders.clear();
        pending.lines.clear();
        Ok(())
    }

    /// Takes an order's version out of the figures and its lines out of the table, and unties
    /// the refunds that hung on them; they are tied again afterwards.
    fn take_back(&mut self, id: &str) -> Result<(), RecordError> {
        let order = self.tx.fetch_optional(
            "SELECT customer_id, placed_at, total_minor, status FROM orders WHERE id = $1",
            params![id],
        )?;
        let Some(order) = order else { return Ok(()) };
        let rows = self.tx.fetch(
            "SELECT product_id, quantity, total_minor FROM order_lines
             WHERE order_id = $1 AND kind = 'item' AND product_id IS NOT NULL",
            params![id],
        )?;
        let customer_id: Option<String> = order.get(0)?;
        let lines = rows
            .iter()
            .map(|row| Ok((row.str(0), row.get(1)?, row.get(2)?)))
            .collect::<Result<Vec<_>, RecordError>>()?;
        let figures = OrderFigures {
            customer_id: customer_id.as_deref(),
            placed_at: order.get(1)?,
            total_minor: order.get(2)?,
            is_cancelled: order.str(3) == OrderStatus::Cancelled.name(),
            lines,
        };
        self.deltas.order(Sign::Remove, &figures);
        self.tx.execute(
            "UPDATE refund_lines SET order_id = NULL, order_position = NULL WHERE order_id = $1",
            params![id],
        )?;
        self.tx.execute("DELETE FROM order_lines WHERE order_id = $1", params![id])?;
        Ok(())
    }

    fn order_fact(&mut self, id: &str, draft: &OrderDraft, change: Change) {
        let kind = match (change, draft.status) {
            (Change::Created, _) => "order.placed",
            (_, OrderStatus::Cancelled) => "order.cancelled",
            _ => "order.changed",
        };
        self.facts.push(NewFact {
            kind,
            subject: id.to_owned(),
            occurred_at: if change == Change::Created { draft.placed_at } else { self.now },
            payload: json!({
                "channel": draft.channel,
                "number": draft.number,
                "status": draft.status.name(),
                "total_minor": draft.total_minor(),
                "currency": draft.currency.code(),
                "n_lines": draft.lines.len(),
            }),
        });
    }
}
