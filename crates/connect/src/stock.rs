//! The port of stock files: whoever reads a kind of file implements it, and the stock room's import
//! uses it.
//!
//! A sheet is read whole: what a shop has in stock is a list, not a stream.

use jiff::civil::Date;
use serde::Serialize;

use crate::files::{FieldMapping, FileChoices};
use crate::source::SourceError;

/// Most rows of one sheet, some 300 bytes each: ten times the largest assortment that we know.
pub const N_STOCK_ROWS_MAX: usize = 500_000;

/// A row as it says; empty cells are none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StockRow {
    /// Line of the file on which it starts, from 1.
    pub line: u64,
    /// What.
    pub sku: String,
    /// Code of the location.
    pub location: Option<String>,
    /// Units that lie there.
    pub quantity: Option<i64>,
    /// What a unit costs the shop, minor units.
    pub unit_cost_minor: Option<i64>,
    /// Lowest price of a unit, minor units.
    pub price_floor_minor: Option<i64>,
    /// On hand at or below this is low.
    pub low_threshold: Option<i64>,
    /// Units that are expected.
    pub incoming: Option<i64>,
    /// The day on which they are due.
    pub due_on: Option<Date>,
}

/// A row, or a part of one, that cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StockReject {
    /// Line of the file, from 1.
    pub line: u64,
    /// The file's column at fault, if one is.
    pub column: Option<String>,
    /// What is wrong with it.
    pub reason: String,
}

/// A file as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StockSheet {
    /// The file's columns.
    pub columns: Vec<String>,
    /// Where each field's values come from.
    pub mapping: Vec<FieldMapping>,
    /// The first rows as they stand.
    pub sample: Vec<Vec<String>>,
    /// Rows with a header and something in them.
    pub n_rows: u64,
    /// Rows that can be read, in the order of the file.
    pub rows: Vec<StockRow>,
    /// Rows that cannot.
    pub rejects: Vec<StockReject>,
    /// The same for the same content, whatever the file is called.
    pub fingerprint: String,
}

impl StockSheet {
    /// The column of a field, as the file calls it.
    #[must_use]
    pub fn column(&self, field: &str) -> Option<String> {
        self.mapping.iter().find(|one| one.field == field).and_then(|one| one.column.clone())
    }
}

/// Reads files of stock.
pub trait StockFiles: Send + Sync {
    /// Reads a whole file. Of the choices `map`, `currency`, `dates` and `encoding` are looked at;
    /// amounts need a currency.
    ///
    /// # Errors
    /// It is no such file, it lacks a column, it has too many rows, or a choice is none; the
    /// sentence says what to do.
    fn read(
        &self,
        bytes: Vec<u8>,
        file_name: &str,
        choices: &FileChoices,
    ) -> Result<StockSheet, SourceError>;
}
