//! What time and the facts of others do to sales: start, end, the next in the queue.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use mercer_core::clock::Clock;
use mercer_core::fact::{Fact, NewFact};
use mercer_db::{Tx, params};
use mercer_facts::{Subscriber, SubscriberError};
use mercer_jobs::{JobContext, JobError, JobHandler};
use serde_json::{Value, json};

use crate::manage::{end, give_back};
use crate::queue::{advance, open_queues};
use crate::store;
use crate::{FlashError, N_ITEMS_MAX};

/// Kind of the job that tells of a sale's start.
pub const START_JOB: &str = "flash_sales.start";
/// Kind of the job that ends a sale.
pub const END_JOB: &str = "flash_sales.end";
/// Hours after its end in which a sale's pools are looked at for holds that ended later: longer
/// than any cart is held.
const HOURS_AFTER: i64 = 24;

/// Says that a sale has started.
pub struct StartSale;

impl JobHandler for StartSale {
    fn kind(&self) -> &'static str {
        START_JOB
    }

    fn run(&self, context: &JobContext<'_>, payload: &Value) -> Result<(), JobError> {
        let now = context.clock.now();
        let id = payload["sale"].as_str().unwrap_or_default();
        let started = |tx: &mut Tx<'_>| {
            let sale = store::find(tx, id, true)?;
            if sale.is_on(now) {
                let fact = NewFact {
                    kind: "flash_sale.started",
                    subject: sale.id,
                    occurred_at: sale.starts_at,
                    payload: json!({}),
                };
                mercer_facts::append(tx, now, &[fact])?;
            }
            Ok::<_, FlashError>(())
        };
        context.db.write(started).map_err(JobError::retry)
    }
}

/// Ends a sale.
pub struct EndSale;

impl JobHandler for EndSale {
    fn kind(&self) -> &'static str {
        END_JOB
    }

    fn run(&self, context: &JobContext<'_>, payload: &Value) -> Result<(), JobError> {
        let now = context.clock.now();
        let id = payload["sale"].as_str().unwrap_or_default();
        context.db.write(|tx| end(tx, now, id)).map_err(JobError::retry)
    }
}

/// Follows what frees units: the next in the queue gets a turn, and what a sale that is over gets
/// back goes on to where it came from.
pub struct FollowHolds {
    /// Tells whether turns are over.
    pub clock: Arc<dyn Clock>,
}

impl Subscriber for FollowHolds {
    fn name(&self) -> &'static str {
        "flash_sales.holds"
    }

    fn handle(&self, tx: &mut Tx<'_>, fact: &Fact) -> Result<(), SubscriberError> {
        let kinds = ["hold.expired", "quote.released", "quote.returned", "quote.committed"];
        if kinds.contains(&fact.kind.as_str()) {
            let now = self.clock.now();
            move_queues(tx, now)?;
            clear_ended(tx, now)?;
        }
        Ok(())
    }
}

fn move_queues(tx: &mut Tx<'_>, now: Timestamp) -> Result<(), FlashError> {
    for (sale, sku) in open_queues(tx)? {
        let sale = store::find(tx, &sale, true)?;
        advance(tx, now, &sale, &sku)?;
    }
    Ok(())
}

fn clear_ended(tx: &mut Tx<'_>, now: Timestamp) -> Result<(), FlashError> {
    let since = now - SignedDuration::from_hours(HOURS_AFTER);
    let rows = tx.fetch(
        "SELECT id FROM flash_sales WHERE state = 'ended' AND ended_at >= $1
         ORDER BY id LIMIT $2",
        params![since.as_microsecond(), N_ITEMS_MAX as i64],
    )?;
    for row in rows {
        let sale = store::find(tx, row.str(0), false)?;
        give_back(tx, now, &sale)?;
    }
    Ok(())
}
