//! Time and entropy as parameters.
//!
//! Does not read the wall clock: the one implementation that does lives in the binary.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// Tells the time. Injected everywhere, so that a year runs in a test in seconds.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// Unpredictable bytes, for keys and tokens. Simulations use a `Seed` instead.
pub trait Entropy: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, buffer: &mut [u8]);
}

/// A clock that stands still until it is told to move.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// Stands at the given instant.
    #[must_use]
    pub fn at(instant: Timestamp) -> Self {
        Self(AtomicI64::new(instant.as_microsecond()))
    }

    /// Moves on by whole seconds; a negative number moves back.
    pub fn advance_seconds(&self, n_seconds: i64) {
        self.0.fetch_add(n_seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        instant_of_micros(self.0.load(Ordering::SeqCst))
    }
}

/// An instant from the databases' form: microseconds since 1970 in UTC, as every `*_at` column
/// holds. Values beyond what a calendar can show are brought to its edge.
#[must_use]
pub fn instant_of_micros(micros: i64) -> Timestamp {
    let edge = if micros < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_microsecond(micros).unwrap_or(edge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_clock_moves_only_when_told() {
        let clock = ManualClock::at("2011-12-09T12:50:00Z".parse().unwrap());
        assert_eq!(clock.now().to_string(), "2011-12-09T12:50:00Z");
        clock.advance_seconds(90);
        assert_eq!(clock.now().to_string(), "2011-12-09T12:51:30Z");
    }

    #[test]
    fn instants_out_of_range_stop_at_the_edge() {
        assert_eq!(instant_of_micros(i64::MAX), Timestamp::MAX);
        assert_eq!(instant_of_micros(i64::MIN), Timestamp::MIN);
    }
}
