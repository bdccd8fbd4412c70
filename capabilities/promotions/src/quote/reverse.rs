//! Returns by line: what a line used comes back, never more than it used.
//!
//! Units come back to stock when they may be sold again; points that paid a part of a line come
//! back by its share, exactly all of them once every unit is back. Uses of promotions and coupons
//! stay used, as the customer has had them; a cancellation gives everything back.

use jiff::Timestamp;
use mercer_core::fact::NewFact;
use mercer_db::{DbError, Tx, params};
use mercer_ledger::LedgerError;
use mercer_ledger::hold::Portions;
use mercer_ledger::reverse::{Reversal, Spent, reverse};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::Quotes;
use super::ask::check_text;
use super::legs::{self, Counted};
use super::rows::{self, QuoteRow};
use super::view::QuoteState;
use crate::PromotionsError;

/// What of an order comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnAsk {
    /// The shop's id of the return; the same id is done once.
    #[schema(example = "R-7")]
    pub key: String,
    /// The lines; none for a cancellation, which gives everything back.
    #[serde(default)]
    pub lines: Vec<ReturnedLine>,
}

/// Units of a line that come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnedLine {
    /// The line's place in the cart, from 0.
    pub line: u32,
    /// How many units.
    pub quantity: i64,
    /// Whether they may be sold again.
    #[serde(default)]
    pub restock: bool,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Returned {
    /// `quo_…`.
    pub quote_id: String,
    /// The shop's id of the return.
    pub key: String,
    /// By line.
    pub lines: Vec<ReturnedView>,
    /// Points given back.
    pub points: i64,
    /// False when this return had been done before; nothing was changed then.
    pub is_new: bool,
}

/// What came back of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReturnedView {
    /// The line's place in the cart, from 0.
    pub line: u32,
    /// Units of this return.
    pub quantity: i64,
    /// Units of all returns so far.
    pub quantity_so_far: i64,
    /// The share of the line's price that these units were, after all discounts, minor units.
    pub paid_minor: i64,
    /// Points of this return.
    pub points: i64,
}

impl Quotes {
    /// Takes lines of a committed quote back, or all of it.
    ///
    /// # Errors
    /// The quote is no order; more units than the line has left; an unknown line.
    pub fn take_back(&self, id: &str, ask: &ReturnAsk) -> Result<Returned, PromotionsError> {
        check_text("key", &ask.key)?;
        let now = self.context.clock.now();
        self.context.db.write(|tx| {
            let row = rows::find(tx, id, true)?;
            if row.state != QuoteState::Committed {
                return Err(PromotionsError::Conflict {
                    sentence: format!("the quote is {}, not an order", row.state.name()),
                });
            }
            take_back(tx, now, &row, ask)
        })
    }
}

fn take_back(
    tx: &mut Tx<'_>,
    now: Timestamp,
    row: &QuoteRow,
    ask: &ReturnAsk,
) -> Result<Returned, PromotionsError> {
    let lines = if ask.lines.is_empty() { whats_left(tx, row)? } else { ask.lines.clone() };
    let is_all = ask.lines.is_empty();
    let known = done_before(tx, row, &ask.key)?;
    if !known.is_empty() {
        let same =
            is_all || known == lines.iter().map(|l| (l.line, l.quantity)).collect::<Vec<_>>();
        if !same {
            return Err(PromotionsError::Conflict {
                sentence: format!("the return `{}` was done with other lines", ask.key),
            });
        }
    }
    let is_new = known.is_empty();
    let mut returned = Vec::with_capacity(lines.len());
    let mut portions = Vec::new();
    for (place, wanted) in lines.iter().enumerate() {
        let (view, points) = one_line(tx, row, &ask.key, place, wanted)?;
        if wanted.restock {
            portions.push((legs::number(wanted.line, Counted::Goods), wanted.quantity));
        }
        if points > 0 {
            portions.push((legs::number(wanted.line, Counted::Points), points));
        }
        returned.push(view);
    }
    if is_new {
        keep(tx, now, row, ask, &lines)?;
        give_back(tx, now, row, ask, if is_all { None } else { Some(portions) })?;
    }
    Ok(Returned {
        quote_id: row.id.clone(),
        key: ask.key.clone(),
        points: returned.iter().map(|line| line.points).sum(),
        lines: returned,
        is_new,
    })
}

fn give_back(
    tx: &mut Tx<'_>,
    now: Timestamp,
    row: &QuoteRow,
    ask: &ReturnAsk,
    portions: Option<Vec<(i64, i64)>>,
) -> Result<(), PromotionsError> {
    let Some(transfer_id) = row.commit_transfer else { return Ok(()) };
    let portions = match portions {
        Some(lines) => {
            // A line whose stock is not counted has nothing in the ledger to give back.
            let lines = in_the_ledger(tx, transfer_id, lines)?;
            if lines.is_empty() {
                return Ok(());
            }
            Portions::Lines(lines)
        }
        None => Portions::AllBut(broken(tx, row)?),
    };
    let reversal = Reversal {
        key: format!("quote:{}:return:{}", row.id, ask.key),
        transfer_id,
        subject: row.id.clone(),
        reason: "returned".to_owned(),
        portions,
        spent: Spent::Refuse,
    };
    match reverse(tx, now, &reversal) {
        // Everything had come back before.
        Err(LedgerError::BeyondLine { wanted: 1, left: 0, line: 0 }) => Ok(()),
        other => other.map(|_| ()).map_err(Into::into),
    }
}

/// Units that came back and may not be sold again, by the number of their line's goods: a
/// cancellation does not bring them back to stock.
fn broken(tx: &mut Tx<'_>, row: &QuoteRow) -> Result<Vec<(i64, i64)>, PromotionsError> {
    let rows = tx.fetch(
        "SELECT line, CAST(SUM(quantity) AS BIGINT) FROM quote_returns
         WHERE quote_id = $1 AND restock = 0 GROUP BY line ORDER BY line",
        params![&row.id],
    )?;
    let of = |row: &mercer_db::Row| {
        let line = u32::try_from(row.get::<i64>(0)?).unwrap_or(u32::MAX);
        Ok((legs::number(line, Counted::Goods), row.get(1)?))
    };
    rows.iter().map(of).collect()
}

fn in_the_ledger(
    tx: &mut Tx<'_>,
    transfer_id: i64,
    lines: Vec<(i64, i64)>,
) -> Result<Vec<(i64, i64)>, PromotionsError> {
    let rows = tx.fetch(
        "SELECT DISTINCT line FROM ledger_moves WHERE transfer_id = $1",
        params![transfer_id],
    )?;
    let known = rows.iter().map(|row| row.get(0)).collect::<Result<Vec<i64>, DbError>>()?;
    Ok(lines.into_iter().filter(|(line, _)| known.contains(line)).collect())
}

fn one_line(
    tx: &mut Tx<'_>,
    row: &QuoteRow,
    key: &str,
    place: usize,
    wanted: &ReturnedLine,
) -> Result<(ReturnedView, i64), PromotionsError> {
    let quote = &row.kept.quote;
    let invalid = |name: &str, sentence: String| PromotionsError::Invalid {
        field: format!("lines[{place}].{name}"),
        sentence,
    };
    let line = quote
        .lines
        .iter()
        .find(|line| line.position == wanted.line)
        .ok_or_else(|| invalid("line", format!("the order has no line {}", wanted.line)))?;
    let before: i64 = tx.fetch_value(
        "SELECT CAST(COALESCE(SUM(quantity), 0) AS BIGINT) FROM quote_returns
         WHERE quote_id = $1 AND line = $2 AND key <> $3",
        params![&row.id, i64::from(wanted.line), key],
    )?;
    let left = line.quantity - before;
    if wanted.quantity < 1 || wanted.quantity > left {
        let sentence = format!("{} units are to come back, {left} are left", wanted.quantity);
        return Err(invalid("quantity", sentence));
    }
    let so_far = before + wanted.quantity;
    let all_points = legs::points_by_line(quote);
    let all_points = all_points.iter().find(|(of, _)| *of == wanted.line).map_or(0, |(_, n)| *n);
    let part =
        |whole: i64| share(whole, so_far, line.quantity) - share(whole, before, line.quantity);
    let points = part(all_points);
    let view = ReturnedView {
        line: wanted.line,
        quantity: wanted.quantity,
        quantity_so_far: so_far,
        paid_minor: part(line.net_minor),
        points,
    };
    Ok((view, points))
}

/// The part of a whole that the first `n` of `of` units are; the parts of all units sum to it.
fn share(whole: i64, n: i64, of: i64) -> i64 {
    let part = i128::from(whole) * i128::from(n) / i128::from(of.max(1));
    i64::try_from(part).unwrap_or(whole)
}

fn whats_left(tx: &mut Tx<'_>, row: &QuoteRow) -> Result<Vec<ReturnedLine>, PromotionsError> {
    let rows = tx.fetch(
        "SELECT line, CAST(SUM(quantity) AS BIGINT) FROM quote_returns WHERE quote_id = $1
         GROUP BY line",
        params![&row.id],
    )?;
    let back = rows
        .iter()
        .map(|row| Ok((row.get::<i64>(0)?, row.get::<i64>(1)?)))
        .collect::<Result<std::collections::HashMap<_, _>, DbError>>()?;
    let left = row.kept.quote.lines.iter().map(|line| ReturnedLine {
        line: line.position,
        quantity: line.quantity - back.get(&i64::from(line.position)).copied().unwrap_or(0),
        restock: true,
    });
    Ok(left.filter(|line| line.quantity > 0).collect())
}

fn done_before(
    tx: &mut Tx<'_>,
    row: &QuoteRow,
    key: &str,
) -> Result<Vec<(u32, i64)>, PromotionsError> {
    let rows = tx.fetch(
        "SELECT line, quantity FROM quote_returns WHERE quote_id = $1 AND key = $2 ORDER BY line",
        params![&row.id, key],
    )?;
    let of = |row: &mercer_db::Row| {
        Ok((u32::try_from(row.get::<i64>(0)?).unwrap_or(u32::MAX), row.get(1)?))
    };
    rows.iter().map(of).collect()
}

fn keep(
    tx: &mut Tx<'_>,
    now: Timestamp,
    row: &QuoteRow,
    ask: &ReturnAsk,
    lines: &[ReturnedLine],
) -> Result<(), PromotionsError> {
    for (place, line) in lines.iter().enumerate() {
        let n = tx.execute(
            "INSERT INTO quote_returns (quote_id, key, line, quantity, restock, returned_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            params![
                &row.id,
                &ask.key,
                i64::from(line.line),
                line.quantity,
                i64::from(line.restock),
                now.as_microsecond()
            ],
        )?;
        if n == 0 {
            return Err(PromotionsError::Invalid {
                field: format!("lines[{place}].line"),
                sentence: format!("line {} stands twice in this return", line.line),
            });
        }
    }
    let fact = NewFact {
        kind: "quote.returned",
        subject: row.id.clone(),
        occurred_at: now,
        payload: json!({
            "order": row.order_ref,
            "key": ask.key,
            "lines": lines.iter().map(|line| json!({
                "line": line.line, "quantity": line.quantity, "restock": line.restock,
            })).collect::<Vec<_>>(),
        }),
    };
    mercer_facts::append(tx, now, &[fact])?;
    Ok(())
}
