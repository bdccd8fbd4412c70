//! What the rows of the UCI Online Retail file mean: refunds, fees, bad debts, stock notes.
//!
//! Source: Daqing Chen, Online Retail, UCI Machine Learning Repository, doi 10.24432/C5BW33;
//! the codes are those that occur in it and in its successor, Online Retail II. Does not tie
//! refunds to purchases: the record does, once it knows them all.

use mercer_connect::source::LineKind;

/// What an invoice number says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Document {
    /// A sale, or stock booked at no price.
    Invoice,
    /// `C…`: goods came back or money was given back.
    Refund,
    /// `A…`: the books were put right.
    Books,
}

/// The kind of document by its number.
pub(crate) fn document(number: &str) -> Document {
    let rest_is_number = |rest: &str| rest.bytes().next().is_some_and(|b| b.is_ascii_digit());
    match number.split_at_checked(1) {
        Some(("C" | "c", rest)) if rest_is_number(rest) => Document::Refund,
        Some(("A" | "a", rest)) if rest_is_number(rest) => Document::Books,
        _ => Document::Invoice,
    }
}

/// What a stock code is: a product, or a fee by its code.
pub(crate) fn kind(code: &str) -> LineKind {
    if code.bytes().next().is_none_or(|byte| byte.is_ascii_digit()) {
        return LineKind::Item;
    }
    match code {
        "POST" | "DOT" | "C2" | "C3" => LineKind::Shipping,
        "D" => LineKind::Discount,
        "M" | "m" | "B" | "S" | "CRUK" | "AMAZONFEE" | "BANK CHARGES" | "ADJUST" | "ADJUST2" => {
            LineKind::Fee
        }
        _ if code.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("gift_")) => {
            LineKind::Fee
        }
        _ => LineKind::Item,
    }
}

/// The words of notes, by the reason that they give. A word of a note counts when it starts with
/// one of these; the first reason that fits is taken.
const REASONS: &[(&str, &[&str])] = &[
    (
        "damaged",
        &[
            "damag", "dagam", "smash", "crush", "broke", "break", "wet", "rust", "fault", "throw",
            "unsale", "destroy", "mould", "crack", "smudge", "poor", "water", "discolo", "dirty",
        ],
    ),
    ("lost", &["lost", "missing", "mia", "short", "stole", "disappear"]),
    ("found", &["found", "return", "aside"]),
    ("sample", &["sample", "mailout", "display", "showroom", "given", "test", "photo"]),
    (
        "counted",
        &[
            "count",
            "check",
            "adjust",
            "stock",
            "incorrect",
            "wrong",
            "code",
            "mix",
            "sold",
            "credit",
            "reverse",
            "amazon",
            "ebay",
            "dotcom",
            "fba",
            "label",
            "barcode",
            "error",
            "oops",
            "oversold",
            "sale",
            "alloc",
            "correct",
        ],
    ),
];

/// The reason of a stock note in one word; `unknown` for a blank one or a product's name.
pub(crate) fn reason(note: &str) -> &'static str {
    if is_good_title(note) {
        return "unknown";
    }
    let note = note.to_ascii_lowercase();
    let words: Vec<&str> = note.split(|c: char| !c.is_alphanumeric()).collect();
    let fits =
        |stems: &[&str]| words.iter().any(|word| stems.iter().any(|stem| word.starts_with(stem)));
    REASONS.iter().find(|(_, stems)| fits(stems)).map_or("unknown", |(reason, _)| reason)
}

/// Notes in capitals that are no product's name.
const REMARKS: &[&str] =
    &["CHECK", "AMAZON", "EBAY", "FBA", "MIA", "DAMAGED", "DAMAGES", "FOUND", "WET/MOULDY"];

/// Whether a description names a product: the shop writes names in capitals and notes in small
/// letters.
pub(crate) fn is_good_title(title: &str) -> bool {
    let (mut n_upper, mut n_lower) = (0, 0);
    for c in title.chars() {
        n_upper += u32::from(c.is_uppercase());
        n_lower += u32::from(c.is_lowercase());
    }
    n_upper >= 3 && n_upper >= n_lower && !title.starts_with('?') && !REMARKS.contains(&title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_and_codes_are_told_apart() {
        assert_eq!(document("C536379"), Document::Refund);
        assert_eq!(document("A563185"), Document::Books);
        assert_eq!(document("536365"), Document::Invoice);
        assert_eq!(document("CASH-1"), Document::Invoice);
        assert_eq!(document("é"), Document::Invoice);
        assert_eq!(kind("DOT"), LineKind::Shipping);
        assert_eq!(kind("D"), LineKind::Discount);
        assert_eq!(kind("gift_0001_20"), LineKind::Fee);
        assert_eq!(kind("BANK CHARGES"), LineKind::Fee);
        for product in ["85123A", "DCGS0076", "DCGSSBOY", "PADS", "SP1002"] {
            assert_eq!(kind(product), LineKind::Item, "{product}");
        }
    }

    #[test]
    fn notes_give_reasons_and_names_of_products_do_not() {
        for (note, expected) in [
            ("damages?", "damaged"),
            ("wet pallet", "damaged"),
            ("???missing", "lost"),
            ("found some more", "found"),
            ("had been put aside", "found"),
            ("stock check", "counted"),
            ("CHECK", "counted"),
            ("sold as set on dotcom", "counted"),
            ("mailout", "sample"),
            ("?", "unknown"),
            ("", "unknown"),
            ("RED SWEETHEART LETTER RACK", "unknown"),
            ("BROKEN HEART MUG", "unknown"),
        ] {
            assert_eq!(reason(note), expected, "{note}");
        }
    }

    #[test]
    fn good_titles_are_names_in_capitals() {
        for good in ["WHITE METAL LANTERN", "POLYESTER FILLER PAD 40x40cm", "3 TRADITIONAl TINS"] {
            assert!(is_good_title(good), "{good}");
        }
        for bad in ["", "?", "check", "damaged", "Damaged", "CHECK", "wrongly coded 20713", "12"] {
            assert!(!is_good_title(bad), "{bad}");
        }
    }
}
