//! The fair queue of a sale: who joined first comes first.
//!
//! A turn is a hold of the pool for a few minutes, so that what is promised is set aside. Nobody
//! passes those who wait: what is free for others is what nobody in the queue waits for.

use jiff::{SignedDuration, Timestamp};
use mercer_db::{Tx, params};
use mercer_ledger::hold::{NewHold, hold, release};
use mercer_ledger::read::balances;
use mercer_ledger::transfer::{Leg, Lots};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::{self, Sale, TICKET_COLUMNS, Ticket, TicketState, ticket_of_row};
use crate::{FlashError, FlashSales, N_QUEUE_MAX, accounts};

/// Turns given in one transaction: others wait a few milliseconds for the writer.
const N_TURNS_MAX: usize = 200;

/// Who queues, for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QueueAsk {
    /// `cus_…`, when the customer is known.
    #[serde(default)]
    pub customer_id: Option<String>,
    /// The visitor's id, when not.
    #[serde(default)]
    pub anonymous_id: Option<String>,
    /// Of what.
    pub sku: String,
    /// How many units.
    #[serde(default = "one")]
    pub quantity: i64,
}

fn one() -> i64 {
    1
}

/// A place in the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Place {
    /// `waiting`, `turn`, `used`, `missed` or `left`.
    pub state: TicketState,
    /// Of what.
    pub sku: String,
    /// How many units.
    pub quantity: i64,
    /// How many shoppers come before; 0 for the next, and in a turn.
    pub n_before: i64,
    /// Until when the units are set aside; null unless it is the shopper's turn.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub turn_until: Option<Timestamp>,
    /// The server's clock.
    #[schema(value_type = String, format = DateTime)]
    pub server_time: Timestamp,
}

fn name_in(ask: &QueueAsk) -> Result<String, FlashError> {
    let shopper = mercer_connect::cart::Shopper {
        customer_id: ask.customer_id.as_deref(),
        anonymous_id: ask.anonymous_id.as_deref(),
        traits: &std::collections::BTreeMap::new(),
    };
    // PostgreSQL takes no zero byte.
    if ask.sku.contains('\0') {
        let sentence = "A SKU has no zero byte.".to_owned();
        return Err(FlashError::Invalid { field: "sku".to_owned(), sentence });
    }
    let is_text = |name: &String| name.len() <= 200 && !name.contains('\0');
    let name = crate::offers::name_of(shopper).filter(is_text);
    name.ok_or_else(|| FlashError::Invalid {
        field: "customer_id".to_owned(),
        sentence: "Give customer_id or anonymous_id, of up to 190 bytes: a queue is a person's."
            .to_owned(),
    })
}

impl FlashSales {
    /// Joins the queue, or tells the place that the shopper has already.
    ///
    /// # Errors
    /// The sale is not on, does not have the SKU, or is not for this shopper; the queue is full.
    pub fn join(&self, id: &str, ask: &QueueAsk) -> Result<Place, FlashError> {
        let shopper = name_in(ask)?;
        let now = self.context.clock.now();
        self.context.db.write(|tx| {
            let sale = store::find(tx, id, true)?;
            self.check_join(tx, now, &sale, ask)?;
            if open_ticket(tx, &sale.id, &ask.sku, &shopper)?.is_none() {
                tx.execute(
                    "INSERT INTO flash_tickets (sale_id, sku, shopper, quantity, state, joined_at)
                     VALUES ($1, $2, $3, $4, 'waiting', $5)",
                    params![id, &ask.sku, &shopper, ask.quantity, now.as_microsecond()],
                )?;
            }
            advance(tx, now, &sale, &ask.sku)?;
            place(tx, now, &sale.id, &ask.sku, &shopper)
        })
    }

    fn check_join(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        sale: &Sale,
        ask: &QueueAsk,
    ) -> Result<(), FlashError> {
        let conflict = |sentence: &str| Err(FlashError::Conflict { sentence: sentence.to_owned() });
        let Some(item) = sale.item(&ask.sku) else {
            return Err(FlashError::Invalid {
                field: "sku".to_owned(),
                sentence: format!("The sale does not have `{}`.", ask.sku),
            });
        };
        if !sale.is_on(now) {
            return conflict("The sale is not on now.");
        }
        let most = sale.customer_units_max.unwrap_or(item.n_units).min(item.n_units);
        if !(1..=most).contains(&ask.quantity) {
            return Err(FlashError::Invalid {
                field: "quantity".to_owned(),
                sentence: format!("One shopper may have 1 to {most} units."),
            });
        }
        if !self.is_allowed(tx, sale, ask)? {
            return conflict("The sale is for members of certain segments only.");
        }
        let n_waiting = n_waiting(tx, &sale.id, &ask.sku, i64::MAX)?;
        if n_waiting >= N_QUEUE_MAX {
            let sentence = format!("The queue is full: {n_waiting} shoppers wait.");
            return Err(FlashError::LimitReached { sentence });
        }
        Ok(())
    }

    fn is_allowed(&self, tx: &mut Tx<'_>, sale: &Sale, ask: &QueueAsk) -> Result<bool, FlashError> {
        if sale.segments.is_empty() {
            return Ok(true);
        }
        let Some(customer) = &ask.customer_id else { return Ok(false) };
        let mut traits = std::collections::BTreeMap::new();
        for source in &self.traits {
            source.add(tx, customer, &mut traits)?;
        }
        let segment = traits.get("segment").and_then(serde_json::Value::as_str);
        Ok(segment.is_some_and(|segment| sale.segments.iter().any(|code| code == segment)))
    }

    /// The place of a shopper who joined.
    ///
    /// # Errors
    /// There is no such sale; the shopper did not join; the database's.
    pub fn place(&self, id: &str, ask: &QueueAsk) -> Result<Place, FlashError> {
        let shopper = name_in(ask)?;
        let now = self.context.clock.now();
        self.context.db.read(|tx| {
            let sale = store::find(tx, id, false)?;
            place(tx, now, &sale.id, &ask.sku, &shopper)
        })
    }

    /// Leaves the queue, or gives a turn up.
    ///
    /// # Errors
    /// The shopper did not join; the database's.
    pub fn leave(&self, id: &str, ask: &QueueAsk) -> Result<Place, FlashError> {
        let shopper = name_in(ask)?;
        let now = self.context.clock.now();
        self.context.db.write(|tx| {
            let sale = store::find(tx, id, true)?;
            if let Some(ticket) = open_ticket(tx, id, &ask.sku, &shopper)? {
                end_ticket(tx, now, &ticket, TicketState::Left)?;
                advance(tx, now, &sale, &ask.sku)?;
            }
            place(tx, now, id, &ask.sku, &shopper)
        })
    }
}

fn open_ticket(
    tx: &mut Tx<'_>,
    sale: &str,
    sku: &str,
    shopper: &str,
) -> Result<Option<Ticket>, FlashError> {
    let sql = format!(
        "SELECT {TICKET_COLUMNS} FROM flash_tickets
         WHERE sale_id = $1 AND sku = $2 AND shopper = $3 AND state IN ('waiting', 'turn')"
    );
    let row = tx.fetch_optional(&sql, params![sale, sku, shopper])?;
    Ok(row.as_ref().map(ticket_of_row).transpose()?)
}

/// Shoppers who wait with a lower number.
fn n_waiting(tx: &mut Tx<'_>, sale: &str, sku: &str, before: i64) -> Result<i64, FlashError> {
    Ok(tx.fetch_value(
        "SELECT COUNT(*) FROM flash_tickets
         WHERE sale_id = $1 AND sku = $2 AND state = 'waiting' AND ticket < $3",
        params![sale, sku, before],
    )?)
}

fn place(
    tx: &mut Tx<'_>,
    now: Timestamp,
    sale: &str,
    sku: &str,
    shopper: &str,
) -> Result<Place, FlashError> {
    let sql = format!(
        "SELECT {TICKET_COLUMNS} FROM flash_tickets
         WHERE sale_id = $1 AND sku = $2 AND shopper = $3 ORDER BY ticket DESC LIMIT 1"
    );
    let row = tx.fetch_optional(&sql, params![sale, sku, shopper])?;
    let Some(row) = row else {
        let sentence = "This shopper did not join the queue.".to_owned();
        return Err(FlashError::Conflict { sentence });
    };
    let ticket = ticket_of_row(&row)?;
    let is_over = ticket.turn_until.is_some_and(|until| until <= now);
    let state = match ticket.state {
        // The timer has not come by yet; the turn is over all the same.
        TicketState::Turn if is_over => TicketState::Missed,
        state => state,
    };
    let n_before = match state {
        TicketState::Waiting => n_waiting(tx, sale, sku, ticket.ticket)?,
        _ => 0,
    };
    Ok(Place {
        state,
        sku: ticket.sku,
        quantity: ticket.quantity,
        n_before,
        turn_until: (state == TicketState::Turn).then_some(ticket.turn_until).flatten(),
        server_time: now,
    })
}

/// Units that a shopper may take now: an own turn, and what nobody in the queue waits for.
pub(crate) fn free_for(
    tx: &mut Tx<'_>,
    now: Timestamp,
    sale: &Sale,
    sku: &str,
    shopper: Option<&str>,
) -> Result<i64, FlashError> {
    let n_promised = n_promised(tx, &sale.id, sku)?;
    free_beside(tx, now, (&sale.id, sku, shopper), n_promised)
}

/// As [`free_for`], or none while nobody waits: the pool alone decides then.
pub(crate) fn free_in_queue(
    tx: &mut Tx<'_>,
    now: Timestamp,
    (sale, sku, shopper): (&str, &str, Option<&str>),
) -> Result<Option<i64>, FlashError> {
    match n_promised(tx, sale, sku)? {
        0 => Ok(None),
        n_promised => free_beside(tx, now, (sale, sku, shopper), n_promised).map(Some),
    }
}

/// Units that those who wait want.
fn n_promised(tx: &mut Tx<'_>, sale: &str, sku: &str) -> Result<i64, FlashError> {
    Ok(tx.fetch_value(
        "SELECT CAST(COALESCE(SUM(quantity), 0) AS BIGINT) FROM flash_tickets
         WHERE sale_id = $1 AND sku = $2 AND state = 'waiting'",
        params![sale, sku],
    )?)
}

fn free_beside(
    tx: &mut Tx<'_>,
    now: Timestamp,
    (sale, sku, shopper): (&str, &str, Option<&str>),
    n_promised: i64,
) -> Result<i64, FlashError> {
    let left = balances(tx, now, &[accounts::pool(sale, sku)])?;
    let left = left.first().map_or(0, |left| left.available);
    let turn = match shopper {
        Some(shopper) => open_ticket(tx, sale, sku, shopper)?
            .filter(|ticket| ticket.state == TicketState::Turn)
            .filter(|ticket| ticket.turn_until.is_some_and(|until| now < until))
            .map_or(0, |ticket| ticket.quantity),
        None => 0,
    };
    Ok(turn + (left - n_promised).max(0))
}

/// A shopper's turn becomes a cart: what was set aside for it is free for the hold that follows
/// in the same transaction.
pub(crate) fn use_turn(
    tx: &mut Tx<'_>,
    now: Timestamp,
    sale: &str,
    sku: &str,
    shopper: &str,
) -> Result<(), FlashError> {
    match open_ticket(tx, sale, sku, shopper)? {
        Some(ticket) if ticket.state == TicketState::Turn => {
            end_ticket(tx, now, &ticket, TicketState::Used)
        }
        _ => Ok(()),
    }
}

fn end_ticket(
    tx: &mut Tx<'_>,
    now: Timestamp,
    ticket: &Ticket,
    state: TicketState,
) -> Result<(), FlashError> {
    if let (TicketState::Turn, Some(hold_id)) = (ticket.state, &ticket.hold_id) {
        release(tx, now, hold_id)?;
    }
    tx.execute(
        "UPDATE flash_tickets SET state = $2, turn_until = NULL WHERE ticket = $1",
        params![ticket.ticket, state.name()],
    )?;
    Ok(())
}

/// Ends turns that are over and gives the next ones, in the order of joining. The sale's row must
/// be locked, so that two never give the same turn.
pub(crate) fn advance(
    tx: &mut Tx<'_>,
    now: Timestamp,
    sale: &Sale,
    sku: &str,
) -> Result<(), FlashError> {
    let sql = format!(
        "SELECT {TICKET_COLUMNS} FROM flash_tickets
         WHERE sale_id = $1 AND sku = $2 AND state = 'turn' AND turn_until <= $3"
    );
    for row in tx.fetch(&sql, params![&sale.id, sku, now.as_microsecond()])? {
        end_ticket(tx, now, &ticket_of_row(&row)?, TicketState::Missed)?;
    }
    if !sale.is_on(now) {
        return Ok(());
    }
    let left = balances(tx, now, &[accounts::pool(&sale.id, sku)])?;
    let mut left = left.first().map_or(0, |left| left.available);
    let sql = format!(
        "SELECT {TICKET_COLUMNS} FROM flash_tickets
         WHERE sale_id = $1 AND sku = $2 AND state = 'waiting' ORDER BY ticket LIMIT $3"
    );
    for row in tx.fetch(&sql, params![&sale.id, sku, N_TURNS_MAX as i64])? {
        let ticket = ticket_of_row(&row)?;
        // Nobody passes the first, also not with a smaller wish.
        if ticket.quantity > left {
            break;
        }
        left -= ticket.quantity;
        give_turn(tx, now, sale, &ticket)?;
    }
    Ok(())
}

fn give_turn(
    tx: &mut Tx<'_>,
    now: Timestamp,
    sale: &Sale,
    ticket: &Ticket,
) -> Result<(), FlashError> {
    let until = (now + SignedDuration::from_mins(sale.turn_minutes)).min(sale.ends_at);
    let held = hold(
        tx,
        now,
        &NewHold {
            key: format!("flash:turn:{}", ticket.ticket),
            subject: format!("flash:{}:{}", sale.id, ticket.sku),
            expires_at: until,
            legs: vec![Leg {
                line: 0,
                from: accounts::pool(&sale.id, &ticket.sku),
                to: accounts::sold(&sale.id, &ticket.sku),
                quantity: ticket.quantity,
                lots: Lots::Next,
            }],
        },
    )?;
    tx.execute(
        "UPDATE flash_tickets SET state = 'turn', hold_id = $2, turn_until = $3 WHERE ticket = $1",
        params![ticket.ticket, held.id, until.as_microsecond()],
    )?;
    Ok(())
}

/// Ends all places of a sale that is over.
pub(crate) fn dissolve(tx: &mut Tx<'_>, now: Timestamp, sale: &Sale) -> Result<(), FlashError> {
    let sql =
        format!("SELECT {TICKET_COLUMNS} FROM flash_tickets WHERE sale_id = $1 AND state = 'turn'");
    for row in tx.fetch(&sql, params![&sale.id])? {
        end_ticket(tx, now, &ticket_of_row(&row)?, TicketState::Missed)?;
    }
    tx.execute(
        "UPDATE flash_tickets SET state = 'missed' WHERE sale_id = $1 AND state = 'waiting'",
        params![&sale.id],
    )?;
    Ok(())
}

/// Queues in which somebody waits or has a turn: sale and SKU.
pub(crate) fn open_queues(tx: &mut Tx<'_>) -> Result<Vec<(String, String)>, FlashError> {
    let rows = tx.fetch(
        "SELECT DISTINCT sale_id, sku FROM flash_tickets WHERE state IN ('waiting', 'turn')
         ORDER BY sale_id, sku",
        params![],
    )?;
    let of = |row: &mercer_db::Row| Ok((row.get(0)?, row.get(1)?));
    rows.iter().map(of).collect()
}
