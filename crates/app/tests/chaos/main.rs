//! The real binary under bad luck: killed, cut off from its database, given broken files.
//!
//! Every test starts `mercer` as a merchant does and looks at exit codes, output, answers and
//! tables from outside. What the parts do is tested in their own crates.
//!
//! `MERCER_TEST_LONG=1` takes the real year (in `MERCER_SHARED_DATA`, if it is there), longer
//! inputs and far more customers at once.

mod bad_input;
mod both_databases;
mod disk;
mod encrypted;
mod flash_queue;
mod flash_sale;
mod killed_import;
mod killed_server;
mod outage;
mod redemptions;
mod support;
