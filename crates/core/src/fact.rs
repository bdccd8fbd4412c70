//! Facts: what happened, as it is written to the log.
//!
//! The log itself, its subscribers and replay are the `facts` crate's.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// A fact about to be appended, in the transaction that changes the state.
#[derive(Debug, Clone, PartialEq)]
pub struct NewFact {
    /// What happened, past tense after a dot: `order.placed`.
    pub kind: &'static str,
    /// Whom or what it is about, a TypeID; one subject's facts are seen in order.
    pub subject: String,
    /// When it happened in the shop (not when Mercer learnt of it).
    pub occurred_at: Timestamp,
    /// What a subscriber needs to know; no names, addresses or other personal data.
    pub payload: Value,
}

/// A fact in the log.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fact {
    /// Place in the log, rising; never reused.
    pub sequence: i64,
    /// What happened.
    pub kind: String,
    /// Whom or what it is about.
    pub subject: String,
    /// When it happened in the shop.
    pub occurred_at: Timestamp,
    /// When Mercer recorded it.
    pub recorded_at: Timestamp,
    /// What a subscriber needs to know.
    pub payload: Value,
}
