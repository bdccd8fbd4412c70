//! Promotions, coupons and cart quotes.
//!
//! Keeps what a merchant writes down (`store`, `manage`), prices carts by the pure engine
//! beside this crate (`quote`), and holds what a quote uses in the ledger: stock, uses of
//! promotions and coupons, budgets, flash-sale units and points together or not at all. Knows
//! stock, flash sales and loyalty only by the ports of `mercer_connect::cart`.

pub mod accounts;
mod error;
pub mod manage;
pub mod quote;
pub mod running;
pub mod store;

use mercer_db::{Migration, MigrationSet};

pub use crate::error::PromotionsError;

/// Tables of promotions, coupons, settings and quotes.
pub const MIGRATIONS: MigrationSet = MigrationSet {
    owner: "promotions",
    steps: &[Migration {
        name: "promotions, coupons, quotes",
        sql: include_str!("../migrations/0001_promotions.sql"),
    }],
};
