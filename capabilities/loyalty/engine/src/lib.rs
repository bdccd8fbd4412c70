//! What members of a loyalty programme earn, lose, may spend and win, and why.
//!
//! Pure: answers come as postings for the ledger to book, never as balances; days of the shop's
//! calendar come in as input, and so does every secret. Lots, holds, expiry and reversal are the
//! ledger's. Every decision takes a seed because every engine does; nothing here is drawn from it
//! (the wheel draws from the two seeds of its input, so that a customer can repeat it).

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

use crate::input::{
    ActivityInput, ChallengeInput, LiabilityInput, OrderInput, RedemptionInput, ReferralInput,
    ReturnsInput, SpinInput, TierInput,
};
use crate::outcome::{
    ChallengeOutcome, EarnOutcome, LiabilityReport, RedemptionOutcome, ReturnsOutcome, SpinOutcome,
    TierOutcome,
};
use crate::policy::Programme;
use crate::reason::challenge::ChallengeWhy;
use crate::reason::earn::EarnWhy;
use crate::reason::redemption::RedeemWhy;
use crate::reason::referral::ReferralWhy;
use crate::reason::report::ReportWhy;
use crate::reason::returns::ReturnWhy;
use crate::reason::tier::TierWhy;
use crate::reason::wheel::SpinWhy;

/// What an order earns, line by line.
pub fn decide_order(
    input: &OrderInput,
    programme: &Programme,
    _seed: Seed,
) -> Decision<EarnOutcome, EarnWhy> {
    model::earn::decide(input, programme)
}

/// What a review, a share, a birthday or a met challenge earns.
pub fn decide_activity(
    input: &ActivityInput,
    programme: &Programme,
    _seed: Seed,
) -> Decision<EarnOutcome, EarnWhy> {
    model::activity::decide(input, programme)
}

/// What all returns of an order take back and give back, line by line.
pub fn decide_returns(
    input: &ReturnsInput,
    programme: &Programme,
    _seed: Seed,
) -> Decision<ReturnsOutcome, ReturnWhy> {
    model::returns::decide(input, programme)
}

/// How many points may be spent on an order.
pub fn decide_redemption(
    input: &RedemptionInput,
    programme: &Programme,
    _seed: Seed,
) -> Decision<RedemptionOutcome, RedeemWhy> {
    model::redemption::decide(input, programme)
}

/// In which tier a member is, and when that changes by time alone.
pub fn decide_tier(
    input: &TierInput,
    programme: &Programme,
    _seed: Seed,
) -> Decision<TierOutcome, TierWhy> {
    model::tier::decide(input, programme)
}

/// Which challenges a member has met, and what is taken back because it no longer holds.
pub fn decide_challenges(
    input: &ChallengeInput,
    programme: &Programme,
    _seed: Seed,
) -> Decision<ChallengeOutcome, ChallengeWhy> {
    model::challenge::decide(input, programme)
}

/// Whether a friend's first order rewards both sides.
pub fn decide_referral(
    input: &ReferralInput,
    programme: &Programme,
    _seed: Seed,
) -> Decision<EarnOutcome, ReferralWhy> {
    model::referral::decide(input, programme)
}

/// Which prize a turn of a wheel gives.
pub fn decide_spin(
    input: &SpinInput,
    programme: &Programme,
    _seed: Seed,
) -> Decision<SpinOutcome, SpinWhy> {
    model::wheel::decide(input, programme)
}

/// What members hold, when it expires and how much of it may never be claimed.
pub fn report_liability(
    input: &LiabilityInput,
    programme: &Programme,
    _seed: Seed,
) -> Decision<LiabilityReport, ReportWhy> {
    model::liability::decide(input, programme)
}
