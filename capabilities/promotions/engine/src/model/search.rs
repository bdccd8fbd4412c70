//! Which of the promotions that could apply do.
//!
//! *By priority*: the first exclusive one that gives something, alone; otherwise one after the
//! other, leaving out what does not stack with those before it.
//!
//! *Best for the customer*: depth first over "with" and "without" in the fixed order, with the
//! bound of [`crate::model::bound`] (Land and Doig, 1960). Promotions that can have nothing to do
//! with each other are searched apart, and so are families within which all stack; exclusive ones are
//! tried alone.

use crate::compile::Compiled;
use crate::model::bound::Bound;
use crate::model::candidate::{Candidate, Effect, Scratch};
use crate::model::cart::{Cart, State};
use crate::model::groups;
use crate::policy::Combine;

/// Steps of the search for one cart: places of the tree, each with the promotions that are still
/// open there. Every cart to which twelve promotions could apply is searched to its end (2^13
/// steps, were nothing cut away); beyond, the bound leaves a few hundred in most carts. With a
/// hundred lines the limit is reached after four or five milliseconds.
pub(crate) const N_STEPS_MAX: usize = 8_192;

/// What is applied.
#[derive(Debug, Default)]
pub(crate) struct Chosen {
    /// Numbers of candidates, rising.
    pub(crate) candidates: Vec<usize>,
    /// An exclusive one is applied alone.
    pub(crate) is_exclusive: bool,
    pub(crate) n_nodes: usize,
    pub(crate) is_cut_off: bool,
}

/// Chooses as the policy says.
pub(crate) fn choose(cart: &Cart<'_>, compiled: &Compiled, candidates: &[Candidate]) -> Chosen {
    let is_exclusive =
        |candidate: &Candidate| compiled.promotions[candidate.number].promotion.exclusive;
    let (alone, together): (Vec<usize>, Vec<usize>) =
        (0..candidates.len()).partition(|&number| is_exclusive(&candidates[number]));
    let mut scratch = Scratch::default();
    let mut best_alone: Option<(i128, usize)> = None;
    for number in alone {
        let mut state = State::new(cart);
        if candidates[number].apply(cart, &mut state, &mut scratch).is_err() {
            continue;
        }
        if best_alone.is_none_or(|(worth, _)| state.worth > worth) {
            best_alone = Some((state.worth, number));
        }
        if compiled.combine == Combine::ByPriority {
            break;
        }
    }
    let exclusive =
        |number| Chosen { candidates: vec![number], is_exclusive: true, ..Chosen::default() };
    let mut chosen = match (compiled.combine, best_alone) {
        (Combine::ByPriority, Some((_, number))) => exclusive(number),
        (Combine::ByPriority, None) => by_priority(cart, compiled, candidates, &together),
        (Combine::BestForCustomer, best_alone) => {
            let (chosen, worth) = best(cart, compiled, candidates, &together);
            match best_alone {
                Some((alone, number)) if alone > worth => {
                    let Chosen { n_nodes, is_cut_off, .. } = chosen;
                    Chosen { n_nodes, is_cut_off, ..exclusive(number) }
                }
                _ => chosen,
            }
        }
    };
    chosen.is_cut_off |= candidates.iter().any(|candidate| !candidate.is_exact);
    chosen
}

fn by_priority(
    cart: &Cart<'_>,
    compiled: &Compiled,
    candidates: &[Candidate],
    together: &[usize],
) -> Chosen {
    let (mut state, mut scratch) = (State::new(cart), Scratch::default());
    let mut chosen: Vec<usize> = Vec::new();
    for &number in together {
        let candidate = &candidates[number];
        let stacks = |other: &usize| compiled.stack(candidates[*other].number, candidate.number);
        if chosen.iter().all(stacks) && candidate.apply(cart, &mut state, &mut scratch).is_ok() {
            chosen.push(number);
        }
    }
    Chosen { candidates: chosen, ..Chosen::default() }
}

fn best(
    cart: &Cart<'_>,
    compiled: &Compiled,
    candidates: &[Candidate],
    together: &[usize],
) -> (Chosen, i128) {
    let mut task = Task { cart, compiled, candidates, n_nodes: 0, n_steps: 0, is_cut_off: false };
    let (mut chosen, mut worth) = (Vec::new(), 0);
    for group in groups::apart(cart, compiled, candidates, together) {
        let (of_group, worth_of_group) = task.best_of_group(&group);
        chosen.extend(of_group);
        worth += worth_of_group;
    }
    chosen.sort_unstable();
    let Task { n_nodes, is_cut_off, .. } = task;
    (Chosen { candidates: chosen, is_exclusive: false, n_nodes, is_cut_off }, worth)
}

/// The whole search of one cart.
struct Task<'a> {
    cart: &'a Cart<'a>,
    compiled: &'a Compiled,
    candidates: &'a [Candidate],
    n_nodes: usize,
    n_steps: usize,
    is_cut_off: bool,
}

/// A family, cut into groups that can be searched one by one, with the bound of each.
struct Family {
    groups: Vec<(Vec<usize>, i128)>,
    most: i128,
}

impl Task<'_> {
    /// The best of the families of a group, the most promising first.
    fn best_of_group(&mut self, group: &[usize]) -> (Vec<usize>, i128) {
        let families = groups::families(self.compiled, self.candidates, group);
        let mut families: Vec<Family> =
            families.into_iter().map(|family| self.family(&family)).collect();
        families.sort_by_key(|family| std::cmp::Reverse(family.most));
        let (mut best, mut best_worth) = (Vec::new(), 0);
        for family in families {
            let is_enough = self.is_cut_off && best_worth > 0;
            if is_enough || family.most <= best_worth {
                break;
            }
            if let Some((chosen, worth)) = self.better_than(best_worth, &family) {
                (best, best_worth) = (chosen, worth);
            }
        }
        (best, best_worth)
    }

    fn family(&self, family: &[usize]) -> Family {
        let mut scratch = Scratch::default();
        let state = State::new(self.cart);
        let groups = groups::apart(self.cart, self.compiled, self.candidates, family);
        let groups: Vec<(Vec<usize>, i128)> = groups
            .into_iter()
            .map(|group| {
                let mut bound = Bound::new(self.cart, self.compiled, self.candidates, &group);
                let most = bound.most(0, &state, &[], &mut scratch);
                (group, most)
            })
            .collect();
        Family { most: groups.iter().map(|(_, most)| most).sum(), groups }
    }

    /// The best of a family, if it is worth more than what was found before.
    fn better_than(&mut self, worth: i128, family: &Family) -> Option<(Vec<usize>, i128)> {
        let (mut chosen, mut most) = (Vec::new(), family.most);
        for (group, most_of_group) in &family.groups {
            // What the others can give at most, this group has to add to.
            let others = most - most_of_group;
            let (of_group, worth_of_group) = self.search(group, worth - others)?;
            chosen.extend(of_group);
            most = others + worth_of_group;
        }
        (most > worth).then_some((chosen, most))
    }

    /// The best set of a group that is worth more than this.
    fn search(&mut self, group: &[usize], worth: i128) -> Option<(Vec<usize>, i128)> {
        let has_later = groups::have_later(self.cart, self.compiled, self.candidates, group);
        let mut search = Search {
            cart: self.cart,
            compiled: self.compiled,
            candidates: self.candidates,
            group,
            has_later: &has_later,
            bound: Bound::new(self.cart, self.compiled, self.candidates, group),
            state: State::new(self.cart),
            scratch: Scratch::default(),
            chosen: Vec::new(),
            best: None,
            best_worth: worth.max(-1),
            n_nodes: 0,
            n_steps: 0,
            n_steps_max: N_STEPS_MAX.saturating_sub(self.n_steps),
        };
        search.visit(0);
        self.n_nodes += search.n_nodes;
        self.n_steps += search.n_steps;
        self.is_cut_off |= search.n_steps > search.n_steps_max;
        search.best.map(|best| (best, search.best_worth))
    }
}

struct Search<'a> {
    cart: &'a Cart<'a>,
    compiled: &'a Compiled,
    candidates: &'a [Candidate],
    /// Numbers of the candidates that are searched together, rising.
    group: &'a [usize],
    /// Whether a later one has to do with it.
    has_later: &'a [bool],
    bound: Bound<'a>,
    state: State,
    scratch: Scratch,
    chosen: Vec<usize>,
    best: Option<Vec<usize>>,
    best_worth: i128,
    n_nodes: usize,
    n_steps: usize,
    n_steps_max: usize,
}

impl Search<'_> {
    fn visit(&mut self, place: usize) {
        self.n_nodes += 1;
        self.n_steps += self.group.len() - place;
        // Cut off: the first way down, which takes all that stacks, is always walked to its end.
        if self.n_steps > self.n_steps_max && (self.best.is_some() || self.best_worth >= 0) {
            return;
        }
        let Some(&number) = self.group.get(place) else {
            if self.state.worth > self.best_worth {
                self.best_worth = self.state.worth;
                self.best = Some(self.chosen.clone());
            }
            return;
        };
        if self.best_worth >= 0 && self.cannot_be_better(place) {
            return;
        }
        let candidate = &self.candidates[number];
        if !self.stacks(candidate) {
            self.visit(place + 1);
            return;
        }
        let applied = candidate.apply(self.cart, &mut self.state, &mut self.scratch);
        if let Ok(effect) = applied {
            self.with(place, number, &effect);
            if !self.has_later[place] {
                return;
            }
        }
        self.visit(place + 1);
    }

    fn with(&mut self, place: usize, number: usize, effect: &Effect) {
        self.chosen.push(number);
        self.visit(place + 1);
        self.chosen.pop();
        self.candidates[number].undo(&mut self.state, effect);
    }

    fn stacks(&self, candidate: &Candidate) -> bool {
        let stacks =
            |other: &usize| self.compiled.stack(self.candidates[*other].number, candidate.number);
        self.chosen.iter().all(stacks)
    }

    fn cannot_be_better(&mut self, place: usize) -> bool {
        let most = self.bound.most(place, &self.state, &self.chosen, &mut self.scratch);
        self.state.worth + most <= self.best_worth
    }
}
