//! Which candidates have to do with each other: they share a line, the shipping, a budget, or do
//! not stack. And families, within which all stack.

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

/// Families of a group that are searched one by one. With more the group is searched whole, which
/// is slower and as exact; a shop that keeps its offers apart by three or four tags has a dozen.
const N_FAMILIES_MAX: usize = 48;

/// All largest sets of candidates of a group that stack with each other, each by rising number:
/// every allowed set lies within one of them. Candidates with the same tags that say the same of
/// others stand or fall together, except that they may not stack with each other; of such, at most
/// one is chosen later.
pub(crate) fn families(
    compiled: &Compiled,
    candidates: &[Candidate],
    group: &[usize],
) -> Vec<Vec<usize>> {
    let mut kinds: Vec<Vec<usize>> = Vec::new();
    let promotion = |number: usize| &compiled.promotions[candidates[number].number].promotion;
    for &number in group {
        let same = |kind: &&mut Vec<usize>| {
            let (a, b) = (promotion(kind[0]), promotion(number));
            a.tags == b.tags && a.stacks == b.stacks
        };
        match kinds.iter_mut().find(same) {
            Some(kind) => kind.push(number),
            None => kinds.push(vec![number]),
        }
    }
    let stacks = |a: usize, b: usize| {
        compiled.stack(candidates[kinds[a][0]].number, candidates[kinds[b][0]].number)
    };
    let mut found = Vec::new();
    let all = (0..kinds.len()).collect();
    if !largest(&stacks, Vec::new(), all, Vec::new(), &mut found) {
        return vec![group.to_vec()];
    }
    let members = |kinds_of: Vec<usize>| {
        let mut members: Vec<usize> =
            kinds_of.into_iter().flat_map(|kind| kinds[kind].clone()).collect();
        members.sort_unstable();
        members
    };
    found.into_iter().map(members).collect()
}

/// All largest cliques (Bron and Kerbosch, 1973, with a pivot). False when there are too many.
fn largest(
    stacks: &dyn Fn(usize, usize) -> bool,
    chosen: Vec<usize>,
    mut open: Vec<usize>,
    mut done: Vec<usize>,
    found: &mut Vec<Vec<usize>>,
) -> bool {
    if open.is_empty() {
        if done.is_empty() {
            found.push(chosen);
        }
        return found.len() <= N_FAMILIES_MAX;
    }
    let reach = |pivot: &usize| open.iter().filter(|kind| stacks(*pivot, **kind)).count();
    let pivot = open.iter().chain(&done).copied().max_by_key(reach);
    let is_beside = |kind: &usize| pivot.is_none_or(|p| p == *kind || !stacks(p, *kind));
    for kind in open.clone().into_iter().filter(is_beside) {
        let with = |kinds: &[usize]| -> Vec<usize> {
            kinds.iter().copied().filter(|other| *other != kind && stacks(kind, *other)).collect()
        };
        let mut more = chosen.clone();
        more.push(kind);
        if !largest(stacks, more, with(&open), with(&done), found) {
            return false;
        }
        open.retain(|other| *other != kind);
        done.push(kind);
    }
    true
}
