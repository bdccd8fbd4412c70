//! What time and the facts of others do to points: orders and refunds, the day on which points can
//! be spent, expire or are warned of, tiers, birthdays.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use mercer_core::clock::instant_of_micros;
use mercer_core::fact::Fact;
use mercer_db::{Tx, params};
use mercer_facts::{Subscriber, SubscriberError};
use mercer_jobs::{JobContext, JobError, JobHandler};
use serde_json::{Value, json};

use crate::accounts::POINTS;
pub use crate::backfill::{BACKFILL_JOB, Backfill};
pub use crate::look::WAKE_JOB;
use crate::standing::{refresh, tell};
use crate::terms::InForce;
use crate::{Loyalty, LoyaltyError, N_BATCH, activities, book, look, members};

/// The timer looks once more after this time when it did something: what was booked at the same
/// instant by a transaction that it did not see is then found.
const LOOK_AGAIN_SECONDS: i64 = 60;

/// Follows the record: what orders, changes, cancellations and refunds call for; and quotes, whose
/// points come back by themselves.
pub struct FollowRecord(pub Arc<Loyalty>);

impl Subscriber for FollowRecord {
    fn name(&self) -> &'static str {
        "loyalty.record"
    }

    fn handle(&self, tx: &mut Tx<'_>, fact: &Fact) -> Result<(), SubscriberError> {
        let now = self.0.context.clock.now();
        match fact.kind.as_str() {
            "order.placed" | "order.changed" | "order.cancelled" => {
                self.0.settle_order(tx, now, &fact.subject)?;
            }
            "refund.given" | "refund.changed" | "refund.tied" => {
                let refund = self.0.orders.refund(tx, &fact.subject)?;
                let mut orders: Vec<String> = refund
                    .into_iter()
                    .flat_map(|refund| refund.lines)
                    .map(|l| l.order_id)
                    .collect();
                orders.extend(fact.payload["order"].as_str().map(str::to_owned));
                orders.sort();
                orders.dedup();
                for order in orders {
                    self.0.settle_order(tx, now, &order)?;
                }
            }
            // A cart's points come back to the lots they were held from, which may be over by now.
            "quote.returned" | "quote.released" | "hold.expired" => look::wake_if_over(tx, now)?,
            _ => {}
        }
        Ok(())
    }
}

/// Does what time alone calls for, and finds the next instant.
pub struct Wake(pub Arc<Loyalty>);

impl JobHandler for Wake {
    fn kind(&self) -> &'static str {
        WAKE_JOB
    }

    fn run(&self, context: &JobContext<'_>, _payload: &Value) -> Result<(), JobError> {
        let now = context.clock.now();
        let mut n_done = 0;
        loop {
            let n = context.db.write(|tx| self.0.catch_up(tx, now)).map_err(JobError::retry)?;
            n_done += n;
            if n == 0 {
                break;
            }
            context.heartbeat().map_err(JobError::retry)?;
        }
        let again = |tx: &mut Tx<'_>| {
            let force = self.0.in_force(tx)?;
            let next = look::next(tx, force.as_ref())?;
            let soon = (n_done > 0).then(|| now + SignedDuration::from_secs(LOOK_AGAIN_SECONDS));
            if let Some(at) = [next, soon].into_iter().flatten().min() {
                look::wake(tx, now, at)?;
            }
            Ok::<_, LoyaltyError>(())
        };
        context.db.write(again).map_err(JobError::retry)
    }
}

impl Loyalty {
    /// Does a part of what is due; how many members it was about.
    pub(crate) fn catch_up(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<usize, LoyaltyError> {
        let Some(force) = self.in_force(tx)? else { return Ok(0) };
        let due = due_members(tx, now)?;
        let names: Vec<&str> = due.iter().map(String::as_str).collect();
        members::lock(tx, &names)?;
        for customer in &due {
            let matured = book::mature(tx, now, customer)?;
            if matured > 0 {
                tell(tx, now, ("points.available", customer), json!({ "points": matured }))?;
            }
            let expired = book::expire(tx, now, customer)?;
            if expired > 0 {
                tell(tx, now, ("points.expired", customer), json!({ "points": expired }))?;
            }
            activities::celebrate(tx, now, &force, customer)?;
            refresh(tx, now, &force, customer)?;
        }
        Ok(due.len() + warn(tx, now, &force)?)
    }
}

/// Members about whom something is due, at most a batch of each kind.
fn due_members(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<String>, LoyaltyError> {
    let now = now.as_microsecond();
    let n_max = N_BATCH as i64;
    let mut due = std::collections::BTreeSet::new();
    let queries = [
        "SELECT DISTINCT customer_id FROM loyalty_lots
         WHERE is_pending = 1 AND available_at <= $1 LIMIT $2",
        "SELECT customer_id FROM loyalty_members WHERE look_at <= $1 ORDER BY look_at LIMIT $2",
    ];
    for sql in queries {
        for row in tx.fetch(sql, params![now, n_max])? {
            due.insert(row.get(0)?);
        }
    }
    let rows = tx.fetch(
        "SELECT DISTINCT a.owner FROM ledger_lot_balances b
         JOIN ledger_accounts a ON a.id = b.account_id
         WHERE b.expires_at <= $1 AND b.quantity > 0 AND a.unit = $3
           AND a.role IN ('available', 'pending') LIMIT $2",
        params![now, n_max, POINTS],
    )?;
    for row in rows {
        due.insert(row.get(0)?);
    }
    Ok(due.into_iter().collect())
}

/// Tells members whose points expire soon, once for each end.
fn warn(tx: &mut Tx<'_>, now: Timestamp, force: &InForce) -> Result<usize, LoyaltyError> {
    let Some(days) = force.terms.expiry_warning_days else { return Ok(0) };
    let until = now + SignedDuration::from_hours(24 * i64::from(days));
    let rows = tx.fetch(
        "SELECT a.owner, b.expires_at, CAST(SUM(b.quantity) AS BIGINT)
         FROM ledger_lot_balances b JOIN ledger_accounts a ON a.id = b.account_id
         LEFT JOIN loyalty_warnings w ON w.customer_id = a.owner AND w.expires_at = b.expires_at
         WHERE b.expires_at <= $1 AND b.expires_at > $2 AND b.quantity > 0 AND a.unit = $3
           AND a.role = 'available' AND w.customer_id IS NULL
         GROUP BY a.owner, b.expires_at ORDER BY b.expires_at, a.owner LIMIT $4",
        params![until.as_microsecond(), now.as_microsecond(), POINTS, N_BATCH as i64],
    )?;
    for row in &rows {
        let (customer, at, points): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        tx.execute(
            "INSERT INTO loyalty_warnings (customer_id, expires_at) VALUES ($1, $2)
             ON CONFLICT DO NOTHING",
            params![&customer, at],
        )?;
        let payload = json!({ "points": points, "expires_at": instant_of_micros(at) });
        tell(tx, now, ("points.expiring", &customer), payload)?;
    }
    Ok(rows.len())
}
