//! Ports: what outside sources hand in (`source`), and what capabilities answer each other
//! (`history`, `orders`, `cart`). Files come by `files` and `stock`.
//!
//! Only types and traits: connectors and capabilities implement them, and the binary joins them.
//! No HTTP client yet, because no connector needs one yet.

pub mod cart;
pub mod files;
pub mod history;
pub mod orders;
pub mod source;
pub mod stock;
