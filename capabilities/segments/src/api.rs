//! `GET /v1/segments`: all segments, and one.

use axum::Json;
use axum::extract::{Path, State};
use mercer_http::context::{Context, blocking};
use mercer_http::problem::Problem;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::read::{SegmentView, Segments, segments};

/// The endpoints.
pub fn router(context: Context) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(list_segments))
        .routes(routes!(get_segment))
        .with_state(context)
}

/// All segments with their members' figures. Members: `GET /v1/customers?segment=…`.
#[utoipa::path(get, path = "/v1/segments", tag = "segments", responses((status = 200, body = Segments)))]
async fn list_segments(State(context): State<Context>) -> Result<Json<Segments>, Problem> {
    Ok(Json(blocking(move || context.db.read(segments)).await?))
}

/// One segment.
#[utoipa::path(
    get, path = "/v1/segments/{code}", tag = "segments", params(("code" = String, Path)),
    responses((status = 200, body = SegmentView), (status = 404, body = Problem))
)]
async fn get_segment(
    State(context): State<Context>,
    Path(code): Path<String>,
) -> Result<Json<SegmentView>, Problem> {
    let all = blocking(move || context.db.read(segments)).await?;
    let found = all.items.into_iter().find(|segment| segment.code == code);
    found.map(Json).ok_or_else(|| Problem::not_found("segment", &code))
}
