//! `/v1/coupons`: one by one, by batches, withdrawn, as a file.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use mercer_http::context::blocking;
use mercer_http::page::{Page, PageParams};
use mercer_http::problem::Problem;
use mercer_http::request::{Body, Params};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::filled;
use crate::manage::Promotions;
use crate::manage::batches::{self, BatchDraft, BatchView};
use crate::manage::coupons::{self, CouponDraft, CouponFilter, CouponView};

pub(super) fn router() -> OpenApiRouter<Arc<Promotions>> {
    OpenApiRouter::new()
        .routes(routes!(list_coupons, create_coupon))
        .routes(routes!(list_batches, create_batch))
        .routes(routes!(withdraw_batch))
        .routes(routes!(get_batch_file))
        .routes(routes!(get_coupon, withdraw_coupon))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CouponParams {
    /// Id of the promotion that they open.
    promotion: Option<String>,
    /// The batch they were made in.
    batch: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows wanted, 1 to 200; 50 unless given.
    limit: Option<usize>,
}

/// List coupons by code, with what is left of them.
#[utoipa::path(
    get, path = "/v1/coupons", tag = "coupons", params(CouponParams),
    responses((status = 200, body = Page<CouponView>), (status = 422, body = Problem))
)]
async fn list_coupons(
    State(api): State<Arc<Promotions>>,
    Params(params): Params<CouponParams>,
) -> Result<Json<Page<CouponView>>, Problem> {
    let page = PageParams { cursor: params.cursor, limit: params.limit };
    let n_rows = page.n_rows()?;
    let filter = CouponFilter {
        promotion: filled(params.promotion),
        batch: filled(params.batch),
        after: page.after()?,
    };
    let rows = blocking(move || {
        let now = api.context.clock.now();
        api.context.db.read(|tx| coupons::list(tx, now, &filter, n_rows + 1))
    });
    Ok(Json(Page::cut(rows.await?, n_rows)))
}

/// Make a code that opens a promotion, for one use or for many.
#[utoipa::path(
    post, path = "/v1/coupons", tag = "coupons", request_body = CouponDraft,
    responses((status = 200, body = CouponView), (status = 409, body = Problem),
              (status = 422, body = Problem))
)]
async fn create_coupon(
    State(api): State<Arc<Promotions>>,
    Body(draft): Body<CouponDraft>,
) -> Result<Json<CouponView>, Problem> {
    let view = blocking(move || {
        let now = api.context.clock.now();
        api.context.db.write(|tx| {
            coupons::create(tx, now, &draft)?;
            coupons::view(tx, now, &draft.code)
        })
    });
    Ok(Json(view.await?))
}

/// One coupon, with what is left of it.
#[utoipa::path(
    get, path = "/v1/coupons/{code}", tag = "coupons", params(("code" = String, Path)),
    responses((status = 200, body = CouponView), (status = 404, body = Problem))
)]
async fn get_coupon(
    State(api): State<Arc<Promotions>>,
    Path(code): Path<String>,
) -> Result<Json<CouponView>, Problem> {
    let view = blocking(move || {
        let now = api.context.clock.now();
        api.context.db.read(|tx| coupons::view(tx, now, &code))
    });
    Ok(Json(view.await?))
}

/// Withdraw a coupon: it opens nothing any more. Carts that hold it keep it. Twice is once.
#[utoipa::path(
    delete, path = "/v1/coupons/{code}", tag = "coupons", params(("code" = String, Path)),
    responses((status = 200, body = CouponView), (status = 404, body = Problem))
)]
async fn withdraw_coupon(
    State(api): State<Arc<Promotions>>,
    Path(code): Path<String>,
) -> Result<Json<CouponView>, Problem> {
    let view = blocking(move || {
        let now = api.context.clock.now();
        api.context.db.write(|tx| {
            coupons::withdraw(tx, now, &code)?;
            coupons::view(tx, now, &code)
        })
    });
    Ok(Json(view.await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct BatchParams {
    /// Id of the promotion that they open.
    promotion: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows wanted, 1 to 200; 50 unless given.
    limit: Option<usize>,
}

/// List batches of coupons, latest first.
#[utoipa::path(
    get, path = "/v1/coupons/batches", tag = "coupons", params(BatchParams),
    responses((status = 200, body = Page<BatchView>), (status = 422, body = Problem))
)]
async fn list_batches(
    State(api): State<Arc<Promotions>>,
    Params(params): Params<BatchParams>,
) -> Result<Json<Page<BatchView>>, Problem> {
    let page = PageParams { cursor: params.cursor, limit: params.limit };
    let (n_rows, after) = (page.n_rows()?, page.after()?);
    let promotion = filled(params.promotion);
    let rows = blocking(move || {
        api.context
            .db
            .read(|tx| batches::batches(tx, promotion.as_deref(), after.clone(), n_rows + 1))
    });
    Ok(Json(Page::cut(rows.await?, n_rows)))
}

/// Make many codes at once, each for one use unless said otherwise: all of them or none.
#[utoipa::path(
    post, path = "/v1/coupons/batches", tag = "coupons", request_body = BatchDraft,
    responses((status = 200, body = BatchView), (status = 409, body = Problem),
              (status = 422, body = Problem))
)]
async fn create_batch(
    State(api): State<Arc<Promotions>>,
    Body(draft): Body<BatchDraft>,
) -> Result<Json<BatchView>, Problem> {
    let view = blocking(move || {
        let now = api.context.clock.now();
        let entropy = &*api.context.entropy;
        api.context.db.write(|tx| batches::create(tx, now, entropy, &draft))
    });
    Ok(Json(view.await?))
}

/// How many codes were withdrawn.
#[derive(Serialize, ToSchema)]
struct Withdrawn {
    /// Codes that were not withdrawn before.
    n_withdrawn: u64,
}

/// Withdraw all codes of a batch. Twice is once.
#[utoipa::path(
    delete, path = "/v1/coupons/batches/{batch}", tag = "coupons",
    params(("batch" = String, Path)),
    responses((status = 200, body = Withdrawn), (status = 404, body = Problem))
)]
async fn withdraw_batch(
    State(api): State<Arc<Promotions>>,
    Path(batch): Path<String>,
) -> Result<Json<Withdrawn>, Problem> {
    let n_withdrawn = blocking(move || {
        let now = api.context.clock.now();
        api.context.db.write(|tx| batches::withdraw(tx, now, &batch))
    });
    Ok(Json(Withdrawn { n_withdrawn: n_withdrawn.await? }))
}

/// The codes of a batch as CSV, for whoever sends them out.
#[utoipa::path(
    get, path = "/v1/coupons/batches/{batch}/codes.csv", tag = "coupons",
    params(("batch" = String, Path)),
    responses((status = 200, content_type = "text/csv", body = String,
               example = "code,promotion,batch,state,uses_left\r\n\
                          SPRING-7KQ2M9XAPD,prm_01jd4p8w0zefr8m2t5x7q9v3ka,spring-letter,active,1\r\n"),
              (status = 404, body = Problem))
)]
async fn get_batch_file(
    State(api): State<Arc<Promotions>>,
    Path(batch): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let name = batch.clone();
    let text = blocking(move || {
        let now = api.context.clock.now();
        api.context.db.read(|tx| batches::file(tx, now, &batch))
    })
    .await?;
    // The batch exists, so its name has nothing that a header could not hold.
    let saved_as = format!("attachment; filename=\"{name}.csv\"");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, saved_as),
    ];
    Ok((headers, text))
}
