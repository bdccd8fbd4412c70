//! Members: who joins, what is known of them, and how they stand.
//!
//! Of e-mail and postal addresses only keyed fingerprints are kept, of a birthday the day and the
//! month; none of them is logged.

pub mod view;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use mercer_db::{Tx, params};
use mercer_engine_kit::seed::Seed;
use mercer_loyalty_engine::calendar::{Date as ShopDate, Day};
use mercer_loyalty_engine::model::referral::read_code;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::days::start_of;
use crate::fingerprint::Key;
use crate::members::view::MemberView;
use crate::standing::{refresh, tell};
use crate::terms::InForce;
use crate::{Loyalty, LoyaltyError, accounts, look, referrals};

/// Longest id of a customer, as the engine takes it.
const N_ID_BYTES_MAX: usize = 100;
/// Longest part of an address: longer ones are mistakes.
const N_ADDRESS_BYTES_MAX: usize = 500;

/// What is told of a member; what is left out stays as it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct MemberAsk {
    /// Month and day of birth, `MM-DD`. In years without a 29 February it is celebrated on the
    /// 28th.
    #[serde(default)]
    #[schema(example = "02-29")]
    pub birthday: Option<String>,
    /// E-mail address; only a keyed fingerprint of it is kept.
    #[serde(default)]
    pub email: Option<String>,
    /// Postal address; only a keyed fingerprint of it is kept.
    #[serde(default)]
    pub address: Option<AddressAsk>,
    /// The code of whoever brought the member; it counts with the first order, and cannot be
    /// changed.
    #[serde(default)]
    #[schema(example = "WKTM-3PXC")]
    pub referral_code: Option<String>,
}

/// A postal address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct AddressAsk {
    /// Street and number.
    pub street: String,
    /// Postcode.
    pub postcode: String,
    /// Country.
    pub country: String,
}

/// Takes the rows of members, so that what is counted of one is decided by one at a time.
pub(crate) fn lock(tx: &mut Tx<'_>, customers: &[&str]) -> Result<(), LoyaltyError> {
    let mut sorted = customers.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let for_update = tx.backend().for_update();
    let sql = format!("SELECT 1 FROM loyalty_members WHERE customer_id = $1{for_update}");
    for customer in sorted {
        tx.fetch_optional(&sql, params![customer])?;
    }
    Ok(())
}

/// Whether somebody is a member.
pub(crate) fn is_member(tx: &mut Tx<'_>, customer: &str) -> Result<bool, LoyaltyError> {
    let row = tx.fetch_optional(
        "SELECT 1 FROM loyalty_members WHERE customer_id = $1",
        params![customer],
    )?;
    Ok(row.is_some())
}

/// The next instant of a birthday from a day on: its first moment in the zone.
pub(crate) fn next_birthday(
    birthday: &str,
    from: Day,
    zone: &TimeZone,
) -> Option<(Day, Timestamp)> {
    let (month, day) = birthday.split_once('-')?;
    let (month, day) = (month.parse().ok()?, day.parse::<i32>().ok()?);
    let year = from.date().year;
    let on = |year| {
        let date = |day| Day::from_date(ShopDate { year, month, day });
        date(day).or_else(|| date(day - 1))
    };
    let next = [year, year + 1].into_iter().filter_map(on).find(|&next| next >= from)?;
    Some((next, start_of(next, zone)?))
}

fn check_birthday(birthday: &str) -> Result<(), LoyaltyError> {
    // A leap year, so that 29 February is a day.
    let is_day = birthday.len() == 5 && format!("2024-{birthday}").parse::<Date>().is_ok();
    if is_day {
        return Ok(());
    }
    Err(LoyaltyError::invalid("birthday", "A birthday is a month and a day, such as 02-29."))
}

impl Loyalty {
    /// A secret of the shop for one purpose, made when it is first needed.
    pub(crate) fn secret(&self, tx: &mut Tx<'_>, name: &str) -> Result<[u8; 32], LoyaltyError> {
        let mut fresh = [0; 32];
        self.context.entropy.fill(&mut fresh);
        tx.execute(
            "INSERT INTO loyalty_keys (name, secret) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
            params![name, fresh.to_vec()],
        )?;
        let kept: Vec<u8> =
            tx.fetch_value("SELECT secret FROM loyalty_keys WHERE name = $1", params![name])?;
        kept.try_into().map_err(|_| LoyaltyError::broken("a secret", "it has another length"))
    }

    /// Makes a customer a member, once; true when it is new. Takes the member's row.
    pub(crate) fn join(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        force: &InForce,
        customer: &str,
    ) -> Result<bool, LoyaltyError> {
        lock(tx, &[customer])?;
        if is_member(tx, customer)? {
            return Ok(false);
        }
        let secret = self.secret(tx, "codes")?;
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&secret[..8]);
        let code = referrals::free_code(tx, Seed(u64::from_be_bytes(bytes)), customer)?;
        let n = tx.execute(
            "INSERT INTO loyalty_members (customer_id, joined_at, referral_code)
             VALUES ($1, $2, $3) ON CONFLICT (customer_id) DO NOTHING",
            params![customer, now.as_microsecond(), code],
        )?;
        lock(tx, &[customer])?;
        if n == 0 {
            return Ok(false);
        }
        accounts::ensure_member(tx, customer)?;
        tell(tx, now, ("member.joined", customer), json!({}))?;
        refresh(tx, now, force, customer)?;
        Ok(true)
    }

    /// Makes a customer a member and keeps what is told of them.
    ///
    /// # Errors
    /// No programme is in force; no such customer; a field that cannot be used; a referral code
    /// that is nobody's, or a second one.
    pub fn put_member(&self, customer: &str, ask: &MemberAsk) -> Result<MemberView, LoyaltyError> {
        let now = self.context.clock.now();
        if let Some(birthday) = &ask.birthday {
            check_birthday(birthday)?;
        }
        self.context.db.write(|tx| {
            let force = self.in_force_or_conflict(tx)?;
            self.check_customer(tx, customer)?;
            self.join(tx, now, &force, customer)?;
            if let Some(birthday) = &ask.birthday {
                set_birthday(tx, now, &force, (customer, birthday))?;
            }
            self.set_fingerprints(tx, customer, ask)?;
            if let Some(code) = &ask.referral_code {
                set_referrer(tx, customer, code)?;
            }
            refresh(tx, now, &force, customer)?;
            self.view_in(tx, now, customer)
        })
    }

    pub(crate) fn in_force_or_conflict(&self, tx: &mut Tx<'_>) -> Result<InForce, LoyaltyError> {
        self.in_force(tx)?.ok_or_else(|| {
            LoyaltyError::conflict("No loyalty programme is in force: activate one first.")
        })
    }

    /// Refuses ids of nobody.
    pub(crate) fn check_customer(
        &self,
        tx: &mut Tx<'_>,
        customer: &str,
    ) -> Result<(), LoyaltyError> {
        let is_id = (1..=N_ID_BYTES_MAX).contains(&customer.len());
        let mut traits = std::collections::BTreeMap::new();
        if is_id && self.customers.add(tx, customer, &mut traits)? {
            return Ok(());
        }
        Err(LoyaltyError::unknown("customer", customer))
    }

    fn set_fingerprints(
        &self,
        tx: &mut Tx<'_>,
        customer: &str,
        ask: &MemberAsk,
    ) -> Result<(), LoyaltyError> {
        if ask.email.is_none() && ask.address.is_none() {
            return Ok(());
        }
        let key = Key(self.secret(tx, "fingerprints")?);
        if let Some(email) = &ask.email {
            let hash = Some(email).filter(|email| email.len() <= N_ADDRESS_BYTES_MAX);
            let hash = hash.and_then(|email| key.email(email));
            let sentence = "It is no e-mail address.";
            let hash = hash.ok_or_else(|| LoyaltyError::invalid("email", sentence))?;
            let sql = "UPDATE loyalty_members SET email_hash = $2 WHERE customer_id = $1";
            tx.execute(sql, params![customer, hash])?;
        }
        if let Some(AddressAsk { street, postcode, country }) = &ask.address {
            let parts = [street.as_str(), postcode, country];
            let is_short = parts.iter().all(|part| part.len() <= N_ADDRESS_BYTES_MAX);
            let hash = if is_short { key.address(&parts) } else { None };
            let sentence = "An address has a street, a postcode and a country.";
            let hash = hash.ok_or_else(|| LoyaltyError::invalid("address", sentence))?;
            let sql = "UPDATE loyalty_members SET address_hash = $2 WHERE customer_id = $1";
            tx.execute(sql, params![customer, hash])?;
        }
        Ok(())
    }
}

fn set_birthday(
    tx: &mut Tx<'_>,
    now: Timestamp,
    force: &InForce,
    (customer, birthday): (&str, &str),
) -> Result<(), LoyaltyError> {
    let today = force.day_of(now)?;
    let next = next_birthday(birthday, today, &force.zone);
    let at = next.map(|(_, at)| at.as_microsecond());
    tx.execute(
        "UPDATE loyalty_members SET birthday = $2, birthday_at = $3 WHERE customer_id = $1",
        params![customer, birthday, at],
    )?;
    if let Some((_, at)) = next {
        look::wake(tx, now, at)?;
    }
    Ok(())
}

/// Notes whose code was used. A code of the member's own is kept too: the guards refuse it with
/// its reason when the order comes.
fn set_referrer(tx: &mut Tx<'_>, customer: &str, typed: &str) -> Result<(), LoyaltyError> {
    let code = read_code(typed).map_err(|error| {
        LoyaltyError::invalid("referral_code", format!("{error}: check the spelling."))
    })?;
    let row = tx.fetch_optional(
        "SELECT customer_id FROM loyalty_members WHERE referral_code = $1",
        params![&code],
    )?;
    let row = row
        .ok_or_else(|| LoyaltyError::invalid("referral_code", "Nobody has this referral code."))?;
    let referrer: String = row.get(0)?;
    match referrals::referrer_of(tx, customer)? {
        Some(known) if known == referrer => Ok(()),
        Some(_) => Err(LoyaltyError::conflict(
            "The member came by another code, which stays: only the first one counts.",
        )),
        None => {
            tx.execute(
                "UPDATE loyalty_members SET referred_by = $2 WHERE customer_id = $1",
                params![customer, referrer],
            )?;
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_birthday_comes_once_a_year_in_its_own_zone() {
        let zone = TimeZone::get("Pacific/Auckland").unwrap();
        let next = |birthday, from: &str| {
            let (day, at) = next_birthday(birthday, from.parse().unwrap(), &zone).unwrap();
            (day.to_string(), at.to_string())
        };
        let (day, at) = next("03-01", "2026-03-01");
        assert_eq!((day.as_str(), at.as_str()), ("2026-03-01", "2026-02-28T11:00:00Z"));
        assert_eq!(next("03-01", "2026-03-02").0, "2027-03-01");
        assert_eq!(next("02-29", "2026-02-01").0, "2026-02-28");
        assert_eq!(next("02-29", "2028-02-01").0, "2028-02-29");
        assert_eq!(next("02-29", "2028-03-01").0, "2029-02-28");
        assert!(check_birthday("02-30").is_err() && check_birthday("2-3").is_err());
        assert!(check_birthday("02-29").is_ok());
    }
}
