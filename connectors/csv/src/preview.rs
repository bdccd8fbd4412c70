//! What would be read from a file, shown before it is: preset, columns, first rows.
//!
//! Looks at the start of the file only and keeps nothing.

use std::io::Cursor;
use std::sync::Arc;

use mercer_connect::source::SourceError;
use serde::Serialize;

use crate::fields::Mapped;
use crate::input::Seen;
use crate::options::{Options, Preset};
use crate::plan::plan;
use crate::records::{Next, Record};
use crate::values::shown;

/// How much of a file a preview looks at: hundreds of rows of the widest export.
pub const N_PREVIEW_BYTES_MAX: usize = 256 * 1024;
/// Rows shown.
pub const N_SAMPLE_ROWS_MAX: usize = 5;

/// The start of a file as it would be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// The preset that fits.
    pub preset: Preset,
    /// Whether it was found by the column names.
    pub preset_guessed: bool,
    /// The file's columns.
    pub columns: Vec<String>,
    /// Where each field's values come from.
    pub mapping: Vec<Mapped>,
    /// The first rows, cut to a readable length.
    pub sample: Vec<Vec<String>>,
    /// What keeps the file from being imported as it is, a sentence each.
    pub problems: Vec<String>,
}

/// Looks at the first [`N_PREVIEW_BYTES_MAX`] of a file, compressed or not; more is not read.
///
/// # Errors
/// What is no CSV text at all; the sentence says what to do. A missing column is no error but a
/// problem of the preview.
pub fn preview(bytes: &[u8], file_name: &str, options: &Options) -> Result<Preview, SourceError> {
    let start = bytes[..bytes.len().min(N_PREVIEW_BYTES_MAX)].to_vec();
    let seen = Arc::new(Seen::default());
    let (plan, mut records) = plan(Box::new(Cursor::new(start)), file_name, options, &seen)?;
    let mut problems = plan.problems();
    let (mut sample, mut record) = (Vec::new(), Record::default());
    while sample.len() < N_SAMPLE_ROWS_MAX {
        // The bytes may stop within compressed data: what came before is shown.
        match records.read(&mut record) {
            Ok(Next::Record) => sample.push(
                record.fields().map(|field| shown(&String::from_utf8_lossy(field))).collect(),
            ),
            Ok(Next::TooLong | Next::TooWide) => {}
            Ok(Next::End) | Err(_) => break,
        }
    }
    if sample.is_empty() && bytes.len() < N_PREVIEW_BYTES_MAX {
        problems.push(format!("`{file_name}` has a header but no rows"));
    }
    Ok(Preview {
        preset: plan.preset,
        preset_guessed: plan.is_preset_guessed,
        columns: plan.header,
        mapping: plan.mapping,
        sample,
        problems,
    })
}
