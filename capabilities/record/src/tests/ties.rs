//! Which purchase a refund belongs to.

use mercer_connect::source::{OrderDraft, RefundDraft};
use mercer_testkit::{TestBed, on_both};

use super::dump::{ask, assert_same, dump};
use super::support::*;

/// Each refund line as `refund/position -> order/position`, `-` for untied.
fn tied(t: &TestBed) -> Vec<String> {
    let sql = "SELECT r.number, l.position, o.number, l.order_position
               FROM refund_lines l JOIN refunds r ON r.id = l.refund_id
               LEFT JOIN orders o ON o.id = l.order_id ORDER BY r.number, l.position";
    ask(&t.db, 4, sql)
}

/// Units back of each order line, as `order|position|units|of`.
fn units_back(t: &TestBed) -> Vec<String> {
    let sql = "SELECT o.number, l.position, l.refunded_quantity, l.quantity
               FROM order_lines l JOIN orders o ON o.id = l.order_id
               WHERE l.refunded_quantity > 0 ORDER BY o.number, l.position";
    ask(&t.db, 4, sql)
}

fn bought(number: &str, month: i8, quantity: i64, price: i64) -> OrderDraft {
    order(number, day(month, 1), customer("ann"), vec![line("A", quantity, price)])
}

fn returned(number: &str, month: i8, quantity: i64, price: i64) -> RefundDraft {
    refund(number, day(month, 1), customer("ann"), vec![back("A", quantity, price)])
}

#[test]
fn the_latest_earlier_purchase_is_taken_and_one_at_the_same_price_before_it() {
    on_both("ties_latest", MIGRATIONS, |t| {
        let _ = keep_orders(
            t,
            &[bought("1", 1, 5, 200), bought("2", 2, 5, 300), bought("3", 3, 5, 300)],
        );
        let _ = keep_refunds(
            t,
            &[returned("a", 4, 1, 200), returned("b", 4, 1, 300), returned("c", 4, 1, 999)],
        );
        let before = last_fact(t);
        assert_eq!(tie(t), 3);
        assert_eq!(tied(t), ["a|0|1|0", "b|0|3|0", "c|0|3|0"]);
        assert_eq!(units_back(t), ["1|0|1|5", "3|0|2|5"]);
        assert_eq!(facts_after(t, before), ["refund.tied"; 3]);
    });
}

#[test]
fn a_purchase_after_the_refund_is_never_taken() {
    on_both("ties_later", MIGRATIONS, |t| {
        let _ = keep_orders(t, &[bought("1", 5, 5, 300)]);
        let _ = keep_refunds(t, &[returned("a", 4, 1, 300), returned("b", 5, 1, 300)]);
        assert_eq!(tie(t), 1);
        assert_eq!(tied(t), ["a|0|-|-", "b|0|1|0"]);
    });
}

#[test]
fn no_more_comes_back_than_was_bought() {
    on_both("ties_left", MIGRATIONS, |t| {
        let _ = keep_orders(t, &[bought("1", 1, 5, 300), bought("2", 2, 3, 300)]);
        let _ = keep_refunds(
            t,
            &[
                returned("a", 3, 2, 300),
                returned("b", 4, 2, 300),
                returned("c", 5, 1, 300),
                returned("d", 6, 4, 300),
                returned("e", 7, 3, 300),
            ],
        );
        assert_eq!(tie(t), 4);
        // `a` takes two of three, so that `b` must go to the older one; `d` fits nowhere.
        assert_eq!(tied(t), ["a|0|2|0", "b|0|1|0", "c|0|2|0", "d|0|-|-", "e|0|1|0"]);
        assert_eq!(units_back(t), ["1|0|5|5", "2|0|3|3"]);
    });
}

#[test]
fn the_order_that_the_source_names_is_the_only_one_looked_at() {
    on_both("ties_named", MIGRATIONS, |t| {
        let _ = keep_orders(t, &[bought("1", 1, 5, 200), bought("2", 2, 1, 300)]);
        let named = |number: &str, order: &str, quantity| {
            let mut draft = returned(number, 4, quantity, 300);
            draft.order_number = Some(order.to_owned());
            draft
        };
        let mut of_a_guest = named("c", "1", 1);
        of_a_guest.customer = None;
        let _ = keep_refunds(
            t,
            &[named("a", "1", 1), named("b", "2", 2), of_a_guest, named("d", "unheard of", 1)],
        );
        assert_eq!(tie(t), 2);
        assert_eq!(tied(t), ["a|0|1|0", "b|0|-|-", "c|0|1|0", "d|0|-|-"]);
    });
}

#[test]
fn a_named_order_of_another_channel_is_not_meant() {
    on_both("ties_channel", MIGRATIONS, |t| {
        let mut elsewhere = bought("1", 1, 5, 300);
        elsewhere.channel = "market".to_owned();
        let _ = keep_orders(t, &[elsewhere]);
        let mut draft = returned("a", 4, 1, 300);
        draft.order_number = Some("1".to_owned());
        let _ = keep_refunds(t, &[draft]);
        assert_eq!(tie(t), 0);
    });
}

#[test]
fn guests_other_customers_and_other_products_are_not_mixed_up() {
    on_both("ties_others", MIGRATIONS, |t| {
        let _ = keep_orders(t, &[bought("1", 1, 5, 300)]);
        let mut guest = returned("a", 4, 1, 300);
        guest.customer = None;
        let mut bob = returned("b", 4, 1, 300);
        bob.customer = customer("bob");
        let mut other = returned("c", 4, 1, 300);
        other.lines = vec![back("B", 1, 300)];
        let _ = keep_refunds(t, &[guest, bob, other]);
        assert_eq!(tie(t), 0);
        assert_eq!(tied(t), ["a|0|-|-", "b|0|-|-", "c|0|-|-"]);
    });
}

#[test]
fn what_fits_nowhere_waits_until_its_purchase_arrives() {
    on_both("ties_wait", MIGRATIONS, |t| {
        let _ = keep_refunds(t, &[returned("a", 4, 2, 300)]);
        assert_eq!(tie(t), 0);
        let _ = keep_orders(t, &[bought("1", 3, 2, 300)]);
        let before = last_fact(t);
        let ann = ask(&t.db, 1, "SELECT id FROM customers WHERE external_id = 'ann'");
        let now = day(5, 1);
        let n = t.db.write(|tx| crate::ties::tie_one(tx, now, Some(&ann[0]), Some("1"))).unwrap();
        assert_eq!(n, 1);
        assert_eq!(tied(t), ["a|0|1|0"]);
        assert_eq!(facts_after(t, before), ["refund.tied"]);
        assert_eq!(ask(&t.db, 1, "SELECT refunded_minor FROM orders"), ["600"]);
    });
}

#[test]
fn running_again_changes_nothing() {
    on_both("ties_again", MIGRATIONS, |t| {
        let _ = keep_orders(t, &[bought("1", 1, 5, 300)]);
        let _ = keep_refunds(t, &[returned("a", 4, 2, 300), returned("b", 4, 9, 300)]);
        assert_eq!(tie(t), 1);
        let before = dump(&t.db);
        assert_eq!(tie(t), 0);
        assert_same(&before, &dump(&t.db));
    });
}

#[test]
fn changing_an_order_unties_its_refunds_and_they_are_tied_anew() {
    on_both("ties_changed_order", MIGRATIONS, |t| {
        let _ = keep_orders(t, &[bought("1", 1, 5, 300), bought("2", 2, 5, 300)]);
        let _ = keep_refunds(t, &[returned("a", 4, 2, 300), returned("b", 4, 3, 300)]);
        assert_eq!(tie(t), 2);
        assert_eq!(units_back(t), ["2|0|5|5"]);
        // Only two were bought after all: one refund must go to the older order.
        let _ = keep_orders(t, &[bought("2", 2, 2, 300)]);
        assert_eq!(tied(t), ["a|0|-|-", "b|0|-|-"]);
        assert_eq!(ask(&t.db, 1, "SELECT SUM(refunded_minor)||'' FROM orders"), ["0"]);
        assert_eq!(tie(t), 2);
        assert_eq!(tied(t), ["a|0|2|0", "b|0|1|0"]);
        assert_eq!(units_back(t), ["1|0|3|5", "2|0|2|2"]);
        assert_eq!(
            ask(&t.db, 2, "SELECT number, refunded_minor FROM orders ORDER BY number"),
            ["1|900", "2|600"]
        );
    });
}

#[test]
fn changing_a_refund_unties_it_and_gives_the_units_back() {
    on_both("ties_changed_refund", MIGRATIONS, |t| {
        let _ = keep_orders(t, &[bought("1", 1, 5, 300)]);
        let _ = keep_refunds(t, &[returned("a", 4, 4, 300)]);
        assert_eq!(tie(t), 1);
        let _ = keep_refunds(t, &[returned("a", 4, 1, 300)]);
        assert_eq!(units_back(t), [""; 0]);
        assert_eq!(tie(t), 1);
        assert_eq!(units_back(t), ["1|0|1|5"]);
        assert_eq!(ask(&t.db, 1, "SELECT refunded_minor FROM orders"), ["300"]);
        assert_eq!(customer_figures(t, "ann"), [1, 1_200, 1, 300]);
    });
}

#[test]
fn money_of_another_currency_is_not_taken_off_an_order() {
    on_both("ties_currency", MIGRATIONS, |t| {
        let _ = keep_orders(t, &[bought("1", 1, 5, 300)]);
        let mut euros = returned("a", 4, 1, 300);
        euros.currency = mercer_engine_kit::money::Currency::EUR;
        let mut named = euros.clone();
        named.number = "b".to_owned();
        named.order_number = Some("1".to_owned());
        let _ = keep_refunds(t, &[euros, named]);
        assert_eq!(tie(t), 0);
    });
}

#[test]
fn two_processes_tying_at_once_take_no_unit_twice() {
    on_both("ties_at_once", MIGRATIONS, |t| {
        let _ = keep_orders(t, &[bought("1", 1, 20, 300), bought("2", 2, 20, 300)]);
        let refunds: Vec<_> = (0..50).map(|i| returned(&format!("{i:02}"), 4, 1, 300)).collect();
        let _ = keep_refunds(t, &refunds);
        let n: u64 = std::thread::scope(|scope| {
            let workers = [(); 4].map(|()| scope.spawn(|| tie(t)));
            workers.into_iter().map(|worker| worker.join().unwrap()).sum()
        });
        assert_eq!(n, 40);
        assert_eq!(units_back(t), ["1|0|20|20", "2|0|20|20"]);
    });
}
