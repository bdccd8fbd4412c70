//! Money: integer minor units with an ISO 4217 currency, split without losing a cent.
//!
//! No exchange rates and no floats: a rate is a decision somebody else makes, a float is for the
//! inside of a model.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::words::grouped;

/// An ISO 4217 currency with a minor unit, such as `GBP` (2 digits) or `JPY` (0 digits).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// Pound sterling.
    pub const GBP: Self = Self(iso_currency::Currency::GBP);
    /// Euro.
    pub const EUR: Self = Self(iso_currency::Currency::EUR);
    /// United States dollar.
    pub const USD: Self = Self(iso_currency::Currency::USD);

    /// The three-letter code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Digits after the point: 2 for `GBP`, 0 for `JPY`, 3 for `KWD`.
    #[must_use]
    pub fn n_decimals(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        iso_currency::Currency::from_code(&text.trim().to_ascii_uppercase())
            .filter(|currency| currency.exponent().is_some())
            .map(Self)
            .ok_or_else(|| MoneyError::UnknownCurrency { code: text.chars().take(16).collect() })
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Why an amount could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a code of ISO 4217 with a minor unit.
    #[error("`{code}` is not an ISO 4217 currency code, such as GBP")]
    UnknownCurrency {
        /// What was given.
        code: String,
    },
    /// Not a decimal number.
    #[error("`{text}` is not an amount, such as 12.50")]
    NotAnAmount {
        /// What was given, cut to 32 characters.
        text: String,
    },
    /// Beyond what 64 bits hold.
    #[error("the amount is too large")]
    Overflow,
    /// Two currencies in one sum.
    #[error("{left} and {right} cannot be added: convert one first")]
    MixedCurrencies {
        /// Currency of the left side.
        left: Currency,
        /// Currency of the right side.
        right: Currency,
    },
}

/// How a fraction of a minor unit is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// To the nearest, halves away from zero: what shops and receipts do.
    HalfUp,
    /// To the nearest, halves to the even neighbour: unbiased over many sums.
    HalfEven,
    /// Towards zero.
    Down,
    /// Away from zero.
    Up,
}

impl Rounding {
    /// `numerator / denominator` rounded; `None` when the denominator is zero or on overflow.
    #[must_use]
    pub fn divide(self, numerator: i128, denominator: i128) -> Option<i128> {
        if denominator == 0 {
            return None;
        }
        let quotient = numerator.checked_div(denominator)?;
        let rest = (numerator % denominator).unsigned_abs();
        let size = denominator.unsigned_abs();
        let away = match self {
            Self::Down => false,
            Self::Up => rest != 0,
            Self::HalfUp => rest >= size - rest,
            Self::HalfEven => rest > size - rest || (rest == size - rest && quotient % 2 != 0),
        } && rest != 0;
        let sign = if (numerator < 0) == (denominator < 0) { 1 } else { -1 };
        if away { quotient.checked_add(sign) } else { Some(quotient) }
    }
}

/// An amount in minor units of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units: pence, cents, yen.
    pub minor: i64,
    /// The currency of the minor units.
    pub currency: Currency,
}

impl Money {
    /// An amount of minor units.
    #[must_use]
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// A decimal number in major units ("12.5", "-0.001"), rounded to the minor unit.
    ///
    /// # Errors
    /// Anything but an optional sign, digits and one point; more than 64 bits of minor units.
    pub fn parse(text: &str, currency: Currency, rounding: Rounding) -> Result<Self, MoneyError> {
        let minor = Decimal::parse(text)?.to_minor(1, currency, rounding)?;
        Ok(Self { minor, currency })
    }

    /// The sum, in one currency.
    ///
    /// # Errors
    /// Two currencies; overflow.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::MixedCurrencies { left: self.currency, right: other.currency });
        }
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, currency: self.currency })
    }

    /// As a sentence says it, with its thousands apart: "-12,300.50 GBP".
    #[must_use]
    pub fn for_people(self) -> String {
        let (sign, whole, fraction) = self.parts();
        format!("{sign}{}{fraction} {}", grouped(whole), self.currency)
    }

    /// Sign, major units, and the point with the minor units if the currency has any.
    fn parts(self) -> (&'static str, u64, String) {
        let n_decimals = self.currency.n_decimals();
        let scale = 10u64.pow(n_decimals);
        let size = self.minor.unsigned_abs();
        let fraction = match n_decimals {
            0 => String::new(),
            _ => format!(".{:0width$}", size % scale, width = n_decimals as usize),
        };
        (if self.minor < 0 { "-" } else { "" }, size / scale, fraction)
    }
}

/// For machines: "-12300.50 GBP". A sentence takes [`Money::for_people`].
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, whole, fraction) = self.parts();
        write!(f, "{sign}{whole}{fraction} {}", self.currency)
    }
}

/// An exact decimal number, as files and forms write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    mantissa: i128,
    n_decimals: u32,
}

impl Decimal {
    /// More digits than any price needs; keeps all products within 128 bits.
    pub const N_DIGITS_MAX: usize = 24;

    /// An optional sign, digits, at most one point. No exponents, no grouping.
    ///
    /// # Errors
    /// Anything else, or more than [`Decimal::N_DIGITS_MAX`] digits.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        let fail = || MoneyError::NotAnAmount { text: text.chars().take(32).collect() };
        let trimmed = text.trim();
        let (negative, digits) = match trimmed.as_bytes().first() {
            Some(b'-') => (true, &trimmed[1..]),
            Some(b'+') => (false, &trimmed[1..]),
            _ => (false, trimmed),
        };
        let (mut mantissa, mut n_decimals, mut n_digits, mut after_point) = (0i128, 0, 0, false);
        for byte in digits.bytes() {
            match byte {
                b'0'..=b'9' if n_digits < Self::N_DIGITS_MAX => {
                    mantissa = mantissa * 10 + i128::from(byte - b'0');
                    n_digits += 1;
                    n_decimals += u32::from(after_point);
                }
                b'.' if !after_point => after_point = true,
                _ => return Err(fail()),
            }
        }
        if n_digits == 0 {
            return Err(fail());
        }
        Ok(Self { mantissa: if negative { -mantissa } else { mantissa }, n_decimals })
    }

    /// Whether it is exactly nothing.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// Below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.mantissa < 0
    }

    /// `self × quantity` in minor units of the currency, rounded once.
    ///
    /// # Errors
    /// More than 64 bits.
    pub fn to_minor(
        self,
        quantity: i64,
        currency: Currency,
        rounding: Rounding,
    ) -> Result<i64, MoneyError> {
        let scaled = self
            .mantissa
            .checked_mul(i128::from(quantity))
            .and_then(|n| n.checked_mul(10i128.pow(currency.n_decimals())))
            .ok_or(MoneyError::Overflow)?;
        rounding
            .divide(scaled, 10i128.pow(self.n_decimals))
            .and_then(|n| i64::try_from(n).ok())
            .ok_or(MoneyError::Overflow)
    }
}

/// Splits an amount over weights so that the parts sum to it exactly: largest remainder
/// (Hamilton's method), ties to the earlier weight. All weights zero or none positive: equal
/// shares. No weights: no parts. Negative weights count as zero.
#[must_use]
pub fn split(total_minor: i64, weights: &[i64]) -> Vec<i64> {
    if weights.is_empty() {
        return Vec::new();
    }
    let positive: Vec<i128> = weights.iter().map(|&w| i128::from(w.max(0))).collect();
    let sum: i128 = positive.iter().sum();
    let (positive, sum) =
        if sum == 0 { (vec![1; weights.len()], weights.len() as i128) } else { (positive, sum) };
    let size = i128::from(total_minor).abs();
    let mut parts: Vec<i128> = positive.iter().map(|w| size * w / sum).collect();
    let left = usize::try_from(size - parts.iter().sum::<i128>()).unwrap_or(0);
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(size * positive[i] % sum));
    for &i in order.iter().take(left) {
        parts[i] += 1;
    }
    let sign = if total_minor < 0 { -1 } else { 1 };
    parts.into_iter().map(|part| i64::try_from(part * sign).unwrap_or(i64::MAX)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn splits_known_sums() {
        assert_eq!(split(299, &[1000, 1000, 1000]), [100, 100, 99]);
        assert_eq!(split(299, &[4300, 1400, 2300]), [161, 52, 86]);
        assert_eq!(split(20_000, &[500, 100]), [16_667, 3_333]);
        assert_eq!(split(-5, &[0, 0]), [-3, -2]);
    }

    #[test]
    fn rounds_halves_as_named() {
        assert_eq!(Rounding::HalfUp.divide(5, 2), Some(3));
        assert_eq!(Rounding::HalfUp.divide(-5, 2), Some(-3));
        assert_eq!(Rounding::HalfEven.divide(5, 2), Some(2));
        assert_eq!(Rounding::HalfEven.divide(7, 2), Some(4));
        assert_eq!(Rounding::Down.divide(-7, 2), Some(-3));
        assert_eq!(Rounding::Up.divide(-7, 2), Some(-4));
        assert_eq!(Rounding::Up.divide(6, 2), Some(3));
        assert_eq!(Rounding::HalfUp.divide(1, 0), None);
    }

    #[test]
    fn parses_what_files_contain_and_refuses_the_rest() {
        let gbp = |text| Money::parse(text, Currency::GBP, Rounding::HalfUp).map(|m| m.minor);
        assert_eq!(gbp("2.55"), Ok(255));
        assert_eq!(gbp("-11062.06"), Ok(-1_106_206));
        assert_eq!(gbp("0.001"), Ok(0));
        assert_eq!(gbp(".5"), Ok(50));
        for bad in ["", "-", ".", "1e400", "1,5", "NaN", "1.2.3", "9999999999999999999999999"] {
            assert!(gbp(bad).is_err(), "{bad}");
        }
        assert_eq!(gbp("999999999999999999999999"), Err(MoneyError::Overflow));
    }

    #[test]
    fn shows_the_minor_unit_of_the_currency() {
        assert_eq!(Money::new(-1205, Currency::GBP).to_string(), "-12.05 GBP");
        assert_eq!(Money::new(1205, "jpy".parse().unwrap()).to_string(), "1205 JPY");
        assert!("XAU".parse::<Currency>().is_err());
    }

    #[test]
    fn sets_thousands_apart_for_people_only() {
        let shown = |minor, code: &str| Money::new(minor, code.parse().unwrap()).for_people();
        assert_eq!(shown(1_450_477, "GBP"), "14,504.77 GBP");
        assert_eq!(shown(-123_456_789, "GBP"), "-1,234,567.89 GBP");
        assert_eq!(shown(-12_345, "GBP"), "-123.45 GBP");
        assert_eq!(shown(-5, "GBP"), "-0.05 GBP");
        assert_eq!(shown(12_345, "JPY"), "12,345 JPY");
        assert_eq!(Money::new(1_450_477, Currency::GBP).to_string(), "14504.77 GBP");
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_whole_and_differ_from_the_exact_share_by_less_than_one(
            total in -1_000_000_000_000i64..1_000_000_000_000,
            weights in proptest::collection::vec(0i64..1_000_000, 1..50),
        ) {
            let parts = split(total, &weights);
            prop_assert_eq!(parts.iter().sum::<i64>(), total);
            let sum: i64 = weights.iter().sum();
            if sum > 0 {
                for (part, weight) in parts.iter().zip(&weights) {
                    let exact = total as f64 * *weight as f64 / sum as f64;
                    prop_assert!((*part as f64 - exact).abs() < 1.001);
                }
            }
        }

        #[test]
        fn parsing_never_panics(text in ".{0,40}") {
            let _ = Money::parse(&text, Currency::GBP, Rounding::HalfEven);
        }
    }
}
