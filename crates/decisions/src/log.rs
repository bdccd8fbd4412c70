//! Writing decisions to the log and reading them back.

use std::collections::HashMap;
use std::fmt;

use jiff::Timestamp;
use mercer_core::clock::instant_of_micros;
use mercer_core::id::{DecisionKind, Id};
use mercer_db::{
    BulkInsert, ColumnType, Conditions, DbError, Direction, Row, Tx, Value as SqlValue, params,
};

use crate::model::{Decision, DecisionDetail, Mode, NewDecision, State};

/// What recording did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[must_use]
pub struct Recorded {
    /// Decisions that are new or came out otherwise than before.
    pub n_new: usize,
    /// Decisions that came out as before and were not written again.
    pub n_unchanged: usize,
}

const LOG_COLUMNS: &[(&str, ColumnType)] = &[
    ("id", ColumnType::Text),
    ("kind", ColumnType::Text),
    ("subject", ColumnType::Text),
    ("subject_label", ColumnType::Text),
    ("summary", ColumnType::Text),
    ("search_text", ColumnType::Text),
    ("mode", ColumnType::Text),
    ("state", ColumnType::Text),
    ("policy_version", ColumnType::Text),
    ("seed", ColumnType::Int),
    ("at_stake_minor", ColumnType::Int),
    ("currency", ColumnType::Text),
    ("decided_at", ColumnType::Int),
    ("based_on_fact", ColumnType::Int),
    ("outcome", ColumnType::Text),
    ("reasons", ColumnType::Text),
    ("alternatives", ColumnType::Text),
    ("input", ColumnType::Text),
    ("policy", ColumnType::Text),
];

/// Records decisions in the caller's transaction. For each subject the latest stands; one that
/// came out as before is not written again, and keeps its approval.
///
/// # Errors
/// The database's.
pub fn record<D: fmt::Display>(
    tx: &mut Tx<'_>,
    now: Timestamp,
    decisions: &[NewDecision<D>],
) -> Result<Recorded, DbError> {
    let before = fingerprints(tx, decisions)?;
    let (mut rows, mut current, mut replaced) = (Vec::new(), Vec::new(), Vec::new());
    let mut recorded = Recorded::default();
    for decision in decisions {
        let fingerprint = decision.fingerprint();
        let key = (decision.kind.to_owned(), decision.subject.clone());
        match before.get(&key) {
            Some((_, old)) if *old == fingerprint => {
                recorded.n_unchanged += 1;
                continue;
            }
            Some((id, _)) => replaced.push(id.clone()),
            None => {}
        }
        let id = Id::<DecisionKind>::derive(now, &[decision.kind, &decision.subject, &fingerprint]);
        push_row(&mut rows, &id.to_string(), now, decision);
        current.extend([
            SqlValue::from(decision.kind),
            SqlValue::from(&decision.subject),
            SqlValue::from(id.to_string()),
            SqlValue::from(fingerprint),
        ]);
        recorded.n_new += 1;
    }
    for id in replaced {
        tx.execute(
            "UPDATE decisions SET state = 'replaced', snoozed_until = NULL
             WHERE id = $1 AND state IN ('proposed', 'snoozed')",
            params![id],
        )?;
    }
    let on_conflict = "ON CONFLICT (id) DO NOTHING";
    tx.insert_many(&BulkInsert { table: "decisions", columns: LOG_COLUMNS, on_conflict }, &rows)?;
    let pointers = BulkInsert {
        table: "decisions_current",
        columns: &[
            ("kind", ColumnType::Text),
            ("subject", ColumnType::Text),
            ("decision_id", ColumnType::Text),
            ("fingerprint", ColumnType::Text),
        ],
        on_conflict: "ON CONFLICT (kind, subject) DO UPDATE
                      SET decision_id = excluded.decision_id, fingerprint = excluded.fingerprint",
    };
    tx.insert_many(&pointers, &current)?;
    Ok(recorded)
}

type Pointers = HashMap<(String, String), (String, String)>;

fn fingerprints<D>(tx: &mut Tx<'_>, decisions: &[NewDecision<D>]) -> Result<Pointers, DbError> {
    let mut pointers = Pointers::new();
    let mut kinds: Vec<&str> = decisions.iter().map(|decision| decision.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        let subjects: Vec<&str> = decisions
            .iter()
            .filter(|decision| decision.kind == kind)
            .map(|decision| decision.subject.as_str())
            .collect();
        let rows = tx.fetch_by_keys(
            "SELECT subject, decision_id, fingerprint FROM decisions_current
             WHERE kind = $1 AND subject IN ({{keys}})",
            params![kind],
            &subjects,
        )?;
        for row in rows {
            pointers.insert((kind.to_owned(), row.get(0)?), (row.get(1)?, row.get(2)?));
        }
    }
    Ok(pointers)
}

fn push_row<D: fmt::Display>(
    rows: &mut Vec<SqlValue>,
    id: &str,
    now: Timestamp,
    decision: &NewDecision<D>,
) {
    let json = |value: &dyn erased::Json| value.text();
    let search_text = format!("{}\n{}", decision.subject_label, decision.summary).to_lowercase();
    rows.extend([
        SqlValue::from(id),
        SqlValue::from(decision.kind),
        SqlValue::from(&decision.subject),
        SqlValue::from(&decision.subject_label),
        SqlValue::from(&decision.summary),
        SqlValue::from(search_text),
        SqlValue::from(decision.mode.name()),
        SqlValue::from(decision.state().name()),
        SqlValue::from(&decision.policy_version),
        SqlValue::from(decision.seed.cast_signed()),
        SqlValue::from(decision.at_stake.as_ref().map(|(minor, _)| *minor)),
        SqlValue::from(decision.at_stake.as_ref().map(|(_, currency)| currency.clone())),
        SqlValue::from(now.as_microsecond()),
        SqlValue::from(decision.based_on_fact),
        SqlValue::from(decision.outcome.to_string()),
        SqlValue::from(json(&decision.reasons)),
        SqlValue::from(json(&decision.kept_alternatives())),
        SqlValue::from(decision.input.to_string()),
        SqlValue::from(decision.policy.to_string()),
    ]);
}

mod erased {
    /// JSON text of what is known to serialise: plain structs without maps keyed by non-texts.
    pub(super) trait Json {
        fn text(&self) -> String;
    }
    impl<T: serde::Serialize> Json for T {
        fn text(&self) -> String {
            serde_json::to_string(self).unwrap_or_else(|_| "[]".to_owned())
        }
    }
}

const COLUMNS: &str = "d.id, d.kind, d.subject, d.subject_label, d.summary, d.mode, d.state, \
    d.snoozed_until, d.policy_version, d.seed, d.at_stake_minor, d.currency, d.decided_at, \
    d.resolved_at, d.resolved_by, d.reasons";

fn decision_of_row(row: &Row) -> Result<Decision, DbError> {
    Ok(Decision {
        id: row.get(0)?,
        kind: row.get(1)?,
        subject: row.get(2)?,
        subject_label: row.get(3)?,
        summary: row.get(4)?,
        mode: Mode::parse(row.str(5)),
        state: State::parse(row.str(6)).unwrap_or(State::Recorded),
        snoozed_until: row.get::<Option<i64>>(7)?.map(instant_of_micros),
        policy_version: row.get(8)?,
        seed: row.get(9)?,
        at_stake_minor: row.get(10)?,
        currency: row.get(11)?,
        decided_at: instant_of_micros(row.get(12)?),
        resolved_at: row.get::<Option<i64>>(13)?.map(instant_of_micros),
        resolved_by: row.get(14)?,
        reasons: parse_json(row.str(15))?,
    })
}

fn parse_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|source| DbError::Statement {
        statement: "a column of decisions is not JSON".to_owned(),
        source: Box::new(source),
    })
}

/// One decision with all it was decided from.
///
/// # Errors
/// The database's.
pub fn find(tx: &mut Tx<'_>, id: &str) -> Result<Option<DecisionDetail>, DbError> {
    let row = tx.fetch_optional(
        &format!(
            "SELECT {COLUMNS}, d.outcome, d.input, d.policy, d.alternatives, d.based_on_fact,
                    d.resolved_note FROM decisions d WHERE d.id = $1"
        ),
        params![id],
    )?;
    row.map(|row| {
        Ok(DecisionDetail {
            decision: decision_of_row(&row)?,
            outcome: parse_json(row.str(16))?,
            input: parse_json(row.str(17))?,
            policy: parse_json(row.str(18))?,
            alternatives: parse_json(row.str(19))?,
            based_on_fact: row.get(20)?,
            resolved_note: row.get(21)?,
        })
    })
    .transpose()
}

/// The decision that stands for a subject.
///
/// # Errors
/// The database's.
pub fn current(
    tx: &mut Tx<'_>,
    kind: &str,
    subject: &str,
) -> Result<Option<DecisionDetail>, DbError> {
    let id = tx.fetch_optional(
        "SELECT decision_id FROM decisions_current WHERE kind = $1 AND subject = $2",
        params![kind, subject],
    )?;
    match id {
        Some(row) => find(tx, row.str(0)),
        None => Ok(None),
    }
}

/// Outcome and reasons, both as JSON, of the decision that stands for a subject: for what is kept
/// in the log only and read often.
///
/// # Errors
/// The database's.
pub fn outcome_and_reasons(
    tx: &mut Tx<'_>,
    kind: &str,
    subject: &str,
) -> Result<Option<(String, String)>, DbError> {
    let row = tx.fetch_optional(
        "SELECT d.outcome, d.reasons FROM decisions_current c
         JOIN decisions d ON d.id = c.decision_id WHERE c.kind = $1 AND c.subject = $2",
        params![kind, subject],
    )?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// Order of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// Latest first.
    #[default]
    DecidedAt,
    /// Most money at stake first.
    AtStake,
}

/// Which decisions to list. Empty fields do not filter.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Which system.
    pub kind: Option<String>,
    /// Where it stands.
    pub state: Option<State>,
    /// What may come of it.
    pub mode: Option<Mode>,
    /// About whom.
    pub subject: Option<String>,
    /// Words in the label or summary.
    pub text: Option<String>,
    /// Order.
    pub sort: Sort,
    /// Sort value and id of the last one seen.
    pub after: Option<(i64, String)>,
}

/// A page of decisions; each comes with the sort value to continue from.
///
/// # Errors
/// The database's.
pub fn list(
    tx: &mut Tx<'_>,
    filter: &Filter,
    n_max: usize,
) -> Result<Vec<(i64, Decision)>, DbError> {
    let sort = match filter.sort {
        Sort::DecidedAt => "d.decided_at",
        Sort::AtStake => "COALESCE(d.at_stake_minor, 0)",
    };
    let mut conditions = Conditions::default();
    conditions.add_optional("d.kind = ?", filter.kind.as_ref());
    conditions.add_optional("d.state = ?", filter.state.map(State::name));
    conditions.add_optional("d.mode = ?", filter.mode.map(Mode::name));
    conditions.add_optional("d.subject = ?", filter.subject.as_ref());
    conditions.add_search("d.search_text", filter.text.as_deref());
    conditions.add_after((sort, "d.id"), Direction::Falling, filter.after.clone());
    let limit = conditions.value(n_max as i64);
    let sql = format!(
        "SELECT {COLUMNS}, {sort} FROM decisions d {}
         ORDER BY {sort} DESC, d.id DESC LIMIT {limit}",
        conditions.sql()
    );
    let rows = tx.fetch(&sql, conditions.values())?;
    rows.iter().map(|row| Ok((row.get(16)?, decision_of_row(row)?))).collect()
}

/// How many decisions wait for a person.
///
/// # Errors
/// The database's.
pub fn n_open(tx: &mut Tx<'_>) -> Result<i64, DbError> {
    tx.fetch_value("SELECT COUNT(*) FROM decisions WHERE state = 'proposed'", &[])
}
