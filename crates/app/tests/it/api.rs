//! One module for each part of the interface.

mod access;
mod catalogue;
mod decisions;
mod description;
mod engines;
mod flash_sales;
mod idempotency;
mod imports;
mod logs;
mod orders;
mod problems;
mod quotes;
mod shop;
mod stock;
mod story;
