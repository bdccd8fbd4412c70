//! Ports: what outside sources hand in (`source`) and what the shop's record answers to other
//! capabilities (`history`).
//!
//! Only types and traits: connectors implement the first, the record the second, and the binary
//! joins them. No HTTP client yet, because no connector needs one yet.

pub mod files;
pub mod history;
pub mod source;
