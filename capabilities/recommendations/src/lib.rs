//! Capability: recommendations.
