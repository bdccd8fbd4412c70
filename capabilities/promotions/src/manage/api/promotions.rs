//! `/v1/promotions`: list, write, check, change, activate, pause, end, conflicts.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use mercer_http::context::blocking;
use mercer_http::page::{Page, PageParams};
use mercer_http::problem::Problem;
use mercer_http::request::{Body, Params};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::filled;
use crate::PromotionsError;
use crate::manage::conflicts::{self, Conflict};
use crate::manage::draft::{self, FieldProblem, PromotionDraft};
use crate::manage::promotions::{self as kept, PromotionFilter, PromotionView, Step};
use crate::manage::{Promotions, campaigns};
use crate::store::{self, PromotionState, StoredPromotion};

/// Codes that are looked at with one draft: as many as a merchant types.
const N_CODES_CHECKED_MAX: usize = 100;

pub(super) fn router() -> OpenApiRouter<Arc<Promotions>> {
    OpenApiRouter::new()
        .routes(routes!(list_promotions, create_promotion))
        .routes(routes!(check_promotion))
        .routes(routes!(list_conflicts))
        .routes(routes!(get_promotion, put_promotion))
        .routes(routes!(activate_promotion))
        .routes(routes!(pause_promotion))
        .routes(routes!(end_promotion))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PromotionParams {
    /// Words in name, tags, campaign or id.
    q: Option<String>,
    /// `draft`, `active`, `paused` or `ended`.
    state: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows wanted, 1 to 200; 50 unless given.
    limit: Option<usize>,
}

/// List promotions, those written last first, with what they gave and what is left.
#[utoipa::path(
    get, path = "/v1/promotions", tag = "promotions", params(PromotionParams),
    responses((status = 200, body = Page<PromotionView>), (status = 422, body = Problem))
)]
async fn list_promotions(
    State(api): State<Arc<Promotions>>,
    Params(params): Params<PromotionParams>,
) -> Result<Json<Page<PromotionView>>, Problem> {
    let page = PageParams { cursor: params.cursor, limit: params.limit };
    let n_rows = page.n_rows()?;
    let state = match filled(params.state) {
        None => None,
        Some(name) => Some(PromotionState::parse(&name).ok_or_else(|| {
            Problem::invalid("state", "`state` is one of draft, active, paused, ended.")
        })?),
    };
    let filter = PromotionFilter { text: filled(params.q), state, after: page.after()? };
    let (rows, total) = blocking(move || {
        let now = api.context.clock.now();
        api.context.db.read(|tx| {
            let zone = api.zone(tx)?;
            let rows = kept::list(tx, (now, &zone), &filter, n_rows + 1)?;
            Ok::<_, PromotionsError>((rows, kept::count(tx, &filter)?))
        })
    })
    .await?;
    Ok(Json(Page::cut(rows, n_rows).with_total(total)))
}

/// Write a promotion down, as a draft that gives nothing yet.
#[utoipa::path(
    post, path = "/v1/promotions", tag = "promotions",
    request_body(content = PromotionDraft, example = json!({
        "name": "Tea week",
        "definition": {
            "action": {"kind": "percentage", "basis_points": 1000},
            "target": {"of": "categories", "values": ["Tea"]},
            "minimum": {"amount_minor": 3000},
            "activation": "coupon", "currency": "GBP",
            "stacks": {"with": "never", "tags": ["clearance"]}
        },
        "ends_at": "2026-12-01T00:00:00Z", "uses_max": 1000, "customer_uses_max": 1,
        "budget_minor_max": 250000
    })),
    responses((status = 200, body = PromotionView), (status = 422, body = Problem))
)]
async fn create_promotion(
    State(api): State<Arc<Promotions>>,
    Body(draft): Body<PromotionDraft>,
) -> Result<Json<PromotionView>, Problem> {
    changed(api, move |api, tx, now| kept::create(api, tx, now, &draft)).await
}

/// One promotion.
#[utoipa::path(
    get, path = "/v1/promotions/{id}", tag = "promotions", params(("id" = String, Path)),
    responses((status = 200, body = PromotionView), (status = 404, body = Problem))
)]
async fn get_promotion(
    State(api): State<Arc<Promotions>>,
    Path(id): Path<String>,
) -> Result<Json<PromotionView>, Problem> {
    let view = blocking(move || {
        let now = api.context.clock.now();
        api.context.db.read(|tx| {
            let zone = api.zone(tx)?;
            kept::view(tx, (now, &zone), &id)
        })
    });
    Ok(Json(view.await?))
}

/// Change a promotion that was read at a revision; one that was changed since is refused. Where it
/// was activated, changed limits issue or take back the difference;
/// a limit below what is used is refused.
#[utoipa::path(
    put, path = "/v1/promotions/{id}", tag = "promotions", params(("id" = String, Path)),
    request_body(content = PromotionDraft, example = json!({
        "revision": 3, "name": "Tea fortnight",
        "definition": {"action": {"kind": "percentage", "basis_points": 1500}},
        "uses_max": 2000
    })),
    responses((status = 200, body = PromotionView), (status = 404, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem))
)]
async fn put_promotion(
    State(api): State<Arc<Promotions>>,
    Path(id): Path<String>,
    Body(draft): Body<PromotionDraft>,
) -> Result<Json<PromotionView>, Problem> {
    changed(api, move |api, tx, now| {
        kept::change(api, tx, now, &id, &draft)?;
        Ok(id.clone())
    })
    .await
}

/// Let a promotion run, within its dates. Opens its limits. Twice is once.
#[utoipa::path(
    post, path = "/v1/promotions/{id}/activate", tag = "promotions",
    params(("id" = String, Path)),
    responses((status = 200, body = PromotionView), (status = 404, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem))
)]
async fn activate_promotion(
    State(api): State<Arc<Promotions>>,
    Path(id): Path<String>,
) -> Result<Json<PromotionView>, Problem> {
    take(api, id, Step::Activate).await
}

/// Let a promotion give nothing for now. Carts that hold it keep it. Twice is once.
#[utoipa::path(
    post, path = "/v1/promotions/{id}/pause", tag = "promotions",
    params(("id" = String, Path)),
    responses((status = 200, body = PromotionView), (status = 404, body = Problem),
              (status = 409, body = Problem))
)]
async fn pause_promotion(
    State(api): State<Arc<Promotions>>,
    Path(id): Path<String>,
) -> Result<Json<PromotionView>, Problem> {
    take(api, id, Step::Pause).await
}

/// End a promotion for good. Carts that hold it keep it. Twice is once.
#[utoipa::path(
    post, path = "/v1/promotions/{id}/end", tag = "promotions", params(("id" = String, Path)),
    responses((status = 200, body = PromotionView), (status = 404, body = Problem),
              (status = 409, body = Problem))
)]
async fn end_promotion(
    State(api): State<Arc<Promotions>>,
    Path(id): Path<String>,
) -> Result<Json<PromotionView>, Problem> {
    take(api, id, Step::End).await
}

async fn take(
    api: Arc<Promotions>,
    id: String,
    step: Step,
) -> Result<Json<PromotionView>, Problem> {
    changed(api, move |api, tx, now| {
        kept::step(api, tx, now, (&id, step))?;
        Ok(id.clone())
    })
    .await
}

/// Changes something and shows the promotion as it then is.
async fn changed(
    api: Arc<Promotions>,
    work: impl Fn(&Promotions, &mut mercer_db::Tx<'_>, Timestamp) -> Result<String, PromotionsError>
    + Send
    + 'static,
) -> Result<Json<PromotionView>, Problem> {
    let view = blocking(move || {
        let now = api.context.clock.now();
        api.context.db.write(|tx| {
            let id = work(&api, tx, now)?;
            let zone = api.zone(tx)?;
            kept::view(tx, (now, &zone), &id)
        })
    });
    Ok(Json(view.await?))
}

/// A draft to look at.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CheckAsk {
    /// The draft.
    draft: PromotionDraft,
    /// Id of the stored promotion that it would change, which then is no conflict.
    #[serde(default)]
    promotion: Option<String>,
    /// Codes that are to open it, at most 100.
    #[serde(default)]
    coupon_codes: Vec<String>,
}

/// What is to be said of a draft.
#[derive(Serialize, ToSchema)]
struct Check {
    /// Whether it can be written down.
    is_valid: bool,
    /// Everything that is wrong, by field.
    problems: Vec<FieldProblem>,
    /// What it does, for people.
    #[schema(example = "10 % off all lines of category Tea, from 30.00 GBP, with coupon, until \
                        30 Nov, not together with promotions tagged clearance.")]
    sentence: String,
    /// What gets in its way among the active promotions, worst first.
    conflicts: Vec<Conflict>,
}

/// Look at a draft: everything that is wrong with it, what it does in words, and which active
/// promotions get in its way. Changes nothing.
#[utoipa::path(
    post, path = "/v1/promotions/check", tag = "promotions",
    request_body(content = CheckAsk, example = json!({
        "draft": {
            "name": "Tea week",
            "definition": {"action": {"kind": "percentage", "basis_points": 1000}}
        },
        "coupon_codes": ["TEA10"]
    })),
    responses((status = 200, body = Check), (status = 422, body = Problem))
)]
async fn check_promotion(
    State(api): State<Arc<Promotions>>,
    Body(ask): Body<CheckAsk>,
) -> Result<Json<Check>, Problem> {
    if ask.coupon_codes.len() > N_CODES_CHECKED_MAX {
        let detail = format!("At most {N_CODES_CHECKED_MAX} codes are looked at.");
        return Err(Problem::invalid("coupon_codes", detail));
    }
    let check = blocking(move || {
        let now = api.context.clock.now();
        api.context.db.read(|tx| check(&api, tx, now, &ask))
    });
    Ok(Json(check.await?))
}

fn check(
    api: &Promotions,
    tx: &mut mercer_db::Tx<'_>,
    now: Timestamp,
    ask: &CheckAsk,
) -> Result<Check, PromotionsError> {
    let CheckAsk { draft, promotion, coupon_codes } = ask;
    let campaign = match &draft.campaign {
        Some(id) => campaigns::find(tx, id)?,
        None => None,
    };
    let problems = draft::problems(draft, campaign.as_ref(), api.running.customer_names());
    let id = promotion.clone().unwrap_or_else(|| "draft".to_owned());
    let created_at = match store::promotion(tx, &id)? {
        Some(stored) => stored.created_at,
        None => now,
    };
    let stored = StoredPromotion {
        state: PromotionState::Draft,
        definition: draft.promotion(&id),
        id,
        starts_at: draft.starts_at,
        ends_at: draft.ends_at,
        uses_max: draft.uses_max,
        customer_uses_max: draft.customer_uses_max,
        budget_minor_max: draft.budget_minor_max,
        campaign_id: draft.campaign.clone(),
        revision: 0,
        created_at,
        changed_at: now,
    };
    let conflicts = conflicts::of_draft(tx, now, &stored, coupon_codes)?;
    let sentence = draft.sentence(now, &api.zone(tx)?);
    Ok(Check { is_valid: problems.is_empty(), problems, sentence, conflicts })
}

/// Conflicts among the active promotions.
#[derive(Serialize, ToSchema)]
struct Conflicts {
    /// Worst first, at most 500.
    items: Vec<Conflict>,
    /// Whether there are more.
    is_cut: bool,
}

/// List the conflicts among the active promotions, with a sentence each.
#[utoipa::path(
    get, path = "/v1/promotions/conflicts", tag = "promotions",
    responses((status = 200, body = Conflicts))
)]
async fn list_conflicts(State(api): State<Arc<Promotions>>) -> Result<Json<Conflicts>, Problem> {
    let (items, is_cut) = blocking(move || {
        let now = api.context.clock.now();
        api.context.db.read(|tx| conflicts::among_active(tx, now))
    })
    .await?;
    Ok(Json(Conflicts { items, is_cut }))
}
