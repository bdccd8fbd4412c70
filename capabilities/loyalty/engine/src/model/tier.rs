//! In which tier a member is, and when that changes by time alone.
//!
//! The tier is a function of the facts, with no memory of its own: the highest tier that the
//! amount reached on any day from `grace_days` ago until today. So a rise comes at once, a fall
//! after the end of the window plus the grace, and what is undone counts as never done.
//!
//! The amount of a day is the sum over the rolling window that ends on it, or over the
//! programme's year up to it. Between two days on which something enters or leaves it is
//! constant, so a member's past is a few stretches, and the tier can change only where one ends.

use std::collections::{BTreeMap, BTreeSet};

use mercer_engine_kit::decision::{Alternative, Decision, Reasons};
use mercer_engine_kit::money::Currency;

use crate::calendar::{Date, Day};
use crate::input::{TierFact, TierInput};
use crate::outcome::{TierChange, TierMember, TierNext, TierOutcome};
use crate::policy::Programme;
use crate::policy::tiers::{Level, Tiers, Window};
use crate::reason::tier::TierWhy;

/// In which tier a member is.
pub(crate) fn decide(input: &TierInput, programme: &Programme) -> Decision<TierOutcome, TierWhy> {
    let Some(tiers) = programme.tiers.as_ref().filter(|tiers| !tiers.levels.is_empty()) else {
        return Decision {
            outcome: TierOutcome::NoTiers,
            reasons: Reasons::one(TierWhy::NoTiers),
            alternatives: Vec::new(),
        };
    };
    let past = Past::of(&input.facts, input.day, tiers);
    let held = past.tier_on(input.day, tiers);
    let amount = past.amount_on(input.day);
    let by_amount = level_of(amount, tiers);
    let changes_on = past.next_change(input.day, held, tiers);
    let next = tiers.levels.get(held + 1).map(|level| TierNext {
        tier: level.id.clone(),
        missing: level.from.saturating_sub(amount).max(0),
        percent: percent(amount, level.from),
    });
    let level = &tiers.levels[held];
    let reasons = reasons((tiers, programme.currency), (held, amount), &next, &changes_on);
    let alternatives = alternatives(tiers, held, by_amount);
    Decision {
        outcome: TierOutcome::Member(TierMember {
            tier: level.id.clone(),
            multiplier_percent: level.multiplier_percent,
            benefits: level.benefits.clone(),
            amount,
            tier_by_amount: tiers.levels[by_amount].id.clone(),
            next,
            changes_on,
        }),
        reasons,
        alternatives,
    }
}

/// The highest level that an amount reaches; the lowest where it reaches none.
fn level_of(amount: i64, tiers: &Tiers) -> usize {
    tiers.levels.iter().rposition(|level| level.from <= amount).unwrap_or(0)
}

/// How much of the way is done, in whole percent, rounded down; 99 at most while some is missing.
fn percent(amount: i64, needed: i64) -> u8 {
    if needed <= 0 || amount >= needed {
        return 100;
    }
    let share = i128::from(amount.max(0)) * 100 / i128::from(needed);
    u8::try_from(share).unwrap_or(99)
}

/// A member's amount as stretches of days on which it is constant.
struct Past {
    /// First day of each stretch with the amount on it; before the first the amount is zero.
    stretches: BTreeMap<Day, i64>,
}

impl Past {
    /// From the facts up to a day; a fact whose id stands there twice counts once, with the
    /// earliest day and then the least amount.
    fn of(facts: &[TierFact], today: Day, tiers: &Tiers) -> Self {
        let mut once: BTreeMap<&str, (Day, i64)> = BTreeMap::new();
        for TierFact { fact, day, amount } in facts.iter().filter(|fact| fact.day <= today) {
            let seen = once.entry(fact).or_insert((*day, *amount));
            *seen = (*seen).min((*day, *amount));
        }
        // What enters on a day, and leaves on another.
        let mut changes: BTreeMap<Day, i64> = BTreeMap::new();
        for (day, amount) in once.into_values() {
            let enters = changes.entry(day).or_default();
            *enters = enters.saturating_add(amount);
            if let Some(leaves_on) = leaves_on(day, tiers.window) {
                let leaves = changes.entry(leaves_on).or_default();
                *leaves = leaves.saturating_sub(amount);
            }
        }
        let mut amount = 0i64;
        let add = |(day, change)| {
            amount = amount.saturating_add(change);
            (day, amount)
        };
        Self { stretches: changes.into_iter().map(add).collect() }
    }

    /// What counts on a day.
    fn amount_on(&self, day: Day) -> i64 {
        self.stretches.range(..=day).next_back().map_or(0, |(_, &amount)| amount)
    }

    /// The tier on a day: the highest of the grace before it and of the day itself.
    fn tier_on(&self, day: Day, tiers: &Tiers) -> usize {
        let from = day.before(tiers.grace_days);
        let later = self.stretches.range(from..=day).map(|(_, &amount)| amount);
        let highest = later.fold(self.amount_on(from), i64::max);
        level_of(highest, tiers)
    }

    /// The first day after `today` on which the tier is another one, if nothing more happens. A
    /// tier changes only where a stretch begins, or when the grace after one is over.
    fn next_change(&self, today: Day, held: usize, tiers: &Tiers) -> Option<TierChange> {
        let begins = self.stretches.keys().copied();
        let candidates: BTreeSet<Day> = begins
            .flat_map(|day| [day, day.after(tiers.grace_days)])
            .filter(|&day| day > today)
            .collect();
        candidates.into_iter().find_map(|day| {
            let tier = self.tier_on(day, tiers);
            (tier != held).then(|| TierChange { day, tier: tiers.levels[tier].id.clone() })
        })
    }
}

/// The first day on which what happened on `day` no longer counts; none where that lies beyond
/// the calendar.
fn leaves_on(day: Day, window: Window) -> Option<Day> {
    match window {
        Window::Rolling { days } => {
            let leaves_on = day.after(days.max(1));
            (leaves_on < Day::LAST).then_some(leaves_on)
        }
        Window::Year { first_month } => {
            let year = day.date().year;
            [year, year + 1]
                .into_iter()
                .filter_map(|year| Day::from_date(Date { year, month: first_month, day: 1 }))
                .find(|&first| first > day)
        }
    }
}

fn reasons(
    (tiers, currency): (&Tiers, Currency),
    (held, amount): (usize, i64),
    next: &Option<TierNext>,
    changes_on: &Option<TierChange>,
) -> Reasons<TierWhy> {
    let Level { id, from, .. } = &tiers.levels[held];
    let (tier, from, measure) = (id.clone(), *from, tiers.measure);
    let first = if from <= amount || held == 0 {
        TierWhy::Reached { tier, amount, from, measure, currency }
    } else {
        TierWhy::KeptByGrace { tier, amount, from, measure, currency }
    };
    let next = next.iter().map(|next| TierWhy::NextTier {
        tier: next.tier.clone(),
        missing: next.missing,
        measure,
        currency,
    });
    let changes = changes_on
        .iter()
        .map(|change| TierWhy::ChangesOn { day: change.day, tier: change.tier.clone() });
    Reasons::new(first, next.chain(changes))
}

fn alternatives(tiers: &Tiers, held: usize, by_amount: usize) -> Vec<Alternative> {
    let alternative = |level: &Level, lost_because: &str| Alternative {
        name: level.name.clone(),
        score: None,
        lost_because: lost_because.to_owned(),
    };
    let above = tiers.levels.get(held + 1);
    let above = above.map(|level| alternative(level, "Too little counts for it."));
    let below = (by_amount < held).then(|| {
        alternative(&tiers.levels[by_amount], "The higher tier is kept by grace for a while.")
    });
    above.into_iter().chain(below).collect()
}
