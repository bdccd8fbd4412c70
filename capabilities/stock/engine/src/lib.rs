//! From which locations the lines of a cart are taken.
//!
//! Pure: counts nothing itself and holds nothing. What is there is told by the input.

mod decide;
pub mod input;
mod model;
pub mod policy;
pub mod reason;

pub use crate::decide::decide;
