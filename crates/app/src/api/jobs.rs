//! Jobs over HTTP: what waits, what is parked and why; let a parked one try again.

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use mercer_core::problem::ProblemCode;
use mercer_db::DbError;
use mercer_http::context::{Context, blocking};
use mercer_http::page::Page;
use mercer_http::problem::Problem;
use mercer_http::request::Params;
use mercer_jobs::{Job, JobState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Jobs of one answer: the latest; older ones are of no interest.
const N_JOBS_MAX: usize = 200;

pub(super) fn router(context: Context) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(list_jobs)).routes(routes!(retry_job)).with_state(context)
}

/// A job.
#[derive(Serialize, ToSchema)]
struct JobView {
    id: String,
    kind: String,
    /// `waiting`, `running`, `done` or `parked`.
    #[schema(value_type = String)]
    state: JobState,
    #[schema(value_type = String, format = DateTime)]
    due_at: Timestamp,
    attempts: i64,
    last_error: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Timestamp>,
}

impl From<Job> for JobView {
    fn from(job: Job) -> Self {
        let Job { id, kind, state, due_at, attempts, last_error, finished_at, payload: _ } = job;
        Self { id, kind, state, due_at, attempts, last_error, finished_at }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct JobParams {
    /// `waiting`, `running`, `done` or `parked`.
    state: Option<String>,
}

/// The latest jobs and timers.
#[utoipa::path(
    get, path = "/v1/jobs", tag = "shop", params(JobParams),
    responses((status = 200, body = Page<JobView>), (status = 422, body = Problem))
)]
async fn list_jobs(
    State(context): State<Context>,
    Params(params): Params<JobParams>,
) -> Result<Json<Page<JobView>>, Problem> {
    let state = match params.state.as_deref() {
        None | Some("") => None,
        Some("waiting") => Some(JobState::Waiting),
        Some("running") => Some(JobState::Running),
        Some("done") => Some(JobState::Done),
        Some("parked") => Some(JobState::Parked),
        Some(_) => {
            let detail = "`state` is one of waiting, running, done, parked.";
            return Err(Problem::invalid("state", detail));
        }
    };
    let jobs =
        blocking(move || context.db.read(|tx| mercer_jobs::list(tx, state, N_JOBS_MAX))).await?;
    let items = jobs.into_iter().map(JobView::from).collect();
    Ok(Json(Page { items, next_cursor: None, total: None }))
}

/// Let a parked job try again from the beginning.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/retry", tag = "shop", params(("id" = String, Path)),
    responses((status = 204), (status = 409, body = Problem))
)]
async fn retry_job(
    State(context): State<Context>,
    Path(id): Path<String>,
) -> Result<axum::http::StatusCode, Problem> {
    let now = context.clock.now();
    let result =
        blocking(move || Ok::<_, Problem>(context.db.write(|tx| mercer_jobs::retry(tx, &id, now))))
            .await?;
    match result {
        Ok(true) => Ok(axum::http::StatusCode::NO_CONTENT),
        Ok(false) => {
            Err(Problem::new(ProblemCode::Conflict, "Only a parked job can be tried again."))
        }
        Err(DbError::Constraint { .. }) => Err(Problem::new(
            ProblemCode::Conflict,
            "The same work already waits to be done; this job need not be tried again.",
        )),
        Err(error) => Err(error.into()),
    }
}
