//! `Idempotency-Key`: the same POST sent twice is done once, and both get the same answer.
//!
//! The first request with a key claims it; a repeat gets the stored answer; another body under
//! the same key is refused; a repeat while the first is at work is told to wait. Answers are kept
//! for [`HOURS_KEPT`]. Server faults are not kept, so that they can be tried again. An answer with a
//! secret is not kept either: a repeat is told that it was shown ([`ShownOnce`]).

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use mercer_core::problem::ProblemCode;
use mercer_db::{Db, DbError, params};
use sha2::{Digest, Sha256};

use crate::auth::Principal;
use crate::context::{Context, blocking};
use crate::problem::{PROBLEM_TYPE, Problem, ShownOnce};
use crate::request::N_BATCH_BYTES_MAX;

/// How long an answer can be had again: a day, as Stripe keeps them.
pub const HOURS_KEPT: i64 = 24;
/// Longest key.
const N_KEY_BYTES_MAX: usize = 255;
/// After this long a claimed key whose request never ended is free again.
const CLAIM_SECONDS: i64 = 120;

enum Claim {
    New,
    Answer { status: u16, content_type: String, body: Vec<u8> },
    OtherBody,
    AtWork,
}

/// The middleware; passes everything that has no key.
pub async fn idempotent(State(context): State<Context>, request: Request, next: Next) -> Response {
    let key = request.headers().get("idempotency-key").map(|key| key.as_bytes().to_vec());
    let is_upload = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/octet-stream"));
    match key {
        Some(key) if request.method() == Method::POST && !is_upload => {
            match once(context, key, request, next).await {
                Ok(response) => response,
                Err(problem) => problem.into_response(),
            }
        }
        _ => next.run(request).await,
    }
}

async fn once(
    context: Context,
    key: Vec<u8>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let key = String::from_utf8(key)
        .ok()
        .filter(|key| !key.is_empty() && key.len() <= N_KEY_BYTES_MAX)
        .ok_or_else(|| {
            let detail = format!("Idempotency-Key must be 1 to {N_KEY_BYTES_MAX} bytes of text.");
            Problem::invalid("Idempotency-Key", detail)
        })?;
    let principal = request
        .extensions()
        .get::<Principal>()
        .map_or_else(|| "nobody".to_owned(), |principal| principal.id.clone());
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, N_BATCH_BYTES_MAX).await.map_err(|_| {
        let detail = format!("The body is larger than {N_BATCH_BYTES_MAX} bytes.");
        Problem::new(ProblemCode::TooLarge, detail)
    })?;
    let hash = request_hash(parts.uri.path(), &bytes);
    let now = context.clock.now();
    let claim = {
        let (db, principal, key) = (context.db.clone(), principal.clone(), key.clone());
        blocking(move || claim(&db, now, &principal, &key, &hash)).await?
    };
    match claim {
        Claim::New => {}
        Claim::Answer { status, content_type, body } => {
            return Ok(replayed(status, &content_type, body));
        }
        Claim::OtherBody => {
            let detail = "This Idempotency-Key was used for another request: choose a new one.";
            return Err(Problem::new(ProblemCode::IdempotencyKeyReused, detail));
        }
        Claim::AtWork => {
            let detail = "A request with this Idempotency-Key is still at work.";
            return Err(Problem::new(ProblemCode::Conflict, detail).retry_after(1));
        }
    }
    let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    keep(context, now, principal, key, response).await
}

fn request_hash(path: &str, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(path);
    hash.update([0]);
    hash.update(body);
    hex(&hash.finalize())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn claim(
    db: &Db,
    now: Timestamp,
    principal: &str,
    key: &str,
    hash: &str,
) -> Result<Claim, DbError> {
    let oldest = (now - SignedDuration::from_hours(HOURS_KEPT)).as_microsecond();
    let abandoned = (now - SignedDuration::from_secs(CLAIM_SECONDS)).as_microsecond();
    db.write(|tx| {
        tx.execute(
            "DELETE FROM idempotent_answers
             WHERE created_at < $1 OR (status IS NULL AND created_at < $2)",
            params![oldest, abandoned],
        )?;
        let n = tx.execute(
            "INSERT INTO idempotent_answers (principal, idempotency_key, request_hash, created_at)
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            params![principal, key, hash, now.as_microsecond()],
        )?;
        if n == 1 {
            return Ok(Claim::New);
        }
        let row = tx.fetch_optional(
            "SELECT request_hash, status, content_type, body FROM idempotent_answers
             WHERE principal = $1 AND idempotency_key = $2",
            params![principal, key],
        )?;
        let Some(row) = row else { return Ok(Claim::AtWork) };
        if row.str(0) != hash {
            return Ok(Claim::OtherBody);
        }
        Ok(match row.get::<Option<i64>>(1)? {
            None => Claim::AtWork,
            Some(status) => Claim::Answer {
                status: u16::try_from(status).unwrap_or(500),
                content_type: row.get(2)?,
                body: row.get(3)?,
            },
        })
    })
}

async fn keep(
    context: Context,
    now: Timestamp,
    principal: String,
    key: String,
    response: Response,
) -> Result<Response, Problem> {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, N_BATCH_BYTES_MAX).await.map_err(|e| Problem::internal(&e))?;
    let is_final = parts.status.as_u16() < 500 && parts.status != StatusCode::TOO_MANY_REQUESTS;
    let (status, kind, stored) = match parts.extensions.remove::<ShownOnce>() {
        Some(ShownOnce(problem)) => {
            let body = serde_json::to_vec(&problem).map_err(|e| Problem::internal(&e))?;
            (i64::from(problem.status), PROBLEM_TYPE.to_owned(), body)
        }
        None => {
            let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
            let kind = kind.unwrap_or("application/json").to_owned();
            (i64::from(parts.status.as_u16()), kind, bytes.to_vec())
        }
    };
    blocking(move || {
        context.db.write(|tx| {
            if is_final {
                tx.execute(
                    "UPDATE idempotent_answers SET status = $3, content_type = $4, body = $5
                     WHERE principal = $1 AND idempotency_key = $2 AND created_at = $6",
                    params![&principal, &key, status, &kind, stored.clone(), now.as_microsecond()],
                )
            } else {
                tx.execute(
                    "DELETE FROM idempotent_answers WHERE principal = $1 AND idempotency_key = $2",
                    params![&principal, &key],
                )
            }
        })
    })
    .await?;
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn replayed(status: u16, content_type: &str, body: Vec<u8>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let headers = [(header::CONTENT_TYPE, content_type.to_owned())];
    let mut response = (status, headers, body).into_response();
    response
        .headers_mut()
        .insert("idempotent-replayed", axum::http::HeaderValue::from_static("true"));
    response
}
