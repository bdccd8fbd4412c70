//! What a cart costs: promotions, flash-sale prices, points, shipping and tax, exact to the minor
//! unit, with the reasons.
//!
//! Pure: no clock, no database. Deliberately without holds: the quote says what is used, and the
//! caller holds it in the ledger.

pub mod error;
pub mod input;
pub mod outcome;
pub mod policy;
pub mod reason;
