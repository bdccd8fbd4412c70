//! Which promotions may apply to a cart at all: coupons, limits, conditions, targets, minimums.
//!
//! Everything here depends on the cart alone, not on other promotions.

use std::collections::BTreeMap;

use mercer_rules::facts::Facts;

use crate::compile::{Compiled, Lines, Prepared};
use crate::error::InputError;
use crate::input::{CouponStanding, Line};
use crate::model::bundle::{self, Fitting, Offer};
use crate::model::buy_get::{self, Units};
use crate::model::candidate::Candidate;
use crate::model::cart::Cart;
use crate::model::hints;
use crate::model::plan::Plan;
use crate::policy::{Action, Activation, Basis, Limits, Per, Promotion, QuantityBreak};
use crate::reason::{Limit, NextStep, NotApplied};
use crate::vocabulary::{facts_of_cart, facts_of_line};

/// What became of one promotion.
#[derive(Debug)]
pub(crate) struct Gated {
    pub(crate) result: Result<Candidate, NotApplied>,
    /// What is missing for more.
    pub(crate) hint: Option<NextStep>,
}

/// What became of the coupons.
#[derive(Debug, Default)]
pub(crate) struct Coupons {
    /// The coupon that opens a promotion, by numbers.
    opens: BTreeMap<usize, usize>,
    /// Coupons that open nothing, by number, and why.
    pub(crate) idle: Vec<(usize, Option<usize>, NotApplied)>,
}

/// Looks at all promotions, in the order in which they are applied.
pub(crate) fn all(
    cart: &Cart<'_>,
    compiled: &Compiled,
) -> Result<(Vec<Gated>, Coupons), InputError> {
    let facts = facts_of_cart(cart.input, &compiled.cart_names)?;
    let lines = if compiled.has_line_rules {
        cart.lines.iter().map(|line| facts_of_line(line.line, &compiled.line_names)).collect()
    } else {
        Vec::new()
    };
    let coupons = open(cart, compiled);
    let gate = Gate { cart, facts: &facts, lines: &lines, coupons: &coupons };
    let gated = compiled.promotions.iter().enumerate().map(|(n, one)| gate.look(n, one)).collect();
    Ok((gated, coupons))
}

/// Which coupon opens which promotion. Of two for one promotion the first that is usable.
fn open(cart: &Cart<'_>, compiled: &Compiled) -> Coupons {
    let mut coupons = Coupons::default();
    for (number, coupon) in cart.input.coupons.iter().enumerate() {
        let CouponStanding::Known { promotion, uses_left, customer_uses_left, budget_minor_left } =
            &coupon.standing
        else {
            coupons.idle.push((number, None, NotApplied::CouponUnknown));
            continue;
        };
        let Some(&opened) = compiled.by_id.get(promotion) else {
            coupons.idle.push((number, None, NotApplied::CouponNotRunning));
            continue;
        };
        let is_none_left = |left: &Option<i64>| left.is_some_and(|left| left <= 0);
        let used_up = if is_none_left(uses_left) {
            Some(Limit::CodeUses)
        } else if is_none_left(customer_uses_left) {
            Some(Limit::CodeCustomerUses)
        } else {
            is_none_left(budget_minor_left).then_some(Limit::CodeBudget)
        };
        let why = if compiled.promotions[opened].promotion.activation == Activation::Automatic {
            NotApplied::CouponNotNeeded
        } else if let Some(limit) = used_up {
            NotApplied::UsedUp { limit }
        } else if let Some(&other) = coupons.opens.get(&opened) {
            NotApplied::OpenedByOther { coupon: cart.input.coupons[other].code.clone() }
        } else {
            coupons.opens.insert(opened, number);
            continue;
        };
        coupons.idle.push((number, Some(opened), why));
    }
    coupons
}

struct Gate<'a> {
    cart: &'a Cart<'a>,
    facts: &'a Facts<'a>,
    lines: &'a [Facts<'a>],
    coupons: &'a Coupons,
}

impl Gate<'_> {
    fn look(&self, number: usize, one: &Prepared) -> Gated {
        if let Err(why) = self.before_target(number, one) {
            return Gated { result: Err(why), hint: None };
        }
        let target = match self.matching(&one.target) {
            Ok(target) => target,
            Err(why) => return Gated { result: Err(why), hint: None },
        };
        if target.is_empty() {
            return Gated { result: Err(NotApplied::NothingInTarget), hint: None };
        }
        let hint = hints::of_minimum(self.cart, &one.promotion, &target);
        if let Err(why) = self.minimum(&one.promotion, &target) {
            return Gated { result: Err(why), hint };
        }
        let (plan, step) = match self.plan(one, &target) {
            Ok(planned) => planned,
            Err((why, step)) => return Gated { result: Err(why), hint: hint.or(step) },
        };
        let hint = hint.or(step);
        let result = Ok(self.candidate(number, &one.promotion, target, plan));
        Gated { result, hint }
    }

    /// What is left of a promotion's limits: as the cart says, otherwise as the policy says.
    fn limits<'s>(&'s self, promotion: &'s Promotion) -> &'s Limits {
        self.cart.input.limits.get(&promotion.id).unwrap_or(&promotion.limits)
    }

    /// Coupon, limits, currency, condition.
    fn before_target(&self, number: usize, one: &Prepared) -> Result<(), NotApplied> {
        let promotion = &one.promotion;
        if promotion.activation == Activation::Coupon && !self.coupons.opens.contains_key(&number) {
            let of_its_own =
                self.coupons.idle.iter().find(|(_, opened, _)| *opened == Some(number));
            return Err(of_its_own.map_or(NotApplied::CouponMissing, |(_, _, why)| why.clone()));
        }
        if let Some(currency) = promotion.currency
            && currency != self.cart.input.currency
        {
            return Err(NotApplied::OtherCurrency { promotion: currency });
        }
        let limits = self.limits(promotion);
        for (left, limit) in [
            (limits.uses_left, Limit::PromotionUses),
            (limits.customer_uses_left, Limit::PromotionCustomerUses),
            (limits.budget_minor_left, Limit::PromotionBudget),
        ] {
            if left.is_some_and(|left| left <= 0) {
                return Err(NotApplied::UsedUp { limit });
            }
        }
        let Some(condition) = &one.condition else { return Ok(()) };
        match condition.is_true(self.facts) {
            Ok(true) => Ok(()),
            Ok(false) => Err(NotApplied::ConditionNotMet),
            Err(fault) => Err(NotApplied::ConditionFailed { problem: fault.to_string() }),
        }
    }

    /// The lines of a target.
    fn matching(&self, lines: &Lines) -> Result<Vec<u32>, NotApplied> {
        let all = || self.cart.lines.iter().zip(0u32..);
        let chosen = |is_meant: &dyn Fn(&Line) -> bool| {
            all().filter(|(line, _)| is_meant(line.line)).map(|(_, number)| number).collect()
        };
        Ok(match lines {
            Lines::All => all().map(|(_, number)| number).collect(),
            Lines::Skus(skus) => chosen(&|line| skus.contains(&line.sku)),
            Lines::Products(ids) => {
                chosen(&|line| line.product.as_ref().is_some_and(|id| ids.contains(id)))
            }
            Lines::Categories(names) => {
                chosen(&|line| line.category.as_ref().is_some_and(|name| names.contains(name)))
            }
            Lines::Tags(tags) => chosen(&|line| line.tags.iter().any(|tag| tags.contains(tag))),
            Lines::Rule(rule) => {
                let mut meant = Vec::new();
                for (facts, number) in self.lines.iter().zip(0u32..) {
                    match rule.is_true(facts) {
                        Ok(true) => meant.push(number),
                        Ok(false) => {}
                        Err(fault) => {
                            let problem = fault.to_string();
                            return Err(NotApplied::ConditionFailed { problem });
                        }
                    }
                }
                meant
            }
        })
    }

    /// The minimum, as far as it depends on the cart alone.
    fn minimum(&self, promotion: &Promotion, target: &[u32]) -> Result<(), NotApplied> {
        let Some(minimum) = &promotion.minimum else { return Ok(()) };
        if let Some(needed) = minimum.quantity {
            let quantity = quantity(self.cart, target);
            if quantity < needed {
                return Err(NotApplied::QuantityBelowMinimum { quantity, needed });
            }
        }
        match (minimum.amount_minor, minimum.basis) {
            (Some(needed_minor), Basis::Before) => {
                let amount_minor = amount(self.cart, target);
                if amount_minor < needed_minor {
                    return Err(NotApplied::AmountBelowMinimum { amount_minor, needed_minor });
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn candidate(
        &self,
        number: usize,
        promotion: &Promotion,
        target: Vec<u32>,
        (plan, is_exact): (Plan, bool),
    ) -> Candidate {
        let coupon = self.coupons.opens.get(&number).copied();
        let of_code = coupon.and_then(|coupon| match &self.cart.input.coupons[coupon].standing {
            CouponStanding::Known { budget_minor_left, .. } => *budget_minor_left,
            CouponStanding::Unknown => None,
        });
        let limits = [
            (promotion.discount_minor_max, Limit::PromotionBudget),
            (self.limits(promotion).budget_minor_left, Limit::PromotionBudget),
            (of_code, Limit::CodeBudget),
        ];
        let least = limits.into_iter().filter_map(|(left, limit)| Some((left?, limit)));
        let least = least.min_by_key(|(left, _)| *left);
        let campaign = promotion.campaign.as_ref().and_then(|campaign| {
            self.cart.input.campaigns.iter().position(|budget| budget.campaign == *campaign)
        });
        let after_min = promotion.minimum.as_ref().and_then(|minimum| {
            minimum.amount_minor.filter(|_| minimum.basis == Basis::AfterEarlier)
        });
        let touched = match &plan {
            Plan::Units { units, .. } | Plan::Bundle { units, .. } => {
                units.iter().map(|(line, _)| *line).collect()
            }
            Plan::Breaks { groups } => groups.iter().flat_map(|(lines, _)| lines.clone()).collect(),
            Plan::Shipping { .. } | Plan::Gift { .. } => Vec::new(),
            _ => target.clone(),
        };
        Candidate {
            number,
            coupon,
            target,
            touched,
            plan,
            basis: promotion.basis,
            floor: promotion.floor,
            after_min,
            most: least.map_or(i64::MAX, |(left, _)| left),
            most_of: least.map(|(_, limit)| limit),
            campaign,
            is_exact,
        }
    }

    /// The plan and whether it is exact, with what is missing for more.
    fn plan(&self, one: &Prepared, target: &[u32]) -> Planned {
        let exact = |plan| Ok(((plan, true), None));
        match &one.promotion.action {
            Action::Percentage { basis_points } => {
                exact(Plan::Share { basis_points: *basis_points })
            }
            Action::FixedAmount { amount_minor } => exact(Plan::Amount { minor: *amount_minor }),
            Action::FixedPrice { unit_price_minor } => {
                exact(Plan::UnitPrice { minor: *unit_price_minor })
            }
            Action::BuyGet { .. } => self.buy_get(one, target),
            Action::QuantityBreaks { per, breaks } => self.breaks(*per, breaks, target),
            Action::OrderTiers { value_basis, tiers } => {
                let hint = hints::of_tiers(tiers, amount(self.cart, target));
                Ok(((Plan::Tiers { basis: *value_basis, tiers: tiers.clone() }, true), hint))
            }
            Action::Bundle { .. } => self.bundle(one, target),
            Action::Shipping { basis_points, methods } => {
                let method = self.cart.input.shipping.as_ref().map(|shipping| &shipping.method);
                let fits = method.is_some_and(|m| methods.is_empty() || methods.contains(m));
                if fits && self.cart.shipping_minor > 0 {
                    exact(Plan::Shipping { basis_points: *basis_points })
                } else {
                    Err((NotApplied::NoShippingToDiscount, None))
                }
            }
            Action::Gift { quantity, .. } => exact(Plan::Gift { quantity: *quantity }),
        }
    }

    fn buy_get(&self, one: &Prepared, target: &[u32]) -> Planned {
        let Action::BuyGet { buy_quantity, get_quantity, basis_points, n_repeats_max, .. } =
            &one.promotion.action
        else {
            return Err((NotApplied::NothingToGive, None));
        };
        let got_lines = match &one.get_target {
            Some(lines) => self.matching(lines).map_err(|why| (why, None))?,
            None => target.to_vec(),
        };
        let units: Vec<Units> = (0u32..)
            .zip(&self.cart.lines)
            .map(|(line, of)| Units {
                line,
                quantity: of.line.quantity,
                unit_price: of.line.unit_price_minor,
                may_be_bought: target.binary_search(&line).is_ok(),
                may_be_got: got_lines.binary_search(&line).is_ok(),
            })
            .filter(|unit| unit.may_be_bought || unit.may_be_got)
            .collect();
        let most = n_repeats_max.unwrap_or(i64::MAX);
        let (buy, get) = (*buy_quantity, *get_quantity);
        let got = buy_get::got(&units, buy, get, most);
        let hint = hints::of_buy_get(
            &units,
            hints::BuyGet { buy, get, most, basis_points: *basis_points },
            one.get_target.is_some(),
        );
        if got.is_empty() {
            let quantity = quantity(self.cart, target);
            let is_same = one.get_target.is_none();
            let needed = if is_same { buy.saturating_add(1) } else { buy };
            let why = if quantity < needed {
                NotApplied::QuantityBelowMinimum { quantity, needed }
            } else {
                NotApplied::NothingToGive
            };
            return Err((why, hint));
        }
        Ok(((Plan::Units { basis_points: *basis_points, units: got }, true), hint))
    }

    fn breaks(&self, per: Per, breaks: &[QuantityBreak], target: &[u32]) -> Planned {
        let mut groups: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        let mut by_line = Vec::new();
        for &number in target {
            let line = self.cart.lines[number as usize].line;
            match per {
                Per::Line => by_line.push(vec![number]),
                Per::Product => {
                    let product = line.product.as_deref().unwrap_or(&line.sku);
                    groups.entry(product).or_default().push(number);
                }
                Per::Target => groups.entry("").or_default().push(number),
            }
        }
        by_line.extend(groups.into_values());
        let counted = by_line.into_iter().map(|lines| (quantity(self.cart, &lines), lines));
        let counted: Vec<(i64, Vec<u32>)> = counted.collect();
        let hint = hints::of_breaks(self.cart, breaks, &counted);
        let most = counted.iter().map(|(quantity, _)| *quantity).max().unwrap_or(0);
        let reached: Vec<_> = counted
            .into_iter()
            .filter_map(|(quantity, lines)| {
                let step = breaks.iter().rev().find(|step| step.quantity_min <= quantity)?;
                Some((lines, step.reward.clone()))
            })
            .collect();
        if reached.is_empty() {
            let needed = breaks.first().map_or(0, |step| step.quantity_min);
            return Err((NotApplied::QuantityBelowMinimum { quantity: most, needed }, hint));
        }
        Ok(((Plan::Breaks { groups: reached }, true), hint))
    }

    fn bundle(&self, one: &Prepared, target: &[u32]) -> Planned {
        let Action::Bundle { bundles } = &one.promotion.action else {
            return Err((NotApplied::NoBundle, None));
        };
        let mut places = vec![0u64; self.cart.lines.len()];
        let (mut offers, mut place) = (Vec::new(), 0usize);
        for (bundle, parts) in bundles.iter().zip(&one.parts) {
            let mut of_offer = Vec::new();
            for (part, lines) in bundle.parts.iter().zip(parts) {
                for line in self.matching(lines).map_err(|why| (why, None))? {
                    if target.binary_search(&line).is_ok() {
                        places[line as usize] |= 1 << place;
                    }
                }
                of_offer.push((place, part.quantity));
                place += 1;
            }
            let n_max = bundle.n_max.unwrap_or(i64::MAX);
            offers.push(Offer { places: of_offer, price: bundle.price_minor, n_max });
        }
        let fitting: Vec<Fitting> = (0u32..)
            .zip(&self.cart.lines)
            .map(|(line, of)| Fitting {
                line,
                quantity: of.line.quantity,
                unit_price: of.base / of.line.quantity,
                places: places[line as usize],
            })
            .collect();
        let hint = hints::of_bundles(&fitting, &offers, &one.promotion.name);
        match bundle::pack(&fitting, &offers) {
            Some(packed) => {
                let plan = Plan::Bundle { units: packed.units, price: packed.price };
                Ok(((plan, packed.is_best), None))
            }
            None => Err((NotApplied::NoBundle, hint)),
        }
    }
}

/// A plan, whether it is exact, and what is missing for more.
type Planned = Result<((Plan, bool), Option<NextStep>), (NotApplied, Option<NextStep>)>;

/// Units of some lines.
pub(crate) fn quantity(cart: &Cart<'_>, lines: &[u32]) -> i64 {
    lines.iter().map(|&line| cart.lines[line as usize].line.quantity).sum()
}

/// What some lines come to before promotions.
pub(crate) fn amount(cart: &Cart<'_>, lines: &[u32]) -> i64 {
    lines.iter().map(|&line| cart.lines[line as usize].base).sum()
}
