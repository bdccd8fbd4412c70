//! Evaluation on the past.
