//! The stock room as carts see it: costs, and from where their lines are taken.
//!
//! Reads within the caller's transaction and changes nothing: the caller holds the legs.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use mercer_connect::cart::{PortError, StockAnswer, StockAsk, StockRoom, UnitCost};
use mercer_db::{Tx, params};
use mercer_engine_kit::decision::Decision;
use mercer_engine_kit::seed::Seed;
use mercer_ledger::transfer::{Leg, Lots};
use mercer_stock_engine::decide;
use mercer_stock_engine::input::{Ask, LineOutcome, Outcome, Verdict};
use mercer_stock_engine::policy::{Policy, ShortLines};
use mercer_stock_engine::reason::Why;

use crate::error::StockError;
use crate::gather::gather;
use crate::{accounts, store};

/// Answers carts from the tables and the ledger.
pub struct Room;

/// A decision with the legs of its lines.
pub(crate) struct Allocated {
    pub decision: Decision<Outcome, Why>,
    /// By line of the outcome, in their order.
    pub legs: Vec<Vec<Leg>>,
}

/// Decides from where the asks are taken, under the shop's policy.
pub(crate) fn allocate(
    tx: &mut Tx<'_>,
    now: Timestamp,
    country: Option<&str>,
    asks: Vec<Ask>,
    policy: Policy,
) -> Result<Allocated, StockError> {
    let gathered = gather(tx, now, country, asks)?;
    let decision = decide(&gathered.input, &policy, Seed(0));
    let lines = &decision.outcome.lines;
    let legs = lines.iter().map(|line| legs_of(line, &gathered.location_ids)).collect();
    Ok(Allocated { decision, legs })
}

/// The shop's policy, with what becomes of lines that are short.
pub(crate) fn policy(tx: &mut Tx<'_>, short_lines: ShortLines) -> Result<Policy, StockError> {
    Ok(Policy { choice: store::choice(tx)?, short_lines, ..Policy::default() })
}

fn legs_of(line: &LineOutcome, location_ids: &HashMap<String, String>) -> Vec<Leg> {
    let leg = |taken: &mercer_stock_engine::input::Taken| {
        let id = location_ids.get(&taken.location)?;
        Some(Leg {
            line: line.line,
            from: accounts::available(&line.sku, id),
            to: accounts::world(&line.sku, "sold"),
            quantity: taken.quantity,
            lots: Lots::Next,
        })
    };
    line.places.iter().filter_map(leg).collect()
}

impl StockRoom for Room {
    fn costs(
        &self,
        tx: &mut Tx<'_>,
        skus: &[&str],
    ) -> Result<BTreeMap<String, UnitCost>, PortError> {
        if skus.is_empty() {
            return Ok(BTreeMap::new());
        }
        let rows = tx.fetch_by_keys(
            "SELECT sku, unit_cost_minor, price_floor_minor FROM stock_items
             WHERE sku IN ({{keys}})",
            params![],
            skus,
        )?;
        let costs = rows.iter().map(|row| {
            Ok((row.get(0)?, UnitCost { cost_minor: row.get(1)?, floor_minor: row.get(2)? }))
        });
        costs.collect()
    }

    fn allocate(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        country: Option<&str>,
        asks: &[StockAsk],
    ) -> Result<Vec<StockAnswer>, PortError> {
        let asks = asks
            .iter()
            .map(|ask| Ask { line: ask.line, sku: ask.sku.clone(), quantity: ask.quantity })
            .collect();
        let policy = policy(tx, ShortLines::Refuse).map_err(port_error)?;
        let Allocated { decision, legs } =
            allocate(tx, now, country, asks, policy).map_err(port_error)?;
        let answers = decision.outcome.lines.into_iter().zip(legs).map(|(line, legs)| {
            let n_back_ordered = line.n_back_ordered();
            StockAnswer {
                line: line.line,
                is_tracked: line.verdict != Verdict::Untracked,
                n_found: line.n_found,
                n_back_ordered,
                places: line.places.into_iter().map(|one| (one.location, one.quantity)).collect(),
                legs,
            }
        });
        Ok(answers.collect())
    }
}

fn port_error(error: StockError) -> PortError {
    match error {
        StockError::Db(error) => PortError::Db(error),
        StockError::Ledger(error) => PortError::Ledger(error),
        StockError::Port(error) => error,
        other => PortError::Broken { what: "stock".to_owned(), reason: other.to_string() },
    }
}
