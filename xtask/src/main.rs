//! Chores of the repository: `cargo xtask tidy`.
//!
//! Not part of the product. Builds nothing and runs no tests: `make` does.

mod tidy;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

const USAGE: &str = "\
Usage: cargo xtask CHORE

  tidy    say where an invariant of absence or a habit of the repository is broken";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["tidy"] => run_tidy(),
        _ => Err(anyhow::anyhow!("{USAGE}")),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Whether the repository is tidy; every finding is printed.
fn run_tidy() -> anyhow::Result<bool> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask has no parent")?;
    let tree = tidy::tree::Tree::read(root)?;
    let findings = tidy::check(&tree, tidy::EXCEPTIONS);
    for finding in &findings {
        say(&finding.to_string());
    }
    match findings.len() {
        0 => say(&format!("tidy: {} files, nothing to put right", tree.files().len())),
        1 => say("tidy: 1 thing to put right"),
        n => say(&format!("tidy: {n} things to put right")),
    }
    Ok(findings.is_empty())
}

#[expect(clippy::print_stderr, reason = "findings are for the person at the terminal")]
fn say(text: &str) {
    eprintln!("{text}");
}
