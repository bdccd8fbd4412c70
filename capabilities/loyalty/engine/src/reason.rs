//! Why something was earned, taken back, granted or refused.
//!
//! Each variant says what it means, when it appears and what to do; these lines become the
//! documentation and the console's text.

pub mod challenge;
pub mod earn;
pub mod redemption;
pub mod referral;
pub mod report;
pub mod returns;
pub mod tier;
pub mod wheel;

use mercer_engine_kit::money::{Currency, Money};
use serde::{Deserialize, Serialize};

/// What is wrong with a field that was handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Zero or below where something must be there.
    NotPositive,
    /// Below zero.
    Negative,
    /// Beyond what is counted with.
    TooLarge,
    /// More entries than are looked at.
    TooMany,
    /// A text that is empty, too long, or has characters that it may not have.
    BadName,
    /// In another currency than the programme.
    OtherCurrency,
    /// Named twice.
    Twice,
    /// A discount above what there is to discount.
    AboveAmount,
    /// Nobody has heard of it.
    Unknown,
}

impl Fault {
    /// What is wrong, to follow the field's name.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::NotPositive => "must be above zero",
            Self::Negative => "must not be below zero",
            Self::TooLarge => "is larger than anything that is counted",
            Self::TooMany => "has more entries than are counted",
            Self::BadName => "is empty, too long, or has characters that it may not have",
            Self::OtherCurrency => "is in another currency than the programme",
            Self::Twice => "is named twice",
            Self::AboveAmount => "is more than there is to take it from",
            Self::Unknown => "is not known",
        }
    }
}

/// A field that cannot be counted with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Faulty {
    /// Where, such as `lines[2].quantity`.
    pub field: String,
    /// What.
    pub fault: Fault,
}

impl Faulty {
    pub(crate) fn new(field: impl Into<String>, fault: Fault) -> Self {
        Self { field: field.into(), fault }
    }
}

/// "Not counted: `lines[2].quantity` must be above zero."
pub(crate) fn refusal(field: &str, fault: Fault) -> String {
    format!("Not counted: `{field}` {}.", fault.in_words())
}

/// "1 point", "1,200 points".
pub(crate) fn points(n: i64) -> String {
    if n == 1 { "1 point".to_owned() } else { format!("{} points", grouped(n)) }
}

/// "1 day", "30 days".
pub(crate) fn days(n: u32) -> String {
    if n == 1 { "1 day".to_owned() } else { format!("{n} days") }
}

/// "12.50 GBP".
pub(crate) fn money(minor: i64, currency: Currency) -> String {
    Money::new(minor, currency).to_string()
}

/// Digits in threes.
pub(crate) fn grouped(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if n < 0 {
        text.push('-');
    }
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_one_stands_alone() {
        assert_eq!(points(1), "1 point");
        assert_eq!(points(-1_234_567), "-1,234,567 points");
        assert_eq!(points(999), "999 points");
        assert_eq!(days(1), "1 day");
    }
}
