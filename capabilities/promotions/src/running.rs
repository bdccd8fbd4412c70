//! The promotions that run now, compiled once for all quotes.
