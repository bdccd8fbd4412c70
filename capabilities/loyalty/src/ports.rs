//! What quotes, promotions and segments ask of loyalty: points to pay with, tier, balance.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mercer_connect::cart::{
    CustomerTraits, PointsOffer, PointsWallet, PortError, TraitKind, TraitName,
};
use mercer_db::{Tx, params};
use mercer_ledger::transfer::{Leg, Lots};
use serde_json::{Value, json};

use crate::members::{is_member, lock, view::spendable};
use crate::offer::points_offer;
use crate::{Loyalty, accounts};

/// Names that loyalty answers of a customer.
const NAMES: &[TraitName] = &[
    TraitName {
        name: "tier",
        kind: TraitKind::Text,
        sentence: "Id of the loyalty tier, such as gold.",
    },
    TraitName {
        name: "points",
        kind: TraitKind::Number,
        sentence: "Loyalty points that can be spent now.",
    },
];

impl PointsWallet for Loyalty {
    fn offer(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        customer_id: &str,
    ) -> Result<Option<PointsOffer>, PortError> {
        let Some(force) = self.in_force(tx)? else { return Ok(None) };
        if !is_member(tx, customer_id)? {
            return Ok(None);
        }
        let available = spendable(tx, now, customer_id)?;
        Ok(points_offer(force.programme(), available))
    }

    fn legs(
        &self,
        tx: &mut Tx<'_>,
        _: Timestamp,
        customer_id: &str,
        points: i64,
    ) -> Result<Vec<Leg>, PortError> {
        // The account's floor is where its debt stands: a cart never holds more than is there.
        lock(tx, &[customer_id])?;
        accounts::tighten(tx, customer_id)?;
        let (from, to) = (accounts::available(customer_id), accounts::spent());
        Ok(vec![Leg { line: 0, from, to, quantity: points, lots: Lots::Next }])
    }
}

impl CustomerTraits for Loyalty {
    fn names(&self) -> &'static [TraitName] {
        NAMES
    }

    fn add(
        &self,
        tx: &mut Tx<'_>,
        customer_id: &str,
        traits: &mut BTreeMap<String, Value>,
    ) -> Result<bool, PortError> {
        let row = tx.fetch_optional(
            "SELECT tier FROM loyalty_members WHERE customer_id = $1",
            params![customer_id],
        )?;
        let Some(row) = row else { return Ok(false) };
        if let Some(tier) = row.get::<Option<String>>(0)? {
            traits.insert("tier".to_owned(), json!(tier));
        }
        let points = spendable(tx, self.context.clock.now(), customer_id)?;
        traits.insert("points".to_owned(), json!(points));
        Ok(true)
    }
}
