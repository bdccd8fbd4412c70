//! `mercer import stock FILE` and `mercer stock`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use mercer_connect::files::FileChoices;
use mercer_connect::stock::{StockFiles, StockReject};
use mercer_csv::stock::CsvStock;
use mercer_stock::import::{self, ImportOptions, ImportReport};
use mercer_stock::view::{self, StockFilter};

use crate::cli;
use crate::output::{self, money};
use crate::shop::Shop;

pub(super) fn import(shop: &Shop, what: &cli::ImportStock, json: bool) -> Result<ExitCode> {
    let bytes = std::fs::read(&what.file)
        .with_context(|| format!("{} cannot be read", what.file.display()))?;
    let name = what
        .file
        .file_name()
        .map_or_else(|| what.file.display().to_string(), |name| name.to_string_lossy().into());
    let choices = FileChoices {
        map: what.map.clone(),
        currency: Some(
            what.currency.clone().unwrap_or_else(|| shop.defaults.currency.code().to_owned()),
        ),
        dates: what.dates.clone(),
        ..FileChoices::default()
    };
    let sheet = CsvStock.read(bytes, &name, &choices)?;
    let options = ImportOptions {
        file_name: name.clone(),
        location: what.location.clone(),
        makes_locations: what.make_locations,
        again: what.again,
    };
    let report = import::run(&shop.context.db, shop.context.clock.now(), &sheet, &options)?;
    if report.n_rejected > 0 {
        let path = what.rejects.clone().unwrap_or_else(|| format!("{name}.rejects.csv").into());
        write_rejects(&path, &report.rejects)?;
        output::note(format!("{} rejected rows are in {}", report.n_rejected, path.display()));
    }
    if json {
        output::json(&report.cut())?;
    } else {
        show(&report);
    }
    Ok(ExitCode::SUCCESS)
}

fn write_rejects(path: &Path, rejects: &[StockReject]) -> Result<()> {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut text = "line,column,reason\n".to_owned();
    for StockReject { line, column, reason } in rejects {
        let column = column.as_deref().unwrap_or_default();
        text += &format!("{line},{},{}\n", quoted(column), quoted(reason));
    }
    std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}

fn show(report: &ImportReport) {
    for (field, column) in &report.mapping {
        if let Some(column) = column {
            output::note(format!("{field} from the column {column}"));
        }
    }
    output::line(format!(
        "{} rows = {} changed + {} unchanged + {} rejected; {} SKUs added",
        report.n_rows, report.n_changed, report.n_unchanged, report.n_rejected, report.n_skus_added
    ));
    if let Some(at) = report.booked_before_at {
        output::line(format!("This file was booked at {at}; --again books it as new counts."));
    }
}

pub(super) fn list(shop: &Shop, what: &cli::Stock, json: bool) -> Result<()> {
    let now = shop.context.clock.now();
    if let Some(sku) = &what.sku {
        let found = shop.context.db.read(|tx| view::find(tx, now, sku))?;
        return if json { output::json(&found) } else { one(shop, &found) };
    }
    let filter = StockFilter {
        text: what.search.clone(),
        location: what.location.clone(),
        is_low: what.low,
        ..StockFilter::default()
    };
    let rows = shop.context.db.read(|tx| view::list(tx, now, &filter, what.limit as usize))?;
    let rows: Vec<_> = rows.into_iter().map(|(_, row)| row).collect();
    if json {
        return output::json(&rows);
    }
    if rows.is_empty() {
        output::line("No stock is counted yet: mercer import stock FILE.csv");
        return Ok(());
    }
    let number = |number: Option<i64>| number.map_or_else(|| "–".to_owned(), |n| n.to_string());
    let cells = rows.iter().map(|row| {
        vec![
            row.sku.clone(),
            row.on_hand.to_string(),
            row.held.to_string(),
            row.available.to_string(),
            row.incoming.to_string(),
            number(row.low_threshold),
            if row.is_low { "low".to_owned() } else { String::new() },
        ]
    });
    let head = ["SKU", "On hand", "Held", "Available", "Incoming", "Low from", ""];
    output::table(&head, cells);
    Ok(())
}

fn one(shop: &Shop, found: &view::StockView) -> Result<()> {
    let row = &found.row;
    output::line(format!(
        "{}: {} on hand, {} held, {} available, {} incoming",
        row.sku, row.on_hand, row.held, row.available, row.incoming
    ));
    if let Some(cost) = row.unit_cost_minor {
        output::line(format!("Costs {}", money(cost, shop.defaults.currency.code())));
    }
    let places = serde_json::to_value(&found.places)?;
    for place in places.as_array().into_iter().flatten() {
        let text = |name: &str| place[name].as_str().unwrap_or_default().to_owned();
        let number = |name: &str| place[name].as_i64().unwrap_or_default();
        output::line(format!(
            "  {}: {} on hand, {} held, {} available",
            text("location"),
            number("on_hand"),
            number("held"),
            number("available")
        ));
    }
    Ok(())
}
