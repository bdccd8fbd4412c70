//! Transfers: quantities from account to account, once per key.

use jiff::Timestamp;
use mercer_db::Tx;
use serde::Serialize;

use crate::account::{AccountKey, number};
use crate::error::LedgerError;
use crate::plan::{Ask, LotAsk};
use crate::post::{self, Entry, Kind};

/// Of which lot a quantity is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Lots {
    /// Whatever comes first: lowest priority number, earliest expiry, oldest.
    Next,
    /// A lot that comes into being with this transfer; for quantities from outside.
    New(NewLot),
    /// The lot of this origin and no other, expired or not.
    Of(String),
    /// The lot of this origin as far as it goes, expired or not; then whatever comes first, then
    /// debt where the floor allows it.
    First(String),
}

/// A lot that comes into being.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewLot {
    /// Where it comes from, unique within its unit: `order:ord_…:line:2`, `receipt:…`. The same
    /// origin twice is the same lot, with its first expiry.
    pub origin: String,
    /// Lots with a lower number are taken first.
    pub priority: i64,
    /// From when on it can no longer be spent.
    pub expires_at: Option<Timestamp>,
}

/// A quantity from one account to another of the same unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Leg {
    /// The caller's number of it, such as an order line's position; not negative. Reversal and
    /// partial commits go by it.
    pub line: i64,
    /// From where.
    pub from: AccountKey,
    /// To where.
    pub to: AccountKey,
    /// How much; above nothing.
    pub quantity: i64,
    /// Of which lot.
    pub lots: Lots,
}

/// A transfer to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Transfer {
    /// The same key is done once.
    pub key: String,
    /// Whom or what it is about: an order, a customer.
    pub subject: String,
    /// Why, a machine name: `received`, `earned`.
    pub reason: String,
    /// What moves.
    pub legs: Vec<Leg>,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[must_use]
pub struct Posted {
    /// The transfer's number.
    pub transfer_id: i64,
    /// False when the same key had been done before; nothing was changed then.
    pub is_new: bool,
}

/// Makes a transfer, all of it or nothing.
///
/// # Errors
/// Too little on an account, an account that is not open, a key that was used for something
/// else, a quantity that is none; the database's. The caller undoes its transaction.
pub fn transfer(
    tx: &mut Tx<'_>,
    now: Timestamp,
    transfer: &Transfer,
) -> Result<Posted, LedgerError> {
    let Transfer { key, subject, reason, legs } = transfer;
    let entry = Entry { key, kind: Kind::Transfer, subject, reason, now };
    let posted = post::begin(tx, &entry, &post::fingerprint(transfer))?;
    if posted.is_new {
        let asks = asks_of(tx, now, legs, |leg| (leg.to.id(), None))?;
        post::apply(tx, now, posted.transfer_id, &asks, legs)?;
    }
    Ok(posted)
}

/// Turns legs into asks; `target` says where a leg goes at once and where it would go onward.
pub(crate) fn asks_of(
    tx: &mut Tx<'_>,
    now: Timestamp,
    legs: &[Leg],
    target: impl Fn(&Leg) -> (i64, Option<i64>),
) -> Result<Vec<Ask>, LedgerError> {
    post::check_legs(legs)?;
    let mut asks = Vec::with_capacity(legs.len());
    for leg in legs {
        let lot = match &leg.lots {
            Lots::Next if leg.from.is_world() => {
                return Err(LedgerError::NoLot { account: leg.from.to_string() });
            }
            Lots::Next => LotAsk::Next,
            Lots::New(lot) => LotAsk::Exactly(post::create_lot(tx, now, &leg.from.unit, lot)?),
            Lots::Of(origin) => LotAsk::Exactly(number(&[&leg.from.unit, origin])),
            Lots::First(origin) => LotAsk::FirstOf(number(&[&leg.from.unit, origin])),
        };
        let (to, onward) = target(leg);
        asks.push(Ask {
            line: leg.line,
            unit: leg.from.unit.clone(),
            from: leg.from.id(),
            to,
            quantity: leg.quantity,
            lot,
            onward,
            of: None,
        });
    }
    Ok(asks)
}
