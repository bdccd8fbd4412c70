//! Draws that a customer can repeat: commit and reveal.
//!
//! Before anybody turns, the shop publishes SHA-256 of a secret and SHA-256 of the odds. The
//! customer then names a seed of their own. The number is made of
//! HMAC-SHA-256(secret, `client_seed:nonce`), so neither side can choose it: the shop is bound to
//! its secret, the customer does not know it. Once the secret is revealed, [`verify`] repeats the
//! draw. The secret is never made here.
//!
//! Sources: FIPS 180-4 (SHA-256), RFC 2104 (HMAC); rejection of the uneven rest as in D. Lemire,
//! "Fast Random Integer Generation in an Interval" (2019), section 3.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use mercer_engine_kit::decision::{Decision, Reasons};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::input::SpinInput;
use crate::limits::N_ID_BYTES_MAX;
use crate::outcome::SpinOutcome;
use crate::policy::Programme;
use crate::policy::games::{Prize, Wheel, WhenGone, Win};
use crate::posting::{Movement, Posting};
use crate::reason::wheel::SpinWhy;
use crate::reason::{Fault, Faulty};

/// Longest seed of a customer, in characters: more than anybody types, little to store.
pub const N_CLIENT_SEED_BYTES_MAX: usize = 64;
/// Digests that are tried for one number: each has four words, and even one word is refused less
/// than once in four thousand million, so that the second is hardly ever needed.
const N_DIGESTS_MAX: u32 = 16;

/// The shop's secret of 32 bytes; in JSON 64 hexadecimal digits. Shown to nobody before it is
/// revealed; debug output shows its commitment.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerSeed(pub [u8; 32]);

/// Not 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a server seed has 64 hexadecimal digits")]
pub struct ServerSeedError;

impl FromStr for ServerSeed {
    type Err = ServerSeedError;

    fn from_str(text: &str) -> Result<Self, ServerSeedError> {
        if text.len() != 64 || !text.is_ascii() {
            return Err(ServerSeedError);
        }
        let mut bytes = [0; 32];
        for (byte, place) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[place..place + 2], 16).map_err(|_| ServerSeedError)?;
        }
        // `from_str_radix` takes a plus sign, so compare with what would be written.
        let seed = Self(bytes);
        if seed.to_hex() == text.to_ascii_lowercase() { Ok(seed) } else { Err(ServerSeedError) }
    }
}

impl ServerSeed {
    /// 64 hexadecimal digits.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex(&self.0)
    }

    /// SHA-256 of the 32 bytes in hexadecimal digits: to be published before the first turn.
    #[must_use]
    pub fn commitment(&self) -> String {
        hex(&Sha256::digest(self.0))
    }
}

impl fmt::Debug for ServerSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerSeed(commitment {})", self.commitment())
    }
}

impl Serialize for ServerSeed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_hex())
    }
}

impl<'de> Deserialize<'de> for ServerSeed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The odds as the text whose SHA-256 is published with the commitment: a line each for the form,
/// the wheel, the total, every prize (id, chances, stock or `-`, separated by tabs) and the rule
/// for prizes that ran out.
#[must_use]
pub fn odds_text(wheel: &Wheel) -> String {
    let mut text = format!("mercer-wheel-1\n{}\n{}\n", wheel.id, wheel.chances_total);
    for prize in &wheel.prizes {
        let stock = prize.stock.map_or_else(|| "-".to_owned(), |n| n.to_string());
        text += &format!("{}\t{}\t{stock}\n", prize.id, prize.chances);
    }
    match &wheel.when_gone {
        WhenGone::NextPrize => text += "next\n",
        WhenGone::Consolation { prize } => text += &format!("consolation\t{prize}\n"),
    }
    text
}

/// SHA-256 of [`odds_text`], in hexadecimal digits.
#[must_use]
pub fn odds_digest(wheel: &Wheel) -> String {
    hex(&Sha256::digest(odds_text(wheel)))
}

/// What a customer needs to repeat a draw, once the secret is revealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// What was published before as the secret's commitment.
    pub commitment: String,
    /// What was published before as the digest of the odds.
    pub odds: String,
    /// The revealed secret.
    pub server_seed: ServerSeed,
    /// What the customer chose.
    pub client_seed: String,
    /// Which turn.
    pub nonce: u64,
    /// The number that was told.
    pub number: u32,
    /// The id of the prize that was told to be drawn.
    pub drawn: String,
}

/// Why a draw is not as it was told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The revealed secret is another one than was committed to.
    #[error("the revealed seed does not give the commitment that was published")]
    OtherSeed,
    /// The odds were changed after they were published.
    #[error("the odds are not those that were published")]
    OtherOdds,
    /// The seeds cannot be drawn from.
    #[error("the client's seed has 1 to 64 letters, digits, - or _")]
    BadClientSeed,
    /// The seeds give another number.
    #[error("the seeds give {found}, not {told}")]
    OtherNumber {
        /// What was told.
        told: u32,
        /// What the seeds give.
        found: u32,
    },
    /// The number means another prize.
    #[error("{number} means {found}, not {told}")]
    OtherPrize {
        /// The number.
        number: u32,
        /// What was told.
        told: String,
        /// What the number means.
        found: String,
    },
    /// No number, or no prize for it, comes of the seeds and the odds.
    #[error("no prize can be drawn from these seeds and odds")]
    NoDraw,
}

/// Repeats a draw and compares it with what was told.
///
/// # Errors
/// Whatever is not as it was published or told. Whether a prize had run out cannot be repeated
/// from seeds; the rule for it is part of the published odds.
pub fn verify(proof: &Proof, wheel: &Wheel) -> Result<(), ProofError> {
    let Proof { commitment, odds, server_seed, client_seed, nonce, number, drawn } = proof;
    if !commitment.eq_ignore_ascii_case(&server_seed.commitment()) {
        return Err(ProofError::OtherSeed);
    }
    if !odds.eq_ignore_ascii_case(&odds_digest(wheel)) {
        return Err(ProofError::OtherOdds);
    }
    if !is_client_seed(client_seed) {
        return Err(ProofError::BadClientSeed);
    }
    let found = number_of(server_seed, client_seed, *nonce, wheel.chances_total)
        .ok_or(ProofError::NoDraw)?;
    if found != *number {
        return Err(ProofError::OtherNumber { told: *number, found });
    }
    let prize = &wheel.prizes[prize_at(wheel, found).ok_or(ProofError::NoDraw)?];
    if prize.id != *drawn {
        let (told, found) = (drawn.clone(), prize.id.clone());
        return Err(ProofError::OtherPrize { number: *number, told, found });
    }
    Ok(())
}

/// The number of a turn, from 0 to below `total`, each equally likely; `None` if `total` is zero.
///
/// The digests of `client_seed:nonce`, `client_seed:nonce:1`, … are read as four big-endian words
/// of 64 bits each. A word of the uneven rest at the top, 2⁶⁴ mod total words wide, is passed
/// over; the first other one modulo `total` is the number.
#[must_use]
pub fn number_of(
    server_seed: &ServerSeed,
    client_seed: &str,
    nonce: u64,
    total: u32,
) -> Option<u32> {
    let words = (0..N_DIGESTS_MAX).flat_map(|round| {
        let message = match round {
            0 => format!("{client_seed}:{nonce}"),
            _ => format!("{client_seed}:{nonce}:{round}"),
        };
        words_of(hmac_sha256(&server_seed.0, message.as_bytes()))
    });
    reduce(words, total)
}

/// The first word outside the uneven rest, modulo `total`.
fn reduce(mut words: impl Iterator<Item = u64>, total: u32) -> Option<u32> {
    let total = u64::from(total);
    if total == 0 {
        return None;
    }
    let n_uneven = (u64::MAX % total + 1) % total;
    let word = words.find(|&word| word <= u64::MAX - n_uneven)?;
    u32::try_from(word % total).ok()
}

fn words_of(digest: [u8; 32]) -> [u64; 4] {
    std::array::from_fn(|place| {
        let mut word = [0; 8];
        word.copy_from_slice(&digest[place * 8..place * 8 + 8]);
        u64::from_be_bytes(word)
    })
}

/// HMAC-SHA-256 under a key of at most 64 bytes, which HMAC pads with zeros to its block.
fn hmac_sha256(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    mac.update(message);
    mac.finalize().into_bytes().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The place of the prize that a number means: each takes as many numbers as it has chances, in
/// the wheel's order.
fn prize_at(wheel: &Wheel, number: u32) -> Option<usize> {
    let mut end = 0u64;
    wheel.prizes.iter().position(|prize| {
        end += u64::from(prize.chances);
        u64::from(number) < end
    })
}

fn is_client_seed(text: &str) -> bool {
    (1..=N_CLIENT_SEED_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Which prize a turn of a wheel gives.
pub(crate) fn decide(input: &SpinInput, programme: &Programme) -> Decision<SpinOutcome, SpinWhy> {
    match spin(input, programme) {
        Ok(decision) => decision,
        Err(why) => Decision {
            outcome: SpinOutcome::Refused,
            reasons: Reasons::one(why),
            alternatives: Vec::new(),
        },
    }
}

fn spin(
    input: &SpinInput,
    programme: &Programme,
) -> Result<Decision<SpinOutcome, SpinWhy>, SpinWhy> {
    let refuse = |Faulty { field, fault }| SpinWhy::Refused { field, fault };
    let wheel = programme.wheels.iter().find(|wheel| wheel.id == input.wheel);
    let wheel = wheel.ok_or_else(|| refuse(Faulty::new("wheel", Fault::Unknown)))?;
    if !is_client_seed(&input.client_seed) {
        return Err(refuse(Faulty::new("client_seed", Fault::BadName)));
    }
    if input.customer.is_empty() || input.customer.len() > N_ID_BYTES_MAX {
        return Err(refuse(Faulty::new("customer", Fault::BadName)));
    }
    let number =
        number_of(&input.server_seed, &input.client_seed, input.nonce, wheel.chances_total)
            .ok_or(SpinWhy::NoFairNumber)?;
    let place = prize_at(wheel, number).ok_or(SpinWhy::NothingLeft)?;
    let drawn = &wheel.prizes[place];
    let (given, ran_out) = given_for(input, wheel, place).ok_or(SpinWhy::NothingLeft)?;
    let drew = SpinWhy::Drew {
        number,
        total: wheel.chances_total,
        prize: drawn.name.clone(),
        chances: drawn.chances,
    };
    Ok(Decision {
        outcome: SpinOutcome::Won {
            number,
            drawn: drawn.id.clone(),
            given: given.id.clone(),
            win: given.win.clone(),
            posting: posting(input, wheel, given, programme).map(Box::new),
        },
        reasons: Reasons::new(drew, ran_out),
        alternatives: Vec::new(),
    })
}

/// The prize that is given for the drawn one, and why it is another one if it is.
fn given_for<'w>(
    input: &SpinInput,
    wheel: &'w Wheel,
    place: usize,
) -> Option<(&'w Prize, Option<SpinWhy>)> {
    let is_left = |prize: &Prize| {
        prize.stock.is_none() || input.left.get(&prize.id).is_some_and(|&n_left| n_left > 0)
    };
    let drawn = &wheel.prizes[place];
    if is_left(drawn) {
        return Some((drawn, None));
    }
    let names = |given: &Prize| (drawn.name.clone(), given.name.clone());
    match &wheel.when_gone {
        WhenGone::NextPrize => {
            let round = wheel.prizes[place..].iter().chain(&wheel.prizes[..place]);
            let given = round.skip(1).find(|prize| is_left(prize))?;
            let (drawn, given_name) = names(given);
            Some((given, Some(SpinWhy::RanOutNext { drawn, given: given_name })))
        }
        WhenGone::Consolation { prize } => {
            let given = wheel.prizes.iter().find(|one| one.id == *prize && is_left(one))?;
            let (drawn, given_name) = names(given);
            Some((given, Some(SpinWhy::RanOutConsolation { drawn, given: given_name })))
        }
    }
}

/// The points of a prize, if it is points. The key names the secret and the turn, so that a turn
/// that is handed in again books nothing new.
fn posting(
    input: &SpinInput,
    wheel: &Wheel,
    given: &Prize,
    programme: &Programme,
) -> Option<Posting> {
    let Win::Points { points } = given.win else { return None };
    let lot = format!("wheel:{}:{}:{}", wheel.id, input.server_seed.commitment(), input.nonce);
    (points > 0).then(|| Posting {
        key: format!("grant:{lot}"),
        customer: input.customer.clone(),
        points,
        lot,
        rule: wheel.id.clone(),
        day: input.day,
        movement: Movement::Grant {
            available_from: input.day,
            last_valid: programme.expiry.last_valid(input.day),
        },
        reason: format!("{}: {}.", wheel.name, given.name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_agrees_with_rfc_4231() {
        // Test cases 1 and 2, whose keys are shorter than 32 bytes: HMAC pads with zeros.
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        let found = hex(&hmac_sha256(&key, b"Hi There"));
        assert_eq!(found, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let found = hex(&hmac_sha256(&key, b"what do ya want for nothing?"));
        assert_eq!(found, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        // Test case 3: 50 bytes of 0xdd under 20 of 0xaa.
        let mut key = [0; 32];
        key[..20].fill(0xaa);
        let found = hex(&hmac_sha256(&key, &[0xdd; 50]));
        assert_eq!(found, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    }

    #[test]
    fn the_commitment_is_sha_256_of_the_bytes() {
        // SHA-256 of 32 zero bytes.
        assert_eq!(
            ServerSeed([0; 32]).commitment(),
            "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
        );
    }

    #[test]
    fn words_of_the_uneven_rest_are_passed_over() {
        // 2⁶⁴ mod 3 = 1: only the very last word is refused.
        assert_eq!(reduce([u64::MAX, 7].into_iter(), 3), Some(1));
        assert_eq!(reduce([u64::MAX - 1].into_iter(), 3), Some(2));
        // 2⁶⁴ mod 2³¹ = 0: none is.
        assert_eq!(reduce([u64::MAX].into_iter(), 1 << 31), Some((1 << 31) - 1));
        assert_eq!(reduce([u64::MAX].into_iter(), 3), None);
        assert_eq!(reduce([5].into_iter(), 0), None);
        // 2⁶⁴ mod 10 = 6: six are refused.
        assert_eq!(reduce([u64::MAX - 5, 12].into_iter(), 10), Some(2));
        assert_eq!(reduce([u64::MAX - 6].into_iter(), 10), Some(9));
    }

    #[test]
    fn a_server_seed_is_read_strictly() {
        let text = "00".repeat(31) + "fF";
        let seed: ServerSeed = text.parse().unwrap();
        assert_eq!(seed.0[31], 255);
        assert!(("00".repeat(31) + "+f").parse::<ServerSeed>().is_err());
        assert!("00".parse::<ServerSeed>().is_err());
        assert!(!format!("{seed:?}").contains("00000000"), "the secret is not shown");
    }
}
