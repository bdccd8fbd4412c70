//! A queue that everybody joins at once, the server being killed meanwhile: whoever came first is
//! called first, nobody stands in it twice, and what a shopper gives up goes to the next.

use mercer_db::Row;
use mercer_testkit::{TestBed, on_postgres, on_sqlite};
use serde_json::{Value, json};

use crate::support::load::{Client, Load, Service};
use crate::support::offers::*;

/// Shoppers who want one unit each.
const N_SHOPPERS: usize = 300;
/// Units that there are; even, as half of those who are called give them up.
const N_UNITS: usize = 20;
const N_CLIENTS: usize = 32;

#[test]
fn a_queue_that_all_join_at_once_is_in_order_on_sqlite() {
    on_sqlite("flash_queue_load", &[], |bed| println!("SQLite: {}", queued(bed)));
}

#[test]
fn a_queue_that_all_join_at_once_is_in_order_on_postgresql() {
    on_postgres("flash_queue_load", &[], |bed| println!("PostgreSQL: {}", queued(bed)));
}

fn queued(bed: &TestBed) -> String {
    let mut service = Service::start(bed);
    add_product(&mut service.client());
    let sale = begin_sale(&mut service.client(), N_UNITS);
    let queue = format!("/v1/flash-sales/{sale}/queue");
    let shoppers: Vec<usize> = (0..N_SHOPPERS).collect();
    let load = Load { n_clients: N_CLIENTS, kills: vec![30, 150] };
    let joined = service.together(
        &shoppers,
        &load,
        || assert_sound(bed),
        |client, nth| {
            let ask = json!({ "anonymous_id": format!("visitor-{nth}"), "sku": SKU });
            let place = good(&client.post(&queue, &ask.to_string()));
            assert!(["turn", "waiting"].contains(&text(&place["state"]).as_str()), "{place}");
        },
    );
    assert_eq!(states(bed), in_order(&[("turn", N_UNITS), ("waiting", N_SHOPPERS - N_UNITS)]));

    let calm = Load { n_clients: N_CLIENTS, kills: Vec::new() };
    let places = service.together(
        &shoppers,
        &calm,
        || (),
        |client, nth| {
            let place = good(&client.get(&place_of(&queue, *nth)));
            (text(&place["state"]), place["n_before"].as_u64().expect("a number") as usize)
        },
    );
    let of = |state: &str| -> Vec<usize> {
        let all = places.results.iter().zip(&shoppers);
        all.filter(|((is, _), _)| is == state).map(|(_, nth)| *nth).collect()
    };
    let (called, waiting) = (of("turn"), of("waiting"));
    let mut told: Vec<usize> = waiting.iter().map(|nth| places.results[*nth].1).collect();
    told.sort_unstable();
    assert_eq!(told, (0..waiting.len()).collect::<Vec<_>>(), "each place is one shopper's");

    // Every other of the called buys, the others give their turn up.
    let first: Vec<(usize, usize)> = called.iter().copied().enumerate().collect();
    service.together(
        &first,
        &calm,
        || (),
        |client, (place, nth)| {
            if place.is_multiple_of(2) {
                buy(client, *nth);
            } else {
                let left: Value = good(&client.delete(&place_of(&queue, *nth)));
                assert_eq!(left["state"], "left", "{left}");
            }
        },
    );
    let found = states(bed);
    let is_over = |state: &String| ["used", "left"].contains(&state.as_str());
    assert!(found[..N_UNITS].iter().all(is_over), "{found:?}");
    let n_waiting = N_SHOPPERS - N_UNITS * 3 / 2;
    assert_eq!(found[N_UNITS..], in_order(&[("turn", N_UNITS / 2), ("waiting", n_waiting)]));

    // Those who still wait get nothing of the sale; those who were called next get the rest.
    let next: Vec<usize> =
        waiting.iter().copied().filter(|n| places.results[*n].1 < N_UNITS / 2).collect();
    service.together(
        &waiting,
        &calm,
        || (),
        |client, nth| {
            if next.contains(nth) {
                buy(client, *nth);
            } else {
                let quote = price(client, *nth, &[]);
                assert_eq!(quote["price"]["total_minor"], PRICE_MINOR, "{quote}");
            }
        },
    );
    let live = good(&service.client().get(&format!("/v1/flash-sales/{sale}")));
    let item = &live["items"][0];
    let found = ["n_left", "n_held", "n_sold", "n_waiting"].map(|name| item[name].as_u64());
    assert_eq!(found, [0, 0, N_UNITS as u64, n_waiting as u64].map(Some));
    assert_sound(bed);
    service.kill();
    joined.figures("joins")
}

fn place_of(queue: &str, nth: usize) -> String {
    format!("{queue}?anonymous_id=visitor-{nth}&sku={SKU}")
}

fn buy(client: &mut Client<'_>, nth: usize) {
    let quote = price(client, nth, &[]);
    assert_eq!(quote["price"]["total_minor"], FLASH_MINOR, "{quote}");
    good(&commit(client, &text(&quote["id"])));
}

/// States of the places, in the order of joining; fails when a shopper has two.
fn states(bed: &TestBed) -> Vec<String> {
    let rows = rows(bed, "SELECT state, shopper FROM flash_tickets ORDER BY ticket");
    let mut shoppers: Vec<&str> = rows.iter().map(|row| row.str(1)).collect();
    shoppers.sort_unstable();
    shoppers.dedup();
    assert_eq!((shoppers.len(), rows.len()), (N_SHOPPERS, N_SHOPPERS));
    rows.iter().map(|row: &Row| row.str(0).to_owned()).collect()
}

fn in_order(parts: &[(&str, usize)]) -> Vec<String> {
    parts.iter().flat_map(|(state, n)| vec![(*state).to_owned(); *n]).collect()
}
