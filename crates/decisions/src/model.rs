//! What a decision is in the log. Knows no table.

use std::fmt;

use jiff::Timestamp;
use mercer_engine_kit::decision::{Alternative, Reason, Reasons};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{N_ALTERNATIVES_MAX, N_REASONS_MAX};

/// What may come of a decision by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Only recorded, to compare.
    Shadow,
    /// Waits for a person.
    Suggest,
    /// Takes effect.
    Act,
}

impl Mode {
    /// The name in SQL and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Shadow => "shadow",
            Self::Suggest => "suggest",
            Self::Act => "act",
        }
    }

    pub(crate) fn parse(name: &str) -> Self {
        match name {
            "suggest" => Self::Suggest,
            "act" => Self::Act,
            _ => Self::Shadow,
        }
    }
}

/// Where a decision stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// In the log; nobody needs to do anything.
    Recorded,
    /// Waits for a person.
    Proposed,
    /// A person agreed.
    Approved,
    /// A person declined.
    Dismissed,
    /// A person wants to see it again later.
    Snoozed,
    /// A newer decision took its place before anybody resolved it.
    Replaced,
}

impl State {
    /// The name in SQL and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Proposed => "proposed",
            Self::Approved => "approved",
            Self::Dismissed => "dismissed",
            Self::Snoozed => "snoozed",
            Self::Replaced => "replaced",
        }
    }

    /// The state with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::Recorded,
            Self::Proposed,
            Self::Approved,
            Self::Dismissed,
            Self::Snoozed,
            Self::Replaced,
        ]
        .into_iter()
        .find(|state| state.name() == name)
    }
}

/// A reason as the log keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReasonRecord {
    /// Stable machine name.
    pub code: String,
    /// The sentence for the merchant.
    pub sentence: String,
    /// How much it counted.
    pub weight: f64,
    /// The typed numbers of the reason, by name.
    pub numbers: Value,
}

impl ReasonRecord {
    /// From an engine's reason.
    #[must_use]
    pub fn of<R: Reason>(reason: &R) -> Self {
        let mut numbers = serde_json::to_value(reason).unwrap_or(Value::Null);
        if let Some(fields) = numbers.as_object_mut() {
            fields.remove("code");
        }
        Self {
            code: reason.code().to_owned(),
            sentence: reason.sentence(),
            weight: reason.weight(),
            numbers,
        }
    }

    /// All reasons of a decision, weightiest first.
    #[must_use]
    pub fn all<R: Reason>(reasons: &Reasons<R>) -> Vec<Self> {
        reasons.as_slice().iter().take(N_REASONS_MAX).map(Self::of).collect()
    }
}

/// JSON that is written already, for decisions that are made too often to be built up as a tree
/// first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonText(String);

impl JsonText {
    /// The JSON of a value.
    ///
    /// # Errors
    /// The value cannot be JSON, such as a map with keys that are no texts.
    pub fn of(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::to_string(value).map(Self)
    }
}

impl fmt::Display for JsonText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A decision about to be recorded. `D` is the form of its data: a tree, or [`JsonText`].
#[derive(Debug, Clone, PartialEq)]
pub struct NewDecision<D = Value> {
    /// Which system decided: `recommendation`, `segment`, `care`, `forecast`.
    pub kind: &'static str,
    /// About whom or what, a TypeID.
    pub subject: String,
    /// The subject's name for people.
    pub subject_label: String,
    /// The outcome as a sentence.
    pub summary: String,
    /// What tells it from another decision on the same subject: the choice itself, without figures
    /// that move from day to day. As long as it is equal, the log keeps the decision it has.
    pub identity: String,
    /// What may come of it.
    pub mode: Mode,
    /// Whether a person is asked; only in mode `suggest`.
    pub asks: bool,
    /// Version of the policy's form and numbers.
    pub policy_version: String,
    /// The seed it was decided with.
    pub seed: u64,
    /// Money at stake in minor units and its currency.
    pub at_stake: Option<(i64, String)>,
    /// The last fact that was known.
    pub based_on_fact: i64,
    /// The outcome as data.
    pub outcome: D,
    /// Why; never empty.
    pub reasons: Vec<ReasonRecord>,
    /// What lost.
    pub alternatives: Vec<Alternative>,
    /// What it was decided from; enough to decide again.
    pub input: D,
    /// The policy's numbers.
    pub policy: Value,
}

impl<D> NewDecision<D> {
    pub(crate) fn fingerprint(&self) -> String {
        let text = format!(
            "{}\n{}\n{}\n{}",
            self.identity,
            self.mode.name(),
            self.asks,
            self.policy_version
        );
        format!("{:032x}", xxhash_rust::xxh3::xxh3_128(text.as_bytes()))
    }

    pub(crate) fn state(&self) -> State {
        if self.asks && self.mode == Mode::Suggest { State::Proposed } else { State::Recorded }
    }

    pub(crate) fn kept_alternatives(&self) -> &[Alternative] {
        &self.alternatives[..self.alternatives.len().min(N_ALTERNATIVES_MAX)]
    }
}

/// A decision in the log.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Decision {
    /// `dec_…`.
    pub id: String,
    /// Which system decided.
    pub kind: String,
    /// About whom or what.
    pub subject: String,
    /// The subject's name for people.
    pub subject_label: String,
    /// The outcome as a sentence.
    pub summary: String,
    /// What may come of it.
    pub mode: Mode,
    /// Where it stands.
    pub state: State,
    /// When a snoozed one comes back.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub snoozed_until: Option<Timestamp>,
    /// Version of the policy.
    pub policy_version: String,
    /// The seed it was decided with.
    pub seed: i64,
    /// Money at stake, minor units.
    pub at_stake_minor: Option<i64>,
    /// Its currency.
    pub currency: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub decided_at: Timestamp,
    /// When a person resolved it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub resolved_at: Option<Timestamp>,
    /// Who.
    pub resolved_by: Option<String>,
    /// Why, weightiest first.
    pub reasons: Vec<ReasonRecord>,
}

/// A decision with all that it was decided from.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DecisionDetail {
    /// The decision.
    #[serde(flatten)]
    pub decision: Decision,
    /// The outcome as data.
    pub outcome: Value,
    /// What it was decided from.
    pub input: Value,
    /// The policy's numbers.
    pub policy: Value,
    /// What lost, and why.
    pub alternatives: Vec<Value>,
    /// The last fact that was known.
    pub based_on_fact: i64,
    /// What the person noted.
    pub resolved_note: Option<String>,
}
