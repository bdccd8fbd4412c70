//! Keeps drafts: the same draft twice changes nothing, another version replaces the one before,
//! each real change leaves a fact.
//!
//! Works in batches, one transaction each. Does not tie refunds to purchases (`ties`).

mod orders;
mod parties;
mod refunds;
mod validate;

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mercer_connect::source::SourceItem;
use mercer_core::fact::NewFact;
use mercer_core::id::{ChannelKind, Id};
use mercer_db::{Tx, Value, params};
use mercer_engine_kit::money::Currency;
use serde::Serialize;

use crate::RecordError;
use crate::stats::Deltas;

pub use validate::validate;

/// Number of the advisory lock under which the record is changed: two processes that keep the
/// same order, or tie the same units, at once would count them twice. SQLite has one writer anyway.
pub(crate) const LOCK_RECORD: i64 = 0x006d_6572_6365_7203;

/// What new channels are given when a draft names one that does not exist yet.
#[derive(Debug, Clone)]
pub struct ChannelDefaults {
    /// Code of the channel that products belong to when they come without orders.
    pub channel: String,
    /// Time zone in which the shop counts its days.
    pub time_zone: String,
    /// Main currency.
    pub currency: Currency,
}

/// What became of one draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It was new.
    Created,
    /// It replaced another version.
    Changed,
    /// It was there already.
    Unchanged,
}

/// What became of the drafts of a batch or an import.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Kept {
    /// For each item, in order: its id and what became of it.
    pub items: Vec<(String, Change)>,
    /// Ids of customers that were new.
    pub customers_created: HashSet<String>,
    /// Channel id and the source's own id of the same customers: equal in every run, also when
    /// nothing of an earlier batch was kept.
    pub customer_keys_created: HashSet<(String, String)>,
    /// Ids of products that were new, those told only by an order's line included.
    pub products_created: HashSet<String>,
    /// Ids of products that changed.
    pub products_changed: HashSet<String>,
}

/// Keeps drafts and remembers, between batches, which channels, customers and SKUs exist.
pub struct Keeper {
    defaults: ChannelDefaults,
    known: Known,
}

#[derive(Debug, Default, Clone)]
struct Known {
    channels: HashMap<String, Channel>,
    /// (channel id, SKU) to product id.
    skus: HashMap<(String, String), String>,
    /// (channel id, external id) to customer id and content hash.
    customers: HashMap<(String, String), (String, String)>,
}

#[derive(Debug, Clone)]
struct Channel {
    id: String,
    zone: TimeZone,
}

/// One batch at work: everything it learns is kept only when its transaction is.
struct Batch<'a, 't> {
    tx: &'a mut Tx<'t>,
    now: Timestamp,
    defaults: &'a ChannelDefaults,
    base: &'a Known,
    learnt: Known,
    facts: Vec<NewFact>,
    deltas: Deltas,
    kept: Kept,
}

impl Keeper {
    /// A keeper that makes missing channels with these defaults.
    #[must_use]
    pub fn new(defaults: ChannelDefaults) -> Self {
        Self { defaults, known: Known::default() }
    }

    /// Keeps a batch in the caller's transaction. Call [`Keeper::learn`] with the second half of
    /// the result once the transaction is committed.
    ///
    /// # Errors
    /// The database's, or a draft is not valid; then nothing of the batch may be kept.
    pub fn keep(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        items: &[SourceItem],
    ) -> Result<(Kept, Learnt), RecordError> {
        for item in items {
            validate(item)?;
        }
        tx.one_at_a_time(LOCK_RECORD)?;
        let mut batch = Batch {
            tx,
            now,
            defaults: &self.defaults,
            base: &self.known,
            learnt: Known::default(),
            facts: Vec::new(),
            deltas: Deltas::default(),
            kept: Kept::default(),
        };
        batch.run(items)?;
        let Batch { tx, now, learnt, facts, deltas, kept, .. } = batch;
        deltas.apply(tx)?;
        mercer_facts::append(tx, now, &facts)?;
        Ok((kept, Learnt(learnt)))
    }

    /// Remembers what a committed batch has made.
    pub fn learn(&mut self, Learnt(learnt): Learnt) {
        let Known { channels, skus, customers } = learnt;
        self.known.channels.extend(channels);
        self.known.skus.extend(skus);
        self.known.customers.extend(customers);
    }
}

/// What a batch has made, to remember after its commit.
pub struct Learnt(Known);

impl Batch<'_, '_> {
    fn run(&mut self, items: &[SourceItem]) -> Result<(), RecordError> {
        self.look_up_skus(items)?;
        self.look_up_customers(items)?;
        let mut results: Vec<Option<(String, Change)>> = vec![None; items.len()];
        self.keep_products(items, &mut results)?;
        self.keep_trade(items, &mut results)?;
        self.kept.items = results.into_iter().flatten().collect();
        Ok(())
    }

    fn channel(&mut self, code: &str) -> Result<Channel, RecordError> {
        if let Some(channel) = self.learnt.channels.get(code).or(self.base.channels.get(code)) {
            return Ok(channel.clone());
        }
        let row = self
            .tx
            .fetch_optional("SELECT id, time_zone FROM channels WHERE code = $1", params![code])?;
        let (id, zone) = match row {
            Some(row) => (row.get::<String>(0)?, row.get::<String>(1)?),
            None => {
                let id = Id::<ChannelKind>::derive(Timestamp::UNIX_EPOCH, &[code]).to_string();
                let ChannelDefaults { time_zone, currency, .. } = self.defaults;
                self.tx.execute(
                    "INSERT INTO channels (id, code, name, currency, time_zone)
                     VALUES ($1, $2, $2, $3, $4)",
                    params![&id, code, currency.code(), time_zone],
                )?;
                (id, time_zone.clone())
            }
        };
        let channel = Channel { id, zone: parse_zone(&zone)? };
        self.learnt.channels.insert(code.to_owned(), channel.clone());
        Ok(channel)
    }

    fn sku(&self, channel_id: &str, sku: &str) -> Option<&String> {
        let key = (channel_id.to_owned(), sku.to_owned());
        self.learnt.skus.get(&key).or_else(|| self.base.skus.get(&key))
    }

    fn customer(&self, channel_id: &str, external_id: &str) -> Option<&(String, String)> {
        let key = (channel_id.to_owned(), external_id.to_owned());
        self.learnt.customers.get(&key).or_else(|| self.base.customers.get(&key))
    }
}

/// A time zone by its name in the zone database.
///
/// # Errors
/// It is not there.
pub fn parse_zone(name: &str) -> Result<TimeZone, RecordError> {
    TimeZone::get(name).map_err(|_| RecordError::UnknownZone { name: name.to_owned() })
}

/// Days since 1970 of an instant in a zone.
pub(crate) fn day_of(at: Timestamp, zone: &TimeZone) -> i64 {
    let date = at.to_zoned(zone.clone()).date();
    i64::from(date.since(jiff::civil::date(1970, 1, 1)).map_or(0, |span| span.get_days()))
}

/// A fingerprint that is equal for equal drafts, across versions of the program: of their JSON.
pub(crate) fn content_hash(draft: &impl Serialize) -> String {
    struct Hashing(xxhash_rust::xxh3::Xxh3);
    impl std::io::Write for Hashing {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut hashing = Hashing(xxhash_rust::xxh3::Xxh3::new());
    // Drafts are plain structs: writing them to a hasher cannot fail.
    let _ = serde_json::to_writer(&mut hashing, draft);
    format!("{:032x}", hashing.0.digest128())
}

fn to_values<const N: usize>(rows: &mut Vec<Value>, row: [Value; N]) {
    rows.extend(row);
}
