//! Durable jobs and timers: one table of what is due when.
