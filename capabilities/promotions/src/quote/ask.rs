//! What a storefront asks for.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::PromotionsError;

/// Most codes of one cart; the engine's own limit, told before anything is looked up.
const N_COUPONS_MAX: usize = mercer_promotions_engine::input::N_COUPONS_MAX;
/// Most lines of one cart; the engine's own limit, told before anything is looked up.
const N_LINES_MAX: usize = mercer_promotions_engine::input::N_LINES_MAX;
/// Longest text of a field: SKUs, codes, countries and methods are shorter.
const N_BYTES_MAX: usize = 200;

/// A cart to price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "customer_id": "cus_01h455vb4pex5vsknk084sn02q",
    "lines": [{ "sku": "85123A", "quantity": 12 }],
    "coupons": ["SPRING"],
    "shipping": { "method": "standard", "amount_minor": 495 },
    "country": "GB"
}))]
pub struct QuoteAsk {
    /// Code of the channel; the shop's own if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// `cus_…`, when the customer is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// The visitor's id, when not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anonymous_id: Option<String>,
    /// What is in the cart, 1 to 10,000 lines. A line is named by its place, from 0.
    pub lines: Vec<LineAsk>,
    /// Codes as they were entered.
    #[serde(default)]
    pub coupons: Vec<String>,
    /// Points that the customer wants to pay with.
    #[serde(default)]
    pub points: i64,
    /// How it is shipped, when that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<ShippingAsk>,
    /// Country of delivery, ISO 3166-1 alpha-2, when that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// A line of a cart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineAsk {
    /// What.
    pub sku: String,
    /// How many units.
    pub quantity: i64,
    /// Price of one unit in minor units; the catalogue's if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price_minor: Option<i64>,
    /// Currency of the price, if the storefront has several: it must be the channel's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Tax rate in basis points (2,000 is 20 %); the channel's if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_basis_points: Option<u32>,
    /// Tags of the line, for targets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

/// How a cart is shipped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShippingAsk {
    /// Method, as promotions name it.
    #[schema(example = "standard")]
    pub method: String,
    /// What it costs, minor units.
    pub amount_minor: i64,
    /// Tax rate in basis points; the channel's if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_basis_points: Option<u32>,
}

impl QuoteAsk {
    /// Checks what needs no lookup; amounts and quantities are the engine's to check.
    pub(super) fn check(&self) -> Result<(), PromotionsError> {
        let invalid = |field: &str, sentence: String| {
            Err(PromotionsError::Invalid { field: field.to_owned(), sentence })
        };
        if self.lines.is_empty() {
            return invalid("lines", "a cart needs at least one line".to_owned());
        }
        if self.lines.len() > N_LINES_MAX {
            let sentence = format!(
                "the cart has {} lines; at most {N_LINES_MAX} are priced",
                self.lines.len()
            );
            return invalid("lines", sentence);
        }
        if self.coupons.len() > N_COUPONS_MAX {
            let sentence = format!("at most {N_COUPONS_MAX} codes can be entered");
            return invalid("coupons", sentence);
        }
        if self.points < 0 {
            return invalid("points", "points must be zero or above".to_owned());
        }
        if self.points > 0 && self.customer_id.is_none() {
            let sentence = "points need a customer_id: a visitor has none".to_owned();
            return invalid("points", sentence);
        }
        for (place, line) in self.lines.iter().enumerate() {
            if line.sku.is_empty() || line.sku.len() > N_BYTES_MAX {
                let sentence = format!("a SKU has 1 to {N_BYTES_MAX} bytes");
                return invalid(&format!("lines[{place}].sku"), sentence);
            }
        }
        let texts = [
            ("channel", &self.channel),
            ("customer_id", &self.customer_id),
            ("anonymous_id", &self.anonymous_id),
            ("country", &self.country),
        ];
        for (field, text) in texts {
            if text.as_ref().is_some_and(|text| text.is_empty() || text.len() > N_BYTES_MAX) {
                return invalid(field, format!("`{field}` has 1 to {N_BYTES_MAX} bytes"));
            }
        }
        match self
            .coupons
            .iter()
            .position(|code| code.trim().is_empty() || code.len() > N_BYTES_MAX)
        {
            Some(place) => invalid(
                &format!("coupons[{place}]"),
                format!("a code has 1 to {N_BYTES_MAX} bytes"),
            ),
            None => Ok(()),
        }
    }
}
