//! Forecasts the real year of an online retailer and says how well.
//!
//! `cargo run --release -p mercer-forecasts-engine --example real_year -- online-retail.csv`
//! Optional further arguments: origins, days skipped at the end, and `key=value` of the policy.
#![expect(clippy::print_stdout, reason = "an example prints")]
#![expect(clippy::disallowed_methods, reason = "it measures real time")]

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;

use mercer_engine_kit::decision::Reason;
use mercer_engine_kit::seed::Seed;
use mercer_forecasts_engine::decide::{decide, decide_all};
use mercer_forecasts_engine::evaluate::{Plan, Report, Scores, evaluate};
use mercer_forecasts_engine::input::Input;
use mercer_forecasts_engine::outcome::Outcome;
use mercer_forecasts_engine::policy::Policy;
use mercer_forecasts_engine::shop::{Sale, Shop};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let path = arguments.first().ok_or("give the path of online-retail.csv")?;
    let number = |at: usize, default: u16| arguments.get(at).map_or(Ok(default), |t| t.parse());
    let plan = Plan { n_origins: number(1, 1)? as u8, skip_days: number(2, 0)?, ..Plan::default() };
    let policy = policy(&arguments)?;
    let seed = Seed(1);

    let text = std::fs::read_to_string(path)?;
    let (codes, sales) = read(&text);
    let last_day = sales.iter().map(|sale| sale.day).max().ok_or("no sales")?;
    let started = Instant::now();
    let shop = Shop::fit(&sales, codes.len(), last_day);
    let inputs: Vec<Input> =
        (0..codes.len() as u32).filter_map(|product| shop.input(product, 28)).collect();
    println!("{} products fitted in {:.3} s", inputs.len(), started.elapsed().as_secs_f64());

    if arguments.len() < 3 {
        let started = Instant::now();
        let decisions = decide_all(&inputs, &policy, seed);
        let seconds = started.elapsed().as_secs_f64();
        let n = decisions.iter().filter(|d| matches!(d.outcome, Outcome::Forecast(_))).count();
        println!("{n} forecasts of {} products decided in {seconds:.3} s", decisions.len());
        show(&codes, &shop, &policy, seed)?;
    }
    let started = Instant::now();
    let report = evaluate(&inputs, &policy, seed, plan);
    println!("evaluated in {:.3} s", started.elapsed().as_secs_f64());
    print_report(&report);
    Ok(())
}

fn policy(arguments: &[String]) -> Result<Policy, Box<dyn Error>> {
    let mut value = serde_json::to_value(Policy::default())?;
    for (key, text) in arguments.iter().filter_map(|argument| argument.split_once('=')) {
        value[key] = serde_json::from_str(text)?;
    }
    Ok(serde_json::from_value(value)?)
}

fn show(
    codes: &BTreeMap<String, u32>,
    shop: &Shop,
    policy: &Policy,
    seed: Seed,
) -> Result<(), Box<dyn Error>> {
    let product = codes.get("85123A").ok_or("no 85123A")?;
    let input = shop.input(*product, 28).ok_or("85123A never sold")?;
    let started = Instant::now();
    let decision = decide(&input, policy, seed);
    println!("85123A decided in {:.2} ms", started.elapsed().as_secs_f64() * 1_000.0);
    let year = Input { horizon_days: 365, ..input.clone() };
    let started = Instant::now();
    let long = decide(&year, policy, seed);
    println!("85123A for 365 days in {:.2} ms", started.elapsed().as_secs_f64() * 1_000.0);
    if let Outcome::Forecast(forecast) = &long.outcome {
        println!("  total {:?}", forecast.total);
    }
    if let Outcome::Forecast(forecast) = &decision.outcome {
        println!("  {:?} {:?}", forecast.period, forecast.method);
        for p in forecast.points.iter().chain([&forecast.total]) {
            println!(
                "  day {} +{:<2} expected {:7.1} median {:5} 80 % {:5}–{:5} 95 % {:5}–{:5}",
                p.start_day,
                p.n_days,
                p.expected,
                p.median,
                p.low_80,
                p.high_80,
                p.low_95,
                p.high_95
            );
        }
    }
    for reason in decision.reasons.as_slice() {
        println!("  - {}", reason.sentence());
    }
    for lost in &decision.alternatives {
        println!("  ({}: {})", lost.name, lost.lost_because);
    }
    Ok(())
}

fn print_report(report: &Report) {
    println!(
        "{} cases ({} daily, {} scaled) of {} products, {} too little history, {} not yet sold, {} units, seed {}",
        report.n_cases,
        report.n_cases_daily,
        report.n_cases_scaled,
        report.n_products,
        report.n_too_little_history,
        report.n_not_yet_sold,
        report.n_units,
        report.seed
    );
    for count in &report.methods {
        println!("  {:<46} {}", count.method.name(), count.n_cases);
    }
    println!(
        "| | RMSSE | MASE | WAPE total | pinball 10 | 50 | 90 | total in 80 % | in 95 % | points in 80 % | in 95 % |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for s in std::iter::once(&report.mercer).chain(&report.baselines) {
        let Scores { name, rmsse, mase, wape_total, pinball_10, pinball_50, pinball_90, .. } = s;
        let share = |x: Option<f64>| x.map_or("–".to_owned(), |x| format!("{x:.3}"));
        println!(
            "| {name} | {rmsse:.3} | {mase:.3} | {wape_total:.3} | {pinball_10:.3} | {pinball_50:.3} | {pinball_90:.3} | {:.3} | {:.3} | {} | {} |",
            s.coverage_80_total,
            s.coverage_95_total,
            share(s.coverage_80_points),
            share(s.coverage_95_points)
        );
    }
}

/// Product numbers by code, and sales; cancellations, fees and lines without units left out.
fn read(text: &str) -> (BTreeMap<String, u32>, Vec<Sale>) {
    let (mut codes, mut sales) = (BTreeMap::new(), Vec::new());
    for line in text.lines().skip(1) {
        let fields = split(line);
        let [invoice, code, _, quantity, date, ..] = fields.as_slice() else { continue };
        let (Ok(units), Some(day)) = (quantity.parse::<i32>(), day(date)) else { continue };
        if units <= 0 || invoice.starts_with('C') || !code.starts_with(|c: char| c.is_ascii_digit())
        {
            continue;
        }
        let n = codes.len() as u32;
        let product = *codes.entry(code.to_ascii_uppercase()).or_insert(n);
        sales.push(Sale { product, day, units });
    }
    (codes, sales)
}

fn split(line: &str) -> Vec<String> {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    fields.push(field);
    fields
}

/// Days since 1970 of `2010-12-01 08:26:00` (Hinnant, `days_from_civil`).
fn day(date: &str) -> Option<i32> {
    let mut parts = date.get(..10)?.split('-').map(str::parse::<i32>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    Some(
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719_468,
    )
}
