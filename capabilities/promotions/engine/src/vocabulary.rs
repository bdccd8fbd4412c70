//! The names that conditions and targets may use, and what they stand for in a cart.

use mercer_rules::facts::{Facts, Texts, Value};
use mercer_rules::names::{Kind, Name, Names, NamesError};

use crate::check::not_allowed;
use crate::error::InputError;
use crate::input::{CustomerValue, Input, Line};
use crate::policy::{CustomerKind, CustomerName};

const CART: [(&str, Kind, &str); 22] = [
    ("cart.subtotal_minor", Kind::Number, "All lines at list prices, in minor units."),
    ("cart.n_units", Kind::Number, "Units of all lines."),
    ("cart.n_lines", Kind::Number, "Lines of the cart."),
    ("cart.currency", Kind::Text, "Currency of the cart, such as GBP."),
    ("cart.skus", Kind::Texts, "SKUs in the cart."),
    ("cart.products", Kind::Texts, "Products in the cart."),
    ("cart.categories", Kind::Texts, "Categories in the cart."),
    ("cart.tags", Kind::Texts, "Tags of the lines in the cart."),
    ("cart.coupons", Kind::Texts, "Coupon codes as they were entered."),
    ("channel", Kind::Text, "Channel in which the cart was filled."),
    ("country", Kind::Text, "Country of delivery, such as GB; not known before it is chosen."),
    ("time.date", Kind::Text, "Local date as 2026-11-27; compares as text."),
    ("time.hour", Kind::Number, "Local hour, 0 to 23."),
    ("time.minute", Kind::Number, "Local minute, 0 to 59."),
    ("time.weekday", Kind::Number, "Day of the week, 1 for Monday to 7 for Sunday."),
    ("shipping.method", Kind::Text, "Shipping method; not known before it is chosen."),
    ("shipping.amount_minor", Kind::Number, "What shipping costs before discounts."),
    ("customer.segment", Kind::Text, "Segment of the customer, such as champions."),
    ("customer.tier", Kind::Text, "Loyalty tier of the customer."),
    ("customer.n_orders", Kind::Number, "Orders before this one; 0 for the first."),
    ("customer.spent_minor", Kind::Number, "What the customer spent before, in minor units."),
    ("customer.tags", Kind::Texts, "Tags of the customer."),
];

const LINE: [(&str, Kind, &str); 8] = [
    ("line.sku", Kind::Text, "What is sold."),
    ("line.product", Kind::Text, "The product of the SKU, where it is known."),
    ("line.category", Kind::Text, "Category, where it is known."),
    ("line.tags", Kind::Texts, "Tags of the line."),
    ("line.quantity", Kind::Number, "Units of the line."),
    ("line.unit_price_minor", Kind::Number, "List price of one unit, in minor units."),
    ("line.amount_minor", Kind::Number, "List price of the line, in minor units."),
    ("line.unit_cost_minor", Kind::Number, "Cost of one unit, where it is known."),
];

fn name((path, kind, sentence): (&str, Kind, &str)) -> Name {
    Name::new(path, kind, sentence)
}

/// Names of conditions: the usual ones and those that a shop adds under `customer.`.
///
/// # Errors
/// An added name that is none, or stands twice.
pub fn of_conditions(added: &[CustomerName]) -> Result<Names, NamesError> {
    let added = added.iter().map(|value| {
        let kind = match value.kind {
            CustomerKind::Flag => Kind::Flag,
            CustomerKind::Number => Kind::Number,
            CustomerKind::Text => Kind::Text,
            CustomerKind::Texts => Kind::Texts,
        };
        Name::new(&format!("customer.{}", value.name), kind, &value.sentence)
    });
    Names::new(CART.into_iter().map(name).chain(added))
}

/// Names of targets by rule: one line.
///
/// # Errors
/// None that can happen: the names are fixed.
pub fn of_lines() -> Result<Names, NamesError> {
    Names::new(LINE.into_iter().map(name))
}

/// What is known of a cart.
///
/// # Errors
/// A value of the customer that the vocabulary does not have, or of another kind.
pub(crate) fn facts_of_cart<'a>(
    input: &'a Input,
    names: &'a Names,
) -> Result<Facts<'a>, InputError> {
    let mut facts = Facts::new(names);
    let mut set = |path: &str, value: Value<'a>| {
        facts.set(path, value).map_err(|error| {
            not_allowed(path, &error.to_string(), "a name and a kind of the vocabulary")
        })
    };
    let number = |n: usize| Value::Number(i64::try_from(n).unwrap_or(i64::MAX));
    let gathered = |texts: &mut dyn Iterator<Item = &'a str>| {
        let mut texts: Vec<&str> = texts.collect();
        texts.sort_unstable();
        texts.dedup();
        Value::Texts(Texts::Gathered(texts))
    };
    let lines = &input.lines;
    let subtotal = lines.iter().map(|line| line.unit_price_minor.saturating_mul(line.quantity));
    set("cart.subtotal_minor", Value::Number(subtotal.fold(0, i64::saturating_add)))?;
    set("cart.n_units", Value::Number(lines.iter().map(|line| line.quantity).sum()))?;
    set("cart.n_lines", number(lines.len()))?;
    set("cart.currency", Value::Text(input.currency.code()))?;
    set("cart.skus", gathered(&mut lines.iter().map(|line| line.sku.as_str())))?;
    set("cart.products", gathered(&mut lines.iter().filter_map(|line| line.product.as_deref())))?;
    set(
        "cart.categories",
        gathered(&mut lines.iter().filter_map(|line| line.category.as_deref())),
    )?;
    set("cart.tags", gathered(&mut lines.iter().flat_map(|l| l.tags.iter().map(String::as_str))))?;
    set("cart.coupons", gathered(&mut input.coupons.iter().map(|coupon| coupon.code.as_str())))?;
    set("channel", Value::Text(&input.channel))?;
    if let Some(country) = &input.country {
        set("country", Value::Text(country))?;
    }
    set("time.date", Value::Text(&input.time.date))?;
    set("time.hour", Value::Number(i64::from(input.time.hour)))?;
    set("time.minute", Value::Number(i64::from(input.time.minute)))?;
    set("time.weekday", Value::Number(i64::from(input.time.weekday)))?;
    if let Some(shipping) = &input.shipping {
        set("shipping.method", Value::Text(&shipping.method))?;
        set("shipping.amount_minor", Value::Number(shipping.amount_minor))?;
    }
    for (name, value) in &input.customer {
        let value = match value {
            CustomerValue::Flag(flag) => Value::Flag(*flag),
            CustomerValue::Number(number) => Value::Number(*number),
            CustomerValue::Text(text) => Value::Text(text),
            CustomerValue::Texts(texts) => Value::Texts(Texts::Lent(texts)),
        };
        set(&format!("customer.{name}"), value)?;
    }
    Ok(facts)
}

/// What is known of a line. Names and kinds are fixed, so that setting them cannot fail.
pub(crate) fn facts_of_line<'a>(line: &'a Line, names: &'a Names) -> Facts<'a> {
    let mut facts = Facts::new(names);
    let mut set = |path: &str, value: Value<'a>| {
        let known = facts.set(path, value);
        debug_assert!(known.is_ok(), "{path}");
    };
    set("line.sku", Value::Text(&line.sku));
    if let Some(product) = &line.product {
        set("line.product", Value::Text(product));
    }
    if let Some(category) = &line.category {
        set("line.category", Value::Text(category));
    }
    set("line.tags", Value::Texts(Texts::Lent(&line.tags)));
    set("line.quantity", Value::Number(line.quantity));
    set("line.unit_price_minor", Value::Number(line.unit_price_minor));
    set("line.amount_minor", Value::Number(line.unit_price_minor.saturating_mul(line.quantity)));
    if let Some(cost) = line.unit_cost_minor {
        set("line.unit_cost_minor", Value::Number(cost));
    }
    facts
}
