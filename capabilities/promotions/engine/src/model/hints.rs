//! What is missing for more: the next step of each promotion that could be reached.
//!
//! Reckoned before promotions; where a promotion looks at what earlier ones left, the cart may
//! need a little more than the hint says.

use crate::model::bundle::{Fitting, Offer};
use crate::model::buy_get::{self, Units};
use crate::model::cart::Cart;
use crate::model::gate::{amount, quantity};
use crate::policy::{Action, BreakReward, OrderTier, Promotion, QuantityBreak, TierReward};
use crate::reason::{Gives, NextStep};

/// What is missing for the minimum.
pub(crate) fn of_minimum(
    cart: &Cart<'_>,
    promotion: &Promotion,
    target: &[u32],
) -> Option<NextStep> {
    let minimum = promotion.minimum.as_ref()?;
    let gives = gives(promotion);
    if let Some(needed) = minimum.quantity {
        let missing = needed - quantity(cart, target);
        if missing > 0 {
            let sku = only_sku(cart, target);
            return Some(NextStep::AddUnits { quantity: missing, sku, gives });
        }
    }
    let missing = minimum.amount_minor? - amount(cart, target);
    (missing > 0).then_some(NextStep::SpendMore { amount_minor: missing, gives })
}

fn gives(promotion: &Promotion) -> Gives {
    match &promotion.action {
        Action::Percentage { basis_points } => Gives::Percentage { basis_points: *basis_points },
        Action::FixedAmount { amount_minor } => Gives::Amount { amount_minor: *amount_minor },
        Action::FixedPrice { unit_price_minor } => {
            Gives::UnitPrice { unit_price_minor: *unit_price_minor }
        }
        Action::Shipping { basis_points, .. } => Gives::Shipping { basis_points: *basis_points },
        Action::Gift { sku, quantity } => Gives::Gift { sku: sku.clone(), quantity: *quantity },
        Action::BuyGet { .. }
        | Action::QuantityBreaks { .. }
        | Action::OrderTiers { .. }
        | Action::Bundle { .. } => Gives::Named { name: promotion.name.clone() },
    }
}

/// The SKU of some lines, if it is one.
fn only_sku(cart: &Cart<'_>, lines: &[u32]) -> Option<String> {
    let sku = |line: &u32| &cart.lines[*line as usize].line.sku;
    let first = sku(lines.first()?);
    lines.iter().all(|line| sku(line) == first).then(|| first.clone())
}

/// The next step of a ladder of order values.
pub(crate) fn of_tiers(tiers: &[OrderTier], worth: i64) -> Option<NextStep> {
    let next = tiers.iter().find(|tier| tier.amount_minor_min > worth)?;
    let gives = match next.reward {
        TierReward::Percentage { basis_points } => Gives::Percentage { basis_points },
        TierReward::FixedAmount { amount_minor } => Gives::Amount { amount_minor },
    };
    Some(NextStep::SpendMore { amount_minor: next.amount_minor_min - worth, gives })
}

/// The next step of a ladder of quantities, for the group that is nearest to one.
pub(crate) fn of_breaks(
    cart: &Cart<'_>,
    breaks: &[QuantityBreak],
    groups: &[(i64, Vec<u32>)],
) -> Option<NextStep> {
    let nearest = groups.iter().filter_map(|(quantity, lines)| {
        let next = breaks.iter().find(|step| step.quantity_min > *quantity)?;
        Some((next.quantity_min - quantity, lines, next))
    });
    let (missing, lines, next) = nearest.min_by_key(|(missing, ..)| *missing)?;
    let gives = match next.reward {
        BreakReward::Percentage { basis_points } => Gives::Percentage { basis_points },
        BreakReward::UnitPrice { unit_price_minor } => Gives::UnitPrice { unit_price_minor },
        BreakReward::AmountOffUnit { amount_minor } => Gives::AmountOffUnit { amount_minor },
    };
    Some(NextStep::AddUnits { quantity: missing, sku: only_sku(cart, lines), gives })
}

/// The numbers of a buy-and-get.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BuyGet {
    pub(crate) buy: i64,
    pub(crate) get: i64,
    pub(crate) most: i64,
    pub(crate) basis_points: u32,
}

/// What is missing for more cheaper units.
pub(crate) fn of_buy_get(units: &[Units], of: BuyGet, is_elsewhere: bool) -> Option<NextStep> {
    let BuyGet { buy, get, most, basis_points } = of;
    let count = |units: &[Units]| -> i64 {
        buy_get::got(units, buy, get, most).iter().map(|(_, n)| n).sum()
    };
    let got = count(units);
    let bought: i64 = units.iter().filter(|u| u.may_be_bought).map(|u| u.quantity).sum();
    if is_elsewhere {
        let n_groups = (bought / buy).min(most);
        let open = n_groups.saturating_mul(get).saturating_sub(got);
        if open > 0 {
            return Some(NextStep::AddFree { quantity: open, basis_points });
        }
        let missing = buy - bought % buy;
        let gives = Gives::UnitsOff { quantity: get, basis_points };
        return (n_groups < most).then_some(NextStep::AddUnits {
            quantity: missing,
            sku: None,
            gives,
        });
    }
    // One group of units more is the most that can be missing.
    let mut more = units.to_vec();
    let first = more.first_mut()?;
    let start = first.quantity;
    let at = |quantity: i64, more: &mut Vec<Units>| {
        more[0].quantity = start.saturating_add(quantity);
        count(more) - got
    };
    let (mut low, mut high) = (1, buy.saturating_add(get));
    if at(high, &mut more) <= 0 {
        return None;
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if at(middle, &mut more) > 0 {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    let quantity = at(low, &mut more);
    let gives = Gives::UnitsOff { quantity, basis_points };
    Some(NextStep::AddUnits { quantity: low, sku: None, gives })
}

/// What is missing for the bundle that is nearest to being complete, if something of it is there.
pub(crate) fn of_bundles(lines: &[Fitting], offers: &[Offer], name: &str) -> Option<NextStep> {
    let missing = offers.iter().filter_map(|offer| {
        let (mut there, mut missing) = (0, 0);
        for (place, needed) in &offer.places {
            let fits = |line: &&Fitting| line.places >> place & 1 == 1;
            let found: i64 = lines.iter().filter(fits).map(|line| line.quantity).sum();
            there += found.min(*needed);
            missing += (needed - found).max(0);
        }
        (there > 0 && missing > 0).then_some(missing)
    });
    let quantity = missing.min()?;
    let gives = Gives::Named { name: name.to_owned() };
    Some(NextStep::AddUnits { quantity, sku: None, gives })
}
