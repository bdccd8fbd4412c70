//! What an order earns, line by line.
//!
//! Points are counted once for the order, rounded once, and shared over its lines by what each
//! contributes (largest remainder), so that lines sum exactly to the order and a return can take
//! back a line's share.

use mercer_engine_kit::decision::{Decision, Reasons};
use mercer_engine_kit::money::{Rounding, split};

use crate::input::{Earned, LineLot, Order, OrderInput};
use crate::model::basis::{Part, parts};
use crate::model::limit::{Claim, Cut, within};
use crate::model::valid;
use crate::outcome::EarnOutcome;
use crate::policy::Programme;
use crate::policy::earning::{Earn, EarnRule, Limit};
use crate::policy::tiers::Level;
use crate::posting::{Movement, Posting, order_lot};
use crate::reason::earn::EarnWhy;
use crate::reason::{Fault, Faulty};

/// What an order earns.
pub(crate) fn decide(input: &OrderInput, programme: &Programme) -> Decision<EarnOutcome, EarnWhy> {
    match earn(input, programme) {
        Ok((postings, whys)) => {
            earned(postings, whys, programme.expiry.renewed_to(input.order.day))
        }
        Err(faulty) => refused(faulty),
    }
}

/// The decision for postings and the reasons behind them, which may be none.
pub(crate) fn earned(
    postings: Vec<Posting>,
    whys: Vec<EarnWhy>,
    renewed_to: Option<crate::calendar::Day>,
) -> Decision<EarnOutcome, EarnWhy> {
    let outcome = if postings.is_empty() {
        EarnOutcome::Nothing
    } else {
        let points = postings.iter().map(|posting| posting.points).sum();
        EarnOutcome::Earned { postings, points, renewed_to }
    };
    let mut whys = whys.into_iter();
    let reasons = match whys.next() {
        Some(first) => Reasons::new(first, whys),
        None => Reasons::one(EarnWhy::NoRule),
    };
    Decision { outcome, reasons, alternatives: Vec::new() }
}

pub(crate) fn refused(faulty: Faulty) -> Decision<EarnOutcome, EarnWhy> {
    let Faulty { field, fault } = faulty;
    Decision {
        outcome: EarnOutcome::Refused,
        reasons: Reasons::one(EarnWhy::Refused { field, fault }),
        alternatives: Vec::new(),
    }
}

fn earn(input: &OrderInput, programme: &Programme) -> Result<(Vec<Posting>, Vec<EarnWhy>), Faulty> {
    valid::order(&input.order, programme)?;
    valid::number_of("earned", input.earned.len())?;
    let level = valid::tier(input.tier.as_deref(), programme)?;
    let parts = parts(&input.order);
    let (mut postings, mut whys) = (Vec::new(), Vec::new());
    for rule in &programme.earning {
        let Some(share) = share_of(rule, &input.order, &parts) else { continue };
        let (wanted, multiplied) = points_of(rule, &share, level)?;
        if wanted == 0 {
            whys.push(EarnWhy::NothingCounted { rule: rule.id.clone() });
            continue;
        }
        whys.push(why_of(rule, &share, input, wanted));
        whys.extend(multiplied);
        let claim = Claim { fact: &input.order.id, day: input.order.day, points: wanted };
        let (points, cuts) = limited(rule, claim, &input.earned);
        whys.extend(cuts);
        if points > 0 && rule.pending_days > 0 {
            let (rule, n_days) = (rule.id.clone(), rule.pending_days);
            whys.push(EarnWhy::Pending { rule, n_days });
        }
        for (part, points) in parts.iter().zip(split(points, &share.weights)) {
            postings.extend(
                (points > 0).then(|| posting(rule, (&input.order, part.line), points, programme)),
            );
        }
    }
    Ok((postings, whys))
}

/// What counts under a rule: a weight for each part, and how weights become points.
struct Share {
    weights: Vec<i64>,
    points: i64,
    per: i64,
    rounding: Rounding,
}

/// What of the order counts under a rule; `None` for rules that do not look at orders.
fn share_of(rule: &EarnRule, order: &Order, parts: &[Part]) -> Option<Share> {
    // The parts are the lines in their order, then the shipping.
    let lines = order.lines.iter().map(Some).chain(std::iter::once(None));
    let parts = parts.iter().zip(lines);
    match &rule.earn {
        Earn::Spend { points, per_minor, basis, rounding, scope } => {
            let weights = parts.map(|(part, line)| {
                let counts = line.map_or_else(
                    || scope.is_all(),
                    |line| scope.contains(&line.product, &line.categories),
                );
                if counts { part.counts_minor(*basis, order.prices_include_tax) } else { 0 }
            });
            let weights = weights.collect();
            Some(Share { weights, points: *points, per: *per_minor, rounding: *rounding })
        }
        Earn::Product { points_per_unit, scope } => {
            let weights = parts.map(|(_, line)| match line {
                Some(line) if scope.contains(&line.product, &line.categories) => line.quantity,
                _ => 0,
            });
            let (points, weights) = (*points_per_unit, weights.collect());
            Some(Share { weights, points, per: 1, rounding: Rounding::Down })
        }
        Earn::Activity { .. } | Earn::Challenge { .. } | Earn::Referral { .. } => None,
    }
}

/// The points of a rule before its limits, and that a tier multiplied them if it did.
fn points_of(
    rule: &EarnRule,
    share: &Share,
    level: Option<&Level>,
) -> Result<(i64, Option<EarnWhy>), Faulty> {
    let (percent, why) = multiplier(rule, level);
    let sum: i128 = share.weights.iter().map(|&weight| i128::from(weight)).sum();
    let too_large = || Faulty::new(format!("earning.{}", rule.id), Fault::TooLarge);
    let numerator = sum
        .checked_mul(i128::from(share.points))
        .and_then(|product| product.checked_mul(i128::from(percent)))
        .ok_or_else(too_large)?;
    let points = share.rounding.divide(numerator, i128::from(share.per) * 100);
    let points = points.and_then(|points| i64::try_from(points).ok()).ok_or_else(too_large)?;
    valid::points(format!("earning.{}", rule.id), points)?;
    Ok((points, if points > 0 { why } else { None }))
}

/// The multiplier of a rule for a member of a tier, in percent, and its reason if it is not 100.
pub(crate) fn multiplier(rule: &EarnRule, level: Option<&Level>) -> (u32, Option<EarnWhy>) {
    match level {
        Some(level) if rule.multiplied_by_tier && level.multiplier_percent != 100 => {
            let (rule, tier) = (rule.id.clone(), level.id.clone());
            let percent = level.multiplier_percent;
            (percent, Some(EarnWhy::Multiplied { rule, tier, percent }))
        }
        _ => (100, None),
    }
}

fn why_of(rule: &EarnRule, share: &Share, input: &OrderInput, points: i64) -> EarnWhy {
    let (rule_id, sum) = (rule.id.clone(), share.weights.iter().sum());
    match rule.earn {
        Earn::Product { .. } => EarnWhy::Bought { rule: rule_id, n_units: sum, points },
        _ => {
            let currency = input.order.currency;
            EarnWhy::Spent { rule: rule_id, basis_minor: sum, currency, points }
        }
    }
}

/// What a rule's limits leave of a claim, with a reason for each cut.
pub(crate) fn limited(rule: &EarnRule, claim: Claim<'_>, earned: &[Earned]) -> (i64, Vec<EarnWhy>) {
    let (points, cuts) = within(rule, claim, earned);
    let why = |Cut { limit, earned_before, points_lost }: Cut| {
        let rule = rule.id.clone();
        match limit {
            Limit::Points { max, per } => {
                EarnWhy::LimitedPoints { rule, max, per, earned_before, points_lost }
            }
            Limit::Times { max, per } => EarnWhy::LimitedTimes { rule, max, per },
        }
    };
    (points, cuts.into_iter().map(why).collect())
}

fn posting(
    rule: &EarnRule,
    (order, line): (&Order, Option<u32>),
    points: i64,
    programme: &Programme,
) -> Posting {
    let lot = order_lot(&order.id, line, &rule.id);
    let of = line.map_or_else(|| "Shipping".to_owned(), |line| format!("Line {line}"));
    Posting {
        key: format!("grant:{lot}"),
        customer: order.customer.clone(),
        points,
        lot,
        rule: rule.id.clone(),
        day: order.day,
        movement: Movement::Grant {
            available_from: order.day.after(rule.pending_days),
            last_valid: programme.expiry.last_valid(order.day),
        },
        reason: format!("{of} of {} ({}).", order.id, rule.id),
    }
}

/// How the points that paid for a part of an order spread over its lines and shipping: by the
/// money they paid of each, summing exactly. What a return gives back is a line's share of this.
/// Empty for an order that cannot be counted.
#[must_use]
pub fn redeemed_by_line(
    order: &Order,
    points: i64,
    lot: &str,
    programme: &Programme,
) -> Vec<LineLot> {
    if points <= 0 || valid::order(order, programme).is_err() {
        return Vec::new();
    }
    let parts = parts(order);
    let paid: Vec<i64> = parts.iter().map(Part::redeemed_minor).collect();
    let shares = split(points, &paid);
    let of = |(part, points): (&Part, i64)| LineLot {
        line: part.line,
        lot: lot.to_owned(),
        rule: "redemption".to_owned(),
        points,
    };
    parts.iter().zip(shares).map(of).filter(|lot| lot.points > 0).collect()
}
