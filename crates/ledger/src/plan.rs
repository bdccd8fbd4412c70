//! Which lots a transfer takes: pure, over the accounts' state as it was read.
//!
//! Lots are taken in their order, then debt where the floor allows it. What comes to an account
//! in debt pays the debt first, by two movements through the world's account `debt`.

use std::collections::HashMap;

use crate::account::{AccountKey, number};
use crate::error::LedgerError;
use crate::{NEVER, QUANTITY_MAX};

/// The lot of debts.
pub(crate) const DEBT_LOT: i64 = 0;
/// As its row in the schema says.
const DEBT_FACTS: LotFacts = LotFacts { rank: (0, NEVER, 0), is_spendable: true };
/// Line of movements that the ledger makes by itself.
pub(crate) const LINE_INTERNAL: i64 = -1;
/// Role of the world's account through which debts are paid.
pub(crate) const DEBT_ROLE: &str = "debt";

/// Of which lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LotAsk {
    /// In the order of lots.
    Next,
    /// This one only, expired or not.
    Exactly(i64),
    /// This one as far as it goes, then others.
    FirstOf(i64),
}

/// A movement that is wanted.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub line: i64,
    pub unit: String,
    pub from: i64,
    pub to: i64,
    pub quantity: i64,
    pub lot: LotAsk,
    pub onward: Option<i64>,
    /// The movement that this one closes.
    pub of: Option<(i64, i64)>,
}

/// A movement to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Move {
    pub line: i64,
    pub unit: String,
    pub from: i64,
    pub to: i64,
    pub lot: i64,
    pub quantity: i64,
    pub onward: Option<i64>,
    pub of: Option<(i64, i64)>,
}

/// A lot on an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LotState {
    pub id: i64,
    pub quantity: i64,
    pub facts: LotFacts,
}

/// What a lot is, wherever it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LotFacts {
    /// Priority, expiry, beginning: what is lower is taken first.
    pub rank: (i64, i64, i64),
    pub is_spendable: bool,
}

/// A counted account, its lots in the order in which they are taken.
#[derive(Debug, Clone)]
pub(crate) struct AccountState {
    pub key: AccountKey,
    pub floor: i64,
    pub lots: Vec<LotState>,
    /// What is owed, not negative.
    pub debt: i64,
    /// All lots less the debt.
    pub balance: i64,
}

impl AccountState {
    fn available(&self) -> i64 {
        let lots: i64 = self.lots.iter().filter(|l| l.facts.is_spendable).map(|l| l.quantity).sum();
        lots - self.floor - self.debt
    }

    /// Takes up to `wanted` of a lot.
    fn take_of(&mut self, lot: i64, wanted: i64) -> i64 {
        let found = self.lots.iter_mut().find(|l| l.id == lot);
        found.map_or(0, |lot| {
            let taken = lot.quantity.min(wanted);
            lot.quantity -= taken;
            self.balance -= taken;
            taken
        })
    }

    /// Takes from lots in their order, then debt; the parts by lot, or what was available.
    fn take_next(&mut self, mut wanted: i64) -> Result<Vec<(i64, i64)>, i64> {
        let available = self.available();
        if wanted > available {
            return Err(available);
        }
        self.balance -= wanted;
        let mut parts = Vec::new();
        for lot in self.lots.iter_mut().filter(|l| l.facts.is_spendable && l.quantity > 0) {
            let taken = lot.quantity.min(wanted);
            lot.quantity -= taken;
            wanted -= taken;
            parts.push((lot.id, taken));
            if wanted == 0 {
                return Ok(parts);
            }
        }
        self.debt += wanted;
        parts.push((DEBT_LOT, wanted));
        Ok(parts)
    }

    /// Puts a quantity of a lot on the account; how much of it pays debt.
    fn put(&mut self, lot: LotState) -> i64 {
        self.balance += lot.quantity;
        if lot.id == DEBT_LOT && self.debt > 0 {
            // What was owed comes back itself.
            let paid = self.debt.min(lot.quantity);
            self.debt -= paid;
            self.add(LotState { quantity: lot.quantity - paid, ..lot });
            return 0;
        }
        let paid = if lot.facts.is_spendable { self.debt.min(lot.quantity) } else { 0 };
        self.debt -= paid;
        self.add(LotState { quantity: lot.quantity - paid, ..lot });
        paid
    }

    fn add(&mut self, lot: LotState) {
        match self.lots.iter_mut().find(|l| l.id == lot.id) {
            Some(known) => known.quantity += lot.quantity,
            None => {
                let after = |known: &LotState| (known.facts.rank, known.id);
                let at = self.lots.partition_point(|l| after(l) < after(&lot));
                self.lots.insert(at, lot);
            }
        }
    }
}

/// The counted accounts that a transfer touches, and the lots that lie on them or come to them.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    pub by_id: HashMap<i64, AccountState>,
    pub lots: HashMap<i64, LotFacts>,
}

impl Accounts {
    /// The movements that answer the asks in their order, or the first shortage.
    pub(crate) fn plan(&mut self, asks: &[Ask]) -> Result<Vec<Move>, LedgerError> {
        let mut moves = Vec::with_capacity(asks.len());
        for ask in asks {
            for (lot, quantity) in self.take(ask)? {
                moves.push(Move {
                    line: ask.line,
                    unit: ask.unit.clone(),
                    from: ask.from,
                    to: ask.to,
                    lot,
                    quantity,
                    onward: ask.onward,
                    of: ask.of,
                });
                self.put(ask, lot, quantity, &mut moves)?;
            }
        }
        Ok(moves)
    }

    fn take(&mut self, ask: &Ask) -> Result<Vec<(i64, i64)>, LedgerError> {
        let wanted = ask.quantity;
        let Some(account) = self.by_id.get_mut(&ask.from) else {
            // The world has any quantity of the lot that is named.
            return match ask.lot {
                LotAsk::Exactly(lot) | LotAsk::FirstOf(lot) => Ok(vec![(lot, wanted)]),
                LotAsk::Next => Err(LedgerError::NoLot { account: ask.from.to_string() }),
            };
        };
        let short = |account: &AccountState, available| LedgerError::Short {
            account: Box::new(account.key.clone()),
            line: ask.line,
            wanted,
            available,
        };
        match ask.lot {
            LotAsk::Next => account.take_next(wanted).map_err(|n| short(account, n)),
            LotAsk::Exactly(lot) => {
                let taken = account.take_of(lot, wanted);
                if taken == wanted { Ok(vec![(lot, taken)]) } else { Err(short(account, taken)) }
            }
            LotAsk::FirstOf(lot) => {
                let first = account.take_of(lot, wanted);
                let mut parts = Vec::new();
                if first > 0 {
                    parts.push((lot, first));
                }
                if first < wanted {
                    let rest = account.take_next(wanted - first);
                    parts.extend(rest.map_err(|n| short(account, n + first))?);
                }
                Ok(parts)
            }
        }
    }

    fn put(
        &mut self,
        ask: &Ask,
        lot: i64,
        quantity: i64,
        moves: &mut Vec<Move>,
    ) -> Result<(), LedgerError> {
        let Some(account) = self.by_id.get_mut(&ask.to) else { return Ok(()) };
        if account.balance > QUANTITY_MAX - quantity {
            return Err(LedgerError::BadQuantity { quantity: ask.quantity });
        }
        let facts = if lot == DEBT_LOT { Some(&DEBT_FACTS) } else { self.lots.get(&lot) };
        let unknown = || LedgerError::Unknown { what: "lot", id: lot.to_string() };
        let facts = *facts.ok_or_else(unknown)?;
        let paid = account.put(LotState { id: lot, quantity, facts });
        if paid == 0 {
            return Ok(());
        }
        let debts = number(&[&ask.unit, "world", DEBT_ROLE]);
        let step = |from, to, lot| Move {
            line: LINE_INTERNAL,
            unit: ask.unit.clone(),
            from,
            to,
            lot,
            quantity: paid,
            onward: None,
            of: None,
        };
        moves.push(step(ask.to, debts, lot));
        moves.push(step(debts, ask.to, DEBT_LOT));
        Ok(())
    }
}
