//! What returns take back and give back, line by line.
//!
//! Counted from all returns of the order together: after `r` of `n` units came back, a line has
//! lost `points × r / n`, rounded, and a return loses the difference to what was lost before it.
//! So any split of a line into returns sums to exactly what the line had earned. Rounded here is
//! the sum, never the single return.

use std::collections::{BTreeMap, BTreeSet};

use mercer_engine_kit::decision::{Decision, Reasons};
use mercer_engine_kit::money::Rounding;

use crate::input::{LineLot, Return, ReturnsInput};
use crate::limits::N_LINES_MAX;
use crate::model::valid;
use crate::outcome::ReturnsOutcome;
use crate::policy::Programme;
use crate::posting::{Movement, Posting};
use crate::reason::returns::ReturnWhy;
use crate::reason::{Fault, Faulty};

/// What all returns of an order take back and give back.
pub(crate) fn decide(
    input: &ReturnsInput,
    programme: &Programme,
) -> Decision<ReturnsOutcome, ReturnWhy> {
    if let Err(Faulty { field, fault }) = check(input) {
        return Decision {
            outcome: ReturnsOutcome::Refused,
            reasons: Reasons::one(ReturnWhy::Refused { field, fault }),
            alternatives: Vec::new(),
        };
    }
    let mut settling = Settling::new(input, programme);
    for one in &input.returns {
        settling.add(one);
    }
    settling.decision()
}

fn check(input: &ReturnsInput) -> Result<(), Faulty> {
    valid::name("order", &input.order)?;
    valid::name("customer", &input.customer)?;
    valid::number_of("earned", input.earned.len())?;
    valid::number_of("redeemed", input.redeemed.len())?;
    valid::number_of("bonuses", input.bonuses.len())?;
    valid::number_of("returns", input.returns.len())?;
    if input.bought.len() > N_LINES_MAX {
        return Err(Faulty::new("bought", Fault::TooMany));
    }
    for (line, &n) in &input.bought {
        valid::quantity(format!("bought.{line}"), n)?;
    }
    let all = [("earned", &input.earned), ("redeemed", &input.redeemed)];
    for (field, lots) in all {
        for (place, lot) in lots.iter().enumerate() {
            valid::points(format!("{field}[{place}].points"), lot.points)?;
            valid::lot(&format!("{field}[{place}].lot"), &lot.lot)?;
            if lot.line.is_some_and(|line| !input.bought.contains_key(&line)) {
                return Err(Faulty::new(format!("{field}[{place}].line"), Fault::Unknown));
            }
        }
        let ids = lots.iter().map(|lot| (lot.line, lot.lot.as_str(), lot.rule.as_str()));
        distinct(field, ids)?;
    }
    for (place, bonus) in input.bonuses.iter().enumerate() {
        valid::points(format!("bonuses[{place}].points"), bonus.points)?;
        valid::lot(&format!("bonuses[{place}].lot"), &bonus.lot)?;
        valid::name(&format!("bonuses[{place}].customer"), &bonus.customer)?;
    }
    distinct("bonuses", input.bonuses.iter().map(|bonus| bonus.lot.as_str()))?;
    for one in &input.returns {
        valid::name("returns.id", &one.id)?;
        for (line, &n) in &one.units {
            valid::quantity(format!("returns.{}.units.{line}", one.id), n)?;
            if !input.bought.contains_key(line) {
                return Err(Faulty::new(
                    format!("returns.{}.units.{line}", one.id),
                    Fault::Unknown,
                ));
            }
        }
    }
    Ok(())
}

/// Lots that stand in one list twice would be taken twice.
fn distinct<T: Ord>(field: &str, ids: impl Iterator<Item = T>) -> Result<(), Faulty> {
    let mut seen = BTreeSet::new();
    for (place, id) in ids.enumerate() {
        if !seen.insert(id) {
            return Err(Faulty::new(format!("{field}[{place}]"), Fault::Twice));
        }
    }
    Ok(())
}

/// The returns that were looked at so far, and what came of them.
struct Settling<'i> {
    input: &'i ReturnsInput,
    programme: &'i Programme,
    earned: BTreeMap<u32, Vec<&'i LineLot>>,
    redeemed: BTreeMap<u32, Vec<&'i LineLot>>,
    returned: BTreeMap<u32, i64>,
    seen: BTreeSet<&'i str>,
    is_whole: bool,
    postings: Vec<Posting>,
    whys: Vec<ReturnWhy>,
}

impl<'i> Settling<'i> {
    fn new(input: &'i ReturnsInput, programme: &'i Programme) -> Self {
        Self {
            input,
            programme,
            earned: by_line(&input.earned),
            redeemed: by_line(&input.redeemed),
            returned: BTreeMap::new(),
            seen: BTreeSet::new(),
            is_whole: false,
            postings: Vec::new(),
            whys: Vec::new(),
        }
    }

    fn add(&mut self, one: &'i Return) {
        if !self.seen.insert(&one.id) {
            self.whys.push(ReturnWhy::CountedOnce { return_id: one.id.clone() });
            return;
        }
        for (&line, &n_claimed) in &one.units {
            let n_bought = self.input.bought.get(&line).copied().unwrap_or(0);
            let n_before = self.returned.get(&line).copied().unwrap_or(0);
            let n_after = n_bought.min(n_before.saturating_add(n_claimed));
            let n_excess = n_claimed - (n_after - n_before);
            if n_excess > 0 {
                let return_id = one.id.clone();
                self.whys.push(ReturnWhy::MoreThanBought { return_id, line, n_excess });
            }
            self.returned.insert(line, n_after);
            let step = Step { n_before, n_after, n_bought };
            self.move_line(one, line, step);
        }
        let is_all_back = |(line, n): (&u32, &i64)| self.returned.get(line) == Some(n);
        if !self.is_whole
            && !self.input.bought.is_empty()
            && self.input.bought.iter().all(is_all_back)
        {
            self.is_whole = true;
            self.move_rest(one);
        }
    }

    /// Takes and gives back a line's share.
    fn move_line(&mut self, one: &Return, line: u32, step: Step) {
        for lot in self.earned.get(&line).into_iter().flatten() {
            let points = step.of(lot.points);
            self.postings.extend(self.take_back(
                one,
                &self.input.customer,
                LotRef::of(lot),
                points,
            ));
        }
        for lot in self.redeemed.get(&line).into_iter().flatten() {
            let points = step.of(lot.points);
            self.postings.extend(self.give_back(one, lot, points));
        }
    }

    /// What belongs to the order as a whole: points of the shipping, and referral bonuses.
    fn move_rest(&mut self, one: &Return) {
        let mut of_shipping = 0;
        for lot in self.input.earned.iter().filter(|lot| lot.line.is_none()) {
            of_shipping += lot.points;
            self.postings.extend(self.take_back(
                one,
                &self.input.customer,
                LotRef::of(lot),
                lot.points,
            ));
        }
        for lot in self.input.redeemed.iter().filter(|lot| lot.line.is_none()) {
            self.postings.extend(self.give_back(one, lot, lot.points));
        }
        if of_shipping > 0 {
            self.whys.push(ReturnWhy::WholeOrder { points: of_shipping });
        }
        for bonus in self.input.bonuses.iter().filter(|bonus| bonus.points > 0) {
            let lot = LotRef { lot: &bonus.lot, rule: &bonus.rule };
            self.postings.extend(self.take_back(one, &bonus.customer, lot, bonus.points));
            let (customer, points) = (bonus.customer.clone(), bonus.points);
            self.whys.push(ReturnWhy::BonusTakenBack { customer, points });
        }
    }

    fn take_back(
        &self,
        one: &Return,
        customer: &str,
        lot: LotRef<'_>,
        points: i64,
    ) -> Option<Posting> {
        (points > 0).then(|| Posting {
            key: format!("take_back:{}:{}:{}", self.input.order, one.id, lot.lot),
            customer: customer.to_owned(),
            points,
            lot: lot.lot.to_owned(),
            rule: lot.rule.to_owned(),
            day: one.day,
            movement: Movement::TakeBack { when_spent: self.programme.when_spent },
            reason: format!("{} of {} ({}).", one.id, self.input.order, lot.rule),
        })
    }

    fn give_back(&self, one: &Return, lot: &LineLot, points: i64) -> Option<Posting> {
        let line = lot.line.map_or_else(|| "shipping".to_owned(), |line| format!("line:{line}"));
        (points > 0).then(|| Posting {
            key: format!("give_back:{}:{}:{}:{line}", self.input.order, one.id, lot.lot),
            customer: self.input.customer.clone(),
            points,
            lot: lot.lot.clone(),
            rule: lot.rule.clone(),
            day: one.day,
            movement: Movement::GiveBack,
            reason: format!("{} of {}, which was paid with them.", one.id, self.input.order),
        })
    }

    fn decision(mut self) -> Decision<ReturnsOutcome, ReturnWhy> {
        for (&line, &n_returned) in &self.returned {
            let n_bought = self.input.bought.get(&line).copied().unwrap_or(0);
            let step = Step { n_before: 0, n_after: n_returned, n_bought };
            let earned = self.earned.get(&line).into_iter().flatten();
            let (earned, points) = earned.fold((0, 0), |(earned, points), lot| {
                (earned + lot.points, points + step.of(lot.points))
            });
            if earned > 0 {
                self.whys.push(ReturnWhy::TakenBack { line, n_returned, n_bought, points, earned });
            }
            let redeemed = self.redeemed.get(&line).into_iter().flatten();
            let points: i64 = redeemed.map(|lot| step.of(lot.points)).sum();
            if points > 0 {
                self.whys.push(ReturnWhy::GivenBack { line, n_returned, n_bought, points });
            }
        }
        let sum = |is_given: bool| {
            let of = |posting: &&Posting| (posting.movement == Movement::GiveBack) == is_given;
            self.postings.iter().filter(of).map(|posting| posting.points).sum()
        };
        let (taken_back, given_back) = (sum(false), sum(true));
        let mut whys = self.whys.into_iter();
        let reasons = match whys.next() {
            Some(first) => Reasons::new(first, whys),
            None => Reasons::one(ReturnWhy::NoPoints),
        };
        let outcome = ReturnsOutcome::Settled { postings: self.postings, taken_back, given_back };
        Decision { outcome, reasons, alternatives: Vec::new() }
    }
}

fn by_line(lots: &[LineLot]) -> BTreeMap<u32, Vec<&LineLot>> {
    let mut lines: BTreeMap<u32, Vec<&LineLot>> = BTreeMap::new();
    for lot in lots {
        if let Some(line) = lot.line {
            lines.entry(line).or_default().push(lot);
        }
    }
    lines
}

/// A lot and the rule behind it.
#[derive(Clone, Copy)]
struct LotRef<'i> {
    lot: &'i str,
    rule: &'i str,
}

impl<'i> LotRef<'i> {
    fn of(lot: &'i LineLot) -> Self {
        Self { lot: &lot.lot, rule: &lot.rule }
    }
}

/// How many of a line's units were back before a return and are after it.
#[derive(Clone, Copy)]
struct Step {
    n_before: i64,
    n_after: i64,
    n_bought: i64,
}

impl Step {
    /// The share of a line's points that the step moves. Zero to all of them, since both numbers
    /// lie between nothing and all units.
    fn of(self, points: i64) -> i64 {
        let lost = |n: i64| {
            let product = i128::from(points) * i128::from(n);
            let share = Rounding::HalfUp.divide(product, i128::from(self.n_bought));
            share.and_then(|share| i64::try_from(share).ok()).unwrap_or(0)
        };
        lost(self.n_after) - lost(self.n_before)
    }
}
