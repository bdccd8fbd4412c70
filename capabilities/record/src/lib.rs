//! Capability: the shop's record.
