//! What a review, a share, a birthday or a challenge earns.
//!
//! Referrals have two sides and guards, and stand in their own file.

use mercer_engine_kit::decision::Decision;
use mercer_engine_kit::money::Rounding;

use crate::input::{ActivityDeed, ActivityInput};
use crate::limits::POINTS_MAX;
use crate::model::earn::{earned, limited, multiplier, refused};
use crate::model::limit::Claim;
use crate::model::valid;
use crate::outcome::EarnOutcome;
use crate::policy::Programme;
use crate::policy::earning::{Earn, EarnRule};
use crate::policy::tiers::Level;
use crate::posting::{Movement, Posting};
use crate::reason::earn::EarnWhy;
use crate::reason::{Fault, Faulty};

/// What a deed earns.
pub(crate) fn decide(
    input: &ActivityInput,
    programme: &Programme,
) -> Decision<EarnOutcome, EarnWhy> {
    match earn(input, programme) {
        Ok((postings, whys)) => earned(postings, whys, programme.expiry.renewed_to(input.day)),
        Err(faulty) => refused(faulty),
    }
}

fn earn(
    input: &ActivityInput,
    programme: &Programme,
) -> Result<(Vec<Posting>, Vec<EarnWhy>), Faulty> {
    valid::fact("fact", &input.fact)?;
    valid::name("customer", &input.customer)?;
    valid::number_of("earned", input.earned.len())?;
    let level = valid::tier(input.tier.as_deref(), programme)?;
    let (mut postings, mut whys) = (Vec::new(), Vec::new());
    for rule in &programme.earning {
        let Some(base) = points_for(rule, &input.deed) else { continue };
        let (wanted, multiplied) = multiply(rule, base, level)?;
        whys.push(why_of(rule, &input.deed, wanted));
        whys.extend(multiplied);
        let claim = Claim { fact: &input.fact, day: input.day, points: wanted };
        let (points, cuts) = limited(rule, claim, &input.earned);
        whys.extend(cuts);
        if points == 0 {
            continue;
        }
        if rule.pending_days > 0 {
            let (rule, n_days) = (rule.id.clone(), rule.pending_days);
            whys.push(EarnWhy::Pending { rule, n_days });
        }
        postings.push(posting(rule, input, points, programme));
    }
    Ok((postings, whys))
}

/// The points a rule gives for the deed; `None` if it is for something else.
fn points_for(rule: &EarnRule, deed: &ActivityDeed) -> Option<i64> {
    match (&rule.earn, deed) {
        (Earn::Activity { activity, points }, ActivityDeed::Activity(done)) => {
            (activity == done).then_some(*points)
        }
        (Earn::Challenge { challenge, points }, ActivityDeed::Challenge(met)) => {
            (challenge == met).then_some(*points)
        }
        _ => None,
    }
}

fn why_of(rule: &EarnRule, deed: &ActivityDeed, points: i64) -> EarnWhy {
    let rule = rule.id.clone();
    match deed {
        ActivityDeed::Activity(activity) => EarnWhy::Did { rule, activity: *activity, points },
        ActivityDeed::Challenge(challenge) => {
            EarnWhy::Met { rule, challenge: challenge.clone(), points }
        }
    }
}

/// The points times the tier's multiplier, rounded down.
fn multiply(
    rule: &EarnRule,
    points: i64,
    level: Option<&Level>,
) -> Result<(i64, Option<EarnWhy>), Faulty> {
    let (percent, why) = multiplier(rule, level);
    let product = i128::from(points) * i128::from(percent);
    let points = Rounding::Down.divide(product, 100).and_then(|n| i64::try_from(n).ok());
    match points {
        Some(points) if (0..=POINTS_MAX).contains(&points) => Ok((points, why)),
        _ => Err(Faulty::new(format!("earning.{}", rule.id), Fault::TooLarge)),
    }
}

fn posting(rule: &EarnRule, input: &ActivityInput, points: i64, programme: &Programme) -> Posting {
    let lot = format!("fact:{}:{}", input.fact, rule.id);
    let what = match &input.deed {
        ActivityDeed::Activity(activity) => format!("For {}", activity.in_words()),
        ActivityDeed::Challenge(challenge) => format!("For meeting the challenge {challenge}"),
    };
    Posting {
        key: format!("grant:{lot}"),
        customer: input.customer.clone(),
        points,
        lot,
        rule: rule.id.clone(),
        day: input.day,
        movement: Movement::Grant {
            available_from: input.day.after(rule.pending_days),
            last_valid: programme.expiry.last_valid(input.day),
        },
        reason: format!("{what} ({}).", rule.id),
    }
}
