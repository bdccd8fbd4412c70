//! Simulates 100,000 orders, reads them as a source, and prints how long it took.

#![expect(clippy::print_stdout, reason = "an example that reports to its reader")]
#![expect(clippy::disallowed_methods, reason = "measures real time")]

use std::sync::Arc;
use std::time::Instant;

use mercer_connect::source::OrderSource;
use mercer_simshop::config::{Config, ConfigError};
use mercer_simshop::shop::Shop;
use mercer_simshop::source::CHANNEL;

fn main() -> Result<(), ConfigError> {
    let config = Config {
        n_orders_target: 100_000,
        n_customers: 20_000,
        n_products: 400,
        ..Config::default()
    };
    let start = Instant::now();
    let shop = Arc::new(Shop::simulate(&config)?);
    println!("simulated in {:?}", start.elapsed());
    let start = Instant::now();
    let mut source = shop.source(CHANNEL);
    let mut n_items = 0;
    while let Ok(Some(items)) = source.next_items(1_000) {
        n_items += items.len();
    }
    println!("{n_items} items read in {:?}", start.elapsed());
    let start = Instant::now();
    let n_views = shop.page_views().count();
    println!("{n_views} page views in {:?}", start.elapsed());
    let n_lost: u64 = shop.truths.lost_units.iter().sum();
    println!(
        "{} orders, {} lines, {} refunds, {} reviews, {} movements, {} stock-outs, {n_lost} units lost",
        shop.orders.len(),
        shop.lines.len(),
        shop.refunds.len(),
        shop.reviews.len(),
        shop.movements.len(),
        shop.truths.stock_outs.len(),
    );
    println!("{:?}", source.tally());
    Ok(())
}
