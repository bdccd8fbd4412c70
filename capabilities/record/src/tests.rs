//! What the record promises, on both databases, by topic.

#[path = "../tests/both/dump.rs"]
mod dump;
mod support;

mod history;
mod imports;
mod keeping;
mod model;
mod ports;
mod ties;
mod validation;
