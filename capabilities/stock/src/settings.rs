//! What a merchant says of a SKU: whether it is counted, its cost, its lowest price, back-orders.

use jiff::Timestamp;
use mercer_db::Tx;
use mercer_ledger::{LedgerError, QUANTITY_MAX};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::StockError;
use crate::store::{self, Item, check_sku};
use crate::{accounts, levels};

/// Settings of a SKU; what is left out is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemSettings {
    /// Whether it is counted; a SKU that is not is never short.
    #[serde(default = "yes")]
    pub is_tracked: bool,
    /// What a unit costs the shop, in minor units of the shop's currency.
    #[serde(default)]
    pub unit_cost_minor: Option<i64>,
    /// Lowest price of a unit, in minor units of the shop's currency.
    #[serde(default)]
    pub price_floor_minor: Option<i64>,
    /// Whether it may be sold before it comes; none when it may not.
    #[serde(default)]
    pub back_order: Option<BackOrder>,
    /// On hand at or below this is low; none when nobody is to be told.
    #[serde(default)]
    pub low_threshold: Option<i64>,
    /// Codes of locations at which it is opened; those where it is open stay so.
    #[serde(default)]
    pub locations: Vec<String>,
}

fn yes() -> bool {
    true
}

/// How many units may be sold before they come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BackOrder {
    /// Units, from 1 on.
    pub quantity_max: i64,
    /// Code of the location from which they will be sent.
    pub location: String,
}

/// Writes a SKU's settings; the SKU is added when it is new.
///
/// # Errors
/// A value that cannot be used, an unknown location, back-orders below what is owed already; the
/// database's.
pub fn put(
    tx: &mut Tx<'_>,
    now: Timestamp,
    sku: &str,
    settings: &ItemSettings,
) -> Result<(), StockError> {
    let ItemSettings {
        is_tracked,
        unit_cost_minor,
        price_floor_minor,
        back_order,
        low_threshold,
        locations,
    } = settings;
    check_sku("sku", sku)?;
    for (field, value) in [
        ("unit_cost_minor", unit_cost_minor),
        ("price_floor_minor", price_floor_minor),
        ("low_threshold", low_threshold),
    ] {
        let is_fine = value.is_none_or(|value| (0..=QUANTITY_MAX).contains(&value));
        if !is_fine {
            let sentence = format!("`{field}` is below nothing or too large");
            return Err(StockError::invalid(field, sentence));
        }
    }
    let mut opened = Vec::with_capacity(locations.len() + 1);
    for (place, code) in locations.iter().enumerate() {
        opened.push(store::location(tx, &format!("locations[{place}]"), code)?);
    }
    let mut back_order_location = None;
    if let Some(BackOrder { quantity_max, location }) = back_order {
        store::check_quantity("back_order.quantity_max", *quantity_max, 1)?;
        let at = store::location(tx, "back_order.location", location)?;
        back_order_location = Some(at.id.clone());
        opened.push(at);
    }
    let item = Item {
        sku: sku.to_owned(),
        is_tracked: *is_tracked,
        unit_cost_minor: *unit_cost_minor,
        price_floor_minor: *price_floor_minor,
        back_order_max: back_order.as_ref().map_or(0, |allowed| allowed.quantity_max),
        back_order_location,
        low_threshold: *low_threshold,
        is_low: false,
    };
    write(tx, now, &item)?;
    for location in &opened {
        accounts::open_at(tx, now, &item, location)?;
    }
    let facts = levels::crossings(tx, now, &[sku])?;
    Ok(mercer_facts::append(tx, now, &facts)?)
}

/// Writes an item, and says in a sentence why its back-orders cannot shrink.
pub(crate) fn write(tx: &mut Tx<'_>, now: Timestamp, item: &Item) -> Result<(), StockError> {
    store::put_item(tx, now, item).map_err(|error| match error {
        StockError::Ledger(LedgerError::NotOpened { .. }) => StockError::Conflict {
            field: Some("back_order".to_owned()),
            sentence: format!(
                "more units of `{}` are owed to customers already than these back-orders allow: \
                 receive them first",
                item.sku
            ),
        },
        other => other,
    })
}
