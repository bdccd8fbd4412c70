//! Ties refund lines to the purchase they belong to.
//!
//! Where the source names the order, only its lines are looked at; otherwise the customer's
//! earlier purchases of the same product. A purchase fits when as many units of it are left as
//! came back; one at the same unit price is preferred, then the latest. What fits nowhere stays
//! untied, and is looked at again when something new arrives.

use jiff::Timestamp;
use mercer_core::clock::instant_of_micros;
use mercer_core::fact::NewFact;
use mercer_db::{Db, Row, Tx, params};
use serde_json::json;

use crate::RecordError;
use crate::keep::LOCK_RECORD;

/// Refunds tied in one transaction: bounds how long the writer is held.
const N_REFUNDS_BATCH: usize = 2_000;

/// A refund line that waits for its purchase.
struct Untied {
    refund_id: String,
    position: i64,
    product_id: String,
    quantity: i64,
    unit_price_minor: i64,
    amount_minor: i64,
    customer_id: Option<String>,
    order_number: Option<String>,
    channel_id: String,
    refunded_at: i64,
    currency: String,
}

const UNTIED: &str = "SELECT l.refund_id, l.position, l.product_id, l.quantity, \
    l.unit_price_minor, l.amount_minor, r.customer_id, r.order_number, r.channel_id, r.refunded_at, \
    r.currency \
    FROM refund_lines l JOIN refunds r ON r.id = l.refund_id \
    WHERE l.order_id IS NULL AND l.kind = 'item' AND l.product_id IS NOT NULL AND l.quantity > 0 \
      AND (r.customer_id IS NOT NULL OR r.order_number IS NOT NULL)";

impl Untied {
    fn of_row(row: &Row) -> Result<Self, RecordError> {
        Ok(Self {
            refund_id: row.get(0)?,
            position: row.get(1)?,
            product_id: row.get(2)?,
            quantity: row.get(3)?,
            unit_price_minor: row.get(4)?,
            amount_minor: row.get(5)?,
            customer_id: row.get(6)?,
            order_number: row.get(7)?,
            channel_id: row.get(8)?,
            refunded_at: row.get(9)?,
            currency: row.get(10)?,
        })
    }
}

/// Ties what can be tied, in time order; how many lines were tied. Runs in batches, so that a
/// large import does not hold the writer; stopped half-way, it goes on where it was.
///
/// # Errors
/// The database's.
pub fn tie_all(db: &Db, now: Timestamp) -> Result<u64, RecordError> {
    let waiting = db.read(|tx| {
        let rows =
            tx.fetch(&format!("{UNTIED} ORDER BY r.refunded_at, r.number, l.position"), &[])?;
        rows.iter().map(Untied::of_row).collect::<Result<Vec<_>, RecordError>>()
    })?;
    let mut n_tied = 0;
    for batch in waiting.chunks(N_REFUNDS_BATCH) {
        n_tied += db.write(|tx| tie(tx, now, batch))?;
    }
    Ok(n_tied)
}

/// Ties the lines of the refunds and of one customer's refunds, in the caller's transaction: for
/// single orders and refunds that come by the API.
///
/// # Errors
/// The database's.
pub fn tie_one(
    tx: &mut Tx<'_>,
    now: Timestamp,
    customer_id: Option<&str>,
    order_number: Option<&str>,
) -> Result<u64, RecordError> {
    let rows = tx.fetch(
        &format!(
            "{UNTIED} AND (r.customer_id = $1 OR r.order_number = $2)
             ORDER BY r.refunded_at, r.number, l.position"
        ),
        params![customer_id.map(str::to_owned), order_number.map(str::to_owned)],
    )?;
    let waiting = rows.iter().map(Untied::of_row).collect::<Result<Vec<_>, _>>()?;
    tie(tx, now, &waiting)
}

fn tie(tx: &mut Tx<'_>, now: Timestamp, waiting: &[Untied]) -> Result<u64, RecordError> {
    tx.one_at_a_time(LOCK_RECORD)?;
    let mut facts = Vec::new();
    for line in waiting {
        let Some((order_id, position)) = purchase_of(tx, line)? else { continue };
        // Asked for again: another process may have tied it since it was read.
        let n = tx.execute(
            "UPDATE refund_lines SET order_id = $3, order_position = $4
             WHERE refund_id = $1 AND position = $2 AND order_id IS NULL",
            params![&line.refund_id, line.position, &order_id, position],
        )?;
        if n == 0 {
            continue;
        }
        tx.execute(
            "UPDATE order_lines SET refunded_quantity = refunded_quantity + $3
             WHERE order_id = $1 AND position = $2",
            params![&order_id, position, line.quantity],
        )?;
        tx.execute(
            "UPDATE orders SET refunded_minor = refunded_minor + $2 WHERE id = $1",
            params![&order_id, line.amount_minor],
        )?;
        facts.push(NewFact {
            kind: "refund.tied",
            subject: line.refund_id.clone(),
            occurred_at: instant_of_micros(line.refunded_at),
            payload: json!({
                "order": order_id,
                "order_position": position,
                "position": line.position,
                "quantity": line.quantity,
            }),
        });
    }
    mercer_facts::append(tx, now, &facts)?;
    Ok(facts.len() as u64)
}

fn purchase_of(tx: &mut Tx<'_>, line: &Untied) -> Result<Option<(String, i64)>, RecordError> {
    let row = match (&line.order_number, &line.customer_id) {
        (Some(number), _) => tx.fetch_optional(
            "SELECT o.id, l.position FROM orders o JOIN order_lines l ON l.order_id = o.id
             WHERE o.channel_id = $1 AND o.number = $2 AND l.product_id = $3 AND l.kind = 'item'
               AND l.quantity - l.refunded_quantity >= $4 AND o.currency = $6
             ORDER BY CASE WHEN l.unit_price_minor = $5 THEN 0 ELSE 1 END, l.position LIMIT 1",
            params![
                &line.channel_id,
                number,
                &line.product_id,
                line.quantity,
                line.unit_price_minor,
                &line.currency
            ],
        )?,
        (None, Some(customer)) => tx.fetch_optional(
            "SELECT o.id, l.position FROM orders o JOIN order_lines l ON l.order_id = o.id
             WHERE o.customer_id = $1 AND o.placed_at <= $2 AND l.product_id = $3
               AND l.kind = 'item' AND l.quantity - l.refunded_quantity >= $4
               AND o.currency = $6
             ORDER BY CASE WHEN l.unit_price_minor = $5 THEN 0 ELSE 1 END, o.placed_at DESC,
                      o.number DESC, l.position LIMIT 1",
            params![
                customer,
                line.refunded_at,
                &line.product_id,
                line.quantity,
                line.unit_price_minor,
                &line.currency
            ],
        )?,
        (None, None) => None,
    };
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}
