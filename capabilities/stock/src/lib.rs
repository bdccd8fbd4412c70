//! Stock: how much of what is where, and from where a cart is taken.
//!
//! Locations, SKUs and what is expected stand in tables; every quantity stands in the ledger. Carts
//! ask through the port `StockRoom`; orders that came without a quote are followed by facts. Does
//! not know prices, products' titles or customers.

pub mod accounts;
pub mod api;
pub mod counts;
pub mod error;
mod gather;
pub mod history;
pub mod import;
pub mod incoming;
pub mod levels;
pub mod movements;
pub mod room;
pub mod sales;
pub mod settings;
pub mod store;
pub mod view;

use mercer_db::{Migration, MigrationSet};

/// Locations, items, counts, expected deliveries, orders that took stock.
pub const MIGRATIONS: MigrationSet = MigrationSet {
    owner: "stock",
    steps: &[Migration {
        name: "locations, items, counts, deliveries",
        sql: include_str!("../migrations/0001_stock.sql"),
    }],
};

#[cfg(test)]
mod tests;
