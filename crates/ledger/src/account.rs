//! Accounts: whose quantity of what, and how low it may fall.

use mercer_db::{BulkInsert, ColumnType, DbError, Tx, Value};
use serde::{Deserialize, Serialize};

use crate::error::LedgerError;
use crate::plan::DEBT_ROLE;
use crate::post;
use crate::{N_TEXT_BYTES_MAX, QUANTITY_MAX};

/// Owner of accounts without a floor.
const WORLD: &str = "world";
/// Added to an account's role for the twin that carries what is held of it.
const HELD: &str = ".held";

/// The natural key of an account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AccountKey {
    /// What is counted: `stock:SKU`, `points`, `uses:prm_…`.
    pub unit: String,
    /// Whose it is: a location, a customer, a promotion; `world` outside the shop.
    pub owner: String,
    /// Which of the owner's: `available`, `pending`, `sold`.
    pub role: String,
}

impl AccountKey {
    /// An account of somebody.
    #[must_use]
    pub fn new(unit: &str, owner: &str, role: &str) -> Self {
        Self { unit: unit.to_owned(), owner: owner.to_owned(), role: role.to_owned() }
    }

    /// An account outside the shop: where a unit comes from or goes to. Never counted, so
    /// nobody waits for it.
    #[must_use]
    pub fn world(unit: &str, role: &str) -> Self {
        Self::new(unit, WORLD, role)
    }

    /// The twin on which held quantities stand.
    #[must_use]
    pub fn held(&self) -> Self {
        Self { role: format!("{}{HELD}", self.role), ..self.clone() }
    }

    /// Whether it is outside the shop.
    #[must_use]
    pub fn is_world(&self) -> bool {
        self.owner == WORLD
    }

    /// The account's number: a hash of its key, so that no lookup is needed to use it. Two keys
    /// with one number are refused when the second is opened.
    #[must_use]
    pub fn id(&self) -> i64 {
        number(&[&self.unit, &self.owner, &self.role])
    }

    fn check(&self) -> Result<(), LedgerError> {
        for text in [&self.unit, &self.owner, &self.role] {
            if text.is_empty() || text.len() > N_TEXT_BYTES_MAX {
                return Err(LedgerError::BadText { text: text.chars().take(60).collect() });
            }
        }
        Ok(())
    }
}

impl std::fmt::Display for AccountKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { unit, owner, role } = self;
        write!(f, "{unit} of {owner} ({role})")
    }
}

/// A positive number from texts, the same everywhere.
pub(crate) fn number(parts: &[&str]) -> i64 {
    let mut text = String::new();
    for part in parts {
        text += &part.len().to_string();
        text.push(':');
        text += part;
    }
    // 62 bits, and never 0, which is the lot of debts.
    (xxhash_rust::xxh3::xxh3_64(text.as_bytes()) >> 2) as i64 + 1
}

/// An account to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// Its key.
    pub key: AccountKey,
    /// The lowest balance it may have: 0, or below it for debt and back-orders. Of an account
    /// outside the shop it is not looked at.
    pub floor: i64,
}

impl NewAccount {
    /// An account that never falls below nothing.
    #[must_use]
    pub fn counted(key: AccountKey) -> Self {
        Self { key, floor: 0 }
    }
}

/// Opens accounts with their held twins; those that are open keep what they have. A new floor
/// takes the place of the old one.
///
/// # Errors
/// A floor above the balance, a key that is empty or too long, two keys with one number, or the
/// database's.
pub fn open(tx: &mut Tx<'_>, accounts: &[NewAccount]) -> Result<(), LedgerError> {
    let mut rows: Vec<(i64, AccountKey, Option<i64>)> = Vec::with_capacity(accounts.len() * 2);
    for NewAccount { key, floor } in accounts {
        key.check()?;
        if key.is_world() {
            rows.push((key.id(), key.clone(), None));
            continue;
        }
        if *floor > 0 || *floor < -QUANTITY_MAX {
            return Err(LedgerError::BadFloor { account: key.to_string(), floor: *floor });
        }
        rows.push((key.id(), key.clone(), Some(*floor)));
        let held = key.held();
        rows.push((held.id(), held, Some(0)));
        if *floor < 0 {
            let debts = AccountKey::world(&key.unit, DEBT_ROLE);
            rows.push((debts.id(), debts, None));
        }
    }
    rows.sort();
    rows.dedup_by(|a, b| a.1 == b.1);
    let values: Vec<Value> = rows.iter().flat_map(values_of).collect();
    let insert = BulkInsert {
        table: "ledger_accounts",
        columns: &[
            ("id", ColumnType::Int),
            ("unit", ColumnType::Text),
            ("owner", ColumnType::Text),
            ("role", ColumnType::Text),
            ("floor", ColumnType::Int),
            ("balance", ColumnType::Int),
        ],
        on_conflict: "ON CONFLICT (unit, owner, role) DO UPDATE SET floor = EXCLUDED.floor
                      WHERE ledger_accounts.floor <> EXCLUDED.floor",
    };
    match tx.insert_many(&insert, &values) {
        Ok(_) => check_debts(tx, accounts),
        Err(DbError::Constraint { source }) => Err(LedgerError::NotOpened { source }),
        Err(error) => Err(error.into()),
    }
}

/// A debt stays within its floor, also where lots that are past their expiry outweigh it.
fn check_debts(tx: &mut Tx<'_>, accounts: &[NewAccount]) -> Result<(), LedgerError> {
    let ids: Vec<i64> = accounts.iter().map(|account| account.key.id()).collect();
    let mut beyond = None;
    post::fetch_in(
        tx,
        "SELECT b.quantity, a.floor FROM ledger_lot_balances b
         JOIN ledger_accounts a ON a.id = b.account_id
         WHERE b.account_id IN ({list}) AND b.lot_id = 0 AND b.quantity < a.floor",
        &ids,
        |row| {
            beyond = Some((row.get::<i64>(0)?, row.get::<i64>(1)?));
            Ok(())
        },
    )?;
    match beyond {
        None => Ok(()),
        Some((owed, floor)) => {
            Err(LedgerError::NotOpened { source: format!("{owed} is below {floor}").into() })
        }
    }
}

fn values_of((id, key, floor): &(i64, AccountKey, Option<i64>)) -> [Value; 6] {
    let AccountKey { unit, owner, role } = key;
    [
        Value::from(*id),
        Value::from(unit),
        Value::from(owner),
        Value::from(role),
        Value::from(*floor),
        Value::from(0),
    ]
}
