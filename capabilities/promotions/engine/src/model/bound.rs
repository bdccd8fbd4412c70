//! How much the promotions still to be decided can save at most: the bound of the search.
//!
//! Three bounds, of which the least counts.
//!
//! 1. *Room*: what floors leave on the lines and on shipping.
//! 2. *Sum*: each remaining promotion gives no more than it could give now, since prices only fall
//!    on the way; of promotions that do not stack with each other the largest counts once.
//! 3. *Product*: shares of what earlier promotions left multiply. A line from which shares
//!    r₁, r₂, … are still to come keeps at least Π(1 − rᵢ) of its price; other promotions add
//!    their sums, of which shares taken later leave only their part. A pool is rounded once and split by largest remainder, so its parts differ from
//!    the exact ones by half a unit together and by less than one each. A floor moves no more than
//!    the line's share of the floor to other lines: had the line as much to give as it is above its
//!    floor, nothing would move, and it never is below. How much of both later shares can turn
//!    against the bound is added.

use crate::compile::Compiled;
use crate::model::candidate::{Candidate, Scratch};
use crate::model::cart::{Cart, GIFT_PLACES, State, WHOLE};
use crate::model::plan::{Plan, reached};
use crate::policy::{Basis, BreakReward, FloorPolicy, TierReward, WHOLE_BASIS_POINTS};

/// What does not change during the search of one group.
pub(crate) struct Bound<'a> {
    cart: &'a Cart<'a>,
    compiled: &'a Compiled,
    candidates: &'a [Candidate],
    group: &'a [usize],
    facts: Vec<Facts>,
    /// Lines that the group touches.
    lines: Vec<u32>,
    n_cliques: usize,
    factors: Vec<f64>,
    of_cliques: Vec<i128>,
    is_touched: Vec<bool>,
}

/// A pool that takes a share of each of some lines.
struct Pool {
    lines: Vec<(u32, f64)>,
    /// What rounding may add besides that of the pool.
    slop: f64,
    /// What floors may move from one line to another.
    moved: f64,
}

/// What the bound knows of one candidate.
struct Facts {
    /// Candidates of one clique do not stack with each other.
    clique: usize,
    is_alone: bool,
    /// Lines and shares, where the promotion takes shares of what earlier ones left.
    shares: Vec<Pool>,
    /// Highest tax on top of a line that it touches, in basis points.
    tax_on_top: u32,
}

impl<'a> Bound<'a> {
    pub(crate) fn new(
        cart: &'a Cart<'a>,
        compiled: &'a Compiled,
        candidates: &'a [Candidate],
        group: &'a [usize],
    ) -> Self {
        let cliques = cliques(compiled, candidates, group);
        let n_cliques = cliques.iter().max().map_or(0, |most| most + 1);
        let mut lines: Vec<u32> = Vec::new();
        let mut facts = Vec::new();
        for (&number, &clique) in group.iter().zip(&cliques) {
            let candidate = &candidates[number];
            lines.extend(&candidate.touched);
            let tax = candidate.touched.iter().map(|&line| cart.tax_on_top(line)).max();
            facts.push(Facts {
                clique,
                is_alone: cliques.iter().filter(|other| **other == clique).count() == 1,
                shares: shares(cart, candidate),
                tax_on_top: tax.unwrap_or(0),
            });
        }
        lines.sort_unstable();
        lines.dedup();
        Self {
            cart,
            compiled,
            candidates,
            group,
            facts,
            lines,
            n_cliques,
            factors: vec![1.0; cart.lines.len()],
            of_cliques: Vec::new(),
            is_touched: vec![false; cart.lines.len()],
        }
    }

    /// No less than what the candidates from a place on can add to the worth of a state.
    pub(crate) fn most(
        &mut self,
        place: usize,
        state: &State,
        chosen: &[usize],
        scratch: &mut Scratch,
    ) -> i128 {
        for &line in &self.lines {
            self.factors[line as usize] = 1.0;
            self.is_touched[line as usize] = false;
        }
        self.of_cliques.clear();
        self.of_cliques.resize(self.n_cliques * 2, 0);
        let (mut gifts, mut slop) = (0i128, 0.0f64);
        for later in (place..self.group.len()).rev() {
            let candidate = &self.candidates[self.group[later]];
            let stacks = |other: &usize| {
                self.compiled.stack(self.candidates[*other].number, candidate.number)
            };
            if !chosen.iter().all(stacks) {
                continue;
            }
            if let Plan::Gift { quantity } = candidate.plan {
                gifts += i128::from(quantity);
                continue;
            }
            let (most, is_capped) = self.most_of(later, state, scratch);
            if most == 0 {
                continue;
            }
            for &line in &candidate.touched {
                self.is_touched[line as usize] = true;
            }
            let facts = &self.facts[later];
            let (sums, products) = self.of_cliques.split_at_mut(self.n_cliques);
            sums[facts.clique] = sums[facts.clique].max(most);
            if facts.is_alone && !is_capped && !facts.shares.is_empty() {
                slop += multiply(self.cart, &facts.shares, &mut self.factors);
            } else {
                let factor = |&line: &u32| self.factors[line as usize];
                let most_left = candidate.touched.iter().map(factor).fold(0.0, f64::max);
                let is_of_lines = !candidate.touched.is_empty() && facts.is_alone;
                let left = if is_of_lines { part(most, most_left) } else { most };
                products[facts.clique] = products[facts.clique].max(left);
            }
        }
        let (sums, products) = self.of_cliques.split_at(self.n_cliques);
        let rounding = self.tax_rounding();
        let by_sum = sums.iter().sum::<i128>() + rounding;
        let by_product = products.iter().sum::<i128>() + self.multiplied(state, slop) + rounding;
        let least = by_sum.min(by_product).min(self.room(state));
        (least << GIFT_PLACES) + gifts
    }

    /// What one candidate can save now, its tax included, and whether a limit holds it there.
    fn most_of(&self, later: usize, state: &State, scratch: &mut Scratch) -> (i128, bool) {
        let candidate = &self.candidates[self.group[later]];
        let with_tax = |amount: i64, basis_points: u32| {
            let rate = WHOLE + i128::from(basis_points);
            (i128::from(amount) * rate + WHOLE - 1) / WHOLE
        };
        if matches!(candidate.plan, Plan::Shipping { .. }) {
            let most = candidate.most_off_shipping(self.cart, state);
            let tax = self.cart.shipping_tax_on_top();
            let rounding = i128::from(most > 0 && tax > 0);
            return (with_tax(most, tax) + rounding, true);
        }
        let most = candidate.most_off_lines(self.cart, state, scratch);
        (with_tax(most, self.facts[later].tax_on_top), most == candidate.cap(state))
    }

    /// Tax is rounded line by line: each line that changes may add less than one unit.
    fn tax_rounding(&self) -> i128 {
        let changes =
            |line: &&u32| self.is_touched[**line as usize] && self.cart.tax_on_top(**line) > 0;
        self.lines.iter().filter(changes).count() as i128
    }

    /// What the shares take off, with their tax and what rounding may add, rounded up.
    fn multiplied(&self, state: &State, slop: f64) -> i128 {
        let mut sum = slop;
        let mut size = 0.0;
        for &line in &self.lines {
            let factor = self.factors[line as usize];
            if factor < 1.0 {
                let rate = f64::from(self.cart.tax_on_top(line)) / f64::from(WHOLE_BASIS_POINTS);
                let net = state.net[line as usize] as f64 * (1.0 + rate);
                sum += net * (1.0 - factor);
                size += net;
            }
        }
        // Sums of floats are off by far less than a billionth part.
        (sum + size * 1e-9 + 1e-6).floor() as i128
    }

    /// What floors leave.
    fn room(&self, state: &State) -> i128 {
        let of_line = |&line: &u32| {
            let floor = self.cart.lines[line as usize].floor;
            let net = state.net[line as usize];
            i128::from(self.cart.to_pay(line, net) - self.cart.to_pay(line, floor))
        };
        let shipping = self.cart.shipping_to_pay(state.shipping);
        self.lines.iter().map(of_line).sum::<i128>() + i128::from(shipping)
    }
}

/// A part of an amount, rounded up.
fn part(amount: i128, factor: f64) -> i128 {
    if factor >= 1.0 {
        return amount;
    }
    let exact = amount as f64 * factor;
    ((exact + exact * 1e-9 + 1e-6).ceil() as i128).min(amount)
}

/// Multiplies the factors of lines by what shares leave, and answers what rounding may add.
fn multiply(cart: &Cart<'_>, pools: &[Pool], factors: &mut [f64]) -> f64 {
    let mut slop = 0.0;
    for pool in pools {
        let (mut least, mut most) = (f64::INFINITY, 0.0f64);
        for (line, share) in &pool.lines {
            let factor = &mut factors[*line as usize];
            let rate = f64::from(cart.tax_on_top(*line)) / f64::from(WHOLE_BASIS_POINTS);
            // What a unit of discount on this line is worth in the end, with its tax.
            let worth = *factor * (1.0 + rate);
            least = least.min(worth);
            most = most.max(worth);
            *factor *= 1.0 - share;
        }
        let n_lines = pool.lines.len() as f64;
        let shifted = n_lines / 4.0 + 1.0 + pool.moved;
        slop += (0.5 + pool.slop) * most + (most - least).max(0.0) * shifted;
    }
    slop
}

/// The shares that a candidate takes of what earlier ones left, if it takes nothing else.
fn shares(cart: &Cart<'_>, candidate: &Candidate) -> Vec<Pool> {
    let of = |basis_points: u32| f64::from(basis_points) / f64::from(WHOLE_BASIS_POINTS);
    if candidate.basis != Basis::AfterEarlier {
        return Vec::new();
    }
    let pool = |lines: Vec<(u32, f64)>, slop: f64| {
        let floor = |line: u32| cart.lines[line as usize].floor as f64;
        let moved = match candidate.floor {
            FloorPolicy::Forfeit => 0.0,
            FloorPolicy::Redistribute => lines.iter().map(|(line, of)| floor(*line) * of).sum(),
        };
        Pool { lines, slop, moved }
    };
    let even = |lines: &[u32], basis_points: u32| {
        pool(lines.iter().map(|&line| (line, of(basis_points))).collect(), 0.0)
    };
    match &candidate.plan {
        Plan::Share { basis_points } => vec![even(&candidate.target, *basis_points)],
        Plan::Breaks { groups } => {
            let share = |(lines, reward): &(Vec<u32>, BreakReward)| match reward {
                BreakReward::Percentage { basis_points } => Some(even(lines, *basis_points)),
                BreakReward::UnitPrice { .. } | BreakReward::AmountOffUnit { .. } => None,
            };
            groups.iter().map(share).collect::<Option<Vec<_>>>().unwrap_or_default()
        }
        Plan::Units { basis_points, units } => {
            let share = |&(line, n): &(u32, i64)| {
                let quantity = cart.lines[line as usize].line.quantity;
                (line, of(*basis_points) * n as f64 / quantity as f64)
            };
            // The value of the units is rounded line by line.
            vec![pool(units.iter().map(share).collect(), units.len() as f64 * 0.5)]
        }
        Plan::Tiers { basis: Basis::Before, tiers } => {
            let worth: i64 =
                candidate.target.iter().map(|&line| cart.lines[line as usize].base).sum();
            match reached(tiers, worth).map(|tier| &tier.reward) {
                Some(TierReward::Percentage { basis_points }) => {
                    vec![even(&candidate.target, *basis_points)]
                }
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

/// Puts candidates into cliques, within which none stacks with another: each to the first clique
/// with all of whose members it does not stack.
fn cliques(compiled: &Compiled, candidates: &[Candidate], group: &[usize]) -> Vec<usize> {
    let mut members: Vec<Vec<usize>> = Vec::new();
    let mut cliques = Vec::new();
    for &number in group {
        let apart =
            |other: &usize| !compiled.stack(candidates[*other].number, candidates[number].number);
        let clique = members.iter().position(|clique| clique.iter().all(apart));
        let clique = clique.unwrap_or_else(|| {
            members.push(Vec::new());
            members.len() - 1
        });
        members[clique].push(number);
        cliques.push(clique);
    }
    cliques
}
