//! Short ways to write promotions and coupons down and to use them up.

use jiff::Timestamp;
use mercer_core::clock::Clock;
use mercer_db::{MigrationSet, Tx, params};
use mercer_ledger::account::AccountKey;
use mercer_ledger::transfer::{Leg, Lots, Transfer, transfer};
use mercer_promotions_engine::policy::{Action, Promotion};
use mercer_testkit::TestBed;

use crate::PromotionsError;
use crate::accounts;
use crate::store::{PromotionState, StoredCoupon, StoredPromotion};

pub const MIGRATIONS: &[MigrationSet] =
    &[crate::MIGRATIONS, mercer_facts::MIGRATIONS, mercer_ledger::MIGRATIONS];

pub fn at(t: &TestBed) -> Timestamp {
    t.clock.now()
}

/// 10 % off all lines.
pub fn ten_percent(id: &str) -> Promotion {
    serde_json::from_value(serde_json::json!({
        "id": id, "name": "Ten off", "action": {"kind": "percentage", "basis_points": 1_000}
    }))
    .unwrap()
}

/// A promotion as it would be stored, without limits.
pub fn stored(id: &str) -> StoredPromotion {
    let definition = ten_percent(id);
    assert!(matches!(definition.action, Action::Percentage { .. }));
    StoredPromotion {
        id: id.to_owned(),
        state: PromotionState::Active,
        definition,
        starts_at: None,
        ends_at: None,
        uses_max: None,
        customer_uses_max: None,
        budget_minor_max: None,
        campaign_id: None,
        revision: 1,
        created_at: Timestamp::UNIX_EPOCH,
        changed_at: Timestamp::UNIX_EPOCH,
    }
}

/// A code without limits.
pub fn code(code: &str, promotion: &str) -> StoredCoupon {
    StoredCoupon {
        code: code.to_owned(),
        shown: code.to_owned(),
        promotion_id: promotion.to_owned(),
        batch: None,
        is_active: true,
        uses_max: None,
        customer_uses_max: None,
        budget_minor_max: None,
    }
}

/// Uses so much of a limit, as a committed quote does.
pub fn take(
    tx: &mut Tx<'_>,
    now: Timestamp,
    key: &AccountKey,
    quantity: i64,
) -> Result<(), PromotionsError> {
    let n: i64 = tx.fetch_value("SELECT COUNT(*) FROM ledger_transfers", params![])?;
    let leg =
        Leg { line: 0, from: key.clone(), to: accounts::used(key), quantity, lots: Lots::Next };
    let (subject, reason) = ("quo_1".to_owned(), "used".to_owned());
    let _ =
        transfer(tx, now, &Transfer { key: format!("use:{n}"), subject, reason, legs: vec![leg] })?;
    Ok(())
}

/// A committed quote of a customer that used a promotion.
pub fn quoted(
    tx: &mut Tx<'_>,
    id: &str,
    (promotion, coupon): (&str, Option<&str>),
    customer: &str,
    amount_minor: i64,
) -> Result<(), PromotionsError> {
    tx.execute(
        "INSERT INTO quotes (id, state, channel, customer_id, currency, n_lines, total_minor,
                             discount_minor, request, words, created_at, expires_at)
         VALUES ($1, 'committed', 'web', $2, 'GBP', 1, 0, $3, '{}', '{}', 0, 0)",
        params![id, customer, amount_minor],
    )?;
    tx.execute(
        "INSERT INTO quote_uses (quote_id, position, promotion_id, coupon, amount_minor, used_at)
         VALUES ($1, 0, $2, $3, $4, 0)",
        params![id, promotion, coupon, amount_minor],
    )?;
    Ok(())
}
