//! Which challenges a member has met, computed from all deeds, so also for the past.
//!
//! Deeds are first put together by their ids, whatever their order; what came back is taken off;
//! only then is counted. An order that came back wholly counts as never placed.

use std::collections::{BTreeMap, BTreeSet};

use mercer_engine_kit::decision::{Decision, Reasons};

use crate::calendar::{Day, Span};
use crate::input::{ChallengeInput, GameFact, GrantedAward};
use crate::model::{streak, valid};
use crate::outcome::{Award, ChallengeOutcome, ChallengeProgress, StreakNow};
use crate::policy::Programme;
use crate::policy::games::{Challenge, ChallengeWindow, Deed, Goal, Kinds};
use crate::posting::{Movement, Posting};
use crate::reason::Faulty;
use crate::reason::challenge::ChallengeWhy;

/// Where a member stands in all challenges.
pub(crate) fn decide(
    input: &ChallengeInput,
    programme: &Programme,
) -> Decision<ChallengeOutcome, ChallengeWhy> {
    let deeds = match deeds(input) {
        Ok(deeds) => deeds,
        Err(Faulty { field, fault }) => {
            return Decision {
                outcome: ChallengeOutcome::Refused,
                reasons: Reasons::one(ChallengeWhy::Refused { field, fault }),
                alternatives: Vec::new(),
            };
        }
    };
    let mut whys = Vec::new();
    let mut challenges = Vec::new();
    for challenge in &programme.challenges {
        let standing = standing(challenge, &deeds, input);
        whys.extend(whys_of(challenge, &standing, input.day));
        challenges.push(standing);
    }
    let lost = lost(input, &challenges, programme);
    let no_longer = |granted: &&GrantedAward| ChallengeWhy::NoLonger {
        award: granted.award.clone(),
        points: granted.points,
    };
    whys.extend(lost.iter().map(no_longer));
    let take_back = lost.iter().map(|granted| take_back(granted, input, programme)).collect();
    let mut whys = whys.into_iter();
    let reasons = match whys.next() {
        Some(first) => Reasons::new(first, whys),
        None => Reasons::one(ChallengeWhy::NoChallenges),
    };
    let badges = badges(programme, &challenges);
    let outcome = ChallengeOutcome::Standing { challenges, badges, take_back };
    Decision { outcome, reasons, alternatives: Vec::new() }
}

/// Something done that still holds.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    fact: String,
    deed: Deed,
    day: Day,
    amount_minor: i64,
    products: BTreeSet<String>,
    categories: BTreeSet<String>,
}

/// All deeds that still hold, by day and then by id.
fn deeds(input: &ChallengeInput) -> Result<Vec<Held>, Faulty> {
    valid::name("customer", &input.customer)?;
    valid::number_of("facts", input.facts.len())?;
    valid::number_of("granted", input.granted.len())?;
    for (place, granted) in input.granted.iter().enumerate() {
        valid::points(format!("granted[{place}].points"), granted.points)?;
        valid::lot(&format!("granted[{place}].lot"), &granted.lot)?;
    }
    // Sorted, so that of two versions of a fact the same one counts, whatever came first.
    let mut sorted: Vec<&GameFact> = input.facts.iter().collect();
    sorted.sort();
    let mut held: BTreeMap<&str, Held> = BTreeMap::new();
    let (mut undone, mut lessened) = (BTreeSet::new(), BTreeMap::new());
    for one in sorted {
        match one {
            GameFact::Done { fact, deed, day, amount_minor, products, categories } => {
                valid::name("facts.fact", fact)?;
                valid::amount(format!("facts.{fact}.amount_minor"), *amount_minor)?;
                held.entry(fact).or_insert_with(|| Held {
                    fact: fact.clone(),
                    deed: *deed,
                    day: *day,
                    amount_minor: *amount_minor,
                    products: products.iter().cloned().collect(),
                    categories: categories.iter().cloned().collect(),
                });
            }
            GameFact::Undone { fact } => {
                undone.insert(fact.as_str());
            }
            GameFact::Lessened { fact, by, amount_minor } => {
                valid::amount(format!("facts.{fact}.amount_minor"), *amount_minor)?;
                lessened.entry((fact.as_str(), by.as_str())).or_insert(*amount_minor);
            }
        }
    }
    for ((fact, _), amount_minor) in lessened {
        if let Some(one) = held.get_mut(fact) {
            one.amount_minor = one.amount_minor.saturating_sub(amount_minor).max(0);
        }
    }
    held.retain(|fact, one| !undone.contains(fact) && one.day <= input.day);
    // By id already, and the sort is stable.
    let mut all: Vec<Held> = held.into_values().collect();
    all.sort_by_key(|one| one.day);
    valid::number_of("facts.products", all.iter().map(|one| one.products.len()).sum())?;
    valid::number_of("facts.categories", all.iter().map(|one| one.categories.len()).sum())?;
    Ok(all)
}

/// Where a member stands in one challenge. An award is named by the deed that met the goal: if
/// that one is undone and another meets it later, it is another award.
fn standing(challenge: &Challenge, deeds: &[Held], input: &ChallengeInput) -> ChallengeProgress {
    let (goal, today) = (challenge.goal, input.day);
    let (met_by, found) = match challenge.window {
        ChallengeWindow::Ever => one_of(met(goal, deeds, today)),
        ChallengeWindow::Between(span) => one_of(met(goal, within(deeds, span), today)),
        ChallengeWindow::Within { days } => one_of(met_within(goal, deeds, days.max(1), today)),
        ChallengeWindow::Each { period } => {
            let periods = deeds.chunk_by(|a, b| period.number(a.day) == period.number(b.day));
            let met_by = periods.filter_map(|chunk| met(goal, chunk, today).met_by).collect();
            (met_by, met(goal, within(deeds, period.span(today)), today))
        }
    };
    let award = |one: &Held| Award {
        award: format!("challenge:{}:{}:{}", input.customer, challenge.id, one.fact),
        day: one.day,
    };
    ChallengeProgress {
        challenge: challenge.id.clone(),
        done: found.done,
        needed: needed(goal),
        awards: met_by.into_iter().map(award).collect(),
        streak: found.streak,
    }
}

/// What meets a goal that can be met once.
fn one_of(found: Found<'_>) -> (Vec<&Held>, Found<'_>) {
    (found.met_by.into_iter().collect(), found)
}

fn needed(goal: Goal) -> i64 {
    match goal {
        Goal::Count { n, .. } | Goal::Distinct { n, .. } | Goal::Streak { n, .. } => i64::from(n),
        Goal::Sum { minor } => minor,
    }
}

/// The deeds of a span; deeds are sorted by day.
fn within(deeds: &[Held], span: Span) -> &[Held] {
    let from = deeds.partition_point(|one| one.day < span.first);
    let to = deeds.partition_point(|one| one.day <= span.last);
    deeds.get(from..to).unwrap_or(&[])
}

/// How deeds stand to a goal.
#[derive(Debug, Clone, Copy)]
struct Found<'d> {
    /// The deed that met it, if it is met.
    met_by: Option<&'d Held>,
    /// How far they come in all.
    done: i64,
    /// How the streak stands, if it is one.
    streak: Option<StreakNow>,
}

/// How deeds, sorted by day, stand to a goal.
fn met(goal: Goal, deeds: &[Held], today: Day) -> Found<'_> {
    if let Goal::Streak { of, n, every } = goal {
        let days = deeds.iter().filter(|one| one.deed == of).map(|one| one.day);
        let found = streak::of(days, every.period(), n, today);
        let met_by = deeds.iter().find(|one| one.deed == of && Some(one.day) == found.met_on);
        let done = i64::from(found.now.current);
        return Found { met_by, done, streak: Some(found.now) };
    }
    let mut tally = Tally::new(goal);
    let mut met_by = None;
    for one in deeds {
        tally.add(one);
        if met_by.is_none() && tally.done() >= needed(goal) {
            met_by = Some(one);
        }
    }
    Found { met_by, done: tally.done(), streak: None }
}

/// How the deeds of some stretch of so many days stand to a goal: the first that met it, and how
/// far those come that end today. The stretch slides over the deeds; each enters and leaves once.
fn met_within(goal: Goal, deeds: &[Held], days: u32, today: Day) -> Found<'_> {
    let mut tally = Tally::new(goal);
    let (mut met_by, mut n_left) = (None, 0);
    for one in deeds {
        tally.add(one);
        n_left = tally.leave(deeds, n_left, one.day.before(days - 1));
        if met_by.is_none() && tally.done() >= needed(goal) {
            met_by = Some(one);
        }
    }
    tally.leave(deeds, n_left, today.before(days - 1));
    Found { met_by, done: tally.done(), streak: None }
}

/// A goal's running count.
struct Tally<'d> {
    goal: Goal,
    total: i64,
    kinds: BTreeMap<&'d str, u32>,
}

impl<'d> Tally<'d> {
    fn new(goal: Goal) -> Self {
        Self { goal, total: 0, kinds: BTreeMap::new() }
    }

    fn done(&self) -> i64 {
        match self.goal {
            Goal::Distinct { .. } => i64::try_from(self.kinds.len()).unwrap_or(i64::MAX),
            Goal::Count { .. } | Goal::Sum { .. } | Goal::Streak { .. } => self.total,
        }
    }

    /// What one deed adds to a count or a sum.
    fn worth(&self, one: &Held) -> i64 {
        match self.goal {
            Goal::Count { of, .. } | Goal::Streak { of, .. } => i64::from(one.deed == of),
            Goal::Sum { .. } if one.deed == Deed::Order => one.amount_minor,
            Goal::Sum { .. } | Goal::Distinct { .. } => 0,
        }
    }

    fn kinds_of(&self, one: &'d Held) -> Option<&'d BTreeSet<String>> {
        match self.goal {
            Goal::Distinct { of: Kinds::Products, .. } if one.deed == Deed::Order => {
                Some(&one.products)
            }
            Goal::Distinct { of: Kinds::Categories, .. } if one.deed == Deed::Order => {
                Some(&one.categories)
            }
            _ => None,
        }
    }

    fn add(&mut self, one: &'d Held) {
        self.total = self.total.saturating_add(self.worth(one));
        for kind in self.kinds_of(one).into_iter().flatten() {
            *self.kinds.entry(kind).or_default() += 1;
        }
    }

    /// Takes out the deeds before a day, of which so many are out already; how many are now.
    fn leave(&mut self, deeds: &'d [Held], n_left: usize, from: Day) -> usize {
        let rest = deeds.get(n_left..).unwrap_or(&[]);
        let n_leaving = rest.iter().take_while(|one| one.day < from).count();
        for one in rest.iter().take(n_leaving) {
            self.remove(one);
        }
        n_left + n_leaving
    }

    fn remove(&mut self, one: &'d Held) {
        self.total = self.total.saturating_sub(self.worth(one));
        for kind in self.kinds_of(one).into_iter().flatten() {
            if let Some(n) = self.kinds.get_mut(kind.as_str()) {
                *n -= 1;
                if *n == 0 {
                    self.kinds.remove(kind.as_str());
                }
            }
        }
    }
}

fn whys_of(challenge: &Challenge, standing: &ChallengeProgress, today: Day) -> Vec<ChallengeWhy> {
    let id = || challenge.id.clone();
    let mut whys: Vec<ChallengeWhy> = standing
        .awards
        .iter()
        .map(|award| ChallengeWhy::Met { challenge: id(), day: award.day })
        .collect();
    let is_open = match challenge.window {
        ChallengeWindow::Each { period } => {
            let span = period.span(today);
            !standing.awards.iter().any(|award| span.contains(award.day))
        }
        _ => standing.awards.is_empty(),
    };
    if is_open {
        let runs = match challenge.window {
            ChallengeWindow::Between(span) => span.contains(today),
            _ => true,
        };
        whys.push(if runs {
            let (done, needed) = (standing.done, standing.needed);
            ChallengeWhy::OnTheWay { challenge: id(), done, needed }
        } else {
            ChallengeWhy::NotRunning { challenge: id() }
        });
    }
    whys
}

fn badges(programme: &Programme, challenges: &[ChallengeProgress]) -> Vec<String> {
    let mut badges: Vec<String> = Vec::new();
    for (challenge, standing) in programme.challenges.iter().zip(challenges) {
        let badge = challenge.badge.iter().filter(|_| !standing.awards.is_empty());
        for badge in badge {
            if !badges.contains(badge) {
                badges.push(badge.clone());
            }
        }
    }
    badges
}

/// What was granted for awards that no longer stand, each lot once. Awards of challenges that the
/// programme no longer has are kept: what was promised then was given.
fn lost<'i>(
    input: &'i ChallengeInput,
    challenges: &[ChallengeProgress],
    programme: &Programme,
) -> Vec<&'i GrantedAward> {
    let standing: BTreeSet<&str> =
        challenges.iter().flat_map(|one| &one.awards).map(|award| award.award.as_str()).collect();
    let prefixes: Vec<String> = programme
        .challenges
        .iter()
        .map(|challenge| format!("challenge:{}:{}:", input.customer, challenge.id))
        .collect();
    let mut lots: BTreeMap<&str, &GrantedAward> = BTreeMap::new();
    for granted in &input.granted {
        let is_lost = granted.points > 0 && !standing.contains(granted.award.as_str());
        if is_lost && prefixes.iter().any(|prefix| granted.award.starts_with(prefix)) {
            lots.entry(&granted.lot).or_insert(granted);
        }
    }
    lots.into_values().collect()
}

fn take_back(granted: &GrantedAward, input: &ChallengeInput, programme: &Programme) -> Posting {
    Posting {
        key: format!("take_back:{}", granted.lot),
        customer: input.customer.clone(),
        points: granted.points,
        lot: granted.lot.clone(),
        rule: granted.rule.clone(),
        day: input.day,
        movement: Movement::TakeBack { when_spent: programme.when_spent },
        reason: format!("What had led to {} was undone.", granted.award),
    }
}
