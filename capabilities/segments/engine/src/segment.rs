//! The eleven named segments with what they mean and what a merchant does about them.
//!
//! Does not assign them: that is the grid's work.

use serde::{Deserialize, Serialize};

/// A named segment of customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Segment {
    /// Ordered very recently, often and for much.
    Champions,
    /// Order often or for much, and not long ago.
    Loyal,
    /// Recent, with more than a first small order.
    PotentialLoyalists,
    /// Very recent, first small order.
    NewCustomers,
    /// Fairly recent, small order so far.
    Promising,
    /// Middling in everything.
    NeedAttention,
    /// Small customers who have begun to stay away.
    AboutToSleep,
    /// Good customers who have not ordered for long.
    AtRisk,
    /// The best customers of former times, gone quiet.
    CannotLoseThem,
    /// Small customers who have not ordered for long.
    Hibernating,
    /// The longest away with the least bought.
    Lost,
}

impl Segment {
    /// All of them, best first.
    pub const ALL: [Self; 11] = [
        Self::Champions,
        Self::Loyal,
        Self::PotentialLoyalists,
        Self::NewCustomers,
        Self::Promising,
        Self::NeedAttention,
        Self::AboutToSleep,
        Self::AtRisk,
        Self::CannotLoseThem,
        Self::Hibernating,
        Self::Lost,
    ];

    /// The name in SQL, JSON and addresses.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Champions => "champions",
            Self::Loyal => "loyal",
            Self::PotentialLoyalists => "potential_loyalists",
            Self::NewCustomers => "new_customers",
            Self::Promising => "promising",
            Self::NeedAttention => "need_attention",
            Self::AboutToSleep => "about_to_sleep",
            Self::AtRisk => "at_risk",
            Self::CannotLoseThem => "cannot_lose_them",
            Self::Hibernating => "hibernating",
            Self::Lost => "lost",
        }
    }

    /// The segment with this code; `None` for any other text.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|segment| segment.code() == code)
    }

    /// The name on screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Champions => "Champions",
            Self::Loyal => "Loyal",
            Self::PotentialLoyalists => "Potential loyalists",
            Self::NewCustomers => "New customers",
            Self::Promising => "Promising",
            Self::NeedAttention => "Need attention",
            Self::AboutToSleep => "About to sleep",
            Self::AtRisk => "At risk",
            Self::CannotLoseThem => "Cannot lose them",
            Self::Hibernating => "Hibernating",
            Self::Lost => "Lost",
        }
    }

    /// Who they are, in one sentence.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Champions => "Ordered very recently, order often and spend the most.",
            Self::Loyal => "Order often or spend much, and ordered not long ago.",
            Self::PotentialLoyalists => {
                "Ordered recently and already bought more than once or for a good sum."
            }
            Self::NewCustomers => "Ordered for the first time very recently, for a small sum.",
            Self::Promising => "Ordered fairly recently, but only little so far.",
            Self::NeedAttention => "Middling in everything: neither recent nor long away.",
            Self::AboutToSleep => "Bought little and have begun to stay away.",
            Self::AtRisk => "Ordered often or well, but not for a long time.",
            Self::CannotLoseThem => {
                "Were among the very best customers, but have not ordered for a long time."
            }
            Self::Hibernating => "Bought little, and the last order was long ago.",
            Self::Lost => "Bought the least, and longest ago.",
        }
    }

    /// What a merchant should do, in plain words.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::Champions => {
                "Thank them, show them new things first and ask for reviews. They need no discount."
            }
            Self::Loyal => {
                "Suggest what goes with their earlier orders and offer a place in your loyalty scheme."
            }
            Self::PotentialLoyalists => {
                "Suggest a fitting next product soon: one more order makes a habit."
            }
            Self::NewCustomers => {
                "Welcome them, tell them how to use what they bought and make the second order easy."
            }
            Self::Promising => {
                "Show your best-loved products and give a small reason to come back."
            }
            Self::NeedAttention => {
                "Write with an offer that fits what they bought and ends on a date."
            }
            Self::AboutToSleep => {
                "Remind them with popular products, or with a modest discount while they know you."
            }
            Self::AtRisk => {
                "Write personally, ask what was missing and bring news of what they like."
            }
            Self::CannotLoseThem => {
                "Call or write by hand. Ask what went wrong before a competitor does."
            }
            Self::Hibernating => "Include them in seasonal mailings; spend nothing more on them.",
            Self::Lost => "Try one last message a year, or let them be.",
        }
    }
}
