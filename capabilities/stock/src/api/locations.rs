//! `/v1/locations` and the settings of stock.

use axum::Json;
use axum::extract::State;
use mercer_http::problem::Problem;
use mercer_http::request::Body;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::StockApi;
use crate::store::{self, Location, LocationDraft, Settings};

pub(super) fn router() -> OpenApiRouter<StockApi> {
    OpenApiRouter::new()
        .routes(routes!(list_locations, put_location))
        .routes(routes!(get_stock_settings, put_stock_settings))
}

/// All locations.
#[derive(Serialize, ToSchema)]
struct Locations {
    /// In the order of their priority; at most 500.
    items: Vec<Location>,
}

/// List locations.
#[utoipa::path(
    get, path = "/v1/locations", tag = "stock", responses((status = 200, body = Locations))
)]
async fn list_locations(State(api): State<StockApi>) -> Result<Json<Locations>, Problem> {
    Ok(Json(Locations { items: api.read(store::locations).await? }))
}

/// Make a location, or change the one of this code.
#[utoipa::path(
    put, path = "/v1/locations", tag = "stock", request_body = LocationDraft,
    responses((status = 200, body = Location), (status = 422, body = Problem))
)]
async fn put_location(
    State(api): State<StockApi>,
    Body(draft): Body<LocationDraft>,
) -> Result<Json<Location>, Problem> {
    let now = api.context.clock.now();
    Ok(Json(api.write(move |tx| store::put_location(tx, now, &draft)).await?))
}

/// How carts are allocated, and which channels' orders take stock.
#[utoipa::path(
    get, path = "/v1/stock/settings", tag = "stock", responses((status = 200, body = Settings))
)]
async fn get_stock_settings(State(api): State<StockApi>) -> Result<Json<Settings>, Problem> {
    Ok(Json(api.read(store::settings).await?))
}

/// Replace how carts are allocated, and which channels' orders take stock.
#[utoipa::path(
    put, path = "/v1/stock/settings", tag = "stock", request_body = Settings,
    responses((status = 200, body = Settings), (status = 422, body = Problem))
)]
async fn put_stock_settings(
    State(api): State<StockApi>,
    Body(new): Body<Settings>,
) -> Result<Json<Settings>, Problem> {
    let settings = api.write(move |tx| {
        store::put_settings(tx, &new)?;
        store::settings(tx)
    });
    Ok(Json(settings.await?))
}
