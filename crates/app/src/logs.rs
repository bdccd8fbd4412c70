//! Structured logs on standard error: text for people, JSON for machines.

use tracing_subscriber::EnvFilter;

use crate::cli::{Globals, LogFormat};

/// Starts logging as the flags say; `MERCER_LOG` takes the filter of `tracing`.
pub fn start(globals: &Globals) {
    let filter = EnvFilter::try_from_env("MERCER_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,mercer=info,mercer_app=info"));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match globals.log_format {
        LogFormat::Text => logs.with_target(false).compact().init(),
        LogFormat::Json => logs.json().flatten_event(true).init(),
    }
}
