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
/// Most tags of one line: targets name a handful.
const N_TAGS_MAX: usize = 50;

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
        if let Some(place) = self.lines.iter().position(|line| line.tags.len() > N_TAGS_MAX) {
            let sentence = format!("a line has at most {N_TAGS_MAX} tags");
            return invalid(&format!("lines[{place}].tags"), sentence);
        }
        self.texts().try_for_each(|(field, text)| check_text(&field, text))
    }

    /// All texts of the cart with the paths of their fields.
    fn texts(&self) -> impl Iterator<Item = (String, &str)> {
        let named = |name: &str, text| Some((name.to_owned(), Option::as_deref(text)?));
        let of_cart = [
            named("channel", &self.channel),
            named("customer_id", &self.customer_id),
            named("anonymous_id", &self.anonymous_id),
            named("country", &self.country),
        ];
        let method = self.shipping.as_ref().map(|shipping| shipping.method.as_str());
        let of_cart = of_cart.into_iter().flatten();
        let of_cart = of_cart.chain(method.map(|method| ("shipping.method".to_owned(), method)));
        let codes = self.coupons.iter().enumerate();
        let codes = codes.map(|(place, code)| (format!("coupons[{place}]"), code.as_str()));
        of_cart.chain(codes).chain(self.lines.iter().enumerate().flat_map(|(place, line)| {
            let sku = std::iter::once((format!("lines[{place}].sku"), line.sku.as_str()));
            let tags = line.tags.iter().enumerate();
            sku.chain(
                tags.map(move |(nth, tag)| (format!("lines[{place}].tags[{nth}]"), tag.as_str())),
            )
        }))
    }
}

/// Refuses a text that is empty, too long, or cannot be kept: PostgreSQL takes no zero byte.
pub(super) fn check_text(field: &str, text: &str) -> Result<(), PromotionsError> {
    if !text.trim().is_empty() && text.len() <= N_BYTES_MAX && !text.contains('\0') {
        return Ok(());
    }
    let sentence = format!("`{field}` has 1 to {N_BYTES_MAX} bytes of text");
    Err(PromotionsError::Invalid { field: field.to_owned(), sentence })
}
