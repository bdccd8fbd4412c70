//! A cart in the order in which it is reckoned, and what is left of its prices on the way.

use std::collections::HashMap;

use mercer_engine_kit::money::Rounding;

use crate::input::{Input, Line, TaxMode};
use crate::policy::WHOLE_BASIS_POINTS;

/// The whole, as a divisor.
pub(crate) const WHOLE: i128 = WHOLE_BASIS_POINTS as i128;

/// A cart, its lines by rising position.
#[derive(Debug)]
pub(crate) struct Cart<'a> {
    pub(crate) input: &'a Input,
    pub(crate) lines: Vec<CartLine<'a>>,
    pub(crate) shipping_minor: i64,
    shipping_basis_points: u32,
}

/// One line of it.
#[derive(Debug)]
pub(crate) struct CartLine<'a> {
    pub(crate) line: &'a Line,
    /// Its number in the input.
    pub(crate) number: usize,
    /// At list price.
    pub(crate) list: i64,
    /// After flash sales, before promotions.
    pub(crate) base: i64,
    /// No promotion goes below this.
    pub(crate) floor: i64,
    pub(crate) flash: Option<FlashTaken>,
}

/// Units of a line at the price of a flash sale.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FlashTaken {
    /// Number of the flash price in the input.
    pub(crate) number: usize,
    pub(crate) quantity: i64,
    pub(crate) amount: i64,
}

impl<'a> Cart<'a> {
    pub(crate) fn new(input: &'a Input) -> Self {
        let mut lines: Vec<CartLine<'a>> = input
            .lines
            .iter()
            .enumerate()
            .map(|(number, line)| {
                let list = line.unit_price_minor * line.quantity;
                CartLine { line, number, list, base: list, floor: 0, flash: None }
            })
            .collect();
        lines.sort_by_key(|line| line.line.position);
        take_flash_prices(input, &mut lines);
        for line in &mut lines {
            let floor = line.line.unit_floor_minor.unwrap_or(0);
            line.floor = floor.saturating_mul(line.line.quantity).min(line.base);
        }
        let shipping = input.shipping.as_ref();
        Self {
            input,
            lines,
            shipping_minor: shipping.map_or(0, |shipping| shipping.amount_minor),
            shipping_basis_points: shipping.map_or(0, |shipping| shipping.tax_basis_points),
        }
    }

    /// What a line at this net price adds to what the customer pays.
    pub(crate) fn to_pay(&self, line: u32, net: i64) -> i64 {
        self.paid(net, self.lines[line as usize].line.tax_basis_points)
    }

    /// What shipping at this net price adds to what the customer pays.
    pub(crate) fn shipping_to_pay(&self, net: i64) -> i64 {
        self.paid(net, self.shipping_basis_points)
    }

    fn paid(&self, net: i64, basis_points: u32) -> i64 {
        match self.input.tax {
            TaxMode::Inclusive => net,
            TaxMode::Exclusive => net + tax(TaxMode::Exclusive, net, basis_points),
        }
    }

    /// By how many basis points a discount on the line saves more than itself, for its tax.
    pub(crate) fn tax_on_top(&self, line: u32) -> u32 {
        match self.input.tax {
            TaxMode::Inclusive => 0,
            TaxMode::Exclusive => self.lines[line as usize].line.tax_basis_points,
        }
    }

    /// The same for shipping.
    pub(crate) fn shipping_tax_on_top(&self) -> u32 {
        match self.input.tax {
            TaxMode::Inclusive => 0,
            TaxMode::Exclusive => self.shipping_basis_points,
        }
    }
}

/// Tax of a net price, rounded half up: contained in it, or on top of it.
pub(crate) fn tax(mode: TaxMode, net: i64, basis_points: u32) -> i64 {
    let rate = i128::from(basis_points);
    let divisor = match mode {
        TaxMode::Inclusive => WHOLE + rate,
        TaxMode::Exclusive => WHOLE,
    };
    share(i128::from(net) * rate, divisor)
}

/// A quotient rounded half up. Amounts are limited so that it fits; zero is never the divisor.
pub(crate) fn share(numerator: i128, divisor: i128) -> i64 {
    let quotient = Rounding::HalfUp.divide(numerator, divisor).unwrap_or(0);
    i64::try_from(quotient).unwrap_or(i64::MAX)
}

/// Each flash price to the units of its SKU in the order of positions, as far as it goes.
fn take_flash_prices(input: &Input, lines: &mut [CartLine<'_>]) {
    let mut left: HashMap<&str, (usize, i64)> = HashMap::new();
    for (number, price) in input.flash_prices.iter().enumerate() {
        left.insert(&price.sku, (number, price.quantity_max));
    }
    if left.is_empty() {
        return;
    }
    for line in lines {
        let Some((number, n_left)) = left.get_mut(line.line.sku.as_str()) else { continue };
        let floor = line.line.unit_floor_minor.unwrap_or(0);
        let price = input.flash_prices[*number].unit_price_minor.max(floor);
        let off = line.line.unit_price_minor - price;
        let quantity = line.line.quantity.min(*n_left);
        if off > 0 && quantity > 0 {
            *n_left -= quantity;
            let amount = off * quantity;
            line.base -= amount;
            line.flash = Some(FlashTaken { number: *number, quantity, amount });
        }
    }
}

/// What is left of prices and budgets while promotions are applied.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) net: Vec<i64>,
    pub(crate) shipping: i64,
    /// By number of the campaign in the input.
    pub(crate) campaigns: Vec<i64>,
    /// What the customer saves so far, with gifts in the lowest places: see [`GIFT_PLACES`].
    pub(crate) worth: i128,
}

/// Money counts above gifts: a saved minor unit is 2^20 gifts, more than a policy can give.
pub(crate) const GIFT_PLACES: u32 = 20;

impl State {
    pub(crate) fn new(cart: &Cart<'_>) -> Self {
        Self {
            net: cart.lines.iter().map(|line| line.base).collect(),
            shipping: cart.shipping_minor,
            campaigns: cart.input.campaigns.iter().map(|c| c.budget_minor_left).collect(),
            worth: 0,
        }
    }

    /// What promotions may still take off a line.
    pub(crate) fn slack(&self, cart: &Cart<'_>, line: u32) -> i64 {
        self.net[line as usize] - cart.lines[line as usize].floor
    }
}
