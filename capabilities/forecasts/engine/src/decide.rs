//! The decision: one product's forecast from its input alone.
//!
//! Pure and replayable: the same input, policy and seed give the same decision. Reads nothing
//! else, and never fails.

use mercer_engine_kit::decision::{Alternative, Decision, Reasons};
use mercer_engine_kit::seed::Seed;

use crate::input::Input;
use crate::model::choose::{Choice, choose, forecast};
use crate::model::paths::simulate;
use crate::model::series::{Cleaned, Series, WEEKS_PER_YEAR};
use crate::outcome::{Forecast, Method, Outcome, Period};
use crate::policy::Policy;
use crate::reason::{DemandClass, Why};

/// Furthest day from 1970 reckoned with, about 2,700 years: keeps sums of days within 32 bits.
pub const DAY_MAX: i32 = 1_000_000;
/// Threads that [`decide_all`] uses at most: more do not pay next to a serving process.
pub const THREADS_MAX: usize = 2;

/// Forecasts one product. A first day more than [`DAY_MAX`] from 1970 is read as that day.
pub fn decide(input: &Input, policy: &Policy, seed: Seed) -> Decision<Outcome, Why> {
    if input.start_day.abs_diff(0) > DAY_MAX.unsigned_abs() {
        let start_day = input.start_day.clamp(-DAY_MAX, DAY_MAX);
        return decide(&Input { start_day, ..input.clone() }, policy, seed);
    }
    let cleaned = Cleaned::new(input, policy);
    if cleaned.n_sales_days < policy.n_sales_days_min {
        let why = Why::TooFewSales {
            n_sales_days: cleaned.n_sales_days,
            n_sales_days_needed: policy.n_sales_days_min,
        };
        return too_little(&cleaned, policy, why);
    }
    let too_new = Why::TooFewDays { n_days: cleaned.n_open, n_days_needed: policy.n_days_min };
    if cleaned.n_open < policy.n_days_min {
        return too_little(&cleaned, policy, too_new);
    }
    let series = if cleaned.interval_days() < policy.interval_days_for_weeks {
        Series::by_day(&cleaned)
    } else {
        Series::by_week(&cleaned, &input.calendar, policy)
    };
    let Some(choice) = choose(&series, input.end_day(), policy) else {
        return too_little(&cleaned, policy, too_new);
    };
    let horizon_days = input.horizon_days.clamp(1, policy.horizon_days_max.max(1));
    let ahead = series.ahead(input.end_day(), horizon_days, &input.calendar);
    let places: Vec<u8> = ahead.iter().map(|slot| slot.season).collect();
    let expected: Vec<Vec<f64>> = std::iter::once(&choice.chosen)
        .chain(&choice.lost)
        .map(|trial| forecast(trial.method, &series, series.values.len(), &places))
        .collect();
    let mut stream = seed.stream("forecast paths");
    let (points, total) = simulate(&series, &choice, (&ahead, &expected), policy, &mut stream);
    let reasons = explain(input, policy, &cleaned, &series, &choice);
    let method = choice.chosen.method;
    Decision {
        outcome: Outcome::Forecast(Forecast { period: series.period, method, points, total }),
        reasons,
        alternatives: alternatives(&choice),
    }
}

/// Forecasts many products, each exactly as [`decide`] would, in the order given.
#[must_use]
pub fn decide_all(inputs: &[Input], policy: &Policy, seed: Seed) -> Vec<Decision<Outcome, Why>> {
    let n_each = inputs.len().div_ceil(THREADS_MAX).max(1);
    std::thread::scope(|scope| {
        let work: Vec<_> = inputs
            .chunks(n_each)
            .map(|part| {
                scope.spawn(move || {
                    part.iter().map(|input| decide(input, policy, seed)).collect::<Vec<_>>()
                })
            })
            .collect();
        work.into_iter()
            .flat_map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

fn too_little(cleaned: &Cleaned, policy: &Policy, why: Why) -> Decision<Outcome, Why> {
    Decision {
        outcome: Outcome::TooLittleHistory {
            n_days: cleaned.n_open,
            n_days_needed: policy.n_days_min,
            n_sales_days: cleaned.n_sales_days,
            n_sales_days_needed: policy.n_sales_days_min,
        },
        reasons: Reasons::one(why),
        alternatives: Vec::new(),
    }
}

fn percent(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (100.0 * part / whole).clamp(-9_999.0, 9_999.0) } else { 0.0 }
}

fn alternatives(choice: &Choice) -> Vec<Alternative> {
    let best = choice.chosen.error;
    choice
        .lost
        .iter()
        .map(|trial| Alternative {
            name: trial.method.name().to_owned(),
            score: Some(trial.error),
            lost_because: if trial.error <= best && best == 0.0 {
                "Erred as little, but is less steady.".to_owned()
            } else if trial.error >= best {
                format!("Erred {:.0} % more.", percent(trial.error - best, best))
            } else {
                lost_by_little(percent(best - trial.error, best).round() as u32)
            },
        })
        .collect()
}

/// Why a method that erred less, by whole per cent, was not taken.
fn lost_by_little(percent_less: u32) -> String {
    match percent_less {
        0 => "Did equally well, but is less steady.".to_owned(),
        less => format!("Erred only {less} % less, too little to leave the steadier method."),
    }
}

fn explain(
    input: &Input,
    policy: &Policy,
    cleaned: &Cleaned,
    series: &Series,
    choice: &Choice,
) -> Reasons<Why> {
    let mut rest = vec![
        Why::SoldOnDays {
            n_sales_days: cleaned.n_sales_days,
            n_days: cleaned.n_open,
            period: series.period,
        },
        Why::Demand { class: class(cleaned, policy) },
    ];
    explain_calendar(input, policy, cleaned, &mut rest);
    explain_sales(input, cleaned, &mut rest);
    let n_years = u32::from(policy.n_years_for_season.max(1));
    let (n_weeks, needed) = (cleaned.units.len() as u32 / 7, WEEKS_PER_YEAR as u32 * n_years);
    if n_weeks < needed {
        rest.push(Why::NoYearlySeason { n_weeks, n_weeks_needed: needed });
    }
    if choice.n_windows < policy.n_windows_max {
        rest.push(Why::FewTestWindows {
            n_windows: choice.n_windows,
            n_windows_wanted: policy.n_windows_max,
        });
    }
    Reasons::new(explain_choice(series, choice, policy), rest)
}

fn explain_choice(series: &Series, choice: &Choice, policy: &Policy) -> Why {
    let n_windows = choice.n_windows;
    let window_days = match series.period {
        Period::Day => policy.window_days.max(1),
        Period::Week => policy.window_days.max(1).div_ceil(7) * 7,
    };
    let chosen = &choice.chosen;
    let method = chosen.method;
    let share = |part: f64, whole: f64| percent(part, whole).max(0.0).round() as u32;
    match choice.lost.iter().find(|trial| trial.method == Method::SeasonalNaive) {
        Some(naive) if naive.error > chosen.error => {
            let percent_less = share(naive.error - chosen.error, naive.error);
            Why::ErredLess { method, percent_less, n_windows, window_days }
        }
        Some(naive) => {
            let naive_percent_less = share(chosen.error - naive.error, chosen.error);
            Why::SteadierHeld { method, naive_percent_less, n_windows, window_days }
        }
        None => {
            let next = choice.lost.first().unwrap_or(chosen);
            let percent_more = share(next.error - chosen.error, chosen.error);
            Why::NaiveHeld { next: next.method, percent_more, n_windows, window_days }
        }
    }
}

fn class(cleaned: &Cleaned, policy: &Policy) -> DemandClass {
    let seldom = cleaned.interval_days() >= policy.interval_days_for_weeks;
    match (seldom, cleaned.cv2 >= policy.cv2_erratic) {
        (false, false) => DemandClass::Smooth,
        (false, true) => DemandClass::Erratic,
        (true, false) => DemandClass::Intermittent,
        (true, true) => DemandClass::Lumpy,
    }
}

fn explain_calendar(input: &Input, policy: &Policy, cleaned: &Cleaned, rest: &mut Vec<Why>) {
    for closed in &input.calendar.closed_weekdays {
        rest.push(Why::ClosedWeekday { weekday: closed.weekday, n_seen: closed.n_seen });
    }
    let end_day = input.end_day();
    let past: Vec<i32> = (input.calendar.closed_days.iter().copied())
        .filter(|day| (cleaned.start_day..end_day).contains(day))
        .collect();
    if let (Some(&first_day), Some(&last_day)) = (past.first(), past.last()) {
        rest.push(Why::ClosedDays { n_days: past.len() as u32, first_day, last_day });
    }
    let horizon_days = input.horizon_days.clamp(1, policy.horizon_days_max.max(1));
    let holidays: Vec<i32> = (end_day..end_day.saturating_add(i32::from(horizon_days)))
        .filter(|&day| {
            !input.calendar.is_closed_weekday(day) && input.calendar.is_holiday_again(day)
        })
        .collect();
    if let Some(&first_day) = holidays.first() {
        rest.push(Why::HolidayAhead { n_days: holidays.len() as u32, first_day });
    }
    if horizon_days != input.horizon_days {
        rest.push(Why::HorizonCut { asked_days: input.horizon_days, horizon_days });
    }
}

fn explain_sales(input: &Input, cleaned: &Cleaned, rest: &mut Vec<Why>) {
    if let Some(spikes) = cleaned.spikes {
        rest.push(Why::SpikesCut {
            n_days: spikes.n_days,
            largest_day: spikes.largest_day,
            largest_units: spikes.largest_units,
            counted_as_units: spikes.counted_as_units,
        });
    }
    let units = &input.daily_units;
    let sum = |days: &[i32]| days.iter().map(|&units| i64::from(units.max(0))).sum::<i64>();
    if let Some(from) = units.len().checked_sub(56) {
        rest.push(Why::RecentSales {
            last_28_days_units: sum(&units[from + 28..]),
            previous_28_days_units: sum(&units[from..from + 28]),
        });
    }
    let n_quiet = units.iter().rev().take_while(|&&units| units <= 0).count() as u32;
    if n_quiet >= 28 && f64::from(n_quiet) > 4.0 * cleaned.interval_days() {
        rest.push(Why::QuietLately { n_days: n_quiet });
    }
    if cleaned.n_negative > 0 {
        rest.push(Why::ReturnsReadAsZero { n_days: cleaned.n_negative });
    }
}
