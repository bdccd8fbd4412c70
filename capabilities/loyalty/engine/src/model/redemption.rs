//! How many points may be spent on an order.
//!
//! Takes the most that all limits allow, never more than was wished, in whole steps. The worth of
//! a step is whole minor units, so nothing is rounded.

use mercer_engine_kit::decision::{Decision, Reasons};
use mercer_engine_kit::money::Rounding;

use crate::input::RedemptionInput;
use crate::model::valid;
use crate::outcome::RedemptionOutcome;
use crate::policy::{Programme, Redemption};
use crate::reason::redemption::RedeemWhy;
use crate::reason::{Fault, Faulty};

/// How many points may be spent on an order.
pub(crate) fn decide(
    input: &RedemptionInput,
    programme: &Programme,
) -> Decision<RedemptionOutcome, RedeemWhy> {
    let (outcome, reasons) = match redeem(input, programme) {
        Ok(answer) => answer,
        Err(Faulty { field, fault }) => {
            (RedemptionOutcome::Refused, Reasons::one(RedeemWhy::Refused { field, fault }))
        }
    };
    Decision { outcome, reasons, alternatives: Vec::new() }
}

type Answer = (RedemptionOutcome, Reasons<RedeemWhy>);

fn redeem(input: &RedemptionInput, programme: &Programme) -> Result<Answer, Faulty> {
    let nothing = |why| Ok((RedemptionOutcome::Nothing, Reasons::one(why)));
    let Some(policy) = &programme.redemption else { return nothing(RedeemWhy::NoRedemption) };
    check(input, policy, programme)?;
    let wanted = input.wanted.unwrap_or(input.available.max(0));
    if input.wanted == Some(0) {
        return nothing(RedeemWhy::NotWished);
    }
    let (possible, mut whys) = possible(input, policy, wanted);
    let rest = possible % policy.step;
    let points = possible - rest;
    if rest > 0 {
        whys.push(RedeemWhy::Step { step: policy.step, points_kept: rest });
    }
    let min = policy.points_min.max(policy.step);
    if points < min {
        let missing = min - points;
        let first = RedeemWhy::BelowLeast { min, missing };
        return Ok((RedemptionOutcome::Nothing, Reasons::new(first, whys)));
    }
    let too_large = || Faulty::new("redemption", Fault::TooLarge);
    let minor = policy.worth_minor(points).ok_or_else(too_large)?;
    let first = RedeemWhy::Redeemed { points, minor, currency: input.currency };
    Ok((RedemptionOutcome::Redeem { points, minor }, Reasons::new(first, whys)))
}

fn check(
    input: &RedemptionInput,
    policy: &Redemption,
    programme: &Programme,
) -> Result<(), Faulty> {
    if input.currency != programme.currency {
        return Err(Faulty::new("currency", Fault::OtherCurrency));
    }
    valid::amount("payable_minor", input.payable_minor)?;
    valid::points("wanted", input.wanted.unwrap_or(0))?;
    // A debt is no fault: who owes points has none to spend.
    valid::points("available", input.available.max(0))?;
    for (field, number) in [
        ("redemption.points", policy.points),
        ("redemption.minor", policy.minor),
        ("redemption.step", policy.step),
    ] {
        if number <= 0 {
            return Err(Faulty::new(field, Fault::NotPositive));
        }
    }
    Ok(())
}

/// The most points that all limits allow, and which of them bind.
fn possible(input: &RedemptionInput, policy: &Redemption, wanted: i64) -> (i64, Vec<RedeemWhy>) {
    let mut whys = Vec::new();
    let mut points = wanted;
    let available = input.available.max(0);
    if available < points {
        points = available;
        whys.push(RedeemWhy::TooFewPoints { available });
    }
    let percent = policy.share_percent_max.min(100);
    let share = i128::from(input.payable_minor) * i128::from(percent);
    let share_minor =
        Rounding::Down.divide(share, 100).and_then(|n| i64::try_from(n).ok()).unwrap_or(0);
    let for_share = Rounding::Down
        .divide(i128::from(share_minor) * i128::from(policy.points), i128::from(policy.minor))
        .map_or(0, |n| i64::try_from(n).unwrap_or(i64::MAX));
    if for_share < points {
        points = for_share;
        let currency = input.currency;
        whys.push(RedeemWhy::ShareOfOrder { percent, minor: share_minor, currency });
    }
    if let Some(max) = policy.points_max.filter(|&max| max < points) {
        points = max.max(0);
        whys.push(RedeemWhy::MostPoints { max });
    }
    (points, whys)
}
