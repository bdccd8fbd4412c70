//! What a promotion would take off a cart as it stands: pools of money over lines.
//!
//! A pool is rounded once, on its sum. Which lines, units and steps are meant depends on the cart
//! only; how much they come to depends on what earlier promotions left.

use crate::model::cart::{Cart, State, WHOLE, share};
use crate::policy::{Basis, BreakReward, OrderTier, TierReward};

/// What a promotion does with one cart.
#[derive(Debug, Clone)]
pub(crate) enum Plan {
    /// A share of all lines of the target.
    Share { basis_points: u32 },
    /// An amount over the target.
    Amount { minor: i64 },
    /// A unit price for each line of the target.
    UnitPrice { minor: i64 },
    /// A share of some units of some lines.
    Units { basis_points: u32, units: Vec<(u32, i64)> },
    /// The step that each group of lines has reached.
    Breaks { groups: Vec<(Vec<u32>, BreakReward)> },
    /// A ladder over the value of the target.
    Tiers { basis: Basis, tiers: Vec<OrderTier> },
    /// Units together for a price.
    Bundle { units: Vec<(u32, i64)>, price: i128 },
    /// A share of the shipping.
    Shipping { basis_points: u32 },
    /// Something added.
    Gift { quantity: i64 },
}

/// Pools of one promotion, kept between calls to save allocations.
#[derive(Debug, Default)]
pub(crate) struct Pools {
    /// Amount, and where its members begin.
    pools: Vec<(i64, usize)>,
    /// Line and weight.
    members: Vec<(u32, i64)>,
}

impl Pools {
    pub(crate) fn clear(&mut self) {
        self.pools.clear();
        self.members.clear();
    }

    fn begin(&mut self) {
        self.pools.push((0, self.members.len()));
    }

    fn end(&mut self, amount: i64) {
        if let Some(pool) = self.pools.last_mut() {
            pool.0 = amount;
        }
    }

    fn single(&mut self, line: u32, amount: i64) {
        if amount > 0 {
            self.pools.push((amount, self.members.len()));
            self.members.push((line, 1));
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.pools.len()
    }

    /// Amount and members of each pool.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (i64, &[(u32, i64)])> {
        self.pools.iter().enumerate().map(|(number, (amount, start))| {
            let end = self.pools.get(number + 1).map_or(self.members.len(), |next| next.1);
            (*amount, &self.members[*start..end])
        })
    }

    pub(crate) fn total(&self) -> i128 {
        self.pools.iter().map(|(amount, _)| i128::from(*amount)).sum()
    }
}

/// Fills the pools of a plan for a state. Shipping and gifts have none.
pub(crate) fn fill(
    plan: &Plan,
    (target, basis): (&[u32], Basis),
    cart: &Cart<'_>,
    state: &State,
    pools: &mut Pools,
) {
    pools.clear();
    let value = |line: u32| match basis {
        Basis::Before => cart.lines[line as usize].base,
        Basis::AfterEarlier => state.net[line as usize],
    };
    let quantity = |line: u32| cart.lines[line as usize].line.quantity;
    let of_units = |line: u32, n: i64| {
        share(i128::from(value(line)) * i128::from(n), i128::from(quantity(line)))
    };
    match plan {
        Plan::Share { basis_points } => shared(*basis_points, target, value, pools),
        Plan::Amount { minor } => fixed(*minor, target, value, pools),
        Plan::UnitPrice { minor } => {
            for &line in target {
                pools.single(line, above(value(line), *minor, quantity(line)));
            }
        }
        Plan::Units { basis_points, units } => {
            let sum = weigh(units, of_units, pools);
            pools.end(share(sum * i128::from(*basis_points), WHOLE));
        }
        Plan::Breaks { groups } => {
            for (lines, reward) in groups {
                match reward {
                    BreakReward::Percentage { basis_points } => {
                        shared(*basis_points, lines, value, pools);
                    }
                    BreakReward::UnitPrice { unit_price_minor } => {
                        for &line in lines {
                            let off = above(value(line), *unit_price_minor, quantity(line));
                            pools.single(line, off);
                        }
                    }
                    BreakReward::AmountOffUnit { amount_minor } => {
                        for &line in lines {
                            let off = amount_minor.saturating_mul(quantity(line));
                            pools.single(line, off.min(value(line)));
                        }
                    }
                }
            }
        }
        Plan::Tiers { basis: of_value, tiers } => {
            let worth = worth(target, *of_value, cart, state);
            match reached(tiers, worth).map(|tier| &tier.reward) {
                Some(TierReward::Percentage { basis_points }) => {
                    shared(*basis_points, target, value, pools);
                }
                Some(TierReward::FixedAmount { amount_minor }) => {
                    fixed(*amount_minor, target, value, pools);
                }
                None => {}
            }
        }
        Plan::Bundle { units, price } => {
            let sum = weigh(units, of_units, pools);
            pools.end(i64::try_from(sum.saturating_sub(*price).max(0)).unwrap_or(i64::MAX));
        }
        Plan::Shipping { .. } | Plan::Gift { .. } => {}
    }
}

/// What the lines come to, before or after earlier promotions.
pub(crate) fn worth(lines: &[u32], basis: Basis, cart: &Cart<'_>, state: &State) -> i64 {
    let values = lines.iter().map(|&line| match basis {
        Basis::Before => cart.lines[line as usize].base,
        Basis::AfterEarlier => state.net[line as usize],
    });
    values.sum()
}

/// The highest step of a ladder that a value has reached.
pub(crate) fn reached(tiers: &[OrderTier], worth: i64) -> Option<&OrderTier> {
    tiers.iter().rev().find(|tier| tier.amount_minor_min <= worth)
}

fn shared(basis_points: u32, lines: &[u32], value: impl Fn(u32) -> i64, pools: &mut Pools) {
    pools.begin();
    let mut sum = 0i128;
    for &line in lines {
        let value = value(line);
        sum += i128::from(value);
        pools.members.push((line, value));
    }
    pools.end(share(sum * i128::from(basis_points), WHOLE));
}

fn fixed(minor: i64, lines: &[u32], value: impl Fn(u32) -> i64, pools: &mut Pools) {
    pools.begin();
    pools.members.extend(lines.iter().map(|&line| (line, value(line))));
    pools.end(minor);
}

/// A pool over some units, and what they come to.
fn weigh(units: &[(u32, i64)], value: impl Fn(u32, i64) -> i64, pools: &mut Pools) -> i128 {
    pools.begin();
    let mut sum = 0i128;
    for &(line, n) in units {
        let value = value(line, n);
        sum += i128::from(value);
        pools.members.push((line, value));
    }
    sum
}

/// How far a value lies above a unit price.
fn above(value: i64, unit_price: i64, quantity: i64) -> i64 {
    value.saturating_sub(unit_price.saturating_mul(quantity)).max(0)
}
