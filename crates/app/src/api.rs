//! The interface as a whole: the routers of all capabilities and what belongs to none of them.

pub mod decisions;
pub mod evaluations;
pub mod jobs;
pub mod status;
pub mod today;

use std::sync::{Arc, OnceLock};

use anyhow::Result;
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use mercer_http::auth;
use mercer_http::server::{self, Parts};
use mercer_record::api::RecordApi;
use mercer_record::api::imports::Imports;
use mercer_stock::api::StockApi;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Components, SecurityRequirement};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::settings::Settings;
use crate::shop::Shop;

#[derive(OpenApi)]
#[openapi(info(
    title = "Mercer",
    description = "The back office of an online shop: its record, what to suggest, whom to care \
        for, what will sell, and why. Amounts are integer minor units with an ISO 4217 currency; \
        instants are RFC 3339 in UTC; errors are problems by RFC 9457; lists have cursors. Every \
        POST takes an `Idempotency-Key`.",
    license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
))]
struct Description;

/// All guarded and open endpoints with their description.
fn routers(shop: &Arc<Shop>) -> (Router, Router, String) {
    let context = &shop.context;
    let imports = Imports::new(shop.files.clone(), shop.imports_folder());
    let record = RecordApi { context: context.clone(), defaults: shop.defaults.clone(), imports };
    let guarded = OpenApiRouter::new()
        .merge(today::router(shop.clone()))
        .merge(status::router(shop.clone()))
        .merge(mercer_record::api::router(record))
        .merge(mercer_recommendations::api::router(shop.recommender.clone()))
        .merge(mercer_forecasts::api::router(context.clone(), shop.forecaster.clone()))
        .merge(mercer_segments::api::router(context.clone()))
        .merge(mercer_stock::api::router(StockApi {
            context: context.clone(),
            files: Arc::new(mercer_csv::stock::CsvStock),
        }))
        .merge(mercer_promotions::quote::api::router(shop.offers.quotes.clone()))
        .merge(mercer_promotions::manage::api::router(shop.offers.promotions.clone()))
        .merge(mercer_flash_sales::api::router(shop.offers.flash_sales.clone()))
        .merge(mercer_loyalty::api::router(shop.offers.loyalty.clone()))
        .merge(decisions::router(context.clone()))
        .merge(jobs::router(context.clone()))
        .merge(evaluations::router(shop.clone()))
        .merge(auth::api::keys_router(context.clone()));
    let described = Arc::new(OnceLock::new());
    let open = auth::api::session_router(context.clone())
        .merge(OpenApiRouter::new().routes(routes!(describe)).with_state(described.clone()));
    let (guarded, guarded_api) = guarded.split_for_parts();
    let (open, open_api) = open.split_for_parts();
    let mut openapi = Description::openapi();
    openapi.merge(guarded_api);
    openapi.merge(open_api);
    let components = openapi.components.get_or_insert_with(Components::new);
    components
        .add_security_scheme("api_key", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    components.add_security_scheme(
        "session",
        SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("mercer_session"))),
    );
    let none: [&str; 0] = [];
    openapi.security = Some(vec![
        SecurityRequirement::new("api_key", none),
        SecurityRequirement::new("session", none),
    ]);
    let text = openapi.to_pretty_json().unwrap_or_default();
    described.get_or_init(|| text.clone());
    (guarded, open, text)
}

/// This description.
#[utoipa::path(
    get, path = "/v1/openapi.json", tag = "shop", security(()),
    responses((status = 200, content_type = "application/json", body = Object))
)]
async fn describe(State(text): State<Arc<OnceLock<String>>>) -> Response {
    let text = text.get().cloned().unwrap_or_default();
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

/// The whole interface with all layers.
pub fn router(shop: &Arc<Shop>) -> Router {
    let (guarded, open, _) = routers(shop);
    let ready = Arc::new(|| Ok(()));
    server::router(&shop.context, Parts { guarded, open, ready })
}

/// The OpenAPI description as text.
///
/// # Errors
/// A temporary database cannot be made.
pub fn openapi_text() -> Result<String> {
    // The description comes from the routers, which need a shop: an empty one beside nobody's data.
    let folder = std::env::temp_dir().join(format!("mercer-openapi-{}", std::process::id()));
    let globals = crate::cli::Globals {
        database: Some(folder.join("empty.sqlite").display().to_string()),
        ..Default::default()
    };
    let shop = Arc::new(Shop::open(Settings::load(&globals)?)?);
    let (_, _, text) = routers(&shop);
    drop(shop);
    std::fs::remove_dir_all(&folder).ok();
    Ok(text)
}
