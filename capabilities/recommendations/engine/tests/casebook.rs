//! Runs the casebook: every file in `cases/` holds an input, at times a policy, and the expected
//! decision.

use mercer_engine_kit::decision::Reason;
use mercer_engine_kit::seed::Seed;
use mercer_recommendations_engine::decide::decide;
use mercer_recommendations_engine::input::Input;
use mercer_recommendations_engine::policy::Policy;
use serde_json::Value;

/// The block that follows "```json NAME" in a case.
fn block<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let start = format!("```json {name}\n");
    let from = text.find(&start)? + start.len();
    let length = text[from..].find("```")?;
    Some(&text[from..from + length])
}

/// Equal, floats to nine digits: the text of a case is written for people.
fn is_alike(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(1.0),
            _ => a == b,
        },
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_alike(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| is_alike(a, b)))
        }
        _ => left == right,
    }
}

#[test]
fn every_case_is_decided_as_its_file_says() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/cases");
    let mut n_cases = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.display();
        let input: Input = serde_json::from_str(block(&text, "input").unwrap())
            .unwrap_or_else(|error| panic!("{name}: input: {error}"));
        let policy: Policy = block(&text, "policy")
            .map(|text| serde_json::from_str(text).unwrap())
            .unwrap_or_default();
        let expected: Value = serde_json::from_str(block(&text, "expected").unwrap())
            .unwrap_or_else(|error| panic!("{name}: expected: {error}"));
        let decision = decide(&input, &policy, Seed(0));
        let actual = serde_json::to_value(&decision).unwrap();
        let shown = serde_json::to_string_pretty(&actual).unwrap();
        assert!(is_alike(&actual, &expected), "{name} decided otherwise:\n{shown}");
        for why in decision.reasons.as_slice() {
            assert!(why.sentence().ends_with('.'), "{name}: {}", why.sentence());
        }
        n_cases += 1;
    }
    assert!(n_cases >= 7, "the casebook lost a case");
}
