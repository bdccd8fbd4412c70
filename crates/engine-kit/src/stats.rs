//! Small statistics that several engines need.
//!
//! Models live with their engine; this holds only what two of them share.

/// The `q`-quantile (0 ≤ q ≤ 1) of sorted values by linear interpolation (Hyndman and Fan 1996,
/// type 7, the default of R and NumPy). `None` for no values.
#[must_use]
pub fn quantile_sorted(values: &[f64], q: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let position = q.clamp(0.0, 1.0) * last as f64;
    let low = position.floor() as usize;
    let high = position.ceil() as usize;
    let share = position - low as f64;
    Some(values[low] + (values[high] - values[low]) * share)
}

/// The arithmetic mean. `None` for no values.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() { None } else { Some(values.iter().sum::<f64>() / values.len() as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_agree_with_numpy() {
        let values = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(quantile_sorted(&values, 0.5), Some(2.5));
        assert_eq!(quantile_sorted(&values, 0.8), Some(3.4000000000000004));
        assert_eq!(quantile_sorted(&values, 1.0), Some(4.0));
        assert_eq!(quantile_sorted(&[], 0.5), None);
    }

    #[test]
    fn mean_of_nothing_is_nothing() {
        assert_eq!(mean(&[]), None);
        assert_eq!(mean(&[1.0, 3.0]), Some(2.0));
    }
}
