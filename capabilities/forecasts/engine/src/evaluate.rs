//! Evaluation on the shop's own past: hide the last days, forecast them, compare.
//!
//! Baselines answer the same questions on the same spans, from raw sales and with the same
//! calendar. Nothing is tuned here. Products with too little history are counted, not scored.

use mercer_engine_kit::seed::Seed;
use mercer_engine_kit::stats::quantile_sorted;
use serde::{Deserialize, Serialize};

use crate::decide::decide_all;
use crate::input::Input;
use crate::model::naive;
use crate::model::series::{Ahead, Cleaned, Series};
use crate::outcome::{Forecast, Method, Outcome, Period, Point};
use crate::policy::Policy;

/// What is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Days hidden and forecast at each origin.
    pub horizon_days: u16,
    /// Origins, each a horizon earlier than the one before.
    pub n_origins: u8,
    /// Latest days left out altogether: for tuning without looking at them.
    pub skip_days: u16,
}

impl Default for Plan {
    fn default() -> Self {
        Self { horizon_days: 28, n_origins: 1, skip_days: 0 }
    }
}

/// Errors over all cases; smaller is better except for coverage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Who forecast: `mercer`, `seasonal_naive`, `mean` or `last_28_days`.
    pub name: String,
    /// Root mean squared scaled error of the points, mean over cases (Makridakis, Spiliotis and
    /// Assimakopoulos 2022, scaled by errors of seasonal naive in the known past).
    pub rmsse: f64,
    /// Mean absolute scaled error of the points, mean over cases (Hyndman and Koehler 2006).
    pub mase: f64,
    /// Absolute errors of the horizons' totals by the units sold.
    pub wape_total: f64,
    /// Pinball loss of the 10 % quantile of the total, by the units sold.
    pub pinball_10: f64,
    /// Pinball loss of the median of the total, by the units sold.
    pub pinball_50: f64,
    /// Pinball loss of the 90 % quantile of the total, by the units sold.
    pub pinball_90: f64,
    /// Share of totals within their 80 % interval.
    pub coverage_80_total: f64,
    /// Share of totals within their 95 % interval.
    pub coverage_95_total: f64,
    /// Share of points within their 80 % interval, closed days not counted; baselines have none.
    pub coverage_80_points: Option<f64>,
    /// Share of points within their 95 % interval.
    pub coverage_95_points: Option<f64>,
}

/// How often a method was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodCount {
    /// The method.
    pub method: Method,
    /// Cases it forecast.
    pub n_cases: u32,
}

/// The outcome of an evaluation.
#[must_use]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What was hidden.
    pub plan: Plan,
    /// Seed of the simulated paths.
    pub seed: u64,
    /// Products given.
    pub n_products: u32,
    /// Products × origins forecast and compared.
    pub n_cases: u32,
    /// Of those, cases whose past varied, so that scaled errors exist.
    pub n_cases_scaled: u32,
    /// Cases forecast by days; the others by weeks.
    pub n_cases_daily: u32,
    /// Products × origins with too little history.
    pub n_too_little_history: u32,
    /// Products × origins without any sale yet.
    pub n_not_yet_sold: u32,
    /// Units sold in all cases.
    pub n_units: f64,
    /// Methods chosen.
    pub methods: Vec<MethodCount>,
    /// The engine's scores.
    pub mercer: Scores,
    /// The baselines' scores, seasonal naive first.
    pub baselines: Vec<Scores>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Baseline {
    SeasonalNaive,
    Mean,
    Last28Days,
}

impl Baseline {
    const ALL: [Self; 3] = [Self::SeasonalNaive, Self::Mean, Self::Last28Days];

    fn name(self) -> &'static str {
        match self {
            Self::SeasonalNaive => "seasonal_naive",
            Self::Mean => "mean",
            Self::Last28Days => "last_28_days",
        }
    }

    fn forecast(self, series: &Series, n_train: usize, ahead: &[u8]) -> Vec<f64> {
        let values = &series.values[..n_train];
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        match self {
            Self::SeasonalNaive => {
                naive::forecast(values, &series.seasons[..n_train], series.n_seasons, ahead)
            }
            Self::Mean => vec![mean(values); ahead.len()],
            Self::Last28Days => {
                let length = if series.period == Period::Day { 1 } else { 7 };
                let end = series.start_days[..n_train].last().map_or(0, |day| day + length);
                let from = series.start_days.partition_point(|&day| day < end - 28);
                vec![mean(&values[from.min(n_train)..]); ahead.len()]
            }
        }
    }
}

/// Sums that become [`Scores`].
#[derive(Debug, Clone, Default)]
struct Tally {
    rmsse: f64,
    mase: f64,
    n_scaled: u32,
    absolute: f64,
    pinball: [f64; 3],
    within: [f64; 2],
    n_cases: u32,
    points_within: [f64; 2],
    n_points: u32,
}

/// The quantiles of a total: 2.5, 10, 50, 90 and 97.5 %.
type Quantiles = [f64; 5];

impl Tally {
    fn add(&mut self, points: &[(f64, f64)], scale: Option<(f64, f64)>, quantiles: &Quantiles) {
        let n = points.len().max(1) as f64;
        let actual: f64 = points.iter().map(|(_, actual)| actual).sum();
        let expected: f64 = points.iter().map(|(expected, _)| expected).sum();
        if let Some((absolute, squared)) = scale {
            self.mase += points.iter().map(|(e, a)| (e - a).abs()).sum::<f64>() / n / absolute;
            let squares = points.iter().map(|(e, a)| (e - a).powi(2)).sum::<f64>() / n;
            self.rmsse += (squares / squared).sqrt();
            self.n_scaled += 1;
        }
        self.absolute += (expected - actual).abs();
        for (sum, (at, q)) in self.pinball.iter_mut().zip([(1, 0.1), (2, 0.5), (3, 0.9)]) {
            let off = actual - quantiles[at];
            *sum += if off >= 0.0 { q * off } else { (q - 1.0) * off };
        }
        self.within[0] += f64::from((quantiles[1]..=quantiles[3]).contains(&actual));
        self.within[1] += f64::from((quantiles[0]..=quantiles[4]).contains(&actual));
        self.n_cases += 1;
    }

    fn scores(&self, name: &str, n_units: f64) -> Scores {
        let by = |sum: f64, n: f64| if n > 0.0 { sum / n } else { 0.0 };
        let (n_scaled, n_cases) = (f64::from(self.n_scaled), f64::from(self.n_cases));
        let points = |at: usize| {
            (self.n_points > 0).then(|| self.points_within[at] / f64::from(self.n_points))
        };
        Scores {
            name: name.to_owned(),
            rmsse: by(self.rmsse, n_scaled),
            mase: by(self.mase, n_scaled),
            wape_total: by(self.absolute, n_units),
            pinball_10: by(self.pinball[0], n_units),
            pinball_50: by(self.pinball[1], n_units),
            pinball_90: by(self.pinball[2], n_units),
            coverage_80_total: by(self.within[0], n_cases),
            coverage_95_total: by(self.within[1], n_cases),
            coverage_80_points: points(0),
            coverage_95_points: points(1),
        }
    }
}

/// Forecasts hidden days of all products and compares.
pub fn evaluate(inputs: &[Input], policy: &Policy, seed: Seed, plan: Plan) -> Report {
    let (mut n_daily, mut n_too_little, mut n_not_yet) = (0, 0, 0);
    let mut n_units = 0.0;
    let mut methods = Method::ALL.map(|method| MethodCount { method, n_cases: 0 });
    let mut mercer = Tally::default();
    let mut baselines = Baseline::ALL.map(|_| Tally::default());
    let plan =
        Plan { horizon_days: plan.horizon_days.clamp(1, policy.horizon_days_max.max(1)), ..plan };
    for origin in 1..=usize::from(plan.n_origins.max(1)) {
        let back = usize::from(plan.skip_days) + origin * usize::from(plan.horizon_days);
        let sources: Vec<(&Input, Input)> = inputs
            .iter()
            .filter_map(|input| Some((input, input.known_earlier(back, plan.horizon_days)?)))
            .collect();
        n_not_yet += (inputs.len() - sources.len()) as u32;
        let known: Vec<Input> = sources.iter().map(|(_, known)| known.clone()).collect();
        let decisions = decide_all(&known, policy, seed);
        for ((full, known), decision) in sources.iter().zip(decisions) {
            let Outcome::Forecast(forecast) = decision.outcome else {
                n_too_little += 1;
                continue;
            };
            let case = Case::new(full, known, &forecast, policy);
            n_units += case.actual.iter().sum::<f64>();
            n_daily += u32::from(forecast.period == Period::Day);
            methods.iter_mut().filter(|m| m.method == forecast.method).for_each(|m| m.n_cases += 1);
            case.add_forecast(&forecast, &mut mercer);
            for (which, tally) in Baseline::ALL.into_iter().zip(&mut baselines) {
                case.add_baseline(which, tally);
            }
        }
    }
    Report {
        plan,
        seed: seed.0,
        n_products: inputs.len() as u32,
        n_cases: mercer.n_cases,
        n_cases_scaled: mercer.n_scaled,
        n_cases_daily: n_daily,
        n_too_little_history: n_too_little,
        n_not_yet_sold: n_not_yet,
        n_units,
        methods: methods.into_iter().filter(|count| count.n_cases > 0).collect(),
        mercer: mercer.scores("mercer", n_units),
        baselines: (Baseline::ALL.iter().zip(&baselines))
            .map(|(which, tally)| tally.scores(which.name(), n_units))
            .collect(),
    }
}

/// One product at one origin.
struct Case {
    series: Series,
    ahead: Vec<Ahead>,
    actual: Vec<f64>,
    scale: Option<(f64, f64)>,
}

impl Case {
    fn new(full: &Input, known: &Input, forecast: &Forecast, policy: &Policy) -> Self {
        let raw = Policy { spike_deviations: f64::INFINITY, ..policy.clone() };
        let cleaned = Cleaned::new(known, &raw);
        let series = match forecast.period {
            Period::Day => Series::by_day(&cleaned),
            Period::Week => Series::by_week(&cleaned, &known.calendar, &raw),
        };
        let sold = |point: &Point| -> f64 {
            let from = (point.start_day - full.start_day) as usize;
            let to = (from + usize::from(point.n_days)).min(full.daily_units.len());
            full.daily_units[from..to].iter().map(|&units| f64::from(units.max(0))).sum()
        };
        let scale = scale(&series);
        let ahead = series.ahead(known.end_day(), known.horizon_days, &known.calendar);
        Self { series, ahead, actual: forecast.points.iter().map(sold).collect(), scale }
    }

    fn add_forecast(&self, forecast: &Forecast, tally: &mut Tally) {
        let expected = forecast.points.iter().map(|point| point.expected);
        let pairs: Vec<(f64, f64)> = expected.zip(self.actual.iter().copied()).collect();
        let Point { median, low_80, high_80, low_95, high_95, .. } = forecast.total;
        tally.add(&pairs, self.scale, &[low_95, low_80, median, high_80, high_95]);
        for ((point, actual), slot) in forecast.points.iter().zip(&self.actual).zip(&self.ahead) {
            if slot.n_open > 0 {
                tally.n_points += 1;
                let in_80 = (point.low_80..=point.high_80).contains(actual);
                let in_95 = (point.low_95..=point.high_95).contains(actual);
                tally.points_within[0] += f64::from(in_80);
                tally.points_within[1] += f64::from(in_95);
            }
        }
    }

    /// A baseline's interval is its total plus the quantiles of its own past errors of totals, at
    /// origins seven days apart; with fewer than four of them, no wider than its point.
    fn add_baseline(&self, which: Baseline, tally: &mut Tally) {
        let series = &self.series;
        let places: Vec<u8> = self.ahead.iter().map(|slot| slot.season).collect();
        let expected: Vec<f64> = which
            .forecast(series, series.values.len(), &places)
            .iter()
            .zip(&self.ahead)
            .map(|(value, slot)| value * slot.n_open as f64 / series.n_open_usual as f64)
            .collect();
        let total: f64 = expected.iter().sum();
        let n_days: i32 = self.ahead.iter().map(|slot| i32::from(slot.n_days)).sum();
        let mut errors = Vec::new();
        if let (Some(&first), Some(&last)) = (series.start_days.first(), series.start_days.last()) {
            let mut origin = last + 1 - n_days;
            while origin >= first + 28 {
                let from = series.start_days.partition_point(|&day| day < origin);
                let to = series.start_days.partition_point(|&day| day < origin + n_days);
                let past = which.forecast(series, from, &series.seasons[from..to]);
                let actual: f64 = series.values[from..to].iter().sum();
                errors.push(actual - past.iter().sum::<f64>());
                origin -= 7;
            }
        }
        errors.sort_unstable_by(f64::total_cmp);
        let bound = |q: f64| match quantile_sorted(&errors, q) {
            Some(error) if errors.len() >= 4 => (total + error).max(0.0),
            _ => total,
        };
        let quantiles = [bound(0.025), bound(0.1), bound(0.5), bound(0.9), bound(0.975)];
        let pairs: Vec<(f64, f64)> =
            expected.into_iter().zip(self.actual.iter().copied()).collect();
        tally.add(&pairs, self.scale, &quantiles);
    }
}

/// Mean absolute and mean squared error of seasonal naive one season ahead in the known past;
/// `None` when it never erred.
fn scale(series: &Series) -> Option<(f64, f64)> {
    let mut last: Vec<Option<f64>> = vec![None; series.n_seasons.max(1)];
    let (mut absolute, mut squared, mut n) = (0.0, 0.0, 0.0);
    for (value, &season) in series.values.iter().zip(&series.seasons) {
        if let Some(before) = last[usize::from(season)].replace(*value) {
            absolute += (value - before).abs();
            squared += (value - before).powi(2);
            n += 1.0;
        }
    }
    (squared > 0.0).then(|| (absolute / n, squared / n))
}
