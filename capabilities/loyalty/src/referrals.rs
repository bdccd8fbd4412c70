//! Referral codes, and the bonuses of both sides for a friend's first order.

use jiff::Timestamp;
use mercer_db::{Tx, params};
use mercer_engine_kit::seed::Seed;
use mercer_loyalty_engine::calendar::Day;
use mercer_loyalty_engine::decide_referral;
use mercer_loyalty_engine::input::{Person, ReferralInput};
use mercer_loyalty_engine::model::referral::code;
use mercer_loyalty_engine::outcome::EarnOutcome;
use mercer_loyalty_engine::policy::earning::Earn;
use mercer_loyalty_engine::policy::games::Deed;
use serde_json::json;

use crate::book::{self, Origin, Source};
use crate::deeds::{self, DeedRow};
use crate::standing::{NO_SEED, tell};
use crate::terms::InForce;
use crate::{LoyaltyError, log};

/// Attempts to find a code that nobody has: of 3,400 million codes the first is nearly always free.
const N_CODES_TRIED_MAX: u32 = 32;

/// A code that nobody has yet.
pub(crate) fn free_code(
    tx: &mut Tx<'_>,
    seed: Seed,
    customer: &str,
) -> Result<String, LoyaltyError> {
    for attempt in 0..N_CODES_TRIED_MAX {
        let code = code(seed, customer, attempt);
        let taken = tx.fetch_optional(
            "SELECT 1 FROM loyalty_members WHERE referral_code = $1",
            params![&code],
        )?;
        if taken.is_none() {
            return Ok(code);
        }
    }
    Err(LoyaltyError::broken("referral codes", "no free one was found"))
}

/// Who brought a member, if anybody did.
pub(crate) fn referrer_of(tx: &mut Tx<'_>, customer: &str) -> Result<Option<String>, LoyaltyError> {
    let row = tx.fetch_optional(
        "SELECT referred_by FROM loyalty_members WHERE customer_id = $1",
        params![customer],
    )?;
    row.map_or(Ok(None), |row| Ok(row.get(0)?))
}

fn person(tx: &mut Tx<'_>, customer: &str) -> Result<Person, LoyaltyError> {
    let row = tx.fetch_optional(
        "SELECT email_hash, address_hash FROM loyalty_members WHERE customer_id = $1",
        params![customer],
    )?;
    let (email_hash, address_hash) = match row {
        Some(row) => (row.get(0)?, row.get(1)?),
        None => (None, None),
    };
    Ok(Person { customer: customer.to_owned(), email_hash, address_hash })
}

/// An order of somebody who came by a code.
pub(crate) struct FriendOrder<'a> {
    pub fact: &'a str,
    pub friend: &'a str,
    pub referrer: &'a str,
    pub day: Day,
    pub at: Timestamp,
    pub minor: i64,
}

/// Decides about both bonuses, once an order. Later orders of a friend are no question any more.
pub(crate) fn reward(
    tx: &mut Tx<'_>,
    now: Timestamp,
    force: &InForce,
    order: &FriendOrder<'_>,
) -> Result<(), LoyaltyError> {
    let programme = force.programme();
    let has_rule = programme.earning.iter().any(|rule| matches!(rule.earn, Earn::Referral { .. }));
    let known =
        tx.fetch_optional("SELECT 1 FROM loyalty_referrals WHERE fact = $1", params![order.fact])?;
    if !has_rule || known.is_some() || !force.earns_on(order.day) {
        return Ok(());
    }
    let n_orders_before = deeds::n_orders_before(tx, order.friend, (order.at, order.fact))?;
    let decided = tx.fetch_optional(
        "SELECT 1 FROM loyalty_referrals WHERE friend = $1",
        params![order.friend],
    )?;
    if n_orders_before > 0 && decided.is_some() {
        return Ok(());
    }
    let rows = tx.fetch(
        "SELECT day FROM loyalty_referrals WHERE referrer = $1 AND state = 'rewarded'",
        params![order.referrer],
    )?;
    let mut rewarded_days = Vec::with_capacity(rows.len());
    for row in rows {
        rewarded_days.push(book::day_of_number(row.get(0)?)?);
    }
    let input = ReferralInput {
        referrer: person(tx, order.referrer)?,
        friend: person(tx, order.friend)?,
        order: order.fact.to_owned(),
        day: order.day,
        order_minor: order.minor,
        currency: programme.currency,
        n_orders_before,
        rewarded_days,
        referrer_earned: deeds::earned(tx, force, order.referrer)?,
        friend_earned: deeds::earned(tx, force, order.friend)?,
    };
    let decision = decide_referral(&input, programme, NO_SEED);
    let origin = Origin { fact: order.fact, source: Source::Referral, line: None };
    for posting in decision.outcome.postings() {
        book::grant(tx, now, force, posting, origin)?;
    }
    let is_rewarded = matches!(decision.outcome, EarnOutcome::Earned { .. });
    let state = if is_rewarded { "rewarded" } else { "refused" };
    let why = serde_json::to_string(&mercer_decisions::ReasonRecord::all(&decision.reasons))
        .map_err(|error| LoyaltyError::broken("reasons", error))?;
    tx.execute(
        "INSERT INTO loyalty_referrals (fact, friend, referrer, day, state, why)
         VALUES ($1, $2, $3, $4, $5, $6)",
        params![order.fact, order.friend, order.referrer, order.day.number(), state, why],
    )?;
    if is_rewarded {
        let fact = format!("referral:{}", order.fact);
        let when = (order.day, order.at);
        deeds::keep(tx, &DeedRow::plain(&fact, order.referrer, Deed::Referral, when))?;
    }
    let kind = if is_rewarded { "referral.rewarded" } else { "referral.refused" };
    let payload = json!({ "order": order.fact, "friend": order.friend });
    tell(tx, now, (kind, order.referrer), payload)?;
    let entry = log::Entry {
        kind: "loyalty_referral",
        subject: order.fact,
        label: order.referrer,
        summary: format!("The referral was {state}."),
        outcome: serde_json::to_value(&decision.outcome).unwrap_or_default(),
        // Fingerprints stay out of the log.
        input: json!({ "n_orders_before": n_orders_before, "order_minor": order.minor }),
    };
    log::record(tx, now, force, entry, &decision.reasons)
}

/// Says whether a referral still stands, after its order came back or no longer did.
pub(crate) fn follow_order(tx: &mut Tx<'_>, fact: &str, is_back: bool) -> Result<(), LoyaltyError> {
    let (from, to) = if is_back { ("rewarded", "taken_back") } else { ("taken_back", "rewarded") };
    let n = tx.execute(
        "UPDATE loyalty_referrals SET state = $3 WHERE fact = $1 AND state = $2",
        params![fact, from, to],
    )?;
    if n > 0 {
        deeds::undo(tx, &format!("referral:{fact}"), is_back)?;
    }
    Ok(())
}
