//! Holds whose time is over are put back: by a timer, and at once where somebody is short.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use mercer_core::clock::instant_of_micros;
use mercer_core::fact::NewFact;
use mercer_db::{Tx, params};
use mercer_jobs::{JobContext, JobError, JobHandler, NewJob};
use serde_json::{Value, json};

use crate::N_EXPIRED_BATCH;
use crate::account::AccountKey;
use crate::error::LedgerError;
use crate::hold::{self, HoldState};
use crate::post;

/// Kind of the job that puts expired holds back.
pub const EXPIRE_JOB: &str = "ledger.expire";
/// The job looks once more after this time when holds were made lately: a hold whose transaction
/// was not yet seen is then found. Longer than any transaction waits for its database.
const LOOK_AGAIN_SECONDS: i64 = 60;
/// Overdue holds of one account that a caller who is short puts back itself; the timer does the
/// rest.
const N_OVERDUE_MAX: i64 = 50;

/// Sees to it that the job runs when a hold ends.
pub(crate) fn schedule(
    tx: &mut Tx<'_>,
    now: Timestamp,
    due_at: Timestamp,
) -> Result<(), LedgerError> {
    mercer_jobs::schedule_shared(tx, now, &job(due_at))?;
    Ok(())
}

fn job(due_at: Timestamp) -> NewJob {
    NewJob { kind: EXPIRE_JOB, unique_key: Some(EXPIRE_JOB.to_owned()), payload: json!({}), due_at }
}

/// Puts back up to [`N_EXPIRED_BATCH`] holds whose time is over, with the fact `hold.expired`
/// for each; how many there were.
///
/// # Errors
/// The database's.
pub fn expire_due(tx: &mut Tx<'_>, now: Timestamp) -> Result<usize, LedgerError> {
    let rows = tx.fetch(
        "SELECT id FROM ledger_holds WHERE state = 'open' AND expires_at <= $1
         ORDER BY expires_at, id LIMIT $2",
        params![now.as_microsecond(), N_EXPIRED_BATCH as i64],
    )?;
    let ids: Vec<&str> = rows.iter().map(|row| row.str(0)).collect();
    let facts = put_back(tx, now, &ids)?;
    mercer_facts::append(tx, now, &facts)?;
    Ok(facts.len())
}

/// Puts back overdue holds on an account; the facts that the caller appends.
pub(crate) fn release_overdue_of(
    tx: &mut Tx<'_>,
    now: Timestamp,
    account: &AccountKey,
) -> Result<Vec<NewFact>, LedgerError> {
    let rows = tx.fetch(
        "SELECT DISTINCT h.id FROM ledger_holds h
         JOIN ledger_moves m ON m.transfer_id = h.transfer_id
         WHERE h.state = 'open' AND h.expires_at <= $1 AND m.from_account = $2
         ORDER BY h.id LIMIT $3",
        params![now.as_microsecond(), account.id(), N_OVERDUE_MAX],
    )?;
    let ids: Vec<&str> = rows.iter().map(|row| row.str(0)).collect();
    put_back(tx, now, &ids)
}

fn put_back(tx: &mut Tx<'_>, now: Timestamp, ids: &[&str]) -> Result<Vec<NewFact>, LedgerError> {
    lock_accounts_of(tx, ids)?;
    let mut facts = Vec::with_capacity(ids.len());
    for id in ids {
        let hold = hold::lock(tx, id)?;
        if hold.state != HoldState::Open || hold.expires_at > now {
            continue;
        }
        hold::close(tx, now, &hold, HoldState::Expired)?;
        facts.push(NewFact {
            kind: "hold.expired",
            subject: hold.subject,
            occurred_at: hold.expires_at,
            payload: json!({ "hold": hold.id }),
        });
    }
    Ok(facts)
}

/// Takes all accounts of the holds at once, in their order: carts that touch some of them
/// meanwhile wait, and nobody waits for each other.
fn lock_accounts_of(tx: &mut Tx<'_>, ids: &[&str]) -> Result<(), LedgerError> {
    let rows = tx.fetch_by_keys(
        "SELECT DISTINCT m.from_account, m.to_account FROM ledger_holds h
         JOIN ledger_moves m ON m.transfer_id = h.transfer_id WHERE h.id IN ({{keys}})",
        params![],
        ids,
    )?;
    let mut accounts = BTreeSet::new();
    for row in rows {
        accounts.extend([row.get::<i64>(0)?, row.get::<i64>(1)?]);
    }
    post::lock(tx, &accounts.into_iter().collect::<Vec<_>>())?;
    Ok(())
}

/// The job: puts expired holds back and wakes again when the next one ends.
pub struct ExpireHolds;

impl JobHandler for ExpireHolds {
    fn kind(&self) -> &'static str {
        EXPIRE_JOB
    }

    fn run(&self, context: &JobContext<'_>, _payload: &Value) -> Result<(), JobError> {
        let now = context.clock.now();
        loop {
            let n = context.db.write(|tx| expire_due(tx, now)).map_err(JobError::retry)?;
            if n < N_EXPIRED_BATCH {
                break;
            }
            context.heartbeat().map_err(JobError::retry)?;
        }
        context.db.write(|tx| wake_again(tx, now)).map_err(JobError::retry)
    }
}

fn wake_again(tx: &mut Tx<'_>, now: Timestamp) -> Result<(), LedgerError> {
    let soon = now + SignedDuration::from_secs(LOOK_AGAIN_SECONDS);
    let next: Option<i64> =
        tx.fetch_value("SELECT MIN(expires_at) FROM ledger_holds WHERE state = 'open'", params![])?;
    let last: Option<i64> = tx.fetch_value(
        "SELECT MAX(at) FROM ledger_transfers WHERE id = (SELECT MAX(id) FROM ledger_transfers)",
        params![],
    )?;
    let is_busy =
        last.is_some_and(|at| at + LOOK_AGAIN_SECONDS * 1_000_000 >= now.as_microsecond());
    let due_at = match next.map(instant_of_micros) {
        Some(next) if is_busy => Some(next.min(soon)),
        Some(next) => Some(next),
        None if is_busy => Some(soon),
        None => None,
    };
    if let Some(due_at) = due_at {
        mercer_jobs::schedule(tx, now, &job(due_at))?;
    }
    Ok(())
}
