//! `GET /v1/today`: what needs a decision, what changed, how sales go.

use std::sync::Arc;

use anyhow::Result;
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use jiff::civil::Date;
use mercer_core::clock::instant_of_micros;
use mercer_db::{DbError, Tx, params};
use mercer_decisions::{Filter, Sort, State as DecisionState};
use mercer_engine_kit::words::grouped;
use mercer_forecasts::service::{ForecastProduct, ForecastSort};
use mercer_http::context::blocking;
use mercer_http::problem::Problem;
use mercer_record::history::date_of_day;
use mercer_record::read::sales::{self, SalesPoint};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::decisions::DecisionView;
use super::status::problem;
use crate::shop::Shop;

/// Proposals on the page; the rest is one click away.
const N_PROPOSALS: usize = 5;
/// Products with rising demand on the page.
const N_RISING: usize = 5;
/// Days of the chart.
const N_DAYS_CHART: i64 = 28;
/// Days without orders after which the figures count as of another time.
const N_DAYS_HISTORIC: i64 = 2;
/// Days that "what changed" tells of: those of the figures beside it.
const N_DAYS_CHANGED: i64 = 7;
/// Microseconds of a day.
const DAY_MICROS: i64 = 86_400_000_000;
/// Lines about what changed.
const N_CHANGES: usize = 8;

pub(super) fn router(shop: Arc<Shop>) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(get_today)).with_state(shop)
}

/// Sums over some days.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
struct Sums {
    n_orders: i64,
    /// Minor units.
    total_minor: i64,
    n_units: i64,
}

impl Sums {
    fn of(points: &[SalesPoint]) -> Self {
        points.iter().fold(Self::default(), |sum, point| Self {
            n_orders: sum.n_orders + point.n_orders,
            total_minor: sum.total_minor + point.total_minor,
            n_units: sum.n_units + point.n_units,
        })
    }
}

/// Sales of a day.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct DayView {
    #[schema(value_type = String, format = Date)]
    date: Date,
    total_minor: i64,
    n_orders: i64,
    n_units: i64,
}

/// Units of the whole shop in the next 7 days.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct NextDays {
    n_units: f64,
    low_80: f64,
    high_80: f64,
}

/// Sales of the last 7 days beside the 7 before and what is expected.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct SalesView {
    n_orders: i64,
    total_minor: i64,
    n_units: i64,
    previous: Sums,
    /// The last 28 days, without gaps.
    days: Vec<DayView>,
    /// Null before forecasts were computed or with too little history.
    forecast_next_7_days: Option<NextDays>,
    /// First of the 7 days.
    #[schema(value_type = String, format = Date)]
    from: Date,
    /// Last of the 7 days.
    #[schema(value_type = String, format = Date)]
    to: Date,
}

/// Proposals that wait for a person.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Proposals {
    total: i64,
    /// Those with most at stake.
    items: Vec<DecisionView>,
}

/// Something that changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct ChangeView {
    kind: String,
    sentence: String,
    n: i64,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The console's page with the rows behind it.
    href: String,
}

/// A product with rising demand.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Rising {
    product: ForecastProduct,
    expected_units_28d: f64,
    sold_units_28d: i64,
}

/// The first page of a shop's day.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Today {
    /// Day of the last order.
    #[schema(value_type = Option<String>, format = Date)]
    as_of: Option<Date>,
    /// Whether that day is more than two days ago: the figures are of another time.
    is_historic: bool,
    currency: String,
    sales: SalesView,
    needs_decision: Proposals,
    changed: Vec<ChangeView>,
    rising: Vec<Rising>,
}

/// What needs a decision, what changed, how sales go.
#[utoipa::path(get, path = "/v1/today", tag = "shop", responses((status = 200, body = Today)))]
async fn get_today(State(shop): State<Arc<Shop>>) -> Result<Json<Today>, Problem> {
    Ok(Json(blocking(move || today(&shop).map_err(problem)).await?))
}

fn today(shop: &Shop) -> Result<Today> {
    let now = shop.context.clock.now();
    let clock_day = now.as_second().div_euclid(86_400);
    let (counts, main) = shop.context.db.read(|tx| {
        Ok::<_, mercer_record::RecordError>((
            mercer_record::read::counts(tx)?,
            mercer_record::read::main_channel(tx)?,
        ))
    })?;
    let last_day = counts.last_day.unwrap_or(clock_day);
    let points =
        shop.context.db.read(|tx| sales::of_shop(tx, last_day - N_DAYS_CHART + 1, last_day))?;
    let (needs_decision, changed, rising) = shop
        .context
        .db
        .read(|tx| Ok::<_, DbError>((proposals(tx)?, changes(tx, now)?, rising(tx)?)))?;
    let forecast = shop.forecaster.next_7_days()?;
    Ok(Today {
        as_of: counts.last_day.map(date_of_day),
        is_historic: counts.last_day.is_some_and(|day| clock_day - day > N_DAYS_HISTORIC),
        currency: main
            .map_or_else(|| shop.defaults.currency.code().to_owned(), |(_, currency)| currency),
        sales: sales_view(&points, last_day, forecast),
        needs_decision,
        changed,
        rising,
    })
}

fn sales_view(
    points: &[SalesPoint],
    last_day: i64,
    forecast: Option<mercer_forecasts::service::PointView>,
) -> SalesView {
    let week = points.len().saturating_sub(7);
    let before = points.len().saturating_sub(14);
    let last = Sums::of(&points[week..]);
    SalesView {
        n_orders: last.n_orders,
        total_minor: last.total_minor,
        n_units: last.n_units,
        previous: Sums::of(&points[before..week]),
        days: points
            .iter()
            .map(|point| DayView {
                date: date_of_day(point.day),
                total_minor: point.total_minor,
                n_orders: point.n_orders,
                n_units: point.n_units,
            })
            .collect(),
        forecast_next_7_days: forecast.map(|point| NextDays {
            n_units: point.expected,
            low_80: point.low_80,
            high_80: point.high_80,
        }),
        from: date_of_day(last_day - 6),
        to: date_of_day(last_day),
    }
}

fn proposals(tx: &mut Tx<'_>) -> Result<Proposals, DbError> {
    let filter =
        Filter { state: Some(DecisionState::Proposed), sort: Sort::AtStake, ..Filter::default() };
    let items = mercer_decisions::list(tx, &filter, N_PROPOSALS)?;
    Ok(Proposals {
        total: mercer_decisions::n_open(tx)?,
        items: items.into_iter().map(|(_, decision)| decision.into()).collect(),
    })
}

fn rising(tx: &mut Tx<'_>) -> Result<Vec<Rising>, DbError> {
    let rows = mercer_forecasts::service::list(tx, ForecastSort::Change, None, N_RISING)?;
    Ok(rows
        .into_iter()
        .map(|(_, row)| row)
        .filter(|row| row.expected_units_28d > row.sold_units_28d as f64)
        .map(|row| Rising {
            product: row.product,
            expected_units_28d: row.expected_units_28d,
            sold_units_28d: row.sold_units_28d,
        })
        .collect())
}

/// What was recorded in the last days, counted by kind: all of it, however much an import brought.
fn changes(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<ChangeView>, DbError> {
    let rows = tx.fetch(
        "SELECT kind, payload, COUNT(*), MAX(recorded_at) FROM facts
         WHERE kind = 'segment.entered' AND recorded_at >= $1 GROUP BY kind, payload
         UNION ALL
         SELECT kind, '{}', COUNT(*), MAX(recorded_at) FROM facts
         WHERE kind IN ('order.placed', 'order.changed', 'order.cancelled', 'refund.given',
           'product.created', 'customer.created', 'import.finished', 'decision.approved',
           'decision.dismissed') AND recorded_at >= $1 GROUP BY kind",
        params![now.as_microsecond() - N_DAYS_CHANGED * DAY_MICROS],
    )?;
    let mut changes = Vec::new();
    for row in rows {
        let payload: serde_json::Value = serde_json::from_str(row.str(1)).unwrap_or_default();
        let (n, at): (i64, i64) = (row.get(2)?, row.get(3)?);
        if let Some((sentence, href)) = sentence(row.str(0), &payload, n) {
            let kind = row.str(0).to_owned();
            changes.push(ChangeView { kind, sentence, n, at: instant_of_micros(at), href });
        }
    }
    changes.sort_by_key(|change| (std::cmp::Reverse(change.at), std::cmp::Reverse(change.n)));
    changes.truncate(N_CHANGES);
    Ok(changes)
}

fn sentence(kind: &str, payload: &serde_json::Value, n: i64) -> Option<(String, String)> {
    let count = |one: &str, many: &str| {
        if n == 1 { format!("1 {one}") } else { format!("{} {many}", grouped(n)) }
    };
    let text = match kind {
        "segment.entered" => {
            let code = payload["segment"].as_str()?;
            let name = payload["name"].as_str()?;
            let sentence = format!("{} {name}.", count("customer became", "customers became"));
            return Some((sentence, format!("/customers?segment={code}")));
        }
        "order.placed" => (count("new order.", "new orders."), "/orders"),
        "order.changed" => (count("order changed.", "orders changed."), "/orders"),
        "order.cancelled" => {
            (count("order was cancelled.", "orders were cancelled."), "/orders?status=cancelled")
        }
        "refund.given" => (count("refund.", "refunds."), "/orders"),
        "product.created" => (count("new product.", "new products."), "/products"),
        "customer.created" => (count("new customer.", "new customers."), "/customers"),
        "import.finished" => (count("import finished.", "imports finished."), "/import"),
        "decision.approved" => (
            count("proposal was approved.", "proposals were approved."),
            "/decisions?state=approved",
        ),
        "decision.dismissed" => (
            count("proposal was dismissed.", "proposals were dismissed."),
            "/decisions?state=dismissed",
        ),
        _ => return None,
    };
    Some((text.0, text.1.to_owned()))
}
