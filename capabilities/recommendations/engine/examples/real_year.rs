//! Fits and evaluates on the Online Retail year (Daqing Chen, UCI, doi 10.24432/C5BW33, CC BY 4.0).
//!
//! `cargo run --release -p mercer-recommendations-engine --example real_year -- online-retail.csv`
//! prints the figures of README.md; `--large` instead of a file fits a large made-up shop; `--tune` before the file compares settings on the three
//! 28-day windows before the last one. A reader for that file only, not an importer.

#![expect(clippy::print_stdout, reason = "an example shows its figures")]
#![expect(clippy::disallowed_methods, reason = "an example measures real time")]

use std::collections::HashMap;
use std::time::Instant;

use mercer_engine_kit::decision::Reason;
use mercer_engine_kit::seed::Seed;
use mercer_recommendations_engine::decide::decide;
use mercer_recommendations_engine::evaluate::{Method, Plan, evaluate};
use mercer_recommendations_engine::history::{History, HistoryColumns};
use mercer_recommendations_engine::model::{Ask, Model};
use mercer_recommendations_engine::policy::Policy;

struct Year {
    columns: HistoryColumns,
    codes: Vec<String>,
}

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--large") {
        large();
        return Ok(());
    }
    let path = arguments.last().ok_or("give the path of the unpacked csv file")?;
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let year = read(&text);
    let history = year.columns.view();
    println!(
        "{} baskets, {} lines, {} products, {} customers",
        history.baskets.len(),
        history.items.len(),
        history.n_products,
        history.n_customers
    );
    if arguments.iter().any(|argument| argument == "--tune") {
        tune(&history);
    } else {
        show(&year, &history)?;
    }
    Ok(())
}

/// Fields of a line of that file; descriptions may be quoted and hold commas.
fn fields(line: &str) -> Vec<String> {
    let (mut all, mut field, mut quoted) = (Vec::new(), String::new(), false);
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => all.push(std::mem::take(&mut field)),
            _ => field.push(letter),
        }
    }
    all.push(field);
    all
}

/// Days since 1970-01-01 of a proleptic Gregorian date.
fn day_number(date: &str) -> Option<i32> {
    let mut parts = date.get(..10)?.split('-').map(str::parse::<i32>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    Some(365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468)
}

fn number(of: &str, numbers: &mut HashMap<String, u32>) -> u32 {
    let next = numbers.len() as u32;
    *numbers.entry(of.to_owned()).or_insert(next)
}

/// Leaves out cancellations, bad debts, codes that are no products, and lines that sold nothing.
fn read(text: &str) -> Year {
    let (mut products, mut customers) = (HashMap::new(), HashMap::new());
    let mut columns = HistoryColumns::default();
    let (mut invoice, mut head, mut items) = (String::new(), (None, 0), Vec::new());
    for line in text.lines().skip(1) {
        let row = fields(line);
        let [number_of, code, _, quantity, date, price, customer, ..] = row.as_slice() else {
            continue;
        };
        let is_product = code.len() >= 5 && code.as_bytes()[..5].iter().all(u8::is_ascii_digit);
        let is_sold = !quantity.starts_with('-') && price.parse::<f64>().is_ok_and(|p| p > 0.0);
        let Some(day) = day_number(date) else { continue };
        if number_of.starts_with(['C', 'A']) || !is_product || !is_sold {
            continue;
        }
        if *number_of != invoice {
            if !items.is_empty() {
                columns.push(head.0, head.1, &items);
            }
            items.clear();
            invoice.clone_from(number_of);
            head = ((!customer.is_empty()).then(|| number(customer, &mut customers)), day);
        }
        items.push(number(code, &mut products));
    }
    if !items.is_empty() {
        columns.push(head.0, head.1, &items);
    }
    let mut codes = vec![String::new(); products.len()];
    for (code, product) in products {
        codes[product as usize] = code;
    }
    Year { columns, codes }
}

fn show(year: &Year, history: &History<'_>) -> Result<(), String> {
    let policy = Policy::default();
    let day = history.day_last().ok_or("no orders in the file")?;
    let start = Instant::now();
    let model = Model::fit(history, day, &policy);
    println!("fit in {:.3} s: {:?}", start.elapsed().as_secs_f64(), model.counted());
    let product = year.codes.iter().position(|code| code == "85123A").map(|p| p as u32);
    let ask = Ask { limit: 5, name: &|p| year.codes[p as usize].clone() };
    let input = model.input_for_product(product, ask);
    let decision = decide(&input, &policy, Seed(0));
    println!("85123A:");
    for item in decision.outcome.items() {
        let why: Vec<String> = item.reasons.iter().map(Reason::sentence).collect();
        println!("  {} {:.4} {}", item.product, item.score, why.join(" "));
    }
    let n = 20_000u32;
    let start = Instant::now();
    let mut n_items = 0;
    for turn in 0..n {
        let input = model.input_for_product(Some(turn % history.n_products), ask);
        n_items += decide(&input, &policy, Seed(0)).outcome.items().len();
    }
    let micros = start.elapsed().as_secs_f64() * 1e6 / f64::from(n);
    println!("product question: {micros:.1} us, {n_items} items");
    let cart: Vec<u32> = (0..500.min(history.n_products)).collect();
    let start = Instant::now();
    let decision = decide(&model.input_for_cart(&cart, ask), &policy, Seed(0));
    let micros = start.elapsed().as_secs_f64() * 1e6;
    println!("cart of {}: {micros:.0} us, {} items", cart.len(), decision.outcome.items().len());
    let start = Instant::now();
    let evaluation = evaluate(history, &policy, &Plan::latest(Seed(1)));
    println!("evaluated in {:.2} s", start.elapsed().as_secs_f64());
    println!(
        "{} baskets before the split, {} after",
        evaluation.n_baskets_train, evaluation.n_baskets_test
    );
    println!("better: {}. {}", evaluation.is_better(), evaluation.sentence());
    for task in &evaluation.tasks {
        println!("{:?}: {} of {} cases", task.task, task.n_cases, task.n_cases_possible);
        for m in &task.methods {
            println!(
                "  {:16} recall {:.4} ndcg {:.4} mrr {:.4} hit {:.4}",
                format!("{:?}", m.method),
                m.recall_at_10,
                m.ndcg_at_10,
                m.mrr_at_10,
                m.hit_rate_at_10
            );
        }
        println!("  {:?}", task.verdict);
    }
    Ok(())
}

/// Fits half a million made-up baskets of 20 among 50,000 products with a long tail.
fn large() {
    let (mut columns, mut draw, mut items) = (HistoryColumns::default(), Seed(1), Vec::new());
    for basket in 0..500_000u32 {
        items.clear();
        for _ in 0..20 {
            draw = draw.part("next");
            let uniform = draw.0 as f64 / u64::MAX as f64;
            items.push(((50_000f64.powf(uniform) - 1.0) as u32).min(49_999));
        }
        columns.push(Some(basket % 100_000), (basket / 1_000) as i32, &items);
    }
    let history = columns.view();
    let start = Instant::now();
    let model = Model::fit(&history, 500, &Policy::default());
    println!("fit in {:.2} s: {:?}", start.elapsed().as_secs_f64(), model.counted());
    println!("{} products have companions", model.n_products_with_neighbours());
}

/// One setting after another, the rest as by default, on the windows before the last 28 days.
fn tune(history: &History<'_>) {
    let mut tried: Vec<(String, Policy)> = vec![("default".into(), Policy::default())];
    let mut add = |name: String, change: &dyn Fn(&mut Policy)| {
        let mut policy = Policy::default();
        change(&mut policy);
        tried.push((name, policy));
    };
    for x in [0.4, 0.6] {
        add(format!("popularity_exponent {x}"), &|p| p.popularity_exponent = x);
    }
    for x in [0.0, 10.0] {
        add(format!("shrinkage_orders {x}"), &|p| p.shrinkage_orders = x);
    }
    for x in [0.0, 0.5, 0.75, 1.25] {
        add(format!("basket_size_exponent {x}"), &|p| p.basket_size_exponent = x);
    }
    for x in [1.0, 2.0] {
        add(format!("amplification_exponent {x}"), &|p| p.amplification_exponent = x);
    }
    for x in [0.0, 0.5, 1.0, 1.25, 1.5, 2.0] {
        add(format!("customer_freshness_exponent {x}"), &|p| p.customer_freshness_exponent = x);
    }
    for x in [0.0, 60.0, 180.0] {
        add(format!("pair_half_life_days {x}"), &|p| p.pair_half_life_days = x);
    }
    for x in [7.0, 28.0, 56.0] {
        add(format!("popularity_half_life_days {x}"), &|p| p.popularity_half_life_days = x);
    }
    for x in [30.0, 60.0, 180.0] {
        add(format!("customer_half_life_days {x}"), &|p| p.customer_half_life_days = x);
    }
    for x in [1, 2, 5] {
        add(format!("n_both_min {x}"), &|p| p.n_both_min = x);
    }
    for x in [0.0, 1.5, 2.0] {
        add(format!("lift_min {x}"), &|p| p.lift_min = x);
    }
    for x in [20, 100] {
        add(format!("neighbours_max {x}"), &|p| p.neighbours_max = x);
    }
    for x in [50, 200, 2000] {
        add(format!("basket_items_max {x}"), &|p| p.basket_items_max = x);
    }
    let last = history.day_last().unwrap_or(0);
    for (name, policy) in tried {
        let mut sums = [0.0; 6];
        for window in 1..=3 {
            let day_last = Some(last - 28 * window);
            let plan = Plan { day_last, n_days_test: 28, seed: Seed(window as u64) };
            let evaluation = evaluate(history, &policy, &plan);
            for (at, task) in evaluation.tasks.iter().enumerate() {
                let own = |m: &Method| *m == Method::ItemSimilarity;
                let best = |is_own: bool| {
                    let of = task.methods.iter().filter(|m| own(&m.method) == is_own);
                    of.map(|m| (m.recall_at_10, m.ndcg_at_10))
                        .fold((0.0, 0.0), |a: (f64, f64), b| (a.0.max(b.0), a.1.max(b.1)))
                };
                sums[at * 3] += best(true).0 / 3.0;
                sums[at * 3 + 1] += best(true).1 / 3.0;
                sums[at * 3 + 2] += best(false).0 / 3.0;
            }
        }
        println!(
            "{name:32} basket: recall {:.4} ndcg {:.4} (baseline {:.4})  customer: recall {:.4} \
             ndcg {:.4} (baseline {:.4})",
            sums[0], sums[1], sums[2], sums[3], sums[4], sums[5]
        );
    }
}
