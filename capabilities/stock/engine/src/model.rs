//! The parts of the method, one idea a file.

pub(crate) mod cover;
pub(crate) mod order;
pub(crate) mod pool;
