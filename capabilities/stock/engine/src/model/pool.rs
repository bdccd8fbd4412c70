//! What is left of each SKU at each location while the lines of a cart draw on it.

use std::collections::HashMap;

use crate::input::{Input, LineOutcome, Taken, Verdict};
use crate::policy::ShortLines;

/// Units of one SKU at the serving locations, by their place in the order.
#[derive(Debug, Clone)]
pub(crate) struct Shelf {
    /// Units that can be taken.
    pub available: Vec<i64>,
    /// Units that may be ordered back.
    pub back_order: Vec<i64>,
    n_available: i64,
    n_back_order: i64,
}

/// Shelves of the tracked SKUs.
pub(crate) struct Pool<'a> {
    pub shelves: HashMap<&'a str, Shelf>,
}

/// What a line may take, before it is known from where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share {
    /// Units that are there.
    pub there: i64,
    /// Units to come.
    pub back_ordered: i64,
}

impl<'a> Pool<'a> {
    pub(crate) fn new(input: &'a Input, serving: &[usize]) -> Self {
        let places: HashMap<&str, usize> = serving
            .iter()
            .enumerate()
            .map(|(place, index)| (input.locations[*index].code.as_str(), place))
            .collect();
        let mut shelves = HashMap::with_capacity(input.items.len());
        for item in input.items.iter().filter(|item| item.is_tracked) {
            let mut shelf = Shelf {
                available: vec![0; serving.len()],
                back_order: vec![0; serving.len()],
                n_available: 0,
                n_back_order: 0,
            };
            for at in &item.places {
                let Some(place) = places.get(at.location.as_str()) else { continue };
                shelf.available[*place] = at.available.max(0);
                shelf.back_order[*place] = at.back_order.max(0);
            }
            shelf.n_available = sum(&shelf.available);
            shelf.n_back_order = sum(&shelf.back_order);
            shelves.insert(item.sku.as_str(), shelf);
        }
        Self { shelves }
    }

    /// Which lines are filled, in their order, and what each may take.
    pub(crate) fn share(
        &mut self,
        input: &Input,
        short_lines: ShortLines,
    ) -> (Vec<LineOutcome>, Vec<Share>) {
        let mut lines = Vec::with_capacity(input.asks.len());
        let mut shares = Vec::with_capacity(input.asks.len());
        for ask in &input.asks {
            let (verdict, n_found, share) = match self.shelves.get_mut(ask.sku.as_str()) {
                _ if ask.quantity <= 0 => (Verdict::Refused, 0, Share::NONE),
                None => (Verdict::Untracked, ask.quantity, Share::NONE),
                Some(shelf) => shelf.share(ask.quantity, short_lines),
            };
            lines.push(LineOutcome {
                line: ask.line,
                sku: ask.sku.clone(),
                wanted: ask.quantity,
                verdict,
                n_found,
                places: Vec::new(),
            });
            shares.push(share);
        }
        (lines, shares)
    }
}

impl Share {
    pub(crate) const NONE: Self = Self { there: 0, back_ordered: 0 };
}

impl Shelf {
    fn share(&mut self, wanted: i64, short_lines: ShortLines) -> (Verdict, i64, Share) {
        let there = wanted.min(self.n_available);
        let back_ordered = (wanted - there).min(self.n_back_order);
        let n_found = there + back_ordered;
        let verdict = if n_found == wanted { Verdict::Filled } else { Verdict::Short };
        if verdict == Verdict::Short && short_lines == ShortLines::Refuse {
            return (verdict, n_found, Share::NONE);
        }
        self.n_available -= there;
        self.n_back_order -= back_ordered;
        (verdict, n_found, Share { there, back_ordered })
    }

    /// Takes a line's units that are there from the locations that `is_chosen` names; whole from
    /// one of them if `whole_first` and one has them.
    pub(crate) fn take(
        &mut self,
        wanted: i64,
        is_chosen: impl Fn(usize) -> bool,
        whole_first: bool,
    ) -> Vec<(usize, i64)> {
        if wanted == 0 {
            return Vec::new();
        }
        let chosen: Vec<usize> = (0..self.available.len()).filter(|at| is_chosen(*at)).collect();
        let whole = chosen.iter().copied().find(|at| self.available[*at] >= wanted);
        if let Some(at) = whole.filter(|_| whole_first) {
            self.available[at] -= wanted;
            return vec![(at, wanted)];
        }
        take_in_order(&mut self.available, chosen, wanted)
    }

    /// Takes a line's units to come, in the order of the locations.
    pub(crate) fn take_back_order(&mut self, wanted: i64) -> Vec<(usize, i64)> {
        let all = (0..self.back_order.len()).collect();
        take_in_order(&mut self.back_order, all, wanted)
    }
}

fn take_in_order(units: &mut [i64], from: Vec<usize>, mut wanted: i64) -> Vec<(usize, i64)> {
    let mut taken = Vec::new();
    for at in from {
        let n = units[at].min(wanted);
        if n > 0 {
            units[at] -= n;
            wanted -= n;
            taken.push((at, n));
        }
    }
    taken
}

/// Units of all locations; what no number can hold is as good as the largest.
fn sum(units: &[i64]) -> i64 {
    units.iter().fold(0, |sum: i64, n| sum.saturating_add(*n))
}

/// Adds units to a line's places, one entry a location.
pub(crate) fn add(places: &mut Vec<Taken>, location: &str, quantity: i64, back_ordered: i64) {
    match places.iter_mut().find(|taken| taken.location == location) {
        Some(taken) => {
            taken.quantity += quantity;
            taken.back_ordered += back_ordered;
        }
        None => places.push(Taken { location: location.to_owned(), quantity, back_ordered }),
    }
}
