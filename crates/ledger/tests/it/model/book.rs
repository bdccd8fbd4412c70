//! The ledger as one would keep it on paper: plain lists, nothing clever. Shares no code with it.

mod holds;

use std::collections::{BTreeMap, HashMap};

/// The lot of debts.
const DEBT: usize = 0;

/// An account: of which unit, and whose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub unit: u8,
    pub who: Who,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    World,
    Owner(u8),
    HeldOf(u8),
}

impl Place {
    pub fn name(self) -> String {
        let Self { unit, who } = self;
        match who {
            Who::World => format!("unit{unit} of world (out)"),
            Who::Owner(owner) => format!("unit{unit} of owner{owner} (available)"),
            Who::HeldOf(owner) => format!("unit{unit} of owner{owner} (available.held)"),
        }
    }

    fn held(self) -> Self {
        match self.who {
            Who::Owner(owner) => Self { who: Who::HeldOf(owner), ..self },
            _ => panic!("the test holds of owners only"),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLot {
    pub origin: String,
    pub priority: i64,
    pub expires_at: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    pub line: i64,
    pub from: Place,
    pub to: Place,
    pub quantity: i64,
    pub lot: Option<NewLot>,
}

/// By line and quantity; all without it.
pub type Portions = Option<Vec<(i64, i64)>>;

/// What is asked of the ledger; instants in microseconds, holds and entries by when they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    Open { place: Place, floor: i64 },
    Transfer { key: String, legs: Vec<Leg> },
    Hold { key: String, expires_at: i64, legs: Vec<Leg> },
    Commit { key: String, hold: usize, portions: Portions, releases_rest: bool },
    Release { hold: usize },
    ReleasePart { key: String, hold: usize, portions: Portions },
    Extend { hold: usize, expires_at: i64 },
    Reverse { key: String, entry: usize, portions: Portions, refuses: bool },
    Expire,
}

impl Request {
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Transfer { key, .. }
            | Self::Hold { key, .. }
            | Self::Commit { key, .. }
            | Self::ReleasePart { key, .. }
            | Self::Reverse { key, .. } => Some(key),
            Self::Open { .. } | Self::Release { .. } | Self::Extend { .. } | Self::Expire => None,
        }
    }

    /// As it was asked, but for the expiry of a hold, which a repetition may have later.
    fn essence(&self) -> Self {
        match self.clone() {
            Self::Hold { key, legs, .. } => Self::Hold { key, expires_at: 0, legs },
            other => other,
        }
    }
}

/// What it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Fine,
    Posted { entry: usize, is_new: bool },
    Released(bool),
    Expired(usize),
    Refused(String),
}

#[derive(Debug, Clone)]
struct Lot {
    origin: String,
    unit: u8,
    priority: i64,
    created_at: i64,
    expires_at: i64,
}

#[derive(Debug, Clone, Default)]
struct Account {
    floor: i64,
    lots: BTreeMap<usize, i64>,
    debt: i64,
}

#[derive(Debug, Clone)]
struct Move {
    line: i64,
    from: Place,
    to: Place,
    onward: Option<Place>,
    /// Where a reversal brings it.
    home: Place,
    lot: usize,
    quantity: i64,
    left: i64,
}

#[derive(Debug, Clone)]
struct Entry {
    is_reversible: bool,
    moves: Vec<Move>,
}

#[derive(Debug, Clone)]
struct Hold {
    entry: usize,
    state: &'static str,
    is_partly_committed: bool,
    created_at: i64,
    expires_at: i64,
    ended_at: i64,
}

/// Which lot a quantity is to be of.
#[derive(Clone, Copy)]
enum Of {
    Next,
    Exactly(usize),
    First(usize),
}

type Result<T> = std::result::Result<T, String>;

#[derive(Debug, Clone)]
pub struct Book {
    pub now: i64,
    accounts: BTreeMap<Place, Account>,
    lots: Vec<Lot>,
    entries: Vec<Entry>,
    holds: Vec<Hold>,
    keys: HashMap<String, (Request, usize)>,
    /// An entry number for what has a key and is no entry.
    n_expired: usize,
}

impl Book {
    pub fn new(now: i64) -> Self {
        let debt = Lot {
            origin: "debt".to_owned(),
            unit: u8::MAX,
            priority: 0,
            created_at: 0,
            expires_at: i64::MAX,
        };
        Self {
            now,
            accounts: BTreeMap::new(),
            lots: vec![debt],
            entries: Vec::new(),
            holds: Vec::new(),
            keys: HashMap::new(),
            n_expired: 0,
        }
    }

    /// Does it, or changes nothing and says why.
    pub fn ask(&mut self, request: &Request) -> Answer {
        let before = self.clone();
        self.try_ask(request).unwrap_or_else(|refusal| {
            *self = before;
            Answer::Refused(refusal)
        })
    }

    fn try_ask(&mut self, request: &Request) -> Result<Answer> {
        match request {
            Request::Open { place, floor } => self.open(*place, *floor).map(|()| Answer::Fine),
            Request::Transfer { legs, .. } => {
                if let Some(before) = self.before(request)? {
                    return Ok(before);
                }
                let moves = self.leg_moves(legs, false)?;
                Ok(self.post(request, true, moves))
            }
            Request::Hold { expires_at, legs, .. } => self.hold(request, *expires_at, legs),
            Request::Commit { hold, portions, releases_rest, .. } => {
                self.commit(request, *hold, portions, *releases_rest)
            }
            Request::Release { hold } => self.release(*hold).map(Answer::Released),
            Request::ReleasePart { hold, portions, .. } => {
                self.release_part(request, *hold, portions)
            }
            Request::Extend { hold, expires_at } => {
                self.check_open(*hold)?;
                if *expires_at <= self.now {
                    return Err("bad expiry".to_owned());
                }
                self.holds[*hold].expires_at = *expires_at;
                Ok(Answer::Fine)
            }
            Request::Reverse { entry, portions, refuses, .. } => {
                self.reverse(request, *entry, portions, *refuses)
            }
            Request::Expire => {
                let n_before = self.n_expired;
                self.expire(self.overdue(|_| true, |hold| (hold.expires_at, hold.created_at)));
                Ok(Answer::Expired(self.n_expired - n_before))
            }
        }
    }

    fn open(&mut self, place: Place, floor: i64) -> Result<()> {
        let account = self.accounts.entry(place).or_default();
        account.floor = floor;
        let balance = account.lots.values().sum::<i64>() - account.debt;
        if balance < floor || -account.debt < floor {
            return Err("not opened".to_owned());
        }
        self.accounts.entry(place.held()).or_default();
        Ok(())
    }

    /// The answer of the same request before; a refusal when its key was another's.
    fn before(&self, request: &Request) -> Result<Option<Answer>> {
        let Some(known) = request.key().and_then(|key| self.keys.get(key)) else {
            return Ok(None);
        };
        if known.0 == request.essence() {
            Ok(Some(match request {
                Request::ReleasePart { .. } => Answer::Fine,
                _ => Answer::Posted { entry: known.1, is_new: false },
            }))
        } else {
            Err("key reused".to_owned())
        }
    }

    fn remember(&mut self, request: &Request, entry: usize) {
        let key = request.key().expect("a key").to_owned();
        self.keys.insert(key, (request.essence(), entry));
    }

    fn post(&mut self, request: &Request, is_reversible: bool, moves: Vec<Move>) -> Answer {
        self.entries.push(Entry { is_reversible, moves });
        let entry = self.entries.len() - 1;
        self.remember(request, entry);
        Answer::Posted { entry, is_new: true }
    }

    fn leg_moves(&mut self, legs: &[Leg], holds: bool) -> Result<Vec<Move>> {
        if legs.is_empty() {
            return Err("no legs".to_owned());
        }
        for leg in legs {
            if leg.from == leg.to || leg.from.unit != leg.to.unit {
                return Err("bad leg".to_owned());
            }
            if leg.quantity <= 0 {
                return Err("bad quantity".to_owned());
            }
        }
        if legs.iter().any(|leg| leg.from.who == Who::World && leg.lot.is_none()) {
            return Err("no lot".to_owned());
        }
        for place in legs.iter().flat_map(|leg| [leg.from, leg.to]) {
            if place.who != Who::World && !self.accounts.contains_key(&place) {
                return Err("no account".to_owned());
            }
        }
        let mut wanted = Vec::new();
        for leg in legs {
            let of = leg
                .lot
                .as_ref()
                .map_or(Of::Next, |lot| Of::Exactly(self.lot_of(leg.from.unit, lot)));
            let to = if holds { leg.from.held() } else { leg.to };
            let onward = holds.then_some(leg.to);
            wanted.push((leg.line, leg.from, to, onward, leg.from, leg.quantity, of));
        }
        self.carry(&wanted)
    }

    fn lot_of(&mut self, unit: u8, lot: &NewLot) -> usize {
        let known = self.lots.iter().position(|l| l.unit == unit && l.origin == lot.origin);
        known.unwrap_or_else(|| {
            self.lots.push(Lot {
                origin: lot.origin.clone(),
                unit,
                priority: lot.priority,
                created_at: self.now,
                expires_at: lot.expires_at.unwrap_or(i64::MAX),
            });
            self.lots.len() - 1
        })
    }

    /// Carries quantities over, all of them. Who is short first gets back what holds of the
    /// account keep beyond their time.
    #[expect(clippy::type_complexity, reason = "line, from, to, onward, home, quantity, lot")]
    fn carry(
        &mut self,
        wanted: &[(i64, Place, Place, Option<Place>, Place, i64, Of)],
    ) -> Result<Vec<Move>> {
        loop {
            let (accounts, mut moves) = (self.accounts.clone(), Vec::new());
            let mut short = None;
            for &(line, from, to, onward, home, quantity, of) in wanted {
                match self.take(from, quantity, of) {
                    Ok(parts) => {
                        for (lot, quantity) in parts {
                            self.put(to, lot, quantity);
                            let left = quantity;
                            moves.push(Move { line, from, to, onward, home, lot, quantity, left });
                        }
                    }
                    Err(available) => {
                        let name = from.name();
                        short = Some((from, format!("short {name} {line} {quantity} {available}")));
                        break;
                    }
                }
            }
            let Some((place, refusal)) = short else { return Ok(moves) };
            self.accounts = accounts;
            let touches = |hold: &Hold| {
                self.entries[hold.entry].moves.iter().any(|moved| moved.from == place)
            };
            let overdue = self.overdue(touches, |hold| (hold.created_at, 0));
            if overdue.is_empty() {
                return Err(refusal);
            }
            self.expire(overdue);
        }
    }

    fn is_spendable(&self, lot: usize) -> bool {
        self.lots[lot].expires_at > self.now
    }

    fn available(&self, account: &Account) -> i64 {
        let lots = account.lots.iter().filter(|(lot, _)| self.is_spendable(**lot));
        lots.map(|(_, n)| n).sum::<i64>() - account.debt - account.floor
    }

    /// Takes parts of lots from a place, or says how much there is.
    fn take(
        &mut self,
        place: Place,
        quantity: i64,
        of: Of,
    ) -> std::result::Result<Vec<(usize, i64)>, i64> {
        if place.who == Who::World {
            return match of {
                Of::Exactly(lot) | Of::First(lot) => Ok(vec![(lot, quantity)]),
                Of::Next => panic!("refused before"),
            };
        }
        let mut account = self.accounts[&place].clone();
        let mut parts = Vec::new();
        let mut missing = quantity;
        if let Of::Exactly(lot) | Of::First(lot) = of {
            let n = account.lots.get(&lot).copied().unwrap_or(0).min(missing);
            if n > 0 {
                *account.lots.get_mut(&lot).expect("it is there") -= n;
                parts.push((lot, n));
                missing -= n;
            }
        }
        if missing > 0 {
            if matches!(of, Of::Exactly(_)) {
                return Err(quantity - missing);
            }
            let available = self.available(&account);
            if missing > available {
                return Err(available + quantity - missing);
            }
            let mut order: Vec<usize> =
                account.lots.keys().copied().filter(|lot| self.is_spendable(*lot)).collect();
            order.sort_by_key(|lot| {
                let Lot { priority, expires_at, created_at, .. } = self.lots[*lot];
                (priority, expires_at, created_at)
            });
            for lot in order {
                let n = account.lots[&lot].min(missing);
                if n > 0 {
                    *account.lots.get_mut(&lot).expect("it is there") -= n;
                    parts.push((lot, n));
                    missing -= n;
                }
            }
            if missing > 0 {
                account.debt += missing;
                parts.push((DEBT, missing));
            }
        }
        account.lots.retain(|_, n| *n > 0);
        self.accounts.insert(place, account);
        Ok(parts)
    }

    /// What comes to somebody in debt pays it, unless it can no longer be spent.
    fn put(&mut self, place: Place, lot: usize, quantity: i64) {
        let pays = self.is_spendable(lot);
        let Some(account) = self.accounts.get_mut(&place) else { return };
        let paid = if pays { account.debt.min(quantity) } else { 0 };
        account.debt -= paid;
        if quantity > paid {
            *account.lots.entry(lot).or_default() += quantity - paid;
        }
    }

    /// Balance, held, available.
    pub fn figures(&self, place: Place) -> (i64, i64, i64) {
        let Some(account) = self.accounts.get(&place) else { return (0, 0, 0) };
        let balance = account.lots.values().sum::<i64>() - account.debt;
        let held = self.accounts[&place.held()].lots.values().sum();
        (balance, held, self.available(account))
    }

    /// Origins and quantities, by name.
    pub fn lots(&self, place: Place) -> BTreeMap<String, i64> {
        let Some(account) = self.accounts.get(&place) else { return BTreeMap::new() };
        let mut lots: BTreeMap<String, i64> =
            account.lots.iter().map(|(lot, n)| (self.lots[*lot].origin.clone(), *n)).collect();
        if account.debt > 0 {
            lots.insert("debt".to_owned(), -account.debt);
        }
        lots
    }

    /// Of each hold its state, end, and by line what was held and what is closed of it.
    pub fn holds(&self) -> Vec<HoldSeen> {
        let of = |hold: &Hold| HoldSeen {
            state: hold.state.to_owned(),
            expires_at: hold.expires_at,
            lines: self.entries[hold.entry]
                .moves
                .iter()
                .map(|m| (m.line, m.from.name(), m.quantity, m.quantity - m.left))
                .collect(),
        };
        self.holds.iter().map(of).collect()
    }

    pub fn n_entries(&self) -> usize {
        self.entries.len()
    }

    pub fn n_holds(&self) -> usize {
        self.holds.len()
    }
}

/// A hold as both sides show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldSeen {
    pub state: String,
    pub expires_at: i64,
    pub lines: Vec<(i64, String, i64, i64)>,
}
