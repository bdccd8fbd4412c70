//! Managing on both databases. What is asked by HTTP is tested beside the handlers.

mod limits;
pub mod shop;
mod simulations;
pub mod support;
