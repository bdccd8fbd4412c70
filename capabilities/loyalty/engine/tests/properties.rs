//! What must hold for any order, any split of its returns and any member.

use std::collections::{BTreeMap, BTreeSet};

use mercer_engine_kit::money::{Currency, Rounding};
use mercer_engine_kit::seed::Seed;
use mercer_loyalty_engine::calendar::{Day, Period};
use mercer_loyalty_engine::input::{
    Earned, LineLot, Order, OrderInput, OrderLine, RedemptionInput, Return, ReturnsInput, Shipping,
    TierFact, TierInput,
};
use mercer_loyalty_engine::model::earn::redeemed_by_line;
use mercer_loyalty_engine::outcome::{EarnOutcome, RedemptionOutcome, ReturnsOutcome, TierOutcome};
use mercer_loyalty_engine::policy::earning::{
    Basis, Discounts, Earn, EarnRule, Included, Limit, Scope,
};
use mercer_loyalty_engine::policy::tiers::{Level, Measure, Tiers, Window};
use mercer_loyalty_engine::policy::{Programme, Redemption};
use mercer_loyalty_engine::posting::{Movement, Posting};
use mercer_loyalty_engine::{decide_order, decide_redemption, decide_returns, decide_tier};
use proptest::prelude::*;

const SEED: Seed = Seed(1);

fn day(number: i32) -> Day {
    Day::from_number(number).expect("within the calendar")
}

fn line() -> impl Strategy<Value = OrderLine> {
    (1i64..20, 0i64..50_000, 0u8..=100, 0u32..300_000).prop_map(
        |(quantity, amount_minor, percent_off, tax_rate_ppm)| OrderLine {
            line: 0,
            product: "prd_1".to_owned(),
            categories: vec!["tea".to_owned()],
            quantity,
            amount_minor,
            discount_minor: amount_minor * i64::from(percent_off) / 100,
            tax_rate_ppm,
        },
    )
}

fn order() -> impl Strategy<Value = Order> {
    let lines = proptest::collection::vec(line(), 1..8);
    (lines, 0i64..=100, 0i64..=100, proptest::option::of(0i64..3_000), any::<bool>()).prop_map(
        |(mut lines, percent_off, percent_redeemed, shipping, prices_include_tax)| {
            for (line, number) in lines.iter_mut().zip(1..) {
                line.line = number;
                line.product = format!("prd_{number}");
            }
            let goods: i64 = lines.iter().map(|line| line.amount_minor - line.discount_minor).sum();
            let discount_minor = goods * percent_off / 200;
            let payable = goods - discount_minor + shipping.unwrap_or(0);
            Order {
                id: "ord_1".to_owned(),
                customer: "cus_1".to_owned(),
                currency: Currency::GBP,
                day: day(15_317),
                prices_include_tax,
                lines,
                discount_minor,
                redeemed_minor: payable * percent_redeemed / 200,
                shipping: shipping.map(|amount_minor| Shipping {
                    amount_minor,
                    discount_minor: 0,
                    tax_rate_ppm: 200_000,
                }),
            }
        },
    )
}

fn basis() -> impl Strategy<Value = Basis> {
    let included = || prop_oneof![Just(Included::With), Just(Included::Without)];
    let discounts = prop_oneof![Just(Discounts::Before), Just(Discounts::After)];
    (discounts, included(), included()).prop_map(|(discounts, tax, shipping)| Basis {
        discounts,
        tax,
        shipping,
    })
}

fn rounding() -> impl Strategy<Value = Rounding> {
    prop_oneof![
        Just(Rounding::Down),
        Just(Rounding::Up),
        Just(Rounding::HalfUp),
        Just(Rounding::HalfEven),
    ]
}

fn programme() -> impl Strategy<Value = Programme> {
    let limit = proptest::option::of(1i64..2_000);
    (1i64..50, 1i64..1_000, basis(), rounding(), limit, 1u32..400).prop_map(
        |(points, per_minor, basis, rounding, limit, percent)| {
            let scope = Scope::default();
            let rule = EarnRule {
                id: "purchase".to_owned(),
                earn: Earn::Spend { points, per_minor, basis, rounding, scope },
                multiplied_by_tier: true,
                pending_days: 14,
                limits: limit
                    .map(|max| Limit::Points { max, per: Period::Month })
                    .into_iter()
                    .collect(),
            };
            let scope = Scope { categories: vec!["tea".to_owned()], ..Scope::default() };
            let tea = EarnRule {
                id: "tea".to_owned(),
                earn: Earn::Product { points_per_unit: points, scope },
                limits: Vec::new(),
                ..rule.clone()
            };
            let tiers = tiers(Window::Rolling { days: 365 }, 30, percent);
            let earning = vec![rule, tea];
            Programme { earning, tiers: Some(tiers), ..Programme::empty(Currency::GBP) }
        },
    )
}

fn tiers(window: Window, grace_days: u32, multiplier_percent: u32) -> Tiers {
    let level = |id: &str, from| Level {
        id: id.to_owned(),
        name: id.to_owned(),
        from,
        multiplier_percent,
        benefits: Vec::new(),
    };
    let levels = vec![level("basic", 0), level("silver", 500), level("gold", 2_000)];
    Tiers { measure: Measure::Points, window, grace_days, levels }
}

fn asked(order: &Order) -> OrderInput {
    OrderInput { order: order.clone(), tier: Some("silver".to_owned()), earned: Vec::new() }
}

fn line_of(lot: &str) -> Option<u32> {
    lot.split(":line:").nth(1)?.split(':').next()?.parse().ok()
}

fn lots(outcome: &EarnOutcome) -> Vec<LineLot> {
    let of = |posting: &Posting| LineLot {
        line: line_of(&posting.lot),
        lot: posting.lot.clone(),
        rule: posting.rule.clone(),
        points: posting.points,
    };
    outcome.postings().iter().map(of).collect()
}

/// All units of an order, cut into returns by the given numbers.
fn split_into_returns(order: &Order, cuts: &[u8]) -> Vec<Return> {
    let mut left: BTreeMap<u32, i64> =
        order.lines.iter().map(|line| (line.line, line.quantity)).collect();
    let mut returns = Vec::new();
    for (number, cut) in cuts.iter().enumerate() {
        let mut units = BTreeMap::new();
        for (place, (line, left)) in left.iter_mut().enumerate() {
            let n = (i64::from(*cut) >> (place % 4)) % (*left + 1);
            *left -= n;
            units.extend((n > 0).then_some((*line, n)));
        }
        returns.push(Return { id: format!("ret_{number}"), day: day(15_320), units });
    }
    left.retain(|_, n| *n > 0);
    returns.push(Return { id: "ret_last".to_owned(), day: day(15_330), units: left });
    returns
}

fn settled(outcome: &ReturnsOutcome) -> (&[Posting], i64, i64) {
    match outcome {
        ReturnsOutcome::Settled { postings, taken_back, given_back } => {
            (postings, *taken_back, *given_back)
        }
        ReturnsOutcome::Refused => panic!("refused"),
    }
}

proptest! {
    #[test]
    fn points_of_the_lines_sum_to_the_order_counted_once(order in order(), programme in programme()) {
        let decision = decide_order(&asked(&order), &programme, SEED);
        prop_assert_ne!(&decision.outcome, &EarnOutcome::Refused, "{:?}", decision.reasons);
        if let EarnOutcome::Earned { postings, points, .. } = &decision.outcome {
            prop_assert_eq!(postings.iter().map(|posting| posting.points).sum::<i64>(), *points);
            prop_assert!(postings.iter().all(|posting| posting.points > 0));
            let keys: BTreeSet<_> = postings.iter().map(|posting| &posting.key).collect();
            prop_assert_eq!(keys.len(), postings.len());
            // Whole units: the product rule gives exactly units × points × multiplier.
            let units: i64 = order.lines.iter().map(|line| line.quantity).sum();
            let Earn::Product { points_per_unit, .. } = programme.earning[1].earn else { panic!() };
            let percent = i64::from(programme.tiers.as_ref().unwrap().levels[1].multiplier_percent);
            let of_tea = postings.iter().filter(|posting| posting.rule == "tea");
            let of_tea: i64 = of_tea.map(|posting| posting.points).sum();
            prop_assert_eq!(of_tea, units * points_per_unit * percent / 100);
        }
    }

    #[test]
    fn what_is_spent_is_rounded_once_for_the_order(
        order in order(), mut programme in programme(), goods_only in any::<bool>(),
    ) {
        // Prices as they are shown, after all discounts and without what points paid: the sum is
        // then known without looking at lines.
        let shown = if order.prices_include_tax { Included::With } else { Included::Without };
        let order = Order { shipping: order.shipping.filter(|_| !goods_only), ..order };
        let goods: i64 = order.lines.iter().map(|line| line.amount_minor - line.discount_minor).sum();
        let shipping = order.shipping.map_or(0, |shipping| shipping.amount_minor);
        let payable = goods - order.discount_minor + shipping;
        let order = Order { redeemed_minor: order.redeemed_minor.min(payable), ..order };
        let paid = payable - order.redeemed_minor;
        let percent = i128::from(programme.tiers.as_ref().unwrap().levels[1].multiplier_percent);
        programme.earning.truncate(1);
        let rule = &mut programme.earning[0];
        rule.limits.clear();
        let Earn::Spend { points, per_minor, basis, rounding, .. } = &mut rule.earn else { panic!() };
        *basis = Basis { discounts: Discounts::After, tax: shown, shipping: Included::With };
        let exact = i128::from(paid) * i128::from(*points) * percent;
        let expected = rounding.divide(exact, i128::from(*per_minor) * 100).unwrap();
        let found = decide_order(&asked(&order), &programme, SEED).outcome;
        let found: i64 = found.postings().iter().map(|posting| posting.points).sum();
        prop_assert_eq!(i128::from(found), expected);
    }

    #[test]
    fn earning_and_returning_all_is_net_zero_in_any_split(
        order in order(),
        programme in programme(),
        cuts in proptest::collection::vec(any::<u8>(), 0..6),
    ) {
        let earned = decide_order(&asked(&order), &programme, SEED);
        let redeemed = redeemed_by_line(&order, order.redeemed_minor, "redemption:ord_1", &programme);
        prop_assert_eq!(
            redeemed.iter().map(|lot| lot.points).sum::<i64>(),
            if order.redeemed_minor > 0 { order.redeemed_minor } else { 0 }
        );
        let input = ReturnsInput {
            order: order.id.clone(),
            customer: order.customer.clone(),
            bought: order.lines.iter().map(|line| (line.line, line.quantity)).collect(),
            earned: lots(&earned.outcome),
            redeemed,
            bonuses: Vec::new(),
            returns: split_into_returns(&order, &cuts),
        };
        let decision = decide_returns(&input, &programme, SEED);
        let (postings, taken_back, given_back) = settled(&decision.outcome);
        // Every lot ends at nothing, not only their sum.
        let mut left: BTreeMap<&str, i64> = BTreeMap::new();
        for lot in &input.earned {
            left.insert(&lot.lot, lot.points);
        }
        for posting in postings.iter().filter(|posting| posting.movement != Movement::GiveBack) {
            *left.get_mut(posting.lot.as_str()).unwrap() -= posting.points;
            prop_assert!(left[posting.lot.as_str()] >= 0, "never more than there was");
        }
        prop_assert!(left.values().all(|&points| points == 0), "{:?}", left);
        prop_assert_eq!(taken_back, input.earned.iter().map(|lot| lot.points).sum::<i64>());
        prop_assert_eq!(given_back, order.redeemed_minor);
        let keys: BTreeSet<_> = postings.iter().map(|posting| &posting.key).collect();
        prop_assert_eq!(keys.len(), postings.len(), "each key once");

        // Handed in twice, and returned once more under another id: nothing more moves.
        let mut again = input.clone();
        again.returns.extend(input.returns.clone());
        again.returns.push(Return { id: "ret_more".to_owned(), ..all_of(&order) });
        let decision = decide_returns(&again, &programme, SEED);
        prop_assert_eq!(settled(&decision.outcome).0, postings);

        // What is known after some returns stays as it was when more follow.
        let mut first = input.clone();
        first.returns.truncate(1);
        let decision = decide_returns(&first, &programme, SEED);
        let n_first = settled(&decision.outcome).0.len();
        prop_assert_eq!(settled(&decision.outcome).0, &postings[..n_first]);
    }

    #[test]
    fn a_limit_is_never_broken_and_the_fact_itself_does_not_count(
        order in order(), mut programme in programme(), max in 1i64..500, before in 0i64..500,
    ) {
        programme.earning[0].limits = vec![Limit::Points { max, per: Period::Month }];
        let earned = |fact: &str| Earned {
            fact: fact.to_owned(), rule: "purchase".to_owned(), day: order.day, points: before,
        };
        let mut input = asked(&order);
        input.earned = vec![earned("ord_0")];
        let once = decide_order(&input, &programme, SEED);
        let of_rule = |outcome: &EarnOutcome| -> i64 {
            let of = |posting: &&Posting| posting.rule == "purchase";
            outcome.postings().iter().filter(of).map(|posting| posting.points).sum()
        };
        prop_assert!(of_rule(&once.outcome) <= (max - before).max(0));
        input.earned.push(earned("ord_1"));
        prop_assert_eq!(decide_order(&input, &programme, SEED).outcome, once.outcome);
    }

    #[test]
    fn a_redemption_breaks_no_limit_and_is_worth_whole_minor_units(
        available in -500i64..5_000, wanted in proptest::option::of(0i64..5_000),
        payable_minor in 0i64..10_000, step in 1i64..50, points_min in 0i64..300, share in 1u32..=100,
    ) {
        let redemption = Redemption {
            points: 10, minor: 1, step: step * 10, points_min, points_max: Some(2_000),
            share_percent_max: share,
        };
        let programme =
            Programme { redemption: Some(redemption), ..Programme::empty(Currency::GBP) };
        prop_assert_eq!(programme.check(), []);
        let input = RedemptionInput { available, wanted, payable_minor, currency: Currency::GBP };
        match decide_redemption(&input, &programme, SEED).outcome {
            RedemptionOutcome::Redeem { points, minor } => {
                prop_assert!(points <= available && points <= wanted.unwrap_or(i64::MAX));
                prop_assert!(points <= 2_000 && points >= points_min && points % (step * 10) == 0);
                prop_assert_eq!(minor * 10, points);
                prop_assert!(minor * 100 <= payable_minor * i64::from(share));
            }
            RedemptionOutcome::Nothing => {}
            RedemptionOutcome::Refused => prop_assert!(false, "refused"),
        }
    }
}

/// All units once more.
fn all_of(order: &Order) -> Return {
    let units = order.lines.iter().map(|line| (line.line, line.quantity)).collect();
    Return { id: "ret_all".to_owned(), day: day(15_340), units }
}

fn window() -> impl Strategy<Value = Window> {
    prop_oneof![
        (1u32..400).prop_map(|days| Window::Rolling { days }),
        (1i32..=12).prop_map(|first_month| Window::Year { first_month }),
    ]
}

fn facts() -> impl Strategy<Value = Vec<TierFact>> {
    let fact = (14_500i32..15_400, 0i64..900);
    proptest::collection::vec(fact, 0..25).prop_map(|facts| {
        let of = |(number, (at, amount))| TierFact {
            fact: format!("ord_{number}"),
            day: day(at),
            amount,
        };
        (0..).zip(facts).map(of).collect()
    })
}

fn tier(facts: &[TierFact], today: i32, tiers: &Tiers) -> (usize, Option<Day>) {
    let programme = Programme { tiers: Some(tiers.clone()), ..Programme::empty(Currency::GBP) };
    let input = TierInput { day: day(today), facts: facts.to_vec() };
    match decide_tier(&input, &programme, SEED).outcome {
        TierOutcome::Member(member) => {
            let place = tiers
                .levels
                .iter()
                .position(|level| level.id == member.tier)
                .expect("within what the test makes");
            (place, member.changes_on.map(|change| change.day))
        }
        TierOutcome::NoTiers => panic!("there are tiers"),
    }
}

/// The tier by the definition, day by day: no stretches, no breakpoints.
fn tier_by_definition(facts: &[TierFact], today: i32, tiers: &Tiers) -> usize {
    let highest =
        (0..=i32::try_from(tiers.grace_days).expect("within what the test makes")).map(|ago| {
            let at = day(today - ago);
            let counts = |fact: &&TierFact| match tiers.window {
                _ if fact.day > at => false,
                Window::Rolling { days } => {
                    at.days_since(fact.day)
                        < i32::try_from(days).expect("within what the test makes")
                }
                Window::Year { first_month } => {
                    let year = |day: Day| {
                        let date = day.date();
                        date.year - i32::from(date.month < first_month)
                    };
                    year(fact.day) == year(at)
                }
            };
            facts.iter().filter(counts).map(|fact| fact.amount).sum::<i64>()
        });
    let highest = highest.max().expect("within what the test makes");
    tiers
        .levels
        .iter()
        .rposition(|level| level.from <= highest)
        .expect("within what the test makes")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_tier_is_what_its_definition_says_and_changes_first_on_the_day_told(
        facts in facts(), window in window(), grace_days in 0u32..60, today in 15_300i32..15_500,
    ) {
        let tiers = tiers(window, grace_days, 100);
        let known: Vec<TierFact> =
            facts.iter().filter(|fact| fact.day <= day(today)).cloned().collect();
        let (held, changes_on) = tier(&facts, today, &tiers);
        prop_assert_eq!(held, tier_by_definition(&known, today, &tiers));
        let first_other =
            (today + 1..today + 900).find(|&at| tier_by_definition(&known, at, &tiers) != held);
        prop_assert_eq!(changes_on, first_other.map(day));
    }

    #[test]
    fn more_never_lowers_a_tier_and_order_and_repetition_do_not_matter(
        facts in facts(), window in window(), grace_days in 0u32..60, more in 1i64..2_000,
        place in any::<prop::sample::Index>(), today in 15_300i32..15_500,
    ) {
        let tiers = tiers(window, grace_days, 100);
        let held = tier(&facts, today, &tiers);
        let mut turned = facts.clone();
        turned.reverse();
        turned.extend(facts.first().cloned());
        prop_assert_eq!(tier(&turned, today, &tiers), held);
        if !facts.is_empty() {
            let mut richer = facts.clone();
            place.get_mut(&mut richer).amount += more;
            prop_assert!(tier(&richer, today, &tiers).0 >= held.0);
        }
    }
}
