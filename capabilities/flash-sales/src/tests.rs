//! What a sale promises, on both databases.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use mercer_connect::cart::{
    CustomerTraits, FlashPrices, FlashTaken, NoStock, PortError, Shopper, StockAnswer, StockAsk,
    StockRoom, TraitName, UnitCost,
};
use mercer_core::clock::Clock;
use mercer_db::{MigrationSet, Tx};
use mercer_http::context::Context;
use mercer_jobs::Worker;
use mercer_ledger::LedgerError;
use mercer_ledger::hold::{Commit, Held, NewHold, Portions, Rest, commit, hold, release};
use mercer_ledger::verify::verify;
use mercer_testkit::{TestBed, on_both};
use serde_json::{Value, json};

use crate::jobs::{EndSale, FollowHolds, StartSale};
use crate::manage::SaleAsk;
use crate::queue::QueueAsk;
use crate::store::{Item, SaleState, TicketState};
use crate::{FlashError, FlashSales};

const MIGRATIONS: &[MigrationSet] = &[
    mercer_facts::MIGRATIONS,
    mercer_jobs::MIGRATIONS,
    mercer_ledger::MIGRATIONS,
    crate::MIGRATIONS,
];

const SKU: &str = "LANTERN";

/// Ann is a champion, everybody else is not.
struct Segments;

impl CustomerTraits for Segments {
    fn names(&self) -> &'static [TraitName] {
        &[]
    }

    fn add(
        &self,
        _: &mut Tx<'_>,
        customer: &str,
        traits: &mut BTreeMap<String, Value>,
    ) -> Result<bool, PortError> {
        let segment = if customer == "cus_ann" { "champions" } else { "lost" };
        traits.insert("segment".to_owned(), json!(segment));
        Ok(true)
    }
}

/// Three of everything.
struct Three;

impl StockRoom for Three {
    fn costs(&self, _: &mut Tx<'_>, _: &[&str]) -> Result<BTreeMap<String, UnitCost>, PortError> {
        Ok(BTreeMap::new())
    }

    fn allocate(
        &self,
        _: &mut Tx<'_>,
        _: Timestamp,
        _: Option<&str>,
        asks: &[StockAsk],
    ) -> Result<Vec<StockAnswer>, PortError> {
        let found = |ask: &StockAsk| StockAnswer {
            line: ask.line,
            is_tracked: true,
            n_found: ask.quantity.min(3),
            n_back_ordered: 0,
            places: Vec::new(),
            legs: Vec::new(),
        };
        Ok(asks.iter().map(found).collect())
    }
}

fn sales_with(t: &TestBed, stock: Arc<dyn StockRoom>) -> FlashSales {
    let context = Context::new(t.db.clone(), t.clock.clone(), t.entropy.clone());
    FlashSales::new(context, stock, vec![Arc::new(Segments)])
}

fn sales(t: &TestBed) -> FlashSales {
    sales_with(t, Arc::new(NoStock))
}

fn ask(t: &TestBed, n_units: i64) -> SaleAsk {
    let now = t.clock.now();
    SaleAsk {
        name: "Lantern hour".to_owned(),
        starts_at: now,
        ends_at: now + SignedDuration::from_hours(1),
        customer_units_max: None,
        segments: Vec::new(),
        turn_minutes: 3,
        items: vec![Item { sku: SKU.to_owned(), unit_price_minor: 199, n_units }],
    }
}

fn begun(t: &TestBed, sales: &FlashSales, ask: &SaleAsk) -> String {
    let _ = t;
    let id = sales.create(ask).unwrap().id;
    assert_eq!(sales.schedule(&id).unwrap().state, SaleState::Scheduled);
    id
}

fn with_shopper<T>(customer: &str, work: impl FnOnce(Shopper<'_>) -> T) -> T {
    let mut traits = BTreeMap::new();
    let segment = if customer == "cus_ann" { "champions" } else { "lost" };
    traits.insert("segment".to_owned(), json!(segment));
    work(Shopper { customer_id: Some(customer), anonymous_id: None, traits: &traits })
}

/// Units on offer to a customer.
fn offered(t: &TestBed, sales: &FlashSales, customer: &str) -> i64 {
    with_shopper(customer, |shopper| {
        let offers = t.db.read(|tx| sales.offers(tx, t.clock.now(), shopper, &[SKU])).unwrap();
        offers.first().map_or(0, |offer| offer.quantity_max)
    })
}

/// Holds units as a cart does.
fn take(
    t: &TestBed,
    sales: &FlashSales,
    sale: &str,
    customer: &str,
    quantity: i64,
) -> Result<Held, LedgerError> {
    let taken = [FlashTaken { line: 0, sale: sale.to_owned(), sku: SKU.to_owned(), quantity }];
    with_shopper(customer, |shopper| {
        t.db.write(|tx| {
            let now = t.clock.now();
            let legs = match sales.legs(tx, now, shopper, &taken) {
                Ok(legs) => legs,
                Err(PortError::Ledger(error)) => return Err(error),
                Err(other) => panic!("{other}"),
            };
            let new = NewHold {
                key: format!("{customer}:{quantity}:{}", now.as_microsecond()),
                subject: format!("quo_{customer}"),
                expires_at: now + SignedDuration::from_mins(10),
                legs,
            };
            hold(tx, now, &new)
        })
    })
}

fn queue_ask(customer: &str, quantity: i64) -> QueueAsk {
    QueueAsk {
        customer_id: Some(customer.to_owned()),
        anonymous_id: None,
        sku: SKU.to_owned(),
        quantity,
    }
}

/// Timers and facts, until nothing is left to do now.
fn settle(t: &TestBed) {
    let worker = Worker {
        db: t.db.clone(),
        clock: t.clock.clone(),
        handlers: vec![
            Arc::new(StartSale),
            Arc::new(EndSale),
            Arc::new(mercer_ledger::ExpireHolds),
        ],
    };
    let follow = FollowHolds { clock: t.clock.clone() };
    for _ in 0..5 {
        let report = worker.run_due(20).unwrap();
        assert_eq!((report.n_retried, report.n_parked), (0, 0));
        while mercer_facts::deliver(&t.db, &follow).unwrap() > 0 {}
    }
    assert_eq!(t.db.read(verify).unwrap(), Vec::<String>::new());
}

#[test]
fn a_sale_sells_its_pool_and_not_one_unit_more() {
    on_both("flash_pool", MIGRATIONS, |t| {
        let sales = sales(t);
        let id = begun(t, &sales, &ask(t, 5));
        assert_eq!(offered(t, &sales, "cus_ann"), 5);
        let held = take(t, &sales, &id, "cus_ann", 3).unwrap();
        assert_eq!(offered(t, &sales, "cus_bob"), 2);
        let refused = take(t, &sales, &id, "cus_bob", 3);
        assert!(matches!(refused, Err(LedgerError::Short { available: 2, .. })), "{refused:?}");
        let done = Commit {
            key: "order".to_owned(),
            hold_id: held.id,
            portions: Portions::All,
            rest: Rest::Keep,
        };
        let now = t.clock.now();
        assert!(t.db.write(|tx| commit(tx, now, &done)).unwrap().is_new);
        let live = sales.live(&id).unwrap();
        let item = &live.items[0];
        assert_eq!((item.n_left, item.n_held, item.n_sold), (2, 0, 3));
        assert_eq!((live.is_on, live.seconds_left), (true, 3_600));
        settle(t);
    });
}

#[test]
fn a_sale_is_on_from_its_start_to_its_end_and_gives_everything_back() {
    on_both("flash_window", MIGRATIONS, |t| {
        let sales = sales(t);
        let mut wanted = ask(t, 5);
        wanted.starts_at = t.clock.now() + SignedDuration::from_secs(60);
        let id = begun(t, &sales, &wanted);
        assert_eq!(offered(t, &sales, "cus_ann"), 0);
        t.clock.advance_seconds(60);
        settle(t);
        assert_eq!(offered(t, &sales, "cus_ann"), 5);
        let held = take(t, &sales, &id, "cus_ann", 2).unwrap();
        t.clock.advance_seconds(3_540);
        settle(t);
        assert_eq!(offered(t, &sales, "cus_ann"), 0);
        let live = sales.live(&id).unwrap();
        assert_eq!((live.state, live.seconds_left), (SaleState::Ended, 0));
        // The cart was held long before the end and is over by now; nothing is lost.
        let late = t.db.write(|tx| release(tx, t.clock.now(), &held.id)).unwrap();
        assert!(!late, "the timer has put it back");
        let item = &sales.live(&id).unwrap().items[0];
        assert_eq!((item.n_left, item.n_held, item.n_sold), (0, 0, 0));
        let facts = t.db.read(|tx| mercer_facts::read_after(tx, 0, 20)).unwrap();
        let kinds: Vec<&str> = facts.iter().map(|fact| fact.kind.as_str()).collect();
        assert_eq!(
            kinds,
            ["flash_sale.scheduled", "flash_sale.started", "hold.expired", "flash_sale.ended"]
        );
    });
}

#[test]
fn a_cart_held_before_the_end_may_still_buy_and_the_rest_goes_back_later() {
    on_both("flash_late", MIGRATIONS, |t| {
        let sales = sales(t);
        let id = begun(t, &sales, &ask(t, 5));
        t.clock.advance_seconds(3_590);
        let ann = take(t, &sales, &id, "cus_ann", 2).unwrap();
        let _bob = take(t, &sales, &id, "cus_bob", 1).unwrap();
        t.clock.advance_seconds(20);
        settle(t);
        assert_eq!(sales.live(&id).unwrap().items[0].n_held, 3);
        let done = Commit {
            key: "order".to_owned(),
            hold_id: ann.id,
            portions: Portions::All,
            rest: Rest::Keep,
        };
        let now = t.clock.now();
        assert!(t.db.write(|tx| commit(tx, now, &done)).unwrap().is_new);
        t.clock.advance_seconds(600);
        settle(t);
        let item = &sales.live(&id).unwrap().items[0];
        assert_eq!((item.n_left, item.n_held, item.n_sold), (0, 0, 2));
    });
}

#[test]
fn the_cap_of_a_shopper_holds_over_several_carts() {
    on_both("flash_cap", MIGRATIONS, |t| {
        let sales = sales(t);
        let mut wanted = ask(t, 10);
        wanted.customer_units_max = Some(2);
        let id = begun(t, &sales, &wanted);
        assert_eq!(offered(t, &sales, "cus_ann"), 2);
        let _first = take(t, &sales, &id, "cus_ann", 1).unwrap();
        t.clock.advance_seconds(1);
        assert_eq!(offered(t, &sales, "cus_ann"), 1);
        let refused = take(t, &sales, &id, "cus_ann", 2);
        assert!(matches!(refused, Err(LedgerError::Short { available: 1, .. })), "{refused:?}");
        assert_eq!(offered(t, &sales, "cus_bob"), 2);
        let nobody = Shopper { customer_id: None, anonymous_id: None, traits: &BTreeMap::new() };
        let offers = t.db.read(|tx| sales.offers(tx, t.clock.now(), nobody, &[SKU])).unwrap();
        assert!(offers.is_empty(), "a cap needs to know whom it counts");
    });
}

#[test]
fn a_sale_for_a_segment_is_for_nobody_else() {
    on_both("flash_segment", MIGRATIONS, |t| {
        let sales = sales(t);
        let mut wanted = ask(t, 10);
        wanted.segments = vec!["champions".to_owned()];
        let id = begun(t, &sales, &wanted);
        assert_eq!((offered(t, &sales, "cus_ann"), offered(t, &sales, "cus_bob")), (10, 0));
        assert!(sales.join(&id, &queue_ask("cus_ann", 1)).is_ok());
        let refused = sales.join(&id, &queue_ask("cus_bob", 1));
        assert!(matches!(refused, Err(FlashError::Conflict { .. })), "{refused:?}");
    });
}

#[test]
fn who_joined_first_comes_first_and_a_missed_turn_goes_to_the_next() {
    on_both("flash_queue", MIGRATIONS, |t| {
        let sales = sales(t);
        let id = begun(t, &sales, &ask(t, 3));
        let held = take(t, &sales, &id, "cus_ann", 3).unwrap();
        for (customer, quantity, n_before) in
            [("cus_bob", 2, 0), ("cus_cat", 1, 1), ("cus_dan", 1, 2)]
        {
            let place = sales.join(&id, &queue_ask(customer, quantity)).unwrap();
            assert_eq!((place.state, place.n_before), (TicketState::Waiting, n_before));
        }
        let again = sales.join(&id, &queue_ask("cus_cat", 1)).unwrap();
        assert_eq!((again.state, again.n_before), (TicketState::Waiting, 1));
        let now = t.clock.now();
        assert!(t.db.write(|tx| release(tx, now, &held.id)).unwrap());
        // Three are free, but two are promised to Bob and one to Cat.
        assert_eq!(offered(t, &sales, "cus_eve"), 0);
        // A cart that was priced before they came does not pass them either.
        let passing = take(t, &sales, &id, "cus_eve", 1);
        assert!(matches!(passing, Err(LedgerError::Short { available: 0, .. })), "{passing:?}");
        let place = sales.join(&id, &queue_ask("cus_eve", 1)).unwrap();
        assert_eq!((place.state, place.n_before), (TicketState::Waiting, 1));
        let of = |customer| sales.place(&id, &queue_ask(customer, 1)).unwrap();
        assert_eq!(of("cus_bob").state, TicketState::Turn);
        assert_eq!(of("cus_cat").state, TicketState::Turn);
        assert_eq!(of("cus_dan").state, TicketState::Waiting);
        // Bob uses his turn, for more than he was promised he finds nothing.
        assert_eq!((offered(t, &sales, "cus_bob"), offered(t, &sales, "cus_cat")), (2, 1));
        let refused = take(t, &sales, &id, "cus_bob", 3);
        assert!(matches!(refused, Err(LedgerError::Short { .. })), "{refused:?}");
        assert_eq!(of("cus_bob").state, TicketState::Turn, "a refused cart costs no turn");
        let _bob = take(t, &sales, &id, "cus_bob", 2).unwrap();
        assert_eq!(of("cus_bob").state, TicketState::Used);
        // Cat lets her turn pass; Dan comes next.
        t.clock.advance_seconds(181);
        assert_eq!(of("cus_cat").state, TicketState::Missed);
        settle(t);
        assert_eq!(of("cus_dan").state, TicketState::Turn);
        assert_eq!(sales.leave(&id, &queue_ask("cus_dan", 1)).unwrap().state, TicketState::Left);
        assert_eq!(of("cus_eve").state, TicketState::Turn);
        sales.end(&id).unwrap();
        assert_eq!(of("cus_eve").state, TicketState::Missed);
        settle(t);
    });
}

#[test]
fn a_pool_beyond_the_stock_is_refused_when_it_is_scheduled() {
    on_both("flash_stock", MIGRATIONS, |t| {
        let sales = sales_with(t, Arc::new(Three));
        let id = sales.create(&ask(t, 4)).unwrap().id;
        match sales.schedule(&id) {
            Err(FlashError::Invalid { field, sentence }) => {
                assert_eq!(field, "items[0].n_units");
                assert!(sentence.contains("only 3 are in stock"), "{sentence}");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(sales.live(&id).unwrap().state, SaleState::Draft);
        let mut less = ask(t, 3);
        less.name = "Lantern half-hour".to_owned();
        sales.change(&id, &less).unwrap();
        assert_eq!(sales.schedule(&id).unwrap().name, "Lantern half-hour");
        let refused = sales.change(&id, &less);
        assert!(matches!(refused, Err(FlashError::Conflict { .. })), "{refused:?}");
    });
}

#[test]
fn what_cannot_be_a_sale_is_refused_with_its_field() {
    on_both("flash_refused", MIGRATIONS, |t| {
        let sales = sales(t);
        let field = |change: &dyn Fn(&mut SaleAsk)| {
            let mut wanted = ask(t, 5);
            change(&mut wanted);
            match sales.create(&wanted) {
                Err(FlashError::Invalid { field, .. }) => field,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(field(&|ask| ask.name.clear()), "name");
        assert_eq!(field(&|ask| ask.ends_at = ask.starts_at), "ends_at");
        assert_eq!(field(&|ask| ask.items.clear()), "items");
        assert_eq!(field(&|ask| ask.items[0].n_units = 0), "items[0].n_units");
        assert_eq!(field(&|ask| ask.items[0].unit_price_minor = -1), "items[0].unit_price_minor");
        assert_eq!(field(&|ask| ask.items.push(ask.items[0].clone())), "items[1].sku");
        assert_eq!(field(&|ask| ask.customer_units_max = Some(0)), "customer_units_max");
        assert_eq!(field(&|ask| ask.turn_minutes = 0), "turn_minutes");
        assert_eq!(field(&|ask| ask.segments = vec!["a,b".to_owned()]), "segments");
        let nobody = sales.live("fls_nobody");
        assert!(matches!(nobody, Err(FlashError::Unknown { .. })), "{nobody:?}");
        let id = begun(t, &sales, &ask(t, 5));
        for (quantity, sku) in [(0, SKU), (6, SKU), (1, "OTHER")] {
            let mut wanted = queue_ask("cus_ann", quantity);
            wanted.sku = sku.to_owned();
            let refused = sales.join(&id, &wanted);
            assert!(matches!(refused, Err(FlashError::Invalid { .. })), "{refused:?}");
        }
    });
}
