//! What random clients ask: mostly sense, sometimes not.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::book::{Book, Leg, NewLot, Place, Portions, Request, Who};

pub const N_UNITS: u8 = 2;
/// Accounts that are open; one more is asked for that nobody opened.
pub const N_OWNERS: u8 = 3;
const SECOND: i64 = 1_000_000;

/// Which of what there is by then, counted from the latest; 0 for one that does not exist.
pub type Pick = u8;
/// Most things have been forgotten by then: only the latest are asked for.
const N_LATEST: usize = 4;

/// A leg before anything exists: line, unit, from and to (none is outside), quantity.
type RawLeg = (i64, u8, Option<u8>, Option<u8>, i64);
/// Origin, priority, seconds until it expires.
type RawLot = (u8, i64, Option<i64>);

#[derive(Debug, Clone)]
pub enum Op {
    Open {
        unit: u8,
        owner: u8,
        floor: i64,
    },
    Give {
        unit: u8,
        owner: u8,
        quantity: i64,
        lot: RawLot,
        then: Vec<RawLeg>,
    },
    Move(Vec<RawLeg>),
    Hold {
        legs: Vec<RawLeg>,
        seconds: i64,
    },
    Commit {
        which: Pick,
        portions: Portions,
        releases_rest: bool,
    },
    Release(Pick),
    ReleasePart {
        which: Pick,
        portions: Portions,
    },
    Extend {
        which: Pick,
        seconds: i64,
    },
    Reverse {
        which: Pick,
        portions: Portions,
        refuses: bool,
    },
    Expire,
    Tick(i64),
    /// An earlier request once more, word for word.
    Again(Pick),
    /// A transfer under an earlier request's key.
    UnderKey(Pick, Vec<RawLeg>),
}

fn owner() -> impl Strategy<Value = u8> {
    prop_oneof![30 => 0..N_OWNERS, 1 => Just(N_OWNERS)]
}

fn quantity() -> impl Strategy<Value = i64> {
    prop_oneof![60 => 1..11i64, 1 => -1..1i64]
}

fn pick() -> impl Strategy<Value = Pick> {
    prop_oneof![30 => 1..=12u8, 1 => Just(0)]
}

fn raw_leg() -> impl Strategy<Value = RawLeg> {
    let from = option::weighted(0.98, owner());
    (0..2i64, 0..N_UNITS, from, option::weighted(0.2, owner()), quantity())
}

fn raw_legs() -> impl Strategy<Value = Vec<RawLeg>> {
    prop_oneof![30 => vec(raw_leg(), 1..4), 1 => Just(Vec::new())]
}

fn portions() -> impl Strategy<Value = Portions> {
    option::weighted(0.5, vec((0..2i64, prop_oneof![40 => 1..8i64, 1 => Just(0)]), 1..3))
}

pub fn ops() -> impl Strategy<Value = Vec<Op>> {
    let lot = (0..40u8, 0..3i64, option::weighted(0.7, 1..120i64));
    let give = (0..N_UNITS, owner(), quantity(), lot, vec(raw_leg(), 0..3)).prop_map(
        |(unit, owner, quantity, lot, then)| Op::Give { unit, owner, quantity, lot, then },
    );
    let hold = (raw_legs(), 0..70i64).prop_map(|(legs, seconds)| Op::Hold { legs, seconds });
    let commit = (pick(), portions(), any::<bool>())
        .prop_map(|(which, portions, releases_rest)| Op::Commit { which, portions, releases_rest });
    let part =
        (pick(), portions()).prop_map(|(which, portions)| Op::ReleasePart { which, portions });
    let extend = (pick(), -5..90i64).prop_map(|(which, seconds)| Op::Extend { which, seconds });
    let reverse = (pick(), portions(), any::<bool>())
        .prop_map(|(which, portions, refuses)| Op::Reverse { which, portions, refuses });
    let floor = prop_oneof![Just(0i64), Just(-20), Just(-40)];
    let op = prop_oneof![
        3 => (0..N_UNITS, 0..N_OWNERS, floor)
            .prop_map(|(unit, owner, floor)| Op::Open { unit, owner, floor }),
        6 => give,
        5 => raw_legs().prop_map(Op::Move),
        12 => hold,
        9 => commit,
        2 => pick().prop_map(Op::Release),
        3 => part,
        2 => extend,
        8 => reverse,
        4 => Just(Op::Expire),
        4 => (-30..60i64).prop_map(Op::Tick),
        3 => pick().prop_map(Op::Again),
        1 => (pick(), raw_legs()).prop_map(|(which, legs)| Op::UnderKey(which, legs)),
    ];
    vec(op, 1..40)
}

pub fn place(unit: u8, owner: Option<u8>) -> Place {
    Place { unit, who: owner.map_or(Who::World, Who::Owner) }
}

fn leg_of(&(line, unit, from, to, quantity): &RawLeg) -> Leg {
    let (from, to) = (place(unit, from), place(unit, to));
    Leg { line, from, to, quantity, lot: None }
}

/// As [`leg_of`], from an owner: nothing is held of the world.
fn leg_to_hold(&(line, unit, from, to, quantity): &RawLeg) -> Leg {
    leg_of(&(line, unit, Some(from.unwrap_or(0)), to, quantity))
}

/// The latest things are picked more often than old ones; `n` itself is none of them.
fn nth(pick: Pick, n: usize) -> usize {
    if pick == 0 || n == 0 { n } else { n - 1 - (usize::from(pick) - 1) % n.min(N_LATEST) }
}

impl Op {
    fn hold(&self) -> Option<Pick> {
        match self {
            Self::Commit { which, .. }
            | Self::Release(which)
            | Self::ReleasePart { which, .. }
            | Self::Extend { which, .. } => Some(*which),
            _ => None,
        }
    }

    /// The request, as things stand; none when only the clock moves.
    pub fn request(&self, book: &mut Book, n: usize, asked: &[Request]) -> Option<Request> {
        if book.n_holds() == 0 && self.hold().is_some_and(|pick| pick > 0) {
            return None;
        }
        let key = format!("key {n}");
        let in_seconds = |seconds: i64| book.now + seconds * SECOND;
        Some(match self {
            Self::Open { unit, owner, floor } => {
                Request::Open { place: place(*unit, Some(*owner)), floor: *floor }
            }
            Self::Give { unit, owner, quantity, lot: (origin, priority, expires), then } => {
                let lot = NewLot {
                    origin: format!("lot {origin}"),
                    priority: *priority,
                    expires_at: expires.map(in_seconds),
                };
                let (from, to) = (place(*unit, None), place(*unit, Some(*owner)));
                let given = Leg { line: 0, from, to, quantity: *quantity, lot: Some(lot) };
                let legs = std::iter::once(given).chain(then.iter().map(leg_of)).collect();
                Request::Transfer { key, legs }
            }
            Self::Move(legs) => Request::Transfer { key, legs: legs.iter().map(leg_of).collect() },
            Self::Hold { legs, seconds } => Request::Hold {
                key,
                expires_at: in_seconds(*seconds),
                legs: legs.iter().map(leg_to_hold).collect(),
            },
            Self::Commit { which, portions, releases_rest } => Request::Commit {
                key,
                hold: nth(*which, book.n_holds()),
                portions: portions.clone(),
                releases_rest: *releases_rest,
            },
            Self::Release(which) => Request::Release { hold: nth(*which, book.n_holds()) },
            Self::ReleasePart { which, portions } => Request::ReleasePart {
                key,
                hold: nth(*which, book.n_holds()),
                portions: portions.clone(),
            },
            Self::Extend { which, seconds } => Request::Extend {
                hold: nth(*which, book.n_holds()),
                expires_at: in_seconds(*seconds),
            },
            Self::Reverse { which, portions, refuses } => Request::Reverse {
                key,
                entry: nth(*which, book.n_entries()),
                portions: portions.clone(),
                refuses: *refuses,
            },
            Self::Expire => Request::Expire,
            Self::Tick(seconds) => {
                book.now += seconds * SECOND;
                return None;
            }
            Self::Again(which) => asked.get(nth(*which, asked.len()))?.clone(),
            Self::UnderKey(which, legs) => {
                let legs = legs.iter().map(leg_of).collect();
                let keys: Vec<&str> = asked.iter().filter_map(Request::key).collect();
                let known = keys.get(nth(*which, keys.len())).map(|key| (*key).to_owned());
                Request::Transfer { key: known.unwrap_or(key), legs }
            }
        })
    }
}
