//! Rules: yes-or-no conditions over named facts, written in CEL.
//!
//! A text is parsed by the grammar of the common expression language, checked against the names
//! that exist, and kept as a small typed tree. That tree is evaluated here, over facts in
//! numbered places, so that fifty rules over one cart look nothing up by name. Deliberately
//! without CEL's regular expressions, maps, durations and conversions: a merchant's condition
//! needs none, and each would make its cost hard to see. Sets nothing, calls nothing, reads no
//! clock.

pub mod error;
pub mod facts;
pub mod names;
pub mod rule;

mod evaluate;
mod lower;
mod suggest;
mod tree;
