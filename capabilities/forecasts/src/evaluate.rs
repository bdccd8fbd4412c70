//! How good forecasts would have been over the shop's own last weeks.

use mercer_connect::history::SalesHistory;
use mercer_engine_kit::seed::Seed;
use mercer_forecasts_engine::evaluate::{self, Plan, Report};
use mercer_forecasts_engine::policy::Policy;

use crate::gather;

/// The engine's evaluation on a history: the last 28 complete days are hidden.
pub fn evaluate(history: &SalesHistory, seed: Seed) -> Report {
    let plan = Plan::default();
    let shop = gather::shop(history, gather::last_complete_day(history));
    let inputs: Vec<_> = (0..history.products.len() as u32)
        .filter_map(|number| shop.input(number, plan.horizon_days))
        .collect();
    evaluate::evaluate(&inputs, &Policy::default(), seed, plan)
}
