//! The pure engine of forecasts: how much of a product will sell on each of the next days.
//!
//! `fit` once over all sales gives a [`shop::Shop`]; its `input` for a product is all that
//! [`decide::decide`] needs, today or on replay. Deliberately without prices, promotions, stock,
//! other products and the weather: it reads a product's own sales and the shop's calendar only.
//! It decides no order quantity either; that is for whoever knows lead times and costs.

pub mod calendar;
pub mod decide;
pub mod evaluate;
pub mod input;
pub mod model;
pub mod outcome;
pub mod policy;
pub mod reason;
pub mod shop;
