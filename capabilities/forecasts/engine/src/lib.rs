//! The pure engine of forecasts.
