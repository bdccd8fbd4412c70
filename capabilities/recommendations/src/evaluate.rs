//! How good recommendations would have been over the shop's own last weeks.

use std::collections::BTreeMap;

use mercer_connect::history::SalesHistory;
use mercer_engine_kit::seed::Seed;
use mercer_recommendations_engine::evaluate::{self, Evaluation, Method, Plan};
use mercer_recommendations_engine::policy::Policy;

use crate::gather;

/// The engine's evaluation on a history.
pub fn evaluate(history: &SalesHistory, seed: Seed) -> Evaluation {
    let columns = gather::baskets(history);
    evaluate::evaluate(&columns.view(), &Policy::default(), &Plan::latest(seed))
}

/// Name of a method for people.
#[must_use]
pub fn method_name(method: Method) -> &'static str {
    match method {
        Method::ItemSimilarity => "Mercer: item similarity",
        Method::PopularAllTime => "Popular of all time",
        Method::PopularRecent => "Popular lately",
    }
}

/// The metrics of a method by name.
#[must_use]
pub fn values(result: &evaluate::MethodResult) -> BTreeMap<String, f64> {
    BTreeMap::from([
        ("recall_at_10".to_owned(), result.recall_at_10),
        ("ndcg_at_10".to_owned(), result.ndcg_at_10),
        ("mrr_at_10".to_owned(), result.mrr_at_10),
        ("hit_rate_at_10".to_owned(), result.hit_rate_at_10),
    ])
}
