//! `GET /v1/status` and `/v1/settings`.

use std::sync::Arc;

use anyhow::Result;
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use jiff::civil::Date;
use mercer_db::DbError;
use mercer_http::auth::{Principal, Scope};
use mercer_http::context::blocking;
use mercer_http::problem::Problem;
use mercer_record::history::date_of_day;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::settings::Source;
use crate::shop::Shop;

pub(super) fn router(shop: Arc<Shop>) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(get_status)).routes(routes!(get_settings)).with_state(shop)
}

/// Jobs by state.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct JobCounts {
    /// Until they are due.
    pub waiting: i64,
    /// At work.
    pub running: i64,
    /// Failed too often; a person decides.
    pub parked: i64,
}

/// When things were computed; null: not yet.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Computed {
    /// Recommendations.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub recommendations_at: Option<Timestamp>,
    /// Segments.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub segments_at: Option<Timestamp>,
    /// Forecasts.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub forecasts_at: Option<Timestamp>,
}

/// What the record holds and what was computed from it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Status {
    /// Version of Mercer.
    pub version: String,
    /// `sqlite` or `postgresql`.
    pub database: String,
    /// What the console calls the shop.
    pub shop_name: String,
    /// Main currency.
    pub currency: String,
    /// Zone in which the shop counts its days.
    pub time_zone: String,
    /// Day of the last order: "today" of the figures.
    #[schema(value_type = Option<String>, format = Date)]
    pub as_of: Option<Date>,
    /// Orders.
    pub n_orders: i64,
    /// Customers.
    pub n_customers: i64,
    /// Products.
    pub n_products: i64,
    /// Refunds.
    pub n_refunds: i64,
    /// Facts in the log.
    pub n_facts: i64,
    /// Decisions that wait for a person.
    pub n_decisions_open: i64,
    /// Jobs.
    pub jobs: JobCounts,
    /// When things were computed.
    pub computed: Computed,
}

/// The status of a shop.
///
/// # Errors
/// The database's.
pub fn status(shop: &Shop) -> Result<Status> {
    let (counts, main, n_facts, n_open, jobs) = shop.context.db.read(|tx| {
        Ok::<_, mercer_record::RecordError>((
            mercer_record::read::counts(tx)?,
            mercer_record::read::main_channel(tx)?,
            mercer_facts::last_sequence(tx)?,
            mercer_decisions::n_open(tx)?,
            mercer_jobs::counts(tx)?,
        ))
    })?;
    shop.recommender.refresh()?;
    let (time_zone, currency) = main.unwrap_or_else(|| {
        (shop.defaults.time_zone.clone(), shop.defaults.currency.code().to_owned())
    });
    Ok(Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        database: shop.context.db.backend().name().to_owned(),
        shop_name: shop.settings.shop_name(),
        currency,
        time_zone,
        as_of: counts.last_day.map(date_of_day),
        n_orders: counts.n_orders,
        n_customers: counts.n_customers,
        n_products: counts.n_products,
        n_refunds: counts.n_refunds,
        n_facts,
        n_decisions_open: n_open,
        jobs: JobCounts { waiting: jobs[0].1, running: jobs[1].1, parked: jobs[2].1 },
        computed: Computed {
            recommendations_at: shop.recommender.computed_at(),
            segments_at: shop.segmenter.computed()?.map(|(at, _)| at),
            forecasts_at: shop.forecaster.computed_at()?,
        },
    })
}

/// A failure of something that is not a handler's own, as a problem.
pub(super) fn problem(error: anyhow::Error) -> Problem {
    match error.downcast::<DbError>() {
        Ok(error) => error.into(),
        Err(error) => match error.downcast::<mercer_record::RecordError>() {
            Ok(error) => error.into(),
            Err(error) => Problem::internal(&*error),
        },
    }
}

/// What the record holds and what was computed from it.
#[utoipa::path(get, path = "/v1/status", tag = "shop", responses((status = 200, body = Status)))]
async fn get_status(State(shop): State<Arc<Shop>>) -> Result<Json<Status>, Problem> {
    Ok(Json(blocking(move || status(&shop).map_err(problem)).await?))
}

/// A setting, its value and where it came from.
#[derive(Serialize, ToSchema)]
struct SettingView {
    name: String,
    value: String,
    /// `default`, `file`, `environment` or `flag`.
    #[schema(value_type = String)]
    source: Source,
    help: String,
}

/// All settings.
#[derive(Serialize, ToSchema)]
struct SettingsView {
    items: Vec<SettingView>,
}

/// The settings in force; they are changed in the file, the environment or by flags.
#[utoipa::path(
    get, path = "/v1/settings", tag = "shop",
    responses((status = 200, body = SettingsView), (status = 403, body = Problem))
)]
async fn get_settings(
    State(shop): State<Arc<Shop>>,
    principal: Principal,
) -> Result<Json<SettingsView>, Problem> {
    principal.require(Scope::Admin)?;
    let items = shop
        .settings
        .shown()
        .into_iter()
        .map(|setting| SettingView {
            name: setting.name.to_owned(),
            value: setting.value,
            source: setting.source,
            help: setting.help.to_owned(),
        })
        .collect();
    Ok(Json(SettingsView { items }))
}
