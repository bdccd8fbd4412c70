//! The port of order files, for the import of the command line and of uploads.
//!
//! Turns choices given as text into options, and nothing else.

use std::io::Write;
use std::path::Path;

use mercer_connect::files::{FieldMapping, FileChoices, FilePreview, OpenedFile, OrderFiles};
use mercer_connect::source::SourceError;

use crate::fields::{Mapped, parse_map};
use crate::file::OrderFile;
use crate::options::{Options, UnknownChoice};
use crate::preview::preview;

/// Reads CSV files of orders.
pub struct CsvFiles;

impl OrderFiles for CsvFiles {
    fn preview(
        &self,
        bytes: &[u8],
        file_name: &str,
        choices: &FileChoices,
    ) -> Result<FilePreview, SourceError> {
        let seen = preview(bytes, file_name, &options(choices)?)?;
        Ok(FilePreview {
            preset: seen.preset.name().to_owned(),
            preset_guessed: seen.preset_guessed,
            columns: seen.columns,
            mapping: seen.mapping.iter().map(mapping).collect(),
            sample: seen.sample,
            problems: seen.problems,
        })
    }

    fn open(
        &self,
        path: &Path,
        name: &str,
        choices: &FileChoices,
        rejects: Box<dyn Write + Send>,
    ) -> Result<OpenedFile, SourceError> {
        let file = OrderFile::open_named(path, name, options(choices)?, rejects)?;
        Ok(OpenedFile {
            preset: file.preset().name().to_owned(),
            mapping: file.mapping().iter().map(mapping).collect(),
            channel: file.channel().to_owned(),
            time_zone: file.time_zone(),
            currency: file.currency(),
            source: Box::new(file),
        })
    }
}

fn mapping(mapped: &Mapped) -> FieldMapping {
    FieldMapping {
        field: mapped.field.name().to_owned(),
        label: mapped.label.to_owned(),
        column: mapped.column.clone(),
        required: mapped.required,
        guessed: mapped.guessed,
    }
}

fn options(choices: &FileChoices) -> Result<Options, SourceError> {
    let FileChoices { preset, map, time_zone, currency, dates, encoding, duplicates, channel } =
        choices;
    let mut options = Options {
        time_zone: filled(time_zone.as_ref()),
        channel: filled(channel.as_ref()),
        ..Options::default()
    };
    let unusable =
        |error: &dyn std::fmt::Display| SourceError::Unusable { message: error.to_string() };
    if let Some(text) = filled(preset.as_ref()) {
        options.preset = text.parse().map_err(|e: UnknownChoice| unusable(&e))?;
    }
    for pair in map {
        options.map.push(parse_map(pair).map_err(|e| unusable(&e))?);
    }
    if let Some(text) = filled(currency.as_ref()) {
        let parsed =
            text.parse().map_err(|e: mercer_engine_kit::money::MoneyError| unusable(&e))?;
        options.currency = Some(parsed);
    }
    if let Some(text) = filled(dates.as_ref()) {
        options.dates = Some(text.parse().map_err(|e: UnknownChoice| unusable(&e))?);
    }
    if let Some(text) = filled(encoding.as_ref()) {
        options.encoding = text.parse().map_err(|e: UnknownChoice| unusable(&e))?;
    }
    if let Some(text) = filled(duplicates.as_ref()) {
        options.duplicates = text.parse().map_err(|e: UnknownChoice| unusable(&e))?;
    }
    Ok(options)
}

/// A choice left empty in a form is none.
pub(crate) fn filled(text: Option<&String>) -> Option<String> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}
