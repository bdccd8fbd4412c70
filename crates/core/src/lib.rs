//! The words that all crates share: ids, the clock, entropy, facts, problem codes.
//!
//! Pure: no database, no HTTP, no reading of the wall clock. Kept small, because everything
//! depends on it.

pub mod clock;
pub mod fact;
pub mod id;
pub mod problem;
