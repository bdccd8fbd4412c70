//! Answers other capabilities about single things: catalogue, customers, orders, refunds.
//!
//! Reads within the caller's transaction, so that a quote sees one picture.

use std::collections::BTreeMap;

use mercer_connect::cart::{
    Catalog, CatalogItem, ChannelInfo, CustomerTraits, PortError, TraitKind, TraitName,
};
use mercer_connect::orders::{
    OrderBook, OrderLineSnapshot, OrderSnapshot, RefundSnapshot, RefundedLine,
};
use mercer_core::clock::instant_of_micros;
use mercer_db::{DbError, Row, Tx, params};
use serde_json::{Value, json};

/// Answers from the record's tables.
pub struct RecordPorts;

const fn named(name: &'static str, kind: TraitKind, sentence: &'static str) -> TraitName {
    TraitName { name, kind, sentence }
}

/// Names that [`RecordPorts`] answers of a customer.
const NAMES: &[TraitName] = &[
    named("n_orders", TraitKind::Number, "Orders so far, cancelled ones left out."),
    named("spent_minor", TraitKind::Number, "Orders less refunds so far, in minor units."),
    named("n_refunds", TraitKind::Number, "Refunds so far."),
    named("country", TraitKind::Text, "Country of the customer, if known."),
    named("segment", TraitKind::Text, "Code of the segment, such as champions."),
];

impl Catalog for RecordPorts {
    fn channel(&self, tx: &mut Tx<'_>, code: &str) -> Result<Option<ChannelInfo>, PortError> {
        let row = tx.fetch_optional(
            "SELECT code, currency, time_zone FROM channels WHERE code = $1",
            params![code],
        )?;
        let of = |row: Row| {
            Ok(ChannelInfo { code: row.get(0)?, currency: row.get(1)?, time_zone: row.get(2)? })
        };
        row.map(of).transpose()
    }

    fn only_channel(&self, tx: &mut Tx<'_>) -> Result<Option<ChannelInfo>, PortError> {
        let rows = tx.fetch("SELECT code FROM channels ORDER BY code LIMIT 2", &[])?;
        match rows.as_slice() {
            [only] => self.channel(tx, only.str(0)),
            _ => Ok(None),
        }
    }

    fn items(
        &self,
        tx: &mut Tx<'_>,
        channel: &str,
        skus: &[&str],
    ) -> Result<Vec<CatalogItem>, PortError> {
        if skus.is_empty() {
            return Ok(Vec::new());
        }
        let rows = tx.fetch_by_keys(
            "SELECT v.sku, p.id, p.title, p.category, v.price_minor
             FROM channels h JOIN variants v ON v.channel_id = h.id
             JOIN products p ON p.id = v.product_id
             WHERE h.code = $1 AND v.sku IN ({{keys}})",
            params![channel],
            skus,
        )?;
        let items = rows.iter().map(|row| {
            Ok(CatalogItem {
                sku: row.get(0)?,
                product_id: row.get(1)?,
                title: row.get(2)?,
                category: row.get(3)?,
                unit_price_minor: row.get(4)?,
            })
        });
        items.collect()
    }
}

impl CustomerTraits for RecordPorts {
    fn names(&self) -> &'static [TraitName] {
        NAMES
    }

    fn add(
        &self,
        tx: &mut Tx<'_>,
        customer_id: &str,
        traits: &mut BTreeMap<String, Value>,
    ) -> Result<bool, PortError> {
        let row = tx.fetch_optional(
            "SELECT s.n_orders, s.value_minor, s.n_refunds, c.country, g.code
             FROM customers c JOIN customer_stats s ON s.customer_id = c.id
             LEFT JOIN customer_segments g ON g.customer_id = c.id WHERE c.id = $1",
            params![customer_id],
        )?;
        let Some(row) = row else { return Ok(false) };
        for (place, name) in ["n_orders", "spent_minor", "n_refunds"].into_iter().enumerate() {
            traits.insert(name.to_owned(), json!(row.get::<i64>(place)?));
        }
        for (place, name) in [(3, "country"), (4, "segment")] {
            if let Some(text) = row.get::<Option<String>>(place)? {
                traits.insert(name.to_owned(), json!(text));
            }
        }
        Ok(true)
    }
}

const ORDER_COLUMNS: &str = "o.id, o.number, h.code, o.customer_id, o.placed_at, o.day, \
    o.currency, o.status, o.country, o.discount_codes, o.shipping_minor, o.total_minor";
const LINE_COLUMNS: &str = "l.position, l.product_id, l.sku, p.category, l.kind, l.quantity, \
    l.refunded_quantity, l.unit_price_minor, l.discount_minor, l.tax_minor, l.total_minor";

impl OrderBook for RecordPorts {
    fn order(&self, tx: &mut Tx<'_>, id: &str) -> Result<Option<OrderSnapshot>, PortError> {
        let sql = format!(
            "SELECT {ORDER_COLUMNS} FROM orders o JOIN channels h ON h.id = o.channel_id
             WHERE o.id = $1"
        );
        let row = tx.fetch_optional(&sql, params![id])?;
        row.map(|row| with_lines(tx, &row)).transpose()
    }

    fn order_by_number(
        &self,
        tx: &mut Tx<'_>,
        channel: &str,
        number: &str,
    ) -> Result<Option<OrderSnapshot>, PortError> {
        let sql = format!(
            "SELECT {ORDER_COLUMNS} FROM orders o JOIN channels h ON h.id = o.channel_id
             WHERE h.code = $1 AND o.number = $2"
        );
        let row = tx.fetch_optional(&sql, params![channel, number])?;
        row.map(|row| with_lines(tx, &row)).transpose()
    }

    fn refund(&self, tx: &mut Tx<'_>, id: &str) -> Result<Option<RefundSnapshot>, PortError> {
        let row = tx.fetch_optional(
            "SELECT id, customer_id, refunded_at FROM refunds WHERE id = $1",
            params![id],
        )?;
        let Some(row) = row else { return Ok(None) };
        let rows = tx.fetch(
            "SELECT order_id, order_position, quantity, amount_minor FROM refund_lines
             WHERE refund_id = $1 AND order_id IS NOT NULL AND order_position IS NOT NULL
               AND kind IN ('item', 'gift') ORDER BY position",
            params![id],
        )?;
        let lines = rows.iter().map(|row| {
            Ok(RefundedLine {
                order_id: row.get(0)?,
                position: row.get(1)?,
                quantity: row.get(2)?,
                amount_minor: row.get(3)?,
            })
        });
        Ok(Some(RefundSnapshot {
            id: row.get(0)?,
            customer_id: row.get(1)?,
            refunded_at: instant_of_micros(row.get(2)?),
            lines: lines.collect::<Result<_, DbError>>()?,
        }))
    }

    fn for_each_order(
        &self,
        tx: &mut Tx<'_>,
        day_min: i32,
        each: &mut dyn FnMut(OrderSnapshot),
    ) -> Result<(), PortError> {
        let mut current: Option<OrderSnapshot> = None;
        tx.for_each(
            &format!(
                "SELECT {ORDER_COLUMNS}, {LINE_COLUMNS}
                 FROM orders o JOIN channels h ON h.id = o.channel_id
                 LEFT JOIN order_lines l ON l.order_id = o.id AND l.kind IN ('item', 'gift')
                 LEFT JOIN products p ON p.id = l.product_id
                 WHERE o.day >= $1 AND o.status <> 'cancelled'
                 ORDER BY o.placed_at, o.id, l.position"
            ),
            params![day_min],
            |row| {
                if current.as_ref().is_none_or(|order| order.id != row.str(0)) {
                    let next = order_of(row)?;
                    if let Some(done) = current.replace(next) {
                        each(done);
                    }
                }
                if let (Some(order), Some(_)) = (&mut current, row.get::<Option<i64>>(12)?) {
                    order.lines.push(line_of(row, 12)?);
                }
                Ok::<_, DbError>(())
            },
        )?;
        if let Some(last) = current {
            each(last);
        }
        Ok(())
    }
}

fn with_lines(tx: &mut Tx<'_>, row: &Row) -> Result<OrderSnapshot, PortError> {
    let mut order = order_of(row)?;
    let lines = tx.fetch(
        &format!(
            "SELECT {LINE_COLUMNS} FROM order_lines l LEFT JOIN products p ON p.id = l.product_id
             WHERE l.order_id = $1 AND l.kind IN ('item', 'gift') ORDER BY l.position"
        ),
        params![&order.id],
    )?;
    order.lines = lines.iter().map(|row| line_of(row, 0)).collect::<Result<_, DbError>>()?;
    Ok(order)
}

fn order_of(row: &Row) -> Result<OrderSnapshot, DbError> {
    Ok(OrderSnapshot {
        id: row.get(0)?,
        number: row.get(1)?,
        channel: row.get(2)?,
        customer_id: row.get(3)?,
        placed_at: instant_of_micros(row.get(4)?),
        day: i32::try_from(row.get::<i64>(5)?).unwrap_or(i32::MAX),
        currency: row.get(6)?,
        is_cancelled: row.str(7) == "cancelled",
        country: row.get(8)?,
        discount_codes: row
            .str(9)
            .split(',')
            .filter(|code| !code.is_empty())
            .map(str::to_owned)
            .collect(),
        shipping_minor: row.get(10)?,
        total_minor: row.get(11)?,
        lines: Vec::new(),
    })
}

fn line_of(row: &Row, first: usize) -> Result<OrderLineSnapshot, DbError> {
    Ok(OrderLineSnapshot {
        position: row.get(first)?,
        product_id: row.get(first + 1)?,
        sku: row.get(first + 2)?,
        category: row.get(first + 3)?,
        is_gift: row.str(first + 4) == "gift",
        quantity: row.get(first + 5)?,
        refunded_quantity: row.get(first + 6)?,
        unit_price_minor: row.get(first + 7)?,
        discount_minor: row.get(first + 8)?,
        tax_minor: row.get(first + 9)?,
        total_minor: row.get(first + 10)?,
    })
}
