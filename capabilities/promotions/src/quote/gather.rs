//! From a cart as it was asked to the engine's input: one consistent read, nothing written.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mercer_connect::cart::{CatalogItem, ChannelInfo, Shopper};
use mercer_db::Tx;
use mercer_engine_kit::money::Currency;
use mercer_promotions_engine::input::{
    CustomerValue, FlashPrice, Input, Line, LocalTime, PointsToSpend, Shipping,
};
use mercer_promotions_engine::policy::Activation;
use mercer_promotions_engine::policy::Limits;
use serde_json::Value;

use super::{QuoteAsk, Quotes};
use crate::PromotionsError;
use crate::manage::limits::{self, Left};
use crate::running::RunningSet;
use crate::store::{self, OfferSettings, StoredCoupon, StoredPromotion};

/// Everything that a cart was priced from.
pub(super) struct Gathered {
    pub(super) input: Input,
    pub(super) channel: ChannelInfo,
    pub(super) settings: OfferSettings,
    pub(super) running: Arc<RunningSet>,
    /// Titles by SKU.
    pub(super) titles: HashMap<String, String>,
    pub(super) last_fact: i64,
}

/// Reads what the cart's price depends on.
///
/// # Errors
/// An unknown channel, customer or SKU, another currency; the database's.
pub(super) fn gather(
    quotes: &Quotes,
    tx: &mut Tx<'_>,
    now: Timestamp,
    ask: &QuoteAsk,
) -> Result<Gathered, PromotionsError> {
    let channel = channel(quotes, tx, ask)?;
    let settings = store::settings(tx, &channel.code)?;
    let running = quotes.running.get(tx, now)?;
    let skus: Vec<&str> = ask.lines.iter().map(|line| line.sku.as_str()).collect();
    let items: HashMap<String, CatalogItem> = quotes
        .sources
        .catalog
        .items(tx, &channel.code, &skus)?
        .into_iter()
        .map(|item| (item.sku.clone(), item))
        .collect();
    let costs = quotes.sources.stock.costs(tx, &skus)?;
    let traits = traits(quotes, tx, ask)?;
    let shopper = Shopper {
        customer_id: ask.customer_id.as_deref(),
        anonymous_id: ask.anonymous_id.as_deref(),
        traits: &traits,
    };
    let flash = quotes.sources.flash.offers(tx, now, shopper, &skus)?;
    let coupons = coupons(tx, ask)?;
    let known: Vec<&StoredCoupon> =
        coupons.iter().filter_map(|(_, coupon)| coupon.as_ref()).collect();
    let considered = considered(&running, &known);
    let left = limits::left(tx, now, &considered, &known, ask.customer_id.as_deref())?;
    let currency = currency_of(&channel)?;
    let mut lines = Vec::with_capacity(ask.lines.len());
    for (place, line) in ask.lines.iter().enumerate() {
        let mut line = line_of(place, line, items.get(&line.sku), &settings)?;
        if let Some(cost) = costs.get(&line.sku) {
            line.unit_cost_minor = cost.cost_minor;
            line.unit_floor_minor = cost.floor_minor;
        }
        lines.push(line);
    }
    let input = Input {
        currency,
        tax: settings.tax,
        lines,
        shipping: ask.shipping.as_ref().map(|shipping| Shipping {
            method: shipping.method.clone(),
            amount_minor: shipping.amount_minor,
            tax_basis_points: shipping.tax_basis_points.unwrap_or(settings.tax_basis_points),
        }),
        channel: channel.code.clone(),
        country: ask.country.clone(),
        customer: values_of(&traits),
        time: local_time(&channel, now)?,
        coupons: coupons.iter().map(|(code, found)| standing(code, found, &left)).collect(),
        campaigns: left.campaigns.clone(),
        limits: limited(&running, &left),
        flash_prices: flash
            .into_iter()
            .map(|offer| FlashPrice {
                sale: offer.sale,
                sku: offer.sku,
                unit_price_minor: offer.unit_price_minor,
                quantity_max: offer.quantity_max,
            })
            .collect(),
        points: points(quotes, tx, now, ask)?,
    };
    let titles = items.into_iter().map(|(sku, item)| (sku, item.title)).collect();
    let last_fact = mercer_facts::last_sequence(tx)?;
    Ok(Gathered { input, channel, settings, running, titles, last_fact })
}

/// Promotions whose limits matter: those that apply by themselves or by a code that was entered.
fn considered<'r>(running: &'r RunningSet, coupons: &[&StoredCoupon]) -> Vec<&'r StoredPromotion> {
    let matters = |promotion: &&StoredPromotion| {
        promotion.definition.activation == Activation::Automatic
            || coupons.iter().any(|coupon| coupon.promotion_id == promotion.id)
    };
    running.promotions.iter().filter(matters).collect()
}

fn channel(
    quotes: &Quotes,
    tx: &mut Tx<'_>,
    ask: &QuoteAsk,
) -> Result<ChannelInfo, PromotionsError> {
    let catalog = &quotes.sources.catalog;
    let usual = &quotes.default_channel;
    let code = ask.channel.as_deref().unwrap_or(&usual.code);
    if let Some(found) = catalog.channel(tx, code)? {
        return Ok(found);
    }
    if ask.channel.is_none()
        && let Some(only) = catalog.only_channel(tx)?
    {
        // A shop with one channel need not name it, whatever it is called.
        return Ok(only);
    }
    if code == usual.code {
        // A new shop has not told a product or an order yet.
        return Ok(usual.clone());
    }
    Err(PromotionsError::Invalid {
        field: "channel".to_owned(),
        sentence: format!("there is no channel `{code}`: GET /v1/channels lists them"),
    })
}

fn traits(
    quotes: &Quotes,
    tx: &mut Tx<'_>,
    ask: &QuoteAsk,
) -> Result<BTreeMap<String, Value>, PromotionsError> {
    let mut traits = BTreeMap::new();
    let Some(customer) = &ask.customer_id else { return Ok(traits) };
    let mut is_known = false;
    for source in &quotes.sources.traits {
        is_known |= source.add(tx, customer, &mut traits)?;
    }
    if is_known {
        Ok(traits)
    } else {
        Err(PromotionsError::Invalid {
            field: "customer_id".to_owned(),
            sentence: format!("there is no customer `{customer}`; leave it out for a visitor"),
        })
    }
}

fn values_of(traits: &BTreeMap<String, Value>) -> BTreeMap<String, CustomerValue> {
    let value = |value: &Value| match value {
        Value::Bool(flag) => Some(CustomerValue::Flag(*flag)),
        Value::Number(number) => number.as_i64().map(CustomerValue::Number),
        Value::String(text) => Some(CustomerValue::Text(text.clone())),
        Value::Array(texts) => Some(CustomerValue::Texts(
            texts.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        )),
        Value::Null | Value::Object(_) => None,
    };
    traits.iter().filter_map(|(name, one)| Some((name.clone(), value(one)?))).collect()
}

fn currency_of(channel: &ChannelInfo) -> Result<Currency, PromotionsError> {
    channel.currency.parse().map_err(|_| PromotionsError::Conflict {
        sentence: format!(
            "the channel `{}` has the currency `{}`, which is none",
            channel.code, channel.currency
        ),
    })
}

fn line_of(
    place: usize,
    ask: &super::LineAsk,
    item: Option<&CatalogItem>,
    settings: &OfferSettings,
) -> Result<Line, PromotionsError> {
    let price = ask.unit_price_minor.or_else(|| item.and_then(|item| item.unit_price_minor));
    let Some(unit_price_minor) = price else {
        let why = if item.is_none() { "is not in the catalogue" } else { "has no price there" };
        return Err(PromotionsError::Invalid {
            field: format!("lines[{place}].sku"),
            sentence: format!("`{}` {why}; correct it, or give unit_price_minor", ask.sku),
        });
    };
    let currency = match &ask.currency {
        None => None,
        Some(code) => Some(code.parse().map_err(|_| PromotionsError::Invalid {
            field: format!("lines[{place}].currency"),
            sentence: format!("`{code}` is not an ISO 4217 currency code, such as GBP"),
        })?),
    };
    Ok(Line {
        position: u32::try_from(place).unwrap_or(u32::MAX),
        sku: ask.sku.clone(),
        product: item.map(|item| item.product_id.clone()),
        category: item.and_then(|item| item.category.clone()),
        tags: ask.tags.clone(),
        quantity: ask.quantity,
        unit_price_minor,
        currency,
        unit_cost_minor: None,
        unit_floor_minor: None,
        tax_basis_points: ask.tax_basis_points.unwrap_or(settings.tax_basis_points),
    })
}

fn local_time(channel: &ChannelInfo, now: Timestamp) -> Result<LocalTime, PromotionsError> {
    let zone = TimeZone::get(&channel.time_zone).map_err(|_| PromotionsError::Conflict {
        sentence: format!(
            "the channel `{}` is in `{}`, which is not a time zone",
            channel.code, channel.time_zone
        ),
    })?;
    let local = now.to_zoned(zone);
    Ok(LocalTime {
        date: local.date().to_string(),
        hour: local.hour().unsigned_abs(),
        minute: local.minute().unsigned_abs(),
        weekday: local.weekday().to_monday_one_offset().unsigned_abs(),
    })
}

/// What is left of the promotions that are limited: the others would make the input of every
/// decision longer and say nothing.
fn limited(running: &RunningSet, left: &Left) -> BTreeMap<String, Limits> {
    let none = Limits::default();
    let says_something = |id: &str, limits: &Limits| {
        *limits != none || running.find(id).is_some_and(|one| one.definition.limits != none)
    };
    let limited = left.promotions.iter().filter(|(id, limits)| says_something(id, limits));
    limited.map(|(id, limits)| (id.clone(), limits.clone())).collect()
}

type Entered = Vec<(String, Option<StoredCoupon>)>;

fn coupons(tx: &mut Tx<'_>, ask: &QuoteAsk) -> Result<Entered, PromotionsError> {
    let mut entered = Entered::new();
    for code in &ask.coupons {
        // The same code twice, in whatever spelling, is entered once.
        let key = store::coupon_key(code);
        if entered.iter().any(|(known, _)| store::coupon_key(known) == key) {
            continue;
        }
        let found = store::coupon(tx, code)?.filter(|coupon| coupon.is_active);
        entered.push((code.trim().to_owned(), found));
    }
    Ok(entered)
}

fn standing(
    code: &str,
    found: &Option<StoredCoupon>,
    left: &Left,
) -> mercer_promotions_engine::input::Coupon {
    use mercer_promotions_engine::input::{Coupon, CouponStanding};
    let standing = match found {
        None => CouponStanding::Unknown,
        Some(coupon) => {
            let left = left.coupons.get(&coupon.code).cloned().unwrap_or_default();
            CouponStanding::Known {
                promotion: coupon.promotion_id.clone(),
                uses_left: left.uses_left,
                customer_uses_left: left.customer_uses_left,
                budget_minor_left: left.budget_minor_left,
            }
        }
    };
    Coupon { code: code.to_owned(), standing }
}

fn points(
    quotes: &Quotes,
    tx: &mut Tx<'_>,
    now: Timestamp,
    ask: &QuoteAsk,
) -> Result<Option<PointsToSpend>, PromotionsError> {
    let (Some(customer), true) = (&ask.customer_id, ask.points > 0) else { return Ok(None) };
    let invalid =
        |sentence: String| PromotionsError::Invalid { field: "points".to_owned(), sentence };
    let Some(offer) = quotes.sources.points.offer(tx, now, customer)? else {
        return Err(invalid("this customer has no points to pay with".to_owned()));
    };
    if ask.points > offer.available {
        let sentence = format!("{} points are wanted, {} are there", ask.points, offer.available);
        return Err(invalid(sentence));
    }
    if ask.points < offer.points_min {
        return Err(invalid(format!("at least {} points are spent at once", offer.points_min)));
    }
    Ok(Some(PointsToSpend {
        points: ask.points,
        step_points: offer.step_points,
        step_minor: offer.step_minor,
        payable_minor_max: None,
        payable_basis_points_max: offer.payable_basis_points_max,
    }))
}
