//! Runs every page of `cases/`: its `json input` must give its `json expected`.

use mercer_engine_kit::decision::Reason;
use mercer_engine_kit::seed::Seed;
use mercer_forecasts_engine::decide::decide;
use mercer_forecasts_engine::input::Input;
use mercer_forecasts_engine::outcome::{Outcome, Point};
use mercer_forecasts_engine::policy::Policy;
use serde_json::{Value, json};

fn block<'a>(page: &'a str, kind: &str) -> &'a str {
    let open = format!("```json {kind}\n");
    let from = page.find(&open).unwrap_or_else(|| panic!("no {open}")) + open.len();
    let length = page[from..].find("```").expect("block ends");
    &page[from..from + length]
}

fn brief(point: &Point) -> Value {
    let Point { start_day, n_days, expected, median, low_80, high_80, low_95, high_95 } = point;
    json!({
        "start_day": start_day, "n_days": n_days,
        "expected": (expected * 100.0).round() / 100.0, "median": median,
        "80": [low_80, high_80], "95": [low_95, high_95],
    })
}

fn answer(input: &Input) -> Value {
    let decision = decide(input, &Policy::default(), Seed(1));
    let reasons: Vec<String> = decision.reasons.as_slice().iter().map(Reason::sentence).collect();
    match &decision.outcome {
        Outcome::Forecast(forecast) => json!({
            "period": forecast.period, "method": forecast.method,
            "n_points": forecast.points.len(),
            "first": brief(&forecast.points[0]),
            "last": brief(&forecast.points[forecast.points.len() - 1]),
            "total": brief(&forecast.total),
            "reasons": reasons,
        }),
        too_little => json!({ "outcome": too_little, "reasons": reasons }),
    }
}

#[test]
fn every_case_of_the_casebook_is_answered_as_written() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/cases");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 5, "the casebook lost pages");
    let mut wrong = Vec::new();
    for path in paths {
        let page = std::fs::read_to_string(&path).unwrap();
        let input: Input = serde_json::from_str(block(&page, "input")).unwrap();
        let expected: Value = serde_json::from_str(block(&page, "expected")).unwrap();
        // Through text, so that 3 and 3.0 compare as they are written.
        let found: Value = serde_json::from_str(&answer(&input).to_string()).unwrap();
        if found != expected {
            wrong.push(format!(
                "{}\n{}",
                path.display(),
                serde_json::to_string_pretty(&found).unwrap()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
