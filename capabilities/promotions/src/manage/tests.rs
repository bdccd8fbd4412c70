//! Managing on both databases: limits, promotions, coupons, campaigns, settings, simulations.

mod limits;
mod support;
