//! The log of decisions over HTTP, and a person's word on a proposal.

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use mercer_core::problem::ProblemCode;
use mercer_decisions::{
    Decision, DecisionDetail, Filter, Mode, Resolution, ResolveError, Sort, State as DecisionState,
};
use mercer_http::auth::Principal;
use mercer_http::context::{Context, blocking};
use mercer_http::page::{Page, PageParams};
use mercer_http::problem::Problem;
use mercer_http::request::{Body, Params};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Longest note of a person.
const N_NOTE_CHARS_MAX: usize = 1_000;

pub(super) fn router(context: Context) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(list_decisions))
        .routes(routes!(get_decision))
        .routes(routes!(approve))
        .routes(routes!(dismiss))
        .routes(routes!(snooze))
        .with_state(context)
}

/// A decision with the console's page of its subject.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct DecisionView {
    #[serde(flatten)]
    decision: Decision,
    /// The console's page of the subject.
    subject_href: Option<String>,
}

fn subject_href(subject: &str) -> Option<String> {
    let page = match subject.split('_').next() {
        Some("prd") => "products",
        Some("cus") => "customers",
        Some("ord") => "orders",
        _ => return None,
    };
    Some(format!("/{page}/{subject}"))
}

impl From<Decision> for DecisionView {
    fn from(decision: Decision) -> Self {
        let subject_href = subject_href(&decision.subject);
        Self { decision, subject_href }
    }
}

/// A decision with all that it was decided from.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct DecisionDetailView {
    #[serde(flatten)]
    detail: DecisionDetail,
    /// The console's page of the subject.
    subject_href: Option<String>,
}

impl From<DecisionDetail> for DecisionDetailView {
    fn from(detail: DecisionDetail) -> Self {
        let subject_href = subject_href(&detail.decision.subject);
        Self { detail, subject_href }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DecisionParams {
    /// `recommendation`, `segment`, `care` or `forecast`.
    kind: Option<String>,
    /// `recorded`, `proposed`, `approved`, `dismissed`, `snoozed` or `replaced`.
    state: Option<String>,
    /// `shadow`, `suggest` or `act`.
    mode: Option<String>,
    /// Id of a product or customer.
    subject: Option<String>,
    /// Words in the subject's name or the decision.
    q: Option<String>,
    /// `-decided_at` (default) or `-at_stake`.
    sort: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Rows wanted, 1 to 200; 50 unless given.
    limit: Option<usize>,
}

fn filter(params: DecisionParams, after: Option<(i64, String)>) -> Result<Filter, Problem> {
    let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let state = match filled(params.state) {
        None => None,
        Some(name) => Some(DecisionState::parse(&name).ok_or_else(|| {
            Problem::invalid(
                "state",
                "`state` is one of recorded, proposed, approved, dismissed, snoozed, replaced.",
            )
        })?),
    };
    let mode = match filled(params.mode).as_deref() {
        None => None,
        Some("shadow") => Some(Mode::Shadow),
        Some("suggest") => Some(Mode::Suggest),
        Some("act") => Some(Mode::Act),
        Some(_) => {
            return Err(Problem::invalid("mode", "`mode` is one of shadow, suggest, act."));
        }
    };
    let sort = match filled(params.sort).as_deref() {
        None | Some("-decided_at") => Sort::DecidedAt,
        Some("-at_stake") => Sort::AtStake,
        Some(_) => {
            return Err(Problem::invalid("sort", "`sort` is one of -decided_at, -at_stake."));
        }
    };
    Ok(Filter {
        kind: filled(params.kind),
        state,
        mode,
        subject: filled(params.subject),
        text: filled(params.q),
        sort,
        after,
    })
}

/// List decisions.
#[utoipa::path(
    get, path = "/v1/decisions", tag = "decisions", params(DecisionParams),
    responses((status = 200, body = Page<DecisionView>), (status = 422, body = Problem))
)]
async fn list_decisions(
    State(context): State<Context>,
    Params(params): Params<DecisionParams>,
) -> Result<Json<Page<DecisionView>>, Problem> {
    let page = PageParams { cursor: params.cursor.clone(), limit: params.limit };
    let n_rows = page.n_rows()?;
    let filter = filter(params, page.after()?)?;
    let rows =
        blocking(move || context.db.read(|tx| mercer_decisions::list(tx, &filter, n_rows + 1)));
    let rows = rows
        .await?
        .into_iter()
        .map(|(value, decision)| ((value, decision.id.clone()), DecisionView::from(decision)))
        .collect();
    Ok(Json(Page::cut(rows, n_rows)))
}

/// One decision with all that it was decided from.
#[utoipa::path(
    get, path = "/v1/decisions/{id}", tag = "decisions", params(("id" = String, Path)),
    responses((status = 200, body = DecisionDetailView), (status = 404, body = Problem))
)]
async fn get_decision(
    State(context): State<Context>,
    Path(id): Path<String>,
) -> Result<Json<DecisionDetailView>, Problem> {
    let wanted = id.clone();
    let found = blocking(move || context.db.read(|tx| mercer_decisions::find(tx, &wanted))).await?;
    found.map(|found| Json(found.into())).ok_or_else(|| Problem::not_found("decision", &id))
}

fn problem(error: ResolveError) -> Problem {
    match error {
        ResolveError::Db(error) => error.into(),
        ResolveError::Unknown { id } => Problem::not_found("decision", &id),
        ResolveError::NotOpen { .. } | ResolveError::Stale => {
            Problem::new(ProblemCode::Conflict, format!("Sorry, {error}."))
        }
        ResolveError::PastSnooze => Problem::invalid("until", format!("Sorry, {error}.")),
    }
}

async fn resolve(
    context: Context,
    principal: Principal,
    id: String,
    resolution: Resolution,
) -> Result<Json<DecisionDetailView>, Problem> {
    let now = context.clock.now();
    let found = blocking(move || {
        context
            .db
            .write(|tx| mercer_decisions::resolve(tx, now, &id, &resolution, &principal.id))
            .map_err(problem)
    })
    .await?;
    Ok(Json(found.into()))
}

/// Approve a proposal.
#[utoipa::path(
    post, path = "/v1/decisions/{id}/approve", tag = "decisions", params(("id" = String, Path)),
    responses((status = 200, body = DecisionDetailView), (status = 404, body = Problem),
              (status = 409, body = Problem))
)]
async fn approve(
    State(context): State<Context>,
    principal: Principal,
    Path(id): Path<String>,
) -> Result<Json<DecisionDetailView>, Problem> {
    resolve(context, principal, id, Resolution::Approve).await
}

/// Why a proposal is dismissed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Dismissal {
    /// For the log, if they say.
    note: Option<String>,
}

/// Dismiss a proposal.
#[utoipa::path(
    post, path = "/v1/decisions/{id}/dismiss", tag = "decisions", params(("id" = String, Path)),
    request_body = Dismissal,
    responses((status = 200, body = DecisionDetailView), (status = 404, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem))
)]
async fn dismiss(
    State(context): State<Context>,
    principal: Principal,
    Path(id): Path<String>,
    Body(Dismissal { note }): Body<Dismissal>,
) -> Result<Json<DecisionDetailView>, Problem> {
    if note.as_ref().is_some_and(|note| note.chars().count() > N_NOTE_CHARS_MAX) {
        let detail = format!("The note may have {N_NOTE_CHARS_MAX} characters.");
        return Err(Problem::invalid("note", detail));
    }
    resolve(context, principal, id, Resolution::Dismiss { note }).await
}

/// Until when a proposal is put aside.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Snooze {
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
}

/// Ask about a proposal again later.
#[utoipa::path(
    post, path = "/v1/decisions/{id}/snooze", tag = "decisions", params(("id" = String, Path)),
    request_body = Snooze,
    responses((status = 200, body = DecisionDetailView), (status = 404, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem))
)]
async fn snooze(
    State(context): State<Context>,
    principal: Principal,
    Path(id): Path<String>,
    Body(Snooze { until }): Body<Snooze>,
) -> Result<Json<DecisionDetailView>, Problem> {
    resolve(context, principal, id, Resolution::Snooze { until }).await
}
