//! What loyalty promises, on both databases.

mod games;
mod money;
mod past;
mod support;
mod time;
