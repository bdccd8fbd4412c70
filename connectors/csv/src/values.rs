//! From a field's text to quantities, exact amounts and clean titles.
//!
//! Guesses nothing that could be read in two ways: `1,234` is refused, `1,234.50` is not.

use std::borrow::Cow;

use mercer_engine_kit::money::{Currency, Decimal, Rounding};

/// Most units of one line: a thousand times the largest line of the wholesale year that we test
/// on; more is a broken number.
pub const N_UNITS_MAX: i64 = 100_000_000;
/// Largest amount, in minor units, of one line or of one part of an order. Ten billion pounds;
/// keeps every sum over an order far inside 64 bits.
pub const AMOUNT_MINOR_MAX: i64 = 1_000_000_000_000;

/// Whole units. `3.0` is 3.
pub(crate) fn quantity(text: &str) -> Result<i64, String> {
    let whole = match text.split_once('.') {
        Some((whole, zeros)) if !whole.is_empty() && zeros.bytes().all(|b| b == b'0') => whole,
        Some((whole, part))
            if !whole.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            return Err(format!("`{}` is not a whole number of units", shown(text)));
        }
        _ => text,
    };
    let digits = whole.strip_prefix(['-', '+']).unwrap_or(whole);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("`{}` is not a whole number of units", shown(text)));
    }
    match whole.parse::<i64>() {
        Ok(units) if units.abs() <= N_UNITS_MAX => Ok(units),
        _ => Err(format!("`{}` is more than {N_UNITS_MAX} units", shown(text))),
    }
}

/// An exact amount of the currency; its signs, blanks and thousands separators are left out where
/// there is only one way to read the number. The sign of another currency is refused.
pub(crate) fn amount(text: &str, currency: Currency) -> Result<Decimal, String> {
    let fail = |_| format!("`{}` is not an amount, such as 12.50", shown(text));
    if let Ok(amount) = Decimal::parse(text) {
        return Ok(amount);
    }
    Decimal::parse(&digits_of(text, currency)?).map_err(fail)
}

/// The amount times the quantity in minor units, rounded once, halves away from zero.
pub(crate) fn minor(amount: Decimal, quantity: i64, currency: Currency) -> Result<i64, String> {
    amount
        .to_minor(quantity, currency, Rounding::HalfUp)
        .ok()
        .filter(|minor| minor.abs() <= AMOUNT_MINOR_MAX)
        .ok_or_else(|| "the amount is too large".to_owned())
}

fn digits_of(text: &str, currency: Currency) -> Result<String, String> {
    let fail = || format!("`{}` is not an amount, such as 12.50", shown(text));
    let mut rest = text.trim();
    let mut negative = false;
    if let Some(inside) = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        (rest, negative) = (inside, true);
    }
    let body = without_sign(rest, currency).map_err(|other| match other {
        Some(other) => format!("`{}` is in {other}, its order in {currency}", shown(text)),
        None => fail(),
    })?;
    let (minus, body) = match (body.strip_prefix('-'), body.strip_suffix('-')) {
        (Some(_), Some(_)) => return Err(fail()),
        (Some(body), None) | (None, Some(body)) => (true, body),
        (None, None) => (false, body.strip_prefix('+').unwrap_or(&body)),
    };
    if (minus && negative) || !body.bytes().all(|b| b.is_ascii_digit() || b",.'".contains(&b)) {
        return Err(fail());
    }
    let (whole, part) = point_of(body).ok_or_else(|| {
        format!("`{}` can be read in two ways: write it without thousands separators", shown(text))
    })?;
    let mut out = String::with_capacity(body.len() + 1);
    if minus || negative {
        out.push('-');
    }
    let groups: Vec<&str> = whole.split([',', '.', '\'']).collect();
    let grouped = groups.len() == 1
        || (matches!(groups[0].len(), 1..=3) && groups[1..].iter().all(|group| group.len() == 3));
    if !grouped || part.contains([',', '.', '\'']) {
        return Err(fail());
    }
    out.push_str(&groups.concat());
    if !part.is_empty() {
        out.push('.');
        out.push_str(part);
    }
    Ok(out)
}

/// The text without blanks and signs of the currency; the error is another currency's code, none
/// for letters that are no currency.
/// `$` and `¥` are those of several currencies and fit all.
fn without_sign(text: &str, currency: Currency) -> Result<String, Option<&str>> {
    for (sign, code) in [('£', "GBP"), ('€', "EUR")] {
        if text.contains(sign) && currency.code() != code {
            return Err(Some(code));
        }
    }
    let letters = |c: char| c.is_ascii_alphabetic();
    let (start, end) = (text.find(letters), text.rfind(letters));
    let word = start.zip(end).map_or("", |(start, end)| &text[start..=end]);
    let is_own = word.is_empty()
        || word.eq_ignore_ascii_case(currency.code())
        || (word.len() == 2 && currency.code().starts_with(word) && text.contains('$'));
    if !is_own {
        return Err(Some(word).filter(|word| word.parse::<Currency>().is_ok()));
    }
    let is_blank = |c: char| matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}');
    Ok(text
        .chars()
        .filter(|&c| !matches!(c, '£' | '$' | '€' | '¥') && !is_blank(c) && !letters(c))
        .map(|c| if c == '\u{2212}' { '-' } else { c })
        .collect())
}

/// The parts before and behind the decimal point; none when it could be either.
fn point_of(body: &str) -> Option<(&str, &str)> {
    let commas = body.matches(',').count();
    let points = body.matches('.').count();
    let at = |sign: char| body.rsplit_once(sign);
    match (commas, points) {
        (0, 0) => Some((body, "")),
        (0, 1) => at('.'),
        (1, 0) => match at(',') {
            Some((whole, part)) if part.len() == 3 && !matches!(whole, "" | "0") => {
                // With an apostrophe as the separator the comma is the decimal one.
                whole.contains('\'').then_some((whole, part))
            }
            split => split,
        },
        (_, 0) | (0, _) => Some((body, "")),
        _ if body.rfind('.') > body.rfind(',') && points == 1 => at('.'),
        _ if commas == 1 => at(','),
        _ => Some((body, "")),
    }
}

/// Trimmed, with inner blanks collapsed to one.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let odd = |c: char| c.is_whitespace() && c != ' ';
    if !text.contains("  ") && !text.contains(odd) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A value as it is shown in a reason: short, on one line.
pub(crate) fn shown(text: &str) -> String {
    let mut out: String =
        text.chars().take(40).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(40).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pence(text: &str) -> Result<i64, String> {
        let currency = if text.contains('€') { Currency::EUR } else { Currency::GBP };
        amount(text, currency).and_then(|amount| minor(amount, 1, currency))
    }

    #[test]
    fn amounts_are_read_as_people_write_them_where_there_is_one_reading() {
        for (text, expected) in [
            ("£1,234.50", 123_450),
            ("1.234,50 €", 123_450),
            ("1'234.50", 123_450),
            ("1 234,5", 123_450),
            ("GBP 12.50", 1_250),
            ("12,5", 1_250),
            ("0,125", 13),
            ("1,234,567.89", 123_456_789),
            ("1.234.567", 123_456_700),
            ("-£3.20", -320),
            ("£-3.20", -320),
            ("(3.20)", -320),
            ("3.20-", -320),
            ("\u{2212}3.20", -320),
            ("0.001", 0),
            ("1.005", 101),
        ] {
            assert_eq!(pence(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn amounts_with_two_readings_or_none_are_refused() {
        assert!(pence("1,234").unwrap_err().contains("two ways"));
        for text in
            ["", "-", "£", "1e5", "12,34,56", "1.2.3", "1,2.3,4", "--1", "(-1)", "12 kg", "NaN"]
        {
            assert!(pence(text).is_err(), "{text}");
        }
        assert!(pence("99999999999999").is_err());
        assert_eq!(pence("1e5").unwrap_err(), "`1e5` is not an amount, such as 12.50");
    }

    #[test]
    fn the_sign_of_another_currency_is_refused() {
        assert!(amount("€10.00", Currency::GBP).unwrap_err().contains("is in EUR"));
        assert!(amount("10.00 USD", Currency::GBP).unwrap_err().contains("is in USD"));
        assert!(amount("£10.00", Currency::USD).unwrap_err().contains("is in GBP"));
        for text in ["$10.00", "US$10.00", "USD 10.00", "10 usd"] {
            assert!(amount(text, Currency::USD).is_ok(), "{text}");
        }
    }

    #[test]
    fn quantities_are_whole_and_sane() {
        assert_eq!(quantity("3.00"), Ok(3));
        assert_eq!(quantity("-80995"), Ok(-80_995));
        assert_eq!(quantity("+2"), Ok(2));
        for text in ["", "1e400", "1.5", "three", "1,000", "999999999999999999999999", "-", ".0"] {
            assert!(quantity(text).is_err(), "{text}");
        }
    }

    #[test]
    fn titles_lose_outer_blanks_and_doubled_inner_ones() {
        assert_eq!(clean("  SET OF  3\tCAKE TINS\u{a0}"), "SET OF 3 CAKE TINS");
        assert!(matches!(clean(" plain one "), Cow::Borrowed("plain one")));
    }
}
