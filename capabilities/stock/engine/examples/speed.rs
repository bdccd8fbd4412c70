//! Times the decision on carts of the usual and of the largest kind.
//!
//! `cargo run --release -p mercer-stock-engine --example speed`

use std::hint::black_box;

use mercer_engine_kit::seed::Seed;
use mercer_stock_engine::decide;
use mercer_stock_engine::input::{Ask, Input, Item, Location, Place};
use mercer_stock_engine::policy::{Choice, Policy};

/// A cart in which every SKU lies at every third location, too few for one parcel.
fn cart(n_lines: usize, n_locations: usize) -> Input {
    let codes: Vec<String> = (0..n_locations).map(|n| format!("l{n:02}")).collect();
    let item = |line: usize| Item {
        sku: format!("S{line}"),
        is_tracked: true,
        places: (0..n_locations)
            .filter(|at| (at + line).is_multiple_of(3))
            .map(|at| Place { location: codes[at].clone(), available: 2, back_order: 0 })
            .collect(),
    };
    let ask = |line: usize| Ask { line: line as i64, sku: format!("S{line}"), quantity: 2 };
    let location =
        |code: &String| Location { code: code.clone(), priority: 1, countries: Vec::new() };
    Input {
        country: None,
        asks: (0..n_lines).map(ask).collect(),
        locations: codes.iter().map(location).collect(),
        items: (0..n_lines).map(item).collect(),
    }
}

#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "an example that measures reads the clock and tells what it read"
)]
fn main() {
    for (n_lines, n_locations, n_times) in [(5, 3, 20_000), (100, 10, 1_000), (10_000, 10, 10)] {
        let input = cart(n_lines, n_locations);
        for choice in [Choice::Priority, Choice::FewestParcels] {
            let policy = Policy { choice, ..Policy::default() };
            let start = std::time::Instant::now();
            for _ in 0..n_times {
                let _ = black_box(decide(black_box(&input), &policy, Seed(0)));
            }
            let micros = start.elapsed().as_micros() as f64 / f64::from(n_times);
            println!("{n_lines} lines, {n_locations} locations, {}: {micros:.1} µs", choice.name());
        }
    }
}
