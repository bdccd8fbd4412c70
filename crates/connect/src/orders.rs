//! Orders and refunds as the shop's record answers them to others, one at a time.

use jiff::Timestamp;
use mercer_db::Tx;

use crate::cart::PortError;

/// An order as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderSnapshot {
    /// `ord_…`.
    pub id: String,
    /// The shop's own number.
    pub number: String,
    /// Code of the channel.
    pub channel: String,
    /// `cus_…`; none for a guest.
    pub customer_id: Option<String>,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// Days since 1970 in the channel's time zone.
    pub day: i32,
    /// ISO 4217 code of its amounts.
    pub currency: String,
    /// Whether it was cancelled.
    pub is_cancelled: bool,
    /// Country it goes to.
    pub country: Option<String>,
    /// Codes that were entered.
    pub discount_codes: Vec<String>,
    /// Shipping, minor units.
    pub shipping_minor: i64,
    /// What it came to, minor units.
    pub total_minor: i64,
    /// Its product lines: no fees, no shipping.
    pub lines: Vec<OrderLineSnapshot>,
}

/// A product line of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLineSnapshot {
    /// Place in the order, from 0.
    pub position: i64,
    /// `prd_…`.
    pub product_id: Option<String>,
    /// SKU.
    pub sku: String,
    /// Category of the product, if known.
    pub category: Option<String>,
    /// Whether it was given for nothing.
    pub is_gift: bool,
    /// Units sold.
    pub quantity: i64,
    /// Units that came back.
    pub refunded_quantity: i64,
    /// Price of one unit before discounts, minor units.
    pub unit_price_minor: i64,
    /// Discount of the line, minor units.
    pub discount_minor: i64,
    /// Tax of the line, minor units.
    pub tax_minor: i64,
    /// What the line came to, minor units.
    pub total_minor: i64,
}

/// A refund's part that is tied to a line of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundedLine {
    /// `ord_…`.
    pub order_id: String,
    /// The order's line.
    pub position: i64,
    /// Units that came back.
    pub quantity: i64,
    /// What was given back, minor units.
    pub amount_minor: i64,
}

/// A refund as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundSnapshot {
    /// `ref_…`.
    pub id: String,
    /// `cus_…`; none for a guest.
    pub customer_id: Option<String>,
    /// When.
    pub refunded_at: Timestamp,
    /// Its parts that are tied to an order.
    pub lines: Vec<RefundedLine>,
}

/// The shop's orders, answered by its record.
pub trait OrderBook: Send + Sync {
    /// One order; none when there is none of this id.
    ///
    /// # Errors
    /// The database's.
    fn order(&self, tx: &mut Tx<'_>, id: &str) -> Result<Option<OrderSnapshot>, PortError>;

    /// One order by its channel and number.
    ///
    /// # Errors
    /// The database's.
    fn order_by_number(
        &self,
        tx: &mut Tx<'_>,
        channel: &str,
        number: &str,
    ) -> Result<Option<OrderSnapshot>, PortError>;

    /// One refund; none when there is none of this id.
    ///
    /// # Errors
    /// The database's.
    fn refund(&self, tx: &mut Tx<'_>, id: &str) -> Result<Option<RefundSnapshot>, PortError>;

    /// Orders placed from a day on, in order of time, one after the other: `each` is called for
    /// every order that was not cancelled. For simulations over the past.
    ///
    /// # Errors
    /// The database's.
    fn for_each_order(
        &self,
        tx: &mut Tx<'_>,
        day_min: i32,
        each: &mut dyn FnMut(OrderSnapshot),
    ) -> Result<(), PortError>;
}
