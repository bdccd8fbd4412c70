//! Which column is what: one table of fields, with the header names each preset accepts.
//!
//! Looks at names only, never at values.

use std::str::FromStr;

use mercer_connect::source::SourceError;
use serde::{Deserialize, Serialize};

use crate::options::{Options, Preset, UnknownChoice, choose};

/// Most columns that a message lists: enough to find the right one, short enough to read.
const N_COLUMNS_SHOWN_MAX: usize = 30;

macro_rules! fields {
    ($($variant:ident $name:literal $label:literal $doc:literal;)*) => {
        /// What a column can mean.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Field { $(#[doc = $doc] $variant,)* }

        impl Field {
            /// All fields, in the order in which they are shown.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name on the command line and in JSON.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What a merchant calls it.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)* }
            }
        }
    };
}

fields! {
    OrderNumber "order_number" "Order number" "The order's number, the same on each of its rows.";
    PlacedAt "placed_at" "Placed at" "When the order was placed.";
    Sku "sku" "SKU" "Stock-keeping unit of the line; the title stands in where it is empty.";
    Title "title" "Product title" "What the line is called.";
    Quantity "quantity" "Quantity" "Whole units; below zero for goods that came back.";
    UnitPrice "unit_price" "Unit price" "Price of one unit before discount.";
    LineTotal "line_total" "Line total" "What the line came to; wins over quantity × price.";
    LineDiscount "line_discount" "Line discount" "Money off this line.";
    LineTax "line_tax" "Line tax" "Tax of this line.";
    Category "category" "Category" "The product's category.";
    CustomerId "customer_id" "Customer id" "The shop's own id of the customer.";
    Email "email" "E-mail" "The customer's e-mail address.";
    CustomerName "customer_name" "Customer name" "The customer's full name.";
    Country "country" "Country" "Country of the order.";
    Currency "currency" "Currency" "ISO 4217 code of the order's amounts.";
    Status "status" "Status" "Where the order stands.";
    FinancialStatus "financial_status" "Payment status" "Whether it is paid, voided or refunded.";
    CancelledAt "cancelled_at" "Cancelled at" "When it was cancelled; empty when it was not.";
    DiscountCode "discount_code" "Discount code" "Coupon codes used, separated by commas.";
    OrderDiscount "order_discount" "Order discount" "Money off the whole order.";
    Shipping "shipping" "Shipping" "Shipping of the whole order.";
    Tax "tax" "Tax" "Tax of the whole order.";
    Subtotal "subtotal" "Subtotal" "Lines after discount, before shipping and tax.";
    Total "total" "Total" "What the order came to; checked against its parts.";
    Refunded "refunded" "Refunded" "Money given back on the order so far.";
    Channel "channel" "Channel" "Code of the channel it was sold through.";
}

impl FromStr for Field {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Self, UnknownChoice> {
        let all: Vec<_> = Self::ALL.iter().map(|&field| (field.name(), field)).collect();
        choose("field", text, &all)
    }
}

/// A pair as the command line writes it, `order_number:COLUMN`. The column may have colons.
///
/// # Errors
/// No colon, or a field that is not known; the error lists those that are.
pub fn parse_map(text: &str) -> Result<(Field, String), UnknownChoice> {
    let (field, column) = text.split_once(':').unwrap_or((text, ""));
    let field = field.parse()?;
    if column.is_empty() {
        return Err(UnknownChoice {
            what: "pair of field and column",
            given: text.chars().take(64).collect(),
            offered: format!("{}:COLUMN", Field::name(field)),
        });
    }
    Ok((field, column.to_owned()))
}

/// One line of a preset's table.
#[derive(Debug, Clone, Copy)]
pub struct ColumnRule {
    /// What the column means.
    pub field: Field,
    /// Whether a file without it cannot be used. A missing unit price is made up for by a line
    /// total, a missing SKU by a title.
    pub required: bool,
    /// Names accepted, best first; case, blanks and punctuation do not matter.
    pub headers: &'static [&'static str],
}

const fn must(field: Field, headers: &'static [&'static str]) -> ColumnRule {
    ColumnRule { field, required: true, headers }
}

const fn may(field: Field, headers: &'static [&'static str]) -> ColumnRule {
    ColumnRule { field, required: false, headers }
}

const ONLINE_RETAIL: &[ColumnRule] = &[
    must(Field::OrderNumber, &["InvoiceNo", "Invoice"]),
    must(Field::PlacedAt, &["InvoiceDate"]),
    must(Field::Sku, &["StockCode"]),
    must(Field::Title, &["Description"]),
    must(Field::Quantity, &["Quantity"]),
    must(Field::UnitPrice, &["UnitPrice", "Price"]),
    must(Field::CustomerId, &["CustomerID"]),
    may(Field::Country, &["Country"]),
];

const SHOPIFY: &[ColumnRule] = &[
    must(Field::OrderNumber, &["Name"]),
    must(Field::PlacedAt, &["Created at"]),
    may(Field::Sku, &["Lineitem sku"]),
    must(Field::Title, &["Lineitem name"]),
    must(Field::Quantity, &["Lineitem quantity"]),
    must(Field::UnitPrice, &["Lineitem price"]),
    may(Field::LineDiscount, &["Lineitem discount"]),
    may(Field::Email, &["Email"]),
    may(Field::CustomerName, &["Billing Name", "Shipping Name"]),
    may(Field::Country, &["Shipping Country", "Billing Country"]),
    may(Field::Currency, &["Currency"]),
    may(Field::Status, &["Fulfillment Status"]),
    may(Field::FinancialStatus, &["Financial Status"]),
    may(Field::CancelledAt, &["Cancelled at"]),
    may(Field::DiscountCode, &["Discount Code"]),
    may(Field::OrderDiscount, &["Discount Amount"]),
    may(Field::Shipping, &["Shipping"]),
    may(Field::Tax, &["Taxes"]),
    may(Field::Subtotal, &["Subtotal"]),
    may(Field::Total, &["Total"]),
    may(Field::Refunded, &["Refunded Amount"]),
];

const WOOCOMMERCE: &[ColumnRule] = &[
    must(Field::OrderNumber, &["Order Number", "Order ID", "order_number_formatted"]),
    must(Field::PlacedAt, &["Order Date", "Date", "Date Created", "Order Date Created"]),
    may(Field::Sku, &["Item SKU", "SKU", "Product SKU"]),
    must(Field::Title, &["Item Name", "Product Name", "Product Name (main)"]),
    must(Field::Quantity, &["Quantity", "Item Quantity", "Qty", "Quantity (- Refund)"]),
    must(Field::UnitPrice, &["Item Cost", "Item Price", "Price", "Product Price"]),
    may(
        Field::LineTotal,
        &["Item Total", "Line Total", "Order Line Total", "Order Line (w/o tax)"],
    ),
    may(Field::LineTax, &["Item Total Tax", "Item Tax", "Order Line Tax", "Line Tax"]),
    may(Field::Category, &["Category", "Item Category", "Product Category"]),
    may(Field::CustomerId, &["Customer ID", "Customer User ID", "Customer User"]),
    may(
        Field::Email,
        &["Billing Email", "Email (Billing)", "Customer Email", "Email Address", "Email"],
    ),
    may(Field::CustomerName, &["Customer Name", "Billing Name", "Full Name (Billing)", "Name"]),
    may(
        Field::Country,
        &[
            "Shipping Country",
            "Country Code (Shipping)",
            "Billing Country",
            "Country Code (Billing)",
            "Country",
        ],
    ),
    may(Field::Currency, &["Order Currency", "Currency"]),
    may(Field::Status, &["Order Status", "Status"]),
    may(Field::DiscountCode, &["Coupon Code", "Coupon", "Coupons", "Coupon Codes"]),
    may(
        Field::OrderDiscount,
        &["Cart Discount Amount", "Discount Total", "Order Discount", "Discount", "Cart Discount"],
    ),
    may(
        Field::Shipping,
        &["Order Shipping Amount", "Shipping Total", "Order Shipping", "Shipping"],
    ),
    may(
        Field::Tax,
        &["Order Total Tax Amount", "Tax Total", "Order Tax", "Order Total Tax", "Tax"],
    ),
    may(Field::Total, &["Order Total Amount", "Order Total", "Total"]),
    may(
        Field::Refunded,
        &["Order Refund Amount", "Refunded Total", "Refund Amount", "Refund", "Refunded"],
    ),
];

const GENERIC: &[ColumnRule] = &[
    must(
        Field::OrderNumber,
        &[
            "order number",
            "order no",
            "order id",
            "order",
            "order ref",
            "order reference",
            "number",
            "invoice number",
            "invoice no",
            "invoice id",
            "invoice",
            "receipt",
            "transaction id",
        ],
    ),
    must(
        Field::PlacedAt,
        &[
            "placed at",
            "order date",
            "ordered at",
            "created at",
            "date",
            "invoice date",
            "order time",
            "datetime",
            "timestamp",
            "purchase date",
            "purchased at",
            "transaction date",
        ],
    ),
    must(
        Field::Sku,
        &[
            "sku",
            "product sku",
            "item sku",
            "variant sku",
            "stock code",
            "product code",
            "item code",
            "product id",
            "item id",
            "article number",
            "article",
            "code",
        ],
    ),
    may(
        Field::Title,
        &[
            "title",
            "product title",
            "product name",
            "item name",
            "product",
            "item",
            "description",
            "name of product",
        ],
    ),
    must(
        Field::Quantity,
        &["quantity", "qty", "units", "item quantity", "amount ordered", "pieces"],
    ),
    must(
        Field::UnitPrice,
        &["unit price", "price", "item price", "unit cost", "price per unit", "item cost"],
    ),
    may(Field::LineTotal, &["line total", "item total", "line amount", "row total"]),
    may(Field::LineDiscount, &["discount", "line discount", "item discount"]),
    may(Field::LineTax, &["line tax", "item tax", "tax", "vat"]),
    may(Field::Category, &["category", "product category", "product type", "department"]),
    may(
        Field::CustomerId,
        &["customer id", "customer no", "customer number", "client id", "customer"],
    ),
    may(Field::Email, &["email", "e-mail", "customer email", "email address", "billing email"]),
    may(Field::CustomerName, &["name", "customer name", "full name", "buyer name", "buyer"]),
    may(Field::Country, &["country", "shipping country", "ship country", "billing country"]),
    may(Field::Currency, &["currency", "currency code", "order currency"]),
    may(Field::Status, &["status", "order status", "fulfillment status", "fulfilment status"]),
    may(Field::CancelledAt, &["cancelled at", "canceled at"]),
    may(
        Field::DiscountCode,
        &["discount code", "coupon code", "coupon", "voucher code", "promo code"],
    ),
    may(Field::OrderDiscount, &["order discount", "discount total"]),
    may(
        Field::Shipping,
        &["shipping", "shipping cost", "postage", "delivery", "freight", "shipping total"],
    ),
    may(Field::Tax, &["order tax", "taxes", "tax total", "total tax"]),
    may(Field::Total, &["order total", "grand total"]),
    may(Field::Refunded, &["refunded", "refunded amount", "refund amount"]),
    may(Field::Channel, &["channel", "sales channel"]),
];

impl Preset {
    /// The table of the preset's columns; that of `generic` for `auto`.
    #[must_use]
    pub fn columns(self) -> &'static [ColumnRule] {
        match self {
            Self::OnlineRetail => ONLINE_RETAIL,
            Self::Shopify => SHOPIFY,
            Self::Woocommerce => WOOCOMMERCE,
            Self::Generic | Self::Auto => GENERIC,
        }
    }
}

/// A name without case, blanks and punctuation: `Order_No.` and `order no` are one name.
pub(crate) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Where a field's values come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mapped {
    /// The field.
    pub field: Field,
    /// What a merchant calls it.
    pub label: &'static str,
    /// The column of the file, if one was named or found.
    pub column: Option<String>,
    /// Whether a file without it cannot be used.
    pub required: bool,
    /// Found by its name, not named by the merchant.
    pub guessed: bool,
    #[serde(skip)]
    pub(crate) index: Option<usize>,
}

/// The preset to use and whether it was guessed.
pub(crate) fn preset_of(header: &[String], options: &Options) -> (Preset, bool) {
    if options.preset != Preset::Auto {
        return (options.preset, false);
    }
    let names: Vec<String> = header.iter().map(|name| plain(name)).collect();
    let has = |wanted: &str| names.contains(&plain(wanted));
    let preset = if has("StockCode") && has("Quantity") && (has("InvoiceNo") || has("Invoice")) {
        Preset::OnlineRetail
    } else if has("Name") && has("Lineitem quantity") {
        Preset::Shopify
    } else if (has("Order ID") || has("Order Number"))
        && (has("Item Name") || has("Product Name") || has("Product Name (main)"))
        && ["Item Cost", "Item Total", "Order Line Total", "Order Total Amount", "Order Status"]
            .iter()
            .any(|name| has(name))
        && !has("unit price")
    {
        Preset::Woocommerce
    } else {
        Preset::Generic
    };
    (preset, true)
}

/// Finds each field's column: the merchant's own choice, otherwise by name.
pub(crate) fn map_columns(
    header: &[String],
    preset: Preset,
    map: &[(Field, String)],
    file: &str,
) -> Result<Vec<Mapped>, SourceError> {
    let names: Vec<String> = header.iter().map(|name| plain(name)).collect();
    let find = |wanted: &str| {
        let exact = header.iter().position(|name| name == wanted);
        exact.or_else(|| {
            let wanted = plain(wanted);
            names.iter().position(|name| *name == wanted && !name.is_empty())
        })
    };
    let mut mapping = Vec::new();
    for &field in Field::ALL {
        let rule = preset.columns().iter().find(|rule| rule.field == field);
        let required = rule.is_some_and(|rule| rule.required);
        let chosen = map.iter().rev().find(|(of, _)| *of == field);
        let index = match chosen {
            Some((_, column)) => Some(find(column).ok_or_else(|| SourceError::Unusable {
                message: format!(
                    "`{file}` has no column `{column}`, which --map names for {}; its columns are {}",
                    field.name(),
                    listed(header)
                ),
            })?),
            None => rule.and_then(|rule| rule.headers.iter().find_map(|name| find(name))),
        };
        if rule.is_none() && index.is_none() {
            continue;
        }
        let column = index.map(|index| header[index].clone());
        let guessed = chosen.is_none() && index.is_some();
        mapping.push(Mapped { field, label: field.label(), column, required, guessed, index });
    }
    Ok(mapping)
}

/// The required fields that no column gives; one missing is made up for where another can.
pub(crate) fn missing(mapping: &[Mapped]) -> Vec<Field> {
    let has =
        |field: Field| mapping.iter().any(|mapped| mapped.field == field && mapped.index.is_some());
    mapping
        .iter()
        .filter(|mapped| mapped.required && mapped.index.is_none())
        .map(|mapped| mapped.field)
        .filter(|field| match field {
            Field::UnitPrice => !has(Field::LineTotal),
            Field::Sku => !has(Field::Title),
            _ => true,
        })
        .collect()
}

/// The sentence about a missing column.
pub(crate) fn missing_message(
    field: Field,
    preset: Preset,
    header: &[String],
    file: &str,
) -> String {
    let rule = preset.columns().iter().find(|rule| rule.field == field);
    let wanted = rule.and_then(|rule| rule.headers.first()).copied().unwrap_or(field.name());
    format!(
        "`{file}` has no column `{wanted}`; its columns are {}; give --map {}:COLUMN",
        listed(header),
        field.name()
    )
}

fn listed(header: &[String]) -> String {
    let mut shown: Vec<String> = header
        .iter()
        .take(N_COLUMNS_SHOWN_MAX)
        .map(|name| format!("`{}`", name.chars().take(64).collect::<String>()))
        .collect();
    if header.len() > N_COLUMNS_SHOWN_MAX {
        shown.push(format!("and {} more", header.len() - N_COLUMNS_SHOWN_MAX));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_field_and_column_are_read_and_others_refused() {
        assert_eq!(
            parse_map("quantity:Stück: Anzahl"),
            Ok((Field::Quantity, "Stück: Anzahl".into()))
        );
        assert!(parse_map("quantity").unwrap_err().to_string().contains("quantity:COLUMN"));
        assert!(parse_map("colour:X").unwrap_err().to_string().contains("order_number"));
    }

    #[test]
    fn no_preset_takes_one_column_name_for_two_fields() {
        for preset in Preset::ALL {
            let mut seen = std::collections::HashMap::new();
            for rule in preset.columns() {
                for name in rule.headers {
                    let before = seen.insert(plain(name), rule.field);
                    assert!(before.is_none_or(|field| field == rule.field), "{preset}: {name}");
                }
            }
        }
    }
}
