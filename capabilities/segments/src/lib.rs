//! Capability: segments.
