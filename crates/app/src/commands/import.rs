//! `mercer import orders FILE`.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use mercer_connect::files::{FieldMapping, FileChoices};
use mercer_record::import::{self, Import, ImportStart};
use mercer_record::keep::ChannelDefaults;
use serde_json::json;

use crate::cli;
use crate::output::{self, money};
use crate::shop::Shop;

pub(super) fn run(shop: &Shop, orders: &cli::ImportOrders, json: bool) -> Result<ExitCode> {
    let name = orders
        .file
        .file_name()
        .map_or_else(|| orders.file.display().to_string(), |name| name.to_string_lossy().into());
    let rejects_path =
        orders.rejects.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.rejects.csv")));
    let n_rejected = Arc::new(AtomicU64::new(0));
    let rejects = LazyFile { path: rejects_path.clone(), file: None, n_bytes: n_rejected.clone() };
    let opened = shop.files.open(&orders.file, &name, &choices(orders), Box::new(rejects))?;
    if !json {
        show_mapping(&opened.preset, &opened.mapping);
    }
    let currency = opened.currency.unwrap_or(shop.defaults.currency);
    let start = ImportStart {
        file_name: name,
        preset: opened.preset.clone(),
        dry_run: orders.dry_run,
        currency: currency.code().to_owned(),
    };
    let defaults = ChannelDefaults {
        channel: opened.channel.clone(),
        time_zone: opened.time_zone.clone(),
        currency,
    };
    let context = &shop.context;
    let begun = import::begin(&context.db, context.clock.now(), &start)?;
    let bar = progress_bar();
    let mut source = opened.source;
    let mut watch = |import: &Import| show_progress(&bar, import);
    let done = import::run(&context.db, &*context.clock, defaults, begun, &mut *source, &mut watch);
    bar.finish_and_clear();
    // Flushes the rejects.
    drop(source);
    let done = done.with_context(
        || "the import stopped; what was kept stays, and running it again completes it",
    )?;
    let rejects = (done.rejected > 0).then_some(rejects_path);
    let compute_seconds = compute(shop, orders, &done, json)?;
    report(&done, rejects.as_ref(), compute_seconds, json)?;
    Ok(ExitCode::SUCCESS)
}

fn choices(orders: &cli::ImportOrders) -> FileChoices {
    FileChoices {
        preset: Some(orders.preset.clone()),
        map: orders.map.clone(),
        time_zone: orders.time_zone.clone(),
        currency: orders.currency.clone(),
        dates: orders.dates.clone(),
        encoding: orders.encoding.clone(),
        duplicates: orders.duplicates.clone(),
        channel: orders.channel.clone(),
    }
}

/// Made only when something is written to it: no rejects, no file.
struct LazyFile {
    path: PathBuf,
    file: Option<BufWriter<File>>,
    n_bytes: Arc<AtomicU64>,
}

impl Write for LazyFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(BufWriter::new(File::create(&self.path)?)),
        };
        self.n_bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

fn show_mapping(preset: &str, mapping: &[FieldMapping]) {
    let found: Vec<String> = mapping
        .iter()
        .filter_map(|field| Some(format!("{} = {}", field.field, field.column.as_ref()?)))
        .collect();
    output::note(format!("Preset {preset}; columns: {}", found.join(", ")));
}

fn progress_bar() -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr_with_hz(5)
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(1), target);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}") {
        bar.set_style(style);
    }
    bar
}

fn show_progress(bar: &ProgressBar, import: &Import) {
    bar.set_length(import.bytes_total.max(1));
    bar.set_position(import.bytes_read);
    let left = import.seconds_left.map_or_else(String::new, |s| format!(", {s:.0} s left"));
    bar.set_message(format!("{} rows, {} rows/s{left}", import.rows, import.rows_per_second));
}

/// Computes what follows from the import, unless that was left to the server.
fn compute(
    shop: &Shop,
    orders: &cli::ImportOrders,
    done: &Import,
    json: bool,
) -> Result<Option<f64>> {
    if orders.no_compute || orders.dry_run || !done.has_changed_anything() {
        return Ok(None);
    }
    if !json {
        output::note("Computing recommendations, segments and forecasts …");
    }
    let begun = shop.context.clock.now();
    shop.settle()?;
    Ok(Some(shop.context.clock.now().duration_since(begun).as_secs_f64()))
}

fn report(
    done: &Import,
    rejects: Option<&PathBuf>,
    compute_seconds: Option<f64>,
    json: bool,
) -> Result<()> {
    let total: i64 = done.money_minor.values().sum();
    if json {
        let mut value = serde_json::to_value(done)?;
        value["money_total_minor"] = json!(total);
        value["rejects_file"] = json!(rejects);
        value["compute_seconds"] = json!(compute_seconds);
        return output::json(&value);
    }
    let shown = |minor: i64| money(minor, &done.currency);
    if done.dry_run {
        output::line("Dry run: nothing was kept.");
    }
    output::line(format!(
        "{} rows = {} kept + {} rejected + {} exact duplicates, in {:.1} s ({} rows/s).",
        done.rows, done.kept, done.rejected, done.duplicates, done.seconds, done.rows_per_second
    ));
    output::line(format!(
        "{} orders, {} refunds ({} lines tied to their purchase), {} adjustments; {} new \
         customers, {} new products.",
        done.orders,
        done.refunds,
        done.refund_lines_tied,
        done.adjustments,
        done.customers,
        done.products
    ));
    output::line(format!(
        "{} created, {} changed, {} unchanged.",
        done.created, done.changed, done.unchanged
    ));
    let parts: Vec<String> = done
        .money_minor
        .iter()
        .filter(|(_, minor)| **minor != 0)
        .map(|(name, minor)| format!("{name} {}", shown(*minor)))
        .collect();
    output::line(format!("Money: {} = {}.", parts.join(" + "), shown(total)));
    for notice in &done.notices {
        output::line(format!("Note: {notice}"));
    }
    if let Some(path) = rejects {
        output::line(format!("Rows that were not kept, and why: {}", path.display()));
    }
    if let Some(seconds) = compute_seconds {
        output::line(format!(
            "Recommendations, segments and forecasts computed in {seconds:.1} s. Look: mercer serve"
        ));
    }
    Ok(())
}
