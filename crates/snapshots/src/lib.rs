//! Computed pictures in the database, loaded at once at start and swapped whole when rebuilt.
//!
//! Only what can be computed again: a picture of another version of the program counts as
//! missing.

use jiff::Timestamp;
use mercer_core::clock::instant_of_micros;
use mercer_db::{DbError, Migration, MigrationSet, Tx, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The table of snapshots.
pub const MIGRATIONS: MigrationSet = MigrationSet {
    owner: "snapshots",
    steps: &[Migration {
        name: "snapshots",
        sql: "
CREATE TABLE snapshots (
  name TEXT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  computed_at BIGINT NOT NULL,
  based_on_fact BIGINT NOT NULL,
  content BYTEA NOT NULL
);",
    }],
};

/// Which picture: its name and the version of its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name {
    /// Unique among all capabilities.
    pub name: &'static str,
    /// Raised whenever the form changes.
    pub version: i64,
}

/// When a picture was made and from what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// When.
    pub computed_at: Timestamp,
    /// The last fact that was known.
    pub based_on_fact: i64,
}

/// Writes a picture in the caller's transaction.
///
/// # Errors
/// The database's.
pub fn save<T: Serialize>(
    tx: &mut Tx<'_>,
    name: Name,
    stamp: Stamp,
    picture: &T,
) -> Result<(), DbError> {
    let content = postcard::to_stdvec(picture).map_err(|source| DbError::Statement {
        statement: format!("the snapshot {} cannot be written", name.name),
        source: Box::new(source),
    })?;
    tx.execute(
        "INSERT INTO snapshots (name, version, computed_at, based_on_fact, content)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (name) DO UPDATE SET version = excluded.version,
           computed_at = excluded.computed_at, based_on_fact = excluded.based_on_fact,
           content = excluded.content",
        params![
            name.name,
            name.version,
            stamp.computed_at.as_microsecond(),
            stamp.based_on_fact,
            content
        ],
    )?;
    Ok(())
}

/// When a picture was made; none when there is none of this version. Cheap.
///
/// # Errors
/// The database's.
pub fn stamp(tx: &mut Tx<'_>, name: Name) -> Result<Option<Stamp>, DbError> {
    let row = tx.fetch_optional(
        "SELECT computed_at, based_on_fact FROM snapshots WHERE name = $1 AND version = $2",
        params![name.name, name.version],
    )?;
    row.map(|row| {
        Ok(Stamp { computed_at: instant_of_micros(row.get(0)?), based_on_fact: row.get(1)? })
    })
    .transpose()
}

/// A picture; none when there is none of this version.
///
/// # Errors
/// The database's.
pub fn load<T: DeserializeOwned>(
    tx: &mut Tx<'_>,
    name: Name,
) -> Result<Option<(Stamp, T)>, DbError> {
    let row = tx.fetch_optional(
        "SELECT computed_at, based_on_fact, content FROM snapshots
         WHERE name = $1 AND version = $2",
        params![name.name, name.version],
    )?;
    let Some(row) = row else { return Ok(None) };
    let content: Vec<u8> = row.get(2)?;
    let stamp = Stamp { computed_at: instant_of_micros(row.get(0)?), based_on_fact: row.get(1)? };
    Ok(postcard::from_bytes(&content).ok().map(|picture| (stamp, picture)))
}

#[cfg(test)]
mod tests {
    use mercer_core::clock::Clock;
    use mercer_testkit::on_both;

    use super::*;

    const NAME: Name = Name { name: "numbers", version: 1 };

    #[test]
    fn a_picture_is_swapped_whole_and_another_version_counts_as_missing() {
        on_both("snapshots", &[MIGRATIONS], |t| {
            assert_eq!(t.db.read(|tx| load::<Vec<u32>>(tx, NAME)).unwrap(), None);
            let stamp_1 = Stamp { computed_at: t.clock.now(), based_on_fact: 7 };
            t.db.write(|tx| save(tx, NAME, stamp_1, &vec![1u32, 2])).unwrap();
            let stamp_2 = Stamp { based_on_fact: 9, ..stamp_1 };
            t.db.write(|tx| save(tx, NAME, stamp_2, &vec![3u32])).unwrap();
            let loaded = t.db.read(|tx| load::<Vec<u32>>(tx, NAME)).unwrap();
            assert_eq!(loaded, Some((stamp_2, vec![3])));
            let newer = Name { version: 2, ..NAME };
            assert_eq!(t.db.read(|tx| stamp(tx, newer)).unwrap(), None);
            assert_eq!(t.db.read(|tx| load::<Vec<u32>>(tx, newer)).unwrap(), None);
        });
    }
}
