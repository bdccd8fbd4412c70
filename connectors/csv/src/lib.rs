//! Order files: CSV in any encoding, gzip or zstd, with presets for the shops that write them.
//!
//! Streams: a file of any size is read in bounded memory. Bad rows go to a rejects file and never
//! stop the rest. Does not talk to shops and does not keep anything: the record does.

pub mod catalogue;
mod dates;
pub mod fields;
pub mod file;
mod input;
pub mod options;
mod order;
mod plan;
pub mod port;
pub mod preview;
mod reconcile;
pub mod records;
mod rejects;
mod retail;
mod row;
pub mod stock;
pub mod values;
