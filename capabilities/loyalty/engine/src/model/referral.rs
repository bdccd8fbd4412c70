//! Codes by which friends come, and whether both sides are rewarded.
//!
//! Guards see fingerprints, never names or addresses. Everything that speaks against a reward is
//! said, not only the first thing.

use mercer_engine_kit::decision::{Decision, Reasons};
use mercer_engine_kit::seed::Seed;
use rand::RngExt;

use crate::calendar::Day;
use crate::input::{Earned, Person, ReferralInput};
use crate::model::limit::{Claim, within};
use crate::model::valid;
use crate::outcome::EarnOutcome;
use crate::policy::Programme;
use crate::policy::earning::{Earn, EarnRule, Household};
use crate::posting::{Movement, Posting};
use crate::reason::referral::{ReferralWhy, Side};
use crate::reason::{Fault, Faulty};

/// The characters of a code. Without vowels, so that no words arise; without 0 1 2 5 8 and I L O
/// S U V, which are mistaken for others or for one another. 23 is a prime, which makes the check
/// character catch every single mistake and every two neighbours exchanged.
const ALPHABET: &[u8; 23] = b"BCDFGHJKMNPQRTWXYZ34679";
/// Characters of a code without its check: 23⁷ are 3,400 million codes, so that guessing one of a
/// shop's ten thousand takes hundreds of thousands of attempts.
const N_CODE_CHARACTERS: usize = 7;

/// A customer's referral code, such as `WKTM-3PXC`. The same seed, customer and attempt give the
/// same code; whoever finds it taken asks for the next attempt.
#[must_use]
pub fn code(seed: Seed, customer: &str, attempt: u32) -> String {
    let mut stream = seed.part("referral code").stream(&format!("{customer}:{attempt}"));
    let places: Vec<usize> =
        (0..N_CODE_CHARACTERS).map(|_| stream.random_range(0..ALPHABET.len())).collect();
    let check = check_place(&places);
    let mut text = String::with_capacity(N_CODE_CHARACTERS + 2);
    for (number, place) in places.into_iter().chain([check]).enumerate() {
        if number == 4 {
            text.push('-');
        }
        text.push(char::from(ALPHABET[place]));
    }
    text
}

/// What is wrong with a code that was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Not eight characters, spaces and dashes aside.
    #[error("a code has eight letters and digits")]
    Length,
    /// A character that no code has.
    #[error("no code has the character {character}")]
    Character {
        /// Which.
        character: char,
    },
    /// The check character does not fit.
    #[error("the code is mistyped")]
    Mistyped,
}

/// A code as it is written in [`code`], from what somebody typed: small letters, spaces and dashes
/// do not matter, and 8 is read as B and 2 as Z, which no code has.
///
/// # Errors
/// Whatever cannot be a code, without asking whether it belongs to anybody.
pub fn read_code(typed: &str) -> Result<String, CodeError> {
    let characters = typed.chars().filter(|one| !one.is_whitespace() && *one != '-');
    let mut places = Vec::with_capacity(N_CODE_CHARACTERS + 1);
    for character in characters {
        if places.len() > N_CODE_CHARACTERS {
            return Err(CodeError::Length);
        }
        let upper = match character.to_ascii_uppercase() {
            '8' => 'B',
            '2' => 'Z',
            other => other,
        };
        let place = ALPHABET.iter().position(|&one| char::from(one) == upper);
        places.push(place.ok_or(CodeError::Character { character })?);
    }
    let Some((&check, body)) =
        places.split_last().filter(|(_, body)| body.len() == N_CODE_CHARACTERS)
    else {
        return Err(CodeError::Length);
    };
    if check != check_place(body) {
        return Err(CodeError::Mistyped);
    }
    let text = |places: &[usize]| -> String {
        places.iter().map(|&place| char::from(ALPHABET[place])).collect()
    };
    Ok(format!("{}-{}", text(&places[..4]), text(&places[4..])))
}

/// The check character's place: the sum of places weighted by 2, 3, … modulo 23. The weights and
/// their differences are no multiples of the prime; the check itself has the weight 1.
fn check_place(places: &[usize]) -> usize {
    let sum: usize = places.iter().zip(2..).map(|(place, weight)| place * weight).sum();
    (ALPHABET.len() - sum % ALPHABET.len()) % ALPHABET.len()
}

/// Whether a friend's first order rewards both sides.
pub(crate) fn decide(
    input: &ReferralInput,
    programme: &Programme,
) -> Decision<EarnOutcome, ReferralWhy> {
    let (outcome, reasons) = match check(input, programme) {
        Ok(()) => answer(input, programme),
        Err(Faulty { field, fault }) => {
            (EarnOutcome::Refused, Reasons::one(ReferralWhy::Refused { field, fault }))
        }
    };
    Decision { outcome, reasons, alternatives: Vec::new() }
}

fn check(input: &ReferralInput, programme: &Programme) -> Result<(), Faulty> {
    valid::name("referrer.customer", &input.referrer.customer)?;
    valid::name("friend.customer", &input.friend.customer)?;
    valid::name("order", &input.order)?;
    valid::amount("order_minor", input.order_minor)?;
    valid::number_of("rewarded_days", input.rewarded_days.len())?;
    valid::number_of("referrer_earned", input.referrer_earned.len())?;
    valid::number_of("friend_earned", input.friend_earned.len())?;
    if input.currency != programme.currency {
        return Err(Faulty::new("currency", Fault::OtherCurrency));
    }
    Ok(())
}

fn answer(input: &ReferralInput, programme: &Programme) -> (EarnOutcome, Reasons<ReferralWhy>) {
    let nothing = |whys: Vec<ReferralWhy>| {
        let mut whys = whys.into_iter();
        let first = whys.next().unwrap_or(ReferralWhy::NoRule);
        (EarnOutcome::Nothing, Reasons::new(first, whys))
    };
    let against = guards(input, programme);
    if !against.is_empty() {
        return nothing(against);
    }
    let (mut postings, mut whys) = (Vec::new(), Vec::new());
    for rule in &programme.earning {
        let Earn::Referral { referrer_points, friend_points, order_minor_min } = rule.earn else {
            continue;
        };
        if input.order_minor < order_minor_min {
            let (order_minor, currency) = (input.order_minor, input.currency);
            let min_minor = order_minor_min;
            whys.push(ReferralWhy::OrderTooSmall { order_minor, min_minor, currency });
            continue;
        }
        for (side, points) in [(Side::Referrer, referrer_points), (Side::Friend, friend_points)] {
            let (posting, because) = reward(rule, side, points, input, programme);
            postings.extend(posting);
            whys.extend(because);
        }
        if rule.pending_days > 0 {
            whys.push(ReferralWhy::Pending { n_days: rule.pending_days });
        }
    }
    if postings.is_empty() {
        return nothing(whys);
    }
    let points = postings.iter().map(|posting: &Posting| posting.points).sum();
    let renewed_to = programme.expiry.renewed_to(input.day);
    let mut whys = whys.into_iter();
    let first = whys.next().unwrap_or(ReferralWhy::NoRule);
    (EarnOutcome::Earned { postings, points, renewed_to }, Reasons::new(first, whys))
}

/// Everything that speaks against a reward.
fn guards(input: &ReferralInput, programme: &Programme) -> Vec<ReferralWhy> {
    let ReferralInput { referrer, friend, .. } = input;
    let mut against = Vec::new();
    let is_same =
        |of: fn(&Person) -> &Option<String>| of(referrer).is_some() && of(referrer) == of(friend);
    let is_one_person = referrer.customer == friend.customer || is_same(|one| &one.email_hash);
    if is_one_person {
        against.push(ReferralWhy::SamePerson);
    }
    let guards_household = programme.guards.same_household == Household::Refused;
    if guards_household && !is_one_person && is_same(|one| &one.address_hash) {
        against.push(ReferralWhy::SameHousehold);
    }
    if let Some(velocity) = programme.guards.velocity {
        let from = input.day.before(velocity.days.saturating_sub(1));
        let in_time = |day: &&Day| from <= **day && **day <= input.day;
        let n_before = input.rewarded_days.iter().filter(in_time).count();
        let n_referrals = u32::try_from(n_before).unwrap_or(u32::MAX).saturating_add(1);
        if n_referrals > velocity.n_referrals_max {
            let (max, n_days) = (velocity.n_referrals_max, velocity.days);
            against.push(ReferralWhy::TooFast { n_referrals, max, n_days });
        }
    }
    if input.n_orders_before > 0 {
        against.push(ReferralWhy::NotNew { n_orders_before: input.n_orders_before });
    }
    against
}

/// One side's points, within the rule's limits. The key names the order, so that one order pays
/// each side once.
fn reward(
    rule: &EarnRule,
    side: Side,
    points: i64,
    input: &ReferralInput,
    programme: &Programme,
) -> (Option<Posting>, Vec<ReferralWhy>) {
    let (customer, earned, name): (_, &[Earned], _) = match side {
        Side::Referrer => (&input.referrer.customer, &input.referrer_earned, "referrer"),
        Side::Friend => (&input.friend.customer, &input.friend_earned, "friend"),
    };
    let claim = Claim { fact: &input.order, day: input.day, points };
    let (points, cuts) = within(rule, claim, earned);
    let mut whys: Vec<ReferralWhy> = cuts
        .into_iter()
        .map(|cut| ReferralWhy::Limited { side, per: cut.per(), points_lost: cut.points_lost })
        .collect();
    if points <= 0 {
        return (None, whys);
    }
    whys.push(ReferralWhy::Rewarded { side, rule: rule.id.clone(), points });
    let lot = format!("referral:{}:{name}:{}", input.order, rule.id);
    let posting = Posting {
        key: format!("grant:{lot}"),
        customer: customer.clone(),
        points,
        lot,
        rule: rule.id.clone(),
        day: input.day,
        movement: Movement::Grant {
            available_from: input.day.after(rule.pending_days),
            last_valid: programme.expiry.last_valid(input.day),
        },
        reason: match side {
            Side::Referrer => format!("A friend came and ordered ({}).", rule.id),
            Side::Friend => format!("Came by a friend's code ({}).", rule.id),
        },
    };
    (Some(posting), whys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn codes_differ_by_customer_and_attempt_and_can_be_read_back() {
        let one = code(Seed(7), "cus_1", 0);
        assert_eq!(one.len(), 9);
        assert_eq!(one, code(Seed(7), "cus_1", 0));
        assert_ne!(one, code(Seed(7), "cus_1", 1));
        assert_ne!(one, code(Seed(7), "cus_2", 0));
        assert_eq!(read_code(&one.to_lowercase().replace('-', " ")), Ok(one.clone()));
        let mistaken = one.replace('B', "8").replace('Z', "2");
        assert_eq!(read_code(&mistaken), Ok(one));
        assert_eq!(read_code("BCDF-GHJ"), Err(CodeError::Length));
        assert_eq!(read_code("BCDF-GHJKM"), Err(CodeError::Length));
        assert_eq!(read_code("BCDF-GHJO"), Err(CodeError::Character { character: 'O' }));
    }

    proptest! {
        #[test]
        fn every_single_mistake_and_exchange_of_neighbours_is_noticed(
            seed in any::<u64>(), place in 0usize..8, other in 0usize..23,
        ) {
            let code = code(Seed(seed), "cus_1", 0).replace('-', "");
            let mut mistaken: Vec<u8> = code.bytes().collect();
            mistaken[place] = ALPHABET[other];
            let mut exchanged: Vec<u8> = code.bytes().collect();
            exchanged.swap(place.min(6), place.min(6) + 1);
            for wrong in [mistaken, exchanged] {
                let text = String::from_utf8(wrong).unwrap();
                let is_right = text == code;
                prop_assert_eq!(read_code(&text).is_ok(), is_right, "{} of {}", text, code);
            }
        }

        #[test]
        fn reading_never_panics(text in ".{0,20}") {
            let _ = read_code(&text);
        }
    }
}
