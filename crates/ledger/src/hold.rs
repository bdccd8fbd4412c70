//! Holds: quantities set aside until an instant, then committed, by line or whole, or put back.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use mercer_core::clock::instant_of_micros;
use mercer_core::id::{HoldKind, Id};
use mercer_db::{Tx, params};
use serde::Serialize;

use crate::error::LedgerError;
use crate::expire;
use crate::plan::{Ask, LotAsk};
use crate::post::{self, Entry, Kind};
use crate::transfer::{Leg, Posted, asks_of};

/// Quantities to set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewHold {
    /// The same key is done once.
    pub key: String,
    /// Whom or what it is for: a quote.
    pub subject: String,
    /// Until when.
    pub expires_at: Timestamp,
    /// What is held, and where it goes when it is committed.
    pub legs: Vec<Leg>,
}

/// Quantities that are set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[must_use]
pub struct Held {
    /// `hld_…`.
    pub id: String,
    /// The transfer that set them aside.
    pub transfer_id: i64,
    /// Until when.
    pub expires_at: Timestamp,
    /// False when the same key had been done before; nothing was changed then.
    pub is_new: bool,
}

/// Where a hold stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldState {
    /// Set aside.
    Open,
    /// Moved on, at least in part.
    Committed,
    /// Put back by somebody.
    Released,
    /// Put back because its time was over.
    Expired,
}

impl HoldState {
    /// The name in SQL and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Committed => "committed",
            Self::Released => "released",
            Self::Expired => "expired",
        }
    }

    pub(crate) fn parse(name: &str) -> Self {
        match name {
            "open" => Self::Open,
            "committed" => Self::Committed,
            "released" => Self::Released,
            _ => Self::Expired,
        }
    }
}

/// How much of which lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Portions {
    /// All that is left.
    All,
    /// By line: its number and how much of it. A line that is named twice gives both.
    Lines(Vec<(i64, i64)>),
    /// All that is left, but of these lines so much less: what is gone for good.
    AllBut(Vec<(i64, i64)>),
}

/// What becomes of the rest of a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Rest {
    /// It stays held.
    Keep,
    /// It is put back.
    Release,
}

/// A hold to move on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Commit {
    /// The same key is done once.
    pub key: String,
    /// Which hold.
    pub hold_id: String,
    /// How much of it.
    pub portions: Portions,
    /// What becomes of the rest.
    pub rest: Rest,
}

/// Sets quantities aside, all of them or none.
///
/// # Errors
/// Too little on an account, and as [`crate::transfer::transfer`]; an expiry that is past.
pub fn hold(tx: &mut Tx<'_>, now: Timestamp, new: &NewHold) -> Result<Held, LedgerError> {
    let NewHold { key, subject, expires_at, legs } = new;
    let entry = Entry { key, kind: Kind::Hold, subject, reason: "held", now };
    // The expiry is not part of it: a repetition a second later would ask for a later one.
    let posted = post::begin(tx, &entry, &post::fingerprint(&(subject, legs)))?;
    if !posted.is_new {
        return held_before(tx, posted.transfer_id);
    }
    if *expires_at <= now {
        return Err(LedgerError::BadExpiry { expires_at: *expires_at, now });
    }
    let asks = asks_of(tx, now, legs, |leg| (leg.from.held().id(), Some(leg.to.id())))?;
    post::apply(tx, now, posted.transfer_id, &asks, legs)?;
    let id = Id::<HoldKind>::derive(now, &[key]).to_string();
    tx.execute(
        "INSERT INTO ledger_holds
           (id, transfer_id, subject, state, created_at, expires_at, is_partly_committed)
         VALUES ($1, $2, $3, 'open', $4, $5, 0)",
        params![
            &id,
            posted.transfer_id,
            subject,
            now.as_microsecond(),
            expires_at.as_microsecond()
        ],
    )?;
    expire::schedule(tx, now, *expires_at)?;
    Ok(Held { id, transfer_id: posted.transfer_id, expires_at: *expires_at, is_new: true })
}

fn held_before(tx: &mut Tx<'_>, transfer_id: i64) -> Result<Held, LedgerError> {
    let row = tx.fetch_optional(
        "SELECT id, expires_at FROM ledger_holds WHERE transfer_id = $1",
        params![transfer_id],
    )?;
    let row = row.ok_or(LedgerError::Unknown { what: "hold", id: transfer_id.to_string() })?;
    let expires_at = instant_of_micros(row.get(1)?);
    Ok(Held { id: row.get(0)?, transfer_id, expires_at, is_new: false })
}

/// Moves a hold's quantities on to where they were meant for.
///
/// # Errors
/// The hold is over ([`LedgerError::HoldEnded`]), unknown, or has less of a line.
pub fn commit(tx: &mut Tx<'_>, now: Timestamp, commit: &Commit) -> Result<Posted, LedgerError> {
    let Commit { key, hold_id, portions, rest } = commit;
    let hold = lock(tx, hold_id)?;
    let entry = Entry { key, kind: Kind::Commit, subject: &hold.subject, reason: "committed", now };
    let posted = post::begin(tx, &entry, &post::fingerprint(commit))?;
    if !posted.is_new {
        return Ok(posted);
    }
    hold.check_open(now)?;
    let lines = open_lines(tx, hold.transfer_id)?;
    let taken = choose(&lines, portions)?;
    let asks: Vec<Ask> = taken
        .iter()
        .filter_map(|(line, quantity)| Some(line.ask(line.onward?, *quantity, hold.transfer_id)))
        .collect();
    let is_all = taken.len() == lines.len() && taken.iter().all(|(line, n)| line.left == *n);
    if !is_all && *rest == Rest::Release {
        // Both steps' accounts at once, in their order.
        let touched = |line: &OpenMove| [Some(line.from), Some(line.to), line.onward];
        let ids: BTreeSet<i64> = lines.iter().flat_map(touched).flatten().collect();
        post::lock(tx, &ids.into_iter().collect::<Vec<_>>())?;
    }
    post::apply(tx, now, posted.transfer_id, &asks, &[])?;
    if is_all || *rest == Rest::Release {
        if !is_all {
            put_back(tx, now, &format!("{key}:rest"), &hold, &Portions::All)?;
        }
        end(tx, now, hold_id, HoldState::Committed)?;
    } else {
        tx.execute(
            "UPDATE ledger_holds SET is_partly_committed = 1 WHERE id = $1",
            params![hold_id],
        )?;
    }
    Ok(posted)
}

/// Puts back what is left of a hold; false when it was put back before.
///
/// # Errors
/// The hold was committed, or is unknown.
pub fn release(tx: &mut Tx<'_>, now: Timestamp, hold_id: &str) -> Result<bool, LedgerError> {
    let hold = lock(tx, hold_id)?;
    match hold.state {
        HoldState::Released | HoldState::Expired => Ok(false),
        HoldState::Committed => Err(hold.ended()),
        HoldState::Open => {
            close(tx, now, &hold, hold.state_when_released())?;
            Ok(true)
        }
    }
}

/// Puts back a part of a hold; the rest stays held.
///
/// # Errors
/// As [`commit`].
pub fn release_part(
    tx: &mut Tx<'_>,
    now: Timestamp,
    key: &str,
    hold_id: &str,
    portions: &Portions,
) -> Result<(), LedgerError> {
    let hold = lock(tx, hold_id)?;
    let posted = begin_release(tx, now, key, &hold, portions)?;
    if !posted.is_new {
        return Ok(());
    }
    hold.check_open(now)?;
    carry_back(tx, now, posted.transfer_id, &hold, portions)?;
    if open_lines(tx, hold.transfer_id)?.is_empty() {
        end(tx, now, hold_id, hold.state_when_released())?;
    }
    Ok(())
}

/// Lets a hold last longer, or end earlier, than it was to.
///
/// # Errors
/// The hold is over or unknown; an instant that is past.
pub fn extend(
    tx: &mut Tx<'_>,
    now: Timestamp,
    hold_id: &str,
    expires_at: Timestamp,
) -> Result<(), LedgerError> {
    let hold = lock(tx, hold_id)?;
    hold.check_open(now)?;
    if expires_at <= now {
        return Err(LedgerError::BadExpiry { expires_at, now });
    }
    tx.execute(
        "UPDATE ledger_holds SET expires_at = $2 WHERE id = $1",
        params![hold_id, expires_at.as_microsecond()],
    )?;
    expire::schedule(tx, now, expires_at)
}

/// A hold as its row says.
pub(crate) struct HoldRow {
    pub id: String,
    pub transfer_id: i64,
    pub subject: String,
    pub state: HoldState,
    pub expires_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub is_partly_committed: bool,
}

impl HoldRow {
    fn check_open(&self, now: Timestamp) -> Result<(), LedgerError> {
        match self.state {
            HoldState::Open if now < self.expires_at => Ok(()),
            HoldState::Open => {
                Err(LedgerError::HoldEnded { state: "expired", at: self.expires_at })
            }
            _ => Err(self.ended()),
        }
    }

    /// What was committed before the rest came back stays committed.
    fn state_when_released(&self) -> HoldState {
        if self.is_partly_committed { HoldState::Committed } else { HoldState::Released }
    }

    fn ended(&self) -> LedgerError {
        let at = self.ended_at.unwrap_or(self.expires_at);
        LedgerError::HoldEnded { state: self.state.name(), at }
    }
}

/// Takes the hold's row, so that two ends of it never meet.
pub(crate) fn lock(tx: &mut Tx<'_>, hold_id: &str) -> Result<HoldRow, LedgerError> {
    let for_update = tx.backend().for_update();
    let sql = format!(
        "SELECT id, transfer_id, subject, state, expires_at, ended_at, is_partly_committed
         FROM ledger_holds WHERE id = $1{for_update}"
    );
    let row = tx.fetch_optional(&sql, params![hold_id])?;
    let row = row.ok_or_else(|| LedgerError::Unknown {
        what: "hold",
        id: hold_id.chars().take(60).collect(),
    })?;
    Ok(HoldRow {
        id: row.get(0)?,
        transfer_id: row.get(1)?,
        subject: row.get(2)?,
        state: HoldState::parse(row.str(3)),
        expires_at: instant_of_micros(row.get(4)?),
        ended_at: row.get::<Option<i64>>(5)?.map(instant_of_micros),
        is_partly_committed: row.get::<i64>(6)? == 1,
    })
}

/// Puts back all that is left and ends the hold so.
pub(crate) fn close(
    tx: &mut Tx<'_>,
    now: Timestamp,
    hold: &HoldRow,
    state: HoldState,
) -> Result<(), LedgerError> {
    put_back(tx, now, &format!("release:{}", hold.id), hold, &Portions::All)?;
    end(tx, now, &hold.id, state)
}

fn put_back(
    tx: &mut Tx<'_>,
    now: Timestamp,
    key: &str,
    hold: &HoldRow,
    portions: &Portions,
) -> Result<(), LedgerError> {
    let posted = begin_release(tx, now, key, hold, portions)?;
    if posted.is_new { carry_back(tx, now, posted.transfer_id, hold, portions) } else { Ok(()) }
}

fn begin_release(
    tx: &mut Tx<'_>,
    now: Timestamp,
    key: &str,
    hold: &HoldRow,
    portions: &Portions,
) -> Result<Posted, LedgerError> {
    let entry = Entry { key, kind: Kind::Release, subject: &hold.subject, reason: "released", now };
    post::begin(tx, &entry, &post::fingerprint(&(&hold.id, portions)))
}

fn carry_back(
    tx: &mut Tx<'_>,
    now: Timestamp,
    transfer_id: i64,
    hold: &HoldRow,
    portions: &Portions,
) -> Result<(), LedgerError> {
    // What was taken last goes back first.
    let mut lines = open_lines(tx, hold.transfer_id)?;
    lines.reverse();
    let asks: Vec<Ask> = choose(&lines, portions)?
        .iter()
        .map(|(line, quantity)| line.ask(line.from, *quantity, hold.transfer_id))
        .collect();
    post::apply(tx, now, transfer_id, &asks, &[])
}

fn end(
    tx: &mut Tx<'_>,
    now: Timestamp,
    hold_id: &str,
    state: HoldState,
) -> Result<(), LedgerError> {
    tx.execute(
        "UPDATE ledger_holds SET state = $2, ended_at = $3 WHERE id = $1",
        params![hold_id, state.name(), now.as_microsecond()],
    )?;
    Ok(())
}

/// A movement of which something is left to close.
#[derive(Debug, Clone)]
pub(crate) struct OpenMove {
    pub position: i64,
    pub line: i64,
    pub unit: String,
    pub from: i64,
    pub to: i64,
    pub lot: i64,
    pub onward: Option<i64>,
    pub left: i64,
}

impl OpenMove {
    /// The movement that takes a part of this one on from where it stands.
    pub(crate) fn ask(&self, to: i64, quantity: i64, transfer_id: i64) -> Ask {
        Ask {
            line: self.line,
            unit: self.unit.clone(),
            from: self.to,
            to,
            quantity,
            lot: LotAsk::Exactly(self.lot),
            onward: None,
            of: Some((transfer_id, self.position)),
        }
    }
}

/// A transfer's movements that are not wholly closed, in their order; the ledger's own left out.
pub(crate) fn open_lines(tx: &mut Tx<'_>, transfer_id: i64) -> Result<Vec<OpenMove>, LedgerError> {
    let rows = tx.fetch(
        "SELECT position, line, unit, from_account, to_account, lot_id, onward_account,
                quantity - closed
         FROM ledger_moves WHERE transfer_id = $1 AND quantity > closed AND line >= 0
         ORDER BY position",
        params![transfer_id],
    )?;
    let open = rows.iter().map(|row| {
        Ok(OpenMove {
            position: row.get(0)?,
            line: row.get(1)?,
            unit: row.get(2)?,
            from: row.get(3)?,
            to: row.get(4)?,
            lot: row.get(5)?,
            onward: row.get(6)?,
            left: row.get(7)?,
        })
    });
    open.collect()
}

/// How much of which movements the portions take, in the order of the movements.
pub(crate) fn choose<'a>(
    open: &'a [OpenMove],
    portions: &Portions,
) -> Result<Vec<(&'a OpenMove, i64)>, LedgerError> {
    let lines = match portions {
        Portions::Lines(lines) => lines,
        Portions::All => return Ok(open.iter().map(|line| (line, line.left)).collect()),
        Portions::AllBut(gone) => return Ok(all_but(open, gone)),
    };
    if lines.is_empty() {
        return Err(LedgerError::BeyondLine { line: 0, wanted: 1, left: 0 });
    }
    let mut asked: BTreeMap<i64, i64> = BTreeMap::new();
    for &(line, quantity) in lines {
        post::check_quantity(quantity)?;
        if !open.iter().any(|open| open.line == line) {
            return Err(LedgerError::BeyondLine { line, wanted: quantity, left: 0 });
        }
        let sum = asked.entry(line).or_default();
        *sum = sum.saturating_add(quantity);
    }
    // A line may hold stock and a coupon use: each of its units is taken so far.
    let mut wanted: BTreeMap<(i64, &str), i64> = open
        .iter()
        .filter_map(|open| Some(((open.line, open.unit.as_str()), *asked.get(&open.line)?)))
        .collect();
    let mut chosen = Vec::new();
    for open in open {
        if let Some(left) = wanted.get_mut(&(open.line, open.unit.as_str())) {
            let taken = open.left.min(*left);
            *left -= taken;
            if taken > 0 {
                chosen.push((open, taken));
            }
        }
    }
    match wanted.iter().find(|(_, left)| **left > 0) {
        Some(((line, _), left)) => {
            let wanted = asked.get(line).copied().unwrap_or(*left);
            Err(LedgerError::BeyondLine { line: *line, wanted, left: wanted - left })
        }
        None => Ok(chosen),
    }
}

fn all_but<'a>(open: &'a [OpenMove], gone: &[(i64, i64)]) -> Vec<(&'a OpenMove, i64)> {
    let mut gone_of: BTreeMap<(i64, &str), i64> = BTreeMap::new();
    for open in open {
        let of_line = gone.iter().filter(|(line, _)| *line == open.line).map(|(_, n)| n).sum();
        gone_of.insert((open.line, open.unit.as_str()), of_line);
    }
    let mut chosen = Vec::new();
    for open in open {
        let gone = gone_of.entry((open.line, open.unit.as_str())).or_default();
        let stays = open.left.min(*gone);
        *gone -= stays;
        if open.left > stays {
            chosen.push((open, open.left - stays));
        }
    }
    chosen
}
