//! The decision: which lines are filled, from which locations, and why.

use std::collections::BTreeMap;

use mercer_engine_kit::decision::{Alternative, Decision, Reasons};
use mercer_engine_kit::seed::Seed;

use crate::input::{Input, LineOutcome, Outcome, Verdict};
use crate::model::cover::{Cover, Need, fewest};
use crate::model::order::order;
use crate::model::pool::{Pool, Share, add};
use crate::policy::{Choice, Policy};
use crate::reason::Why;

/// Lines of one kind that are named in the reasons: more is a list, which the outcome has.
pub const N_LINES_NAMED_MAX: usize = 20;

/// From where the lines of a cart are taken. The method is in the README.
///
/// Nothing here is drawn by chance; the seed is taken because every engine takes one.
pub fn decide(input: &Input, policy: &Policy, _seed: Seed) -> Decision<Outcome, Why> {
    let (outcome, found) = allocate(input, policy);
    let mut reasons = of_lines(input, &outcome, &found.not_serving);
    reasons.extend(of_choice(input, policy, &outcome, &found));
    let mut reasons = reasons.into_iter();
    let first = reasons.next().unwrap_or(Why::NothingAsked);
    let alternatives = alternatives(input, policy, &outcome);
    Decision { outcome, reasons: Reasons::new(first, reasons), alternatives }
}

/// What is known of the way to an outcome.
struct Way {
    /// Codes of the locations that send, in the order in which they were asked.
    senders: Vec<String>,
    not_serving: Vec<String>,
    cover: Option<Cover>,
}

fn allocate(input: &Input, policy: &Policy) -> (Outcome, Way) {
    let (serving, not_serving) = order(input, policy.choice);
    let codes: Vec<&str> = serving.iter().map(|at| input.locations[*at].code.as_str()).collect();
    let mut pool = Pool::new(input, &serving);
    let (mut lines, shares) = pool.share(input, policy.short_lines);
    let mut sends = back_orders(&mut pool, &mut lines, &shares, &codes);
    let cover = (policy.choice == Choice::FewestParcels)
        .then(|| cover_of(&pool, &lines, &shares, (&sends, policy.n_steps_max)));
    for (line, share) in lines.iter_mut().zip(&shares) {
        let Some(shelf) = pool.shelves.get_mut(line.sku.as_str()) else { continue };
        let is_chosen = |at: usize| cover.as_ref().is_none_or(|cover| cover.chosen[at]);
        for (at, quantity) in shelf.take(share.there, is_chosen, cover.is_some()) {
            sends[at] = true;
            add(&mut line.places, codes[at], quantity, 0);
        }
    }
    let senders: Vec<String> = codes
        .iter()
        .zip(&sends)
        .filter(|(_, is_sending)| **is_sending)
        .map(|(code, _)| (*code).to_owned())
        .collect();
    let not_serving = not_serving.iter().map(|at| input.locations[*at].code.clone()).collect();
    (Outcome { lines, n_parcels: senders.len() }, Way { senders, not_serving, cover })
}

/// Settles what is ordered back; which locations send a parcel for it.
fn back_orders(
    pool: &mut Pool<'_>,
    lines: &mut [LineOutcome],
    shares: &[Share],
    codes: &[&str],
) -> Vec<bool> {
    let mut sends = vec![false; codes.len()];
    for (line, share) in lines.iter_mut().zip(shares) {
        let Some(shelf) = pool.shelves.get_mut(line.sku.as_str()) else { continue };
        for (at, quantity) in shelf.take_back_order(share.back_ordered) {
            sends[at] = true;
            add(&mut line.places, codes[at], quantity, quantity);
        }
    }
    sends
}

fn cover_of(
    pool: &Pool<'_>,
    lines: &[LineOutcome],
    shares: &[Share],
    (given, n_steps_max): (&[bool], u32),
) -> Cover {
    let mut wanted: BTreeMap<&str, i64> = BTreeMap::new();
    for (line, share) in lines.iter().zip(shares).filter(|(_, share)| share.there > 0) {
        *wanted.entry(line.sku.as_str()).or_default() += share.there;
    }
    let needs: Vec<Need<'_>> = wanted
        .iter()
        .filter_map(|(sku, wanted)| {
            let shelf = pool.shelves.get(sku)?;
            Some(Need { wanted: *wanted, available: &shelf.available })
        })
        .collect();
    fewest(&needs, given, n_steps_max)
}

fn of_lines(input: &Input, outcome: &Outcome, not_serving: &[String]) -> Vec<Why> {
    let mut reasons = Vec::new();
    let mut n_unnamed = 0;
    for line in &outcome.lines {
        let said = of_line(line);
        if reasons.len() + said.len() > N_LINES_NAMED_MAX {
            n_unnamed += usize::from(!said.is_empty());
        } else {
            reasons.extend(said);
        }
    }
    if n_unnamed > 0 {
        reasons.push(Why::FurtherLines { n_lines: n_unnamed });
    }
    let is_short = outcome.lines.iter().any(|line| line.verdict == Verdict::Short);
    if let Some(country) = input.country.as_ref().filter(|_| is_short) {
        let named = not_serving.iter().take(N_LINES_NAMED_MAX);
        reasons.extend(named.map(|location| Why::NotServing {
            location: location.clone(),
            country: country.clone(),
        }));
    }
    reasons
}

fn of_line(line: &LineOutcome) -> Vec<Why> {
    let LineOutcome { line: number, sku, wanted, verdict, n_found, places } = line;
    let (number, sku) = (*number, || sku.clone());
    let mut said = match verdict {
        Verdict::Filled => Vec::new(),
        Verdict::Short => {
            vec![Why::Short { line: number, sku: sku(), wanted: *wanted, n_found: *n_found }]
        }
        Verdict::Untracked => vec![Why::Untracked { line: number, sku: sku() }],
        Verdict::Refused => vec![Why::NotAQuantity { line: number, quantity: *wanted }],
    };
    said.extend(places.iter().filter(|taken| taken.back_ordered > 0).map(|taken| {
        Why::BackOrdered {
            line: number,
            sku: sku(),
            quantity: taken.back_ordered,
            location: taken.location.clone(),
        }
    }));
    said
}

fn of_choice(input: &Input, policy: &Policy, outcome: &Outcome, way: &Way) -> Option<Why> {
    if outcome.n_parcels == 0 {
        return None;
    }
    let locations = way.senders.clone();
    Some(match (policy.choice, &way.cover) {
        (Choice::Priority, _) => Why::ByPriority { locations },
        (Choice::Nearest, _) => Why::ByNearness { country: input.country.clone(), locations },
        (Choice::FewestParcels, Some(cover)) if cover.is_proven => {
            Why::FewestProven { locations, n_steps: cover.n_steps }
        }
        (Choice::FewestParcels, _) => {
            Why::FewestEstimated { locations, n_steps_max: policy.n_steps_max }
        }
    })
}

/// What the other policies would have sent, where a cart comes in more than one parcel.
fn alternatives(input: &Input, policy: &Policy, outcome: &Outcome) -> Vec<Alternative> {
    if outcome.n_parcels < 2 {
        return Vec::new();
    }
    let others = [Choice::FewestParcels, Choice::Nearest, Choice::Priority];
    let mut found: Vec<Alternative> = others
        .into_iter()
        .filter(|choice| *choice != policy.choice)
        .filter_map(|choice| {
            let (other, _) = allocate(input, &Policy { choice, ..*policy });
            (other.lines != outcome.lines).then(|| Alternative {
                name: format!("{} ({})", choice.name(), count(other.n_parcels)),
                score: Some(other.n_parcels as f64),
                lost_because: format!(
                    "The shop's policy is {}, which sends {}.",
                    policy.choice.name(),
                    count(outcome.n_parcels)
                ),
            })
        })
        .collect();
    found.sort_by(|a, b| a.score.unwrap_or(0.0).total_cmp(&b.score.unwrap_or(0.0)));
    found
}

fn count(n_parcels: usize) -> String {
    if n_parcels == 1 { "1 parcel".to_owned() } else { format!("{n_parcels} parcels") }
}
