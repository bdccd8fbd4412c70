//! `/v1/promotions/simulations`: a draft over the orders of the last days.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use mercer_http::context::blocking;
use mercer_http::problem::Problem;
use mercer_http::request::Body;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::manage::Promotions;
use crate::manage::simulate::{self, Simulation, SimulationAsk};

pub(super) fn router() -> OpenApiRouter<Arc<Promotions>> {
    OpenApiRouter::new().routes(routes!(simulate_promotion))
}

/// Say what a promotion would have done to the orders of the last days. Changes nothing.
#[utoipa::path(
    post, path = "/v1/promotions/simulations", tag = "promotions",
    request_body(content = SimulationAsk, example = json!({
        "draft": {
            "name": "10 % from 12 of one product",
            "definition": {"action": {
                "kind": "quantity_breaks", "per": "product",
                "breaks": [{"quantity_min": 12,
                            "reward": {"kind": "percentage", "basis_points": 1000}}]
            }}
        },
        "days": 90, "assumed_margin_basis_points": 4000
    })),
    responses((status = 200, body = Simulation), (status = 404, body = Problem),
              (status = 422, body = Problem))
)]
async fn simulate_promotion(
    State(api): State<Arc<Promotions>>,
    Body(ask): Body<SimulationAsk>,
) -> Result<Json<Simulation>, Problem> {
    Ok(Json(blocking(move || simulate::run(&api, &ask)).await?))
}
