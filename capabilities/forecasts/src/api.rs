//! `GET /v1/forecasts`: one product over any horizon, and the list.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use mercer_http::context::{Context, blocking};
use mercer_http::page::{Page, PageParams};
use mercer_http::problem::Problem;
use mercer_http::request::Params;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::service::{
    self, ForecastRow, ForecastSort, ForecastView, Forecaster, HORIZON_DAYS, HORIZON_DAYS_MAX,
};

#[derive(Clone)]
struct Api {
    context: Context,
    forecaster: Arc<Forecaster>,
}

/// The endpoints.
pub fn router(context: Context, forecaster: Arc<Forecaster>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(forecast))
        .routes(routes!(list_forecasts))
        .with_state(Api { context, forecaster })
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ForecastParams {
    /// Product id or SKU.
    product: String,
    /// Days ahead, 1 to 365; 28 unless given.
    days: Option<u16>,
}

/// What a product will sell, with intervals and reasons.
#[utoipa::path(
    get, path = "/v1/forecasts", tag = "forecasts", params(ForecastParams),
    responses((status = 200, body = ForecastView), (status = 404, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem))
)]
async fn forecast(
    State(api): State<Api>,
    Params(params): Params<ForecastParams>,
) -> Result<Json<ForecastView>, Problem> {
    let n_days = params.days.unwrap_or(HORIZON_DAYS);
    if !(1..=HORIZON_DAYS_MAX).contains(&n_days) {
        let detail = format!("`days` is {n_days}; it may be 1 to {HORIZON_DAYS_MAX}.");
        return Err(Problem::invalid("days", detail));
    }
    Ok(Json(blocking(move || api.forecaster.forecast(&params.product, n_days)).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// `-expected` (default) or `-change`.
    sort: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows wanted, 1 to 200; 50 unless given.
    limit: Option<usize>,
}

/// The next 28 days of all products that can be forecast.
#[utoipa::path(
    get, path = "/v1/forecasts/top", tag = "forecasts", params(ListParams),
    responses((status = 200, body = Page<ForecastRow>), (status = 422, body = Problem))
)]
async fn list_forecasts(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<Json<Page<ForecastRow>>, Problem> {
    let page = PageParams { cursor: params.cursor, limit: params.limit };
    let n_rows = page.n_rows()?;
    let after = page.after::<f64>()?;
    let sort = match params.sort.as_deref() {
        None | Some("" | "-expected") => ForecastSort::Expected,
        Some("-change") => ForecastSort::Change,
        Some(_) => {
            return Err(Problem::invalid("sort", "`sort` is one of -expected, -change."));
        }
    };
    let rows = blocking(move || {
        api.context.db.read(|tx| service::list(tx, sort, after.clone(), n_rows + 1))
    });
    Ok(Json(Page::cut(rows.await?, n_rows)))
}
