//! The conditions of a list: filters that may be absent, search, and where to go on.
//!
//! Builds only the `WHERE` part; the statement stays readable SQL where it is used.

use crate::value::Value;

/// Conditions joined by AND, with their values.
#[derive(Debug, Default)]
pub struct Conditions {
    clauses: Vec<String>,
    values: Vec<Value>,
}

/// Which way a list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Rising,
    /// Largest first.
    Falling,
}

impl Direction {
    /// The SQL word.
    #[must_use]
    pub fn sql(self) -> &'static str {
        match self {
            Self::Rising => "ASC",
            Self::Falling => "DESC",
        }
    }
}

impl Conditions {
    /// Adds a value and gives its placeholder, for parts of the statement beside the conditions.
    pub fn value(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// Adds a condition in which `?` stands for the value.
    pub fn add(&mut self, clause: &str, value: impl Into<Value>) {
        let mark = self.value(value);
        self.clauses.push(clause.replace('?', &mark));
    }

    /// Adds a condition if there is a value.
    pub fn add_optional<T: Into<Value>>(&mut self, clause: &str, value: Option<T>) {
        if let Some(value) = value {
            self.add(clause, value);
        }
    }

    /// Adds a condition without a value.
    pub fn add_plain(&mut self, clause: &str) {
        self.clauses.push(clause.to_owned());
    }

    /// Every word must stand in the column, which holds lower-case text.
    pub fn add_search(&mut self, column: &str, text: Option<&str>) {
        self.add_words(&format!("{column} LIKE ? ESCAPE '\\'"), text);
    }

    /// The clause must hold for every word; `?` stands for the word's lower-case `LIKE` pattern.
    pub fn add_words(&mut self, clause: &str, text: Option<&str>) {
        for word in text.unwrap_or_default().split_whitespace().take(8) {
            let escaped =
                word.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            self.add(clause, format!("%{escaped}%"));
        }
    }

    /// Goes on after the last row seen, in a list sorted by `sort` and then `id`.
    pub fn add_after(
        &mut self,
        (sort, id): (&str, &str),
        direction: Direction,
        last: Option<(impl Into<Value>, String)>,
    ) {
        let Some((value, last_id)) = last else { return };
        let (value, last_id) = (self.value(value), self.value(last_id));
        let sign = if direction == Direction::Rising { '>' } else { '<' };
        self.clauses.push(format!(
            "({sort} {sign} {value} OR ({sort} = {value} AND {id} {sign} {last_id}))"
        ));
    }

    /// The `WHERE` part, empty without conditions.
    #[must_use]
    pub fn sql(&self) -> String {
        if self.clauses.is_empty() {
            String::new()
        } else {
            format!("WHERE {}", self.clauses.join(" AND "))
        }
    }

    /// The values of all placeholders.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_filters_leave_no_trace_and_search_takes_wildcards_as_letters() {
        let mut conditions = Conditions::default();
        conditions.add_optional("a = ?", None::<i64>);
        assert_eq!(conditions.sql(), "");
        conditions.add_search("t", Some("50% off"));
        conditions.add_after(("n", "id"), Direction::Falling, Some((5i64, "x".to_owned())));
        assert_eq!(
            conditions.sql(),
            "WHERE t LIKE $1 ESCAPE '\\' AND t LIKE $2 ESCAPE '\\' AND (n < $3 OR (n = $3 AND id < $4))"
        );
        assert_eq!(conditions.values()[0], Value::from("%50\\%%"));
    }
}
