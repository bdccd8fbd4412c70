//! The log of decisions, with reasons, input, policy and mode.
