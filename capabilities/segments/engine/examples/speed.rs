//! Fits and decides a million customers and prints how long it took.

#![expect(clippy::print_stdout, reason = "an example that reports to its reader")]
#![expect(clippy::disallowed_methods, reason = "measures real time")]

use std::time::Instant;

use mercer_engine_kit::money::Currency;
use mercer_engine_kit::seed::Seed;
use mercer_segments_engine::decide;
use mercer_segments_engine::fit::fit;
use mercer_segments_engine::input::CustomerStats;
use mercer_segments_engine::policy::Policy;

fn main() {
    let customers: Vec<CustomerStats> = (0..1_000_000u32)
        .map(|customer| {
            let mixed = customer.wrapping_mul(2_654_435_761);
            CustomerStats {
                customer,
                last_order_day: 20_000 - (mixed % 730) as i32,
                n_orders: 1 + (mixed >> 13) % 64 / ((mixed >> 20) % 64 + 1),
                monetary_minor: i64::from(mixed >> 9) % 900_001 - 500,
            }
        })
        .collect();
    let start = Instant::now();
    let model = fit(&customers, 20_000, Currency::GBP);
    let fitted = start.elapsed();
    let policy = Policy::default();
    let n_members = customers
        .iter()
        .map(|stats| decide(&model.input(stats), &policy, Seed(1)))
        .filter(|decision| decision.outcome.membership().is_some())
        .count();
    println!("fit {fitted:?}, fit and decide {:?}, {n_members} members", start.elapsed());
}
