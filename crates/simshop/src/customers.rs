//! The people: names, when they come, how often they order, when they leave for good.
//!
//! Buy till you die (Schmittlein, Morrison and Colombo 1987): each has a rate of orders and an
//! unseen day of leaving. Time runs with the shop's season, so that all order more before
//! Christmas.

use mercer_engine_kit::seed::Stream;
use rand::RngExt;
use rand_distr::{Distribution, Exp1, StandardNormal};

use crate::config::Config;
use crate::words::{COUNTRIES, FIRST_NAMES, LAST_NAMES};

/// Longest history of one customer: six orders a day for ten years are no customer any more.
const N_ORDERS_OF_ONE_MAX: u32 = 20_000;

/// A customer as the shop knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// "C-00001"; unused for guests.
    pub external_id: String,
    /// Invented.
    pub name: String,
    /// At example.com.
    pub email: String,
    /// ISO 3166 code.
    pub country: &'static str,
    /// Orders without an account: the shop does not know who it was.
    pub is_guest: bool,
}

/// What is true of a customer, unseen by the merchant.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerTruth {
    /// Day index of the first order.
    pub arrival_day: u32,
    /// Day index from which they never order again; `None` for who is still a customer at the
    /// end. May be the day after arrival.
    pub churn_day: Option<u32>,
    /// Orders on a day of average season while a customer, after the first.
    pub rate_per_day: f64,
    /// Whether they order in a rhythm (gamma intervals, shape 6) or by chance (exponential).
    pub is_regular: bool,
    /// One of the best: frequent, regular, large baskets.
    pub is_star: bool,
    /// Buys for a business: many units a line.
    pub is_trade: bool,
    /// Where half of their lines come from.
    pub favourite_category: &'static str,
}

/// An order to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Visit {
    pub second: i64,
    pub customer: u32,
    /// Counts the customer's visits from 0.
    pub ordinal: u32,
}

/// One customer, their life with a rate before the shop's target is known, and the index of their
/// favourite category.
pub(crate) fn draw(
    config: &Config,
    index: u32,
    time: &SeasonTime,
    category_of: impl Fn(f64) -> (usize, &'static str),
) -> (Customer, CustomerTruth, usize) {
    let external_id = format!("C-{:05}", index + 1);
    let mut stream = config.seed.part("customers").stream(&external_id);
    let first = FIRST_NAMES[stream.random_range(0..FIRST_NAMES.len())];
    let last = LAST_NAMES[stream.random_range(0..LAST_NAMES.len())];
    let email =
        format!("{}.{}{}@example.com", first.to_lowercase(), last.to_lowercase(), index + 1);
    let is_guest = stream.random_bool(0.07);
    let customer = Customer {
        external_id,
        name: format!("{first} {last}"),
        email,
        country: draw_country(&mut stream),
        is_guest,
    };
    let (category, favourite_category) = category_of(stream.random());
    let mut truth = draw_life(config, is_guest, time, &mut stream);
    truth.favourite_category = favourite_category;
    (customer, truth, category)
}

fn draw_country(stream: &mut Stream) -> &'static str {
    let mut left = stream.random_range(0..100u32);
    for &(country, percent) in COUNTRIES {
        if left < percent {
            return country;
        }
        left -= percent;
    }
    COUNTRIES[0].0
}

/// When they come and go and how often they order. A third were customers before the first day.
fn draw_life(
    config: &Config,
    is_guest: bool,
    time: &SeasonTime,
    stream: &mut Stream,
) -> CustomerTruth {
    let n_days = f64::from(config.n_days);
    let is_star = !is_guest && stream.random_bool(0.02);
    let is_regular = is_star || stream.random_bool(0.3);
    let is_trade = !is_guest && stream.random_bool(0.015);
    let arrival: f64 = match is_star || stream.random_bool(0.33) {
        true => stream.random_range(0.0..n_days * 0.12),
        false => stream.random_range(0.0..n_days),
    };
    let arrival = time.day(arrival).map_or(n_days - 1.0, f64::from);
    let spread: f64 = StandardNormal.sample(stream);
    let rate_per_day = if is_star { stream.random_range(3.5..7.0) } else { (0.7 * spread).exp() };
    let only_once = is_guest || (!is_star && stream.random_bool(0.38));
    let mean_life_days = if is_star { 2_500.0 } else { 420.0 };
    let life: f64 = Exp1.sample(stream);
    let leaves_late = is_star && stream.random_bool(0.3);
    let churn = if only_once {
        arrival + 1.0
    } else if leaves_late {
        n_days - stream.random_range(25.0..110.0)
    } else {
        arrival + 1.0 + life * mean_life_days
    };
    let churn = churn.max(arrival + 1.0);
    CustomerTruth {
        arrival_day: arrival as u32,
        churn_day: (churn < n_days).then_some(churn as u32),
        rate_per_day,
        is_regular,
        is_star,
        is_trade,
        favourite_category: "",
    }
}

/// Season up to the beginning of each day, so that time can be measured by it.
pub(crate) struct SeasonTime {
    until: Vec<f64>,
}

impl SeasonTime {
    pub fn new(season: &[f64]) -> Self {
        let mean = season.iter().sum::<f64>() / season.len().max(1) as f64;
        let mut until = vec![0.0];
        let mut sum = 0.0;
        for factor in season {
            sum += factor / mean;
            until.push(sum);
        }
        Self { until }
    }

    fn at(&self, day: u32) -> f64 {
        self.until[(day as usize).min(self.until.len() - 1)]
    }

    /// The day in which this much season is reached; `None` after the end.
    fn day(&self, season: f64) -> Option<u32> {
        let after = self.until.partition_point(|until| *until <= season);
        (after < self.until.len()).then(|| after.saturating_sub(1) as u32)
    }

    /// Season days from the day after arrival until leaving or the end.
    fn span(&self, truth: &CustomerTruth) -> f64 {
        let until = truth.churn_day.unwrap_or(u32::MAX);
        (self.at(until) - self.at(truth.arrival_day + 1)).max(0.0)
    }
}

/// Brings the rates to the wanted number of orders.
pub(crate) fn scale_rates(n_orders: u32, truths: &mut [CustomerTruth], time: &SeasonTime) {
    let expected: f64 = truths.iter().map(|truth| truth.rate_per_day * time.span(truth)).sum();
    let wanted = (f64::from(n_orders) - truths.len() as f64).max(0.0);
    let scale = if expected > 0.0 { wanted / expected } else { 0.0 };
    for truth in truths {
        truth.rate_per_day *= scale;
    }
}

/// All visits of one customer that end in an order.
pub(crate) fn visits(
    config: &Config,
    index: u32,
    truth: &CustomerTruth,
    time: &SeasonTime,
    into: &mut Vec<Visit>,
) {
    let mut stream = config.seed.part("visits").stream(&format!("C-{:05}", index + 1));
    let first_second = i64::from(config.first_day()) * 86_400;
    let end_second = config.end.as_second();
    let until = truth.churn_day.unwrap_or(config.n_days);
    let mut day = truth.arrival_day;
    let mut season = time.at(day + 1);
    for ordinal in 0..N_ORDERS_OF_ONE_MAX {
        let second = first_second + i64::from(day) * 86_400 + second_of_day(&mut stream);
        if second <= end_second {
            into.push(Visit { second, customer: index, ordinal });
        }
        if truth.rate_per_day <= 0.0 {
            return;
        }
        season += interval(truth.is_regular, &mut stream) / truth.rate_per_day;
        match time.day(season) {
            Some(next) if next < until => day = next,
            _ => return,
        }
    }
}

/// An interval with mean 1.
fn interval(is_regular: bool, stream: &mut Stream) -> f64 {
    let n_parts = if is_regular { 6 } else { 1 };
    let sum: f64 = (0..n_parts)
        .map(|_| {
            let part: f64 = Exp1.sample(stream);
            part
        })
        .sum();
    sum / f64::from(n_parts)
}

/// Orders by hour of the day (UTC): few at night, lunch, most in the evening. Sums to 100.
const BY_HOUR: [u32; 24] =
    [1, 1, 0, 0, 0, 1, 2, 4, 5, 5, 5, 6, 7, 6, 5, 4, 4, 5, 6, 8, 10, 8, 5, 2];

/// A second of the day by [`BY_HOUR`].
pub(crate) fn second_of_day(stream: &mut Stream) -> i64 {
    let mut left = stream.random_range(0..BY_HOUR.iter().sum());
    let mut hour = 0;
    for (at, &percent) in (0i64..).zip(&BY_HOUR) {
        hour = at;
        if left < percent {
            break;
        }
        left -= percent;
    }
    hour * 3_600 + stream.random_range(0..3_600)
}
