//! The pure engine of recommendations: which products to show beside a product, in a cart, to a
//! customer, with the counts that say why.
//!
//! Two stages. [`model::Model::fit`] reads the whole history of baskets once and keeps, for each
//! product, its closest companions and its popularity. From the model a small [`input::Input`] is
//! taken for one question, and [`decide::decide`] answers it. An input with its policy is all that
//! a later replay needs.
//!
//! Deliberately knows no prices, margins, stock or titles, reads no clock and opens no file:
//! whoever asks gives the day, and filters what cannot be sold before showing it.

pub mod decide;
pub mod evaluate;
pub mod history;
pub mod input;
pub mod model;
pub mod policy;
pub mod reason;
