//! What the shop's record answers to other capabilities: who bought what, when.
//!
//! A columnar picture of all sales, small enough to hold (24 bytes a line), read in one
//! transaction. Capabilities turn it into their engine's input; none of them sees a table of the
//! record.

use std::sync::Arc;

use jiff::civil::Date;
use mercer_engine_kit::money::Currency;

/// A product in [`SalesHistory`]; its place in the list is its number there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductRef {
    /// TypeID (`prd_…`).
    pub id: String,
    /// SKU of its first variant.
    pub sku: String,
    /// What the shop calls it.
    pub title: String,
    /// Latest unit price in minor units, 0 when unknown.
    pub price_minor: i64,
}

/// A customer in [`SalesHistory`]; the place in the list is the number there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerRef {
    /// TypeID (`cus_…`).
    pub id: String,
    /// The shop's own id, for people.
    pub external_id: String,
    /// Name, if known.
    pub name: Option<String>,
    /// Orders less refunds, minor units.
    pub value_minor: i64,
}

/// An order that was not cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderRef {
    /// Index into `customers`; none for a guest.
    pub customer: Option<u32>,
    /// Microseconds since 1970, UTC.
    pub placed_at: i64,
    /// Days since 1970 in the shop's time zone.
    pub day: i32,
    /// Total less what was refunded on it, minor units.
    pub net_minor: i64,
    /// First of its lines in `lines`; they end where the next order's begin.
    pub first_line: u32,
}

/// A product line (item, not gift or fee) of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineRef {
    /// Index into `products`.
    pub product: u32,
    /// Units sold, refunded ones included.
    pub quantity: i32,
    /// Units of it that came back.
    pub refunded_quantity: i32,
    /// What the line came to, minor units.
    pub total_minor: i64,
}

/// All sales, in order of `placed_at`, then order id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesHistory {
    /// Products by number.
    pub products: Vec<ProductRef>,
    /// Customers by number.
    pub customers: Vec<CustomerRef>,
    /// Orders in time order.
    pub orders: Vec<OrderRef>,
    /// Lines, grouped by order.
    pub lines: Vec<LineRef>,
    /// The shop's main currency.
    pub currency: Currency,
    /// Day of the last order in the shop's time zone; none without orders.
    pub last_day: Option<Date>,
    /// The last fact contained: decisions are based on it.
    pub fact_sequence: i64,
}

impl SalesHistory {
    /// The lines of the order at this index.
    #[must_use]
    pub fn lines_of(&self, order: usize) -> &[LineRef] {
        let first = self.orders[order].first_line as usize;
        let end = self.orders.get(order + 1).map_or(self.lines.len(), |o| o.first_line as usize);
        &self.lines[first..end]
    }
}

/// The sales of one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductSales {
    /// Which.
    pub product: ProductRef,
    /// Day (days since 1970) and units sold less those that came back, in time order.
    pub units_by_day: Vec<(i32, i32)>,
}

/// What one customer bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerSales {
    /// Who.
    pub customer: CustomerRef,
    /// Product id, orders that contained it, day of the last of them.
    pub bought: Vec<(String, u32, i32)>,
}

/// Something that is computed anew from the whole history after it changed.
pub trait Recompute: Send + Sync {
    /// Its name in logs.
    fn name(&self) -> &'static str;

    /// Computes and stores it; a sentence about what came out.
    ///
    /// # Errors
    /// The database's.
    fn recompute(&self, history: &SalesHistory) -> Result<String, HistoryError>;
}

/// Why the history could not be read; the record's own error is the source.
pub type HistoryError = Box<dyn std::error::Error + Send + Sync>;

/// The port through which capabilities read sales.
pub trait SalesReader: Send + Sync {
    /// All sales as one consistent picture.
    ///
    /// # Errors
    /// The database is away.
    fn read_sales(&self) -> Result<Arc<SalesHistory>, HistoryError>;

    /// The sales of one product, found by its id or a SKU; none when there is no such product.
    ///
    /// # Errors
    /// The database is away.
    fn read_product(&self, id_or_sku: &str) -> Result<Option<ProductSales>, HistoryError>;

    /// What a customer bought, found by id or the shop's own id; none when there is no such
    /// customer.
    ///
    /// # Errors
    /// The database is away.
    fn read_customer(&self, id: &str) -> Result<Option<CustomerSales>, HistoryError>;
}
