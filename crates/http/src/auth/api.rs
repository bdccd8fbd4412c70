//! Endpoints of access: the console's session, and API keys.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use jiff::Timestamp;
use mercer_core::problem::ProblemCode;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::keys::{self, ApiKey, NewKey};
use super::middleware::{SESSION_COOKIE, session_token};
use super::sessions::{self, SESSION_HOURS, Session, Throttle, User};
use super::{Principal, Scope};
use crate::context::{Context, blocking};
use crate::problem::{Problem, ShownOnce};
use crate::request::Body;

/// Longest name of a key.
const N_NAME_CHARS_MAX: usize = 100;
/// Sign-ins looked at at once: each hashes a password in 19 MiB, and others wait their turn.
const N_SIGN_INS_AT_ONCE: usize = 4;
/// Longest e-mail address that is read (RFC 5321 allows 254).
const N_EMAIL_CHARS_MAX: usize = 320;

/// The console's session; needs no key.
pub fn session_router(context: Context) -> OpenApiRouter {
    let state = SessionState {
        context,
        throttle: Arc::new(Throttle::default()),
        turns: Arc::new(Semaphore::new(N_SIGN_INS_AT_ONCE)),
    };
    OpenApiRouter::new().routes(routes!(sign_in, get_session, sign_out)).with_state(state)
}

/// API keys; only with the scope `admin`.
pub fn keys_router(context: Context) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(list_keys, create_key))
        .routes(routes!(revoke_key))
        .with_state(context)
}

#[derive(Clone)]
struct SessionState {
    context: Context,
    throttle: Arc<Throttle>,
    turns: Arc<Semaphore>,
}

/// How to sign in: by e-mail and password, or by a one-time link's token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    email: Option<String>,
    password: Option<String>,
    link_token: Option<String>,
}

/// A session in force.
#[derive(Serialize, ToSchema)]
struct SessionView {
    user: User,
    /// Send it as `X-CSRF-Token` with every request that changes something.
    csrf_token: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl From<Session> for SessionView {
    fn from(Session { user, csrf_token, expires_at }: Session) -> Self {
        Self { user, csrf_token, expires_at }
    }
}

/// Sign in to the console.
#[utoipa::path(
    post, path = "/v1/session", tag = "access", request_body = SignIn,
    responses((status = 200, body = SessionView), (status = 401, body = Problem),
              (status = 429, body = Problem))
)]
async fn sign_in(
    State(state): State<SessionState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Body(sign_in): Body<SignIn>,
) -> Result<Response, Problem> {
    let SessionState { context, throttle, turns } = state;
    let now = context.clock.now();
    let email = sign_in.email.clone().unwrap_or_default().trim().to_lowercase();
    if email.chars().count() > N_EMAIL_CHARS_MAX {
        let detail = format!("An e-mail address may have {N_EMAIL_CHARS_MAX} characters.");
        return Err(Problem::invalid("email", detail));
    }
    // Links are counted by address alone: their names cost no hash, and could be made up by millions.
    let is_by_password = sign_in.link_token.is_none() && sign_in.password.is_some();
    let who = format!("{} {}", peer.ip(), if is_by_password { &email } else { "" });
    // Counted before it is looked at, so that a thousand at once are no more than one after another.
    throttle.attempt(&who, now).map_err(|seconds| {
        let detail = format!("Too many failed attempts: try again in {seconds} seconds.");
        Problem::new(ProblemCode::TooManyAttempts, detail).retry_after(seconds)
    })?;
    let turn = turns.acquire_owned().await.map_err(|error| Problem::internal(&error))?;
    let db = context.db.clone();
    let user = blocking(move || {
        let _turn = turn;
        match sign_in {
            SignIn { link_token: Some(token), .. } => sessions::use_link(&db, now, &token),
            SignIn { password: Some(password), .. } => {
                sessions::check_password(&db, &email, &password)
            }
            SignIn { .. } => Ok(None),
        }
    })
    .await?;
    let Some(user) = user else {
        return Err(Problem::new(
            ProblemCode::NotSignedIn,
            "The e-mail address or the password is wrong, or the link was used or is over. \
             `mercer sign-in-link` prints a new one.",
        ));
    };
    throttle.succeeded(&who);
    let (token, csrf_token) = (context.token(), context.token());
    let (db, session_token) = (context.db.clone(), token.clone());
    let session =
        blocking(move || sessions::open(&db, now, user, &session_token, csrf_token)).await?;
    let mut response = Json(SessionView::from(session)).into_response();
    set_cookie(&mut response, &token, SESSION_HOURS * 3600);
    Ok(response)
}

/// `Lax` and http-only: the browser sends it only to pages of this server, and no script reads
/// it. Not `Secure`, because a shop's own machine is reached over plain HTTP on its loopback.
fn set_cookie(response: &mut Response, token: &str, seconds: i64) {
    let cookie =
        format!("{SESSION_COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
}

/// Who is signed in.
#[utoipa::path(
    get, path = "/v1/session", tag = "access",
    responses((status = 200, body = SessionView), (status = 401, body = Problem))
)]
async fn get_session(
    State(SessionState { context, .. }): State<SessionState>,
    headers: HeaderMap,
) -> Result<Json<SessionView>, Problem> {
    let signed_out = || Problem::new(ProblemCode::NotSignedIn, "Nobody is signed in.");
    let token = session_token(&headers).ok_or_else(signed_out)?.to_owned();
    let (db, now) = (context.db.clone(), context.clock.now());
    let session = blocking(move || sessions::find(&db, now, &token)).await?;
    Ok(Json(session.ok_or_else(signed_out)?.into()))
}

/// Sign out.
#[utoipa::path(delete, path = "/v1/session", tag = "access", responses((status = 204)))]
async fn sign_out(
    State(SessionState { context, .. }): State<SessionState>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(token) = session_token(&headers).map(str::to_owned) {
        blocking(move || sessions::close(&context.db, &token)).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    set_cookie(&mut response, "", 0);
    Ok(response)
}

/// All API keys.
#[derive(Serialize, ToSchema)]
struct ApiKeys {
    items: Vec<ApiKey>,
}

/// List API keys, without their secrets.
#[utoipa::path(
    get, path = "/v1/keys", tag = "access",
    responses((status = 200, body = ApiKeys), (status = 403, body = Problem))
)]
async fn list_keys(
    State(context): State<Context>,
    principal: Principal,
) -> Result<Json<ApiKeys>, Problem> {
    principal.require(Scope::Admin)?;
    let items = blocking(move || context.db.read(keys::list)).await?;
    Ok(Json(ApiKeys { items }))
}

/// What a new key is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct KeyRequest {
    #[schema(example = "warehouse screen")]
    name: String,
    scopes: Vec<Scope>,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// A new key with its secret, which is shown this once.
#[derive(Serialize, ToSchema)]
struct CreatedKey {
    #[serde(flatten)]
    key: ApiKey,
    /// Give it as `Authorization: Bearer …`. It cannot be shown again.
    secret: String,
}

/// Create an API key.
#[utoipa::path(
    post, path = "/v1/keys", tag = "access", request_body = KeyRequest,
    responses((status = 201, body = CreatedKey), (status = 403, body = Problem),
              (status = 422, body = Problem))
)]
async fn create_key(
    State(context): State<Context>,
    principal: Principal,
    Body(KeyRequest { name, scopes, expires_at }): Body<KeyRequest>,
) -> Result<(StatusCode, Extension<ShownOnce>, Json<CreatedKey>), Problem> {
    principal.require(Scope::Admin)?;
    let name = name.trim().to_owned();
    if name.is_empty() || name.chars().count() > N_NAME_CHARS_MAX {
        let detail = format!("Give the key a name of 1 to {N_NAME_CHARS_MAX} characters.");
        return Err(Problem::invalid("name", detail));
    }
    if scopes.is_empty() {
        return Err(Problem::invalid("scopes", "Choose at least one of read, write, admin."));
    }
    let now = context.clock.now();
    if expires_at.is_some_and(|end| end <= now) {
        return Err(Problem::invalid("expires_at", "The key would end before it began."));
    }
    let new = NewKey { name, scopes, expires_at };
    let (key, secret) =
        blocking(move || keys::create(&context.db, now, &*context.entropy, &new)).await?;
    let detail = format!(
        "This request made the key `{}` before; its secret was shown then and cannot be shown \
         again. Lost it? Revoke the key and make another.",
        key.id
    );
    let shown_once = ShownOnce(Problem::new(ProblemCode::Conflict, detail));
    Ok((StatusCode::CREATED, Extension(shown_once), Json(CreatedKey { key, secret })))
}

/// Revoke an API key: it is refused from now on.
#[utoipa::path(
    delete, path = "/v1/keys/{id}", tag = "access", params(("id" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem))
)]
async fn revoke_key(
    State(context): State<Context>,
    principal: Principal,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    principal.require(Scope::Admin)?;
    let now = context.clock.now();
    let (db, wanted) = (context.db.clone(), id.clone());
    let is_revoked = blocking(move || db.write(|tx| keys::revoke(tx, &wanted, now))).await?;
    context.keys.clear();
    if is_revoked { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found("key", &id)) }
}
