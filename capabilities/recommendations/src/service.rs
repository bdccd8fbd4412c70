//! Answers from memory, and computes anew when the history has changed.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use jiff::Timestamp;
use mercer_connect::history::{HistoryError, Recompute, SalesHistory, SalesReader};
use mercer_core::clock::Clock;
use mercer_db::{Db, DbError, params};
use mercer_decisions::{Mode, NewDecision, ReasonRecord};
use mercer_engine_kit::decision::Decision;
use mercer_engine_kit::seed::Seed;
use mercer_recommendations_engine::decide::{self, Item, Outcome, Source};
use mercer_recommendations_engine::input::Input;
use mercer_recommendations_engine::model::{Ask, Bought};
use mercer_recommendations_engine::policy::Policy;
use mercer_recommendations_engine::reason::Why;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::RecommendError;
use crate::picture::{Loaded, NAME, Named, Picture};

/// Kind of these decisions in the log.
pub const DECISION_KIND: &str = "recommendation";
/// Version of the policy's form and numbers.
const POLICY_VERSION: &str = "item-similarity-1";
/// Items of the decision that is recorded for a product.
const N_ITEMS_RECORDED: u32 = 10;
/// Products of a cart that are read from a request.
pub const N_CART_MAX: usize = 500;
/// Decisions written in one transaction.
const N_DECISIONS_BATCH: usize = 1_000;

/// What is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Companions of a product, by id or SKU.
    Product(String),
    /// What fits a customer, by id or the shop's own id.
    Customer(String),
    /// What else belongs in a cart of these SKUs or ids.
    Cart(Vec<String>),
}

/// A product of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RecommendedProduct {
    /// `prd_…`.
    pub id: String,
    /// SKU.
    pub sku: String,
    /// What the shop calls it.
    pub title: String,
    /// Latest price, minor units.
    pub price_minor: Option<i64>,
}

impl RecommendedProduct {
    fn of(named: &Named) -> Self {
        Self {
            id: named.id.clone(),
            sku: named.sku.clone(),
            title: named.title.clone(),
            price_minor: (named.price_minor > 0).then_some(named.price_minor),
        }
    }
}

/// One recommended product and why.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Recommendation {
    /// What.
    pub product: RecommendedProduct,
    /// How well it fits; comparable within one source of one answer.
    pub score: f64,
    /// `similar` or `popular`.
    pub source: String,
    /// Why, weightiest first.
    pub reasons: Vec<ReasonRecord>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Recommendations {
    /// `product`, `customer` or `cart`.
    pub context: String,
    /// What was asked about.
    pub subject: String,
    /// Best first.
    pub items: Vec<Recommendation>,
    /// When the picture behind it was computed.
    #[schema(value_type = String, format = DateTime)]
    pub computed_at: Timestamp,
    /// The decision in the log; only for products.
    pub decision_id: Option<String>,
    /// About the answer as a whole.
    pub reasons: Vec<ReasonRecord>,
}

/// Answers and recomputes.
pub struct Recommender {
    db: Arc<Db>,
    clock: Arc<dyn Clock>,
    reader: Arc<dyn SalesReader>,
    policy: Policy,
    loaded: ArcSwapOption<Loaded>,
}

impl Recommender {
    /// Not loaded yet; [`Recommender::refresh`] does that.
    #[must_use]
    pub fn new(db: Arc<Db>, clock: Arc<dyn Clock>, reader: Arc<dyn SalesReader>) -> Self {
        Self { db, clock, reader, policy: Policy::default(), loaded: ArcSwapOption::empty() }
    }

    /// Takes the picture in the database if it is another than the one in memory; whether it did.
    ///
    /// # Errors
    /// The database's.
    pub fn refresh(&self) -> Result<bool, RecommendError> {
        let stamp = self.db.read(|tx| mercer_snapshots::stamp(tx, NAME))?;
        let is_current = self.loaded.load().as_ref().map(|loaded| loaded.stamp) == stamp;
        if is_current {
            return Ok(false);
        }
        let (found, decisions) = self.db.read(|tx| {
            let found = mercer_snapshots::load::<Picture>(tx, NAME)?;
            let mut decisions = HashMap::new();
            tx.for_each(
                "SELECT subject, decision_id FROM decisions_current WHERE kind = $1",
                params![DECISION_KIND],
                |row| {
                    decisions.insert(row.get(0)?, row.get(1)?);
                    Ok::<_, DbError>(())
                },
            )?;
            Ok::<_, DbError>((found, decisions))
        })?;
        if let Some((stamp, picture)) = found {
            self.loaded.store(Some(Arc::new(Loaded::new(picture, stamp, decisions))));
        }
        Ok(true)
    }

    /// When the picture in memory was computed.
    #[must_use]
    pub fn computed_at(&self) -> Option<Timestamp> {
        self.loaded.load().as_ref().map(|loaded| loaded.stamp.computed_at)
    }

    /// Whether answering needs the database: then it must not be done on a server's own threads.
    #[must_use]
    pub fn needs_database(question: &Question) -> bool {
        matches!(question, Question::Customer(_))
    }

    /// Answers a question from memory; a customer's history is read from the record.
    ///
    /// # Errors
    /// Nothing computed yet, or nothing under that name.
    pub fn answer(
        &self,
        question: &Question,
        limit: u32,
    ) -> Result<Recommendations, RecommendError> {
        let guard = self.loaded.load();
        let loaded = guard.as_ref().ok_or(RecommendError::NotComputed)?;
        let name = |number| loaded.name(number);
        let ask = Ask { limit, name: &name };
        let model = &loaded.picture.model;
        let (input, context, subject, decision_id) = match question {
            Question::Product(key) => {
                let number = loaded.number(key).ok_or_else(|| unknown("product", key))?;
                let id = &loaded.picture.products[number as usize].id;
                let decision_id = loaded.decisions.get(id).cloned();
                (model.input_for_product(Some(number), ask), "product", id.clone(), decision_id)
            }
            Question::Cart(keys) => {
                let numbers: Vec<u32> = keys
                    .iter()
                    .take(N_CART_MAX)
                    .map(|key| loaded.number(key).unwrap_or(u32::MAX))
                    .collect();
                (model.input_for_cart(&numbers, ask), "cart", keys.join(","), None)
            }
            Question::Customer(key) => {
                let found = self.reader.read_customer(key).map_err(RecommendError::History)?;
                let sales = found.ok_or_else(|| unknown("customer", key))?;
                let bought: Vec<Bought> = sales
                    .bought
                    .iter()
                    .map(|(id, n_orders, day_last)| Bought {
                        product: loaded.number(id).unwrap_or(u32::MAX),
                        n_orders: *n_orders,
                        day_last: *day_last,
                    })
                    .collect();
                (model.input_for_customer(&bought, ask), "customer", sales.customer.id, None)
            }
        };
        let decision = decide::decide(&input, &self.policy, Seed(0));
        Ok(Recommendations {
            context: context.to_owned(),
            subject,
            items: items(loaded, &decision.outcome),
            computed_at: loaded.stamp.computed_at,
            decision_id,
            reasons: ReasonRecord::all(&decision.reasons),
        })
    }

    fn record(&self, loaded: &Loaded) -> Result<usize, RecommendError> {
        let now = self.clock.now();
        let policy = serde_json::to_value(&self.policy).unwrap_or_default();
        let numbers: Vec<u32> = (0..loaded.picture.products.len() as u32)
            .filter(|number| loaded.picture.model.n_baskets_with(*number) > 0)
            .collect();
        let mut n_new = 0;
        for chunk in numbers.chunks(N_DECISIONS_BATCH) {
            let decisions: Vec<NewDecision> =
                chunk.iter().map(|number| self.decision_of(loaded, *number, &policy)).collect();
            let recorded = self.db.write(|tx| mercer_decisions::record(tx, now, &decisions))?;
            n_new += recorded.n_new;
        }
        Ok(n_new)
    }

    fn decision_of(&self, loaded: &Loaded, number: u32, policy: &serde_json::Value) -> NewDecision {
        let name = |number| loaded.name(number);
        let ask = Ask { limit: N_ITEMS_RECORDED, name: &name };
        let input = loaded.picture.model.input_for_product(Some(number), ask);
        let decision = decide::decide(&input, &self.policy, Seed(0));
        let input = self.trimmed(input, &decision);
        let product = &loaded.picture.products[number as usize];
        let chosen: Vec<&str> =
            decision.outcome.items().iter().map(|item| item.product.as_str()).collect();
        let titles: Vec<&str> = chosen
            .iter()
            .take(3)
            .filter_map(|name| loaded.named(name))
            .map(|named| named.title.as_str())
            .collect();
        let summary = match titles.as_slice() {
            [] => "Nothing to suggest beside it yet.".to_owned(),
            _ => format!("Suggest beside it: {}.", titles.join("; ")),
        };
        let mut reasons = ReasonRecord::all(&decision.reasons);
        for item in decision.outcome.items().iter().take(5) {
            if let Some(first) = item.reasons.first() {
                let title = loaded.named(&item.product).map_or("", |named| named.title.as_str());
                let mut reason = ReasonRecord::of(first);
                reason.sentence = format!("{title}: {}", reason.sentence);
                reasons.push(reason);
            }
        }
        NewDecision {
            kind: DECISION_KIND,
            subject: product.id.clone(),
            subject_label: product.title.clone(),
            summary,
            identity: chosen.join(","),
            mode: Mode::Act,
            asks: false,
            policy_version: POLICY_VERSION.to_owned(),
            seed: 0,
            at_stake: None,
            based_on_fact: loaded.stamp.based_on_fact,
            outcome: json!(decision.outcome),
            reasons,
            alternatives: decision.alternatives,
            input: json!(input),
            policy: policy.clone(),
        }
    }

    /// The input without candidates that neither won nor were named as lost, if it still gives
    /// the same outcome: a tenth of the size, and just as replayable.
    fn trimmed(&self, input: Input, decision: &Decision<Outcome, Why>) -> Input {
        let is_named = |name: &str| {
            decision.outcome.items().iter().any(|item| item.product == name)
                || decision.alternatives.iter().any(|lost| lost.name == name)
        };
        let candidates =
            input.candidates.iter().filter(|c| is_named(&c.product)).cloned().collect();
        let small = Input { candidates, ..input.clone() };
        let again = decide::decide(&small, &self.policy, Seed(0));
        if again.outcome == decision.outcome { small } else { input }
    }
}

fn unknown(what: &'static str, name: &str) -> RecommendError {
    RecommendError::Unknown { what, name: name.to_owned() }
}

fn items(loaded: &Loaded, outcome: &Outcome) -> Vec<Recommendation> {
    outcome.items().iter().filter_map(|item| recommendation(loaded, item)).collect()
}

fn recommendation(loaded: &Loaded, item: &Item) -> Option<Recommendation> {
    Some(Recommendation {
        product: RecommendedProduct::of(loaded.named(&item.product)?),
        score: item.score,
        source: match item.source {
            Source::Similar => "similar".to_owned(),
            Source::Popular => "popular".to_owned(),
        },
        reasons: item.reasons.iter().map(ReasonRecord::of).collect(),
    })
}

impl Recompute for Recommender {
    fn name(&self) -> &'static str {
        "recommendations"
    }

    fn recompute(&self, history: &SalesHistory) -> Result<String, HistoryError> {
        let picture = Picture::fit(history, &self.policy);
        let n_products = picture.model.n_products_with_neighbours();
        let n_baskets = picture.model.counted().n_baskets;
        let stamp = mercer_snapshots::Stamp {
            computed_at: self.clock.now(),
            based_on_fact: history.fact_sequence,
        };
        let loaded = Loaded::new(picture, stamp, HashMap::new());
        let n_new = self.record(&loaded)?;
        // After the decisions, so that whoever loads the picture finds them.
        self.db.write(|tx| mercer_snapshots::save(tx, NAME, stamp, &loaded.picture))?;
        self.refresh()?;
        Ok(format!(
            "companions for {n_products} products from {n_baskets} baskets, {n_new} new decisions"
        ))
    }
}
