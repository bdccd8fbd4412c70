//! The rejects file: each bad row with its line, column and reason, ready to be put right.
//!
//! The row's own columns follow under their own names, so that a corrected rejects file can be
//! imported as it is. Decides nothing about which rows are bad.

use std::io::Write;

use mercer_connect::source::SourceError;

use crate::records::Record;

/// Longest start of an overlong record that is written, in bytes: enough to find the row.
const N_START_BYTES_MAX: usize = 200;

/// Why a row cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reject {
    /// Index of the column at fault, if one is.
    pub(crate) column: Option<usize>,
    /// What is wrong with it.
    pub(crate) reason: String,
}

/// Writes rejects as CSV; the header is written with the first of them.
pub(crate) struct Rejects {
    writer: csv::Writer<Box<dyn Write + Send>>,
    is_begun: bool,
}

impl Rejects {
    pub(crate) fn new(writer: Box<dyn Write + Send>) -> Self {
        let writer = csv::WriterBuilder::new().flexible(true).from_writer(writer);
        Self { writer, is_begun: false }
    }

    /// Writes one row. Of an overlong record only the start is written.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn write(
        &mut self,
        header: &[String],
        record: &Record,
        reject: &Reject,
        is_whole: bool,
    ) -> Result<(), SourceError> {
        if !std::mem::replace(&mut self.is_begun, true) {
            let names = ["line", "column", "reason"].into_iter();
            let names = names.chain(header.iter().map(String::as_str));
            self.writer.write_record(names).map_err(failed)?;
        }
        let column = reject.column.and_then(|index| header.get(index)).map_or("", String::as_str);
        let line = record.line.to_string();
        let front = [line.as_bytes(), column.as_bytes(), reject.reason.as_bytes()];
        if is_whole {
            self.writer.write_record(front.into_iter().chain(record.fields())).map_err(failed)
        } else {
            let mut n_left = N_START_BYTES_MAX;
            let start = record.fields().take(header.len()).map_while(|field| {
                let start = &field[..field.len().min(n_left)];
                let is_seen = n_left > 0;
                n_left -= start.len();
                is_seen.then_some(start)
            });
            self.writer.write_record(front.into_iter().chain(start)).map_err(failed)
        }
    }

    /// Hands everything to the file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn flush(&mut self) -> Result<(), SourceError> {
        self.writer.flush().map_err(|source| SourceError::Io { what: WHAT.to_owned(), source })
    }
}

const WHAT: &str = "the rejects file";

fn failed(error: csv::Error) -> SourceError {
    SourceError::Io { what: WHAT.to_owned(), source: error.into() }
}
