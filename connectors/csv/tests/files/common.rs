//! Reads texts and files through the public interface and gives back all that came of them.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use mercer_connect::source::{
    AdjustmentDraft, OrderDraft, OrderSource, ProductDraft, RefundDraft, SourceError, SourceItem,
    SourceTally,
};
use mercer_csv::file::OrderFile;
use mercer_csv::options::Options;

/// A rejects file in memory.
#[derive(Clone, Default)]
pub struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// All that came of a file.
#[derive(Debug, Default, PartialEq)]
pub struct Outcome {
    pub products: Vec<ProductDraft>,
    pub orders: Vec<OrderDraft>,
    pub refunds: Vec<RefundDraft>,
    pub adjustments: Vec<AdjustmentDraft>,
    pub items: Vec<SourceItem>,
    pub tally: SourceTally,
    /// Rejects as (line, column, reason), and the file as written.
    pub rejects: Vec<(u64, String, String)>,
    pub rejects_file: Vec<u8>,
}

impl Outcome {
    pub fn reasons(&self) -> String {
        self.rejects.iter().map(|(_, _, reason)| reason.as_str()).collect::<Vec<_>>().join("\n")
    }
}

/// Reads a file to its end and checks what must hold for every file.
pub fn read_path(path: &Path, options: Options) -> Result<Outcome, SourceError> {
    let sink = Sink::default();
    let mut file = OrderFile::open(path, options, Box::new(sink.clone()))?;
    let mut outcome = Outcome::default();
    let mut known = std::collections::HashSet::new();
    let mut progress = 0;
    while let Some(items) = file.next_items(7)? {
        assert!(items.len() <= 7);
        let tally = file.tally();
        assert!(tally.bytes_read >= progress && tally.bytes_read <= tally.bytes_total);
        progress = tally.bytes_read;
        for item in items {
            outcome.items.push(item.clone());
            match item {
                SourceItem::Product(product) => {
                    assert!(known.insert(product.external_id.clone()), "{product:?} twice");
                    assert!(!product.variants.is_empty() && !product.title.is_empty());
                    outcome.products.push(product);
                }
                SourceItem::Order(order) => {
                    assert!(!order.lines.is_empty());
                    for line in &order.lines {
                        assert!(line.quantity > 0 && line.discount_minor >= 0);
                        assert!(!line.kind.is_product() || known.contains(&line.sku), "{line:?}");
                    }
                    outcome.orders.push(order);
                }
                SourceItem::Refund(refund) => {
                    assert!(!refund.lines.is_empty());
                    assert!(refund.lines.iter().all(|line| line.quantity >= 0));
                    outcome.refunds.push(refund);
                }
                SourceItem::Adjustment(adjustment) => outcome.adjustments.push(adjustment),
            }
        }
    }
    assert!(file.next_items(7)?.is_none(), "the end stays the end");
    outcome.tally = file.tally();
    outcome.rejects_file = sink.0.lock().unwrap().clone();
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).from_reader(outcome.rejects_file.as_slice());
    for record in reader.byte_records() {
        let record = record.unwrap();
        let text = |i: usize| String::from_utf8_lossy(&record[i]).into_owned();
        outcome.rejects.push((text(0).parse().unwrap(), text(1), text(2)));
    }
    let tally = &outcome.tally;
    assert_eq!(tally.rows_read, tally.rows_kept + tally.rows_rejected + tally.rows_duplicate);
    assert_eq!(tally.rows_rejected, outcome.rejects.len() as u64);
    check_money(&outcome);
    Ok(outcome)
}

/// The tally's money is that of the drafts.
fn check_money(outcome: &Outcome) {
    let kept: i64 = outcome.orders.iter().map(OrderDraft::total_minor).sum::<i64>()
        - outcome.refunds.iter().flat_map(|r| &r.lines).map(|line| line.amount_minor).sum::<i64>()
        + outcome.adjustments.iter().map(|row| row.amount_minor).sum::<i64>();
    let money = &outcome.tally.money_minor;
    assert_eq!(money.values().sum::<i64>() - money["duplicates"], kept);
}

/// Reads a text as a file.
pub fn read(text: impl AsRef<[u8]>, options: Options) -> Result<Outcome, SourceError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.csv");
    std::fs::write(&path, text).unwrap();
    read_path(&path, options)
}

/// The sentence about a file that cannot be used.
pub fn refusal(text: impl AsRef<[u8]>, options: Options) -> String {
    read(text, options).expect_err("the file is refused").to_string()
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
