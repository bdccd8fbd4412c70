//! A code for so many uses, entered by far more customers at once: it is used exactly so often,
//! also when the server is killed meanwhile.

use mercer_testkit::{TestBed, on_postgres, on_sqlite};
use serde_json::Value;

use crate::support::load::{Acknowledged, Client, Load, Service, kills};
use crate::support::offers::*;
use crate::support::retail::is_long;

/// How much is put on the code.
struct Size {
    n_carts: usize,
    n_uses: usize,
    n_clients: usize,
    n_kills: u64,
}

fn size(n_kills: u64) -> Size {
    match is_long() {
        true => {
            let n_kills = if n_kills > 0 { 10 } else { 0 };
            Size { n_carts: 10_000, n_uses: 100, n_clients: 200, n_kills }
        }
        false => Size { n_carts: 400, n_uses: 20, n_clients: 400, n_kills },
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

fn redeemed(bed: &TestBed, size: &Size) -> String {
    let Size { n_carts, n_uses, n_clients, n_kills } = *size;
    let mut service = Service::start(bed);
    add_product(&mut service.client());
    add_code(&mut service.client(), n_uses);

    let carts: Vec<usize> = (0..n_carts).collect();
    let calm = Load { n_clients, kills: Vec::new() };
    let priced = service.together(
        &carts,
        &calm,
        || (),
        |client, nth| {
            let quote = price(client, *nth, &[CODE]);
            assert_eq!(quote["price"]["total_minor"], PRICE_MINOR * 9 / 10, "{quote}");
            (*nth, text(&quote["id"]))
        },
    );

    let acknowledged = Acknowledged::default();
    let n_early = n_uses as u64 * 3 / 2;
    let load = Load { n_clients, kills: kills(n_kills, n_early, n_carts as u64) };
    let look = || assert_kept(bed, &acknowledged.all(), &["committed"]);
    let tried = service.together(&priced.results, &load, look, |client, (nth, quote)| {
        let is_redeemed = redeem(client, *nth, quote);
        if is_redeemed {
            acknowledged.add(quote);
        }
        is_redeemed
    });

    let n_redeemed = tried.results.iter().filter(|granted| **granted).count();
    assert_eq!(n_redeemed, n_uses, "answers that granted it");
    assert_eq!(quotes_in(bed, &["committed"]), acknowledged.all());
    assert_eq!(quotes_in(bed, &["priced"]).len(), n_carts - n_uses, "the others hold nothing");
    assert_eq!(count(bed, "SELECT COUNT(*) FROM quote_uses"), n_uses);
    assert_eq!(count(bed, "SELECT COUNT(*) FROM ledger_holds WHERE state = 'open'"), 0);
    assert_sound(bed);
    let client = &mut service.client();
    let coupon = good(&client.get(&format!("/v1/coupons/{CODE}")));
    assert_eq!((&coupon["uses_max"], &coupon["uses_left"]), (&n_uses.into(), &0.into()));
    let late = price(client, n_carts, &[CODE]);
    assert_eq!(late["price"]["total_minor"], PRICE_MINOR, "{late}");
    let why = late["price"]["not_applied"].as_array().expect("reasons");
    let is_told = |one: &Value| one["coupon"] == CODE && one["code"] == "used_up";
    assert!(why.iter().any(is_told), "{late}");
    service.kill();
    format!("{}; {}", priced.figures("quotes"), tried.figures("redemptions"))
}

/// Every other customer holds before the order, the rest come with the order at once.
fn redeem(client: &mut Client<'_>, nth: usize, quote: &str) -> bool {
    if nth.is_multiple_of(2) {
        if !is_granted(&step(client, quote, "hold")) {
            return false;
        }
        good(&commit(client, quote));
        return true;
    }
    is_granted(&commit(client, quote))
}
