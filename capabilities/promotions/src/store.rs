//! Reading what is stored of promotions, coupons and settings. Writing is `manage`'s.

use jiff::Timestamp;
use mercer_core::clock::instant_of_micros;
use mercer_db::{DbError, Row, Tx, params};
use mercer_promotions_engine::input::TaxMode;
use mercer_promotions_engine::policy::{Combine, Promotion};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::PromotionsError;

/// Minutes for which a quote's price is good, unless the channel says otherwise: a checkout takes
/// a few, a lunch break thirty.
pub const QUOTE_MINUTES: i64 = 30;
/// Minutes for which a quote's stock and limits are held, unless the channel says otherwise.
pub const HOLD_MINUTES: i64 = 15;

/// Where a promotion stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PromotionState {
    /// Being written; gives nothing.
    Draft,
    /// Gives, within its dates.
    Active,
    /// Gives nothing for now.
    Paused,
    /// Over for good.
    Ended,
}

impl PromotionState {
    /// The name in SQL and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Ended => "ended",
        }
    }

    /// The state with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Draft, Self::Active, Self::Paused, Self::Ended]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// A promotion as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredPromotion {
    /// `prm_…`, also in the definition.
    pub id: String,
    /// Where it stands.
    pub state: PromotionState,
    /// What it gives and when, as the engine reads it.
    pub definition: Promotion,
    /// From when on.
    pub starts_at: Option<Timestamp>,
    /// Until when.
    pub ends_at: Option<Timestamp>,
    /// Uses by everybody.
    pub uses_max: Option<i64>,
    /// Uses by one customer.
    pub customer_uses_max: Option<i64>,
    /// Minor units that it may give away.
    pub budget_minor_max: Option<i64>,
    /// The campaign whose budget it draws from.
    pub campaign_id: Option<String>,
    /// Rises with every change.
    pub revision: i64,
    /// When it was written first.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub changed_at: Timestamp,
}

/// Columns of [`promotion_of_row`].
pub(crate) const PROMOTION_COLUMNS: &str = "id, state, definition, starts_at, ends_at, uses_max, \
    customer_uses_max, budget_minor_max, campaign_id, revision, created_at, changed_at";

pub(crate) fn promotion_of_row(row: &Row) -> Result<StoredPromotion, PromotionsError> {
    let id: String = row.get(0)?;
    let definition = serde_json::from_str(row.str(2))
        .map_err(|source| PromotionsError::Broken { what: format!("promotion {id}"), source })?;
    let instant = |place| Ok::<_, DbError>(row.get::<Option<i64>>(place)?.map(instant_of_micros));
    Ok(StoredPromotion {
        state: PromotionState::parse(row.str(1)).unwrap_or(PromotionState::Paused),
        definition,
        starts_at: instant(3)?,
        ends_at: instant(4)?,
        uses_max: row.get(5)?,
        customer_uses_max: row.get(6)?,
        budget_minor_max: row.get(7)?,
        campaign_id: row.get(8)?,
        revision: row.get(9)?,
        created_at: instant_of_micros(row.get(10)?),
        changed_at: instant_of_micros(row.get(11)?),
        id,
    })
}

/// One promotion.
///
/// # Errors
/// The database's.
pub fn promotion(tx: &mut Tx<'_>, id: &str) -> Result<Option<StoredPromotion>, PromotionsError> {
    let sql = format!("SELECT {PROMOTION_COLUMNS} FROM promotions WHERE id = $1");
    tx.fetch_optional(&sql, params![id])?.as_ref().map(promotion_of_row).transpose()
}

/// All promotions in state `active`, whatever their dates.
///
/// # Errors
/// The database's.
pub fn active(tx: &mut Tx<'_>) -> Result<Vec<StoredPromotion>, PromotionsError> {
    let sql = format!(
        "SELECT {PROMOTION_COLUMNS} FROM promotions WHERE state = 'active'
         ORDER BY priority DESC, id"
    );
    tx.fetch(&sql, params![])?.iter().map(promotion_of_row).collect()
}

/// A number that rises whenever a promotion, its state or a channel's settings change; what was
/// compiled under another one is out of date.
///
/// # Errors
/// The database's.
pub fn revision(tx: &mut Tx<'_>) -> Result<i64, DbError> {
    tx.fetch_value("SELECT revision FROM promotions_revision", params![])
}

/// Lets everybody know that promotions or settings changed; in the transaction of the change.
///
/// # Errors
/// The database's.
pub fn raise_revision(tx: &mut Tx<'_>) -> Result<i64, DbError> {
    tx.fetch_value(
        "UPDATE promotions_revision SET revision = revision + 1 RETURNING revision",
        params![],
    )
}

/// A coupon as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCoupon {
    /// The code as it is compared: without spaces around, in capitals.
    pub code: String,
    /// The code as it was written.
    pub shown: String,
    /// The promotion that it opens.
    pub promotion_id: String,
    /// The batch it was made in.
    pub batch: Option<String>,
    /// False when it was withdrawn.
    pub is_active: bool,
    /// Uses by everybody.
    pub uses_max: Option<i64>,
    /// Uses by one customer.
    pub customer_uses_max: Option<i64>,
    /// Minor units that it may give away.
    pub budget_minor_max: Option<i64>,
}

/// How codes are compared: without spaces around, in capitals.
#[must_use]
pub fn coupon_key(code: &str) -> String {
    code.trim().to_uppercase()
}

pub(crate) const COUPON_COLUMNS: &str = "code, shown, promotion_id, batch, is_active, uses_max, \
    customer_uses_max, budget_minor_max";

pub(crate) fn coupon_of_row(row: &Row) -> Result<StoredCoupon, DbError> {
    Ok(StoredCoupon {
        code: row.get(0)?,
        shown: row.get(1)?,
        promotion_id: row.get(2)?,
        batch: row.get(3)?,
        is_active: row.get::<i64>(4)? != 0,
        uses_max: row.get(5)?,
        customer_uses_max: row.get(6)?,
        budget_minor_max: row.get(7)?,
    })
}

/// The coupon of a code as somebody typed it.
///
/// # Errors
/// The database's.
pub fn coupon(tx: &mut Tx<'_>, code: &str) -> Result<Option<StoredCoupon>, DbError> {
    let sql = format!("SELECT {COUPON_COLUMNS} FROM coupons WHERE code = $1");
    tx.fetch_optional(&sql, params![coupon_key(code)])?.as_ref().map(coupon_of_row).transpose()
}

/// How a channel's offers are combined, taxed and held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferSettings {
    /// `by_priority`, or `best_for_customer`.
    #[schema(value_type = String, example = "best_for_customer")]
    pub combine: Combine,
    /// Whether prices are `inclusive` or `exclusive` of tax.
    #[schema(value_type = String, example = "inclusive")]
    pub tax: TaxMode,
    /// Tax of lines that come without a rate, basis points: 2,000 is 20 %.
    pub tax_basis_points: u32,
    /// Minutes for which a quote's price is good.
    pub quote_minutes: i64,
    /// Minutes for which stock and limits are held.
    pub hold_minutes: i64,
}

impl Default for OfferSettings {
    fn default() -> Self {
        Self {
            combine: Combine::BestForCustomer,
            tax: TaxMode::Inclusive,
            tax_basis_points: 0,
            quote_minutes: QUOTE_MINUTES,
            hold_minutes: HOLD_MINUTES,
        }
    }
}

/// The settings of a channel; the usual ones while nobody set any.
///
/// # Errors
/// The database's.
pub fn settings(tx: &mut Tx<'_>, channel: &str) -> Result<OfferSettings, DbError> {
    let row = tx.fetch_optional(
        "SELECT combine, tax, tax_basis_points, quote_minutes, hold_minutes
         FROM offer_settings WHERE channel = $1",
        params![channel],
    )?;
    let Some(row) = row else { return Ok(OfferSettings::default()) };
    Ok(OfferSettings {
        combine: match row.str(0) {
            "by_priority" => Combine::ByPriority,
            _ => Combine::BestForCustomer,
        },
        tax: if row.str(1) == "exclusive" { TaxMode::Exclusive } else { TaxMode::Inclusive },
        tax_basis_points: u32::try_from(row.get::<i64>(2)?).unwrap_or(0),
        quote_minutes: row.get(3)?,
        hold_minutes: row.get(4)?,
    })
}
