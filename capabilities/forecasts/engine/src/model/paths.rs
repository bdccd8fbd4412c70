//! Intervals by simulated futures.
//!
//! A path is the expected demand of each slot, times a draw from the product's own past
//! (demand divided by its local mean: zeros, lumps and all), times a drift of the level that is
//! common to the path and grows with the days ahead, rounded to whole units at random so that the
//! mean is kept. The size of the drift comes from the errors of the chosen method on its test
//! windows, less what the draws alone explain, drawn towards a prior because windows are few.
//! Bounds are quantiles over paths; those of the total are quantiles of the paths' sums.
//!
//! Related: multiplicative-error bootstrap of Hyndman et al. 2008 (chapter 6), and the
//! non-parametric bootstrap of intermittent demand by Willemain, Smart and Schwarz 2004. Days of
//! one path are independent given its drift: runs of good days beyond that are not modelled.

use mercer_engine_kit::seed::Stream;
use rand::RngExt;

use crate::model::choose::Choice;
use crate::model::series::{Ahead, Series};
use crate::outcome::{Period, Point};
use crate::policy::Policy;

/// Slots on either side in a local mean.
const HALF_WIDTH_DAYS: usize = 14;
const HALF_WIDTH_WEEKS: usize = 4;
/// Relative error of a window counted at most, so that one freak window does not open the
/// interval for good.
const RELATIVE_ERROR_MAX: f64 = 2.0;
/// Least drift variance: nobody knows a level better than to five per cent.
const DRIFT_VARIANCE_MIN: f64 = 0.0025;
/// Most drift variance, in logarithms, however far ahead: a factor of about 2.7 either way.
const DRIFT_VARIANCE_MAX: f64 = 1.0;

/// Past demand relative to its local mean.
#[derive(Debug, Clone, PartialEq)]
struct Shape {
    /// Ratio of each past slot's open days; they sum to the slot's ratio.
    blocks: Vec<Vec<f64>>,
    variance: f64,
}

impl Shape {
    fn of(series: &Series) -> Self {
        let half = match series.period {
            Period::Day => HALF_WIDTH_DAYS,
            Period::Week => HALF_WIDTH_WEEKS,
        };
        let values = &series.values;
        let n = values.len();
        let overall = values.iter().sum::<f64>() / n.max(1) as f64;
        let mut blocks = Vec::with_capacity(n);
        let mut ratios = Vec::with_capacity(n);
        for at in 0..n {
            let near = &values[at.saturating_sub(half)..(at + half + 1).min(n)];
            let weight = half as f64 / 2.0;
            let local =
                (near.iter().sum::<f64>() + overall * weight) / (near.len() as f64 + weight);
            let days = &series.days[at];
            let scale = series.n_open_usual as f64 / days.len().max(1) as f64;
            let divisor = if local > 0.0 { local } else { 1.0 };
            blocks.push(days.iter().map(|units| units * scale / divisor).collect::<Vec<f64>>());
            ratios.push(values[at] / divisor);
        }
        let mean = ratios.iter().sum::<f64>() / n.max(1) as f64;
        let divisor = if mean > 0.0 { mean } else { 1.0 };
        blocks.iter_mut().flatten().for_each(|ratio| *ratio /= divisor);
        let squares: f64 = ratios.iter().map(|ratio| (ratio / divisor - 1.0).powi(2)).sum();
        Self { blocks, variance: squares / n.max(1) as f64 }
    }

    /// A draw for a slot with `n_open` of `n_open_usual` days: the whole of a past slot, or that
    /// many days in a row of it, so that a part of a week is as lumpy as such parts were.
    fn draw(&self, n_open: usize, n_open_usual: usize, stream: &mut Stream) -> f64 {
        let block = &self.blocks[stream.random_range(0..self.blocks.len())];
        if n_open >= n_open_usual || block.is_empty() {
            return block.iter().sum();
        }
        let first = stream.random_range(0..block.len());
        let share = n_open as f64 * block.len() as f64 / n_open_usual as f64;
        let (whole, part) = (share.floor() as usize, share.fract());
        let at = |offset: usize| block[(first + offset) % block.len()];
        (0..whole).map(at).sum::<f64>() + part * at(whole)
    }
}

/// Variance of the log level over a window, from the errors of the chosen method.
fn drift_variance(choice: &Choice, shape: &Shape, policy: &Policy) -> f64 {
    let noise = shape.variance / choice.n_slots.max(1.0);
    let (mut sum, mut weight) = (0.0, policy.drift_prior_weight.max(0.01));
    sum += weight * (policy.drift_prior.powi(2) + policy.drift_prior_of_noise.max(0.0) * noise);
    let level = choice.chosen.totals.iter().map(|(e, a)| e.max(*a)).fold(0.0, f64::max);
    for (expected, actual) in &choice.chosen.totals {
        let base = expected.max(level * 0.1).max(0.5);
        let relative = ((actual - expected) / base).clamp(-1.0, RELATIVE_ERROR_MAX);
        sum += relative.powi(2) - noise;
        weight += 1.0;
    }
    (sum / weight).max(DRIFT_VARIANCE_MIN).ln_1p().min(DRIFT_VARIANCE_MAX)
}

/// Points and total of the slots ahead. `expected` holds the units per usual slot by the chosen
/// method first, then by the others, some of the paths following those.
#[must_use]
pub fn simulate(
    series: &Series,
    choice: &Choice,
    (ahead, expected): (&[Ahead], &[Vec<f64>]),
    policy: &Policy,
    stream: &mut Stream,
) -> (Vec<Point>, Point) {
    let n_paths = usize::from(policy.n_paths.max(1));
    let shape = Shape::of(series);
    let variance = drift_variance(choice, &shape, policy);
    let drift: Vec<(f64, f64)> = (0..n_paths).map(|_| two_normals(stream)).collect();
    let first_day = ahead.first().map_or(0, |slot| slot.start_day);
    let (mut sums, mut units) = (vec![0.0; n_paths], vec![0.0; n_paths]);
    let (mut points, mut expected_total, mut n_days) = (Vec::with_capacity(ahead.len()), 0.0, 0);
    for (number, slot) in ahead.iter().enumerate() {
        let share = slot.n_open as f64 / series.n_open_usual as f64;
        let days_ahead = f64::from(slot.start_day - first_day) + f64::from(slot.n_days) / 2.0;
        let half_window = f64::from(policy.window_days.max(1)) / 2.0;
        let growing = policy.drift_growing_share.clamp(0.0, 1.0);
        let first = (variance * (1.0 - growing)).sqrt();
        let later = (variance * growing * days_ahead / half_window).min(DRIFT_VARIANCE_MAX).sqrt();
        let centre = -(first * first + later * later) / 2.0;
        for (at, units) in units.iter_mut().enumerate() {
            *units = 0.0;
            let per_usual = expected[followed(at, expected.len(), policy)][number];
            if slot.n_open > 0 && per_usual > 0.0 {
                let level = (centre + first * drift[at].0 + later * drift[at].1).exp();
                let draw = shape.draw(slot.n_open, series.n_open_usual, stream);
                *units = round_at_random(per_usual * level * draw, stream);
            }
            sums[at] += *units;
        }
        let mean = to_thousandths(expected[0][number] * share);
        expected_total += mean;
        n_days += slot.n_days;
        points.push(point(slot.start_day, slot.n_days, mean, &mut units));
    }
    let total = point(first_day, n_days, to_thousandths(expected_total), &mut sums);
    (points, total)
}

/// Which of `n` methods, the chosen one first, a path follows.
fn followed(path: usize, n: usize, policy: &Policy) -> usize {
    let n_others = f64::from(policy.n_paths.max(1)) * policy.other_methods_share.clamp(0.0, 1.0);
    if n > 1 && (path as f64) < n_others { 1 + path % (n - 1) } else { 0 }
}

fn point(start_day: i32, n_days: u16, expected: f64, units: &mut [f64]) -> Point {
    units.sort_unstable_by(f64::total_cmp);
    let last = units.len() - 1;
    let at = |q: f64| units[(q * last as f64).round() as usize];
    Point {
        start_day,
        n_days,
        expected,
        median: at(0.5),
        low_80: at(0.1),
        high_80: at(0.9),
        low_95: at(0.025),
        high_95: at(0.975),
    }
}

/// Finer differences mean nothing, and so short a decimal is read back from JSON exactly.
fn to_thousandths(units: f64) -> f64 {
    (units * 1_000.0).round() / 1_000.0
}

/// Down or up to a whole number with the mean kept.
fn round_at_random(value: f64, stream: &mut Stream) -> f64 {
    let down = value.floor();
    if value > down && stream.random::<f64>() < value - down { down + 1.0 } else { down }
}

/// Two independent standard normal draws (Box and Muller 1958).
fn two_normals(stream: &mut Stream) -> (f64, f64) {
    let radius = (-2.0 * (1.0 - stream.random::<f64>()).ln()).sqrt();
    let angle = std::f64::consts::TAU * stream.random::<f64>();
    (radius * angle.cos(), radius * angle.sin())
}
