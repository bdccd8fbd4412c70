//! Drafts over the past.

use mercer_testkit::on_both;
use serde_json::{Value, json};

use super::shop::{order, shop};
use super::support::MIGRATIONS;
use crate::PromotionsError;
use crate::manage::simulate::{self, Simulation, SimulationAsk};
use crate::manage::{Promotions, promotions, settings};
use crate::store::OfferSettings;

/// 1 March 2026, the day at which the clock stands, as days since 1970.
const TODAY: i32 = 20_513;

fn run(promotions: &Promotions, ask: Value) -> Result<Simulation, PromotionsError> {
    let ask: SimulationAsk = serde_json::from_value(ask).unwrap();
    simulate::run(promotions, &ask)
}

/// "10 % from 12 of one product".
fn from_twelve() -> Value {
    json!({"name": "Dozen", "definition": {"action": {
        "kind": "quantity_breaks", "per": "product",
        "breaks": [{"quantity_min": 12, "reward": {"kind": "percentage", "basis_points": 1_000}}]
    }}})
}

#[test]
fn redemptions_discount_margin_and_days_are_those_of_the_orders() {
    on_both("simulate", MIGRATIONS, |t| {
        let (promotions, parts) = shop(t);
        parts.costs.lock().unwrap().insert("A".to_owned(), 60);
        *parts.orders.lock().unwrap() = vec![
            order("ord_old", TODAY - 100, None, &[("A", 100, 100)]),
            order("ord_1", TODAY - 2, Some("cus_1"), &[("A", 12, 100), ("B", 1, 500)]),
            order("ord_2", TODAY - 2, None, &[("A", 11, 100)]),
            order("ord_3", TODAY, Some("cus_1"), &[("B", 20, 50)]),
            order("ord_4", TODAY, None, &[]),
        ];
        let report = run(&promotions, json!({"draft": from_twelve(), "days": 30})).unwrap();
        assert_eq!((report.n_orders, report.n_redemptions), (3, 2));
        assert!((report.qualified_share.unwrap() - 2.0 / 3.0).abs() < 1e-12);
        let money = &report.money[0];
        assert_eq!(money.discount_minor, 120 + 100);
        assert_eq!((money.revenue_before_minor, money.revenue_after_minor), (3_800, 3_580));
        let margins = (money.margin_before_minor, money.margin_after_minor);
        assert_eq!(margins, (Some(23 * 40), Some(23 * 40 - 120)), "of A only");
        assert_eq!((money.n_lines, money.n_lines_with_cost), (4, 2));
        let days: Vec<(&str, usize, usize, i64)> = report
            .days
            .iter()
            .map(|day| {
                let given = day.discounts.iter().map(|one| one.amount_minor).sum();
                (day.date.as_str(), day.n_orders, day.n_redemptions, given)
            })
            .collect();
        assert_eq!(days, [("2026-02-27", 2, 1, 120), ("2026-03-01", 1, 1, 100)]);
        assert_eq!(
            report.sentence,
            "From 2026-02-27 to 2026-03-01 it would have applied to 2 of 3 orders and given away \
             2.20 GBP."
        );
        let ask = json!({"draft": from_twelve(), "days": 30, "assumed_margin_basis_points": 4_000});
        let assumed = run(&promotions, ask).unwrap();
        let money = &assumed.money[0];
        let margins = (money.margin_before_minor, money.margin_after_minor);
        assert_eq!(margins, (Some(920 + 200 + 400), Some(920 + 600 - 220)));
        assert_eq!((money.n_lines_with_cost, money.n_lines_with_assumed_cost), (4, 2));
        assert!(assumed.assumptions.iter().any(|one| one.contains("taken as 40 %")));
        let none = run(&promotions, json!({"draft": from_twelve(), "channel": "us"})).unwrap();
        assert_eq!((none.n_orders, none.qualified_share), (0, None));
        assert_eq!(none.sentence, "There are no orders to look back on.");
    });
}

#[test]
fn a_shop_of_the_past_is_looked_at_back_from_its_last_order() {
    on_both("simulate_past", MIGRATIONS, |t| {
        let (promotions, parts) = shop(t);
        *parts.orders.lock().unwrap() = vec![
            order("ord_1", 15_000, None, &[("A", 12, 100)]),
            order("ord_2", 15_005, None, &[("A", 12, 100)]),
            order("ord_3", 15_010, None, &[("A", 1, 100)]),
        ];
        let report = run(&promotions, json!({"draft": from_twelve(), "days": 6})).unwrap();
        assert_eq!((report.n_orders, report.n_redemptions), (2, 1));
        assert_eq!(report.first_day.unwrap().to_string(), "2011-01-31");
        assert!(report.assumptions.iter().any(|one| one.contains("back from the last order")));
    });
}

#[test]
fn conditions_see_the_customers_orders_before_and_the_local_time() {
    on_both("simulate_rules", MIGRATIONS, |t| {
        let (promotions, parts) = shop(t);
        let mut late = order("ord_5", TODAY, Some("cus_3"), &[("A", 1, 100)]);
        late.channel = "us".to_owned();
        late.placed_at = "2026-03-01T04:30:00Z".parse().unwrap();
        *parts.orders.lock().unwrap() = vec![
            order("ord_1", TODAY - 200, Some("cus_1"), &[("A", 1, 700)]),
            order("ord_2", TODAY - 3, Some("cus_1"), &[("A", 1, 100)]),
            order("ord_3", TODAY - 2, Some("cus_2"), &[("A", 1, 100)]),
            order("ord_4", TODAY - 1, None, &[("A", 1, 100)]),
            late,
        ];
        let count = |condition: &str| {
            let draft = json!({"name": "Ten", "definition": {
                "condition": condition, "action": {"kind": "percentage", "basis_points": 1_000}}});
            run(&promotions, json!({"draft": draft, "days": 30})).unwrap().n_redemptions
        };
        assert_eq!(count("customer.n_orders == 0"), 2, "the first orders of two customers");
        assert_eq!(count("customer.n_orders == 1 && customer.spent_minor == 700"), 1);
        assert_eq!(count("customer.value_minor >= 700"), 1);
        assert_eq!(count("time.hour == 23 && time.date == \"2026-02-28\""), 1, "New York");
        assert_eq!(count("time.weekday == 7"), 0);
        assert_eq!(count("customer.segment == \"champions\""), 0);
    });
}

#[test]
fn a_draft_meets_the_running_ones_and_reaches_its_limits() {
    on_both("simulate_running", MIGRATIONS, |t| {
        let (promotions, parts) = shop(t);
        *parts.orders.lock().unwrap() = vec![
            order("ord_1", TODAY - 2, None, &[("A", 1, 10_000)]),
            order("ord_2", TODAY - 1, None, &[("A", 1, 10_000)]),
        ];
        let now = super::support::at(t);
        let running = serde_json::from_value(json!({
            "name": "Five", "definition": {"action": {"kind": "percentage", "basis_points": 500}}
        }))
        .unwrap();
        let id = t.db.write(|tx| {
            let id = promotions::create(&promotions, tx, now, &running)?;
            promotions::step(&promotions, tx, now, (&id, promotions::Step::Activate))?;
            let offers = OfferSettings { tax_basis_points: 2_500, ..OfferSettings::default() };
            settings::put(&promotions, tx, now, "web", &offers)?;
            Ok::<_, PromotionsError>(id)
        });
        let id = id.unwrap();
        let draft = json!({
            "name": "Ten alone", "budget_minor_max": 1_500,
            "definition": {"exclusive": true, "activation": "coupon", "currency": "GBP",
                           "action": {"kind": "percentage", "basis_points": 1_000}}
        });
        let ask = json!({"draft": draft, "assumed_margin_basis_points": 5_000});
        let report = run(&promotions, ask).unwrap();
        let overlap = &report.overlaps[0];
        assert_eq!((&overlap.promotion, overlap.name.as_str()), (&id, "Five"));
        assert_eq!((overlap.n_together, overlap.n_driven_out), (0, 2));
        let reached = report.limit_reached.unwrap();
        assert_eq!(
            (reached.field.as_str(), reached.date.as_str()),
            ("budget_minor_max", "2026-02-28")
        );
        assert!(
            report.assumptions.contains(&"Everybody would have entered the coupon.".to_owned())
        );
        let money = &report.money[0];
        assert_eq!((money.revenue_before_minor, money.revenue_after_minor), (19_000, 18_000));
        // 80.00 of each 100.00 is without tax, half of it is cost; tax of what is left is a fifth.
        assert_eq!(money.margin_before_minor, Some(15_200 - 8_000));
        assert_eq!(money.margin_after_minor, Some(14_400 - 8_000));
        let stored = run(&promotions, json!({"promotion": id})).unwrap();
        assert_eq!(stored.n_redemptions, 2, "a running promotion is not beside itself");
        assert!(stored.overlaps.is_empty());
    });
}

#[test]
fn what_cannot_be_simulated_is_refused_by_field() {
    on_both("simulate_refused", MIGRATIONS, |t| {
        let (promotions, _) = shop(t);
        let field = |ask: Value| match run(&promotions, ask) {
            Err(PromotionsError::Invalid { field, .. }) => field,
            Err(PromotionsError::Unknown { what, .. }) => format!("unknown {what}"),
            other => panic!("{other:?}"),
        };
        assert_eq!(field(json!({})), "draft");
        assert_eq!(field(json!({"draft": from_twelve(), "promotion": "prm_1"})), "draft");
        assert_eq!(field(json!({"draft": from_twelve(), "days": 0})), "days");
        assert_eq!(field(json!({"draft": from_twelve(), "days": 732})), "days");
        let margin = json!({"draft": from_twelve(), "assumed_margin_basis_points": 10_001});
        assert_eq!(field(margin), "assumed_margin_basis_points");
        assert_eq!(field(json!({"promotion": "prm_1"})), "unknown promotion");
        let mut bad = from_twelve();
        bad["definition"]["action"] = json!({"kind": "percentage", "basis_points": 0});
        assert_eq!(field(json!({"draft": bad})), "draft.definition.action.basis_points");
    });
}

#[test]
fn a_simulation_that_takes_too_long_is_given_up() {
    on_both("simulate_slow", MIGRATIONS, |t| {
        let (promotions, parts) = shop(t);
        *parts.orders.lock().unwrap() = vec![order("ord_1", TODAY, None, &[("A", 12, 100)])];
        for (seconds, is_good) in [(29, true), (30, false)] {
            *parts.slow.lock().unwrap() = Some((t.clock.clone(), seconds));
            let report = run(&promotions, json!({"draft": from_twelve()}));
            let is_given_up = matches!(
                &report,
                Err(PromotionsError::Invalid { field, .. }) if field == "days"
            );
            assert_eq!((report.is_ok(), is_given_up), (is_good, !is_good), "{seconds}");
        }
    });
}
