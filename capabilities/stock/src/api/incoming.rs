//! `/v1/stock/incoming`: deliveries that are expected, and what came of them.

use axum::Json;
use axum::extract::{Path, State};
use mercer_http::page::{Page, PageParams};
use mercer_http::problem::Problem;
use mercer_http::request::{Body, Params};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{StockApi, filled};
use crate::incoming::{self, Incoming, IncomingFilter, NewIncoming, Receipt};

pub(super) fn router() -> OpenApiRouter<StockApi> {
    OpenApiRouter::new()
        .routes(routes!(list_incoming, post_incoming))
        .routes(routes!(get_incoming))
        .routes(routes!(post_receipt))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct IncomingParams {
    /// Only of this SKU.
    sku: Option<String>,
    /// `true`: also deliveries of which nothing is outstanding.
    all: Option<bool>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows wanted, 1 to 200; 50 unless given.
    limit: Option<usize>,
}

/// List expected deliveries, those due first first.
#[utoipa::path(
    get, path = "/v1/stock/incoming", tag = "stock", params(IncomingParams),
    responses((status = 200, body = Page<Incoming>), (status = 422, body = Problem))
)]
async fn list_incoming(
    State(api): State<StockApi>,
    Params(params): Params<IncomingParams>,
) -> Result<Json<Page<Incoming>>, Problem> {
    let page = PageParams { cursor: params.cursor, limit: params.limit };
    let n_rows = page.n_rows()?;
    let filter = IncomingFilter {
        sku: filled(params.sku),
        is_all: params.all.unwrap_or(false),
        after: page.after()?,
    };
    let rows = api.read(move |tx| incoming::list(tx, &filter, n_rows + 1)).await?;
    Ok(Json(Page::cut(rows, n_rows)))
}

/// Expect a delivery; once per key.
#[utoipa::path(
    post, path = "/v1/stock/incoming", tag = "stock", request_body = NewIncoming,
    responses((status = 200, body = Incoming), (status = 422, body = Problem))
)]
async fn post_incoming(
    State(api): State<StockApi>,
    Body(body): Body<NewIncoming>,
) -> Result<Json<Incoming>, Problem> {
    let now = api.context.clock.now();
    let (found, _) = api.write(move |tx| incoming::expect(tx, now, &body, "")).await?;
    Ok(Json(found))
}

/// One expected delivery.
#[utoipa::path(
    get, path = "/v1/stock/incoming/{id}", tag = "stock", params(("id" = String, Path)),
    responses((status = 200, body = Incoming), (status = 404, body = Problem))
)]
async fn get_incoming(
    State(api): State<StockApi>,
    Path(id): Path<String>,
) -> Result<Json<Incoming>, Problem> {
    Ok(Json(api.read(move |tx| incoming::find(tx, &id)).await?))
}

/// Book a part of a delivery that came, or that will not come; once per key.
#[utoipa::path(
    post, path = "/v1/stock/incoming/{id}/receipts", tag = "stock",
    params(("id" = String, Path)), request_body = Receipt,
    responses((status = 200, body = Incoming), (status = 404, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem))
)]
async fn post_receipt(
    State(api): State<StockApi>,
    Path(id): Path<String>,
    Body(body): Body<Receipt>,
) -> Result<Json<Incoming>, Problem> {
    let now = api.context.clock.now();
    Ok(Json(api.write(move |tx| incoming::receive(tx, now, &id, &body)).await?))
}
