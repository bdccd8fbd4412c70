//! What can be counted with at all.
//!
//! Finds the first fault of an input, so that nothing is half-counted.

use std::collections::BTreeSet;

use crate::input::{Order, OrderLine};
use crate::limits::{
    AMOUNT_MINOR_MAX, N_FACT_BYTES_MAX, N_FACTS_MAX, N_ID_BYTES_MAX, N_LINES_MAX, N_LOT_BYTES_MAX,
    POINTS_MAX, QUANTITY_MAX, TAX_RATE_PPM_MAX,
};
use crate::policy::Programme;
use crate::policy::tiers::Level;
use crate::reason::{Fault, Faulty};

/// A name that can stand in keys.
pub(crate) fn name(field: &str, text: &str) -> Result<(), Faulty> {
    text_of(field, text, N_ID_BYTES_MAX)
}

/// The id of a fact, which may be made of several names.
pub(crate) fn fact(field: &str, text: &str) -> Result<(), Faulty> {
    text_of(field, text, N_FACT_BYTES_MAX)
}

/// The key of a lot.
pub(crate) fn lot(field: &str, text: &str) -> Result<(), Faulty> {
    text_of(field, text, N_LOT_BYTES_MAX)
}

fn text_of(field: &str, text: &str, n_bytes_max: usize) -> Result<(), Faulty> {
    let is_good = (1..=n_bytes_max).contains(&text.len()) && !text.chars().any(char::is_control);
    if is_good { Ok(()) } else { Err(Faulty::new(field, Fault::BadName)) }
}

/// An amount of money from zero on.
pub(crate) fn amount(field: impl Into<String>, minor: i64) -> Result<(), Faulty> {
    within(field, minor, AMOUNT_MINOR_MAX)
}

/// A number of points from zero on.
pub(crate) fn points(field: impl Into<String>, points: i64) -> Result<(), Faulty> {
    within(field, points, POINTS_MAX)
}

fn within(field: impl Into<String>, number: i64, max: i64) -> Result<(), Faulty> {
    if number < 0 {
        Err(Faulty::new(field, Fault::Negative))
    } else if number > max {
        Err(Faulty::new(field, Fault::TooLarge))
    } else {
        Ok(())
    }
}

/// Units of a line, from one on.
pub(crate) fn quantity(field: impl Into<String>, quantity: i64) -> Result<(), Faulty> {
    match quantity {
        ..=0 => Err(Faulty::new(field, Fault::NotPositive)),
        1..=QUANTITY_MAX => Ok(()),
        _ => Err(Faulty::new(field, Fault::TooLarge)),
    }
}

/// No more entries than are counted.
pub(crate) fn number_of(field: &str, n: usize) -> Result<(), Faulty> {
    if n > N_FACTS_MAX { Err(Faulty::new(field, Fault::TooMany)) } else { Ok(()) }
}

/// The tier of this id, if one is named.
pub(crate) fn tier<'p>(
    tier: Option<&str>,
    programme: &'p Programme,
) -> Result<Option<&'p Level>, Faulty> {
    let Some(tier) = tier else { return Ok(None) };
    let levels = programme.tiers.iter().flat_map(|tiers| &tiers.levels);
    let level = levels.into_iter().find(|level| level.id == tier);
    level.map(Some).ok_or_else(|| Faulty::new("tier", Fault::Unknown))
}

/// An order whose points can be counted.
pub(crate) fn order(order: &Order, programme: &Programme) -> Result<(), Faulty> {
    name("order.id", &order.id)?;
    name("order.customer", &order.customer)?;
    if order.currency != programme.currency {
        return Err(Faulty::new("order.currency", Fault::OtherCurrency));
    }
    if order.lines.len() > N_LINES_MAX {
        return Err(Faulty::new("order.lines", Fault::TooMany));
    }
    let mut seen = BTreeSet::new();
    for (place, line) in order.lines.iter().enumerate() {
        check_line(place, line)?;
        if !seen.insert(line.line) {
            return Err(Faulty::new(format!("order.lines[{place}].line"), Fault::Twice));
        }
    }
    if let Some(shipping) = &order.shipping {
        let field = |name: &str| format!("order.shipping.{name}");
        amount(field("amount_minor"), shipping.amount_minor)?;
        part(field("discount_minor"), shipping.discount_minor, shipping.amount_minor)?;
        rate(field("tax_rate_ppm"), shipping.tax_rate_ppm)?;
    }
    let goods: i64 = order.lines.iter().map(|line| line.amount_minor - line.discount_minor).sum();
    part("order.discount_minor".to_owned(), order.discount_minor, goods)?;
    let shipping =
        order.shipping.map_or(0, |shipping| shipping.amount_minor - shipping.discount_minor);
    let payable = goods - order.discount_minor + shipping;
    part("order.redeemed_minor".to_owned(), order.redeemed_minor, payable)
}

fn check_line(place: usize, line: &OrderLine) -> Result<(), Faulty> {
    let field = |name: &str| format!("order.lines[{place}].{name}");
    quantity(field("quantity"), line.quantity)?;
    amount(field("amount_minor"), line.amount_minor)?;
    part(field("discount_minor"), line.discount_minor, line.amount_minor)?;
    rate(field("tax_rate_ppm"), line.tax_rate_ppm)
}

/// A part of something, from nothing to all of it.
fn part(field: String, part: i64, whole: i64) -> Result<(), Faulty> {
    if part < 0 {
        Err(Faulty::new(field, Fault::Negative))
    } else if part > whole {
        Err(Faulty::new(field, Fault::AboveAmount))
    } else {
        Ok(())
    }
}

fn rate(field: String, ppm: u32) -> Result<(), Faulty> {
    if ppm > TAX_RATE_PPM_MAX { Err(Faulty::new(field, Fault::TooLarge)) } else { Ok(()) }
}
