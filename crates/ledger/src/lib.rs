//! Double-entry in lots, with holds: everything that is counted and can run out.
//!
//! All calls run in the caller's transaction, so a cart holds stock, a coupon use and points
//! together or not at all. Sum zero and floors are kept by the database (triggers and checks in
//! [`MIGRATIONS`]), not by this code. Does not decide who may have how much, and does not know
//! what a unit is worth.

pub mod account;
mod error;
mod expire;
pub mod hold;
pub mod lots;
mod plan;
mod post;
pub mod read;
pub mod reverse;
mod schema;
pub mod transfer;
pub mod verify;

pub use crate::error::LedgerError;
pub use crate::expire::{EXPIRE_JOB, ExpireHolds, expire_due};
pub use crate::schema::MIGRATIONS;

/// Most legs of one transfer or hold: a cart of 10,000 lines with two counted things each.
pub const N_LEGS_MAX: usize = 20_000;
/// Largest quantity and balance, 2^53: exact in every client's numbers and far beyond any shop.
pub const QUANTITY_MAX: i64 = 1 << 53;
/// Instant of a lot that never expires.
pub(crate) const NEVER: i64 = i64::MAX;
/// Holds whose time is over that are released in one transaction: others wait a few
/// milliseconds for the writer.
pub const N_EXPIRED_BATCH: usize = 200;
/// Longest key, subject, unit, owner or reason in bytes: they stand in indexes, which on
/// PostgreSQL hold at most 2,700 bytes a row.
pub const N_TEXT_BYTES_MAX: usize = 512;
