//! The binary mercer: command line, wiring, the list of capabilities.
