//! Low stock: a fact when what is on hand falls to its threshold, and one when it is above again.
//!
//! On hand is what lies in the shop, held or not, less what is owed: a cart that is given up has
//! changed nothing. Each crossing is told once, because the state that was told is kept.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mercer_core::fact::NewFact;
use mercer_db::{Tx, params};
use mercer_jobs::{JobContext, JobError, JobHandler, NewJob};
use mercer_ledger::read::balances;
use serde_json::{Value, json};

use crate::accounts;
use crate::error::StockError;

/// Kind of the job that looks at the levels of all SKUs with a threshold.
pub const LEVELS_JOB: &str = "stock.levels";
/// The job waits this long for more to happen: a burst of orders is one look.
const WAIT_SECONDS: i64 = 5;
/// SKUs looked at in one transaction.
const N_SKUS_BATCH: usize = 500;

/// What is on hand of SKUs, over all locations.
pub(crate) fn on_hand(
    tx: &mut Tx<'_>,
    now: Timestamp,
    skus: &[&str],
) -> Result<BTreeMap<String, i64>, StockError> {
    let mut sums: BTreeMap<String, i64> = skus.iter().map(|sku| ((*sku).to_owned(), 0)).collect();
    if skus.is_empty() {
        return Ok(sums);
    }
    let rows = tx.fetch_by_keys(
        "SELECT sku, location_id FROM stock_places WHERE sku IN ({{keys}})",
        params![],
        skus,
    )?;
    let keys: Vec<_> = rows.iter().map(|row| accounts::available(row.str(0), row.str(1))).collect();
    for (row, balance) in rows.iter().zip(balances(tx, now, &keys)?) {
        if let Some(sum) = sums.get_mut(row.str(0)) {
            *sum = sum.saturating_add(balance.balance + balance.held);
        }
    }
    Ok(sums)
}

/// Looks at SKUs after their quantities changed in this transaction; the facts of those that
/// crossed their threshold, to be appended last.
pub(crate) fn crossings(
    tx: &mut Tx<'_>,
    now: Timestamp,
    skus: &[&str],
) -> Result<Vec<NewFact>, StockError> {
    if skus.is_empty() {
        return Ok(Vec::new());
    }
    // Whoever changed another location of the SKU waits here, and then sees this change.
    let sql = format!(
        "SELECT sku, low_threshold, is_low FROM stock_items
         WHERE sku IN ({{{{keys}}}}) AND low_threshold IS NOT NULL AND is_tracked = 1
         ORDER BY sku{}",
        tx.backend().for_update()
    );
    let mut watched = BTreeMap::new();
    for row in tx.fetch_by_keys(&sql, params![], skus)? {
        watched.insert(row.get::<String>(0)?, (row.get::<i64>(1)?, row.get::<bool>(2)?));
    }
    let names: Vec<&str> = watched.keys().map(String::as_str).collect();
    let on_hand = on_hand(tx, now, &names)?;
    let mut facts = Vec::new();
    for (sku, (threshold, was_low)) in &watched {
        let n = on_hand.get(sku).copied().unwrap_or(0);
        let is_low = n <= *threshold;
        if is_low == *was_low {
            continue;
        }
        tx.execute("UPDATE stock_items SET is_low = $2 WHERE sku = $1", params![sku, is_low])?;
        facts.push(NewFact {
            kind: if is_low { "stock.low" } else { "stock.back" },
            subject: accounts::unit(sku),
            occurred_at: now,
            payload: json!({ "sku": sku, "on_hand": n, "threshold": threshold }),
        });
    }
    Ok(facts)
}

/// Lets the job look at all levels soon: carts change stock without this capability.
pub(crate) fn look_soon(tx: &mut Tx<'_>, now: Timestamp) -> Result<(), StockError> {
    let due_at = now + jiff::SignedDuration::from_secs(WAIT_SECONDS);
    let unique_key = Some(LEVELS_JOB.to_owned());
    let job = NewJob { kind: LEVELS_JOB, unique_key, payload: json!({}), due_at };
    mercer_jobs::schedule_shared(tx, now, &job)?;
    Ok(())
}

/// The job: finds SKUs that crossed their threshold since somebody looked.
pub struct CheckLevels;

impl JobHandler for CheckLevels {
    fn kind(&self) -> &'static str {
        LEVELS_JOB
    }

    fn run(&self, context: &JobContext<'_>, _payload: &Value) -> Result<(), JobError> {
        let now = context.clock.now();
        let mut last = String::new();
        loop {
            // Reading first: others may write meanwhile, and mostly nothing has crossed.
            let (n, next, crossed) =
                context.db.read(|tx| look(tx, now, &last)).map_err(JobError::retry)?;
            if !crossed.is_empty() {
                let write = |tx: &mut Tx<'_>| {
                    let crossed: Vec<&str> = crossed.iter().map(String::as_str).collect();
                    let facts = crossings(tx, now, &crossed)?;
                    Ok::<_, StockError>(mercer_facts::append(tx, now, &facts)?)
                };
                context.db.write(write).map_err(JobError::retry)?;
            }
            if n < N_SKUS_BATCH {
                return Ok(());
            }
            last = next;
            context.heartbeat().map_err(JobError::retry)?;
        }
    }
}

/// The next SKUs with a threshold: how many, the last of them, those on the other side of it.
fn look(
    tx: &mut Tx<'_>,
    now: Timestamp,
    after: &str,
) -> Result<(usize, String, Vec<String>), StockError> {
    let rows = tx.fetch(
        "SELECT sku, low_threshold, is_low FROM stock_items
         WHERE sku > $1 AND low_threshold IS NOT NULL AND is_tracked = 1
         ORDER BY sku LIMIT $2",
        params![after, N_SKUS_BATCH as i64],
    )?;
    let skus: Vec<&str> = rows.iter().map(|row| row.str(0)).collect();
    let on_hand = on_hand(tx, now, &skus)?;
    let mut crossed = Vec::new();
    for row in &rows {
        let n = on_hand.get(row.str(0)).copied().unwrap_or(0);
        if (n <= row.get::<i64>(1)?) != row.get::<bool>(2)? {
            crossed.push(row.get(0)?);
        }
    }
    let last = rows.last().map(|row| row.str(0).to_owned()).unwrap_or_default();
    Ok((rows.len(), last, crossed))
}
