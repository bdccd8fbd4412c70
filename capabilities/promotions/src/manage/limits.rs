//! Limits of promotions, coupons and campaigns as lots in the ledger: opened, raised, lowered,
//! and what is left of them.
//!
//! `promotion_limits` notes what was issued to each account, so that a limit that was changed
//! later is made good by the difference, also of a customer's share that is opened when it is
//! first needed. Using and holding is the quote's.

use std::borrow::Borrow;
use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use mercer_db::{DbError, Tx, Value, params};
use mercer_ledger::account::{AccountKey, NewAccount};
use mercer_ledger::transfer::{Leg, Lots, NewLot, Transfer};
use mercer_ledger::{account, read, transfer};
use mercer_promotions_engine::input::CampaignBudget;
use mercer_promotions_engine::policy::Limits;

use crate::PromotionsError;
use crate::accounts;
use crate::store::{StoredCoupon, StoredPromotion};

/// Account numbers in one statement; shorter lists are padded, so that it is prepared once.
const N_LIST: usize = 64;

/// What is limited, to how much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// The account that counts it.
    pub key: AccountKey,
    /// Uses, or minor units.
    pub max: i64,
    /// Field by which a merchant sets it.
    pub field: &'static str,
    of: Of,
}

/// Whose uses count against a limit that is set while there are some.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Of {
    Promotion {
        id: String,
        customer: Option<String>,
    },
    Coupon {
        code: String,
        customer: Option<String>,
    },
    /// Promotions and coupons of it may change: counts from when the budget is set.
    Campaign,
}

/// Limits of a promotion by everybody: uses and budget.
#[must_use]
pub fn of_promotion(promotion: &StoredPromotion) -> Vec<Limit> {
    let StoredPromotion { id, uses_max, budget_minor_max, .. } = promotion;
    let of = || Of::Promotion { id: id.clone(), customer: None };
    let uses = uses_max.map(|max| (accounts::promotion_uses(id), max, "uses_max"));
    let budget = budget_minor_max.map(|max| (accounts::promotion_budget(id), max, BUDGET));
    let both = uses.into_iter().chain(budget);
    both.map(|(key, max, field)| Limit { key, max, field, of: of() }).collect()
}

/// Limit of a promotion for one customer.
#[must_use]
pub fn of_share(promotion: &StoredPromotion, customer: &str) -> Option<Limit> {
    let id = &promotion.id;
    let max = promotion.customer_uses_max?;
    let of = Of::Promotion { id: id.clone(), customer: Some(customer.to_owned()) };
    Some(Limit { key: accounts::promotion_share(id, customer), max, field: SHARE, of })
}

/// Limits of a code by everybody: uses and budget.
#[must_use]
pub fn of_coupon(coupon: &StoredCoupon) -> Vec<Limit> {
    let StoredCoupon { code, uses_max, budget_minor_max, .. } = coupon;
    let of = || Of::Coupon { code: code.clone(), customer: None };
    let uses = uses_max.map(|max| (accounts::coupon_uses(code), max, "uses_max"));
    let budget = budget_minor_max.map(|max| (accounts::coupon_budget(code), max, BUDGET));
    let both = uses.into_iter().chain(budget);
    both.map(|(key, max, field)| Limit { key, max, field, of: of() }).collect()
}

/// Limit of a code for one customer.
#[must_use]
pub fn of_coupon_share(coupon: &StoredCoupon, customer: &str) -> Option<Limit> {
    let code = &coupon.code;
    let max = coupon.customer_uses_max?;
    let of = Of::Coupon { code: code.clone(), customer: Some(customer.to_owned()) };
    Some(Limit { key: accounts::coupon_share(code, customer), max, field: SHARE, of })
}

/// Budget of a campaign.
#[must_use]
pub fn of_campaign(campaign: &str, budget_minor: i64) -> Limit {
    let key = accounts::campaign_budget(campaign);
    Limit { key, max: budget_minor, field: "budget_minor", of: Of::Campaign }
}

const BUDGET: &str = "budget_minor_max";
const SHARE: &str = "customer_uses_max";

/// Opens the accounts of a promotion's limits by everybody; does nothing when they are open.
///
/// # Errors
/// The ledger's and the database's.
pub fn ensure_promotion(
    tx: &mut Tx<'_>,
    now: Timestamp,
    promotion: &StoredPromotion,
) -> Result<(), PromotionsError> {
    ensure(tx, now, of_promotion(promotion))
}

/// Opens the account of a customer's share of a promotion; does nothing when it is open.
///
/// # Errors
/// The ledger's and the database's.
pub fn ensure_share(
    tx: &mut Tx<'_>,
    now: Timestamp,
    promotion: &StoredPromotion,
    customer: &str,
) -> Result<(), PromotionsError> {
    ensure(tx, now, of_share(promotion, customer).into_iter().collect())
}

/// Opens the account of a customer's share of a code; does nothing when it is open.
///
/// # Errors
/// The ledger's and the database's.
pub fn ensure_coupon_share(
    tx: &mut Tx<'_>,
    now: Timestamp,
    coupon: &StoredCoupon,
    customer: &str,
) -> Result<(), PromotionsError> {
    ensure(tx, now, of_coupon_share(coupon, customer).into_iter().collect())
}

/// Opens all accounts that a quote with these promotions and codes may hold of, by one statement
/// when they are open. `customer` is whoever the shares are counted by.
///
/// # Errors
/// The ledger's and the database's.
pub fn ensure_all(
    tx: &mut Tx<'_>,
    now: Timestamp,
    promotions: &[&StoredPromotion],
    coupons: &[&StoredCoupon],
    customer: Option<&str>,
) -> Result<(), PromotionsError> {
    ensure(tx, now, all_of(promotions, coupons, customer))
}

fn all_of(
    promotions: &[&StoredPromotion],
    coupons: &[&StoredCoupon],
    customer: Option<&str>,
) -> Vec<Limit> {
    let mut limits = Vec::new();
    for promotion in promotions {
        limits.extend(of_promotion(promotion));
        limits.extend(customer.and_then(|customer| of_share(promotion, customer)));
    }
    for coupon in coupons {
        limits.extend(of_coupon(coupon));
        limits.extend(customer.and_then(|customer| of_coupon_share(coupon, customer)));
    }
    limits
}

/// Brings limits to what they say as far as what is used allows. For holds, which must not fail
/// because a merchant lowered a limit below what somebody used: nothing is left then.
pub(crate) fn ensure(
    tx: &mut Tx<'_>,
    now: Timestamp,
    limits: Vec<Limit>,
) -> Result<(), PromotionsError> {
    let known = issued(tx, limits.iter().map(|limit| &limit.key))?;
    // In one order, so that two carts do not wait for each other.
    let mut due: Vec<Limit> =
        limits.into_iter().filter(|limit| known.get(&limit.key.id()) != Some(&limit.max)).collect();
    due.sort_by_key(|limit| limit.key.id());
    for limit in &due {
        bring(tx, now, limit)?;
    }
    Ok(())
}

/// Brings limits to what they say, or refuses with what is used.
///
/// # Errors
/// More is used or held than the new limit allows; the ledger's and the database's.
pub(crate) fn set(
    tx: &mut Tx<'_>,
    now: Timestamp,
    limits: &[Limit],
) -> Result<(), PromotionsError> {
    for limit in limits {
        let over = bring(tx, now, limit)?;
        if over > 0 {
            let (max, used) = (limit.max, limit.max + over);
            return Err(PromotionsError::Invalid {
                field: limit.field.to_owned(),
                sentence: format!(
                    "`{}` cannot be {max}: {used} are used or held already",
                    limit.field
                ),
            });
        }
    }
    Ok(())
}

/// Takes back what is left of a limit that no longer is one. Uses go on to be written down
/// by quotes.
pub(crate) fn lift(
    tx: &mut Tx<'_>,
    now: Timestamp,
    key: &AccountKey,
) -> Result<(), PromotionsError> {
    let row = tx.fetch_optional(
        "UPDATE promotion_limits SET issued = NULL, n_changes = n_changes + 1
         WHERE account_id = $1 AND issued IS NOT NULL RETURNING n_changes",
        params![key.id()],
    )?;
    let Some(row) = row else { return Ok(()) };
    let left = available(tx, now, key)?.0;
    move_between(tx, now, (key, row.get(0)?), -left)
}

/// What was issued to accounts; one without an account, or without a limit now, is not there.
fn issued<'a>(
    tx: &mut Tx<'_>,
    keys: impl Iterator<Item = &'a AccountKey>,
) -> Result<HashMap<i64, i64>, DbError> {
    let ids: Vec<i64> = keys.map(AccountKey::id).collect();
    let marks: Vec<String> = (1..=N_LIST).map(|n| format!("${n}")).collect();
    let sql = format!(
        "SELECT account_id, issued FROM promotion_limits
         WHERE account_id IN ({}) AND issued IS NOT NULL",
        marks.join(", ")
    );
    let mut found = HashMap::new();
    for chunk in ids.chunks(N_LIST) {
        let padding = std::iter::repeat_n(chunk[chunk.len() - 1], N_LIST - chunk.len());
        let values: Vec<Value> = chunk.iter().copied().chain(padding).map(Value::from).collect();
        for row in tx.fetch(&sql, &values)? {
            found.insert(row.get(0)?, row.get(1)?);
        }
    }
    Ok(found)
}

/// What can be taken of an account, and what is held of it.
fn available(
    tx: &mut Tx<'_>,
    now: Timestamp,
    key: &AccountKey,
) -> Result<(i64, i64), PromotionsError> {
    let balances = read::balances(tx, now, std::slice::from_ref(key))?;
    Ok(balances.first().map_or((0, 0), |one| (one.available.max(0), one.held)))
}

/// Issues or takes back the difference between a limit and what was issued; by how much more is
/// used or held than the limit allows, zero if it is not. The row of the limit is changed first,
/// so that two at once wait for each other and the second finds it done.
fn bring(tx: &mut Tx<'_>, now: Timestamp, limit: &Limit) -> Result<i64, PromotionsError> {
    let id = limit.key.id();
    tx.execute(
        "INSERT INTO promotion_limits (account_id, issued, n_changes) VALUES ($1, NULL, 0)
         ON CONFLICT (account_id) DO NOTHING",
        params![id],
    )?;
    let row = tx.fetch_optional(
        "UPDATE promotion_limits SET n_changes = n_changes + 1
         WHERE account_id = $1 AND (issued IS NULL OR issued <> $2)
         RETURNING issued, n_changes",
        params![id, limit.max],
    )?;
    let Some(row) = row else { return Ok(0) };
    let (before, n_changes) = (row.get::<Option<i64>>(0)?, row.get::<i64>(1)?);
    let (left, held) = available(tx, now, &limit.key)?;
    let before = match before {
        Some(issued) => issued,
        None => {
            let [counted, issued, used] =
                [limit.key.clone(), accounts::issued(&limit.key), accounts::used(&limit.key)]
                    .map(NewAccount::counted);
            account::open(tx, &[counted, issued, used])?;
            left + held + used_before(tx, &limit.of, limit.field)?
        }
    };
    let wanted = limit.max - before;
    let moved = wanted.max(-left);
    move_between(tx, now, (&limit.key, n_changes), moved)?;
    tx.execute(
        "UPDATE promotion_limits SET issued = $2 WHERE account_id = $1",
        params![id, before + moved],
    )?;
    Ok(moved - wanted)
}

/// Uses, or minor units, from before there was a limit.
fn used_before(tx: &mut Tx<'_>, of: &Of, field: &str) -> Result<i64, DbError> {
    let (column, id, customer) = match of {
        Of::Promotion { id, customer } => ("promotion_id", id, customer),
        Of::Coupon { code, customer } => ("coupon", code, customer),
        Of::Campaign => return Ok(0),
    };
    let counted = if field == BUDGET { "COALESCE(SUM(u.amount_minor), 0)" } else { "COUNT(*)" };
    let (join, by_customer) = match customer {
        Some(_) => (" JOIN quotes q ON q.id = u.quote_id", " AND q.customer_id = $2"),
        None => ("", ""),
    };
    let sql = format!(
        "SELECT CAST({counted} AS BIGINT) FROM quote_uses u{join}
         WHERE u.{column} = $1{by_customer}"
    );
    let values: Vec<Value> =
        [Some(id), customer.as_ref()].into_iter().flatten().map(Value::from).collect();
    tx.fetch_value(&sql, &values)
}

/// Issues a quantity to an account, or takes it back when it is below zero.
fn move_between(
    tx: &mut Tx<'_>,
    now: Timestamp,
    (key, n_changes): (&AccountKey, i64),
    quantity: i64,
) -> Result<(), PromotionsError> {
    if quantity == 0 {
        return Ok(());
    }
    let issues = quantity > 0;
    let name = format!("limit:{}:{}:{n_changes}", key.unit, key.owner);
    let lots = match issues {
        true => Lots::New(NewLot { origin: name.clone(), priority: 0, expires_at: None }),
        false => Lots::Next,
    };
    let (from, to) = match issues {
        true => (accounts::issued(key), key.clone()),
        false => (key.clone(), accounts::issued(key)),
    };
    let reason = if issues { "limit_raised" } else { "limit_lowered" };
    let posted = transfer::transfer(
        tx,
        now,
        &Transfer {
            key: name,
            subject: key.owner.clone(),
            reason: reason.to_owned(),
            legs: vec![Leg { line: 0, from, to, quantity: quantity.abs(), lots }],
        },
    )?;
    debug_assert!(posted.is_new, "every change has a number of its own");
    Ok(())
}

/// What is left of a code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CouponLeft {
    /// Uses by everybody; none without limit.
    pub uses_left: Option<i64>,
    /// Uses by this customer; none without limit.
    pub customer_uses_left: Option<i64>,
    /// Minor units; none without limit.
    pub budget_minor_left: Option<i64>,
}

/// What is left of everything that a cart may use.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Left {
    /// By id of the promotion.
    pub promotions: BTreeMap<String, Limits>,
    /// By code, as keys.
    pub coupons: BTreeMap<String, CouponLeft>,
    /// Budgets of the promotions' campaigns.
    pub campaigns: Vec<CampaignBudget>,
}

/// What is left of all limits of promotions, codes and the promotions' campaigns, by three
/// statements, or none where nothing is limited. An account that is not open yet has its whole
/// limit left; so has the share of a customer without an id. A campaign without a budget has
/// nothing.
///
/// # Errors
/// The ledger's and the database's.
pub fn left<P: Borrow<StoredPromotion>>(
    tx: &mut Tx<'_>,
    now: Timestamp,
    promotions: &[P],
    coupons: &[&StoredCoupon],
    customer: Option<&str>,
) -> Result<Left, PromotionsError> {
    let promotions: Vec<&StoredPromotion> = promotions.iter().map(Borrow::borrow).collect();
    let mut campaigns: Vec<&str> =
        promotions.iter().filter_map(|p| p.campaign_id.as_deref()).collect();
    campaigns.sort_unstable();
    campaigns.dedup();
    let budgets: Vec<Limit> = campaigns.iter().map(|id| of_campaign(id, 0)).collect();
    let mut limits = all_of(&promotions, coupons, customer);
    limits.extend(budgets.iter().cloned());
    let left = Found::read(tx, now, &limits)?;
    let mut found = Left::default();
    for promotion in promotions {
        let [uses, budget] = left.by_field(&of_promotion(promotion));
        let share = customer.and_then(|customer| of_share(promotion, customer));
        let limits = Limits {
            uses_left: uses,
            customer_uses_left: left.of_share(share, promotion.customer_uses_max),
            budget_minor_left: budget,
        };
        found.promotions.insert(promotion.id.clone(), limits);
    }
    for coupon in coupons {
        let [uses_left, budget_minor_left] = left.by_field(&of_coupon(coupon));
        let share = customer.and_then(|customer| of_coupon_share(coupon, customer));
        let customer_uses_left = left.of_share(share, coupon.customer_uses_max);
        let left = CouponLeft { uses_left, customer_uses_left, budget_minor_left };
        found.coupons.insert(coupon.code.clone(), left);
    }
    found.campaigns = campaigns
        .iter()
        .zip(&budgets)
        .map(|(id, budget)| CampaignBudget {
            campaign: (*id).to_owned(),
            budget_minor_left: left.of(budget),
        })
        .collect();
    Ok(found)
}

/// What was issued to accounts that are open, and what can be taken of it.
struct Found(HashMap<i64, (i64, i64)>);

impl Found {
    fn read(tx: &mut Tx<'_>, now: Timestamp, limits: &[Limit]) -> Result<Self, PromotionsError> {
        let known = issued(tx, limits.iter().map(|limit| &limit.key))?;
        let open: Vec<AccountKey> = limits
            .iter()
            .filter(|limit| known.contains_key(&limit.key.id()))
            .map(|limit| limit.key.clone())
            .collect();
        if open.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        let balances = read::balances(tx, now, &open)?;
        let left = balances.into_iter().map(|one| {
            let id = one.key.id();
            (id, (known.get(&id).copied().unwrap_or(0), one.available))
        });
        Ok(Self(left.collect()))
    }

    /// What is left; a limit that was changed since its account was opened counts as it is now.
    fn of(&self, limit: &Limit) -> i64 {
        match self.0.get(&limit.key.id()) {
            None => limit.max,
            Some((_, available)) if limit.of == Of::Campaign => (*available).max(0),
            Some((issued, available)) => (limit.max - issued + available).max(0),
        }
    }

    /// Uses and budget of one promotion or code.
    fn by_field(&self, limits: &[Limit]) -> [Option<i64>; 2] {
        ["uses_max", BUDGET].map(|field| {
            limits.iter().find(|limit| limit.field == field).map(|limit| self.of(limit))
        })
    }

    fn of_share(&self, share: Option<Limit>, max: Option<i64>) -> Option<i64> {
        share.map_or(max, |share| Some(self.of(&share)))
    }
}
