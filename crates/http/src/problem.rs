//! Problems by RFC 9457: what went wrong, where, and what to do, for programs and people.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mercer_core::problem::ProblemCode;
use mercer_db::DbError;
use serde::Serialize;
use utoipa::ToSchema;

/// Media type of problems.
pub const PROBLEM_TYPE: &str = "application/problem+json";
/// Longest text of a foreign error that becomes a problem's detail.
pub(crate) const N_FOREIGN_BYTES_MAX: usize = 4_096;

/// An error answer, `application/problem+json`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// A URI that names the kind of problem: `urn:mercer:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(example = "urn:mercer:problem:not_found")]
    pub type_uri: String,
    /// The same short sentence for every problem with this code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// Stable machine name.
    #[schema(value_type = String, example = "not_found")]
    pub code: ProblemCode,
    /// What happened here, and what to do.
    pub detail: String,
    /// The field at fault, as a path, if one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Seconds to wait before trying again, if waiting helps.
    #[serde(skip)]
    pub retry_after_seconds: Option<u64>,
}

impl Problem {
    /// A problem of this kind with its own sentence.
    #[must_use]
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        let name = serde_json::to_value(code).ok();
        let name = name.as_ref().and_then(|name| name.as_str()).unwrap_or("internal");
        Self {
            type_uri: format!("urn:mercer:problem:{name}"),
            title: code.title().to_owned(),
            status: code.status(),
            code,
            detail: detail.into(),
            field: None,
            retry_after_seconds: None,
        }
    }

    /// With the field at fault.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// With the wait after which to try again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// Nothing stands under that name.
    #[must_use]
    pub fn not_found(what: &str, name: &str) -> Self {
        let name: String = name.chars().take(80).collect();
        Self::new(ProblemCode::NotFound, format!("There is no {what} `{name}`."))
    }

    /// A value that cannot be used.
    #[must_use]
    pub fn invalid(field: &str, detail: impl Into<String>) -> Self {
        Self::new(ProblemCode::InvalidField, detail).at(field)
    }

    /// A fault of ours: logged with its whole chain here, once; the caller gets no internals.
    #[must_use]
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = chain(error), "a request failed");
        Self::new(
            ProblemCode::Internal,
            "This is a fault of Mercer's; nothing was changed. The log has the reason.",
        )
    }
}

/// What a repeat of a request gets that showed a secret: the answer itself is never stored. A
/// handler puts it into its response's extensions.
#[derive(Debug, Clone)]
pub struct ShownOnce(pub Problem);

/// An error with all its causes, in one line.
#[must_use]
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(inner) = next {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        next = inner.source();
    }
    text
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        if error.is_outage() {
            tracing::error!(error = chain(&error), "the database cannot serve");
            let rest = match error {
                DbError::CommitUnknown { .. } => "",
                _ => " Nothing was changed by this request.",
            };
            let sentence = format!("Sorry, {error}.{rest}");
            let problem = Self::new(ProblemCode::DatabaseUnavailable, sentence);
            return if error.is_passing() { problem.retry_after(5) } else { problem };
        }
        Self::internal(&error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after_seconds;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_TYPE));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Makes a problem of an error that no handler made: a path that is not UTF-8, a body that is too
/// large before anybody read it, a method that the endpoint does not have.
pub(crate) async fn of_foreign(response: Response) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_problem = kind.is_some_and(|kind| kind.as_bytes() == PROBLEM_TYPE.as_bytes());
    if is_problem || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let allowed = response.headers().get(header::ALLOW).cloned();
    let text = axum::body::to_bytes(response.into_body(), N_FOREIGN_BYTES_MAX).await;
    let text = text.map(|text| String::from_utf8_lossy(&text).trim().to_owned());
    let text = text.unwrap_or_default();
    let (code, usual) = match status {
        StatusCode::METHOD_NOT_ALLOWED => {
            (ProblemCode::InvalidRequest, "This endpoint does not have this method.")
        }
        StatusCode::NOT_FOUND => (ProblemCode::NotFound, "There is nothing here."),
        StatusCode::PAYLOAD_TOO_LARGE => (ProblemCode::TooLarge, "The body is too large."),
        _ if status.is_server_error() => {
            tracing::error!(status = status.as_u16(), text, "a request failed");
            (ProblemCode::Internal, "This is a fault of Mercer's; the log has the reason.")
        }
        _ => (ProblemCode::InvalidRequest, "The request could not be read."),
    };
    let is_telling = !text.is_empty() && status.is_client_error();
    let detail = if is_telling { format!("{text}.") } else { usual.to_owned() };
    let mut problem = Problem::new(code, detail);
    problem.status = status.as_u16();
    let mut response = problem.into_response();
    if let Some(allowed) = allowed {
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}
