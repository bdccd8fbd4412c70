//! What a source of orders hands in: drafts that the shop's record keeps.
//!
//! A draft is complete by itself: the record never asks the source again. Amounts are exact
//! minor units; the source has rounded them once, line by line.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mercer_engine_kit::money::Currency;
use serde::{Deserialize, Serialize};

/// Longest text that a draft's name, title or note may have, in bytes: more is a broken file.
pub const N_TEXT_BYTES_MAX: usize = 4_096;
/// Longest text that names something (a number, SKU, customer id, country), in bytes: PostgreSQL's
/// indexes hold 2,704 bytes, the channel's id among them.
pub const N_KEY_BYTES_MAX: usize = 2_000;
/// Most lines of one order: ten times the largest order of the wholesale year that we test on.
pub const N_LINES_MAX: usize = 10_000;

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Paid or to be paid, not yet sent.
    Open,
    /// Sent or handed over.
    Fulfilled,
    /// Will not be sent.
    Cancelled,
}

impl OrderStatus {
    /// The name in SQL and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Fulfilled => "fulfilled",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What a line of an order or refund is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// A product sold.
    Item,
    /// A product given for nothing.
    Gift,
    /// Postage and carriage.
    Shipping,
    /// A fee or a manual booking that is no product.
    Fee,
    /// Money off the order that no line carries.
    Discount,
}

impl LineKind {
    /// The name in SQL and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Item => "item",
            Self::Gift => "gift",
            Self::Shipping => "shipping",
            Self::Fee => "fee",
            Self::Discount => "discount",
        }
    }

    /// Whether the line is of a product (an item or a gift).
    #[must_use]
    pub fn is_product(self) -> bool {
        matches!(self, Self::Item | Self::Gift)
    }
}

/// A customer as the source knows them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CustomerDraft {
    /// The source's own id or, lacking one, the e-mail address in lower case. Unique in its
    /// channel.
    pub external_id: String,
    /// E-mail address.
    pub email: Option<String>,
    /// Full name.
    pub name: Option<String>,
    /// ISO 3166 code or the source's own country name.
    pub country: Option<String>,
}

/// A product with one or more variants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductDraft {
    /// The source's own product id; a shop without one uses the SKU. Unique in its channel.
    pub external_id: String,
    /// What the shop calls it.
    pub title: String,
    /// Category or product type, if told.
    #[serde(default)]
    pub category: Option<String>,
    /// Its variants; a product without choices has one with the product's SKU. Never empty.
    pub variants: Vec<VariantDraft>,
}

/// One sellable variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VariantDraft {
    /// Stock-keeping unit, unique in its channel.
    pub sku: String,
    /// What tells it from its siblings ("red, L"), if anything.
    #[serde(default)]
    pub title: Option<String>,
    /// Latest price known, in minor units of the channel's currency.
    #[serde(default)]
    pub price_minor: Option<i64>,
}

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineDraft {
    /// What the line is.
    pub kind: LineKind,
    /// SKU for products; the fee's code otherwise.
    pub sku: String,
    /// As printed on the order.
    pub title: String,
    /// Units; above zero.
    pub quantity: i64,
    /// Price of one unit before discount, in minor units (rounded for show; the total counts).
    pub unit_price_minor: i64,
    /// Discount given on this line, zero or above.
    #[serde(default)]
    pub discount_minor: i64,
    /// Tax of this line (contained in or on top of the total as the channel does), zero or above.
    #[serde(default)]
    pub tax_minor: i64,
    /// What the line came to: quantity × unit price − discount, rounded once. Negative for a
    /// discount line.
    pub total_minor: i64,
}

/// An order with all its lines.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderDraft {
    /// Code of the channel it was sold through. Created when new.
    pub channel: String,
    /// The source's order number, unique in its channel.
    pub number: String,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// Currency of every amount in it.
    pub currency: Currency,
    /// Where it stands.
    pub status: OrderStatus,
    /// Who bought; none for a guest.
    #[serde(default)]
    pub customer: Option<CustomerDraft>,
    /// Country it went to.
    #[serde(default)]
    pub country: Option<String>,
    /// Coupon codes used.
    #[serde(default)]
    pub discount_codes: Vec<String>,
    /// Discount of the order that no line carries, zero or above.
    #[serde(default)]
    pub discount_minor: i64,
    /// Shipping that no line carries.
    #[serde(default)]
    pub shipping_minor: i64,
    /// Tax added on top of the lines (zero where prices contain it).
    #[serde(default)]
    pub tax_minor: i64,
    /// Lines in order; at least one.
    pub lines: Vec<LineDraft>,
}

impl OrderDraft {
    /// What the order came to: lines − order discount + order shipping + tax on top.
    #[must_use]
    pub fn total_minor(&self) -> i64 {
        self.lines.iter().map(|line| line.total_minor).sum::<i64>() - self.discount_minor
            + self.shipping_minor
            + self.tax_minor
    }
}

/// One line of a refund.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundLineDraft {
    /// What the line is.
    pub kind: LineKind,
    /// SKU for products; the fee's code otherwise.
    pub sku: String,
    /// As printed.
    pub title: String,
    /// Units that came back, zero or above.
    pub quantity: i64,
    /// Price of one unit on the refund, to find the purchase it belongs to.
    pub unit_price_minor: i64,
    /// Money given back by this line; negative when the shop took money (a correction).
    pub amount_minor: i64,
}

/// Money given back.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundDraft {
    /// Code of the channel.
    pub channel: String,
    /// The source's refund number, unique in its channel.
    pub number: String,
    /// The order it belongs to, where the source says; otherwise the record looks for the
    /// customer's earlier purchase.
    #[serde(default)]
    pub order_number: Option<String>,
    /// When it was given.
    pub refunded_at: Timestamp,
    /// Currency of every amount in it.
    pub currency: Currency,
    /// Who got it; none for a guest.
    #[serde(default)]
    pub customer: Option<CustomerDraft>,
    /// What came back; at least one line.
    pub lines: Vec<RefundLineDraft>,
}

/// What an adjustment corrects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdjustmentKind {
    /// Stock found, lost, damaged or counted: units without money.
    Stock,
    /// Money without goods or customer, such as a bad debt.
    Books,
}

impl AdjustmentKind {
    /// The name in SQL and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stock => "stock",
            Self::Books => "books",
        }
    }
}

/// A correction that is neither a sale nor a refund.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdjustmentDraft {
    /// Code of the channel.
    pub channel: String,
    /// The source's document number.
    pub number: String,
    /// Place within the document, from 0; unique with the number.
    pub position: i64,
    /// What is corrected.
    pub kind: AdjustmentKind,
    /// SKU, for stock.
    pub sku: String,
    /// Units added (positive) or taken (negative).
    pub quantity: i64,
    /// Money added or taken, in minor units.
    pub amount_minor: i64,
    /// Currency of the amount.
    pub currency: Currency,
    /// Reason in one word, from the note: `damaged`, `lost`, `found`, `counted`, `sample`,
    /// `unknown`, `bad_debt`.
    pub reason: String,
    /// The note as written.
    pub note: String,
    /// When.
    pub adjusted_at: Timestamp,
}

/// One thing from a source.
#[derive(Debug, Clone, PartialEq)]
pub enum SourceItem {
    /// A product, given before the first order that has it.
    Product(ProductDraft),
    /// An order with all its lines.
    Order(OrderDraft),
    /// A refund.
    Refund(RefundDraft),
    /// A correction.
    Adjustment(AdjustmentDraft),
}

/// What a source has read so far. `rows_read = rows_kept + rows_rejected + rows_duplicate` once
/// it is at its end; the same holds for the money.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceTally {
    /// Data rows read, the header not counted.
    pub rows_read: u64,
    /// Rows that became part of an item.
    pub rows_kept: u64,
    /// Rows put into the rejects file.
    pub rows_rejected: u64,
    /// Rows equal in every column to one before, left out.
    pub rows_duplicate: u64,
    /// Bytes of the file read, compressed as they stand.
    pub bytes_read: u64,
    /// Size of the file in bytes, 0 when unknown.
    pub bytes_total: u64,
    /// Money of kept rows by where it went (`items`, `shipping`, `fees`, `discounts`, `refunds`,
    /// `books`), of duplicates (`duplicates`), in minor units.
    pub money_minor: BTreeMap<String, i64>,
    /// Things the merchant should know: "14 rows were read as Windows-1252".
    pub notices: Vec<String>,
}

/// Why a source cannot go on. Bad rows are not errors: they go to the rejects.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file as a whole cannot be used; the sentence says what to do.
    #[error("{message}")]
    Unusable {
        /// What is wrong, where, and what to do.
        message: String,
    },
    /// Reading or writing failed.
    #[error("cannot read {what}")]
    Io {
        /// The file or stream.
        what: String,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
}

/// A source of orders: a file, a shop's API, the simulator.
pub trait OrderSource: Send {
    /// Up to about `n_max` further items, in an order in which each can be kept; `None` at the
    /// end. Products come before orders that have them, orders before their refunds.
    ///
    /// # Errors
    /// Only when the source as a whole cannot go on.
    fn next_items(&mut self, n_max: usize) -> Result<Option<Vec<SourceItem>>, SourceError>;

    /// What has been read so far.
    fn tally(&self) -> SourceTally;
}
