//! Whether a draft can be kept at all. Says which field is at fault and what to do.

use mercer_connect::source::{
    AdjustmentDraft, CustomerDraft, LineKind, N_KEY_BYTES_MAX, N_LINES_MAX, N_TEXT_BYTES_MAX,
    OrderDraft, ProductDraft, RefundDraft, SourceItem,
};

use crate::RecordError;

/// Largest amount in minor units and largest quantity: a hundred times what a file may hold, and
/// all lines of the largest order still add up within 64 bits.
const AMOUNT_MAX: i64 = 100_000_000_000_000;
/// Most variants of one product: shop systems stop at 2,048.
const N_VARIANTS_MAX: usize = 5_000;
/// Most coupon codes of one order; far above what a till or a shop accepts.
const N_CODES_MAX: usize = 1_000;

/// Checks one draft.
///
/// # Errors
/// [`RecordError::Invalid`] with the field at fault.
pub fn validate(item: &SourceItem) -> Result<(), RecordError> {
    match item {
        SourceItem::Product(draft) => product(draft),
        SourceItem::Order(draft) => order(draft),
        SourceItem::Refund(draft) => refund(draft),
        SourceItem::Adjustment(draft) => adjustment(draft),
    }
}

struct Check<'a> {
    what: &'a str,
}

impl Check<'_> {
    fn fail<T>(&self, field: &str, reason: impl Into<String>) -> Result<T, RecordError> {
        Err(RecordError::Invalid {
            what: self.what.to_owned(),
            reason: reason.into(),
            field: field.to_owned(),
        })
    }

    fn name(&self, field: &str, text: &str) -> Result<(), RecordError> {
        if text.trim().is_empty() {
            return self.fail(field, format!("`{field}` is empty"));
        }
        self.text(field, text)
    }

    fn key(&self, field: &str, text: &str) -> Result<(), RecordError> {
        self.name(field, text)?;
        self.short(field, text)
    }

    fn short(&self, field: &str, text: &str) -> Result<(), RecordError> {
        if text.len() > N_KEY_BYTES_MAX {
            return self.fail(field, format!("`{field}` is longer than {N_KEY_BYTES_MAX} bytes"));
        }
        self.text(field, text)
    }

    fn text(&self, field: &str, text: &str) -> Result<(), RecordError> {
        if text.len() > N_TEXT_BYTES_MAX {
            return self.fail(field, format!("`{field}` is longer than {N_TEXT_BYTES_MAX} bytes"));
        }
        if text.contains('\0') {
            return self.fail(field, format!("`{field}` contains a zero byte"));
        }
        Ok(())
    }

    fn amount(&self, field: &str, amount: i64) -> Result<(), RecordError> {
        if amount.unsigned_abs() > AMOUNT_MAX.unsigned_abs() {
            return self.fail(field, format!("`{field}` is beyond {AMOUNT_MAX}"));
        }
        Ok(())
    }

    fn not_negative(&self, field: &str, amount: i64) -> Result<(), RecordError> {
        if amount < 0 {
            return self.fail(field, format!("`{field}` is below zero"));
        }
        self.amount(field, amount)
    }

    fn customer(&self, draft: Option<&CustomerDraft>) -> Result<(), RecordError> {
        let Some(CustomerDraft { external_id, email, name, country }) = draft else {
            return Ok(());
        };
        self.key("customer.external_id", external_id)?;
        self.text("customer.email", email.as_deref().unwrap_or_default())?;
        self.text("customer.name", name.as_deref().unwrap_or_default())?;
        self.short("customer.country", country.as_deref().unwrap_or_default())
    }
}

fn product(draft: &ProductDraft) -> Result<(), RecordError> {
    let check = Check { what: &format!("product {}", shortened(&draft.external_id)) };
    check.key("external_id", &draft.external_id)?;
    check.name("title", &draft.title)?;
    check.text("category", draft.category.as_deref().unwrap_or_default())?;
    if draft.variants.is_empty() {
        return check.fail("variants", "a product needs at least one variant with a SKU");
    }
    if draft.variants.len() > N_VARIANTS_MAX {
        return check.fail("variants", format!("more than {N_VARIANTS_MAX} variants"));
    }
    for (i, variant) in draft.variants.iter().enumerate() {
        let field = |name: &str| format!("variants[{i}].{name}");
        check.key(&field("sku"), &variant.sku)?;
        if draft.variants[..i].iter().any(|before| before.sku == variant.sku) {
            return check.fail(&field("sku"), "an earlier variant has the same SKU");
        }
        check.text(&field("title"), variant.title.as_deref().unwrap_or_default())?;
        check.not_negative(&field("price_minor"), variant.price_minor.unwrap_or(0))?;
    }
    Ok(())
}

fn order(draft: &OrderDraft) -> Result<(), RecordError> {
    let check = Check { what: &format!("order {}", shortened(&draft.number)) };
    check.key("channel", &draft.channel)?;
    check.key("number", &draft.number)?;
    check.text("country", draft.country.as_deref().unwrap_or_default())?;
    check.customer(draft.customer.as_ref())?;
    if draft.discount_codes.len() > N_CODES_MAX {
        return check.fail("discount_codes", format!("more than {N_CODES_MAX} codes"));
    }
    for (i, code) in draft.discount_codes.iter().enumerate() {
        check.text(&format!("discount_codes[{i}]"), code)?;
    }
    check.not_negative("discount_minor", draft.discount_minor)?;
    check.amount("shipping_minor", draft.shipping_minor)?;
    check.not_negative("tax_minor", draft.tax_minor)?;
    if draft.lines.is_empty() {
        return check.fail("lines", "an order needs at least one line");
    }
    if draft.lines.len() > N_LINES_MAX {
        return check.fail("lines", format!("more than {N_LINES_MAX} lines"));
    }
    for (i, line) in draft.lines.iter().enumerate() {
        let field = |name: &str| format!("lines[{i}].{name}");
        check.key(&field("sku"), &line.sku)?;
        check.text(&field("title"), &line.title)?;
        if line.quantity <= 0 {
            return check.fail(&field("quantity"), "the quantity must be above zero");
        }
        check.amount(&field("quantity"), line.quantity)?;
        check.amount(&field("unit_price_minor"), line.unit_price_minor)?;
        check.amount(&field("total_minor"), line.total_minor)?;
        check.not_negative(&field("discount_minor"), line.discount_minor)?;
        check.not_negative(&field("tax_minor"), line.tax_minor)?;
        if line.kind == LineKind::Item && line.total_minor < 0 {
            return check.fail(&field("total_minor"), "an item's total is below zero");
        }
    }
    Ok(())
}

fn refund(draft: &RefundDraft) -> Result<(), RecordError> {
    let check = Check { what: &format!("refund {}", shortened(&draft.number)) };
    check.key("channel", &draft.channel)?;
    check.key("number", &draft.number)?;
    check.text("order_number", draft.order_number.as_deref().unwrap_or_default())?;
    check.customer(draft.customer.as_ref())?;
    if draft.lines.is_empty() || draft.lines.len() > N_LINES_MAX {
        return check.fail("lines", format!("a refund has 1 to {N_LINES_MAX} lines"));
    }
    for (i, line) in draft.lines.iter().enumerate() {
        let field = |name: &str| format!("lines[{i}].{name}");
        check.key(&field("sku"), &line.sku)?;
        check.text(&field("title"), &line.title)?;
        check.not_negative(&field("quantity"), line.quantity)?;
        check.amount(&field("unit_price_minor"), line.unit_price_minor)?;
        check.amount(&field("amount_minor"), line.amount_minor)?;
    }
    Ok(())
}

fn adjustment(draft: &AdjustmentDraft) -> Result<(), RecordError> {
    let check = Check { what: &format!("adjustment {}", shortened(&draft.number)) };
    check.key("channel", &draft.channel)?;
    check.key("number", &draft.number)?;
    check.text("sku", &draft.sku)?;
    check.text("reason", &draft.reason)?;
    check.text("note", &draft.note)?;
    check.amount("quantity", draft.quantity)?;
    check.amount("amount_minor", draft.amount_minor)
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}
