//! What the record promises, on both databases, by topic.

mod support;

mod history;
mod imports;
mod keeping;
mod model;
mod ties;
mod validation;
