//! Buy so many, get others cheaper: which units are the cheaper ones.
//!
//! The cheapest by list price. A unit counts once, as bought or as got; the last group may be
//! incomplete on the side of what is got ("buy 2, get 2" with three units makes one cheaper).

/// Units of one line and what they may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Units {
    pub(crate) line: u32,
    pub(crate) quantity: i64,
    pub(crate) unit_price: i64,
    pub(crate) may_be_bought: bool,
    pub(crate) may_be_got: bool,
}

/// How many units of which lines are cheaper.
pub(crate) fn got(units: &[Units], buy: i64, get: i64, n_repeats_max: i64) -> Vec<(u32, i64)> {
    let sum = |of: fn(&Units) -> bool| -> i64 {
        units.iter().filter(|unit| of(unit)).map(|unit| unit.quantity).sum()
    };
    let only_bought = sum(|unit| unit.may_be_bought && !unit.may_be_got);
    let only_got = sum(|unit| unit.may_be_got && !unit.may_be_bought);
    let either = sum(|unit| unit.may_be_bought && unit.may_be_got);
    let mut n_left = most(Counts { only_bought, only_got, either }, buy, get, n_repeats_max);
    // Of the units that may be either, those needed for buying cannot be got.
    let n_groups = n_left.div_euclid(get) + i64::from(n_left % get != 0);
    let mut either_left = either - n_groups.saturating_mul(buy).saturating_sub(only_bought).max(0);
    let mut cheapest: Vec<&Units> = units.iter().filter(|unit| unit.may_be_got).collect();
    cheapest.sort_by_key(|unit| (unit.unit_price, unit.line));
    let mut got = Vec::new();
    for unit in cheapest {
        let mut quantity = unit.quantity.min(n_left);
        if unit.may_be_bought {
            quantity = quantity.min(either_left.max(0));
            either_left -= quantity;
        }
        n_left -= quantity;
        if quantity > 0 {
            got.push((unit.line, quantity));
        }
    }
    got
}

#[derive(Debug, Clone, Copy)]
struct Counts {
    only_bought: i64,
    only_got: i64,
    either: i64,
}

/// Most units that can be got: with `n` groups, `n × get` of them, and no more than are left when
/// `n × buy` are bought. The first rises with `n`, the second falls, so the best `n` is where they
/// cross.
fn most(counts: Counts, buy: i64, get: i64, n_repeats_max: i64) -> i64 {
    let Counts { only_bought, only_got, either } = counts;
    let n_max = ((only_bought + either) / buy).min(n_repeats_max);
    let entitled = |n: i64| n.saturating_mul(get);
    let left =
        |n: i64| only_got + either - n.saturating_mul(buy).saturating_sub(only_bought).max(0);
    let (mut low, mut high) = (0, n_max);
    while low < high {
        let middle = low + (high - low + 1) / 2;
        if entitled(middle) <= left(middle) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    let at = |n: i64| if n <= n_max { entitled(n).min(left(n)) } else { 0 };
    at(low).max(at(low + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn units(of: &[(i64, i64, bool, bool)]) -> Vec<Units> {
        of.iter()
            .zip(0..)
            .map(|((quantity, unit_price, may_be_bought, may_be_got), line)| Units {
                line,
                quantity: *quantity,
                unit_price: *unit_price,
                may_be_bought: *may_be_bought,
                may_be_got: *may_be_got,
            })
            .collect()
    }

    #[test]
    fn the_cheapest_are_got_and_each_unit_counts_once() {
        let same = units(&[(2, 500, true, true), (1, 300, true, true), (3, 400, true, true)]);
        assert_eq!(got(&same, 2, 1, 99), [(1, 1), (2, 1)]);
        assert_eq!(got(&same, 2, 1, 1), [(1, 1)]);
        assert_eq!(got(&same, 6, 1, 99), []);
        assert_eq!(got(&units(&[(3, 500, true, true)]), 2, 2, 99), [(0, 1)]);
        let other = units(&[(4, 900, true, false), (5, 100, false, true)]);
        assert_eq!(got(&other, 2, 1, 99), [(1, 2)]);
        let overlap = units(&[(1, 900, true, false), (2, 100, true, true)]);
        assert_eq!(got(&overlap, 1, 1, 99), [(1, 1)]);
    }

    proptest! {
        /// Against trying every number of groups, one by one.
        #[test]
        fn as_many_are_got_as_any_number_of_groups_allows(
            of in proptest::collection::vec(
                (1i64..6, 1i64..9, any::<bool>(), any::<bool>()), 0..6),
            buy in 1i64..4, get in 1i64..4, n_max in 1i64..5,
        ) {
            let units = units(&of);
            let found: i64 = got(&units, buy, get, n_max).iter().map(|(_, n)| n).sum();
            let (mut b, mut g, mut e) = (0, 0, 0);
            for (quantity, _, bought, is_got) in of {
                match (bought, is_got) {
                    (true, true) => e += quantity,
                    (true, false) => b += quantity,
                    (false, true) => g += quantity,
                    (false, false) => {}
                }
            }
            let mut best = 0;
            for n in 0..=n_max {
                for taken in 0..=n * get {
                    let from_either = (taken - g).max(0);
                    if from_either <= e && n * buy <= b + e - from_either {
                        best = best.max(taken);
                    }
                }
            }
            prop_assert_eq!(found, best);
        }
    }
}
