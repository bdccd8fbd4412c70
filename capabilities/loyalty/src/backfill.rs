//! Booking the past on request: first what it would come to, then the booking itself, by a job.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mercer_connect::orders::OrderSnapshot;
use mercer_db::{Tx, params};
use mercer_jobs::{JobContext, JobError, JobHandler, NewJob};
use mercer_loyalty_engine::calendar::Day;
use mercer_loyalty_engine::input::{
    Earned, LineLot, OrderInput, ReturnsInput, TierFact, TierInput,
};
use mercer_loyalty_engine::outcome::EarnOutcome;
use mercer_loyalty_engine::policy::tiers::Measure;
use mercer_loyalty_engine::posting::{Movement, Posting};
use mercer_loyalty_engine::{decide_order, decide_tier};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::orders::due_back;
use crate::prepare::{self, Terms};
use crate::standing::{NO_SEED, tier_id};
use crate::terms::InForce;
use crate::{Loyalty, LoyaltyError, book};

/// Kind of the job that books the past.
pub const BACKFILL_JOB: &str = "loyalty.backfill";
/// Orders booked in one transaction: a few statements for every line of each.
const N_ORDERS_BATCH: usize = 20;

/// Which past to book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BackfillAsk {
    /// The first day whose orders earn.
    #[schema(value_type = String, example = "2010-12-01")]
    pub from: Day,
    /// Whether only to tell what it would come to.
    #[serde(default)]
    pub dry_run: bool,
}

/// What booking the past comes to, by the orders alone: without referrals and challenges.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct BackfillView {
    /// Orders that would earn and do not yet.
    pub n_orders: usize,
    /// Customers of these.
    pub n_members: usize,
    /// Points, less what came back.
    pub points: i64,
    /// Of these, points whose time is over already: they would be booked and expire at once.
    pub points_over: i64,
    /// What the points that are not over are worth at the till, minor units; null where points
    /// cannot be redeemed.
    pub worth_minor: Option<i64>,
    /// Orders that cannot be counted, such as those in another currency.
    pub n_refused: usize,
    /// Whether a job books it now.
    pub is_booking: bool,
}

impl Loyalty {
    /// Tells what the past would come to, and, unless it is a dry run, has a job book it.
    ///
    /// # Errors
    /// No programme; the database's.
    pub fn backfill(&self, ask: &BackfillAsk) -> Result<BackfillView, LoyaltyError> {
        let now = self.context.clock.now();
        let view = self.context.db.read(|tx| {
            let force = self.in_force_or_conflict(tx)?;
            let today = force.day_of(now)?;
            let mut trial = Trial::new(tx, &force, today)?;
            let each = &mut |order: OrderSnapshot| trial.add(&order);
            self.orders.for_each_order(tx, ask.from.number(), each)?;
            Ok::<_, LoyaltyError>(trial.view())
        })?;
        if ask.dry_run {
            return Ok(view);
        }
        self.context.db.write(|tx| {
            self.earn_from(tx, now, ask.from)?;
            let job = NewJob {
                kind: BACKFILL_JOB,
                unique_key: Some(format!("{BACKFILL_JOB}:{}", ask.from)),
                payload: json!({ "from": ask.from.number() }),
                due_at: now,
            };
            mercer_jobs::schedule(tx, now, &job)?;
            Ok::<_, LoyaltyError>(())
        })?;
        Ok(BackfillView { is_booking: true, ..view })
    }
}

/// Books the past, order after order in their time; one that was killed goes on where it was, as
/// what is booked is booked once.
pub struct Backfill(pub Arc<Loyalty>);

impl JobHandler for Backfill {
    fn kind(&self) -> &'static str {
        BACKFILL_JOB
    }

    fn run(&self, context: &JobContext<'_>, payload: &Value) -> Result<(), JobError> {
        let from = payload["from"].as_i64().and_then(|from| i32::try_from(from).ok());
        let from = from.unwrap_or(i32::MAX);
        let read = |tx: &mut Tx<'_>| {
            let mut ids = Vec::new();
            let each = &mut |order: OrderSnapshot| {
                if order.customer_id.is_some() {
                    ids.push(order.id);
                }
            };
            self.0.orders.for_each_order(tx, from, each)?;
            Ok::<_, LoyaltyError>(ids)
        };
        let ids = context.db.read(read).map_err(JobError::retry)?;
        for chunk in ids.chunks(N_ORDERS_BATCH) {
            let now = context.clock.now();
            let book =
                |tx: &mut Tx<'_>| chunk.iter().try_for_each(|id| self.0.settle_order(tx, now, id));
            context.db.write(book).map_err(JobError::retry)?;
            context.heartbeat().map_err(JobError::retry)?;
        }
        Ok(())
    }
}

/// The past as it would be booked, in memory.
struct Trial<'f> {
    force: &'f InForce,
    today: Day,
    booked: BTreeSet<String>,
    earned: BTreeMap<String, Vec<Earned>>,
    spend: BTreeMap<String, Vec<TierFact>>,
    customers: BTreeSet<String>,
    view: BackfillView,
}

impl<'f> Trial<'f> {
    fn new(tx: &mut Tx<'_>, force: &'f InForce, today: Day) -> Result<Self, LoyaltyError> {
        let mut trial = Self {
            force,
            today,
            booked: BTreeSet::new(),
            earned: BTreeMap::new(),
            spend: BTreeMap::new(),
            customers: BTreeSet::new(),
            view: BackfillView::default(),
        };
        tx.for_each("SELECT order_id FROM loyalty_orders WHERE earns = 1", params![], |row| {
            trial.booked.insert(row.get(0)?);
            Ok::<_, LoyaltyError>(())
        })?;
        tx.for_each(
            "SELECT customer_id, fact, rule, day, CAST(SUM(granted - due_back) AS BIGINT)
             FROM loyalty_lots GROUP BY customer_id, fact, rule, day",
            params![],
            |row| {
                let (fact, rule, points) = (row.get(1)?, row.get(2)?, row.get(4)?);
                let day = book::day_of_number(row.get(3)?)?;
                let all = trial.earned.entry(row.get(0)?).or_default();
                all.push(Earned { fact, rule, day, points });
                Ok::<_, LoyaltyError>(())
            },
        )?;
        Ok(trial)
    }

    fn tier(&self, customer: &str, day: Day) -> Option<String> {
        let tiers = self.force.programme().tiers.as_ref()?;
        let facts = match tiers.measure {
            Measure::Spend => self.spend.get(customer).cloned().unwrap_or_default(),
            Measure::Points => by_fact(self.earned.get(customer).into_iter().flatten()),
        };
        let decision = decide_tier(&TierInput { day, facts }, self.force.programme(), NO_SEED);
        tier_id(&decision.outcome).map(str::to_owned)
    }

    fn add(&mut self, snapshot: &OrderSnapshot) {
        let Some(customer) = snapshot.customer_id.clone() else { return };
        let terms =
            Terms { prices_include_tax: self.force.terms.prices_include_tax, redeemed_minor: 0 };
        let order = prepare::order(snapshot, terms).ok().flatten();
        let is_known = self.booked.contains(&snapshot.id);
        match order {
            Some(order) if !is_known => {
                let input = OrderInput {
                    tier: self.tier(&customer, order.day),
                    earned: self.earned.get(&customer).cloned().unwrap_or_default(),
                    order,
                };
                let decision = decide_order(&input, self.force.programme(), NO_SEED);
                match decision.outcome {
                    EarnOutcome::Earned { postings, .. } => {
                        self.count(&customer, snapshot, &postings);
                    }
                    EarnOutcome::Nothing => {}
                    EarnOutcome::Refused => self.view.n_refused += 1,
                }
            }
            None if !is_known => self.view.n_refused += 1,
            _ => {}
        }
        let minor: i64 = snapshot.lines.iter().map(|line| line.total_minor).sum();
        let back: i64 = snapshot
            .lines
            .iter()
            .filter(|line| line.quantity > 0)
            .map(|l| l.total_minor * l.refunded_quantity.clamp(0, l.quantity) / l.quantity)
            .sum();
        if let Some(day) = Day::from_number(snapshot.day) {
            let fact = TierFact { fact: snapshot.id.clone(), day, amount: minor - back };
            self.spend.entry(customer).or_default().push(fact);
        }
    }

    fn count(&mut self, customer: &str, snapshot: &OrderSnapshot, postings: &[Posting]) {
        let lot = |posting: &Posting| LineLot {
            line: crate::orders::line_of(posting),
            lot: posting.lot.clone(),
            rule: posting.rule.clone(),
            points: posting.points,
        };
        let input = ReturnsInput {
            order: snapshot.id.clone(),
            customer: customer.to_owned(),
            bought: BTreeMap::new(),
            earned: postings.iter().map(lot).collect(),
            redeemed: Vec::new(),
            bonuses: Vec::new(),
            returns: Vec::new(),
        };
        let due = due_back(snapshot, self.force, input);
        self.view.n_orders += 1;
        self.customers.insert(customer.to_owned());
        let all = self.earned.entry(customer.to_owned()).or_default();
        for posting in postings {
            let back = due.of_lots.get(&posting.lot).copied().unwrap_or(0);
            let points = posting.points - back;
            self.view.points += points;
            let last = match posting.movement {
                Movement::Grant { last_valid, .. } => last_valid,
                Movement::TakeBack { .. } | Movement::GiveBack => None,
            };
            if last.is_some_and(|last| last < self.today) {
                self.view.points_over += points;
            }
            let (fact, rule) = (snapshot.id.clone(), posting.rule.clone());
            all.push(Earned { fact, rule, day: posting.day, points });
        }
    }

    fn view(self) -> BackfillView {
        let valid = self.view.points - self.view.points_over;
        let redemption = self.force.programme().redemption.as_ref();
        BackfillView {
            n_members: self.customers.len(),
            worth_minor: redemption.and_then(|redemption| redemption.worth_minor(valid)),
            ..self.view
        }
    }
}

fn by_fact<'e>(earned: impl Iterator<Item = &'e Earned>) -> Vec<TierFact> {
    let mut sums: BTreeMap<(&str, Day), i64> = BTreeMap::new();
    for one in earned {
        *sums.entry((&one.fact, one.day)).or_default() += one.points;
    }
    let of =
        |((fact, day), amount): ((&str, Day), i64)| TierFact { fact: fact.to_owned(), day, amount };
    sums.into_iter().map(of).collect()
}
