//! Adds up the reports of chunks.

use std::collections::BTreeMap;

use mercer_promotions_engine::simulate::{Overlap, SimulatedDay, SimulatedMoney, SimulationReport};

/// Refused orders of which the reason is told: the first few show what is wrong.
const N_REFUSED_TOLD_MAX: usize = 10;

/// The sum of reports.
#[derive(Debug, Default)]
pub(super) struct Total {
    pub n_orders: usize,
    pub n_redemptions: usize,
    pub n_refused: usize,
    pub n_cut_off: usize,
    pub refused: Vec<String>,
    pub money: BTreeMap<String, SimulatedMoney>,
    pub overlaps: BTreeMap<String, Overlap>,
    pub days: BTreeMap<String, SimulatedDay>,
}

impl Total {
    /// Adds a report.
    pub(super) fn add(&mut self, report: SimulationReport) {
        let SimulationReport {
            n_orders,
            n_refused,
            refused,
            n_redemptions,
            n_cut_off,
            money,
            overlaps,
            days,
        } = report;
        self.n_orders += n_orders - n_refused;
        self.n_redemptions += n_redemptions;
        self.n_refused += n_refused;
        self.n_cut_off += n_cut_off;
        let room = N_REFUSED_TOLD_MAX - self.refused.len();
        self.refused.extend(refused.iter().take(room).map(|(_, why)| why.to_string()));
        for one in money {
            self.add_money(one);
        }
        for Overlap { promotion, n_together, n_driven_out } in overlaps {
            let none = Overlap { promotion: promotion.clone(), n_together: 0, n_driven_out: 0 };
            let sum = self.overlaps.entry(promotion).or_insert(none);
            sum.n_together += n_together;
            sum.n_driven_out += n_driven_out;
        }
        for day in days {
            self.add_day(day);
        }
    }

    fn add_money(&mut self, one: SimulatedMoney) {
        let key = one.currency.code().to_owned();
        let Some(sum) = self.money.get_mut(&key) else {
            self.money.insert(key, one);
            return;
        };
        let SimulatedMoney {
            currency: _,
            n_orders,
            n_redemptions,
            discount_minor,
            revenue_before_minor,
            revenue_after_minor,
            margin_before_minor,
            margin_after_minor,
            n_lines,
            n_lines_with_cost,
        } = one;
        sum.n_orders += n_orders;
        sum.n_redemptions += n_redemptions;
        sum.discount_minor += discount_minor;
        sum.revenue_before_minor += revenue_before_minor;
        sum.revenue_after_minor += revenue_after_minor;
        sum.margin_before_minor += margin_before_minor;
        sum.margin_after_minor += margin_after_minor;
        sum.n_lines += n_lines;
        sum.n_lines_with_cost += n_lines_with_cost;
    }

    fn add_day(&mut self, day: SimulatedDay) {
        let SimulatedDay { date, n_orders, n_redemptions, discount_minor } = day;
        let none = SimulatedDay {
            date: date.clone(),
            n_orders: 0,
            n_redemptions: 0,
            discount_minor: BTreeMap::new(),
        };
        let sum = self.days.entry(date).or_insert(none);
        sum.n_orders += n_orders;
        sum.n_redemptions += n_redemptions;
        for (currency, minor) in discount_minor {
            *sum.discount_minor.entry(currency).or_insert(0) += minor;
        }
    }
}
