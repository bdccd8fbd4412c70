//! Shares an amount over lines by weights, never below their floors.
//!
//! Largest remainder throughout, so that the parts sum to the amount exactly. Where floors bind,
//! the lines bound are set to their floor and the rest is shared anew over the lines still open,
//! by the same weights (water-filling), until nothing is bound or nothing is open.

use mercer_engine_kit::money::split;

use crate::policy::FloorPolicy;

/// One line that takes part.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    pub(crate) line: u32,
    pub(crate) weight: i64,
    /// Most that it can take.
    pub(crate) slack: i64,
}

/// The share of each member; lines without one are left out.
pub(crate) fn over(
    amount: i64,
    members: &[Member],
    floor: FloorPolicy,
    shares: &mut Vec<(u32, i64)>,
) {
    let slack: i128 = members.iter().map(|member| i128::from(member.slack.max(0))).sum();
    let amount = amount.min(i64::try_from(slack).unwrap_or(i64::MAX));
    if amount <= 0 {
        return;
    }
    if let [only] = members {
        shares.push((only.line, amount));
        return;
    }
    match floor {
        FloorPolicy::Forfeit => {
            let weights: Vec<i64> = members.iter().map(|member| member.weight).collect();
            let parts = split(amount, &weights);
            push(members.iter().zip(parts).map(|(m, part)| (m.line, part.min(m.slack))), shares);
        }
        FloorPolicy::Redistribute => redistribute(amount, members, shares),
    }
}

fn redistribute(mut amount: i64, members: &[Member], shares: &mut Vec<(u32, i64)>) {
    let mut open: Vec<Member> = members.iter().filter(|member| member.slack > 0).copied().collect();
    while amount > 0 && !open.is_empty() {
        let weights: Vec<i64> = open.iter().map(|member| member.weight).collect();
        let parts = split(amount, &weights);
        let is_bound = |(member, part): (&Member, &i64)| *part > member.slack;
        if !open.iter().zip(&parts).any(is_bound) {
            push(open.iter().zip(parts).map(|(member, part)| (member.line, part)), shares);
            return;
        }
        let mut still_open = Vec::new();
        for (member, part) in open.iter().zip(&parts) {
            if *part > member.slack {
                shares.push((member.line, member.slack));
                amount -= member.slack;
            } else {
                still_open.push(*member);
            }
        }
        open = still_open;
    }
}

fn push(parts: impl Iterator<Item = (u32, i64)>, shares: &mut Vec<(u32, i64)>) {
    shares.extend(parts.filter(|(_, part)| *part > 0));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shared(amount: i64, lines: &[(i64, i64)], floor: FloorPolicy) -> Vec<i64> {
        let members: Vec<Member> = lines
            .iter()
            .zip(0..)
            .map(|((weight, slack), line)| Member { line, weight: *weight, slack: *slack })
            .collect();
        let mut shares = Vec::new();
        over(amount, &members, floor, &mut shares);
        let mut all = vec![0; lines.len()];
        for (line, part) in shares {
            all[line as usize] += part;
        }
        all
    }

    #[test]
    fn what_floors_do_not_allow_goes_to_others_or_is_lost() {
        let lines = [(5_000, 500), (2_000, 2_000), (2_000, 2_000), (2_000, 2_000)];
        assert_eq!(shared(2_500, &lines, FloorPolicy::Redistribute), [500, 667, 667, 666]);
        assert_eq!(shared(2_500, &lines, FloorPolicy::Forfeit), [500, 455, 455, 454]);
        let lines = [(1_000, 1_000), (2_000, 100), (5_000, 0), (3_000, 100)];
        assert_eq!(shared(1_200, &lines, FloorPolicy::Redistribute), [1_000, 100, 0, 100]);
        assert_eq!(shared(9_999, &lines, FloorPolicy::Redistribute), [1_000, 100, 0, 100]);
    }

    proptest! {
        #[test]
        fn redistributing_gives_all_that_floors_allow_and_nothing_more(
            amount in 0i64..5_000,
            lines in proptest::collection::vec((0i64..3_000, 0i64..1_000), 0..12),
        ) {
            let slack: i64 = lines.iter().map(|(_, slack)| slack).sum();
            let given = shared(amount, &lines, FloorPolicy::Redistribute);
            prop_assert_eq!(given.iter().sum::<i64>(), amount.min(slack));
            let forfeited = shared(amount, &lines, FloorPolicy::Forfeit);
            prop_assert!(forfeited.iter().sum::<i64>() <= amount.min(slack));
            for ((given, forfeited), (_, slack)) in given.iter().zip(&forfeited).zip(&lines) {
                prop_assert!((0..=*slack).contains(given) && (0..=*slack).contains(forfeited));
            }
        }
    }
}
