//! Which field of a draft is at fault.

use mercer_connect::source::{
    AdjustmentDraft, LineDraft, N_LINES_MAX, N_TEXT_BYTES_MAX, OrderDraft, ProductDraft,
    RefundDraft, SourceItem,
};

use super::support::*;
use crate::RecordError;
use mercer_connect::source::N_KEY_BYTES_MAX;

use crate::keep::validate;

fn fault(item: SourceItem) -> (String, String, String) {
    match validate(&item) {
        Err(RecordError::Invalid { what, reason, field }) => (what, reason, field),
        Err(other) => panic!("{other}"),
        Ok(()) => ("nothing".to_owned(), String::new(), "none".to_owned()),
    }
}

fn an_order() -> OrderDraft {
    order("1", day(3, 1), customer("ann"), vec![line("A", 1, 500), line("B", 2, 300)])
}

fn a_refund() -> RefundDraft {
    refund("r", day(3, 1), customer("ann"), vec![back("A", 1, 500)])
}

fn long() -> String {
    "x".repeat(N_TEXT_BYTES_MAX + 1)
}

fn long_key() -> String {
    "x".repeat(N_KEY_BYTES_MAX + 1)
}

#[test]
fn a_good_draft_passes() {
    for item in [
        SourceItem::Order(an_order()),
        SourceItem::Refund(a_refund()),
        SourceItem::Adjustment(adjustment("s", 0, "", -2)),
        SourceItem::Product(product("A", "Mug", &["A"])),
    ] {
        assert!(validate(&item).is_ok());
    }
}

type Spoil<T> = fn(&mut T);

#[test]
fn the_field_at_fault_of_an_order_is_named() {
    let spoils: &[(&str, Spoil<OrderDraft>)] = &[
        ("channel", |o| o.channel = " ".into()),
        ("channel", |o| o.channel = long_key()),
        ("number", |o| o.number = String::new()),
        ("number", |o| o.number = long_key()),
        ("number", |o| o.number = "a\0b".into()),
        ("country", |o| o.country = Some("\0".into())),
        ("discount_codes[1]", |o| o.discount_codes = vec!["A".into(), "\0".into()]),
        ("discount_codes[0]", |o| o.discount_codes = vec![long()]),
        ("discount_codes", |o| o.discount_codes = vec!["A".into(); 1_001]),
        ("customer.external_id", |o| o.customer = customer("  ")),
        ("customer.external_id", |o| o.customer = customer(&long_key())),
        ("customer.email", |o| o.customer.as_mut().unwrap().email = Some(long())),
        ("customer.name", |o| o.customer.as_mut().unwrap().name = Some("\0".into())),
        ("customer.country", |o| o.customer.as_mut().unwrap().country = Some(long_key())),
        ("discount_minor", |o| o.discount_minor = -1),
        ("shipping_minor", |o| o.shipping_minor = i64::MIN),
        ("tax_minor", |o| o.tax_minor = -1),
        ("tax_minor", |o| o.tax_minor = i64::MAX),
        ("lines", |o| o.lines.clear()),
        ("lines", |o| o.lines = vec![line("A", 1, 1); N_LINES_MAX + 1]),
    ];
    for (field, spoil) in spoils {
        let mut draft = an_order();
        spoil(&mut draft);
        let (what, reason, found) = fault(SourceItem::Order(draft));
        assert_eq!(found, *field, "{reason}");
        assert!(what.starts_with("order "), "{what}");
        assert!(what.chars().count() <= 46, "{what}");
    }
}

#[test]
fn the_line_at_fault_is_named() {
    let spoils: &[(&str, Spoil<LineDraft>)] = &[
        ("sku", |l| l.sku = String::new()),
        ("sku", |l| l.sku = long_key()),
        ("title", |l| l.title = long()),
        ("quantity", |l| l.quantity = 0),
        ("quantity", |l| l.quantity = -1),
        ("quantity", |l| l.quantity = i64::MAX),
        ("unit_price_minor", |l| l.unit_price_minor = i64::MIN),
        ("total_minor", |l| l.total_minor = -1),
        ("total_minor", |l| l.total_minor = i64::MAX),
        ("discount_minor", |l| l.discount_minor = -1),
        ("tax_minor", |l| l.tax_minor = -1),
    ];
    for (field, spoil) in spoils {
        let mut draft = an_order();
        spoil(&mut draft.lines[1]);
        let (_, reason, found) = fault(SourceItem::Order(draft));
        assert_eq!(found, format!("lines[1].{field}"), "{reason}");
    }
}

#[test]
fn the_field_at_fault_of_a_refund_is_named() {
    let spoils: &[(&str, Spoil<RefundDraft>)] = &[
        ("channel", |r| r.channel = String::new()),
        ("number", |r| r.number = "\n".into()),
        ("order_number", |r| r.order_number = Some("\0".into())),
        ("customer.external_id", |r| r.customer = customer("")),
        ("lines", |r| r.lines.clear()),
        ("lines", |r| r.lines = vec![back("A", 1, 1); N_LINES_MAX + 1]),
        ("lines[0].sku", |r| r.lines[0].sku = " ".into()),
        ("lines[0].title", |r| r.lines[0].title = "\0".into()),
        ("lines[0].quantity", |r| r.lines[0].quantity = -1),
        ("lines[0].unit_price_minor", |r| r.lines[0].unit_price_minor = i64::MIN),
        ("lines[0].amount_minor", |r| r.lines[0].amount_minor = i64::MIN),
    ];
    for (field, spoil) in spoils {
        let mut draft = a_refund();
        spoil(&mut draft);
        let (what, reason, found) = fault(SourceItem::Refund(draft));
        assert_eq!((found.as_str(), what.starts_with("refund ")), (*field, true), "{reason}");
    }
}

#[test]
fn the_field_at_fault_of_a_product_or_a_correction_is_named() {
    let spoils: &[(&str, Spoil<ProductDraft>)] = &[
        ("external_id", |p| p.external_id = String::new()),
        ("external_id", |p| p.external_id = long_key()),
        ("title", |p| p.title = " ".into()),
        ("category", |p| p.category = Some(long())),
        ("variants", |p| p.variants.clear()),
        ("variants[1].sku", |p| p.variants[1].sku = String::new()),
        ("variants[1].sku", |p| p.variants[1].sku = "A".into()),
        ("variants[1].title", |p| p.variants[1].title = Some("\0".into())),
        ("variants[1].price_minor", |p| p.variants[1].price_minor = Some(-1)),
    ];
    for (field, spoil) in spoils {
        let mut draft = product("A", "Mug", &["A", "B"]);
        spoil(&mut draft);
        let (what, reason, found) = fault(SourceItem::Product(draft));
        assert_eq!((found.as_str(), what.starts_with("product ")), (*field, true), "{reason}");
    }
    let spoils: &[(&str, Spoil<AdjustmentDraft>)] = &[
        ("channel", |a| a.channel = String::new()),
        ("number", |a| a.number = String::new()),
        ("sku", |a| a.sku = "\0".into()),
        ("reason", |a| a.reason = long()),
        ("note", |a| a.note = "\0".into()),
        ("quantity", |a| a.quantity = i64::MIN),
        ("amount_minor", |a| a.amount_minor = i64::MAX),
    ];
    for (field, spoil) in spoils {
        let mut draft = adjustment("s", 0, "A", 1);
        spoil(&mut draft);
        let (what, reason, found) = fault(SourceItem::Adjustment(draft));
        assert_eq!((found.as_str(), what.starts_with("adjustment ")), (*field, true), "{reason}");
    }
}

#[test]
fn the_largest_order_allowed_still_adds_up() {
    let mut largest = line("A", 1, 0);
    for amount in [1_000_000_000_000, 1_000_000_000_000_000] {
        largest.quantity = amount;
        largest.total_minor = amount;
        largest.discount_minor = amount;
        let mut draft = order("1", day(3, 1), None, vec![largest.clone(); N_LINES_MAX]);
        draft.shipping_minor = amount;
        draft.tax_minor = amount;
        let (_, reason, field) = fault(SourceItem::Order(draft.clone()));
        match field.as_str() {
            // What a file may hold passes and adds up.
            "none" => assert_eq!(draft.total_minor(), amount * 10_002),
            field => {
                assert_eq!((field, amount), ("shipping_minor", 1_000_000_000_000_000), "{reason}");
            }
        }
    }
}
