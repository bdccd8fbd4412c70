//! Which kind of customer somebody is (RFM segments), and whether to write to them personally
//! (care).
//!
//! Pure: [`fit::fit`] reads the whole history once into a [`fit::Model`], [`decide`] and
//! [`decide_care`] answer for one customer from a small input. Deliberately without prediction
//! of lifetime or churn: RFM describes where customers stand, it does not foretell.

mod model {
    pub mod care;
    pub mod grid;
    pub mod scores;
}

pub mod fit;
pub mod input;
pub mod policy;
pub mod reason;
pub mod segment;

use mercer_engine_kit::decision::{Alternative, Decision, Reasons};
use mercer_engine_kit::seed::Seed;

use crate::input::{CareInput, CareOutcome, Input, Membership, Outcome};
use crate::policy::{CarePolicy, Policy};
use crate::reason::{CareWhy, Why};

/// The segment of one customer, with the three scores that led to it.
///
/// Nothing here is drawn by chance; the seed is taken because every engine takes one.
pub fn decide(input: &Input, policy: &Policy, _seed: Seed) -> Decision<Outcome, Why> {
    let no_segment = |why| Decision {
        outcome: Outcome::NoSegment,
        reasons: Reasons::one(why),
        alternatives: Vec::new(),
    };
    if input.n_orders == 0 {
        return no_segment(Why::NoOrders);
    }
    if input.n_customers < policy.n_customers_min {
        return no_segment(Why::TooFewCustomers {
            n_customers: input.n_customers,
            needed: policy.n_customers_min,
        });
    }
    let scores = model::scores::of(input);
    let value_score =
        model::grid::value_score(scores.frequency, scores.monetary, policy.monetary_weight_percent);
    let membership = Membership {
        segment: model::grid::segment_of(scores.recency, value_score),
        recency_score: scores.recency,
        frequency_score: scores.frequency,
        monetary_score: scores.monetary,
    };
    Decision {
        outcome: Outcome::Member(membership),
        reasons: reason::of_membership(input, &membership),
        alternatives: alternatives(membership.recency_score, value_score),
    }
}

/// The neighbouring fields of the grid: what one score more recent or less recent would be.
fn alternatives(recency_score: u8, value_score: u8) -> Vec<Alternative> {
    let here = model::grid::segment_of(recency_score, value_score);
    let beside = |recency: u8, lost_because: &str| {
        let segment = model::grid::segment_of(recency, value_score);
        (segment != here).then(|| Alternative {
            name: segment.name().to_owned(),
            score: None,
            lost_because: lost_because.to_owned(),
        })
    };
    let mut all = Vec::new();
    if recency_score < 5 {
        all.extend(beside(recency_score + 1, "The last order is not recent enough."));
    }
    if recency_score > 1 {
        all.extend(beside(recency_score - 1, "The last order is too recent."));
    }
    all
}

/// Whether to write to one customer personally, because somebody valuable is overdue against
/// their own rhythm. The method is at [`policy::CarePolicy`] and in the README.
///
/// Nothing here is drawn by chance; the seed is taken because every engine takes one.
pub fn decide_care(
    input: &CareInput,
    policy: &CarePolicy,
    _seed: Seed,
) -> Decision<CareOutcome, CareWhy> {
    model::care::decide(input, policy)
}
