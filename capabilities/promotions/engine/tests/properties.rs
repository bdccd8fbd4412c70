//! What holds for any cart and any promotions.

use std::collections::BTreeMap;

use mercer_engine_kit::money::Currency;
use mercer_engine_kit::seed::Seed;
use mercer_promotions_engine::decide;
use mercer_promotions_engine::input::{
    CampaignBudget, FlashPrice, Input, Line, LocalTime, PointsToSpend, Shipping, TaxMode,
};
use mercer_promotions_engine::outcome::{Outcome, Quote, Search, Source};
use mercer_promotions_engine::policy::{
    Action, Activation, Basis, BreakReward, BundleOffer, BundlePart, Combine, FloorPolicy, Limits,
    Minimum, OrderTier, Per, Policy, Promotion, QuantityBreak, Stacks, Target, TierReward,
};
use proptest::prelude::*;
use proptest::sample::select;

fn line() -> impl Strategy<Value = Line> {
    (
        select(vec!["A", "B", "C", "D"]),
        select(vec!["x", "y"]),
        prop_oneof![4 => 1i64..5, 1 => 5i64..30],
        prop_oneof![1 => 0i64..5, 6 => 1i64..5_000],
        proptest::option::weighted(0.3, 0i64..3_000),
        select(vec![0u32, 700, 1_900, 2_000]),
    )
        .prop_map(|(sku, category, quantity, unit_price_minor, floor, tax)| Line {
            position: 0,
            sku: sku.to_owned(),
            product: Some(format!("p{sku}")),
            category: Some(category.to_owned()),
            tags: if sku == "A" { vec!["new".to_owned()] } else { Vec::new() },
            quantity,
            unit_price_minor,
            currency: None,
            unit_cost_minor: Some(unit_price_minor / 2),
            unit_floor_minor: floor,
            tax_basis_points: tax,
        })
}

fn cart() -> impl Strategy<Value = Input> {
    (
        select(vec![TaxMode::Inclusive, TaxMode::Exclusive]),
        proptest::collection::vec(line(), 0..6),
        proptest::option::weighted(0.7, 0i64..1_500),
        proptest::option::weighted(0.3, 0i64..2_000),
        proptest::option::weighted(0.2, (0i64..3_000, 0i64..6)),
        proptest::option::weighted(0.2, (0i64..3_000, 1i64..200)),
    )
        .prop_map(|(tax, mut lines, shipping, budget, flash, points)| {
            for (line, position) in lines.iter_mut().zip(1..) {
                line.position = position;
            }
            Input {
                currency: Currency::EUR,
                tax,
                lines,
                shipping: shipping.map(|amount_minor| Shipping {
                    method: "standard".to_owned(),
                    amount_minor,
                    tax_basis_points: 2_000,
                }),
                channel: "web".to_owned(),
                country: None,
                customer: BTreeMap::new(),
                time: LocalTime { date: "2026-11-27".to_owned(), hour: 9, minute: 0, weekday: 5 },
                coupons: Vec::new(),
                campaigns: budget
                    .map(|budget_minor_left| CampaignBudget {
                        campaign: "spring".to_owned(),
                        budget_minor_left,
                    })
                    .into_iter()
                    .collect(),
                limits: BTreeMap::new(),
                flash_prices: flash
                    .map(|(unit_price_minor, quantity_max)| FlashPrice {
                        sale: "fls".to_owned(),
                        sku: "B".to_owned(),
                        unit_price_minor,
                        quantity_max,
                    })
                    .into_iter()
                    .collect(),
                points: points.map(|(points, step_minor)| PointsToSpend {
                    points,
                    step_points: 100,
                    step_minor,
                    payable_minor_max: None,
                    payable_basis_points_max: 5_000,
                }),
            }
        })
}

fn target() -> impl Strategy<Value = Target> {
    let values = |values: &[&str]| values.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>();
    prop_oneof![
        3 => Just(Target::All),
        1 => select(vec!["A", "B", "C"])
            .prop_map(move |sku| Target::Skus { values: values(&[sku, "D"]) }),
        1 => select(vec!["x", "y"])
            .prop_map(move |c| Target::Categories { values: values(&[c]) }),
        1 => Just(Target::Tags { values: vec!["new".to_owned()] }),
        1 => Just(Target::Rule { rule: "line.unit_price_minor >= 1000".to_owned() }),
    ]
}

fn tier_reward() -> impl Strategy<Value = TierReward> {
    prop_oneof![
        (1u32..6_000).prop_map(|basis_points| TierReward::Percentage { basis_points }),
        (1i64..3_000).prop_map(|amount_minor| TierReward::FixedAmount { amount_minor }),
    ]
}

fn break_reward() -> impl Strategy<Value = BreakReward> {
    prop_oneof![
        (1u32..6_000).prop_map(|basis_points| BreakReward::Percentage { basis_points }),
        (0i64..3_000).prop_map(|unit_price_minor| BreakReward::UnitPrice { unit_price_minor }),
        (1i64..500).prop_map(|amount_minor| BreakReward::AmountOffUnit { amount_minor }),
    ]
}

fn basis() -> impl Strategy<Value = Basis> {
    select(vec![Basis::Before, Basis::AfterEarlier])
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        4 => (1u32..=10_000).prop_map(|basis_points| Action::Percentage { basis_points }),
        2 => (1i64..6_000).prop_map(|amount_minor| Action::FixedAmount { amount_minor }),
        1 => (0i64..4_000).prop_map(|unit_price_minor| Action::FixedPrice { unit_price_minor }),
        1 => (1i64..4, 1i64..3, proptest::option::of(target()), 1u32..=10_000).prop_map(
            |(buy_quantity, get_quantity, get_target, basis_points)| Action::BuyGet {
                buy_quantity, get_quantity, get_target, basis_points, n_repeats_max: Some(3),
            }),
        1 => (select(vec![Per::Line, Per::Product, Per::Target]), break_reward(), break_reward())
            .prop_map(|(per, first, second)| Action::QuantityBreaks { per, breaks: vec![
                QuantityBreak { quantity_min: 2, reward: first },
                QuantityBreak { quantity_min: 6, reward: second },
            ] }),
        1 => (basis(), tier_reward(), tier_reward()).prop_map(|(value_basis, first, second)| {
            Action::OrderTiers { value_basis, tiers: vec![
                OrderTier { amount_minor_min: 1_000, reward: first },
                OrderTier { amount_minor_min: 5_000, reward: second },
            ] }
        }),
        1 => (target(), target(), 0i64..4_000).prop_map(|(a, b, price_minor)| Action::Bundle {
            bundles: vec![BundleOffer {
                parts: vec![
                    BundlePart { target: a, quantity: 1 },
                    BundlePart { target: b, quantity: 2 },
                ],
                price_minor,
                n_max: Some(2),
            }],
        }),
        1 => (1u32..=10_000)
            .prop_map(|basis_points| Action::Shipping { basis_points, methods: Vec::new() }),
        1 => Just(Action::Gift { sku: "G".to_owned(), quantity: 2 }),
    ]
}

fn promotion() -> impl Strategy<Value = Promotion> {
    let tag = || select(vec!["a", "b", "c"]).prop_map(str::to_owned);
    let stacks = prop_oneof![
        4 => Just(Stacks::All),
        1 => tag().prop_map(|tag| Stacks::Only { tags: vec![tag] }),
        1 => tag().prop_map(|tag| Stacks::Never { tags: vec![tag] }),
    ];
    let minimum = (proptest::option::of(0i64..6_000), proptest::option::of(1i64..4), basis())
        .prop_map(|(amount_minor, quantity, basis)| Minimum { amount_minor, quantity, basis });
    (
        (action(), target(), basis(), stacks, tag(), -2i32..3),
        (
            proptest::option::weighted(0.3, minimum),
            proptest::option::weighted(0.2, 0i64..2_000),
            proptest::option::weighted(0.2, 0i64..2_000),
            proptest::bool::weighted(0.08),
            proptest::bool::weighted(0.25),
            proptest::bool::weighted(0.3),
        ),
    )
        .prop_map(|((action, target, basis, stacks, tag, priority), rest)| {
            let (minimum, discount_minor_max, budget, exclusive, of_campaign, forfeits) = rest;
            Promotion {
                id: String::new(),
                name: "A promotion".to_owned(),
                priority,
                exclusive,
                tags: vec![tag],
                stacks,
                condition: None,
                minimum,
                target,
                basis,
                activation: Activation::Automatic,
                floor: if forfeits { FloorPolicy::Forfeit } else { FloorPolicy::Redistribute },
                discount_minor_max,
                currency: Some(Currency::EUR),
                limits: Limits { budget_minor_left: budget, ..Limits::default() },
                campaign: of_campaign.then(|| "spring".to_owned()),
                action,
            }
        })
}

fn promotions(n_max: usize) -> impl Strategy<Value = Vec<Promotion>> {
    proptest::collection::vec(promotion(), 0..=n_max).prop_map(|mut all| {
        for (promotion, number) in all.iter_mut().zip(0..) {
            promotion.id = format!("p{number:02}");
        }
        all
    })
}

fn policy(combine: Combine, promotions: Vec<Promotion>) -> Policy {
    Policy { combine, promotions, customer_values: Vec::new() }
}

fn quote(input: &Input, policy: &Policy) -> Quote {
    match decide(input, policy, Seed(1)).outcome {
        Outcome::Priced(quote) => *quote,
        other => panic!("not priced: {other:?}"),
    }
}

fn agree(a: &Promotion, b: &Promotion) -> bool {
    let carries = |tags: &[String]| b.tags.iter().any(|tag| tags.contains(tag));
    match &a.stacks {
        Stacks::All => true,
        Stacks::Only { tags } => carries(tags),
        Stacks::Never { tags } => !carries(tags),
    }
}

/// The least total over all allowed sets, each applied whole in the order of priority.
fn least_by_brute_force(input: &Input, promotions: &[Promotion]) -> i64 {
    let mut least = i64::MAX;
    for set in 0u32..1 << promotions.len() {
        let chosen: Vec<&Promotion> = promotions
            .iter()
            .enumerate()
            .filter(|(number, _)| set >> number & 1 == 1)
            .map(|(_, promotion)| promotion)
            .collect();
        let is_allowed = chosen.iter().enumerate().all(|(n, a)| {
            (!a.exclusive || chosen.len() == 1)
                && chosen[..n].iter().all(|b| agree(a, b) && agree(b, a))
        });
        if is_allowed {
            let chosen = chosen.into_iter().cloned().collect();
            least = least.min(quote(input, &policy(Combine::ByPriority, chosen)).total_minor);
        }
    }
    least
}

/// Without points: they are taken after the choice and in steps.
fn without_points(mut input: Input) -> Input {
    input.points = None;
    input
}

fn check_sums(input: &Input, quote: &Quote) -> Result<(), TestCaseError> {
    let (mut list, mut net, mut tax) = (0, 0, 0);
    let mut by_source: BTreeMap<Source, i64> = BTreeMap::new();
    for (line, priced) in input.lines.iter().zip(&quote.lines) {
        let off: i64 = priced.discounts.iter().map(|discount| discount.amount_minor).sum();
        prop_assert!(priced.discounts.iter().all(|discount| discount.amount_minor > 0));
        prop_assert_eq!(priced.list_minor - off, priced.net_minor);
        prop_assert!(priced.net_minor >= 0);
        let points = priced.discounts.iter().filter(|d| d.source == Source::Points);
        let points: i64 = points.map(|discount| discount.amount_minor).sum();
        let floor = line.unit_floor_minor.unwrap_or(0) * line.quantity;
        prop_assert!(priced.net_minor + points >= floor.min(priced.list_minor));
        let rate = f64::from(line.tax_basis_points) / 10_000.0;
        let exact = match input.tax {
            TaxMode::Inclusive => priced.net_minor as f64 * rate / (1.0 + rate),
            TaxMode::Exclusive => priced.net_minor as f64 * rate,
        };
        prop_assert!((priced.tax_minor as f64 - exact).abs() <= 0.500_001);
        for discount in &priced.discounts {
            *by_source.entry(discount.source.clone()).or_default() += discount.amount_minor;
        }
        list += priced.list_minor;
        net += priced.net_minor;
        tax += priced.tax_minor;
    }
    prop_assert_eq!(list, quote.subtotal_minor);
    prop_assert_eq!(list - net, quote.discount_minor);
    let told: BTreeMap<Source, i64> =
        quote.discounts.iter().map(|d| (d.source.clone(), d.amount_minor)).collect();
    prop_assert_eq!(&told, &by_source);
    let mut shipping_off: BTreeMap<Source, i64> = BTreeMap::new();
    if let Some(shipping) = &quote.shipping {
        let off: i64 = shipping.discounts.iter().map(|discount| discount.amount_minor).sum();
        prop_assert_eq!(shipping.list_minor - off, shipping.net_minor);
        prop_assert!(shipping.net_minor >= 0);
        net += shipping.net_minor;
        tax += shipping.tax_minor;
        for discount in &shipping.discounts {
            *shipping_off.entry(discount.source.clone()).or_default() += discount.amount_minor;
        }
    }
    prop_assert_eq!(tax, quote.tax_minor);
    let on_top = if input.tax == TaxMode::Exclusive { tax } else { 0 };
    prop_assert_eq!(net + on_top, quote.total_minor);
    for one in &quote.uses {
        let source = Source::Promotion(one.promotion.clone());
        let of = |map: &BTreeMap<Source, i64>| map.get(&source).copied().unwrap_or(0);
        prop_assert_eq!(one.amount_minor, of(&by_source) + of(&shipping_off));
    }
    Ok(())
}

fn check_limits(input: &Input, quote: &Quote, all: &[Promotion]) -> Result<(), TestCaseError> {
    let mut of_campaign = 0;
    for one in &quote.uses {
        let promotion = all.iter().find(|promotion| promotion.id == one.promotion);
        let promotion = promotion.expect("a use of a promotion of the policy");
        let limits = [promotion.discount_minor_max, promotion.limits.budget_minor_left];
        for most in limits.into_iter().flatten() {
            prop_assert!(one.amount_minor <= most);
        }
        if promotion.campaign.is_some() {
            of_campaign += one.amount_minor;
        }
        prop_assert!(one.amount_minor > 0 || !quote.gifts.is_empty());
    }
    if let Some(budget) = input.campaigns.first() {
        prop_assert!(of_campaign <= budget.budget_minor_left);
    }
    let n_told = quote.uses.len() + quote.not_applied.len();
    prop_assert_eq!(n_told, all.len(), "every promotion is applied or has a reason");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn sums_are_exact_floors_hold_and_limits_are_kept(
        input in cart(), all in promotions(8), best in any::<bool>(),
    ) {
        let combine = if best { Combine::BestForCustomer } else { Combine::ByPriority };
        let quote = quote(&input, &policy(combine, all.clone()));
        check_sums(&input, &quote)?;
        check_limits(&input, &quote, &all)?;
    }

    #[test]
    fn the_order_of_lines_and_of_promotions_does_not_matter(
        input in cart(), all in promotions(6), turn in 0usize..6, best in any::<bool>(),
    ) {
        let combine = if best { Combine::BestForCustomer } else { Combine::ByPriority };
        let straight = quote(&input, &policy(combine, all.clone()));
        let (mut turned, mut shuffled) = (input.clone(), all);
        if !turned.lines.is_empty() {
            let n_lines = turned.lines.len();
            turned.lines.rotate_left(turn % n_lines);
            turned.lines.reverse();
        }
        shuffled.reverse();
        let other = quote(&turned, &policy(combine, shuffled));
        prop_assert_eq!(straight.total_minor, other.total_minor);
        prop_assert_eq!(straight.tax_minor, other.tax_minor);
        let by_position = |quote: &Quote| -> BTreeMap<u32, i64> {
            quote.lines.iter().map(|line| (line.position, line.net_minor)).collect()
        };
        prop_assert_eq!(by_position(&straight), by_position(&other));
        let given = |input: &Input| input.lines.iter().map(|l| l.position).collect::<Vec<_>>();
        let told: Vec<u32> = other.lines.iter().map(|line| line.position).collect();
        prop_assert_eq!(told, given(&turned));
    }

    #[test]
    fn the_best_deal_is_that_of_brute_force(input in cart(), all in promotions(7)) {
        let input = without_points(input);
        let best = quote(&input, &policy(Combine::BestForCustomer, all.clone()));
        prop_assert_eq!(best.search, Search::Complete);
        prop_assert_eq!(best.total_minor, least_by_brute_force(&input, &all));
    }

    #[test]
    fn one_promotion_more_never_makes_the_best_deal_dearer(
        input in cart(), mut all in promotions(10),
    ) {
        let input = without_points(input);
        let with = quote(&input, &policy(Combine::BestForCustomer, all.clone())).total_minor;
        if let Some(dropped) = all.pop() {
            let without = quote(&input, &policy(Combine::BestForCustomer, all)).total_minor;
            prop_assert!(with <= without, "{} made {} of {}", dropped.id, with, without);
        }
    }

    #[test]
    fn a_stored_cart_and_policy_give_the_same_quote(input in cart(), all in promotions(5)) {
        let policy = policy(Combine::BestForCustomer, all);
        let stored = serde_json::to_string(&(&input, &policy)).unwrap();
        let (read, read_policy): (Input, Policy) = serde_json::from_str(&stored).unwrap();
        let first = decide(&input, &policy, Seed(1));
        let again = decide(&read, &read_policy, Seed(2));
        prop_assert_eq!(&first, &again);
        let told = serde_json::to_string(&first.outcome).unwrap();
        let outcome: Outcome = serde_json::from_str(&told).unwrap();
        prop_assert_eq!(outcome, first.outcome);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn the_best_deal_of_ten_promotions_is_that_of_brute_force(
        input in cart(), all in promotions(10),
    ) {
        let input = without_points(input);
        let best = quote(&input, &policy(Combine::BestForCustomer, all.clone()));
        prop_assert_eq!(best.search, Search::Complete);
        prop_assert_eq!(best.total_minor, least_by_brute_force(&input, &all));
    }
}
