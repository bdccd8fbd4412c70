//! What storefronts show while a sale is on, read once for all who listen.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use mercer_db::{Tx, params};
use mercer_ledger::read::{balance_at, balances};
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::{self, Sale, SaleState};
use crate::{FlashError, FlashSales, accounts};

/// Sales remembered for listeners; those that nobody asks for fall out by the next one.
const N_REMEMBERED_MAX: usize = 100;

/// A sale as it stands this moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LiveSale {
    /// `fls_…`.
    pub id: String,
    /// What customers read.
    pub name: String,
    /// `draft`, `scheduled` or `ended`.
    pub state: SaleState,
    /// Whether it sells now.
    pub is_on: bool,
    /// From when on.
    #[schema(value_type = String, format = DateTime)]
    pub starts_at: Timestamp,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: Timestamp,
    /// The server's clock: count down from here, not from the visitor's clock.
    #[schema(value_type = String, format = DateTime)]
    pub server_time: Timestamp,
    /// Whole seconds until it starts; 0 once it has.
    pub seconds_to_start: i64,
    /// Whole seconds until it is over; 0 once it is.
    pub seconds_left: i64,
    /// Units that one shopper may have.
    pub customer_units_max: Option<i64>,
    /// Codes of segments that alone may buy.
    pub segments: Vec<String>,
    /// Minutes of a turn in the queue.
    pub turn_minutes: i64,
    /// What it sells.
    pub items: Vec<LiveItem>,
}

/// A SKU of a sale as it stands this moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LiveItem {
    /// What.
    pub sku: String,
    /// Price of one unit in the sale, minor units.
    pub unit_price_minor: i64,
    /// Units in the pool at the start.
    pub n_units: i64,
    /// Units that nobody has or holds.
    pub n_left: i64,
    /// Units in carts and turns.
    pub n_held: i64,
    /// Units sold.
    pub n_sold: i64,
    /// Shoppers who wait.
    pub n_waiting: i64,
}

/// The latest picture of each sale that somebody listens to.
#[derive(Default)]
pub struct LiveCache(Mutex<HashMap<String, (Timestamp, Arc<LiveSale>)>>);

impl FlashSales {
    /// A sale as it stands.
    ///
    /// # Errors
    /// There is none of this id; the database's.
    pub fn live(&self, id: &str) -> Result<LiveSale, FlashError> {
        let now = self.context.clock.now();
        self.context.db.read(|tx| {
            let sale = store::find(tx, id, false)?;
            live_of(tx, now, sale)
        })
    }

    /// A sale as it stood at most `max_age_millis` ago: one read serves all who listen.
    ///
    /// # Errors
    /// As [`FlashSales::live`].
    pub(crate) fn live_shared(
        &self,
        id: &str,
        max_age_millis: i64,
    ) -> Result<Arc<LiveSale>, FlashError> {
        let now = self.context.clock.now();
        let known = {
            let cache = self.live.0.lock().unwrap_or_else(PoisonError::into_inner);
            cache.get(id).cloned()
        };
        if let Some((at, sale)) = known {
            let age = now.duration_since(at).as_millis();
            if (0..i128::from(max_age_millis)).contains(&age) {
                return Ok(sale);
            }
        }
        let sale = Arc::new(self.live(id)?);
        let mut cache = self.live.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= N_REMEMBERED_MAX {
            cache.clear();
        }
        cache.insert(id.to_owned(), (now, Arc::clone(&sale)));
        Ok(sale)
    }
}

pub(crate) fn live_of(tx: &mut Tx<'_>, now: Timestamp, sale: Sale) -> Result<LiveSale, FlashError> {
    let keys: Vec<_> = sale.items.iter().map(|item| accounts::pool(&sale.id, &item.sku)).collect();
    let pools = balances(tx, now, &keys)?;
    let mut items = Vec::with_capacity(sale.items.len());
    for (item, pool) in sale.items.iter().zip(&pools) {
        let n_waiting = tx.fetch_value(
            "SELECT COUNT(*) FROM flash_tickets
             WHERE sale_id = $1 AND sku = $2 AND state = 'waiting'",
            params![&sale.id, &item.sku],
        )?;
        items.push(LiveItem {
            sku: item.sku.clone(),
            unit_price_minor: item.unit_price_minor,
            n_units: item.n_units,
            n_left: pool.balance,
            n_held: pool.held,
            n_sold: balance_at(tx, &accounts::sold(&sale.id, &item.sku), now)?,
            n_waiting,
        });
    }
    let seconds_until = |at: Timestamp| at.duration_since(now).as_secs().max(0);
    let is_over = sale.state == SaleState::Ended;
    Ok(LiveSale {
        is_on: sale.is_on(now),
        seconds_to_start: if is_over { 0 } else { seconds_until(sale.starts_at) },
        seconds_left: if is_over { 0 } else { seconds_until(sale.ends_at) },
        id: sale.id,
        name: sale.name,
        state: sale.state,
        starts_at: sale.starts_at,
        ends_at: sale.ends_at,
        server_time: now,
        customer_units_max: sale.customer_units_max,
        segments: sale.segments,
        turn_minutes: sale.turn_minutes,
        items,
    })
}
