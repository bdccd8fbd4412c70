//! Who asks, and what they may do: API keys and console sessions.
//!
//! Keys and tokens are random 256-bit texts, stored as SHA-256 and shown once; passwords are
//! argon2id. No roles yet: a console user may do everything, a key what its scopes say.

pub mod api;
pub mod keys;
pub mod middleware;
pub mod sessions;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use mercer_core::problem::ProblemCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;

pub use keys::KeyCache;

/// What a key may do. `admin` contains `write`, which contains `read`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Read everything but keys and settings.
    Read,
    /// Change the shop's record, resolve decisions, import.
    Write,
    /// Make and revoke keys, see settings.
    Admin,
}

impl Scope {
    /// The name in SQL and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }

    /// The scope with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Read, Self::Write, Self::Admin].into_iter().find(|scope| scope.name() == name)
    }
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// `key_…` or `usr_…`.
    pub id: String,
    /// The highest scope.
    pub scope: Scope,
    /// The CSRF token of a console session; none for a key.
    pub csrf_token: Option<String>,
}

impl Principal {
    /// Whether this scope is given.
    ///
    /// # Errors
    /// It is not, as a problem that says which is needed.
    pub fn require(&self, scope: Scope) -> Result<(), Problem> {
        if self.scope >= scope {
            return Ok(());
        }
        let detail = format!(
            "This needs a key with the scope `{}`; the one given has `{}`.",
            scope.name(),
            self.scope.name()
        );
        Err(Problem::new(ProblemCode::Forbidden, detail))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Principal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            Problem::new(
                ProblemCode::NotSignedIn,
                "Give an API key (`Authorization: Bearer mk_…`) or sign in to the console.",
            )
        })
    }
}
