//! Forward-only migrations: each crate owns a numbered list, applied once, never edited.

use crate::error::DbError;
use crate::{Db, Tx, params};

/// One step of a schema.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// What it does, in a few words.
    pub name: &'static str,
    /// Schema text as [`crate::Backend::schema`] reads it.
    pub sql: &'static str,
}

/// The steps of one crate, in order.
#[derive(Debug, Clone, Copy)]
pub struct MigrationSet {
    /// The crate that owns the tables.
    pub owner: &'static str,
    /// Its steps; new ones go to the end.
    pub steps: &'static [Migration],
}

/// Number of the advisory lock that keeps two starting processes apart.
const LOCK_MIGRATE: i64 = 0x006d_6572_6365_7201;

pub(crate) fn run(db: &Db, sets: &[MigrationSet], now_micros: i64) -> Result<u32, DbError> {
    let is_current = db.read(|tx| is_current(tx, sets));
    if matches!(is_current, Ok(true)) {
        return Ok(0);
    }
    db.write(|tx| {
        tx.one_at_a_time(LOCK_MIGRATE)?;
        let schema = tx.backend().schema(
            "CREATE TABLE IF NOT EXISTS schema_migrations (
               owner TEXT NOT NULL, number BIGINT NOT NULL, name TEXT NOT NULL,
               fingerprint TEXT NOT NULL, applied_at BIGINT NOT NULL,
               PRIMARY KEY (owner, number))",
        );
        tx.execute_batch(&schema)?;
        let mut n_applied = 0;
        for set in sets {
            n_applied += apply(tx, set, now_micros)?;
        }
        Ok(n_applied)
    })
}

fn is_current(tx: &mut Tx<'_>, sets: &[MigrationSet]) -> Result<bool, DbError> {
    for set in sets {
        if check_applied(tx, set)? < set.steps.len() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn apply(tx: &mut Tx<'_>, set: &MigrationSet, now_micros: i64) -> Result<u32, DbError> {
    let n_before = check_applied(tx, set)?;
    let mut n_applied = 0;
    for (number, step) in set.steps.iter().enumerate().skip(n_before) {
        let sql = tx.backend().schema(step.sql);
        tx.execute_batch(&sql)?;
        tx.execute(
            "INSERT INTO schema_migrations (owner, number, name, fingerprint, applied_at)
             VALUES ($1, $2, $3, $4, $5)",
            params![set.owner, number as i64, step.name, fingerprint(step.sql), now_micros],
        )?;
        n_applied += 1;
    }
    Ok(n_applied)
}

fn check_applied(tx: &mut Tx<'_>, set: &MigrationSet) -> Result<usize, DbError> {
    let rows = tx.fetch(
        "SELECT name, fingerprint FROM schema_migrations WHERE owner = $1 ORDER BY number",
        params![set.owner],
    )?;
    for (number, row) in rows.iter().enumerate() {
        let Some(step) = set.steps.get(number) else {
            return Err(DbError::Schema {
                message: format!(
                    "the database has step {number} `{}` of {} that this program does not know: \
                     it was written by a newer Mercer; use that version",
                    row.str(0),
                    set.owner
                ),
            });
        };
        if row.str(1) != fingerprint(step.sql) {
            return Err(DbError::Schema {
                message: format!(
                    "step {number} `{}` of {} differs from the one that made this database",
                    step.name, set.owner
                ),
            });
        }
    }
    Ok(rows.len())
}

/// 64-bit FNV-1a: it has to notice an edit, not an attacker.
fn fingerprint(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}
