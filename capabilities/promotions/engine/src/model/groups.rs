//! Which candidates have to do with each other: they share a line, the shipping, a budget, or do
//! not stack.

use crate::compile::Compiled;
use crate::model::candidate::Candidate;
use crate::model::cart::Cart;
use crate::model::plan::Plan;

/// What a candidate touches or looks at, as bits: the lines, and last the shipping.
struct Things(Vec<u64>);

impl Things {
    fn of(candidate: &Candidate, cart: &Cart<'_>) -> Self {
        let shipping = cart.lines.len();
        let mut bits = vec![0u64; shipping / 64 + 1];
        let mut mark = |number: usize| bits[number / 64] |= 1 << (number % 64);
        for &line in &candidate.touched {
            mark(line as usize);
        }
        if candidate.reads_target() {
            for &line in &candidate.target {
                mark(line as usize);
            }
        }
        if matches!(candidate.plan, Plan::Shipping { .. }) {
            mark(shipping);
        }
        Self(bits)
    }

    fn meet(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }
}

/// Whether two candidates have to do with each other.
fn related(
    (a, a_things): (&Candidate, &Things),
    (b, b_things): (&Candidate, &Things),
    compiled: &Compiled,
) -> bool {
    let share_budget = a.campaign.is_some() && a.campaign == b.campaign;
    share_budget || !compiled.stack(a.number, b.number) || a_things.meet(b_things)
}

/// Groups of candidates, each group by rising number, that can be searched one by one.
pub(crate) fn apart(
    cart: &Cart<'_>,
    compiled: &Compiled,
    candidates: &[Candidate],
    together: &[usize],
) -> Vec<Vec<usize>> {
    let things: Vec<Things> = together.iter().map(|&n| Things::of(&candidates[n], cart)).collect();
    let with = |place: usize| (&candidates[together[place]], &things[place]);
    let mut group_of: Vec<usize> = (0..together.len()).collect();
    for later in 0..together.len() {
        for earlier in 0..later {
            let (a, b) = (group_of[earlier], group_of[later]);
            if a != b && related(with(earlier), with(later), compiled) {
                for group in &mut group_of[..=later] {
                    if *group == b {
                        *group = a;
                    }
                }
            }
        }
    }
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); together.len()];
    for (&number, group) in together.iter().zip(group_of) {
        groups[group].push(number);
    }
    groups.retain(|group| !group.is_empty());
    groups
}

/// For each of a group, whether a later one of it has to do with it.
pub(crate) fn have_later(
    cart: &Cart<'_>,
    compiled: &Compiled,
    candidates: &[Candidate],
    group: &[usize],
) -> Vec<bool> {
    let things: Vec<Things> = group.iter().map(|&n| Things::of(&candidates[n], cart)).collect();
    let with = |place: usize| (&candidates[group[place]], &things[place]);
    (0..group.len())
        .map(|place| {
            (place + 1..group.len()).any(|later| related(with(place), with(later), compiled))
        })
        .collect()
}
