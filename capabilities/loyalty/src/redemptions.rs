//! Redemptions of shops that have no cart quotes: points are taken at once, and come back with the
//! order's returns.
//!
//! A redemption through a quote is none of these: the quote holds, commits and gives back its
//! points itself, and its order's lines stand in the record after that discount.

use jiff::Timestamp;
use mercer_connect::orders::OrderSnapshot;
use mercer_db::{Row, Tx, params};
use mercer_decisions::ReasonRecord;
use mercer_ledger::hold::Portions;
use mercer_ledger::reverse::{Reversal, Spent, reverse};
use mercer_ledger::transfer::{Leg, Lots, Transfer, transfer};
use mercer_loyalty_engine::decide_redemption;
use mercer_loyalty_engine::input::RedemptionInput;
use mercer_loyalty_engine::outcome::RedemptionOutcome;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::members::{is_member, lock, view::spendable};
use crate::standing::NO_SEED;
use crate::{Loyalty, LoyaltyError, N_KEY_BYTES_MAX, accounts, look};

/// A wish to pay with points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedemptionAsk {
    /// The shop's id of it; the same id is done once.
    #[schema(example = "R-17")]
    pub key: String,
    /// Points to spend; as many as possible if not given.
    #[serde(default)]
    pub points: Option<i64>,
    /// What is to be paid, minor units, after all discounts.
    pub payable_minor: i64,
    /// Its currency.
    #[schema(example = "GBP")]
    pub currency: String,
    /// Code of the order's channel; with the number.
    #[serde(default)]
    pub channel: Option<String>,
    /// The shop's number of the order that is paid so, so that its returns give points back; the
    /// order may come later.
    #[serde(default)]
    pub order_number: Option<String>,
}

/// Points that paid for something.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RedemptionView {
    /// The shop's id of it.
    pub key: String,
    /// Points taken.
    pub points: i64,
    /// What they paid, minor units.
    pub minor: i64,
    /// Points that came back since.
    pub given_back: i64,
    /// Whether it was cancelled as a whole.
    pub is_cancelled: bool,
    /// Why so many; empty for a repetition.
    pub reasons: Vec<ReasonRecord>,
    /// False when it had been done before; nothing was changed then.
    pub is_new: bool,
}

/// A redemption as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RedemptionRow {
    pub customer: String,
    pub key: String,
    pub points: i64,
    pub minor: i64,
    given_back: i64,
    is_cancelled: bool,
    transfer_id: i64,
    ask: String,
    order: Option<(String, String)>,
}

impl RedemptionRow {
    /// By which name the engine speaks of it.
    pub(crate) fn lot(&self) -> String {
        format!("redemption:{}", self.key)
    }

    fn view(&self, is_new: bool, reasons: Vec<ReasonRecord>) -> RedemptionView {
        RedemptionView {
            key: self.key.clone(),
            points: self.points,
            minor: self.minor,
            given_back: self.given_back,
            is_cancelled: self.is_cancelled,
            reasons,
            is_new,
        }
    }
}

const COLUMNS: &str = "customer_id, key, points_redeemed, minor, given_back, is_cancelled, transfer_id, \
    ask, channel, number";

fn of_row(row: &Row) -> Result<RedemptionRow, LoyaltyError> {
    let order: (Option<String>, Option<String>) = (row.get(8)?, row.get(9)?);
    Ok(RedemptionRow {
        customer: row.get(0)?,
        key: row.get(1)?,
        points: row.get(2)?,
        minor: row.get(3)?,
        given_back: row.get(4)?,
        is_cancelled: row.get(5)?,
        transfer_id: row.get(6)?,
        ask: row.get(7)?,
        order: order.0.zip(order.1),
    })
}

/// What a customer redeemed on an order, cancelled ones left out.
pub(crate) fn of_order(
    tx: &mut Tx<'_>,
    order: &OrderSnapshot,
    customer: &str,
) -> Result<Vec<RedemptionRow>, LoyaltyError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM loyalty_redemptions
         WHERE channel = $1 AND number = $2 AND customer_id = $3 AND is_cancelled = 0 ORDER BY key"
    );
    let rows = tx.fetch(&sql, params![&order.channel, &order.number, customer])?;
    rows.iter().map(of_row).collect()
}

fn find(tx: &mut Tx<'_>, customer: &str, key: &str) -> Result<Option<RedemptionRow>, LoyaltyError> {
    let sql =
        format!("SELECT {COLUMNS} FROM loyalty_redemptions WHERE customer_id = $1 AND key = $2");
    tx.fetch_optional(&sql, params![customer, key])?.as_ref().map(of_row).transpose()
}

/// Gives points back until so many came back in all, to the lots they came from with their old
/// expiry. What came back once stays back, also if a refund is called off later.
pub(crate) fn give_back(
    tx: &mut Tx<'_>,
    now: Timestamp,
    row: &RedemptionRow,
    points: i64,
) -> Result<(), LoyaltyError> {
    let more = points.min(row.points) - row.given_back;
    if more <= 0 {
        return Ok(());
    }
    let reversal = Reversal {
        key: format!("redeem:{}:{}:back:{points}", row.customer, row.key),
        transfer_id: row.transfer_id,
        subject: row.lot(),
        reason: "given_back".to_owned(),
        portions: Portions::Lines(vec![(0, more)]),
        spent: Spent::Refuse,
    };
    let _ = reverse(tx, now, &reversal)?;
    tx.execute(
        "UPDATE loyalty_redemptions SET given_back = $3 WHERE customer_id = $1 AND key = $2",
        params![&row.customer, &row.key, row.given_back + more],
    )?;
    look::wake_if_over(tx, now)?;
    accounts::tighten(tx, &row.customer)
}

impl RedemptionAsk {
    fn check(&self) -> Result<(), LoyaltyError> {
        if self.key.trim().is_empty() || self.key.len() > N_KEY_BYTES_MAX {
            let sentence = format!("A key has 1 to {N_KEY_BYTES_MAX} bytes.");
            return Err(LoyaltyError::invalid("key", sentence));
        }
        if self.key.chars().any(char::is_control) {
            return Err(LoyaltyError::invalid("key", "A key has no control characters."));
        }
        if self.channel.is_some() != self.order_number.is_some() {
            let sentence = "Give the channel and the number of an order together, or neither.";
            return Err(LoyaltyError::invalid("order_number", sentence));
        }
        Ok(())
    }
}

impl Loyalty {
    /// Pays with points, once a key.
    ///
    /// # Errors
    /// No programme, no such member, a field that cannot be used, another redemption under this
    /// key; no points can be spent here, and why.
    pub fn redeem(
        &self,
        customer: &str,
        ask: &RedemptionAsk,
    ) -> Result<RedemptionView, LoyaltyError> {
        ask.check()?;
        let now = self.context.clock.now();
        let text = serde_json::to_string(ask)
            .map_err(|error| LoyaltyError::broken("a redemption", error))?;
        self.context.db.write(|tx| {
            let force = self.in_force_or_conflict(tx)?;
            lock(tx, &[customer])?;
            if !is_member(tx, customer)? {
                return Err(LoyaltyError::unknown("member", customer));
            }
            if let Some(row) = find(tx, customer, &ask.key)? {
                return match row.ask == text {
                    true => Ok(row.view(false, Vec::new())),
                    false => Err(LoyaltyError::conflict(
                        "This key was used for another redemption: choose a new one.",
                    )),
                };
            }
            let currency = ask.currency.parse().map_err(|_| {
                LoyaltyError::invalid("currency", "It is no ISO 4217 code, such as GBP.")
            })?;
            accounts::tighten(tx, customer)?;
            let input = RedemptionInput {
                available: spendable(tx, now, customer)?,
                wanted: ask.points,
                payable_minor: ask.payable_minor,
                currency,
            };
            let decision = decide_redemption(&input, force.programme(), NO_SEED);
            let reasons = ReasonRecord::all(&decision.reasons);
            let sentence = reasons.first().map_or_else(String::new, |why| why.sentence.clone());
            let (points, minor) = match decision.outcome {
                RedemptionOutcome::Redeem { points, minor } => (points, minor),
                RedemptionOutcome::Nothing => return Err(LoyaltyError::LimitReached { sentence }),
                RedemptionOutcome::Refused => {
                    return Err(LoyaltyError::invalid("payable_minor", sentence));
                }
            };
            let row = take(tx, now, (customer, ask, text.clone()), (points, minor))?;
            self.settle_paid(tx, now, row.order.as_ref())?;
            Ok(row.view(true, reasons))
        })
    }

    /// Gives all points of a redemption back that did not come back yet; once more changes nothing.
    ///
    /// # Errors
    /// No such redemption; the database's.
    pub fn cancel_redemption(
        &self,
        customer: &str,
        key: &str,
    ) -> Result<RedemptionView, LoyaltyError> {
        let now = self.context.clock.now();
        self.context.db.write(|tx| {
            lock(tx, &[customer])?;
            let unknown = || LoyaltyError::unknown("redemption", key);
            let row = find(tx, customer, key)?.ok_or_else(unknown)?;
            if row.is_cancelled {
                return Ok(row.view(false, Vec::new()));
            }
            give_back(tx, now, &row, row.points)?;
            tx.execute(
                "UPDATE loyalty_redemptions SET is_cancelled = 1
                 WHERE customer_id = $1 AND key = $2",
                params![customer, key],
            )?;
            self.settle_paid(tx, now, row.order.as_ref())?;
            let row = find(tx, customer, key)?.ok_or_else(unknown)?;
            Ok(row.view(true, Vec::new()))
        })
    }

    /// An order that is there already earns less by what points paid of it.
    fn settle_paid(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        order: Option<&(String, String)>,
    ) -> Result<(), LoyaltyError> {
        let Some((channel, number)) = order else { return Ok(()) };
        match self.orders.order_by_number(tx, channel, number)? {
            Some(order) => self.settle_order(tx, now, &order.id),
            None => Ok(()),
        }
    }
}

fn take(
    tx: &mut Tx<'_>,
    now: Timestamp,
    (customer, ask, text): (&str, &RedemptionAsk, String),
    (points, minor): (i64, i64),
) -> Result<RedemptionRow, LoyaltyError> {
    let leg = Leg {
        line: 0,
        from: accounts::available(customer),
        to: accounts::spent(),
        quantity: points,
        lots: Lots::Next,
    };
    let new = Transfer {
        key: format!("redeem:{customer}:{}", ask.key),
        subject: format!("redemption:{}", ask.key),
        reason: "redeemed".to_owned(),
        legs: vec![leg],
    };
    let posted = transfer(tx, now, &new)?;
    tx.execute(
        "INSERT INTO loyalty_redemptions (customer_id, key, channel, number, points_redeemed, minor,
            given_back, is_cancelled, transfer_id, redeemed_at, ask)
         VALUES ($1, $2, $3, $4, $5, $6, 0, 0, $7, $8, $9)",
        params![
            customer,
            &ask.key,
            ask.channel.clone(),
            ask.order_number.clone(),
            points,
            minor,
            posted.transfer_id,
            now.as_microsecond(),
            text
        ],
    )?;
    let row = find(tx, customer, &ask.key)?;
    row.ok_or_else(|| LoyaltyError::unknown("redemption", &ask.key))
}
