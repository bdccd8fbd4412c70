//! Problem codes: the stable machine names of everything that can go wrong for a caller
//! (RFC 9457's `type`), shared by the HTTP interface and the command line.
//!
//! How a problem becomes a response is the `http` crate's.

use serde::{Deserialize, Serialize};

/// The closed list of problem codes. A code never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// The request could not be read as what it should be.
    InvalidRequest,
    /// A field has a value that cannot be used.
    InvalidField,
    /// No key or session was given, or it is not valid.
    NotSignedIn,
    /// The key has expired.
    KeyExpired,
    /// The key or user may not do this.
    Forbidden,
    /// Nothing stands under that id or name.
    NotFound,
    /// The state does not allow it now.
    Conflict,
    /// Less is in stock than was asked for.
    OutOfStock,
    /// A limit of uses, money, units or points is reached.
    LimitReached,
    /// It was good until an instant that has passed.
    Expired,
    /// The idempotency key was used with another body.
    IdempotencyKeyReused,
    /// The body or a part of it is too large.
    TooLarge,
    /// Too many attempts; wait.
    TooManyAttempts,
    /// There is not enough data to answer yet.
    NotEnoughData,
    /// The database is away, full or read-only.
    DatabaseUnavailable,
    /// A fault of ours; the log has the rest.
    Internal,
}

impl ProblemCode {
    /// The HTTP status of the problem.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidRequest => 400,
            Self::InvalidField => 422,
            Self::NotSignedIn | Self::KeyExpired => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict
            | Self::NotEnoughData
            | Self::OutOfStock
            | Self::LimitReached
            | Self::Expired => 409,
            Self::IdempotencyKeyReused => 422,
            Self::TooLarge => 413,
            Self::TooManyAttempts => 429,
            Self::DatabaseUnavailable => 503,
            Self::Internal => 500,
        }
    }

    /// A short sentence that is the same for every problem with this code.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::InvalidRequest => "The request could not be read",
            Self::InvalidField => "A value cannot be used",
            Self::NotSignedIn => "Sign in or give an API key",
            Self::KeyExpired => "The API key has expired",
            Self::Forbidden => "Not allowed with this key",
            Self::NotFound => "Not found",
            Self::Conflict => "Not possible in the present state",
            Self::OutOfStock => "Not enough in stock",
            Self::LimitReached => "A limit is reached",
            Self::Expired => "The time for it is over",
            Self::IdempotencyKeyReused => "The idempotency key was used for another request",
            Self::TooLarge => "Too large",
            Self::TooManyAttempts => "Too many attempts",
            Self::NotEnoughData => "Not enough data yet",
            Self::DatabaseUnavailable => "The database is not available",
            Self::Internal => "Something went wrong here",
        }
    }
}
