//! Which of the promotions that could apply do.
//!
//! *By priority*: the first exclusive one that gives something, alone; otherwise one after the
//! other, leaving out what does not stack with those before it.
//!
//! *Best for the customer*: depth first over "with" and "without" in the fixed order, with the
//! bound of [`crate::model::bound`] (Land and Doig, 1960). Promotions that can have nothing to do
//! with each other are searched apart; exclusive ones are tried alone.

use crate::compile::Compiled;
use crate::model::bound::Bound;
use crate::model::candidate::{Candidate, Effect, Scratch};
use crate::model::cart::{Cart, State};
use crate::model::groups;
use crate::policy::Combine;

/// Places of the search tree that are visited for one cart. Every cart with up to 13 promotions
/// that could apply is searched to its end (2^14 places); beyond, the bound leaves a few hundred
/// in all but contrived cases, and 20,000 take some tens of milliseconds.
pub(crate) const N_NODES_MAX: usize = 20_000;

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
    let mut all = Chosen::default();
    let mut worth = 0;
    for group in groups::apart(cart, compiled, candidates, together) {
        let bound = Bound::new(cart, compiled, candidates, &group);
        let has_later = groups::have_later(cart, compiled, candidates, &group);
        let n_nodes_max = N_NODES_MAX.saturating_sub(all.n_nodes).max(group.len() + 1);
        let mut search = Search {
            cart,
            compiled,
            candidates,
            group: &group,
            has_later: &has_later,
            bound,
            state: State::new(cart),
            scratch: Scratch::default(),
            chosen: Vec::new(),
            best: Vec::new(),
            best_worth: -1,
            n_nodes: 0,
            n_nodes_max,
        };
        search.visit(0);
        all.n_nodes += search.n_nodes;
        all.is_cut_off |= search.n_nodes > search.n_nodes_max;
        worth += search.best_worth.max(0);
        all.candidates.extend(search.best);
    }
    all.candidates.sort_unstable();
    (all, worth)
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
    best: Vec<usize>,
    best_worth: i128,
    n_nodes: usize,
    n_nodes_max: usize,
}

impl Search<'_> {
    fn visit(&mut self, place: usize) {
        self.n_nodes += 1;
        // Cut off: the first way down, which takes all that stacks, is always walked to its end.
        if self.n_nodes > self.n_nodes_max && self.best_worth >= 0 {
            return;
        }
        let Some(&number) = self.group.get(place) else {
            if self.state.worth > self.best_worth {
                self.best_worth = self.state.worth;
                self.best.clone_from(&self.chosen);
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
