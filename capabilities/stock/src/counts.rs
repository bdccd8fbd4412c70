//! Counts: somebody looked, and so many lie there.
//!
//! The difference to what the books say is transferred, and the answer says what they said. Units
//! that are held still lie there, so they are counted too.

use std::collections::BTreeSet;

use jiff::Timestamp;
use mercer_core::fact::NewFact;
use mercer_db::{DbError, Tx, params};
use mercer_ledger::LedgerError;
use mercer_ledger::transfer::{Leg, Lots, NewLot, Transfer, transfer};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::error::StockError;
use crate::movements::{N_MOVEMENTS_MAX, balance_of, tracked};
use crate::store::{self, Item, Location, check_quantity, check_sku, check_text};
use crate::{accounts, levels};

/// Times that a count is begun again because units moved meanwhile; then somebody is told.
const N_TRIES_MAX: usize = 10;

/// A count to book.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCount {
    /// The same key is booked once.
    #[schema(example = "count-2026-03:shelf-4:1")]
    pub key: String,
    /// What.
    pub sku: String,
    /// Code of the location.
    pub location: String,
    /// Units that lie there, held ones among them.
    pub counted: i64,
}

/// What a count came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counted {
    /// The key that was given.
    pub key: String,
    /// What.
    pub sku: String,
    /// Code of the location.
    pub location: String,
    /// What the books said before.
    pub before: i64,
    /// What lies there.
    pub counted: i64,
    /// What was found too much, or with a minus missed.
    pub difference: i64,
    /// The ledger's number of the correction; none when the books were right.
    pub transfer_id: Option<i64>,
    /// False when the key had been booked before; nothing was changed then.
    pub is_new: bool,
}

/// Books counts, all of them or none; low-stock facts follow.
///
/// # Errors
/// The first count that cannot be booked, with its field; the database's.
pub fn book(
    tx: &mut Tx<'_>,
    now: Timestamp,
    counts: &[NewCount],
) -> Result<Vec<Counted>, StockError> {
    if counts.is_empty() {
        return Err(StockError::invalid("counts", "there is no count to book"));
    }
    if counts.len() > N_MOVEMENTS_MAX {
        let sentence = format!(
            "{} counts came, {N_MOVEMENTS_MAX} are possible at once: send them in parts",
            counts.len()
        );
        return Err(StockError::TooMany { sentence });
    }
    let mut booked = Vec::with_capacity(counts.len());
    for (place, count) in counts.iter().enumerate() {
        booked.push(book_one(tx, now, count, &format!("counts[{place}]"))?);
    }
    tell(tx, now, &booked)?;
    Ok(booked)
}

/// Facts of counts that are new, and of thresholds crossed.
pub(crate) fn tell(tx: &mut Tx<'_>, now: Timestamp, booked: &[Counted]) -> Result<(), StockError> {
    let new: Vec<&Counted> = booked.iter().filter(|count| count.is_new).collect();
    let mut facts: Vec<NewFact> = new.iter().map(|count| fact_of(now, count)).collect();
    let skus: BTreeSet<&str> = new.iter().map(|count| count.sku.as_str()).collect();
    facts.extend(levels::crossings(tx, now, &skus.into_iter().collect::<Vec<_>>())?);
    Ok(mercer_facts::append(tx, now, &facts)?)
}

fn fact_of(now: Timestamp, count: &Counted) -> NewFact {
    let Counted { key, sku, location, before, counted, difference, transfer_id, is_new: _ } = count;
    NewFact {
        kind: "stock.counted",
        subject: accounts::unit(sku),
        occurred_at: now,
        payload: json!({
            "sku": sku, "location": location, "before": before, "counted": counted,
            "difference": difference, "transfer": transfer_id, "key": key,
        }),
    }
}

/// Books one count; its facts are told by [`tell`].
pub(crate) fn book_one(
    tx: &mut Tx<'_>,
    now: Timestamp,
    count: &NewCount,
    field: &str,
) -> Result<Counted, StockError> {
    let NewCount { key, sku, location, counted } = count;
    check_text(&format!("{field}.key"), key)?;
    check_sku(&format!("{field}.sku"), sku)?;
    check_quantity(&format!("{field}.counted"), *counted, 0)?;
    let item = tracked(tx, &format!("{field}.sku"), sku)?;
    let at = store::location(tx, &format!("{field}.location"), location)?;
    // Claims the key first: whoever has the same one waits here.
    let n = tx.execute(
        "INSERT INTO stock_counts (key, sku, location_id, counted, before, counted_at)
         VALUES ($1, $2, $3, $4, 0, $5) ON CONFLICT (key) DO NOTHING",
        params![key, sku, &at.id, *counted, now.as_microsecond()],
    )?;
    if n == 0 {
        return booked_before(tx, count, &at, field);
    }
    accounts::open_at(tx, now, &item, &at)?;
    let (before, transfer_id) = correct(tx, now, (&item, &at), count, field)?;
    tx.execute(
        "UPDATE stock_counts SET before = $2, transfer_id = $3 WHERE key = $1",
        params![key, before, transfer_id],
    )?;
    Ok(answer(count, before, transfer_id, true))
}

fn answer(count: &NewCount, before: i64, transfer_id: Option<i64>, is_new: bool) -> Counted {
    let NewCount { key, sku, location, counted } = count.clone();
    let difference = counted - before;
    Counted { key, sku, location, before, counted, difference, transfer_id, is_new }
}

fn booked_before(
    tx: &mut Tx<'_>,
    count: &NewCount,
    at: &Location,
    field: &str,
) -> Result<Counted, StockError> {
    let row = tx.fetch_optional(
        "SELECT before, transfer_id FROM stock_counts
         WHERE key = $1 AND sku = $2 AND location_id = $3 AND counted = $4",
        params![&count.key, &count.sku, &at.id, count.counted],
    )?;
    let row = row.ok_or_else(|| StockError::KeyReused {
        field: format!("{field}.key"),
        key: count.key.clone(),
    })?;
    Ok(answer(count, row.get(0)?, row.get(1)?, false))
}

/// What the books said, and the transfer that corrects them.
fn correct(
    tx: &mut Tx<'_>,
    now: Timestamp,
    (item, at): (&Item, &Location),
    count: &NewCount,
    field: &str,
) -> Result<(i64, Option<i64>), StockError> {
    for _ in 0..N_TRIES_MAX {
        let tried = tx.part(|tx| attempt(tx, now, (item, at), count));
        match tried {
            Ok(done) => return Ok(done),
            Err(Attempt::Raced) => {}
            Err(Attempt::Failed(StockError::Ledger(LedgerError::Short { .. }))) => {
                return Err(StockError::Conflict {
                    field: Some(format!("{field}.counted")),
                    sentence: format!(
                        "more of `{}` are held for customers than {} units: release the holds \
                         (GET /v1/stock/{{sku}}/holds) or wait until they end, then count",
                        count.sku, count.counted
                    ),
                });
            }
            Err(Attempt::Failed(StockError::Ledger(error))) => {
                return Err(StockError::of_ledger(error, field, &count.key));
            }
            Err(Attempt::Failed(error)) => return Err(error),
        }
    }
    Err(StockError::Conflict {
        field: Some(field.to_owned()),
        sentence: "units moved while the count was booked: send it again".to_owned(),
    })
}

enum Attempt {
    /// Others moved units between reading and writing.
    Raced,
    Failed(StockError),
}

impl From<DbError> for Attempt {
    fn from(error: DbError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<LedgerError> for Attempt {
    fn from(error: LedgerError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<StockError> for Attempt {
    fn from(error: StockError) -> Self {
        Self::Failed(error)
    }
}

fn attempt(
    tx: &mut Tx<'_>,
    now: Timestamp,
    (item, at): (&Item, &Location),
    count: &NewCount,
) -> Result<(i64, Option<i64>), Attempt> {
    let here = accounts::available(&item.sku, &at.id);
    let balance = balance_of(tx, now, &here)?;
    let before = balance.balance + balance.held;
    let difference = count.counted - before;
    if difference == 0 {
        return Ok((before, None));
    }
    let outside = accounts::world(&item.sku, "counted");
    let (from, to, lots) = if difference > 0 {
        let origin = format!("counted:{}", count.key);
        (outside, here.clone(), Lots::New(NewLot { origin, priority: 0, expires_at: None }))
    } else {
        (here.clone(), outside, Lots::Next)
    };
    let correction = Transfer {
        key: format!("stock:count:{}", count.key),
        subject: accounts::unit(&item.sku),
        reason: "counted".to_owned(),
        legs: vec![Leg { line: 0, from, to, quantity: difference.abs(), lots }],
    };
    let posted = transfer(tx, now, &correction)?;
    // The account is locked from here on, so this tells whether it had changed before.
    let after = balance_of(tx, now, &here)?;
    if after.balance + after.held == count.counted {
        Ok((before, Some(posted.transfer_id)))
    } else {
        Err(Attempt::Raced)
    }
}
