//! What promotions gave so far, from the quotes that were committed. What may still be used is
//! the ledger's.

use std::collections::BTreeMap;

use mercer_db::{DbError, Tx, params};
use serde::Serialize;
use utoipa::ToSchema;

/// An amount in a currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Amount {
    /// Minor units.
    pub amount_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
}

/// What a promotion gave so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Given {
    /// Uses by committed quotes.
    pub n_uses: i64,
    /// Discounts given by committed quotes, by currency.
    pub discounts: Vec<Amount>,
}

/// What promotions gave so far; one that gave nothing is not there.
///
/// # Errors
/// The database's.
pub fn given(tx: &mut Tx<'_>, promotions: &[&str]) -> Result<BTreeMap<String, Given>, DbError> {
    let mut all: BTreeMap<String, Given> = BTreeMap::new();
    if promotions.is_empty() {
        return Ok(all);
    }
    let rows = tx.fetch_by_keys(
        "SELECT u.promotion_id, q.currency, COUNT(*), CAST(SUM(u.amount_minor) AS BIGINT)
         FROM quote_uses u JOIN quotes q ON q.id = u.quote_id
         WHERE u.promotion_id IN ({{keys}})
         GROUP BY u.promotion_id, q.currency ORDER BY u.promotion_id, q.currency",
        params![],
        promotions,
    )?;
    for row in &rows {
        let one = all.entry(row.get(0)?).or_default();
        one.n_uses += row.get::<i64>(2)?;
        one.discounts.push(Amount { currency: row.get(1)?, amount_minor: row.get(3)? });
    }
    Ok(all)
}
