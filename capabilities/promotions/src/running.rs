//! The promotions that run now, compiled once for all quotes.
//!
//! Compiled again when somebody changed a promotion (the revision rose) or when time started or
//! ended one; until then every quote takes the same picture without a lock.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use jiff::Timestamp;
use mercer_connect::cart::{TraitKind, TraitName};
use mercer_db::{Tx, params};
use mercer_promotions_engine::compile::Compiled;
use mercer_promotions_engine::policy::{Combine, CustomerKind, CustomerName, Policy};

use crate::PromotionsError;
use crate::store::{self, StoredPromotion};

/// Names that the engine's conditions have of themselves.
const USUAL_NAMES: [&str; 5] = ["segment", "tier", "n_orders", "spent_minor", "tags"];

/// The promotions of one span of time, ready to price carts.
pub struct RunningSet {
    /// Of this revision.
    pub revision: i64,
    /// Promotions that run, by falling priority.
    pub promotions: Vec<StoredPromotion>,
    /// Version of the policy as decisions name it.
    pub version: String,
    from: Timestamp,
    until: Timestamp,
    by_priority: Compiled,
    best: Compiled,
    is_kept: AtomicBool,
}

impl RunningSet {
    /// The policy, as the channel combines it.
    #[must_use]
    pub fn compiled(&self, combine: Combine) -> &Compiled {
        match combine {
            Combine::ByPriority => &self.by_priority,
            Combine::BestForCustomer => &self.best,
        }
    }

    /// A promotion that runs.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&StoredPromotion> {
        self.promotions.iter().find(|promotion| promotion.id == id)
    }

    /// Whether a transaction that kept the policy was committed.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.is_kept.load(Ordering::Relaxed)
    }

    /// Notes that a transaction that kept the policy was committed.
    pub fn note_kept(&self) {
        self.is_kept.store(true, Ordering::Relaxed);
    }

    fn is_good(&self, revision: i64, now: Timestamp) -> bool {
        self.revision == revision && self.from <= now && now < self.until
    }
}

/// The latest picture, shared by all threads.
pub struct Running {
    names: Vec<CustomerName>,
    latest: ArcSwapOption<RunningSet>,
    compiling: Mutex<()>,
}

impl Running {
    /// With the names that the shop's systems answer of a customer.
    #[must_use]
    pub fn new(names: &[TraitName]) -> Self {
        Self {
            names: added_names(names),
            latest: ArcSwapOption::empty(),
            compiling: Mutex::new(()),
        }
    }

    /// Names under `customer.` beyond the engine's own.
    #[must_use]
    pub fn customer_names(&self) -> &[CustomerName] {
        &self.names
    }

    /// The promotions that run at an instant.
    ///
    /// # Errors
    /// The database's; promotions that cannot be compiled, which activation refuses.
    pub fn get(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<Arc<RunningSet>, PromotionsError> {
        let revision = store::revision(tx)?;
        if let Some(latest) = self.latest.load_full().filter(|set| set.is_good(revision, now)) {
            return Ok(latest);
        }
        let _one = self.compiling.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(latest) = self.latest.load_full().filter(|set| set.is_good(revision, now)) {
            return Ok(latest);
        }
        let set = Arc::new(self.compile(tx, revision, now)?);
        self.latest.store(Some(Arc::clone(&set)));
        Ok(set)
    }

    fn compile(
        &self,
        tx: &mut Tx<'_>,
        revision: i64,
        now: Timestamp,
    ) -> Result<RunningSet, PromotionsError> {
        let (mut from, mut until) = (Timestamp::MIN, Timestamp::MAX);
        let mut promotions = store::active(tx)?;
        for promotion in &promotions {
            for edge in [promotion.starts_at, promotion.ends_at].into_iter().flatten() {
                if edge <= now {
                    from = from.max(edge);
                } else {
                    until = until.min(edge);
                }
            }
        }
        promotions.retain(|promotion| {
            promotion.starts_at.is_none_or(|at| at <= now)
                && promotion.ends_at.is_none_or(|at| now < at)
        });
        let policy = |combine| Policy {
            combine,
            promotions: promotions.iter().map(|promotion| promotion.definition.clone()).collect(),
            customer_values: self.names.clone(),
        };
        let compile = |combine| {
            policy(combine).compile().map_err(|problems| PromotionsError::Conflict {
                sentence: problems.first().map(ToString::to_string).unwrap_or_default(),
            })
        };
        let text = serde_json::to_string(&policy(Combine::BestForCustomer)).unwrap_or_default();
        Ok(RunningSet {
            revision,
            version: version_of(&text),
            from,
            until,
            by_priority: compile(Combine::ByPriority)?,
            best: compile(Combine::BestForCustomer)?,
            promotions,
            is_kept: AtomicBool::new(false),
        })
    }
}

fn added_names(names: &[TraitName]) -> Vec<CustomerName> {
    let mut added: Vec<CustomerName> = names
        .iter()
        .filter(|name| !USUAL_NAMES.contains(&name.name))
        .map(|name| CustomerName {
            name: name.name.to_owned(),
            kind: match name.kind {
                TraitKind::Flag => CustomerKind::Flag,
                TraitKind::Number => CustomerKind::Number,
                TraitKind::Text => CustomerKind::Text,
                TraitKind::Texts => CustomerKind::Texts,
            },
            sentence: name.sentence.to_owned(),
        })
        .collect();
    added.sort_by(|a, b| a.name.cmp(&b.name));
    added.dedup_by(|a, b| a.name == b.name);
    added
}

fn version_of(policy: &str) -> String {
    format!("offers-{:016x}", xxhash_rust::xxh3::xxh3_64(policy.as_bytes()))
}

/// Keeps the running policy under its version, once, so that a decision under it can be made
/// again.
///
/// # Errors
/// The database's.
pub fn keep_policy(
    tx: &mut Tx<'_>,
    now: Timestamp,
    set: &RunningSet,
) -> Result<(), PromotionsError> {
    let known = tx
        .fetch_optional("SELECT 1 FROM offer_policies WHERE version = $1", params![&set.version])?;
    if known.is_some() {
        return Ok(());
    }
    let definitions: Vec<_> = set.promotions.iter().map(|one| &one.definition).collect();
    let text = serde_json::to_string(&definitions).map_err(|source| PromotionsError::Broken {
        what: "the running promotions".to_owned(),
        source,
    })?;
    tx.execute(
        "INSERT INTO offer_policies (version, promotions, first_used_at) VALUES ($1, $2, $3)
         ON CONFLICT (version) DO NOTHING",
        params![&set.version, text, now.as_microsecond()],
    )?;
    Ok(())
}
