//! Finds out who asks, before any handler; refuses what a scope or a missing CSRF token forbids.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use mercer_core::problem::ProblemCode;
use subtle::ConstantTimeEq;

use super::keys::Recognised;
use super::{Principal, Scope, sessions};
use crate::context::{Context, blocking};
use crate::problem::Problem;

/// Name of the session cookie.
pub const SESSION_COOKIE: &str = "mercer_session";

/// The middleware of everything under `/v1` but the session itself.
pub async fn authenticate(
    State(context): State<Context>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    match principal(&context, &parts).await {
        Ok(principal) => {
            parts.extensions.insert(principal);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(problem) => problem.into_response(),
    }
}

async fn principal(context: &Context, parts: &Parts) -> Result<Principal, Problem> {
    let headers = &parts.headers;
    let is_safe = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    let principal = match bearer(headers) {
        Some(secret) => of_key(context, secret).await?,
        None => of_session(context, headers, is_safe).await?,
    };
    principal.require(if is_safe { Scope::Read } else { Scope::Write })?;
    Ok(principal)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

async fn of_key(context: &Context, secret: &str) -> Result<Principal, Problem> {
    let now = context.clock.now();
    if let Some(principal) = context.keys.get(secret, now) {
        return Ok(principal);
    }
    let (keys, db, secret) = (context.keys.clone(), context.db.clone(), secret.to_owned());
    match blocking(move || keys.look_up(&db, &secret, now)).await? {
        Recognised::Key(principal) => Ok(principal),
        Recognised::Expired => Err(Problem::new(
            ProblemCode::KeyExpired,
            "This API key has expired: make a new one in Settings or with `mercer key create`.",
        )),
        Recognised::Unknown => {
            Err(Problem::new(ProblemCode::NotSignedIn, "This API key is unknown or revoked."))
        }
    }
}

/// The session's token in the cookie.
#[must_use]
pub fn session_token(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == SESSION_COOKIE)
        .map(|(_, token)| token)
}

async fn of_session(
    context: &Context,
    headers: &HeaderMap,
    is_safe: bool,
) -> Result<Principal, Problem> {
    let signed_out = || {
        Problem::new(
            ProblemCode::NotSignedIn,
            "Give an API key (`Authorization: Bearer mk_…`) or sign in to the console.",
        )
    };
    let token = session_token(headers).ok_or_else(signed_out)?.to_owned();
    let (db, now) = (context.db.clone(), context.clock.now());
    let session = blocking(move || sessions::find(&db, now, &token)).await?;
    let session = session.ok_or_else(signed_out)?;
    if !is_safe {
        let given = headers.get("x-csrf-token").map_or(&b""[..], |value| value.as_bytes());
        if !bool::from(given.ct_eq(session.csrf_token.as_bytes())) {
            let detail = "The request lacks this session's X-CSRF-Token: reload the page.";
            return Err(Problem::new(ProblemCode::Forbidden, detail));
        }
    }
    Ok(Principal { id: session.user.id, scope: Scope::Admin, csrf_token: Some(session.csrf_token) })
}
