//! What the history says: companions and popularity of every product, and inputs taken from it.
//!
//! Immutable once fitted, so that any number of threads may ask it at once. Decides nothing and
//! leaves out only what can never be an answer: the product itself and what is in the cart.

pub mod popularity;
pub mod similarity;

use serde::{Deserialize, Serialize};

use crate::history::History;
use crate::input::{
    BoughtBefore, CONTEXT_PRODUCTS_MAX, Candidate, Context, Input, LIMIT_MAX, LINKS_MAX, Link,
    POPULAR_CANDIDATES_MAX, Popularity, SIMILAR_CANDIDATES_MAX,
};
use crate::policy::Policy;
use popularity::{PopularityTable, decay};
use similarity::{Counted, Neighbour, SimilarityTable};

/// Companions and popularity of all products on one day.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Model {
    similarity: SimilarityTable,
    popularity: PopularityTable,
    day_reference: i32,
    popularity_half_life_days: f64,
    customer_half_life_days: f64,
    amplification_exponent: f64,
}

/// How an answer should be made: how many items, and how products are called.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// Items wanted; more than [`LIMIT_MAX`] counts as that.
    pub limit: u32,
    /// The external id of a product number.
    pub name: &'a dyn Fn(u32) -> String,
}

/// One product in a customer's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bought {
    /// The product.
    pub product: u32,
    /// Orders of the customer with it.
    pub n_orders: u32,
    /// Day of the last of them.
    pub day_last: i32,
}

/// A product of the context and what it counts.
#[derive(Clone, Copy)]
struct Anchor {
    product: u32,
    weight: f64,
}

/// One link of a candidate to an anchor, before it has names.
#[derive(Clone, Copy)]
struct RawLink {
    candidate: u32,
    with: u32,
    n_both: u32,
    score: f64,
}

impl Model {
    /// Fits the model on all baskets up to the reference day, which is "today" for every decay.
    /// Never fails: what cannot be used is left out and counted in [`Model::counted`].
    #[must_use]
    pub fn fit(history: &History<'_>, day_reference: i32, policy: &Policy) -> Self {
        let half_life = policy.popularity_half_life_days;
        Self {
            similarity: SimilarityTable::count(history, day_reference, policy),
            popularity: PopularityTable::count(history, day_reference, half_life),
            day_reference,
            popularity_half_life_days: half_life,
            customer_half_life_days: policy.customer_half_life_days,
            amplification_exponent: policy.amplification_exponent,
        }
    }

    /// What was counted and what was left out, to be shown after fitting.
    #[must_use]
    pub fn counted(&self) -> Counted {
        self.similarity.counted
    }

    /// The day that every decay counts from.
    #[must_use]
    pub fn day_reference(&self) -> i32 {
        self.day_reference
    }

    /// Number of products the model was fitted with.
    #[must_use]
    pub fn n_products(&self) -> u32 {
        self.popularity.n_orders.len() as u32
    }

    /// Products that have at least one companion.
    #[must_use]
    pub fn n_products_with_neighbours(&self) -> u32 {
        self.similarity.starts.windows(2).filter(|pair| pair[1] > pair[0]).count() as u32
    }

    /// The kept companions of a product, best first.
    #[must_use]
    pub fn neighbours(&self, product: u32) -> &[Neighbour] {
        self.similarity.of(product)
    }

    /// Popularity of all products.
    #[must_use]
    pub fn popularity(&self) -> &PopularityTable {
        &self.popularity
    }

    /// Baskets with the product, of those that pairs are counted in.
    #[must_use]
    pub fn n_baskets_with(&self, product: u32) -> u32 {
        self.similarity.n_baskets_with.get(product as usize).copied().unwrap_or(0)
    }

    /// The evidence for companions of one product; `None` for a product without a number.
    #[must_use]
    pub fn input_for_product(&self, product: Option<u32>, ask: Ask<'_>) -> Input {
        let known = product.filter(|&p| p < self.n_products());
        let anchors: Vec<Anchor> =
            known.iter().map(|&product| Anchor { product, weight: 1.0 }).collect();
        let excluded: Vec<u32> = known.into_iter().collect();
        let context = Context::Product {
            product: known.map(ask.name),
            n_orders: known.map_or(0, |p| self.popularity.n_orders[p as usize]),
        };
        self.input(context, &anchors, Purchases { excluded: &excluded, bought: &[] }, ask)
    }

    /// The evidence for what else belongs in a cart. Products may repeat; those out of range count
    /// as unknown (use `u32::MAX` for an id that has no number).
    #[must_use]
    pub fn input_for_cart(&self, cart: &[u32], ask: Ask<'_>) -> Input {
        let mut excluded: Vec<u32> = cart.to_vec();
        excluded.sort_unstable();
        excluded.dedup();
        let n_distinct = excluded.len();
        excluded.retain(|&product| product < self.n_products());
        let mut seen = vec![false; excluded.len()];
        let mut anchors = Vec::with_capacity(excluded.len().min(CONTEXT_PRODUCTS_MAX));
        for &product in cart {
            let Ok(place) = excluded.binary_search(&product) else { continue };
            if !std::mem::replace(&mut seen[place], true) && anchors.len() < CONTEXT_PRODUCTS_MAX {
                anchors.push(Anchor { product, weight: 1.0 });
            }
        }
        let context = Context::Cart {
            products: anchors.iter().map(|anchor| (ask.name)(anchor.product)).collect(),
            n_unknown: (n_distinct - excluded.len()) as u32,
            n_left_out: (excluded.len() - anchors.len()) as u32,
        };
        self.input(context, &anchors, Purchases { excluded: &excluded, bought: &[] }, ask)
    }

    /// The evidence for what a customer may like next. One entry per product; of entries for the
    /// same product the first by falling orders counts.
    #[must_use]
    pub fn input_for_customer(&self, history: &[Bought], ask: Ask<'_>) -> Input {
        let mut bought: Vec<Bought> =
            history.iter().copied().filter(|b| b.product < self.n_products()).collect();
        let n_unknown = (history.len() - bought.len()) as u32;
        bought.sort_unstable_by_key(|b| (b.product, std::cmp::Reverse((b.n_orders, b.day_last))));
        bought.dedup_by_key(|b| b.product);
        let mut anchors: Vec<Anchor> = bought.iter().map(|b| self.anchor_of(b)).collect();
        anchors.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.product.cmp(&b.product)));
        anchors.truncate(CONTEXT_PRODUCTS_MAX);
        let most = anchors.first().map_or(1.0, |anchor| anchor.weight).max(f64::MIN_POSITIVE);
        for anchor in &mut anchors {
            anchor.weight /= most;
        }
        let context = Context::Customer {
            n_products: anchors.len() as u32,
            n_unknown,
            n_left_out: (bought.len() - anchors.len()) as u32,
        };
        self.input(context, &anchors, Purchases { excluded: &[], bought: &bought }, ask)
    }

    /// A purchase counts less the older it is, and more, by its logarithm, the more often it was
    /// repeated. Only the proportions matter; the strongest will count 1.
    fn anchor_of(&self, bought: &Bought) -> Anchor {
        let recency = decay(bought.day_last, self.day_reference, self.customer_half_life_days);
        let repeats = 1.0 + f64::from(bought.n_orders.max(1)).ln();
        Anchor { product: bought.product, weight: recency * repeats }
    }

    fn input(
        &self,
        context: Context,
        anchors: &[Anchor],
        purchases: Purchases<'_>,
        ask: Ask<'_>,
    ) -> Input {
        let mut links = self.links(anchors, purchases.excluded);
        let groups = strongest_groups(&mut links);
        let mut candidates: Vec<Candidate> =
            groups.iter().map(|group| self.candidate(group, purchases, ask)).collect();
        let mut similar: Vec<u32> = groups.iter().map(|group| group.product).collect();
        similar.sort_unstable();
        let popular = self.popularity.ranking.iter().filter(|product| {
            purchases.excluded.binary_search(product).is_err()
                && similar.binary_search(product).is_err()
        });
        candidates.extend(popular.take(POPULAR_CANDIDATES_MAX).map(|&product| {
            self.candidate(&Group { product, similarity: 0.0, links: &[] }, purchases, ask)
        }));
        Input {
            context,
            limit: ask.limit.min(LIMIT_MAX),
            n_baskets: self.similarity.counted.n_baskets,
            popularity_half_life_days: self.popularity_half_life_days,
            candidates,
        }
    }

    fn links(&self, anchors: &[Anchor], excluded: &[u32]) -> Vec<RawLink> {
        let mut links = Vec::new();
        for anchor in anchors {
            for neighbour in self.similarity.of(anchor.product) {
                if excluded.binary_search(&neighbour.product).is_err() {
                    links.push(RawLink {
                        candidate: neighbour.product,
                        with: anchor.product,
                        n_both: neighbour.n_both,
                        score: f64::from(neighbour.score)
                            .powf(self.amplification_exponent.max(0.0))
                            * anchor.weight,
                    });
                }
            }
        }
        links
    }

    fn candidate(&self, group: &Group<'_>, purchases: Purchases<'_>, ask: Ask<'_>) -> Candidate {
        let index = group.product as usize;
        let n_other = self.similarity.n_baskets_with[index];
        let links = group.links.iter().take(LINKS_MAX).map(|link| Link {
            with: (ask.name)(link.with),
            n_both: link.n_both,
            n_this: self.similarity.n_baskets_with[link.with as usize],
            n_other,
            score: rounded(link.score),
        });
        let bought = purchases.bought.binary_search_by_key(&group.product, |b| b.product).ok();
        Candidate {
            product: (ask.name)(group.product),
            similarity: rounded(group.similarity),
            n_links: group.links.len() as u32,
            links: links.collect(),
            popularity: Popularity {
                rank: self.popularity.rank[index],
                n_orders: self.popularity.n_orders[index],
                n_orders_recent: rounded(self.popularity.n_orders_recent[index]),
            },
            bought: bought.map(|place| {
                let Bought { n_orders, day_last, .. } = purchases.bought[place];
                let days = i64::from(self.day_reference) - i64::from(day_last);
                BoughtBefore {
                    n_orders,
                    days_since_last: days.clamp(0, i64::from(u32::MAX)) as u32,
                }
            }),
        }
    }
}

/// To nine decimals, which JSON gives back exactly, so that a stored input replays to the last bit.
fn rounded(value: f64) -> f64 {
    (value * 1e9).round() / 1e9
}

/// What the subject already has: never to be a candidate, and bought before. Both sorted.
#[derive(Clone, Copy)]
struct Purchases<'a> {
    excluded: &'a [u32],
    bought: &'a [Bought],
}

/// All links of one candidate, strongest first.
struct Group<'a> {
    product: u32,
    similarity: f64,
    links: &'a [RawLink],
}

/// Groups links by candidate and keeps the candidates with the largest sums.
fn strongest_groups(links: &mut [RawLink]) -> Vec<Group<'_>> {
    links.sort_unstable_by(|a, b| {
        a.candidate.cmp(&b.candidate).then(b.score.total_cmp(&a.score)).then(a.with.cmp(&b.with))
    });
    let mut groups: Vec<Group<'_>> = links
        .chunk_by(|a, b| a.candidate == b.candidate)
        .map(|links| Group {
            product: links[0].candidate,
            similarity: links.iter().map(|link| link.score).sum(),
            links,
        })
        .collect();
    groups.sort_unstable_by(|a, b| {
        b.similarity.total_cmp(&a.similarity).then(a.product.cmp(&b.product))
    });
    groups.truncate(SIMILAR_CANDIDATES_MAX);
    groups
}
