//! When time alone changes something: one timer for the next instant of all.

use jiff::{SignedDuration, Timestamp};
use mercer_core::clock::instant_of_micros;
use mercer_db::{DbError, Tx, params};
use mercer_jobs::NewJob;
use serde_json::json;

use crate::LoyaltyError;
use crate::accounts::POINTS;
use crate::terms::InForce;

/// Kind of the job that does what time calls for.
pub const WAKE_JOB: &str = "loyalty.wake";

fn job(due_at: Timestamp) -> NewJob {
    let unique_key = Some(WAKE_JOB.to_owned());
    NewJob { kind: WAKE_JOB, unique_key, payload: json!({}), due_at }
}

/// Sees to it that the timer is there at an instant.
pub(crate) fn wake(tx: &mut Tx<'_>, now: Timestamp, at: Timestamp) -> Result<(), DbError> {
    mercer_jobs::schedule_shared(tx, now, &job(at.max(now))).map(|_| ())
}

/// Wakes the timer where points that are over lie on an account again, as those do that came back
/// to their old lot.
pub(crate) fn wake_if_over(tx: &mut Tx<'_>, now: Timestamp) -> Result<(), DbError> {
    let over = tx.fetch_optional(
        "SELECT 1 FROM ledger_lot_balances b JOIN ledger_accounts a ON a.id = b.account_id
         WHERE b.expires_at <= $1 AND b.quantity > 0 AND a.unit = $2
           AND a.role IN ('available', 'pending') LIMIT 1",
        params![now.as_microsecond(), POINTS],
    )?;
    if over.is_some() { wake(tx, now, now) } else { Ok(()) }
}

/// Has everybody looked at anew, after the programme changed.
pub(crate) fn at_everybody(tx: &mut Tx<'_>, now: Timestamp) -> Result<(), DbError> {
    tx.execute("UPDATE loyalty_members SET look_at = $1", params![now.as_microsecond()])?;
    wake(tx, now, now)
}

/// The next instant at which time alone changes something; none if nothing is to come.
pub(crate) fn next(
    tx: &mut Tx<'_>,
    force: Option<&InForce>,
) -> Result<Option<Timestamp>, LoyaltyError> {
    let pending = "SELECT MIN(available_at) FROM loyalty_lots WHERE is_pending = 1";
    let members = "SELECT MIN(look_at) FROM loyalty_members WHERE look_at IS NOT NULL";
    let mut instants: Vec<Option<i64>> = Vec::new();
    for sql in [pending, members] {
        instants.push(tx.fetch_value(sql, params![])?);
    }
    instants.push(tx.fetch_value(
        "SELECT MIN(b.expires_at) FROM ledger_lot_balances b
         JOIN ledger_accounts a ON a.id = b.account_id
         WHERE a.unit = $1 AND a.role IN ('available', 'pending') AND b.quantity > 0
           AND b.expires_at < $2",
        params![POINTS, i64::MAX],
    )?);
    if let Some(days) = force.and_then(|force| force.terms.expiry_warning_days) {
        let next: Option<i64> = tx.fetch_value(
            "SELECT MIN(b.expires_at) FROM ledger_lot_balances b
             JOIN ledger_accounts a ON a.id = b.account_id
             LEFT JOIN loyalty_warnings w ON w.customer_id = a.owner AND w.expires_at = b.expires_at
             WHERE a.unit = $1 AND a.role = 'available' AND b.quantity > 0
               AND b.expires_at < $2 AND w.customer_id IS NULL",
            params![POINTS, i64::MAX],
        )?;
        let before = SignedDuration::from_hours(24 * i64::from(days));
        instants.push(next.map(|at| (instant_of_micros(at) - before).as_microsecond()));
    }
    Ok(instants.into_iter().flatten().min().map(instant_of_micros))
}
