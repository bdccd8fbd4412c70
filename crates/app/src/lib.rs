//! The program: command line, settings, wiring, the explicit list of capabilities.
//!
//! The only crate that names capabilities and connectors, reads the wall clock and draws entropy.
//! A library beside the binary, so that tests can start the whole.

pub mod api;
pub mod cli;
pub mod commands;
pub mod logs;
pub mod offers;
pub mod output;
pub mod recompute;
pub mod serve;
pub mod settings;
pub mod shop;
pub mod system;
