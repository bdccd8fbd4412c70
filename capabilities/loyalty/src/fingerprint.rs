//! Fingerprints by which guards compare people without seeing who they are.
//!
//! Keyed with a secret of the shop, so that nobody can try addresses against a fingerprint that
//! leaks. Spellings of one address are brought together before; a wrong address is not corrected.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Length of a fingerprint in hexadecimal digits: 128 bits, so that no two addresses of a shop
/// ever share one.
const N_DIGITS: usize = 32;

/// The shop's secret for fingerprints.
#[derive(Clone)]
pub struct Key(pub [u8; 32]);

impl Key {
    /// The fingerprint of an e-mail address; none for a text that is none. Capitals do not matter,
    /// nor does what follows a plus before the `@`, nor dots there at Gmail, which ignores them.
    #[must_use]
    pub fn email(&self, address: &str) -> Option<String> {
        let lower = address.trim().to_lowercase();
        let (mailbox, domain) = lower.rsplit_once('@')?;
        let mailbox = mailbox.split('+').next().unwrap_or(mailbox);
        let is_gmail = ["gmail.com", "googlemail.com"].contains(&domain);
        let mailbox = if is_gmail { mailbox.replace('.', "") } else { mailbox.to_owned() };
        let domain = if is_gmail { "gmail.com" } else { domain };
        let is_whole = !mailbox.is_empty() && !domain.is_empty();
        is_whole.then(|| self.of("email", &format!("{mailbox}@{domain}")))
    }

    /// The fingerprint of a postal address from its parts (street, postcode, country); none if all
    /// are empty. Capitals, spaces and punctuation do not matter.
    #[must_use]
    pub fn address(&self, parts: &[&str]) -> Option<String> {
        let clean = |part: &&str| -> String {
            part.chars().filter(|one| one.is_alphanumeric()).flat_map(char::to_lowercase).collect()
        };
        let parts: Vec<String> = parts.iter().map(clean).collect();
        let is_empty = parts.iter().all(String::is_empty);
        (!is_empty).then(|| self.of("address", &parts.join("\n")))
    }

    fn of(&self, kind: &str, text: &str) -> String {
        let mut block = [0; 64];
        block[..32].copy_from_slice(&self.0);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(kind.as_bytes());
        mac.update(b"\n");
        mac.update(text.as_bytes());
        let mut digits = String::with_capacity(N_DIGITS);
        for byte in mac.finalize().into_bytes().iter().take(N_DIGITS / 2) {
            // Writing to a text cannot fail.
            let _ = write!(digits, "{byte:02x}");
        }
        digits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_address_meet_and_others_do_not() {
        let key = Key([1; 32]);
        let one = key.email("Ann.Lee+shop@Gmail.com").unwrap();
        assert_eq!(one, key.email(" annlee@googlemail.com").unwrap());
        assert_ne!(one, key.email("annlee@example.com").unwrap());
        assert_ne!(key.email("ann.lee@example.com"), key.email("annlee@example.com"));
        assert_ne!(one, Key([2; 32]).email("annlee@gmail.com").unwrap());
        assert_eq!((key.email("no address"), key.email("@example.com")), (None, None));
        assert_eq!(one.len(), N_DIGITS);

        let home = key.address(&["1 High St.", "AB1 2CD", "GB"]);
        assert_eq!(home, key.address(&["1, high st", "ab12cd", "gb"]));
        assert_ne!(home, key.address(&["11 High St.", "B1 2CD", "GB"]), "parts stay apart");
        assert_eq!(key.address(&["", " - "]), None);
    }
}
