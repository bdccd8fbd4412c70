//! Every place where the two databases must be spoken to differently, by name.
//!
//! Holds no SQL of anybody's tables.

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// One file, one writer.
    Sqlite,
    /// A server.
    Postgres,
}

impl Backend {
    /// The name on screen and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgresql",
        }
    }

    /// Schema text for this database. `{{rising_id}}` is a key that the database counts up;
    /// `{{by_key}}` after a table stores it in the order of its key where that exists. Texts
    /// compare by bytes on both.
    #[must_use]
    pub fn schema(self, text: &str) -> String {
        match self {
            Self::Sqlite => text
                .replace("{{rising_id}}", "INTEGER PRIMARY KEY AUTOINCREMENT")
                .replace("{{by_key}}", "WITHOUT ROWID")
                .replace(" BYTEA", " BLOB"),
            Self::Postgres => text
                .replace("{{rising_id}}", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY")
                .replace("{{by_key}}", "")
                .replace(" TEXT", " TEXT COLLATE \"C\""),
        }
    }

    /// The statement that gathers figures for the planner. On PostgreSQL of the own schema's tables
    /// only: a plain `ANALYZE` reads, and locks, everybody's in the database.
    #[must_use]
    pub(crate) fn analyze(self) -> &'static str {
        match self {
            Self::Sqlite => "PRAGMA optimize=0x10002",
            Self::Postgres => {
                "DO $$ DECLARE names TEXT; BEGIN
                   SELECT string_agg(format('%I', tablename), ', ') INTO names FROM pg_tables
                   WHERE schemaname = current_schema() AND tableowner = current_user;
                   IF names IS NOT NULL THEN EXECUTE 'ANALYZE ' || names; END IF;
                 END $$"
            }
        }
    }
}
