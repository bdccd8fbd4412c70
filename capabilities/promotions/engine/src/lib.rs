//! What a cart costs: promotions, flash-sale prices, points, shipping and tax, exact to the minor
//! unit, with the reasons.
//!
//! Pure: no clock, no database. Deliberately without holds: the quote says what is used, and the
//! caller holds it in the ledger.

pub mod compile;
pub mod error;
pub mod input;
pub mod outcome;
pub mod policy;
pub mod reason;
pub mod simulate;
pub mod vocabulary;

mod check;
mod model {
    pub(crate) mod bound;
    pub(crate) mod bundle;
    pub(crate) mod buy_get;
    pub(crate) mod candidate;
    pub(crate) mod cart;
    pub(crate) mod gate;
    pub(crate) mod groups;
    pub(crate) mod hints;
    pub(crate) mod plan;
    pub(crate) mod quote;
    pub(crate) mod search;
    pub(crate) mod share;
}

use mercer_engine_kit::decision::{Alternative, Decision, Reasons};
use mercer_engine_kit::seed::Seed;

use crate::compile::Compiled;
use crate::error::InputError;
use crate::input::Input;
use crate::model::candidate::Candidate;
use crate::model::cart::Cart;
use crate::model::quote::Writer;
use crate::model::{gate, search};
use crate::outcome::{HeldBack, Outcome, Quote, Search, Source};
use crate::policy::Policy;
use crate::reason::{NotApplied, Why};

/// The price of a cart under a policy.
///
/// For many carts under one policy, [`Policy::compile`] once and use [`decide_compiled`]. Nothing
/// here is drawn by chance; the seed is taken because every engine takes one.
pub fn decide(input: &Input, policy: &Policy, seed: Seed) -> Decision<Outcome, Why> {
    match policy.compile() {
        Ok(compiled) => decide_compiled(input, &compiled, seed),
        Err(problems) => {
            let first = problems.first().map(ToString::to_string).unwrap_or_default();
            Decision {
                reasons: Reasons::one(Why::PolicyRefused { n_problems: problems.len(), first }),
                outcome: Outcome::RefusedPolicy { problems },
                alternatives: Vec::new(),
            }
        }
    }
}

/// The price of a cart under a policy that was compiled before.
pub fn decide_compiled(input: &Input, policy: &Compiled, _seed: Seed) -> Decision<Outcome, Why> {
    match price(input, policy) {
        Ok((quote, n_nodes)) => Decision {
            reasons: reasons(&quote, policy, n_nodes),
            alternatives: alternatives(&quote, policy),
            outcome: Outcome::Priced(Box::new(quote)),
        },
        Err(problem) => Decision {
            reasons: Reasons::one(Why::InputRefused { problem: problem.clone() }),
            outcome: Outcome::RefusedInput { problem },
            alternatives: Vec::new(),
        },
    }
}

/// The quote, and how many combinations were looked at.
pub(crate) fn price(input: &Input, compiled: &Compiled) -> Result<(Quote, usize), InputError> {
    input.check()?;
    let cart = Cart::new(input);
    let (gated, coupons) = gate::all(&cart, compiled)?;
    let candidates: Vec<Candidate> =
        gated.iter().filter_map(|gated| gated.result.as_ref().ok().cloned()).collect();
    let chosen = search::choose(&cart, compiled, &candidates);
    let writer = Writer { cart: &cart, compiled, candidates: &candidates, chosen: &chosen };
    Ok((writer.write(gated, &coupons), chosen.n_nodes))
}

fn reasons(quote: &Quote, compiled: &Compiled, n_nodes: usize) -> Reasons<Why> {
    let currency = quote.currency;
    let mut all: Vec<Why> = Vec::new();
    for one in &quote.uses {
        let number = compiled.by_id.get(&one.promotion);
        let name = number.map(|number| compiled.promotions[*number].promotion.name.clone());
        let gifts = quote.gifts.iter().filter(|gift| gift.promotion == one.promotion);
        all.push(Why::Applied {
            promotion: one.promotion.clone(),
            name: name.unwrap_or_default(),
            amount_minor: one.amount_minor,
            n_gifts: gifts.map(|gift| gift.quantity).sum(),
            currency,
        });
    }
    for one in &quote.flash_uses {
        let (sale, quantity, amount_minor) = (one.sale.clone(), one.quantity, one.amount_minor);
        all.push(Why::FlashPrice { sale, quantity, amount_minor, currency });
    }
    if let Some(points) = &quote.points {
        let (points, amount_minor) = (points.points, points.amount_minor);
        all.push(Why::PointsSpent { points, amount_minor, currency });
    }
    let gave_nothing = all.is_empty();
    if quote.search == Search::CutOff {
        all.push(Why::SearchCutOff { n_nodes });
    }
    // Nobody asked for a promotion whose code was not entered.
    let asked = |held: &&HeldBack| held.why != NotApplied::CouponMissing;
    all.extend(quote.not_applied.iter().filter(asked).map(|held| Why::NotApplied {
        subject: model::quote::code_of(held).to_owned(),
        name: shown_name(held, compiled),
        why: held.why.clone(),
        currency,
    }));
    let mut all = all.into_iter();
    match all.next() {
        Some(first) if !gave_nothing => Reasons::new(first, all),
        first => Reasons::new(
            Why::ListPrices { n_lines: quote.lines.len() },
            first.into_iter().chain(all),
        ),
    }
}

/// What a customer reads of something that was held back: the promotion's name, or the code.
fn shown_name(held: &HeldBack, compiled: &Compiled) -> String {
    let number = held.promotion.as_ref().and_then(|id| compiled.by_id.get(id));
    match number {
        Some(number) => compiled.promotions[*number].promotion.name.clone(),
        None => model::quote::code_of(held).to_owned(),
    }
}

/// Promotions that would have given something but lost against others.
fn alternatives(quote: &Quote, compiled: &Compiled) -> Vec<Alternative> {
    let lost = |held: &&HeldBack| {
        matches!(
            held.why,
            NotApplied::ExclusiveApplied { .. }
                | NotApplied::OthersApplied
                | NotApplied::DoesNotStack { .. }
                | NotApplied::BetterWithout
        )
    };
    let alternative = |held: &HeldBack| {
        held.promotion.as_ref()?;
        let name = shown_name(held, compiled);
        Some(Alternative { name, score: None, lost_because: held.sentence.clone() })
    };
    quote.not_applied.iter().filter(lost).filter_map(alternative).collect()
}

/// What one source took off the lines of a quote, in minor units.
#[must_use]
pub fn taken_by(quote: &Quote, source: &Source) -> i64 {
    let of = |discount: &&outcome::Discount| discount.source == *source;
    quote.discounts.iter().filter(of).map(|discount| discount.amount_minor).sum()
}
