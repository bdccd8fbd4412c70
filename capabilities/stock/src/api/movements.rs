//! `POST /v1/stock/movements` and `/v1/stock/counts`: batches, booked whole or not at all.

use axum::Json;
use axum::extract::State;
use mercer_http::problem::Problem;
use mercer_http::request::Body;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::StockApi;
use crate::counts::{self, Counted, NewCount};
use crate::movements::{self, Booked, NewMovement};

pub(super) fn router() -> OpenApiRouter<StockApi> {
    OpenApiRouter::new().routes(routes!(post_movements)).routes(routes!(post_counts))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMovements {
    /// Up to 500.
    movements: Vec<NewMovement>,
}

/// What became of the movements, in their order.
#[derive(Serialize, ToSchema)]
struct Movements {
    movements: Vec<Booked>,
}

/// Book movements, all of them or none. One whose key was booked before changes nothing.
#[utoipa::path(
    post, path = "/v1/stock/movements", tag = "stock", request_body = NewMovements,
    responses((status = 200, body = Movements), (status = 409, body = Problem),
              (status = 413, body = Problem), (status = 422, body = Problem))
)]
async fn post_movements(
    State(api): State<StockApi>,
    Body(body): Body<NewMovements>,
) -> Result<Json<Movements>, Problem> {
    let now = api.context.clock.now();
    let movements = api.write(move |tx| movements::book(tx, now, &body.movements)).await?;
    Ok(Json(Movements { movements }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCounts {
    /// Up to 500.
    counts: Vec<NewCount>,
}

/// What the counts came to, in their order.
#[derive(Serialize, ToSchema)]
struct Counts {
    counts: Vec<Counted>,
}

/// Book counts, all of them or none: the difference to the books is corrected and told.
#[utoipa::path(
    post, path = "/v1/stock/counts", tag = "stock", request_body = NewCounts,
    responses((status = 200, body = Counts), (status = 409, body = Problem),
              (status = 413, body = Problem), (status = 422, body = Problem))
)]
async fn post_counts(
    State(api): State<StockApi>,
    Body(body): Body<NewCounts>,
) -> Result<Json<Counts>, Problem> {
    let now = api.context.clock.now();
    let counts = api.write(move |tx| counts::book(tx, now, &body.counts)).await?;
    Ok(Json(Counts { counts }))
}
