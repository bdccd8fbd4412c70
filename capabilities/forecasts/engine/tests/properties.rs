//! What holds for any sales: bounds in order, spans without gaps, equal answers to equal inputs.

use mercer_engine_kit::seed::Seed;
use mercer_forecasts_engine::calendar::{Calendar, ClosedWeekday, Weekday};
use mercer_forecasts_engine::decide::{decide, decide_all};
use mercer_forecasts_engine::evaluate::{Plan, evaluate};
use mercer_forecasts_engine::input::Input;
use mercer_forecasts_engine::outcome::{Forecast, Method, Outcome, Period};
use mercer_forecasts_engine::policy::Policy;
use mercer_forecasts_engine::shop::{Sale, Shop};
use proptest::prelude::*;
use rand::RngExt;

fn forecast(input: &Input) -> Forecast {
    match decide(input, &Policy::default(), Seed(1)).outcome {
        Outcome::Forecast(forecast) => forecast,
        other => panic!("{other:?}"),
    }
}

fn any_input() -> impl Strategy<Value = Input> {
    let units = prop_oneof![3 => Just(0), 3 => 0i32..9, 1 => -5i32..2_000];
    let days = proptest::collection::vec(units, 0..260);
    let closed = proptest::collection::btree_set(15_000i32..15_300, 0..30);
    (days, closed, 0usize..8, 0u16..500).prop_map(|(daily_units, closed, weekday, horizon_days)| {
        let closed_weekdays = Weekday::ALL
            .get(weekday)
            .map(|&weekday| ClosedWeekday { weekday, n_seen: 30 })
            .into_iter()
            .collect();
        let calendar = Calendar { closed_weekdays, closed_days: closed.into_iter().collect() };
        Input { start_day: 15_000, daily_units, calendar, horizon_days }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..Default::default() })]

    #[test]
    fn bounds_are_ordered_and_spans_cover_the_horizon(input in any_input()) {
        let decision = decide(&input, &Policy::default(), Seed(3));
        prop_assert!(!decision.reasons.as_slice().is_empty());
        let Outcome::Forecast(forecast) = decision.outcome else { return Ok(()) };
        let horizon_days = input.horizon_days.clamp(1, 365);
        let mut next = input.end_day();
        for point in forecast.points.iter().chain([&forecast.total]) {
            prop_assert!(point.low_95 >= 0.0 && point.low_95 <= point.low_80);
            prop_assert!(point.low_80 <= point.median && point.median <= point.high_80);
            prop_assert!(point.high_80 <= point.high_95 && point.high_95.is_finite());
            prop_assert!(point.expected >= 0.0 && point.expected.is_finite());
        }
        for point in &forecast.points {
            prop_assert_eq!(point.start_day, next);
            next += i32::from(point.n_days);
        }
        prop_assert_eq!(next - input.end_day(), i32::from(horizon_days));
        prop_assert_eq!(forecast.total.n_days, horizon_days);
        let sum: f64 = forecast.points.iter().map(|point| point.expected).sum();
        prop_assert!((sum - forecast.total.expected).abs() <= 1e-3 + 1e-9 * sum);
    }

    #[test]
    fn a_decision_is_replayed_from_the_stored_input(input in any_input()) {
        let stored: Input = serde_json::from_str(&serde_json::to_string(&input).unwrap()).unwrap();
        let first = decide(&input, &Policy::default(), Seed(5));
        prop_assert_eq!(&first, &decide(&stored, &Policy::default(), Seed(5)));
        let outcome: Outcome =
            serde_json::from_str(&serde_json::to_string(&first.outcome).unwrap()).unwrap();
        prop_assert_eq!(&outcome, &first.outcome);
    }

    #[test]
    fn a_day_expected_closed_sells_nothing(input in any_input()) {
        let Outcome::Forecast(forecast) = decide(&input, &Policy::default(), Seed(3)).outcome else {
            return Ok(());
        };
        for point in &forecast.points {
            let days = point.start_day..point.start_day + i32::from(point.n_days);
            if days.clone().all(|day| input.calendar.will_be_closed(day)) {
                prop_assert_eq!((point.expected, point.high_95), (0.0, 0.0));
            }
        }
    }

    #[test]
    fn the_order_of_sales_does_not_matter(
        sales in proptest::collection::vec((0u32..4, 15_000i32..15_090, 0i32..9), 0..200)
    ) {
        let mut sales: Vec<Sale> =
            sales.into_iter().map(|(product, day, units)| Sale { product, day, units }).collect();
        let forward = Shop::fit(&sales, 4, 15_089);
        sales.reverse();
        prop_assert_eq!(forward, Shop::fit(&sales, 4, 15_089));
    }

    #[test]
    fn any_first_day_and_policy_numbers_are_survived(
        start_day in any::<i32>(), horizon_days in any::<u16>(), n_paths in 0u16..3,
        window_days in any::<u16>(), odd in prop_oneof![Just(f64::NAN), Just(-1.0), Just(1e9)],
    ) {
        let daily_units = (0..150).map(|at| i32::from(at % 3 == 0) * (at % 7)).collect();
        let input = Input { start_day, daily_units, calendar: Calendar::default(), horizon_days };
        let policy = Policy {
            n_paths, window_days, drift_prior: odd, margin_percent: odd, spike_deviations: odd,
            drift_prior_weight: odd, other_methods_share: odd, drift_growing_share: odd,
            horizon_days_max: 0, n_days_min: 0, n_windows_max: 0, n_years_for_season: 0,
            ..Policy::default()
        };
        let decision = decide(&input, &policy, Seed(1));
        prop_assert!(!decision.reasons.as_slice().is_empty());
    }
}

#[test]
fn many_products_are_decided_as_each_alone() {
    let inputs: Vec<Input> = (1..8)
        .map(|n| Input {
            start_day: 15_000,
            daily_units: (0..120).map(|day| (day * n) % 5).collect(),
            calendar: Calendar::default(),
            horizon_days: 14,
        })
        .collect();
    let policy = Policy::default();
    let alone: Vec<_> = inputs.iter().map(|input| decide(input, &policy, Seed(2))).collect();
    assert_eq!(decide_all(&inputs, &policy, Seed(2)), alone);
    assert!(decide_all(&[], &policy, Seed(2)).is_empty());
}

#[test]
fn a_yearly_pattern_is_learnt_from_three_years_of_weeks() {
    // Two units on Tuesdays and Thursdays, twelve in ten weeks of each year.
    let busy = |day: i32| (day / 7) % 52 >= 42;
    let daily_units = (0..52 * 7 * 3 + 40 * 7)
        .map(|day| match (day % 7, busy(day)) {
            (1 | 3, false) => 2,
            (1 | 3, true) => 12,
            _ => 0,
        })
        .collect();
    let input =
        Input { start_day: 14_000, daily_units, calendar: Calendar::default(), horizon_days: 84 };
    let forecast = forecast(&input);
    assert_eq!(forecast.period, Period::Week);
    assert!(matches!(
        forecast.method,
        Method::EtsSeason | Method::EtsTrendSeason | Method::SeasonalNaive
    ));
    assert!(forecast.points[0].expected < 8.0, "{:?}", forecast.points[0]);
    assert!(forecast.points[5].expected > 16.0, "{:?}", forecast.points[5]);
}

#[test]
fn a_horizon_of_days_is_a_prefix_of_a_longer_one_in_what_is_expected() {
    let daily_units = (0..150).map(|day| i32::from(day % 4 == 0) * 3).collect();
    let of = |horizon_days| Input {
        start_day: 15_000,
        daily_units: Vec::clone(&daily_units),
        calendar: Calendar::default(),
        horizon_days,
    };
    let (ten, fourteen) = (forecast(&of(10)), forecast(&of(14)));
    assert_eq!(ten.points.len(), 2);
    assert_eq!(ten.points[1].n_days, 3);
    assert_eq!(ten.points[0].expected, fourteen.points[0].expected);
    assert!((ten.points[1].expected - fourteen.points[1].expected * 3.0 / 7.0).abs() < 0.002);
}

/// A shop whose truth is known: each product's mean demand wanders slowly, sales are counts.
fn simulated_shop(n_products: u32) -> Vec<Input> {
    let mut stream = Seed(11).stream("simulated shop");
    (0..n_products)
        .map(|product| {
            let mut mean = 0.1 * 1.2f64.powi(product as i32 % 20);
            let daily_units = (0..360)
                .map(|_| {
                    mean *= 1.0 + 0.06 * (stream.random::<f64>() - 0.5);
                    let (limit, mut left, mut n) = ((-mean).exp(), stream.random::<f64>(), 0);
                    while left > limit && n < 1_000 {
                        left *= stream.random::<f64>();
                        n += 1;
                    }
                    n
                })
                .collect();
            Input {
                start_day: 15_000,
                daily_units,
                calendar: Calendar::default(),
                horizon_days: 28,
            }
        })
        .collect()
}

#[test]
fn a_shop_of_known_truth_is_forecast_better_than_by_seasonal_naive_and_within_bounds() {
    let plan = Plan { horizon_days: 28, n_origins: 3, skip_days: 0 };
    let report = evaluate(&simulated_shop(200), &Policy::default(), Seed(1), plan);
    let naive = &report.baselines[0];
    assert_eq!(naive.name, "seasonal_naive");
    assert!(report.n_cases >= 500, "{}", report.n_cases);
    assert!(report.mercer.rmsse < 0.85 * naive.rmsse, "{report:?}");
    assert!(report.mercer.wape_total < 0.7 * naive.wape_total, "{report:?}");
    assert!(report.mercer.pinball_50 < naive.pinball_50, "{report:?}");
    assert!(report.mercer.coverage_80_total > 0.78, "{report:?}");
    assert!(report.mercer.coverage_95_total > 0.93, "{report:?}");
}

#[test]
fn hidden_days_change_the_score_but_not_the_forecast() {
    let inputs = simulated_shop(3);
    let known: Vec<_> = inputs.iter().map(|input| input.known_earlier(28, 28).unwrap()).collect();
    let mut changed = inputs.clone();
    for input in &mut changed {
        let n = input.daily_units.len();
        input.daily_units[n - 28..].fill(500);
    }
    for (changed, known) in changed.iter().zip(&known) {
        assert_eq!(changed.known_earlier(28, 28).as_ref(), Some(known));
    }
    let score = |inputs: &[Input]| {
        evaluate(inputs, &Policy::default(), Seed(1), Plan::default()).mercer.wape_total
    };
    assert_ne!(score(&changed), score(&inputs));
}
