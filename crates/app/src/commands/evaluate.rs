//! `mercer evaluate recommend|forecast`: judged on the shop's own past, baselines beside it.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use jiff::civil::Date;
use mercer_engine_kit::seed::Seed;
use mercer_forecasts_engine::evaluate::{Report, Scores};
use mercer_recommendations_engine::evaluate::Evaluation as RecommendEvaluation;
use mercer_record::history::date_of_day;
use serde::Serialize;
use utoipa::ToSchema;

use crate::cli::{self, Engine};
use crate::output;
use crate::shop::Shop;

/// Metrics of one method.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MethodMetrics {
    /// What was asked: `complete_basket`, `next_basket_new_items` or `demand`.
    pub task: String,
    /// The method.
    pub method: String,
    /// Whether it is there to compare with.
    pub is_baseline: bool,
    /// Cases judged.
    pub n_cases: u64,
    /// Metrics by name.
    pub values: BTreeMap<String, f64>,
}

/// An evaluation on the shop's own past.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Evaluation {
    /// `recommend` or `forecast`.
    pub engine: String,
    /// The seed it can be repeated with.
    pub seed: u64,
    /// First day of the hidden days.
    #[schema(value_type = String, format = Date)]
    pub split_at: Date,
    /// Cases judged, of all tasks.
    pub n_cases: u64,
    /// The engine and its baselines.
    pub metrics: Vec<MethodMetrics>,
    /// Whether the engine is better than its best baseline.
    pub better: bool,
    /// The result as a sentence.
    pub sentence: String,
    /// How long it took.
    pub seconds: f64,
    /// All figures of the engine's own report.
    #[schema(value_type = Object)]
    pub report: serde_json::Value,
}

/// Evaluates an engine.
///
/// # Errors
/// The record cannot be read, or has no orders.
pub fn evaluate(shop: &Shop, engine: Engine, seed: u64) -> Result<Evaluation> {
    let begun = shop.context.clock.now();
    let history = shop.reader.read_sales().map_err(|error| anyhow::anyhow!(error))?;
    if history.orders.is_empty() {
        bail!("there are no orders to judge by: import some first");
    }
    let mut evaluation = match engine {
        Engine::Recommend => {
            of_recommend(&mercer_recommendations::evaluate::evaluate(&history, Seed(seed)))?
        }
        Engine::Forecast => {
            let last = history.last_day.unwrap_or_else(|| date_of_day(0));
            of_forecast(&mercer_forecasts::evaluate::evaluate(&history, Seed(seed)), last)?
        }
    };
    evaluation.seed = seed;
    evaluation.seconds = shop.context.clock.now().duration_since(begun).as_secs_f64();
    Ok(evaluation)
}

fn of_recommend(found: &RecommendEvaluation) -> Result<Evaluation> {
    let mut metrics = Vec::new();
    for task in &found.tasks {
        let name = serde_json::to_value(task.task)?;
        for method in &task.methods {
            metrics.push(MethodMetrics {
                task: name.as_str().unwrap_or_default().to_owned(),
                method: mercer_recommendations::evaluate::method_name(method.method).to_owned(),
                is_baseline: method.is_baseline,
                n_cases: u64::from(task.n_cases),
                values: mercer_recommendations::evaluate::values(method),
            });
        }
    }
    Ok(Evaluation {
        engine: "recommend".to_owned(),
        seed: 0,
        split_at: date_of_day(i64::from(found.day_split)),
        n_cases: found.tasks.iter().map(|task| u64::from(task.n_cases)).sum(),
        metrics,
        better: found.is_better(),
        sentence: found.sentence(),
        seconds: 0.0,
        report: serde_json::to_value(found)?,
    })
}

fn of_forecast(found: &Report, last_day: Date) -> Result<Evaluation> {
    let n_cases = u64::try_from(i64::from(found.n_cases)).unwrap_or(0);
    let row = |scores: &Scores, is_baseline| -> Result<MethodMetrics> {
        let value = serde_json::to_value(scores)?;
        let fields = value.as_object().cloned().unwrap_or_default();
        let values = fields.into_iter().filter_map(|(name, v)| Some((name, v.as_f64()?))).collect();
        Ok(MethodMetrics {
            task: "demand".to_owned(),
            method: scores.name.clone(),
            is_baseline,
            n_cases,
            values,
        })
    };
    let mut metrics = vec![row(&found.mercer, false)?];
    for baseline in &found.baselines {
        metrics.push(row(baseline, true)?);
    }
    let naive = found.baselines.iter().find(|scores| scores.name == "seasonal_naive");
    let better = naive.is_some_and(|naive| found.mercer.rmsse < naive.rmsse);
    let sentence = naive.map_or_else(
        || "There was nothing to judge by.".to_owned(),
        |naive| {
            format!(
                "Over {n_cases} products and the last {} days the error (RMSSE) is {:.3} against \
                 {:.3} of seasonal naive, {:.0} % {}; {:.0} % of totals lie in the 80 % interval.",
                found.plan.horizon_days,
                found.mercer.rmsse,
                naive.rmsse,
                (1.0 - found.mercer.rmsse / naive.rmsse).abs() * 100.0,
                if better { "less" } else { "more" },
                found.mercer.coverage_80_total * 100.0,
            )
        },
    );
    let hidden = i64::from(found.plan.horizon_days);
    Ok(Evaluation {
        engine: "forecast".to_owned(),
        seed: 0,
        split_at: last_day.saturating_sub(jiff::Span::new().days(hidden)),
        n_cases,
        metrics,
        better,
        sentence,
        seconds: 0.0,
        report: serde_json::to_value(found)?,
    })
}

pub(super) fn run(shop: &Shop, what: &cli::Evaluate, json: bool) -> Result<()> {
    let evaluation = evaluate(shop, what.engine, what.seed)?;
    if json {
        return output::json(&evaluation);
    }
    let names: Vec<String> = evaluation
        .metrics
        .first()
        .map(|first| first.values.keys().cloned().collect())
        .unwrap_or_default();
    let mut head = vec!["Task", "Method", "Cases"];
    head.extend(names.iter().map(String::as_str));
    let rows = evaluation.metrics.iter().map(|method| {
        let mut row = vec![method.task.clone(), method.method.clone(), method.n_cases.to_string()];
        row.extend(names.iter().map(|name| {
            method.values.get(name).map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"))
        }));
        row
    });
    output::table(&head, rows);
    output::line(&evaluation.sentence);
    output::line(format!(
        "Hidden days from {}, seed {}, {:.1} s.",
        evaluation.split_at, evaluation.seed, evaluation.seconds
    ));
    Ok(())
}
