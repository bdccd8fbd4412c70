//! Orders that came without a quote take their units when they are told.
//!
//! Only for channels and orders that the settings name. Follows the facts of orders and quotes: what
//! an order has taken is brought in line with what it now says, so a changed or cancelled order
//! gives back, and one that turns out to come of a quote gives back all, because its quote took the
//! units. What is short is told as `stock.short`; nothing here refuses an order.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use mercer_connect::orders::{OrderBook, OrderSnapshot};
use mercer_core::clock::Clock;
use mercer_core::fact::{Fact, NewFact};
use mercer_db::{DbError, Tx, params};
use mercer_facts::{Subscriber, SubscriberError};
use mercer_ledger::LedgerError;
use mercer_ledger::hold::Portions;
use mercer_ledger::reverse::{Reversal, Spent, reverse};
use mercer_ledger::transfer::{Transfer, transfer};
use mercer_stock_engine::input::{Ask, LineOutcome};
use mercer_stock_engine::policy::ShortLines;
use serde_json::json;

use crate::error::StockError;
use crate::room::{Allocated, allocate, policy};
use crate::{accounts, levels, store};

/// Times that an order is allocated again because others took units meanwhile; then it is short.
const N_TRIES_MAX: usize = 10;

/// Lines of an order taken in one transfer: with a dozen locations each they stay within its legs.
const N_LINES_BATCH: usize = 1_000;

/// Follows orders and quotes.
pub struct Sales {
    orders: Arc<dyn OrderBook>,
    clock: Arc<dyn Clock>,
}

/// A change of an order that is to be booked.
struct Change<'a> {
    order: &'a OrderSnapshot,
    order_ref: String,
    /// Number of the fact that told it: the ledger's keys are made of it.
    sequence: i64,
    now: Timestamp,
}

impl Sales {
    /// With the shop's orders and the clock.
    #[must_use]
    pub fn new(orders: Arc<dyn OrderBook>, clock: Arc<dyn Clock>) -> Self {
        Self { orders, clock }
    }

    fn follow(&self, tx: &mut Tx<'_>, fact: &Fact) -> Result<(), StockError> {
        let now = self.clock.now();
        match fact.kind.as_str() {
            "order.placed" | "order.changed" | "order.cancelled" => {
                // An imported past tells tens of thousands of orders: look no further in vain.
                if !store::takes_any_orders(tx)? {
                    return Ok(());
                }
                levels::look_soon(tx, now)?;
                match self.orders.order(tx, &fact.subject)? {
                    Some(order) => follow_order(tx, now, &order, fact.sequence),
                    None => Ok(()),
                }
            }
            "quote.committed" => {
                levels::look_soon(tx, now)?;
                match fact.payload.get("order").and_then(|order| order.as_str()) {
                    Some(order_ref) => follow_quote(tx, now, order_ref, fact.sequence),
                    None => Ok(()),
                }
            }
            "quote.returned" | "hold.expired" => levels::look_soon(tx, now),
            _ => Ok(()),
        }
    }
}

impl Subscriber for Sales {
    fn name(&self) -> &'static str {
        "stock.sales"
    }

    fn handle(&self, tx: &mut Tx<'_>, fact: &Fact) -> Result<(), SubscriberError> {
        Ok(self.follow(tx, fact)?)
    }
}

fn follow_order(
    tx: &mut Tx<'_>,
    now: Timestamp,
    order: &OrderSnapshot,
    sequence: i64,
) -> Result<(), StockError> {
    let from = store::takes_orders_from(tx, &order.channel)?;
    if from.is_none_or(|from| order.placed_at < from) {
        return Ok(());
    }
    let order_ref = format!("{}/{}", order.channel, order.number);
    tx.execute(
        "INSERT INTO stock_orders (order_ref, order_id, is_quoted) VALUES ($1, $2, 0)
         ON CONFLICT (order_ref) DO UPDATE SET order_id = excluded.order_id",
        params![&order_ref, &order.id],
    )?;
    let is_quoted: bool = tx.fetch_value(
        "SELECT is_quoted FROM stock_orders WHERE order_ref = $1",
        params![&order_ref],
    )?;
    if is_quoted {
        return Ok(());
    }
    let change = Change { order, order_ref, sequence, now };
    let mut facts = give_back_surplus(tx, &change)?;
    facts.extend(take_missing(tx, &change)?);
    let skus: BTreeSet<String> = order.lines.iter().map(|line| line.sku.clone()).collect();
    let skus: Vec<&str> = skus.iter().map(String::as_str).collect();
    facts.extend(levels::crossings(tx, now, &skus)?);
    Ok(mercer_facts::append(tx, now, &facts)?)
}

/// An order that came of a quote took its units there; what it took here goes back.
fn follow_quote(
    tx: &mut Tx<'_>,
    now: Timestamp,
    order_ref: &str,
    sequence: i64,
) -> Result<(), StockError> {
    tx.execute(
        "INSERT INTO stock_orders (order_ref, is_quoted) VALUES ($1, 1)
         ON CONFLICT (order_ref) DO UPDATE SET is_quoted = 1",
        params![order_ref],
    )?;
    let order_id: Option<String> = tx.fetch_value(
        "SELECT order_id FROM stock_orders WHERE order_ref = $1",
        params![order_ref],
    )?;
    // An order that was not told yet has taken nothing.
    let Some(order_id) = order_id else { return Ok(()) };
    let mut facts = Vec::new();
    for (position, sku, _) in wanted_before(tx, order_ref)? {
        let back = Back { order_id: &order_id, order_ref, position, sku: &sku, sequence };
        facts.extend(give_back(tx, now, &back, i64::MAX)?);
    }
    tx.execute("DELETE FROM stock_order_lines WHERE order_ref = $1", params![order_ref])?;
    Ok(mercer_facts::append(tx, now, &facts)?)
}

/// What the order was seen to want: position, SKU and units.
fn wanted_before(tx: &mut Tx<'_>, order_ref: &str) -> Result<Vec<(i64, String, i64)>, StockError> {
    let rows = tx.fetch(
        "SELECT position, sku, wanted FROM stock_order_lines WHERE order_ref = $1
         ORDER BY position, sku",
        params![order_ref],
    )?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

/// Units that the order now wants of a line.
fn wanted_now(order: &OrderSnapshot, position: i64, sku: &str) -> i64 {
    if order.is_cancelled {
        return 0;
    }
    let line = order.lines.iter().find(|line| line.position == position && line.sku == sku);
    line.map_or(0, |line| line.quantity.max(0))
}

fn set_wanted(
    tx: &mut Tx<'_>,
    change: &Change<'_>,
    (position, sku): (i64, &str),
    wanted: i64,
) -> Result<(), StockError> {
    tx.execute(
        "INSERT INTO stock_order_lines (order_ref, position, sku, wanted) VALUES ($1, $2, $3, $4)
         ON CONFLICT (order_ref, position, sku) DO UPDATE SET wanted = excluded.wanted",
        params![&change.order_ref, position, sku, wanted],
    )?;
    Ok(())
}

fn give_back_surplus(tx: &mut Tx<'_>, change: &Change<'_>) -> Result<Vec<NewFact>, StockError> {
    let mut facts = Vec::new();
    for (position, sku, before) in wanted_before(tx, &change.order_ref)? {
        let wanted = wanted_now(change.order, position, &sku);
        if wanted >= before {
            continue;
        }
        set_wanted(tx, change, (position, &sku), wanted)?;
        let taken: i64 = tx.fetch_value(
            "SELECT CAST(COALESCE(SUM(taken - given_back), 0) AS BIGINT) FROM stock_order_takes
             WHERE order_ref = $1 AND position = $2 AND sku = $3",
            params![&change.order_ref, position, &sku],
        )?;
        let back = Back {
            order_id: &change.order.id,
            order_ref: &change.order_ref,
            position,
            sku: &sku,
            sequence: change.sequence,
        };
        facts.extend(give_back(tx, change.now, &back, taken - wanted)?);
    }
    Ok(facts)
}

/// Units of an order's line that go back.
struct Back<'a> {
    order_id: &'a str,
    order_ref: &'a str,
    position: i64,
    sku: &'a str,
    sequence: i64,
}

/// Gives up to `quantity` units of a line back, those taken last first, in their own lots.
fn give_back(
    tx: &mut Tx<'_>,
    now: Timestamp,
    back: &Back<'_>,
    mut quantity: i64,
) -> Result<Option<NewFact>, StockError> {
    let Back { order_id, order_ref, position, sku, sequence } = back;
    let rows = tx.fetch(
        "SELECT transfer_id, taken - given_back FROM stock_order_takes
         WHERE order_ref = $1 AND position = $2 AND sku = $3 AND taken > given_back
         ORDER BY transfer_id DESC",
        params![*order_ref, *position, *sku],
    )?;
    let mut n_back = 0;
    for row in &rows {
        let (transfer_id, left): (i64, i64) = (row.get(0)?, row.get(1)?);
        let n = left.min(quantity);
        if n <= 0 {
            break;
        }
        let reversal = Reversal {
            key: format!("stock:order:back:{sequence}:{transfer_id}:{position}"),
            transfer_id,
            subject: (*order_id).to_owned(),
            reason: "cancelled".to_owned(),
            portions: Portions::Lines(vec![(*position, n)]),
            spent: Spent::Refuse,
        };
        let _ = reverse(tx, now, &reversal)?;
        tx.execute(
            "UPDATE stock_order_takes SET given_back = given_back + $4
             WHERE order_ref = $1 AND transfer_id = $2 AND position = $3 AND sku = $5",
            params![*order_ref, transfer_id, *position, n, *sku],
        )?;
        quantity -= n;
        n_back += n;
    }
    Ok((n_back > 0).then(|| NewFact {
        kind: "stock.returned",
        subject: accounts::unit(sku),
        occurred_at: now,
        payload: json!({
            "sku": sku, "order": order_ref, "line": position, "quantity": n_back,
            "because": "the order no longer wants them",
        }),
    }))
}

fn take_missing(tx: &mut Tx<'_>, change: &Change<'_>) -> Result<Vec<NewFact>, StockError> {
    let before = wanted_before(tx, &change.order_ref)?;
    let known = |position: i64, sku: &str| {
        let line = before.iter().find(|line| line.0 == position && line.1 == sku);
        line.map_or(0, |line| line.2)
    };
    let mut asks = Vec::new();
    for line in &change.order.lines {
        let wanted = wanted_now(change.order, line.position, &line.sku);
        let missing = wanted - known(line.position, &line.sku);
        if missing > 0 {
            set_wanted(tx, change, (line.position, &line.sku), wanted)?;
            asks.push(Ask { line: line.position, sku: line.sku.clone(), quantity: missing });
        }
    }
    let mut facts = Vec::new();
    for part in asks.chunks(N_LINES_BATCH) {
        facts.extend(take_patiently(tx, change, part)?);
    }
    Ok(facts)
}

/// Takes what is there. Others may take units between reading and taking: then it is decided again.
fn take_patiently(
    tx: &mut Tx<'_>,
    change: &Change<'_>,
    asks: &[Ask],
) -> Result<Vec<NewFact>, StockError> {
    for _ in 0..N_TRIES_MAX {
        match tx.part(|tx| take(tx, change, asks)) {
            Err(StockError::Ledger(LedgerError::Short { .. })) => {}
            other => return other,
        }
    }
    tracing::warn!(order = change.order_ref, "others took the stock each time");
    Ok(asks.iter().map(|ask| short_fact(change, ask, 0)).collect())
}

fn take(tx: &mut Tx<'_>, change: &Change<'_>, asks: &[Ask]) -> Result<Vec<NewFact>, StockError> {
    let policy = policy(tx, ShortLines::TakeWhatIsThere)?;
    let country = change.order.country.as_deref();
    let Allocated { decision, legs } = allocate(tx, change.now, country, asks.to_vec(), policy)?;
    let legs: Vec<_> = legs.into_iter().flatten().collect();
    let first = asks.first().map_or(0, |ask| ask.line);
    let lines = decision.outcome.lines;
    let mut facts = Vec::new();
    if !legs.is_empty() {
        let sold = Transfer {
            key: format!("stock:order:{}:{}:{first}", change.order.id, change.sequence),
            subject: change.order.id.clone(),
            reason: "sold".to_owned(),
            legs,
        };
        let posted = transfer(tx, change.now, &sold)?;
        for line in lines.iter().filter(|line| line.n_taken() > 0) {
            keep(tx, change, posted.transfer_id, line)?;
            facts.push(sold_fact(change, line, posted.transfer_id));
        }
    }
    for (line, ask) in lines.iter().zip(asks).filter(|(line, ask)| line.n_found < ask.quantity) {
        facts.push(short_fact(change, ask, line.n_taken()));
    }
    Ok(facts)
}

fn keep(
    tx: &mut Tx<'_>,
    change: &Change<'_>,
    transfer_id: i64,
    line: &LineOutcome,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO stock_order_takes (order_ref, transfer_id, position, sku, taken, given_back)
         VALUES ($1, $2, $3, $4, $5, 0)",
        params![&change.order_ref, transfer_id, line.line, &line.sku, line.n_taken()],
    )?;
    Ok(())
}

fn sold_fact(change: &Change<'_>, line: &LineOutcome, transfer_id: i64) -> NewFact {
    NewFact {
        kind: "stock.sold",
        subject: accounts::unit(&line.sku),
        occurred_at: change.now,
        payload: json!({
            "sku": line.sku, "order": change.order_ref, "line": line.line,
            "quantity": line.n_taken(), "back_ordered": line.n_back_ordered(),
            "transfer": transfer_id,
        }),
    }
}

fn short_fact(change: &Change<'_>, ask: &Ask, n_taken: i64) -> NewFact {
    NewFact {
        kind: "stock.short",
        subject: accounts::unit(&ask.sku),
        occurred_at: change.now,
        payload: json!({
            "sku": ask.sku, "order": change.order_ref, "line": ask.line,
            "wanted": ask.quantity, "taken": n_taken, "missing": ask.quantity - n_taken,
        }),
    }
}
