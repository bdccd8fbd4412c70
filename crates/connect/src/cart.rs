//! What systems tell each other about a cart, in one transaction.
//!
//! A quote asks: what is sold at which price (the record), what is known of the customer (the
//! record, loyalty), what a flash sale guarantees, what points are worth, where the stock is.
//! Each answers with ledger legs for what it counts, so that the quote holds all of them
//! together or nothing. Nobody sees another's tables, and nothing here changes anything.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mercer_db::{DbError, Tx};
use mercer_ledger::LedgerError;
use mercer_ledger::transfer::Leg;
use serde_json::Value;

/// Why a port could not answer.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// The database's.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The ledger's.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// What is kept cannot be read: a fault of ours.
    #[error("{what} cannot be used: {reason}")]
    Broken {
        /// What was read.
        what: String,
        /// Why it cannot be used.
        reason: String,
    },
}

/// A sellable thing as the catalogue knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogItem {
    /// SKU of the variant.
    pub sku: String,
    /// `prd_…`.
    pub product_id: String,
    /// What the shop calls it.
    pub title: String,
    /// Category, if known.
    pub category: Option<String>,
    /// Price of one unit in minor units of the channel's currency, if known.
    pub unit_price_minor: Option<i64>,
}

/// A sales channel as a quote needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelInfo {
    /// Its code.
    pub code: String,
    /// ISO 4217 code of its prices.
    pub currency: String,
    /// IANA name of the zone in which its days are counted.
    pub time_zone: String,
}

/// The catalogue, answered by the shop's record.
pub trait Catalog: Send + Sync {
    /// The channel of a code; none when there is no such channel.
    ///
    /// # Errors
    /// The database's.
    fn channel(&self, tx: &mut Tx<'_>, code: &str) -> Result<Option<ChannelInfo>, PortError>;

    /// The channel of a shop that has only one; none when there are several, or none yet.
    ///
    /// # Errors
    /// The database's.
    fn only_channel(&self, tx: &mut Tx<'_>) -> Result<Option<ChannelInfo>, PortError> {
        let _ = tx;
        Ok(None)
    }

    /// The SKUs of a channel that it knows, in any order.
    ///
    /// # Errors
    /// The database's.
    fn items(
        &self,
        tx: &mut Tx<'_>,
        channel: &str,
        skus: &[&str],
    ) -> Result<Vec<CatalogItem>, PortError>;
}

/// The kind of a value known of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TraitKind {
    /// Yes or no.
    Flag,
    /// A whole number.
    Number,
    /// A text.
    Text,
    /// Several texts.
    Texts,
}

/// A name by which conditions ask for something known of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraitName {
    /// The name, as it stands behind `customer.`.
    pub name: &'static str,
    /// What kind of value it has.
    pub kind: TraitKind,
    /// What it means, as a sentence.
    pub sentence: &'static str,
}

/// What is known of a customer by the names that conditions use: `n_orders`, `segment`, `tier`.
pub trait CustomerTraits: Send + Sync {
    /// Names that it answers.
    fn names(&self) -> &'static [TraitName];

    /// Adds what it knows; false when it knows no such customer.
    ///
    /// # Errors
    /// The database's.
    fn add(
        &self,
        tx: &mut Tx<'_>,
        customer_id: &str,
        traits: &mut BTreeMap<String, Value>,
    ) -> Result<bool, PortError>;
}

/// What a unit costs the shop, and below what it is not sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UnitCost {
    /// What it costs, minor units.
    pub cost_minor: Option<i64>,
    /// Lowest price, minor units.
    pub floor_minor: Option<i64>,
}

/// Units wanted of a SKU for one line of a cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockAsk {
    /// The line's number.
    pub line: i64,
    /// What.
    pub sku: String,
    /// How many.
    pub quantity: i64,
}

/// How a line's units are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockAnswer {
    /// The line's number.
    pub line: i64,
    /// Whether stock is counted for this SKU at all; if not, there is nothing to hold.
    pub is_tracked: bool,
    /// Units that could be found, back-orders included.
    pub n_found: i64,
    /// Units of them that are not there yet.
    pub n_back_ordered: i64,
    /// From where: code of the location and units.
    pub places: Vec<(String, i64)>,
    /// What to hold.
    pub legs: Vec<Leg>,
}

/// The stock room.
pub trait StockRoom: Send + Sync {
    /// Costs of the SKUs it knows.
    ///
    /// # Errors
    /// The database's.
    fn costs(
        &self,
        tx: &mut Tx<'_>,
        skus: &[&str],
    ) -> Result<BTreeMap<String, UnitCost>, PortError>;

    /// Finds units for all lines together, never more than is there; one answer a line, in their
    /// order. `country` is where they go.
    ///
    /// # Errors
    /// The database's.
    fn allocate(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        country: Option<&str>,
        asks: &[StockAsk],
    ) -> Result<Vec<StockAnswer>, PortError>;
}

/// A price that a flash sale offers somebody now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlashOffer {
    /// `fls_…`.
    pub sale: String,
    /// What.
    pub sku: String,
    /// Price of one unit, minor units.
    pub unit_price_minor: i64,
    /// Units that this customer may have now.
    pub quantity_max: i64,
}

/// Units of a flash sale that a line uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlashTaken {
    /// The line's number.
    pub line: i64,
    /// `fls_…`.
    pub sale: String,
    /// What.
    pub sku: String,
    /// How many.
    pub quantity: i64,
}

/// Who asks, for prices that depend on it.
#[derive(Debug, Clone, Copy)]
pub struct Shopper<'a> {
    /// `cus_…`, if known.
    pub customer_id: Option<&'a str>,
    /// The visitor's id, if not.
    pub anonymous_id: Option<&'a str>,
    /// What is known of the customer.
    pub traits: &'a BTreeMap<String, Value>,
}

/// Flash sales.
pub trait FlashPrices: Send + Sync {
    /// What is offered on these SKUs now.
    ///
    /// # Errors
    /// The database's.
    fn offers(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        shopper: Shopper<'_>,
        skus: &[&str],
    ) -> Result<Vec<FlashOffer>, PortError>;

    /// What to hold for units taken: of the sale's pool and of the customer's share.
    ///
    /// # Errors
    /// The database's.
    fn legs(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        shopper: Shopper<'_>,
        taken: &[FlashTaken],
    ) -> Result<Vec<Leg>, PortError>;
}

/// What a customer's points can pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointsOffer {
    /// Points that can be spent now.
    pub available: i64,
    /// Points that are spent together.
    pub step_points: i64,
    /// What one step is worth, minor units.
    pub step_minor: i64,
    /// Least points of one redemption.
    pub points_min: i64,
    /// Most of the goods that may be paid by points, basis points.
    pub payable_basis_points_max: u32,
}

/// The loyalty programme's points.
pub trait PointsWallet: Send + Sync {
    /// What the customer could pay with; none without a programme or a membership.
    ///
    /// # Errors
    /// The database's.
    fn offer(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        customer_id: &str,
    ) -> Result<Option<PointsOffer>, PortError>;

    /// What to hold for points spent.
    ///
    /// # Errors
    /// The database's.
    fn legs(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        customer_id: &str,
        points: i64,
    ) -> Result<Vec<Leg>, PortError>;
}

/// A shop that counts no stock: nothing is held, nothing is ever short.
pub struct NoStock;

impl StockRoom for NoStock {
    fn costs(&self, _: &mut Tx<'_>, _: &[&str]) -> Result<BTreeMap<String, UnitCost>, PortError> {
        Ok(BTreeMap::new())
    }

    fn allocate(
        &self,
        _: &mut Tx<'_>,
        _: Timestamp,
        _: Option<&str>,
        asks: &[StockAsk],
    ) -> Result<Vec<StockAnswer>, PortError> {
        let untracked = |ask: &StockAsk| StockAnswer {
            line: ask.line,
            is_tracked: false,
            n_found: ask.quantity,
            n_back_ordered: 0,
            places: Vec::new(),
            legs: Vec::new(),
        };
        Ok(asks.iter().map(untracked).collect())
    }
}

/// A shop without flash sales.
pub struct NoFlashSales;

impl FlashPrices for NoFlashSales {
    fn offers(
        &self,
        _: &mut Tx<'_>,
        _: Timestamp,
        _: Shopper<'_>,
        _: &[&str],
    ) -> Result<Vec<FlashOffer>, PortError> {
        Ok(Vec::new())
    }

    fn legs(
        &self,
        _: &mut Tx<'_>,
        _: Timestamp,
        _: Shopper<'_>,
        _: &[FlashTaken],
    ) -> Result<Vec<Leg>, PortError> {
        Ok(Vec::new())
    }
}

/// A shop without a loyalty programme.
pub struct NoPoints;

impl PointsWallet for NoPoints {
    fn offer(
        &self,
        _: &mut Tx<'_>,
        _: Timestamp,
        _: &str,
    ) -> Result<Option<PointsOffer>, PortError> {
        Ok(None)
    }

    fn legs(&self, _: &mut Tx<'_>, _: Timestamp, _: &str, _: i64) -> Result<Vec<Leg>, PortError> {
        Ok(Vec::new())
    }
}
