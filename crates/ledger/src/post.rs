//! Writing a transfer: its key once, its accounts locked in one order, its movements at once.

use std::collections::BTreeSet;

use jiff::Timestamp;
use mercer_db::{BulkInsert, ColumnType, Row, Tx, Value, params};
use serde::Serialize;

use crate::account::{AccountKey, number};
use crate::error::LedgerError;
use crate::expire;
use crate::plan::{AccountState, Accounts, Ask, DEBT_LOT, LotAsk, LotFacts, LotState, Move};
use crate::transfer::{Leg, NewLot, Posted};
use crate::{N_LEGS_MAX, N_TEXT_BYTES_MAX, NEVER, QUANTITY_MAX};

/// Sizes of the `IN` lists that statements are prepared for.
const LIST_SIZES: [usize; 4] = [4, 16, 64, 256];

/// What kind of transfer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Transfer,
    Hold,
    Commit,
    Release,
    Reversal,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Transfer => "transfer",
            Self::Hold => "hold",
            Self::Commit => "commit",
            Self::Release => "release",
            Self::Reversal => "reversal",
        }
    }
}

/// The head of a transfer.
pub(crate) struct Entry<'a> {
    pub key: &'a str,
    pub kind: Kind,
    pub subject: &'a str,
    pub reason: &'a str,
    pub now: Timestamp,
}

/// What a request asks for, as a hash: tells a repetition from another use of its key.
pub(crate) fn fingerprint(request: &impl Serialize) -> String {
    let text = serde_json::to_string(request).unwrap_or_default();
    format!("{:032x}", xxhash_rust::xxh3::xxh3_128(text.as_bytes()))
}

/// Writes the head, unless its key was done before.
pub(crate) fn begin(
    tx: &mut Tx<'_>,
    entry: &Entry<'_>,
    fingerprint: &str,
) -> Result<Posted, LedgerError> {
    let Entry { key, kind, subject, reason, now } = entry;
    for text in [key, subject, reason] {
        if text.is_empty() || text.len() > N_TEXT_BYTES_MAX {
            return Err(LedgerError::BadText { text: text.chars().take(60).collect() });
        }
    }
    let inserted = tx.fetch_optional(
        "INSERT INTO ledger_transfers (key, kind, subject, reason, at, fingerprint)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (key) DO NOTHING RETURNING id",
        params![*key, kind.name(), *subject, *reason, now.as_microsecond(), fingerprint],
    )?;
    if let Some(row) = inserted {
        return Ok(Posted { transfer_id: row.get(0)?, is_new: true });
    }
    let known = tx.fetch(
        "SELECT id, fingerprint, kind FROM ledger_transfers WHERE key = $1",
        params![*key],
    )?;
    match known.first() {
        Some(row) if row.str(1) == fingerprint && row.str(2) == kind.name() => {
            Ok(Posted { transfer_id: row.get(0)?, is_new: false })
        }
        _ => Err(LedgerError::KeyReused { key: (*key).to_owned() }),
    }
}

/// Whether legs can be moved at all.
pub(crate) fn check_legs(legs: &[Leg]) -> Result<(), LedgerError> {
    if legs.is_empty() || legs.len() > N_LEGS_MAX {
        return Err(LedgerError::LegCount { n_legs: legs.len(), n_legs_max: N_LEGS_MAX });
    }
    for Leg { line, from, to, quantity, lots: _ } in legs {
        if from.unit != to.unit || from == to {
            return Err(LedgerError::BadLeg { from: from.to_string(), to: to.to_string() });
        }
        check_quantity(*quantity)?;
        if *line < 0 {
            return Err(LedgerError::BeyondLine { line: *line, wanted: *quantity, left: 0 });
        }
    }
    Ok(())
}

pub(crate) fn check_quantity(quantity: i64) -> Result<(), LedgerError> {
    if (1..=QUANTITY_MAX).contains(&quantity) {
        Ok(())
    } else {
        Err(LedgerError::BadQuantity { quantity })
    }
}

/// The lot's number; it is written when it is new.
pub(crate) fn create_lot(
    tx: &mut Tx<'_>,
    now: Timestamp,
    unit: &str,
    lot: &NewLot,
) -> Result<i64, LedgerError> {
    let NewLot { origin, priority, expires_at } = lot;
    if origin.is_empty() || origin.len() > N_TEXT_BYTES_MAX {
        return Err(LedgerError::BadText { text: origin.chars().take(60).collect() });
    }
    let id = number(&[unit, origin]);
    let expires_at = expires_at.map_or(NEVER, Timestamp::as_microsecond);
    tx.execute(
        "INSERT INTO ledger_lots (id, unit, origin, priority, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING",
        params![id, unit, origin, *priority, now.as_microsecond(), expires_at],
    )?;
    Ok(id)
}

/// Plans the asks over the accounts as they are and writes the movements. When something is
/// short, holds whose time is over are released first. `legs` are the caller's, whose accounts
/// must be open; where the database says so too, it is by a foreign key.
pub(crate) fn apply(
    tx: &mut Tx<'_>,
    now: Timestamp,
    transfer_id: i64,
    asks: &[Ask],
    legs: &[Leg],
) -> Result<(), LedgerError> {
    let mut facts = Vec::new();
    let moves = loop {
        match plan(tx, now, asks, legs) {
            Err(LedgerError::Short { account, line, wanted, available }) => {
                let released = expire::release_overdue_of(tx, now, &account)?;
                if released.is_empty() {
                    return Err(LedgerError::Short { account, line, wanted, available });
                }
                facts.extend(released);
            }
            planned => break planned?,
        }
    };
    write(tx, now, transfer_id, &moves)?;
    // Last, because facts are written by one at a time, who must wait for no account then.
    Ok(mercer_facts::append(tx, now, &facts)?)
}

fn plan(
    tx: &mut Tx<'_>,
    now: Timestamp,
    asks: &[Ask],
    legs: &[Leg],
) -> Result<Vec<Move>, LedgerError> {
    // Where held quantities go onward is locked too: a foreign key looks at it, and would
    // otherwise wait for it out of order.
    let touched = |ask: &Ask| [Some(ask.from), Some(ask.to), ask.onward].into_iter().flatten();
    let ids: BTreeSet<i64> = asks.iter().flat_map(touched).collect();
    let mut accounts = lock(tx, &ids.into_iter().collect::<Vec<_>>())?;
    check_opened(legs, &accounts)?;
    load_lots(tx, now, &mut accounts)?;
    load_named(tx, now, asks, &mut accounts)?;
    accounts.plan(asks)
}

fn check_opened(legs: &[Leg], accounts: &Accounts) -> Result<(), LedgerError> {
    let mut keys = legs.iter().flat_map(|leg| [&leg.from, &leg.to]);
    match keys.find(|key| !key.is_world() && !accounts.by_id.contains_key(&key.id())) {
        Some(key) => Err(LedgerError::NoAccount { account: key.to_string() }),
        None => Ok(()),
    }
}

/// Reads the counted accounts and keeps others from changing them, in the order of their ids.
pub(crate) fn lock(tx: &mut Tx<'_>, ids: &[i64]) -> Result<Accounts, LedgerError> {
    let mut accounts = Accounts::default();
    let for_update = tx.backend().for_update();
    fetch_in(
        tx,
        &format!(
            "SELECT id, unit, owner, role, floor FROM ledger_accounts
             WHERE id IN ({{list}}) AND floor IS NOT NULL ORDER BY id{for_update}"
        ),
        ids,
        |row| {
            let key = AccountKey::new(row.str(1), row.str(2), row.str(3));
            let (floor, lots) = (row.get(4)?, Vec::new());
            let state = AccountState { key, floor, lots, debt: 0, balance: 0 };
            accounts.by_id.insert(row.get(0)?, state);
            Ok(())
        },
    )?;
    Ok(accounts)
}

fn load_lots(tx: &mut Tx<'_>, now: Timestamp, accounts: &mut Accounts) -> Result<(), LedgerError> {
    let mut ids: Vec<i64> = accounts.by_id.keys().copied().collect();
    ids.sort_unstable();
    let now = now.as_microsecond();
    let Accounts { by_id, lots } = accounts;
    fetch_in(
        tx,
        "SELECT account_id, lot_id, quantity, priority, expires_at, created_at
         FROM ledger_lot_balances
         WHERE account_id IN ({list})
         ORDER BY account_id, priority, expires_at, created_at, lot_id",
        &ids,
        |row| {
            let (id, quantity): (i64, i64) = (row.get(1)?, row.get(2)?);
            let Some(state) = by_id.get_mut(&row.get::<i64>(0)?) else { return Ok(()) };
            let facts = facts_of(row, 3, now)?;
            lots.insert(id, facts);
            state.balance += quantity;
            if id == DEBT_LOT && quantity < 0 {
                state.debt = -quantity;
            } else {
                state.lots.push(LotState { id, quantity, facts });
            }
            Ok(())
        },
    )
}

fn facts_of(row: &Row, at: usize, now: i64) -> Result<LotFacts, LedgerError> {
    let rank: (i64, i64, i64) = (row.get(at)?, row.get(at + 1)?, row.get(at + 2)?);
    Ok(LotFacts { rank, is_spendable: rank.1 > now })
}

/// Lots that come by their number, from outside, lie on none of the accounts.
fn load_named(
    tx: &mut Tx<'_>,
    now: Timestamp,
    asks: &[Ask],
    accounts: &mut Accounts,
) -> Result<(), LedgerError> {
    let named: BTreeSet<i64> = asks
        .iter()
        .filter_map(|ask| match ask.lot {
            LotAsk::Exactly(lot) | LotAsk::FirstOf(lot) => Some(lot),
            LotAsk::Next => None,
        })
        .collect();
    let lots = &mut accounts.lots;
    let unknown: Vec<i64> = named.into_iter().filter(|lot| !lots.contains_key(lot)).collect();
    let now = now.as_microsecond();
    let sql = "SELECT id, priority, expires_at, created_at FROM ledger_lots WHERE id IN ({list})";
    fetch_in(tx, sql, &unknown, |row| {
        lots.insert(row.get(0)?, facts_of(row, 1, now)?);
        Ok(())
    })
}

/// Runs a statement with `{list}` for any number of ids, prepared for a few lengths only.
pub(crate) fn fetch_in(
    tx: &mut Tx<'_>,
    sql: &str,
    ids: &[i64],
    mut each: impl FnMut(&Row) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let largest = LIST_SIZES[LIST_SIZES.len() - 1];
    for chunk in ids.chunks(largest) {
        let size = LIST_SIZES.into_iter().find(|n| *n >= chunk.len()).unwrap_or(largest);
        let marks: Vec<String> = (1..=size).map(|n| format!("${n}")).collect();
        let padding = std::iter::repeat_n(chunk[chunk.len() - 1], size - chunk.len());
        let values: Vec<Value> = chunk.iter().copied().chain(padding).map(Value::from).collect();
        tx.for_each(&sql.replace("{list}", &marks.join(", ")), &values, &mut each)?;
    }
    Ok(())
}

const MOVES: BulkInsert<'_> = BulkInsert {
    table: "ledger_moves",
    columns: &[
        ("transfer_id", ColumnType::Int),
        ("position", ColumnType::Int),
        ("line", ColumnType::Int),
        ("unit", ColumnType::Text),
        ("from_account", ColumnType::Int),
        ("to_account", ColumnType::Int),
        ("lot_id", ColumnType::Int),
        ("quantity", ColumnType::Int),
        ("at", ColumnType::Int),
        ("onward_account", ColumnType::Int),
        ("of_transfer", ColumnType::Int),
        ("of_position", ColumnType::Int),
        ("closed", ColumnType::Int),
    ],
    on_conflict: "",
};

fn write(
    tx: &mut Tx<'_>,
    now: Timestamp,
    transfer_id: i64,
    moves: &[Move],
) -> Result<(), LedgerError> {
    let mut values = Vec::with_capacity(moves.len() * MOVES.columns.len());
    for (position, Move { line, unit, from, to, lot, quantity, onward, of }) in
        moves.iter().enumerate()
    {
        values.extend([
            Value::from(transfer_id),
            Value::from(position as i64),
            Value::from(*line),
            Value::from(unit),
            Value::from(*from),
            Value::from(*to),
            Value::from(*lot),
            Value::from(*quantity),
            Value::from(now.as_microsecond()),
            Value::from(*onward),
            Value::from(of.map(|of| of.0)),
            Value::from(of.map(|of| of.1)),
            Value::from(0),
        ]);
    }
    tx.insert_many(&MOVES, &values)?;
    Ok(())
}
