//! A rule: a text that was checked, and can be asked.

use std::fmt;

use cel::Env;
use serde::{Serialize, Serializer};

use crate::error::{Fault, Place, RuleError};
use crate::evaluate::{Evaluation, Nothing};
use crate::facts::Facts;
use crate::lower::Lowering;
use crate::names::Names;
use crate::tree::Part;

/// Most characters of a rule: a screenful. Longer conditions hide mistakes; a list of things
/// belongs into a tag.
pub const TEXT_LENGTH_MAX: usize = 4_000;
/// Most nesting: deeper than anybody writes, shallow enough for any thread's stack.
pub const DEPTH_MAX: usize = 24;
/// Most parts (names, values, operators, items of lists): a rule is asked for every cart, and 500
/// parts take about ten microseconds.
pub const N_PARTS_MAX: usize = 500;
/// Most loops over lists: each goes over all lines of a cart.
pub const N_LOOPS_MAX: usize = 4;
/// Most steps of one answer: a loop over the 10,000 lines of the largest cart with a condition of
/// 20 parts fits; more would hold up everybody else.
pub const N_STEPS_MAX: usize = 250_000;

/// A condition that was checked against a vocabulary.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    text: String,
    root: Part,
    fingerprint: u64,
    names: Vec<String>,
}

impl Rule {
    /// Parses a text and checks every name, kind and limit in it.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place and, for a name, the nearest one that exists.
    pub fn compile(text: &str, names: &Names) -> Result<Self, RuleError> {
        let n_characters = text.chars().count();
        if n_characters > TEXT_LENGTH_MAX {
            let n_characters_max = TEXT_LENGTH_MAX;
            return Err(RuleError::TooLong { n_characters, n_characters_max });
        }
        if text.trim().is_empty() {
            return Err(RuleError::Empty);
        }
        check_nesting(text)?;
        // Without macros: `has`, `exists`, `all` stay the calls they are written as.
        let parser = Env::default().with_optional_support(false).parser();
        let depth = u16::try_from(DEPTH_MAX * 2).unwrap_or(u16::MAX);
        let parsed = parser.max_recursion_depth(depth).parse_with_source_info(text);
        let (expression, source) = parsed.map_err(|errors| syntax(&errors, text))?;
        let mut lowering = Lowering::new(names, &source, text);
        let root = lowering.condition(&expression)?;
        let names_used = lowering.names_used();
        Ok(Self {
            text: text.to_owned(),
            root,
            fingerprint: names.fingerprint(),
            names: names_used,
        })
    }

    /// Whether the facts fulfil the rule.
    ///
    /// A comparison with a fact that is not known is not fulfilled, and neither is its opposite:
    /// both `segment == "x"` and `segment != "x"` are false for a customer without a segment. Ask
    /// with `has(…)` where that matters.
    ///
    /// # Errors
    /// A sum beyond 64 bits, a division by zero, lists too long, facts of another vocabulary.
    pub fn is_true(&self, facts: &Facts<'_>) -> Result<bool, Fault> {
        if facts.fingerprint() != self.fingerprint {
            return Err(Fault::OtherNames);
        }
        match Evaluation::of(&self.root, facts) {
            Ok(flag) => Ok(flag),
            Err(Nothing::Unknown) => Ok(false),
            Err(Nothing::Fault(fault)) => Err(fault),
        }
    }

    /// The text, as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The names that it uses, each once, in the order of bytes.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// Refuses deep nesting before the grammar descends into it.
fn check_nesting(text: &str) -> Result<(), RuleError> {
    let (mut depth, mut n_choices) = (0usize, 0usize);
    for letter in text.chars() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '?' => n_choices += 1,
            _ => {}
        }
        if depth > DEPTH_MAX || n_choices > DEPTH_MAX {
            return Err(RuleError::TooDeep { depth_max: DEPTH_MAX });
        }
    }
    Ok(())
}

fn syntax(errors: &cel::ParseErrors, text: &str) -> RuleError {
    let Some(first) = errors.errors.first() else {
        return RuleError::Syntax {
            problem: "this is not a rule".to_owned(),
            at: Place { line: 1, column: 1 },
        };
    };
    let line = u32::try_from(first.pos.0).unwrap_or(1).max(1);
    let n_letters = text.lines().nth(line as usize - 1).map_or(0, |line| line.chars().count());
    let column = u32::try_from(first.pos.1).unwrap_or(1).max(1);
    let column = column.min(u32::try_from(n_letters + 1).unwrap_or(u32::MAX));
    if first.msg.contains("recursion") {
        return RuleError::TooDeep { depth_max: DEPTH_MAX };
    }
    RuleError::Syntax { problem: plain(&first.msg), at: Place { line, column } }
}

/// The grammar's message in a merchant's words, as far as that goes.
fn plain(message: &str) -> String {
    let quoted = message.split('\'').nth(1).unwrap_or("");
    if quoted == "<EOF>" {
        return "the rule ends too early".to_owned();
    }
    if message.contains("token recognition error") || message.contains("extraneous") {
        return format!("`{}` does not belong here", cut(quoted));
    }
    if message.contains("mismatched input") || message.contains("no viable alternative") {
        return format!("something is missing before or wrong with `{}`", cut(quoted));
    }
    format!("this is not a rule ({})", cut(message))
}

/// At most 60 characters.
pub(crate) fn cut(text: &str) -> String {
    text.chars().take(60).collect()
}
