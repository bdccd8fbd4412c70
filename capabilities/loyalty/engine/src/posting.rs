//! What is to be booked, as data: who, how many points, on which lot, from when until when.
//!
//! Keeps no balance and books nothing: the ledger does, and books each key once.

use serde::{Deserialize, Serialize};

use crate::calendar::Day;

/// One movement of points for the ledger to book once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Posting {
    /// Idempotency key, derived from the fact: the same fact always gives the same key.
    pub key: String,
    /// Whose points.
    pub customer: String,
    /// How many; always above zero, the movement says in which direction.
    pub points: i64,
    /// The lot that is granted, or from which points are taken, such as
    /// `order:ord_1:line:2:purchase`.
    pub lot: String,
    /// Which rule of the programme leads to it; for wheels and challenges their id.
    pub rule: String,
    /// The day of the fact.
    pub day: Day,
    /// What to do.
    pub movement: Movement,
    /// A sentence for the member's list of movements.
    pub reason: String,
}

/// What a posting does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Movement {
    /// New points in a lot of their own.
    Grant {
        /// The first day on which they can be spent; before it they are pending.
        available_from: Day,
        /// The last day on which they can be spent, to its end; none: for ever.
        last_valid: Option<Day>,
    },
    /// Earned points are taken out of their lot again.
    TakeBack {
        /// What to do with those that are spent already.
        when_spent: WhenSpent,
    },
    /// Redeemed points go back to the lots they came from, with their old expiry.
    GiveBack,
}

/// What happens to points that are to be taken back and were spent already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenSpent {
    /// The customer owes them: the next points earned settle the debt.
    #[default]
    Owe,
    /// The shop bears them.
    Forgive,
}

/// The lot of points earned by a line of an order, or by its shipping (`None`), under a rule.
#[must_use]
pub fn order_lot(order: &str, line: Option<u32>, rule: &str) -> String {
    match line {
        Some(line) => format!("order:{order}:line:{line}:{rule}"),
        None => format!("order:{order}:shipping:{rule}"),
    }
}
