//! Choice of the method by rolling origin (Tashman 2000): each candidate forecasts the last
//! windows from only what came before them, and the one that erred least is used.
//!
//! The error of a window is half about its slots (root of the mean squared error) and half about
//! its sum (absolute error divided by the root of the number of slots, so that pure noise counts
//! alike in both): a shop needs the days right and the month right. Parameters are fitted anew
//! for every window.

use crate::model::series::Series;
use crate::model::{croston, ets, naive};
use crate::outcome::{Method, Period};
use crate::policy::Policy;

/// Days needed before the first window: nearly three of every weekday.
const N_TRAIN_MIN_DAYS: usize = 20;
/// Weeks needed before the first window: a month.
const N_TRAIN_MIN_WEEKS: usize = 4;

/// How a candidate did.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Candidate.
    pub method: Method,
    /// Mean error over the windows, in units.
    pub error: f64,
    /// Expected and actual sum of each window, newest first.
    pub totals: Vec<(f64, f64)>,
}

/// The candidates' errors.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The one to use.
    pub chosen: Trial,
    /// The others, least error first.
    pub lost: Vec<Trial>,
    /// Windows tested.
    pub n_windows: u8,
    /// Mean number of slots in a window.
    pub n_slots: f64,
}

/// Expected units per usual slot at the given places of the season.
#[must_use]
pub fn forecast(method: Method, series: &Series, n_train: usize, ahead: &[u8]) -> Vec<f64> {
    let values = &series.values[..n_train];
    let seasons = &series.seasons[..n_train];
    let ets = |trend, season| ets::forecast(values, seasons, ets::Form { trend, season }, ahead);
    match method {
        Method::SeasonalNaive => naive::forecast(values, seasons, series.n_seasons, ahead),
        Method::EtsLevel => ets(false, false),
        Method::EtsSeason => ets(false, true),
        Method::EtsTrend => ets(true, false),
        Method::EtsTrendSeason => ets(true, true),
        Method::Croston => vec![croston::forecast(values, false); ahead.len()],
        Method::Sba => vec![croston::forecast(values, true); ahead.len()],
    }
}

/// The candidates for a series: season only where it has one, Croston only where there are
/// zeros.
fn candidates(series: &Series) -> Vec<Method> {
    let seasonal = series.n_seasons > 1;
    let zeros = series.values.contains(&0.0);
    Method::ALL
        .into_iter()
        .filter(|method| match method {
            Method::EtsSeason | Method::EtsTrendSeason => seasonal,
            Method::Croston | Method::Sba => zeros,
            Method::SeasonalNaive | Method::EtsLevel | Method::EtsTrend => true,
        })
        .collect()
}

/// Tries all candidates; `None` when not even one window has enough before it.
#[must_use]
pub fn choose(series: &Series, end_day: i32, policy: &Policy) -> Option<Choice> {
    let windows = windows(series, end_day, policy);
    if windows.is_empty() {
        return None;
    }
    let mut trials: Vec<Trial> =
        candidates(series).into_iter().map(|method| try_out(method, series, &windows)).collect();
    let margin = 1.0 - policy.margin_percent.clamp(0.0, 100.0) / 100.0;
    let mut best = 0;
    for at in 1..trials.len() {
        if trials[at].error < trials[best].error * margin {
            best = at;
        }
    }
    let chosen = trials.remove(best);
    trials.sort_by(|a, b| a.error.total_cmp(&b.error));
    let n_slots: usize = windows.iter().map(|(from, to)| to - from).sum();
    Some(Choice {
        chosen,
        lost: trials,
        n_windows: windows.len() as u8,
        n_slots: n_slots as f64 / windows.len() as f64,
    })
}

/// Slot ranges of the windows, newest first.
fn windows(series: &Series, end_day: i32, policy: &Policy) -> Vec<(usize, usize)> {
    let (n_train_min, length) = match series.period {
        Period::Day => (N_TRAIN_MIN_DAYS, i32::from(policy.window_days.max(1))),
        Period::Week => (N_TRAIN_MIN_WEEKS, i32::from(policy.window_days.max(1).div_ceil(7)) * 7),
    };
    let at = |day: i32| series.start_days.partition_point(|&start| start < day);
    (1..=i32::from(policy.n_windows_max.max(1)))
        .map(|back| (at(end_day - back * length), at(end_day - (back - 1) * length)))
        .take_while(|&(from, _)| from >= n_train_min)
        .filter(|&(from, to)| to > from && series.values[..from].iter().any(|&v| v > 0.0))
        .collect()
}

fn try_out(method: Method, series: &Series, windows: &[(usize, usize)]) -> Trial {
    let (mut slots, mut sums) = (0.0, 0.0);
    let mut totals = Vec::with_capacity(windows.len());
    for &(from, to) in windows {
        let expected = forecast(method, series, from, &series.seasons[from..to]);
        let actual = &series.values[from..to];
        let n = actual.len() as f64;
        let squares: f64 = expected.iter().zip(actual).map(|(e, a)| (e - a).powi(2)).sum();
        let (sum_expected, sum_actual) = (expected.iter().sum::<f64>(), actual.iter().sum::<f64>());
        slots += squares / n;
        sums += (sum_expected - sum_actual).powi(2) / n;
        totals.push((sum_expected, sum_actual));
    }
    let n = windows.len() as f64;
    Trial { method, error: ((slots / n).sqrt() + (sums / n).sqrt()) / 2.0, totals }
}
