//! Booking lots of points until the ledger says what they should come to.
//!
//! A lot has a goal: so many points granted, so many of them due back. Only the difference to what
//! was booked before is booked, so whatever comes twice, late or in another order ends the same.
//! Callers have the member's row taken.

use jiff::Timestamp;
use mercer_db::{Row, Tx, params};
use mercer_ledger::account::AccountKey;
use mercer_ledger::read;
use mercer_ledger::transfer::{Leg, Lots, NewLot, Transfer, transfer};
use mercer_loyalty_engine::calendar::Day;
use mercer_loyalty_engine::posting::{Posting, WhenSpent};

use crate::days::{Validity, validity};
use crate::terms::InForce;
use crate::{LoyaltyError, accounts, look};

/// For what kind of thing points were granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Order,
    Referral,
    Activity,
    Challenge,
    Wheel,
}

impl Source {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Referral => "referral",
            Self::Activity => "activity",
            Self::Challenge => "challenge",
            Self::Wheel => "wheel",
        }
    }
}

/// A lot as it was booked so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LotRow {
    pub lot: String,
    pub customer: String,
    pub fact: String,
    pub rule: String,
    pub source: String,
    pub line: Option<u32>,
    pub day: Day,
    /// The most that it ever was to give.
    pub granted: i64,
    /// What it no longer gives of that, because its order changed; part of `due_back`.
    pub unearned: i64,
    /// What came back, in all.
    pub due_back: i64,
    pub taken: i64,
    pub forgiven: i64,
    pub expired: i64,
    pub is_pending: bool,
    pub expires_at: Option<i64>,
    pub n_booked: i64,
}

impl LotRow {
    /// What it gave, less what came back.
    pub(crate) fn net(&self) -> i64 {
        self.granted - self.due_back
    }

    /// What it gives by what it is for now, before returns.
    pub(crate) fn earned(&self) -> i64 {
        self.granted - self.unearned
    }

    fn account(&self) -> AccountKey {
        if self.is_pending {
            accounts::pending(&self.customer)
        } else {
            accounts::available(&self.customer)
        }
    }
}

const COLUMNS: &str = "lot, customer_id, fact, rule, source, line, day, granted, unearned, \
    due_back, taken, forgiven, expired, is_pending, expires_at, n_booked";

fn of_row(row: &Row) -> Result<LotRow, LoyaltyError> {
    Ok(LotRow {
        lot: row.get(0)?,
        customer: row.get(1)?,
        fact: row.get(2)?,
        rule: row.get(3)?,
        source: row.get(4)?,
        line: row.get::<Option<i64>>(5)?.and_then(|line| line.try_into().ok()),
        day: day_of_number(row.get(6)?)?,
        granted: row.get(7)?,
        unearned: row.get(8)?,
        due_back: row.get(9)?,
        taken: row.get(10)?,
        forgiven: row.get(11)?,
        expired: row.get(12)?,
        is_pending: row.get(13)?,
        expires_at: row.get(14)?,
        n_booked: row.get(15)?,
    })
}

/// A day as it is stored.
pub(crate) fn day_of_number(number: i64) -> Result<Day, LoyaltyError> {
    let day = i32::try_from(number).ok().and_then(Day::from_number);
    day.ok_or_else(|| LoyaltyError::broken("a day", "it lies outside the calendar"))
}

/// One lot; none of this key was ever granted.
pub(crate) fn lot(tx: &mut Tx<'_>, key: &str) -> Result<Option<LotRow>, LoyaltyError> {
    let sql = format!("SELECT {COLUMNS} FROM loyalty_lots WHERE lot = $1");
    tx.fetch_optional(&sql, params![key])?.as_ref().map(of_row).transpose()
}

/// The lots of a fact, by their keys.
pub(crate) fn lots_of_fact(
    tx: &mut Tx<'_>,
    fact: &str,
    source: Source,
) -> Result<Vec<LotRow>, LoyaltyError> {
    let sql =
        format!("SELECT {COLUMNS} FROM loyalty_lots WHERE fact = $1 AND source = $2 ORDER BY lot");
    tx.fetch(&sql, params![fact, source.name()])?.iter().map(of_row).collect()
}

/// The lots of a member, by day and key.
pub(crate) fn lots_of_member(tx: &mut Tx<'_>, customer: &str) -> Result<Vec<LotRow>, LoyaltyError> {
    let sql =
        format!("SELECT {COLUMNS} FROM loyalty_lots WHERE customer_id = $1 ORDER BY day, lot");
    tx.fetch(&sql, params![customer])?.iter().map(of_row).collect()
}

/// What a posting is of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub fact: &'a str,
    pub source: Source,
    pub line: Option<u32>,
}

/// Grants what a posting says; once more changes nothing.
pub(crate) fn grant(
    tx: &mut Tx<'_>,
    now: Timestamp,
    force: &InForce,
    posting: &Posting,
    origin: Origin<'_>,
) -> Result<(), LoyaltyError> {
    if lot(tx, &posting.lot)?.is_none() {
        let Validity { available_at, expires_at } = validity(&posting.movement, &force.zone)
            .ok_or_else(|| LoyaltyError::broken("a grant", "its days lie outside the calendar"))?;
        let is_pending = available_at > now;
        tx.execute(
            "INSERT INTO loyalty_lots (lot, customer_id, fact, rule, source, line, day, granted,
                unearned, due_back, taken, forgiven, expired, is_pending, available_at, expires_at, reason,
                n_booked)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, 0, 0, 0, $8, $9, $10, $11, 0)",
            params![
                &posting.lot,
                &posting.customer,
                origin.fact,
                &posting.rule,
                origin.source.name(),
                origin.line,
                posting.day.number(),
                is_pending,
                available_at.as_microsecond(),
                expires_at.map(Timestamp::as_microsecond),
                &posting.reason
            ],
        )?;
        if is_pending {
            look::wake(tx, now, available_at)?;
        }
        if let Some(expires_at) = expires_at {
            let days = i64::from(force.terms.expiry_warning_days.unwrap_or(0));
            look::wake(tx, now, expires_at - jiff::SignedDuration::from_hours(24 * days))?;
        }
    }
    let Some(row) = lot(tx, &posting.lot)? else { return Ok(()) };
    let goal = Goal { granted: posting.points, due_back: row.due_back - row.unearned };
    settle(tx, now, &row, goal, force.programme().when_spent)
}

/// What a lot should come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Goal {
    /// What it gives, before returns.
    pub granted: i64,
    /// What of that came back.
    pub due_back: i64,
}

impl Goal {
    /// All that it gives came back.
    pub(crate) fn all_back(row: &LotRow) -> Self {
        Self { granted: row.earned(), due_back: row.earned() }
    }

    /// So much of what it gives came back.
    pub(crate) fn back(row: &LotRow, due_back: i64) -> Self {
        Self { granted: row.earned(), due_back }
    }
}

/// Books what is missing between a lot and its goal.
pub(crate) fn settle(
    tx: &mut Tx<'_>,
    now: Timestamp,
    row: &LotRow,
    goal: Goal,
    when_spent: WhenSpent,
) -> Result<(), LoyaltyError> {
    // What is granted once is not granted less, but taken back.
    let granted = row.granted.max(goal.granted);
    let unearned = granted - goal.granted.max(0);
    let due_back = (goal.due_back.max(0) + unearned).min(granted);
    let before = row.taken + row.forgiven;
    // What expired is gone already, so that no more is taken; what was taken stays so.
    let gone = due_back.min((granted - row.expired).max(before));
    let change = gone - before;
    let is_same = (granted, unearned, due_back) == (row.granted, row.unearned, row.due_back);
    if is_same && change == 0 {
        return Ok(());
    }
    let mut booking = Booking { row: LotRow { granted, unearned, due_back, ..row.clone() } };
    if granted > row.granted {
        booking.give(tx, now, accounts::issued(), granted - row.granted)?;
    }
    if change > 0 {
        booking.take(tx, now, change, when_spent)?;
    }
    if change < 0 {
        let forgiven = booking.row.forgiven.min(-change);
        booking.row.forgiven -= forgiven;
        let back = -change - forgiven;
        booking.row.taken -= back;
        if back > 0 {
            booking.give(tx, now, accounts::taken_back(), back)?;
        }
    }
    booking.keep(tx)?;
    if booking.row.is_pending { Ok(()) } else { accounts::tighten(tx, &row.customer) }
}

/// A lot being booked.
struct Booking {
    row: LotRow,
}

impl Booking {
    fn move_points(
        &mut self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        reason: &str,
        leg: Leg,
    ) -> Result<(), LoyaltyError> {
        let new = Transfer {
            key: format!("points:{}:{}", self.row.lot, self.row.n_booked),
            subject: self.row.fact.clone(),
            reason: reason.to_owned(),
            legs: vec![leg],
        };
        self.row.n_booked += 1;
        let _ = transfer(tx, now, &new)?;
        Ok(())
    }

    fn give(
        &mut self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        from: AccountKey,
        quantity: i64,
    ) -> Result<(), LoyaltyError> {
        let is_first = from == accounts::issued();
        let lots = if is_first {
            Lots::New(NewLot {
                origin: self.row.lot.clone(),
                priority: 0,
                expires_at: self.row.expires_at.map(mercer_core::clock::instant_of_micros),
            })
        } else {
            Lots::Of(self.row.lot.clone())
        };
        let reason = if is_first { "earned" } else { "granted_again" };
        let leg = Leg { line: 0, from, to: self.row.account(), quantity, lots };
        self.move_points(tx, now, reason, leg)
    }

    fn take(
        &mut self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        quantity: i64,
        when_spent: WhenSpent,
    ) -> Result<(), LoyaltyError> {
        let from = self.row.account();
        let owes = !self.row.is_pending && when_spent == WhenSpent::Owe;
        let there = if owes { quantity } else { left_of(tx, &from, &self.row.lot)?.min(quantity) };
        if there > 0 {
            let origin = self.row.lot.clone();
            let lots = if owes { Lots::First(origin) } else { Lots::Of(origin) };
            if owes {
                accounts::loosen(tx, &self.row.customer)?;
            }
            let leg = Leg { line: 0, from, to: accounts::taken_back(), quantity: there, lots };
            self.move_points(tx, now, "taken_back", leg)?;
        }
        self.row.taken += there;
        self.row.forgiven += quantity - there;
        Ok(())
    }

    fn keep(&self, tx: &mut Tx<'_>) -> Result<(), LoyaltyError> {
        let row = &self.row;
        tx.execute(
            "UPDATE loyalty_lots SET granted = $2, due_back = $3, taken = $4, forgiven = $5,
                    expired = $6, is_pending = $7, n_booked = $8, unearned = $9 WHERE lot = $1",
            params![
                &row.lot,
                row.granted,
                row.due_back,
                row.taken,
                row.forgiven,
                row.expired,
                row.is_pending,
                row.n_booked,
                row.unearned
            ],
        )?;
        Ok(())
    }
}

/// How much of a lot lies on an account.
fn left_of(tx: &mut Tx<'_>, account: &AccountKey, lot: &str) -> Result<i64, LoyaltyError> {
    let lots = read::lots(tx, account)?;
    Ok(lots.iter().filter(|one| one.origin == lot).map(|one| one.quantity).sum())
}

/// Makes points spendable whose day has come; how many.
pub(crate) fn mature(tx: &mut Tx<'_>, now: Timestamp, customer: &str) -> Result<i64, LoyaltyError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM loyalty_lots
         WHERE customer_id = $1 AND is_pending = 1 AND available_at <= $2 ORDER BY lot"
    );
    let rows = tx.fetch(&sql, params![customer, now.as_microsecond()])?;
    let mut sum = 0;
    for row in &rows {
        let mut booking = Booking { row: of_row(row)? };
        let quantity = left_of(tx, &accounts::pending(customer), &booking.row.lot)?;
        if quantity > 0 {
            let lots = Lots::Of(booking.row.lot.clone());
            let (from, to) = (accounts::pending(customer), accounts::available(customer));
            let leg = Leg { line: 0, from, to, quantity, lots };
            booking.move_points(tx, now, "matured", leg)?;
            sum += quantity;
        }
        booking.row.is_pending = false;
        booking.keep(tx)?;
    }
    if sum > 0 {
        accounts::tighten(tx, customer)?;
    }
    Ok(sum)
}

/// Moves points away whose time is over; how many.
pub(crate) fn expire(tx: &mut Tx<'_>, now: Timestamp, customer: &str) -> Result<i64, LoyaltyError> {
    let mut sum = 0;
    for account in [accounts::available(customer), accounts::pending(customer)] {
        let over = read::lots(tx, &account)?;
        let over = over.iter().filter(|lot| {
            lot.quantity > 0 && lot.expires_at.is_some_and(|expires_at| expires_at <= now)
        });
        for found in over {
            let row = lot(tx, &found.origin)?.ok_or_else(|| {
                LoyaltyError::broken("a lot of points", "loyalty did not grant it")
            })?;
            let mut booking = Booking { row };
            let leg = Leg {
                line: 0,
                from: account.clone(),
                to: accounts::expired(),
                quantity: found.quantity,
                lots: Lots::Of(found.origin.clone()),
            };
            booking.move_points(tx, now, "expired", leg)?;
            booking.row.expired += found.quantity;
            booking.keep(tx)?;
            sum += found.quantity;
        }
    }
    Ok(sum)
}

/// Lets a member's points live on after an activity that renews them.
pub(crate) fn renew(
    tx: &mut Tx<'_>,
    now: Timestamp,
    force: &InForce,
    (customer, day): (&str, Day),
) -> Result<(), LoyaltyError> {
    let Some(last) = force.programme().expiry.renewed_to(day) else { return Ok(()) };
    let Some(until) = crate::days::start_of(last.after(1), &force.zone) else { return Ok(()) };
    if until > now {
        mercer_ledger::lots::extend(tx, now, (accounts::POINTS, customer), until)?;
    }
    Ok(())
}
