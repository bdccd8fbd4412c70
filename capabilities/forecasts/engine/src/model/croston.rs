//! Croston's method (1972) for demand with many zeros, and its correction by Syntetos and Boylan
//! (2005): smoothed size of a sale divided by the smoothed interval between sales.
//!
//! Does not age: between sales it stays as it was, so a product that stopped selling is left to
//! the other methods by their smaller errors.

/// Smoothing constants tried: the range recommended by Syntetos and Boylan.
const ALPHAS: [f64; 3] = [0.05, 0.1, 0.2];

/// Expected units per slot, flat ahead. `corrected` takes the factor `1 − α/2`.
#[must_use]
pub fn forecast(values: &[f64], corrected: bool) -> f64 {
    let mut best = (f64::INFINITY, 0.0);
    for alpha in ALPHAS {
        let (error, rate) = run(values, alpha, corrected);
        if error < best.0 {
            best = (error, rate);
        }
    }
    best.1
}

/// Sum of squared one-step errors and the final rate.
fn run(values: &[f64], alpha: f64, corrected: bool) -> (f64, f64) {
    let n_sales = values.iter().filter(|&&value| value > 0.0).count();
    if n_sales == 0 {
        return (0.0, 0.0);
    }
    let factor = if corrected { 1.0 - alpha / 2.0 } else { 1.0 };
    let mut size = values.iter().sum::<f64>() / n_sales as f64;
    let mut interval = values.len() as f64 / n_sales as f64;
    let (mut since, mut error) = (1.0, 0.0);
    for &value in values {
        error += (value - factor * size / interval).powi(2);
        if value > 0.0 {
            size += alpha * (value - size);
            interval += alpha * (since - interval);
            since = 1.0;
        } else {
            since += 1.0;
        }
    }
    (error, factor * size / interval)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sale_of_six_every_third_slot_is_two_a_slot() {
        let values: Vec<f64> = (0..60).map(|at| if at % 3 == 2 { 6.0 } else { 0.0 }).collect();
        assert!((forecast(&values, false) - 2.0).abs() < 1e-9);
        let corrected = forecast(&values, true);
        assert!(corrected < 2.0 && corrected > 1.75, "{corrected}");
    }

    #[test]
    fn nothing_sold_is_nothing_expected() {
        assert_eq!(forecast(&[0.0; 10], true), 0.0);
        assert_eq!(forecast(&[], false), 0.0);
    }
}
