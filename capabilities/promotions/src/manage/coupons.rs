//! Coupons: codes that open a promotion, one by one; many at once are [`super::batches`]'.

use jiff::Timestamp;
use mercer_core::clock::instant_of_micros;
use mercer_core::fact::NewFact;
use mercer_db::{Conditions, Direction, Row, Tx, params};
use mercer_http::page::Keyed;
use mercer_ledger::QUANTITY_MAX;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::PromotionsError;
use crate::manage::{invalid, limits};
use crate::store::{
    self, COUPON_COLUMNS, PromotionState, StoredCoupon, StoredPromotion, coupon_key, coupon_of_row,
};

/// Fewest characters of a code: fewer are guessed by hand.
pub const N_CODE_CHARS_MIN: usize = 3;
/// Most characters of a code: people type them.
pub const N_CODE_CHARS_MAX: usize = 40;

/// Opens the ledger accounts of a code's limits, so that they can be held. Does nothing when they
/// are open; a share of a customer is opened by [`limits::ensure_coupon_share`].
///
/// # Errors
/// The ledger's and the database's.
pub fn ensure_accounts(
    tx: &mut Tx<'_>,
    now: Timestamp,
    coupon: &StoredCoupon,
) -> Result<(), PromotionsError> {
    limits::ensure(tx, now, limits::of_coupon(coupon))
}

/// A code as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CouponDraft {
    /// What customers type; capitals and small letters are one.
    #[schema(example = "TEA10")]
    pub code: String,
    /// The promotion that it opens.
    #[schema(example = "prm_01jd4p8w0zefr8m2t5x7q9v3ka")]
    pub promotion: String,
    /// Uses by everybody; 1 makes it a single-use code.
    #[serde(default)]
    pub uses_max: Option<i64>,
    /// Uses by one customer.
    #[serde(default)]
    pub customer_uses_max: Option<i64>,
    /// Minor units of the promotion's currency that it may give away.
    #[serde(default)]
    pub budget_minor_max: Option<i64>,
}

/// A code with what is left of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CouponView {
    /// As it was written.
    pub code: String,
    /// The promotion that it opens.
    pub promotion: String,
    /// The batch it was made in.
    pub batch: Option<String>,
    /// False when it was withdrawn.
    pub is_active: bool,
    /// Uses by everybody.
    pub uses_max: Option<i64>,
    /// Uses left, without those that are held; null without limit.
    pub uses_left: Option<i64>,
    /// Uses by one customer.
    pub customer_uses_max: Option<i64>,
    /// Minor units that it may give away.
    pub budget_minor_max: Option<i64>,
    /// Minor units left to give away; null without limit.
    pub budget_minor_left: Option<i64>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// Which codes to list.
#[derive(Debug, Clone, Default)]
pub struct CouponFilter {
    /// Id of the promotion that they open.
    pub promotion: Option<String>,
    /// The batch they were made in.
    pub batch: Option<String>,
    /// Key of the last one seen, twice.
    pub after: Option<(String, String)>,
}

/// A page of codes in their order.
///
/// # Errors
/// The ledger's and the database's.
pub fn list(
    tx: &mut Tx<'_>,
    now: Timestamp,
    filter: &CouponFilter,
    n_max: usize,
) -> Result<Vec<Keyed<String, CouponView>>, PromotionsError> {
    let mut conditions = Conditions::default();
    conditions.add_optional("promotion_id = ?", filter.promotion.as_ref());
    conditions.add_optional("batch = ?", filter.batch.as_ref());
    conditions.add_optional("code > ?", filter.after.as_ref().map(|(_, code)| code));
    let limit = conditions.value(n_max as i64);
    let sql = format!(
        "SELECT {COUPON_COLUMNS}, created_at FROM coupons {} ORDER BY code {} LIMIT {limit}",
        conditions.sql(),
        Direction::Rising.sql()
    );
    let rows = tx.fetch(&sql, conditions.values())?;
    let views = views(tx, now, &rows)?;
    Ok(views.into_iter().map(|(key, view)| ((key.clone(), key), view)).collect())
}

fn views(
    tx: &mut Tx<'_>,
    now: Timestamp,
    rows: &[Row],
) -> Result<Vec<(String, CouponView)>, PromotionsError> {
    let coupons = rows.iter().map(coupon_of_row).collect::<Result<Vec<StoredCoupon>, _>>()?;
    let left =
        limits::left::<StoredPromotion>(tx, now, &[], &coupons.iter().collect::<Vec<_>>(), None)?;
    let view = |(coupon, row): (StoredCoupon, &Row)| {
        let left = left.coupons.get(&coupon.code).cloned().unwrap_or_default();
        let view = CouponView {
            code: coupon.shown,
            promotion: coupon.promotion_id,
            batch: coupon.batch,
            is_active: coupon.is_active,
            uses_max: coupon.uses_max,
            uses_left: left.uses_left,
            customer_uses_max: coupon.customer_uses_max,
            budget_minor_max: coupon.budget_minor_max,
            budget_minor_left: left.budget_minor_left,
            created_at: instant_of_micros(row.get(8)?),
        };
        Ok((coupon.code, view))
    };
    coupons.into_iter().zip(rows).map(view).collect()
}

/// One code, as somebody typed it.
///
/// # Errors
/// There is none; the ledger's and the database's.
pub fn view(tx: &mut Tx<'_>, now: Timestamp, code: &str) -> Result<CouponView, PromotionsError> {
    let sql = format!("SELECT {COUPON_COLUMNS}, created_at FROM coupons WHERE code = $1");
    let rows = tx.fetch(&sql, params![coupon_key(code)])?;
    let found = views(tx, now, &rows)?.pop();
    let unknown = || PromotionsError::Unknown { what: "coupon", id: code.to_owned() };
    found.map(|(_, view)| view).ok_or_else(unknown)
}

/// Makes a code.
///
/// # Errors
/// It exists already, or cannot be used as it is written; the database's.
pub fn create(tx: &mut Tx<'_>, now: Timestamp, draft: &CouponDraft) -> Result<(), PromotionsError> {
    check_code(&draft.code)?;
    let promotion = promotion_to_open(tx, &draft.promotion)?;
    let limits = CodeLimits {
        uses_max: draft.uses_max,
        customer_uses_max: draft.customer_uses_max,
        budget_minor_max: draft.budget_minor_max,
    };
    limits.check(&promotion)?;
    let key = coupon_key(&draft.code);
    let n_inserted = tx.execute(
        "INSERT INTO coupons (code, shown, promotion_id, batch, is_active, uses_max,
                              customer_uses_max, budget_minor_max, created_at)
         VALUES ($1, $2, $3, NULL, 1, $4, $5, $6, $7) ON CONFLICT (code) DO NOTHING",
        params![
            &key,
            draft.code.trim(),
            &draft.promotion,
            draft.uses_max,
            draft.customer_uses_max,
            draft.budget_minor_max,
            now.as_microsecond()
        ],
    )?;
    if n_inserted == 0 {
        let sentence = format!("the code {key} exists already: choose another");
        return Err(PromotionsError::Conflict { sentence });
    }
    tell(tx, now, &draft.promotion, ("coupon.created", json!({ "n_codes": 1 })))
}

/// Withdraws a code: it opens nothing any more. The same again changes nothing.
///
/// # Errors
/// There is none; the database's.
pub fn withdraw(tx: &mut Tx<'_>, now: Timestamp, code: &str) -> Result<(), PromotionsError> {
    let coupon = store::coupon(tx, code)?;
    let unknown = || PromotionsError::Unknown { what: "coupon", id: code.to_owned() };
    let coupon = coupon.ok_or_else(unknown)?;
    let n_changed = tx.execute(
        "UPDATE coupons SET is_active = 0 WHERE code = $1 AND is_active = 1",
        params![&coupon.code],
    )?;
    if n_changed == 0 {
        return Ok(());
    }
    tell(tx, now, &coupon.promotion_id, ("coupon.withdrawn", json!({ "n_codes": 1 })))
}

/// Says that codes of a promotion were made or withdrawn. The codes themselves stay out of the
/// log: whoever reads it could use them.
pub(crate) fn tell(
    tx: &mut Tx<'_>,
    now: Timestamp,
    promotion: &str,
    (kind, payload): (&'static str, serde_json::Value),
) -> Result<(), PromotionsError> {
    let subject = promotion.to_owned();
    mercer_facts::append(tx, now, &[NewFact { kind, subject, occurred_at: now, payload }])?;
    store::raise_revision(tx)?;
    Ok(())
}

/// The promotion that codes are to open.
pub(crate) fn promotion_to_open(
    tx: &mut Tx<'_>,
    id: &str,
) -> Result<StoredPromotion, PromotionsError> {
    let promotion = store::promotion(tx, id)?;
    let promotion =
        promotion.ok_or_else(|| invalid("promotion", format!("there is no promotion `{id}`")))?;
    if promotion.state == PromotionState::Ended {
        let sentence = "the promotion is ended: its codes would open nothing".to_owned();
        return Err(PromotionsError::Conflict { sentence });
    }
    Ok(promotion)
}

/// Limits of one code.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CodeLimits {
    pub uses_max: Option<i64>,
    pub customer_uses_max: Option<i64>,
    pub budget_minor_max: Option<i64>,
}

impl CodeLimits {
    /// Refuses limits that count nothing, or money without a currency.
    pub(crate) fn check(self, promotion: &StoredPromotion) -> Result<(), PromotionsError> {
        let all = [
            ("uses_max", self.uses_max),
            ("customer_uses_max", self.customer_uses_max),
            ("budget_minor_max", self.budget_minor_max),
        ];
        for (field, max) in all {
            if let Some(max) = max.filter(|max| !(1..=QUANTITY_MAX).contains(max)) {
                let sentence = format!("`{field}` is {max}; it must be 1 or above, or left out");
                return Err(invalid(field, sentence));
            }
        }
        if self.budget_minor_max.is_some() && promotion.definition.currency.is_none() {
            let sentence = "a budget is counted in the promotion's currency, and it names none";
            return Err(invalid("budget_minor_max", sentence));
        }
        Ok(())
    }
}

/// Refuses a code that could not be typed, sent in an address or read by a spreadsheet.
pub(crate) fn check_code(code: &str) -> Result<(), PromotionsError> {
    let code = code.trim();
    let mut chars = code.chars();
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let begins = chars.next().is_some_and(char::is_alphanumeric);
    let n_chars = code.chars().count();
    let is_good =
        begins && chars.all(fits) && (N_CODE_CHARS_MIN..=N_CODE_CHARS_MAX).contains(&n_chars);
    if !is_good {
        let sentence = format!(
            "a code has {N_CODE_CHARS_MIN} to {N_CODE_CHARS_MAX} letters, digits, hyphens, dots \
             or underscores, and begins with a letter or a digit"
        );
        return Err(invalid("code", sentence));
    }
    if coupon_key(code) == "BATCHES" {
        return Err(invalid("code", "“batches” is a word of the interface: choose another code"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check_code;

    #[test]
    fn a_code_can_be_typed_sent_and_put_into_a_spreadsheet() {
        for good in ["TEA", "tea-10", " Ü20.a_b ", "2026", &"A".repeat(40)] {
            assert!(check_code(good).is_ok(), "{good}");
        }
        for bad in ["", "AB", "=A1+B", "-ABC", "A B C", "A/B", "10%", "Batches", &"A".repeat(41)] {
            assert!(check_code(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_bad_code_names_its_field() {
        let error = check_code("x").unwrap_err();
        assert!(
            matches!(&error, crate::PromotionsError::Invalid { field, .. } if field == "code"),
            "{error:?}"
        );
    }
}
