//! What a draft promotion would have done to orders of the past.
//!
//! Each order is priced twice, with the running promotions and with the draft beside them. People
//! bought what they bought: nobody buys more because of a promotion here, so the figures are what
//! the draft gives away, not what it brings.

use std::collections::{BTreeMap, BTreeSet};

use mercer_engine_kit::money::Currency;
use serde::{Deserialize, Serialize};

use crate::compile::Compiled;
use crate::error::{InputError, PolicyError};
use crate::input::Input;
use crate::outcome::{Quote, Search};
use crate::policy::{Policy, Promotion};
use crate::price;

/// Most overlaps that are told: more cannot be read in a table.
const N_OVERLAPS_MAX: usize = 50;
/// Most refused orders that are told by name; the rest is counted.
const N_REFUSED_TOLD_MAX: usize = 20;

/// What a draft would have done. Money by currency, since orders may come in several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SimulationReport {
    /// Orders given.
    pub n_orders: usize,
    /// Orders that could not be priced; not counted in anything below.
    pub n_refused: usize,
    /// The first of them: number of the order in what was given, and why.
    pub refused: Vec<(usize, InputError)>,
    /// Orders in which the draft applied.
    pub n_redemptions: usize,
    /// Orders for which the search for the best deal was cut off.
    pub n_cut_off: usize,
    /// Money, by currency.
    pub money: Vec<SimulatedMoney>,
    /// Running promotions that met the draft, most often first.
    pub overlaps: Vec<Overlap>,
    /// Day by day, for days with an order.
    pub days: Vec<SimulatedDay>,
}

/// Sums of one currency, in minor units. "Before" is with the running promotions alone, "after"
/// with the draft beside them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SimulatedMoney {
    /// The currency.
    pub currency: Currency,
    /// Orders.
    pub n_orders: usize,
    /// Orders in which the draft applied.
    pub n_redemptions: usize,
    /// What the draft took off lines and shipping.
    pub discount_minor: i128,
    /// Lines after discounts, before the draft.
    pub revenue_before_minor: i128,
    /// Lines after discounts, with the draft.
    pub revenue_after_minor: i128,
    /// Revenue less tax less cost of the lines whose cost is known, before the draft.
    pub margin_before_minor: i128,
    /// The same with the draft.
    pub margin_after_minor: i128,
    /// Lines.
    pub n_lines: usize,
    /// Lines whose cost is known: the margins speak of these only.
    pub n_lines_with_cost: usize,
}

/// A running promotion that met the draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlap {
    /// The running promotion.
    pub promotion: String,
    /// Orders to which both applied.
    pub n_together: usize,
    /// Orders from which the draft drove it.
    pub n_driven_out: usize,
}

/// One day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SimulatedDay {
    /// The date, `YYYY-MM-DD`.
    pub date: String,
    /// Orders.
    pub n_orders: usize,
    /// Orders in which the draft applied.
    pub n_redemptions: usize,
    /// What the draft took off, by currency, in minor units.
    pub discount_minor: BTreeMap<String, i128>,
}

/// Prices orders with and without a draft.
///
/// # Errors
/// What is wrong with the draft or the running promotions.
pub fn simulate(
    orders: &[Input],
    draft: &Promotion,
    running: &Policy,
) -> Result<SimulationReport, Vec<PolicyError>> {
    let mut others = running.clone();
    others.promotions.retain(|promotion| promotion.id != draft.id);
    let mut with_draft = others.clone();
    with_draft.promotions.push(draft.clone());
    let (before, after) = (others.compile()?, with_draft.compile()?);
    let mut tally = Tally::new(&draft.id);
    for (number, order) in orders.iter().enumerate() {
        tally.add(number, order, (&before, &after));
    }
    Ok(tally.report(orders.len()))
}

struct Tally<'a> {
    draft: &'a str,
    n_refused: usize,
    refused: Vec<(usize, InputError)>,
    n_cut_off: usize,
    n_redemptions: usize,
    money: BTreeMap<&'static str, SimulatedMoney>,
    overlaps: BTreeMap<String, Overlap>,
    days: BTreeMap<String, SimulatedDay>,
}

impl<'a> Tally<'a> {
    fn new(draft: &'a str) -> Self {
        Self {
            draft,
            n_refused: 0,
            refused: Vec::new(),
            n_cut_off: 0,
            n_redemptions: 0,
            money: BTreeMap::new(),
            overlaps: BTreeMap::new(),
            days: BTreeMap::new(),
        }
    }

    fn add(&mut self, number: usize, order: &Input, (before, after): (&Compiled, &Compiled)) {
        let priced = price(order, before).and_then(|(b, _)| Ok((b, price(order, after)?.0)));
        let (before, after) = match priced {
            Ok(priced) => priced,
            Err(problem) => {
                self.n_refused += 1;
                if self.refused.len() < N_REFUSED_TOLD_MAX {
                    self.refused.push((number, problem));
                }
                return;
            }
        };
        let redeemed = after.uses.iter().find(|one| one.promotion == self.draft);
        let discount = redeemed.map_or(0, |one| i128::from(one.amount_minor));
        let n_redeemed = usize::from(redeemed.is_some());
        self.n_redemptions += n_redeemed;
        let is_cut_off = before.search == Search::CutOff || after.search == Search::CutOff;
        self.n_cut_off += usize::from(is_cut_off);
        self.add_money(order, (&before, &after), (discount, n_redeemed));
        if redeemed.is_some() {
            self.add_overlaps(&before, &after);
        }
        let date = &order.time.date;
        let day = self.days.entry(date.clone()).or_insert_with(|| SimulatedDay {
            date: date.clone(),
            n_orders: 0,
            n_redemptions: 0,
            discount_minor: BTreeMap::new(),
        });
        day.n_orders += 1;
        day.n_redemptions += n_redeemed;
        if discount > 0 {
            *day.discount_minor.entry(order.currency.code().to_owned()).or_insert(0) += discount;
        }
    }

    fn add_money(
        &mut self,
        order: &Input,
        (before, after): (&Quote, &Quote),
        (discount, n_redeemed): (i128, usize),
    ) {
        let currency = order.currency;
        let money = self.money.entry(currency.code()).or_insert_with(|| SimulatedMoney {
            currency,
            n_orders: 0,
            n_redemptions: 0,
            discount_minor: 0,
            revenue_before_minor: 0,
            revenue_after_minor: 0,
            margin_before_minor: 0,
            margin_after_minor: 0,
            n_lines: 0,
            n_lines_with_cost: 0,
        });
        money.n_orders += 1;
        money.n_redemptions += n_redeemed;
        money.discount_minor += discount;
        money.n_lines += order.lines.len();
        money.n_lines_with_cost +=
            order.lines.iter().filter(|line| line.unit_cost_minor.is_some()).count();
        money.revenue_before_minor += revenue(before);
        money.revenue_after_minor += revenue(after);
        money.margin_before_minor += margin(order, before);
        money.margin_after_minor += margin(order, after);
    }

    fn add_overlaps(&mut self, before: &Quote, after: &Quote) {
        let ids = |quote: &Quote| -> BTreeSet<String> {
            quote.uses.iter().map(|one| one.promotion.clone()).collect()
        };
        let (before, after) = (ids(before), ids(after));
        for id in before.union(&after).filter(|id| *id != self.draft) {
            let overlap = self.overlaps.entry(id.clone()).or_insert_with(|| Overlap {
                promotion: id.clone(),
                n_together: 0,
                n_driven_out: 0,
            });
            if after.contains(id) {
                overlap.n_together += 1;
            } else {
                overlap.n_driven_out += 1;
            }
        }
    }

    fn report(self, n_orders: usize) -> SimulationReport {
        let mut overlaps: Vec<Overlap> = self.overlaps.into_values().collect();
        overlaps.sort_by_key(|one| std::cmp::Reverse(one.n_together + one.n_driven_out));
        overlaps.truncate(N_OVERLAPS_MAX);
        SimulationReport {
            n_orders,
            n_refused: self.n_refused,
            refused: self.refused,
            n_redemptions: self.n_redemptions,
            n_cut_off: self.n_cut_off,
            money: self.money.into_values().collect(),
            overlaps,
            days: self.days.into_values().collect(),
        }
    }
}

fn revenue(quote: &Quote) -> i128 {
    quote.lines.iter().map(|line| i128::from(line.net_minor)).sum()
}

/// Net of tax, less cost, of the lines whose cost is known.
fn margin(order: &Input, quote: &Quote) -> i128 {
    let lines = order.lines.iter().zip(&quote.lines).filter_map(|(line, priced)| {
        let cost = i128::from(line.unit_cost_minor?) * i128::from(line.quantity);
        let tax = match quote.tax {
            crate::input::TaxMode::Inclusive => priced.tax_minor,
            crate::input::TaxMode::Exclusive => 0,
        };
        Some(i128::from(priced.net_minor) - i128::from(tax) - cost)
    });
    lines.sum()
}
