//! The whole server, called as a program would call it: every capability behind one interface, on
//! both databases.
//!
//! Does not test what can happen to the processes around it (kills, outages): `tests/chaos` does.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod api;
mod commands;
mod support;
