//! The tables of locations, items and settings. Quantities are not here: the ledger has them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mercer_core::clock::instant_of_micros;
use mercer_core::id::{Id, LocationKind};
use mercer_db::{Row, Tx, params};
use mercer_ledger::QUANTITY_MAX;
use mercer_stock_engine::policy::Choice;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts;
use crate::error::StockError;

/// Longest SKU, code, key or name in bytes: it is part of the ledger's keys, which hold 512.
pub const N_TEXT_BYTES_MAX: usize = 200;
/// Most locations: each is asked for each line of a cart, and a chain has some hundreds.
pub const N_LOCATIONS_MAX: usize = 500;
/// Most countries of a location: there are some 250.
pub const N_COUNTRIES_MAX: usize = 300;
/// SKUs that would stand where an address has another meaning.
const RESERVED: [&str; 6] = ["movements", "counts", "allocate", "incoming", "imports", "settings"];

/// A place where stock is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Location {
    /// `loc_…`.
    pub id: String,
    /// Its code, unique.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// Countries that it serves, nearest first; empty serves all.
    pub countries: Vec<String>,
    /// The lower number sends first.
    pub priority: i64,
    /// Whether carts are served from it.
    pub is_active: bool,
}

/// What a merchant says of a location.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LocationDraft {
    /// Its code; one that is known is changed.
    #[schema(example = "main")]
    pub code: String,
    /// What people call it.
    pub name: String,
    /// Countries that it serves, nearest first; empty serves all.
    #[serde(default)]
    pub countries: Vec<String>,
    /// The lower number sends first.
    #[serde(default)]
    pub priority: i64,
    /// Whether carts are served from it.
    #[serde(default = "yes")]
    pub is_active: bool,
}

fn yes() -> bool {
    true
}

/// What is known of a SKU besides its quantities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The SKU.
    pub sku: String,
    /// Whether it is counted.
    pub is_tracked: bool,
    /// What a unit costs the shop, minor units.
    pub unit_cost_minor: Option<i64>,
    /// Lowest price of a unit, minor units.
    pub price_floor_minor: Option<i64>,
    /// Units that may be sold before they come.
    pub back_order_max: i64,
    /// `loc_…` from which they will be sent.
    pub back_order_location: Option<String>,
    /// On hand at or below this is low.
    pub low_threshold: Option<i64>,
    /// Whether it was at or below when last looked at.
    pub is_low: bool,
}

impl Item {
    /// Units that may be sold before they come, at a location.
    #[must_use]
    pub fn back_order_at(&self, location_id: &str) -> i64 {
        let is_there = self.back_order_location.as_deref() == Some(location_id);
        if is_there { self.back_order_max } else { 0 }
    }
}

/// How a cart is allocated, and which channels' orders take stock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `priority`, `nearest` or `fewest_parcels`.
    #[schema(value_type = String, example = "priority")]
    pub choice: Choice,
    /// From when on orders that came without a quote take stock, by code of the channel; null or
    /// no entry: never, so that a shop's imported past does not empty its shelves.
    #[schema(value_type = BTreeMap<String, Option<String>>)]
    #[serde(default)]
    pub takes_orders_from: BTreeMap<String, Option<Timestamp>>,
}

/// Checks a text that becomes part of keys.
pub(crate) fn check_text(field: &str, text: &str) -> Result<(), StockError> {
    if text.trim().is_empty() {
        return Err(StockError::invalid(field, format!("`{field}` is empty")));
    }
    if text.len() > N_TEXT_BYTES_MAX || text.chars().any(char::is_control) {
        let sentence = format!("`{field}` is longer than {N_TEXT_BYTES_MAX} bytes or has controls");
        return Err(StockError::invalid(field, sentence));
    }
    Ok(())
}

/// Checks a quantity that moves.
pub(crate) fn check_quantity(field: &str, quantity: i64, min: i64) -> Result<(), StockError> {
    if (min..=QUANTITY_MAX).contains(&quantity) {
        return Ok(());
    }
    let sentence = format!("`{quantity}` is no quantity: give a whole number from {min} to 2^53");
    Err(StockError::invalid(field, sentence))
}

pub(crate) fn check_sku(field: &str, sku: &str) -> Result<(), StockError> {
    check_text(field, sku)?;
    if RESERVED.contains(&sku) {
        let sentence = format!("`{sku}` cannot be a SKU here: it is part of an address");
        return Err(StockError::invalid(field, sentence));
    }
    Ok(())
}

const LOCATION_COLUMNS: &str = "id, code, name, countries, priority, is_active";

fn location_of_row(row: &Row) -> Result<Location, StockError> {
    let countries = serde_json::from_str(row.str(3))
        .map_err(|source| StockError::Broken { what: "a location's countries", source })?;
    Ok(Location {
        id: row.get(0)?,
        code: row.get(1)?,
        name: row.get(2)?,
        countries,
        priority: row.get(4)?,
        is_active: row.get(5)?,
    })
}

/// All locations, in the order of their priority.
///
/// # Errors
/// The database's.
pub fn locations(tx: &mut Tx<'_>) -> Result<Vec<Location>, StockError> {
    let sql = format!("SELECT {LOCATION_COLUMNS} FROM stock_locations ORDER BY priority, code");
    tx.fetch(&sql, params![])?.iter().map(location_of_row).collect()
}

/// The location of a code.
///
/// # Errors
/// There is none; the database's.
pub fn location(tx: &mut Tx<'_>, field: &str, code: &str) -> Result<Location, StockError> {
    let sql = format!("SELECT {LOCATION_COLUMNS} FROM stock_locations WHERE code = $1");
    let row = tx.fetch_optional(&sql, params![code])?;
    let row = row.ok_or_else(|| {
        let code: String = code.chars().take(60).collect();
        StockError::invalid(
            field,
            format!("there is no location `{code}`: make it with PUT /v1/locations"),
        )
    })?;
    location_of_row(&row)
}

/// Makes a location or changes the one of this code.
///
/// # Errors
/// A text that cannot be used, too many locations; the database's.
pub fn put_location(
    tx: &mut Tx<'_>,
    now: Timestamp,
    draft: &LocationDraft,
) -> Result<Location, StockError> {
    let LocationDraft { code, name, countries, priority, is_active } = draft;
    check_text("code", code)?;
    check_text("name", name)?;
    if countries.len() > N_COUNTRIES_MAX {
        let sentence = format!("at most {N_COUNTRIES_MAX} countries are possible");
        return Err(StockError::invalid("countries", sentence));
    }
    for (place, country) in countries.iter().enumerate() {
        check_text(&format!("countries[{place}]"), country)?;
    }
    let id = Id::<LocationKind>::derive(now, &[code]).to_string();
    tx.execute(
        "INSERT INTO stock_locations (id, code, name, countries, priority, is_active, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (code) DO UPDATE SET name = excluded.name, countries = excluded.countries,
           priority = excluded.priority, is_active = excluded.is_active,
           changed_at = excluded.changed_at",
        params![
            id,
            code,
            name,
            serde_json::json!(countries).to_string(),
            *priority,
            *is_active,
            now.as_microsecond()
        ],
    )?;
    let n: i64 = tx.fetch_value("SELECT COUNT(*) FROM stock_locations", params![])?;
    if n > N_LOCATIONS_MAX as i64 {
        let sentence = format!("a shop has at most {N_LOCATIONS_MAX} locations");
        return Err(StockError::Conflict { field: Some("code".to_owned()), sentence });
    }
    location(tx, "code", code)
}

pub(crate) const ITEM_COLUMNS: &str = "i.sku, i.is_tracked, i.unit_cost_minor, \
    i.price_floor_minor, i.back_order_max, i.back_order_location, i.low_threshold, i.is_low";

pub(crate) fn item_of_row(row: &Row) -> Result<Item, StockError> {
    Ok(Item {
        sku: row.get(0)?,
        is_tracked: row.get(1)?,
        unit_cost_minor: row.get(2)?,
        price_floor_minor: row.get(3)?,
        back_order_max: row.get(4)?,
        back_order_location: row.get(5)?,
        low_threshold: row.get(6)?,
        is_low: row.get(7)?,
    })
}

/// The item of a SKU, if there is one.
///
/// # Errors
/// The database's.
pub fn item(tx: &mut Tx<'_>, sku: &str) -> Result<Option<Item>, StockError> {
    let sql = format!("SELECT {ITEM_COLUMNS} FROM stock_items i WHERE i.sku = $1");
    tx.fetch_optional(&sql, params![sku])?.as_ref().map(item_of_row).transpose()
}

/// The item of a SKU that a request names.
///
/// # Errors
/// There is none; the database's.
pub(crate) fn known_item(tx: &mut Tx<'_>, field: &str, sku: &str) -> Result<Item, StockError> {
    item(tx, sku)?.ok_or_else(|| {
        let sku: String = sku.chars().take(60).collect();
        StockError::invalid(
            field,
            format!("there is no SKU `{sku}` in stock: add it with PUT /v1/stock/{{sku}}"),
        )
    })
}

/// Ids of the locations at which a SKU's accounts are open.
///
/// # Errors
/// The database's.
pub fn places(tx: &mut Tx<'_>, sku: &str) -> Result<Vec<String>, StockError> {
    let rows = tx.fetch(
        "SELECT location_id FROM stock_places WHERE sku = $1 ORDER BY location_id",
        params![sku],
    )?;
    rows.iter().map(|row| Ok(row.get(0)?)).collect()
}

/// Writes an item; floors of its accounts follow its back-orders.
///
/// # Errors
/// More is owed than the new back-orders allow; the database's.
pub(crate) fn put_item(tx: &mut Tx<'_>, now: Timestamp, item: &Item) -> Result<(), StockError> {
    tx.execute(
        "INSERT INTO stock_items (sku, search, is_tracked, unit_cost_minor, price_floor_minor,
           back_order_max, back_order_location, low_threshold, is_low, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9)
         ON CONFLICT (sku) DO UPDATE SET is_tracked = excluded.is_tracked,
           unit_cost_minor = excluded.unit_cost_minor,
           price_floor_minor = excluded.price_floor_minor,
           back_order_max = excluded.back_order_max,
           back_order_location = excluded.back_order_location,
           low_threshold = excluded.low_threshold, changed_at = excluded.changed_at",
        params![
            &item.sku,
            item.sku.to_lowercase(),
            item.is_tracked,
            item.unit_cost_minor,
            item.price_floor_minor,
            item.back_order_max,
            item.back_order_location.clone(),
            item.low_threshold,
            now.as_microsecond()
        ],
    )?;
    for location_id in places(tx, &item.sku)? {
        accounts::set_floor(tx, item, &location_id)?;
    }
    Ok(())
}

/// The settings.
///
/// # Errors
/// The database's.
pub fn settings(tx: &mut Tx<'_>) -> Result<Settings, StockError> {
    let choice = choice(tx)?;
    let rows = tx.fetch("SELECT channel, takes_orders_from FROM stock_channels", params![])?;
    let mut takes_orders_from = BTreeMap::new();
    for row in &rows {
        let from = row.get::<Option<i64>>(1)?.map(instant_of_micros);
        takes_orders_from.insert(row.get(0)?, from);
    }
    Ok(Settings { choice, takes_orders_from })
}

/// Which location sends.
pub(crate) fn choice(tx: &mut Tx<'_>) -> Result<Choice, StockError> {
    let row =
        tx.fetch_optional("SELECT value FROM stock_settings WHERE name = 'choice'", params![])?;
    let Some(row) = row else { return Ok(Choice::default()) };
    serde_json::from_str(row.str(0))
        .map_err(|source| StockError::Broken { what: "the policy of allocation", source })
}

/// Replaces the settings.
///
/// # Errors
/// A channel's code that cannot be used; the database's.
pub fn put_settings(tx: &mut Tx<'_>, settings: &Settings) -> Result<(), StockError> {
    let Settings { choice, takes_orders_from } = settings;
    tx.execute(
        "INSERT INTO stock_settings (name, value) VALUES ('choice', $1)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        params![serde_json::json!(choice).to_string()],
    )?;
    tx.execute("DELETE FROM stock_channels", params![])?;
    for (channel, from) in takes_orders_from {
        check_text("takes_orders_from", channel)?;
        tx.execute(
            "INSERT INTO stock_channels (channel, takes_orders_from) VALUES ($1, $2)",
            params![channel, from.map(Timestamp::as_microsecond)],
        )?;
    }
    Ok(())
}

/// Whether any channel's orders take stock.
pub(crate) fn takes_any_orders(tx: &mut Tx<'_>) -> Result<bool, StockError> {
    let row = tx.fetch_optional(
        "SELECT 1 FROM stock_channels WHERE takes_orders_from IS NOT NULL LIMIT 1",
        params![],
    )?;
    Ok(row.is_some())
}

/// From when on a channel's orders take stock.
pub(crate) fn takes_orders_from(
    tx: &mut Tx<'_>,
    channel: &str,
) -> Result<Option<Timestamp>, StockError> {
    let row = tx.fetch_optional(
        "SELECT takes_orders_from FROM stock_channels WHERE channel = $1",
        params![channel],
    )?;
    let from = row.map_or(Ok(None), |row| row.get::<Option<i64>>(0))?;
    Ok(from.map(instant_of_micros))
}
