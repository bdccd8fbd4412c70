//! The binary `mercer`.

use std::process::ExitCode;

use clap::Parser;
use mercer_app::cli::Cli;
use mercer_app::{commands, logs};

fn main() -> ExitCode {
    let cli = Cli::parse();
    logs::start(&cli.globals);
    match commands::run(cli) {
        Ok(code) => code,
        Err(error) => {
            mercer_app::output::error(&error);
            ExitCode::FAILURE
        }
    }
}
