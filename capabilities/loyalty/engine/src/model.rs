//! How it is counted: one file an idea.
//!
//! Each answers from its input and the programme alone.

pub mod expiry;
pub mod wheel;
