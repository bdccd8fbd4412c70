//! Products: list, one, sales over time, upsert.

use axum::Json;
use axum::extract::{Path, State};
use jiff::civil::Date;
use mercer_connect::source::{ProductDraft, SourceItem};
use mercer_http::context::blocking;
use mercer_http::page::{Page, PageParams};
use mercer_http::problem::Problem;
use mercer_http::request::{Body, Params};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::orders::{Upserted, day_number, keep_one};
use super::{RecordApi, filled};
use crate::RecordError;
use crate::read::products::{self, Product, ProductFilter, ProductRow, ProductSort};
use crate::read::sales::{self, By, ProductPoint};

pub(super) fn router() -> OpenApiRouter<RecordApi> {
    OpenApiRouter::new()
        .routes(routes!(list_products, put_product))
        .routes(routes!(get_product))
        .routes(routes!(get_sales))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ProductParams {
    /// Words in the title or SKU.
    q: Option<String>,
    /// `-revenue` (default), `-units`, `-last_sold` or `title`.
    sort: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows wanted, 1 to 200; 50 unless given.
    limit: Option<usize>,
}

/// List products.
#[utoipa::path(
    get, path = "/v1/products", tag = "record", params(ProductParams),
    responses((status = 200, body = Page<ProductRow>), (status = 422, body = Problem))
)]
async fn list_products(
    State(api): State<RecordApi>,
    Params(params): Params<ProductParams>,
) -> Result<Json<Page<ProductRow>>, Problem> {
    let page = PageParams { cursor: params.cursor, limit: params.limit };
    let n_rows = page.n_rows()?;
    let sort = match params.sort.as_deref() {
        None | Some("" | "-revenue") => ProductSort::Revenue,
        Some("-units") => ProductSort::Units,
        Some("-last_sold") => ProductSort::LastSold,
        Some("title") => ProductSort::Title,
        Some(_) => {
            let detail = "`sort` is one of -revenue, -units, -last_sold, title.";
            return Err(Problem::invalid("sort", detail));
        }
    };
    let text = filled(params.q);
    let filter = ProductFilter { text, sort, after: page.after()? };
    let (rows, total) = blocking(move || {
        api.context.db.read(|tx| {
            let rows = products::list(tx, &filter, n_rows + 1)?;
            Ok::<_, RecordError>((rows, products::count(tx, filter.text.as_deref())?))
        })
    })
    .await?;
    Ok(Json(Page::cut(rows, n_rows).with_total(total)))
}

/// One product, by id or SKU.
#[utoipa::path(
    get, path = "/v1/products/{id}", tag = "record", params(("id" = String, Path)),
    responses((status = 200, body = Product), (status = 404, body = Problem))
)]
async fn get_product(
    State(api): State<RecordApi>,
    Path(id): Path<String>,
) -> Result<Json<Product>, Problem> {
    let wanted = id.clone();
    let found = blocking(move || api.context.db.read(|tx| products::find(tx, &wanted))).await?;
    found.map(Json).ok_or_else(|| Problem::not_found("product", &id))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SalesParams {
    /// `week` (default) or `day`.
    by: Option<String>,
    /// First day; the first sale unless given.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// Last day; the shop's last unless given.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<Date>,
}

/// Sales of a product over time, without gaps.
#[derive(Serialize, ToSchema)]
struct ProductSales {
    product_id: String,
    /// `day` or `week`.
    by: String,
    points: Vec<ProductPoint>,
    currency: String,
}

/// Sales of a product over time.
#[utoipa::path(
    get, path = "/v1/products/{id}/sales", tag = "record",
    params(("id" = String, Path), SalesParams),
    responses((status = 200, body = ProductSales), (status = 404, body = Problem),
              (status = 422, body = Problem))
)]
async fn get_sales(
    State(api): State<RecordApi>,
    Path(id): Path<String>,
    Params(params): Params<SalesParams>,
) -> Result<Json<ProductSales>, Problem> {
    let (by, name) = match params.by.as_deref() {
        None | Some("" | "week") => (By::Week, "week"),
        Some("day") => (By::Day, "day"),
        Some(_) => return Err(Problem::invalid("by", "`by` is day or week.")),
    };
    let range = (params.from.map(day_number), params.to.map(day_number));
    let wanted = id.clone();
    let found = blocking(move || {
        api.context.db.read(|tx| {
            let Some(product) = products::find(tx, &wanted)? else { return Ok(None) };
            let points = sales::of_product(tx, &product.row.id, by, range)?;
            Ok::<_, RecordError>(Some((product, points)))
        })
    })
    .await?;
    let (product, points) = found.ok_or_else(|| Problem::not_found("product", &id))?;
    Ok(Json(ProductSales {
        product_id: product.row.id,
        by: name.to_owned(),
        points,
        currency: product.row.currency,
    }))
}

/// Put a product with its variants, in the shop's main channel.
#[utoipa::path(
    post, path = "/v1/products", tag = "record",
    request_body(content = Object, description = "A product draft",
        example = json!({"external_id": "17", "title": "Assam tea",
                         "variants": [{"sku": "TEA-1", "price_minor": 450}]})),
    responses((status = 200, body = Upserted), (status = 422, body = Problem))
)]
async fn put_product(
    State(api): State<RecordApi>,
    Body(draft): Body<ProductDraft>,
) -> Result<Json<Upserted>, Problem> {
    let upserted = blocking(move || {
        let mut api = api;
        if let Some(code) = api.context.db.read(crate::read::main_channel_code)? {
            api.defaults.channel = code;
        }
        keep_one(&api, SourceItem::Product(draft))
    })
    .await?;
    Ok(Json(upserted))
}
