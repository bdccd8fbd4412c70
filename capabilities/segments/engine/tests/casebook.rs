//! Runs every case of `cases/`: prose, an input, the expected decision.

use mercer_engine_kit::decision::{Decision, Reason};
use mercer_engine_kit::money::Currency;
use mercer_engine_kit::seed::Seed;
use mercer_segments_engine::fit::fit;
use mercer_segments_engine::input::{CareInput, CustomerStats};
use mercer_segments_engine::policy::{CarePolicy, Policy};
use mercer_segments_engine::{decide, decide_care};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case", deny_unknown_fields)]
enum Case {
    Segment {
        /// Last order day, orders, money in minor units.
        customers: Vec<(i32, u32, i64)>,
        reference_day: i32,
        currency: Currency,
        customer: usize,
        #[serde(default)]
        policy: Policy,
    },
    Care {
        input: CareInput,
        #[serde(default)]
        policy: CarePolicy,
    },
}

fn shown<O: Serialize, R: Reason>(decision: &Decision<O, R>) -> Value {
    let reasons = decision.reasons.as_slice();
    json!({
        "outcome": decision.outcome,
        "codes": reasons.iter().map(Reason::code).collect::<Vec<_>>(),
        "sentences": reasons.iter().map(Reason::sentence).collect::<Vec<_>>(),
    })
}

fn answer(case: Case) -> Value {
    match case {
        Case::Segment { customers, reference_day, currency, customer, policy } => {
            let stats: Vec<CustomerStats> = customers
                .iter()
                .zip(0..)
                .map(|(&(last_order_day, n_orders, monetary_minor), customer)| CustomerStats {
                    customer,
                    last_order_day,
                    n_orders,
                    monetary_minor,
                })
                .collect();
            let input = fit(&stats, reference_day, currency).input(&stats[customer]);
            shown(&decide(&input, &policy, Seed(1)))
        }
        Case::Care { input, policy } => shown(&decide_care(&input, &policy, Seed(1))),
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
        let case: Case = serde_json::from_str(block(&text, "input")).unwrap();
        let expected: Value = serde_json::from_str(block(&text, "expected")).unwrap();
        let found = answer(case);
        if found != expected {
            wrong += &format!("{}: found\n{found:#}\n", path.display());
        }
        n_cases += 1;
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(n_cases >= 9, "cases were lost");
}
