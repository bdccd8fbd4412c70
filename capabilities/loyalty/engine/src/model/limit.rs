//! How much a rule still gives, after what it gave before.
//!
//! Counts only what is handed in; the fact itself is never counted against itself, so that asking
//! again gives the same answer.

use std::collections::BTreeSet;

use crate::calendar::{Day, Period};
use crate::input::Earned;
use crate::policy::earning::{EarnRule, Limit};

/// The fact that is to be rewarded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim<'i> {
    pub fact: &'i str,
    pub day: Day,
    pub points: i64,
}

/// A limit that took something away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    pub limit: Limit,
    pub earned_before: i64,
    pub points_lost: i64,
}

impl Cut {
    /// The period of the limit.
    pub(crate) fn per(&self) -> Period {
        match self.limit {
            Limit::Points { per, .. } | Limit::Times { per, .. } => per,
        }
    }
}

/// What is left of a claim under the rule's limits, and which of them took something.
pub(crate) fn within(rule: &EarnRule, claim: Claim<'_>, earned: &[Earned]) -> (i64, Vec<Cut>) {
    let mut points = claim.points;
    let mut cuts = Vec::new();
    for &limit in &rule.limits {
        let before = |per: Period| {
            let span = per.span(claim.day);
            earned.iter().filter(move |one| {
                one.rule == rule.id && one.fact != claim.fact && span.contains(one.day)
            })
        };
        let (left, earned_before) = match limit {
            Limit::Points { max, per } => {
                let sum = before(per).fold(0i64, |sum, one| sum.saturating_add(one.points));
                (max.saturating_sub(sum).max(0), sum)
            }
            Limit::Times { max, per } => {
                let paid = before(per).filter(|one| one.points > 0);
                let facts: BTreeSet<&str> = paid.map(|one| one.fact.as_str()).collect();
                let is_open = u32::try_from(facts.len()).is_ok_and(|n| n < max);
                (if is_open { i64::MAX } else { 0 }, 0)
            }
        };
        if left < points {
            cuts.push(Cut { limit, earned_before, points_lost: points - left });
            points = left;
        }
    }
    (points, cuts)
}
