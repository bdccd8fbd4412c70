//! What a merchant may say about a file: which shop wrote it, its zone, currency and dates.
//!
//! Holds no defaults of its own beyond "find out": each preset's defaults stand with its columns.

use std::fmt;
use std::str::FromStr;

use mercer_engine_kit::money::Currency;
use serde::{Deserialize, Serialize};

use crate::fields::Field;

/// How to read an order file. The default finds out everything that can be found out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Which shop system wrote the file.
    pub preset: Preset,
    /// Columns named by the merchant, which win over guessed ones.
    pub map: Vec<(Field, String)>,
    /// IANA name of the zone of times without an offset, such as `Europe/London`. Default: London
    /// for `online-retail`, otherwise UTC with a notice.
    pub time_zone: Option<String>,
    /// Currency of rows that name none. Default: GBP for `online-retail`, otherwise none.
    pub currency: Option<Currency>,
    /// Order of day, month and year in dates such as `03/04/2024`. Default: found out.
    pub dates: Option<DateOrder>,
    /// How the characters are written.
    pub encoding: EncodingChoice,
    /// What to do with rows equal in every column to an earlier one of the same order.
    pub duplicates: DuplicatePolicy,
    /// Code of the channel of orders that name none. Default: the preset's name (`import` for
    /// `generic`).
    pub channel: Option<String>,
}

/// The shape of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Found out from the column names.
    #[default]
    Auto,
    /// UCI Online Retail: one row per line, `C` invoices for refunds, fee codes among products.
    OnlineRetail,
    /// Order export of the Shopify admin.
    Shopify,
    /// One-row-per-item order exports of WooCommerce.
    Woocommerce,
    /// Any file with one row per order line.
    Generic,
}

impl Preset {
    /// All names that a merchant can choose.
    pub const ALL: [Self; 5] =
        [Self::Auto, Self::OnlineRetail, Self::Shopify, Self::Woocommerce, Self::Generic];

    /// The name on the command line and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::OnlineRetail => "online-retail",
            Self::Shopify => "shopify",
            Self::Woocommerce => "woocommerce",
            Self::Generic => "generic",
        }
    }

    /// The channel of orders whose file and options name none.
    pub(crate) fn channel(self) -> &'static str {
        if self == Self::Generic { "import" } else { self.name() }
    }
}

/// Order of the parts of a date written in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
    /// Year, month, day.
    Ymd,
}

impl DateOrder {
    /// The name on the command line and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dmy => "dmy",
            Self::Mdy => "mdy",
            Self::Ymd => "ymd",
        }
    }
}

/// How characters are written as bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EncodingChoice {
    /// By the byte order mark; without one UTF-8.
    #[default]
    Auto,
    /// UTF-8, with or without a mark.
    Utf8,
    /// What Western European Windows programs write.
    Windows1252,
    /// UTF-16, low byte first.
    Utf16le,
    /// UTF-16, high byte first.
    Utf16be,
}

impl EncodingChoice {
    /// The name on the command line and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Utf8 => "utf-8",
            Self::Windows1252 => "windows-1252",
            Self::Utf16le => "utf-16le",
            Self::Utf16be => "utf-16be",
        }
    }
}

/// What happens to rows equal in every column to an earlier row of the same order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicatePolicy {
    /// Left out and counted.
    #[default]
    Drop,
    /// Kept as lines of their own.
    Keep,
}

impl DuplicatePolicy {
    /// The name on the command line and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Keep => "keep",
        }
    }
}

/// A word that is none of those offered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no {what}; choose one of {offered}")]
pub struct UnknownChoice {
    /// What the word stands for ("preset").
    pub what: &'static str,
    /// The word given, cut to 64 characters.
    pub given: String,
    /// The words that would do.
    pub offered: String,
}

/// The choice of this name, punctuation and case aside.
pub(crate) fn choose<T: Copy>(
    what: &'static str,
    given: &str,
    offered: &[(&'static str, T)],
) -> Result<T, UnknownChoice> {
    let wanted = crate::fields::plain(given);
    offered
        .iter()
        .find(|(name, _)| crate::fields::plain(name) == wanted)
        .map(|&(_, choice)| choice)
        .ok_or_else(|| UnknownChoice {
            what,
            given: given.chars().take(64).collect(),
            offered: offered.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", "),
        })
}

impl FromStr for Preset {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Self, UnknownChoice> {
        choose("preset", text, &Self::ALL.map(|preset| (preset.name(), preset)))
    }
}

impl FromStr for DateOrder {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Self, UnknownChoice> {
        let all = [Self::Dmy, Self::Mdy, Self::Ymd];
        choose("order of dates", text, &all.map(|order| (order.name(), order)))
    }
}

impl FromStr for EncodingChoice {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Self, UnknownChoice> {
        let all = [Self::Auto, Self::Utf8, Self::Windows1252, Self::Utf16le, Self::Utf16be];
        choose("encoding", text, &all.map(|choice| (choice.name(), choice)))
    }
}

impl FromStr for DuplicatePolicy {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Self, UnknownChoice> {
        choose(
            "treatment of duplicates",
            text,
            &[Self::Drop, Self::Keep].map(|policy| (policy.name(), policy)),
        )
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_found_by_their_names_and_others_are_refused_with_what_is_offered() {
        for preset in Preset::ALL {
            assert_eq!(preset.name().parse(), Ok(preset));
        }
        assert_eq!("Windows 1252".parse(), Ok(EncodingChoice::Windows1252));
        assert_eq!("MDY".parse(), Ok(DateOrder::Mdy));
        assert_eq!("keep".parse(), Ok(DuplicatePolicy::Keep));
        let error = "magento".parse::<Preset>().unwrap_err().to_string();
        assert!(error.contains("`magento`") && error.contains("woocommerce"), "{error}");
    }
}
