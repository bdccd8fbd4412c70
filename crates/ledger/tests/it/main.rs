//! The ledger on both databases.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod edges;
mod killed;
mod known;
mod long;
mod lots;
mod model;
mod parallel;
mod support;
