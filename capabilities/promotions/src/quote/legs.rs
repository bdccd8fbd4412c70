//! What a quote holds in the ledger, leg by leg.
//!
//! The number of a leg says to which line of the cart it belongs and what it counts, so that a
//! return takes back by line what belongs to it: `line × 4 + kind`.

use jiff::Timestamp;
use mercer_connect::cart::{FlashTaken, Shopper, StockAnswer, StockAsk};
use mercer_db::Tx;
use mercer_engine_kit::money::split;
use mercer_ledger::account::AccountKey;
use mercer_ledger::transfer::{Leg, Lots};
use mercer_promotions_engine::outcome::{Quote, Source};

use super::Quotes;
use super::rows::QuoteRow;
use crate::PromotionsError;
use crate::accounts;
use crate::manage::limits;
use crate::store;

/// What a leg counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    /// Units of stock of a line.
    Goods,
    /// Units of a flash sale.
    Flash,
    /// Points that pay a part of a line.
    Points,
    /// Uses and budgets of the whole cart.
    Limits,
}

/// Number of a line's leg in the ledger.
pub(super) fn number(line: u32, counted: Counted) -> i64 {
    i64::from(line) * 4
        + match counted {
            Counted::Goods => 0,
            Counted::Flash => 1,
            Counted::Points => 2,
            Counted::Limits => 3,
        }
}

/// The line of the cart that a leg's number belongs to.
pub(super) fn line_of(number: i64) -> u32 {
    u32::try_from(number / 4).unwrap_or(u32::MAX)
}

/// What to hold, and what the customer should know of it.
pub(super) struct Wanted {
    pub(super) legs: Vec<Leg>,
    pub(super) notices: Vec<String>,
}

/// All legs of a quote. Opens accounts that a limit needs and does not have yet.
pub(super) fn of_quote(
    quotes: &Quotes,
    tx: &mut Tx<'_>,
    now: Timestamp,
    row: &QuoteRow,
) -> Result<Wanted, PromotionsError> {
    let quote = &row.kept.quote;
    let mut wanted = Wanted { legs: Vec::new(), notices: Vec::new() };
    add_goods(quotes, tx, now, row, &mut wanted)?;
    add_limits(tx, now, row, &mut wanted.legs)?;
    let traits = std::collections::BTreeMap::new();
    let shopper = Shopper {
        customer_id: row.ask.customer_id.as_deref(),
        anonymous_id: row.ask.anonymous_id.as_deref(),
        traits: &traits,
    };
    let taken = flash_taken(quote);
    if !taken.is_empty() {
        let legs = quotes.sources.flash.legs(tx, now, shopper, &taken)?;
        wanted.legs.extend(legs.into_iter().map(|leg| renumbered(leg, Counted::Flash)));
    }
    if let Some(customer) = &row.ask.customer_id {
        for (line, points) in points_by_line(quote) {
            let legs = quotes.sources.points.legs(tx, now, customer, points)?;
            let line = number(line, Counted::Points);
            wanted.legs.extend(legs.into_iter().map(|leg| Leg { line, ..leg }));
        }
    }
    Ok(wanted)
}

fn renumbered(leg: Leg, counted: Counted) -> Leg {
    let line = u32::try_from(leg.line).unwrap_or(u32::MAX);
    Leg { line: number(line, counted), ..leg }
}

fn add_goods(
    quotes: &Quotes,
    tx: &mut Tx<'_>,
    now: Timestamp,
    row: &QuoteRow,
    wanted: &mut Wanted,
) -> Result<(), PromotionsError> {
    let quote = &row.kept.quote;
    let n_lines = quote.lines.len();
    let lines = quote.lines.iter().map(|line| StockAsk {
        line: i64::from(line.position),
        sku: line.sku.clone(),
        quantity: line.quantity,
    });
    let gifts = quote.gifts.iter().enumerate().map(|(place, gift)| StockAsk {
        line: (n_lines + place) as i64,
        sku: gift.sku.clone(),
        quantity: gift.quantity,
    });
    let asks: Vec<StockAsk> = lines.chain(gifts).collect();
    let answers = quotes.sources.stock.allocate(tx, now, row.ask.country.as_deref(), &asks)?;
    for (place, (ask, answer)) in asks.iter().zip(answers).enumerate() {
        let is_gift = place >= n_lines;
        if answer.is_tracked && answer.n_found < ask.quantity {
            if !is_gift {
                return Err(out_of_stock(ask, &answer));
            }
            wanted.notices.push(format!("The gift {} has run out and is left out.", ask.sku));
            continue;
        }
        if answer.n_back_ordered > 0 {
            wanted.notices.push(format!(
                "{} of {} {} on back-order and come later.",
                answer.n_back_ordered,
                ask.sku,
                if answer.n_back_ordered == 1 { "is" } else { "are" }
            ));
        }
        wanted.legs.extend(answer.legs.into_iter().map(|leg| renumbered(leg, Counted::Goods)));
    }
    Ok(())
}

fn out_of_stock(ask: &StockAsk, answer: &StockAnswer) -> PromotionsError {
    PromotionsError::OutOfStock {
        field: format!("lines[{}]", ask.line),
        sentence: format!(
            "{} of `{}` are wanted, {} are there for this line",
            ask.quantity, ask.sku, answer.n_found
        ),
    }
}

fn add_limits(
    tx: &mut Tx<'_>,
    now: Timestamp,
    row: &QuoteRow,
    legs: &mut Vec<Leg>,
) -> Result<(), PromotionsError> {
    let line = number(0, Counted::Limits);
    let customer = row.ask.customer_id.as_deref();
    let mut take = |from: AccountKey, quantity: i64| {
        if quantity > 0 {
            let to = accounts::used(&from);
            legs.push(Leg { line, from, to, quantity, lots: Lots::Next });
        }
    };
    for used in &row.kept.quote.uses {
        if let Some(promotion) = store::promotion(tx, &used.promotion)? {
            limits::ensure_all(tx, now, &[&promotion], &[], customer)?;
            if promotion.uses_max.is_some() {
                take(accounts::promotion_uses(&promotion.id), 1);
            }
            if promotion.budget_minor_max.is_some() {
                take(accounts::promotion_budget(&promotion.id), used.amount_minor);
            }
            if let (Some(_), Some(customer)) = (promotion.customer_uses_max, customer) {
                take(accounts::promotion_share(&promotion.id, customer), 1);
            }
            if let Some(campaign) = &promotion.campaign_id {
                take(accounts::campaign_budget(campaign), used.amount_minor);
            }
        }
        let Some(code) = &used.coupon else { continue };
        let Some(coupon) = store::coupon(tx, code)? else { continue };
        limits::ensure_all(tx, now, &[], &[&coupon], customer)?;
        if coupon.uses_max.is_some() {
            take(accounts::coupon_uses(&coupon.code), 1);
        }
        if coupon.budget_minor_max.is_some() {
            take(accounts::coupon_budget(&coupon.code), used.amount_minor);
        }
        if let (Some(_), Some(customer)) = (coupon.customer_uses_max, customer) {
            take(accounts::coupon_share(&coupon.code, customer), 1);
        }
    }
    Ok(())
}

/// Units of each sale by line: the lines of its SKU give them up in their order.
fn flash_taken(quote: &Quote) -> Vec<FlashTaken> {
    let mut taken = Vec::new();
    for used in &quote.flash_uses {
        let mut left = used.quantity;
        let discounted = |line: &&mercer_promotions_engine::outcome::PricedLine| {
            line.sku == used.sku
                && line
                    .discounts
                    .iter()
                    .any(|one| one.source == Source::FlashSale(used.sale.clone()))
        };
        for line in quote.lines.iter().filter(discounted) {
            let quantity = left.min(line.quantity);
            if quantity > 0 {
                taken.push(FlashTaken {
                    line: i64::from(line.position),
                    sale: used.sale.clone(),
                    sku: used.sku.clone(),
                    quantity,
                });
                left -= quantity;
            }
        }
    }
    taken
}

/// Points of the quote shared over the lines that they pay, so that a return of one line gives
/// back its share.
pub(super) fn points_by_line(quote: &Quote) -> Vec<(u32, i64)> {
    let Some(used) = &quote.points else { return Vec::new() };
    let paid: Vec<i64> = quote
        .lines
        .iter()
        .map(|line| {
            let by_points = line.discounts.iter().filter(|one| one.source == Source::Points);
            by_points.map(|one| one.amount_minor).sum()
        })
        .collect();
    let shares = split(used.points, &paid);
    let lines = quote.lines.iter().map(|line| line.position);
    lines.zip(shares).filter(|(_, points)| *points > 0).collect()
}
