//! For tests: the same test on both databases, a clock that stands still, seeded entropy.
//!
//! Not part of the product. PostgreSQL is found by `MERCER_TEST_POSTGRES`, which `make test`
//! sets (`scripts/with-postgres`); without it the tests fail rather than leave half undone.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use mercer_core::clock::{Entropy, ManualClock};
use mercer_db::{Db, Location, MigrationSet};
use mercer_engine_kit::seed::{Seed, Stream};
use rand::Rng;

/// What a test gets: an empty, migrated database of one kind and a clock.
pub struct TestBed {
    /// The database.
    pub db: Arc<Db>,
    /// Where it is, to open it again.
    pub location: Location,
    /// Stands at 2026-03-01 12:00 UTC until it is moved.
    pub clock: Arc<ManualClock>,
    /// Same bytes in every run.
    pub entropy: Arc<SeededEntropy>,
    /// A folder of its own, removed afterwards.
    pub folder: tempfile::TempDir,
}

/// Entropy that is the same in every run.
pub struct SeededEntropy(Mutex<Stream>);

impl SeededEntropy {
    /// From a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(Seed(seed).stream("entropy")))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(buffer);
    }
}

static N_BEDS: AtomicU64 = AtomicU64::new(0);

/// Runs the test on SQLite and on PostgreSQL, each on an empty database with these migrations.
///
/// # Panics
/// When a database cannot be made, or the test fails.
pub fn on_both(name: &str, migrations: &[MigrationSet], test: impl Fn(&TestBed)) {
    on_sqlite(name, migrations, &test);
    on_postgres(name, migrations, &test);
}

/// Runs the test on SQLite only.
///
/// # Panics
/// As [`on_both`].
pub fn on_sqlite(name: &str, migrations: &[MigrationSet], test: impl Fn(&TestBed)) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let location = Location::Sqlite(folder.path().join("mercer.sqlite"));
    test(&bed(location, folder, migrations));
    count("sqlite", name);
}

/// Runs the test on PostgreSQL only.
///
/// # Panics
/// As [`on_both`].
pub fn on_postgres(name: &str, migrations: &[MigrationSet], test: impl Fn(&TestBed)) {
    let url = postgres_url();
    let schema =
        format!("t_{name}_{}_{}", std::process::id(), N_BEDS.fetch_add(1, Ordering::SeqCst));
    let admin = Db::open(&Location::Postgres(url.clone())).expect("PostgreSQL for tests");
    admin.write(|tx| tx.execute_batch(&format!("CREATE SCHEMA {schema}"))).expect("a schema");
    let folder = tempfile::tempdir().expect("a temporary folder");
    test(&bed(Location::Postgres(in_schema(&url, &schema)), folder, migrations));
    admin.write(|tx| tx.execute_batch(&format!("DROP SCHEMA {schema} CASCADE"))).expect("a drop");
    count("postgresql", name);
}

/// The PostgreSQL of the tests.
///
/// # Panics
/// Without `MERCER_TEST_POSTGRES`.
#[must_use]
pub fn postgres_url() -> String {
    std::env::var("MERCER_TEST_POSTGRES").expect(
        "MERCER_TEST_POSTGRES is not set: run the tests by `make test`, or under \
         `scripts/with-postgres`",
    )
}

/// The URL with its tables in a schema of their own.
#[must_use]
pub fn in_schema(url: &str, schema: &str) -> String {
    let mark = if url.contains('?') { '&' } else { '?' };
    format!("{url}{mark}options=-csearch_path%3D{schema}")
}

fn bed(location: Location, folder: tempfile::TempDir, migrations: &[MigrationSet]) -> TestBed {
    let db = Arc::new(Db::open(&location).expect("the database opens"));
    let clock = Arc::new(ManualClock::at("2026-03-01T12:00:00Z".parse().expect("an instant")));
    db.migrate(migrations, 0).expect("the migrations run");
    TestBed { db, location, clock, entropy: Arc::new(SeededEntropy::new(1)), folder }
}

/// Notes a passed test for the count that `make test` prints.
fn count(backend: &str, name: &str) {
    if let Ok(path) = std::env::var("MERCER_TEST_COUNTS") {
        let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
        if let Ok(mut file) = file {
            let _ = writeln!(file, "{backend} {name}");
        }
    }
}
