//! `/v1/stock`: the list, one SKU, what happened to it, what is held of it, its settings.

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
use crate::history::{self, HoldRow, MovementView};
use crate::settings::{self, ItemSettings};
use crate::view::{self, StockFilter, StockRow, StockView};

pub(super) fn router() -> OpenApiRouter<StockApi> {
    OpenApiRouter::new()
        .routes(routes!(list_stock))
        .routes(routes!(get_stock, put_stock))
        .routes(routes!(list_movements))
        .routes(routes!(list_holds))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct StockParams {
    /// Words in the SKU.
    q: Option<String>,
    /// Code of a location: SKUs that are open there, with what is there.
    location: Option<String>,
    /// `true`: only SKUs at or below their threshold.
    low: Option<bool>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows wanted, 1 to 200; 50 unless given.
    limit: Option<usize>,
}

/// List SKUs with what is on hand, held, available and incoming.
#[utoipa::path(
    get, path = "/v1/stock", tag = "stock", params(StockParams),
    responses((status = 200, body = Page<StockRow>), (status = 422, body = Problem))
)]
async fn list_stock(
    State(api): State<StockApi>,
    Params(params): Params<StockParams>,
) -> Result<Json<Page<StockRow>>, Problem> {
    let page = PageParams { cursor: params.cursor, limit: params.limit };
    let n_rows = page.n_rows()?;
    let filter = StockFilter {
        text: filled(params.q),
        location: filled(params.location),
        is_low: params.low.unwrap_or(false),
        after: page.after::<String>()?.map(|(sku, _)| sku),
    };
    let now = api.context.clock.now();
    let (rows, total) = api
        .read(move |tx| Ok((view::list(tx, now, &filter, n_rows + 1)?, view::count(tx, &filter)?)))
        .await?;
    Ok(Json(Page::cut(rows, n_rows).with_total(total)))
}

/// One SKU by location, with its lots.
#[utoipa::path(
    get, path = "/v1/stock/{sku}", tag = "stock", params(("sku" = String, Path)),
    responses((status = 200, body = StockView), (status = 404, body = Problem))
)]
async fn get_stock(
    State(api): State<StockApi>,
    Path(sku): Path<String>,
) -> Result<Json<StockView>, Problem> {
    let now = api.context.clock.now();
    Ok(Json(api.read(move |tx| view::find(tx, now, &sku)).await?))
}

/// Write a SKU's settings; a new SKU is added.
#[utoipa::path(
    put, path = "/v1/stock/{sku}", tag = "stock", params(("sku" = String, Path)),
    request_body = ItemSettings,
    responses((status = 200, body = StockView), (status = 409, body = Problem),
              (status = 422, body = Problem))
)]
async fn put_stock(
    State(api): State<StockApi>,
    Path(sku): Path<String>,
    Body(body): Body<ItemSettings>,
) -> Result<Json<StockView>, Problem> {
    let now = api.context.clock.now();
    let view = api.write(move |tx| {
        settings::put(tx, now, &sku, &body)?;
        view::find(tx, now, &sku)
    });
    Ok(Json(view.await?))
}

/// What happened to a SKU, latest first; holds and releases among it.
#[utoipa::path(
    get, path = "/v1/stock/{sku}/movements", tag = "stock",
    params(("sku" = String, Path), PageParams),
    responses((status = 200, body = Page<MovementView>), (status = 404, body = Problem),
              (status = 422, body = Problem))
)]
async fn list_movements(
    State(api): State<StockApi>,
    Path(sku): Path<String>,
    Params(page): Params<PageParams>,
) -> Result<Json<Page<MovementView>>, Problem> {
    let n_rows = page.n_rows()?;
    let after = page.after::<(i64, i64)>()?.map(|((at, place), name)| (at, place, name));
    let rows = api.read(move |tx| history::list(tx, &sku, after.as_ref(), n_rows + 1)).await?;
    Ok(Json(Page::cut(rows, n_rows)))
}

/// What is held of a SKU for whom, those that end first first.
#[utoipa::path(
    get, path = "/v1/stock/{sku}/holds", tag = "stock",
    params(("sku" = String, Path), PageParams),
    responses((status = 200, body = Page<HoldRow>), (status = 404, body = Problem),
              (status = 422, body = Problem))
)]
async fn list_holds(
    State(api): State<StockApi>,
    Path(sku): Path<String>,
    Params(page): Params<PageParams>,
) -> Result<Json<Page<HoldRow>>, Problem> {
    let n_rows = page.n_rows()?;
    let after = page.after::<i64>()?;
    let rows = api.read(move |tx| history::holds(tx, &sku, after.clone(), n_rows + 1)).await?;
    Ok(Json(Page::cut(rows, n_rows)))
}
