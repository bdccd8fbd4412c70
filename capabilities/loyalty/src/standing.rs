//! Where a member stands: challenges and their points, the tier, and when time changes it.

use jiff::Timestamp;
use mercer_core::fact::NewFact;
use mercer_db::{Tx, params};
use mercer_engine_kit::decision::Decision;
use mercer_engine_kit::seed::Seed;
use mercer_loyalty_engine::calendar::Day;
use mercer_loyalty_engine::input::{
    ActivityDeed, ActivityInput, ChallengeInput, GrantedAward, TierInput,
};
use mercer_loyalty_engine::outcome::{Award, ChallengeOutcome, TierOutcome};
use mercer_loyalty_engine::reason::challenge::ChallengeWhy;
use mercer_loyalty_engine::reason::tier::TierWhy;
use mercer_loyalty_engine::{decide_activity, decide_challenges, decide_tier};
use serde_json::json;

use crate::book::{self, Goal, Origin, Source, lots_of_fact};
use crate::days::start_of;
use crate::terms::InForce;
use crate::{LoyaltyError, deeds, log, look};

/// The seed of every decision: the engine draws nothing from it.
pub(crate) const NO_SEED: Seed = Seed(0);

/// The tier of a member on a day, one fact left out.
pub(crate) fn tier_on(
    tx: &mut Tx<'_>,
    force: &InForce,
    (customer, day): (&str, Day),
    without: Option<&str>,
) -> Result<Decision<TierOutcome, TierWhy>, LoyaltyError> {
    let facts = deeds::tier_facts(tx, force, customer, without)?;
    Ok(decide_tier(&TierInput { day, facts }, force.programme(), NO_SEED))
}

/// The id of a tier, if there are tiers.
pub(crate) fn tier_id(outcome: &TierOutcome) -> Option<&str> {
    match outcome {
        TierOutcome::Member(member) => Some(&member.tier),
        TierOutcome::NoTiers => None,
    }
}

/// Where a member stands in the challenges on a day.
pub(crate) fn challenges_on(
    tx: &mut Tx<'_>,
    force: &InForce,
    customer: &str,
    day: Day,
) -> Result<Decision<ChallengeOutcome, ChallengeWhy>, LoyaltyError> {
    let lots = book::lots_of_member(tx, customer)?;
    let granted = lots
        .into_iter()
        .filter(|lot| lot.source == Source::Challenge.name() && lot.net() > 0)
        .map(|lot| GrantedAward {
            points: lot.net(),
            award: lot.fact,
            lot: lot.lot,
            rule: lot.rule,
        })
        .collect();
    let facts = deeds::game_facts(tx, customer)?;
    let input = ChallengeInput { customer: customer.to_owned(), day, facts, granted };
    Ok(decide_challenges(&input, force.programme(), NO_SEED))
}

/// Brings a member up to date: awards, tier, and the timer for what time will change. The caller
/// has the member's row taken.
pub(crate) fn refresh(
    tx: &mut Tx<'_>,
    now: Timestamp,
    force: &InForce,
    customer: &str,
) -> Result<(), LoyaltyError> {
    let today = force.day_of(now)?;
    if !force.programme().challenges.is_empty() {
        refresh_challenges(tx, now, force, (customer, today))?;
    }
    refresh_tier(tx, now, force, (customer, today))
}

fn refresh_challenges(
    tx: &mut Tx<'_>,
    now: Timestamp,
    force: &InForce,
    (customer, today): (&str, Day),
) -> Result<(), LoyaltyError> {
    let decision = challenges_on(tx, force, customer, today)?;
    let ChallengeOutcome::Standing { challenges, take_back, .. } = &decision.outcome else {
        return Ok(());
    };
    let rows = tx.fetch(
        "SELECT award, is_lost FROM loyalty_awards WHERE customer_id = $1",
        params![customer],
    )?;
    let mut known = std::collections::BTreeMap::new();
    for row in &rows {
        known.insert(row.get::<String>(0)?, row.get::<bool>(1)?);
    }
    let mut standing = std::collections::BTreeSet::new();
    for progress in challenges {
        for award in &progress.awards {
            standing.insert(award.award.as_str());
            if known.get(&award.award) != Some(&false) {
                give_award(tx, now, force, (customer, &progress.challenge, award))?;
            }
        }
    }
    let prefixes: Vec<String> = force
        .programme()
        .challenges
        .iter()
        .map(|one| format!("challenge:{customer}:{}:", one.id))
        .collect();
    let lost = known.iter().filter(|(award, is_lost)| {
        !**is_lost
            && !standing.contains(award.as_str())
            && prefixes.iter().any(|prefix| award.starts_with(prefix))
    });
    for (award, _) in lost {
        tx.execute("UPDATE loyalty_awards SET is_lost = 1 WHERE award = $1", params![award])?;
        tell(tx, now, ("challenge.undone", customer), json!({ "award": award }))?;
    }
    for posting in take_back {
        if let Some(row) = book::lot(tx, &posting.lot)? {
            book::settle(tx, now, &row, Goal::all_back(&row), force.programme().when_spent)?;
        }
    }
    Ok(())
}

/// Notes an award and books its points, if its day earns any.
fn give_award(
    tx: &mut Tx<'_>,
    now: Timestamp,
    force: &InForce,
    (customer, challenge, award): (&str, &str, &Award),
) -> Result<(), LoyaltyError> {
    tx.execute(
        "INSERT INTO loyalty_awards (award, customer_id, challenge, day, is_lost)
         VALUES ($1, $2, $3, $4, 0) ON CONFLICT (award) DO UPDATE SET is_lost = 0",
        params![&award.award, customer, challenge, award.day.number()],
    )?;
    tell(
        tx,
        now,
        ("challenge.met", customer),
        json!({ "challenge": challenge, "award": award.award, "day": award.day }),
    )?;
    let lots = lots_of_fact(tx, &award.award, Source::Challenge)?;
    if !lots.is_empty() {
        for row in &lots {
            book::settle(tx, now, row, Goal::back(row, 0), force.programme().when_spent)?;
        }
        return Ok(());
    }
    if !force.earns_on(award.day) {
        return Ok(());
    }
    let tier = tier_on(tx, force, (customer, award.day), None)?;
    let input = ActivityInput {
        fact: award.award.clone(),
        customer: customer.to_owned(),
        deed: ActivityDeed::Challenge(challenge.to_owned()),
        day: award.day,
        tier: tier_id(&tier.outcome).map(str::to_owned),
        earned: deeds::earned(tx, force, customer)?,
    };
    let decision = decide_activity(&input, force.programme(), NO_SEED);
    let origin = Origin { fact: &award.award, source: Source::Challenge, line: None };
    for posting in decision.outcome.postings() {
        book::grant(tx, now, force, posting, origin)?;
    }
    let points: i64 = decision.outcome.postings().iter().map(|posting| posting.points).sum();
    let entry = log::Entry {
        kind: "loyalty_award",
        subject: &award.award,
        label: customer,
        summary: format!("{challenge} was met: {points} points."),
        outcome: json!({ "points": points }),
        input: json!({ "award": award.award, "day": award.day, "tier": input.tier }),
    };
    log::record(tx, now, force, entry, &decision.reasons)
}

fn refresh_tier(
    tx: &mut Tx<'_>,
    now: Timestamp,
    force: &InForce,
    (customer, today): (&str, Day),
) -> Result<(), LoyaltyError> {
    let row = tx.fetch_optional(
        "SELECT tier, birthday_at FROM loyalty_members WHERE customer_id = $1",
        params![customer],
    )?;
    let Some(row) = row else { return Ok(()) };
    let before: Option<String> = row.get(0)?;
    let birthday_at: Option<i64> = row.get(1)?;
    let decision = tier_on(tx, force, (customer, today), None)?;
    let (tier, changes_at) = match &decision.outcome {
        TierOutcome::NoTiers => (None, None),
        TierOutcome::Member(member) => {
            let change = member.changes_on.as_ref();
            let at = change.and_then(|change| start_of(change.day, &force.zone));
            (Some(member.tier.clone()), at)
        }
    };
    if tier != before {
        tx.execute(
            "UPDATE loyalty_members SET tier = $2, tier_since = $3 WHERE customer_id = $1",
            params![customer, tier.clone(), now.as_microsecond()],
        )?;
        tell_tier(tx, now, force, (customer, before.as_deref(), tier.as_deref()), &decision)?;
    }
    let changes_at = changes_at.map(Timestamp::as_microsecond);
    let look_at = [changes_at, birthday_at].into_iter().flatten().min();
    tx.execute(
        "UPDATE loyalty_members SET tier_changes_at = $2, look_at = $3 WHERE customer_id = $1",
        params![customer, changes_at, look_at],
    )?;
    if let Some(look_at) = look_at {
        look::wake(tx, now, mercer_core::clock::instant_of_micros(look_at))?;
    }
    Ok(())
}

fn tell_tier(
    tx: &mut Tx<'_>,
    now: Timestamp,
    force: &InForce,
    (customer, before, after): (&str, Option<&str>, Option<&str>),
    decision: &Decision<TierOutcome, TierWhy>,
) -> Result<(), LoyaltyError> {
    let levels = force.programme().tiers.iter().flat_map(|tiers| &tiers.levels);
    let lowest = levels.into_iter().next().map(|level| level.id.as_str());
    // Everybody begins in the lowest tier: nobody needs to hear of it.
    if before.is_none() && after == lowest {
        return Ok(());
    }
    if let Some(before) = before {
        tell(tx, now, ("tier.left", customer), json!({ "tier": before }))?;
    }
    if let Some(after) = after {
        tell(tx, now, ("tier.entered", customer), json!({ "tier": after, "from": before }))?;
    }
    let entry = log::Entry {
        kind: "loyalty_tier",
        subject: customer,
        label: customer,
        summary: format!("{} after {}.", after.unwrap_or("no tier"), before.unwrap_or("no tier")),
        outcome: serde_json::to_value(&decision.outcome).unwrap_or_default(),
        input: json!({ "before": before }),
    };
    log::record(tx, now, force, entry, &decision.reasons)
}

/// Appends a fact about a member.
pub(crate) fn tell(
    tx: &mut Tx<'_>,
    now: Timestamp,
    (kind, customer): (&'static str, &str),
    payload: serde_json::Value,
) -> Result<(), LoyaltyError> {
    let fact = NewFact { kind, subject: customer.to_owned(), occurred_at: now, payload };
    Ok(mercer_facts::append(tx, now, &[fact])?)
}
