//! A flash sale that far more customers want than there are units: exactly its units are held,
//! those given back and those left lying are sold again, and none is lost or sold twice, also
//! when the server is killed meanwhile.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use mercer_app::cli::Globals;
use mercer_app::settings::Settings;
use mercer_app::shop::Shop;
use mercer_core::clock::ManualClock;
use mercer_promotions::PromotionsError;
use mercer_promotions::quote::{CommitAsk, QuoteAsk};
use mercer_testkit::{TestBed, on_postgres, on_sqlite};
use serde_json::json;

use crate::support::load::{Acknowledged, Done, Load, Service, kills};
use crate::support::offers::*;
use crate::support::program::url;
use crate::support::retail::is_long;

/// How many want how much.
struct Size {
    n_asks: usize,
    n_units: usize,
    n_clients: usize,
    n_kills: u64,
}

/// Of `make test-long`.
const fn long(n_kills: u64) -> Size {
    Size { n_asks: 50_000, n_units: 1_000, n_clients: 64, n_kills }
}

fn size() -> Size {
    let quick = Size { n_asks: 2_000, n_units: 50, n_clients: 16, n_kills: 0 };
    if is_long() { long(0) } else { quick }
}

/// Fewer customers, so that there is time for the server to start again.
fn size_killed() -> Size {
    let quick = Size { n_asks: 400, n_units: 50, n_clients: 16, n_kills: 3 };
    if is_long() { long(10) } else { quick }
}

#[test]
fn a_flash_sale_sells_all_its_units_and_no_more_on_sqlite() {
    on_sqlite("flash_load", &[], |bed| println!("SQLite: {}", sold(bed, &size())));
}

#[test]
fn a_flash_sale_sells_all_its_units_and_no_more_on_postgresql() {
    on_postgres("flash_load", &[], |bed| println!("PostgreSQL: {}", sold(bed, &size())));
}

#[test]
fn a_flash_sale_sells_all_its_units_and_no_more_while_the_server_is_killed_on_sqlite() {
    on_sqlite("flash_killed", &[], |bed| println!("SQLite: {}", sold(bed, &size_killed())));
}

#[test]
fn a_flash_sale_sells_all_its_units_and_no_more_while_the_server_is_killed_on_postgresql() {
    on_postgres("flash_killed", &[], |bed| {
        println!("PostgreSQL: {}", sold(bed, &size_killed()));
    });
}

/// What becomes of a cart that is held.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Bought,
    GivenBack,
    LeftLying,
}

fn sold(bed: &TestBed, size: &Size) -> String {
    let Size { n_asks, n_units, n_clients, n_kills } = *size;
    let mut service = Service::start(bed);
    add_product(&mut service.client());
    add_stock(&mut service.client(), 2 * n_units);
    let sale = begin_sale(&mut service.client(), n_units);

    let visitors: Vec<usize> = (0..n_asks).collect();
    let calm = Load { n_clients, kills: Vec::new() };
    let priced = service.together(
        &visitors,
        &calm,
        || (),
        |client, visitor| {
            let quote = price(client, *visitor, &[]);
            assert_eq!(quote["price"]["total_minor"], FLASH_MINOR, "{quote}");
            text(&quote["id"])
        },
    );

    let n_kills_later = n_kills / 3;
    let load = Load {
        n_clients,
        kills: kills(n_kills - n_kills_later, n_units as u64 * 3 / 2, n_asks as u64 * 9 / 10),
    };
    let (wanted, held) = hold_all(&mut service, &priced.results, &load);
    assert_eq!(held.len(), n_units, "carts that are held");
    assert_eq!(units(&service, &sale), [0, n_units, 0]);
    assert_eq!(stock(&mut service.client()), [2 * n_units, n_units, n_units]);

    let load =
        Load { n_clients, kills: kills(n_kills_later, n_units as u64 / 2, n_units as u64 / 2) };
    let (ended, fates) = end_carts(&mut service, &held, &load);
    let of = |fate| fates.iter().filter(|(_, of)| *of == fate).count();
    let (n_back, n_lying) = (of(Fate::GivenBack), of(Fate::LeftLying));
    assert_eq!(units(&service, &sale), [n_back, n_lying, of(Fate::Bought)]);

    // Those who were too late try again.
    let late: Vec<&String> =
        priced.results.iter().filter(|id| !held.contains(*id)).take(4 * n_back).collect();
    let again = service.together(
        &late,
        &calm,
        || (),
        |client, quote| is_granted(&commit(client, quote), "limit_reached"),
    );
    let n_bought_late = again.results.iter().filter(|granted| **granted).count();
    assert_eq!(n_bought_late, n_back, "units that were given back are sold again");
    assert_eq!(units(&service, &sale), [0, n_lying, n_units - n_lying]);
    assert_eq!(stock(&mut service.client()), [n_units + n_lying, n_lying, n_units]);
    assert_sound(bed);

    let server_time = live(&service, &sale)["server_time"].clone();
    let server_time: Timestamp = text(&server_time).parse().expect("an instant");
    service.kill();
    let lying: Vec<&String> =
        fates.iter().filter(|(_, fate)| *fate == Fate::LeftLying).map(|(id, _)| id).collect();
    after_the_holds(bed, server_time + SignedDuration::from_hours(1), &sale, &lying);
    assert_eq!(quotes_in(bed, &["committed"]).len(), n_units, "each unit is one order's");
    let service = Service::start(bed);
    assert_eq!(stock(&mut service.client()), [n_units, 0, n_units]);
    service.kill();
    [priced.figures("quotes"), wanted.figures("holds"), ended.figures("ends")].join("; ")
}

/// All carts ask to be held; which are.
fn hold_all(
    service: &mut Service<'_>,
    quotes: &[String],
    load: &Load,
) -> (Done<bool>, BTreeSet<String>) {
    let bed = service.bed;
    let acknowledged = Acknowledged::default();
    let look = || {
        assert_kept(bed, &acknowledged.all(), &["held"]);
        assert_sound(bed);
    };
    let wanted = service.together(quotes, load, look, |client, quote| {
        let is_held = is_granted(&step(client, quote, "hold"), "limit_reached");
        if is_held {
            acknowledged.add(quote);
        }
        is_held
    });
    assert!(wanted.n_cut_off >= wanted.n_kills, "each kill cuts somebody off");
    let n_granted = wanted.results.iter().filter(|granted| **granted).count();
    let held = acknowledged.all();
    assert_eq!(n_granted, held.len());
    assert_eq!(quotes_in(bed, &["held"]), held);
    assert_sound(bed);
    (wanted, held)
}

/// A third of the carts is bought, a third given back, a third left lying.
fn end_carts(
    service: &mut Service<'_>,
    held: &BTreeSet<String>,
    load: &Load,
) -> (Done<()>, Vec<(String, Fate)>) {
    let bed = service.bed;
    let fate = |nth: usize| [Fate::Bought, Fate::GivenBack, Fate::LeftLying][nth % 3];
    let carts: Vec<(String, Fate)> =
        held.iter().enumerate().map(|(nth, id)| (id.clone(), fate(nth))).collect();
    let (bought, given_back) = (Acknowledged::default(), Acknowledged::default());
    let look = || {
        assert_kept(bed, &bought.all(), &["committed"]);
        assert_kept(bed, &given_back.all(), &["released"]);
        assert_sound(bed);
    };
    let ended = service.together(&carts, load, look, |client, (quote, fate)| match fate {
        Fate::Bought => {
            let quote_now = good(&commit(client, quote));
            assert_eq!(quote_now["price"]["total_minor"], FLASH_MINOR);
            bought.add(quote);
        }
        Fate::GivenBack => {
            good(&step(client, quote, "release"));
            given_back.add(quote);
        }
        Fate::LeftLying => {}
    });
    assert_eq!(quotes_in(bed, &["committed"]), bought.all());
    assert_eq!(quotes_in(bed, &["released"]), given_back.all());
    assert_sound(bed);
    (ended, carts)
}

/// An hour later all holds are over: what was left lying is free, and is sold.
fn after_the_holds(bed: &TestBed, at: Timestamp, sale: &str, lying: &[&String]) {
    let globals = Globals {
        database: Some(url(&bed.location)),
        config: Some(bed.folder.path().join("mercer.toml")),
        ..Globals::default()
    };
    std::fs::write(bed.folder.path().join("mercer.toml"), "").expect("a file");
    let settings = Settings::load(&globals).expect("settings");
    let clock = Arc::new(ManualClock::at(at));
    let shop = Shop::open_with(settings, clock, bed.entropy.clone()).expect("a shop");
    shop.settle().expect("the shop works");
    let item = |shop: &Shop| {
        let live = shop.offers.flash_sales.live(sale).expect("the sale");
        let item = &live.items[0];
        [item.n_left, item.n_held, item.n_sold, item.n_units]
    };
    let n_lying = lying.len() as i64;
    let [n_left, n_held, n_sold, n_units] = item(&shop);
    assert_eq!([n_left, n_held, n_sold], [n_lying, 0, n_units - n_lying], "nothing is lost");
    let expired: BTreeSet<&String> = lying.iter().copied().collect();
    assert_eq!(quotes_in(bed, &["expired"]).iter().collect::<BTreeSet<_>>(), expired);
    assert_sound(bed);

    let ask: QuoteAsk = serde_json::from_value(json!({
        "anonymous_id": "late", "lines": [{ "sku": SKU, "quantity": 1 }],
    }))
    .expect("a cart");
    let quotes: Vec<_> =
        (0..=n_lying).map(|_| shop.offers.quotes.price(&ask).expect("a quote")).collect();
    let mut n_refused = 0;
    for quote in quotes {
        let order = CommitAsk { order_number: format!("O-{}", quote.id) };
        match shop.offers.quotes.commit(&quote.id, &order) {
            Ok(_) => {}
            Err(PromotionsError::LimitReached { .. }) => n_refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(n_refused, 1, "one more than there are");
    assert_eq!(item(&shop), [0, 0, n_units, n_units]);
    assert_sound(bed);
}

fn live(service: &Service<'_>, sale: &str) -> serde_json::Value {
    good(&service.client().get(&format!("/v1/flash-sales/{sale}")))
}

/// Units left, held, sold, as storefronts see them.
fn units(service: &Service<'_>, sale: &str) -> [usize; 3] {
    let item = live(service, sale)["items"][0].clone();
    ["n_left", "n_held", "n_sold"].map(|name| item[name].as_u64().expect("a number") as usize)
}
