//! The port of order files: whoever reads a kind of file implements it, and imports use it.

use std::io::Write;
use std::path::Path;

use mercer_engine_kit::money::Currency;
use serde::{Deserialize, Serialize};

use crate::source::{OrderSource, SourceError};

/// What a person says about a file, as text; empty fields are found out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileChoices {
    /// Which shop wrote it.
    pub preset: Option<String>,
    /// `field:Column` pairs that win over guessed columns.
    pub map: Vec<String>,
    /// Zone of times without an offset.
    pub time_zone: Option<String>,
    /// Currency of rows that name none.
    pub currency: Option<String>,
    /// `dmy`, `mdy` or `ymd`.
    pub dates: Option<String>,
    /// How the characters are written.
    pub encoding: Option<String>,
    /// `drop` or `keep` rows equal to one before.
    pub duplicates: Option<String>,
    /// Code of the channel of orders that name none.
    pub channel: Option<String>,
}

/// Where a field's values come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldMapping {
    /// The field.
    pub field: String,
    /// What a merchant calls it.
    pub label: String,
    /// The file's column, if one was named or found.
    pub column: Option<String>,
    /// Whether a file without it cannot be used.
    pub required: bool,
    /// Found by its name, not named by the merchant.
    pub guessed: bool,
}

/// What a file looks like before it is imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FilePreview {
    /// The preset that fits.
    pub preset: String,
    /// Whether it was found by the column names.
    pub preset_guessed: bool,
    /// The file's columns.
    pub columns: Vec<String>,
    /// Where each field's values come from.
    pub mapping: Vec<FieldMapping>,
    /// The first rows.
    pub sample: Vec<Vec<String>>,
    /// What keeps the file from being imported as it is, a sentence each.
    pub problems: Vec<String>,
}

/// A file that is ready to be read.
pub struct OpenedFile {
    /// Its items.
    pub source: Box<dyn OrderSource>,
    /// The preset by which it is read.
    pub preset: String,
    /// Where each field's values come from.
    pub mapping: Vec<FieldMapping>,
    /// Channel of orders that name none.
    pub channel: String,
    /// Zone of its days.
    pub time_zone: String,
    /// Its currency, where it has one for all rows.
    pub currency: Option<Currency>,
}

/// Reads files of orders.
pub trait OrderFiles: Send + Sync {
    /// Looks at the first bytes of a file.
    ///
    /// # Errors
    /// It is no such file, or a choice is none.
    fn preview(
        &self,
        bytes: &[u8],
        file_name: &str,
        choices: &FileChoices,
    ) -> Result<FilePreview, SourceError>;

    /// Opens a file; rows that cannot be kept are written to `rejects`. `name` is what messages
    /// call it.
    ///
    /// # Errors
    /// It cannot be used; the sentence says what to do.
    fn open(
        &self,
        path: &Path,
        name: &str,
        choices: &FileChoices,
        rejects: Box<dyn Write + Send>,
    ) -> Result<OpenedFile, SourceError>;
}
