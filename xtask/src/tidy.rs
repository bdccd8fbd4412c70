//! Fails when an invariant of absence (ARCHITECTURE.md) or a habit of the repository is broken.
//!
//! Reads manifests and sources as text: it finds what a pattern can find, and leaves meaning to
//! the compiler, clippy, the tests and the reader. Whether generated files are up to date is for
//! the tests to say.

mod console;
mod documents;
mod lexer;
mod manifests;
mod rust;
mod text;
pub mod tree;

use std::fmt;

use tree::Tree;

/// Something to put right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Path from the root.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
}

impl Finding {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, message } = self;
        write!(f, "{path}:{line}: {message}")
    }
}

/// A dependency edge that the rules would refuse, allowed in tests for a reason.
#[derive(Debug, Clone, Copy)]
pub struct Exception {
    /// The package that has the edge among its `[dev-dependencies]`.
    pub package: &'static str,
    /// The package that it names.
    pub dependency: &'static str,
    /// Why tests need it.
    pub reason: &'static str,
}

/// Edges that tests need. One that nothing uses any more is a finding.
pub const EXCEPTIONS: &[Exception] = &[];

/// Everything to put right, by path and line.
#[must_use]
pub fn check(tree: &Tree, exceptions: &[Exception]) -> Vec<Finding> {
    let mut findings = Vec::new();
    manifests::check(tree, exceptions, &mut findings);
    rust::check(tree, &mut findings);
    text::check(tree, &mut findings);
    console::check(tree, &mut findings);
    documents::check(tree, &mut findings);
    findings.sort();
    findings.dedup();
    findings
}

/// The line, from 1, of a place in a text.
fn line_of(text: &str, place: usize) -> usize {
    text.as_bytes()[..place].iter().filter(|&&byte| byte == b'\n').count() + 1
}

/// Places at which a word stands by itself: no letter, digit or underscore around it.
fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let starts_bare = word.starts_with(is_part);
    let ends_bare = word.ends_with(is_part);
    text.match_indices(word).map(|(place, _)| place).filter(move |&place| {
        let before = text[..place].chars().next_back();
        let after = text[place + word.len()..].chars().next();
        !(starts_bare && before.is_some_and(is_part) || ends_bare && after.is_some_and(is_part))
    })
}

#[cfg(test)]
mod tests {
    use super::tree::Tree;
    use super::{Exception, check};

    /// The findings of a tree, one text.
    pub fn found(files: &[(&str, &str)]) -> String {
        found_with(files, &[])
    }

    pub fn found_with(files: &[(&str, &str)], exceptions: &[Exception]) -> String {
        let findings = check(&Tree::of(files), exceptions);
        findings.iter().map(|finding| format!("{finding}\n")).collect()
    }

    /// Asserts that a tree with this file added has a finding that begins so.
    #[track_caller]
    pub fn assert_found(file: (&str, &str), beginning: &str) {
        let found = found(&[file]);
        assert!(found.lines().any(|line| line.starts_with(beginning)), "found:\n{found}");
    }

    /// Asserts that a tree with only this file is tidy.
    #[track_caller]
    pub fn assert_tidy(file: (&str, &str)) {
        assert_eq!(found(&[file]), "");
    }

    #[test]
    fn words_stand_by_themselves() {
        let places: Vec<usize> = super::words("fetch refetch fetch_all x.fetch", "fetch").collect();
        assert_eq!(places, [0, 26]);
        assert_eq!(super::line_of("a\nb\nc", 4), 3);
    }

    #[test]
    fn findings_name_the_file_the_line_and_what_to_do() {
        assert_found(
            ("crates/db/src/lib.rs", "//! Db.\n\n#[allow(dead_code)]\nfn a() {}\n"),
            "crates/db/src/lib.rs:3: `#[allow`: ",
        );
    }
}
