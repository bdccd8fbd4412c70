//! What must hold for any shop: equal values, equal scores; order of customers does not matter;
//! more is never scored less.

use mercer_engine_kit::money::Currency;
use mercer_engine_kit::seed::Seed;
use mercer_segments_engine::fit::fit;
use mercer_segments_engine::input::{CareInput, CareOutcome, CustomerStats, Membership, Outcome};
use mercer_segments_engine::policy::{CarePolicy, Policy};
use mercer_segments_engine::segment::Segment;
use mercer_segments_engine::{decide, decide_care};
use proptest::prelude::*;

const REFERENCE_DAY: i32 = 15_317;

/// Shops in which most customers order once, as in real ones, with some oddities.
fn shop() -> impl Strategy<Value = Vec<CustomerStats>> {
    let customer = (
        REFERENCE_DAY - 800..REFERENCE_DAY + 3,
        prop_oneof![1 => Just(0u32), 6 => Just(1u32), 3 => 2u32..40],
        prop_oneof![1 => -5_000i64..=0, 2 => Just(999i64), 6 => 1i64..2_000_000],
    );
    proptest::collection::vec(customer, 0..200).prop_map(|customers| {
        customers
            .into_iter()
            .zip(0..)
            .map(|((last_order_day, n_orders, monetary_minor), customer)| CustomerStats {
                customer,
                last_order_day,
                n_orders,
                monetary_minor,
            })
            .collect()
    })
}

fn members(shop: &[CustomerStats]) -> Vec<(CustomerStats, Membership)> {
    let model = fit(shop, REFERENCE_DAY, Currency::GBP);
    shop.iter()
        .filter_map(|stats| {
            let decision = decide(&model.input(stats), &Policy::default(), Seed(0));
            decision.outcome.membership().map(|membership| (*stats, membership))
        })
        .collect()
}

proptest! {
    #[test]
    fn equal_values_get_equal_scores_and_more_is_never_scored_less(shop in shop()) {
        let all = members(&shop);
        for (a, a_member) in &all {
            prop_assert!((1..=5).contains(&a_member.recency_score));
            prop_assert!((1..=5).contains(&a_member.frequency_score));
            prop_assert!((1..=5).contains(&a_member.monetary_score));
            for (b, b_member) in &all {
                let (a_day, b_day) =
                    (a.last_order_day.min(REFERENCE_DAY), b.last_order_day.min(REFERENCE_DAY));
                if a_day >= b_day {
                    prop_assert!(a_member.recency_score >= b_member.recency_score);
                }
                if a.n_orders >= b.n_orders {
                    prop_assert!(a_member.frequency_score >= b_member.frequency_score);
                }
                if a.monetary_minor >= b.monetary_minor {
                    prop_assert!(a_member.monetary_score >= b_member.monetary_score);
                }
            }
        }
    }

    #[test]
    fn the_order_of_customers_does_not_matter(shop in shop()) {
        let mut turned = shop.clone();
        turned.reverse();
        let mid = turned.len() / 3;
        turned.rotate_left(mid);
        prop_assert_eq!(
            fit(&shop, REFERENCE_DAY, Currency::GBP),
            fit(&turned, REFERENCE_DAY, Currency::GBP)
        );
    }

    #[test]
    fn a_fifth_at_most_scores_five_for_orders_and_money(shop in shop()) {
        let all = members(&shop);
        let n_ordering = shop.iter().filter(|stats| stats.n_orders > 0).count();
        let five = |score: fn(&Membership) -> u8| {
            all.iter().filter(|(_, member)| score(member) == 5).count()
        };
        prop_assert!(five(|member| member.frequency_score) * 5 <= n_ordering);
        prop_assert!(five(|member| member.monetary_score) * 5 <= n_ordering);
    }

    #[test]
    fn the_share_said_is_the_share_counted(shop in shop()) {
        let model = fit(&shop, REFERENCE_DAY, Currency::GBP);
        let ordering: Vec<_> = shop.iter().filter(|stats| stats.n_orders > 0).collect();
        for stats in &ordering {
            let behind =
                ordering.iter().filter(|other| other.monetary_minor < stats.monetary_minor).count();
            let input = model.input(stats);
            prop_assert_eq!(
                usize::from(input.monetary_percent_behind),
                behind * 100 / ordering.len()
            );
        }
    }

    #[test]
    fn a_stored_input_replays_to_the_same_decision(shop in shop()) {
        let model = fit(&shop, REFERENCE_DAY, Currency::GBP);
        for stats in &shop {
            let input = model.input(stats);
            let stored = serde_json::to_string(&input).unwrap();
            let again = serde_json::from_str(&stored).unwrap();
            prop_assert_eq!(
                decide(&input, &Policy::default(), Seed(1)),
                decide(&again, &Policy::default(), Seed(1))
            );
        }
    }

    #[test]
    fn care_is_given_only_to_the_valuable_and_overdue(
        interval in proptest::option::of(-1.0f64..400.0),
        n_orders in 0u32..60,
        monetary_minor in -10_000i64..5_000_000,
        recency_days in 0i32..1_500,
        monetary_score in 1u8..=5,
    ) {
        let input = CareInput {
            membership: Membership {
                segment: Segment::AtRisk,
                recency_score: 2,
                frequency_score: 4,
                monetary_score,
            },
            interval_days_average: interval,
            n_orders,
            monetary_minor,
            currency: Currency::GBP,
            recency_days,
        };
        let policy = CarePolicy::default();
        let decision = decide_care(&input, &policy, Seed(0));
        if let CareOutcome::Care { at_stake_minor, overdue_factor } = decision.outcome {
            prop_assert!(at_stake_minor >= 0);
            prop_assert!((2.0..=10.0).contains(&overdue_factor));
            prop_assert!(monetary_score >= 4 && n_orders >= 4 && recency_days >= 21);
            prop_assert!(monetary_minor > 0);
        }
    }
}

#[test]
fn when_most_order_once_they_share_the_lowest_score_and_the_rest_rank_above() {
    let shop: Vec<CustomerStats> = (0..100)
        .map(|customer| CustomerStats {
            customer,
            last_order_day: REFERENCE_DAY - customer as i32,
            n_orders: if customer < 85 { 1 } else { 2 + customer % 3 },
            monetary_minor: 1_000,
        })
        .collect();
    for (stats, member) in members(&shop) {
        let expected = if stats.n_orders == 1 { 1 } else { 5 };
        assert_eq!(member.frequency_score, expected, "{stats:?}");
        assert_eq!(member.monetary_score, 1, "all spent the same");
    }
}

#[test]
fn nobody_and_strangers_get_an_answer_rather_than_an_error() {
    let model = fit(&[], REFERENCE_DAY, Currency::GBP);
    let extreme = CustomerStats {
        customer: 0,
        last_order_day: i32::MIN,
        n_orders: u32::MAX,
        monetary_minor: i64::MIN,
    };
    let decision = decide(&model.input(&extreme), &Policy::default(), Seed(0));
    assert_eq!(decision.outcome, Outcome::NoSegment);
    let alone = fit(&[extreme], REFERENCE_DAY, Currency::GBP);
    let lenient = Policy { n_customers_min: 1, ..Policy::default() };
    let decision = decide(&alone.input(&extreme), &lenient, Seed(0));
    assert!(decision.outcome.membership().is_some());
}

#[test]
fn every_segment_is_found_by_its_code() {
    for segment in Segment::ALL {
        assert_eq!(Segment::from_code(segment.code()), Some(segment));
        assert_eq!(serde_json::to_value(segment).unwrap(), segment.code());
        assert!(segment.advice().ends_with('.') && segment.description().ends_with('.'));
    }
    assert_eq!(Segment::from_code("at risk"), None);
}
