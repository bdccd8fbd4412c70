//! From a policy as it is written to one that can be asked quickly: rules compiled, targets as
//! sets, promotions in the order in which they are applied, who stacks with whom.

use std::collections::{BTreeSet, HashMap, HashSet};

use mercer_rules::error::RuleError;
use mercer_rules::names::Names;
use mercer_rules::rule::Rule;

use crate::error::PolicyError;
use crate::policy::{
    Action, BreakReward, Combine, N_BUNDLES_MAX, N_PARTS_MAX, N_PROMOTIONS_MAX, N_STEPS_MAX,
    N_VALUES_MAX, Policy, Promotion, Stacks, Target, TierReward, WHOLE_BASIS_POINTS,
};
use crate::vocabulary;

/// A policy that was checked and prepared. Made once, used for every cart.
#[derive(Debug, Clone)]
pub struct Compiled {
    pub(crate) combine: Combine,
    /// In the order in which they are applied: falling priority, then id.
    pub(crate) promotions: Vec<Prepared>,
    pub(crate) by_id: HashMap<String, usize>,
    stacking: Vec<bool>,
    pub(crate) cart_names: Names,
    pub(crate) line_names: Names,
    pub(crate) has_line_rules: bool,
}

/// One promotion, checked and prepared.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) promotion: Promotion,
    pub(crate) condition: Option<Rule>,
    pub(crate) target: Lines,
    /// Where the cheaper units of buy-and-get are found, if elsewhere.
    pub(crate) get_target: Option<Lines>,
    /// Targets of the parts of bundles.
    pub(crate) parts: Vec<Vec<Lines>>,
}

/// A target that answers quickly.
#[derive(Debug, Clone)]
pub(crate) enum Lines {
    All,
    Skus(HashSet<String>),
    Products(HashSet<String>),
    Categories(HashSet<String>),
    Tags(HashSet<String>),
    Rule(Box<Rule>),
}

impl Policy {
    /// Checks the policy and prepares it for use.
    ///
    /// # Errors
    /// Everything that is wrong, with promotion and field, in the order of the policy.
    pub fn compile(&self) -> Result<Compiled, Vec<PolicyError>> {
        let whole = |field: &str, problem: String| PolicyError {
            promotion: String::new(),
            field: field.to_owned(),
            problem,
            column: None,
        };
        let cart_names = vocabulary::of_conditions(&self.customer_values)
            .map_err(|error| vec![whole("customer_values", error.to_string())])?;
        let line_names = vocabulary::of_lines()
            .map_err(|error| vec![whole("customer_values", error.to_string())])?;
        let n_promotions = self.promotions.len();
        if n_promotions > N_PROMOTIONS_MAX {
            let problem = format!("{n_promotions} given; at most {N_PROMOTIONS_MAX} can be used");
            return Err(vec![whole("promotions", problem)]);
        }
        let (mut prepared, mut problems) = (Vec::new(), Vec::new());
        let mut ids = BTreeSet::new();
        for promotion in &self.promotions {
            let mut checks = Checks { promotion, problems: &mut problems };
            if !ids.insert(promotion.id.as_str()) {
                checks.say("id", "another promotion has the same id");
            }
            prepared.push(checks.prepare(&cart_names, &line_names));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        prepared.sort_by(|a, b| {
            let (a, b) = (&a.promotion, &b.promotion);
            b.priority.cmp(&a.priority).then_with(|| a.id.cmp(&b.id))
        });
        Ok(Compiled::of(self.combine, prepared, cart_names, line_names))
    }
}

impl Compiled {
    fn of(
        combine: Combine,
        promotions: Vec<Prepared>,
        cart_names: Names,
        line_names: Names,
    ) -> Self {
        let agree = |a: &Promotion, b: &Promotion| match &a.stacks {
            Stacks::All => true,
            Stacks::Only { tags } => b.tags.iter().any(|tag| tags.contains(tag)),
            Stacks::Never { tags } => !b.tags.iter().any(|tag| tags.contains(tag)),
        };
        let mut stacking = Vec::with_capacity(promotions.len() * promotions.len());
        for a in &promotions {
            for b in &promotions {
                let (a, b) = (&a.promotion, &b.promotion);
                stacking.push(agree(a, b) && agree(b, a));
            }
        }
        let is_rule = |lines: &Lines| matches!(lines, Lines::Rule(_));
        let has_line_rules = promotions.iter().any(|one| {
            is_rule(&one.target)
                || one.get_target.as_ref().is_some_and(is_rule)
                || one.parts.iter().flatten().any(is_rule)
        });
        let by_id = promotions
            .iter()
            .enumerate()
            .map(|(number, one)| (one.promotion.id.clone(), number))
            .collect();
        Self { combine, promotions, by_id, stacking, cart_names, line_names, has_line_rules }
    }

    /// Whether two promotions, by their numbers, may be applied together.
    pub(crate) fn stack(&self, a: usize, b: usize) -> bool {
        self.stacking[a * self.promotions.len() + b]
    }

    /// The names that conditions may use.
    #[must_use]
    pub fn condition_names(&self) -> &Names {
        &self.cart_names
    }

    /// The names that targets by rule may use.
    #[must_use]
    pub fn line_names(&self) -> &Names {
        &self.line_names
    }
}

struct Checks<'a> {
    promotion: &'a Promotion,
    problems: &'a mut Vec<PolicyError>,
}

impl Checks<'_> {
    fn say(&mut self, field: &str, problem: impl Into<String>) {
        self.problems.push(PolicyError {
            promotion: self.promotion.id.clone(),
            field: field.to_owned(),
            problem: problem.into(),
            column: None,
        });
    }

    fn prepare(&mut self, cart_names: &Names, line_names: &Names) -> Prepared {
        let promotion = self.promotion;
        if promotion.id.is_empty() {
            self.say("id", "is empty");
        }
        if promotion.tags.len() > N_VALUES_MAX {
            self.say("tags", format!("at most {N_VALUES_MAX} can be used"));
        }
        self.amounts();
        self.action();
        let condition =
            promotion.condition.as_ref().and_then(|text| self.rule("condition", text, cart_names));
        let target = self.target("target", &promotion.target, line_names);
        let (mut get_target, mut parts) = (None, Vec::new());
        match &promotion.action {
            Action::BuyGet { get_target: Some(other), .. } => {
                get_target = Some(self.target("action.get_target", other, line_names));
            }
            Action::Bundle { bundles } => {
                for (b, bundle) in bundles.iter().enumerate() {
                    let lines = bundle.parts.iter().enumerate().map(|(p, part)| {
                        let field = format!("action.bundles[{b}].parts[{p}].target");
                        self.target(&field, &part.target, line_names)
                    });
                    parts.push(lines.collect());
                }
            }
            _ => {}
        }
        Prepared { promotion: promotion.clone(), condition, target, get_target, parts }
    }

    fn amounts(&mut self) {
        let promotion = self.promotion;
        let minimum = promotion.minimum.clone().unwrap_or_default();
        let limits = &promotion.limits;
        let amounts = [
            ("discount_minor_max", promotion.discount_minor_max),
            ("minimum.amount_minor", minimum.amount_minor),
            ("limits.budget_minor_left", limits.budget_minor_left),
        ];
        for (field, amount) in amounts {
            if amount.is_some_and(|amount| amount < 0) {
                self.say(field, "is below zero");
            }
        }
        if minimum.quantity.is_some_and(|quantity| quantity < 1) {
            self.say("minimum.quantity", "must be 1 or above");
        }
        let names_amount = amounts.iter().any(|(_, amount)| amount.is_some())
            || matches!(
                promotion.action,
                Action::FixedAmount { .. }
                    | Action::FixedPrice { .. }
                    | Action::OrderTiers { .. }
                    | Action::Bundle { .. }
            )
            || matches!(&promotion.action, Action::QuantityBreaks { breaks, .. }
                if breaks.iter().any(|b| !matches!(b.reward, BreakReward::Percentage { .. })));
        if names_amount && promotion.currency.is_none() {
            self.say("currency", "is needed, because the promotion names amounts");
        }
    }

    fn share(&mut self, field: &str, basis_points: u32) {
        if !(1..=WHOLE_BASIS_POINTS).contains(&basis_points) {
            self.say(field, format!("is {basis_points} basis points; it must be 1 to 10000"));
        }
    }

    fn positive(&mut self, field: &str, number: i64) {
        if number < 1 {
            self.say(field, format!("is {number}; it must be 1 or above"));
        }
    }

    fn not_negative(&mut self, field: &str, number: i64) {
        if number < 0 {
            self.say(field, format!("is {number}; it must be zero or above"));
        }
    }

    fn action(&mut self) {
        match &self.promotion.action {
            Action::Percentage { basis_points } | Action::Shipping { basis_points, .. } => {
                self.share("action.basis_points", *basis_points);
            }
            Action::FixedAmount { amount_minor } => {
                self.positive("action.amount_minor", *amount_minor);
            }
            Action::FixedPrice { unit_price_minor } => {
                self.not_negative("action.unit_price_minor", *unit_price_minor);
            }
            Action::BuyGet { buy_quantity, get_quantity, basis_points, n_repeats_max, .. } => {
                self.positive("action.buy_quantity", *buy_quantity);
                self.positive("action.get_quantity", *get_quantity);
                self.share("action.basis_points", *basis_points);
                self.positive("action.n_repeats_max", n_repeats_max.unwrap_or(1));
            }
            Action::QuantityBreaks { breaks, .. } => {
                let steps: Vec<i64> = breaks.iter().map(|step| step.quantity_min).collect();
                self.ladder("action.breaks", "quantity_min", &steps);
                for (n, step) in breaks.iter().enumerate() {
                    let field = |name: &str| format!("action.breaks[{n}].reward.{name}");
                    match step.reward {
                        BreakReward::Percentage { basis_points } => {
                            self.share(&field("basis_points"), basis_points);
                        }
                        BreakReward::UnitPrice { unit_price_minor } => {
                            self.not_negative(&field("unit_price_minor"), unit_price_minor);
                        }
                        BreakReward::AmountOffUnit { amount_minor } => {
                            self.positive(&field("amount_minor"), amount_minor);
                        }
                    }
                }
            }
            Action::OrderTiers { tiers, .. } => {
                let steps: Vec<i64> = tiers.iter().map(|tier| tier.amount_minor_min).collect();
                self.ladder("action.tiers", "amount_minor_min", &steps);
                for (n, tier) in tiers.iter().enumerate() {
                    let field = |name: &str| format!("action.tiers[{n}].reward.{name}");
                    match tier.reward {
                        TierReward::Percentage { basis_points } => {
                            self.share(&field("basis_points"), basis_points);
                        }
                        TierReward::FixedAmount { amount_minor } => {
                            self.positive(&field("amount_minor"), amount_minor);
                        }
                    }
                }
            }
            Action::Bundle { .. } => self.bundles(),
            Action::Gift { sku, quantity } => {
                if sku.is_empty() {
                    self.say("action.sku", "is empty");
                }
                if !(1..=1_000).contains(quantity) {
                    self.say("action.quantity", format!("is {quantity}; it must be 1 to 1000"));
                }
            }
        }
    }

    fn bundles(&mut self) {
        let Action::Bundle { bundles } = &self.promotion.action else { return };
        if !(1..=N_BUNDLES_MAX).contains(&bundles.len()) {
            self.say("action.bundles", format!("must be 1 to {N_BUNDLES_MAX}"));
        }
        if bundles.iter().map(|bundle| bundle.parts.len()).sum::<usize>() > N_PARTS_MAX {
            self.say("action.bundles", format!("have more than {N_PARTS_MAX} parts together"));
        }
        for (b, bundle) in bundles.iter().enumerate() {
            let field = |name: &str| format!("action.bundles[{b}].{name}");
            self.not_negative(&field("price_minor"), bundle.price_minor);
            self.positive(&field("n_max"), bundle.n_max.unwrap_or(1));
            if !(1..=N_BUNDLES_MAX).contains(&bundle.parts.len()) {
                self.say(&field("parts"), format!("must be 1 to {N_BUNDLES_MAX}"));
            }
            for (p, part) in bundle.parts.iter().enumerate() {
                self.positive(&field(&format!("parts[{p}].quantity")), part.quantity);
            }
        }
    }

    /// A ladder rises and begins above nothing.
    fn ladder(&mut self, field: &str, step: &str, steps: &[i64]) {
        if !(1..=N_STEPS_MAX).contains(&steps.len()) {
            self.say(field, format!("must have 1 to {N_STEPS_MAX} steps"));
        }
        for (n, value) in steps.iter().enumerate() {
            let below = if n == 0 { 0 } else { steps[n - 1] };
            if *value <= below {
                let problem = format!("is {value}; it must be above {below}");
                self.say(&format!("{field}[{n}].{step}"), problem);
            }
        }
    }

    fn rule(&mut self, field: &str, text: &str, names: &Names) -> Option<Rule> {
        match Rule::compile(text, names) {
            Ok(rule) => Some(rule),
            Err(error) => {
                self.problems.push(PolicyError {
                    promotion: self.promotion.id.clone(),
                    field: field.to_owned(),
                    problem: error.to_string(),
                    column: RuleError::place(&error).map(|place| place.column),
                });
                None
            }
        }
    }

    fn target(&mut self, field: &str, target: &Target, names: &Names) -> Lines {
        type Make = fn(HashSet<String>) -> Lines;
        let (values, make): (&Vec<String>, Make) = match target {
            Target::All => return Lines::All,
            Target::Skus { values } => (values, Lines::Skus),
            Target::Products { values } => (values, Lines::Products),
            Target::Categories { values } => (values, Lines::Categories),
            Target::Tags { values } => (values, Lines::Tags),
            Target::Rule { rule } => {
                let rule = self.rule(&format!("{field}.rule"), rule, names);
                return rule.map_or(Lines::All, |rule| Lines::Rule(Box::new(rule)));
            }
        };
        if !(1..=N_VALUES_MAX).contains(&values.len()) {
            self.say(&format!("{field}.values"), format!("must be 1 to {N_VALUES_MAX}"));
        }
        make(values.iter().cloned().collect())
    }
}
