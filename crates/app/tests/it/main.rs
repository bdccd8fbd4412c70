//! The whole server, called as a program would call it: every capability behind one interface, on
//! both databases.
//!
//! Does not test the processes around it (kills, outages, the command line): `tests/chaos` does.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod api;
mod support;
