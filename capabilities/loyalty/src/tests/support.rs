//! A shop with an order book of its own, and short ways to trade in it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use mercer_connect::cart::{CustomerTraits, PortError, TraitName};
use mercer_connect::orders::{
    OrderBook, OrderLineSnapshot, OrderSnapshot, RefundSnapshot, RefundedLine,
};
use mercer_core::clock::Clock;
use mercer_core::fact::NewFact;
use mercer_db::{MigrationSet, Tx};
use mercer_http::context::Context;
use mercer_jobs::Worker;
use mercer_ledger::verify::verify;
use mercer_testkit::TestBed;
use serde_json::{Value, json};

use crate::Loyalty;
use crate::jobs::{Backfill, FollowRecord, Wake};
use crate::members::view::MemberView;
use crate::terms::{ProgrammeAsk, Terms};

pub const MIGRATIONS: &[MigrationSet] = &[
    mercer_facts::MIGRATIONS,
    mercer_jobs::MIGRATIONS,
    mercer_decisions::MIGRATIONS,
    mercer_ledger::MIGRATIONS,
    crate::MIGRATIONS,
];

/// Orders and refunds as the record would answer them.
#[derive(Default)]
pub struct Book {
    pub orders: Mutex<BTreeMap<String, OrderSnapshot>>,
    pub refunds: Mutex<BTreeMap<String, RefundSnapshot>>,
}

impl OrderBook for Book {
    fn order(&self, _: &mut Tx<'_>, id: &str) -> Result<Option<OrderSnapshot>, PortError> {
        Ok(self.orders.lock().unwrap().get(id).cloned())
    }

    fn order_by_number(
        &self,
        _: &mut Tx<'_>,
        _: &str,
        number: &str,
    ) -> Result<Option<OrderSnapshot>, PortError> {
        let orders = self.orders.lock().unwrap();
        Ok(orders.values().find(|order| order.number == number).cloned())
    }

    fn refund(&self, _: &mut Tx<'_>, id: &str) -> Result<Option<RefundSnapshot>, PortError> {
        Ok(self.refunds.lock().unwrap().get(id).cloned())
    }

    fn for_each_order(
        &self,
        _: &mut Tx<'_>,
        day_min: i32,
        each: &mut dyn FnMut(OrderSnapshot),
    ) -> Result<(), PortError> {
        let mut orders: Vec<_> = self.orders.lock().unwrap().values().cloned().collect();
        orders.sort_by_key(|order| (order.placed_at, order.id.clone()));
        orders.into_iter().filter(|o| o.day >= day_min && !o.is_cancelled).for_each(each);
        Ok(())
    }
}

/// Customers are all whose id says so.
struct Customers;

impl CustomerTraits for Customers {
    fn names(&self) -> &'static [TraitName] {
        &[]
    }

    fn add(
        &self,
        _: &mut Tx<'_>,
        id: &str,
        _: &mut BTreeMap<String, Value>,
    ) -> Result<bool, PortError> {
        Ok(id.starts_with("cus_"))
    }
}

/// A shop under test.
pub struct Shop<'t> {
    pub t: &'t TestBed,
    pub book: Arc<Book>,
    pub loyalty: Arc<Loyalty>,
}

impl<'t> Shop<'t> {
    pub fn new(t: &'t TestBed, programme: Value) -> Self {
        let shop = Self::without_programme(t);
        shop.activate(json!({ "programme": programme }));
        shop
    }

    pub fn without_programme(t: &'t TestBed) -> Self {
        let book = Arc::new(Book::default());
        let context = Context::new(t.db.clone(), t.clock.clone(), t.entropy.clone());
        let loyalty = Loyalty::new(context, book.clone(), Arc::new(Customers), TimeZone::UTC);
        Self { t, book, loyalty: Arc::new(loyalty) }
    }

    pub fn activate(&self, terms: Value) {
        let terms: Terms = serde_json::from_value(terms).unwrap();
        assert_eq!(terms.check(), [], "the programme of the test is good");
        self.loyalty.put_programme(&ProgrammeAsk { terms, activate: true }).unwrap();
        self.settle();
    }

    pub fn now(&self) -> Timestamp {
        self.t.clock.now()
    }

    /// Puts an order of one line into the book, without telling anybody.
    pub fn write_order(&self, id: &str, customer: &str, (units, minor): (i64, i64)) {
        let at = self.now();
        let line = OrderLineSnapshot {
            position: 0,
            product_id: Some("prd_tea".to_owned()),
            sku: "TEA".to_owned(),
            category: Some("tea".to_owned()),
            is_gift: false,
            quantity: units,
            refunded_quantity: 0,
            unit_price_minor: minor / units,
            discount_minor: 0,
            tax_minor: 0,
            total_minor: minor,
        };
        let order = OrderSnapshot {
            id: id.to_owned(),
            number: format!("N-{id}"),
            channel: "shop".to_owned(),
            customer_id: Some(customer.to_owned()),
            placed_at: at,
            day: i32::try_from(at.as_second().div_euclid(86_400)).unwrap(),
            currency: "GBP".to_owned(),
            is_cancelled: false,
            country: None,
            discount_codes: Vec::new(),
            shipping_minor: 0,
            total_minor: minor,
            lines: vec![line],
        };
        self.book.orders.lock().unwrap().insert(id.to_owned(), order);
    }

    pub fn place(&self, id: &str, customer: &str, line: (i64, i64)) {
        self.write_order(id, customer, line);
        self.tell("order.placed", id);
    }

    pub fn change(&self, id: &str, change: impl FnOnce(&mut OrderSnapshot)) {
        change(self.book.orders.lock().unwrap().get_mut(id).unwrap());
        self.tell("order.changed", id);
    }

    pub fn cancel(&self, id: &str) {
        self.book.orders.lock().unwrap().get_mut(id).unwrap().is_cancelled = true;
        self.tell("order.cancelled", id);
    }

    /// Units of an order's line come back.
    pub fn refund(&self, refund: &str, order: &str, units: i64) {
        let mut orders = self.book.orders.lock().unwrap();
        orders.get_mut(order).unwrap().lines[0].refunded_quantity += units;
        drop(orders);
        let line = RefundedLine {
            order_id: order.to_owned(),
            position: 0,
            quantity: units,
            amount_minor: 0,
        };
        let snapshot = RefundSnapshot {
            id: refund.to_owned(),
            customer_id: None,
            refunded_at: self.now(),
            lines: vec![line],
        };
        self.book.refunds.lock().unwrap().insert(refund.to_owned(), snapshot);
        self.tell("refund.given", refund);
    }

    pub fn tell(&self, kind: &'static str, subject: &str) {
        let (now, subject) = (self.now(), subject.to_owned());
        let fact = NewFact { kind, subject, occurred_at: now, payload: json!({}) };
        self.t.db.write(|tx| mercer_facts::append(tx, now, std::slice::from_ref(&fact))).unwrap();
        self.settle();
    }

    /// Facts and timers, until nothing is left to do now.
    pub fn settle(&self) {
        let follow = FollowRecord(self.loyalty.clone());
        let worker = Worker {
            db: self.t.db.clone(),
            clock: self.t.clock.clone(),
            handlers: vec![
                Arc::new(Wake(self.loyalty.clone())),
                Arc::new(Backfill(self.loyalty.clone())),
            ],
        };
        for _ in 0..50 {
            let mut n = 0;
            while mercer_facts::is_behind(&self.t.db, &follow).unwrap() {
                n += mercer_facts::deliver(&self.t.db, &follow).unwrap();
            }
            let report = worker.run_due(50).unwrap();
            assert_eq!((report.n_retried, report.n_parked), (0, 0), "{:?}", self.errors());
            if n + report.n_done == 0 {
                return;
            }
        }
        panic!("it does not come to rest");
    }

    fn errors(&self) -> Vec<Option<String>> {
        let jobs = self.t.db.read(|tx| mercer_jobs::list(tx, None, 50)).unwrap();
        jobs.into_iter().map(|job| job.last_error).filter(Option::is_some).collect()
    }

    pub fn advance_days(&self, days: i64) {
        self.t.clock.advance_seconds(days * 86_400);
        self.settle();
    }

    /// Goes to an instant, with all timers on the way.
    pub fn go_to(&self, at: &str) {
        let at: Timestamp = at.parse().unwrap();
        let gap: SignedDuration = at.duration_since(self.now());
        self.t.clock.advance_seconds(gap.as_secs());
        self.settle();
    }

    pub fn member(&self, customer: &str) -> MemberView {
        self.loyalty.member(customer).unwrap()
    }

    /// Spendable less owed, and pending.
    pub fn points(&self, customer: &str) -> (i64, i64) {
        let view = self.member(customer);
        (view.row.balance, view.row.pending)
    }

    pub fn tier(&self, customer: &str) -> Option<String> {
        self.member(customer).row.tier
    }

    /// Facts of a kind, by subject with their payloads.
    pub fn facts(&self, kind: &str) -> Vec<(String, Value)> {
        let facts = self.t.db.read(|tx| mercer_facts::read_after(tx, 0, 10_000)).unwrap();
        let of = |fact: mercer_core::fact::Fact| (fact.subject, fact.payload);
        facts.into_iter().filter(|fact| fact.kind == kind).map(of).collect()
    }

    /// All movements of a member, in pages of one.
    pub fn movements(&self, customer: &str) -> Vec<(String, i64, i64)> {
        let mut all = Vec::new();
        let mut after = None;
        loop {
            let page = self.loyalty.movements(customer, after, 1).unwrap();
            let Some((key, row)) = page.into_iter().next() else { return all };
            after = Some(key);
            all.push((row.reason, row.available, row.pending));
        }
    }

    pub fn assert_whole(&self) {
        assert_eq!(self.t.db.read(verify).unwrap(), Vec::<String>::new());
    }

    /// Hands the whole log to the subscriber again: nothing may change.
    pub fn assert_replay_changes_nothing(&self, customers: &[&str]) {
        let picture = || -> Vec<Value> {
            let of = |customer: &&str| {
                json!([
                    serde_json::to_value(self.member(customer)).unwrap(),
                    self.movements(customer)
                ])
            };
            customers.iter().map(of).collect()
        };
        let n_facts = |shop: &Self| shop.t.db.read(mercer_facts::last_sequence).unwrap();
        let (before, n_before) = (picture(), n_facts(self));
        self.t.db.write(|tx| mercer_facts::rewind(tx, "loyalty.record")).unwrap();
        self.settle();
        assert_eq!(picture(), before);
        assert_eq!(n_facts(self), n_before, "nothing is told twice");
        self.assert_whole();
    }
}

/// One point for each pound, after discounts; pending for some days.
pub fn simple(pending_days: u32) -> Value {
    json!({
        "currency": "GBP",
        "earning": [{ "id": "purchase", "pending_days": pending_days,
                      "earn": { "by": "spend", "points": 1, "per_minor": 100 } }],
        "redemption": { "points": 1, "minor": 1 },
    })
}

/// Runs on both databases with a programme.
pub fn with(name: &str, programme: &Value, test: impl Fn(&Shop<'_>)) {
    mercer_testkit::on_both(name, MIGRATIONS, |t| {
        let shop = Shop::new(t, programme.clone());
        test(&shop);
        shop.assert_whole();
    });
}
