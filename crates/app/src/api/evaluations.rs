//! `POST /v1/evaluations`: how good an engine would have been over the shop's own last weeks.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use mercer_core::problem::ProblemCode;
use mercer_http::context::blocking;
use mercer_http::problem::Problem;
use mercer_http::request::Body;
use serde::Deserialize;
use tokio::sync::Semaphore;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::status::problem;
use crate::cli::Engine;
use crate::commands::evaluate::{Evaluation, evaluate};
use crate::shop::Shop;

#[derive(Clone)]
struct Api {
    shop: Arc<Shop>,
    /// One at a time: each reads the whole history and uses a core for seconds.
    turn: Arc<Semaphore>,
}

pub(super) fn router(shop: Arc<Shop>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(post_evaluation))
        .with_state(Api { shop, turn: Arc::new(Semaphore::new(1)) })
}

/// What to evaluate.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EvaluationRequest {
    /// `recommend` or `forecast`.
    engine: String,
    /// Seed of samples and resamples; 1 unless given.
    seed: Option<u64>,
}

/// Evaluate an engine on the shop's own past: the last weeks are hidden and asked about.
#[utoipa::path(
    post, path = "/v1/evaluations", tag = "shop", request_body = EvaluationRequest,
    responses((status = 200, body = Evaluation), (status = 409, body = Problem),
              (status = 422, body = Problem))
)]
async fn post_evaluation(
    State(Api { shop, turn }): State<Api>,
    Body(request): Body<EvaluationRequest>,
) -> Result<Json<Evaluation>, Problem> {
    let engine = match request.engine.as_str() {
        "recommend" => Engine::Recommend,
        "forecast" => Engine::Forecast,
        _ => return Err(Problem::invalid("engine", "`engine` is recommend or forecast.")),
    };
    let Ok(_turn) = turn.try_acquire_owned() else {
        let detail = "Another evaluation is at work: wait until it ends.";
        return Err(Problem::new(ProblemCode::Conflict, detail).retry_after(5));
    };
    let seed = request.seed.unwrap_or(1);
    let evaluation = blocking(move || {
        let counts = shop.context.db.read(mercer_record::read::counts).map_err(Problem::from)?;
        if counts.n_orders == 0 {
            let detail = "There are no orders to judge by: import some first.";
            return Err(Problem::new(ProblemCode::NotEnoughData, detail));
        }
        evaluate(&shop, engine, seed).map_err(problem)
    });
    Ok(Json(evaluation.await?))
}
