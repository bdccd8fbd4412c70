//! `/v1/quotes`: price a cart, hold it, commit it with the order, give it back, take lines back.

use std::sync::Arc;

use axum::Json;
use axum::extract::{DefaultBodyLimit, Path, State};
use mercer_http::context::blocking;
use mercer_http::page::{Page, PageParams};
use mercer_http::problem::Problem;
use mercer_http::request::{Body, N_BATCH_BYTES_MAX, Params};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::reverse::Returned;
use super::rows::{self, QuoteListRow};
use super::view::QuoteState;
use super::{CommitAsk, QuoteAsk, QuoteView, Quotes, ReturnAsk};

/// The endpoints.
pub fn router(quotes: Arc<Quotes>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(list_quotes, create_quote))
        .layer(DefaultBodyLimit::max(N_BATCH_BYTES_MAX))
        .routes(routes!(get_quote))
        .routes(routes!(hold_quote))
        .routes(routes!(commit_quote))
        .routes(routes!(release_quote))
        .routes(routes!(return_lines))
        .with_state(quotes)
}

/// Price a cart.
///
/// The answer names every discount by line and source, what did not apply and why, and what is
/// missing for the next step. Its price is good until `expires_at`; nothing is held yet.
#[utoipa::path(
    post, path = "/v1/quotes", tag = "quotes", request_body = QuoteAsk,
    responses((status = 200, body = QuoteView), (status = 422, body = Problem))
)]
async fn create_quote(
    State(quotes): State<Arc<Quotes>>,
    Body(ask): Body<QuoteAsk>,
) -> Result<Json<QuoteView>, Problem> {
    Ok(Json(blocking(move || quotes.price(&ask)).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct QuoteParams {
    /// `priced`, `held`, `committed`, `released` or `expired`.
    state: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows wanted, 1 to 200; 50 unless given.
    limit: Option<usize>,
}

/// List quotes, latest first.
#[utoipa::path(
    get, path = "/v1/quotes", tag = "quotes", params(QuoteParams),
    responses((status = 200, body = Page<QuoteListRow>), (status = 422, body = Problem))
)]
async fn list_quotes(
    State(quotes): State<Arc<Quotes>>,
    Params(params): Params<QuoteParams>,
) -> Result<Json<Page<QuoteListRow>>, Problem> {
    let page = PageParams { cursor: params.cursor, limit: params.limit };
    let n_rows = page.n_rows()?;
    let after = page.after()?;
    let state = match params.state.as_deref().filter(|name| !name.is_empty()) {
        None => None,
        Some(name) => {
            let state = QuoteState::parse(name);
            if state.name() != name {
                let detail = "`state` is one of priced, held, committed, released, expired.";
                return Err(Problem::invalid("state", detail));
            }
            Some(state)
        }
    };
    let rows = blocking(move || {
        quotes.context.db.read(|tx| rows::list(tx, state, after.clone(), n_rows + 1))
    });
    Ok(Json(Page::cut(rows.await?, n_rows)))
}

/// One quote as it stands.
#[utoipa::path(
    get, path = "/v1/quotes/{id}", tag = "quotes", params(("id" = String, Path)),
    responses((status = 200, body = QuoteView), (status = 404, body = Problem))
)]
async fn get_quote(
    State(quotes): State<Arc<Quotes>>,
    Path(id): Path<String>,
) -> Result<Json<QuoteView>, Problem> {
    Ok(Json(blocking(move || quotes.find(&id)).await?))
}

/// Hold everything that a quote uses.
///
/// Stock, uses of promotions and coupons, budgets, flash-sale units and points together, or
/// nothing. A quote that is held stays so.
#[utoipa::path(
    post, path = "/v1/quotes/{id}/hold", tag = "quotes", params(("id" = String, Path)),
    responses(
        (status = 200, body = QuoteView), (status = 404, body = Problem),
        (status = 409, description = "`out_of_stock`, `limit_reached`, `expired`, or `conflict` \
         when it was given back or became an order", body = Problem)
    )
)]
async fn hold_quote(
    State(quotes): State<Arc<Quotes>>,
    Path(id): Path<String>,
) -> Result<Json<QuoteView>, Problem> {
    Ok(Json(blocking(move || quotes.hold(&id)).await?))
}

/// Make a quote an order.
///
/// What was held is used for good. A quote that is only priced is held and committed at once. The
/// same order number again changes nothing.
#[utoipa::path(
    post, path = "/v1/quotes/{id}/commit", tag = "quotes", params(("id" = String, Path)),
    request_body = CommitAsk,
    responses(
        (status = 200, body = QuoteView), (status = 404, body = Problem),
        (status = 409, description = "As for the hold", body = Problem)
    )
)]
async fn commit_quote(
    State(quotes): State<Arc<Quotes>>,
    Path(id): Path<String>,
    Body(ask): Body<CommitAsk>,
) -> Result<Json<QuoteView>, Problem> {
    Ok(Json(blocking(move || quotes.commit(&id, &ask)).await?))
}

/// Give back what a quote holds.
#[utoipa::path(
    post, path = "/v1/quotes/{id}/release", tag = "quotes", params(("id" = String, Path)),
    responses(
        (status = 200, body = QuoteView), (status = 404, body = Problem),
        (status = 409, description = "It became an order", body = Problem)
    )
)]
async fn release_quote(
    State(quotes): State<Arc<Quotes>>,
    Path(id): Path<String>,
) -> Result<Json<QuoteView>, Problem> {
    Ok(Json(blocking(move || quotes.release(&id)).await?))
}

/// Take lines of a committed quote back.
///
/// Units that may be sold again come back to the lots that they were taken from, and points that
/// paid a part of a line by its share. Without lines everything comes back, uses of promotions and
/// coupons too, as for a cancelled order. The same key is done once.
#[utoipa::path(
    post, path = "/v1/quotes/{id}/returns", tag = "quotes", params(("id" = String, Path)),
    request_body = ReturnAsk,
    responses(
        (status = 200, body = Returned), (status = 404, body = Problem),
        (status = 409, description = "It is no order", body = Problem),
        (status = 422, description = "More units than are left", body = Problem)
    )
)]
async fn return_lines(
    State(quotes): State<Arc<Quotes>>,
    Path(id): Path<String>,
    Body(ask): Body<ReturnAsk>,
) -> Result<Json<Returned>, Problem> {
    Ok(Json(blocking(move || quotes.take_back(&id, &ask)).await?))
}
