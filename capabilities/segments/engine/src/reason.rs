//! Why a customer is in a segment, and why to write to them or not.
//!
//! Each variant says what it means, when it appears and what to do; these lines become the
//! documentation and the console's text.

use mercer_engine_kit::decision::{Reason, Reasons};
use mercer_engine_kit::money::{Currency, Money};
use serde::{Deserialize, Serialize};

use crate::input::{Input, Membership};
use crate::segment::Segment;

/// Why a customer is in a segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Why {
    /// How recent the last order is among all customers.
    /// Appears for every customer with an order.
    /// A low score: write before they forget you.
    Recency {
        /// Whole days since the last order.
        recency_days: i32,
        /// Customers who ordered less recently, in percent.
        percent_behind: u8,
        /// 1 (longest ago) to 5 (most recent).
        score: u8,
    },
    /// How many orders there were, against all customers.
    /// Appears for every customer with an order.
    /// A low score: make the next order easy.
    Frequency {
        /// Orders that were not cancelled.
        n_orders: u32,
        /// Customers with fewer orders, in percent.
        percent_behind: u8,
        /// 1 (fewest) to 5 (most).
        score: u8,
    },
    /// How much was spent, less refunds, against all customers.
    /// Appears for every customer with an order who spent something on balance.
    /// A low score: suggest what goes with earlier orders.
    Monetary {
        /// What was spent, in minor units.
        spent_minor: i64,
        /// Currency of the money.
        currency: Currency,
        /// Customers who spent less, in percent.
        percent_behind: u8,
        /// 1 (least) to 5 (most).
        score: u8,
    },
    /// Refunds took away all that was spent, or the orders cost nothing.
    /// Appears instead of the money score, which is then 1.
    /// Look at the refunds on the customer's page.
    NothingSpent {
        /// What was spent less refunds, in minor units; zero or below.
        spent_minor: i64,
        /// Currency of the money.
        currency: Currency,
    },
    /// Which field of the grid the scores lead to.
    /// Appears for every customer with an order.
    /// Follow the advice of the segment.
    Grid {
        /// The segment.
        segment: Segment,
        /// Recency score, 1 to 5.
        recency_score: u8,
        /// Frequency score, 1 to 5.
        frequency_score: u8,
        /// Money score, 1 to 5.
        monetary_score: u8,
    },
    /// The customer has never ordered.
    /// Appears for customers who only signed up, or whose orders were all cancelled.
    /// Nothing to do; a first order gives a segment.
    NoOrders,
    /// The shop has too few customers to compare.
    /// Appears until enough customers have ordered.
    /// Import more orders, or wait.
    TooFewCustomers {
        /// Customers with an order.
        n_customers: u32,
        /// How many are needed.
        needed: u32,
    },
}

/// The reasons of a membership: the three measures and the field of the grid.
pub(crate) fn of_membership(input: &Input, membership: &Membership) -> Reasons<Why> {
    let Membership { segment, recency_score, frequency_score, monetary_score } = *membership;
    let (spent_minor, currency) = (input.monetary_minor, input.currency);
    let money = if spent_minor > 0 {
        let percent_behind = input.monetary_percent_behind;
        Why::Monetary { spent_minor, currency, percent_behind, score: monetary_score }
    } else {
        Why::NothingSpent { spent_minor, currency }
    };
    Reasons::new(
        Why::Recency {
            recency_days: input.recency_days,
            percent_behind: input.recency_percent_behind,
            score: recency_score,
        },
        [
            Why::Frequency {
                n_orders: input.n_orders,
                percent_behind: input.n_orders_percent_behind,
                score: frequency_score,
            },
            money,
            Why::Grid { segment, recency_score, frequency_score, monetary_score },
        ],
    )
}

/// How far a score is from the middle: 0 to 1.
fn extremity(score: u8) -> f64 {
    (f64::from(score) - 3.0).abs() / 2.0
}

impl Reason for Why {
    fn code(&self) -> &'static str {
        match self {
            Self::Recency { .. } => "recency",
            Self::Frequency { .. } => "frequency",
            Self::Monetary { .. } => "monetary",
            Self::NothingSpent { .. } => "nothing_spent",
            Self::Grid { .. } => "grid",
            Self::NoOrders => "no_orders",
            Self::TooFewCustomers { .. } => "too_few_customers",
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::Recency { recency_days, percent_behind, score } => format!(
                "Last ordered {}: {} (score {score} of 5).",
                ago(*recency_days),
                share(*percent_behind, "more recent than", "ordered longer ago")
            ),
            Self::Frequency { n_orders, percent_behind, score } => format!(
                "Ordered {}: {} (score {score} of 5).",
                times(*n_orders),
                share(*percent_behind, "more often than", "ordered less often")
            ),
            Self::Monetary { spent_minor, currency, percent_behind, score } => format!(
                "Spent {}: {} (score {score} of 5).",
                Money::new(*spent_minor, *currency).for_people(),
                share(*percent_behind, "more than", "spent less")
            ),
            Self::NothingSpent { spent_minor, currency } => format!(
                "Spent {} after refunds, so money scores 1 of 5.",
                Money::new(*spent_minor, *currency).for_people()
            ),
            Self::Grid { segment, recency_score, frequency_score, monetary_score } => format!(
                "Recency {recency_score}, frequency {frequency_score} and money {monetary_score} of 5 make “{}”.",
                segment.name()
            ),
            Self::NoOrders => "Has not ordered yet, so there is no segment.".to_owned(),
            Self::TooFewCustomers { n_customers, needed } => format!(
                "Only {n_customers} customers have ordered; {needed} are needed to compare them."
            ),
        }
    }

    fn weight(&self) -> f64 {
        match self {
            Self::Recency { score, .. } => 0.5 + extremity(*score),
            Self::Frequency { score, .. } | Self::Monetary { score, .. } => {
                0.25 + extremity(*score)
            }
            Self::NothingSpent { .. } => 1.25,
            Self::Grid { .. } => 0.1,
            Self::NoOrders | Self::TooFewCustomers { .. } => 1.0,
        }
    }
}

/// Why to write to a customer personally, or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum CareWhy {
    /// The silence is longer than the customer's own rhythm explains.
    /// Appears with every proposal to write.
    /// Write by hand; ask rather than offer.
    Overdue {
        /// Average days between two orders, rounded.
        interval_days: u32,
        /// Whole days since the last order.
        recency_days: i32,
        /// Days since the last order ÷ average interval.
        overdue_factor: f64,
    },
    /// What the customer has spent so far, less refunds.
    /// Appears with every proposal to write.
    /// Mention what they liked.
    Spent {
        /// What was spent, in minor units.
        spent_minor: i64,
        /// Currency of the money.
        currency: Currency,
        /// Orders that were not cancelled.
        n_orders: u32,
    },
    /// What a year at their own rhythm would bring.
    /// Appears with every proposal to write.
    /// Weigh it against the time a letter takes.
    AtStake {
        /// Expected yearly value, in minor units.
        at_stake_minor: i64,
        /// Currency of the money.
        currency: Currency,
    },
    /// Too few orders to know a rhythm.
    /// Appears for young customers, or when all orders fell on one day.
    /// Wait for further orders.
    NoRhythm {
        /// Orders that were not cancelled.
        n_orders: u32,
        /// How many are needed.
        needed: u32,
    },
    /// The customer is not among those who spend most.
    /// Appears for customers below the policy's money score.
    /// Leave them to ordinary mailings.
    SpentLittle {
        /// What was spent, in minor units.
        spent_minor: i64,
        /// Currency of the money.
        currency: Currency,
        /// Money score, 1 to 5.
        monetary_score: u8,
        /// Lowest money score that is cared for.
        needed: u8,
    },
    /// The silence is no longer than usual.
    /// Appears while the next order is not overdue.
    /// Nothing.
    NotOverdue {
        /// Average days between two orders, rounded.
        interval_days: u32,
        /// Whole days since the last order.
        recency_days: i32,
    },
    /// The silence is longer than usual, but still short.
    /// Appears for customers who order every few days.
    /// Wait until the days are over.
    TooSoon {
        /// Whole days since the last order.
        recency_days: i32,
        /// Fewest days after which a letter is no nuisance.
        needed_days: i32,
    },
    /// The silence is so long that the customer has surely left.
    /// Appears far beyond the usual rhythm.
    /// Nothing, or one last message.
    LongGone {
        /// Average days between two orders, rounded.
        interval_days: u32,
        /// Whole days since the last order.
        recency_days: i32,
    },
}

impl Reason for CareWhy {
    fn code(&self) -> &'static str {
        match self {
            Self::Overdue { .. } => "overdue",
            Self::Spent { .. } => "spent",
            Self::AtStake { .. } => "at_stake",
            Self::NoRhythm { .. } => "no_rhythm",
            Self::SpentLittle { .. } => "spent_little",
            Self::NotOverdue { .. } => "not_overdue",
            Self::TooSoon { .. } => "too_soon",
            Self::LongGone { .. } => "long_gone",
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::Overdue { interval_days, recency_days, overdue_factor } => format!(
                "Usually orders every {}, last order {}: {overdue_factor:.1} times their usual interval.",
                days(*interval_days),
                ago(*recency_days)
            ),
            Self::Spent { spent_minor, currency, n_orders } => {
                let plural = if *n_orders == 1 { "" } else { "s" };
                format!(
                    "Spent {} over {n_orders} order{plural}.",
                    Money::new(*spent_minor, *currency).for_people()
                )
            }
            Self::AtStake { at_stake_minor, currency } => format!(
                "A year at this rhythm would bring {}.",
                Money::new(*at_stake_minor, *currency).for_people()
            ),
            Self::NoRhythm { n_orders, needed } => format!(
                "Ordered {}: a rhythm needs {needed} orders on different days.",
                times(*n_orders)
            ),
            Self::SpentLittle { spent_minor, currency, monetary_score, needed } => format!(
                "Spent {} (score {monetary_score} of 5); personal care begins at score {needed}.",
                Money::new(*spent_minor, *currency).for_people()
            ),
            Self::NotOverdue { interval_days, recency_days } => format!(
                "Usually orders every {}, last order {}: not overdue.",
                days(*interval_days),
                ago(*recency_days)
            ),
            Self::TooSoon { recency_days, needed_days } => format!(
                "Last ordered {}: a letter within {needed_days} days would be a nuisance.",
                ago(*recency_days)
            ),
            Self::LongGone { interval_days, recency_days } => format!(
                "Usually ordered every {}, last order {}: gone too long for a letter to help.",
                days(*interval_days),
                ago(*recency_days)
            ),
        }
    }

    fn weight(&self) -> f64 {
        match self {
            Self::Overdue { .. } => 3.0,
            Self::Spent { .. } => 2.0,
            _ => 1.0,
        }
    }
}

/// "more than 74 % of customers", or what is true when that rounds down to none.
fn share(percent_behind: u8, more_than: &str, behind: &str) -> String {
    match percent_behind {
        0 => format!("fewer than 1 % of customers {behind}"),
        n => format!("{more_than} {n} % of customers"),
    }
}

fn ago(n_days: i32) -> String {
    match n_days {
        0 => "on the reference day".to_owned(),
        1 => "1 day ago".to_owned(),
        n => format!("{n} days ago"),
    }
}

fn days(n_days: u32) -> String {
    if n_days == 1 { "day".to_owned() } else { format!("{n_days} days") }
}

fn times(n_orders: u32) -> String {
    match n_orders {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => format!("{n} times"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_in_json_is_the_code_of_the_reason() {
        for why in [
            Why::NoOrders,
            Why::TooFewCustomers { n_customers: 1, needed: 2 },
            Why::NothingSpent { spent_minor: 0, currency: Currency::EUR },
        ] {
            assert_eq!(serde_json::to_value(&why).unwrap()["code"], why.code());
        }
    }
}
