//! `/v1/flash-sales`: write down, schedule, end, queue, and the live state for storefronts.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use mercer_core::problem::ProblemCode;
use mercer_http::context::blocking;
use mercer_http::page::{Page, PageParams};
use mercer_http::problem::Problem;
use mercer_http::request::{Body, Params};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::live::{LiveSale, live_of};
use crate::manage::SaleAsk;
use crate::queue::{Place, QueueAsk};
use crate::{FlashError, FlashSales, store};

/// Milliseconds between two looks at a sale for those who listen: faster than anybody reads.
const LOOK_MILLIS: u64 = 250;
/// Listeners at once: each costs a few kilobytes and a timer.
const N_LISTENERS_MAX: usize = 10_000;

static N_LISTENERS: AtomicUsize = AtomicUsize::new(0);

/// The endpoints.
pub fn router(sales: Arc<FlashSales>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(list_sales, create_sale))
        .routes(routes!(get_sale, change_sale))
        .routes(routes!(schedule_sale))
        .routes(routes!(end_sale))
        .routes(routes!(follow_sale))
        .routes(routes!(get_place, join_queue, leave_queue))
        .with_state(sales)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SaleParams {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows wanted, 1 to 200; 50 unless given.
    limit: Option<usize>,
}

/// List flash sales, those that start last first.
#[utoipa::path(
    get, path = "/v1/flash-sales", tag = "flash sales", params(SaleParams),
    responses((status = 200, body = Page<LiveSale>), (status = 422, body = Problem))
)]
async fn list_sales(
    State(sales): State<Arc<FlashSales>>,
    Params(params): Params<SaleParams>,
) -> Result<Json<Page<LiveSale>>, Problem> {
    let page = PageParams { cursor: params.cursor, limit: params.limit };
    let n_rows = page.n_rows()?;
    let after: Option<(i64, String)> = page.after()?;
    let rows = blocking(move || {
        let now = sales.context.clock.now();
        sales.context.db.read(|tx| {
            let found = store::list(tx, after.clone(), n_rows + 1)?;
            let keyed = found.into_iter().map(|sale| {
                let key = (sale.starts_at.as_microsecond(), sale.id.clone());
                Ok((key, live_of(tx, now, sale)?))
            });
            keyed.collect::<Result<Vec<_>, FlashError>>()
        })
    });
    Ok(Json(Page::cut(rows.await?, n_rows)))
}

/// Write a flash sale down as a draft.
#[utoipa::path(
    post, path = "/v1/flash-sales", tag = "flash sales", request_body = SaleAsk,
    responses((status = 200, body = LiveSale), (status = 422, body = Problem))
)]
async fn create_sale(
    State(sales): State<Arc<FlashSales>>,
    Body(ask): Body<SaleAsk>,
) -> Result<Json<LiveSale>, Problem> {
    let done = move || sales.create(&ask).and_then(|sale| sales.live(&sale.id));
    Ok(Json(blocking(done).await?))
}

/// A flash sale as it stands: units left, seconds left by the server's clock.
#[utoipa::path(
    get, path = "/v1/flash-sales/{id}", tag = "flash sales", params(("id" = String, Path)),
    responses((status = 200, body = LiveSale), (status = 404, body = Problem))
)]
async fn get_sale(
    State(sales): State<Arc<FlashSales>>,
    Path(id): Path<String>,
) -> Result<Json<LiveSale>, Problem> {
    Ok(Json(blocking(move || sales.live(&id)).await?))
}

/// Write a draft anew.
#[utoipa::path(
    put, path = "/v1/flash-sales/{id}", tag = "flash sales", params(("id" = String, Path)),
    request_body = SaleAsk,
    responses((status = 200, body = LiveSale), (status = 404, body = Problem),
              (status = 409, description = "It is no draft any more", body = Problem),
              (status = 422, body = Problem))
)]
async fn change_sale(
    State(sales): State<Arc<FlashSales>>,
    Path(id): Path<String>,
    Body(ask): Body<SaleAsk>,
) -> Result<Json<LiveSale>, Problem> {
    let done = move || sales.change(&id, &ask).and_then(|sale| sales.live(&sale.id));
    Ok(Json(blocking(done).await?))
}

/// Set the pool aside and the clock for start and end.
#[utoipa::path(
    post, path = "/v1/flash-sales/{id}/schedule", tag = "flash sales",
    params(("id" = String, Path)),
    responses((status = 200, body = LiveSale), (status = 404, body = Problem),
              (status = 409, description = "It is over", body = Problem),
              (status = 422, description = "Less is in stock than its pool", body = Problem))
)]
async fn schedule_sale(
    State(sales): State<Arc<FlashSales>>,
    Path(id): Path<String>,
) -> Result<Json<LiveSale>, Problem> {
    let done = move || sales.schedule(&id).and_then(|sale| sales.live(&sale.id));
    Ok(Json(blocking(done).await?))
}

/// End a sale now. Carts that are held keep their price until their hold is over.
#[utoipa::path(
    post, path = "/v1/flash-sales/{id}/end", tag = "flash sales", params(("id" = String, Path)),
    responses((status = 200, body = LiveSale), (status = 404, body = Problem))
)]
async fn end_sale(
    State(sales): State<Arc<FlashSales>>,
    Path(id): Path<String>,
) -> Result<Json<LiveSale>, Problem> {
    let done = move || sales.end(&id).and_then(|sale| sales.live(&sale.id));
    Ok(Json(blocking(done).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PlaceParams {
    /// `cus_…`, when the customer is known.
    customer_id: Option<String>,
    /// The visitor's id, when not.
    anonymous_id: Option<String>,
    /// Of what.
    sku: String,
}

/// The place of a shopper in the queue.
#[utoipa::path(
    get, path = "/v1/flash-sales/{id}/queue", tag = "flash sales",
    params(("id" = String, Path), PlaceParams),
    responses((status = 200, body = Place), (status = 404, body = Problem),
              (status = 409, description = "The shopper did not join", body = Problem))
)]
async fn get_place(
    State(sales): State<Arc<FlashSales>>,
    Path(id): Path<String>,
    Params(params): Params<PlaceParams>,
) -> Result<Json<Place>, Problem> {
    let PlaceParams { customer_id, anonymous_id, sku } = params;
    let ask = QueueAsk { customer_id, anonymous_id, sku, quantity: 1 };
    Ok(Json(blocking(move || sales.place(&id, &ask)).await?))
}

/// Join the queue, or hear the place that one has already.
#[utoipa::path(
    post, path = "/v1/flash-sales/{id}/queue", tag = "flash sales", params(("id" = String, Path)),
    request_body = QueueAsk,
    responses((status = 200, body = Place), (status = 404, body = Problem),
              (status = 409, description = "It is not on, not for this shopper, or the queue is \
               full", body = Problem),
              (status = 422, body = Problem))
)]
async fn join_queue(
    State(sales): State<Arc<FlashSales>>,
    Path(id): Path<String>,
    Body(ask): Body<QueueAsk>,
) -> Result<Json<Place>, Problem> {
    Ok(Json(blocking(move || sales.join(&id, &ask)).await?))
}

/// Leave the queue, or give a turn up.
#[utoipa::path(
    delete, path = "/v1/flash-sales/{id}/queue", tag = "flash sales",
    params(("id" = String, Path), PlaceParams),
    responses((status = 200, body = Place), (status = 404, body = Problem),
              (status = 409, description = "The shopper did not join", body = Problem))
)]
async fn leave_queue(
    State(sales): State<Arc<FlashSales>>,
    Path(id): Path<String>,
    Params(params): Params<PlaceParams>,
) -> Result<Json<Place>, Problem> {
    let PlaceParams { customer_id, anonymous_id, sku } = params;
    let ask = QueueAsk { customer_id, anonymous_id, sku, quantity: 1 };
    Ok(Json(blocking(move || sales.leave(&id, &ask)).await?))
}

/// Follow a sale: server-sent events named `sale` with its state as data, at once and whenever
/// units or the state change; the countdown is the storefront's, from `server_time`.
#[utoipa::path(
    get, path = "/v1/flash-sales/{id}/events", tag = "flash sales", params(("id" = String, Path)),
    responses((status = 200, content_type = "text/event-stream", body = String),
              (status = 404, body = Problem),
              (status = 429, description = "Too many listen", body = Problem))
)]
async fn follow_sale(
    State(sales): State<Arc<FlashSales>>,
    Path(id): Path<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let listener = Listener::begin()?;
    let first = look(&sales, &id).await?;
    let state = Following { sales, id, last: None, next: Some(first), _listener: listener };
    let events = futures_util::stream::unfold(state, |mut state| async move {
        loop {
            let seen = match state.next.take() {
                Some(first) => Ok(first),
                None => {
                    tokio::time::sleep(Duration::from_millis(LOOK_MILLIS)).await;
                    look(&state.sales, &state.id).await
                }
            };
            // While the database is away the listener hears nothing new, and stays.
            let Ok(sale) = seen else { continue };
            let changed = (sale.state, sale.is_on, sale.items.clone());
            if state.last.as_ref() != Some(&changed) {
                state.last = Some(changed);
                let data = serde_json::to_string(&*sale).unwrap_or_default();
                return Some((Ok(Event::default().event("sale").data(data)), state));
            }
        }
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

async fn look(sales: &Arc<FlashSales>, id: &str) -> Result<Arc<LiveSale>, Problem> {
    let (sales, id) = (Arc::clone(sales), id.to_owned());
    blocking(move || sales.live_shared(&id, LOOK_MILLIS as i64)).await
}

struct Following {
    sales: Arc<FlashSales>,
    id: String,
    last: Option<(store::SaleState, bool, Vec<crate::live::LiveItem>)>,
    next: Option<Arc<LiveSale>>,
    _listener: Listener,
}

/// Counts who listens.
struct Listener;

impl Listener {
    fn begin() -> Result<Self, Problem> {
        if N_LISTENERS.fetch_add(1, Ordering::SeqCst) >= N_LISTENERS_MAX {
            N_LISTENERS.fetch_sub(1, Ordering::SeqCst);
            let detail = format!("{N_LISTENERS_MAX} listen already; ask for the sale instead.");
            return Err(Problem::new(ProblemCode::TooManyAttempts, detail));
        }
        Ok(Self)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        N_LISTENERS.fetch_sub(1, Ordering::SeqCst);
    }
}
