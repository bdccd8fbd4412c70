//! `mercer doctor`: looks for what is wrong, and says what to do.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use mercer_db::{Db, DbError, Location};
use serde::Serialize;

use crate::cli::Globals;
use crate::output;
use crate::settings::Settings;
use crate::shop::MIGRATIONS;

/// How long the doctor waits for a database: it must say so rather than hang.
const PATIENCE_SECONDS: u64 = 3;

/// How one check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Good,
    Warning,
    Bad,
}

#[derive(Debug, Clone, Serialize)]
struct Finding {
    what: &'static str,
    verdict: Verdict,
    detail: String,
}

pub(super) fn run(globals: &Globals) -> Result<ExitCode> {
    let mut findings = Vec::new();
    match Settings::load(globals) {
        Ok(settings) => {
            let file = settings.file.as_ref().map_or_else(
                || "no settings file; defaults, environment and flags".to_owned(),
                |path| path.display().to_string(),
            );
            findings.push(good("settings", file));
            check_values(&settings, &mut findings);
            check_database(&settings, &mut findings);
            check_folder(&settings, &mut findings);
        }
        Err(error) => findings.push(bad("settings", output::with_causes(&error))),
    }
    let is_bad = findings.iter().any(|finding| finding.verdict == Verdict::Bad);
    if globals.json {
        output::json(&serde_json::json!({ "ok": !is_bad, "findings": findings }))?;
    } else {
        let rows = findings.iter().map(|finding| {
            let verdict = match finding.verdict {
                Verdict::Good => "good",
                Verdict::Warning => "look",
                Verdict::Bad => "BAD",
            };
            vec![verdict.to_owned(), finding.what.to_owned(), finding.detail.clone()]
        });
        output::table(&["", "What", "Finding"], rows);
    }
    Ok(if is_bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn good(what: &'static str, detail: impl Into<String>) -> Finding {
    Finding { what, verdict: Verdict::Good, detail: detail.into() }
}

fn warning(what: &'static str, detail: impl Into<String>) -> Finding {
    Finding { what, verdict: Verdict::Warning, detail: detail.into() }
}

fn bad(what: &'static str, detail: impl Into<String>) -> Finding {
    Finding { what, verdict: Verdict::Bad, detail: detail.into() }
}

fn check_values(settings: &Settings, findings: &mut Vec<Finding>) {
    for setting in settings.shown() {
        let source = serde_json::to_value(&setting.source).unwrap_or_default();
        let source = source.as_str().unwrap_or_default().to_owned();
        findings.push(good(setting.name, format!("{} (from {source})", setting.value)));
    }
    if let Err(error) = settings.time_zone() {
        findings.push(bad("time_zone", output::with_causes(&error)));
    }
    if let Err(error) = settings.currency() {
        findings.push(bad("currency", output::with_causes(&error)));
    }
    match settings.listen() {
        Err(error) => findings.push(bad("listen", output::with_causes(&error))),
        Ok(address) => match std::net::TcpListener::bind(address) {
            Ok(_) if !address.ip().is_loopback() => findings.push(warning(
                "listen",
                format!("{address} can be reached from other machines: put TLS in front of it"),
            )),
            Ok(_) => findings.push(good("listen", format!("{address} is free"))),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => findings.push(warning(
                "listen",
                format!(
                    "{address} is in use; fine if that is Mercer, else choose another --listen"
                ),
            )),
            Err(error) => findings.push(bad("listen", format!("{address}: {error}"))),
        },
    }
}

fn check_database(settings: &Settings, findings: &mut Vec<Finding>) {
    let location = settings.database();
    if let Location::Sqlite(path) = &location
        && !path.exists()
    {
        let detail = format!("{} does not exist yet; the first command makes it", path.display());
        findings.push(warning("database", detail));
        return;
    }
    let db = match Db::open_patiently(&location, Duration::from_secs(PATIENCE_SECONDS)) {
        Ok(db) => db,
        Err(error) => {
            let error = anyhow::Error::from(error);
            findings.push(bad("database", output::with_causes(&error)));
            return;
        }
    };
    findings.push(good("database", format!("{} answers", db.shown())));
    // A write that is undone: tells a read-only file or user from a good one.
    let written = db.write(|tx| {
        tx.execute_batch("CREATE TABLE doctor_probe (id BIGINT)")?;
        Err::<(), _>(DbError::NoRow)
    });
    match written {
        Err(DbError::NoRow) => findings.push(good("writing", "the database can be written")),
        Err(error) => {
            let error = anyhow::Error::from(error);
            findings.push(bad("writing", output::with_causes(&error)));
        }
        Ok(()) => {}
    }
    check_schema(&db, findings);
}

fn check_schema(db: &Db, findings: &mut Vec<Finding>) {
    let applied =
        db.read(|tx| tx.fetch_value::<i64>("SELECT COUNT(*) FROM schema_migrations", &[]));
    let n_known: usize = MIGRATIONS.iter().map(|set| set.steps.len()).sum();
    match applied {
        Err(_) => findings.push(warning("schema", "not made yet; the first command makes it")),
        Ok(n) if usize::try_from(n) == Ok(n_known) => {
            findings.push(good("schema", format!("all {n} steps applied")));
            check_jobs(db, findings);
            check_ledger(db, findings);
        }
        Ok(n) if usize::try_from(n).is_ok_and(|n| n < n_known) => findings.push(warning(
            "schema",
            format!("{n} of {n_known} steps applied; the next command applies the rest"),
        )),
        Ok(n) => findings.push(bad(
            "schema",
            format!("{n} steps, this program knows {n_known}: it is older than the database"),
        )),
    }
}

fn check_jobs(db: &Db, findings: &mut Vec<Finding>) {
    if let Ok(counts) = db.read(mercer_jobs::counts) {
        let n_parked = counts[2].1;
        findings.push(if n_parked == 0 {
            good("jobs", "none is parked")
        } else {
            warning("jobs", format!("{n_parked} parked: Settings in the console shows why"))
        });
    }
}

/// Whether balances, lots and holds still add up from the movements alone.
fn check_ledger(db: &Db, findings: &mut Vec<Finding>) {
    findings.push(match db.read(mercer_ledger::verify::verify) {
        Ok(faults) if faults.is_empty() => good("ledger", "balances, lots and holds add up"),
        Ok(faults) => bad("ledger", faults.join("; ")),
        Err(error) => bad("ledger", output::with_causes(&error.into())),
    });
}

fn check_folder(settings: &Settings, findings: &mut Vec<Finding>) {
    let folder = settings.data_folder().join("imports");
    let probe = folder.join("doctor.tmp");
    let tried = std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&probe, b"probe"))
        .and_then(|()| std::fs::remove_file(&probe));
    findings.push(match tried {
        Ok(()) => good("data folder", format!("{} can be written", folder.display())),
        Err(error) => bad("data folder", format!("{}: {error}", folder.display())),
    });
}
