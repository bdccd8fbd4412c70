//! Stock files: one row for a SKU at a location, in any encoding, compressed or not.
//!
//! Columns are found by their names, case and punctuation aside, or named by the merchant. A row
//! with anything that cannot be read is a reject with its line, column and reason: half a row would
//! be a silent loss. Knows nothing of which SKUs and locations there are.

use std::io::Cursor;
use std::sync::Arc;

use jiff::civil::Date;
use mercer_connect::files::{FieldMapping, FileChoices};
use mercer_connect::source::SourceError;
use mercer_connect::stock::{N_STOCK_ROWS_MAX, StockFiles, StockReject, StockRow, StockSheet};
use mercer_engine_kit::money::Currency;

use crate::fields::plain;
use crate::input::{self, Input, Seen, unusable};
use crate::options::{DateOrder, EncodingChoice};
use crate::port::filled;
use crate::records::{N_RECORD_BYTES_MAX, Next, Record, Records, delimiter_of};
use crate::values::{amount, minor, quantity, shown};

/// Rows shown of a file.
const N_SAMPLE_ROWS_MAX: usize = 5;
/// Longest SKU or code of a location in bytes: they stand in keys.
const N_KEY_BYTES_MAX: usize = 200;

/// A field with what people call it and the headers that mean it, best first.
struct FieldRule {
    name: &'static str,
    label: &'static str,
    headers: &'static [&'static str],
}

const fn rule(
    name: &'static str,
    label: &'static str,
    headers: &'static [&'static str],
) -> FieldRule {
    FieldRule { name, label, headers }
}

/// Places of the fields in [`FIELDS`].
const SKU: usize = 0;
const LOCATION: usize = 1;
const QUANTITY: usize = 2;
const COST: usize = 3;
const FLOOR: usize = 4;
const THRESHOLD: usize = 5;
const INCOMING: usize = 6;
const DUE: usize = 7;

const FIELDS: [FieldRule; 8] = [
    rule("sku", "SKU", &["sku", "variant sku", "product code", "item number", "code"]),
    rule("location", "Location", &["location", "warehouse", "store", "location code", "site"]),
    rule(
        "quantity",
        "Quantity",
        &["quantity", "qty", "on hand", "stock", "stock quantity", "available", "in stock"],
    ),
    rule("cost", "Unit cost", &["cost", "unit cost", "cost per item", "purchase price"]),
    rule(
        "minimum_price",
        "Lowest price",
        &["minimum price", "min price", "lowest price", "price floor", "floor"],
    ),
    rule(
        "threshold",
        "Low-stock threshold",
        &["threshold", "low stock threshold", "low stock", "reorder point", "low stock amount"],
    ),
    rule(
        "incoming",
        "Incoming",
        &["incoming", "expected", "on order", "incoming quantity", "ordered"],
    ),
    rule("due", "Due", &["due", "due date", "eta", "expected date", "arrives", "due on"]),
];

/// Reads CSV files of stock.
pub struct CsvStock;

impl StockFiles for CsvStock {
    fn read(
        &self,
        bytes: Vec<u8>,
        file_name: &str,
        choices: &FileChoices,
    ) -> Result<StockSheet, SourceError> {
        let fingerprint = format!("{:032x}", xxhash_rust::xxh3::xxh3_128(&bytes));
        let encoding = filled(choices.encoding.as_ref())
            .map_or(Ok(EncodingChoice::Auto), |text| {
                text.parse().map_err(|e: crate::options::UnknownChoice| unusable(e.to_string()))
            })?;
        let seen = Arc::new(Seen::default());
        let Input { reader, head, compression } =
            input::open(Box::new(Cursor::new(bytes)), file_name, encoding, &seen)?;
        let mut records = Records::new(reader, delimiter_of(&head));
        let columns = header(&mut records, file_name, compression)?;
        let mapping = mapping(&columns, file_name, choices)?;
        let reading = Reading::new(&columns, &mapping, file_name, choices)?;
        let mut sheet = StockSheet { columns, mapping, fingerprint, ..StockSheet::default() };
        let mut record = Record::default();
        loop {
            let next = records
                .read(&mut record)
                .map_err(|error| input::failed(error, file_name, compression))?;
            if next == Next::End {
                return Ok(sheet);
            }
            take(&reading, &mut sheet, next, &record);
            if sheet.n_rows > N_STOCK_ROWS_MAX as u64 {
                return Err(unusable(format!(
                    "`{file_name}` has more than {N_STOCK_ROWS_MAX} rows; give it in parts"
                )));
            }
        }
    }
}

fn take(reading: &Reading, sheet: &mut StockSheet, next: Next, record: &Record) {
    let is_blank = record.fields().all(|field| field.trim_ascii().is_empty());
    if next == Next::Record && is_blank {
        return;
    }
    sheet.n_rows += 1;
    if sheet.sample.len() < N_SAMPLE_ROWS_MAX {
        let text = |field: &[u8]| shown(&String::from_utf8_lossy(field));
        sheet.sample.push(record.fields().take(sheet.columns.len()).map(text).collect());
    }
    match reading.row(next, record) {
        Ok(row) => sheet.rows.push(row),
        Err((column, reason)) => {
            let column = column.and_then(|at| sheet.columns.get(at).cloned());
            sheet.rejects.push(StockReject { line: record.line, column, reason });
        }
    }
}

fn header(
    records: &mut Records,
    file_name: &str,
    compression: Option<&'static str>,
) -> Result<Vec<String>, SourceError> {
    let mut record = Record::default();
    let next =
        records.read(&mut record).map_err(|error| input::failed(error, file_name, compression))?;
    if next != Next::Record {
        return Err(unusable(format!(
            "`{file_name}` has no line with the names of its columns; export it again"
        )));
    }
    let name = |field: &[u8]| std::str::from_utf8(field).map(|name| name.trim().to_owned());
    record.fields().map(name).collect::<Result<_, _>>().map_err(|_| {
        unusable(format!(
            "the header of `{file_name}` is not UTF-8; if it comes from Windows, give the encoding \
             windows-1252"
        ))
    })
}

fn mapping(
    columns: &[String],
    file_name: &str,
    choices: &FileChoices,
) -> Result<Vec<FieldMapping>, SourceError> {
    let mut named = Vec::new();
    for pair in &choices.map {
        let (field, column) = pair.split_once(':').unwrap_or((pair, ""));
        let wanted = FIELDS.iter().find(|rule| plain(rule.name) == plain(field));
        let names = FIELDS.map(|rule| rule.name).join(", ");
        let rule = wanted.ok_or_else(|| {
            unusable(format!("`{}` is no field of stock; choose one of {names}", shown(field)))
        })?;
        let found = columns.iter().find(|name| plain(name) == plain(column));
        let found = found.filter(|_| !plain(column).is_empty()).ok_or_else(|| {
            unusable(format!(
                "`{file_name}` has no column `{}`; its columns are {}",
                shown(column),
                listed(columns)
            ))
        })?;
        named.push((rule.name, found.clone()));
    }
    let taken: Vec<&String> = named.iter().map(|(_, column)| column).collect();
    let guess = |rule: &FieldRule| {
        let of = |header: &&str| {
            columns.iter().find(|name| plain(name) == plain(header) && !taken.contains(name))
        };
        rule.headers.iter().find_map(of).cloned()
    };
    let found = FIELDS.iter().map(|rule| {
        let chosen = named.iter().rev().find(|(name, _)| *name == rule.name);
        let column = chosen.map(|(_, column)| column.clone()).or_else(|| guess(rule));
        FieldMapping {
            field: rule.name.to_owned(),
            label: rule.label.to_owned(),
            guessed: chosen.is_none() && column.is_some(),
            required: rule.name == "sku",
            column,
        }
    });
    let found: Vec<FieldMapping> = found.collect();
    if found[SKU].column.is_none() {
        return Err(unusable(format!(
            "`{file_name}` has no column with the SKU; its columns are {}; name it with sku:COLUMN",
            listed(columns)
        )));
    }
    if found.iter().skip(QUANTITY).all(|one| one.column.is_none()) {
        return Err(unusable(format!(
            "`{file_name}` says nothing of its SKUs: no quantity, cost, lowest price, threshold or \
             incoming was found among {}; name one such as quantity:COLUMN",
            listed(columns)
        )));
    }
    Ok(found)
}

fn listed(columns: &[String]) -> String {
    let names: Vec<String> =
        columns.iter().take(30).map(|name| format!("`{}`", shown(name))).collect();
    names.join(", ")
}

/// How the rows of a file are read.
struct Reading {
    places: [Option<usize>; 8],
    n_columns: usize,
    currency: Option<Currency>,
    dates: Option<DateOrder>,
}

/// The index of the column at fault, and what is wrong.
type Fault = (Option<usize>, String);

impl Reading {
    fn new(
        columns: &[String],
        mapping: &[FieldMapping],
        file_name: &str,
        choices: &FileChoices,
    ) -> Result<Self, SourceError> {
        let mut places = [None; 8];
        for (place, one) in places.iter_mut().zip(mapping) {
            *place = one.column.as_ref().and_then(|name| columns.iter().position(|c| c == name));
        }
        let currency = filled(choices.currency.as_ref())
            .map(|text| text.parse::<Currency>().map_err(|error| unusable(error.to_string())))
            .transpose()?;
        if currency.is_none() && (places[COST].is_some() || places[FLOOR].is_some()) {
            return Err(unusable(format!(
                "`{file_name}` has amounts; give their currency, such as GBP"
            )));
        }
        let dates = filled(choices.dates.as_ref())
            .map(|text| {
                text.parse().map_err(|e: crate::options::UnknownChoice| unusable(e.to_string()))
            })
            .transpose()?;
        Ok(Self { places, n_columns: columns.len(), currency, dates })
    }

    fn row(&self, next: Next, record: &Record) -> Result<StockRow, Fault> {
        match next {
            Next::TooLong => {
                let reason = format!(
                    "the row is longer than {N_RECORD_BYTES_MAX} bytes; a quotation mark may be \
                     missing its partner"
                );
                return Err((None, reason));
            }
            Next::TooWide => return Err((None, "the row has far too many columns".to_owned())),
            Next::Record | Next::End => {}
        }
        let has_more = (self.n_columns..record.len()).any(|at| !record.field(at).is_empty());
        if record.len() < self.n_columns || has_more {
            let (n, wanted) = (record.len(), self.n_columns);
            return Err((None, format!("the row has {n} columns, the header {wanted}")));
        }
        let sku = self.key(record, SKU)?.ok_or((self.places[SKU], "is empty".to_owned()))?;
        let row = StockRow {
            line: record.line,
            sku,
            location: self.key(record, LOCATION)?,
            quantity: self.units(record, QUANTITY)?,
            unit_cost_minor: self.money(record, COST)?,
            price_floor_minor: self.money(record, FLOOR)?,
            low_threshold: self.units(record, THRESHOLD)?,
            incoming: self.units(record, INCOMING)?.filter(|n| *n > 0),
            due_on: self.day(record)?,
        };
        if row.incoming.is_some() && row.due_on.is_none() {
            let reason = "is empty: units that are expected have a day on which they are due";
            return Err((self.places[DUE], reason.to_owned()));
        }
        Ok(row)
    }

    /// The trimmed text of a field, none where it is empty or has no column.
    fn text<'r>(&self, record: &'r Record, field: usize) -> Result<Option<&'r str>, Fault> {
        let Some(at) = self.places[field] else { return Ok(None) };
        let text = std::str::from_utf8(record.field(at)).map_err(|_| {
            let reason = "is not UTF-8; if the file comes from Windows, give windows-1252";
            (Some(at), reason.to_owned())
        })?;
        let text = text.trim();
        Ok((!text.is_empty()).then_some(text))
    }

    fn key(&self, record: &Record, field: usize) -> Result<Option<String>, Fault> {
        let Some(text) = self.text(record, field)? else { return Ok(None) };
        if text.len() > N_KEY_BYTES_MAX || text.chars().any(char::is_control) {
            let reason = format!("is longer than {N_KEY_BYTES_MAX} bytes or has controls in it");
            return Err((self.places[field], reason));
        }
        Ok(Some(text.to_owned()))
    }

    fn units(&self, record: &Record, field: usize) -> Result<Option<i64>, Fault> {
        let Some(text) = self.text(record, field)? else { return Ok(None) };
        match quantity(text) {
            Ok(units) if units < 0 => {
                Err((self.places[field], format!("`{}` is below nothing", shown(text))))
            }
            Ok(units) => Ok(Some(units)),
            Err(reason) => Err((self.places[field], reason)),
        }
    }

    fn money(&self, record: &Record, field: usize) -> Result<Option<i64>, Fault> {
        let Some((text, currency)) = self.text(record, field)?.zip(self.currency) else {
            return Ok(None);
        };
        let minor = amount(text, currency).and_then(|amount| minor(amount, 1, currency));
        match minor {
            Ok(minor) if minor < 0 => {
                Err((self.places[field], format!("`{}` is below nothing", shown(text))))
            }
            Ok(minor) => Ok(Some(minor)),
            Err(reason) => Err((self.places[field], reason)),
        }
    }

    fn day(&self, record: &Record) -> Result<Option<Date>, Fault> {
        let Some(text) = self.text(record, DUE)? else { return Ok(None) };
        day_of(text, self.dates).map(Some).map_err(|reason| (self.places[DUE], reason))
    }
}

/// A date with the year first, or in the order that was told; nothing is guessed.
fn day_of(text: &str, order: Option<DateOrder>) -> Result<Date, String> {
    let fail = || format!("`{}` is no date; write it as 2026-03-31", shown(text));
    let parts: Vec<&str> = text.split(['-', '/', '.']).map(str::trim).collect();
    let &[first, second, third] = parts.as_slice() else { return Err(fail()) };
    let [year, month, day] = match order {
        _ if first.len() == 4 => [first, second, third],
        Some(DateOrder::Dmy) if third.len() == 4 => [third, second, first],
        Some(DateOrder::Mdy) if third.len() == 4 => [third, first, second],
        None if third.len() == 4 => {
            return Err(format!(
                "`{}` can be read in two ways: write it as 2026-03-31, or say that dates are dmy or \
                 mdy",
                shown(text)
            ));
        }
        _ => return Err(fail()),
    };
    let year = year.parse().map_err(|_| fail())?;
    let (month, day) = (month.parse().map_err(|_| fail())?, day.parse().map_err(|_| fail())?);
    Date::new(year, month, day).map_err(|_| fail())
}

#[cfg(test)]
#[path = "stock_tests.rs"]
mod tests;
