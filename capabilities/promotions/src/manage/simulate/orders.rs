//! The shop's past orders, small enough to hold, and each as the engine reads a cart.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mercer_connect::orders::{OrderLineSnapshot, OrderSnapshot};
use mercer_db::Tx;
use mercer_engine_kit::money::{Currency, Rounding};
use mercer_promotions_engine::input::{
    Coupon, CouponStanding, CustomerValue, Input, Line, LocalTime, Shipping, TaxMode,
};
use mercer_promotions_engine::policy::{Combine, CustomerName};

use super::SimulationAsk;
use crate::PromotionsError;
use crate::manage::Promotions;
use crate::store::{self, OfferSettings, coupon_key};

/// Most lines that are held, 32 bytes each: 160 MB, ten times a busy shop's year.
const N_LINES_MAX: usize = 5_000_000;
/// The way of shipping of orders of the past, which nobody wrote down.
const UNKNOWN_METHOD: &str = "unknown";

/// Texts that stand in many places, held once.
#[derive(Debug)]
struct Texts<T> {
    numbers: HashMap<T, u32>,
    all: Vec<T>,
}

impl<T> Default for Texts<T> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), all: Vec::new() }
    }
}

impl<T: Clone + Eq + Hash> Texts<T> {
    fn number(&mut self, value: T) -> u32 {
        if let Some(number) = self.numbers.get(&value) {
            return *number;
        }
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(value.clone());
        self.numbers.insert(value, number);
        number
    }

    fn get(&self, number: u32) -> &T {
        &self.all[number as usize]
    }
}

/// What is sold: SKU, product, category.
type Article = (String, Option<String>, Option<String>);

#[derive(Debug)]
struct PastLine {
    article: u32,
    quantity: i64,
    unit_price_minor: i64,
}

#[derive(Debug)]
struct PastOrder {
    placed_at: Timestamp,
    day: i32,
    channel: u32,
    currency: Currency,
    country: Option<u32>,
    /// Orders of the customer before this one and what they came to; none for a guest.
    before: Option<(i64, i64)>,
    codes: Vec<u32>,
    shipping_minor: i64,
    first_line: usize,
    n_lines: usize,
}

/// A channel as its carts are priced.
#[derive(Debug)]
struct PastChannel {
    zone: TimeZone,
    settings: OfferSettings,
}

/// The orders of the last days.
#[derive(Debug, Default)]
pub(super) struct Past {
    orders: Vec<PastOrder>,
    lines: Vec<PastLine>,
    articles: Texts<Article>,
    codes: Texts<String>,
    countries: Texts<String>,
    channel_codes: Texts<String>,
    channels: Vec<PastChannel>,
    /// Promotion that a code opens, by the code's number.
    opens: Vec<Option<String>>,
    /// Cost of one unit, by the article's number.
    costs: Vec<Option<i64>>,
    assumed_margin: Option<u32>,
    is_full: bool,
    /// First and last day with an order, days since 1970.
    pub days: Option<(i32, i32)>,
    /// Whether there were none of late.
    pub is_counted_from_last_order: bool,
    /// Lines without a known cost.
    pub n_without_cost: usize,
    /// Those of them whose cost was assumed.
    pub n_assumed: usize,
}

impl Past {
    /// Reads the orders of the last days; where there are none, of the days before the last order.
    pub(super) fn read(
        promotions: &Promotions,
        tx: &mut Tx<'_>,
        (now, ask): (Timestamp, &SimulationAsk),
        needs_customers: bool,
    ) -> Result<Self, PromotionsError> {
        let today = now.as_second().div_euclid(86_400);
        let today = i32::try_from(today).unwrap_or(i32::MAX);
        let first_day = today - ask.days + 1;
        let mut past = Self::gather(promotions, tx, ask, (first_day, needs_customers))?;
        if past.orders.is_empty() {
            past = Self::gather(promotions, tx, ask, (i32::MIN, true))?;
            past.is_counted_from_last_order = !past.orders.is_empty();
            past.keep_last(ask.days);
        }
        if past.is_full {
            let sentence = format!(
                "these days have more than {N_LINES_MAX} order lines: ask for fewer, or one channel"
            );
            return Err(crate::manage::invalid("days", sentence));
        }
        past.days = past.orders.iter().fold(None, |days, order| match days {
            None => Some((order.day, order.day)),
            Some((first, last)) => Some((order.day.min(first), order.day.max(last))),
        });
        past.assumed_margin = ask.assumed_margin_basis_points;
        past.look_up(promotions, tx)?;
        Ok(past)
    }

    fn gather(
        promotions: &Promotions,
        tx: &mut Tx<'_>,
        ask: &SimulationAsk,
        (first_day, needs_customers): (i32, bool),
    ) -> Result<Self, PromotionsError> {
        let mut past = Self::default();
        let mut before: HashMap<String, (i64, i64)> = HashMap::new();
        let from = if needs_customers { i32::MIN } else { first_day };
        promotions.orders.for_each_order(tx, from, &mut |order| {
            let known = match &order.customer_id {
                Some(customer) => {
                    let sums = before.entry(customer.clone()).or_default();
                    let known = *sums;
                    sums.0 += 1;
                    sums.1 = sums.1.saturating_add(order.total_minor);
                    Some(known)
                }
                None => None,
            };
            let is_wanted = ask.channel.as_ref().is_none_or(|code| *code == order.channel);
            if is_wanted && order.day >= first_day {
                past.push(order, known, ask.days);
            }
        })?;
        Ok(past)
    }

    fn push(&mut self, order: OrderSnapshot, before: Option<(i64, i64)>, days: i32) {
        if self.lines.len() + order.lines.len() > N_LINES_MAX {
            self.keep_last(days);
            self.is_full = self.lines.len() + order.lines.len() > N_LINES_MAX;
        }
        let Ok(currency) = order.currency.parse() else { return };
        if self.is_full {
            return;
        }
        let first_line = self.lines.len();
        for line in order.lines {
            let OrderLineSnapshot { is_gift, quantity, unit_price_minor, .. } = line;
            if is_gift || quantity < 1 || unit_price_minor < 0 {
                continue;
            }
            let article = self.articles.number((line.sku, line.product_id, line.category));
            self.lines.push(PastLine { article, quantity, unit_price_minor });
        }
        let n_lines = self.lines.len() - first_line;
        if n_lines == 0 {
            return;
        }
        let mut codes: Vec<u32> =
            order.discount_codes.iter().map(|code| self.codes.number(coupon_key(code))).collect();
        codes.sort_unstable();
        codes.dedup();
        self.orders.push(PastOrder {
            placed_at: order.placed_at,
            day: order.day,
            channel: self.channel_codes.number(order.channel),
            currency,
            country: order.country.map(|country| self.countries.number(country)),
            before,
            codes,
            shipping_minor: order.shipping_minor,
            first_line,
            n_lines,
        });
    }

    /// Forgets all but the days before the last order.
    fn keep_last(&mut self, days: i32) {
        let Some(last) = self.orders.iter().map(|order| order.day).max() else { return };
        let first = self.orders.iter().position(|order| order.day > last.saturating_sub(days));
        let Some(first) = first else { return };
        let first_line = self.orders[first].first_line;
        self.orders.drain(..first);
        self.lines.drain(..first_line);
        for order in &mut self.orders {
            order.first_line -= first_line;
        }
        self.orders.retain(|order| order.day > last.saturating_sub(days));
    }

    /// Channels, costs and codes of what was read.
    fn look_up(&mut self, promotions: &Promotions, tx: &mut Tx<'_>) -> Result<(), PromotionsError> {
        for code in &self.channel_codes.all {
            let channel = promotions.catalog.channel(tx, code)?;
            let zone = channel.and_then(|channel| TimeZone::get(&channel.time_zone).ok());
            let settings = store::settings(tx, code)?;
            self.channels.push(PastChannel { zone: zone.unwrap_or(TimeZone::UTC), settings });
        }
        let skus: Vec<&str> = self.articles.all.iter().map(|article| article.0.as_str()).collect();
        let costs =
            if skus.is_empty() { BTreeMap::new() } else { promotions.stock.costs(tx, &skus)? };
        self.costs = skus
            .iter()
            .map(|sku| costs.get(*sku).and_then(|cost| cost.cost_minor).filter(|cost| *cost >= 0))
            .collect();
        for code in &self.codes.all {
            let coupon = store::coupon(tx, code)?;
            self.opens.push(coupon.map(|coupon| coupon.promotion_id));
        }
        let costs = &self.costs;
        let is_without = |line: &&PastLine| costs[line.article as usize].is_none();
        let lines = self.orders.iter().flat_map(|order| self.lines_of(order));
        self.n_without_cost = lines.filter(is_without).count();
        self.n_assumed = if self.assumed_margin.is_some() { self.n_without_cost } else { 0 };
        Ok(())
    }

    fn lines_of(&self, order: &PastOrder) -> &[PastLine] {
        &self.lines[order.first_line..order.first_line + order.n_lines]
    }

    /// Numbers of the orders of channels that combine promotions so.
    pub(super) fn orders_of(&self, combine: Combine) -> Vec<usize> {
        let is_so = |order: &PastOrder| self.channel_of(order).settings.combine == combine;
        (0..self.orders.len()).filter(|number| is_so(&self.orders[*number])).collect()
    }

    fn channel_of(&self, order: &PastOrder) -> &PastChannel {
        &self.channels[order.channel as usize]
    }

    /// Lines of a currency whose cost was assumed.
    pub(super) fn n_assumed_of(&self, currency: &str) -> usize {
        if self.assumed_margin.is_none() {
            return 0;
        }
        let orders = self.orders.iter().filter(|order| order.currency.code() == currency);
        let lines = orders.flat_map(|order| self.lines_of(order));
        lines.filter(|line| self.costs[line.article as usize].is_none()).count()
    }

    /// An order as a cart. `names` are those under `customer.` beyond the engine's own.
    pub(super) fn input(&self, number: usize, names: &[CustomerName]) -> Input {
        let order = &self.orders[number];
        let PastChannel { zone, settings } = self.channel_of(order);
        let lines = self.lines_of(order).iter().enumerate();
        let mut customer = BTreeMap::new();
        if let Some((n_orders, spent_minor)) = order.before {
            customer.insert("n_orders".to_owned(), CustomerValue::Number(n_orders));
            let spent = CustomerValue::Number(spent_minor);
            customer.insert("spent_minor".to_owned(), spent.clone());
            if names.iter().any(|name| name.name == "value_minor") {
                customer.insert("value_minor".to_owned(), spent);
            }
        }
        Input {
            currency: order.currency,
            tax: settings.tax,
            lines: lines.map(|(place, line)| self.line(place, line, settings)).collect(),
            shipping: (order.shipping_minor > 0).then(|| Shipping {
                method: UNKNOWN_METHOD.to_owned(),
                amount_minor: order.shipping_minor,
                tax_basis_points: settings.tax_basis_points,
            }),
            channel: self.channel_codes.get(order.channel).clone(),
            country: order.country.map(|country| self.countries.get(country).clone()),
            customer,
            time: local_time(order.placed_at, zone),
            coupons: order.codes.iter().map(|code| self.coupon(*code)).collect(),
            campaigns: Vec::new(),
            limits: BTreeMap::new(),
            flash_prices: Vec::new(),
            points: None,
        }
    }

    fn coupon(&self, code: u32) -> Coupon {
        let standing = match &self.opens[code as usize] {
            None => CouponStanding::Unknown,
            Some(promotion) => CouponStanding::Known {
                promotion: promotion.clone(),
                uses_left: None,
                customer_uses_left: None,
                budget_minor_left: None,
            },
        };
        Coupon { code: self.codes.get(code).clone(), standing }
    }

    fn line(&self, place: usize, line: &PastLine, settings: &OfferSettings) -> Line {
        let (sku, product, category) = self.articles.get(line.article).clone();
        let known = self.costs[line.article as usize];
        Line {
            position: u32::try_from(place).unwrap_or(u32::MAX),
            sku,
            product,
            category,
            tags: Vec::new(),
            quantity: line.quantity,
            unit_price_minor: line.unit_price_minor,
            currency: None,
            unit_cost_minor: known.or_else(|| self.assumed(line.unit_price_minor, settings)),
            unit_floor_minor: None,
            tax_basis_points: settings.tax_basis_points,
        }
    }

    /// The cost at the assumed margin: that share of the price without tax is left over.
    fn assumed(&self, unit_price_minor: i64, settings: &OfferSettings) -> Option<i64> {
        let rest = 10_000 - i128::from(self.assumed_margin?);
        let tax = match settings.tax {
            TaxMode::Inclusive => i128::from(settings.tax_basis_points),
            TaxMode::Exclusive => 0,
        };
        let cost = Rounding::HalfEven.divide(i128::from(unit_price_minor) * rest, 10_000 + tax)?;
        i64::try_from(cost).ok()
    }
}

fn local_time(at: Timestamp, zone: &TimeZone) -> LocalTime {
    let local = at.to_zoned(zone.clone());
    LocalTime {
        date: local.date().to_string(),
        hour: u8::try_from(local.hour()).unwrap_or(0),
        minute: u8::try_from(local.minute()).unwrap_or(0),
        weekday: u8::try_from(local.weekday().to_monday_one_offset()).unwrap_or(1),
    }
}
