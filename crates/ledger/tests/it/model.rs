//! Random requests to the ledger and to a book kept by hand: same answers, same figures.

mod book;
mod ops;

use std::cell::RefCell;
use std::collections::BTreeMap;

use jiff::Timestamp;
use mercer_db::Tx;
use mercer_ledger::account::{AccountKey, NewAccount, open};
use mercer_ledger::hold::{
    Commit, NewHold, Portions, Rest, commit, extend, hold, release, release_part,
};
use mercer_ledger::read::{balances, lots};
use mercer_ledger::reverse::{Reversal, Spent, reverse};
use mercer_ledger::transfer::{self, Posted, Transfer};
use mercer_ledger::verify::verify;
use mercer_ledger::{LedgerError, expire_due};
use mercer_testkit::{TestBed, on_both};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use self::book::{Answer, Book, HoldSeen, Leg, Place, Request, Who};
use self::ops::{N_OWNERS, N_UNITS, Op, ops, place};
use crate::support::MIGRATIONS;

/// Instants of two requests differ by this, so that what is older is never open.
const STEP_MICROS: i64 = 1_000;

/// Each kind of request is granted and refused so often at least.
const N_TRIED_MIN: u32 = 4;
/// When the first lots expire: in the middle of a sequence.
const IN_A_MINUTE_MICROS: i64 = 60_000_000;

#[test]
fn random_requests_are_answered_as_a_book_kept_by_hand_answers_them() {
    on_both("ledger_model", MIGRATIONS, |t| {
        // The number of cases is proptest's own, 256, or what `PROPTEST_CASES` says.
        let config = Config { failure_persistence: None, ..Config::default() };
        // The same cases in every run: a failure in one run is a failure in all.
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let mut runner = TestRunner::new_with_rng(config, rng);
        let tally = RefCell::new(BTreeMap::new());
        let run = |ops: Vec<Op>| live(t, &ops, &tally);
        runner.run(&ops(), run).unwrap_or_else(|error| panic!("{error}"));
        assert_all_tried(&tally.into_inner());
    });
}

/// How often each kind of request was answered how.
type Tally = BTreeMap<(&'static str, &'static str), u32>;

fn assert_all_tried(tally: &Tally) {
    for kind in ["open", "transfer", "hold", "commit", "release", "part", "extend", "reverse"] {
        for answer in ["granted", "refused"] {
            let n = tally.get(&(kind, answer)).copied().unwrap_or(0);
            assert!(
                n >= if kind == "open" { 1 } else { 10 },
                "{kind} was {answer} {n} times only: {tally:?}"
            );
        }
    }
    for kind in ["transfer", "hold", "commit", "reverse"] {
        assert!(tally.contains_key(&(kind, "known")), "{kind} was never repeated: {tally:?}");
    }
    assert!(tally[&("expire", "granted")] >= N_TRIED_MIN, "{tally:?}");
}

fn kinds(request: &Request, answer: &Answer) -> (&'static str, &'static str) {
    let kind = match request {
        Request::Open { .. } => "open",
        Request::Transfer { .. } => "transfer",
        Request::Hold { .. } => "hold",
        Request::Commit { .. } => "commit",
        Request::Release { .. } => "release",
        Request::ReleasePart { .. } => "part",
        Request::Extend { .. } => "extend",
        Request::Reverse { .. } => "reverse",
        Request::Expire => "expire",
    };
    let answer = match answer {
        Answer::Refused(_) => "refused",
        Answer::Posted { is_new: false, .. } | Answer::Released(false) | Answer::Expired(0) => {
            "known"
        }
        _ => "granted",
    };
    (kind, answer)
}

/// Ends the transaction of a sequence, so that the next one finds nothing.
enum End {
    Undone,
    Failed(TestCaseError),
    Db(mercer_db::DbError),
}

impl From<mercer_db::DbError> for End {
    fn from(error: mercer_db::DbError) -> Self {
        Self::Db(error)
    }
}

impl From<LedgerError> for End {
    fn from(error: LedgerError) -> Self {
        Self::Failed(TestCaseError::fail(format!("{error:?}")))
    }
}

fn live(t: &TestBed, ops: &[Op], tally: &RefCell<Tally>) -> Result<(), TestCaseError> {
    let outcome = t.db.write(|tx| -> Result<(), End> {
        let mut sides = Sides::new(tx)?;
        for op in ops {
            sides.step(tx, op)?;
        }
        sides.compare_all(tx)?;
        for seen in sides.seen {
            *tally.borrow_mut().entry(seen).or_default() += 1;
        }
        Err(End::Undone)
    });
    match outcome {
        Ok(()) | Err(End::Undone) => Ok(()),
        Err(End::Failed(error)) => Err(error),
        Err(End::Db(error)) => Err(TestCaseError::fail(format!("{error:?}"))),
    }
}

/// The book, and the ledger with its numbers in the order of the book's.
struct Sides {
    book: Book,
    asked: Vec<Request>,
    seen: Vec<(&'static str, &'static str)>,
    transfer_ids: Vec<i64>,
    hold_ids: Vec<String>,
}

impl Sides {
    fn new(tx: &mut Tx<'_>) -> Result<Self, End> {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let mut sides = Self {
            book: Book::new(now.as_microsecond()),
            asked: Vec::new(),
            seen: Vec::new(),
            transfer_ids: Vec::new(),
            hold_ids: Vec::new(),
        };
        let outside = |unit| NewAccount::counted(key_of(place(unit, None)));
        open(tx, &(0..N_UNITS).map(outside).collect::<Vec<_>>())?;
        for unit in 0..N_UNITS {
            for owner in 0..N_OWNERS {
                let floor = if owner == 2 { -20 } else { 0 };
                let to = place(unit, Some(owner));
                sides.ask_both(tx, Request::Open { place: to, floor })?;
                let expires_at = Some(sides.book.now + IN_A_MINUTE_MICROS);
                let lots = [("early", expires_at), ("late", None)];
                // The last owner begins with nothing, and may owe.
                for (origin, expires_at) in lots.into_iter().filter(|_| owner < 2) {
                    let (origin, key) = (format!("{origin} {owner}"), format!("{origin} {to:?}"));
                    let lot = Some(book::NewLot { origin, priority: 1, expires_at });
                    let from = place(unit, None);
                    let legs = vec![Leg { line: 0, from, to, quantity: 10, lot }];
                    sides.ask_both(tx, Request::Transfer { key, legs })?;
                    sides.book.now += STEP_MICROS;
                }
            }
        }
        Ok(sides)
    }

    fn step(&mut self, tx: &mut Tx<'_>, op: &Op) -> Result<(), End> {
        self.book.now += STEP_MICROS;
        let n = self.asked.len();
        match op.request(&mut self.book, n, &self.asked) {
            Some(request) => self.ask_both(tx, request),
            None => Ok(()),
        }
    }

    fn ask_both(&mut self, tx: &mut Tx<'_>, request: Request) -> Result<(), End> {
        let expected = self.book.ask(&request);
        let found = match tx.part(|tx| self.ask(tx, &request)) {
            Ok(answer) => answer,
            Err(LedgerError::Db(error)) if !is_refusal(&error) => return Err(End::Db(error)),
            Err(error) => Answer::Refused(label(&error)),
        };
        same(&request, &expected, &found)?;
        let places: Vec<Place> = places().collect();
        let keys: Vec<AccountKey> = places.iter().map(|place| key_of(*place)).collect();
        for (place, found) in places.iter().zip(balances(tx, self.now(), &keys)?) {
            let found = (found.balance, found.held, found.available);
            same(&(&request, place.name()), &self.book.figures(*place), &found)?;
        }
        self.seen.push(kinds(&request, &expected));
        self.asked.push(request);
        Ok(())
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.book.now).unwrap()
    }

    fn ask(&mut self, tx: &mut Tx<'_>, request: &Request) -> Result<Answer, LedgerError> {
        let now = self.now();
        match request {
            Request::Open { place, floor } => {
                open(tx, &[NewAccount { key: key_of(*place), floor: *floor }])?;
                Ok(Answer::Fine)
            }
            Request::Transfer { key, legs } => {
                let new = Transfer {
                    key: key.clone(),
                    subject: "somebody".to_owned(),
                    reason: "moved".to_owned(),
                    legs: legs.iter().map(leg_of).collect(),
                };
                transfer::transfer(tx, now, &new).map(|posted| self.posted(posted))
            }
            Request::Hold { key, expires_at, legs } => {
                let new = NewHold {
                    key: key.clone(),
                    subject: "somebody".to_owned(),
                    expires_at: Timestamp::from_microsecond(*expires_at).unwrap(),
                    legs: legs.iter().map(leg_of).collect(),
                };
                let held = hold(tx, now, &new)?;
                if held.is_new {
                    self.hold_ids.push(held.id);
                }
                let (transfer_id, is_new) = (held.transfer_id, held.is_new);
                Ok(self.posted(Posted { transfer_id, is_new }))
            }
            Request::Commit { key, hold, portions, releases_rest } => {
                let new = Commit {
                    key: key.clone(),
                    hold_id: self.hold_id(*hold),
                    portions: portions_of(portions),
                    rest: if *releases_rest { Rest::Release } else { Rest::Keep },
                };
                commit(tx, now, &new).map(|posted| self.posted(posted))
            }
            Request::Release { hold } => {
                release(tx, now, &self.hold_id(*hold)).map(Answer::Released)
            }
            Request::ReleasePart { key, hold, portions } => {
                let portions = portions_of(portions);
                release_part(tx, now, key, &self.hold_id(*hold), &portions).map(|()| Answer::Fine)
            }
            Request::Extend { hold, expires_at } => {
                let expires_at = Timestamp::from_microsecond(*expires_at).unwrap();
                extend(tx, now, &self.hold_id(*hold), expires_at).map(|()| Answer::Fine)
            }
            Request::Reverse { key, entry, portions, refuses } => {
                let new = Reversal {
                    key: key.clone(),
                    transfer_id: self.transfer_ids.get(*entry).copied().unwrap_or(i64::MAX),
                    subject: "somebody".to_owned(),
                    reason: "returned".to_owned(),
                    portions: portions_of(portions),
                    spent: if *refuses { Spent::Refuse } else { Spent::TakeOthers },
                };
                reverse(tx, now, &new).map(|posted| self.posted(posted))
            }
            Request::Expire => expire_due(tx, now).map(Answer::Expired),
        }
    }

    fn hold_id(&self, hold: usize) -> String {
        self.hold_ids.get(hold).cloned().unwrap_or_else(|| "hld_nobody".to_owned())
    }

    fn posted(&mut self, Posted { transfer_id, is_new }: Posted) -> Answer {
        if is_new {
            self.transfer_ids.push(transfer_id);
        }
        let known = self.transfer_ids.iter().position(|id| *id == transfer_id);
        Answer::Posted { entry: known.unwrap_or(usize::MAX), is_new }
    }

    fn compare_all(&self, tx: &mut Tx<'_>) -> Result<(), End> {
        for place in places() {
            let found = lots(tx, &key_of(place))?;
            let found = found.into_iter().map(|lot| (lot.origin, lot.quantity)).collect();
            same(&place.name(), &self.book.lots(place), &found)?;
        }
        let mut found = Vec::new();
        for id in &self.hold_ids {
            let seen = mercer_ledger::read::hold(tx, id)?
                .ok_or(LedgerError::Unknown { what: "hold", id: id.clone() })?;
            let lines = seen.lines.iter();
            found.push(HoldSeen {
                state: seen.state.name().to_owned(),
                expires_at: seen.expires_at.as_microsecond(),
                lines: lines
                    .map(|l| (l.line, l.account.to_string(), l.quantity, l.closed))
                    .collect(),
            });
        }
        same(&"holds", &self.book.holds(), &found)?;
        same(&"faults", &Vec::new(), &verify(tx)?)
    }
}

fn same<T: PartialEq + std::fmt::Debug>(
    what: &impl std::fmt::Debug,
    expected: &T,
    found: &T,
) -> Result<(), End> {
    if expected == found {
        return Ok(());
    }
    let text = format!("{what:?}: {found:?} instead of {expected:?}");
    Err(End::Failed(TestCaseError::fail(text)))
}

fn places() -> impl Iterator<Item = Place> {
    (0..N_UNITS).flat_map(|unit| (0..N_OWNERS).map(move |owner| place(unit, Some(owner))))
}

fn key_of(Place { unit, who }: Place) -> AccountKey {
    let unit = format!("unit{unit}");
    match who {
        Who::World => AccountKey::world(&unit, "out"),
        Who::Owner(owner) => AccountKey::new(&unit, &format!("owner{owner}"), "available"),
        Who::HeldOf(owner) => AccountKey::new(&unit, &format!("owner{owner}"), "available.held"),
    }
}

fn leg_of(leg: &Leg) -> transfer::Leg {
    let Leg { line, from, to, quantity, lot } = leg;
    let lots = lot.as_ref().map_or(transfer::Lots::Next, |lot| {
        transfer::Lots::New(transfer::NewLot {
            origin: lot.origin.clone(),
            priority: lot.priority,
            expires_at: lot.expires_at.map(|at| Timestamp::from_microsecond(at).unwrap()),
        })
    });
    transfer::Leg { line: *line, from: key_of(*from), to: key_of(*to), quantity: *quantity, lots }
}

fn portions_of(portions: &book::Portions) -> Portions {
    portions.clone().map_or(Portions::All, Portions::Lines)
}

/// Whether the database refused, which the ledger should have done before it.
fn is_refusal(error: &mercer_db::DbError) -> bool {
    matches!(error, mercer_db::DbError::Constraint { .. })
}

fn label(error: &LedgerError) -> String {
    match error {
        LedgerError::Short { account, line, wanted, available } => {
            format!("short {account} {line} {wanted} {available}")
        }
        LedgerError::NoAccount { .. } => "no account".to_owned(),
        LedgerError::BadQuantity { .. } => "bad quantity".to_owned(),
        LedgerError::NotOpened { .. } => "not opened".to_owned(),
        LedgerError::BadLeg { .. } => "bad leg".to_owned(),
        LedgerError::NoLot { .. } => "no lot".to_owned(),
        LedgerError::LegCount { .. } => "no legs".to_owned(),
        LedgerError::KeyReused { .. } => "key reused".to_owned(),
        LedgerError::Unknown { what, .. } => format!("unknown {what}"),
        LedgerError::HoldEnded { state, at } => format!("ended {state} {}", at.as_microsecond()),
        LedgerError::BadExpiry { .. } => "bad expiry".to_owned(),
        LedgerError::BeyondLine { line, wanted, left } => format!("beyond {line} {wanted} {left}"),
        other => format!("unexpected {other:?}"),
    }
}
