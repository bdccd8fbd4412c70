//! What a draft would have done to the orders of the last days.
//!
//! Orders are read once into a small picture of their own, then priced by the engine in chunks,
//! with the promotions that run now and with the draft beside them. People bought what they
//! bought: what a promotion brings in is not told here.

mod orders;
mod total;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use mercer_engine_kit::money::{Currency, Money};
use mercer_engine_kit::words::grouped;
use mercer_promotions_engine::error::PolicyError;
use mercer_promotions_engine::policy::{Activation, Combine, Policy, Promotion};
use mercer_promotions_engine::simulate::{SimulatedDay, SimulatedMoney, simulate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use self::orders::Past;
use self::total::Total;
use crate::PromotionsError;
use crate::manage::draft::PromotionDraft;
use crate::manage::uses::Amount;
use crate::manage::{Promotions, campaigns, draft, invalid};
use crate::store;

/// Days that are looked back unless asked otherwise: a season.
pub const DAYS: i32 = 90;
/// Most days that are looked back: two years, so that a season can be compared with the last.
pub const DAYS_MAX: i32 = 731;
/// Longest that a simulation may take in seconds: who waits longer has left the page. Promotions
/// that all stack over the same lines make each order slow to price.
pub const SECONDS_MAX: i64 = 30;
/// Orders priced at a time: their lines take a few megabytes.
const N_CHUNK: usize = 200;
/// Running promotions that met the draft and are told: a table that fits a screen.
const N_OVERLAPS_MAX: usize = 50;
/// Names under `customer.` that are known of orders of the past.
const KNOWN_NAMES: [&str; 3] = ["n_orders", "spent_minor", "value_minor"];

/// What to simulate: a stored promotion or a draft.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulationAsk {
    /// Id of a stored promotion, whatever its state.
    #[serde(default)]
    pub promotion: Option<String>,
    /// A draft, as it would be written down.
    #[serde(default)]
    pub draft: Option<PromotionDraft>,
    /// Days to look back from the last order, 1 to 731; 90 unless given.
    #[serde(default = "days")]
    #[schema(example = 90)]
    pub days: i32,
    /// Orders of this channel only.
    #[serde(default)]
    pub channel: Option<String>,
    /// Margin of lines whose cost is not known, as a share of their price without tax: 4,000 is
    /// 40 %. Without it margins speak of the other lines only.
    #[serde(default)]
    #[schema(example = 4_000)]
    pub assumed_margin_basis_points: Option<u32>,
}

fn days() -> i32 {
    DAYS
}

/// What a draft would have done.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Simulation {
    /// The figures as a sentence.
    pub sentence: String,
    /// First day.
    #[schema(value_type = Option<String>, format = Date)]
    pub first_day: Option<Date>,
    /// Last day.
    #[schema(value_type = Option<String>, format = Date)]
    pub last_day: Option<Date>,
    /// Orders with something to sell.
    pub n_orders: usize,
    /// Orders to which it would have applied as they were: they would have qualified anyway,
    /// without buying more.
    pub n_redemptions: usize,
    /// Share of the orders that would have qualified anyway, 0 to 1; null without orders.
    pub qualified_share: Option<f64>,
    /// Money, by currency.
    pub money: Vec<MoneySummary>,
    /// Running promotions that it met, most often first.
    pub overlaps: Vec<OverlapSummary>,
    /// Day by day, for days with an order.
    pub days: Vec<DaySummary>,
    /// When its own limit would have been reached; null if not.
    pub limit_reached: Option<LimitReached>,
    /// Orders that could not be priced, with the first reasons.
    pub n_refused: usize,
    /// The first reasons.
    pub refused: Vec<String>,
    /// Orders for which not all combinations of promotions were tried.
    pub n_cut_off: usize,
    /// What was assumed, as sentences.
    pub assumptions: Vec<String>,
}

/// Money of one currency, minor units. "Before" is with the running promotions alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MoneySummary {
    /// ISO 4217 code.
    pub currency: String,
    /// Orders.
    pub n_orders: usize,
    /// Orders to which it applied.
    pub n_redemptions: usize,
    /// What it took off.
    pub discount_minor: i64,
    /// Lines after discounts, before it.
    pub revenue_before_minor: i64,
    /// Lines after discounts, with it.
    pub revenue_after_minor: i64,
    /// Revenue less tax less cost, of lines with a cost, before it; null when no line has one.
    pub margin_before_minor: Option<i64>,
    /// The same with it.
    pub margin_after_minor: Option<i64>,
    /// Lines.
    pub n_lines: usize,
    /// Lines with a cost, known or assumed: margins speak of these.
    pub n_lines_with_cost: usize,
    /// Lines whose cost was assumed.
    pub n_lines_with_assumed_cost: usize,
}

/// A running promotion that met the draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OverlapSummary {
    /// Its id.
    pub promotion: String,
    /// What the customer reads.
    pub name: String,
    /// Orders to which both applied.
    pub n_together: usize,
    /// Orders from which the draft drove it.
    pub n_driven_out: usize,
}

/// One day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DaySummary {
    /// The date.
    #[schema(value_type = String, format = Date)]
    pub date: String,
    /// Orders.
    pub n_orders: usize,
    /// Orders to which it applied.
    pub n_redemptions: usize,
    /// What it took off, by currency.
    pub discounts: Vec<Amount>,
}

/// When a limit would have been reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LimitReached {
    /// `uses_max` or `budget_minor_max`.
    pub field: String,
    /// The day.
    #[schema(value_type = String, format = Date)]
    pub date: String,
}

/// Simulates a promotion over the orders of the last days. Blocks for as long as reading and
/// pricing them takes; changes nothing.
///
/// # Errors
/// Neither or both of promotion and draft, one that is not there or cannot be used; days or
/// margin out of bounds; more orders than are held, or than are priced in [`SECONDS_MAX`]; the
/// database's.
pub fn run(promotions: &Promotions, ask: &SimulationAsk) -> Result<Simulation, PromotionsError> {
    check(ask)?;
    let now = promotions.context.clock.now();
    let (draft, id, running, past) = promotions.context.db.read(|tx| {
        let (draft, id) = draft_of(promotions, tx, ask)?;
        let running: Vec<Promotion> = promotions
            .running
            .get(tx, now)?
            .promotions
            .iter()
            .map(|one| one.definition.clone())
            .filter(|one| one.id != id)
            .collect();
        let needs_customers = conditions(&draft, &running).any(|rule| rule.contains("customer."));
        let past = Past::read(promotions, tx, (now, ask), needs_customers)?;
        Ok::<_, PromotionsError>((draft, id, running, past))
    })?;
    let mut promotion = draft.promotion(&id);
    promotion.activation = Activation::Automatic;
    let names = promotions.running.customer_names();
    let mut total = Total::default();
    for combine in [Combine::ByPriority, Combine::BestForCustomer] {
        let policy =
            Policy { combine, promotions: running.clone(), customer_values: names.to_vec() };
        let numbers = past.orders_of(combine);
        for chunk in numbers.chunks(N_CHUNK) {
            refuse_if_late(promotions, now)?;
            let inputs: Vec<_> = chunk.iter().map(|number| past.input(*number, names)).collect();
            total.add(simulate(&inputs, &promotion, &policy).map_err(refused)?);
        }
    }
    let names: BTreeMap<&str, &str> =
        running.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect();
    let assumptions = assumptions(ask, &draft, &running, &past);
    Ok(summary(&draft, &past, total, (&names, assumptions)))
}

fn refuse_if_late(promotions: &Promotions, begun: Timestamp) -> Result<(), PromotionsError> {
    let seconds = promotions.context.clock.now().duration_since(begun).as_secs();
    if seconds < SECONDS_MAX {
        return Ok(());
    }
    let sentence = format!(
        "these orders take longer than {SECONDS_MAX} seconds to price beside the running \
         promotions: ask for fewer days, or for one channel"
    );
    Err(invalid("days", sentence))
}

fn check(ask: &SimulationAsk) -> Result<(), PromotionsError> {
    if ask.promotion.is_some() == ask.draft.is_some() {
        let sentence = "give the id of a stored `promotion`, or a `draft`, one of the two";
        return Err(invalid("draft", sentence));
    }
    if !(1..=DAYS_MAX).contains(&ask.days) {
        let sentence = format!("`days` is {}; it may be 1 to {DAYS_MAX}", ask.days);
        return Err(invalid("days", sentence));
    }
    match ask.assumed_margin_basis_points {
        Some(points) if points > 10_000 => {
            let sentence =
                format!("{points} basis points are more than the whole price: 0 to 10000");
            Err(invalid("assumed_margin_basis_points", sentence))
        }
        _ => Ok(()),
    }
}

fn draft_of(
    promotions: &Promotions,
    tx: &mut mercer_db::Tx<'_>,
    ask: &SimulationAsk,
) -> Result<(PromotionDraft, String), PromotionsError> {
    if let Some(id) = &ask.promotion {
        let unknown = || PromotionsError::Unknown { what: "promotion", id: id.clone() };
        let stored = store::promotion(tx, id)?.ok_or_else(unknown)?;
        return Ok((PromotionDraft::of(&stored), stored.id));
    }
    let Some(draft) = ask.draft.clone() else { return Err(invalid("draft", "is missing")) };
    let campaign = match &draft.campaign {
        Some(id) => campaigns::find(tx, id)?,
        None => None,
    };
    let names = promotions.running.customer_names();
    match draft::problems(&draft, campaign.as_ref(), names).into_iter().next() {
        Some(problem) => Err(invalid(&format!("draft.{}", problem.field), problem.sentence)),
        None => Ok((draft, "draft".to_owned())),
    }
}

/// The rules of a draft and of the promotions beside it.
fn conditions<'a>(
    draft: &'a PromotionDraft,
    running: &'a [Promotion],
) -> impl Iterator<Item = &'a str> {
    let of_running = running.iter().filter_map(|one| one.condition.as_deref());
    draft.definition.condition.as_deref().into_iter().chain(of_running)
}

fn refused(problems: Vec<PolicyError>) -> PromotionsError {
    let first = problems.first().map(ToString::to_string).unwrap_or_default();
    PromotionsError::Conflict { sentence: first }
}

fn assumptions(
    ask: &SimulationAsk,
    draft: &PromotionDraft,
    running: &[Promotion],
    past: &Past,
) -> Vec<String> {
    let mut said = vec![
        "Everybody would have bought the same; limits and dates of promotions are left out."
            .to_owned(),
    ];
    if draft.definition.activation == Activation::Coupon {
        said.push("Everybody would have entered the coupon.".to_owned());
    }
    if past.is_counted_from_last_order {
        said.push(
            "There are no orders of the last days: they are counted back from the last order."
                .to_owned(),
        );
    }
    match ask.assumed_margin_basis_points {
        Some(points) if past.n_assumed > 0 => said.push(format!(
            "{} lines have no known cost; their margin is taken as {}.",
            grouped(past.n_assumed as i128),
            crate::manage::describe::percent(points)
        )),
        None if past.n_without_cost > 0 => said.push(format!(
            "{} lines have no known cost and are left out of the margins.",
            grouped(past.n_without_cost as i128)
        )),
        _ => {}
    }
    let is_unknown = |rule: &str| {
        let mut names = rule.split("customer.").skip(1);
        names.any(|rest| {
            let name = rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next();
            !KNOWN_NAMES.contains(&name.unwrap_or_default())
        })
    };
    if conditions(draft, running).any(is_unknown) {
        said.push(
            "Of customers of the past only their orders before are known: conditions on anything \
             else, such as their segment or tier, count as not met."
                .to_owned(),
        );
    }
    said
}

fn summary(
    draft: &PromotionDraft,
    past: &Past,
    total: Total,
    (names, assumptions): (&BTreeMap<&str, &str>, Vec<String>),
) -> Simulation {
    let limit_reached = limit_reached(draft, &total);
    let days: Vec<DaySummary> = total.days.values().map(day_of).collect();
    let money: Vec<MoneySummary> = total.money.values().map(|one| money_of(one, past)).collect();
    let mut overlaps: Vec<OverlapSummary> = total
        .overlaps
        .into_values()
        .map(|one| OverlapSummary {
            name: names.get(one.promotion.as_str()).map_or_else(String::new, |&name| name.into()),
            promotion: one.promotion,
            n_together: one.n_together,
            n_driven_out: one.n_driven_out,
        })
        .collect();
    overlaps.sort_by_key(|one| std::cmp::Reverse(one.n_together + one.n_driven_out));
    overlaps.truncate(N_OVERLAPS_MAX);
    let share = total.n_redemptions as f64 / total.n_orders as f64;
    Simulation {
        sentence: sentence(&total.money, (total.n_orders, total.n_redemptions), past),
        first_day: past.days.map(|(first, _)| date_of(first)),
        last_day: past.days.map(|(_, last)| date_of(last)),
        n_orders: total.n_orders,
        n_redemptions: total.n_redemptions,
        qualified_share: (total.n_orders > 0).then_some(share),
        money,
        overlaps,
        days,
        limit_reached,
        n_refused: total.n_refused,
        refused: total.refused,
        n_cut_off: total.n_cut_off,
        assumptions,
    }
}

fn sentence(
    money: &BTreeMap<String, SimulatedMoney>,
    (n_orders, n_redemptions): (usize, usize),
    past: &Past,
) -> String {
    let Some((first, last)) = past.days else {
        return "There are no orders to look back on.".to_owned();
    };
    let given: Vec<String> = money
        .values()
        .filter(|one| one.discount_minor > 0)
        .map(|one| Money::new(narrow(one.discount_minor), one.currency).for_people())
        .collect();
    let gave = if given.is_empty() { "nothing".to_owned() } else { given.join(" and ") };
    format!(
        "From {} to {} it would have applied to {} of {} orders and given away {gave}.",
        date_of(first),
        date_of(last),
        grouped(n_redemptions as i128),
        grouped(n_orders as i128)
    )
}

/// The first day on which a limit of the draft would have been reached.
fn limit_reached(draft: &PromotionDraft, total: &Total) -> Option<LimitReached> {
    let currency = draft.definition.currency.map_or("", Currency::code);
    let (mut n_uses, mut given) = (0i64, 0i128);
    for day in total.days.values() {
        n_uses += day.n_redemptions as i64;
        given += day.discount_minor.get(currency).copied().unwrap_or(0);
        let reached =
            |field: &str| LimitReached { field: field.to_owned(), date: day.date.clone() };
        if draft.uses_max.is_some_and(|max| n_uses >= max) {
            return Some(reached("uses_max"));
        }
        if draft.budget_minor_max.is_some_and(|max| given >= i128::from(max)) {
            return Some(reached("budget_minor_max"));
        }
    }
    None
}

fn day_of(day: &SimulatedDay) -> DaySummary {
    let discounts = day.discount_minor.iter().map(|(currency, minor)| Amount {
        currency: currency.clone(),
        amount_minor: narrow(*minor),
    });
    DaySummary {
        date: day.date.clone(),
        n_orders: day.n_orders,
        n_redemptions: day.n_redemptions,
        discounts: discounts.collect(),
    }
}

fn money_of(one: &SimulatedMoney, past: &Past) -> MoneySummary {
    let margin = |minor| (one.n_lines_with_cost > 0).then(|| narrow(minor));
    let currency = one.currency.code();
    MoneySummary {
        currency: currency.to_owned(),
        n_orders: one.n_orders,
        n_redemptions: one.n_redemptions,
        discount_minor: narrow(one.discount_minor),
        revenue_before_minor: narrow(one.revenue_before_minor),
        revenue_after_minor: narrow(one.revenue_after_minor),
        margin_before_minor: margin(one.margin_before_minor),
        margin_after_minor: margin(one.margin_after_minor),
        n_lines: one.n_lines,
        n_lines_with_cost: one.n_lines_with_cost,
        n_lines_with_assumed_cost: past.n_assumed_of(currency),
    }
}

/// Sums of a shop fit; what would not stops at the edge.
fn narrow(sum: i128) -> i64 {
    i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
}

fn date_of(day: i32) -> Date {
    let span = jiff::Span::new().try_days(day);
    span.and_then(|span| date(1970, 1, 1).checked_add(span)).unwrap_or(Date::MAX)
}
