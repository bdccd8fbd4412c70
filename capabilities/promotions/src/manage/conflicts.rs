//! Which promotions get in each other's way, in words.
//!
//! Looks at what is written, not at carts: targets by rule are not compared.

use std::collections::HashSet;

use jiff::Timestamp;
use mercer_db::{Tx, params};
use mercer_promotions_engine::input::{AMOUNT_MINOR_MAX, QUANTITY_MAX};
use mercer_promotions_engine::policy::{Action, Activation, Minimum, Promotion, Stacks, Target};
use serde::Serialize;
use utoipa::ToSchema;

use crate::PromotionsError;
use crate::manage::describe;
use crate::store::{self, StoredPromotion};

/// Most conflicts of one answer: five screens; whoever has more looks at one promotion at a time.
pub const N_CONFLICTS_MAX: usize = 500;

/// How two promotions get in each other's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConflictKind {
    /// It can never apply.
    NeverApplies,
    /// A code opens another promotion already.
    SameCoupon,
    /// One of them applies alone.
    Exclusive,
    /// Their tags do not let them be applied together.
    DoesNotStack,
    /// Both take off the same lines, one after the other.
    SameLines,
}

/// Two promotions that get in each other's way, or one that never applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Conflict {
    /// How.
    pub kind: ConflictKind,
    /// The promotion that is looked at; null for a draft without an id.
    pub promotion: Option<String>,
    /// The other one; null where there is none.
    pub other: Option<String>,
    /// The same for people.
    pub sentence: String,
}

/// Whether channels apply promotions by priority, for what depends on it.
///
/// # Errors
/// The database's.
pub fn is_by_priority(tx: &mut Tx<'_>) -> Result<bool, PromotionsError> {
    let n: i64 = tx.fetch_value(
        "SELECT COUNT(*) FROM offer_settings WHERE combine = 'by_priority'",
        params![],
    )?;
    Ok(n > 0)
}

/// The conflicts of a draft with the active promotions whose dates meet its own. `codes` are
/// coupons that are to open it.
///
/// # Errors
/// The database's.
pub fn of_draft(
    tx: &mut Tx<'_>,
    now: Timestamp,
    draft: &StoredPromotion,
    codes: &[String],
) -> Result<Vec<Conflict>, PromotionsError> {
    let by_priority = is_by_priority(tx)?;
    let mut found = Vec::new();
    found.extend(never(draft, now).map(|sentence| Conflict {
        kind: ConflictKind::NeverApplies,
        promotion: None,
        other: None,
        sentence,
    }));
    for code in codes {
        let coupon = store::coupon(tx, code)?.filter(|coupon| coupon.promotion_id != draft.id);
        let Some(coupon) = coupon else { continue };
        let name = store::promotion(tx, &coupon.promotion_id)?
            .map_or_else(|| coupon.promotion_id.clone(), |other| other.definition.name);
        found.push(Conflict {
            kind: ConflictKind::SameCoupon,
            promotion: None,
            other: Some(coupon.promotion_id),
            sentence: format!("The code {} opens “{name}” already.", coupon.shown),
        });
    }
    for other in store::active(tx)? {
        if other.id != draft.id && meet(draft, &other) {
            let pair = between(&draft.definition, &other.definition, by_priority);
            found.extend(pair.map(|conflict| Conflict { promotion: None, ..conflict }));
        }
    }
    found.sort_by_key(|conflict| conflict.kind);
    found.truncate(N_CONFLICTS_MAX);
    Ok(found)
}

/// The conflicts among the active promotions, worst first, and whether there are more than are
/// told.
///
/// # Errors
/// The database's.
pub fn among_active(
    tx: &mut Tx<'_>,
    now: Timestamp,
) -> Result<(Vec<Conflict>, bool), PromotionsError> {
    let by_priority = is_by_priority(tx)?;
    let active: Vec<StoredPromotion> = store::active(tx)?
        .into_iter()
        .filter(|one| one.ends_at.is_none_or(|at| now < at))
        .collect();
    let mut found = Vec::new();
    for (place, one) in active.iter().enumerate() {
        for other in &active[place + 1..] {
            if meet(one, other) {
                found.extend(between(&one.definition, &other.definition, by_priority));
            }
        }
    }
    found.sort_by_key(|conflict| conflict.kind);
    let is_cut = found.len() > N_CONFLICTS_MAX;
    found.truncate(N_CONFLICTS_MAX);
    Ok((found, is_cut))
}

/// Whether two promotions run at the same time at all.
fn meet(one: &StoredPromotion, other: &StoredPromotion) -> bool {
    let ends_before = |a: &StoredPromotion, b: &StoredPromotion| matches!((a.ends_at, b.starts_at), (Some(end), Some(start)) if end <= start);
    !ends_before(one, other) && !ends_before(other, one)
}

/// Why a promotion can never apply, whatever else runs.
fn never(one: &StoredPromotion, now: Timestamp) -> Option<String> {
    if one.ends_at.is_some_and(|at| at <= now) {
        return Some("It can never apply: its end is past.".to_owned());
    }
    let minimum = one.definition.minimum.as_ref()?;
    if minimum.amount_minor.is_some_and(|minor| minor > AMOUNT_MINOR_MAX)
        || minimum.quantity.is_some_and(|quantity| quantity > QUANTITY_MAX)
    {
        return Some("It can never apply: its minimum is above what a cart may hold.".to_owned());
    }
    None
}

/// The worst conflict of two promotions that run at the same time.
fn between(one: &Promotion, other: &Promotion, by_priority: bool) -> Option<Conflict> {
    if one.currency.zip(other.currency).is_some_and(|(a, b)| a != b) {
        return None;
    }
    let conflict = |kind, sentence| Conflict {
        kind,
        promotion: Some(one.id.clone()),
        other: Some(other.id.clone()),
        sentence,
    };
    if by_priority {
        for (over, under) in [(one, other), (other, one)] {
            if always_before(over, under) {
                let sentence = format!(
                    "“{}” can never apply where promotions go by priority: {} “{}”, which \
                     applies alone and comes first.",
                    under.name,
                    minimum_words(over, under),
                    over.name
                );
                return Some(conflict(ConflictKind::NeverApplies, sentence));
            }
        }
    }
    if let Some(sentence) = exclusive(one, other) {
        return Some(conflict(ConflictKind::Exclusive, sentence));
    }
    let (first, second) = in_order(one, other);
    let agree = |a: &Promotion, b: &Promotion| match &a.stacks {
        Stacks::All => true,
        Stacks::Only { tags } => b.tags.iter().any(|tag| tags.contains(tag)),
        Stacks::Never { tags } => !b.tags.iter().any(|tag| tags.contains(tag)),
    };
    if !agree(one, other) || !agree(other, one) {
        let sentence = format!(
            "“{}” and “{}” do not stack: a cart gets one of them.",
            first.name, second.name
        );
        return Some(conflict(ConflictKind::DoesNotStack, sentence));
    }
    let what = shared(one, other)?;
    let sentence = format!(
        "“{}” and “{}” both take off {what}, “{}” first.",
        first.name, second.name, first.name
    );
    Some(conflict(ConflictKind::SameLines, sentence))
}

fn in_order<'a>(one: &'a Promotion, other: &'a Promotion) -> (&'a Promotion, &'a Promotion) {
    let is_first = (other.priority, &one.id) < (one.priority, &other.id);
    if is_first { (one, other) } else { (other, one) }
}

fn exclusive(one: &Promotion, other: &Promotion) -> Option<String> {
    match (one.exclusive, other.exclusive) {
        (true, true) => Some(format!(
            "“{}” and “{}” both apply alone: a cart gets one of them.",
            one.name, other.name
        )),
        (true, false) => Some(alone(one, other)),
        (false, true) => Some(alone(other, one)),
        (false, false) => None,
    }
}

fn alone(over: &Promotion, under: &Promotion) -> String {
    format!("Where “{}” applies, it applies alone, without “{}”.", over.name, under.name)
}

/// Whether `over` applies, alone and first, to every cart to which `under` could.
fn always_before(over: &Promotion, under: &Promotion) -> bool {
    let none = Minimum::default();
    let (least, needed) =
        (over.minimum.as_ref().unwrap_or(&none), under.minimum.as_ref().unwrap_or(&none));
    let reaches = |over: Option<i64>, under: Option<i64>| over.unwrap_or(0) <= under.unwrap_or(0);
    over.exclusive
        && std::ptr::eq(in_order(over, under).0, over)
        && over.activation == Activation::Automatic
        && over.condition.is_none()
        && (over.currency.is_none() || over.currency == under.currency)
        && covers(&over.target, &under.target)
        && matches!(over.action, Action::Percentage { .. } | Action::FixedAmount { .. })
        && reaches(least.amount_minor, needed.amount_minor)
        && reaches(least.quantity, needed.quantity)
}

fn minimum_words(over: &Promotion, under: &Promotion) -> &'static str {
    let has = |one: &Promotion| one.minimum.as_ref().is_some_and(|m| *m != Minimum::default());
    match (has(over), has(under)) {
        (true, _) => "its minimum is not below that of",
        (false, true) => "its minimum is above that of",
        (false, false) => "every cart that has its lines gets",
    }
}

/// Whether every line of `inner` surely lies in `outer`.
fn covers(outer: &Target, inner: &Target) -> bool {
    let within = |outer: &[String], inner: &[String]| {
        let outer: HashSet<&String> = outer.iter().collect();
        inner.iter().all(|value| outer.contains(value))
    };
    match (outer, inner) {
        (Target::All, _) => true,
        (Target::Skus { values: a }, Target::Skus { values: b })
        | (Target::Products { values: a }, Target::Products { values: b })
        | (Target::Categories { values: a }, Target::Categories { values: b })
        | (Target::Tags { values: a }, Target::Tags { values: b }) => within(a, b),
        (Target::Rule { rule: a }, Target::Rule { rule: b }) => a.trim() == b.trim(),
        _ => false,
    }
}

/// What both take off, in words; none when they take off different things, or nobody can tell.
fn shared(one: &Promotion, other: &Promotion) -> Option<String> {
    let is_shipping = |one: &Promotion| matches!(one.action, Action::Shipping { .. });
    match (is_shipping(one), is_shipping(other)) {
        (true, true) => return Some("the shipping".to_owned()),
        (true, false) | (false, true) => return None,
        (false, false) => {}
    }
    let is_gift = |one: &Promotion| matches!(one.action, Action::Gift { .. });
    if is_gift(one) || is_gift(other) {
        return None;
    }
    if covers(&one.target, &other.target) {
        return Some(describe::lines(&other.target));
    }
    if covers(&other.target, &one.target) {
        return Some(describe::lines(&one.target));
    }
    meeting(&one.target, &other.target).map(|target| describe::lines(&target))
}

/// The lines of two targets of one kind, where their values say so.
fn meeting(one: &Target, other: &Target) -> Option<Target> {
    let both = |a: &[String], b: &[String]| -> Option<Vec<String>> {
        let a: HashSet<&String> = a.iter().collect();
        let values: Vec<String> = b.iter().filter(|value| a.contains(value)).cloned().collect();
        (!values.is_empty()).then_some(values)
    };
    match (one, other) {
        (Target::Skus { values: a }, Target::Skus { values: b }) => {
            both(a, b).map(|values| Target::Skus { values })
        }
        (Target::Products { values: a }, Target::Products { values: b }) => {
            both(a, b).map(|values| Target::Products { values })
        }
        (Target::Categories { values: a }, Target::Categories { values: b }) => {
            both(a, b).map(|values| Target::Categories { values })
        }
        (Target::Tags { values: a }, Target::Tags { values: b }) => {
            both(a, b).map(|values| Target::Tags { values })
        }
        _ => None,
    }
}
