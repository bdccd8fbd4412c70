//! What holds for every history: order does not matter, scores are bounded, more evidence never
//! lowers a pair, what is owned is not suggested, a stored input replays.

use mercer_engine_kit::seed::Seed;
use mercer_recommendations_engine::decide::{Outcome, Source, decide};
use mercer_recommendations_engine::evaluate::{Plan, Verdict, evaluate};
use mercer_recommendations_engine::history::{BasketRef, History, HistoryColumns};
use mercer_recommendations_engine::input::{Context, Input, lift};
use mercer_recommendations_engine::model::similarity::PAIR_VISITS_MAX;
use mercer_recommendations_engine::model::{Ask, Bought, Model};
use mercer_recommendations_engine::policy::{AlreadyBought, Policy};
use mercer_recommendations_engine::reason::Why;
use proptest::prelude::*;

type Baskets = Vec<(Option<u32>, i32, Vec<u32>)>;

fn columns(baskets: &[(Option<u32>, i32, Vec<u32>)]) -> HistoryColumns {
    let mut columns = HistoryColumns::default();
    for (customer, day, items) in baskets {
        assert!(columns.push(*customer, *day, items));
    }
    columns
}

fn ask(limit: u32) -> Ask<'static> {
    Ask { limit, name: &|product| format!("p{product:03}") }
}

/// A policy that takes any evidence, for small histories.
fn lenient() -> Policy {
    Policy { n_both_min: 1, lift_min: 0.0, ..Policy::default() }
}

fn some_baskets() -> impl Strategy<Value = Baskets> {
    let items = proptest::collection::vec(0u32..12, 0..8);
    proptest::collection::vec((proptest::option::of(0u32..5), 0i32..200, items), 0..40)
}

fn bought_from(products: &[u32]) -> Vec<Bought> {
    (1u32..)
        .zip(products)
        .map(|(n, &product)| Bought { product, n_orders: n % 5, day_last: 190 - n as i32 })
        .collect()
}

/// Counts by the definition, pair by pair, sharing nothing with the engine's rows.
fn n_both_by_definition(baskets: &Baskets, a: u32, b: u32, limit: usize) -> u32 {
    let distinct =
        |items: &Vec<u32>| items.iter().copied().collect::<std::collections::BTreeSet<u32>>();
    let sets = baskets.iter().map(|(_, _, items)| distinct(items));
    sets.filter(|set| set.len() <= limit && set.contains(&a) && set.contains(&b)).count() as u32
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn pair_counts_are_those_of_the_definition(baskets in some_baskets()) {
        let policy = Policy { basket_items_max: 5, ..lenient() };
        let model = Model::fit(&columns(&baskets).view(), 200, &policy);
        for a in 0..model.n_products() {
            for b in (0..model.n_products()).filter(|&b| b != a) {
                let found = model.neighbours(a).iter().find(|n| n.product == b);
                let n_both = found.map_or(0, |n| n.n_both);
                prop_assert_eq!(n_both, n_both_by_definition(&baskets, a, b, 5));
            }
            prop_assert_eq!(model.n_baskets_with(a), n_both_by_definition(&baskets, a, a, 5));
        }
    }

    #[test]
    fn the_order_of_baskets_and_items_does_not_matter(
        (first, second) in some_baskets().prop_flat_map(|b| (Just(b.clone()), Just(b).prop_shuffle())),
        cart in proptest::collection::vec(0u32..12, 0..5),
    ) {
        let mut second = second;
        for (_, _, items) in &mut second {
            items.reverse();
        }
        let inputs = [first, second].map(|baskets| {
            let model = Model::fit(&columns(&baskets).view(), 200, &lenient());
            (model.input_for_cart(&cart, ask(5)), model.input_for_customer(&bought_from(&cart), ask(5)))
        });
        prop_assert_eq!(&inputs[0], &inputs[1]);
    }

    #[test]
    fn the_order_of_candidates_does_not_matter(
        baskets in some_baskets(),
        cart in proptest::collection::vec(0u32..12, 0..5),
    ) {
        let model = Model::fit(&columns(&baskets).view(), 200, &lenient());
        let input = model.input_for_customer(&bought_from(&cart), ask(5));
        let mut turned = input.clone();
        turned.candidates.reverse();
        let decided = decide(&input, &lenient(), Seed(1));
        prop_assert_eq!(&decided, &decide(&turned, &lenient(), Seed(1)));
    }

    #[test]
    fn similarities_are_bounded_and_companions_fall_in_score(baskets in some_baskets()) {
        let model = Model::fit(&columns(&baskets).view(), 200, &lenient());
        for product in 0..model.n_products() {
            let neighbours = model.neighbours(product);
            prop_assert!(neighbours.iter().all(|n| n.score > 0.0 && n.score <= 1.0));
            prop_assert!(neighbours.iter().all(|n| n.product != product));
            prop_assert!(neighbours.windows(2).all(|pair| pair[0].score >= pair[1].score));
        }
    }

    #[test]
    fn one_more_shared_basket_never_lowers_a_pair(baskets in some_baskets(), day in 0i32..200) {
        let score = |baskets: &Baskets| {
            let policy = Policy { neighbours_max: 1_000, ..lenient() };
            let model = Model::fit(&columns(baskets).view(), 200, &policy);
            model.neighbours(0).iter().find(|n| n.product == 1).map_or(0.0, |n| n.score)
        };
        let mut more = baskets.clone();
        more.push((None, day, vec![0, 1]));
        prop_assert!(score(&more) >= score(&baskets) - 1e-6);
    }

    #[test]
    fn what_is_in_the_cart_or_was_bought_is_not_suggested(
        baskets in some_baskets(),
        owned in proptest::collection::vec(0u32..15, 0..6),
        limit in 0u32..60,
    ) {
        let model = Model::fit(&columns(&baskets).view(), 200, &lenient());
        let policy = Policy { already_bought: AlreadyBought::Exclude, ..lenient() };
        for input in [
            model.input_for_cart(&owned, ask(limit)),
            model.input_for_customer(&bought_from(&owned), ask(limit)),
        ] {
            let decision = decide(&input, &policy, Seed(1));
            let items = decision.outcome.items();
            prop_assert!(items.len() <= limit.min(50) as usize);
            let names: std::collections::BTreeSet<&str> =
                items.iter().map(|item| item.product.as_str()).collect();
            prop_assert_eq!(names.len(), items.len(), "an item twice");
            prop_assert!(owned.iter().all(|p| !names.contains((ask(1).name)(*p).as_str())));
            prop_assert!(items.iter().all(|item| !item.reasons.is_empty()));
            let firsts = items.iter().take_while(|item| item.source == Source::Similar).count();
            prop_assert!(items[firsts..].iter().all(|item| item.source == Source::Popular));
        }
    }

    #[test]
    fn a_stored_input_replays_to_the_last_bit(
        baskets in some_baskets(),
        cart in proptest::collection::vec(0u32..15, 0..6),
    ) {
        let model = Model::fit(&columns(&baskets).view(), 230, &lenient());
        for input in [
            model.input_for_cart(&cart, ask(10)),
            model.input_for_customer(&bought_from(&cart), ask(10)),
            model.input_for_product(cart.first().copied(), ask(10)),
        ] {
            let stored = serde_json::to_string(&input).unwrap();
            let read: Input = serde_json::from_str(&stored).unwrap();
            prop_assert_eq!(&read, &input);
            let (first, again) =
                (decide(&input, &lenient(), Seed(1)), decide(&read, &lenient(), Seed(2)));
            prop_assert_eq!(&first, &again);
            let outcome = serde_json::to_string(&first.outcome).unwrap();
            let _: Outcome = serde_json::from_str(&outcome).unwrap();
        }
    }

    #[test]
    fn offsets_and_numbers_that_make_no_sense_are_left_out(
        baskets in proptest::collection::vec((any::<i32>(), 0u32..40, any::<Option<u32>>()), 0..20),
        items in proptest::collection::vec(prop_oneof![0u32..12, any::<u32>()], 0..30),
        day in any::<i32>(),
    ) {
        let baskets: Vec<BasketRef> = baskets
            .into_iter()
            .map(|(day, first_item, customer)| BasketRef { customer, day, first_item })
            .collect();
        let history = History { n_products: 10, n_customers: 3, baskets: &baskets, items: &items };
        let model = Model::fit(&history, day, &lenient());
        let _ = decide(&model.input_for_cart(&items, ask(5)), &lenient(), Seed(1));
        let plan = Plan { day_last: Some(day), n_days_test: u32::MAX, seed: Seed(1) };
        let _ = evaluate(&history, &lenient(), &plan);
    }
}

#[test]
fn the_reason_tells_the_counts_and_the_lift() {
    let mut baskets: Baskets = (0..6).map(|day| (None, day, vec![0, 1, 1])).collect();
    baskets.extend((0..4).map(|day| (None, day, vec![2])));
    let model = Model::fit(&columns(&baskets).view(), 10, &Policy::default());
    let decision = decide(&model.input_for_product(Some(0), ask(1)), &Policy::default(), Seed(0));
    let item = &decision.outcome.items()[0];
    assert_eq!(item.product, "p001");
    let Why::BoughtTogether { n_both, n_this, n_other, n_baskets, lift, .. } = item.reasons[0]
    else {
        panic!("{:?}", item.reasons)
    };
    assert_eq!((n_both, n_this, n_other, n_baskets), (6, 6, 6, 10));
    assert!((lift - 10.0 / 6.0).abs() < 1e-12);
}

#[test]
fn an_empty_shop_is_an_outcome_with_a_reason() {
    let model = Model::fit(&columns(&[]).view(), 0, &Policy::default());
    for input in [
        model.input_for_product(None, ask(10)),
        model.input_for_product(Some(7), ask(10)),
        model.input_for_cart(&[], ask(10)),
        model.input_for_customer(&[], ask(10)),
    ] {
        let decision = decide(&input, &Policy::default(), Seed(0));
        assert_eq!(decision.outcome, Outcome::NothingToRecommend);
        assert_eq!(
            decision.reasons.first(),
            &Why::NothingToRecommend { n_candidates: 0, n_excluded: 0 }
        );
    }
}

#[test]
fn one_order_gives_best_sellers_and_says_that_evidence_is_thin() {
    let model = Model::fit(&columns(&[(None, 0, vec![0, 1, 2])]).view(), 0, &Policy::default());
    let decision = decide(&model.input_for_product(Some(0), ask(10)), &Policy::default(), Seed(0));
    let items = decision.outcome.items();
    assert_eq!(items.iter().map(|i| i.product.as_str()).collect::<Vec<_>>(), ["p001", "p002"]);
    assert!(items.iter().all(|item| item.source == Source::Popular));
    assert_eq!(
        decision.reasons.first(),
        &Why::FilledWithPopular { n_similar: 0, n_popular: 2, n_both_min: 3, lift_min: 1.0 }
    );
}

#[test]
fn a_cart_beyond_the_limit_is_cut_and_still_never_suggested() {
    let baskets: Baskets =
        (0..700).map(|p| (None, 0, vec![p, (p + 1) % 700, (p + 2) % 700])).collect();
    let model = Model::fit(&columns(&baskets).view(), 0, &lenient());
    let cart: Vec<u32> = (0..650).chain([5, u32::MAX]).collect();
    let input = model.input_for_cart(&cart, ask(50));
    let Context::Cart { products, n_unknown, n_left_out } = &input.context else { panic!() };
    assert_eq!((products.len(), *n_unknown, *n_left_out), (500, 1, 150));
    let decision = decide(&input, &lenient(), Seed(0));
    assert_eq!(decision.outcome.items().len(), 50);
    assert!(decision.outcome.items().iter().all(|item| item.product.as_str() >= "p650"));
    let reasons = decision.reasons.as_slice();
    assert!(reasons.contains(&Why::ContextCut { n_used: 500, n_left_out: 150 }));
    assert!(reasons.contains(&Why::ProductsUnknown { n_unknown: 1 }));
}

#[test]
fn very_large_baskets_are_left_out_of_pairs_and_counted() {
    let baskets: Baskets = vec![(None, 0, (0..300).collect()), (None, 0, vec![0, 1])];
    let model = Model::fit(&columns(&baskets).view(), 0, &lenient());
    let counted = model.counted();
    assert_eq!((counted.n_baskets, counted.n_baskets_too_large), (1, 1));
    assert_eq!(model.neighbours(0).len(), 1);
    assert_eq!(model.popularity().n_orders[299], 1);
}

#[test]
fn pair_work_beyond_the_limit_lowers_the_basket_limit_and_says_so() {
    let n_items = 40_000u32;
    assert!(u64::from(n_items) * u64::from(n_items) * 2 > PAIR_VISITS_MAX);
    let large: Vec<u32> = (0..n_items).collect();
    let baskets: Baskets = vec![(None, 0, large.clone()), (None, 0, large), (None, 0, vec![0, 1])];
    let policy = Policy { basket_items_max: u32::MAX, ..lenient() };
    let counted = Model::fit(&columns(&baskets).view(), 0, &policy).counted();
    assert_eq!((counted.n_baskets, counted.n_baskets_too_large), (1, 2));
    assert!(counted.basket_items_max < n_items);
}

#[test]
fn later_baskets_are_not_seen() {
    let baskets: Baskets = vec![(None, 5, vec![0, 1]), (None, 6, vec![0, 2])];
    let model = Model::fit(&columns(&baskets).view(), 5, &lenient());
    assert_eq!(model.counted().n_baskets_later, 1);
    assert_eq!(model.popularity().n_orders, [1, 1, 0]);
    assert_eq!(model.neighbours(0).iter().map(|n| n.product).collect::<Vec<_>>(), [1]);
}

#[test]
fn a_repeated_purchase_is_suggested_again_and_a_single_one_is_not() {
    let baskets: Baskets = (0..20).map(|day| (None, day, vec![0, 1, 2, 3])).collect();
    let policy = Policy { lift_min: 0.0, ..Policy::default() };
    let model = Model::fit(&columns(&baskets).view(), 20, &policy);
    let bought =
        [(0, 1), (1, 3)].map(|(product, n_orders)| Bought { product, n_orders, day_last: 8 });
    let decision = decide(&model.input_for_customer(&bought, ask(10)), &policy, Seed(0));
    let items = decision.outcome.items();
    assert!(items.iter().all(|item| item.product != "p000"));
    let again = items.iter().find(|item| item.product == "p001").unwrap();
    assert!(again.reasons.contains(&Why::BoughtBefore { n_orders: 3, days_since_last: 12 }));
    assert_eq!(decision.alternatives[0].name, "p000");
}

#[test]
fn old_purchases_of_a_customer_still_lead_to_companions() {
    let baskets: Baskets = (0..20).map(|day| (None, day, vec![0, 1])).collect();
    let mut baskets: Baskets = baskets;
    baskets.extend((0..20).map(|day| (None, day, vec![2, 3])));
    let model = Model::fit(&columns(&baskets).view(), 30, &Policy::default());
    let bought = [Bought { product: 0, n_orders: 1, day_last: -20_000 }];
    let input = model.input_for_customer(&bought, ask(1));
    let decision = decide(&input, &Policy::default(), Seed(0));
    assert_eq!(decision.outcome.items()[0].product, "p001");
    assert_eq!(decision.outcome.items()[0].source, Source::Similar);
}

/// Pairs (0,1), (2,3), … are always bought together, and customers return to one pair at a time.
fn shop_of_pairs() -> HistoryColumns {
    let mut columns = HistoryColumns::default();
    for order in 0..3_000u32 {
        let (day, customer) = ((order / 20) as i32, order % 200);
        let pair = (order.wrapping_mul(2_654_435_761) >> 16) % 40 * 2;
        columns.push(Some(customer), day, &[pair, pair + 1]);
    }
    columns
}

#[test]
fn companions_planted_in_a_shop_are_found_and_beat_popularity() {
    let columns = shop_of_pairs();
    let plan = Plan::latest(Seed(3));
    let evaluation = evaluate(&columns.view(), &Policy::default(), &plan);
    assert_eq!(evaluation, evaluate(&columns.view(), &Policy::default(), &plan));
    let task = &evaluation.tasks[0];
    assert!(task.methods[0].recall_at_10 > 0.99, "{task:?}");
    assert!(matches!(task.verdict, Verdict::Compared { is_better: true, .. }), "{task:?}");
    assert!(task.sentence().contains("better (difference"), "{}", task.sentence());
}

#[test]
fn nothing_is_better_where_baskets_are_random() {
    let (mut columns, mut draw) = (HistoryColumns::default(), Seed(9));
    for order in 0..4_000 {
        let items: Vec<u32> = (0..4)
            .map(|_| {
                draw = draw.part("next");
                (draw.0 % 200) as u32
            })
            .collect();
        columns.push(None, order / 30, &items);
    }
    let evaluation = evaluate(&columns.view(), &Policy::default(), &Plan::latest(Seed(3)));
    assert!(matches!(evaluation.tasks[0].verdict, Verdict::Compared { is_better: false, .. }));
}

#[test]
fn too_few_cases_make_no_claim() {
    let baskets: Baskets = (0..10).map(|day| (Some(0), day, vec![0, 1])).collect();
    let evaluation =
        evaluate(&columns(&baskets).view(), &Policy::default(), &Plan::latest(Seed(1)));
    assert!(!evaluation.is_better());
    for task in &evaluation.tasks {
        assert!(matches!(task.verdict, Verdict::TooFewCases { needed: 30, .. }), "{task:?}");
    }
}

#[test]
fn lift_is_one_when_independent_and_zero_without_counts() {
    assert_eq!(lift(25, 50, 50, 100), 1.0);
    assert_eq!(lift(0, 0, 5, 100), 0.0);
}

#[test]
fn a_model_is_shared_between_threads() {
    fn is_shared<T: Send + Sync + 'static>() {}
    is_shared::<Model>();
}

#[test]
fn a_policy_refuses_unknown_fields_and_fills_in_missing_ones() {
    assert_eq!(serde_json::from_str::<Policy>("{}").unwrap(), Policy::default());
    assert!(serde_json::from_str::<Policy>(r#"{"neighbors_max":1}"#).is_err());
}
