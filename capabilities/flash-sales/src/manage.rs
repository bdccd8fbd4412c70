//! Writing sales down, setting their pools aside, ending them.

use jiff::Timestamp;
use mercer_connect::cart::StockAsk;
use mercer_core::fact::NewFact;
use mercer_core::id::{FlashSaleKind, Id};
use mercer_db::{Tx, params};
use mercer_jobs::NewJob;
use mercer_ledger::account::{NewAccount, open};
use mercer_ledger::read::balances;
use mercer_ledger::transfer::{Leg, Lots, NewLot, Transfer, transfer};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::jobs::{END_JOB, START_JOB};
use crate::store::{self, Item, Sale, SaleState};
use crate::{FlashError, FlashSales, N_ITEMS_MAX, N_UNITS_MAX, accounts};

/// Minutes of a turn unless the sale says otherwise: long enough to look at a cart and press on.
pub const TURN_MINUTES: i64 = 3;
/// Longest turn: a queue must move.
const TURN_MINUTES_MAX: i64 = 60;
/// Longest name of a sale or code of a segment.
const N_BYTES_MAX: usize = 200;
/// Most segments of one sale: as many as the field names.
const N_SEGMENTS_MAX: usize = 50;

/// A sale to write down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaleAsk {
    /// What customers read.
    #[schema(example = "Lantern hour")]
    pub name: String,
    /// From when on.
    #[schema(value_type = String, format = DateTime)]
    pub starts_at: Timestamp,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: Timestamp,
    /// Units of all its SKUs that one shopper may have; as many as there are if not given.
    #[serde(default)]
    pub customer_units_max: Option<i64>,
    /// Codes of segments that alone may buy; everybody if empty.
    #[serde(default)]
    pub segments: Vec<String>,
    /// Minutes of a turn in the queue, 1 to 60.
    #[serde(default = "turn_minutes")]
    pub turn_minutes: i64,
    /// What it sells, 1 to 200 SKUs.
    pub items: Vec<Item>,
}

fn turn_minutes() -> i64 {
    TURN_MINUTES
}

impl SaleAsk {
    fn check(&self, now: Timestamp) -> Result<(), FlashError> {
        let invalid = |field: &str, sentence: &str| {
            Err(FlashError::Invalid { field: field.to_owned(), sentence: sentence.to_owned() })
        };
        // PostgreSQL takes no zero byte.
        let is_text = |text: &str| {
            !text.trim().is_empty() && text.len() <= N_BYTES_MAX && !text.contains('\0')
        };
        if !is_text(&self.name) {
            return invalid("name", "A name has 1 to 200 bytes of text.");
        }
        if self.starts_at >= self.ends_at {
            return invalid("ends_at", "The sale ends before it starts.");
        }
        if self.ends_at <= now {
            return invalid("ends_at", "The sale would be over already.");
        }
        if self.customer_units_max.is_some_and(|max| !(1..=N_UNITS_MAX).contains(&max)) {
            return invalid("customer_units_max", "A cap is at least 1 unit.");
        }
        if !(1..=TURN_MINUTES_MAX).contains(&self.turn_minutes) {
            return invalid("turn_minutes", "A turn lasts 1 to 60 minutes.");
        }
        let is_code = |code: &String| is_text(code) && !code.contains(',');
        if self.segments.len() > N_SEGMENTS_MAX || !self.segments.iter().all(is_code) {
            return invalid("segments", "Give up to 50 codes of segments, without commas.");
        }
        if self.items.is_empty() || self.items.len() > N_ITEMS_MAX {
            return invalid("items", "A sale has 1 to 200 SKUs.");
        }
        for (place, Item { sku, unit_price_minor, n_units }) in self.items.iter().enumerate() {
            let field = |name: &str| format!("items[{place}].{name}");
            if !is_text(sku) {
                return invalid(&field("sku"), "A SKU has 1 to 200 bytes of text.");
            }
            if self.items[..place].iter().any(|other| other.sku == *sku) {
                return invalid(&field("sku"), "This SKU stands twice.");
            }
            if *unit_price_minor < 0 {
                return invalid(&field("unit_price_minor"), "A price is zero or above.");
            }
            if !(1..=N_UNITS_MAX).contains(n_units) {
                return invalid(&field("n_units"), "A pool has 1 to 10,000,000 units.");
            }
        }
        Ok(())
    }
}

impl FlashSales {
    /// Writes a sale down as a draft.
    ///
    /// # Errors
    /// A field that cannot be used; the database's.
    pub fn create(&self, ask: &SaleAsk) -> Result<Sale, FlashError> {
        let now = self.context.clock.now();
        ask.check(now)?;
        let id = Id::<FlashSaleKind>::random(now, &*self.context.entropy).to_string();
        self.context.db.write(|tx| {
            tx.execute(
                "INSERT INTO flash_sales (id, name, state, starts_at, ends_at, customer_units_max,
                                          segments, turn_minutes, created_at)
                 VALUES ($1, $2, 'draft', $3, $4, $5, $6, $7, $8)",
                params![
                    &id,
                    ask.name.trim(),
                    ask.starts_at.as_microsecond(),
                    ask.ends_at.as_microsecond(),
                    ask.customer_units_max,
                    ask.segments.join(","),
                    ask.turn_minutes,
                    now.as_microsecond()
                ],
            )?;
            write_items(tx, &id, &ask.items)?;
            store::find(tx, &id, false)
        })
    }

    /// Writes a draft anew.
    ///
    /// # Errors
    /// It is no draft any more; as [`FlashSales::create`].
    pub fn change(&self, id: &str, ask: &SaleAsk) -> Result<Sale, FlashError> {
        let now = self.context.clock.now();
        ask.check(now)?;
        self.context.db.write(|tx| {
            let sale = store::find(tx, id, true)?;
            if sale.state != SaleState::Draft {
                let state = sale.state.name();
                return Err(FlashError::Conflict {
                    sentence: format!("The sale is {state}; only a draft can be changed."),
                });
            }
            tx.execute(
                "UPDATE flash_sales SET name = $2, starts_at = $3, ends_at = $4,
                        customer_units_max = $5, segments = $6, turn_minutes = $7 WHERE id = $1",
                params![
                    id,
                    ask.name.trim(),
                    ask.starts_at.as_microsecond(),
                    ask.ends_at.as_microsecond(),
                    ask.customer_units_max,
                    ask.segments.join(","),
                    ask.turn_minutes
                ],
            )?;
            tx.execute("DELETE FROM flash_items WHERE sale_id = $1", params![id])?;
            write_items(tx, id, &ask.items)?;
            store::find(tx, id, false)
        })
    }

    /// Sets the pool aside and the clock for its start and end. Once it is scheduled, once again
    /// changes nothing.
    ///
    /// # Errors
    /// It is over, or there is less stock than its pool.
    pub fn schedule(&self, id: &str) -> Result<Sale, FlashError> {
        let now = self.context.clock.now();
        self.context.db.write(|tx| {
            let sale = store::find(tx, id, true)?;
            match sale.state {
                SaleState::Scheduled => return Ok(sale),
                SaleState::Draft if now < sale.ends_at => {}
                _ => {
                    let sentence = "The sale is over; write a new one.".to_owned();
                    return Err(FlashError::Conflict { sentence });
                }
            }
            self.check_stock(tx, now, &sale)?;
            fill_pools(tx, now, &sale)?;
            for (kind, due_at) in [(START_JOB, sale.starts_at), (END_JOB, sale.ends_at)] {
                let job = NewJob {
                    kind,
                    unique_key: Some(format!("{kind}:{id}")),
                    payload: json!({ "sale": id }),
                    due_at,
                };
                mercer_jobs::schedule(tx, now, &job)?;
            }
            set_state(tx, now, id, SaleState::Scheduled)?;
            store::find(tx, id, false)
        })
    }

    fn check_stock(&self, tx: &mut Tx<'_>, now: Timestamp, sale: &Sale) -> Result<(), FlashError> {
        let asks: Vec<StockAsk> = sale
            .items
            .iter()
            .zip(0..)
            .map(|(item, line)| StockAsk { line, sku: item.sku.clone(), quantity: item.n_units })
            .collect();
        let answers = self.stock.allocate(tx, now, None, &asks)?;
        for (place, (item, answer)) in sale.items.iter().zip(&answers).enumerate() {
            let n_there = answer.n_found - answer.n_back_ordered;
            if answer.is_tracked && n_there < item.n_units {
                return Err(FlashError::Invalid {
                    field: format!("items[{place}].n_units"),
                    sentence: format!(
                        "The pool of {} has {} units, but only {n_there} are in stock.",
                        item.sku, item.n_units
                    ),
                });
            }
        }
        Ok(())
    }

    /// Ends a sale now. Carts that are held keep their price until their hold is over.
    ///
    /// # Errors
    /// There is none of this id; the database's.
    pub fn end(&self, id: &str) -> Result<Sale, FlashError> {
        let now = self.context.clock.now();
        self.context.db.write(|tx| {
            end(tx, now, id)?;
            store::find(tx, id, false)
        })
    }
}

fn write_items(tx: &mut Tx<'_>, id: &str, items: &[Item]) -> Result<(), FlashError> {
    for Item { sku, unit_price_minor, n_units } in items {
        tx.execute(
            "INSERT INTO flash_items (sale_id, sku, unit_price_minor, n_units)
             VALUES ($1, $2, $3, $4)",
            params![id, sku, *unit_price_minor, *n_units],
        )?;
    }
    Ok(())
}

fn set_state(
    tx: &mut Tx<'_>,
    now: Timestamp,
    id: &str,
    state: SaleState,
) -> Result<(), FlashError> {
    let ended_at = (state == SaleState::Ended).then(|| now.as_microsecond());
    tx.execute(
        "UPDATE flash_sales SET state = $2, ended_at = $3 WHERE id = $1",
        params![id, state.name(), ended_at],
    )?;
    let kind = match state {
        SaleState::Ended => "flash_sale.ended",
        _ => "flash_sale.scheduled",
    };
    let fact = NewFact { kind, subject: id.to_owned(), occurred_at: now, payload: json!({}) };
    mercer_facts::append(tx, now, &[fact])?;
    Ok(())
}

fn fill_pools(tx: &mut Tx<'_>, now: Timestamp, sale: &Sale) -> Result<(), FlashError> {
    let mut opened = vec![
        NewAccount::counted(accounts::share_issued(&sale.id)),
        NewAccount::counted(accounts::share_used(&sale.id)),
    ];
    for item in &sale.items {
        opened.push(NewAccount::counted(accounts::pool(&sale.id, &item.sku)));
        opened.push(NewAccount::counted(accounts::issued(&sale.id, &item.sku)));
        opened.push(NewAccount::counted(accounts::sold(&sale.id, &item.sku)));
    }
    open(tx, &opened)?;
    let legs = sale.items.iter().zip(0..).map(|(item, line)| Leg {
        line,
        from: accounts::issued(&sale.id, &item.sku),
        to: accounts::pool(&sale.id, &item.sku),
        quantity: item.n_units,
        lots: Lots::New(NewLot {
            origin: format!("flash:{}", sale.id),
            priority: 0,
            expires_at: None,
        }),
    });
    let filled = Transfer {
        key: format!("flash:{}:pool", sale.id),
        subject: sale.id.clone(),
        reason: "scheduled".to_owned(),
        legs: legs.collect(),
    };
    let _ = transfer(tx, now, &filled)?;
    Ok(())
}

/// Ends a sale: its queue is dissolved and what is left of its pools goes back.
pub(crate) fn end(tx: &mut Tx<'_>, now: Timestamp, id: &str) -> Result<(), FlashError> {
    let sale = store::find(tx, id, true)?;
    if sale.state == SaleState::Ended {
        return Ok(());
    }
    crate::queue::dissolve(tx, now, &sale)?;
    if sale.state == SaleState::Scheduled {
        give_back(tx, now, &sale)?;
    }
    set_state(tx, now, id, SaleState::Ended)
}

/// Takes what is free of the pools back; also when holds end after the sale.
pub(crate) fn give_back(tx: &mut Tx<'_>, now: Timestamp, sale: &Sale) -> Result<(), FlashError> {
    let keys: Vec<_> = sale.items.iter().map(|item| accounts::pool(&sale.id, &item.sku)).collect();
    let left = balances(tx, now, &keys)?;
    let legs: Vec<Leg> = sale
        .items
        .iter()
        .zip(&left)
        .zip(0..)
        .filter(|((_, left), _)| left.available > 0)
        .map(|((item, left), line)| Leg {
            line,
            from: accounts::pool(&sale.id, &item.sku),
            to: accounts::issued(&sale.id, &item.sku),
            quantity: left.available,
            lots: Lots::Next,
        })
        .collect();
    if legs.is_empty() {
        return Ok(());
    }
    let last = mercer_facts::last_sequence(tx)?;
    let back = Transfer {
        key: format!("flash:{}:end:{last}:{}", sale.id, now.as_microsecond()),
        subject: sale.id.clone(),
        reason: "ended".to_owned(),
        legs,
    };
    let _ = transfer(tx, now, &back)?;
    Ok(())
}
