//! The fewest locations that together hold what is wanted of every SKU: a set multicover.
//!
//! Exact by search with growing size; by Chvátal's greedy rule ("A greedy heuristic for the
//! set-covering problem", Mathematics of Operations Research 4, 1979) when the steps run out.

/// What is wanted of a SKU, and how many units each location has of it.
pub(crate) struct Need<'a> {
    pub wanted: i64,
    pub available: &'a [i64],
}

/// A set of locations, by their place in the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cover {
    pub chosen: Vec<bool>,
    /// Steps of the search.
    pub n_steps: u32,
    /// Whether no smaller set covers.
    pub is_proven: bool,
}

/// The smallest cover that contains `given`. The needs can be covered by all locations together.
pub(crate) fn fewest(needs: &[Need<'_>], given: &[bool], n_steps_max: u32) -> Cover {
    let mut left: Vec<i64> = needs.iter().map(|need| need.wanted).collect();
    for (at, _) in given.iter().enumerate().filter(|(_, is_given)| **is_given) {
        reduce(&mut left, needs, at);
    }
    let useful: Vec<usize> =
        (0..given.len()).filter(|at| !given[*at] && gain(&left, needs, *at) > 0).collect();
    let mut search = Search { needs, useful: &useful, chosen: Vec::new(), n_steps: 0, n_steps_max };
    for size in 0..=useful.len() {
        match search.find(&left, 0, size) {
            Found::Yes => return cover(given, &search.chosen, search.n_steps, true),
            Found::No => search.chosen.clear(),
            Found::GaveUp => break,
        }
    }
    let chosen = greedy(needs, left, &useful);
    cover(given, &chosen, search.n_steps, false)
}

fn cover(given: &[bool], more: &[usize], n_steps: u32, is_proven: bool) -> Cover {
    let mut chosen = given.to_vec();
    for at in more {
        chosen[*at] = true;
    }
    Cover { chosen, n_steps, is_proven }
}

enum Found {
    Yes,
    No,
    GaveUp,
}

struct Search<'a> {
    needs: &'a [Need<'a>],
    useful: &'a [usize],
    chosen: Vec<usize>,
    n_steps: u32,
    n_steps_max: u32,
}

impl Search<'_> {
    /// Looks for `size` further locations, from a place in the order on, that cover what is left.
    fn find(&mut self, left: &[i64], from: usize, size: usize) -> Found {
        if left.iter().all(|n| *n <= 0) {
            return Found::Yes;
        }
        if self.n_steps >= self.n_steps_max {
            return Found::GaveUp;
        }
        self.n_steps += 1;
        if size == 0 || !self.can_cover(left, from, size) {
            return Found::No;
        }
        for next in from..self.useful.len() {
            let at = self.useful[next];
            if gain(left, self.needs, at) == 0 {
                continue;
            }
            let mut rest = left.to_vec();
            reduce(&mut rest, self.needs, at);
            self.chosen.push(at);
            match self.find(&rest, next + 1, size - 1) {
                Found::No => self.chosen.pop(),
                other => return other,
            };
        }
        Found::No
    }

    /// Whether, SKU by SKU, the `size` richest of the locations ahead have what is left.
    fn can_cover(&self, left: &[i64], from: usize, size: usize) -> bool {
        self.needs.iter().zip(left).all(|(need, left)| {
            if *left <= 0 {
                return true;
            }
            let mut ahead: Vec<i64> =
                self.useful[from..].iter().map(|at| need.available[*at]).collect();
            ahead.sort_unstable_by(|a, b| b.cmp(a));
            ahead.iter().take(size).fold(0i64, |sum, n| sum.saturating_add(*n)) >= *left
        })
    }
}

fn greedy(needs: &[Need<'_>], mut left: Vec<i64>, useful: &[usize]) -> Vec<usize> {
    let mut chosen = Vec::new();
    let mut open = useful.to_vec();
    while left.iter().any(|n| *n > 0) {
        // Of equal ones the first in the order.
        let best = (0..open.len()).rev().max_by_key(|place| gain(&left, needs, open[*place]));
        let Some(place) = best else { break };
        let at = open.remove(place);
        reduce(&mut left, needs, at);
        chosen.push(at);
    }
    chosen
}

/// Units that a location adds to what is still missing.
fn gain(left: &[i64], needs: &[Need<'_>], at: usize) -> i64 {
    let parts = needs.iter().zip(left).map(|(need, left)| need.available[at].min(*left).max(0));
    parts.fold(0i64, i64::saturating_add)
}

fn reduce(left: &mut [i64], needs: &[Need<'_>], at: usize) {
    for (left, need) in left.iter_mut().zip(needs) {
        *left -= need.available[at].min((*left).max(0));
    }
}
