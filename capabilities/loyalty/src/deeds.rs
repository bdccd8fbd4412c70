//! What members did: orders, reviews, birthdays and the like, from which tiers and challenges are
//! computed, also for the past.

use jiff::Timestamp;
use mercer_db::{Row, Tx, params};
use mercer_loyalty_engine::calendar::Day;
use mercer_loyalty_engine::input::{Earned, GameFact, TierFact};
use mercer_loyalty_engine::policy::games::Deed;
use mercer_loyalty_engine::policy::tiers::Measure;

use crate::LoyaltyError;
use crate::book::day_of_number;
use crate::terms::InForce;

/// Something that a member did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeedRow {
    pub fact: String,
    pub customer: String,
    pub deed: Deed,
    pub day: Day,
    pub at: Timestamp,
    pub amount_minor: i64,
    pub returned_minor: i64,
    pub is_undone: bool,
    pub products: Vec<String>,
    pub categories: Vec<String>,
}

impl DeedRow {
    /// A deed without any money.
    pub(crate) fn plain(
        fact: &str,
        customer: &str,
        deed: Deed,
        (day, at): (Day, Timestamp),
    ) -> Self {
        Self {
            fact: fact.to_owned(),
            customer: customer.to_owned(),
            deed,
            day,
            at,
            amount_minor: 0,
            returned_minor: 0,
            is_undone: false,
            products: Vec::new(),
            categories: Vec::new(),
        }
    }
}

fn name_of(deed: Deed) -> &'static str {
    match deed {
        Deed::Order => "order",
        Deed::Review => "review",
        Deed::Share => "share",
        Deed::Profile => "profile",
        Deed::Birthday => "birthday",
        Deed::Referral => "referral",
    }
}

fn deed_of(name: &str) -> Result<Deed, LoyaltyError> {
    let value = serde_json::Value::String(name.to_owned());
    serde_json::from_value(value).map_err(|error| LoyaltyError::broken("a deed", error))
}

/// Keeps a deed as it stands now.
pub(crate) fn keep(tx: &mut Tx<'_>, deed: &DeedRow) -> Result<(), LoyaltyError> {
    let list = |texts: &[String]| serde_json::Value::from(texts.to_vec()).to_string();
    tx.execute(
        "INSERT INTO loyalty_deeds (fact, customer_id, deed, day, at, amount_minor, returned_minor,
                                    is_undone, products, categories)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (fact) DO UPDATE SET day = excluded.day, at = excluded.at,
            amount_minor = excluded.amount_minor, returned_minor = excluded.returned_minor,
            is_undone = excluded.is_undone, products = excluded.products,
            categories = excluded.categories",
        params![
            &deed.fact,
            &deed.customer,
            name_of(deed.deed),
            deed.day.number(),
            deed.at.as_microsecond(),
            deed.amount_minor,
            deed.returned_minor,
            deed.is_undone,
            list(&deed.products),
            list(&deed.categories)
        ],
    )?;
    Ok(())
}

/// Says whether a deed still counts.
pub(crate) fn undo(tx: &mut Tx<'_>, fact: &str, is_undone: bool) -> Result<(), LoyaltyError> {
    tx.execute(
        "UPDATE loyalty_deeds SET is_undone = $2 WHERE fact = $1",
        params![fact, is_undone],
    )?;
    Ok(())
}

/// Whose deed it is, what, and whether it was undone.
pub(crate) fn find(
    tx: &mut Tx<'_>,
    fact: &str,
) -> Result<Option<(String, Deed, bool)>, LoyaltyError> {
    let row = tx.fetch_optional(
        "SELECT customer_id, deed, is_undone FROM loyalty_deeds WHERE fact = $1",
        params![fact],
    )?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some((row.get(0)?, deed_of(row.str(1))?, row.get(2)?)))
}

/// All deeds of a member as the engine's challenges take them.
pub(crate) fn game_facts(tx: &mut Tx<'_>, customer: &str) -> Result<Vec<GameFact>, LoyaltyError> {
    let rows = tx.fetch(
        "SELECT fact, deed, day, amount_minor, returned_minor, is_undone, products, categories
         FROM loyalty_deeds WHERE customer_id = $1 ORDER BY at, fact",
        params![customer],
    )?;
    let mut facts = Vec::with_capacity(rows.len());
    for row in &rows {
        let fact: String = row.get(0)?;
        facts.push(GameFact::Done {
            fact: fact.clone(),
            deed: deed_of(row.str(1))?,
            day: day_of_number(row.get(2)?)?,
            amount_minor: row.get(3)?,
            products: texts(row, 6)?,
            categories: texts(row, 7)?,
        });
        if row.get::<bool>(5)? {
            facts.push(GameFact::Undone { fact });
        } else if row.get::<i64>(4)? > 0 {
            let amount_minor = row.get(4)?;
            facts.push(GameFact::Lessened { by: format!("{fact}:returns"), fact, amount_minor });
        }
    }
    Ok(facts)
}

fn texts(row: &Row, column: usize) -> Result<Vec<String>, LoyaltyError> {
    serde_json::from_str(row.str(column)).map_err(|error| LoyaltyError::broken("a deed", error))
}

/// What counts towards the tiers of a member, without one fact.
pub(crate) fn tier_facts(
    tx: &mut Tx<'_>,
    force: &InForce,
    customer: &str,
    without: Option<&str>,
) -> Result<Vec<TierFact>, LoyaltyError> {
    let Some(tiers) = &force.programme().tiers else { return Ok(Vec::new()) };
    let sql = match tiers.measure {
        Measure::Points => {
            "SELECT fact, day, CAST(SUM(granted - due_back) AS BIGINT) FROM loyalty_lots
             WHERE customer_id = $1 AND fact <> $2 GROUP BY fact, day ORDER BY day, fact"
        }
        Measure::Spend => {
            "SELECT fact, day, amount_minor - returned_minor FROM loyalty_deeds
             WHERE customer_id = $1 AND fact <> $2 AND deed = 'order' AND is_undone = 0
             ORDER BY day, fact"
        }
    };
    let rows = tx.fetch(sql, params![customer, without.unwrap_or_default()])?;
    let of = |row: &Row| {
        let (fact, amount) = (row.get(0)?, row.get(2)?);
        Ok(TierFact { fact, day: day_of_number(row.get(1)?)?, amount })
    };
    rows.iter().map(of).collect()
}

/// What a member earned under the rules that have limits.
pub(crate) fn earned(
    tx: &mut Tx<'_>,
    force: &InForce,
    customer: &str,
) -> Result<Vec<Earned>, LoyaltyError> {
    if force.programme().earning.iter().all(|rule| rule.limits.is_empty()) {
        return Ok(Vec::new());
    }
    let rows = tx.fetch(
        "SELECT fact, rule, day, CAST(SUM(granted - due_back) AS BIGINT) FROM loyalty_lots
         WHERE customer_id = $1 GROUP BY fact, rule, day ORDER BY day, fact, rule",
        params![customer],
    )?;
    let of = |row: &Row| {
        let (fact, rule, points) = (row.get(0)?, row.get(1)?, row.get(3)?);
        Ok(Earned { fact, rule, day: day_of_number(row.get(2)?)?, points })
    };
    rows.iter().map(of).collect()
}

/// Orders of a customer before an instant that still count, one fact left out.
pub(crate) fn n_orders_before(
    tx: &mut Tx<'_>,
    customer: &str,
    (at, fact): (Timestamp, &str),
) -> Result<u32, LoyaltyError> {
    let n: i64 = tx.fetch_value(
        "SELECT COUNT(*) FROM loyalty_deeds WHERE customer_id = $1 AND deed = 'order'
         AND is_undone = 0 AND fact <> $3 AND (at < $2 OR (at = $2 AND fact < $3))",
        params![customer, at.as_microsecond(), fact],
    )?;
    Ok(u32::try_from(n).unwrap_or(u32::MAX))
}
