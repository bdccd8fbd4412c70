//! Whole files through the public interface.

mod bad_files;
mod common;
mod properties;
mod retail;
mod shops;
