//! Orders and what came back of them: brings points, bonuses and redemptions to what the order
//! calls for as it stands now.
//!
//! Looks at the order, never at the fact that told of it: the same fact again, or facts in another
//! order, end the same.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mercer_connect::orders::OrderSnapshot;
use mercer_db::{Tx, params};
use mercer_decisions::ReasonRecord;
use mercer_engine_kit::money::Rounding;
use mercer_loyalty_engine::calendar::Day;
use mercer_loyalty_engine::input::{BonusLot, LineLot, Order, OrderInput, Return, ReturnsInput};
use mercer_loyalty_engine::model::earn::redeemed_by_line;
use mercer_loyalty_engine::outcome::{EarnOutcome, ReturnsOutcome};
use mercer_loyalty_engine::policy::games::Deed;
use mercer_loyalty_engine::posting::Movement;
use mercer_loyalty_engine::{decide_order, decide_returns};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::book::{self, Goal, LotRow, Origin, Source, lots_of_fact};
use crate::deeds::{self, DeedRow};
use crate::prepare::{self, Terms};
use crate::redemptions::{self, RedemptionRow};
use crate::referrals::{self, FriendOrder};
use crate::standing::{NO_SEED, refresh, tier_id, tier_on};
use crate::terms::InForce;
use crate::{Loyalty, LoyaltyError, log, members};

/// An order as loyalty knows it already.
struct Known {
    fact: String,
    hash: String,
    version: i64,
    tier: Option<String>,
    earns: bool,
    why: Vec<ReasonRecord>,
}

fn known(tx: &mut Tx<'_>, order_id: &str, customer: &str) -> Result<Option<Known>, LoyaltyError> {
    let row = tx.fetch_optional(
        "SELECT fact, content_hash, terms_version, tier, earns, why FROM loyalty_orders
         WHERE order_id = $1 AND customer_id = $2",
        params![order_id, customer],
    )?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Known {
        fact: row.get(0)?,
        hash: row.get(1)?,
        version: row.get(2)?,
        tier: row.get(3)?,
        earns: row.get(4)?,
        why: serde_json::from_str(row.str(5))
            .map_err(|error| LoyaltyError::broken("reasons", error))?,
    }))
}

/// An order being settled.
struct Settling<'a> {
    force: InForce,
    snapshot: &'a OrderSnapshot,
    customer: &'a str,
    fact: String,
    /// As the engine takes it; none when it cannot be put to it.
    order: Option<Order>,
    redemptions: Vec<RedemptionRow>,
    earns: bool,
    /// Whether it earns for the first time.
    is_new: bool,
    why: Vec<ReasonRecord>,
}

impl Loyalty {
    /// Books what an order calls for as it stands now.
    pub(crate) fn settle_order(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        order_id: &str,
    ) -> Result<(), LoyaltyError> {
        let Some(force) = self.in_force(tx)? else { return Ok(()) };
        let Some(snapshot) = self.orders.order(tx, order_id)? else { return Ok(()) };
        let n_others = let_go_of_others(tx, now, &force, &snapshot)?;
        let Some(customer) = &snapshot.customer_id else { return Ok(()) };
        self.join(tx, now, &force, customer)?;
        let referrer = referrals::referrer_of(tx, customer)?;
        if let Some(referrer) = &referrer {
            members::lock(tx, &[customer, referrer])?;
        }
        let mut settling = self.earn(tx, now, force, (&snapshot, customer, n_others))?;
        keep_deed(tx, &settling)?;
        // Asked once, when the order is new: what comes back later takes the bonuses along.
        let is_asked = settling.is_new && !is_all_back(&snapshot);
        if let Some(referrer) = referrer.as_deref().filter(|_| is_asked) {
            let order = FriendOrder {
                fact: &settling.fact,
                friend: customer,
                referrer,
                day: day_of(&snapshot)?,
                at: snapshot.placed_at,
                minor: goods_minor(&snapshot),
            };
            referrals::reward(tx, now, &settling.force, &order)?;
        }
        settle_returns(tx, now, &mut settling)?;
        referrals::follow_order(tx, &settling.fact, is_all_back(&snapshot))?;
        write_down(tx, now, &settling)?;
        // Members stand by the programme in force, whatever the order was decided by.
        let force = self.in_force_or_conflict(tx)?;
        refresh(tx, now, &force, customer)?;
        match referrer {
            Some(referrer) if referrer != *customer => refresh(tx, now, &force, &referrer),
            _ => Ok(()),
        }
    }

    /// Grants what the order earns, once for each content it has.
    fn earn<'a>(
        &self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        in_force: InForce,
        (snapshot, customer, n_others): (&'a OrderSnapshot, &'a str, usize),
    ) -> Result<Settling<'a>, LoyaltyError> {
        let known = known(tx, &snapshot.id, customer)?;
        let day = day_of(snapshot)?;
        let is_open = known.as_ref().is_none_or(|known| !known.earns);
        let earns = if is_open { in_force.earns_on(day) } else { true };
        let force = match &known {
            Some(known) if !is_open => self.version(tx, known.version)?,
            _ => in_force,
        };
        let fact = match &known {
            Some(known) => known.fact.clone(),
            // Lots belong to one customer: whoever takes an order over has lots of their own.
            None if n_others > 0 => format!("{}~{customer}", snapshot.id),
            None => snapshot.id.clone(),
        };
        let redemptions = redemptions::of_order(tx, snapshot, customer)?;
        let (order, fault) = put(snapshot, &force, &redemptions, &fact);
        let hash = hash_of(order.as_ref());
        let mut settling = Settling {
            force,
            snapshot,
            customer,
            fact,
            order,
            redemptions,
            earns,
            is_new: is_open && earns,
            why: fault.into_iter().collect(),
        };
        let is_as_before =
            known.as_ref().is_some_and(|known| known.hash == hash && known.earns == earns);
        if let (true, Some(known)) = (is_as_before, &known) {
            settling.why.clone_from(&known.why);
            return Ok(settling);
        }
        let tier = match known.filter(|_| !is_open) {
            Some(known) => known.tier,
            None => {
                let when = (customer, day);
                let tier = tier_on(tx, &settling.force, when, Some(&settling.fact))?;
                tier_id(&tier.outcome).map(str::to_owned)
            }
        };
        if earns {
            grant_all(tx, now, &mut settling, tier.clone())?;
        }
        keep(tx, &settling, (&hash, tier))?;
        Ok(settling)
    }
}

/// The order as the engine takes it, or why it cannot be put to it.
fn put(
    snapshot: &OrderSnapshot,
    force: &InForce,
    redemptions: &[RedemptionRow],
    fact: &str,
) -> (Option<Order>, Option<ReasonRecord>) {
    let paid: i64 = redemptions.iter().map(|one| one.minor).fold(0, i64::saturating_add);
    let payable = goods_minor(snapshot).saturating_add(snapshot.shipping_minor).max(0);
    let terms = Terms {
        prices_include_tax: force.terms.prices_include_tax,
        redeemed_minor: paid.min(payable),
    };
    match prepare::order(snapshot, terms) {
        Ok(order) => (order.map(|order| Order { id: fact.to_owned(), ..order }), None),
        Err(error) => {
            let reason = ReasonRecord {
                code: "unreadable".to_owned(),
                sentence: format!("Not counted: {error}."),
                weight: 10.0,
                numbers: json!({}),
            };
            (None, Some(reason))
        }
    }
}

/// Grants what the order earns under its terms; what it earned before and no longer does is taken
/// back.
fn grant_all(
    tx: &mut Tx<'_>,
    now: Timestamp,
    settling: &mut Settling<'_>,
    tier: Option<String>,
) -> Result<(), LoyaltyError> {
    let Some(order) = settling.order.clone() else { return Ok(()) };
    let (force, day) = (&settling.force, order.day);
    let earned = deeds::earned(tx, force, settling.customer)?;
    let input = OrderInput { order, tier, earned };
    let decision = decide_order(&input, force.programme(), NO_SEED);
    let postings = decision.outcome.postings();
    for posting in postings {
        let origin = Origin { fact: &settling.fact, source: Source::Order, line: line_of(posting) };
        book::grant(tx, now, force, posting, origin)?;
    }
    for row in lots_of_fact(tx, &settling.fact, Source::Order)? {
        if !postings.iter().any(|posting| posting.lot == row.lot) {
            let goal = Goal { granted: 0, due_back: 0 };
            book::settle(tx, now, &row, goal, force.programme().when_spent)?;
        }
    }
    if matches!(decision.outcome, EarnOutcome::Earned { .. }) {
        book::renew(tx, now, force, (settling.customer, day))?;
    }
    settling.why = ReasonRecord::all(&decision.reasons);
    Ok(())
}

/// The line of an order's lot, which stands in its key; none for shipping.
pub(crate) fn line_of(posting: &mercer_loyalty_engine::posting::Posting) -> Option<u32> {
    let (_, rest) = posting.lot.rsplit_once(":line:")?;
    rest.split(':').next()?.parse().ok()
}

/// What all that came back so far takes from each lot, and gives back of each redemption.
#[derive(Debug, Default)]
pub(crate) struct DueBack {
    pub of_lots: BTreeMap<String, i64>,
    pub of_redemptions: BTreeMap<String, i64>,
    pub why: Vec<ReasonRecord>,
}

/// Asks the engine about everything that came back of an order, as one return: its shares depend
/// only on the units that are back, not on when each came.
pub(crate) fn due_back(
    snapshot: &OrderSnapshot,
    force: &InForce,
    mut input: ReturnsInput,
) -> DueBack {
    let mut units = BTreeMap::new();
    for line in snapshot.lines.iter().filter(|line| line.quantity > 0) {
        let Ok(number) = u32::try_from(line.position) else { continue };
        input.bought.insert(number, line.quantity);
        let n = if snapshot.is_cancelled { line.quantity } else { line.refunded_quantity };
        if n > 0 {
            units.insert(number, n.min(line.quantity));
        }
    }
    if units.is_empty() {
        return DueBack::default();
    }
    let day = Day::from_number(snapshot.day).unwrap_or(Day::LAST);
    input.returns = vec![Return { id: "so_far".to_owned(), day, units }];
    let decision = decide_returns(&input, force.programme(), NO_SEED);
    let mut due = DueBack { why: ReasonRecord::all(&decision.reasons), ..DueBack::default() };
    if let ReturnsOutcome::Settled { postings, .. } = decision.outcome {
        for posting in postings {
            let of = match posting.movement {
                Movement::GiveBack => &mut due.of_redemptions,
                Movement::TakeBack { .. } | Movement::Grant { .. } => &mut due.of_lots,
            };
            *of.entry(posting.lot).or_default() += posting.points;
        }
    }
    due
}

fn settle_returns(
    tx: &mut Tx<'_>,
    now: Timestamp,
    settling: &mut Settling<'_>,
) -> Result<(), LoyaltyError> {
    let lots = lots_of_fact(tx, &settling.fact, Source::Order)?;
    let bonuses = lots_of_fact(tx, &settling.fact, Source::Referral)?;
    if lots.is_empty() && bonuses.is_empty() && settling.redemptions.is_empty() {
        return Ok(());
    }
    let lines: Vec<i64> = settling.snapshot.lines.iter().map(|line| line.position).collect();
    let is_there = |row: &&LotRow| row.line.is_none_or(|line| lines.contains(&i64::from(line)));
    let of_line = |row: &LotRow| LineLot {
        line: row.line,
        lot: row.lot.clone(),
        rule: row.rule.clone(),
        points: row.earned(),
    };
    let bonus = |row: &LotRow| BonusLot {
        customer: row.customer.clone(),
        lot: row.lot.clone(),
        rule: row.rule.clone(),
        points: row.earned(),
    };
    let programme = settling.force.programme();
    let redeemed = settling.redemptions.iter().flat_map(|one| {
        let order = settling.order.as_ref();
        order.map_or_else(Vec::new, |order| {
            redeemed_by_line(order, one.points, &one.lot(), programme)
        })
    });
    let input = ReturnsInput {
        order: settling.fact.clone(),
        customer: settling.customer.to_owned(),
        bought: BTreeMap::new(),
        earned: lots.iter().filter(is_there).map(of_line).collect(),
        redeemed: redeemed.collect(),
        bonuses: bonuses.iter().map(bonus).collect(),
        returns: Vec::new(),
    };
    let due = due_back(settling.snapshot, &settling.force, input);
    let when_spent = programme.when_spent;
    for row in lots.iter().chain(&bonuses) {
        let back = due.of_lots.get(&row.lot).copied().unwrap_or(0);
        book::settle(tx, now, row, Goal::back(row, back), when_spent)?;
    }
    for one in &settling.redemptions {
        let points = due.of_redemptions.get(&one.lot()).copied().unwrap_or(0);
        redemptions::give_back(tx, now, one, points)?;
    }
    settling.why.extend(due.why);
    Ok(())
}

/// Takes back all of an order from customers to whom it no longer belongs; how many there were.
fn let_go_of_others(
    tx: &mut Tx<'_>,
    now: Timestamp,
    force: &InForce,
    snapshot: &OrderSnapshot,
) -> Result<usize, LoyaltyError> {
    let rows = tx.fetch(
        "SELECT customer_id, fact FROM loyalty_orders WHERE order_id = $1 ORDER BY customer_id",
        params![&snapshot.id],
    )?;
    let mut n_others = 0;
    for row in &rows {
        let (customer, fact) = (row.str(0), row.str(1));
        if snapshot.customer_id.as_deref() == Some(customer) {
            continue;
        }
        n_others += 1;
        let lots = lots_of_fact(tx, fact, Source::Order)?;
        let bonuses = lots_of_fact(tx, fact, Source::Referral)?;
        let owners: Vec<&str> = lots
            .iter()
            .chain(&bonuses)
            .map(|lot| lot.customer.as_str())
            .chain([customer])
            .collect();
        members::lock(tx, &owners)?;
        for lot in lots.iter().chain(&bonuses) {
            book::settle(tx, now, lot, Goal::all_back(lot), force.programme().when_spent)?;
        }
        deeds::undo(tx, fact, true)?;
        referrals::follow_order(tx, fact, true)?;
        refresh(tx, now, force, customer)?;
    }
    Ok(n_others)
}

fn day_of(snapshot: &OrderSnapshot) -> Result<Day, LoyaltyError> {
    book::day_of_number(snapshot.day.into())
}

fn goods_minor(snapshot: &OrderSnapshot) -> i64 {
    snapshot.lines.iter().map(|line| line.total_minor).fold(0, i64::saturating_add)
}

/// Whether nothing of the order is left.
fn is_all_back(snapshot: &OrderSnapshot) -> bool {
    let is_back =
        |line: &mercer_connect::orders::OrderLineSnapshot| line.refunded_quantity >= line.quantity;
    snapshot.is_cancelled || (!snapshot.lines.is_empty() && snapshot.lines.iter().all(is_back))
}

fn keep_deed(tx: &mut Tx<'_>, settling: &Settling<'_>) -> Result<(), LoyaltyError> {
    let snapshot = settling.snapshot;
    let is_ours = settling.force.programme().currency.code() == snapshot.currency;
    let returned: i64 = snapshot
        .lines
        .iter()
        .filter(|line| line.quantity > 0)
        .filter_map(|line| {
            let n = line.refunded_quantity.clamp(0, line.quantity);
            let product = i128::from(line.total_minor) * i128::from(n);
            Rounding::HalfUp.divide(product, line.quantity.into())?.try_into().ok()
        })
        .fold(0, i64::saturating_add);
    let mut products: Vec<String> =
        snapshot.lines.iter().map(|l| l.product_id.clone().unwrap_or(l.sku.clone())).collect();
    let mut categories: Vec<String> =
        snapshot.lines.iter().filter_map(|line| line.category.clone()).collect();
    for list in [&mut products, &mut categories] {
        list.sort();
        list.dedup();
    }
    let deed = DeedRow {
        // Money in another currency counts towards nothing; the order still counts as one.
        amount_minor: if is_ours { goods_minor(snapshot).max(0) } else { 0 },
        returned_minor: if is_ours { returned.max(0) } else { 0 },
        is_undone: is_all_back(snapshot),
        products,
        categories,
        ..DeedRow::plain(
            &settling.fact,
            settling.customer,
            Deed::Order,
            (day_of(snapshot)?, snapshot.placed_at),
        )
    };
    deeds::keep(tx, &deed)
}

fn keep(
    tx: &mut Tx<'_>,
    settling: &Settling<'_>,
    (hash, tier): (&str, Option<String>),
) -> Result<(), LoyaltyError> {
    let why = serde_json::to_string(&settling.why)
        .map_err(|error| LoyaltyError::broken("reasons", error))?;
    tx.execute(
        "INSERT INTO loyalty_orders
           (order_id, customer_id, fact, day, content_hash, terms_version, tier, earns, why)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (order_id, customer_id) DO UPDATE SET day = excluded.day,
            content_hash = excluded.content_hash, terms_version = excluded.terms_version,
            tier = excluded.tier, earns = excluded.earns, why = excluded.why",
        params![
            &settling.snapshot.id,
            settling.customer,
            &settling.fact,
            i64::from(settling.snapshot.day),
            hash,
            settling.force.version,
            tier,
            settling.earns,
            why
        ],
    )?;
    Ok(())
}

/// One decision for the order as it stands, with the reasons of earning and of returns together.
fn write_down(
    tx: &mut Tx<'_>,
    now: Timestamp,
    settling: &Settling<'_>,
) -> Result<(), LoyaltyError> {
    if !settling.earns || settling.why.is_empty() {
        return Ok(());
    }
    let lots = lots_of_fact(tx, &settling.fact, Source::Order)?;
    let earned: i64 = lots.iter().map(LotRow::earned).sum();
    let back: i64 = lots.iter().map(|lot| lot.due_back - lot.unearned).sum();
    let summary = match back {
        0 => format!("Earned {earned} points."),
        _ => format!("Earned {earned} points, {back} of them taken back."),
    };
    let entry = log::Entry {
        kind: "loyalty_order",
        subject: &settling.fact,
        label: &settling.snapshot.number,
        summary,
        outcome: json!({ "points_earned": earned, "points_taken_back": back }),
        input: serde_json::to_value(&settling.order).unwrap_or_default(),
    };
    log::record_all(tx, now, &settling.force, entry, settling.why.clone())
}

fn hash_of(order: Option<&Order>) -> String {
    let text = serde_json::to_string(&order).unwrap_or_default();
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
