//! `POST /v1/stock/allocate`: a dry run, from where a cart would be taken and why.

use axum::Json;
use axum::extract::State;
use mercer_engine_kit::decision::Reason;
use mercer_http::problem::Problem;
use mercer_http::request::Body;
use mercer_stock_engine::input::{Ask, LineOutcome};
use mercer_stock_engine::policy::{Choice, ShortLines};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::StockApi;
use crate::error::StockError;
use crate::room::{self, Allocated};
use crate::store::check_quantity;

/// Most lines of a dry run: as many as an order may have.
const N_LINES_MAX: usize = 10_000;

pub(super) fn router() -> OpenApiRouter<StockApi> {
    OpenApiRouter::new().routes(routes!(post_allocate))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Cart {
    /// Where the parcel goes, as locations write it.
    #[serde(default)]
    country: Option<String>,
    /// `priority`, `nearest` or `fewest_parcels`; the shop's own unless given.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    choice: Option<Choice>,
    /// `refuse` (default) or `take_what_is_there`.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    short_lines: Option<ShortLines>,
    /// The lines, in the order in which they are served; at most 10,000.
    lines: Vec<CartLine>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CartLine {
    sku: String,
    quantity: i64,
}

/// From where a cart would be taken.
#[derive(Serialize, ToSchema)]
struct Allocation {
    /// By line: `line`, `sku`, `wanted`, `verdict`, `n_found`, and `places` with `location`,
    /// `quantity`, `back_ordered`.
    #[schema(value_type = Vec<Object>)]
    lines: Vec<LineOutcome>,
    /// Locations that send something.
    n_parcels: usize,
    /// Why, weightiest first.
    reasons: Vec<Told>,
    /// What else could have been sent.
    alternatives: Vec<Other>,
}

#[derive(Serialize, ToSchema)]
struct Told {
    code: String,
    sentence: String,
}

#[derive(Serialize, ToSchema)]
struct Other {
    name: String,
    lost_because: String,
}

/// See from where a cart would be taken, and why. Nothing is held.
#[utoipa::path(
    post, path = "/v1/stock/allocate", tag = "stock", request_body = Cart,
    responses((status = 200, body = Allocation), (status = 413, body = Problem),
              (status = 422, body = Problem))
)]
async fn post_allocate(
    State(api): State<StockApi>,
    Body(cart): Body<Cart>,
) -> Result<Json<Allocation>, Problem> {
    if cart.lines.len() > N_LINES_MAX {
        let sentence = format!("A cart has at most {N_LINES_MAX} lines");
        return Err(StockError::TooMany { sentence }.into());
    }
    for (place, line) in cart.lines.iter().enumerate() {
        check_quantity(&format!("lines[{place}].quantity"), line.quantity, 1)?;
    }
    let now = api.context.clock.now();
    let found = api.read(move |tx| {
        let mut policy = room::policy(tx, cart.short_lines.unwrap_or_default())?;
        policy.choice = cart.choice.unwrap_or(policy.choice);
        let asks = cart.lines.iter().zip(0..).map(|(line, number)| Ask {
            line: number,
            sku: line.sku.clone(),
            quantity: line.quantity,
        });
        room::allocate(tx, now, cart.country.as_deref(), asks.collect(), policy)
    });
    let Allocated { decision, legs: _ } = found.await?;
    let told = |why: &mercer_stock_engine::reason::Why| Told {
        code: why.code().to_owned(),
        sentence: why.sentence(),
    };
    let other = |one: mercer_engine_kit::decision::Alternative| Other {
        name: one.name,
        lost_because: one.lost_because,
    };
    Ok(Json(Allocation {
        reasons: decision.reasons.as_slice().iter().map(told).collect(),
        alternatives: decision.alternatives.into_iter().map(other).collect(),
        lines: decision.outcome.lines,
        n_parcels: decision.outcome.n_parcels,
    }))
}
