//! The answer of a checked rule for some facts.
//!
//! Three-valued: a part that needs an unknown fact is unknown itself, unless the rest decides
//! alone (`unknown || true` is true, `unknown && false` is false), as CEL treats errors. A fault
//! spreads in the same way.

use std::cmp::Ordering;

use crate::error::Fault;
use crate::facts::{Facts, Texts, Value};
use crate::rule::N_STEPS_MAX;
use crate::tree::{Comparison, Find, Operation, Part, Quantifier};

/// Why a part has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nothing {
    Unknown,
    Fault(Fault),
}

/// A value while it is reckoned with.
#[derive(Debug, Clone, Copy)]
enum Held<'f> {
    Flag(bool),
    Number(i64),
    Decimal(f64),
    Text(&'f str),
    Texts(&'f Texts<'f>),
    Written(&'f [String]),
    Numbers(&'f [i64]),
}

pub(crate) struct Evaluation<'f> {
    facts: &'f Facts<'f>,
    element: &'f str,
    n_steps: usize,
}

impl<'f> Evaluation<'f> {
    pub(crate) fn of(part: &'f Part, facts: &'f Facts<'f>) -> Result<bool, Nothing> {
        Self { facts, element: "", n_steps: 0 }.flag(part)
    }

    fn step(&mut self) -> Result<(), Nothing> {
        self.n_steps += 1;
        if self.n_steps > N_STEPS_MAX { Err(Nothing::Fault(Fault::TooManySteps)) } else { Ok(()) }
    }

    fn flag(&mut self, part: &'f Part) -> Result<bool, Nothing> {
        match self.value(part)? {
            Held::Flag(flag) => Ok(flag),
            _ => Err(Nothing::Unknown),
        }
    }

    fn value(&mut self, part: &'f Part) -> Result<Held<'f>, Nothing> {
        self.step()?;
        Ok(match part {
            Part::Flag(flag) => Held::Flag(*flag),
            Part::Number(number) => Held::Number(*number),
            Part::Decimal(number) => Held::Decimal(*number),
            Part::Text(text) => Held::Text(text),
            Part::Texts(texts) => Held::Written(texts),
            Part::Numbers(numbers) => Held::Numbers(numbers),
            Part::Fact(slot) => match self.facts.get(*slot).ok_or(Nothing::Unknown)? {
                Value::Flag(flag) => Held::Flag(*flag),
                Value::Number(number) => Held::Number(*number),
                Value::Decimal(number) => Held::Decimal(*number),
                Value::Text(text) => Held::Text(text),
                Value::Texts(texts) => Held::Texts(texts),
            },
            Part::Element => Held::Text(self.element),
            Part::Has(slot) => Held::Flag(self.facts.get(*slot).is_some()),
            Part::Not(inner) => Held::Flag(!self.flag(inner)?),
            Part::And(both) => Held::Flag(self.both(both, false)?),
            Part::Or(both) => Held::Flag(self.both(both, true)?),
            Part::Choice(three) => {
                let [condition, then, otherwise] = three.as_ref();
                let chosen = if self.flag(condition)? { then } else { otherwise };
                return self.value(chosen);
            }
            Part::Compare(comparison, both) => {
                let (left, right) = (self.value(&both[0])?, self.value(&both[1])?);
                Held::Flag(compared(*comparison, left, right))
            }
            Part::Reckon(operation, both) => {
                let (left, right) = (self.value(&both[0])?, self.value(&both[1])?);
                reckoned(*operation, left, right)?
            }
            Part::Negate(inner) => match self.value(inner)? {
                Held::Number(number) => {
                    Held::Number(number.checked_neg().ok_or(Nothing::Fault(Fault::Overflow))?)
                }
                Held::Decimal(number) => Held::Decimal(-number),
                _ => return Err(Nothing::Unknown),
            },
            Part::In(both) => {
                let (element, list) = (self.value(&both[0])?, self.value(&both[1])?);
                self.n_steps += length(list);
                self.step()?;
                Held::Flag(is_in(element, list))
            }
            Part::Size(inner) => {
                let inner = self.value(inner)?;
                Held::Number(i64::try_from(length(inner)).unwrap_or(i64::MAX))
            }
            Part::Find(find, both) => match (self.value(&both[0])?, self.value(&both[1])?) {
                (Held::Text(text), Held::Text(sought)) => Held::Flag(match find {
                    Find::Contains => text.contains(sought),
                    Find::StartsWith => text.starts_with(sought),
                    Find::EndsWith => text.ends_with(sought),
                }),
                _ => return Err(Nothing::Unknown),
            },
            Part::Loop(quantifier, both) => Held::Flag(self.looped(*quantifier, both)?),
        })
    }

    /// `||` where `deciding` is true, `&&` where it is false: one deciding side is enough.
    fn both(&mut self, both: &'f [Part; 2], deciding: bool) -> Result<bool, Nothing> {
        let left = self.flag(&both[0]);
        if left == Ok(deciding) {
            return left;
        }
        let right = self.flag(&both[1]);
        match (left, right) {
            (_, Ok(right)) if right == deciding => Ok(right),
            (Err(nothing), _) => Err(nothing),
            (Ok(_), right) => right,
        }
    }

    fn looped(&mut self, quantifier: Quantifier, both: &'f [Part; 2]) -> Result<bool, Nothing> {
        let list = self.value(&both[0])?;
        let (mut n_true, mut nothing) = (0, None);
        for number in 0..length(list) {
            self.element = match list {
                Held::Texts(texts) => texts.get(number).unwrap_or(""),
                Held::Written(texts) => &texts[number],
                _ => return Err(Nothing::Unknown),
            };
            match (quantifier, self.flag(&both[1])) {
                (Quantifier::Exists, Ok(true)) => return Ok(true),
                (Quantifier::All, Ok(false)) => return Ok(false),
                (_, Ok(flag)) => n_true += usize::from(flag),
                (_, Err(Nothing::Fault(Fault::TooManySteps))) => {
                    return Err(Nothing::Fault(Fault::TooManySteps));
                }
                (_, Err(none)) => nothing = nothing.or(Some(none)),
            }
        }
        match nothing {
            Some(nothing) => Err(nothing),
            None => Ok(match quantifier {
                Quantifier::Exists => false,
                Quantifier::All => true,
                Quantifier::ExistsOne => n_true == 1,
            }),
        }
    }
}

fn length(held: Held<'_>) -> usize {
    match held {
        Held::Text(text) => text.chars().count(),
        Held::Texts(texts) => texts.len(),
        Held::Written(texts) => texts.len(),
        Held::Numbers(numbers) => numbers.len(),
        Held::Flag(_) | Held::Number(_) | Held::Decimal(_) => 0,
    }
}

fn is_in(element: Held<'_>, list: Held<'_>) -> bool {
    match (element, list) {
        (Held::Text(text), Held::Texts(Texts::Lent(texts))) => texts.iter().any(|t| t == text),
        (Held::Text(text), Held::Texts(Texts::Gathered(texts))) => texts.contains(&text),
        (Held::Text(text), Held::Written(texts)) => texts.iter().any(|t| t == text),
        (Held::Number(number), Held::Numbers(numbers)) => numbers.contains(&number),
        _ => false,
    }
}

fn compared(comparison: Comparison, left: Held<'_>, right: Held<'_>) -> bool {
    let ordering = match (left, right) {
        (Held::Flag(a), Held::Flag(b)) => Some(a.cmp(&b)),
        (Held::Number(a), Held::Number(b)) => Some(a.cmp(&b)),
        (Held::Text(a), Held::Text(b)) => Some(a.cmp(b)),
        (Held::Decimal(a), Held::Decimal(b)) => a.partial_cmp(&b),
        (Held::Number(a), Held::Decimal(b)) => whole_with_decimal(a, b),
        (Held::Decimal(a), Held::Number(b)) => whole_with_decimal(b, a).map(Ordering::reverse),
        _ => None,
    };
    match comparison {
        Comparison::Equal => ordering == Some(Ordering::Equal),
        Comparison::NotEqual => ordering != Some(Ordering::Equal),
        Comparison::Less => ordering == Some(Ordering::Less),
        Comparison::LessOrEqual => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
        Comparison::Greater => ordering == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => {
            matches!(ordering, Some(Ordering::Greater | Ordering::Equal))
        }
    }
}

/// Exact, also where the whole number has more digits than the decimal can hold.
fn whole_with_decimal(whole: i64, decimal: f64) -> Option<Ordering> {
    const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
    if decimal.is_nan() {
        return None;
    }
    if decimal >= TWO_TO_63 {
        return Some(Ordering::Less);
    }
    if decimal < -TWO_TO_63 {
        return Some(Ordering::Greater);
    }
    let floor = decimal.floor();
    Some(whole.cmp(&(floor as i64)).then(if decimal > floor {
        Ordering::Less
    } else {
        Ordering::Equal
    }))
}

fn reckoned<'f>(
    operation: Operation,
    left: Held<'f>,
    right: Held<'f>,
) -> Result<Held<'f>, Nothing> {
    match (left, right) {
        (Held::Number(a), Held::Number(b)) => {
            let by_zero = b == 0;
            let result = match operation {
                Operation::Add => a.checked_add(b),
                Operation::Subtract => a.checked_sub(b),
                Operation::Multiply => a.checked_mul(b),
                Operation::Divide | Operation::Remainder if by_zero => {
                    return Err(Nothing::Fault(Fault::DividedByZero));
                }
                Operation::Divide => a.checked_div(b),
                Operation::Remainder => a.checked_rem(b),
            };
            result.map(Held::Number).ok_or(Nothing::Fault(Fault::Overflow))
        }
        (Held::Decimal(a), Held::Decimal(b)) => Ok(Held::Decimal(match operation {
            Operation::Add => a + b,
            Operation::Subtract => a - b,
            Operation::Multiply => a * b,
            Operation::Divide => a / b,
            Operation::Remainder => a % b,
        })),
        _ => Err(Nothing::Unknown),
    }
}
