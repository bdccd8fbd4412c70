//! After the order: goods come back, buyers write reviews.
//!
//! Each draws from a stream of the customer's visit; what would be after the end is left out.

use jiff::Timestamp;
use mercer_connect::source::OrderStatus;
use mercer_engine_kit::money;
use mercer_engine_kit::seed::{Seed, Stream};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

use crate::catalogue::ProductTruth;
use crate::config::Config;
use crate::customers::{Customer, second_of_day};
use crate::shop::{Order, Refund, RefundLine, Review};
use crate::trade::Traded;
use crate::words::OPINIONS;

/// Chance that a buyer with an account reviews a line.
const REVIEW_PROBABILITY: f64 = 0.07;

/// Refunds by time.
pub(crate) fn refunds(config: &Config, truths: &[ProductTruth], traded: &Traded) -> Vec<Refund> {
    let seed = config.seed.part("returns");
    let mut refunds = Vec::new();
    for (index, order) in fulfilled(traded) {
        let mut stream = stream_of(seed, order);
        let first = order.first_line as usize;
        let bought = &traded.lines[first..first + order.n_lines as usize];
        let totals: Vec<i64> = bought.iter().map(|line| line.total_minor).collect();
        let coupons = money::split(order.discount_minor, &totals);
        let mut lines = Vec::new();
        for ((at, line), coupon) in (order.first_line..).zip(bought).zip(coupons) {
            let comes_back = stream.random_bool(truths[line.product as usize].return_rate);
            let quantity = stream.random_range(1..=line.quantity);
            if comes_back {
                let paid_minor = line.total_minor - coupon;
                let amount_minor = paid_minor * i64::from(quantity) / i64::from(line.quantity);
                lines.push(RefundLine { line: at, quantity, amount_minor });
            }
        }
        let refunded_at = later(order, 4..26, &mut stream);
        if !lines.is_empty() && refunded_at <= config.end {
            refunds.push(Refund { number: String::new(), order: index, refunded_at, lines });
        }
    }
    refunds.sort_by_key(|refund| (refund.refunded_at, refund.order));
    for (count, refund) in (5_001..).zip(&mut refunds) {
        refund.number = format!("R-{count}");
    }
    refunds
}

/// Reviews by time.
pub(crate) fn reviews(
    config: &Config,
    truths: &[ProductTruth],
    customers: &[Customer],
    traded: &Traded,
) -> Vec<Review> {
    let seed = config.seed.part("reviews");
    let mut reviews = Vec::new();
    for (index, order) in fulfilled(traded) {
        if customers[order.customer as usize].is_guest {
            continue;
        }
        let mut stream = stream_of(seed, order);
        let first = order.first_line as usize;
        for line in &traded.lines[first..first + order.n_lines as usize] {
            if !stream.random_bool(REVIEW_PROBABILITY) {
                continue;
            }
            let noise: f64 = StandardNormal.sample(&mut stream);
            let quality = truths[line.product as usize].quality_stars;
            let stars = (quality + noise).round().clamp(1.0, 5.0) as u8;
            let texts = OPINIONS[usize::from(stars - 1)];
            let text = texts[stream.random_range(0..texts.len())];
            let written_at = later(order, 5..36, &mut stream);
            let (customer, product) = (order.customer, line.product);
            if written_at <= config.end {
                reviews.push(Review { written_at, customer, product, order: index, stars, text });
            }
        }
    }
    reviews.sort_by_key(|review| (review.written_at, review.order, review.product));
    reviews
}

fn fulfilled(traded: &Traded) -> impl Iterator<Item = (u32, &Order)> {
    (0..).zip(&traded.orders).filter(|(_, order)| order.status == OrderStatus::Fulfilled)
}

fn stream_of(seed: Seed, order: &Order) -> Stream {
    seed.stream(&format!("{}-{}", order.customer, order.ordinal))
}

/// An instant some days after the order, at a usual hour.
fn later(order: &Order, days: std::ops::Range<i64>, stream: &mut Stream) -> Timestamp {
    let day = order.placed_at.as_second().div_euclid(86_400) + stream.random_range(days);
    let second = day * 86_400 + second_of_day(stream);
    Timestamp::from_second(second).unwrap_or(Timestamp::MAX)
}
