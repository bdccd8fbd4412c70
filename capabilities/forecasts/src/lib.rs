//! Capability: forecasts.
