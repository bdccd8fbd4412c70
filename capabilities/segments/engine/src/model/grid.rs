//! From scores to a named segment.
//!
//! The names, and the two axes (recency against the mean of frequency and money), are those of
//! Putler's "RFM analysis for successful customer segmentation", which the CRAN package `rfm`
//! (`rfm_segment`) and most shop tools follow. Its ranges overlap; this grid is the disjoint
//! form in common use (as in the `[1-5][1-5]` segment maps of Python notebooks), with Putler's
//! "Lost" kept as the lowest corner of "Hibernating".

use crate::segment::Segment::{self, *};

/// Rows: recency score 5 down to 1. Columns: value score 1 to 5.
const GRID: [[Segment; 5]; 5] = [
    [NewCustomers, PotentialLoyalists, PotentialLoyalists, Champions, Champions],
    [Promising, PotentialLoyalists, PotentialLoyalists, Loyal, Loyal],
    [AboutToSleep, AboutToSleep, NeedAttention, Loyal, Loyal],
    [Hibernating, Hibernating, AtRisk, AtRisk, CannotLoseThem],
    [Lost, Hibernating, AtRisk, AtRisk, CannotLoseThem],
];

/// The segment of a recency score and a value score; scores beyond 1 to 5 count as the nearest.
pub fn segment_of(recency_score: u8, value_score: u8) -> Segment {
    GRID[usize::from(5 - recency_score.clamp(1, 5))][usize::from(value_score.clamp(1, 5) - 1)]
}

/// The weighted mean of the frequency and money scores, halves up.
pub fn value_score(frequency_score: u8, monetary_score: u8, monetary_weight_percent: u8) -> u8 {
    let weight = u16::from(monetary_weight_percent.min(100));
    let sum = u16::from(frequency_score) * (100 - weight) + u16::from(monetary_score) * weight;
    u8::try_from((sum + 50) / 100).unwrap_or(5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_125_score_triples_have_a_segment_and_all_segments_a_triple() {
        let mut seen = std::collections::BTreeMap::new();
        for recency in 1..=5 {
            for frequency in 1..=5 {
                for monetary in 1..=5 {
                    let segment = segment_of(recency, value_score(frequency, monetary, 50));
                    *seen.entry(segment).or_insert(0) += 1;
                }
            }
        }
        assert_eq!(seen.values().sum::<i32>(), 125);
        assert_eq!(seen.into_keys().collect::<Vec<_>>(), Segment::ALL);
    }

    #[test]
    fn the_corners_are_what_everybody_means_by_them() {
        assert_eq!(segment_of(5, 5), Champions);
        assert_eq!(segment_of(5, 1), NewCustomers);
        assert_eq!(segment_of(1, 5), CannotLoseThem);
        assert_eq!(segment_of(1, 1), Lost);
        assert_eq!(segment_of(3, 3), NeedAttention);
    }

    #[test]
    fn value_rounds_halves_up_and_follows_its_weight() {
        assert_eq!(value_score(1, 4, 50), 3);
        assert_eq!(value_score(1, 5, 0), 1);
        assert_eq!(value_score(1, 5, 255), 5);
    }
}
