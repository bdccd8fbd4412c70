//! What a promotion does, as a sentence for the merchant.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mercer_engine_kit::money::{Currency, Money};
use mercer_engine_kit::words::grouped;
use mercer_promotions_engine::policy::{
    Action, Activation, BreakReward, BundleOffer, OrderTier, Per, QuantityBreak, Stacks, Target,
    TierReward, WHOLE_BASIS_POINTS,
};

use crate::manage::draft::PromotionDraft;

/// Values of a list that are named; the rest is counted.
const N_NAMED_MAX: usize = 3;
/// Longest rule that a sentence shows whole: about two lines on screen.
const N_RULE_CHARS_MAX: usize = 160;

/// The sentence, with dates of a zone; the year is said when it is not the present one.
#[must_use]
pub fn sentence(draft: &PromotionDraft, now: Timestamp, zone: &TimeZone) -> String {
    let definition = &draft.definition;
    let money = Amounts(definition.currency);
    let mut clauses = vec![gives(&definition.action, &definition.target, &money)];
    if let Some(minimum) = &definition.minimum {
        clauses.extend(minimum.amount_minor.map(|minor| format!("from {}", money.of(minor))));
        clauses
            .extend(minimum.quantity.map(|quantity| format!("from {}", count(quantity, "unit"))));
    }
    clauses.extend(definition.condition.as_ref().map(|rule| format!("when {}", code(rule))));
    if definition.activation == Activation::Coupon {
        clauses.push("with coupon".to_owned());
    }
    let day = |at, is_end| day(at, is_end, now, zone);
    clauses.extend(draft.starts_at.map(|at| format!("from {}", day(at, false))));
    clauses.extend(draft.ends_at.map(|at| format!("until {}", day(at, true))));
    let cart_max = definition.discount_minor_max;
    clauses.extend(cart_max.map(|minor| format!("at most {} a cart", money.of(minor))));
    clauses.extend(draft.customer_uses_max.map(|max| format!("{} a customer", count(max, "use"))));
    clauses.extend(draft.uses_max.map(|max| format!("{} in all", count(max, "use"))));
    let budget = draft.budget_minor_max;
    clauses.extend(budget.map(|minor| format!("at most {} in all", money.of(minor))));
    clauses.extend(draft.campaign.as_ref().map(|id| format!("from the budget of campaign {id}")));
    clauses.extend(together(definition.exclusive, &definition.stacks));
    let text = clauses.join(", ");
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", chars.as_str())
}

fn together(exclusive: bool, stacks: &Stacks) -> Option<String> {
    if exclusive {
        return Some("never together with others".to_owned());
    }
    match stacks {
        Stacks::All => None,
        Stacks::Only { tags } if tags.is_empty() => Some("never together with others".to_owned()),
        Stacks::Only { tags } => {
            Some(format!("only together with promotions tagged {}", list(tags, "or")))
        }
        Stacks::Never { tags } => {
            Some(format!("not together with promotions tagged {}", list(tags, "or")))
        }
    }
}

/// Amounts in the promotion's currency.
struct Amounts(Option<Currency>);

impl Amounts {
    fn of(&self, minor: i64) -> String {
        match self.0 {
            Some(currency) => Money::new(minor, currency).for_people(),
            None => format!("{} minor units", grouped(minor)),
        }
    }
}

fn gives(action: &Action, target: &Target, money: &Amounts) -> String {
    let lines = lines(target);
    match action {
        Action::Percentage { basis_points } => format!("{} off {lines}", percent(*basis_points)),
        Action::FixedAmount { amount_minor } => format!("{} off {lines}", money.of(*amount_minor)),
        Action::FixedPrice { unit_price_minor } => {
            format!("{} a unit for {lines}", money.of(*unit_price_minor))
        }
        Action::BuyGet { buy_quantity, get_quantity, get_target, basis_points, n_repeats_max } => {
            let off = match *basis_points {
                WHOLE_BASIS_POINTS => "free".to_owned(),
                points => format!("for {} less", percent(points)),
            };
            let of = get_target.as_ref().map(|target| format!(" of {}", self::lines(target)));
            let often = n_repeats_max.map(|n| format!(", at most {} a cart", count(n, "time")));
            let (of, often) = (of.unwrap_or_default(), often.unwrap_or_default());
            format!("buy {buy_quantity} of {lines} and get {get_quantity}{of} {off}{often}")
        }
        Action::QuantityBreaks { per, breaks } => breaks_of(*per, breaks, &lines, money),
        Action::OrderTiers { tiers, value_basis: _ } => {
            let steps = tiers.iter().map(|tier| tier_of(tier, money)).collect::<Vec<_>>();
            format!("{} of {lines}", joined(&steps, "and"))
        }
        Action::Bundle { bundles } => {
            let all: Vec<String> = bundles.iter().map(|bundle| bundle_of(bundle, money)).collect();
            let within =
                if *target == Target::All { String::new() } else { format!(" within {lines}") };
            format!("{}{within}", joined(&all, "and"))
        }
        Action::Shipping { basis_points, methods } => {
            let by = if methods.is_empty() {
                String::new()
            } else {
                format!(" by {}", list(methods, "or"))
            };
            let of = if *target == Target::All { String::new() } else { format!(" with {lines}") };
            match *basis_points {
                WHOLE_BASIS_POINTS => format!("free shipping{by}{of}"),
                points => format!("{} off shipping{by}{of}", percent(points)),
            }
        }
        Action::Gift { sku, quantity } => {
            let of = if *target == Target::All { String::new() } else { format!(" with {lines}") };
            format!("{quantity} of {sku} as a gift{of}")
        }
    }
}

fn breaks_of(per: Per, breaks: &[QuantityBreak], lines: &str, money: &Amounts) -> String {
    let step = |one: &QuantityBreak| {
        let from = one.quantity_min;
        match one.reward {
            BreakReward::Percentage { basis_points } => {
                format!("{} off from {from}", percent(basis_points))
            }
            BreakReward::UnitPrice { unit_price_minor } => {
                format!("{} each from {from}", money.of(unit_price_minor))
            }
            BreakReward::AmountOffUnit { amount_minor } => {
                format!("{} off each from {from}", money.of(amount_minor))
            }
        }
    };
    let steps: Vec<String> = breaks.iter().map(step).collect();
    let of = match per {
        Per::Line => "of one line",
        Per::Product => "of one product",
        Per::Target => "together",
    };
    format!("{} {of}, for {lines}", joined(&steps, "and"))
}

fn tier_of(tier: &OrderTier, money: &Amounts) -> String {
    let from = money.of(tier.amount_minor_min);
    match tier.reward {
        TierReward::Percentage { basis_points } => {
            format!("{} off from {from}", percent(basis_points))
        }
        TierReward::FixedAmount { amount_minor } => {
            format!("{} off from {from}", money.of(amount_minor))
        }
    }
}

fn bundle_of(bundle: &BundleOffer, money: &Amounts) -> String {
    let parts: Vec<String> = bundle
        .parts
        .iter()
        .map(|part| format!("{} of {}", part.quantity, lines(&part.target)))
        .collect();
    let most = bundle.n_max.map(|n| format!(", at most {} a cart", count(n, "time")));
    let price = money.of(bundle.price_minor);
    format!("{} together for {price}{}", joined(&parts, "and"), most.unwrap_or_default())
}

/// Which lines a target means.
#[must_use]
pub fn lines(target: &Target) -> String {
    let many = |values: &[String], one: &str, several: &str| {
        let kind = if values.len() == 1 { one } else { several };
        format!("all lines of {kind} {}", list(values, "and"))
    };
    match target {
        Target::All => "all lines".to_owned(),
        Target::Skus { values } => many(values, "SKU", "SKUs"),
        Target::Products { values } => many(values, "product", "products"),
        Target::Categories { values } => many(values, "category", "categories"),
        Target::Tags { values } => format!("all lines tagged {}", list(values, "or")),
        Target::Rule { rule } => format!("all lines with {}", code(rule)),
    }
}

/// "a, b and 7 more".
fn list(values: &[String], word: &str) -> String {
    let mut named: Vec<String> = values.iter().take(N_NAMED_MAX).cloned().collect();
    let n_more = values.len().saturating_sub(N_NAMED_MAX);
    if n_more == 0 {
        return joined(&named, word);
    }
    named.push(format!("{} more", grouped(n_more as i128)));
    joined(&named, "and")
}

/// "a, b and c".
fn joined(parts: &[String], word: &str) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}

fn code(rule: &str) -> String {
    let rule = rule.trim();
    if rule.chars().count() <= N_RULE_CHARS_MAX {
        return format!("`{rule}`");
    }
    let start: String = rule.chars().take(N_RULE_CHARS_MAX).collect();
    format!("`{start}…`")
}

/// "1 use", "1,000 uses".
fn count(n: i64, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{} {word}s", grouped(n)) }
}

/// "10 %", "12.5 %", "0.25 %".
#[must_use]
pub fn percent(basis_points: u32) -> String {
    let (whole, rest) = (basis_points / 100, basis_points % 100);
    match rest {
        0 => format!("{whole} %"),
        rest if rest % 10 == 0 => format!("{whole}.{} %", rest / 10),
        rest => format!("{whole}.{rest:02} %"),
    }
}

/// "30 Nov", "30 Nov 2027", "30 Nov 18:00". An end at midnight is the end of the day before.
fn day(at: Timestamp, is_end: bool, now: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned(zone.clone()).datetime();
    let is_midnight = local.time() == jiff::civil::Time::midnight();
    let date = match local.date().yesterday() {
        Ok(before) if is_end && is_midnight => before,
        _ => local.date(),
    };
    let year = now.to_zoned(zone.clone()).year();
    let form = if date.year() == year { "%-d %b" } else { "%-d %b %Y" };
    let hour = if is_midnight { String::new() } else { local.strftime(" %H:%M").to_string() };
    format!("{}{hour}", date.strftime(form))
}
