//! What members hold, when it expires, what it is worth and how much may never be claimed.
//!
//! Counted from the ledger's movements alone, one lot after the other as they stream by.

use jiff::Timestamp;
use mercer_core::clock::instant_of_micros;
use mercer_db::{Row, Tx, params};
use mercer_decisions::ReasonRecord;
use mercer_loyalty_engine::input::{LiabilityInput, LotHistory, SpentOfLot};
use mercer_loyalty_engine::outcome::LiabilityReport;
use mercer_loyalty_engine::report_liability;
use serde::Serialize;
use utoipa::ToSchema;

use crate::standing::NO_SEED;
use crate::terms::InForce;
use crate::{Loyalty, LoyaltyError, accounts, book};

/// The report with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LiabilityView {
    /// Points outstanding, pending and owed, their worth, months of expiry, breakage.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub report: LiabilityReport,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What should be known about it.
    pub reasons: Vec<ReasonRecord>,
}

impl Loyalty {
    /// The report as of now; none without a programme.
    ///
    /// # Errors
    /// The database's.
    pub fn liability(&self) -> Result<Option<LiabilityView>, LoyaltyError> {
        let now = self.context.clock.now();
        self.context.db.read(|tx| {
            let Some(force) = self.in_force(tx)? else { return Ok(None) };
            let input = LiabilityInput {
                day: force.day_of(now)?,
                lots: lots(tx, &force)?,
                points_owed: tx.fetch_value(
                    "SELECT CAST(COALESCE(SUM(-b.quantity), 0) AS BIGINT)
                     FROM ledger_lot_balances b JOIN ledger_accounts a ON a.id = b.account_id
                     WHERE a.unit = $1 AND b.lot_id = 0 AND b.quantity < 0",
                    params![accounts::POINTS],
                )?,
            };
            let decision = report_liability(&input, force.programme(), NO_SEED);
            let reasons = ReasonRecord::all(&decision.reasons);
            Ok(Some(LiabilityView { report: decision.outcome, at: now, reasons }))
        })
    }
}

/// Every lot with what became of it.
fn lots(tx: &mut Tx<'_>, force: &InForce) -> Result<Vec<LotHistory>, LoyaltyError> {
    let ids = [
        accounts::issued().id(),
        accounts::taken_back().id(),
        accounts::spent().id(),
        accounts::debt().id(),
    ];
    let mut lots: Vec<LotHistory> = Vec::new();
    tx.for_each(
        "SELECT m.world, m.quantity, m.at, p.lot, p.customer_id, p.day, p.available_at, l.expires_at
         FROM (SELECT from_account AS world, quantity, at, lot_id, transfer_id, position
               FROM ledger_moves WHERE from_account IN ($1, $2, $3, $4)
               UNION ALL
               SELECT to_account, -quantity, at, lot_id, transfer_id, position
               FROM ledger_moves WHERE to_account IN ($1, $2, $3, $4)) AS m
         JOIN ledger_lots l ON l.id = m.lot_id
         JOIN loyalty_lots p ON p.lot = l.origin
         ORDER BY p.lot, m.transfer_id, m.position",
        params![ids[0], ids[1], ids[2], ids[3]],
        |row| {
            if lots.last().is_none_or(|last| last.lot != row.str(3)) {
                lots.push(begin(row, force)?);
            }
            if let Some(lot) = lots.last_mut() {
                let is_granting = [ids[0], ids[1]].contains(&row.get(0)?);
                follow(lot, row, is_granting, force)?;
            }
            Ok::<_, LoyaltyError>(())
        },
    )?;
    Ok(lots)
}

fn begin(row: &Row, force: &InForce) -> Result<LotHistory, LoyaltyError> {
    let expires_at: i64 = row.get(7)?;
    let last_valid = match expires_at {
        i64::MAX => None,
        // The last moment at which it can be spent lies before its end.
        at => Some(force.day_of(instant_of_micros(at - 1))?),
    };
    Ok(LotHistory {
        lot: row.get(3)?,
        customer: row.get(4)?,
        day: book::day_of_number(row.get(5)?)?,
        issued: 0,
        available_from: force.day_of(instant_of_micros(row.get(6)?))?,
        last_valid,
        spent: Vec::new(),
    })
}

/// Adds a movement from or to the outside: what was granted or taken back, or what was spent or
/// set against a debt.
fn follow(
    lot: &mut LotHistory,
    row: &Row,
    is_granting: bool,
    force: &InForce,
) -> Result<(), LoyaltyError> {
    let came: i64 = row.get(1)?;
    if is_granting {
        lot.issued += came;
        return Ok(());
    }
    if came < 0 {
        let day = force.day_of(instant_of_micros(row.get(2)?))?;
        lot.spent.push(SpentOfLot { day, points: -came });
        return Ok(());
    }
    // What came back counts as never spent: the latest first.
    let mut left = came;
    while let Some(last) = lot.spent.last_mut().filter(|_| left > 0) {
        let undone = left.min(last.points);
        last.points -= undone;
        left -= undone;
        if last.points == 0 {
            lot.spent.pop();
        }
    }
    Ok(())
}
