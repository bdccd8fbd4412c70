//! What is settled about a file before its rows are read: shape, separator, columns, defaults.
//!
//! Looks at the header only; what the rows decide (dates, titles) is found by `file`.

use std::sync::Arc;

use jiff::tz::TimeZone;
use mercer_connect::source::SourceError;
use mercer_engine_kit::money::Currency;

use crate::fields::{Field, Mapped, map_columns, missing, missing_message, preset_of};
use crate::input::{self, Input, Seen, unusable};
use crate::options::{Options, Preset};
use crate::records::{Next, Record, Records, delimiter_of};
use crate::row::Columns;

/// How a file is going to be read.
pub(crate) struct Plan {
    /// The file's name for messages.
    pub(crate) file: String,
    pub(crate) preset: Preset,
    pub(crate) is_preset_guessed: bool,
    pub(crate) header: Vec<String>,
    pub(crate) mapping: Vec<Mapped>,
    pub(crate) columns: Columns,
    pub(crate) zone: TimeZone,
    /// Whether the zone is only the last resort.
    pub(crate) is_zone_assumed: bool,
    pub(crate) currency: Option<Currency>,
    pub(crate) channel: String,
    /// Name of the compression, if any.
    pub(crate) compression: Option<&'static str>,
}

/// Opens the text, reads the header and gives the records behind it.
pub(crate) fn plan(
    raw: Box<dyn std::io::Read + Send>,
    file: &str,
    options: &Options,
    seen: &Arc<Seen>,
) -> Result<(Plan, Records), SourceError> {
    let Input { reader, head, compression } = input::open(raw, file, options.encoding, seen)?;
    let mut records = Records::new(reader, delimiter_of(&head));
    let header = header(&mut records, file, compression)?;
    let (preset, is_preset_guessed) = preset_of(&header, options);
    let mapping = map_columns(&header, preset, &options.map, file)?;
    let zone_name = match (&options.time_zone, preset) {
        (Some(name), _) => name.as_str(),
        (None, Preset::OnlineRetail) => "Europe/London",
        (None, _) => "UTC",
    };
    let zone = TimeZone::get(zone_name).map_err(|_| {
        let name: String = zone_name.chars().take(64).collect();
        unusable(format!("`{name}` is no time zone; give one such as Europe/London"))
    })?;
    let currency = options.currency.or((preset == Preset::OnlineRetail).then_some(Currency::GBP));
    let columns = Columns::new(&mapping, header.len());
    let plan = Plan {
        file: file.to_owned(),
        preset,
        is_preset_guessed,
        is_zone_assumed: options.time_zone.is_none() && preset != Preset::OnlineRetail,
        channel: options.channel.clone().unwrap_or_else(|| preset.channel().to_owned()),
        header,
        mapping,
        columns,
        zone,
        currency,
        compression,
    };
    Ok((plan, records))
}

impl Plan {
    /// Everything that keeps the file from being read, a sentence each.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut problems: Vec<String> = missing(&self.mapping)
            .into_iter()
            .map(|field| missing_message(field, self.preset, &self.header, &self.file))
            .collect();
        if self.currency.is_none() && !self.columns.has(Field::Currency) {
            problems.push(format!(
                "`{}` has no column with the currency; give one with --currency, such as \
                 --currency GBP",
                self.file
            ));
        }
        problems
    }
}

fn header(
    records: &mut Records,
    file: &str,
    compression: Option<&'static str>,
) -> Result<Vec<String>, SourceError> {
    let mut record = Record::default();
    match records.read(&mut record).map_err(|e| input::failed(e, file, compression))? {
        Next::Record => {}
        Next::End => {
            return Err(unusable(format!("`{file}` has nothing but blank lines; export it again")));
        }
        Next::TooLong | Next::TooWide => {
            return Err(unusable(format!(
                "the first line of `{file}` is too long to be a header; check that it is a CSV file"
            )));
        }
    }
    record
        .fields()
        .map(|field| {
            std::str::from_utf8(field).map(|name| name.trim().to_owned()).map_err(|_| {
                unusable(format!(
                    "the header of `{file}` is not UTF-8; if it comes from Windows, give \
                     --encoding windows-1252"
                ))
            })
        })
        .collect()
}
