//! Customers: list, one with the segment and why, timeline.

use axum::Json;
use axum::extract::{Path, State};
use mercer_db::{Tx, params};
use mercer_http::context::blocking;
use mercer_http::page::{Page, PageParams};
use mercer_http::problem::Problem;
use mercer_http::request::Params;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{RecordApi, filled};
use crate::RecordError;
use crate::history::date_of_day;
use crate::read::customers::{
    self, Customer, CustomerFilter, CustomerRow, CustomerSort, TimelineEntry,
};

pub(super) fn router() -> OpenApiRouter<RecordApi> {
    OpenApiRouter::new()
        .routes(routes!(list_customers))
        .routes(routes!(list_countries))
        .routes(routes!(get_customer))
        .routes(routes!(get_timeline))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CustomerParams {
    /// Words in name, e-mail or id.
    q: Option<String>,
    /// Code of a segment.
    segment: Option<String>,
    /// Country as the shop writes it.
    country: Option<String>,
    /// `-value` (default), `-orders` or `-last_order`.
    sort: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows wanted, 1 to 200; 50 unless given.
    limit: Option<usize>,
}

/// List customers.
#[utoipa::path(
    get, path = "/v1/customers", tag = "record", params(CustomerParams),
    responses((status = 200, body = Page<CustomerRow>), (status = 422, body = Problem))
)]
async fn list_customers(
    State(api): State<RecordApi>,
    Params(params): Params<CustomerParams>,
) -> Result<Json<Page<CustomerRow>>, Problem> {
    let page = PageParams { cursor: params.cursor, limit: params.limit };
    let n_rows = page.n_rows()?;
    let sort = match params.sort.as_deref() {
        None | Some("" | "-value") => CustomerSort::Value,
        Some("-orders") => CustomerSort::Orders,
        Some("-last_order") => CustomerSort::LastOrder,
        Some(_) => {
            let detail = "`sort` is one of -value, -orders, -last_order.";
            return Err(Problem::invalid("sort", detail));
        }
    };
    let filter = CustomerFilter {
        text: filled(params.q),
        segment: filled(params.segment),
        country: filled(params.country),
        sort,
        after: page.after()?,
    };
    let (rows, total) = blocking(move || {
        api.context.db.read(|tx| {
            let rows = customers::list(tx, &filter, n_rows + 1)?;
            Ok::<_, RecordError>((rows, customers::count(tx, &filter)?))
        })
    })
    .await?;
    let mut page = Page::cut(rows, n_rows);
    page.total = total;
    Ok(Json(page))
}

/// Countries of customers.
#[derive(Serialize, ToSchema)]
struct Countries {
    items: Vec<String>,
}

/// List the countries of customers, those with most first.
#[utoipa::path(get, path = "/v1/countries", tag = "record", responses((status = 200, body = Countries)))]
async fn list_countries(State(api): State<RecordApi>) -> Result<Json<Countries>, Problem> {
    let items = blocking(move || api.context.db.read(customers::countries)).await?;
    Ok(Json(Countries { items }))
}

/// Recency, frequency and monetary value with their scores.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rfm {
    /// Days since the last order at the reference date.
    recency_days: i64,
    /// Orders.
    n_orders: i64,
    /// Value, minor units.
    monetary_minor: i64,
    /// 1 to 5; 5 is most recent.
    recency_score: i64,
    /// 1 to 5; 5 is most orders.
    frequency_score: i64,
    /// 1 to 5; 5 is most value.
    monetary_score: i64,
    /// The day from which recency is counted.
    #[schema(value_type = String, format = Date)]
    reference_date: jiff::civil::Date,
}

/// One customer, with the segment and why.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustomerDetail {
    /// The record's part.
    #[serde(flatten)]
    pub customer: Customer,
    /// The figures behind the segment; null before segments were computed.
    pub rfm: Option<Rfm>,
    /// Why they are in their segment, weightiest first.
    pub segment_reasons: Vec<mercer_decisions::ReasonRecord>,
    /// The decision that says so.
    pub segment_decision_id: Option<String>,
}

/// A customer and the decision on their segment as the log has it.
///
/// # Errors
/// The database's.
pub fn detail(tx: &mut Tx<'_>, id: &str) -> Result<Option<CustomerDetail>, RecordError> {
    let Some(customer) = customers::find(tx, id)? else { return Ok(None) };
    let decision = mercer_decisions::current(tx, "segment", &customer.row.id)?;
    // The scores are the decision's; days and sums are as they stand now.
    let days = tx.fetch_optional(
        "SELECT (SELECT MAX(day) FROM orders),
                (SELECT MAX(day) FROM orders WHERE customer_id = $1 AND status <> 'cancelled')",
        params![&customer.row.id],
    )?;
    let (shop_last_day, last_order_day): (Option<i64>, Option<i64>) = match days {
        Some(row) => (row.get(0)?, row.get(1)?),
        None => (None, None),
    };
    let shop_last_day = shop_last_day.unwrap_or(0);
    let rfm = decision.as_ref().and_then(|found| {
        let number = |value: &serde_json::Value, name: &str| value[name].as_i64();
        Some(Rfm {
            recency_days: shop_last_day - last_order_day?,
            n_orders: customer.row.n_orders,
            monetary_minor: customer.row.value_minor,
            recency_score: number(&found.outcome, "recency_score")?,
            frequency_score: number(&found.outcome, "frequency_score")?,
            monetary_score: number(&found.outcome, "monetary_score")?,
            reference_date: date_of_day(shop_last_day),
        })
    });
    let (reasons, decision_id) = decision
        .map_or((Vec::new(), None), |found| (found.decision.reasons, Some(found.decision.id)));
    Ok(Some(CustomerDetail {
        customer,
        rfm,
        segment_reasons: reasons,
        segment_decision_id: decision_id,
    }))
}

/// One customer, by id or the shop's own id.
#[utoipa::path(
    get, path = "/v1/customers/{id}", tag = "record", params(("id" = String, Path)),
    responses((status = 200, body = CustomerDetail), (status = 404, body = Problem))
)]
async fn get_customer(
    State(api): State<RecordApi>,
    Path(id): Path<String>,
) -> Result<Json<CustomerDetail>, Problem> {
    let wanted = id.clone();
    let found = blocking(move || api.context.db.read(|tx| detail(tx, &wanted))).await?;
    found.map(Json).ok_or_else(|| Problem::not_found("customer", &id))
}

/// What happened with a customer, latest first.
#[utoipa::path(
    get, path = "/v1/customers/{id}/timeline", tag = "record",
    params(("id" = String, Path), PageParams),
    responses((status = 200, body = Page<TimelineEntry>), (status = 404, body = Problem))
)]
async fn get_timeline(
    State(api): State<RecordApi>,
    Path(id): Path<String>,
    Params(page): Params<PageParams>,
) -> Result<Json<Page<TimelineEntry>>, Problem> {
    let n_rows = page.n_rows()?;
    let before = page.after::<i64>()?.map_or(i64::MAX, |(at, _)| at);
    let wanted = id.clone();
    let rows = blocking(move || {
        api.context.db.read(|tx| match customers::resolve(tx, &wanted)? {
            Some(id) => customers::timeline(tx, &id, before, n_rows + 1).map(Some),
            None => Ok(None),
        })
    })
    .await?;
    let rows = rows.ok_or_else(|| Problem::not_found("customer", &id))?;
    let rows = rows.into_iter().map(|(at, entry)| ((at, String::new()), entry)).collect();
    Ok(Json(Page::cut(rows, n_rows)))
}
