//! Ranks the candidates of an input, fills up with best sellers where evidence is thin, and says
//! why.
//!
//! Pure and cheap: no model needed, so that a stored input replays under any policy. Draws no
//! random numbers; ties go to the more popular, then to the smaller id.

use std::cmp::Ordering;
use std::collections::HashSet;

use mercer_engine_kit::decision::{Alternative, Decision, Reason, Reasons};
use mercer_engine_kit::seed::Seed;
use serde::{Deserialize, Serialize};

use crate::input::{Candidate, Context, Input, LIMIT_MAX, Popularity, lift};
use crate::policy::{AlreadyBought, Policy};
use crate::reason::{Why, counted};

/// Losing candidates that are named with why they lost. Enough to answer "why not this one" for
/// what came close, without writing an essay.
pub const ALTERNATIVES_MAX: usize = 5;

/// What was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// Items to show, best first, at least one.
    Recommended {
        /// The items.
        items: Vec<Item>,
    },
    /// Nothing to show; the reasons say why.
    NothingToRecommend,
}

impl Outcome {
    /// The items, empty when there is nothing to recommend.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        match self {
            Self::Recommended { items } => items,
            Self::NothingToRecommend => &[],
        }
    }
}

/// One recommended product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Its id.
    pub product: String,
    /// For [`Source::Similar`] the sum of similarities; for [`Source::Popular`] the decayed orders
    /// as a share of the strongest popular candidate, 0 to 1. Comparable within one source only.
    pub score: f64,
    /// What it was found by.
    pub source: Source,
    /// Why it is shown, weightiest first, never empty.
    pub reasons: Vec<Why>,
}

/// What an item was found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Bought together with the context.
    Similar,
    /// Sells well lately.
    Popular,
}

/// Answers one question. The seed is taken for the common shape of engines; nothing is drawn.
pub fn decide(input: &Input, policy: &Policy, _seed: Seed) -> Decision<Outcome, Why> {
    let sorted = sort_out(input, policy);
    let limit = input.limit.min(LIMIT_MAX) as usize;
    let n_similar = sorted.similar.len().min(limit);
    let n_popular = sorted.popular.len().min(limit - n_similar);
    let mut items: Vec<Item> = Vec::with_capacity(n_similar + n_popular);
    items.extend(sorted.similar[..n_similar].iter().map(|c| similar_item(c, input, policy)));
    let most = sorted.popular.first().map_or(0.0, |c| c.popularity.n_orders_recent);
    items.extend(sorted.popular[..n_popular].iter().map(|c| popular_item(c, input, most)));
    let alternatives = alternatives(&sorted, (n_similar, n_popular), limit, input, policy);
    let reasons = overall_reasons(input, policy, &sorted, (n_similar as u32, n_popular as u32));
    let outcome =
        if items.is_empty() { Outcome::NothingToRecommend } else { Outcome::Recommended { items } };
    Decision { outcome, reasons, alternatives }
}

/// The candidates by what can become of them, each list best first.
struct Sorted<'a> {
    similar: Vec<Ranked<'a>>,
    popular: Vec<&'a Candidate>,
    bought: Vec<Ranked<'a>>,
    n_in_context: u32,
}

/// A candidate with the score it is ranked by.
#[derive(Clone, Copy)]
struct Ranked<'a> {
    candidate: &'a Candidate,
    score: f64,
}

impl<'a> Ranked<'a> {
    fn new(candidate: &'a Candidate, context: &Context, policy: &Policy) -> Self {
        let freshness = match context {
            Context::Customer { .. } => freshness(&candidate.popularity, policy),
            Context::Product { .. } | Context::Cart { .. } => 1.0,
        };
        Self { candidate, score: candidate.similarity * freshness }
    }
}

/// The share of a product's orders that is recent, 0 to 1, to the policy's power. For customers
/// only: their purchases lie in the past, while a cart is what is bought today.
fn freshness(popularity: &Popularity, policy: &Policy) -> f64 {
    let share = popularity.n_orders_recent / f64::from(popularity.n_orders.max(1));
    share.clamp(0.0, 1.0).powf(policy.customer_freshness_exponent.max(0.0))
}

fn sort_out<'a>(input: &'a Input, policy: &Policy) -> Sorted<'a> {
    let in_context: HashSet<&str> = match &input.context {
        Context::Product { product, .. } => product.iter().map(String::as_str).collect(),
        Context::Cart { products, .. } => products.iter().map(String::as_str).collect(),
        Context::Customer { .. } => HashSet::new(),
    };
    let mut sorted =
        Sorted { similar: Vec::new(), popular: Vec::new(), bought: Vec::new(), n_in_context: 0 };
    for candidate in &input.candidates {
        if in_context.contains(candidate.product.as_str()) {
            sorted.n_in_context += 1;
        } else if is_excluded_as_bought(candidate, policy) {
            sorted.bought.push(Ranked::new(candidate, &input.context, policy));
        } else if is_evidence(candidate, input.n_baskets, policy) {
            sorted.similar.push(Ranked::new(candidate, &input.context, policy));
        } else if candidate.popularity.n_orders > 0 {
            sorted.popular.push(candidate);
        }
    }
    sorted.similar.sort_unstable_by(by_score);
    sorted.bought.sort_unstable_by(by_score);
    sorted.popular.sort_unstable_by(|a, b| by_popularity(a, b));
    sorted
}

fn is_excluded_as_bought(candidate: &Candidate, policy: &Policy) -> bool {
    candidate.bought.as_ref().is_some_and(|bought| match policy.already_bought {
        AlreadyBought::Exclude => true,
        AlreadyBought::KeepRepeated { n_orders_min } => bought.n_orders < n_orders_min,
        AlreadyBought::Keep => false,
    })
}

/// Whether at least one link has enough orders and is more than chance.
fn is_evidence(candidate: &Candidate, n_baskets: u32, policy: &Policy) -> bool {
    candidate.similarity > 0.0
        && candidate.links.iter().any(|link| {
            link.n_both >= policy.n_both_min.max(1)
                && lift(link.n_both, link.n_this, link.n_other, n_baskets) >= policy.lift_min
        })
}

fn by_score(a: &Ranked<'_>, b: &Ranked<'_>) -> Ordering {
    b.score.total_cmp(&a.score).then_with(|| by_popularity(a.candidate, b.candidate))
}

fn by_popularity(a: &Candidate, b: &Candidate) -> Ordering {
    b.popularity
        .n_orders_recent
        .total_cmp(&a.popularity.n_orders_recent)
        .then(b.popularity.n_orders.cmp(&a.popularity.n_orders))
        .then_with(|| a.product.cmp(&b.product))
}

fn similar_item(ranked: &Ranked<'_>, input: &Input, policy: &Policy) -> Item {
    let candidate = ranked.candidate;
    let is_subject = matches!(input.context, Context::Product { .. });
    let n_baskets = input.n_baskets;
    let mut reasons: Vec<Why> = candidate
        .links
        .iter()
        .map(|link| Why::BoughtTogether {
            with: link.with.clone(),
            is_subject,
            n_both: link.n_both,
            n_this: link.n_this,
            n_other: link.n_other,
            n_baskets,
            lift: lift(link.n_both, link.n_this, link.n_other, n_baskets),
            score: link.score,
        })
        .filter(|why| is_sound(why, policy))
        .collect();
    if candidate.n_links as usize > reasons.len() {
        let named: f64 = reasons.iter().map(Reason::weight).sum();
        let score = (candidate.similarity - named).max(0.0);
        reasons.push(Why::FitsSeveral { n_links: candidate.n_links, score });
    }
    if matches!(input.context, Context::Customer { .. }) && policy.customer_freshness_exponent > 0.0
    {
        reasons.push(Why::StillSells {
            n_orders: candidate.popularity.n_orders,
            n_orders_recent: candidate.popularity.n_orders_recent.round() as u32,
            half_life_days: input.popularity_half_life_days,
        });
    }
    finish(candidate, ranked.score, Source::Similar, reasons)
}

/// Weak links count in the sum, but are not given as a reason.
fn is_sound(why: &Why, policy: &Policy) -> bool {
    matches!(why, Why::BoughtTogether { n_both, lift, .. }
        if *n_both >= policy.n_both_min.max(1) && *lift >= policy.lift_min)
}

fn popular_item(candidate: &Candidate, input: &Input, most: f64) -> Item {
    let popularity = &candidate.popularity;
    let why = Why::PopularLately {
        rank: popularity.rank,
        n_orders: popularity.n_orders,
        n_orders_recent: popularity.n_orders_recent.round() as u32,
        half_life_days: input.popularity_half_life_days,
    };
    let score = if most > 0.0 { popularity.n_orders_recent / most } else { 0.0 };
    finish(candidate, score, Source::Popular, vec![why])
}

fn finish(candidate: &Candidate, score: f64, source: Source, mut reasons: Vec<Why>) -> Item {
    if let Some(bought) = &candidate.bought {
        reasons.push(Why::BoughtBefore {
            n_orders: bought.n_orders,
            days_since_last: bought.days_since_last,
        });
    }
    reasons.sort_by(|a, b| b.weight().abs().total_cmp(&a.weight().abs()));
    Item { product: candidate.product.clone(), score, source, reasons }
}

fn alternatives(
    sorted: &Sorted<'_>,
    (n_similar, n_popular): (usize, usize),
    limit: usize,
    input: &Input,
    policy: &Policy,
) -> Vec<Alternative> {
    let bought = sorted.bought.iter().map(|ranked| (*ranked, bought_because(ranked, policy)));
    let beyond = sorted.similar[n_similar..].iter().enumerate().map(|(place, ranked)| {
        let rank = n_similar + place + 1;
        (*ranked, format!("Ranked {rank}; {limit} were asked for."))
    });
    let mut thin: Vec<Ranked<'_>> = sorted.popular[n_popular..]
        .iter()
        .filter(|candidate| !candidate.links.is_empty())
        .map(|candidate| Ranked::new(candidate, &input.context, policy))
        .collect();
    thin.sort_unstable_by(by_score);
    let thin = thin.into_iter().map(|ranked| (ranked, thin_because(&ranked, input, policy)));
    let mut lost: Vec<(Ranked<'_>, String)> = bought
        .take(ALTERNATIVES_MAX)
        .chain(beyond.take(ALTERNATIVES_MAX))
        .chain(thin.take(ALTERNATIVES_MAX))
        .collect();
    lost.sort_by(|a, b| by_score(&a.0, &b.0));
    lost.truncate(ALTERNATIVES_MAX);
    lost.into_iter()
        .map(|(ranked, lost_because)| Alternative {
            name: ranked.candidate.product.clone(),
            score: Some(ranked.score),
            lost_because,
        })
        .collect()
}

fn bought_because(ranked: &Ranked<'_>, policy: &Policy) -> String {
    let n = ranked.candidate.bought.as_ref().map_or(0, |bought| bought.n_orders);
    let has = format!("The customer bought it in {}", counted(n, "order"));
    match policy.already_bought {
        AlreadyBought::KeepRepeated { n_orders_min } => {
            format!("{has}; {n_orders_min} are needed to suggest it again.")
        }
        AlreadyBought::Exclude | AlreadyBought::Keep => format!("{has}."),
    }
}

/// By the strongest link, which is the first.
fn thin_because(ranked: &Ranked<'_>, input: &Input, policy: &Policy) -> String {
    ranked.candidate.links.first().map_or_else(String::new, |link| {
        let times = lift(link.n_both, link.n_this, link.n_other, input.n_baskets);
        format!(
            "Bought together in {}, {times:.1} times chance; {} and {} times are needed.",
            counted(link.n_both, "order"),
            policy.n_both_min,
            policy.lift_min
        )
    })
}

fn overall_reasons(
    input: &Input,
    policy: &Policy,
    sorted: &Sorted<'_>,
    (n_similar, n_popular): (u32, u32),
) -> Reasons<Why> {
    let main = if n_similar + n_popular == 0 {
        Why::NothingToRecommend {
            n_candidates: input.candidates.len() as u32,
            n_excluded: sorted.n_in_context + sorted.bought.len() as u32,
        }
    } else if n_popular == 0 && n_similar > 0 {
        Why::EnoughCompanions { n_similar, n_baskets: input.n_baskets }
    } else {
        let Policy { n_both_min, lift_min, .. } = *policy;
        Why::FilledWithPopular { n_similar, n_popular, n_both_min, lift_min }
    };
    let (n_used, n_unknown, n_left_out) = match &input.context {
        Context::Product { product: None, .. } => {
            return Reasons::new(main, [Why::ProductsUnknown { n_unknown: 1 }]);
        }
        Context::Product { n_orders: 0, .. } => {
            return Reasons::new(main, [Why::ProductNeverSold {}]);
        }
        Context::Product { .. } => (1, 0, 0),
        Context::Cart { products, n_unknown, n_left_out } => {
            (products.len() as u32, *n_unknown, *n_left_out)
        }
        Context::Customer { n_products, n_unknown, n_left_out } => {
            (*n_products, *n_unknown, *n_left_out)
        }
    };
    let empty = (n_used == 0).then_some(Why::ContextEmpty {});
    let unknown = (n_unknown > 0).then_some(Why::ProductsUnknown { n_unknown });
    let cut = (n_left_out > 0).then_some(Why::ContextCut { n_used, n_left_out });
    Reasons::new(main, [empty, unknown, cut].into_iter().flatten())
}
