//! Runs an import: a source's items into the record, with progress, resumable by running again.
//!
//! The source is read on a thread of its own while batches are written. Knows nothing of files:
//! whoever opens one hands in an `OrderSource`.

use std::collections::HashSet;
use std::sync::mpsc::sync_channel;

use jiff::{SignedDuration, Timestamp};
use mercer_connect::source::{OrderSource, SourceError, SourceItem, SourceTally};
use mercer_core::clock::{Clock, instant_of_micros};
use mercer_core::fact::NewFact;
use mercer_core::id::{Id, ImportKind};
use mercer_db::{Db, DbError, Row, Tx, params};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::RecordError;
use crate::keep::{Change, ChannelDefaults, Keeper, Kept};
use crate::ties::tie_all;

/// Items in one transaction: a commit of a thousand orders costs no more than one of ten, and
/// others wait at most a tenth of a second for the writer.
pub const N_ITEMS_BATCH: usize = 1_000;
/// Batches read ahead of the writer; bounds the memory between the two threads.
const N_BATCHES_AHEAD: usize = 3;
/// How often a running import's progress is written down, for other processes to see.
const STORE_SECONDS: i64 = 1;
/// An import that has not moved for this long was stopped.
pub const STALE_SECONDS: i64 = 120;

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// At work.
    Running,
    /// Finished; everything that could be kept is kept.
    Done,
    /// Stopped; what was kept stays, and running it again completes it.
    Failed,
}

impl ImportState {
    fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// What is imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportStart {
    /// Name of the file, for people.
    pub file_name: String,
    /// Preset, for people.
    pub preset: String,
    /// Whether everything is undone at the end.
    pub dry_run: bool,
    /// Channel, zone and currency for what is new.
    pub currency: String,
}

/// An import, running or over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Import {
    /// `imp_…`.
    pub id: String,
    /// Name of the file.
    pub file_name: String,
    /// Preset used.
    pub preset: String,
    /// Where it stands.
    pub state: ImportState,
    /// Whether everything was undone at the end.
    pub dry_run: bool,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
    /// Why it failed.
    pub error: Option<String>,
    /// Data rows read.
    pub rows: u64,
    /// Rows kept.
    pub kept: u64,
    /// Rows in the rejects file.
    pub rejected: u64,
    /// Rows equal to one before, left out.
    pub duplicates: u64,
    /// Bytes of the file read.
    pub bytes_read: u64,
    /// Bytes of the file; 0 when unknown.
    pub bytes_total: u64,
    /// Rows read per second so far.
    pub rows_per_second: u64,
    /// Seconds left at this pace; none before the pace is known.
    pub seconds_left: Option<f64>,
    /// Seconds so far.
    pub seconds: f64,
    /// Orders in the file.
    pub orders: u64,
    /// Refunds in the file.
    pub refunds: u64,
    /// Refund lines tied to their purchase by this run.
    pub refund_lines_tied: u64,
    /// Customers that are new.
    pub customers: u64,
    /// Products that are new.
    pub products: u64,
    /// Products whose title, category, variants or price changed.
    pub products_changed: u64,
    /// Adjustments in the file.
    pub adjustments: u64,
    /// Orders, refunds and adjustments that are new.
    pub created: u64,
    /// Those that replaced another version.
    pub changed: u64,
    /// Those that were there already.
    pub unchanged: u64,
    /// Money of the rows by where it went, minor units.
    pub money_minor: std::collections::BTreeMap<String, i64>,
    /// Its currency.
    pub currency: String,
    /// What the merchant should know.
    pub notices: Vec<String>,
}

impl Import {
    fn begin(start: &ImportStart, now: Timestamp) -> Self {
        let key = [start.file_name.as_str(), &start.preset];
        Self {
            id: Id::<ImportKind>::derive(now, &key).to_string(),
            file_name: start.file_name.clone(),
            preset: start.preset.clone(),
            state: ImportState::Running,
            dry_run: start.dry_run,
            started_at: now,
            finished_at: None,
            error: None,
            rows: 0,
            kept: 0,
            rejected: 0,
            duplicates: 0,
            bytes_read: 0,
            bytes_total: 0,
            rows_per_second: 0,
            seconds_left: None,
            seconds: 0.0,
            orders: 0,
            refunds: 0,
            refund_lines_tied: 0,
            customers: 0,
            products: 0,
            products_changed: 0,
            adjustments: 0,
            created: 0,
            changed: 0,
            unchanged: 0,
            money_minor: std::collections::BTreeMap::new(),
            currency: start.currency.clone(),
            notices: Vec::new(),
        }
    }

    /// Whether it changed anything in the record.
    #[must_use]
    pub fn has_changed_anything(&self) -> bool {
        !self.dry_run
            && (self.created
                + self.changed
                + self.products
                + self.products_changed
                + self.customers
                > 0
                || self.refund_lines_tied > 0)
    }

    fn take_tally(&mut self, tally: SourceTally) {
        let SourceTally {
            rows_read,
            rows_kept,
            rows_rejected,
            rows_duplicate,
            bytes_read,
            bytes_total,
            money_minor,
            notices,
        } = tally;
        self.rows = rows_read;
        self.kept = rows_kept;
        self.rejected = rows_rejected;
        self.duplicates = rows_duplicate;
        self.bytes_read = bytes_read;
        self.bytes_total = bytes_total;
        self.money_minor = money_minor;
        self.notices = notices;
    }

    fn take_time(&mut self, now: Timestamp) {
        self.seconds = now.duration_since(self.started_at).as_secs_f64();
        if self.seconds > 0.0 {
            self.rows_per_second = (self.rows as f64 / self.seconds) as u64;
        }
        let left = self.bytes_total.saturating_sub(self.bytes_read) as f64;
        self.seconds_left = (self.bytes_read > 0 && self.state == ImportState::Running)
            .then(|| self.seconds * left / self.bytes_read as f64);
    }

    fn count(&mut self, item: &SourceItem, change: Change) {
        match item {
            SourceItem::Product(_) => return,
            SourceItem::Order(_) => self.orders += 1,
            SourceItem::Refund(_) => self.refunds += 1,
            SourceItem::Adjustment(_) => self.adjustments += 1,
        }
        match change {
            Change::Created => self.created += 1,
            Change::Changed => self.changed += 1,
            Change::Unchanged => self.unchanged += 1,
        }
    }
}

/// Notes a new import and gives it its id, before the file is read.
///
/// # Errors
/// The database's.
pub fn begin(db: &Db, now: Timestamp, start: &ImportStart) -> Result<Import, RecordError> {
    let import = Import::begin(start, now);
    db.write(|tx| store(tx, &import, now))?;
    Ok(import)
}

/// Runs an import to its end. Failures end up in its state and are returned; running the same
/// file again completes what was stopped. `watch` sees every step.
///
/// # Errors
/// The database's or the source's; what was kept before stays.
pub fn run(
    db: &Db,
    clock: &dyn Clock,
    defaults: ChannelDefaults,
    mut import: Import,
    source: &mut dyn OrderSource,
    watch: &mut dyn FnMut(&Import),
) -> Result<Import, RecordError> {
    let result = run_batches(db, clock, defaults, &mut import, source, watch);
    let now = clock.now();
    import.finished_at = Some(now);
    import.state = if result.is_ok() { ImportState::Done } else { ImportState::Failed };
    import.error = result.as_ref().err().map(chain);
    import.take_tally(source.tally());
    import.take_time(now);
    let stored = db.write(|tx| {
        store(tx, &import, now)?;
        if import.has_changed_anything() {
            let fact = NewFact {
                kind: "import.finished",
                subject: import.id.clone(),
                occurred_at: now,
                payload: json!({ "created": import.created, "changed": import.changed }),
            };
            mercer_facts::append(tx, now, &[fact])?;
        }
        Ok::<_, RecordError>(())
    });
    watch(&import);
    result?;
    stored?;
    if import.has_changed_anything() {
        db.write(|tx| tx.refresh_planner())?;
    }
    Ok(import)
}

fn run_batches(
    db: &Db,
    clock: &dyn Clock,
    defaults: ChannelDefaults,
    import: &mut Import,
    source: &mut dyn OrderSource,
    watch: &mut dyn FnMut(&Import),
) -> Result<(), RecordError> {
    let mut keeper = Keeper::new(defaults);
    let (mut customers, mut products) = (HashSet::new(), HashSet::new());
    let mut products_changed = HashSet::new();
    let mut stored_at: Option<Timestamp> = None;
    let (sender, receiver) = sync_channel(N_BATCHES_AHEAD);
    std::thread::scope(|scope| {
        let reading = scope.spawn(move || -> Result<(), SourceError> {
            while let Some(items) = source.next_items(N_ITEMS_BATCH)? {
                // The writer has stopped: its error is the one that counts.
                if sender.send((items, source.tally())).is_err() {
                    break;
                }
            }
            Ok(())
        });
        // Ends when the reader is through, or drops it on an error so that the reader stops.
        for (items, tally) in receiver {
            let now = clock.now();
            // Nothing to keep while the source only gets to know its file.
            let kept = if items.is_empty() {
                Kept::default()
            } else {
                repeated(|| keep_batch(db, now, &mut keeper, &items, import.dry_run))?
            };
            for (item, (_, change)) in items.iter().zip(&kept.items) {
                import.count(item, *change);
            }
            // By their own keys: in a dry run each batch gives a customer another id.
            customers.extend(kept.customer_keys_created);
            products.extend(kept.products_created);
            import.customers = customers.len() as u64;
            products_changed.extend(kept.products_changed);
            import.products = products.len() as u64;
            import.products_changed = products_changed.len() as u64;
            import.take_tally(tally);
            import.take_time(now);
            let pause = SignedDuration::from_secs(STORE_SECONDS);
            if stored_at.is_none_or(|at| now.duration_since(at) >= pause) {
                repeated(|| db.write(|tx| store(tx, import, now)))?;
                stored_at = Some(now);
            }
            watch(import);
        }
        match reading.join() {
            Ok(result) => result.map_err(RecordError::from),
            Err(_) => Err(RecordError::Source(SourceError::Unusable {
                message: "the reader of the file stopped by a fault of ours".to_owned(),
            })),
        }
    })?;
    if !import.dry_run {
        import.refund_lines_tied = repeated(|| tie_all(db, clock.now()))?;
    }
    Ok(())
}

/// Does it once more when the connection was lost during a commit: whatever an import writes can be
/// written again without changing anything.
fn repeated<T>(mut work: impl FnMut() -> Result<T, RecordError>) -> Result<T, RecordError> {
    match work() {
        Err(RecordError::Db(DbError::CommitUnknown { .. })) => work(),
        other => other,
    }
}

/// Undoes the transaction of a dry run while handing out its result.
enum Undo {
    Dry(Box<Kept>),
    Error(RecordError),
}

impl From<DbError> for Undo {
    fn from(error: DbError) -> Self {
        Self::Error(error.into())
    }
}

fn keep_batch(
    db: &Db,
    now: Timestamp,
    keeper: &mut Keeper,
    items: &[SourceItem],
    dry_run: bool,
) -> Result<Kept, RecordError> {
    let result = db.write(|tx| {
        let (kept, learnt) = keeper.keep(tx, now, items).map_err(Undo::Error)?;
        if dry_run { Err(Undo::Dry(Box::new(kept))) } else { Ok((kept, learnt)) }
    });
    match result {
        Ok((kept, learnt)) => {
            keeper.learn(learnt);
            Ok(kept)
        }
        Err(Undo::Dry(kept)) => Ok(*kept),
        Err(Undo::Error(error)) => Err(error),
    }
}

fn chain(error: &RecordError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}

fn store(tx: &mut Tx<'_>, import: &Import, now: Timestamp) -> Result<(), RecordError> {
    let progress = serde_json::to_string(import).unwrap_or_default();
    tx.execute(
        "INSERT INTO imports (id, file_name, preset, state, started_at, touched_at, progress)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, touched_at = excluded.touched_at,
           progress = excluded.progress",
        params![
            &import.id,
            &import.file_name,
            &import.preset,
            import.state.name(),
            import.started_at.as_microsecond(),
            now.as_microsecond(),
            progress
        ],
    )?;
    Ok(())
}

/// One import. One that stopped moving is shown as failed.
///
/// # Errors
/// The database's.
pub fn find(tx: &mut Tx<'_>, id: &str, now: Timestamp) -> Result<Option<Import>, RecordError> {
    let row =
        tx.fetch_optional("SELECT progress, touched_at FROM imports WHERE id = $1", params![id])?;
    row.map(|row| import_of_row(&row, now)).transpose()
}

/// Imports, latest first, before the given start and id.
///
/// # Errors
/// The database's.
pub fn list(
    tx: &mut Tx<'_>,
    before: Option<(i64, &str)>,
    n_max: usize,
    now: Timestamp,
) -> Result<Vec<Import>, RecordError> {
    let (at, id) = before.unwrap_or((i64::MAX, ""));
    let rows = tx.fetch(
        "SELECT progress, touched_at FROM imports
         WHERE started_at < $1 OR (started_at = $1 AND id < $2)
         ORDER BY started_at DESC, id DESC LIMIT $3",
        params![at, id, n_max as i64],
    )?;
    rows.iter().map(|row| import_of_row(row, now)).collect()
}

fn import_of_row(row: &Row, now: Timestamp) -> Result<Import, RecordError> {
    let mut import: Import =
        serde_json::from_str(row.str(0)).map_err(|source| DbError::Statement {
            statement: "the progress of an import is not JSON".to_owned(),
            source: Box::new(source),
        })?;
    let touched_at = instant_of_micros(row.get(1)?);
    let is_stale = now.duration_since(touched_at) > SignedDuration::from_secs(STALE_SECONDS);
    if import.state == ImportState::Running && is_stale {
        import.state = ImportState::Failed;
        import.error = Some("stopped before its end; import the file again to complete it".into());
    }
    Ok(import)
}
