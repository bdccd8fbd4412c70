//! Orders: list, one, upsert, upsert of many; channels.

use axum::Json;
use axum::extract::{DefaultBodyLimit, Path, State};
use jiff::civil::{Date, date};
use mercer_connect::source::{OrderDraft, SourceItem};
use mercer_http::context::blocking;
use mercer_http::page::{Page, PageParams};
use mercer_http::problem::Problem;
use mercer_http::request::{Body, N_BATCH_BYTES_MAX, Params};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{RecordApi, filled};
use crate::RecordError;
use crate::keep::{Change, Keeper};
use crate::read::orders::{self, Order, OrderFilter, OrderRow, OrderSort};
use crate::ties;

/// Most orders of one batch: each has its own verdict, and the writer is held for all of them.
pub const N_BATCH_MAX: usize = 500;

pub(super) fn router() -> OpenApiRouter<RecordApi> {
    OpenApiRouter::new()
        .routes(routes!(list_orders, put_order))
        .routes(routes!(get_order))
        .routes(routes!(list_channels))
        .merge(
            OpenApiRouter::new()
                .routes(routes!(put_orders))
                .layer(DefaultBodyLimit::max(N_BATCH_BYTES_MAX)),
        )
}

/// Days since 1970 of a date.
pub(super) fn day_number(wanted: Date) -> i64 {
    i64::from(wanted.since(date(1970, 1, 1)).map_or(0, |span| span.get_days()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OrderParams {
    /// Words in the number or the customer's name, e-mail or id.
    q: Option<String>,
    /// Customer id.
    customer: Option<String>,
    /// Product id: orders that contain it.
    product: Option<String>,
    /// Code of the channel.
    channel: Option<String>,
    /// `open`, `fulfilled` or `cancelled`.
    status: Option<String>,
    /// First day.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// Last day, included.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<Date>,
    /// `-placed_at` (default), `placed_at` or `-total`.
    sort: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows wanted, 1 to 200; 50 unless given.
    limit: Option<usize>,
}

fn sort_of(sort: Option<&str>) -> Result<OrderSort, Problem> {
    match sort {
        None | Some("" | "-placed_at") => Ok(OrderSort::Latest),
        Some("placed_at") => Ok(OrderSort::Oldest),
        Some("-total") => Ok(OrderSort::Total),
        Some(_) => Err(Problem::invalid("sort", "`sort` is one of -placed_at, placed_at, -total.")),
    }
}

/// List orders.
#[utoipa::path(
    get, path = "/v1/orders", tag = "record", params(OrderParams),
    responses((status = 200, body = Page<OrderRow>), (status = 422, body = Problem))
)]
async fn list_orders(
    State(api): State<RecordApi>,
    Params(params): Params<OrderParams>,
) -> Result<Json<Page<OrderRow>>, Problem> {
    let page = PageParams { cursor: params.cursor, limit: params.limit };
    let n_rows = page.n_rows()?;
    let status = filled(params.status);
    if status.as_deref().is_some_and(|name| !["open", "fulfilled", "cancelled"].contains(&name)) {
        let detail = "`status` is one of open, fulfilled, cancelled.";
        return Err(Problem::invalid("status", detail));
    }
    let filter = OrderFilter {
        text: filled(params.q),
        customer_id: filled(params.customer),
        product_id: filled(params.product),
        channel: filled(params.channel),
        status,
        day_first: params.from.map(day_number),
        day_last: params.to.map(day_number),
        sort: sort_of(params.sort.as_deref())?,
        after: page.after()?,
    };
    let rows = blocking(move || api.context.db.read(|tx| orders::list(tx, &filter, n_rows + 1)));
    Ok(Json(Page::cut(rows.await?, n_rows)))
}

/// One order.
#[utoipa::path(
    get, path = "/v1/orders/{id}", tag = "record", params(("id" = String, Path)),
    responses((status = 200, body = Order), (status = 404, body = Problem))
)]
async fn get_order(
    State(api): State<RecordApi>,
    Path(id): Path<String>,
) -> Result<Json<Order>, Problem> {
    let wanted = id.clone();
    let order = blocking(move || api.context.db.read(|tx| orders::find(tx, &wanted))).await?;
    order.map(Json).ok_or_else(|| Problem::not_found("order", &id))
}

/// What became of a draft.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Upserted {
    /// Its id.
    pub id: String,
    /// `created`, `changed` or `unchanged`.
    #[schema(value_type = String, example = "created")]
    pub outcome: Change,
}

/// Keeps one item in a transaction of its own, and ties refunds that wait for it.
pub(super) fn keep_one(api: &RecordApi, item: SourceItem) -> Result<Upserted, RecordError> {
    let keeper = Keeper::new(api.defaults.clone());
    let now = api.context.clock.now();
    let items = [item];
    api.context.db.write(|tx| {
        let (kept, _) = keeper.keep(tx, now, &items)?;
        if let SourceItem::Order(draft) = &items[0] {
            let customer = match &draft.customer {
                Some(customer) => crate::read::customers::resolve(tx, &customer.external_id)?,
                None => None,
            };
            ties::tie_one(tx, now, customer.as_deref(), Some(&draft.number))?;
        }
        let (id, outcome) = kept.items.into_iter().next().ok_or(mercer_db::DbError::NoRow)?;
        Ok(Upserted { id, outcome })
    })
}

/// Put an order: the same order twice changes nothing; a later version replaces it.
#[utoipa::path(
    post, path = "/v1/orders", tag = "record",
    request_body(content = Object, description = "An order draft",
        example = json!({
            "channel": "web", "number": "1001", "placed_at": "2026-03-01T10:15:00Z",
            "currency": "GBP", "status": "open",
            "customer": {"external_id": "c-17", "email": "ada@example.com", "name": "Ada"},
            "lines": [{"kind": "item", "sku": "TEA-1", "title": "Assam", "quantity": 2,
                       "unit_price_minor": 450, "total_minor": 900}]
        })),
    responses((status = 200, body = Upserted), (status = 422, body = Problem))
)]
async fn put_order(
    State(api): State<RecordApi>,
    Body(draft): Body<OrderDraft>,
) -> Result<Json<Upserted>, Problem> {
    let upserted = blocking(move || keep_one(&api, SourceItem::Order(draft))).await?;
    Ok(Json(upserted))
}

/// A batch of orders.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Batch {
    /// Order drafts, at most 500; each is read and judged by itself.
    #[schema(value_type = Vec<Object>)]
    orders: Vec<serde_json::Value>,
}

/// The verdict on one order of a batch.
#[derive(Serialize, ToSchema)]
struct Verdict {
    /// Place in the batch, from 0.
    index: usize,
    /// Its id, if it was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// `created`, `changed` or `unchanged`, if it was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    outcome: Option<Change>,
    /// Why it was not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

/// The verdicts on a batch.
#[derive(Serialize, ToSchema)]
struct Verdicts {
    results: Vec<Verdict>,
}

/// Put many orders: each has its own verdict, and a bad one does not stop the others.
#[utoipa::path(
    post, path = "/v1/orders/batch", tag = "record", request_body = Batch,
    responses((status = 200, body = Verdicts), (status = 413, body = Problem),
              (status = 422, body = Problem))
)]
async fn put_orders(
    State(api): State<RecordApi>,
    Body(Batch { orders }): Body<Batch>,
) -> Result<Json<Verdicts>, Problem> {
    if orders.len() > N_BATCH_MAX {
        let detail = format!("{} orders; a batch may have {N_BATCH_MAX}.", orders.len());
        return Err(Problem::invalid("orders", detail));
    }
    let results = blocking(move || keep_batch(&api, orders)).await?;
    Ok(Json(Verdicts { results }))
}

fn keep_batch(
    api: &RecordApi,
    orders: Vec<serde_json::Value>,
) -> Result<Vec<Verdict>, RecordError> {
    let now = api.context.clock.now();
    let drafts: Vec<Result<SourceItem, Problem>> = orders
        .into_iter()
        .map(|value| {
            serde_path_to_error::deserialize(value)
                .map(SourceItem::Order)
                .map_err(|error| {
                    let path = error.path().to_string();
                    Problem::invalid(&path, format!("`{path}`: {}.", error.into_inner()))
                })
                .and_then(|item| {
                    crate::keep::validate(&item).map_err(Problem::from)?;
                    Ok(item)
                })
        })
        .collect();
    // All good ones in one transaction: what can be wrong with one was found out before.
    let good: Vec<SourceItem> =
        drafts.iter().filter_map(|draft| draft.as_ref().ok().cloned()).collect();
    let keeper = Keeper::new(api.defaults.clone());
    let kept = api.context.db.write(|tx| keeper.keep(tx, now, &good).map(|(kept, _)| kept))?;
    ties::tie_all(&api.context.db, now)?;
    let mut kept = kept.items.into_iter();
    Ok(drafts
        .into_iter()
        .enumerate()
        .map(|(index, draft)| match draft {
            Ok(_) => {
                let (id, outcome) = kept.next().unzip();
                Verdict { index, id, outcome, problem: None }
            }
            Err(problem) => Verdict { index, id: None, outcome: None, problem: Some(problem) },
        })
        .collect())
}

/// A sales channel.
#[derive(Serialize, ToSchema)]
struct ChannelView {
    id: String,
    code: String,
    name: String,
    currency: String,
}

/// All channels.
#[derive(Serialize, ToSchema)]
struct Channels {
    items: Vec<ChannelView>,
}

/// List channels.
#[utoipa::path(get, path = "/v1/channels", tag = "record", responses((status = 200, body = Channels)))]
async fn list_channels(State(api): State<RecordApi>) -> Result<Json<Channels>, Problem> {
    let rows = blocking(move || {
        api.context
            .db
            .read(|tx| tx.fetch("SELECT id, code, name, currency FROM channels ORDER BY code", &[]))
    })
    .await?;
    let items = rows
        .iter()
        .map(|row| {
            Ok(ChannelView {
                id: row.get(0)?,
                code: row.get(1)?,
                name: row.get(2)?,
                currency: row.get(3)?,
            })
        })
        .collect::<Result<_, mercer_db::DbError>>()?;
    Ok(Json(Channels { items }))
}
