//! What the command line prints: tables for people, JSON for programs, errors that say what to do.

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

/// Prints a value as JSON.
///
/// # Errors
/// Standard output is closed.
#[expect(clippy::print_stdout, reason = "printing is this module's work")]
pub fn json(value: &impl Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}

/// Prints a line.
#[expect(clippy::print_stdout, reason = "printing is this module's work")]
pub fn line(text: impl AsRef<str>) {
    println!("{}", text.as_ref());
}

/// Prints a note to the person, beside the output.
#[expect(clippy::print_stderr, reason = "printing is this module's work")]
pub fn note(text: impl AsRef<str>) {
    eprintln!("{}", text.as_ref());
}

/// Prints a table.
pub fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(head.iter().copied());
    for row in rows {
        table.add_row(row);
    }
    line(table.to_string());
}

/// Prints an error with its causes.
pub fn error(error: &anyhow::Error) {
    note(format!("mercer: {}", with_causes(error)));
}

/// An error with those of its causes that say something new.
#[must_use]
pub fn with_causes(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

/// An amount with its currency.
#[must_use]
pub fn money(minor: i64, currency: &str) -> String {
    mercer_record::read::customers::shown(minor, currency)
}

/// An instant to the day.
#[must_use]
pub fn day(at: Option<jiff::Timestamp>) -> String {
    at.map_or_else(|| "–".to_owned(), |at| at.strftime("%Y-%m-%d").to_string())
}
