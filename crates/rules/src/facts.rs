//! What is known of one subject: values at the places of a vocabulary.
//!
//! Prepared once and asked by many rules. What is not set is not known.

use crate::names::{Kind, Names, Slot};

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A number with a fraction.
    Decimal(f64),
    /// A text.
    Text(&'a str),
    /// A list of texts.
    Texts(Texts<'a>),
}

/// A list of texts, as the caller happens to hold it.
#[derive(Debug, Clone, PartialEq)]
pub enum Texts<'a> {
    /// Owned by somebody else.
    Lent(&'a [String]),
    /// Gathered for the purpose.
    Gathered(Vec<&'a str>),
}

impl Texts<'_> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Lent(texts) => texts.len(),
            Self::Gathered(texts) => texts.len(),
        }
    }

    pub(crate) fn get(&self, number: usize) -> Option<&str> {
        match self {
            Self::Lent(texts) => texts.get(number).map(String::as_str),
            Self::Gathered(texts) => texts.get(number).copied(),
        }
    }
}

impl Value<'_> {
    /// The kind of the value.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Flag(_) => Kind::Flag,
            Self::Number(_) => Kind::Number,
            Self::Decimal(_) => Kind::Decimal,
            Self::Text(_) => Kind::Text,
            Self::Texts(_) => Kind::Texts,
        }
    }
}

/// Why a fact could not be set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FactError {
    /// The vocabulary does not have the name.
    #[error("there is no name `{path}`")]
    UnknownName {
        /// What was given.
        path: String,
    },
    /// A value of another kind than the name has.
    #[error("`{path}` is {wanted}, not {found}")]
    WrongKind {
        /// The name.
        path: String,
        /// Its kind.
        wanted: Kind,
        /// The value's kind.
        found: Kind,
    },
}

/// What is known of one subject.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    names: &'a Names,
    values: Vec<Option<Value<'a>>>,
}

impl<'a> Facts<'a> {
    /// Nothing known yet.
    #[must_use]
    pub fn new(names: &'a Names) -> Self {
        Self { names, values: vec![None; names.all().len()] }
    }

    /// Sets a fact by its name.
    ///
    /// # Errors
    /// A name that the vocabulary does not have, or a value of another kind.
    pub fn set(&mut self, path: &str, value: Value<'a>) -> Result<(), FactError> {
        let slot = self.names.slot(path);
        let slot = slot.ok_or_else(|| FactError::UnknownName { path: path.to_owned() })?;
        self.set_at(slot, value)
    }

    /// Sets a fact at its place.
    ///
    /// # Errors
    /// A place of another vocabulary, or a value of another kind.
    pub fn set_at(&mut self, slot: Slot, value: Value<'a>) -> Result<(), FactError> {
        let number = usize::from(slot.0);
        let Some(name) = self.names.all().get(number) else {
            return Err(FactError::UnknownName { path: format!("place {number}") });
        };
        if name.kind != value.kind() {
            let path = name.path.clone();
            return Err(FactError::WrongKind { path, wanted: name.kind, found: value.kind() });
        }
        self.values[number] = Some(value);
        Ok(())
    }

    /// Forgets a fact.
    pub fn forget_at(&mut self, slot: Slot) {
        if let Some(value) = self.values.get_mut(usize::from(slot.0)) {
            *value = None;
        }
    }

    pub(crate) fn get(&self, slot: Slot) -> Option<&Value<'a>> {
        self.values.get(usize::from(slot.0)).and_then(Option::as_ref)
    }

    pub(crate) fn fingerprint(&self) -> u64 {
        self.names.fingerprint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Name;

    #[test]
    fn facts_have_the_names_and_kinds_of_their_vocabulary() {
        let names = Names::new([Name::new("a.b", Kind::Number, "A number.")]).unwrap();
        let mut facts = Facts::new(&names);
        assert_eq!(facts.set("a.b", Value::Number(1)), Ok(()));
        let unknown = FactError::UnknownName { path: "a.c".to_owned() };
        assert_eq!(facts.set("a.c", Value::Number(1)), Err(unknown));
        let wrong = FactError::WrongKind {
            path: "a.b".to_owned(),
            wanted: Kind::Number,
            found: Kind::Text,
        };
        assert_eq!(facts.set("a.b", Value::Text("1")), Err(wrong));
    }
}
