//! Refuses carts that cannot be priced, before anything is computed.

use std::collections::BTreeSet;

use crate::error::InputError;
use crate::input::{
    AMOUNT_MINOR_MAX, Coupon, CouponStanding, FlashPrice, Input, Line, LocalTime, N_COUPONS_MAX,
    N_FLASH_PRICES_MAX, N_LINES_MAX, PointsToSpend, QUANTITY_MAX, TAX_BASIS_POINTS_MAX,
};
use crate::policy::N_PROMOTIONS_MAX;

impl Input {
    /// Checks that the cart can be priced: counts, quantities, amounts, rates, currencies, time.
    ///
    /// # Errors
    /// The first thing that is wrong, with its field.
    pub fn check(&self) -> Result<(), InputError> {
        let n_lines = self.lines.len();
        if n_lines > N_LINES_MAX {
            return Err(InputError::TooManyLines { n_lines, n_lines_max: N_LINES_MAX });
        }
        let mut positions = BTreeSet::new();
        let mut sum = 0i128;
        for line in &self.lines {
            self.check_line(line)?;
            if !positions.insert(line.position) {
                return Err(InputError::SamePosition { position: line.position });
            }
            sum += i128::from(line.unit_price_minor) * i128::from(line.quantity);
        }
        if let Some(shipping) = &self.shipping {
            amount("shipping.amount_minor", shipping.amount_minor)?;
            rate("shipping.tax_basis_points", shipping.tax_basis_points)?;
            sum += i128::from(shipping.amount_minor);
        }
        if sum > i128::from(AMOUNT_MINOR_MAX) {
            return Err(too_large("lines"));
        }
        check_time(&self.time)?;
        check_coupons(&self.coupons)?;
        check_flash(&self.flash_prices)?;
        count("limits", self.limits.len(), N_PROMOTIONS_MAX)?;
        count("campaigns", self.campaigns.len(), N_PROMOTIONS_MAX)?;
        let campaigns = self.campaigns.iter().map(|budget| budget.campaign.as_str());
        once("campaigns", campaigns)?;
        for budget in &self.campaigns {
            amount("campaigns.budget_minor_left", budget.budget_minor_left)?;
        }
        self.points.as_ref().map_or(Ok(()), check_points)
    }

    fn check_line(&self, line: &Line) -> Result<(), InputError> {
        let position = line.position;
        if !(1..=QUANTITY_MAX).contains(&line.quantity) {
            let (quantity, quantity_max) = (line.quantity, QUANTITY_MAX);
            return Err(InputError::Quantity { position, quantity, quantity_max });
        }
        let field = |name: &str| format!("lines[{position}].{name}");
        amount(&field("unit_price_minor"), line.unit_price_minor)?;
        amount(&field("unit_cost_minor"), line.unit_cost_minor.unwrap_or(0))?;
        amount(&field("unit_floor_minor"), line.unit_floor_minor.unwrap_or(0))?;
        rate(&field("tax_basis_points"), line.tax_basis_points)?;
        match line.currency {
            Some(currency) if currency != self.currency => {
                Err(InputError::MixedCurrencies { position, line: currency, cart: self.currency })
            }
            _ => Ok(()),
        }
    }
}

fn check_time(time: &LocalTime) -> Result<(), InputError> {
    let LocalTime { date, hour, minute, weekday } = time;
    let is_date = date.len() == 10
        && date.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !is_date {
        return Err(not_allowed("time.date", date, "a date such as 2026-11-27"));
    }
    if *hour > 23 {
        return Err(not_allowed("time.hour", &hour.to_string(), "0 to 23"));
    }
    if *minute > 59 {
        return Err(not_allowed("time.minute", &minute.to_string(), "0 to 59"));
    }
    if !(1..=7).contains(weekday) {
        let wanted = "1 (Monday) to 7 (Sunday)";
        return Err(not_allowed("time.weekday", &weekday.to_string(), wanted));
    }
    Ok(())
}

fn check_coupons(coupons: &[Coupon]) -> Result<(), InputError> {
    count("coupons", coupons.len(), N_COUPONS_MAX)?;
    once("coupons", coupons.iter().map(|coupon| coupon.code.as_str()))?;
    for coupon in coupons {
        if let CouponStanding::Known { budget_minor_left: Some(left), .. } = coupon.standing {
            amount("coupons.budget_minor_left", left)?;
        }
    }
    Ok(())
}

fn check_flash(prices: &[FlashPrice]) -> Result<(), InputError> {
    count("flash_prices", prices.len(), N_FLASH_PRICES_MAX)?;
    once("flash_prices", prices.iter().map(|price| price.sku.as_str()))?;
    for price in prices {
        amount("flash_prices.unit_price_minor", price.unit_price_minor)?;
        if !(0..=QUANTITY_MAX).contains(&price.quantity_max) {
            let wanted = format!("0 to {QUANTITY_MAX}");
            let given = price.quantity_max.to_string();
            return Err(not_allowed("flash_prices.quantity_max", &given, &wanted));
        }
    }
    Ok(())
}

fn check_points(points: &PointsToSpend) -> Result<(), InputError> {
    amount("points.points", points.points)?;
    amount("points.payable_minor_max", points.payable_minor_max.unwrap_or(0))?;
    for (field, value) in
        [("points.step_points", points.step_points), ("points.step_minor", points.step_minor)]
    {
        amount(field, value)?;
        if value == 0 {
            return Err(not_allowed(field, "0", "1 or above"));
        }
    }
    if points.payable_basis_points_max > 10_000 {
        let given = points.payable_basis_points_max.to_string();
        return Err(not_allowed("points.payable_basis_points_max", &given, "0 to 10000"));
    }
    Ok(())
}

fn amount(field: &str, amount_minor: i64) -> Result<(), InputError> {
    if amount_minor < 0 {
        return Err(InputError::NegativeAmount { field: field.to_owned(), amount_minor });
    }
    if amount_minor > AMOUNT_MINOR_MAX { Err(too_large(field)) } else { Ok(()) }
}

fn rate(field: &str, basis_points: u32) -> Result<(), InputError> {
    if basis_points <= TAX_BASIS_POINTS_MAX {
        return Ok(());
    }
    let basis_points_max = TAX_BASIS_POINTS_MAX;
    Err(InputError::TaxRate { field: field.to_owned(), basis_points, basis_points_max })
}

fn count(field: &str, n_items: usize, n_items_max: usize) -> Result<(), InputError> {
    if n_items <= n_items_max {
        return Ok(());
    }
    Err(InputError::TooMany { field: field.to_owned(), n_items, n_items_max })
}

fn once<'a>(field: &str, values: impl Iterator<Item = &'a str>) -> Result<(), InputError> {
    let mut seen = BTreeSet::new();
    for value in values {
        if !seen.insert(value) {
            let value = value.chars().take(40).collect();
            return Err(InputError::Twice { field: field.to_owned(), value });
        }
    }
    Ok(())
}

fn too_large(field: &str) -> InputError {
    InputError::TooLarge { field: field.to_owned(), amount_minor_max: AMOUNT_MINOR_MAX }
}

pub(crate) fn not_allowed(field: &str, value: &str, wanted: &str) -> InputError {
    InputError::NotAllowed {
        field: field.to_owned(),
        value: value.chars().take(40).collect(),
        wanted: wanted.to_owned(),
    }
}
