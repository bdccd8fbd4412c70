//! The pure engine of segments.
