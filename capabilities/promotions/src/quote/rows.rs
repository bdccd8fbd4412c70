//! The table of quotes.

use jiff::Timestamp;
use mercer_core::clock::instant_of_micros;
use mercer_db::{Conditions, DbError, Direction, Row, Tx, params};
use mercer_decisions::ReasonRecord;
use mercer_http::page::Keyed;
use mercer_promotions_engine::outcome::Quote;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::{self, Names, PriceView, QuoteState, QuoteView};
use super::{DECISION_KIND, QuoteAsk};
use crate::PromotionsError;

/// What a quote is known by: the engine's answer and the reasons, which stand in the log of
/// decisions only, the words of its own row, and the view of it.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) quote: Quote,
    pub(super) price: PriceView,
    pub(super) reasons: Vec<ReasonRecord>,
    pub(super) words: Words,
}

/// Names as they were when the cart was priced, and what its hold brought up.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Words {
    /// Of the promotions, by id.
    pub(super) names: Names,
    /// Of the things in the cart, by SKU.
    pub(super) titles: Names,
    #[serde(default)]
    pub(super) notices: Vec<String>,
}

/// A quote as its row says.
#[derive(Debug, Clone)]
pub(super) struct QuoteRow {
    pub(super) id: String,
    pub(super) state: QuoteState,
    pub(super) channel: String,
    pub(super) ask: QuoteAsk,
    pub(super) kept: Kept,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) hold_id: Option<String>,
    pub(super) held_until: Option<Timestamp>,
    pub(super) order_ref: Option<String>,
    pub(super) commit_transfer: Option<i64>,
    pub(super) ended_at: Option<Timestamp>,
}

impl QuoteRow {
    pub(super) fn into_view(self) -> QuoteView {
        QuoteView {
            id: self.id,
            state: self.state,
            channel: self.channel,
            customer_id: self.ask.customer_id,
            created_at: self.created_at,
            expires_at: self.expires_at,
            held_until: self.held_until,
            order: self.order_ref,
            price: self.kept.price,
            reasons: self.kept.reasons,
            notices: self.kept.words.notices,
        }
    }
}

pub(super) fn insert(tx: &mut Tx<'_>, row: &QuoteRow) -> Result<(), PromotionsError> {
    let QuoteRow { id, state, channel, ask, kept, created_at, expires_at, .. } = row;
    tx.execute(
        "INSERT INTO quotes (id, state, channel, customer_id, anonymous_id, currency, n_lines,
                             total_minor, discount_minor, request, words, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        params![
            id,
            state.name(),
            channel,
            ask.customer_id.clone(),
            ask.anonymous_id.clone(),
            kept.quote.currency.code(),
            kept.quote.lines.len() as i64,
            kept.quote.total_minor,
            kept.quote.discount_minor,
            json(id, ask)?,
            json(id, &kept.words)?,
            created_at.as_microsecond(),
            expires_at.as_microsecond()
        ],
    )?;
    Ok(())
}

fn json(id: &str, value: &impl Serialize) -> Result<String, PromotionsError> {
    serde_json::to_string(value)
        .map_err(|source| PromotionsError::Broken { what: format!("quote {id}"), source })
}

/// One quote; `lock` keeps others from changing it until the transaction ends.
pub(super) fn find(tx: &mut Tx<'_>, id: &str, lock: bool) -> Result<QuoteRow, PromotionsError> {
    let for_update = if lock { tx.backend().for_update() } else { "" };
    let sql = format!(
        "SELECT id, state, channel, request, words, created_at, expires_at, hold_id, held_until,
                order_ref, commit_transfer, ended_at
         FROM quotes WHERE id = $1{for_update}"
    );
    // PostgreSQL takes no zero byte, and no id has one.
    let row = if id.contains('\0') { None } else { tx.fetch_optional(&sql, params![id])? };
    let row = row.ok_or_else(|| PromotionsError::Unknown {
        what: "quote",
        id: id.chars().take(60).collect(),
    })?;
    let broken = |source| PromotionsError::Broken { what: format!("quote {id}"), source };
    let decided = mercer_decisions::outcome_and_reasons(tx, DECISION_KIND, id)?;
    let (outcome, reasons) = decided.ok_or_else(|| PromotionsError::Unknown {
        what: "decision of the quote",
        id: id.to_owned(),
    })?;
    let quote: Quote = serde_json::from_str(&outcome).map_err(broken)?;
    let words: Words = serde_json::from_str(row.str(4)).map_err(broken)?;
    let kept = Kept {
        price: view::price_of(&quote, &words.names, &words.titles),
        quote,
        reasons: serde_json::from_str(&reasons).map_err(broken)?,
        words,
    };
    let instant = |place| Ok::<_, DbError>(row.get::<Option<i64>>(place)?.map(instant_of_micros));
    Ok(QuoteRow {
        id: row.get(0)?,
        state: QuoteState::parse(row.str(1)),
        channel: row.get(2)?,
        ask: serde_json::from_str(row.str(3)).map_err(broken)?,
        kept,
        created_at: instant_of_micros(row.get(5)?),
        expires_at: instant_of_micros(row.get(6)?),
        hold_id: row.get(7)?,
        held_until: instant(8)?,
        order_ref: row.get(9)?,
        commit_transfer: row.get(10)?,
        ended_at: instant(11)?,
    })
}

/// Writes what changes after a quote was made.
pub(super) fn update(tx: &mut Tx<'_>, row: &QuoteRow) -> Result<(), PromotionsError> {
    tx.execute(
        "UPDATE quotes SET state = $2, words = $3, hold_id = $4, held_until = $5, order_ref = $6,
                commit_transfer = $7, ended_at = $8 WHERE id = $1",
        params![
            &row.id,
            row.state.name(),
            json(&row.id, &row.kept.words)?,
            row.hold_id.clone(),
            row.held_until.map(Timestamp::as_microsecond),
            row.order_ref.clone(),
            row.commit_transfer,
            row.ended_at.map(Timestamp::as_microsecond)
        ],
    )?;
    Ok(())
}

/// A row of the list of quotes.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct QuoteListRow {
    /// `quo_…`.
    pub id: String,
    /// Where it stands.
    pub state: QuoteState,
    /// Code of the channel.
    pub channel: String,
    /// Who asked, if known.
    pub customer_id: Option<String>,
    /// Lines of the cart.
    pub n_lines: i64,
    /// What is to be paid, minor units.
    pub total_minor: i64,
    /// What was taken off, minor units.
    pub discount_minor: i64,
    /// Currency of the amounts.
    pub currency: String,
    /// The order that it became.
    pub order: Option<String>,
    /// When it was priced.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// A page of quotes, latest first.
pub(super) fn list(
    tx: &mut Tx<'_>,
    state: Option<QuoteState>,
    after: Option<(i64, String)>,
    n_max: usize,
) -> Result<Vec<Keyed<i64, QuoteListRow>>, PromotionsError> {
    let mut conditions = Conditions::default();
    if let Some(state) = state {
        conditions.add("state = ?", state.name());
    }
    let after = after.map(|(at, id)| (mercer_db::Value::from(at), id));
    conditions.add_after(("created_at", "id"), Direction::Falling, after);
    let limit = conditions.value(n_max as i64);
    let sql = format!(
        "SELECT id, state, channel, customer_id, n_lines, total_minor, discount_minor, currency,
                order_ref, created_at
         FROM quotes {} ORDER BY created_at DESC, id DESC LIMIT {limit}",
        conditions.sql()
    );
    let rows = tx.fetch(&sql, conditions.values())?;
    let of = |row: &Row| {
        let created_at: i64 = row.get(9)?;
        let view = QuoteListRow {
            id: row.get(0)?,
            state: QuoteState::parse(row.str(1)),
            channel: row.get(2)?,
            customer_id: row.get(3)?,
            n_lines: row.get(4)?,
            total_minor: row.get(5)?,
            discount_minor: row.get(6)?,
            currency: row.get(7)?,
            order: row.get(8)?,
            created_at: instant_of_micros(created_at),
        };
        Ok(((created_at, view.id.clone()), view))
    };
    rows.iter().map(of).collect()
}
