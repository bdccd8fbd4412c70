//! What a sale offers a shopper now, and what a cart holds of it: the port `FlashPrices`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mercer_connect::cart::{FlashOffer, FlashPrices, FlashTaken, PortError, Shopper};
use mercer_db::{Tx, params};
use mercer_ledger::LedgerError;
use mercer_ledger::account::{AccountKey, NewAccount, open};
use mercer_ledger::read::balances;
use mercer_ledger::transfer::{Leg, Lots, NewLot, Transfer, transfer};

use crate::store::{self, Sale};
use crate::{FlashError, FlashSales, accounts, queue};

/// How a shopper is named in shares and queues; nobody without any id.
pub(crate) fn name_of(shopper: Shopper<'_>) -> Option<String> {
    match (shopper.customer_id, shopper.anonymous_id) {
        (Some(customer), _) => Some(customer.to_owned()),
        (None, Some(visitor)) => Some(format!("visitor:{visitor}")),
        (None, None) => None,
    }
}

/// Whether a sale is for this shopper.
fn is_for(sale: &Sale, shopper: Shopper<'_>) -> bool {
    sale.segments.is_empty()
        || shopper
            .traits
            .get("segment")
            .and_then(serde_json::Value::as_str)
            .is_some_and(|segment| sale.segments.iter().any(|code| code == segment))
}

/// What is left of a shopper's share of a sale; none without a cap.
fn share_left(
    tx: &mut Tx<'_>,
    now: Timestamp,
    sale: &Sale,
    shopper: &str,
) -> Result<Option<i64>, FlashError> {
    let Some(max) = sale.customer_units_max else { return Ok(None) };
    let key = accounts::share(&sale.id, shopper);
    let is_open =
        tx.fetch_optional("SELECT 1 FROM ledger_accounts WHERE id = $1", params![key.id()])?;
    if is_open.is_none() {
        return Ok(Some(max));
    }
    let left = balances(tx, now, &[key])?;
    Ok(left.first().map(|left| left.available))
}

impl FlashPrices for FlashSales {
    fn offers(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        shopper: Shopper<'_>,
        skus: &[&str],
    ) -> Result<Vec<FlashOffer>, PortError> {
        let running = store::running_with(tx, now, skus)?;
        let name = name_of(shopper);
        let mut offers = Vec::new();
        for (sale, item) in running.into_iter().filter(|(sale, _)| is_for(sale, shopper)) {
            // A cap needs to know whom it counts.
            if sale.customer_units_max.is_some() && name.is_none() {
                continue;
            }
            let free =
                queue::free_for(tx, now, &sale, &item.sku, name.as_deref()).map_err(port_error)?;
            let share = match &name {
                Some(name) => share_left(tx, now, &sale, name).map_err(port_error)?,
                None => None,
            };
            let quantity_max = share.map_or(free, |share| share.min(free));
            if quantity_max > 0 {
                offers.push(FlashOffer {
                    sale: sale.id,
                    sku: item.sku,
                    unit_price_minor: item.unit_price_minor,
                    quantity_max,
                });
            }
        }
        // The cheapest offer of a SKU; a cart is not split over two sales of one thing.
        offers.sort_by(|a, b| (&a.sku, a.unit_price_minor).cmp(&(&b.sku, b.unit_price_minor)));
        offers.dedup_by(|b, a| a.sku == b.sku);
        Ok(offers)
    }

    fn legs(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        shopper: Shopper<'_>,
        taken: &[FlashTaken],
    ) -> Result<Vec<Leg>, PortError> {
        let name = name_of(shopper);
        let mut legs = Vec::new();
        let mut sales: BTreeMap<&str, Sale> = BTreeMap::new();
        take_turns(tx, now, name.as_deref(), taken)?;
        for FlashTaken { line, sale, sku, quantity } in taken {
            if !sales.contains_key(sale.as_str()) {
                let found = store::find(tx, sale, false).map_err(port_error)?;
                if let Some(name) = &name {
                    open_share(tx, now, &found, name).map_err(port_error)?;
                }
                sales.insert(sale, found);
            }
            let mut add = |from: AccountKey, to: AccountKey| {
                legs.push(Leg { line: *line, from, to, quantity: *quantity, lots: Lots::Next });
            };
            add(accounts::pool(sale, sku), accounts::sold(sale, sku));
            let has_cap = sales.get(sale.as_str()).is_some_and(|s| s.customer_units_max.is_some());
            if let (true, Some(name)) = (has_cap, &name) {
                add(accounts::share(sale, name), accounts::share_used(sale));
            }
        }
        Ok(legs)
    }
}

/// Uses the shopper's turns, and refuses a cart that would pass those who wait: it may have been
/// priced before they came.
fn take_turns(
    tx: &mut Tx<'_>,
    now: Timestamp,
    shopper: Option<&str>,
    taken: &[FlashTaken],
) -> Result<(), PortError> {
    let mut wanted: BTreeMap<(&str, &str), (i64, i64)> = BTreeMap::new();
    for FlashTaken { line, sale, sku, quantity } in taken {
        wanted.entry((sale, sku)).or_insert((*line, 0)).1 += quantity;
    }
    for ((sale, sku), (line, wanted)) in wanted {
        let free = queue::free_in_queue(tx, now, (sale, sku, shopper)).map_err(port_error)?;
        if let Some(available) = free.filter(|free| *free < wanted) {
            let account = Box::new(accounts::pool(sale, sku));
            let short = LedgerError::Short { account, line, wanted, available };
            return Err(PortError::Ledger(short));
        }
        if let Some(shopper) = shopper {
            queue::use_turn(tx, now, sale, sku, shopper).map_err(port_error)?;
        }
    }
    Ok(())
}

/// Opens a shopper's share of a sale with a cap, once.
fn open_share(
    tx: &mut Tx<'_>,
    now: Timestamp,
    sale: &Sale,
    shopper: &str,
) -> Result<(), FlashError> {
    let Some(max) = sale.customer_units_max else { return Ok(()) };
    let share = accounts::share(&sale.id, shopper);
    open(tx, &[NewAccount::counted(share.clone())])?;
    let issued = Transfer {
        key: format!("flash:{}:share:{shopper}", sale.id),
        subject: sale.id.clone(),
        reason: "share".to_owned(),
        legs: vec![Leg {
            line: 0,
            from: accounts::share_issued(&sale.id),
            to: share,
            quantity: max,
            lots: Lots::New(NewLot {
                origin: format!("flash:{}:{shopper}", sale.id),
                priority: 0,
                expires_at: None,
            }),
        }],
    };
    let _ = transfer(tx, now, &issued)?;
    Ok(())
}

pub(crate) fn port_error(error: FlashError) -> PortError {
    match error {
        FlashError::Db(error) => PortError::Db(error),
        FlashError::Ledger(error) => PortError::Ledger(error),
        FlashError::Port(error) => error,
        other => PortError::Broken { what: "a flash sale".to_owned(), reason: other.to_string() },
    }
}
