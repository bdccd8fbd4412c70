//! A checked rule as a tree: every name is a place, every kind fits.

use crate::names::Slot;

/// A part of a rule.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Part {
    Flag(bool),
    Number(i64),
    Decimal(f64),
    Text(String),
    Texts(Vec<String>),
    Numbers(Vec<i64>),
    /// A fact.
    Fact(Slot),
    /// The element at which a loop stands.
    Element,
    /// Whether a fact is known.
    Has(Slot),
    Not(Box<Part>),
    And(Box<[Part; 2]>),
    Or(Box<[Part; 2]>),
    /// Condition, then, else.
    Choice(Box<[Part; 3]>),
    Compare(Comparison, Box<[Part; 2]>),
    Reckon(Operation, Box<[Part; 2]>),
    Negate(Box<Part>),
    /// Element, list.
    In(Box<[Part; 2]>),
    Size(Box<Part>),
    /// Text, what is looked for.
    Find(Find, Box<[Part; 2]>),
    /// List, condition on its element.
    Loop(Quantifier, Box<[Part; 2]>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Find {
    Contains,
    StartsWith,
    EndsWith,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantifier {
    Exists,
    All,
    ExistsOne,
}
