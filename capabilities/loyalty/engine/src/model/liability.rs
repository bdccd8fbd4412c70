//! What members hold, when it expires, and how much of it may never be claimed.
//!
//! Breakage is estimated from the shop's own finished lots alone, by age: of the points that were
//! still there at an age, the share that expired. An outstanding lot takes the share of its own
//! age. The share is a ratio of sums over customers, not over points, since the points of one
//! customer live and die together; its standard error is that of the ratio estimator (W. G.
//! Cochran, "Sampling Techniques", 3rd edition, 1977, formula 6.13, without the correction for
//! finite populations), its interval 1.96 of them, within 0 and 1. No general rates of other
//! shops are assumed: too few finished lots give no estimate.

use std::collections::BTreeMap;

use mercer_engine_kit::decision::{Decision, Reasons};

use crate::calendar::{Day, Period};
use crate::input::{LiabilityInput, LotHistory};
use crate::limits::POINTS_MAX;
use crate::outcome::{Breakage, BreakageAge, LiabilityMonth, LiabilityReport, ShareInterval};
use crate::policy::Programme;
use crate::reason::Fault;
use crate::reason::report::ReportWhy;

/// Fewest customers behind a share: from about thirty on the normal interval of a mean is usable.
const N_CUSTOMERS_MIN: usize = 30;
/// Width of an age, in days: months are fine enough for lots that live a year or two, and leave
/// enough customers in each.
const AGE_DAYS: u32 = 30;
/// Ages that are told apart, the last one open: ten years of them.
const N_AGES_MAX: u32 = 122;
/// Lots left out that are named one by one; more would hide the other reasons.
const N_LEFT_OUT_MAX: usize = 20;
/// Standard errors of a 95 % interval of the normal distribution.
const Z_95: f64 = 1.96;

/// What members hold and how much may expire.
pub(crate) fn decide(
    input: &LiabilityInput,
    programme: &Programme,
) -> Decision<LiabilityReport, ReportWhy> {
    let mut left_out = Vec::new();
    let mut lots = Vec::new();
    for lot in &input.lots {
        match fault_of(lot) {
            Some(fault) => left_out.push(ReportWhy::LeftOut { lot: lot.lot.clone(), fault }),
            None => lots.push(Lot::of(lot, input.day)),
        }
    }
    left_out.truncate(N_LEFT_OUT_MAX);
    let open = || lots.iter().filter(|lot| lot.left > 0 && !lot.is_over);
    let sum = |points: i64, lot: &Lot<'_>| points.saturating_add(lot.left);
    let points = open().fold(0, sum);
    let pending = open().filter(|lot| lot.history.available_from > input.day);
    let worth = |points| programme.redemption.as_ref()?.worth_minor(points);
    let breakage = breakage(&lots, &worth);
    let reasons = reasons((points, worth(points), programme), &breakage, left_out);
    Decision {
        outcome: LiabilityReport {
            points,
            points_pending: pending.fold(0, sum),
            points_owed: input.points_owed.max(0),
            worth_minor: worth(points),
            currency: programme.currency,
            months: months(&lots, &worth),
            breakage,
        },
        reasons,
        alternatives: Vec::new(),
    }
}

/// What contradicts itself in a lot.
fn fault_of(lot: &LotHistory) -> Option<Fault> {
    if lot.issued < 0 || lot.spent.iter().any(|spent| spent.points < 0) {
        return Some(Fault::Negative);
    }
    if lot.issued > POINTS_MAX {
        return Some(Fault::TooLarge);
    }
    let spent = lot.spent.iter().fold(0i64, |sum, spent| sum.saturating_add(spent.points));
    (spent > lot.issued).then_some(Fault::AboveAmount)
}

/// A lot on the day of the report.
struct Lot<'i> {
    history: &'i LotHistory,
    left: i64,
    is_over: bool,
    age: u32,
}

impl<'i> Lot<'i> {
    fn of(history: &'i LotHistory, today: Day) -> Self {
        let spent: i64 = history.spent.iter().map(|spent| spent.points).sum();
        let age_days = u32::try_from(today.days_since(history.day)).unwrap_or(0);
        Self {
            history,
            left: history.issued - spent,
            is_over: history.last_valid.is_some_and(|last| last < today),
            age: (age_days / AGE_DAYS).min(N_AGES_MAX - 1),
        }
    }

    /// The points that were left when the lot reached an age; `None` if it never did.
    fn left_at(&self, age: u32) -> Option<i64> {
        let day = self.history.day.after(age * AGE_DAYS);
        if self.history.last_valid.is_some_and(|last| last < day) {
            return None;
        }
        let spent = self.history.spent.iter().filter(|spent| spent.day < day);
        Some(self.history.issued - spent.map(|spent| spent.points).sum::<i64>())
    }
}

/// Outstanding points by the month in which they expire; worth is told for the month's sum, so
/// months may differ from the total by less than a minor unit each.
fn months(lots: &[Lot<'_>], worth: &dyn Fn(i64) -> Option<i64>) -> Vec<LiabilityMonth> {
    let mut months: BTreeMap<Option<String>, i64> = BTreeMap::new();
    for lot in lots.iter().filter(|lot| lot.left > 0 && !lot.is_over) {
        let month = lot.history.last_valid.map(|day| Period::Month.name_of(day));
        let points = months.entry(month).or_default();
        *points = points.saturating_add(lot.left);
    }
    let never = months.remove_entry(&None);
    let of = |(month, points)| LiabilityMonth { month, points, worth_minor: worth(points) };
    months.into_iter().chain(never).map(of).collect()
}

fn breakage(lots: &[Lot<'_>], worth: &dyn Fn(i64) -> Option<i64>) -> Breakage {
    let mut open: BTreeMap<u32, i64> = BTreeMap::new();
    for lot in lots.iter().filter(|lot| lot.left > 0 && !lot.is_over) {
        if lot.history.last_valid.is_some() {
            *open.entry(lot.age).or_default() += lot.left;
        }
    }
    if open.is_empty() {
        return Breakage::NothingExpires;
    }
    let over: Vec<&Lot<'_>> =
        lots.iter().filter(|lot| lot.is_over && lot.history.issued > 0).collect();
    let mut by_age = Vec::new();
    let (mut sums, mut without) = ([0.0; 3], 0i64);
    for (&age, &points) in &open {
        let one = at_age(&over, age);
        match one.share {
            Some(ShareInterval { share, low, high }) => {
                for (sum, share) in sums.iter_mut().zip([share, low, high]) {
                    *sum += points as f64 * share;
                }
            }
            None => without = without.saturating_add(points),
        }
        by_age.push(one);
    }
    if by_age.iter().all(|one| one.share.is_none()) {
        let n_customers = by_age.iter().map(|one| one.n_customers).max().unwrap_or(0);
        return Breakage::NotEnoughEvidence { n_customers, needed: N_CUSTOMERS_MIN };
    }
    let [points, points_low, points_high] = sums.map(|sum| sum.round() as i64);
    Breakage::Estimated {
        points,
        points_low,
        points_high,
        worth_minor: worth(points),
        points_without_evidence: without,
        by_age,
    }
}

/// Of the points of finished lots that were left at an age, the share that expired.
fn at_age(over: &[&Lot<'_>], age: u32) -> BreakageAge {
    let mut customers: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for lot in over {
        if let Some(left) = lot.left_at(age).filter(|&left| left > 0) {
            let (sum_left, sum_expired) =
                customers.entry(lot.history.customer.as_str()).or_default();
            *sum_left = sum_left.saturating_add(left);
            *sum_expired = sum_expired.saturating_add(lot.left);
        }
    }
    let pairs: Vec<(i64, i64)> = customers.into_values().collect();
    let sum = |of: fn(&(i64, i64)) -> i64| {
        pairs.iter().fold(0i64, |sum, pair| sum.saturating_add(of(pair)))
    };
    BreakageAge {
        from_days: age * AGE_DAYS,
        n_customers: pairs.len(),
        points_left: sum(|pair| pair.0),
        points_expired: sum(|pair| pair.1),
        share: ratio(&pairs),
    }
}

/// The ratio of expired to left points over customers, with its interval.
fn ratio(pairs: &[(i64, i64)]) -> Option<ShareInterval> {
    if pairs.len() < N_CUSTOMERS_MIN {
        return None;
    }
    let n = pairs.len() as f64;
    let sum_left: f64 = pairs.iter().map(|pair| pair.0 as f64).sum();
    let sum_expired: f64 = pairs.iter().map(|pair| pair.1 as f64).sum();
    let share = sum_expired / sum_left;
    let squares: f64 =
        pairs.iter().map(|&(left, expired)| (expired as f64 - share * left as f64).powi(2)).sum();
    let mean_left = sum_left / n;
    let error = (squares / (n - 1.0) / n).sqrt() / mean_left;
    let (low, high) = ((share - Z_95 * error).max(0.0), (share + Z_95 * error).min(1.0));
    Some(ShareInterval { share, low, high })
}

fn reasons(
    (points, worth_minor, programme): (i64, Option<i64>, &Programme),
    breakage: &Breakage,
    left_out: Vec<ReportWhy>,
) -> Reasons<ReportWhy> {
    let outstanding = ReportWhy::Outstanding { points, worth_minor, currency: programme.currency };
    let mut whys = match *breakage {
        Breakage::Estimated {
            points, points_low, points_high, points_without_evidence, ..
        } => {
            let expired = ReportWhy::Expired { points, low: points_low, high: points_high };
            let rest = ReportWhy::SomeWithoutEvidence { points: points_without_evidence };
            if points_without_evidence > 0 { vec![expired, rest] } else { vec![expired] }
        }
        Breakage::NotEnoughEvidence { n_customers, needed } => {
            vec![ReportWhy::NotEnoughEvidence { n_customers, needed }]
        }
        Breakage::NothingExpires => vec![ReportWhy::NothingExpires],
    };
    whys.extend(left_out);
    Reasons::new(outstanding, whys)
}
