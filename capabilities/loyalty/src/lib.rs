//! Loyalty: what members earn, lose, may spend and win.
//!
//! Deciding is the engine's, counting the ledger's. Here stands what lies between: the programme,
//! the members, what their orders and deeds call for, booked until the ledger says the same. Sees
//! no table of another capability: orders and customers come through ports.

mod accounts;
pub mod activities;
pub mod api;
pub mod backfill;
mod book;
pub mod days;
mod deeds;
mod error;
mod fingerprint;
pub mod jobs;
pub mod liability;
mod log;
mod look;
pub mod members;
pub mod movements;
mod offer;
mod orders;
mod ports;
mod prepare;
mod prizes;
pub mod redemptions;
mod referrals;
mod standing;
pub mod terms;
pub mod wheel;

use std::sync::Arc;

use jiff::tz::TimeZone;
use mercer_connect::cart::CustomerTraits;
use mercer_connect::orders::OrderBook;
use mercer_db::{Migration, MigrationSet};
use mercer_http::context::Context;

pub use crate::error::LoyaltyError;

/// Tables of the programme, its members and what they did.
pub const MIGRATIONS: MigrationSet = MigrationSet {
    owner: "loyalty",
    steps: &[Migration {
        name: "programme, members, deeds, lots, games",
        sql: include_str!("../migrations/0001_loyalty.sql"),
    }],
};

/// Longest key that a caller gives: with a kind before it, still a fact's id of the engine.
pub const N_KEY_BYTES_MAX: usize = 80;
/// Members or orders that are looked at in one transaction: others wait a few milliseconds for the
/// writer.
pub(crate) const N_BATCH: usize = 100;

/// The loyalty programme of a shop.
pub struct Loyalty {
    pub(crate) context: Context,
    pub(crate) orders: Arc<dyn OrderBook>,
    pub(crate) customers: Arc<dyn CustomerTraits>,
    pub(crate) zone: TimeZone,
}

impl Loyalty {
    /// On a database. `orders` answers what was bought, `customers` whether there is a customer of
    /// an id; `zone` is where the programme's days are counted unless it names its own.
    #[must_use]
    pub fn new(
        context: Context,
        orders: Arc<dyn OrderBook>,
        customers: Arc<dyn CustomerTraits>,
        zone: TimeZone,
    ) -> Self {
        Self { context, orders, customers, zone }
    }
}

#[cfg(test)]
mod tests;
