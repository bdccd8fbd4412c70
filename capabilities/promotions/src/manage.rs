//! Writing promotions, coupons, campaigns and settings down; trying a draft on the past.
//!
//! Prices no cart and holds nothing: that is the quote's.

pub mod api;
pub mod batches;
pub mod campaigns;
pub mod conflicts;
pub mod coupons;
pub mod describe;
pub mod draft;
pub mod limits;
pub mod promotions;
pub mod settings;
pub mod simulate;
pub mod uses;

use std::sync::Arc;

use jiff::tz::TimeZone;
use mercer_connect::cart::{Catalog, StockRoom};
use mercer_connect::orders::OrderBook;
use mercer_db::Tx;
use mercer_http::context::Context;

use crate::PromotionsError;
use crate::running::Running;

/// What managing needs.
pub struct Promotions {
    /// The common context.
    pub context: Context,
    /// The shop's orders, for simulations.
    pub orders: Arc<dyn OrderBook>,
    /// What things cost, for margins.
    pub stock: Arc<dyn StockRoom>,
    /// Channels with their currencies and zones.
    pub catalog: Arc<dyn Catalog>,
    /// The promotions that run, and the names that conditions may use of a customer.
    pub running: Arc<Running>,
    /// Code of the channel whose zone dates in sentences are in.
    pub default_channel: String,
}

impl Promotions {
    /// The zone in which sentences say dates: the default channel's, UTC while there is none.
    ///
    /// # Errors
    /// The database's.
    pub fn zone(&self, tx: &mut Tx<'_>) -> Result<TimeZone, PromotionsError> {
        let channel = self.catalog.channel(tx, &self.default_channel)?;
        let zone = channel.and_then(|channel| TimeZone::get(&channel.time_zone).ok());
        Ok(zone.unwrap_or(TimeZone::UTC))
    }
}

/// A field that cannot be used.
pub(crate) fn invalid(field: &str, sentence: impl Into<String>) -> PromotionsError {
    PromotionsError::Invalid { field: field.to_owned(), sentence: sentence.into() }
}

#[cfg(test)]
mod tests;
