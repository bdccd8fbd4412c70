//! The wall clock and the system's entropy: the only places that touch them.

use jiff::Timestamp;
use mercer_core::clock::{Clock, Entropy};

/// The wall clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The system's source of unpredictable bytes.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "the one place that draws entropy")]
    fn fill(&self, buffer: &mut [u8]) {
        // Without entropy no key could be trusted: stop rather than make a weak one.
        if let Err(error) = getrandom::fill(buffer) {
            panic!("the system gives no random bytes: {error}");
        }
    }
}
