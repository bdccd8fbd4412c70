//! Packs bundles for the largest discount, where several compete for the same units.
//!
//! For given numbers of bundles the dearest set of units that fills all their places is a basis of
//! greatest weight of a transversal matroid (Edmonds and Fulkerson, 1965): units are taken by
//! falling price, each if the places still can be filled, found by augmenting paths. Over the
//! numbers of bundles all combinations are tried while they are few, otherwise one bundle after
//! the other is added while that helps.

/// Combinations of numbers of bundles that are tried before the search turns to adding one at a
/// time: 2,000 packings of a dozen lines take a few milliseconds.
const N_PACKINGS_MAX: i64 = 2_000;
/// Bundles added one at a time; nobody buys more sets in one cart.
const N_ADDED_MAX: usize = 500;

/// A line and the places that its units may fill.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fitting {
    pub(crate) line: u32,
    pub(crate) quantity: i64,
    pub(crate) unit_price: i64,
    /// Bit `p` for place `p`.
    pub(crate) places: u64,
}

/// A bundle: its places (number and units in each) and its price.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    pub(crate) places: Vec<(usize, i64)>,
    pub(crate) price: i64,
    pub(crate) n_max: i64,
}

/// What was packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packed {
    /// Units by line.
    pub(crate) units: Vec<(u32, i64)>,
    /// What all bundles cost together.
    pub(crate) price: i128,
    /// Whether no other packing gives more.
    pub(crate) is_best: bool,
}

/// The packing with the largest discount; `None` where no bundle is both complete and cheaper.
pub(crate) fn pack(lines: &[Fitting], offers: &[Offer]) -> Option<Packed> {
    let mut by_price: Vec<Fitting> =
        lines.iter().filter(|line| line.places != 0).copied().collect();
    by_price.sort_by_key(|line| (std::cmp::Reverse(line.unit_price), line.line));
    let packer = Packer { lines: by_price, offers };
    let most: Vec<i64> = (0..offers.len()).map(|offer| packer.most_alone(offer)).collect();
    let n_combinations = most.iter().fold(1i64, |n, most| n.saturating_mul(most + 1));
    let (counts, is_best) = match offers {
        [_] => (vec![packer.best_alone(most[0])], true),
        _ if n_combinations <= N_PACKINGS_MAX => (packer.best_of_all(&most), true),
        _ => (packer.one_at_a_time(&most), false),
    };
    let filled = packer.fill(&counts)?;
    (filled.gain > 0).then(|| {
        let mut units: Vec<(u32, i64)> =
            packer.lines.iter().map(|line| line.line).zip(filled.taken).collect();
        units.retain(|(_, quantity)| *quantity > 0);
        units.sort_unstable();
        Packed { units, price: packer.price(&counts), is_best }
    })
}

struct Packer<'a> {
    /// By falling price.
    lines: Vec<Fitting>,
    offers: &'a [Offer],
}

struct Filled {
    gain: i128,
    taken: Vec<i64>,
}

impl Packer<'_> {
    fn price(&self, counts: &[i64]) -> i128 {
        self.offers.iter().zip(counts).map(|(o, n)| i128::from(o.price) * i128::from(*n)).sum()
    }

    /// The dearest units that fill all places of so many bundles, if they can be filled.
    fn fill(&self, counts: &[i64]) -> Option<Filled> {
        let mut needed = [0i64; 64];
        for (offer, n) in self.offers.iter().zip(counts) {
            for (place, quantity) in &offer.places {
                needed[*place] = quantity.saturating_mul(*n);
            }
        }
        let n_needed = needed.iter().fold(0i64, |sum, n| sum.saturating_add(*n));
        let n_there = self.lines.iter().fold(0i64, |sum, l| sum.saturating_add(l.quantity));
        if n_needed > n_there {
            return None;
        }
        let mut flow = Flow { open: needed, filled: vec![[0; 64]; self.lines.len()] };
        let mut taken = vec![0; self.lines.len()];
        let (mut n_left, mut value) = (n_needed, 0i128);
        for (number, line) in self.lines.iter().enumerate() {
            while taken[number] < line.quantity && n_left > 0 {
                let n = flow.augment(&self.lines, number, line.quantity - taken[number]);
                if n == 0 {
                    break;
                }
                taken[number] += n;
                n_left -= n;
                value += i128::from(n) * i128::from(line.unit_price);
            }
        }
        (n_left == 0).then(|| Filled { gain: value - self.price(counts), taken })
    }

    fn gain(&self, counts: &[i64]) -> Option<i128> {
        self.fill(counts).map(|filled| filled.gain)
    }

    /// Most of one bundle, were there no other.
    fn most_alone(&self, offer: usize) -> i64 {
        let mut counts = vec![0; self.offers.len()];
        let (mut low, mut high) = (0, self.offers[offer].n_max);
        let n_units = self.lines.iter().fold(0i64, |sum, l| sum.saturating_add(l.quantity));
        high = high.min(n_units);
        while low < high {
            counts[offer] = low + (high - low + 1) / 2;
            if self.fill(&counts).is_some() {
                low = counts[offer];
            } else {
                high = counts[offer] - 1;
            }
        }
        low
    }

    /// Of a single bundle each further one gains less than the one before, so the best number is
    /// found by halving.
    fn best_alone(&self, most: i64) -> i64 {
        let gain = |n: i64| self.gain(&[n]).unwrap_or(i128::MIN);
        let (mut low, mut high) = (0, most);
        while low < high {
            let middle = low + (high - low + 1) / 2;
            if gain(middle) > gain(middle - 1) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        low
    }

    fn best_of_all(&self, most: &[i64]) -> Vec<i64> {
        let mut counts = vec![0; most.len()];
        let (mut best, mut best_gain) = (counts.clone(), 0);
        loop {
            let Some(digit) = (0..most.len()).find(|digit| counts[*digit] < most[*digit]) else {
                return best;
            };
            counts[digit] += 1;
            counts[..digit].fill(0);
            if let Some(gain) = self.gain(&counts)
                && gain > best_gain
            {
                (best, best_gain) = (counts.clone(), gain);
            }
        }
    }

    fn one_at_a_time(&self, most: &[i64]) -> Vec<i64> {
        let (mut counts, mut gain) = (vec![0; most.len()], 0);
        for _ in 0..N_ADDED_MAX {
            let mut next: Option<(i128, usize)> = None;
            for offer in 0..most.len() {
                if counts[offer] < most[offer] {
                    counts[offer] += 1;
                    let found = self.gain(&counts).filter(|found| *found > gain);
                    counts[offer] -= 1;
                    if let Some(found) = found
                        && next.is_none_or(|(best, _)| found > best)
                    {
                        next = Some((found, offer));
                    }
                }
            }
            let Some((found, offer)) = next else { break };
            counts[offer] += 1;
            gain = found;
        }
        counts
    }
}

/// Who fills which place.
struct Flow {
    /// Units that each place still needs.
    open: [i64; 64],
    /// Units of each line in each place.
    filled: Vec<[i64; 64]>,
}

impl Flow {
    /// Puts up to `quantity` more units of a line into places, moving others if need be. Returns
    /// how many found one on a shortest path.
    fn augment(&mut self, lines: &[Fitting], line: usize, quantity: i64) -> i64 {
        // Breadth first over places; from where each place was reached: (line, place before).
        let mut from: [Option<(usize, Option<usize>)>; 64] = [None; 64];
        let mut queue = std::collections::VecDeque::new();
        let reach = |places: u64, by: (usize, Option<usize>), from: &mut [Option<_>; 64]| {
            let mut reached = Vec::new();
            for place in (0..64).filter(|place| places >> place & 1 == 1) {
                if from[place].is_none() {
                    from[place] = Some(by);
                    reached.push(place);
                }
            }
            reached
        };
        queue.extend(reach(lines[line].places, (line, None), &mut from));
        while let Some(place) = queue.pop_front() {
            if self.open[place] > 0 {
                return self.push(&from, place, quantity);
            }
            for (other, fitting) in lines.iter().enumerate() {
                if self.filled[other][place] > 0 {
                    queue.extend(reach(fitting.places, (other, Some(place)), &mut from));
                }
            }
        }
        0
    }

    fn push(&mut self, from: &[Option<(usize, Option<usize>)>; 64], end: usize, most: i64) -> i64 {
        let mut n = most.min(self.open[end]);
        let mut place = end;
        while let Some((line, Some(before))) = from[place] {
            n = n.min(self.filled[line][before]);
            place = before;
        }
        self.open[end] -= n;
        place = end;
        while let Some((line, before)) = from[place] {
            self.filled[line][place] += n;
            let Some(before) = before else { break };
            self.filled[line][before] -= n;
            place = before;
        }
        n
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fitting(line: u32, quantity: i64, unit_price: i64, places: u64) -> Fitting {
        Fitting { line, quantity, unit_price, places }
    }

    #[test]
    fn overlapping_bundles_are_packed_for_the_most() {
        // A and B for 8 (worth 10), B and C for 5 (worth 11); one B: the second wins.
        let lines = [fitting(0, 1, 5, 0b1), fitting(1, 1, 5, 0b110), fitting(2, 1, 6, 0b1000)];
        let offers = [
            Offer { places: vec![(0, 1), (1, 1)], price: 8, n_max: 9 },
            Offer { places: vec![(2, 1), (3, 1)], price: 5, n_max: 9 },
        ];
        let packed = pack(&lines, &offers).unwrap();
        assert_eq!(packed, Packed { units: vec![(1, 1), (2, 1)], price: 5, is_best: true });
    }

    #[test]
    fn a_bundle_that_is_dearer_than_its_parts_is_not_packed() {
        let lines = [fitting(0, 3, 5, 0b1)];
        let offers = [Offer { places: vec![(0, 3)], price: 15, n_max: 9 }];
        assert_eq!(pack(&lines, &offers), None);
    }

    /// Every way to hand out single units, one after the other.
    fn by_hand(units: &mut [(i64, u64, bool)], places: &[usize], value: i64) -> Option<i64> {
        let Some((place, rest)) = places.split_first() else { return Some(value) };
        let mut best = None;
        for number in 0..units.len() {
            let (price, fits, is_free) = units[number];
            if is_free && fits >> place & 1 == 1 {
                units[number].2 = false;
                best = best.max(by_hand(units, rest, value + price));
                units[number].2 = true;
            }
        }
        best
    }

    proptest! {
        #[test]
        fn no_other_packing_gives_more(
            lines in proptest::collection::vec((1i64..3, 1i64..10, 0u64..16), 1..4),
            prices in (1i64..14, 1i64..14),
        ) {
            let fitting: Vec<Fitting> = lines.iter().zip(0..)
                .map(|((n, price, places), line)| fitting(line, *n, *price, *places)).collect();
            let offers = [
                Offer { places: vec![(0, 1), (1, 1)], price: prices.0, n_max: 2 },
                Offer { places: vec![(2, 1), (3, 1)], price: prices.1, n_max: 2 },
            ];
            let mut units: Vec<(i64, u64, bool)> = Vec::new();
            for (n, price, places) in &lines {
                units.extend((0..*n).map(|_| (*price, *places, true)));
            }
            let mut best = 0;
            for a in 0..=2usize {
                for b in 0..=2usize {
                    let places: Vec<usize> = [[0, 1]].repeat(a).concat().into_iter()
                        .chain([[2, 3]].repeat(b).concat()).collect();
                    if let Some(value) = by_hand(&mut units, &places, 0) {
                        best = best.max(value - prices.0 * a as i64 - prices.1 * b as i64);
                    }
                }
            }
            let found = pack(&fitting, &offers).map_or(0, |packed| {
                let value: i128 = packed.units.iter()
                    .map(|(line, n)| i128::from(*n * lines[*line as usize].1)).sum();
                value - packed.price
            });
            prop_assert_eq!(found, i128::from(best));
        }
    }
}
