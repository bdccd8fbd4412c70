//! Did you mean: the nearest of some words.

/// Longest word that is looked at; longer ones are no slip of the finger.
const N_LETTERS_MAX: usize = 60;

/// The nearest candidate, if it is near: at most a third of its letters differ, and at most three.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let near = candidates.into_iter().filter_map(|candidate| {
        let distance = distance(word, candidate)?;
        let n_letters = candidate.chars().count();
        (distance <= 3 && distance * 3 <= n_letters).then_some((distance, candidate))
    });
    near.min().map(|(_, candidate)| candidate)
}

/// Letters to add, drop, change or swap with a neighbour (optimal string alignment).
fn distance(a: &str, b: &str) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len() > N_LETTERS_MAX || b.len() > N_LETTERS_MAX {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let changed = above[j] + usize::from(a[i] != b[j]);
            let mut best = changed.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_finger_is_recognised_and_another_word_is_not() {
        let words = ["cart.subtotal_minor", "customer.segment", "channel"];
        assert_eq!(nearest("customer.segemnt", words), Some("customer.segment"));
        assert_eq!(nearest("cart.subtotal", words), None);
        assert_eq!(nearest("chanel", words), Some("channel"));
        assert_eq!(nearest("weather", words), None);
        assert_eq!(nearest(&"x".repeat(1_000), words), None);
    }
}
