//! Flash sales: limited units for a limited time, at a price that holds while a cart does.
//!
//! Counts nothing itself: pools and caps are accounts of the ledger, held by the cart's quote
//! through the port `FlashPrices`. Does not render the countdown; it tells what is left.

mod accounts;
pub mod api;
mod error;
pub mod jobs;
mod live;
pub mod manage;
mod offers;
pub mod queue;
pub mod store;

use std::sync::Arc;

use mercer_connect::cart::{CustomerTraits, StockRoom};
use mercer_db::{Migration, MigrationSet};
use mercer_http::context::Context;

pub use crate::error::FlashError;
use crate::live::LiveCache;

/// Tables of flash sales and their queues.
pub const MIGRATIONS: MigrationSet = MigrationSet {
    owner: "flash_sales",
    steps: &[Migration {
        name: "flash sales and queues",
        sql: include_str!("../migrations/0001_flash_sales.sql"),
    }],
};

/// Most SKUs of one sale: more is a catalogue-wide discount, which a promotion does.
pub const N_ITEMS_MAX: usize = 200;
/// Most shoppers in one queue: beyond it, joining is refused rather than hopeless.
pub const N_QUEUE_MAX: i64 = 100_000;
/// Most units of one SKU in a sale.
pub const N_UNITS_MAX: i64 = 10_000_000;

/// Flash sales of a shop.
pub struct FlashSales {
    pub(crate) context: Context,
    pub(crate) stock: Arc<dyn StockRoom>,
    pub(crate) traits: Vec<Arc<dyn CustomerTraits>>,
    pub(crate) live: LiveCache,
}

impl FlashSales {
    /// On a database, with the stock that pools must not exceed and what is known of customers.
    #[must_use]
    pub fn new(
        context: Context,
        stock: Arc<dyn StockRoom>,
        traits: Vec<Arc<dyn CustomerTraits>>,
    ) -> Self {
        Self { context, stock, traits, live: LiveCache::default() }
    }
}

#[cfg(test)]
mod tests;
