//! What is told of stock: the list, and one SKU with its locations and lots.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mercer_db::{Conditions, DbError, Direction, Row, Tx, params};
use mercer_http::page::Keyed;
use mercer_ledger::read::{balances, lots};
use serde::Serialize;
use utoipa::ToSchema;

use crate::accounts;
use crate::error::StockError;
use crate::movements::Level;
use crate::settings::BackOrder;
use crate::store::{self, ITEM_COLUMNS, Item, Location, item_of_row};

/// Lots shown of a SKU at a location: more is a history, which the movements have.
pub const N_LOTS_MAX: usize = 200;

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StockRow {
    /// The SKU.
    pub sku: String,
    /// Whether it is counted.
    pub is_tracked: bool,
    /// Units in the shop, held or not; below nothing units are owed to customers.
    pub on_hand: i64,
    /// Units of them that are held for customers.
    pub held: i64,
    /// Units that can be sold now, without back-orders.
    pub available: i64,
    /// Units that are expected from suppliers.
    pub incoming: i64,
    /// What a unit costs the shop, minor units.
    pub unit_cost_minor: Option<i64>,
    /// Lowest price of a unit, minor units.
    pub price_floor_minor: Option<i64>,
    /// On hand at or below this is low.
    pub low_threshold: Option<i64>,
    /// Whether it is low, over all locations.
    pub is_low: bool,
}

/// One SKU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StockView {
    /// What the list shows, over all locations.
    #[serde(flatten)]
    pub row: StockRow,
    /// Whether it may be sold before it comes.
    pub back_order: Option<BackOrder>,
    /// By location.
    pub places: Vec<PlaceView>,
}

/// A SKU at a location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlaceView {
    /// What it has.
    #[serde(flatten)]
    pub level: Level,
    /// Units that are expected.
    pub incoming: i64,
    /// Units that may still be sold before they come.
    pub back_order_left: i64,
    /// Lots that nobody holds, in the order in which they are taken; at most 200.
    pub lots: Vec<LotView>,
}

/// Units that came together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LotView {
    /// Where they came from; `debt` for units that are owed.
    pub origin: String,
    /// How many are left.
    pub quantity: i64,
    /// When they came.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
}

/// Which SKUs a list has.
#[derive(Debug, Clone, Default)]
pub struct StockFilter {
    /// Words in the SKU.
    pub text: Option<String>,
    /// Code of a location: SKUs that are open there, with what is there.
    pub location: Option<String>,
    /// Only those at or below their threshold.
    pub is_low: bool,
    /// The last SKU seen.
    pub after: Option<String>,
}

/// SKUs by name, with what there is of them.
///
/// # Errors
/// An unknown location; the database's.
pub fn list(
    tx: &mut Tx<'_>,
    now: Timestamp,
    filter: &StockFilter,
    n_max: usize,
) -> Result<Vec<Keyed<String, StockRow>>, StockError> {
    let at = match &filter.location {
        Some(code) => Some(store::location(tx, "location", code)?),
        None => None,
    };
    let conditions = conditions(filter, at.as_ref());
    let sql = format!(
        "SELECT {ITEM_COLUMNS} FROM stock_items i {} ORDER BY i.sku LIMIT {n_max}",
        conditions.sql()
    );
    let items: Vec<Item> =
        tx.fetch(&sql, conditions.values())?.iter().map(item_of_row).collect::<Result<_, _>>()?;
    let rows = rows_of(tx, now, &items, at.as_ref())?;
    Ok(rows.into_iter().map(|row| ((row.sku.clone(), row.sku.clone()), row)).collect())
}

/// How many SKUs a list has.
///
/// # Errors
/// As [`list`].
pub fn count(tx: &mut Tx<'_>, filter: &StockFilter) -> Result<i64, StockError> {
    let at = match &filter.location {
        Some(code) => Some(store::location(tx, "location", code)?),
        None => None,
    };
    let conditions = conditions(&StockFilter { after: None, ..filter.clone() }, at.as_ref());
    let sql = format!("SELECT COUNT(*) FROM stock_items i {}", conditions.sql());
    Ok(tx.fetch_value(&sql, conditions.values())?)
}

fn conditions(filter: &StockFilter, at: Option<&Location>) -> Conditions {
    let mut conditions = Conditions::default();
    conditions.add_search("i.search", filter.text.as_deref());
    if filter.is_low {
        conditions.add_plain("i.is_low = 1");
    }
    conditions.add_optional(
        "EXISTS (SELECT 1 FROM stock_places p WHERE p.sku = i.sku AND p.location_id = ?)",
        at.map(|at| at.id.clone()),
    );
    let after = filter.after.clone().map(|sku| (sku.clone(), sku));
    conditions.add_after(("i.sku", "i.sku"), Direction::Rising, after);
    conditions
}

fn rows_of(
    tx: &mut Tx<'_>,
    now: Timestamp,
    items: &[Item],
    at: Option<&Location>,
) -> Result<Vec<StockRow>, StockError> {
    let mut rows: BTreeMap<&str, StockRow> =
        items.iter().map(|item| (item.sku.as_str(), empty_row(item))).collect();
    let skus: Vec<&str> = rows.keys().copied().collect();
    if skus.is_empty() {
        return Ok(Vec::new());
    }
    let places = tx.fetch_by_keys(
        "SELECT sku, location_id FROM stock_places WHERE sku IN ({{keys}})",
        params![],
        &skus,
    )?;
    let places: Vec<&Row> =
        places.iter().filter(|row| at.is_none_or(|at| at.id == row.str(1))).collect();
    let keys: Vec<_> = places
        .iter()
        .flat_map(|row| {
            let (sku, location) = (row.str(0), row.str(1));
            [accounts::available(sku, location), accounts::incoming(sku, location)]
        })
        .collect();
    let found = balances(tx, now, &keys)?;
    for (place, pair) in places.iter().zip(found.chunks(2)) {
        let item = items.iter().find(|item| item.sku == place.str(0));
        let (Some(item), Some(row), [here, coming]) = (item, rows.get_mut(place.str(0)), pair)
        else {
            continue;
        };
        let level = Level::of("", here, item.back_order_at(place.str(1)));
        row.on_hand += level.on_hand;
        row.held += level.held;
        row.available += level.available;
        row.incoming += coming.balance;
    }
    Ok(rows.into_values().collect())
}

fn empty_row(item: &Item) -> StockRow {
    StockRow {
        sku: item.sku.clone(),
        is_tracked: item.is_tracked,
        on_hand: 0,
        held: 0,
        available: 0,
        incoming: 0,
        unit_cost_minor: item.unit_cost_minor,
        price_floor_minor: item.price_floor_minor,
        low_threshold: item.low_threshold,
        is_low: item.is_low,
    }
}

/// One SKU by location, with its lots.
///
/// # Errors
/// There is no such SKU; the database's.
pub fn find(tx: &mut Tx<'_>, now: Timestamp, sku: &str) -> Result<StockView, StockError> {
    let unknown = || StockError::Unknown { what: "SKU in stock", id: sku.to_owned() };
    let item = store::item(tx, sku)?.ok_or_else(unknown)?;
    let row = rows_of(tx, now, std::slice::from_ref(&item), None)?
        .pop()
        .unwrap_or_else(|| empty_row(&item));
    let open = store::places(tx, sku)?;
    let locations = store::locations(tx)?;
    let mut places = Vec::with_capacity(open.len());
    for location in locations.iter().filter(|location| open.contains(&location.id)) {
        places.push(place_view(tx, now, &item, location)?);
    }
    let back_order = locations
        .iter()
        .find(|location| Some(&location.id) == item.back_order_location.as_ref())
        .filter(|_| item.back_order_max > 0)
        .map(|location| BackOrder {
            quantity_max: item.back_order_max,
            location: location.code.clone(),
        });
    Ok(StockView { row, back_order, places })
}

fn place_view(
    tx: &mut Tx<'_>,
    now: Timestamp,
    item: &Item,
    location: &Location,
) -> Result<PlaceView, StockError> {
    let here = accounts::available(&item.sku, &location.id);
    let coming = accounts::incoming(&item.sku, &location.id);
    let lots = lots(tx, &here)?.into_iter().take(N_LOTS_MAX).map(|lot| LotView {
        origin: lot.origin,
        quantity: lot.quantity,
        since: lot.created_at,
    });
    let lots = lots.collect();
    let found = balances(tx, now, &[here, coming])?;
    let [here, coming] = found.as_slice() else {
        return Err(StockError::Db(DbError::NoRow));
    };
    let back_order_max = item.back_order_at(&location.id);
    let level = Level::of(&location.code, here, back_order_max);
    let back_order_left = (here.available - level.available).max(0);
    Ok(PlaceView { level, incoming: coming.balance, back_order_left, lots })
}
