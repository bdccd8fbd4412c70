//! A stock file is booked: counts, settings and expected deliveries, row by row.
//!
//! What a row says of quantity is a count. Keys are made of the file's content, so the same file
//! again changes nothing, even when units were sold meanwhile; a file that was broken off is
//! completed by the same file. To count with an old file again, say so (`again`).

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use mercer_connect::stock::{StockReject, StockRow, StockSheet};
use mercer_db::{Db, Tx, params};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::counts::{self, NewCount};
use crate::error::StockError;
use crate::incoming::{self, NewIncoming};
use crate::store::{self, Item, LocationDraft};
use crate::{accounts, levels, settings};

/// Rows booked in one transaction: others wait a fraction of a second for the writer.
const N_ROWS_BATCH: usize = 200;
/// Rejected rows that an answer lists; the number of all is told, and the command line writes all.
pub const N_REJECTS_SHOWN_MAX: usize = 1_000;

/// How a file is booked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportOptions {
    /// Name of the file, for people.
    pub file_name: String,
    /// Code of the location of rows that name none; the only active one unless given.
    pub location: Option<String>,
    /// Whether locations that are not known are made, with their code as name.
    pub makes_locations: bool,
    /// Whether a file that was booked before is booked again, as new counts.
    pub again: bool,
}

/// What became of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImportReport {
    /// Where each field's values came from: field and column.
    pub mapping: BTreeMap<String, Option<String>>,
    /// Fields whose column was found by its name.
    pub guessed: Vec<String>,
    /// Rows of the file, blank ones left out: the sum of the three below.
    pub n_rows: u64,
    /// Rows that changed something.
    pub n_changed: u64,
    /// Rows that said what was known, or were booked before.
    pub n_unchanged: u64,
    /// Rows that could not be booked.
    pub n_rejected: u64,
    /// SKUs that were added.
    pub n_skus_added: u64,
    /// Codes of locations that were made.
    pub locations_made: Vec<String>,
    /// When this content was booked before, if it was.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub booked_before_at: Option<Timestamp>,
    /// The rejected rows; at most 1,000 in an answer.
    #[schema(value_type = Vec<Object>)]
    pub rejects: Vec<StockReject>,
}

impl ImportReport {
    /// As an answer: with the first rejects only.
    #[must_use]
    pub fn cut(mut self) -> Self {
        self.rejects.truncate(N_REJECTS_SHOWN_MAX);
        self
    }
}

/// Books a sheet; each batch of rows is kept or undone whole.
///
/// # Errors
/// The database's. Rows that cannot be booked are rejects, not errors.
pub fn run(
    db: &Db,
    now: Timestamp,
    sheet: &StockSheet,
    options: &ImportOptions,
) -> Result<ImportReport, StockError> {
    let column =
        |one: &mercer_connect::files::FieldMapping| (one.field.clone(), one.column.clone());
    let mut report = ImportReport {
        mapping: sheet.mapping.iter().map(column).collect(),
        guessed: sheet.mapping.iter().filter(|m| m.guessed).map(|m| m.field.clone()).collect(),
        n_rows: sheet.n_rows,
        rejects: sheet.rejects.clone(),
        ..ImportReport::default()
    };
    let default = db.read(|tx| default_location(tx, options))?;
    let rows = without_repeats(sheet, default.as_deref(), &mut report.rejects);
    report.booked_before_at = db.write(|tx| begin(tx, now, sheet, &options.file_name))?;
    let salt = if options.again && report.booked_before_at.is_some() {
        format!("{}:{}", sheet.fingerprint, now.as_microsecond())
    } else {
        sheet.fingerprint.clone()
    };
    for chunk in rows.chunks(N_ROWS_BATCH) {
        let batch = db.write(|tx| book(tx, now, sheet, (chunk, options, &salt)))?;
        report.n_changed += batch.n_changed;
        report.n_unchanged += batch.n_unchanged;
        report.n_skus_added += batch.n_skus_added;
        report.locations_made.extend(batch.locations_made);
        report.rejects.extend(batch.rejects);
    }
    // Thresholds may have changed without a count.
    db.write(|tx| levels::look_soon(tx, now))?;
    report.n_rejected = report.rejects.len() as u64;
    report.rejects.sort_by_key(|reject| reject.line);
    Ok(report)
}

/// Notes the file; when the same content came before, since when.
fn begin(
    tx: &mut Tx<'_>,
    now: Timestamp,
    sheet: &StockSheet,
    file_name: &str,
) -> Result<Option<Timestamp>, StockError> {
    let known = tx.fetch_optional(
        "SELECT imported_at FROM stock_imports WHERE fingerprint = $1",
        params![&sheet.fingerprint],
    )?;
    if let Some(row) = known {
        return Ok(Some(mercer_core::clock::instant_of_micros(row.get(0)?)));
    }
    tx.execute(
        "INSERT INTO stock_imports (fingerprint, file_name, imported_at) VALUES ($1, $2, $3)
         ON CONFLICT DO NOTHING",
        params![&sheet.fingerprint, file_name, now.as_microsecond()],
    )?;
    Ok(None)
}

/// The location of rows that name none.
fn default_location(
    tx: &mut Tx<'_>,
    options: &ImportOptions,
) -> Result<Option<String>, StockError> {
    if options.location.is_some() {
        return Ok(options.location.clone());
    }
    let mut active = store::locations(tx)?;
    active.retain(|location| location.is_active);
    Ok(match active.as_slice() {
        [only] => Some(only.code.clone()),
        _ => None,
    })
}

/// A row with the code of its location.
type Placed<'a> = (&'a StockRow, Option<&'a str>);

/// Rows without those that name a SKU and location that stood before: which is right, nobody knows.
fn without_repeats<'a>(
    sheet: &'a StockSheet,
    default: Option<&'a str>,
    rejects: &mut Vec<StockReject>,
) -> Vec<Placed<'a>> {
    let mut seen: HashMap<(&str, Option<&str>), u64> = HashMap::new();
    let mut rows = Vec::with_capacity(sheet.rows.len());
    for row in &sheet.rows {
        let location = row.location.as_deref().or(default);
        let first = *seen.entry((&row.sku, location)).or_insert(row.line);
        if first == row.line {
            rows.push((row, location));
        } else {
            rejects.push(StockReject {
                line: row.line,
                column: sheet.column("sku"),
                reason: format!("`{}` stands on line {first} already, at this location", row.sku),
            });
        }
    }
    rows
}

/// What the keys of a file's rows are made of.
#[derive(Clone, Copy)]
struct Booking<'a> {
    /// The same for the same content.
    fingerprint: &'a str,
    /// The same for the same content, but another when it is booked again.
    salt: &'a str,
}

/// What became of a batch of rows, or of one.
#[derive(Default)]
struct Batch {
    n_changed: u64,
    n_unchanged: u64,
    n_skus_added: u64,
    locations_made: Vec<String>,
    rejects: Vec<StockReject>,
}

fn book(
    tx: &mut Tx<'_>,
    now: Timestamp,
    sheet: &StockSheet,
    (rows, options, salt): (&[Placed<'_>], &ImportOptions, &str),
) -> Result<Batch, StockError> {
    let mut batch = Batch::default();
    let mut counted = Vec::new();
    let file = Booking { fingerprint: &sheet.fingerprint, salt };
    for (row, location) in rows {
        let mut one = Batch::default();
        let booked = tx.part(|tx| {
            if let Some(code) = location.filter(|_| options.makes_locations) {
                make_location(tx, now, code, &mut one)?;
            }
            book_row(tx, now, (row, *location, file), &mut one)
        });
        match booked {
            Ok(count) => {
                batch.n_skus_added += one.n_skus_added;
                batch.locations_made.extend(one.locations_made);
                if one.n_changed > 0 {
                    batch.n_changed += 1;
                } else {
                    batch.n_unchanged += 1;
                }
                counted.extend(count);
            }
            Err(error) => batch.rejects.push(reject(sheet, row, error)?),
        }
    }
    counts::tell(tx, now, &counted)?;
    Ok(batch)
}

/// A row's fault as a reject; a fault of ours stays an error.
fn reject(
    sheet: &StockSheet,
    row: &StockRow,
    error: StockError,
) -> Result<StockReject, StockError> {
    let (field, reason) = match error {
        StockError::Invalid { field, sentence }
        | StockError::OutOfStock { field, sentence }
        | StockError::Conflict { field: Some(field), sentence } => (field, sentence),
        StockError::Conflict { field: None, sentence } => (String::new(), sentence),
        other => return Err(other),
    };
    let name = field.rsplit('.').next().unwrap_or_default();
    let name = if name == "counted" { "quantity" } else { name };
    Ok(StockReject { line: row.line, column: sheet.column(name), reason })
}

/// Makes the row's location if that is wanted.
fn make_location(
    tx: &mut Tx<'_>,
    now: Timestamp,
    code: &str,
    one: &mut Batch,
) -> Result<(), StockError> {
    if store::locations(tx)?.iter().any(|location| location.code == code) {
        return Ok(());
    }
    let draft = LocationDraft {
        code: code.to_owned(),
        name: code.to_owned(),
        countries: Vec::new(),
        priority: 0,
        is_active: true,
    };
    store::put_location(tx, now, &draft)?;
    one.locations_made.push(code.to_owned());
    Ok(())
}

fn book_row(
    tx: &mut Tx<'_>,
    now: Timestamp,
    (row, location, file): (&StockRow, Option<&str>, Booking<'_>),
    one: &mut Batch,
) -> Result<Option<counts::Counted>, StockError> {
    store::check_sku("sku", &row.sku)?;
    let key = format!("import:{}:{}", file.salt, row.line);
    let n = tx.execute(
        "INSERT INTO stock_import_rows (key) VALUES ($1) ON CONFLICT DO NOTHING",
        params![&key],
    )?;
    if n == 0 {
        return Ok(None);
    }
    let known = store::item(tx, &row.sku)?;
    one.n_skus_added += u64::from(known.is_none());
    let before = known.clone().unwrap_or_else(|| new_item(&row.sku));
    let item = Item {
        unit_cost_minor: row.unit_cost_minor.or(before.unit_cost_minor),
        price_floor_minor: row.price_floor_minor.or(before.price_floor_minor),
        low_threshold: row.low_threshold.or(before.low_threshold),
        ..before.clone()
    };
    if known.is_none() || item != before {
        settings::write(tx, now, &item)?;
        one.n_changed += 1;
    }
    let Some(code) = location else {
        if row.quantity.is_none() && row.incoming.is_none() {
            return Ok(None);
        }
        let sentence =
            "is empty, and there is not exactly one active location: name one for such rows";
        return Err(StockError::invalid("location", sentence));
    };
    let at = store::location(tx, "location", code)?;
    accounts::open_at(tx, now, &item, &at)?;
    if let Some((quantity, due_on)) = row.incoming.zip(row.due_on) {
        let new = NewIncoming {
            // The file's own key: booked again, it counts anew, but the same delivery comes once.
            key: format!("import:{}:{}", file.fingerprint, row.line),
            sku: row.sku.clone(),
            location: code.to_owned(),
            quantity,
            due_on,
            reference: None,
        };
        let (_, is_new) = incoming::expect(tx, now, &new, "").map_err(elsewhere)?;
        one.n_changed += u64::from(is_new);
    }
    let Some(counted) = row.quantity else { return Ok(None) };
    let count = NewCount { key, sku: row.sku.clone(), location: code.to_owned(), counted };
    let counted = counts::book_one(tx, now, &count, "row")?;
    one.n_changed += u64::from(counted.is_new && counted.difference != 0);
    Ok(Some(counted))
}

/// A delivery that this file announced before, for another location.
fn elsewhere(error: StockError) -> StockError {
    match error {
        StockError::KeyReused { .. } => StockError::invalid(
            "location",
            "this file announced the delivery for another location before: leave it there, or \
             write the delivery down with POST /v1/stock/incoming",
        ),
        other => other,
    }
}

fn new_item(sku: &str) -> Item {
    Item {
        sku: sku.to_owned(),
        is_tracked: true,
        unit_cost_minor: None,
        price_floor_minor: None,
        back_order_max: 0,
        back_order_location: None,
        low_threshold: None,
        is_low: false,
    }
}
