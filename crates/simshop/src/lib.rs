//! A simulated shop with a seed: two years of a home, garden, tea and stationery shop, with the
//! truths behind it kept beside what a merchant would see.
//!
//! For demonstrations, scenarios, load and for judging engines against the truth. Deliberately
//! not a model of any real shop, and without a clock: the last instant is given. The order of
//! reading: config, season, catalogue, customers, trade, aftermath, views, source.

mod aftermath;
pub mod catalogue;
pub mod config;
pub mod csv;
pub mod customers;
pub mod season;
pub mod shop;
pub mod source;
mod trade;
pub mod views;
mod words;
