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

    /// What follows a `SELECT` of rows that the transaction is about to change, so that no other
    /// changes them meanwhile. SQLite has one writer anyway.
    #[must_use]
    pub fn for_update(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE",
        }
    }

    /// Schema text for this database. `{{rising_id}}` is a key that the database counts up;
    /// `{{by_key}}` after a table stores it in the order of its key where that exists;
    /// `{{after_insert NAME ON TABLE}} … {{end}}` is a trigger whose statements run for each
    /// inserted row `NEW`, `{{never_delete NAME ON TABLE}}` one that refuses deletion. Texts
    /// compare by bytes on both.
    #[must_use]
    pub fn schema(self, text: &str) -> String {
        let text = self.triggers(text);
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

    fn triggers(self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) =
            ["{{after_insert ", "{{never_delete "].iter().filter_map(|mark| rest.find(mark)).min()
        {
            out += &rest[..at];
            let Some((head, tail)) = rest[at + 2..].split_once("}}") else { break };
            let mut words = head.split_whitespace();
            let kind = words.next().unwrap_or_default();
            let (name, table) =
                (words.next().unwrap_or_default(), words.last().unwrap_or_default());
            let (event, body, after) = if kind == "after_insert" {
                let (body, after) = tail.split_once("{{end}}").unwrap_or((tail, ""));
                ("AFTER INSERT", body, after)
            } else {
                ("BEFORE DELETE", self.refusal(), tail)
            };
            out += &match self {
                Self::Sqlite => {
                    format!("CREATE TRIGGER {name} {event} ON {table} BEGIN {body} END;")
                }
                Self::Postgres => format!(
                    "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
                     BEGIN {body} RETURN NULL; END $$;
                     CREATE TRIGGER {name} {event} ON {table}
                     FOR EACH ROW EXECUTE FUNCTION {name}();"
                ),
            };
            rest = after;
        }
        out + rest
    }

    fn refusal(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT RAISE(ABORT, 'rows of this table are never deleted');",
            Self::Postgres => {
                "RAISE EXCEPTION 'rows of this table are never deleted'
                 USING ERRCODE = 'check_violation';"
            }
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
