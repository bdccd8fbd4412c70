//! Promotions of the shop, on the pure engine beside this crate.
//!
//! Nothing stands here yet: whoever stores promotions and serves quotes adds it.
