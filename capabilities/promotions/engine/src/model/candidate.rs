//! A promotion that may apply to a cart, and what happens when it does.

use std::collections::BTreeMap;

use mercer_engine_kit::money::split;

use crate::model::cart::{Cart, GIFT_PLACES, State, WHOLE, share};
use crate::model::plan::{self, Plan, Pools};
use crate::model::share::{self as sharing, Member};
use crate::policy::{Basis, FloorPolicy};
use crate::reason::{Limit, NotApplied};

/// A promotion that passed everything that depends on the cart alone.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    /// Its number among the compiled promotions.
    pub(crate) number: usize,
    /// The coupon that opened it, by its number in the input.
    pub(crate) coupon: Option<usize>,
    /// Lines of the target.
    pub(crate) target: Vec<u32>,
    /// Lines that it may discount.
    pub(crate) touched: Vec<u32>,
    pub(crate) plan: Plan,
    pub(crate) basis: Basis,
    pub(crate) floor: FloorPolicy,
    /// Least value of the target after earlier promotions.
    pub(crate) after_min: Option<i64>,
    /// Most that it may give, by its own limits and the coupon's, and which limit that is.
    pub(crate) most: i64,
    pub(crate) most_of: Option<Limit>,
    /// The campaign, by its number in the input.
    pub(crate) campaign: Option<usize>,
    /// Whether nothing can give more than the packing of its bundles.
    pub(crate) is_exact: bool,
}

/// What a promotion did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Effect {
    /// Line and amount; a line may stand twice.
    pub(crate) lines: Vec<(u32, i64)>,
    pub(crate) shipping: i64,
    pub(crate) gifts: i64,
    /// By how much the customer is better off: see [`State::worth`].
    worth: i128,
}

impl Effect {
    pub(crate) fn total(&self) -> i64 {
        self.lines.iter().map(|(_, amount)| amount).sum::<i64>() + self.shipping
    }
}

/// Memory that is used again for each promotion.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) pools: Pools,
    members: Vec<Member>,
}

impl Candidate {
    /// Most that it may give now.
    pub(crate) fn cap(&self, state: &State) -> i64 {
        self.most.min(self.campaign.map_or(i64::MAX, |number| state.campaigns[number]))
    }

    /// Applies it to a state.
    ///
    /// # Errors
    /// Why it gives nothing; the state is then as before.
    pub(crate) fn apply(
        &self,
        cart: &Cart<'_>,
        state: &mut State,
        scratch: &mut Scratch,
    ) -> Result<Effect, NotApplied> {
        if let Some(needed_minor) = self.after_min {
            let amount_minor = plan::worth(&self.target, Basis::AfterEarlier, cart, state);
            if amount_minor < needed_minor {
                return Err(NotApplied::AmountBelowMinimum { amount_minor, needed_minor });
            }
        }
        let cap = self.cap(state);
        if cap == 0 && !matches!(self.plan, Plan::Gift { .. }) {
            let limit = match self.most_of {
                Some(limit) if self.most == 0 => limit,
                _ => Limit::CampaignBudget,
            };
            return Err(NotApplied::UsedUp { limit });
        }
        let mut effect = match &self.plan {
            Plan::Gift { quantity } => Effect { gifts: *quantity, ..Effect::default() },
            Plan::Shipping { .. } => {
                let amount = self.off_shipping(cart, state).min(cap);
                if amount == 0 {
                    return Err(NotApplied::NoShippingToDiscount);
                }
                Effect { shipping: amount, ..Effect::default() }
            }
            _ => self.off_lines(cart, state, cap, scratch)?,
        };
        self.take(cart, state, &mut effect);
        Ok(effect)
    }

    /// What it takes off the shipping.
    fn off_shipping(&self, cart: &Cart<'_>, state: &State) -> i64 {
        let Plan::Shipping { basis_points } = self.plan else { return 0 };
        let of = match self.basis {
            Basis::Before => cart.shipping_minor,
            Basis::AfterEarlier => state.shipping,
        };
        share(i128::from(of) * i128::from(basis_points), WHOLE).min(state.shipping)
    }

    fn off_lines(
        &self,
        cart: &Cart<'_>,
        state: &State,
        cap: i64,
        scratch: &mut Scratch,
    ) -> Result<Effect, NotApplied> {
        let Scratch { pools, members } = scratch;
        plan::fill(&self.plan, (&self.target, self.basis), cart, state, pools);
        if pools.total() == 0 {
            return Err(self.why_nothing(cart, state));
        }
        let mut lines: Vec<(u32, i64)> = Vec::new();
        for (amount, of) in pools.iter() {
            members.clear();
            members.extend(of.iter().map(|&(line, weight)| Member {
                line,
                weight,
                slack: state.slack(cart, line),
            }));
            let amount = if pools.len() == 1 { amount.min(cap) } else { amount };
            sharing::over(amount, members, self.floor, &mut lines);
        }
        let total: i128 = lines.iter().map(|(_, amount)| i128::from(*amount)).sum();
        if total == 0 {
            return Err(NotApplied::AtFloor);
        }
        if total > i128::from(cap) {
            let amounts: Vec<i64> = lines.iter().map(|(_, amount)| *amount).collect();
            for (line, amount) in lines.iter_mut().zip(split(cap, &amounts)) {
                line.1 = amount;
            }
            lines.retain(|(_, amount)| *amount > 0);
        }
        Ok(Effect { lines, ..Effect::default() })
    }

    fn why_nothing(&self, cart: &Cart<'_>, state: &State) -> NotApplied {
        match &self.plan {
            Plan::Tiers { basis, tiers } => {
                let amount_minor = plan::worth(&self.target, *basis, cart, state);
                match tiers.first() {
                    Some(first) if first.amount_minor_min > amount_minor => {
                        let needed_minor = first.amount_minor_min;
                        NotApplied::AmountBelowMinimum { amount_minor, needed_minor }
                    }
                    _ => NotApplied::NothingToGive,
                }
            }
            Plan::Bundle { .. } => NotApplied::NoBundle,
            _ => NotApplied::NothingToGive,
        }
    }

    /// Takes an effect off the state and writes down what it is worth.
    fn take(&self, cart: &Cart<'_>, state: &mut State, effect: &mut Effect) {
        let mut saved = 0i128;
        for &(line, amount) in &effect.lines {
            let net = &mut state.net[line as usize];
            let before = cart.to_pay(line, *net);
            *net -= amount;
            saved += i128::from(before - cart.to_pay(line, *net));
        }
        let before = cart.shipping_to_pay(state.shipping);
        state.shipping -= effect.shipping;
        saved += i128::from(before - cart.shipping_to_pay(state.shipping));
        if let Some(number) = self.campaign {
            state.campaigns[number] -= effect.total();
        }
        effect.worth = (saved << GIFT_PLACES) + i128::from(effect.gifts);
        state.worth += effect.worth;
    }

    /// Undoes what [`Candidate::apply`] did.
    pub(crate) fn undo(&self, state: &mut State, effect: &Effect) {
        for &(line, amount) in &effect.lines {
            state.net[line as usize] += amount;
        }
        state.shipping += effect.shipping;
        if let Some(number) = self.campaign {
            state.campaigns[number] += effect.total();
        }
        state.worth -= effect.worth;
    }

    /// No less than what it can give in this state or in any that later promotions make of it, in
    /// minor units before tax: prices only fall on the way, and each plan gives no more for lower
    /// prices. Shipping apart.
    pub(crate) fn most_off_lines(
        &self,
        cart: &Cart<'_>,
        state: &State,
        scratch: &mut Scratch,
    ) -> i64 {
        if matches!(self.plan, Plan::Shipping { .. } | Plan::Gift { .. }) {
            return 0;
        }
        if self.is_below_minimum(cart, state) {
            return 0;
        }
        plan::fill(&self.plan, (&self.target, self.basis), cart, state, &mut scratch.pools);
        let mut total = 0i128;
        for (amount, members) in scratch.pools.iter() {
            let slack: i128 =
                members.iter().map(|(line, _)| i128::from(state.slack(cart, *line))).sum();
            total += i128::from(amount).min(slack);
        }
        i64::try_from(total.min(i128::from(self.cap(state)))).unwrap_or(i64::MAX)
    }

    /// The same for shipping.
    pub(crate) fn most_off_shipping(&self, cart: &Cart<'_>, state: &State) -> i64 {
        if self.is_below_minimum(cart, state) {
            return 0;
        }
        self.off_shipping(cart, state).min(self.cap(state))
    }

    pub(crate) fn is_below_minimum(&self, cart: &Cart<'_>, state: &State) -> bool {
        self.after_min.is_some_and(|needed| {
            plan::worth(&self.target, Basis::AfterEarlier, cart, state) < needed
        })
    }

    /// Whether what earlier promotions left decides anything but the amount.
    pub(crate) fn reads_target(&self) -> bool {
        let by_value = matches!(self.plan, Plan::Tiers { basis: Basis::AfterEarlier, .. });
        self.after_min.is_some() || by_value
    }
}

/// The effects of one line, put together.
pub(crate) fn by_line(effect: &Effect) -> BTreeMap<u32, i64> {
    let mut lines = BTreeMap::new();
    for &(line, amount) in &effect.lines {
        *lines.entry(line).or_insert(0) += amount;
    }
    lines
}
