//! The methods, one idea per file.

pub mod choose;
pub mod croston;
pub mod ets;
pub mod naive;
pub mod paths;
pub mod series;
