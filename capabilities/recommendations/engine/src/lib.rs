//! The pure engine of recommendations.
