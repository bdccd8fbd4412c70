//! What happens at the edges: the largest cart, cut-off searches, simulations.

use mercer_engine_kit::decision::Reason;
use mercer_engine_kit::seed::Seed;
use mercer_promotions_engine::decide;
use mercer_promotions_engine::input::{AMOUNT_MINOR_MAX, Input, Line, N_LINES_MAX};
use mercer_promotions_engine::outcome::{Outcome, Search};
use mercer_promotions_engine::policy::{Policy, Promotion};
use mercer_promotions_engine::simulate::simulate;
use serde_json::{Value, json};

fn cart(lines: Value) -> Input {
    serde_json::from_value(json!({
        "currency": "EUR", "tax": "exclusive", "channel": "web", "lines": lines,
        "time": {"date": "2026-11-27", "hour": 9, "weekday": 5},
    }))
    .expect("a cart of the test")
}

fn promotion(id: &str, more: Value) -> Promotion {
    let mut one = json!({"id": id, "name": id, "currency": "EUR"});
    for (name, value) in more.as_object().expect("an object") {
        one[name] = value.clone();
    }
    serde_json::from_value(one).expect("a promotion of the test")
}

fn policy(combine: &str, promotions: Vec<Promotion>) -> Policy {
    let combine = serde_json::from_value(json!(combine)).expect("a way to combine");
    Policy { combine, promotions, customer_values: Vec::new() }
}

fn line(position: u32, quantity: i64, unit_price_minor: i64) -> Line {
    let line = json!({
        "position": position, "sku": format!("S{position}"), "quantity": quantity,
        "unit_price_minor": unit_price_minor, "unit_cost_minor": 1, "tax_basis_points": 1900,
    });
    serde_json::from_value(line).expect("a line of the test")
}

#[test]
fn the_largest_cart_is_priced_to_the_cent_and_a_larger_one_refused() {
    let mut input = cart(json!([]));
    input.lines = (0..N_LINES_MAX as u32).map(|n| line(n, 1, 1_000_000_000_000)).collect();
    let share = json!({"action": {"kind": "percentage", "basis_points": 3333}});
    let amount = json!({"basis": "after_earlier",
        "action": {"kind": "fixed_amount", "amount_minor": 999_999_999_999_999i64}});
    let policy =
        policy("best_for_customer", vec![promotion("share", share), promotion("amount", amount)]);
    let decision = decide(&input, &policy, Seed(1));
    let quote = decision.outcome.quote().expect("it is priced");
    let off: i64 = quote.lines.iter().flat_map(|l| &l.discounts).map(|d| d.amount_minor).sum();
    assert_eq!(off, 3_333_000_000_000_000 + 999_999_999_999_999);
    assert_eq!(quote.subtotal_minor - off + quote.tax_minor, quote.total_minor);
    input.lines.push(line(N_LINES_MAX as u32, 1, 1));
    let refused = decide(&input, &policy, Seed(1));
    assert_eq!(refused.reasons.first().code(), "input_refused");
    input.lines = vec![line(1, 1, AMOUNT_MINOR_MAX), line(2, 1, 1)];
    let refused = decide(&input, &policy, Seed(1));
    assert!(matches!(refused.outcome, Outcome::RefusedInput { .. }));
    input.lines = vec![line(1, 1, i64::MAX)];
    let sentence = decide(&input, &policy, Seed(1)).reasons.first().sentence();
    let said = "Not priced: `lines[1].unit_price_minor` is beyond 1000000000000000000 minor units.";
    assert_eq!(sentence, said);
}

#[test]
fn a_search_that_is_cut_off_says_so_and_still_gives_a_good_deal() {
    let mut input = cart(json!([]));
    input.lines = (0..30).map(|n| line(n, 1, 997 + i64::from(n) * 13)).collect();
    // Thresholds that each earlier discount may undo: what contrived cases are made of.
    let promotions: Vec<Promotion> = (0..40)
        .map(|n| {
            let skus: Vec<String> =
                (0..30).filter(|s| (s * 7 + n) % 3 != 0).map(|s| format!("S{s}")).collect();
            promotion(
                &format!("p{n:02}"),
                json!({
                    "basis": "after_earlier",
                    "target": {"of": "skus", "values": skus},
                    "minimum": {"amount_minor": 12_000 + 331 * n, "basis": "after_earlier"},
                    "action": {"kind": "fixed_amount", "amount_minor": 700 + 37 * n},
                }),
            )
        })
        .collect();
    let best = decide(&input, &policy("best_for_customer", promotions.clone()), Seed(1));
    let greedy = decide(&input, &policy("by_priority", promotions), Seed(1));
    let (best_quote, greedy) = (best.outcome.quote().unwrap(), greedy.outcome.quote().unwrap());
    assert_eq!(best_quote.search, Search::CutOff);
    assert!(best.reasons.as_slice().iter().any(|reason| reason.code() == "search_cut_off"));
    assert!(best_quote.total_minor <= greedy.total_minor);
}

#[test]
fn what_is_drawn_up_is_the_same_for_every_seed() {
    let input = cart(json!([{"position": 1, "sku": "A", "quantity": 3, "unit_price_minor": 333}]));
    let share = promotion("p", json!({"action": {"kind": "percentage", "basis_points": 1500}}));
    let policy = policy("best_for_customer", vec![share]);
    assert_eq!(decide(&input, &policy, Seed(1)), decide(&input, &policy, Seed(2)));
}

#[test]
fn a_simulation_counts_what_the_draft_gives_and_whom_it_drives_out() {
    let orders: Vec<Input> = [(1, 12), (2, 11), (3, 24)]
        .into_iter()
        .map(|(day, quantity)| {
            let mut order = cart(json!([]));
            order.time.date = format!("2010-12-0{day}");
            order.lines = vec![line(1, quantity, 100), line(2, 1, 100)];
            order.lines[1].unit_cost_minor = None;
            order
        })
        .chain([{
            let mut bad = cart(json!([]));
            bad.lines = vec![line(1, -1, 100)];
            bad
        }])
        .collect();
    let draft = promotion(
        "dozen",
        json!({"priority": 1, "tags": ["a"], "action": {
            "kind": "quantity_breaks", "per": "product",
            "breaks": [{"quantity_min": 12, "reward": {"kind": "percentage", "basis_points": 1000}}],
        }}),
    );
    let apart = json!({"stacks": {"with": "never", "tags": ["a"]},
        "action": {"kind": "fixed_amount", "amount_minor": 10}});
    let running = policy("by_priority", vec![promotion("ten", apart)]);
    let report = simulate(&orders, &draft, &running).unwrap();
    assert_eq!((report.n_orders, report.n_refused, report.n_redemptions), (4, 1, 2));
    let money = &report.money[0];
    assert_eq!(money.discount_minor, 120 + 240);
    assert_eq!(money.revenue_before_minor, 1_290 + 1_190 + 2_490);
    assert_eq!(money.revenue_after_minor, 1_180 + 1_190 + 2_260);
    assert_eq!((money.n_lines, money.n_lines_with_cost), (6, 3));
    assert_eq!((report.overlaps[0].n_together, report.overlaps[0].n_driven_out), (0, 2));
    let days: Vec<(&str, usize)> =
        report.days.iter().map(|day| (day.date.as_str(), day.n_redemptions)).collect();
    assert_eq!(days, [("2010-12-01", 1), ("2010-12-02", 0), ("2010-12-03", 1)]);
}
