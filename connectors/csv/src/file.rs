//! An order file as a source of orders, read twice: once to learn, once to hand over.
//!
//! The first pass learns where each order ends, how dates are written and what products are
//! called; the second hands each order over with its last row. Memory holds one entry per order
//! and product, and the rows of orders that are open. Does not keep anything itself.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use mercer_connect::source::{LineKind, OrderSource, SourceError, SourceItem, SourceTally};
use mercer_engine_kit::money::Currency;

use crate::catalogue::{Catalogue, Mention};
use crate::dates::{DateTally, Dates};
use crate::fields::{Field, Mapped};
use crate::input::{self, Seen, unusable};
use crate::options::{Options, Preset};
use crate::order::{Assembler, MoneySums, Oddities, Taken, key_of};
use crate::plan::{Plan, plan};
use crate::records::{Next, Record, Records};
use crate::rejects::Rejects;
use crate::retail;
use crate::row::Row;
use crate::values;

/// Most orders of one file. Each costs some 30 bytes until the end, so this is about 150 MB (half
/// as much again while the table grows); a shop with more has its years in files of their own.
pub const N_ORDERS_MAX: usize = 5_000_000;
/// Most rows of orders that are open at the same time, some 500 bytes each, so about 250 MB. In a
/// file sorted by time or order there are a few thousand.
pub const N_ROWS_OPEN_MAX: usize = 500_000;
/// Rows of one slice of work, after which the caller can show progress: some 10 ms.
const N_ROWS_SLICE: usize = 10_000;

/// An order file being read.
pub struct OrderFile {
    path: PathBuf,
    options: Options,
    plan: Plan,
    stage: Stage,
    rejects: Rejects,
    seen: Arc<Seen>,
    n_bytes: u64,
    counts: Counts,
    pending: VecDeque<SourceItem>,
}

#[derive(Debug, Clone, Default)]
struct Counts {
    rows_read: u64,
    rows_kept: u64,
    rows_rejected: u64,
    rows_duplicate: u64,
    money: MoneySums,
    oddities: Oddities,
    used_zone: bool,
}

enum Stage {
    Learning(Box<Learning>),
    Reading(Box<Reading>),
    Ended,
    Failed,
}

struct Learning {
    records: Records,
    record: Record,
    dates: DateTally,
    catalogue: Catalogue,
    /// The last row of each order, by the hash of its key. Two orders of one hash are both
    /// handed over at the end, so a collision costs memory only.
    last_rows: HashMap<u64, u64>,
    key: String,
    n_rows: u64,
    checksum: u64,
}

struct Reading {
    records: Records,
    record: Record,
    assembler: Assembler,
    last_rows: HashMap<u64, u64>,
    key: String,
    row: u64,
    n_rows: u64,
    /// Fingerprint of all rows of the first pass, and of those of the second so far.
    checksums: (u64, u64),
}

impl OrderFile {
    /// Opens the file and settles its columns. Rows that cannot be kept are written to `rejects`.
    ///
    /// # Errors
    /// A file that cannot be opened, is no CSV text, or lacks a column or a currency; the sentence
    /// says what to do.
    pub fn open(
        path: &Path,
        options: Options,
        rejects: Box<dyn Write + Send>,
    ) -> Result<Self, SourceError> {
        let name = path.file_name().map_or_else(
            || path.to_string_lossy().into_owned(),
            |name| name.to_string_lossy().into_owned(),
        );
        Self::open_named(path, &name, options, rejects)
    }

    /// As [`OrderFile::open`], with the name by which messages call the file: an upload lies under
    /// another name than the merchant gave it.
    ///
    /// # Errors
    /// As [`OrderFile::open`].
    pub fn open_named(
        path: &Path,
        name: &str,
        options: Options,
        rejects: Box<dyn Write + Send>,
    ) -> Result<Self, SourceError> {
        let seen = Arc::new(Seen::default());
        let file = open_file(path, name)?;
        let n_bytes = file.metadata().map_or(0, |metadata| metadata.len());
        let (plan, records) = plan(Box::new(file), name, &options, &seen)?;
        if let Some(problem) = plan.problems().into_iter().next() {
            return Err(unusable(problem));
        }
        let mut catalogue = Catalogue::default();
        catalogue.has_remarks = plan.preset == Preset::OnlineRetail;
        let learning = Learning {
            records,
            record: Record::default(),
            dates: DateTally::default(),
            catalogue,
            last_rows: HashMap::new(),
            key: String::new(),
            n_rows: 0,
            checksum: 0,
        };
        Ok(Self {
            path: path.to_owned(),
            options,
            plan,
            stage: Stage::Learning(Box::new(learning)),
            rejects: Rejects::new(rejects),
            seen,
            n_bytes,
            counts: Counts::default(),
            pending: VecDeque::new(),
        })
    }

    /// The channel of orders that name none.
    #[must_use]
    pub fn channel(&self) -> &str {
        &self.plan.channel
    }

    /// Name of the zone in which times without an offset are read.
    #[must_use]
    pub fn time_zone(&self) -> String {
        self.plan.zone.iana_name().unwrap_or("UTC").to_owned()
    }

    /// The currency of rows that name none.
    #[must_use]
    pub fn currency(&self) -> Option<Currency> {
        self.plan.currency
    }

    /// The preset in use.
    #[must_use]
    pub fn preset(&self) -> Preset {
        self.plan.preset
    }

    /// Where each field's values come from.
    #[must_use]
    pub fn mapping(&self) -> &[Mapped] {
        &self.plan.mapping
    }

    /// Reads the header again and starts the second pass.
    fn begin_reading(&mut self, learning: Learning) -> Result<Reading, SourceError> {
        let Learning { records: _, record, dates, catalogue, last_rows, key, n_rows, checksum } =
            learning;
        let file = &self.plan.file;
        if n_rows == 0 {
            return Err(unusable(format!("`{file}` has a header but no rows; export it again")));
        }
        let format = dates.format(self.options.dates, file)?;
        let raw = open_file(&self.path, file)?;
        let (again, records) = plan(Box::new(raw), file, &self.options, &self.seen)?;
        if again.header != self.plan.header {
            return Err(changed(file));
        }
        let assembler = Assembler::new(
            self.plan.preset,
            self.plan.currency,
            self.plan.channel.clone(),
            self.options.duplicates,
            (Dates::new(format, self.plan.zone.clone()), catalogue),
        );
        let checksums = (checksum, 0);
        Ok(Reading { records, record, assembler, last_rows, key, row: 0, n_rows, checksums })
    }

    /// One slice of work; whether the file is at its end.
    fn advance(&mut self, n_items: usize) -> Result<bool, SourceError> {
        match std::mem::replace(&mut self.stage, Stage::Failed) {
            Stage::Learning(mut learning) => {
                self.stage = if learning.advance(&self.plan)? {
                    Stage::Reading(Box::new(self.begin_reading(*learning)?))
                } else {
                    Stage::Learning(learning)
                };
                Ok(false)
            }
            Stage::Reading(mut reading) => {
                let is_end = self.read_slice(&mut reading, n_items)?;
                self.counts.money = reading.assembler.money.clone();
                self.counts.oddities = reading.assembler.oddities.clone();
                self.counts.used_zone = reading.assembler.dates.used_zone;
                self.stage = if is_end { Stage::Ended } else { Stage::Reading(reading) };
                Ok(is_end)
            }
            Stage::Ended => {
                self.stage = Stage::Ended;
                Ok(true)
            }
            Stage::Failed => Err(unusable(format!(
                "reading `{}` has failed before; start again",
                self.plan.file
            ))),
        }
    }

    fn read_slice(&mut self, reading: &mut Reading, n_items: usize) -> Result<bool, SourceError> {
        let Reading { records, record, assembler, last_rows, key, row: index, n_rows, checksums } =
            reading;
        for _ in 0..N_ROWS_SLICE {
            if self.pending.len() >= n_items {
                return Ok(false);
            }
            let next = records
                .read(record)
                .map_err(|error| input::failed(error, &self.plan.file, self.plan.compression))?;
            if next == Next::End {
                if index != n_rows || checksums.0 != checksums.1 {
                    return Err(changed(&self.plan.file));
                }
                assembler.close_all(&mut self.pending);
                self.rejects.flush()?;
                return Ok(true);
            }
            *index += 1;
            self.counts.rows_read += 1;
            let hash = record.hash();
            checksums.1 = chained(checksums.1, hash);
            let row = self.plan.columns.row(next, record);
            let (taken, is_last) = match row {
                Ok(row) => {
                    let is_last =
                        key_of(&row, key).is_ok() && last_rows.get(&hash_of(key)) == Some(&*index);
                    (assembler.take(&row, hash), is_last)
                }
                Err(reject) => (Err(reject), false),
            };
            match taken {
                Ok(Taken::Kept) => self.counts.rows_kept += 1,
                Ok(Taken::Duplicate) => self.counts.rows_duplicate += 1,
                Err(reject) => {
                    self.counts.rows_rejected += 1;
                    let is_whole = next == Next::Record;
                    self.rejects.write(&self.plan.header, record, &reject, is_whole)?;
                }
            }
            if is_last {
                assembler.close_last(&mut self.pending);
            }
            if assembler.n_rows_open > N_ROWS_OPEN_MAX {
                return Err(unusable(format!(
                    "`{}` has its orders so mixed that more than {N_ROWS_OPEN_MAX} rows are of \
                     orders not yet complete; sort it by order number",
                    self.plan.file
                )));
            }
        }
        Ok(false)
    }

    fn notices(&self) -> Vec<String> {
        let Counts { oddities, used_zone, rows_rejected, .. } = &self.counts;
        let Oddities {
            n_other_customer,
            n_other_amount,
            n_unbalanced,
            n_unknown_status,
            n_other_currency,
            first_currency,
        } = oddities;
        let mut notices = Vec::new();
        let mut say = |n: u64, one: &str, many: &str| match n {
            0 => {}
            1 => notices.push(format!("1 {one}")),
            n => notices.push(format!("{n} {many}")),
        };
        say(
            *rows_rejected,
            "row was not kept; the rejects file says why",
            "rows were not kept; the rejects file says why",
        );
        say(
            *n_other_customer,
            "row names another customer than the first row of its order; the first was kept",
            "rows name another customer than the first row of their order; the first was kept",
        );
        say(
            *n_other_amount,
            "row gives another order discount, shipping, tax or total than an earlier row of its \
             order; the first was kept",
            "rows give another order discount, shipping, tax or total than an earlier row of their \
             order; the first was kept",
        );
        say(
            *n_unbalanced,
            "order's lines, discount, shipping and tax do not sum to the total in the file",
            "orders' lines, discount, shipping and tax do not sum to the total in the file",
        );
        say(
            *n_unknown_status,
            "order has a status that is not known; it was kept as open",
            "orders have a status that is not known; they were kept as open",
        );
        if let Some(first) = first_currency
            && *n_other_currency > 0
        {
            notices.push(format!(
                "{n_other_currency} orders are in another currency than {first}; the sums of money \
                 told here mix them"
            ));
        }
        if *used_zone && self.plan.is_zone_assumed {
            notices.push("times without a zone were read as UTC; --time-zone changes that".into());
        }
        if self.seen.is_malformed.load(Ordering::Relaxed) {
            notices.push("characters that are not valid in the file's encoding became �".into());
        }
        notices
    }
}

impl Learning {
    /// Learns from one slice of rows; whether the file is at its end.
    fn advance(&mut self, plan: &Plan) -> Result<bool, SourceError> {
        for _ in 0..N_ROWS_SLICE {
            let next = self
                .records
                .read(&mut self.record)
                .map_err(|error| input::failed(error, &plan.file, plan.compression))?;
            if next == Next::End {
                return Ok(true);
            }
            self.n_rows += 1;
            self.checksum = chained(self.checksum, self.record.hash());
            let Ok(row) = plan.columns.row(next, &self.record) else { continue };
            if key_of(&row, &mut self.key).is_err() {
                continue;
            }
            self.last_rows.insert(hash_of(&self.key), self.n_rows);
            if self.last_rows.len() > N_ORDERS_MAX {
                return Err(unusable(format!(
                    "`{}` has more than {N_ORDERS_MAX} orders; split it, by year for example",
                    plan.file
                )));
            }
            if let Some(text) = row.get(Field::PlacedAt) {
                self.dates.add(text);
            }
            mention(&row, plan, &mut self.catalogue)?;
        }
        Ok(false)
    }
}

fn mention(row: &Row<'_>, plan: &Plan, catalogue: &mut Catalogue) -> Result<(), SourceError> {
    let Ok((sku, title)) = row.product() else { return Ok(()) };
    if plan.preset == Preset::OnlineRetail && retail::kind(&sku) != LineKind::Item {
        return Ok(());
    }
    // The price counts in the file's currency only.
    let row_currency = row.get(Field::Currency).and_then(|code| code.parse().ok());
    let currency = match (plan.currency, row_currency) {
        (Some(main), Some(own)) if main != own => None,
        (_, Some(own)) => Some(own),
        (main, None) => main,
    };
    let price_minor = currency
        .zip(row.get(Field::UnitPrice))
        .and_then(|(currency, text)| {
            values::minor(values::amount(text, currency).ok()?, 1, currency).ok()
        })
        .filter(|&minor| minor > 0);
    let category = row.get(Field::Category);
    catalogue.add(&Mention { sku: &sku, title: &title, category, price_minor }, &plan.file)
}

impl OrderSource for OrderFile {
    /// See the trait. Empty while the first pass runs, so that progress can be shown.
    fn next_items(&mut self, n_max: usize) -> Result<Option<Vec<SourceItem>>, SourceError> {
        let n_max = n_max.max(1);
        if self.pending.len() < n_max && self.advance(n_max)? && self.pending.is_empty() {
            return Ok(None);
        }
        let n = self.pending.len().min(n_max);
        Ok(Some(self.pending.drain(..n).collect()))
    }

    /// See the trait. The file is read twice: a byte counts as read when both passes are through, so
    /// each pass moves the figure by half.
    fn tally(&self) -> SourceTally {
        let MoneySums { items, shipping, fees, discounts, taxes, refunds, books, duplicates } =
            self.counts.money;
        let money = [
            ("items", items),
            ("shipping", shipping),
            ("fees", fees),
            ("discounts", discounts),
            ("taxes", taxes),
            ("refunds", refunds),
            ("books", books),
            ("duplicates", duplicates),
        ];
        let bytes_total = self.n_bytes;
        let bytes_read = match self.stage {
            Stage::Ended => bytes_total,
            _ => (self.seen.n_bytes.load(Ordering::Relaxed) / 2).min(bytes_total),
        };
        SourceTally {
            rows_read: self.counts.rows_read,
            rows_kept: self.counts.rows_kept,
            rows_rejected: self.counts.rows_rejected,
            rows_duplicate: self.counts.rows_duplicate,
            bytes_read,
            bytes_total,
            money_minor: money.into_iter().map(|(name, minor)| (name.to_owned(), minor)).collect(),
            notices: self.notices(),
        }
    }
}

fn open_file(path: &Path, name: &str) -> Result<File, SourceError> {
    File::open(path).map_err(|source| SourceError::Io { what: name.to_owned(), source })
}

fn changed(file: &str) -> SourceError {
    unusable(format!("`{file}` was changed while it was read; import it again"))
}

/// The fingerprint of a run of rows and one more, in their order.
fn chained(checksum: u64, hash: u128) -> u64 {
    let folded = (hash as u64) ^ ((hash >> 64) as u64);
    (checksum ^ folded).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn hash_of(key: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(key.as_bytes())
}
