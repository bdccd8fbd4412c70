//! Runs every case of `cases/`: prose, an input, the expected decision.

use mercer_engine_kit::decision::Reason;
use mercer_engine_kit::seed::Seed;
use mercer_stock_engine::decide;
use mercer_stock_engine::input::Input;
use mercer_stock_engine::policy::Policy;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    input: Input,
    #[serde(default)]
    policy: Policy,
}

fn answer(case: &Case) -> Value {
    let decision = decide(&case.input, &case.policy, Seed(1));
    let reasons = decision.reasons.as_slice();
    let lines: Vec<Value> = decision
        .outcome
        .lines
        .iter()
        .map(|line| {
            let places: Vec<Value> = line
                .places
                .iter()
                .map(|taken| match taken.back_ordered {
                    0 => json!([taken.location, taken.quantity]),
                    back => json!([taken.location, taken.quantity, back]),
                })
                .collect();
            json!([line.line, line.verdict, line.n_found, places])
        })
        .collect();
    json!({
        "lines": lines,
        "n_parcels": decision.outcome.n_parcels,
        "codes": reasons.iter().map(Reason::code).collect::<Vec<_>>(),
        "sentences": reasons.iter().map(Reason::sentence).collect::<Vec<_>>(),
        "alternatives": decision.alternatives.iter().map(|one| &one.name).collect::<Vec<_>>(),
    })
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
        let found = answer(&case);
        if found != expected {
            wrong += &format!("{}: found\n{found:#}\n", path.display());
        }
        n_cases += 1;
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(n_cases >= 10, "cases were lost");
}
