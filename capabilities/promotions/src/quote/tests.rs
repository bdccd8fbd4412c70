//! What a quote promises, on both databases, among a shop made of small parts.

mod lifecycle;
mod pricing;
mod refusals;
mod shop;
