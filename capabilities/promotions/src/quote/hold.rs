//! Holding what a quote uses, committing it with the order, giving it back.

use jiff::{SignedDuration, Timestamp};
use mercer_connect::cart::PortError;
use mercer_core::fact::NewFact;
use mercer_db::{DbError, Tx, params};
use mercer_ledger::LedgerError;
use mercer_ledger::hold::{self, Commit, NewHold, Portions, Rest};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::Quotes;
use super::ask::check_text;
use super::legs;
use super::rows::{self, QuoteRow};
use super::view::{QuoteState, QuoteView};
use crate::PromotionsError;
use crate::store;

/// The order that a quote becomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommitAsk {
    /// The shop's number of the order.
    #[schema(example = "1042")]
    pub order_number: String,
}

impl Quotes {
    /// One quote as it stands.
    ///
    /// # Errors
    /// There is none of this id; the database's.
    pub fn find(&self, id: &str) -> Result<QuoteView, PromotionsError> {
        Ok(self.context.db.read(|tx| rows::find(tx, id, false))?.into_view())
    }

    /// Sets aside everything that a quote uses, until the channel's hold is over. A quote that is
    /// held already stays so.
    ///
    /// # Errors
    /// Stock or a limit is short, the quote is over or became an order; nothing is held then.
    pub fn hold(&self, id: &str) -> Result<QuoteView, PromotionsError> {
        let now = self.context.clock.now();
        self.context.db.write(|tx| {
            let mut row = rows::find(tx, id, true)?;
            if row.state == QuoteState::Held {
                return if row.is_held_at(now) {
                    Ok(row.into_view())
                } else {
                    Err(row.hold_is_over())
                };
            }
            row.check_priced(now)?;
            self.hold_row(tx, now, &mut row)?;
            rows::update(tx, &row)?;
            Ok(row.into_view())
        })
    }

    fn hold_row(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        row: &mut QuoteRow,
    ) -> Result<(), PromotionsError> {
        let settings = store::settings(tx, &row.channel)?;
        let until = now + SignedDuration::from_mins(settings.hold_minutes);
        let wanted = legs::of_quote(self, tx, now, row).map_err(|error| match error {
            PromotionsError::Port(PortError::Ledger(error)) => short(row, error),
            error => error,
        })?;
        if !wanted.legs.is_empty() {
            let new = NewHold {
                key: format!("quote:{}", row.id),
                subject: row.id.clone(),
                expires_at: until,
                legs: wanted.legs,
            };
            let held = hold::hold(tx, now, &new).map_err(|error| short(row, error))?;
            row.hold_id = Some(held.id);
        }
        row.state = QuoteState::Held;
        row.held_until = Some(until);
        row.kept.words.notices = wanted.notices;
        Ok(())
    }

    /// Makes a quote an order: what was held is gone for good. One that is only priced is held and
    /// committed at once. The same order again changes nothing.
    ///
    /// # Errors
    /// The quote or its hold is over or was given back, it became another order, or stock or a
    /// limit is short.
    pub fn commit(&self, id: &str, ask: &CommitAsk) -> Result<QuoteView, PromotionsError> {
        let number = ask.order_number.trim();
        check_text("order_number", number)?;
        let now = self.context.clock.now();
        self.context.db.write(|tx| {
            let mut row = rows::find(tx, id, true)?;
            let order_ref = format!("{}/{number}", row.channel);
            match row.state {
                QuoteState::Committed if row.order_ref.as_deref() == Some(&order_ref) => {
                    return Ok(row.into_view());
                }
                QuoteState::Held if row.is_held_at(now) => {}
                QuoteState::Held => return Err(row.hold_is_over()),
                _ => {
                    row.check_priced(now)?;
                    self.hold_row(tx, now, &mut row)?;
                }
            }
            commit_row(tx, now, &mut row, order_ref)?;
            Ok(row.into_view())
        })
    }

    /// Gives back what a quote holds; nothing happens when it holds nothing.
    ///
    /// # Errors
    /// It became an order, or there is none of this id.
    pub fn release(&self, id: &str) -> Result<QuoteView, PromotionsError> {
        let now = self.context.clock.now();
        self.context.db.write(|tx| {
            let mut row = rows::find(tx, id, true)?;
            match row.state {
                QuoteState::Released | QuoteState::Expired => return Ok(row.into_view()),
                QuoteState::Committed => return Err(row.is_committed()),
                QuoteState::Priced | QuoteState::Held => {}
            }
            if let Some(hold_id) = &row.hold_id {
                hold::release(tx, now, hold_id)?;
            }
            row.state = QuoteState::Released;
            row.ended_at = Some(now);
            rows::update(tx, &row)?;
            let fact = NewFact {
                kind: "quote.released",
                subject: row.id.clone(),
                occurred_at: now,
                payload: json!({}),
            };
            mercer_facts::append(tx, now, &[fact])?;
            Ok(row.into_view())
        })
    }
}

fn commit_row(
    tx: &mut Tx<'_>,
    now: Timestamp,
    row: &mut QuoteRow,
    order_ref: String,
) -> Result<(), PromotionsError> {
    let other =
        tx.fetch_optional("SELECT id FROM quotes WHERE order_ref = $1", params![&order_ref])?;
    if let Some(other) = other {
        let sentence = format!("the order {order_ref} came of the quote {}", other.str(0));
        return Err(PromotionsError::Conflict { sentence });
    }
    if let Some(hold_id) = &row.hold_id {
        let commit = Commit {
            key: format!("quote:{}:commit", row.id),
            hold_id: hold_id.clone(),
            portions: Portions::All,
            rest: Rest::Release,
        };
        row.commit_transfer = Some(hold::commit(tx, now, &commit)?.transfer_id);
    }
    row.state = QuoteState::Committed;
    row.order_ref = Some(order_ref);
    row.ended_at = Some(now);
    rows::update(tx, row)?;
    keep_uses(tx, now, row)?;
    mercer_facts::append(tx, now, &[committed(row, now)])?;
    Ok(())
}

fn keep_uses(tx: &mut Tx<'_>, now: Timestamp, row: &QuoteRow) -> Result<(), DbError> {
    for (position, used) in row.kept.quote.uses.iter().enumerate() {
        tx.execute(
            "INSERT INTO quote_uses (quote_id, position, promotion_id, coupon, amount_minor,
                                     used_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
            params![
                &row.id,
                position as i64,
                &used.promotion,
                used.coupon.as_deref().map(store::coupon_key),
                used.amount_minor,
                now.as_microsecond()
            ],
        )?;
    }
    Ok(())
}

fn committed(row: &QuoteRow, now: Timestamp) -> NewFact {
    let quote = &row.kept.quote;
    NewFact {
        kind: "quote.committed",
        subject: row.id.clone(),
        occurred_at: now,
        payload: json!({
            "order": row.order_ref,
            "customer": row.ask.customer_id,
            "total_minor": quote.total_minor,
            "discount_minor": quote.discount_minor,
            "currency": quote.currency.code(),
            "points": quote.points.as_ref().map_or(0, |used| used.points),
            "promotions": quote.uses.iter().map(|used| json!({
                "promotion": used.promotion,
                "amount_minor": used.amount_minor,
            })).collect::<Vec<_>>(),
        }),
    }
}

impl QuoteRow {
    fn is_held_at(&self, now: Timestamp) -> bool {
        self.held_until.is_some_and(|until| now < until)
    }

    fn hold_is_over(&self) -> PromotionsError {
        let at = self.held_until.unwrap_or(self.created_at);
        PromotionsError::Expired { what: "the hold", at }
    }

    pub(super) fn is_committed(&self) -> PromotionsError {
        let order = self.order_ref.as_deref().unwrap_or_default();
        PromotionsError::Conflict { sentence: format!("the quote became the order {order}") }
    }

    fn check_priced(&self, now: Timestamp) -> Result<(), PromotionsError> {
        match self.state {
            QuoteState::Priced | QuoteState::Held if now < self.expires_at => Ok(()),
            QuoteState::Priced | QuoteState::Held => {
                Err(PromotionsError::Expired { what: "the quote", at: self.expires_at })
            }
            QuoteState::Committed => Err(self.is_committed()),
            QuoteState::Expired => Err(self.hold_is_over()),
            QuoteState::Released => Err(PromotionsError::Conflict {
                sentence: "the quote was given back; ask for a new one".to_owned(),
            }),
        }
    }
}

/// What ran short between the quote and the hold, in the customer's words.
fn short(row: &QuoteRow, error: LedgerError) -> PromotionsError {
    let LedgerError::Short { account, line, wanted, available } = &error else {
        return error.into();
    };
    let unit = account.unit.as_str();
    let names: std::collections::HashMap<&str, &str> = row
        .kept
        .price
        .discounts
        .iter()
        .filter_map(|one| Some((one.id.as_deref()?, one.name.as_str())))
        .collect();
    let sentence = match unit.split_once(':') {
        Some(("stock", sku)) => {
            return PromotionsError::OutOfStock {
                field: format!("lines[{}]", legs::line_of(*line)),
                sentence: format!("{wanted} of `{sku}` are wanted, {available} are there"),
            };
        }
        Some(("uses" | "share" | "budget", id)) => {
            let id = id.strip_prefix("coupon:").unwrap_or(id);
            let name = names.get(id).copied().unwrap_or(id);
            format!("`{name}` was used up meanwhile; ask for a new quote without it")
        }
        Some(("flash", _)) => {
            format!(
                "{available} units of the flash sale are left for this cart, {wanted} are wanted"
            )
        }
        _ => format!("{wanted} {unit} are wanted, {available} are there"),
    };
    PromotionsError::LimitReached { sentence }
}
