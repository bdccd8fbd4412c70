//! Refunds and adjustments of a batch.

use mercer_connect::source::{AdjustmentDraft, LineKind, RefundDraft, RefundLineDraft};
use mercer_core::fact::NewFact;
use mercer_core::id::{AdjustmentKind, Id, RefundKind};
use mercer_db::params;
use mercer_engine_kit::money::Currency;
use serde_json::json;

use super::{Batch, Change, Channel, content_hash, day_of};
use crate::RecordError;
use crate::stats::Sign;

impl Batch<'_, '_> {
    pub(super) fn keep_refund(
        &mut self,
        draft: &RefundDraft,
    ) -> Result<(String, Change), RecordError> {
        let channel = self.channel(&draft.channel)?;
        let hash = content_hash(draft);
        let row = self.tx.fetch_optional(
            "SELECT id, content_hash FROM refunds WHERE channel_id = $1 AND number = $2",
            params![&channel.id, &draft.number],
        )?;
        let (id, change) = match row {
            Some(row) if row.str(1) == hash => return Ok((row.get(0)?, Change::Unchanged)),
            Some(row) => (row.get::<String>(0)?, Change::Changed),
            None => {
                let key = [draft.channel.as_str(), &draft.number];
                let id = Id::<RefundKind>::derive(draft.refunded_at, &key).to_string();
                (id, Change::Created)
            }
        };
        if change == Change::Changed {
            self.take_back_refund(&id)?;
        }
        self.add_refund(&channel, &id, draft, &hash)?;
        let kind = if change == Change::Created { "refund.given" } else { "refund.changed" };
        self.facts.push(NewFact {
            kind,
            subject: id.clone(),
            occurred_at: draft.refunded_at,
            payload: json!({
                "channel": draft.channel,
                "number": draft.number,
                "amount_minor": amount(draft),
                "currency": draft.currency.code(),
            }),
        });
        Ok((id, change))
    }

    fn add_refund(
        &mut self,
        channel: &Channel,
        id: &str,
        draft: &RefundDraft,
        hash: &str,
    ) -> Result<(), RecordError> {
        let customer_id = match &draft.customer {
            Some(customer) => Some(self.keep_customer(&channel.id, customer, draft.refunded_at)?),
            None => None,
        };
        self.tx.execute(
            "INSERT INTO refunds (id, channel_id, number, order_number, customer_id, refunded_at,
                                  day, currency, amount_minor, content_hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (channel_id, number) DO UPDATE SET order_number = excluded.order_number,
               customer_id = excluded.customer_id, refunded_at = excluded.refunded_at,
               day = excluded.day, currency = excluded.currency,
               amount_minor = excluded.amount_minor, content_hash = excluded.content_hash",
            params![
                id,
                &channel.id,
                &draft.number,
                draft.order_number.clone(),
                customer_id.clone(),
                draft.refunded_at.as_microsecond(),
                day_of(draft.refunded_at, &channel.zone),
                draft.currency.code(),
                amount(draft),
                hash
            ],
        )?;
        let mut product_ids = Vec::with_capacity(draft.lines.len());
        for (position, line) in draft.lines.iter().enumerate() {
            let described = (line.sku.as_str(), line.title.as_str(), line.unit_price_minor);
            let product_id = self.product_of_line(&channel.id, line.kind, described)?;
            self.tx.execute(
                "INSERT INTO refund_lines (refund_id, position, kind, product_id, sku, title,
                                           quantity, unit_price_minor, amount_minor)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                params![
                    id,
                    position as i64,
                    line.kind.name(),
                    product_id.clone(),
                    &line.sku,
                    &line.title,
                    line.quantity,
                    line.unit_price_minor,
                    line.amount_minor
                ],
            )?;
            product_ids.push(product_id);
        }
        self.deltas.refund(Sign::Add, draft, customer_id.as_deref(), &product_ids);
        Ok(())
    }

    /// Takes a refund's version out of the figures and off the orders it was tied to.
    fn take_back_refund(&mut self, id: &str) -> Result<(), RecordError> {
        let rows = self.tx.fetch(
            "SELECT kind, product_id, sku, title, quantity, unit_price_minor, amount_minor,
                    order_id, order_position
             FROM refund_lines WHERE refund_id = $1 ORDER BY position",
            params![id],
        )?;
        let head =
            self.tx.fetch_optional("SELECT customer_id FROM refunds WHERE id = $1", params![id])?;
        let customer_id: Option<String> = head.map_or(Ok(None), |row| row.get(0))?;
        let (mut lines, mut product_ids) = (Vec::new(), Vec::new());
        for row in &rows {
            let (quantity, amount_minor): (i64, i64) = (row.get(4)?, row.get(6)?);
            let is_item = row.str(0) == LineKind::Item.name();
            lines.push(RefundLineDraft {
                kind: if is_item { LineKind::Item } else { LineKind::Fee },
                sku: row.get(2)?,
                title: row.get(3)?,
                quantity,
                unit_price_minor: row.get(5)?,
                amount_minor,
            });
            product_ids.push(row.get::<Option<String>>(1)?);
            if let Some(order_id) = row.get::<Option<String>>(7)? {
                let position: i64 = row.get(8)?;
                self.tx.execute(
                    "UPDATE order_lines SET refunded_quantity = refunded_quantity - $3
                     WHERE order_id = $1 AND position = $2",
                    params![&order_id, position, quantity],
                )?;
                self.tx.execute(
                    "UPDATE orders SET refunded_minor = refunded_minor - $2 WHERE id = $1",
                    params![&order_id, amount_minor],
                )?;
            }
        }
        let old = RefundDraft {
            channel: String::new(),
            number: String::new(),
            order_number: None,
            refunded_at: self.now,
            currency: Currency::GBP,
            customer: None,
            lines,
        };
        self.deltas.refund(Sign::Remove, &old, customer_id.as_deref(), &product_ids);
        self.tx.execute("DELETE FROM refund_lines WHERE refund_id = $1", params![id])?;
        Ok(())
    }

    pub(super) fn keep_adjustment(
        &mut self,
        draft: &AdjustmentDraft,
    ) -> Result<(String, Change), RecordError> {
        let channel = self.channel(&draft.channel)?;
        let hash = content_hash(draft);
        let row = self.tx.fetch_optional(
            "SELECT id, content_hash FROM adjustments
             WHERE channel_id = $1 AND number = $2 AND position = $3",
            params![&channel.id, &draft.number, draft.position],
        )?;
        let (id, change) = match row {
            Some(row) if row.str(1) == hash => return Ok((row.get(0)?, Change::Unchanged)),
            Some(row) => (row.get::<String>(0)?, Change::Changed),
            None => {
                let position = draft.position.to_string();
                let key = [draft.channel.as_str(), &draft.number, &position];
                let id = Id::<AdjustmentKind>::derive(draft.adjusted_at, &key).to_string();
                (id, Change::Created)
            }
        };
        let product_id = self.sku(&channel.id, &draft.sku).cloned();
        self.tx.execute(
            "INSERT INTO adjustments (id, channel_id, number, position, kind, product_id, sku,
                                      quantity, amount_minor, currency, reason, note, adjusted_at,
                                      content_hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
             ON CONFLICT (channel_id, number, position) DO UPDATE SET kind = excluded.kind,
               product_id = excluded.product_id, sku = excluded.sku, quantity = excluded.quantity,
               amount_minor = excluded.amount_minor, currency = excluded.currency,
               reason = excluded.reason, note = excluded.note, adjusted_at = excluded.adjusted_at,
               content_hash = excluded.content_hash",
            params![
                &id,
                &channel.id,
                &draft.number,
                draft.position,
                draft.kind.name(),
                product_id,
                &draft.sku,
                draft.quantity,
                draft.amount_minor,
                draft.currency.code(),
                &draft.reason,
                &draft.note,
                draft.adjusted_at.as_microsecond(),
                hash
            ],
        )?;
        self.facts.push(NewFact {
            kind: "stock.adjusted",
            subject: id.clone(),
            occurred_at: draft.adjusted_at,
            payload: json!({
                "kind": draft.kind.name(),
                "sku": draft.sku,
                "quantity": draft.quantity,
                "amount_minor": draft.amount_minor,
                "reason": draft.reason,
            }),
        });
        Ok((id, change))
    }
}

fn amount(draft: &RefundDraft) -> i64 {
    draft.lines.iter().map(|line| line.amount_minor).sum()
}
