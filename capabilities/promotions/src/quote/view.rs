//! A quote as the interface answers it.

use std::collections::HashMap;

use jiff::Timestamp;
use mercer_decisions::ReasonRecord;
use mercer_promotions_engine::outcome::{Discount, PricedLine, Quote, Search, Source};
use mercer_promotions_engine::policy::Promotion;
use mercer_promotions_engine::reason::NotApplied;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Where a quote stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuoteState {
    /// Its price is good until `expires_at`; nothing is held.
    Priced,
    /// Everything that it uses is held until `held_until`.
    Held,
    /// It became an order.
    Committed,
    /// What was held was given back by request.
    Released,
    /// What was held was given back because its time was over.
    Expired,
}

impl QuoteState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Priced => "priced",
            Self::Held => "held",
            Self::Committed => "committed",
            Self::Released => "released",
            Self::Expired => "expired",
        }
    }

    pub(crate) fn parse(name: &str) -> Self {
        match name {
            "held" => Self::Held,
            "committed" => Self::Committed,
            "released" => Self::Released,
            "expired" => Self::Expired,
            _ => Self::Priced,
        }
    }
}

/// A priced cart.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct QuoteView {
    /// `quo_…`; also the subject of its decision.
    pub id: String,
    /// Where it stands.
    pub state: QuoteState,
    /// Code of the channel.
    pub channel: String,
    /// Who asked, if known.
    pub customer_id: Option<String>,
    /// When it was priced.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Until when its price is good.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// Until when everything is held; null before the hold.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub held_until: Option<Timestamp>,
    /// The order that it became: channel, a slash, number.
    pub order: Option<String>,
    /// The price.
    pub price: PriceView,
    /// Why, weightiest first.
    pub reasons: Vec<ReasonRecord>,
    /// What the customer should know about the hold: gifts that ran out, units not there yet.
    pub notices: Vec<String>,
}

/// A price with all its parts. `total_minor` is what is to be paid; where `tax` is `inclusive`
/// it contains `tax_minor`, where `exclusive` that was added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PriceView {
    /// ISO 4217 code of all amounts.
    #[schema(example = "GBP")]
    pub currency: String,
    /// `inclusive` or `exclusive`.
    #[schema(example = "inclusive")]
    pub tax: String,
    /// The lines in the order asked.
    pub lines: Vec<LineView>,
    /// Lines at list prices, minor units.
    pub subtotal_minor: i64,
    /// What was taken off the lines, minor units.
    pub discount_minor: i64,
    /// The same by source, in the order in which it was taken.
    pub discounts: Vec<DiscountView>,
    /// Shipping; null while it is not known.
    pub shipping: Option<ShippingView>,
    /// Tax, minor units.
    pub tax_minor: i64,
    /// What is to be paid, minor units.
    pub total_minor: i64,
    /// What is added for nothing.
    pub gifts: Vec<GiftView>,
    /// Points that pay a part.
    pub points: Option<PointsView>,
    /// What did not apply, and why.
    pub not_applied: Vec<NotAppliedView>,
    /// What is missing for more.
    pub next_steps: Vec<NextStepView>,
    /// False when the search for the best deal was cut off.
    pub is_best: bool,
}

/// A line with its price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LineView {
    /// Its place in the cart, from 0.
    pub line: u32,
    /// What.
    pub sku: String,
    /// What the shop calls it, if it knows.
    pub title: Option<String>,
    /// Units.
    pub quantity: i64,
    /// List price of one unit, minor units.
    pub unit_price_minor: i64,
    /// List price of the line, minor units.
    pub list_minor: i64,
    /// What was taken off, by source.
    pub discounts: Vec<DiscountView>,
    /// What is left, minor units.
    pub net_minor: i64,
    /// Tax of what is left, minor units.
    pub tax_minor: i64,
}

/// An amount that one source took off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DiscountView {
    /// `promotion`, `flash_sale` or `points`.
    #[schema(example = "promotion")]
    pub source: String,
    /// Id of the promotion or sale; null for points.
    pub id: Option<String>,
    /// What the customer reads.
    pub name: String,
    /// How much, minor units; above zero.
    pub amount_minor: i64,
}

/// Shipping with its price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ShippingView {
    /// The method.
    pub method: String,
    /// What it costs before discounts, minor units.
    pub list_minor: i64,
    /// What was taken off, by source.
    pub discounts: Vec<DiscountView>,
    /// What is left, minor units.
    pub net_minor: i64,
    /// Tax of what is left, minor units.
    pub tax_minor: i64,
}

/// Something added for nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GiftView {
    /// The promotion that gives it.
    pub promotion: String,
    /// What.
    pub sku: String,
    /// How many.
    pub quantity: i64,
}

/// Points that pay a part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PointsView {
    /// How many.
    pub points: i64,
    /// What they pay, minor units.
    pub amount_minor: i64,
}

/// A promotion or code that did not apply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NotAppliedView {
    /// The promotion; null for a code that opens none.
    pub promotion: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// The code as entered.
    pub coupon: Option<String>,
    /// Stable machine name of the reason.
    #[schema(example = "amount_below_minimum")]
    pub code: String,
    /// The same as a sentence for the customer.
    pub sentence: String,
    /// The typed numbers of the reason, by name.
    #[schema(value_type = Object)]
    pub numbers: Value,
}

/// What is missing for more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NextStepView {
    /// The promotion that would give more.
    pub promotion: String,
    /// Stable machine name of the step.
    #[schema(example = "add_units")]
    pub code: String,
    /// The same as a sentence for the customer.
    pub sentence: String,
    /// The typed numbers of the step, by name.
    #[schema(value_type = Object)]
    pub numbers: Value,
}

/// Names of promotions by id, for what customers read.
/// Names by id, titles by SKU.
pub(super) type Names = HashMap<String, String>;

pub(super) fn names_of<'a>(promotions: impl Iterator<Item = &'a Promotion>) -> Names {
    promotions.map(|promotion| (promotion.id.clone(), promotion.name.clone())).collect()
}

/// The engine's quote in the interface's form.
pub(super) fn price_of(
    quote: &Quote,
    names: &Names,
    titles: &HashMap<String, String>,
) -> PriceView {
    let discounts = |all: &[Discount]| all.iter().map(|one| discount(one, names)).collect();
    let line = |line: &PricedLine| LineView {
        line: line.position,
        sku: line.sku.clone(),
        title: titles.get(&line.sku).cloned(),
        quantity: line.quantity,
        unit_price_minor: line.unit_price_minor,
        list_minor: line.list_minor,
        discounts: discounts(&line.discounts),
        net_minor: line.net_minor,
        tax_minor: line.tax_minor,
    };
    PriceView {
        currency: quote.currency.code().to_owned(),
        tax: name_of(&quote.tax),
        lines: quote.lines.iter().map(line).collect(),
        subtotal_minor: quote.subtotal_minor,
        discount_minor: quote.discount_minor,
        discounts: discounts(&quote.discounts),
        shipping: quote.shipping.as_ref().map(|shipping| ShippingView {
            method: shipping.method.clone(),
            list_minor: shipping.list_minor,
            discounts: discounts(&shipping.discounts),
            net_minor: shipping.net_minor,
            tax_minor: shipping.tax_minor,
        }),
        tax_minor: quote.tax_minor,
        total_minor: quote.total_minor,
        gifts: quote
            .gifts
            .iter()
            .map(|gift| GiftView {
                promotion: gift.promotion.clone(),
                sku: gift.sku.clone(),
                quantity: gift.quantity,
            })
            .collect(),
        points: quote
            .points
            .as_ref()
            .map(|used| PointsView { points: used.points, amount_minor: used.amount_minor }),
        not_applied: quote
            .not_applied
            .iter()
            // A storefront does not tell which codes exist.
            .filter(|held_back| held_back.why != NotApplied::CouponMissing)
            .map(|held_back| {
                let (code, numbers) = code_and_numbers(&held_back.why);
                NotAppliedView {
                    promotion: held_back.promotion.clone(),
                    name: held_back.promotion.as_ref().and_then(|id| names.get(id).cloned()),
                    coupon: held_back.coupon.clone(),
                    code,
                    sentence: held_back.sentence.clone(),
                    numbers,
                }
            })
            .collect(),
        next_steps: quote
            .next_steps
            .iter()
            .map(|hint| {
                let (code, numbers) = code_and_numbers(&hint.step);
                NextStepView {
                    promotion: hint.promotion.clone(),
                    code,
                    sentence: hint.sentence.clone(),
                    numbers,
                }
            })
            .collect(),
        is_best: quote.search == Search::Complete,
    }
}

fn discount(discount: &Discount, names: &Names) -> DiscountView {
    let (source, id, name) = match &discount.source {
        Source::Promotion(id) => {
            ("promotion", Some(id), names.get(id).cloned().unwrap_or_else(|| id.clone()))
        }
        Source::FlashSale(id) => ("flash_sale", Some(id), "Flash sale".to_owned()),
        Source::Points => ("points", None, "Points".to_owned()),
    };
    DiscountView {
        source: source.to_owned(),
        id: id.cloned(),
        name,
        amount_minor: discount.amount_minor,
    }
}

fn name_of(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

/// A tagged reason as its code and its other fields.
fn code_and_numbers(reason: &impl Serialize) -> (String, Value) {
    let mut numbers = serde_json::to_value(reason).unwrap_or_default();
    let code = numbers.as_object_mut().and_then(|fields| fields.remove("code"));
    (code.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned(), numbers)
}
