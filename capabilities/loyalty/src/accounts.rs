//! Which ledger accounts count points and prizes.

use mercer_db::{Tx, params};
use mercer_ledger::account::{AccountKey, NewAccount, open};

use crate::LoyaltyError;

/// Unit of points.
pub(crate) const POINTS: &str = "points";

/// Points that a customer can spend.
pub(crate) fn available(customer: &str) -> AccountKey {
    AccountKey::new(POINTS, customer, "available")
}

/// Points that a customer will be able to spend.
pub(crate) fn pending(customer: &str) -> AccountKey {
    AccountKey::new(POINTS, customer, "pending")
}

/// Where points come from.
pub(crate) fn issued() -> AccountKey {
    AccountKey::world(POINTS, "issued")
}

/// Where points that paid for something go.
pub(crate) fn spent() -> AccountKey {
    AccountKey::world(POINTS, "spent")
}

/// Where points go whose time is over.
pub(crate) fn expired() -> AccountKey {
    AccountKey::world(POINTS, "expired")
}

/// Where points go whose reason came back.
pub(crate) fn taken_back() -> AccountKey {
    AccountKey::world(POINTS, "taken_back")
}

/// What is owed is paid through it; the ledger moves there by itself.
pub(crate) fn debt() -> AccountKey {
    AccountKey::world(POINTS, "debt")
}

/// Prizes of a wheel that are there to be won.
pub(crate) fn prizes(wheel: &str, prize: &str) -> AccountKey {
    AccountKey::new(&format!("prize:{wheel}:{prize}"), wheel, "available")
}

/// Where prizes come from, and where those go that a new programme no longer has.
pub(crate) fn prizes_issued(wheel: &str, prize: &str) -> AccountKey {
    AccountKey::world(&format!("prize:{wheel}:{prize}"), "issued")
}

/// Where prizes that were won go.
pub(crate) fn prizes_won(wheel: &str, prize: &str) -> AccountKey {
    AccountKey::world(&format!("prize:{wheel}:{prize}"), "won")
}

/// Opens the accounts among these that are not open. Looks first: opening takes the row of an
/// account of the outside world, which everybody shares.
pub(crate) fn ensure(tx: &mut Tx<'_>, keys: &[AccountKey]) -> Result<(), LoyaltyError> {
    let mut missing = Vec::new();
    for key in keys {
        let known =
            tx.fetch_optional("SELECT 1 FROM ledger_accounts WHERE id = $1", params![key.id()])?;
        if known.is_none() {
            missing.push(NewAccount::counted(key.clone()));
        }
    }
    if !missing.is_empty() {
        open(tx, &missing)?;
    }
    Ok(())
}

/// Opens what a member's points need.
pub(crate) fn ensure_member(tx: &mut Tx<'_>, customer: &str) -> Result<(), LoyaltyError> {
    let world = [issued(), spent(), expired(), taken_back(), debt()];
    ensure(tx, &world)?;
    ensure(tx, &[available(customer), pending(customer)])
}

/// What a member owes, not negative, and the floor of the account.
fn owed_and_floor(tx: &mut Tx<'_>, customer: &str) -> Result<(i64, i64), LoyaltyError> {
    // What is owed is the ledger's lot 0.
    let row = tx.fetch_optional(
        "SELECT a.floor, COALESCE(b.quantity, 0) FROM ledger_accounts a
         LEFT JOIN ledger_lot_balances b ON b.account_id = a.id AND b.lot_id = 0
         WHERE a.id = $1",
        params![available(customer).id()],
    )?;
    let Some(row) = row else { return Ok((0, 0)) };
    let owed: i64 = row.get(1)?;
    Ok(((-owed).max(0), row.get::<Option<i64>>(0)?.unwrap_or(0)))
}

/// Points that a member owes, as a number from zero on.
pub(crate) fn owed(tx: &mut Tx<'_>, customer: &str) -> Result<i64, LoyaltyError> {
    Ok(owed_and_floor(tx, customer)?.0)
}

/// Brings the floor to what is owed: nobody can spend into debt, and a debt that stands is no
/// breach. To be called with the member's row taken, before points can be spent and after debts
/// were made or paid.
pub(crate) fn tighten(tx: &mut Tx<'_>, customer: &str) -> Result<(), LoyaltyError> {
    let (owed, floor) = owed_and_floor(tx, customer)?;
    if floor == -owed {
        return Ok(());
    }
    Ok(open(tx, &[NewAccount { key: available(customer), floor: -owed }])?)
}

/// Lets the account fall as far as the ledger counts, for a take-back.
pub(crate) fn loosen(tx: &mut Tx<'_>, customer: &str) -> Result<(), LoyaltyError> {
    let floor = -mercer_ledger::QUANTITY_MAX;
    Ok(open(tx, &[NewAccount { key: available(customer), floor }])?)
}
