//! The stock room on both databases.

mod carts;
mod face;
mod files;
mod model;
mod parallel;
mod reads;
mod room;
mod sales;
mod support;
