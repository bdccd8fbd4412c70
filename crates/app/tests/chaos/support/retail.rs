//! Order files to import: a made-up one with everything that a retailer's export has, or the real
//! year.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The columns of the `online-retail` preset.
pub const HEADER: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";

/// A small generator of numbers (Marsaglia's xorshift): the same seed, the same numbers.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number from 0 and below the limit.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }
}

/// Whether the long way is asked for.
pub fn is_long() -> bool {
    std::env::var("MERCER_TEST_LONG").is_ok_and(|long| long == "1")
}

/// The real year, when the long way is asked for and it is there.
pub fn real_year() -> Option<PathBuf> {
    let folder = std::env::var_os("MERCER_SHARED_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let file = folder.join("online-retail.csv.gz");
    (is_long() && file.exists()).then_some(file)
}

/// Rows of a year of orders: sales, refunds, postage, guests, gifts, corrections, duplicates and
/// rows that cannot be kept.
pub fn made_up(n_rows: usize, seed: u64) -> String {
    let mut dice = Dice::new(seed);
    let mut text = format!("{HEADER}\n");
    let mut minute = 0;
    let (mut invoice, mut written) = (500_000, 0);
    while written < n_rows {
        invoice += 1;
        minute += 1 + dice.below(2 * 500_000 * 3 / n_rows as u64);
        let at = instant(minute);
        let is_refund = dice.below(12) == 0;
        let customer = match dice.below(700) {
            0..100 => String::new(),
            number => (10_000 + number).to_string(),
        };
        let number = format!("{}{invoice}", if is_refund { "C" } else { "" });
        for line in 0..1 + dice.below(4) {
            // Squared: some products sell far more than others.
            let product = dice.below(20) * dice.below(20) + line;
            let quantity = dice.below(9) as i64 + 1;
            let (quantity, price) = match dice.below(60) {
                0 if !is_refund && customer.is_empty() => (-quantity, 0),
                1 if !is_refund => (quantity, 0),
                _ if is_refund => (-1, 100 + product % 90 * 10),
                _ => (quantity, 100 + product % 90 * 10),
            };
            let row = match dice.below(200) {
                0 => format!("{number},POST,POSTAGE,1,{at},4.95,{customer},France"),
                1 => format!("{number},P{product:04},Thing {product},many,{at},1.00,{customer},UK"),
                _ => format!(
                    "{number},P{product:04},\"Thing {product}, plain\",{quantity},{at},{}.{:02},\
                     {customer},United Kingdom",
                    price / 100,
                    price % 100
                ),
            };
            for _ in 0..=u64::from(dice.below(100) == 0) {
                writeln!(text, "{row}").expect("a string takes it");
                written += 1;
            }
        }
    }
    text
}

/// Minutes of 2025, as the files write them.
fn instant(minute: u64) -> String {
    let (day, minute) = (minute / 1_440 % 336, minute % 1_440);
    let (month, day) = (day / 28 + 1, day % 28 + 1);
    format!("2025-{month:02}-{day:02} {:02}:{:02}:00", minute / 60, minute % 60)
}

/// Writes a made-up file, or gives the real one.
pub fn file(folder: &Path, n_rows: usize) -> PathBuf {
    real_year().unwrap_or_else(|| {
        let file = folder.join("orders.csv");
        std::fs::write(&file, made_up(n_rows, 1)).expect("a file");
        file
    })
}
