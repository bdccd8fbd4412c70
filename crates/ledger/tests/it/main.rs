//! The ledger on both databases.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod known;
mod parallel;
mod support;
