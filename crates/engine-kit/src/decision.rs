//! What an engine returns: an outcome, never without its reasons.
//!
//! Recording, approving and carrying out a decision is the work of the `decisions` crate and of
//! capabilities; an engine only decides.

use serde::{Serialize, Serializer};

/// One reason of a decision. Implemented by the closed enum of each engine, whose numbers are
/// typed fields and serialise as they are named.
pub trait Reason: Serialize {
    /// Stable machine name, `snake_case`, equal to the `code` tag in JSON.
    fn code(&self) -> &'static str;
    /// One sentence for the merchant, with the numbers in it.
    fn sentence(&self) -> String;
    /// How much this reason counted; reasons are shown by falling absolute weight.
    fn weight(&self) -> f64;
}

/// Reasons in order of falling absolute weight. Never empty: there is no way to make it so.
#[derive(Debug, Clone, PartialEq)]
pub struct Reasons<R>(Vec<R>);

impl<R: Reason> Reasons<R> {
    /// A single reason.
    #[must_use]
    pub fn one(reason: R) -> Self {
        Self(vec![reason])
    }

    /// The first reason and any others, put in order of falling absolute weight (stable).
    #[must_use]
    pub fn new(first: R, rest: impl IntoIterator<Item = R>) -> Self {
        let mut all = vec![first];
        all.extend(rest);
        all.sort_by(|a, b| b.weight().abs().total_cmp(&a.weight().abs()));
        Self(all)
    }

    /// The reason that counted most.
    #[must_use]
    pub fn first(&self) -> &R {
        &self.0[0]
    }

    /// All reasons, weightiest first.
    #[must_use]
    pub fn as_slice(&self) -> &[R] {
        &self.0
    }
}

impl<R: Serialize> Serialize for Reasons<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// What else could have been decided, and why it lost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alternative {
    /// What it was, in a few words ("ETS, additive trend").
    pub name: String,
    /// Its score on the scale by which the outcome was chosen, if it has one.
    pub score: Option<f64>,
    /// Why it was not chosen, as a sentence.
    pub lost_because: String,
}

/// An engine's answer.
#[must_use]
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(bound(serialize = "O: Serialize, R: Serialize"))]
pub struct Decision<O, R> {
    /// What was decided; declining to decide is an outcome too.
    pub outcome: O,
    /// Why, weightiest first.
    pub reasons: Reasons<R>,
    /// What lost, best first.
    pub alternatives: Vec<Alternative>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq, Serialize)]
    #[serde(tag = "code", rename_all = "snake_case")]
    enum Why {
        Fast { n_days: u32 },
        Cheap { price_minor: i64 },
    }

    impl Reason for Why {
        fn code(&self) -> &'static str {
            match self {
                Self::Fast { .. } => "fast",
                Self::Cheap { .. } => "cheap",
            }
        }
        fn sentence(&self) -> String {
            match self {
                Self::Fast { n_days } => format!("Arrives in {n_days} days."),
                Self::Cheap { price_minor } => format!("Costs {price_minor}."),
            }
        }
        fn weight(&self) -> f64 {
            match self {
                Self::Fast { n_days } => 1.0 / f64::from(*n_days),
                Self::Cheap { .. } => -2.0,
            }
        }
    }

    #[test]
    fn reasons_stand_in_order_of_absolute_weight() {
        let reasons = Reasons::new(Why::Fast { n_days: 1 }, [Why::Cheap { price_minor: 5 }]);
        assert_eq!(reasons.first(), &Why::Cheap { price_minor: 5 });
        assert_eq!(
            serde_json::to_string(&reasons).unwrap(),
            r#"[{"code":"cheap","price_minor":5},{"code":"fast","n_days":1}]"#
        );
    }
}
