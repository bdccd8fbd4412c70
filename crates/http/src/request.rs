//! Reads bodies and queries, and says in a problem which part cannot be read.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use mercer_core::problem::ProblemCode;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// Largest JSON body of an ordinary request.
pub const N_BODY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Largest JSON body of a batch: 500 orders of 200 lines.
pub const N_BATCH_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Longest query that is read.
const N_QUERY_BYTES_MAX: usize = 16 * 1024;

/// A JSON body.
pub struct Body<T>(pub T);

impl<T, S> FromRequest<S> for Body<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await.map_err(|e| unread(&e))?;
        if bytes.is_empty() {
            let detail = "The request has no body; a JSON object is needed.";
            return Err(Problem::new(ProblemCode::InvalidRequest, detail));
        }
        let mut reader = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let path = error.path().to_string();
            let reason = error.into_inner();
            if reason.is_data() {
                Problem::invalid(&path, format!("`{path}`: {reason}."))
            } else {
                no_json(&reason)
            }
        })?;
        reader.end().map_err(|reason| no_json(&reason))?;
        Ok(Self(value))
    }
}

fn no_json(reason: &serde_json::Error) -> Problem {
    Problem::new(ProblemCode::InvalidRequest, format!("The body is not JSON: {reason}."))
}

/// Why a body could not be taken in.
#[must_use]
pub fn unread(error: &BytesRejection) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(
            ProblemCode::TooLarge,
            format!(
                "The body is larger than this request may have ({} MiB; {} MiB for a batch). \
                 Send it in parts, or upload a file to /v1/imports.",
                N_BODY_BYTES_MAX / 1024 / 1024,
                N_BATCH_BYTES_MAX / 1024 / 1024
            ),
        );
    }
    Problem::new(ProblemCode::InvalidRequest, format!("The body did not arrive whole: {error}."))
}

/// The query of a URL.
pub struct Params<T>(pub T);

impl<T, S> FromRequestParts<S> for Params<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if parts.uri.query().is_some_and(|query| query.len() > N_QUERY_BYTES_MAX) {
            let detail = format!("The query is longer than {N_QUERY_BYTES_MAX} bytes.");
            return Err(Problem::new(ProblemCode::TooLarge, detail));
        }
        axum::extract::Query::<T>::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|error| {
                Problem::new(ProblemCode::InvalidRequest, format!("{}.", error.body_text()))
            })
    }
}
