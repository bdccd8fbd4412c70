//! From rows and balances to the engine's input.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use mercer_db::{Tx, params};
use mercer_ledger::read::balances;
use mercer_stock_engine::input::{Ask, Input, Item, Location, Place};

use crate::accounts;
use crate::error::StockError;
use crate::store;

/// What a cart asks, with what is there for it.
pub(crate) struct Gathered {
    pub input: Input,
    /// Ids of the locations by their codes.
    pub location_ids: HashMap<String, String>,
}

/// Everything that the engine must know of a cart's SKUs. Inactive locations are left out.
pub(crate) fn gather(
    tx: &mut Tx<'_>,
    now: Timestamp,
    country: Option<&str>,
    asks: Vec<Ask>,
) -> Result<Gathered, StockError> {
    let locations: Vec<store::Location> =
        store::locations(tx)?.into_iter().filter(|location| location.is_active).collect();
    let skus: BTreeSet<&str> = asks.iter().map(|ask| ask.sku.as_str()).collect();
    let items = items(tx, now, &locations, &skus.into_iter().collect::<Vec<_>>())?;
    let location_ids =
        locations.iter().map(|location| (location.code.clone(), location.id.clone())).collect();
    let input = Input {
        country: country.map(str::to_owned),
        asks,
        locations: locations
            .into_iter()
            .map(|location| Location {
                code: location.code,
                priority: location.priority,
                countries: location.countries,
            })
            .collect(),
        items,
    };
    Ok(Gathered { input, location_ids })
}

fn items(
    tx: &mut Tx<'_>,
    now: Timestamp,
    locations: &[store::Location],
    skus: &[&str],
) -> Result<Vec<Item>, StockError> {
    if skus.is_empty() {
        return Ok(Vec::new());
    }
    let rows = tx.fetch_by_keys(
        "SELECT i.sku, i.is_tracked, i.back_order_max, i.back_order_location, p.location_id
         FROM stock_items i LEFT JOIN stock_places p ON p.sku = i.sku
         WHERE i.sku IN ({{keys}})",
        params![],
        skus,
    )?;
    let codes: HashMap<&str, &str> =
        locations.iter().map(|location| (location.id.as_str(), location.code.as_str())).collect();
    let mut items: BTreeMap<String, Item> = BTreeMap::new();
    let (mut keys, mut at) = (Vec::new(), Vec::new());
    for row in &rows {
        let sku: String = row.get(0)?;
        let is_tracked: bool = row.get(1)?;
        let item = items.entry(sku.clone()).or_insert_with(|| Item {
            sku: sku.clone(),
            is_tracked,
            places: Vec::new(),
        });
        let Some(location_id) = row.get::<Option<String>>(4)? else { continue };
        let Some(code) = codes.get(location_id.as_str()).filter(|_| is_tracked) else { continue };
        let is_back_order = row.get::<Option<String>>(3)?.as_ref() == Some(&location_id);
        let back_order_max = if is_back_order { row.get::<i64>(2)? } else { 0 };
        keys.push(accounts::available(&sku, &location_id));
        at.push((sku, item.places.len(), back_order_max));
        item.places.push(Place { location: (*code).to_owned(), available: 0, back_order: 0 });
    }
    for ((sku, place, back_order_max), balance) in at.into_iter().zip(balances(tx, now, &keys)?) {
        // The ledger counts back-orders as available; here they are told apart.
        let there = (balance.available - back_order_max).max(0);
        let Some(item) = items.get_mut(&sku) else { continue };
        item.places[place].available = there;
        item.places[place].back_order = (balance.available - there).max(0);
    }
    Ok(items.into_values().collect())
}
