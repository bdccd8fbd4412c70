//! The wiring of what is counted and offered: quotes, promotions, flash sales and the ports by
//! which they know the rest of the shop.

use std::sync::Arc;

use jiff::tz::TimeZone;
use mercer_connect::cart::{Catalog, ChannelInfo, CustomerTraits, StockRoom};
use mercer_flash_sales::FlashSales;
use mercer_http::context::Context;
use mercer_loyalty::Loyalty;
use mercer_promotions::manage::Promotions;
use mercer_promotions::quote::{Quotes, Sources};
use mercer_promotions::running::Running;
use mercer_record::ports::RecordPorts;

/// What is counted and offered.
pub struct Offers {
    /// Carts: priced, held, committed.
    pub quotes: Arc<Quotes>,
    /// Promotions, coupons, campaigns: written down, checked, tried on the past.
    pub promotions: Arc<Promotions>,
    /// Flash sales.
    pub flash_sales: Arc<FlashSales>,
    /// Points, tiers, challenges, wheels.
    pub loyalty: Arc<Loyalty>,
}

impl Offers {
    /// All of it on one context. A cart without a channel is the usual channel's; days of the
    /// programme begin in the zone, unless it names one.
    #[must_use]
    pub fn new(context: &Context, usual: ChannelInfo, zone: TimeZone) -> Self {
        let catalog: Arc<dyn Catalog> = Arc::new(RecordPorts);
        let loyalty = Arc::new(Loyalty::new(
            context.clone(),
            Arc::new(RecordPorts),
            Arc::new(RecordPorts),
            zone,
        ));
        let traits: Vec<Arc<dyn CustomerTraits>> = vec![Arc::new(RecordPorts), loyalty.clone()];
        let stock: Arc<dyn StockRoom> = Arc::new(mercer_stock::room::Room);
        let names: Vec<_> = traits.iter().flat_map(|source| source.names().to_vec()).collect();
        let running = Arc::new(Running::new(&names));
        let flash_sales = Arc::new(FlashSales::new(context.clone(), stock.clone(), traits.clone()));
        let promotions = Arc::new(Promotions {
            context: context.clone(),
            orders: Arc::new(RecordPorts),
            stock: stock.clone(),
            catalog: catalog.clone(),
            running: running.clone(),
            default_channel: usual.code.clone(),
        });
        let sources =
            Sources { catalog, traits, stock, flash: flash_sales.clone(), points: loyalty.clone() };
        let quotes = Arc::new(Quotes::new(context.clone(), sources, running, usual));
        Self { quotes, promotions, flash_sales, loyalty }
    }
}
