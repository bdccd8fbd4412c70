//! Exponential smoothing with additive errors: level, damped trend, additive season (ETS(A,N,N),
//! (A,N,A), (A,Ad,N), (A,Ad,A); Hyndman, Koehler, Ord and Snyder 2008, "Forecasting with
//! Exponential Smoothing").
//!
//! Parameters come from a small grid by squared one-step errors rather than from an optimiser:
//! daily sales of one product do not tell 0.12 from 0.10. Which form is used is not decided here
//! but by errors on windows ahead.

const ALPHAS: [f64; 6] = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5];
const ALPHAS_TREND: [f64; 4] = [0.05, 0.1, 0.2, 0.4];
const TREND_SHARES: [f64; 2] = [0.05, 0.2];
const DAMPINGS: [f64; 2] = [0.9, 0.97];
const GAMMAS: [f64; 2] = [0.0, 0.08];
/// Slots the first level is the mean of, at most.
const N_START_MAX: usize = 28;

/// Which parts are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// With a damped trend.
    pub trend: bool,
    /// With an additive season.
    pub season: bool,
}

#[derive(Debug, Clone, Copy)]
struct Constants {
    alpha: f64,
    beta: f64,
    damping: f64,
    gamma: f64,
}

#[derive(Debug, Clone)]
struct State {
    level: f64,
    trend: f64,
    places: Vec<f64>,
}

/// Forecasts for the given places in the season, never below zero.
#[must_use]
pub fn forecast(values: &[f64], seasons: &[u8], form: Form, ahead: &[u8]) -> Vec<f64> {
    let first = start(values, seasons, form);
    let mut best: Option<(f64, Constants, State)> = None;
    for constants in grid(form) {
        let limit = best.as_ref().map_or(f64::INFINITY, |(error, ..)| *error);
        if let Some((error, state)) = run(values, seasons, constants, first.clone(), limit) {
            best = Some((error, constants, state));
        }
    }
    let Some((_, constants, state)) = best else {
        return vec![0.0; ahead.len()];
    };
    let (mut level, mut trend) = (state.level, state.trend);
    ahead
        .iter()
        .map(|&season| {
            trend *= constants.damping;
            level += trend;
            (level + place(&state.places, season)).max(0.0)
        })
        .collect()
}

fn place(places: &[f64], season: u8) -> f64 {
    places.get(usize::from(season)).copied().unwrap_or(0.0)
}

fn grid(form: Form) -> Vec<Constants> {
    let gammas: &[f64] = if form.season { &GAMMAS } else { &[0.0] };
    let mut all = Vec::new();
    for &gamma in gammas {
        if form.trend {
            for alpha in ALPHAS_TREND {
                for share in TREND_SHARES {
                    for damping in DAMPINGS {
                        all.push(Constants { alpha, beta: alpha * share, damping, gamma });
                    }
                }
            }
        } else {
            all.extend(ALPHAS.map(|alpha| Constants { alpha, beta: 0.0, damping: 0.0, gamma }));
        }
    }
    all
}

/// The first level is the mean of the first slots; the season's places are the means of theirs
/// less the overall mean, drawn to zero by one pseudo-observation each.
fn start(values: &[f64], seasons: &[u8], form: Form) -> State {
    let n_start = (values.len() / 6).clamp(4, N_START_MAX).min(values.len());
    let level = values[..n_start].iter().sum::<f64>() / n_start.max(1) as f64;
    let mut places = Vec::new();
    if form.season {
        let n_places = seasons.iter().max().map_or(0, |&season| usize::from(season) + 1);
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        let mut counts = vec![1.0; n_places];
        places = vec![0.0; n_places];
        for (value, &season) in values.iter().zip(seasons) {
            places[usize::from(season)] += value - mean;
            counts[usize::from(season)] += 1.0;
        }
        for (place, count) in places.iter_mut().zip(&counts) {
            *place /= count;
        }
    }
    State { level, trend: 0.0, places }
}

/// One pass; `None` as soon as the squared errors reach `limit`.
fn run(
    values: &[f64],
    seasons: &[u8],
    constants: Constants,
    mut state: State,
    limit: f64,
) -> Option<(f64, State)> {
    let Constants { alpha, beta, damping, gamma } = constants;
    let mut sum = 0.0;
    for (value, &season) in values.iter().zip(seasons) {
        let base = state.level + damping * state.trend;
        let error = value - base - place(&state.places, season);
        sum += error * error;
        if sum >= limit {
            return None;
        }
        state.level = base + alpha * error;
        state.trend = damping * state.trend + beta * error;
        if gamma > 0.0
            && let Some(place) = state.places.get_mut(usize::from(season))
        {
            *place += gamma * error;
        }
    }
    Some((sum, state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_stays() {
        let form = Form { trend: true, season: true };
        let seasons: Vec<u8> = (0..70).map(|at| at % 7).collect();
        for value in forecast(&[5.0; 70], &seasons, form, &[0, 1, 2]) {
            assert!((value - 5.0).abs() < 1e-9);
        }
    }

    #[test]
    fn a_weekday_pattern_is_found_again() {
        let seasons: Vec<u8> = (0..140).map(|at| at % 7).collect();
        let values: Vec<f64> = seasons.iter().map(|&s| if s == 5 { 20.0 } else { 4.0 }).collect();
        let form = Form { trend: false, season: true };
        let ahead = forecast(&values, &seasons, form, &[4, 5]);
        assert!(ahead[0] < 5.5 && ahead[1] > 18.0, "{ahead:?}");
    }

    #[test]
    fn a_rise_is_continued_and_flattens() {
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        let form = Form { trend: true, season: false };
        let ahead = forecast(&values, &[0; 100], form, &[0; 200]);
        assert!(ahead[0] > 98.0);
        assert!(ahead[10] > ahead[0]);
        assert!(ahead[199] - ahead[198] < 0.05);
    }
}
