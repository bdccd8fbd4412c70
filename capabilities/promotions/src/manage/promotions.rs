//! Promotions written down, changed, set to run, paused and ended; and how they are shown.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mercer_core::fact::NewFact;
use mercer_core::id::{Id, PromotionKind};
use mercer_db::{Conditions, DbError, Direction, Tx, params};
use mercer_http::page::Keyed;
use mercer_promotions_engine::policy::{Combine, N_PROMOTIONS_MAX, Policy, Promotion};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::manage::draft::{self, Definition, PromotionDraft};
use crate::manage::uses::{self, Amount};
use crate::manage::{Promotions, campaigns, invalid, limits};
use crate::store::{self, PROMOTION_COLUMNS, PromotionState, StoredPromotion, promotion_of_row};
use crate::{PromotionsError, accounts};

/// A promotion with what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PromotionView {
    /// `prm_…`.
    pub id: String,
    /// What the customer reads.
    pub name: String,
    /// Where it stands.
    pub state: PromotionState,
    /// Whether it is active and within its dates.
    pub is_running: bool,
    /// Rises with every change; give it back with a change.
    pub revision: i64,
    /// What it does, for people.
    #[schema(example = "10 % off all lines of category Tea, from 30.00 GBP, with coupon.")]
    pub sentence: String,
    /// What it gives and when.
    #[schema(value_type = Object)]
    pub definition: Definition,
    /// From when on.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<Timestamp>,
    /// Until when.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Timestamp>,
    /// Uses by everybody.
    pub uses_max: Option<i64>,
    /// Uses by one customer.
    pub customer_uses_max: Option<i64>,
    /// Minor units that it may give away.
    pub budget_minor_max: Option<i64>,
    /// The campaign whose budget it draws from.
    pub campaign: Option<String>,
    /// Uses by orders so far.
    pub n_uses: i64,
    /// Discounts given by orders so far, by currency.
    pub discounts_given: Vec<Amount>,
    /// Uses left, without those that are held; null without limit.
    pub uses_left: Option<i64>,
    /// Minor units left to give away, without what is held; null without limit.
    pub budget_minor_left: Option<i64>,
    /// When it was written first.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was changed last.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Timestamp,
}

/// Which promotions to list.
#[derive(Debug, Clone, Default)]
pub struct PromotionFilter {
    /// Words in name, tags, campaign or id.
    pub text: Option<String>,
    /// Where they stand.
    pub state: Option<PromotionState>,
    /// Instant and id of the last one seen.
    pub after: Option<(i64, String)>,
}

/// A page of promotions, those written last first: one statement for the rows, one for what they
/// gave, three for what is left.
///
/// # Errors
/// The ledger's and the database's.
pub fn list(
    tx: &mut Tx<'_>,
    (now, zone): (Timestamp, &TimeZone),
    filter: &PromotionFilter,
    n_max: usize,
) -> Result<Vec<Keyed<i64, PromotionView>>, PromotionsError> {
    let mut conditions = Conditions::default();
    conditions.add_optional("state = ?", filter.state.map(PromotionState::name));
    conditions.add_search("search_text", filter.text.as_deref());
    conditions.add_after(("created_at", "id"), Direction::Falling, filter.after.clone());
    let limit = conditions.value(n_max as i64);
    let sql = format!(
        "SELECT {PROMOTION_COLUMNS} FROM promotions {}
         ORDER BY created_at DESC, id DESC LIMIT {limit}",
        conditions.sql()
    );
    let rows = tx.fetch(&sql, conditions.values())?;
    let stored = rows.iter().map(promotion_of_row).collect::<Result<Vec<_>, _>>()?;
    let views = views(tx, (now, zone), stored)?;
    let keyed = |view: PromotionView| ((view.created_at.as_microsecond(), view.id.clone()), view);
    Ok(views.into_iter().map(keyed).collect())
}

/// How many promotions match.
///
/// # Errors
/// The database's.
pub fn count(tx: &mut Tx<'_>, filter: &PromotionFilter) -> Result<i64, DbError> {
    let mut conditions = Conditions::default();
    conditions.add_optional("state = ?", filter.state.map(PromotionState::name));
    conditions.add_search("search_text", filter.text.as_deref());
    let sql = format!("SELECT COUNT(*) FROM promotions {}", conditions.sql());
    tx.fetch_value(&sql, conditions.values())
}

/// One promotion.
///
/// # Errors
/// There is none of this id; the ledger's and the database's.
pub fn view(
    tx: &mut Tx<'_>,
    (now, zone): (Timestamp, &TimeZone),
    id: &str,
) -> Result<PromotionView, PromotionsError> {
    let stored = find(tx, id)?;
    views(tx, (now, zone), vec![stored])?.pop().ok_or_else(|| DbError::NoRow.into())
}

fn find(tx: &mut Tx<'_>, id: &str) -> Result<StoredPromotion, PromotionsError> {
    let unknown = || PromotionsError::Unknown { what: "promotion", id: id.to_owned() };
    store::promotion(tx, id)?.ok_or_else(unknown)
}

/// The promotion of an id, which nobody else changes until the transaction ends.
fn find_to_change(tx: &mut Tx<'_>, id: &str) -> Result<StoredPromotion, PromotionsError> {
    let lock = tx.backend().for_update();
    let sql = format!("SELECT {PROMOTION_COLUMNS} FROM promotions WHERE id = $1{lock}");
    let row = tx.fetch_optional(&sql, params![id])?;
    let unknown = || PromotionsError::Unknown { what: "promotion", id: id.to_owned() };
    promotion_of_row(&row.ok_or_else(unknown)?)
}

fn views(
    tx: &mut Tx<'_>,
    (now, zone): (Timestamp, &TimeZone),
    stored: Vec<StoredPromotion>,
) -> Result<Vec<PromotionView>, PromotionsError> {
    let ids: Vec<&str> = stored.iter().map(|one| one.id.as_str()).collect();
    let given = uses::given(tx, &ids)?;
    let left = limits::left(tx, now, &stored, &[], None)?;
    let view = |one: StoredPromotion| {
        let draft = PromotionDraft::of(&one);
        let given = given.get(&one.id).cloned().unwrap_or_default();
        let left = left.promotions.get(&one.id).cloned().unwrap_or_default();
        PromotionView {
            is_running: is_running(&one, now),
            sentence: draft.sentence(now, zone),
            id: one.id,
            name: draft.name,
            state: one.state,
            revision: one.revision,
            definition: draft.definition,
            starts_at: one.starts_at,
            ends_at: one.ends_at,
            uses_max: one.uses_max,
            customer_uses_max: one.customer_uses_max,
            budget_minor_max: one.budget_minor_max,
            campaign: one.campaign_id,
            n_uses: given.n_uses,
            discounts_given: given.discounts,
            uses_left: left.uses_left,
            budget_minor_left: left.budget_minor_left,
            created_at: one.created_at,
            changed_at: one.changed_at,
        }
    };
    Ok(stored.into_iter().map(view).collect())
}

fn is_running(one: &StoredPromotion, now: Timestamp) -> bool {
    one.state == PromotionState::Active
        && one.starts_at.is_none_or(|at| at <= now)
        && one.ends_at.is_none_or(|at| now < at)
}

/// Writes a draft down; its id.
///
/// # Errors
/// Anything that is wrong with it; the database's.
pub fn create(
    promotions: &Promotions,
    tx: &mut Tx<'_>,
    now: Timestamp,
    draft: &PromotionDraft,
) -> Result<String, PromotionsError> {
    if draft.revision.is_some() {
        return Err(invalid("revision", "a new promotion has no revision: leave it out"));
    }
    refuse_problems(promotions, tx, draft)?;
    let id = Id::<PromotionKind>::random(now, &*promotions.context.entropy).to_string();
    let stored = StoredPromotion {
        id: id.clone(),
        state: PromotionState::Draft,
        definition: draft.promotion(&id),
        starts_at: draft.starts_at,
        ends_at: draft.ends_at,
        uses_max: draft.uses_max,
        customer_uses_max: draft.customer_uses_max,
        budget_minor_max: draft.budget_minor_max,
        campaign_id: draft.campaign.clone(),
        revision: 1,
        created_at: now,
        changed_at: now,
    };
    write(tx, &stored)?;
    tell(tx, now, &stored, "promotion.drafted")?;
    Ok(id)
}

/// Changes a promotion that was read at a revision. Where it was set to run, changed limits issue
/// or take back the difference.
///
/// # Errors
/// No revision; it was changed meanwhile, or is ended; anything that is wrong with it; a limit below what is
/// used; the ledger's and the database's.
pub fn change(
    promotions: &Promotions,
    tx: &mut Tx<'_>,
    now: Timestamp,
    id: &str,
    draft: &PromotionDraft,
) -> Result<(), PromotionsError> {
    let needed =
        || invalid("revision", "`revision` is needed: the one that the change was made for");
    let revision = draft.revision.ok_or_else(needed)?;
    let old = find_to_change(tx, id)?;
    if old.revision != revision {
        let sentence = format!(
            "the promotion was changed meanwhile: it has revision {}, the change was made for \
             {revision}; read it again",
            old.revision
        );
        return Err(PromotionsError::Conflict { sentence });
    }
    if old.state == PromotionState::Ended {
        let sentence = "an ended promotion stays as it is: write a new one".to_owned();
        return Err(PromotionsError::Conflict { sentence });
    }
    refuse_problems(promotions, tx, draft)?;
    let new = StoredPromotion {
        definition: draft.promotion(id),
        starts_at: draft.starts_at,
        ends_at: draft.ends_at,
        uses_max: draft.uses_max,
        customer_uses_max: draft.customer_uses_max,
        budget_minor_max: draft.budget_minor_max,
        campaign_id: draft.campaign.clone(),
        revision: revision + 1,
        changed_at: now,
        ..old.clone()
    };
    if new.state != PromotionState::Draft {
        move_limits(tx, now, &old, &new)?;
    }
    if new.state == PromotionState::Active {
        refuse_policy(promotions, tx, &new.definition)?;
    }
    write(tx, &new)?;
    tell(tx, now, &new, "promotion.changed")
}

fn move_limits(
    tx: &mut Tx<'_>,
    now: Timestamp,
    old: &StoredPromotion,
    new: &StoredPromotion,
) -> Result<(), PromotionsError> {
    let id = &new.id;
    let is_counted = old.budget_minor_max.is_some() && new.budget_minor_max.is_some();
    if is_counted && old.definition.currency != new.definition.currency {
        let sentence = "the budget is counted in the promotion's currency, which therefore stays";
        return Err(invalid("definition.currency", sentence));
    }
    if old.uses_max.is_some() && new.uses_max.is_none() {
        limits::lift(tx, now, &accounts::promotion_uses(id))?;
    }
    if old.budget_minor_max.is_some() && new.budget_minor_max.is_none() {
        limits::lift(tx, now, &accounts::promotion_budget(id))?;
    }
    limits::set(tx, now, &limits::of_promotion(new))
}

/// What a merchant may do with a promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Let it run, within its dates.
    Activate,
    /// Give nothing for now.
    Pause,
    /// End it for good.
    End,
}

/// Takes a step; one that was taken already changes nothing.
///
/// # Errors
/// Its state does not allow it, it cannot run as it is written, a limit is below what is used;
/// the ledger's and the database's.
pub fn step(
    promotions: &Promotions,
    tx: &mut Tx<'_>,
    now: Timestamp,
    (id, step): (&str, Step),
) -> Result<(), PromotionsError> {
    use PromotionState::{Active, Draft, Ended, Paused};
    let old = find_to_change(tx, id)?;
    let (state, kind) = match step {
        Step::Activate => (Active, "promotion.activated"),
        Step::Pause => (Paused, "promotion.paused"),
        Step::End => (Ended, "promotion.ended"),
    };
    if old.state == state {
        return Ok(());
    }
    let stands = |why: &str| PromotionsError::Conflict { sentence: why.to_owned() };
    match (old.state, step) {
        (Ended, _) => return Err(stands("the promotion is ended for good: write a new one")),
        (Draft, Step::Pause) => return Err(stands("a draft does not run, so it cannot be paused")),
        (_, Step::Activate) => {
            if old.ends_at.is_some_and(|at| at <= now) {
                let sentence = "its end is past: move `ends_at`, then activate it";
                return Err(invalid("ends_at", sentence));
            }
            refuse_problems(promotions, tx, &PromotionDraft::of(&old))?;
            refuse_policy(promotions, tx, &old.definition)?;
            limits::set(tx, now, &limits::of_promotion(&old))?;
        }
        (Draft | Active | Paused, Step::Pause | Step::End) => {}
    }
    let new = StoredPromotion { state, revision: old.revision + 1, changed_at: now, ..old };
    write(tx, &new)?;
    tell(tx, now, &new, kind)
}

/// Refuses a draft with the first thing that is wrong with it.
fn refuse_problems(
    promotions: &Promotions,
    tx: &mut Tx<'_>,
    draft: &PromotionDraft,
) -> Result<(), PromotionsError> {
    let campaign = match &draft.campaign {
        Some(id) => campaigns::find(tx, id)?,
        None => None,
    };
    let names = promotions.running.customer_names();
    match draft::problems(draft, campaign.as_ref(), names).into_iter().next() {
        Some(problem) => Err(invalid(&problem.field, problem.sentence)),
        None => Ok(()),
    }
}

/// Refuses a promotion with which the active ones could not be used any more.
fn refuse_policy(
    promotions: &Promotions,
    tx: &mut Tx<'_>,
    one: &Promotion,
) -> Result<(), PromotionsError> {
    let mut all: Vec<Promotion> =
        store::active(tx)?.into_iter().map(|stored| stored.definition).collect();
    all.retain(|other| other.id != one.id);
    if all.len() >= N_PROMOTIONS_MAX {
        let sentence = format!(
            "{N_PROMOTIONS_MAX} promotions are active already, the most that may be: end some first"
        );
        return Err(PromotionsError::Conflict { sentence });
    }
    all.push(one.clone());
    let policy = Policy {
        combine: Combine::BestForCustomer,
        promotions: all,
        customer_values: promotions.running.customer_names().to_vec(),
    };
    let refused = |problems: Vec<mercer_promotions_engine::error::PolicyError>| {
        let first = problems.first().map(ToString::to_string).unwrap_or_default();
        PromotionsError::Conflict { sentence: first }
    };
    policy.compile().map(|_| ()).map_err(refused)
}

fn write(tx: &mut Tx<'_>, one: &StoredPromotion) -> Result<(), PromotionsError> {
    let definition = serde_json::to_string(&one.definition).map_err(|source| {
        PromotionsError::Broken { what: format!("promotion {}", one.id), source }
    })?;
    let micros = |at: Option<Timestamp>| at.map(Timestamp::as_microsecond);
    let campaign = one.campaign_id.as_deref().unwrap_or_default();
    let tags = one.definition.tags.join(" ");
    let search = format!("{} {tags} {campaign} {}", one.definition.name, one.id).to_lowercase();
    tx.execute(
        "INSERT INTO promotions
           (id, name, state, priority, definition, starts_at, ends_at, uses_max,
            customer_uses_max, budget_minor_max, campaign_id, search_text, revision, created_at,
            changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         ON CONFLICT (id) DO UPDATE SET
           name = EXCLUDED.name, state = EXCLUDED.state, priority = EXCLUDED.priority,
           definition = EXCLUDED.definition, starts_at = EXCLUDED.starts_at,
           ends_at = EXCLUDED.ends_at, uses_max = EXCLUDED.uses_max,
           customer_uses_max = EXCLUDED.customer_uses_max,
           budget_minor_max = EXCLUDED.budget_minor_max, campaign_id = EXCLUDED.campaign_id,
           search_text = EXCLUDED.search_text, revision = EXCLUDED.revision,
           changed_at = EXCLUDED.changed_at",
        params![
            &one.id,
            &one.definition.name,
            one.state.name(),
            i64::from(one.definition.priority),
            definition,
            micros(one.starts_at),
            micros(one.ends_at),
            one.uses_max,
            one.customer_uses_max,
            one.budget_minor_max,
            one.campaign_id.clone(),
            search,
            one.revision,
            one.created_at.as_microsecond(),
            one.changed_at.as_microsecond(),
        ],
    )?;
    Ok(())
}

fn tell(
    tx: &mut Tx<'_>,
    now: Timestamp,
    one: &StoredPromotion,
    kind: &'static str,
) -> Result<(), PromotionsError> {
    let fact = NewFact {
        kind,
        subject: one.id.clone(),
        occurred_at: now,
        payload: json!({ "state": one.state, "revision": one.revision }),
    };
    mercer_facts::append(tx, now, &[fact])?;
    store::raise_revision(tx)?;
    Ok(())
}
