//! Every case of `cases/` is decided as it is written there.

use std::collections::BTreeMap;

use mercer_engine_kit::decision::{Decision, Reason};
use mercer_engine_kit::seed::Seed;
use mercer_loyalty_engine::input::{
    ActivityInput, ChallengeInput, LiabilityInput, LineLot, OrderInput, RedemptionInput,
    ReferralInput, Return, ReturnsInput, SpinInput, TierInput,
};
use mercer_loyalty_engine::outcome::EarnOutcome;
use mercer_loyalty_engine::policy::Programme;
use mercer_loyalty_engine::{
    decide_activity, decide_challenges, decide_order, decide_redemption, decide_referral,
    decide_returns, decide_spin, decide_tier, report_liability,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Case {
    Check { programme: Programme },
    Order { input: OrderInput, programme: Programme },
    Activity { input: ActivityInput, programme: Programme },
    Returns { input: ReturnsInput, programme: Programme },
    OrderAndReturns { input: OrderInput, returns: Vec<Return>, programme: Programme },
    Redemption { input: RedemptionInput, programme: Programme },
    Tier { input: TierInput, programme: Programme },
    Challenges { input: ChallengeInput, programme: Programme },
    Referral { input: ReferralInput, programme: Programme },
    Spin { input: SpinInput, programme: Programme },
    Liability { input: LiabilityInput, programme: Programme },
}

fn shown<O: Serialize, R: Reason>(decision: &Decision<O, R>) -> Value {
    let reasons = decision.reasons.as_slice();
    json!({
        "outcome": decision.outcome,
        "codes": reasons.iter().map(Reason::code).collect::<Vec<_>>(),
        "sentences": reasons.iter().map(Reason::sentence).collect::<Vec<_>>(),
    })
}

/// The order's postings, as the returns are asked about them.
fn returns_of(input: &OrderInput, outcome: &EarnOutcome, returns: Vec<Return>) -> ReturnsInput {
    let line = |lot: &str| lot.split(":line:").nth(1)?.split(':').next()?.parse().ok();
    let earned = outcome.postings().iter().map(|posting| LineLot {
        line: line(&posting.lot),
        lot: posting.lot.clone(),
        rule: posting.rule.clone(),
        points: posting.points,
    });
    let bought = input.order.lines.iter().map(|line| (line.line, line.quantity));
    ReturnsInput {
        order: input.order.id.clone(),
        customer: input.order.customer.clone(),
        bought: bought.collect::<BTreeMap<_, _>>(),
        earned: earned.collect(),
        redeemed: Vec::new(),
        bonuses: Vec::new(),
        returns,
    }
}

fn answer(case: Case) -> Value {
    let seed = Seed(1);
    match case {
        Case::Check { programme } => json!(programme.check()),
        Case::Order { input, programme } => shown(&decide_order(&input, &programme, seed)),
        Case::Activity { input, programme } => shown(&decide_activity(&input, &programme, seed)),
        Case::Returns { input, programme } => shown(&decide_returns(&input, &programme, seed)),
        Case::OrderAndReturns { input, returns, programme } => {
            let earned = decide_order(&input, &programme, seed);
            let input = returns_of(&input, &earned.outcome, returns);
            let returned = decide_returns(&input, &programme, seed);
            json!({ "earned": shown(&earned), "returned": shown(&returned) })
        }
        Case::Redemption { input, programme } => {
            shown(&decide_redemption(&input, &programme, seed))
        }
        Case::Tier { input, programme } => shown(&decide_tier(&input, &programme, seed)),
        Case::Challenges { input, programme } => {
            shown(&decide_challenges(&input, &programme, seed))
        }
        Case::Referral { input, programme } => shown(&decide_referral(&input, &programme, seed)),
        Case::Spin { input, programme } => shown(&decide_spin(&input, &programme, seed)),
        Case::Liability { input, programme } => shown(&report_liability(&input, &programme, seed)),
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
        let case = serde_json::from_str(block(&text, "input"));
        let case: Case = case.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let expected: Value = serde_json::from_str(block(&text, "expected")).unwrap();
        let found = answer(case);
        if found != expected {
            wrong += &format!("{}: found\n{found:#}\n", path.display());
        }
        n_cases += 1;
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(n_cases >= 20, "cases were lost");
}

#[test]
fn the_programme_of_the_readme_can_go_live() {
    let text = include_str!("../README.md");
    let from = text.find("```json\n").expect("the programme was lost") + "```json\n".len();
    let length = text[from..].find("\n```").expect("the block has no end");
    let programme: Programme = serde_json::from_str(&text[from..from + length]).unwrap();
    assert_eq!(programme.check(), []);
    let again = serde_json::to_string(&programme).unwrap();
    assert_eq!(serde_json::from_str::<Programme>(&again).unwrap(), programme);
}
