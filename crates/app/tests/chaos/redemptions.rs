//! A code for so many uses, or so many units of stock, wanted by far more customers at once: so
//! many orders have it and no more, also when the server is killed meanwhile.

use mercer_testkit::{TestBed, on_postgres, on_sqlite};
use serde_json::Value;

use crate::support::load::{Acknowledged, Client, Done, Load, Service, kills};
use crate::support::offers::*;
use crate::support::retail::is_long;

/// How many want how much.
struct Size {
    n_carts: usize,
    n_there: usize,
    n_clients: usize,
    n_kills: u64,
}

fn size(n_kills: u64) -> Size {
    match is_long() {
        true => {
            let n_kills = if n_kills > 0 { 10 } else { 0 };
            Size { n_carts: 10_000, n_there: 100, n_clients: 200, n_kills }
        }
        false => Size { n_carts: 400, n_there: 20, n_clients: 400, n_kills },
    }
}

#[test]
fn a_limited_code_is_redeemed_exactly_so_often_on_sqlite() {
    on_sqlite("redemptions", &[], |bed| println!("SQLite: {}", redeemed(bed, &size(0))));
}

#[test]
fn a_limited_code_is_redeemed_exactly_so_often_on_postgresql() {
    on_postgres("redemptions", &[], |bed| println!("PostgreSQL: {}", redeemed(bed, &size(0))));
}

#[test]
fn a_limited_code_is_redeemed_exactly_so_often_while_the_server_is_killed_on_sqlite() {
    on_sqlite("redemptions_killed", &[], |bed| {
        println!("SQLite: {}", redeemed(bed, &size(3)));
    });
}

#[test]
fn a_limited_code_is_redeemed_exactly_so_often_while_the_server_is_killed_on_postgresql() {
    on_postgres("redemptions_killed", &[], |bed| {
        println!("PostgreSQL: {}", redeemed(bed, &size(3)));
    });
}

#[test]
fn the_last_units_of_stock_are_sold_once_while_the_server_is_killed_on_sqlite() {
    on_sqlite("last_units", &[], |bed| println!("SQLite: {}", bought(bed, &size(1))));
}

#[test]
fn the_last_units_of_stock_are_sold_once_while_the_server_is_killed_on_postgresql() {
    on_postgres("last_units", &[], |bed| println!("PostgreSQL: {}", bought(bed, &size(1))));
}

fn redeemed(bed: &TestBed, size: &Size) -> String {
    let Size { n_carts, n_there, .. } = *size;
    let mut service = Service::start(bed);
    add_product(&mut service.client());
    add_code(&mut service.client(), n_there);
    let figures = race(&mut service, size, &[CODE], "limit_reached");
    assert_eq!(count(bed, "SELECT COUNT(*) FROM quote_uses"), n_there);
    let client = &mut service.client();
    let coupon = good(&client.get(&format!("/v1/coupons/{CODE}")));
    assert_eq!((&coupon["uses_max"], &coupon["uses_left"]), (&n_there.into(), &0.into()));
    let late = price(client, n_carts, &[CODE]);
    assert_eq!(late["price"]["total_minor"], PRICE_MINOR, "{late}");
    let why = late["price"]["not_applied"].as_array().expect("reasons");
    let is_told = |one: &Value| one["coupon"] == CODE && one["code"] == "used_up";
    assert!(why.iter().any(is_told), "{late}");
    service.kill();
    figures
}

fn bought(bed: &TestBed, size: &Size) -> String {
    let mut service = Service::start(bed);
    add_product(&mut service.client());
    add_stock(&mut service.client(), size.n_there);
    let figures = race(&mut service, size, &[], "out_of_stock");
    assert_eq!(stock(&mut service.client()), [0, 0, 0]);
    service.kill();
    figures
}

/// Prices all carts, then lets all of them become orders at once, of which so many are granted.
fn race(service: &mut Service<'_>, size: &Size, coupons: &[&str], refusal: &str) -> String {
    let Size { n_carts, n_there, n_clients, n_kills } = *size;
    let bed = service.bed;
    let carts: Vec<usize> = (0..n_carts).collect();
    let calm = Load { n_clients, kills: Vec::new() };
    let total_minor = if coupons.is_empty() { PRICE_MINOR } else { PRICE_MINOR * 9 / 10 };
    let priced = service.together(
        &carts,
        &calm,
        || (),
        |client, nth| {
            let quote = price(client, *nth, coupons);
            assert_eq!(quote["price"]["total_minor"], total_minor, "{quote}");
            (*nth, text(&quote["id"]))
        },
    );

    let acknowledged = Acknowledged::default();
    let n_early = n_there as u64 * 3 / 2;
    let load = Load { n_clients, kills: kills(n_kills, n_early, n_carts as u64) };
    let look = || {
        assert_kept(bed, &acknowledged.all(), &["committed"]);
        assert_sound(bed);
    };
    let tried: Done<bool> =
        service.together(&priced.results, &load, look, |client, (nth, quote)| {
            let is_granted = order(client, *nth, quote, refusal);
            if is_granted {
                acknowledged.add(quote);
            }
            is_granted
        });

    assert!(tried.n_cut_off >= n_kills, "each kill cuts somebody off");
    let n_granted = tried.results.iter().filter(|granted| **granted).count();
    assert_eq!(n_granted, n_there, "answers that granted it");
    assert_eq!(quotes_in(bed, &["committed"]), acknowledged.all());
    assert_eq!(quotes_in(bed, &["priced"]).len(), n_carts - n_there, "the others hold nothing");
    assert_eq!(count(bed, "SELECT COUNT(*) FROM ledger_holds WHERE state = 'open'"), 0);
    assert_sound(bed);
    format!("{}; {}", priced.figures("quotes"), tried.figures("orders"))
}

/// Every other customer holds before the order, the rest come with the order at once.
fn order(client: &mut Client<'_>, nth: usize, quote: &str, refusal: &str) -> bool {
    if nth.is_multiple_of(2) {
        if !is_granted(&step(client, quote, "hold"), refusal) {
            return false;
        }
        good(&commit(client, quote));
        return true;
    }
    is_granted(&commit(client, quote), refusal)
}
