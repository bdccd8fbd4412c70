//! Prices many random carts and prints how long it took: 100 lines against 50 promotions for the
//! best deal, 5 lines against 10, and a simulation over 20,000 orders.

#![expect(clippy::print_stdout, reason = "an example that reports to its reader")]
#![expect(clippy::disallowed_methods, reason = "measures real time")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use mercer_engine_kit::money::Currency;
use mercer_engine_kit::seed::Seed;
use mercer_promotions_engine::decide_compiled;
use mercer_promotions_engine::input::{
    Coupon, CouponStanding, CustomerValue, Input, Line, LocalTime, Shipping, TaxMode,
};
use mercer_promotions_engine::outcome::Search;
use mercer_promotions_engine::policy::{
    Action, BreakReward, Combine, Per, Policy, Promotion, QuantityBreak, Target,
};
use mercer_promotions_engine::simulate::simulate;
use serde_json::{Value, json};

/// A stream of numbers: xorshift, so that the example needs no other crate.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % n
    }

    fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as u64) as i64
    }
}

fn price_of(sku: u64) -> i64 {
    150 + (sku * 2_654_435_761 % 8_850) as i64
}

fn cart(random: &mut Random, n_lines: usize, floors: bool) -> Input {
    let lines = (0..n_lines)
        .map(|position| {
            let sku = random.below(400);
            let unit_price_minor = price_of(sku);
            Line {
                position: position as u32,
                sku: format!("S{sku}"),
                product: Some(format!("P{}", sku / 4)),
                category: Some(format!("C{}", sku % 12)),
                tags: vec![format!("T{}", sku % 7)],
                quantity: random.between(1, 6),
                unit_price_minor,
                currency: None,
                unit_cost_minor: Some(unit_price_minor / 2),
                unit_floor_minor: (floors && sku.is_multiple_of(3))
                    .then_some(unit_price_minor * 7 / 10),
                tax_basis_points: [2_000, 2_000, 500][random.below(3) as usize],
            }
        })
        .collect();
    Input {
        currency: Currency::GBP,
        tax: TaxMode::Inclusive,
        lines,
        shipping: Some(Shipping {
            method: "standard".to_owned(),
            amount_minor: 495,
            tax_basis_points: 2_000,
        }),
        channel: "web".to_owned(),
        country: Some("GB".to_owned()),
        customer: BTreeMap::from([
            ("segment".to_owned(), CustomerValue::Text("loyal".to_owned())),
            ("n_orders".to_owned(), CustomerValue::Number(random.between(0, 9))),
        ]),
        time: LocalTime { date: "2026-11-27".to_owned(), hour: 20, minute: 5, weekday: 5 },
        coupons: vec![Coupon {
            code: "WELCOME".to_owned(),
            standing: CouponStanding::Known {
                promotion: "p07".to_owned(),
                uses_left: Some(5),
                customer_uses_left: Some(1),
                budget_minor_left: None,
            },
        }],
        campaigns: Vec::new(),
        limits: BTreeMap::new(),
        flash_prices: Vec::new(),
        points: None,
    }
}

fn action(random: &mut Random) -> Value {
    let share = random.between(3, 15) * 100;
    match random.below(12) {
        0..=4 => json!({"kind": "percentage", "basis_points": share}),
        5 => json!({"kind": "fixed_amount", "amount_minor": random.between(200, 2_000)}),
        6 => json!({"kind": "fixed_price", "unit_price_minor": 0}),
        7 | 8 => json!({"kind": "buy_get", "buy_quantity": 2, "get_quantity": 1}),
        9 => json!({"kind": "quantity_breaks", "per": "product", "breaks": [
            {"quantity_min": 4, "reward": {"kind": "percentage", "basis_points": 500}},
            {"quantity_min": 8, "reward": {"kind": "percentage", "basis_points": share}},
        ]}),
        10 => json!({"kind": "order_tiers", "tiers": [
            {"amount_minor_min": 5_000, "reward": {"kind": "fixed_amount", "amount_minor": 300}},
            {"amount_minor_min": 20_000, "reward": {"kind": "percentage", "basis_points": share}},
        ]}),
        _ => json!({"kind": "shipping", "basis_points": 10_000}),
    }
}

/// How much promotions have to do with each other.
#[derive(Clone, Copy)]
struct Mix {
    one_in_over_all: u64,
    one_in_after_earlier: u64,
}

/// As shops have them: one in twenty over the whole order, one in five on what others left.
const USUAL: Mix = Mix { one_in_over_all: 20, one_in_after_earlier: 5 };
/// One in ten over the whole order, every other one on what others left.
const TANGLED: Mix = Mix { one_in_over_all: 10, one_in_after_earlier: 2 };

/// A shop's promotions: most on a category, a tag or some SKUs, some on the whole order, a third
/// under a condition, tags that keep some apart, a few exclusive, some by coupon.
fn promotion(random: &mut Random, number: usize, mix: Mix) -> Promotion {
    let target = match random.below(mix.one_in_over_all) {
        0 => json!({"of": "all"}),
        1 => json!({"of": "rule", "rule": "line.unit_price_minor >= 3000 && !('T1' in line.tags)"}),
        2..=5 => json!({"of": "categories", "values": [format!("C{}", random.below(12))]}),
        6 => json!({"of": "tags", "values": [format!("T{}", random.below(7))]}),
        7 => {
            json!({"of": "products", "values": (0..8).map(|_| format!("P{}", random.below(100))).collect::<Vec<_>>()})
        }
        _ => {
            json!({"of": "skus", "values": (0..20).map(|_| format!("S{}", random.below(400))).collect::<Vec<_>>()})
        }
    };
    let stacks = match random.below(5) {
        0 => json!({"with": "never", "tags": ["seasonal"]}),
        1 => json!({"with": "only", "tags": ["loyalty", "seasonal"]}),
        _ => json!({"with": "all"}),
    };
    let condition = match random.below(9) {
        0 => json!("cart.subtotal_minor >= 20000 && channel == 'web'"),
        1 => json!("customer.segment in ['loyal', 'champions'] && customer.n_orders > 2"),
        2 => json!("time.weekday == 5 && time.hour >= 18"),
        _ => Value::Null,
    };
    let tags = [json!(["seasonal"]), json!(["loyalty"]), json!([])];
    let after = random.below(mix.one_in_after_earlier) == 0;
    let basis = if after { "after_earlier" } else { "before" };
    let mut action = action(random);
    let mut target = target;
    if action["kind"] == "fixed_price" {
        let sku = random.below(400);
        target = json!({"of": "skus", "values": [format!("S{sku}")]});
        action["unit_price_minor"] = json!(price_of(sku) * 17 / 20);
    }
    let text = json!({
        "id": format!("p{number:02}"),
        "name": format!("Promotion {number}"),
        "priority": random.between(0, 5),
        "exclusive": random.below(25) == 0,
        "tags": tags[random.below(3) as usize],
        "stacks": stacks,
        "condition": condition,
        "target": target,
        "basis": basis,
        "activation": if number % 10 == 7 { "coupon" } else { "automatic" },
        "currency": "GBP",
        "discount_minor_max": (random.below(4) == 0).then(|| random.between(500, 3_000)),
        "action": action,
    });
    serde_json::from_value(text).expect("a promotion of the example")
}

fn policy(random: &mut Random, n: usize, mix: Mix) -> Policy {
    let promotions = (0..n).map(|number| promotion(random, number, mix)).collect();
    Policy { combine: Combine::BestForCustomer, promotions, customer_values: Vec::new() }
}

fn quantile(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

fn measure(
    name: &str,
    (n_carts, n_lines, n_promotions): (usize, usize, usize),
    floors: bool,
    mix: Mix,
) {
    let mut random = Random(0x9E37_79B9_7F4A_7C15 + n_lines as u64);
    let (mut times, mut n_cut_off, mut n_applied) = (Vec::new(), 0, 0);
    for round in 0..n_carts / 20 {
        let compiled = policy(&mut random, n_promotions, mix).compile().expect("a good policy");
        for _ in 0..20 {
            let cart = cart(&mut random, n_lines, floors);
            let start = Instant::now();
            let decision = decide_compiled(&cart, &compiled, Seed(round as u64));
            times.push(start.elapsed());
            let quote = decision.outcome.quote().expect("a good cart");
            n_cut_off += usize::from(quote.search == Search::CutOff);
            n_applied += quote.uses.len();
        }
    }
    let total: Duration = times.iter().sum();
    times.sort_unstable();
    println!(
        "{name}: p50 {:?}, p99 {:?}, most {:?}, {:.0} carts/s, {:.1} applied, {n_cut_off} of {} \
         cut off",
        quantile(&times, 50),
        quantile(&times, 99),
        quantile(&times, 100),
        times.len() as f64 / total.as_secs_f64(),
        n_applied as f64 / times.len() as f64,
        times.len(),
    );
}

fn measure_simulation() {
    let mut random = Random(7);
    let orders: Vec<Input> = (0..20_000)
        .map(|day| {
            let mut order = cart(&mut random, 27, false);
            order.time.date = format!("2010-{:02}-{:02}", 1 + day % 12, 1 + day % 28);
            for line in &mut order.lines {
                line.quantity = random.between(1, 20);
            }
            order
        })
        .collect();
    let mut draft = promotion(&mut random, 99, USUAL);
    draft.condition = None;
    draft.target = Target::All;
    draft.action = Action::QuantityBreaks {
        per: Per::Product,
        breaks: vec![QuantityBreak {
            quantity_min: 12,
            reward: BreakReward::Percentage { basis_points: 1_000 },
        }],
    };
    for n_running in [0, 5, 20] {
        let running = policy(&mut random, n_running, USUAL);
        let start = Instant::now();
        let report = simulate(&orders, &draft, &running).expect("a good policy");
        let money = &report.money[0];
        println!(
            "simulation of {} orders ({} lines) beside {n_running} promotions: {:?}, {} \
             redemptions, {} off",
            report.n_orders,
            money.n_lines,
            start.elapsed(),
            report.n_redemptions,
            money.discount_minor,
        );
    }
}

fn main() {
    measure("100 lines, 50 promotions", (2_000, 100, 50), false, USUAL);
    measure("the same with floors", (2_000, 100, 50), true, USUAL);
    measure("the same, tangled", (400, 100, 50), false, TANGLED);
    measure("5 lines, 10 promotions", (40_000, 5, 10), false, USUAL);
    measure("the same, tangled, floors", (40_000, 5, 10), true, TANGLED);
    measure_simulation();
}
