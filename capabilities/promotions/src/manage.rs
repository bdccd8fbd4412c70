//! Writing promotions, coupons, campaigns and settings down; trying a draft on the past.

pub mod coupons;
pub mod limits;
pub mod uses;

#[cfg(test)]
mod tests;
