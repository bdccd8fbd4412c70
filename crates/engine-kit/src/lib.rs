//! Pure building blocks that every engine shares: money, seeds, reasons, decisions.
//!
//! Deliberately without a clock, entropy, a database, HTTP or threads of its own: whatever an
//! engine needs of the world comes in as a parameter.

pub mod decision;
pub mod money;
pub mod seed;
pub mod stats;
pub mod words;
