//! What is wrong with a rule, and where.

use std::fmt;

use crate::names::Kind;

/// A place in the text of a rule, both numbers from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The character in it.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column } = self;
        if *line == 1 {
            write!(f, "character {column}")
        } else {
            write!(f, "line {line}, character {column}")
        }
    }
}

/// Why a text is not a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Longer than [`crate::rule::TEXT_LENGTH_MAX`].
    #[error("the rule has {n_characters} characters; at most {n_characters_max} are read")]
    TooLong {
        /// Characters given.
        n_characters: usize,
        /// Characters allowed.
        n_characters_max: usize,
    },
    /// Nothing but blanks.
    #[error("the rule is empty")]
    Empty,
    /// Not a sentence of the language.
    #[error("{at}: {problem}")]
    Syntax {
        /// What the grammar says.
        problem: String,
        /// Where.
        at: Place,
    },
    /// A name that does not exist.
    #[error("{at}: there is no `{name}`{}", hint(suggestion.as_deref()))]
    UnknownName {
        /// What was written.
        name: String,
        /// The nearest name that exists, if one is near.
        suggestion: Option<String>,
        /// Where.
        at: Place,
    },
    /// A part of the language that rules leave out, or a function that does not exist.
    #[error("{at}: {what} cannot be used in a rule{}", hint(instead.as_deref()))]
    NotAllowed {
        /// What was written.
        what: String,
        /// What to write instead, if there is something.
        instead: Option<String>,
        /// Where.
        at: Place,
    },
    /// A value of another kind than is needed.
    #[error("{at}: {found} stands where {wanted} is needed")]
    WrongKind {
        /// What is needed.
        wanted: String,
        /// What stands there.
        found: Kind,
        /// Where.
        at: Place,
    },
    /// Two values that cannot be compared or reckoned with each other.
    #[error("{at}: {left} and {right} do not go together")]
    DoNotMatch {
        /// The left one.
        left: Kind,
        /// The right one.
        right: Kind,
        /// Where.
        at: Place,
    },
    /// A whole number beyond 64 bits, or a number that is none.
    #[error("{at}: the number is too large")]
    Number {
        /// Where.
        at: Place,
    },
    /// Parts nested deeper than [`crate::rule::DEPTH_MAX`].
    #[error("the rule is nested more than {depth_max} deep: write it flatter")]
    TooDeep {
        /// Depth allowed.
        depth_max: usize,
    },
    /// More parts than [`crate::rule::N_PARTS_MAX`].
    #[error("the rule has more than {n_parts_max} parts: use a list with `in`, or two rules")]
    TooManyParts {
        /// Parts allowed.
        n_parts_max: usize,
    },
    /// More loops than [`crate::rule::N_LOOPS_MAX`], or one within another.
    #[error("{at}: at most {n_loops_max} of exists, all and exists_one, none within another")]
    TooManyLoops {
        /// Loops allowed.
        n_loops_max: usize,
        /// Where the one too many begins.
        at: Place,
    },
}

impl RuleError {
    /// Where the text is wrong, if it is wrong at one place.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::TooLong { .. }
            | Self::Empty
            | Self::TooDeep { .. }
            | Self::TooManyParts { .. } => None,
            Self::Syntax { at, .. }
            | Self::UnknownName { at, .. }
            | Self::NotAllowed { at, .. }
            | Self::WrongKind { at, .. }
            | Self::DoNotMatch { at, .. }
            | Self::Number { at }
            | Self::TooManyLoops { at, .. } => Some(*at),
        }
    }
}

fn hint(text: Option<&str>) -> String {
    text.map(|text| format!("; did you mean `{text}`?")).unwrap_or_default()
}

/// Why a rule has no answer for some facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A sum, a product or a difference beyond 64 bits.
    #[error("a sum leaves the range of numbers")]
    Overflow,
    /// A division by zero.
    #[error("a number is divided by zero")]
    DividedByZero,
    /// More steps than [`crate::rule::N_STEPS_MAX`].
    #[error("the lists are too long for the rule")]
    TooManySteps,
    /// The facts were made for other names than the rule.
    #[error("the facts belong to another vocabulary than the rule")]
    OtherNames,
}
