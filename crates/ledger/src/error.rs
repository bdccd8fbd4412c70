//! Why the ledger refused; the caller's transaction is then undone by the caller.

use jiff::Timestamp;
use mercer_db::DbError;

use crate::account::AccountKey;

/// Why the ledger refused.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Less is there than was asked for.
    #[error("{wanted} of {account} are wanted, {available} are there")]
    Short {
        /// Of which account.
        account: Box<AccountKey>,
        /// The caller's number of the line that met the shortage.
        line: i64,
        /// What the line asked for.
        wanted: i64,
        /// What was left for it.
        available: i64,
    },
    /// A leg names an account that nobody opened.
    #[error("there is no account {account}")]
    NoAccount {
        /// Which.
        account: String,
    },
    /// A key, unit, owner, role, subject or reason is empty or too long.
    #[error("`{text}` cannot be a name in the ledger: it is empty or longer than 512 bytes")]
    BadText {
        /// Its beginning.
        text: String,
    },
    /// A quantity of nothing, below nothing, or beyond all bounds, also together with what is
    /// there already.
    #[error("{quantity} is not a quantity to move")]
    BadQuantity {
        /// What was asked.
        quantity: i64,
    },
    /// A floor above nothing, or beyond all bounds.
    #[error("the floor {floor} of {account} is not between -2^53 and 0")]
    BadFloor {
        /// Whose.
        account: String,
        /// What was asked.
        floor: i64,
    },
    /// The accounts have more than their new floor allows, or two keys share a number.
    #[error("the account cannot be opened so: it is below the floor, or its number is taken")]
    NotOpened {
        /// The database's reason.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A leg between two units, or from an account to itself.
    #[error("a transfer goes between two accounts of one unit, not from {from} to {to}")]
    BadLeg {
        /// From where.
        from: String,
        /// To where.
        to: String,
    },
    /// A quantity comes in from outside without saying of which lot it is.
    #[error("a quantity from {account} needs a lot")]
    NoLot {
        /// From where.
        account: String,
    },
    /// No legs, or too many.
    #[error("{n_legs} legs in one transfer; between 1 and {n_legs_max} are possible")]
    LegCount {
        /// How many.
        n_legs: usize,
        /// At most.
        n_legs_max: usize,
    },
    /// The key was used for something else.
    #[error("the key `{key}` was used for another transfer")]
    KeyReused {
        /// Which.
        key: String,
    },
    /// No such hold or transfer.
    #[error("there is no {what} `{id}`")]
    Unknown {
        /// `hold`, `transfer` or `lot`.
        what: &'static str,
        /// Which.
        id: String,
    },
    /// The hold is over.
    #[error("the hold was {state} at {at}")]
    HoldEnded {
        /// `committed`, `released` or `expired`.
        state: &'static str,
        /// When.
        at: Timestamp,
    },
    /// An expiry that is not later than now.
    #[error("a hold cannot end at {expires_at}, it is {now}")]
    BadExpiry {
        /// What was asked.
        expires_at: Timestamp,
        /// The clock.
        now: Timestamp,
    },
    /// More of a line is to be committed, released or reversed than is left of it.
    #[error("{wanted} of line {line} are to be taken back or on, {left} are left of it")]
    BeyondLine {
        /// Which line.
        line: i64,
        /// What was asked.
        wanted: i64,
        /// What is left.
        left: i64,
    },
    /// The database's.
    #[error("the ledger's database failed")]
    Db(#[from] DbError),
}
