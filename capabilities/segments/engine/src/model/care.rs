//! Care: a valuable customer is overdue against their own rhythm.
//!
//! The measure is the gap since the last order in units of the customer's own average interval,
//! the "recency over cadence" rule of mail order. It foretells nothing: for chances of return
//! see Schmittlein, Morrison and Colombo (1987), which needs a fitted model.

use mercer_engine_kit::decision::{Alternative, Decision, Reasons};

use crate::input::{CareInput, CareOutcome};
use crate::policy::CarePolicy;
use crate::reason::CareWhy;

/// Days of the year over which the money at stake is counted.
const YEAR_DAYS: f64 = 365.0;

/// The decision, see [`crate::decide_care`].
pub fn decide(input: &CareInput, policy: &CarePolicy) -> Decision<CareOutcome, CareWhy> {
    let leave = |why| Decision {
        outcome: CareOutcome::NoCare,
        reasons: Reasons::one(why),
        alternatives: Vec::new(),
    };
    let interval_days = input.interval_days_average.unwrap_or(0.0);
    if input.n_orders < policy.n_orders_min || !interval_days.is_finite() || interval_days <= 0.0 {
        let (n_orders, needed) = (input.n_orders, policy.n_orders_min);
        return leave(CareWhy::NoRhythm { n_orders, needed });
    }
    if input.membership.monetary_score < policy.monetary_score_min || input.monetary_minor <= 0 {
        return leave(CareWhy::SpentLittle {
            spent_minor: input.monetary_minor,
            currency: input.currency,
            monetary_score: input.membership.monetary_score,
            needed: policy.monetary_score_min,
        });
    }
    let overdue_factor = f64::from(input.recency_days) / interval_days;
    let rhythm_days = whole_days(interval_days);
    let recency_days = input.recency_days;
    if overdue_factor < policy.overdue_factor_min {
        return leave(CareWhy::NotOverdue { interval_days: rhythm_days, recency_days });
    }
    if recency_days < policy.recency_days_min {
        return leave(CareWhy::TooSoon { recency_days, needed_days: policy.recency_days_min });
    }
    if overdue_factor > policy.overdue_factor_max {
        return leave(CareWhy::LongGone { interval_days: rhythm_days, recency_days });
    }
    let at_stake_minor = yearly_minor(input, interval_days);
    let overdue = CareWhy::Overdue { interval_days: rhythm_days, recency_days, overdue_factor };
    let rest = [
        CareWhy::Spent {
            spent_minor: input.monetary_minor,
            currency: input.currency,
            n_orders: input.n_orders,
        },
        CareWhy::AtStake { at_stake_minor, currency: input.currency },
    ];
    Decision {
        outcome: CareOutcome::Care { at_stake_minor, overdue_factor },
        reasons: Reasons::new(overdue, rest),
        alternatives: vec![Alternative {
            name: "Wait".to_owned(),
            score: None,
            lost_because: "The longer the silence, the fewer come back.".to_owned(),
        }],
    }
}

/// Average order × orders a year at the customer's rhythm. Intervals under a day count as one.
fn yearly_minor(input: &CareInput, interval_days: f64) -> i64 {
    let average_minor = input.monetary_minor as f64 / f64::from(input.n_orders.max(1));
    (average_minor * YEAR_DAYS / interval_days.max(1.0)).round() as i64
}

fn whole_days(days: f64) -> u32 {
    days.round().clamp(1.0, f64::from(u32::MAX)) as u32
}
