//! Scores from 1 to 5 for recency, frequency and money (Hughes, "Strategic Database Marketing",
//! 1994: customers in quintiles of each).
//!
//! Hughes breaks ties by sorting; here equal values always score equally, so fifths may differ
//! in size.

use crate::input::Input;

/// The three scores.
pub struct Scores {
    pub recency: u8,
    pub frequency: u8,
    pub monetary: u8,
}

/// The scores of one customer. Who spent nothing on balance scores 1 for money, whatever others
/// spent.
pub fn of(input: &Input) -> Scores {
    let cuts = &input.cuts;
    let monetary = if input.monetary_minor > 0 {
        count(&cuts.monetary_minor_min, |least| input.monetary_minor >= *least)
    } else {
        1
    };
    Scores {
        recency: count(&cuts.recency_days_max, |most| input.recency_days <= *most),
        frequency: count(&cuts.n_orders_min, |least| input.n_orders >= *least),
        monetary,
    }
}

fn count<T>(cuts: &[Option<T>; 4], reached: impl Fn(&T) -> bool) -> u8 {
    cuts.iter().flatten().fold(1, |score, cut| score + u8::from(reached(cut)))
}
