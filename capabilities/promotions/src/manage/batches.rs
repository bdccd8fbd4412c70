//! Coupons by the thousand: codes that nobody guesses, as a file for whoever sends them out.
//!
//! A batch is made whole or not at all. Its codes' ledger accounts are opened when a cart first
//! holds them, so that 100,000 codes of which 900 are used open 900 accounts.

use std::collections::HashSet;
use std::fmt::Write as _;

use jiff::Timestamp;
use mercer_core::clock::{Entropy, instant_of_micros};
use mercer_db::{BulkInsert, ColumnType, Conditions, DbError, Direction, Tx, Value, params};
use mercer_http::page::Keyed;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::PromotionsError;
use crate::manage::campaigns::is_slug;
use crate::manage::coupons::{
    CodeLimits, CouponFilter, N_CODE_CHARS_MAX, check_code, list, promotion_to_open, tell,
};
use crate::manage::invalid;
use crate::store::coupon_key;

/// Most codes of one batch: a large mailing; made in about a second, during which others wait.
pub const N_CODES_MAX: usize = 100_000;
/// Letters and digits that nobody takes for one another on paper or on the phone: no 0, O, 1, I, L.
pub const ALPHABET: &[u8] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
/// Drawn characters of a code unless asked otherwise.
pub const N_DRAWN_CHARS: usize = 10;
/// Most drawn characters: whoever types more mistypes.
const N_DRAWN_CHARS_MAX: usize = 24;
/// Codes that could be drawn for each that is: somebody who tries codes hits one in a million.
const N_GUESSES: u128 = 1_000_000;
/// Rounds in which codes that are taken are drawn again; with the room above, one in a million is.
const N_ROUNDS_MAX: usize = 8;
/// Rows of a batch read at a time for its file.
const N_FILE_ROWS: usize = 2_000;

/// A batch as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchDraft {
    /// The promotion that the codes open.
    #[schema(example = "prm_01jd4p8w0zefr8m2t5x7q9v3ka")]
    pub promotion: String,
    /// How many, 1 to 100,000.
    #[schema(example = 5_000)]
    pub n_codes: usize,
    /// Name of the batch, of small letters, digits and hyphens; one is made without it.
    #[serde(default)]
    #[schema(example = "spring-letter")]
    pub batch: Option<String>,
    /// What every code begins with.
    #[serde(default)]
    #[schema(example = "SPRING-")]
    pub prefix: String,
    /// Drawn characters after it; 10 unless given.
    #[serde(default = "n_drawn_chars")]
    pub length: usize,
    /// Uses of each code by everybody; 1 unless given, null for no limit.
    #[serde(default = "once")]
    pub uses_max: Option<i64>,
    /// Uses of each code by one customer.
    #[serde(default)]
    pub customer_uses_max: Option<i64>,
    /// Minor units that each code may give away.
    #[serde(default)]
    pub budget_minor_max: Option<i64>,
}

fn n_drawn_chars() -> usize {
    N_DRAWN_CHARS
}

fn once() -> Option<i64> {
    Some(1)
}

/// A batch of codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BatchView {
    /// Its name.
    pub batch: String,
    /// The promotion that the codes open.
    pub promotion: String,
    /// How many were made.
    pub n_codes: i64,
    /// How many were withdrawn.
    pub n_withdrawn: i64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// A page of batches, latest first.
///
/// # Errors
/// The database's.
pub fn batches(
    tx: &mut Tx<'_>,
    promotion: Option<&str>,
    after: Option<(i64, String)>,
    n_max: usize,
) -> Result<Vec<Keyed<i64, BatchView>>, PromotionsError> {
    let mut conditions = Conditions::default();
    conditions.add_optional("promotion_id = ?", promotion);
    conditions.add_after(("created_at", "batch"), Direction::Falling, after);
    let limit = conditions.value(n_max as i64);
    let sql = format!(
        "SELECT batch, promotion_id, n_codes, created_at,
                (SELECT COUNT(*) FROM coupons c
                 WHERE c.batch = coupon_batches.batch AND c.is_active = 0)
         FROM coupon_batches {} ORDER BY created_at DESC, batch DESC LIMIT {limit}",
        conditions.sql()
    );
    let rows = tx.fetch(&sql, conditions.values())?;
    rows.iter()
        .map(|row| {
            let created_at: i64 = row.get(3)?;
            let view = BatchView {
                batch: row.get(0)?,
                promotion: row.get(1)?,
                n_codes: row.get(2)?,
                n_withdrawn: row.get(4)?,
                created_at: instant_of_micros(created_at),
            };
            Ok(((created_at, view.batch.clone()), view))
        })
        .collect()
}

/// Makes a batch: all of its codes, none of which existed before.
///
/// # Errors
/// A batch of that name exists; so many codes do not fit into that length; anything else that
/// cannot be used; the database's.
pub fn create(
    tx: &mut Tx<'_>,
    now: Timestamp,
    entropy: &dyn Entropy,
    draft: &BatchDraft,
) -> Result<BatchView, PromotionsError> {
    check(draft)?;
    let promotion = promotion_to_open(tx, &draft.promotion)?;
    limits_of(draft).check(&promotion)?;
    let batch = match &draft.batch {
        Some(batch) => batch.clone(),
        None => format!("batch-{}", drawn(entropy, N_DRAWN_CHARS).to_lowercase()),
    };
    let n_inserted = tx.execute(
        "INSERT INTO coupon_batches (batch, promotion_id, n_codes, created_at)
         VALUES ($1, $2, $3, $4) ON CONFLICT (batch) DO NOTHING",
        params![&batch, &draft.promotion, draft.n_codes as i64, now.as_microsecond()],
    )?;
    if n_inserted == 0 {
        let sentence = format!("there is a batch `{batch}` already: choose another name");
        return Err(PromotionsError::Conflict { sentence });
    }
    fill(tx, now, entropy, (&batch, draft))?;
    let payload = json!({ "n_codes": draft.n_codes, "batch": batch });
    tell(tx, now, &draft.promotion, ("coupon.created", payload))?;
    Ok(BatchView {
        batch,
        promotion: draft.promotion.clone(),
        n_codes: draft.n_codes as i64,
        n_withdrawn: 0,
        created_at: now,
    })
}

fn fill(
    tx: &mut Tx<'_>,
    now: Timestamp,
    entropy: &dyn Entropy,
    (batch, draft): (&str, &BatchDraft),
) -> Result<(), PromotionsError> {
    let mut seen = HashSet::with_capacity(draft.n_codes);
    let mut n_missing = draft.n_codes;
    for _ in 0..N_ROUNDS_MAX {
        let mut codes = Vec::with_capacity(n_missing);
        while codes.len() < n_missing {
            let code = format!("{}{}", draft.prefix.trim(), drawn(entropy, draft.length));
            if seen.insert(code.clone()) {
                codes.push(code);
            }
        }
        let n_inserted = insert(tx, now, (batch, draft), &codes)?;
        n_missing -= usize::try_from(n_inserted).unwrap_or(0).min(n_missing);
        if n_missing == 0 {
            return Ok(());
        }
    }
    Err(invalid("length", "too many codes like these exist already: use a longer one"))
}

fn insert(
    tx: &mut Tx<'_>,
    now: Timestamp,
    (batch, draft): (&str, &BatchDraft),
    codes: &[String],
) -> Result<u64, DbError> {
    let columns = [
        ("code", ColumnType::Text),
        ("shown", ColumnType::Text),
        ("promotion_id", ColumnType::Text),
        ("batch", ColumnType::Text),
        ("is_active", ColumnType::Int),
        ("uses_max", ColumnType::Int),
        ("customer_uses_max", ColumnType::Int),
        ("budget_minor_max", ColumnType::Int),
        ("created_at", ColumnType::Int),
    ];
    let insert = BulkInsert {
        table: "coupons",
        columns: &columns,
        on_conflict: "ON CONFLICT (code) DO NOTHING",
    };
    let mut n_inserted = 0;
    for chunk in codes.chunks(mercer_db::N_BULK_ROWS_MAX) {
        let mut values = Vec::with_capacity(chunk.len() * columns.len());
        for code in chunk {
            values.extend([
                Value::from(coupon_key(code)),
                Value::from(code),
                Value::from(&draft.promotion),
                Value::from(batch),
                Value::from(true),
                Value::from(draft.uses_max),
                Value::from(draft.customer_uses_max),
                Value::from(draft.budget_minor_max),
                Value::from(now.as_microsecond()),
            ]);
        }
        n_inserted += tx.insert_many(&insert, &values)?;
    }
    Ok(n_inserted)
}

fn limits_of(draft: &BatchDraft) -> CodeLimits {
    CodeLimits {
        uses_max: draft.uses_max,
        customer_uses_max: draft.customer_uses_max,
        budget_minor_max: draft.budget_minor_max,
    }
}

fn check(draft: &BatchDraft) -> Result<(), PromotionsError> {
    let BatchDraft { n_codes, length, prefix, batch, .. } = draft;
    if !(1..=N_CODES_MAX).contains(n_codes) {
        let sentence = format!("`n_codes` is {n_codes}; it may be 1 to {N_CODES_MAX}");
        return Err(invalid("n_codes", sentence));
    }
    if batch.as_ref().is_some_and(|batch| !is_slug(batch)) {
        let sentence =
            "a batch has 1 to 60 small letters, digits and hyphens, such as spring-letter";
        return Err(invalid("batch", sentence));
    }
    let length_min = length_min(*n_codes);
    if !(length_min..=N_DRAWN_CHARS_MAX).contains(length) {
        let sentence = format!(
            "`length` is {length}; {n_codes} codes that nobody guesses need {length_min} to \
             {N_DRAWN_CHARS_MAX} drawn characters"
        );
        return Err(invalid("length", sentence));
    }
    if prefix.trim().chars().count() + length > N_CODE_CHARS_MAX {
        let sentence = format!("prefix and drawn characters may be {N_CODE_CHARS_MAX} together");
        return Err(invalid("prefix", sentence));
    }
    let sample = format!("{}{}", prefix.trim(), "2".repeat(*length));
    check_code(&sample).map_err(|error| match error {
        PromotionsError::Invalid { sentence, .. } => invalid("prefix", sentence),
        other => other,
    })
}

/// Drawn characters that so many codes need for nobody to guess one.
fn length_min(n_codes: usize) -> usize {
    let needed = n_codes as u128 * N_GUESSES;
    let mut room = ALPHABET.len() as u128;
    let mut length = 1;
    while room < needed {
        room *= ALPHABET.len() as u128;
        length += 1;
    }
    length
}

/// Characters of the alphabet, each as likely as every other: bytes beyond its largest multiple
/// are thrown away.
fn drawn(entropy: &dyn Entropy, length: usize) -> String {
    let n_letters = ALPHABET.len();
    let bound = 256 / n_letters * n_letters;
    let mut text = String::with_capacity(length);
    let mut buffer = [0u8; 32];
    while text.len() < length {
        entropy.fill(&mut buffer);
        let fair = buffer.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < bound);
        text.extend(
            fair.take(length - text.len()).map(|byte| char::from(ALPHABET[byte % n_letters])),
        );
    }
    text
}

/// Withdraws all codes of a batch; how many were not withdrawn before.
///
/// # Errors
/// There is no such batch; the database's.
pub fn withdraw(tx: &mut Tx<'_>, now: Timestamp, batch: &str) -> Result<u64, PromotionsError> {
    let promotion = promotion_of(tx, batch)?;
    let n_withdrawn = tx.execute(
        "UPDATE coupons SET is_active = 0 WHERE batch = $1 AND is_active = 1",
        params![batch],
    )?;
    if n_withdrawn > 0 {
        let payload = json!({ "n_codes": n_withdrawn, "batch": batch });
        tell(tx, now, &promotion, ("coupon.withdrawn", payload))?;
    }
    Ok(n_withdrawn)
}

fn promotion_of(tx: &mut Tx<'_>, batch: &str) -> Result<String, PromotionsError> {
    let row = tx.fetch_optional(
        "SELECT promotion_id FROM coupon_batches WHERE batch = $1",
        params![batch],
    )?;
    let unknown = || PromotionsError::Unknown { what: "batch", id: batch.to_owned() };
    Ok(row.ok_or_else(unknown)?.get(0)?)
}

/// The codes of a batch as CSV: code, promotion, batch, state, uses left. No field needs quotes,
/// because codes and names have none of the letters that would.
///
/// # Errors
/// There is no such batch; the ledger's and the database's.
pub fn file(tx: &mut Tx<'_>, now: Timestamp, batch: &str) -> Result<String, PromotionsError> {
    promotion_of(tx, batch)?;
    let mut text = "code,promotion,batch,state,uses_left\r\n".to_owned();
    let mut filter = CouponFilter { batch: Some(batch.to_owned()), ..CouponFilter::default() };
    loop {
        let rows = list(tx, now, &filter, N_FILE_ROWS)?;
        for (_, one) in &rows {
            let state = if one.is_active { "active" } else { "withdrawn" };
            let left = one.uses_left.map(|left| left.to_string()).unwrap_or_default();
            let written = write!(text, "{},{},{batch},{state},{left}\r\n", one.code, one.promotion);
            debug_assert!(written.is_ok(), "writing to a text cannot fail");
        }
        match rows.into_iter().last() {
            Some((last, _)) => filter.after = Some(last),
            None => return Ok(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use mercer_testkit::SeededEntropy;

    use super::*;

    #[test]
    fn codes_are_long_enough_that_nobody_guesses_one() {
        assert_eq!(length_min(1), 5);
        assert_eq!(length_min(100_000), 8);
        assert!(ALPHABET.len().pow(8) as u128 >= 100_000 * N_GUESSES);
    }

    #[test]
    fn every_letter_is_as_likely_as_every_other_and_none_looks_like_another() {
        let entropy = SeededEntropy::new(7);
        let text = drawn(&entropy, 31_000);
        let mut counts = std::collections::BTreeMap::new();
        for letter in text.bytes() {
            *counts.entry(letter).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), ALPHABET.len());
        assert!(counts.values().all(|n| (850..1_150).contains(n)), "{counts:?}");
        assert!(b"01OIL".iter().all(|look_alike| !counts.contains_key(look_alike)));
    }
}
