//! The vocabulary: which names a rule may use, of what kind, and what they mean.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Most names of a vocabulary: more than anybody could choose from in a form.
pub const N_NAMES_MAX: usize = 500;

/// Words of CEL that no name may begin with.
const RESERVED: [&str; 29] = [
    "all",
    "as",
    "bool",
    "break",
    "bytes",
    "const",
    "continue",
    "double",
    "dyn",
    "else",
    "exists",
    "exists_one",
    "false",
    "for",
    "function",
    "has",
    "if",
    "import",
    "in",
    "int",
    "let",
    "loop",
    "null",
    "package",
    "return",
    "size",
    "true",
    "uint",
    "while",
];

/// The kind of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Yes or no.
    Flag,
    /// A whole number.
    Number,
    /// A number with a fraction.
    Decimal,
    /// A text.
    Text,
    /// A list of texts.
    Texts,
    /// A list of whole numbers; only as it is written in a rule.
    Numbers,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flag => "yes or no",
            Self::Number => "a whole number",
            Self::Decimal => "a decimal number",
            Self::Text => "a text",
            Self::Texts => "a list of texts",
            Self::Numbers => "a list of whole numbers",
        })
    }
}

/// One name that rules may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// One word, or two joined by a point: `channel`, `cart.subtotal_minor`.
    pub path: String,
    /// The kind of its value.
    pub kind: Kind,
    /// What it means, as a sentence for the merchant.
    pub sentence: String,
}

impl Name {
    /// A name with its meaning.
    #[must_use]
    pub fn new(path: &str, kind: Kind, sentence: &str) -> Self {
        Self { path: path.to_owned(), kind, sentence: sentence.to_owned() }
    }
}

/// Why a vocabulary cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NamesError {
    /// Not a word, or two joined by a point.
    #[error("`{path}` is not a name: use one word, or two joined by a point, such as cart.n_lines")]
    NotAName {
        /// What was given.
        path: String,
    },
    /// A word of the language itself.
    #[error("`{path}` begins with a word of the language")]
    Reserved {
        /// What was given.
        path: String,
    },
    /// A kind that facts cannot have.
    #[error("`{path}`: facts cannot be {kind}")]
    NotAFact {
        /// The name.
        path: String,
        /// Its kind.
        kind: Kind,
    },
    /// The same name twice, or `a` beside `a.b`.
    #[error("`{path}` stands twice, or stands for a value and a group at once")]
    Twice {
        /// The name.
        path: String,
    },
    /// More than [`N_NAMES_MAX`].
    #[error("{n_names} names; at most {N_NAMES_MAX} can be used")]
    TooMany {
        /// Names given.
        n_names: usize,
    },
}

/// The place of a name in its vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub(crate) u16);

/// A vocabulary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    names: Vec<Name>,
    slots: BTreeMap<String, Slot>,
    fingerprint: u64,
}

impl Names {
    /// A vocabulary of these names.
    ///
    /// # Errors
    /// A path that is not a name, begins with a word of the language or stands twice; a kind that
    /// facts cannot have; too many names.
    pub fn new(names: impl IntoIterator<Item = Name>) -> Result<Self, NamesError> {
        let names: Vec<Name> = names.into_iter().collect();
        if names.len() > N_NAMES_MAX {
            return Err(NamesError::TooMany { n_names: names.len() });
        }
        let mut slots = BTreeMap::new();
        let mut fingerprint = xxhash_rust::xxh3::Xxh3::new();
        for (name, slot) in names.iter().zip(0u16..) {
            check(name)?;
            if slots.insert(name.path.clone(), Slot(slot)).is_some() {
                return Err(NamesError::Twice { path: name.path.clone() });
            }
            fingerprint.update(name.path.as_bytes());
            fingerprint.update(&[0, name.kind as u8]);
        }
        let is_group = |path: &str| {
            let start = format!("{path}.");
            slots.keys().any(|other| other.starts_with(&start))
        };
        if let Some(path) = slots.keys().find(|path| is_group(path)) {
            return Err(NamesError::Twice { path: path.clone() });
        }
        Ok(Self { names, slots, fingerprint: fingerprint.digest() })
    }

    /// All names, in the order given.
    #[must_use]
    pub fn all(&self) -> &[Name] {
        &self.names
    }

    /// The place of a name, for setting facts without looking it up again.
    #[must_use]
    pub fn slot(&self, path: &str) -> Option<Slot> {
        self.slots.get(path).copied()
    }

    /// The name at a place.
    pub(crate) fn name(&self, slot: Slot) -> &Name {
        &self.names[usize::from(slot.0)]
    }

    /// Whether names begin with this word and a point.
    pub(crate) fn has_group(&self, word: &str) -> bool {
        self.names
            .iter()
            .any(|name| name.path.strip_prefix(word).is_some_and(|rest| rest.starts_with('.')))
    }

    /// Tells vocabularies apart.
    pub(crate) fn fingerprint(&self) -> u64 {
        self.fingerprint
    }
}

fn check(name: &Name) -> Result<(), NamesError> {
    let path = || name.path.clone();
    let is_word = |word: &str| {
        let mut letters = word.chars();
        letters.next().is_some_and(|c| c.is_ascii_lowercase())
            && letters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    let words: Vec<&str> = name.path.split('.').collect();
    if words.len() > 2 || !words.iter().all(|word| is_word(word)) {
        return Err(NamesError::NotAName { path: path() });
    }
    if words.iter().any(|word| RESERVED.contains(word)) {
        return Err(NamesError::Reserved { path: path() });
    }
    if name.kind == Kind::Numbers {
        return Err(NamesError::NotAFact { path: path(), kind: name.kind });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(paths: &[&str]) -> Result<Names, NamesError> {
        Names::new(paths.iter().map(|path| Name::new(path, Kind::Number, "A number.")))
    }

    #[test]
    fn a_vocabulary_has_each_name_once_and_no_word_of_the_language() {
        assert_eq!(names(&["a", "b.c"]).unwrap().slot("b.c"), Some(Slot(1)));
        for bad in ["", "A", "a.b.c", "a..b", "1a", "a b", "é"] {
            assert_eq!(names(&[bad]), Err(NamesError::NotAName { path: bad.to_owned() }));
        }
        assert_eq!(names(&["in"]), Err(NamesError::Reserved { path: "in".to_owned() }));
        assert_eq!(names(&["a", "a"]), Err(NamesError::Twice { path: "a".to_owned() }));
        assert_eq!(names(&["a.b", "a"]), Err(NamesError::Twice { path: "a".to_owned() }));
    }
}
