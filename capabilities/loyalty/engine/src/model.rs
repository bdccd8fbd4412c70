//! How it is counted: one file an idea.
//!
//! Each answers from its input and the programme alone.

pub mod activity;
pub mod basis;
pub mod challenge;
pub mod earn;
pub mod expiry;
pub mod liability;
pub mod limit;
pub mod redemption;
pub mod referral;
pub mod returns;
pub mod streak;
pub mod tier;
pub mod valid;
pub mod wheel;
