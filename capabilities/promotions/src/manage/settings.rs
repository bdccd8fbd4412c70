//! How a channel's offers are combined, taxed and held.

use jiff::Timestamp;
use mercer_core::fact::NewFact;
use mercer_db::{Tx, params};
use mercer_promotions_engine::input::{TAX_BASIS_POINTS_MAX, TaxMode};
use mercer_promotions_engine::policy::Combine;
use serde_json::json;

use crate::PromotionsError;
use crate::manage::{Promotions, invalid};
use crate::store::{self, OfferSettings};

/// Longest time for which a price is good: a week, the longest offer that shops print.
pub const QUOTE_MINUTES_MAX: i64 = 7 * 24 * 60;
/// Longest time for which stock and limits are held for one cart: a day; longer is a reservation.
pub const HOLD_MINUTES_MAX: i64 = 24 * 60;

/// The settings of a channel; the usual ones while nobody set any.
///
/// # Errors
/// There is no such channel; the database's.
pub fn get(
    promotions: &Promotions,
    tx: &mut Tx<'_>,
    channel: &str,
) -> Result<OfferSettings, PromotionsError> {
    known(promotions, tx, channel)?;
    Ok(store::settings(tx, channel)?)
}

/// Sets them; the same again changes nothing.
///
/// # Errors
/// There is no such channel, a value is out of its bounds; the database's.
pub fn put(
    promotions: &Promotions,
    tx: &mut Tx<'_>,
    now: Timestamp,
    channel: &str,
    settings: &OfferSettings,
) -> Result<(), PromotionsError> {
    check(settings)?;
    known(promotions, tx, channel)?;
    let OfferSettings { combine, tax, tax_basis_points, quote_minutes, hold_minutes } = settings;
    let combine = match combine {
        Combine::ByPriority => "by_priority",
        Combine::BestForCustomer => "best_for_customer",
    };
    let tax = match tax {
        TaxMode::Inclusive => "inclusive",
        TaxMode::Exclusive => "exclusive",
    };
    let n_changed = tx.execute(
        "INSERT INTO offer_settings
           (channel, combine, tax, tax_basis_points, quote_minutes, hold_minutes)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (channel) DO UPDATE SET combine = EXCLUDED.combine, tax = EXCLUDED.tax,
           tax_basis_points = EXCLUDED.tax_basis_points, quote_minutes = EXCLUDED.quote_minutes,
           hold_minutes = EXCLUDED.hold_minutes
         WHERE offer_settings.combine <> EXCLUDED.combine OR offer_settings.tax <> EXCLUDED.tax
           OR offer_settings.tax_basis_points <> EXCLUDED.tax_basis_points
           OR offer_settings.quote_minutes <> EXCLUDED.quote_minutes
           OR offer_settings.hold_minutes <> EXCLUDED.hold_minutes",
        params![channel, combine, tax, *tax_basis_points, *quote_minutes, *hold_minutes],
    )?;
    if n_changed == 0 {
        return Ok(());
    }
    let fact = NewFact {
        kind: "offers.changed",
        subject: channel.to_owned(),
        occurred_at: now,
        payload: json!({ "combine": combine, "tax": tax }),
    };
    mercer_facts::append(tx, now, &[fact])?;
    store::raise_revision(tx)?;
    Ok(())
}

fn known(promotions: &Promotions, tx: &mut Tx<'_>, channel: &str) -> Result<(), PromotionsError> {
    match promotions.catalog.channel(tx, channel)? {
        Some(_) => Ok(()),
        None => Err(PromotionsError::Unknown { what: "channel", id: channel.to_owned() }),
    }
}

fn check(settings: &OfferSettings) -> Result<(), PromotionsError> {
    let bounds = [
        ("tax_basis_points", i64::from(settings.tax_basis_points), 0, TAX_BASIS_POINTS_MAX.into()),
        ("quote_minutes", settings.quote_minutes, 1, QUOTE_MINUTES_MAX),
        ("hold_minutes", settings.hold_minutes, 1, HOLD_MINUTES_MAX),
    ];
    for (field, given, least, most) in bounds {
        if !(least..=most).contains(&given) {
            return Err(invalid(
                field,
                format!("`{field}` is {given}; it may be {least} to {most}"),
            ));
        }
    }
    Ok(())
}
