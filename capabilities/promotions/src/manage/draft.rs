//! A promotion as a merchant writes it, and everything that is wrong with it.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mercer_engine_kit::money::Currency;
use mercer_ledger::QUANTITY_MAX;
use mercer_promotions_engine::error::PolicyError;
use mercer_promotions_engine::policy::{
    Action, Activation, Basis, Combine, CustomerName, FloorPolicy, Limits, Minimum, Policy,
    Promotion, Stacks, Target,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::manage::campaigns::Campaign;
use crate::manage::describe;
use crate::store::StoredPromotion;

/// Longest name in characters: it stands in a cart beside the discount.
pub const N_NAME_CHARS_MAX: usize = 120;

/// What a promotion gives and when, as the engine reads it, without what has fields of its own
/// (id, name, campaign, limits).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Higher comes first.
    #[serde(default)]
    pub priority: i32,
    /// Applies alone or not at all.
    #[serde(default)]
    pub exclusive: bool,
    /// Tags by which other promotions say whether they stack with this one.
    #[serde(default)]
    pub tags: Vec<String>,
    /// With whom it stacks.
    #[serde(default)]
    pub stacks: Stacks,
    /// When it applies, in CEL.
    #[serde(default)]
    pub condition: Option<String>,
    /// What its target must come to.
    #[serde(default)]
    pub minimum: Option<Minimum>,
    /// The lines that it looks at and discounts.
    #[serde(default)]
    pub target: Target,
    /// Whether its discount is taken from prices before or after earlier promotions.
    #[serde(default)]
    pub basis: Basis,
    /// By itself, or by a coupon.
    #[serde(default)]
    pub activation: Activation,
    /// What becomes of a discount that floors do not allow.
    #[serde(default)]
    pub floor: FloorPolicy,
    /// Most minor units that one cart gets from it.
    #[serde(default)]
    pub discount_minor_max: Option<i64>,
    /// Currency of its amounts.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// What it gives.
    pub action: Action,
}

impl Definition {
    /// The part of a stored promotion that a merchant writes.
    #[must_use]
    pub fn of(promotion: &Promotion) -> Self {
        let promotion = promotion.clone();
        Self {
            priority: promotion.priority,
            exclusive: promotion.exclusive,
            tags: promotion.tags,
            stacks: promotion.stacks,
            condition: promotion.condition,
            minimum: promotion.minimum,
            target: promotion.target,
            basis: promotion.basis,
            activation: promotion.activation,
            floor: promotion.floor,
            discount_minor_max: promotion.discount_minor_max,
            currency: promotion.currency,
            action: promotion.action,
        }
    }
}

/// A promotion as a merchant writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromotionDraft {
    /// What the customer reads.
    #[schema(example = "Tea week")]
    pub name: String,
    /// What it gives and when: `action` and, where wanted, `target`, `condition`, `minimum`,
    /// `priority`, `exclusive`, `tags`, `stacks`, `basis`, `activation`, `floor`,
    /// `discount_minor_max`, `currency`.
    #[schema(value_type = Object)]
    pub definition: Definition,
    /// From when on; at once without it.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<Timestamp>,
    /// Until when; without end without it.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Timestamp>,
    /// Uses by everybody.
    #[serde(default)]
    pub uses_max: Option<i64>,
    /// Uses by one customer.
    #[serde(default)]
    pub customer_uses_max: Option<i64>,
    /// Minor units of `definition.currency` that it may give away.
    #[serde(default)]
    pub budget_minor_max: Option<i64>,
    /// Id of the campaign whose budget it draws from.
    #[serde(default)]
    pub campaign: Option<String>,
    /// For a change: `revision` of the promotion when it was read. A new one has none.
    #[serde(default)]
    #[schema(example = 3)]
    pub revision: Option<i64>,
}

impl PromotionDraft {
    /// As the engine reads it.
    #[must_use]
    pub fn promotion(&self, id: &str) -> Promotion {
        let definition = self.definition.clone();
        Promotion {
            id: id.to_owned(),
            name: self.name.trim().to_owned(),
            priority: definition.priority,
            exclusive: definition.exclusive,
            tags: definition.tags,
            stacks: definition.stacks,
            condition: definition.condition,
            minimum: definition.minimum,
            target: definition.target,
            basis: definition.basis,
            activation: definition.activation,
            floor: definition.floor,
            discount_minor_max: definition.discount_minor_max,
            currency: definition.currency,
            limits: Limits::default(),
            campaign: self.campaign.clone(),
            action: definition.action,
        }
    }

    /// The draft of a stored promotion.
    #[must_use]
    pub fn of(stored: &StoredPromotion) -> Self {
        let stored = stored.clone();
        Self {
            name: stored.definition.name.clone(),
            definition: Definition::of(&stored.definition),
            starts_at: stored.starts_at,
            ends_at: stored.ends_at,
            uses_max: stored.uses_max,
            customer_uses_max: stored.customer_uses_max,
            budget_minor_max: stored.budget_minor_max,
            campaign: stored.campaign_id,
            revision: None,
        }
    }

    /// What it does, as a sentence with dates of a zone.
    #[must_use]
    pub fn sentence(&self, now: Timestamp, zone: &TimeZone) -> String {
        describe::sentence(self, now, zone)
    }
}

/// Something that is wrong with a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// Path of the field, such as `definition.action.basis_points`.
    pub field: String,
    /// What is wrong and what would be right.
    pub sentence: String,
    /// In a rule, the character from 1 at which it is wrong.
    pub column: Option<u32>,
}

fn problem(field: &str, sentence: impl Into<String>) -> FieldProblem {
    FieldProblem { field: field.to_owned(), sentence: sentence.into(), column: None }
}

/// Everything that is wrong with a draft, in the order of its fields. `campaign` is the one that
/// it names, if there is such a one.
#[must_use]
pub fn problems(
    draft: &PromotionDraft,
    campaign: Option<&Campaign>,
    names: &[CustomerName],
) -> Vec<FieldProblem> {
    let mut found = Vec::new();
    let n_chars = draft.name.trim().chars().count();
    if !(1..=N_NAME_CHARS_MAX).contains(&n_chars) {
        let sentence = format!("A name has 1 to {N_NAME_CHARS_MAX} characters.");
        found.push(problem("name", sentence));
    }
    let policy = Policy {
        combine: Combine::BestForCustomer,
        promotions: vec![draft.promotion("draft")],
        customer_values: names.to_vec(),
    };
    if let Err(errors) = policy.compile() {
        let of_engine = errors.into_iter().filter(|error| error.field != "name").map(of_engine);
        found.extend(of_engine);
    }
    if let (Some(from), Some(until)) = (draft.starts_at, draft.ends_at)
        && until <= from
    {
        found.push(problem("ends_at", "It ends before it starts."));
    }
    let limits = [
        ("uses_max", draft.uses_max),
        ("customer_uses_max", draft.customer_uses_max),
        ("budget_minor_max", draft.budget_minor_max),
    ];
    for (field, max) in limits {
        if let Some(max) = max.filter(|max| !(1..=QUANTITY_MAX).contains(max)) {
            let sentence = format!("`{field}` is {max}; it must be 1 or above, or left out.");
            found.push(problem(field, sentence));
        }
    }
    found.extend(money_problems(draft, campaign));
    found
}

/// A budget is counted in one currency, the promotion's own.
fn money_problems(draft: &PromotionDraft, campaign: Option<&Campaign>) -> Vec<FieldProblem> {
    let mut found = Vec::new();
    let currency = draft.definition.currency;
    let has_budget = draft.budget_minor_max.is_some() || draft.campaign.is_some();
    let is_said = |found: &[FieldProblem]| found.iter().any(|p| p.field == "definition.currency");
    if has_budget && currency.is_none() && !is_said(&found) {
        let sentence = "A budget is counted in one currency: say which.";
        found.push(problem("definition.currency", sentence));
    }
    match (&draft.campaign, campaign) {
        (Some(id), None) => {
            let sentence = format!("There is no campaign `{id}`: PUT /v1/campaigns/{id} makes it.");
            found.push(problem("campaign", sentence));
        }
        (Some(id), Some(campaign)) => {
            if let Some(own) = currency.filter(|own| own.code() != campaign.currency) {
                let sentence = format!(
                    "The budget of campaign `{id}` is in {}, the promotion in {own}.",
                    campaign.currency
                );
                found.push(problem("definition.currency", sentence));
            }
        }
        (None, _) => {}
    }
    found
}

fn of_engine(error: PolicyError) -> FieldProblem {
    let PolicyError { promotion: _, field, problem, column } = error;
    let sentence = format!("`{field}` {problem}");
    let stop = if sentence.ends_with('.') { "" } else { "." };
    FieldProblem {
        field: format!("definition.{field}"),
        sentence: format!("{sentence}{stop}"),
        column,
    }
}
