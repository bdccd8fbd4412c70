//! What all of these tests share.

pub mod cluster;
pub mod dump;
pub mod http;
pub mod load;
pub mod offers;
pub mod orders;
pub mod program;
pub mod retail;
