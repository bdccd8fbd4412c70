//! What can go wrong with a database, in the classes that callers treat differently.

/// A database error, with the driver's own as its source.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// It does not answer.
    #[error("the database does not answer")]
    Unavailable {
        /// The driver's reason.
        #[source]
        source: Source,
    },
    /// It may only be read.
    #[error("the database is read-only: check the owner and the rights of its file or user")]
    ReadOnly {
        /// The driver's reason.
        #[source]
        source: Source,
    },
    /// No room left.
    #[error(
        "the disk of the database is full or at a limit: free some space; this change was undone"
    )]
    Full {
        /// The driver's reason.
        #[source]
        source: Source,
    },
    /// A rule of the schema refused the change.
    #[error("a rule of the database refused the change")]
    Constraint {
        /// The driver's reason.
        #[source]
        source: Source,
    },
    /// The connection was lost while the commit was on its way: it may have happened or not.
    #[error("the connection was lost during the commit: look before you repeat")]
    CommitUnknown {
        /// The driver's reason.
        #[source]
        source: Source,
    },
    /// Others wrote at the same time, or held the file too long.
    #[error("the database is busy with other writers")]
    Busy {
        /// The driver's reason.
        #[source]
        source: Source,
    },
    /// A statement is wrong: a fault of ours.
    #[error("a statement failed: {statement}")]
    Statement {
        /// The SQL, cut to 200 characters; it holds placeholders, never values.
        statement: String,
        /// The driver's reason.
        #[source]
        source: Source,
    },
    /// A column does not hold what the code expects: a fault of ours.
    #[error("column {column} holds {found}, not {wanted}")]
    Column {
        /// Place in the row.
        column: usize,
        /// What it holds.
        found: &'static str,
        /// What was asked for.
        wanted: &'static str,
    },
    /// A row was expected.
    #[error("the statement gave no row")]
    NoRow,
    /// The schema does not fit this program.
    #[error("{message}")]
    Schema {
        /// What does not fit, and what to do.
        message: String,
    },
    /// Not possible with this database.
    #[error("{what} is not supported")]
    Unsupported {
        /// What was asked.
        what: &'static str,
    },
}

/// A driver's error.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

impl DbError {
    /// Whether waiting may help.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Busy { .. })
    }

    /// Whether the database as a whole is the trouble, not the request.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        matches!(
            self,
            Self::Unavailable { .. }
                | Self::Busy { .. }
                | Self::ReadOnly { .. }
                | Self::Full { .. }
                | Self::CommitUnknown { .. }
        )
    }
}

pub(crate) fn shortened(statement: &str) -> String {
    let words: Vec<&str> = statement.split_whitespace().collect();
    words.join(" ").chars().take(200).collect()
}
