//! `GET /v1/recommendations`: for a product, a customer or a cart.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use mercer_http::context::blocking;
use mercer_http::problem::Problem;
use mercer_http::request::Params;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::service::{N_CART_MAX, Question, Recommendations, Recommender};

/// Items of an answer unless asked otherwise.
pub const N_ITEMS_DEFAULT: u32 = 10;
/// Most items of an answer: more than any page shows.
pub const N_ITEMS_MAX: u32 = 50;

/// The endpoint.
pub fn router(recommender: Arc<Recommender>) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(recommend)).with_state(recommender)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RecommendParams {
    /// Product id or SKU: what is bought with it.
    product: Option<String>,
    /// Customer id: what fits them.
    customer: Option<String>,
    /// SKUs or product ids, separated by commas: what else belongs in the cart.
    cart: Option<String>,
    /// Items wanted, 1 to 50; 10 unless given.
    limit: Option<u32>,
}

fn question(params: RecommendParams) -> Result<Question, Problem> {
    match (params.product, params.customer, params.cart) {
        (Some(product), None, None) => Ok(Question::Product(product)),
        (None, Some(customer), None) => Ok(Question::Customer(customer)),
        (None, None, Some(cart)) => {
            let skus = cart.split(',').map(str::trim).filter(|sku| !sku.is_empty());
            let skus: Vec<String> = skus.map(str::to_owned).collect();
            if skus.len() > N_CART_MAX {
                let detail = format!("A cart may have {N_CART_MAX} products here.");
                return Err(Problem::invalid("cart", detail));
            }
            Ok(Question::Cart(skus))
        }
        _ => Err(Problem::invalid(
            "product",
            "Give exactly one of `product`, `customer` and `cart`.",
        )),
    }
}

/// What to suggest, and why.
#[utoipa::path(
    get, path = "/v1/recommendations", tag = "recommendations", params(RecommendParams),
    responses((status = 200, body = Recommendations), (status = 404, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem))
)]
async fn recommend(
    State(recommender): State<Arc<Recommender>>,
    Params(params): Params<RecommendParams>,
) -> Result<Json<Recommendations>, Problem> {
    let limit = params.limit.unwrap_or(N_ITEMS_DEFAULT);
    if !(1..=N_ITEMS_MAX).contains(&limit) {
        let detail = format!("`limit` is {limit}; it may be 1 to {N_ITEMS_MAX}.");
        return Err(Problem::invalid("limit", detail));
    }
    let question = question(params)?;
    // Products and carts are answered from memory in microseconds: no other thread is needed.
    if !Recommender::needs_database(&question) {
        return Ok(Json(recommender.answer(&question, limit)?));
    }
    Ok(Json(blocking(move || recommender.answer(&question, limit)).await?))
}
