//! Day by day: baskets are filled from demand, stock goes out and comes in, orders are booked.
//!
//! Draws of a basket come from the stream of that customer's visit. Stock is the only thing
//! through which one order reaches into another.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mercer_connect::source::OrderStatus;
use mercer_engine_kit::seed::Stream;
use rand::RngExt;

use crate::catalogue::{Catalogue, Companion};
use crate::config::Config;
use crate::customers::Visit;
use crate::season;
use crate::shop::{Line, Movement, MovementKind, Order, People, StockOut};
use crate::words::CATEGORIES;

/// Chance of a further line after each: 2.5 lines on average.
pub(crate) const MORE_LINES_PROBABILITY: f64 = 0.6;
/// The same for the best customers: 3.6 lines on average.
const MORE_LINES_PROBABILITY_STAR: f64 = 0.72;
/// Most draws for a basket.
const N_DRAWS_MAX: usize = 15;
/// Chance that a line comes from the customer's favourite category rather than from all, on the
/// day on which that category is wanted most; on other days in proportion.
const FAVOURITE_PROBABILITY: f64 = 0.5;
/// Chance that a substitute is left out where its counterpart is in the basket.
const SUBSTITUTE_REFUSED_PROBABILITY: f64 = 0.9;
/// Chance to take another variant when the wanted one is out of stock.
const OTHER_VARIANT_PROBABILITY: f64 = 0.5;
/// Chance to take the substitute when a product is out of stock.
const OTHER_PRODUCT_PROBABILITY: f64 = 0.4;
/// Orders are sent within two days; the younger, the more are still open.
const OPEN_SECONDS_MAX: i64 = 2 * 86_400;
/// Tax contained in all prices: 20 % on top of net.
const TAX_PERCENT: i64 = 20;

/// Weights of all products by day, for drawing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Demand {
    /// Products sorted by category.
    order: Vec<u32>,
    /// Where each category begins in `order`; one more at the end.
    starts: Vec<usize>,
    /// Sums of weights by day over `order`; each day begins with 0.
    sums: Vec<f64>,
    /// Largest share of each category in a day's weights. Keeping it fixed makes a category sell
    /// less out of season even to those who love it.
    category_peaks: Vec<f64>,
    /// Share of each product in all draws of the whole time.
    pub mean_shares: Vec<f64>,
}

impl Demand {
    pub fn new(config: &Config, catalogue: &Catalogue, calendar_by_day: &[f64]) -> Self {
        let n_products = catalogue.products.len();
        let mut order: Vec<u32> = (0..n_products as u32).collect();
        order.sort_by_key(|&product| catalogue.categories[product as usize]);
        let starts: Vec<usize> = (0..=CATEGORIES.len())
            .map(|category| order.partition_point(|&p| catalogue.categories[p as usize] < category))
            .collect();
        let mut sums = Vec::with_capacity((n_products + 1) * calendar_by_day.len());
        let mut mean_shares = vec![0.0; n_products];
        let mut category_peaks = vec![0.0f64; CATEGORIES.len()];
        for (day, factor) in calendar_by_day.iter().enumerate() {
            let day_of_year =
                f64::from(season::date_of(config.first_day() + day as i32).day_of_year());
            let from = sums.len();
            let mut sum = 0.0;
            sums.push(0.0);
            for &product in &order {
                let product = product as usize;
                let weight = catalogue.truths[product].weight(
                    &catalogue.products[product],
                    day,
                    day_of_year,
                );
                mean_shares[product] += weight * factor;
                sum += weight;
                sums.push(sum);
            }
            for (peak, bounds) in category_peaks.iter_mut().zip(starts.windows(2)) {
                *peak = peak.max((sums[from + bounds[1]] - sums[from + bounds[0]]) / sum);
            }
        }
        let total: f64 = mean_shares.iter().sum();
        mean_shares.iter_mut().for_each(|share| *share /= total);
        Self { order, starts, sums, category_peaks, mean_shares }
    }

    fn sums_of(&self, day: usize) -> &[f64] {
        let stride = self.order.len() + 1;
        &self.sums[day * stride..(day + 1) * stride]
    }

    /// The category at a point from 0 to 1 of all demand, with its name.
    pub fn category_at(&self, point: f64) -> (usize, &'static str) {
        let mut left = point;
        let mut found = 0;
        for (category, bounds) in self.starts.windows(2).enumerate() {
            let share: f64 = self.order[bounds[0]..bounds[1]]
                .iter()
                .map(|&p| self.mean_shares[p as usize])
                .sum();
            if share > 0.0 {
                found = category;
                if left < share {
                    break;
                }
            }
            left -= share;
        }
        (found, CATEGORIES[found].name)
    }

    /// Share of a product in the draws of a day.
    fn share(&self, at: usize, day: usize) -> f64 {
        let sums = self.sums_of(day);
        (sums[at + 1] - sums[at]) / sums[sums.len() - 1]
    }

    /// Place of each product in `order`.
    fn places(&self) -> Vec<usize> {
        let mut places = vec![0; self.order.len()];
        for (at, &product) in self.order.iter().enumerate() {
            places[product as usize] = at;
        }
        places
    }

    /// Orders by day against the mean: the calendar times how much all goods together are wanted.
    pub fn season(&self, calendar_by_day: &[f64]) -> Vec<f64> {
        let stride = self.order.len() + 1;
        let season: Vec<f64> = self
            .sums
            .chunks_exact(stride)
            .zip(calendar_by_day)
            .map(|(sums, factor)| sums[stride - 1] * factor)
            .collect();
        let mean = season.iter().sum::<f64>() / season.len() as f64;
        season.into_iter().map(|factor| factor / mean).collect()
    }

    /// A product by its weight on the day. With a favourite category, from that one in proportion
    /// to how much it is wanted on the day; otherwise from all.
    pub fn draw(&self, day: usize, favourite: Option<usize>, stream: &mut Stream) -> u32 {
        let sums = self.sums_of(day);
        let (mut from, mut until) = (0, self.order.len());
        if let Some(category) = favourite {
            let (first, end) = (self.starts[category], self.starts[category + 1]);
            let share = (sums[end] - sums[first]) / sums[sums.len() - 1];
            if stream.random::<f64>() * self.category_peaks[category] < share {
                (from, until) = (first, end);
            }
        }
        let point = sums[from] + stream.random::<f64>() * (sums[until] - sums[from]);
        let at = sums[from + 1..=until].partition_point(|sum| *sum <= point);
        self.order[(from + at).min(until - 1)]
    }
}

/// What the days brought.
pub(crate) struct Traded {
    pub orders: Vec<Order>,
    pub lines: Vec<Line>,
    pub movements: Vec<Movement>,
    pub stock_outs: Vec<StockOut>,
    pub lost_units: Vec<u64>,
}

/// Runs all visits in order of time.
pub(crate) fn run(
    config: &Config,
    catalogue: &Catalogue,
    companions: &[Companion],
    demand: &Demand,
    (people, season_by_day): (&People, &[f64]),
) -> Traded {
    let mut attached = vec![None; catalogue.products.len()];
    for pair in companions {
        attached[pair.product as usize] = Some(*pair);
    }
    let mut counter = Counter {
        config,
        catalogue,
        demand,
        attached,
        stock: Stock::new(config, catalogue, demand, season_by_day),
        traded: Traded {
            orders: Vec::with_capacity(people.visits.len()),
            lines: Vec::with_capacity(people.visits.len() * 3),
            movements: Vec::new(),
            stock_outs: Vec::new(),
            lost_units: vec![0; catalogue.products.len()],
        },
    };
    let seed = config.seed.part("baskets");
    let first_second = i64::from(config.first_day()) * 86_400;
    for visit in &people.visits {
        let day = ((visit.second - first_second) / 86_400) as u32;
        counter.stock.open_until(day, &mut counter.traded);
        let mut stream = seed.stream(&format!("{}-{}", visit.customer, visit.ordinal));
        counter.serve(visit, day, people, &mut stream);
    }
    counter.stock.close(config.n_days, &mut counter.traded);
    counter.traded
}

/// The till: fills baskets and books orders.
struct Counter<'a> {
    config: &'a Config,
    catalogue: &'a Catalogue,
    demand: &'a Demand,
    attached: Vec<Option<Companion>>,
    stock: Stock<'a>,
    traded: Traded,
}

impl Counter<'_> {
    fn serve(&mut self, visit: &Visit, day: u32, people: &People, stream: &mut Stream) {
        let customer = visit.customer as usize;
        let truth = &people.truths[customer];
        let wanted = self.basket(day, people.favourites[customer], truth.is_star, stream);
        let cancelled = stream.random_bool(0.015);
        let first_line = self.traded.lines.len();
        for product in wanted {
            let units = self.units(product, truth.is_trade, stream);
            self.take(product, units, day, stream);
        }
        let n_lines = self.traded.lines.len() - first_line;
        if n_lines == 0 {
            return;
        }
        let items_minor =
            self.traded.lines[first_line..].iter().map(|line| line.total_minor).sum::<i64>();
        let (discount_code, percent) = coupon(visit.ordinal, stream);
        let age_seconds = self.config.end.as_second() - visit.second;
        let is_sent = stream.random::<f64>() * OPEN_SECONDS_MAX as f64 <= age_seconds as f64;
        let status = match (cancelled, is_sent) {
            (true, _) => OrderStatus::Cancelled,
            (_, false) => OrderStatus::Open,
            _ => OrderStatus::Fulfilled,
        };
        self.traded.orders.push(Order {
            number: format!("S-{}", 10_001 + self.traded.orders.len()),
            placed_at: Timestamp::from_second(visit.second).unwrap_or(Timestamp::UNIX_EPOCH),
            day,
            customer: visit.customer,
            ordinal: visit.ordinal,
            status,
            first_line: first_line as u32,
            n_lines: n_lines as u32,
            discount_code,
            discount_minor: (items_minor * percent + 50) / 100,
            shipping_minor: self.shipping_minor(people.customers[customer].country, items_minor),
        });
    }

    /// Which products are wanted, in the order of thinking of them.
    fn basket(&self, day: u32, favourite: usize, is_star: bool, stream: &mut Stream) -> Vec<u32> {
        let more = if is_star { MORE_LINES_PROBABILITY_STAR } else { MORE_LINES_PROBABILITY };
        let mut basket: Vec<u32> = Vec::new();
        for _ in 0..N_DRAWS_MAX {
            let category = stream.random_bool(FAVOURITE_PROBABILITY).then_some(favourite);
            let product = self.demand.draw(day as usize, category, stream);
            let refused = stream.random_bool(SUBSTITUTE_REFUSED_PROBABILITY)
                && self.catalogue.truths[product as usize]
                    .substitute
                    .is_some_and(|other| basket.contains(&other));
            if !refused && !basket.contains(&product) {
                basket.push(product);
            }
            if !stream.random_bool(more) {
                break;
            }
        }
        for at in 0..basket.len() {
            let Some(pair) = self.attached[basket[at] as usize] else { continue };
            let attaches = stream.random_bool(pair.attach_probability);
            let launched = self.catalogue.products[pair.companion as usize].launch_day <= day;
            if attaches && launched && !basket.contains(&pair.companion) {
                basket.push(pair.companion);
            }
        }
        basket
    }

    fn units(&self, product: u32, is_trade: bool, stream: &mut Stream) -> u32 {
        let extra = self.catalogue.truths[product as usize].line_units_mean - 1.0;
        let mut units = 1;
        while units < 12 && stream.random_bool(extra / (1.0 + extra)) {
            units += 1;
        }
        if is_trade { units * stream.random_range(4..=12) } else { units }
    }

    /// Takes from stock: the variant wanted, another one, the substitute, or nothing.
    fn take(&mut self, product: u32, units: u32, day: u32, stream: &mut Stream) {
        let variant = self.draw_variant(product, stream);
        let other_variant = stream.random_bool(OTHER_VARIANT_PROBABILITY);
        let other_product = stream.random_bool(OTHER_PRODUCT_PROBABILITY);
        if self.book(product, variant, units, day) {
            return;
        }
        let n_variants = self.catalogue.products[product as usize].variants.len() as u32;
        if other_variant {
            let beside = (1..n_variants).map(|step| (variant + step) % n_variants);
            if beside.into_iter().any(|next| self.book(product, next, units, day)) {
                return;
            }
        }
        let substitute = self.catalogue.truths[product as usize].substitute;
        if let (true, Some(substitute)) = (other_product, substitute) {
            let first_line = self.traded.orders.last().map_or(0, |o| o.first_line + o.n_lines);
            let in_basket = self.traded.lines[first_line as usize..]
                .iter()
                .any(|line| line.product == substitute);
            let launched = self.catalogue.products[substitute as usize].launch_day <= day;
            let variant = self.draw_variant(substitute, stream);
            if launched && !in_basket && self.book(substitute, variant, units, day) {
                return;
            }
        }
        self.traded.lost_units[product as usize] += u64::from(units);
    }

    fn draw_variant(&self, product: u32, stream: &mut Stream) -> u32 {
        let variants = &self.catalogue.products[product as usize].variants;
        let mut left: f64 = stream.random();
        for (at, variant) in (0..).zip(variants) {
            if left < variant.share {
                return at;
            }
            left -= variant.share;
        }
        0
    }

    /// Adds a line with what is in stock; false where nothing is.
    fn book(&mut self, product: u32, variant: u32, units: u32, day: u32) -> bool {
        let quantity = self.stock.sell(product, variant, units, day);
        if quantity == 0 {
            return false;
        }
        let goods = &self.catalogue.products[product as usize];
        let unit_price_minor = goods.unit_price_minor(variant as usize, day as usize);
        let full_minor = unit_price_minor * i64::from(quantity);
        let percent = i64::from(goods.promotion_percent[day as usize]);
        let discount_minor = (full_minor * percent + 50) / 100;
        let total_minor = full_minor - discount_minor;
        let tax_minor = (total_minor * TAX_PERCENT + (100 + TAX_PERCENT) / 2) / (100 + TAX_PERCENT);
        self.traded.lines.push(Line {
            product,
            variant,
            quantity,
            unit_price_minor,
            discount_minor,
            tax_minor,
            total_minor,
        });
        true
    }

    /// 3.95 at home up to 40.00 and free above; 9.95 abroad.
    fn shipping_minor(&self, country: &str, items_minor: i64) -> i64 {
        let cents = match (country, items_minor * 100 / self.scale()) {
            ("GB", 4_000..) => 0,
            ("GB", _) => 395,
            _ => 995,
        };
        cents * self.scale() / 100
    }

    /// Minor units in a major one.
    fn scale(&self) -> i64 {
        10i64.pow(self.config.currency.n_decimals())
    }
}

/// A code and its percent: many first orders, a few later ones.
fn coupon(ordinal: u32, stream: &mut Stream) -> (Option<&'static str>, i64) {
    let used: f64 = stream.random();
    match ordinal {
        0 if used < 0.25 => (Some("WELCOME10"), 10),
        1.. if used < 0.04 => (Some("THANKYOU5"), 5),
        _ => (None, 0),
    }
}

/// Stock of all variants: a reorder point and a quantity that follow what the merchant expects,
/// with a lead time; some merchants' estimates are too low, so that goods run out.
struct Stock<'a> {
    catalogue: &'a Catalogue,
    demand: &'a Demand,
    /// Expected lines by day, over all products.
    lines_by_day: Vec<f64>,
    places: Vec<usize>,
    plans: Vec<Plan>,
    levels: Vec<i64>,
    is_due: Vec<bool>,
    out_since: Vec<Option<u32>>,
    pending: BTreeMap<u32, Vec<Movement>>,
    next_day: u32,
}

/// How a product is reordered.
struct Plan {
    lead_days: u32,
    cover_days: f64,
    /// Share of the expected demand over the lead time at which is reordered.
    caution: f64,
}

impl<'a> Stock<'a> {
    fn new(
        config: &Config,
        catalogue: &'a Catalogue,
        demand: &'a Demand,
        season_by_day: &[f64],
    ) -> Self {
        let lines = f64::from(config.n_orders_target) / (1.0 - MORE_LINES_PROBABILITY);
        let sum: f64 = season_by_day.iter().sum();
        let n_variants = catalogue.n_variants as usize;
        let mut stock = Self {
            catalogue,
            demand,
            lines_by_day: season_by_day.iter().map(|factor| lines * factor / sum).collect(),
            places: demand.places(),
            plans: Vec::new(),
            levels: vec![0; n_variants],
            is_due: vec![false; n_variants],
            out_since: vec![None; n_variants],
            pending: BTreeMap::new(),
            next_day: 0,
        };
        let seed = config.seed.part("stock");
        for (index, product) in (0u32..).zip(&catalogue.products) {
            let mut stream = seed.stream(&product.external_id);
            stock.plans.push(Plan {
                lead_days: stream.random_range(5..=21),
                cover_days: stream.random_range(28.0..70.0),
                caution: stream.random_range(0.8..2.2),
            });
            for variant in 0..product.variants.len() as u32 {
                stock.order(index, variant, product.launch_day, 0);
                stock.draw_corrections(config, (index, variant), &mut stream);
            }
        }
        stock
    }

    /// Damaged, lost and found goods: about one event a variant in a year.
    fn draw_corrections(
        &mut self,
        config: &Config,
        (product, variant): (u32, u32),
        stream: &mut Stream,
    ) {
        for _ in 0..config.n_days.div_ceil(365) {
            let day = stream.random_range(0..config.n_days);
            let (kind, sign) = match stream.random_range(0..4) {
                0 | 1 => (MovementKind::Damaged, -1),
                2 => (MovementKind::Lost, -1),
                _ => (MovementKind::Found, 1),
            };
            let quantity = sign * stream.random_range(1..=5);
            let movement = Movement { day, product, variant, kind, quantity };
            self.pending.entry(day).or_default().push(movement);
        }
    }

    fn index(&self, product: u32, variant: u32) -> usize {
        (self.catalogue.products[product as usize].first_variant + variant) as usize
    }

    /// Units of a variant that the merchant expects to sell on a day.
    fn expected(&self, product: u32, variant: u32, day: u32) -> f64 {
        let day = (day as usize).min(self.lines_by_day.len() - 1);
        let share = self.demand.share(self.places[product as usize], day);
        let goods = &self.catalogue.products[product as usize];
        let units = self.catalogue.truths[product as usize].line_units_mean * 1.15;
        self.lines_by_day[day] * share * units * goods.variants[variant as usize].share
    }

    /// Orders from the supplier, to arrive after `lead_days`.
    fn order(&mut self, product: u32, variant: u32, day: u32, lead_days: u32) {
        let arrival = day + lead_days;
        let plan = &self.plans[product as usize];
        let units = self.expected(product, variant, arrival) * plan.cover_days;
        let quantity = (units.ceil() as i64).max(4);
        let kind = MovementKind::Delivery;
        let movement = Movement { day: arrival, product, variant, kind, quantity };
        self.pending.entry(arrival).or_default().push(movement);
        let index = self.index(product, variant);
        self.is_due[index] = true;
    }

    /// Does what happens before the sales of each day up to and with `day`.
    fn open_until(&mut self, day: u32, traded: &mut Traded) {
        while self.next_day <= day {
            for movement in self.pending.remove(&self.next_day).unwrap_or_default() {
                self.apply(movement, traded);
            }
            self.next_day += 1;
        }
    }

    fn apply(&mut self, movement: Movement, traded: &mut Traded) {
        let Movement { day, product, variant, kind, quantity } = movement;
        let index = self.index(product, variant);
        let quantity = quantity.max(-self.levels[index]);
        let launched = self.catalogue.products[product as usize].launch_day <= day;
        if quantity == 0 || !launched {
            return;
        }
        self.levels[index] += quantity;
        traded.movements.push(Movement { quantity, ..movement });
        if kind == MovementKind::Delivery {
            self.is_due[index] = false;
        }
        if let (true, Some(from_day)) = (quantity > 0, self.out_since[index].take()) {
            traded.stock_outs.push(StockOut { product, variant, from_day, until_day: day });
        }
        self.watch(product, variant, day);
    }

    /// Sells up to so many units; returns how many there were.
    fn sell(&mut self, product: u32, variant: u32, units: u32, day: u32) -> u32 {
        let index = self.index(product, variant);
        let quantity = i64::from(units).min(self.levels[index]).max(0);
        if quantity > 0 {
            self.levels[index] -= quantity;
            self.watch(product, variant, day);
        }
        quantity as u32
    }

    /// Reorders at the reorder point; notes when the last unit has gone.
    fn watch(&mut self, product: u32, variant: u32, day: u32) {
        let index = self.index(product, variant);
        if self.levels[index] == 0 {
            self.out_since[index].get_or_insert(day);
        }
        let Plan { lead_days, caution, .. } = self.plans[product as usize];
        let point = self.expected(product, variant, day) * f64::from(lead_days) * caution;
        if !self.is_due[index] && self.levels[index] as f64 <= point {
            self.order(product, variant, day, lead_days.max(1));
        }
    }

    /// Brings the last days to their end and closes what is still out of stock.
    fn close(&mut self, n_days: u32, traded: &mut Traded) {
        self.open_until(n_days - 1, traded);
        for (index, goods) in (0u32..).zip(&self.catalogue.products) {
            for variant in 0..goods.variants.len() as u32 {
                let at = self.index(index, variant);
                if let Some(from_day) = self.out_since[at] {
                    let until_day = n_days;
                    let product = index;
                    traded.stock_outs.push(StockOut { product, variant, from_day, until_day });
                }
            }
        }
    }
}
