//! `/v1/channels/{code}/offers`: how a channel's offers are combined, taxed and held.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use mercer_http::context::blocking;
use mercer_http::problem::Problem;
use mercer_http::request::Body;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::manage::{Promotions, settings};
use crate::store::OfferSettings;

pub(super) fn router() -> OpenApiRouter<Arc<Promotions>> {
    OpenApiRouter::new().routes(routes!(get_offers, put_offers))
}

/// How a channel's offers are combined, taxed and held.
#[utoipa::path(
    get, path = "/v1/channels/{code}/offers", tag = "promotions",
    params(("code" = String, Path)),
    responses((status = 200, body = OfferSettings), (status = 404, body = Problem))
)]
async fn get_offers(
    State(api): State<Arc<Promotions>>,
    Path(code): Path<String>,
) -> Result<Json<OfferSettings>, Problem> {
    let found = blocking(move || api.context.db.read(|tx| settings::get(&api, tx, &code)));
    Ok(Json(found.await?))
}

/// Say how a channel's offers are combined, taxed and held. Quotes made before keep their price.
#[utoipa::path(
    put, path = "/v1/channels/{code}/offers", tag = "promotions",
    params(("code" = String, Path)),
    request_body(content = OfferSettings, example = json!({
        "combine": "best_for_customer", "tax": "inclusive", "tax_basis_points": 2000,
        "quote_minutes": 30, "hold_minutes": 15
    })),
    responses((status = 200, body = OfferSettings), (status = 404, body = Problem),
              (status = 422, body = Problem))
)]
async fn put_offers(
    State(api): State<Arc<Promotions>>,
    Path(code): Path<String>,
    Body(offers): Body<OfferSettings>,
) -> Result<Json<OfferSettings>, Problem> {
    let kept = offers.clone();
    blocking(move || {
        let now = api.context.clock.now();
        api.context.db.write(|tx| settings::put(&api, tx, now, &code, &offers))
    })
    .await?;
    Ok(Json(kept))
}
