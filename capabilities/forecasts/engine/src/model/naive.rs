//! Seasonal naive: the next value of a season's place is its last one (Hyndman and
//! Athanasopoulos, "Forecasting: principles and practice", 5.2).
//!
//! The yardstick. Learns nothing else.

/// Forecasts for the given places in the season; a place not seen yet gets the last value.
#[must_use]
pub fn forecast(values: &[f64], seasons: &[u8], n_seasons: usize, ahead: &[u8]) -> Vec<f64> {
    let newest = values.last().copied().unwrap_or(0.0);
    let mut last = vec![newest; n_seasons.max(1)];
    for (value, &season) in values.iter().zip(seasons) {
        last[usize::from(season) % n_seasons.max(1)] = *value;
    }
    ahead.iter().map(|&season| last[usize::from(season) % n_seasons.max(1)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_the_last_value_of_each_place() {
        let forecast = forecast(&[1.0, 2.0, 3.0, 4.0], &[0, 1, 2, 0], 4, &[0, 1, 2, 3]);
        assert_eq!(forecast, [4.0, 2.0, 3.0, 4.0]);
    }
}
