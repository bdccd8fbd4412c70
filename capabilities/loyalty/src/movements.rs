//! A member's list of movements: what came, what went, what is held, and why.

use jiff::Timestamp;
use mercer_core::clock::instant_of_micros;
use mercer_db::{Row, Tx, params};
use serde::Serialize;
use utoipa::ToSchema;

use crate::members::is_member;
use crate::{Loyalty, LoyaltyError, accounts};

/// One movement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MovementView {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Machine name: `earned`, `matured`, `taken_back`, `granted_again`, `redeemed`, `given_back`,
    /// `expired`, `held`, `committed`, `released`, `returned`; `debt_paid` where the ledger set
    /// points against what was owed.
    pub reason: String,
    /// What came to, or with a minus went from, the points that can be spent.
    pub available: i64,
    /// What came to, or went from, the points that can be spent later.
    pub pending: i64,
    /// What came to, or went from, the points that open carts hold.
    pub held: i64,
    /// The lot, or `debt`.
    pub lot: String,
    /// Whom or what it was about: an order, a quote, a deed.
    pub subject: String,
    /// The sentence of the grant, where there is one.
    pub sentence: Option<String>,
}

/// Where a page ended: transfer and place in it.
pub type MovementKey = (i64, i64);

impl Loyalty {
    /// Movements of a member, latest first, after one, at most so many. Each comes with the key to
    /// go on from: a transfer of several movements is never cut at the border of a page.
    ///
    /// # Errors
    /// No such member; the database's.
    pub fn movements(
        &self,
        customer: &str,
        after: Option<MovementKey>,
        n_max: usize,
    ) -> Result<Vec<(MovementKey, MovementView)>, LoyaltyError> {
        self.context.db.read(|tx| {
            if !is_member(tx, customer)? {
                return Err(LoyaltyError::unknown("member", customer));
            }
            read(tx, customer, after.unwrap_or((i64::MAX, i64::MAX)), n_max)
        })
    }
}

fn read(
    tx: &mut Tx<'_>,
    customer: &str,
    (transfer, position): MovementKey,
    n_max: usize,
) -> Result<Vec<(MovementKey, MovementView)>, LoyaltyError> {
    let available = accounts::available(customer);
    let ids = [available.id(), accounts::pending(customer).id(), available.held().id()];
    // Through the accounts' own indexes: a member has few of all movements.
    let rows = tx.fetch(
        "SELECT m.transfer_id, m.position, m.at, t.reason, t.subject, m.line, m.from_account,
                m.to_account, m.quantity, l.origin, p.reason
         FROM (SELECT transfer_id, position FROM ledger_moves
               WHERE from_account IN ($1, $2, $3)
               UNION SELECT transfer_id, position FROM ledger_moves
               WHERE to_account IN ($1, $2, $3)) AS k
         JOIN ledger_moves m ON m.transfer_id = k.transfer_id AND m.position = k.position
         JOIN ledger_transfers t ON t.id = m.transfer_id
         JOIN ledger_lots l ON l.id = m.lot_id
         LEFT JOIN loyalty_lots p ON p.lot = l.origin AND t.reason = 'earned'
         WHERE m.transfer_id < $4 OR (m.transfer_id = $4 AND m.position < $5)
         ORDER BY m.transfer_id DESC, m.position DESC LIMIT $6",
        params![ids[0], ids[1], ids[2], transfer, position, n_max as i64],
    )?;
    rows.iter().map(|row| of_row(row, ids)).collect()
}

fn of_row(
    row: &Row,
    [available, pending, held]: [i64; 3],
) -> Result<(MovementKey, MovementView), LoyaltyError> {
    let (from, to, quantity): (i64, i64, i64) = (row.get(6)?, row.get(7)?, row.get(8)?);
    let change = |account: i64| {
        let came = if to == account { quantity } else { 0 };
        let went = if from == account { quantity } else { 0 };
        came - went
    };
    // Movements that the ledger makes by itself have no line.
    let is_debt = row.get::<i64>(5)? < 0;
    let view = MovementView {
        at: instant_of_micros(row.get(2)?),
        reason: if is_debt { "debt_paid".to_owned() } else { row.get(3)? },
        available: change(available),
        pending: change(pending),
        held: change(held),
        lot: row.get(9)?,
        subject: row.get(4)?,
        sentence: row.get(10)?,
    };
    Ok(((row.get(0)?, row.get(1)?), view))
}
