//! Reads an order file and prints what it holds: `cargo run --release -p mercer-csv --example
//! read_file -- FILE [PRESET]`.
#![expect(clippy::print_stdout, reason = "printing is what the example is for")]
#![expect(clippy::disallowed_methods, reason = "measures real time")]

use std::collections::HashSet;
use std::path::Path;
use std::time::Instant;

use mercer_connect::source::{OrderSource, SourceItem};
use mercer_csv::file::OrderFile;
use mercer_csv::options::Options;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: read_file FILE [PRESET]")?;
    let preset = arguments.next().unwrap_or_else(|| "auto".to_owned()).parse()?;
    let options = Options { preset, ..Options::default() };
    let begun = Instant::now();
    let mut file = OrderFile::open(Path::new(&path), options, Box::new(std::io::sink()))?;
    let (mut orders, mut refunds, mut adjustments, mut products, mut lines) = (0, 0, 0, 0, 0);
    let mut customers = HashSet::new();
    while let Some(items) = file.next_items(1_000)? {
        for item in items {
            match item {
                SourceItem::Product(_) => products += 1,
                SourceItem::Order(order) => {
                    orders += 1;
                    lines += order.lines.len();
                    customers.extend(order.customer.map(|customer| customer.external_id));
                }
                SourceItem::Refund(refund) => {
                    refunds += 1;
                    lines += refund.lines.len();
                    customers.extend(refund.customer.map(|customer| customer.external_id));
                }
                SourceItem::Adjustment(_) => adjustments += 1,
            }
        }
    }
    println!("{} in {:.3} s", file.preset(), begun.elapsed().as_secs_f64());
    println!(
        "{orders} orders, {refunds} refunds, {lines} lines, {adjustments} adjustments, {products} \
         products, {} customers",
        customers.len()
    );
    let tally = file.tally();
    println!("{tally:#?}");
    println!("sum of money {}", tally.money_minor.values().sum::<i64>());
    Ok(())
}
