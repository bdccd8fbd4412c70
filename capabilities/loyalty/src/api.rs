//! `/v1/loyalty`: the programme, members and what they earn, spend and win.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use mercer_http::context::blocking;
use mercer_http::page::{Page, PageParams};
use mercer_http::problem::Problem;
use mercer_http::request::{Body, Params};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Loyalty;
use crate::activities::{ActivityAsk, ActivityKind, ActivityView};
use crate::backfill::{BackfillAsk, BackfillView};
use crate::liability::LiabilityView;
use crate::members::MemberAsk;
use crate::members::view::{MemberFilter, MemberRow, MemberView};
use crate::movements::{MovementKey, MovementView};
use crate::redemptions::{RedemptionAsk, RedemptionView};
use crate::terms::{Fault, ProgrammeAsk, ProgrammeView, Terms};
use crate::wheel::{DrawAsk, SpinAsk, SpinView};

/// The endpoints.
pub fn router(loyalty: Arc<Loyalty>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(get_programme, put_programme))
        .routes(routes!(check_programme))
        .routes(routes!(list_members))
        .routes(routes!(get_member, put_member))
        .routes(routes!(list_point_movements))
        .routes(routes!(redeem))
        .routes(routes!(cancel_redemption))
        .routes(routes!(note_activity))
        .routes(routes!(undo_activity))
        .routes(routes!(backfill))
        .routes(routes!(get_liability))
        .routes(routes!(commit_spin))
        .routes(routes!(draw))
        .routes(routes!(get_proof))
        .with_state(loyalty)
}

/// The loyalty programme: the version in force, and the draft.
#[utoipa::path(
    get, path = "/v1/loyalty/programme", tag = "loyalty",
    responses((status = 200, body = ProgrammeView))
)]
async fn get_programme(
    State(loyalty): State<Arc<Loyalty>>,
) -> Result<Json<ProgrammeView>, Problem> {
    Ok(Json(blocking(move || loyalty.programme()).await?))
}

/// Keep a programme as the draft, or put it into force at once. A draft may have faults, which the
/// answer names; one with faults does not come into force.
#[utoipa::path(
    put, path = "/v1/loyalty/programme", tag = "loyalty", request_body = ProgrammeAsk,
    responses((status = 200, body = ProgrammeView), (status = 422, body = Problem))
)]
async fn put_programme(
    State(loyalty): State<Arc<Loyalty>>,
    Body(ask): Body<ProgrammeAsk>,
) -> Result<Json<ProgrammeView>, Problem> {
    Ok(Json(blocking(move || loyalty.put_programme(&ask)).await?))
}

/// Everything that is wrong with a programme.
#[derive(Debug, Serialize, ToSchema)]
struct CheckView {
    /// Whether it can come into force.
    is_good: bool,
    /// What is wrong, by field.
    faults: Vec<Fault>,
}

/// Check a programme without keeping it: everything that is wrong with it, by field.
#[utoipa::path(
    post, path = "/v1/loyalty/programme/check", tag = "loyalty", request_body = Terms,
    responses((status = 200, body = CheckView), (status = 422, body = Problem))
)]
async fn check_programme(Body(terms): Body<Terms>) -> Json<CheckView> {
    let faults = terms.check();
    Json(CheckView { is_good: faults.is_empty(), faults })
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct MembersParams {
    /// Only members of this tier.
    tier: Option<String>,
    /// Only members whose customer id contains this.
    search: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows wanted, 1 to 200; 50 unless given.
    limit: Option<usize>,
}

/// List members by customer id.
#[utoipa::path(
    get, path = "/v1/loyalty/members", tag = "loyalty", params(MembersParams),
    responses((status = 200, body = Page<MemberRow>), (status = 422, body = Problem))
)]
async fn list_members(
    State(loyalty): State<Arc<Loyalty>>,
    Params(params): Params<MembersParams>,
) -> Result<Json<Page<MemberRow>>, Problem> {
    let MembersParams { tier, search, cursor, limit } = params;
    let page = PageParams { cursor, limit };
    let n_rows = page.n_rows()?;
    let after = page.after::<()>()?.map(|((), id)| id);
    let filter = MemberFilter { tier, search, after };
    let rows = blocking(move || loyalty.members(&filter, n_rows + 1)).await?;
    let keyed = rows.into_iter().map(|row| (((), row.customer_id.clone()), row)).collect();
    Ok(Json(Page::cut(keyed, n_rows)))
}

/// A member: points by lot and their worth, tier and why, challenges, badges, referrals.
#[utoipa::path(
    get, path = "/v1/loyalty/members/{customer}", tag = "loyalty",
    params(("customer" = String, Path)),
    responses((status = 200, body = MemberView), (status = 404, body = Problem))
)]
async fn get_member(
    State(loyalty): State<Arc<Loyalty>>,
    Path(customer): Path<String>,
) -> Result<Json<MemberView>, Problem> {
    Ok(Json(blocking(move || loyalty.member(&customer)).await?))
}

/// Make a customer a member, or tell more of one.
#[utoipa::path(
    put, path = "/v1/loyalty/members/{customer}", tag = "loyalty",
    params(("customer" = String, Path)), request_body = MemberAsk,
    responses((status = 200, body = MemberView),
              (status = 404, description = "No such customer", body = Problem),
              (status = 409, description = "No programme is in force, or the member came by \
               another referral code", body = Problem),
              (status = 422, body = Problem))
)]
async fn put_member(
    State(loyalty): State<Arc<Loyalty>>,
    Path(customer): Path<String>,
    Body(ask): Body<MemberAsk>,
) -> Result<Json<MemberView>, Problem> {
    Ok(Json(blocking(move || loyalty.put_member(&customer, &ask)).await?))
}

/// Movements of a member's points, latest first.
#[utoipa::path(
    get, path = "/v1/loyalty/members/{customer}/movements", tag = "loyalty",
    params(("customer" = String, Path), PageParams),
    responses((status = 200, body = Page<MovementView>), (status = 404, body = Problem))
)]
async fn list_point_movements(
    State(loyalty): State<Arc<Loyalty>>,
    Path(customer): Path<String>,
    Params(page): Params<PageParams>,
) -> Result<Json<Page<MovementView>>, Problem> {
    let n_rows = page.n_rows()?;
    let after = page.after::<MovementKey>()?.map(|(key, _)| key);
    let rows = blocking(move || loyalty.movements(&customer, after, n_rows + 1)).await?;
    let keyed = rows.into_iter().map(|(key, row)| ((key, String::new()), row)).collect();
    Ok(Json(Page::cut(keyed, n_rows)))
}

/// Pay with points, for shops without cart quotes. A cart quote holds and takes points itself.
#[utoipa::path(
    post, path = "/v1/loyalty/members/{customer}/redemptions", tag = "loyalty",
    params(("customer" = String, Path)), request_body = RedemptionAsk,
    responses((status = 200, body = RedemptionView), (status = 404, body = Problem),
              (status = 409, description = "No points can be spent here, or the key was used for \
               another redemption", body = Problem),
              (status = 422, body = Problem))
)]
async fn redeem(
    State(loyalty): State<Arc<Loyalty>>,
    Path(customer): Path<String>,
    Body(ask): Body<RedemptionAsk>,
) -> Result<Json<RedemptionView>, Problem> {
    Ok(Json(blocking(move || loyalty.redeem(&customer, &ask)).await?))
}

/// Cancel a redemption: all of its points that did not come back yet do.
#[utoipa::path(
    post, path = "/v1/loyalty/members/{customer}/redemptions/{key}/cancel", tag = "loyalty",
    params(("customer" = String, Path), ("key" = String, Path)),
    responses((status = 200, body = RedemptionView), (status = 404, body = Problem))
)]
async fn cancel_redemption(
    State(loyalty): State<Arc<Loyalty>>,
    Path((customer, key)): Path<(String, String)>,
) -> Result<Json<RedemptionView>, Problem> {
    Ok(Json(blocking(move || loyalty.cancel_redemption(&customer, &key)).await?))
}

/// Tell that a customer wrote a review, shared something or filled in the profile.
#[utoipa::path(
    post, path = "/v1/loyalty/activities", tag = "loyalty", request_body = ActivityAsk,
    responses((status = 200, body = ActivityView), (status = 404, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem))
)]
async fn note_activity(
    State(loyalty): State<Arc<Loyalty>>,
    Body(ask): Body<ActivityAsk>,
) -> Result<Json<ActivityView>, Problem> {
    Ok(Json(blocking(move || loyalty.note_activity(&ask)).await?))
}

/// Tell that an activity was removed: what it earned is taken back.
#[utoipa::path(
    delete, path = "/v1/loyalty/activities/{activity}/{key}", tag = "loyalty",
    params(("activity" = ActivityKind, Path), ("key" = String, Path)),
    responses((status = 200, body = ActivityView), (status = 404, body = Problem))
)]
async fn undo_activity(
    State(loyalty): State<Arc<Loyalty>>,
    Path((activity, key)): Path<(ActivityKind, String)>,
) -> Result<Json<ActivityView>, Problem> {
    Ok(Json(blocking(move || loyalty.undo_activity(activity, &key)).await?))
}

/// Book orders of the past, or only tell what it would come to.
#[utoipa::path(
    post, path = "/v1/loyalty/backfill", tag = "loyalty", request_body = BackfillAsk,
    responses((status = 200, body = BackfillView),
              (status = 409, description = "No programme is in force", body = Problem),
              (status = 422, body = Problem))
)]
async fn backfill(
    State(loyalty): State<Arc<Loyalty>>,
    Body(ask): Body<BackfillAsk>,
) -> Result<Json<BackfillView>, Problem> {
    Ok(Json(blocking(move || loyalty.backfill(&ask)).await?))
}

/// Points outstanding by month of expiry, their worth, and how many may never be claimed; null
/// without a programme.
#[utoipa::path(
    get, path = "/v1/loyalty/liability", tag = "loyalty",
    responses((status = 200, body = Option<LiabilityView>))
)]
async fn get_liability(
    State(loyalty): State<Arc<Loyalty>>,
) -> Result<Json<Option<LiabilityView>>, Problem> {
    Ok(Json(blocking(move || loyalty.liability()).await?))
}

/// Begin a turn of a wheel: the shop commits to a secret and to the odds.
#[utoipa::path(
    post, path = "/v1/loyalty/wheels/{id}/spins", tag = "loyalty", params(("id" = String, Path)),
    request_body = SpinAsk,
    responses((status = 200, body = SpinView), (status = 404, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem))
)]
async fn commit_spin(
    State(loyalty): State<Arc<Loyalty>>,
    Path(id): Path<String>,
    Body(ask): Body<SpinAsk>,
) -> Result<Json<SpinView>, Problem> {
    Ok(Json(blocking(move || loyalty.commit_spin(&id, &ask)).await?))
}

/// Draw with the customer's seed: the prize, and the secret for verification.
#[utoipa::path(
    post, path = "/v1/loyalty/spins/{id}/draw", tag = "loyalty", params(("id" = String, Path)),
    request_body = DrawAsk,
    responses((status = 200, body = SpinView), (status = 404, body = Problem),
              (status = 409, description = "It was drawn with another seed, or nothing is left",
               body = Problem),
              (status = 422, body = Problem))
)]
async fn draw(
    State(loyalty): State<Arc<Loyalty>>,
    Path(id): Path<String>,
    Body(ask): Body<DrawAsk>,
) -> Result<Json<SpinView>, Problem> {
    Ok(Json(blocking(move || loyalty.draw(&id, &ask)).await?))
}

/// Everything that a customer needs to verify a turn; the secret is in it once it was drawn.
#[utoipa::path(
    get, path = "/v1/loyalty/spins/{id}/proof", tag = "loyalty", params(("id" = String, Path)),
    responses((status = 200, body = SpinView), (status = 404, body = Problem))
)]
async fn get_proof(
    State(loyalty): State<Arc<Loyalty>>,
    Path(id): Path<String>,
) -> Result<Json<SpinView>, Problem> {
    Ok(Json(blocking(move || loyalty.proof(&id)).await?))
}
