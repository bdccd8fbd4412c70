//! Reading sales, their items and tickets.

use jiff::Timestamp;
use mercer_core::clock::instant_of_micros;
use mercer_db::{DbError, Row, Tx, params};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::FlashError;

/// Where a sale stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SaleState {
    /// Being written; sells nothing.
    Draft,
    /// Its pool is set aside; it sells within its window.
    Scheduled,
    /// Over; what was left went back.
    Ended,
}

impl SaleState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::Ended => "ended",
        }
    }

    fn parse(name: &str) -> Self {
        match name {
            "draft" => Self::Draft,
            "scheduled" => Self::Scheduled,
            _ => Self::Ended,
        }
    }
}

/// A sale as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// `fls_…`.
    pub id: String,
    /// What customers read.
    pub name: String,
    /// Where it stands.
    pub state: SaleState,
    /// From when on.
    pub starts_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
    /// Units of all its SKUs that one shopper may have.
    pub customer_units_max: Option<i64>,
    /// Codes of segments that alone may buy; none for everybody.
    pub segments: Vec<String>,
    /// Minutes of a turn in the queue.
    pub turn_minutes: i64,
    /// What it sells.
    pub items: Vec<Item>,
}

/// A SKU in a sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// What.
    #[schema(example = "85123A")]
    pub sku: String,
    /// Price of one unit in the sale, minor units.
    #[schema(example = 199)]
    pub unit_price_minor: i64,
    /// Units in the pool.
    #[schema(example = 100)]
    pub n_units: i64,
}

impl Sale {
    pub(crate) fn is_on(&self, now: Timestamp) -> bool {
        self.state == SaleState::Scheduled && self.starts_at <= now && now < self.ends_at
    }

    pub(crate) fn item(&self, sku: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.sku == sku)
    }
}

const COLUMNS: &str = "s.id, s.name, s.state, s.starts_at, s.ends_at, s.customer_units_max, \
    s.segments, s.turn_minutes";

fn sale_of_row(row: &Row) -> Result<Sale, DbError> {
    Ok(Sale {
        id: row.get(0)?,
        name: row.get(1)?,
        state: SaleState::parse(row.str(2)),
        starts_at: instant_of_micros(row.get(3)?),
        ends_at: instant_of_micros(row.get(4)?),
        customer_units_max: row.get(5)?,
        segments: row.str(6).split(',').filter(|s| !s.is_empty()).map(str::to_owned).collect(),
        turn_minutes: row.get(7)?,
        items: Vec::new(),
    })
}

fn with_items(tx: &mut Tx<'_>, mut sale: Sale) -> Result<Sale, FlashError> {
    let rows = tx.fetch(
        "SELECT sku, unit_price_minor, n_units FROM flash_items WHERE sale_id = $1 ORDER BY sku",
        params![&sale.id],
    )?;
    let items = rows.iter().map(|row| {
        Ok(Item { sku: row.get(0)?, unit_price_minor: row.get(1)?, n_units: row.get(2)? })
    });
    sale.items = items.collect::<Result<_, DbError>>()?;
    Ok(sale)
}

/// One sale with its items; `lock` keeps others from changing it until the transaction ends.
pub(crate) fn find(tx: &mut Tx<'_>, id: &str, lock: bool) -> Result<Sale, FlashError> {
    let for_update = if lock { tx.backend().for_update() } else { "" };
    let sql = format!("SELECT {COLUMNS} FROM flash_sales s WHERE s.id = $1{for_update}");
    // PostgreSQL takes no zero byte, and no id has one.
    let row = if id.contains('\0') { None } else { tx.fetch_optional(&sql, params![id])? };
    let row = row.ok_or_else(|| FlashError::Unknown { id: id.chars().take(60).collect() })?;
    let sale = sale_of_row(&row)?;
    with_items(tx, sale)
}

/// Sales, those that start last first.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    after: Option<(i64, String)>,
    n_max: usize,
) -> Result<Vec<Sale>, FlashError> {
    let mut conditions = mercer_db::Conditions::default();
    let after = after.map(|(at, id)| (mercer_db::Value::from(at), id));
    conditions.add_after(("s.starts_at", "s.id"), mercer_db::Direction::Falling, after);
    let limit = conditions.value(n_max as i64);
    let sql = format!(
        "SELECT {COLUMNS} FROM flash_sales s {} ORDER BY s.starts_at DESC, s.id DESC LIMIT {limit}",
        conditions.sql()
    );
    let rows = tx.fetch(&sql, conditions.values())?;
    let sales = rows.iter().map(sale_of_row).collect::<Result<Vec<_>, _>>()?;
    sales.into_iter().map(|sale| with_items(tx, sale)).collect()
}

/// Sales that sell one of these SKUs now, with that item.
pub(crate) fn running_with(
    tx: &mut Tx<'_>,
    now: Timestamp,
    skus: &[&str],
) -> Result<Vec<(Sale, Item)>, DbError> {
    let now = now.as_microsecond();
    // Most of the time there is no sale at all: one look at a small table tells.
    let any = tx.fetch_optional(
        "SELECT 1 FROM flash_sales WHERE state = 'scheduled' AND starts_at <= $1 AND ends_at > $1",
        params![now],
    )?;
    if any.is_none() || skus.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT {COLUMNS}, i.sku, i.unit_price_minor, i.n_units
         FROM flash_sales s JOIN flash_items i ON i.sale_id = s.id
         WHERE s.state = 'scheduled' AND s.starts_at <= $1 AND s.ends_at > $1
           AND i.sku IN ({{{{keys}}}})"
    );
    let rows = tx.fetch_by_keys(&sql, params![now], skus)?;
    let mut found = rows
        .iter()
        .map(|row| {
            let item =
                Item { sku: row.get(8)?, unit_price_minor: row.get(9)?, n_units: row.get(10)? };
            Ok((sale_of_row(row)?, item))
        })
        .collect::<Result<Vec<_>, DbError>>()?;
    found.sort_by(|a, b| (&a.1.sku, &a.0.id).cmp(&(&b.1.sku, &b.0.id)));
    found.dedup();
    Ok(found)
}

/// Where a place in a queue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TicketState {
    /// Others come first.
    Waiting,
    /// The units are set aside for this shopper until the turn is over.
    Turn,
    /// The turn was used for a cart.
    Used,
    /// The turn was over before it was used, or the sale was.
    Missed,
    /// The shopper left.
    Left,
}

impl TicketState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Turn => "turn",
            Self::Used => "used",
            Self::Missed => "missed",
            Self::Left => "left",
        }
    }

    fn parse(name: &str) -> Self {
        match name {
            "waiting" => Self::Waiting,
            "turn" => Self::Turn,
            "used" => Self::Used,
            "missed" => Self::Missed,
            _ => Self::Left,
        }
    }
}

/// A place in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub ticket: i64,
    pub sku: String,
    pub shopper: String,
    pub quantity: i64,
    pub state: TicketState,
    pub hold_id: Option<String>,
    pub turn_until: Option<Timestamp>,
}

pub(crate) const TICKET_COLUMNS: &str =
    "ticket, sku, shopper, quantity, state, hold_id, turn_until";

pub(crate) fn ticket_of_row(row: &Row) -> Result<Ticket, DbError> {
    Ok(Ticket {
        ticket: row.get(0)?,
        sku: row.get(1)?,
        shopper: row.get(2)?,
        quantity: row.get(3)?,
        state: TicketState::parse(row.str(4)),
        hold_id: row.get(5)?,
        turn_until: row.get::<Option<i64>>(6)?.map(instant_of_micros),
    })
}
