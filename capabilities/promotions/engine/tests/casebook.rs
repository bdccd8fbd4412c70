//! Runs every case of `cases/`: prose, a cart with its promotions, the expected quote in short.

use std::collections::BTreeMap;

use mercer_engine_kit::decision::Reason;
use mercer_engine_kit::seed::Seed;
use mercer_promotions_engine::decide;
use mercer_promotions_engine::input::Input;
use mercer_promotions_engine::outcome::{Discount, Outcome, Quote, Source};
use mercer_promotions_engine::policy::Policy;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    input: Input,
    policy: Policy,
}

/// What a case leaves out: a shop on the web on a Friday morning, in euros with tax inside.
fn with_defaults(mut case: Value) -> Value {
    let usual = json!({
        "currency": "EUR", "tax": "inclusive", "channel": "web",
        "time": {"date": "2026-11-27", "hour": 9, "weekday": 5},
    });
    for (name, value) in usual.as_object().expect("an object") {
        let input = case["input"].as_object_mut().expect("a case has an input");
        input.entry(name).or_insert(value.clone());
    }
    let promotions = case["policy"]["promotions"].as_array_mut();
    for promotion in promotions.expect("a case has promotions") {
        let name = promotion["id"].clone();
        let promotion = promotion.as_object_mut().expect("a promotion is an object");
        promotion.entry("name").or_insert(name);
        promotion.entry("currency").or_insert(json!("EUR"));
    }
    for (line, position) in
        case["input"]["lines"].as_array_mut().expect("lines").iter_mut().zip(1..)
    {
        let line = line.as_object_mut().expect("a line is an object");
        line.entry("position").or_insert(json!(position));
        line.entry("quantity").or_insert(json!(1));
    }
    case
}

fn short(discounts: &[Discount]) -> BTreeMap<String, i64> {
    let name = |source: &Source| match source {
        Source::FlashSale(id) => format!("flash:{id}"),
        Source::Promotion(id) => id.clone(),
        Source::Points => "points".to_owned(),
    };
    discounts.iter().map(|discount| (name(&discount.source), discount.amount_minor)).collect()
}

fn shown(quote: &Quote) -> Value {
    let lines: Vec<Value> = quote
        .lines
        .iter()
        .map(|line| json!({"net": line.net_minor, "off": short(&line.discounts)}))
        .collect();
    let held_back = quote.not_applied.iter().map(|held| {
        let subject = held.coupon.clone().or(held.promotion.clone()).unwrap_or_default();
        (subject, json!([held.why.code(), held.sentence]))
    });
    let uses = quote.uses.iter().map(|one| (one.promotion.clone(), one.amount_minor));
    let mut shown = json!({
        "lines": lines,
        "total": quote.total_minor,
        "uses": uses.collect::<BTreeMap<_, _>>(),
    });
    let mut add = |name: &str, value: Value| {
        if value != json!([]) && value != json!({}) && value != Value::Null && value != json!(0) {
            shown[name] = value;
        }
    };
    add("tax", json!(quote.tax_minor));
    add("not_applied", json!(held_back.collect::<BTreeMap<_, _>>()));
    add("shipping", json!(quote.shipping.as_ref().map(|shipping| shipping.net_minor)));
    add("gifts", json!(quote.gifts.iter().map(|g| (&g.sku, g.quantity)).collect::<Vec<_>>()));
    add("next", json!(quote.next_steps.iter().map(|hint| &hint.sentence).collect::<Vec<_>>()));
    add("points", json!(quote.points.as_ref().map(|points| points.points)));
    shown
}

fn answer(case: Value) -> Value {
    let case: Case = serde_json::from_value(with_defaults(case)).expect("a case can be read");
    let decision = decide(&case.input, &case.policy, Seed(1));
    match &decision.outcome {
        Outcome::Priced(quote) => shown(quote),
        Outcome::RefusedInput { .. } => json!({"refused": decision.reasons.first().sentence()}),
        Outcome::RefusedPolicy { problems } => {
            json!({"refused": problems.iter().map(ToString::to_string).collect::<Vec<_>>()})
        }
    }
}

fn block<'t>(text: &'t str, name: &str) -> &'t str {
    let start = format!("```json {name}\n");
    let from = text.find(&start).expect("the case lacks a block") + start.len();
    let length = text[from..].find("\n```").expect("the block has no end");
    &text[from..from + length]
}

#[test]
fn every_case_of_the_casebook_is_decided_as_written() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/cases");
    let (mut n_cases, mut wrong) = (0, String::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let case: Value = serde_json::from_str(block(&text, "case")).unwrap();
        let expected: Value = serde_json::from_str(block(&text, "expected")).unwrap();
        let found = answer(case);
        if found != expected {
            wrong += &format!("@@{}\n{found}\n", path.display());
        }
        n_cases += 1;
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(n_cases >= 30, "cases were lost: {n_cases}");
}
