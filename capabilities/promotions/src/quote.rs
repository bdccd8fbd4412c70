//! Cart quotes: priced, held, committed, taken back by line.
//!
//! A quote is good until an instant and remembers what it was priced from. Holding it sets
//! aside everything that it uses in one transaction of the ledger: units of stock, uses of
//! promotions and coupons, budgets, flash-sale units and points. Whatever is short, nothing is
//! held. Taking the order and its money is the shop's; it tells us the number at the commit.

pub mod api;
mod ask;
mod expired;
mod gather;
mod hold;
mod legs;
mod price;
pub mod purge;
mod reverse;
mod rows;
mod view;

use std::sync::Arc;

use mercer_connect::cart::{
    Catalog, ChannelInfo, CustomerTraits, FlashPrices, PointsWallet, StockRoom,
};
use mercer_http::context::Context;

pub use self::ask::{LineAsk, QuoteAsk, ShippingAsk};
pub use self::expired::FollowHolds;
pub use self::hold::CommitAsk;
pub use self::reverse::{ReturnAsk, ReturnedLine};
pub use self::view::QuoteView;
use crate::running::Running;

/// Kind of a quote in the log of decisions.
pub const DECISION_KIND: &str = "quote";

/// Everything that quotes need of others.
#[derive(Clone)]
pub struct Sources {
    /// What is sold.
    pub catalog: Arc<dyn Catalog>,
    /// What is known of customers; each adds its part.
    pub traits: Vec<Arc<dyn CustomerTraits>>,
    /// Where it lies.
    pub stock: Arc<dyn StockRoom>,
    /// What flash sales offer.
    pub flash: Arc<dyn FlashPrices>,
    /// What points can pay.
    pub points: Arc<dyn PointsWallet>,
}

/// Prices and holds carts.
pub struct Quotes {
    pub(crate) context: Context,
    pub(crate) sources: Sources,
    pub(crate) running: Arc<Running>,
    pub(crate) default_channel: ChannelInfo,
}

impl Quotes {
    /// On a database, with everything that quotes need of others. A cart that names no channel
    /// is the default channel's, also while the record does not know that channel yet.
    #[must_use]
    pub fn new(
        context: Context,
        sources: Sources,
        running: Arc<Running>,
        default_channel: ChannelInfo,
    ) -> Self {
        Self { context, sources, running, default_channel }
    }
}

#[cfg(test)]
mod tests;
