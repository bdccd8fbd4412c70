//! The goods: names, variants, prices over time, and the truths of demand behind each product.
//!
//! Each product draws from its own stream, so that a further product changes none before it.
//! (Its companion or substitute may, as these take two.)

use std::collections::{BTreeMap, BTreeSet};

use mercer_engine_kit::seed::{Seed, Stream};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

use crate::config::Config;
use crate::season::{self, Special};
use crate::words::{CATEGORIES, Choices, Noun};

/// Chance that a product hardly sells.
pub const SLOW_MOVER_SHARE: f64 = 0.25;
/// What a slow mover sells against an ordinary product of the same draw.
const SLOW_MOVER_FACTOR: f64 = 0.03;

/// A product as the shop shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Product {
    /// "P-0001".
    pub external_id: String,
    /// As shown.
    pub title: String,
    /// As shown.
    pub category: &'static str,
    /// At least one.
    pub variants: Vec<Variant>,
    /// Index of its first variant among all variants of the shop.
    pub first_variant: u32,
    /// Day index (0 is the first day) from which it is sold.
    pub launch_day: u32,
    /// Price of the first variant before promotions, by day index, in minor units.
    pub list_price_minor: Vec<i64>,
    /// Money off by day index, in percent of the list price.
    pub promotion_percent: Vec<u8>,
}

impl Product {
    /// Price of a variant before promotions, in minor units. Ends like the list price does.
    #[must_use]
    pub fn unit_price_minor(&self, variant: usize, day: usize) -> i64 {
        let list_minor = self.list_price_minor[day];
        let price_minor = (list_minor * self.variants[variant].price_percent + 50) / 100;
        if price_minor != list_minor && list_minor % 50 == 45 {
            (price_minor + 30) / 50 * 50 - 5
        } else {
            price_minor
        }
    }
}

/// A variant of a product.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// Unique in the shop: "KI-0002-SAG".
    pub sku: String,
    /// What tells it from its siblings; none for an only variant.
    pub title: Option<String>,
    /// Price against the first variant, in percent.
    pub price_percent: i64,
    /// Share of the product's demand, out of 1.
    pub share: f64,
}

/// What is true of a product, unseen by the merchant.
#[derive(Debug, Clone, PartialEq)]
pub struct ProductTruth {
    /// Elasticity of order lines by price paid: a price 1 % higher changes its weight among all
    /// products by this many percent. From −3.2 to −0.5.
    pub elasticity: f64,
    /// Price at which demand is `popularity`, in minor units.
    pub base_price_minor: i64,
    /// Weight among all products at base price, without season and trend.
    pub popularity: f64,
    /// Whether it hardly sells.
    pub is_slow_mover: bool,
    /// Log amplitude of its own yearly season.
    pub season_amplitude: f64,
    /// Day of the year on which its season is highest.
    pub season_peak_day_of_year: f64,
    /// Log growth a year from `trend_from_day` on; 0 for most.
    pub trend_yearly: f64,
    /// Day index at which the trend begins.
    pub trend_from_day: u32,
    /// Chance that a line of it comes back.
    pub return_rate: f64,
    /// Mean stars that buyers would give, 1 to 5.
    pub quality_stars: f64,
    /// Mean units of a line for ordinary customers.
    pub line_units_mean: f64,
    /// The product that replaces it: hardly ever in the same order, and bought instead when this
    /// one is out of stock.
    pub substitute: Option<u32>,
}

impl ProductTruth {
    /// Weight of the product among all on a day, given the price paid.
    #[must_use]
    pub fn weight(&self, product: &Product, day: usize, day_of_year: f64) -> f64 {
        if (day as u32) < product.launch_day {
            return 0.0;
        }
        let paid = product.list_price_minor[day] as f64
            * (1.0 - f64::from(product.promotion_percent[day]) / 100.0);
        let price = (paid / self.base_price_minor as f64).powf(self.elasticity);
        self.popularity * price * self.timing(day, day_of_year)
    }

    /// Season and trend of the product on a day.
    #[must_use]
    pub fn timing(&self, day: usize, day_of_year: f64) -> f64 {
        let angle = (day_of_year - self.season_peak_day_of_year) / 365.25 * std::f64::consts::TAU;
        let years = (day as f64 - f64::from(self.trend_from_day)).max(0.0) / 365.25;
        (self.season_amplitude * angle.cos() + self.trend_yearly * years).exp()
    }
}

/// A pair that is bought together on purpose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Companion {
    /// Who has this in the basket …
    pub product: u32,
    /// … adds this.
    pub companion: u32,
    /// Chance of adding it, where it is not there already and in stock.
    pub attach_probability: f64,
    /// Expected share of orders with both ÷ (share with one × share with the other).
    pub lift: f64,
}

/// Products with their truths.
pub(crate) struct Catalogue {
    pub products: Vec<Product>,
    pub truths: Vec<ProductTruth>,
    /// Index into the categories, by product.
    pub categories: Vec<usize>,
    pub n_variants: u32,
}

/// All products of the shop.
pub(crate) fn generate(config: &Config) -> Catalogue {
    let seed = config.seed.part("products");
    let mut titles = BTreeSet::new();
    let mut groups: BTreeMap<(usize, usize), Vec<u32>> = BTreeMap::new();
    let mut catalogue = Catalogue {
        products: Vec::new(),
        truths: Vec::new(),
        categories: Vec::new(),
        n_variants: 0,
    };
    for index in 0..config.n_products {
        let external_id = format!("P-{:04}", index + 1);
        let mut stream = seed.stream(&external_id);
        let category = stream.random_range(0..CATEGORIES.len());
        let kind = stream.random_range(0..CATEGORIES[category].nouns.len());
        let noun = &CATEGORIES[category].nouns[kind];
        let style = stream.random_range(0..CATEGORIES[category].styles.len());
        let title = unused_title(category, noun, style, &mut titles);
        let truth = draw_truth(config, category, noun, &mut stream);
        let variants = draw_variants(category, index, noun.choices, &mut stream);
        // The first product is there from the start, so that there is something to sell.
        let launch_day = match stream.random_bool(0.14) && index > 0 {
            true => stream.random_range(0..config.n_days * 9 / 10),
            false => 0,
        };
        let list_price_minor = draw_prices(config, truth.base_price_minor, &mut stream);
        let promotion_percent = draw_promotions(config, &mut stream);
        groups.entry((category, kind)).or_default().push(index);
        let first_variant = catalogue.n_variants;
        catalogue.n_variants += variants.len() as u32;
        catalogue.truths.push(truth);
        catalogue.categories.push(category);
        catalogue.products.push(Product {
            external_id,
            title,
            category: CATEGORIES[category].name,
            variants,
            first_variant,
            launch_day,
            list_price_minor,
            promotion_percent,
        });
    }
    for pair in groups.values().flat_map(|group| group.chunks_exact(2)) {
        catalogue.truths[pair[0] as usize].substitute = Some(pair[1]);
        catalogue.truths[pair[1] as usize].substitute = Some(pair[0]);
    }
    catalogue
}

/// "Fern stoneware teapot"; where taken, the next style, then a further series.
fn unused_title(
    category: usize,
    noun: &Noun,
    style: usize,
    titles: &mut BTreeSet<String>,
) -> String {
    let styles = CATEGORIES[category].styles;
    let mut n_tried = 0;
    loop {
        let series = match n_tried / styles.len() {
            0 => String::new(),
            n => format!(", series {}", n + 1),
        };
        let title = format!("{} {}{series}", styles[(style + n_tried) % styles.len()], noun.name);
        if titles.insert(title.clone()) {
            return title;
        }
        n_tried += 1;
    }
}

fn draw_truth(config: &Config, category: usize, noun: &Noun, stream: &mut Stream) -> ProductTruth {
    let (peak, amplitude) = CATEGORIES[category].season;
    let is_slow_mover = stream.random_bool(SLOW_MOVER_SHARE);
    let spread: f64 = StandardNormal.sample(stream);
    let popularity = (0.8 * spread).exp() * if is_slow_mover { SLOW_MOVER_FACTOR } else { 1.0 };
    let price = stream.random_range(noun.price.0..noun.price.1);
    let n_recent_days = config.n_days.min(200);
    let (trend_yearly, trend_from_day) = match stream.random_range(0..100u32) {
        0..12 if !is_slow_mover => (
            stream.random_range(1.2..2.6),
            config.n_days - stream.random_range(n_recent_days / 2..=n_recent_days),
        ),
        12..20 => (stream.random_range(-1.2..-0.4), config.n_days / 3),
        _ => (0.0, 0),
    };
    ProductTruth {
        elasticity: -stream.random_range(0.5..3.2),
        base_price_minor: nice_price(price, config),
        popularity,
        is_slow_mover,
        season_amplitude: amplitude * stream.random_range(0.6..1.4),
        season_peak_day_of_year: peak + stream.random_range(-12.0..12.0),
        trend_yearly,
        trend_from_day,
        return_rate: stream.random_range(0.01..0.09),
        quality_stars: stream.random_range(3.2..4.8),
        line_units_mean: if price < 12.0 { stream.random_range(1.1..2.2) } else { 1.08 },
        substitute: None,
    }
}

/// A price that ends in .45 or .95 where the currency has two decimals.
fn nice_price(major: f64, config: &Config) -> i64 {
    if config.currency.n_decimals() == 2 {
        ((major * 2.0).round().max(2.0) as i64) * 50 - 5
    } else {
        (major * 10f64.powi(config.currency.n_decimals() as i32)).round().max(1.0) as i64
    }
}

fn draw_variants(
    category: usize,
    index: u32,
    choices: Choices,
    stream: &mut Stream,
) -> Vec<Variant> {
    let code = CATEGORIES[category].code;
    let named: Vec<(&str, i64)> = match choices {
        Choices::None => Vec::new(),
        Choices::Colours(colours) => {
            let n_colours = stream.random_range(2..=colours.len());
            colours[..n_colours].iter().map(|&colour| (colour, 100)).collect()
        }
        Choices::Sizes(sizes) => sizes.to_vec(),
    };
    if named.is_empty() {
        let sku = format!("{code}-{:04}", index + 1);
        return vec![Variant { sku, title: None, price_percent: 100, share: 1.0 }];
    }
    let weights: Vec<f64> = named.iter().map(|_| stream.random_range(0.4..1.6)).collect();
    let sum: f64 = weights.iter().sum();
    let of_variant = |((name, price_percent), weight): (&(&str, i64), &f64)| Variant {
        sku: format!("{code}-{:04}-{}", index + 1, short(name)),
        title: Some((*name).to_owned()),
        price_percent: *price_percent,
        share: weight / sum,
    };
    named.iter().zip(&weights).map(of_variant).collect()
}

/// "ink blue" becomes "INK", "250 g" becomes "250".
fn short(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).take(3).collect::<String>().to_uppercase()
}

/// The list price by day: it changes a few times, more up than down.
fn draw_prices(config: &Config, base_minor: i64, stream: &mut Stream) -> Vec<i64> {
    let scale = 10f64.powi(config.currency.n_decimals() as i32);
    let mut changes: Vec<(u32, f64)> = (0..2 + config.n_days / 180)
        .map(|_| (stream.random_range(1..config.n_days), stream.random_range(0.84..1.22)))
        .collect();
    changes.sort_by_key(|change| change.0);
    let mut price = base_minor;
    let mut prices = Vec::with_capacity(config.n_days as usize);
    let mut upcoming = changes.into_iter().peekable();
    for day in 0..config.n_days {
        while let Some((_, factor)) = upcoming.next_if(|change| change.0 == day) {
            price = nice_price(base_minor as f64 / scale * factor, config);
        }
        prices.push(price);
    }
    prices
}

/// Money off by day: some weeks a year of the product's own, and for many the black week.
fn draw_promotions(config: &Config, stream: &mut Stream) -> Vec<u8> {
    let mut percent = vec![0u8; config.n_days as usize];
    for _ in 0..(3 * config.n_days).div_ceil(365) {
        let from = stream.random_range(0..config.n_days) as usize;
        let length = stream.random_range(7..=14);
        let off = [10, 15, 20, 25, 30][stream.random_range(0..5)];
        let until = (from + length).min(percent.len());
        percent[from..until].fill(off);
    }
    if stream.random_bool(0.4) {
        for (day, off) in (config.first_day()..).zip(&mut percent) {
            if season::special(season::date_of(day)) == Some(Special::BlackWeek) {
                *off = 20;
            }
        }
    }
    percent
}

/// Companions: about one product in four takes one from a category that goes with its own. No
/// product is in two pairs. A partner is chosen by highest random weight (Thaler and Ravishankar
/// 1998), so that a further product moves few pairs.
pub(crate) fn pair_up(
    seed: Seed,
    catalogue: &Catalogue,
    shares: &[f64],
    more_lines_probability: f64,
) -> Vec<Companion> {
    let seed = seed.part("companions");
    let mut taken = vec![false; shares.len()];
    let mut pairs = Vec::new();
    for product in 0..shares.len() {
        let mut stream = seed.stream(&catalogue.products[product].external_id);
        let wants = stream.random_bool(0.25);
        let (aim, key) = (stream.random_range(4.0..14.0), stream.random::<u64>());
        let sells = |product: usize| shares[product] * shares.len() as f64 >= PAIR_SHARE_MIN;
        if taken[product] || !wants || !sells(product) {
            continue;
        }
        let goes_with = CATEGORIES[catalogue.categories[product]].goes_with;
        let fits = |&other: &usize| {
            other != product
                && !taken[other]
                && sells(other)
                && catalogue.truths[product].substitute != Some(other as u32)
                && goes_with.contains(&catalogue.categories[other])
        };
        let Some(other) = (0..shares.len()).filter(fits).max_by_key(|&other| mix(key, other))
        else {
            continue;
        };
        (taken[product], taken[other]) = (true, true);
        let (attach_probability, lift) =
            attach(aim, shares[product], shares[other], more_lines_probability);
        pairs.push(Companion {
            product: product as u32,
            companion: other as u32,
            attach_probability,
            lift,
        });
    }
    pairs
}

/// Least share in sales of either of a pair, against the mean product: a pair nobody buys teaches
/// nothing.
const PAIR_SHARE_MIN: f64 = 0.25;
/// Smallest chance to add a companion.
const ATTACH_PROBABILITY_MIN: f64 = 0.01;
/// Largest chance to add a companion: more would look like a bundle.
const ATTACH_PROBABILITY_MAX: f64 = 0.45;

/// The chance of adding the companion that gives about the wanted lift, and the lift it then has.
///
/// Baskets have `k` draws, geometric with chance `q` of a further one. A product with share `s`
/// of draws is in a basket with `a = s / (1 − q + q s)`; two are in it together `2 q` times more
/// often than chance (large baskets have more of everything), for small shares.
fn attach(aim: f64, share_a: f64, share_b: f64, q: f64) -> (f64, f64) {
    let contains = |share: f64| share / (1.0 - q + q * share);
    let (a, b) = (contains(share_a), contains(share_b));
    let own = (2.0 * q * b).min(1.0);
    let wanted = (aim * b - own) / ((1.0 - own) * (1.0 - aim * a).max(0.05));
    let chance = wanted.clamp(ATTACH_PROBABILITY_MIN, ATTACH_PROBABILITY_MAX);
    let both = own + chance * (1.0 - own);
    (chance, both / (b + a * chance * (1.0 - own)))
}

/// Mixes a key with an index (the finaliser of SplitMix64, Steele, Lea and Flood 2014).
fn mix(key: u64, index: usize) -> u64 {
    let mut z = key ^ (index as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
