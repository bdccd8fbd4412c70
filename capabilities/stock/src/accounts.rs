//! Which ledger accounts count a SKU at a location.
//!
//! The unit is the SKU, the owner the location. What can be sold is `available`, with the held twin
//! that the ledger keeps; what is on its way is `incoming`. Outside the shop stand the accounts that
//! say where units came from or went.

use jiff::Timestamp;
use mercer_db::{Tx, params};
use mercer_ledger::account::{AccountKey, NewAccount, open};

use crate::error::StockError;
use crate::store::{Item, Location};

/// Role of units that can be sold.
pub const AVAILABLE: &str = "available";
/// Role of units that are on their way.
pub const INCOMING: &str = "incoming";
/// Outside accounts, by where units come from or go.
pub const WORLD_ROLES: [&str; 6] =
    ["received", "sold", "returned", "damaged", "counted", "ordered"];

/// What a SKU is called in the ledger.
#[must_use]
pub fn unit(sku: &str) -> String {
    format!("stock:{sku}")
}

/// Units that can be sold, at a location.
#[must_use]
pub fn available(sku: &str, location_id: &str) -> AccountKey {
    AccountKey::new(&unit(sku), location_id, AVAILABLE)
}

/// Units on their way to a location.
#[must_use]
pub fn incoming(sku: &str, location_id: &str) -> AccountKey {
    AccountKey::new(&unit(sku), location_id, INCOMING)
}

/// Where units come from or go, outside the shop.
#[must_use]
pub fn world(sku: &str, role: &str) -> AccountKey {
    AccountKey::world(&unit(sku), role)
}

/// Opens a SKU's accounts at a location, unless they are open; back-orders are its floor.
///
/// # Errors
/// More is owed already than a new floor allows; the database's.
pub(crate) fn open_at(
    tx: &mut Tx<'_>,
    now: Timestamp,
    item: &Item,
    location: &Location,
) -> Result<(), StockError> {
    let n = tx.execute(
        "INSERT INTO stock_places (sku, location_id, opened_at) VALUES ($1, $2, $3)
         ON CONFLICT DO NOTHING",
        params![&item.sku, &location.id, now.as_microsecond()],
    )?;
    if n > 0 {
        set_floor(tx, item, &location.id)?;
    }
    Ok(())
}

/// Brings the floor of a SKU at a location in line with its back-orders.
///
/// # Errors
/// More is owed already than the floor allows; the database's.
pub(crate) fn set_floor(tx: &mut Tx<'_>, item: &Item, location_id: &str) -> Result<(), StockError> {
    let mut accounts = vec![
        NewAccount {
            key: available(&item.sku, location_id),
            floor: -item.back_order_at(location_id),
        },
        NewAccount::counted(incoming(&item.sku, location_id)),
    ];
    accounts.extend(WORLD_ROLES.map(|role| NewAccount::counted(world(&item.sku, role))));
    Ok(open(tx, &accounts)?)
}
