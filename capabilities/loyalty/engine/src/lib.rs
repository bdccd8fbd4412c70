//! What members of a loyalty programme earn, lose, may spend and win, and why.
//!
//! Pure: answers come as postings for the ledger to book, never as balances; days of the shop's
//! calendar come in as input, and so does every secret. Lots, holds, expiry and reversal are the
//! ledger's.

pub mod calendar;
pub mod input;
pub mod limits;
pub mod model;
pub mod outcome;
pub mod policy;
pub mod posting;
pub mod reason;

use mercer_engine_kit::decision::Decision;
use mercer_engine_kit::seed::Seed;

use crate::input::SpinInput;
use crate::outcome::SpinOutcome;
use crate::policy::Programme;
use crate::reason::wheel::SpinWhy;

/// Which prize a turn of a wheel gives. Drawn from the two seeds of the input, so that a customer
/// can repeat it; the engine's own seed is not used.
pub fn decide_spin(
    input: &SpinInput,
    programme: &Programme,
    _seed: Seed,
) -> Decision<SpinOutcome, SpinWhy> {
    model::wheel::decide(input, programme)
}
