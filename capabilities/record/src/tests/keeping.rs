//! The same draft twice, other versions of it, and what a draft leaves out.

use mercer_connect::source::{AdjustmentKind, CustomerDraft, LineKind, OrderStatus, SourceItem};
use mercer_core::clock::Clock;
use mercer_testkit::{TestBed, on_both};
use serde_json::json;

use super::dump::{ask, assert_same, dump};
use super::support::*;
use crate::RecordError;
use crate::keep::Change::{Changed, Created, Unchanged};
use crate::keep::{ChannelDefaults, Keeper};

fn one_of_each() -> Vec<SourceItem> {
    let mut draft = order("1", day(3, 1), customer("ann"), vec![line("A", 3, 500)]);
    draft.discount_codes = vec!["SPRING".to_owned(), "FRIEND".to_owned()];
    vec![
        SourceItem::Product(product("A", "Mug", &["A", "A-blue"])),
        SourceItem::Order(draft),
        SourceItem::Refund(refund("r", day(3, 5), customer("ann"), vec![back("A", 1, 500)])),
        SourceItem::Adjustment(adjustment("s", 0, "A", -2)),
    ]
}

#[test]
fn the_same_drafts_twice_change_nothing_and_leave_no_fact() {
    on_both("keep_twice", MIGRATIONS, |t| {
        let first = keep(t, &one_of_each());
        assert_eq!(changes(&first), [Created; 4]);
        assert_eq!(tie(t), 1);
        let (before, sequence) = (dump(&t.db), last_fact(t));
        let second = keep(t, &one_of_each());
        assert_eq!(changes(&second), [Unchanged; 4]);
        assert_eq!(
            first.items.iter().map(|(id, _)| id).collect::<Vec<_>>(),
            second.items.iter().map(|(id, _)| id).collect::<Vec<_>>()
        );
        assert!(second.customers_created.is_empty() && second.products_created.is_empty());
        // Twice within one batch is no different.
        let _ = keep(t, &[one_of_each(), one_of_each()].concat());
        assert_eq!(facts_after(t, sequence), [""; 0]);
        assert_same(&before, &dump(&t.db));
    });
}

#[test]
fn what_is_new_leaves_a_fact_of_its_own_time() {
    on_both("keep_facts", MIGRATIONS, |t| {
        let _ = keep(t, &one_of_each());
        let facts = t.db.read(|tx| mercer_facts::read_after(tx, 0, 100)).unwrap();
        let told: Vec<_> = facts.iter().map(|f| (f.kind.as_str(), f.occurred_at)).collect();
        assert_eq!(
            told,
            [
                ("product.created", t.clock.now()),
                ("customer.created", day(3, 1)),
                ("order.placed", day(3, 1)),
                ("refund.given", day(3, 5)),
                ("stock.adjusted", day(3, 1)),
            ]
        );
        assert_eq!(
            facts[2].payload,
            json!({"channel": "shop", "number": "1", "status": "fulfilled", "total_minor": 1_500,
                   "currency": "GBP", "n_lines": 1})
        );
        assert!(facts.iter().all(|fact| !fact.payload.to_string().contains("\"ann")));
    });
}

#[test]
fn a_later_version_replaces_the_one_before() {
    on_both("keep_changed", MIGRATIONS, |t| {
        let lines = vec![line("A", 3, 500), line("B", 1, 200)];
        let first = keep_orders(t, &[order("1", day(3, 1), customer("ann"), lines)]);
        let sequence = last_fact(t);
        let mut later = order("1", day(2, 1), customer("bob"), vec![line("A", 2, 400)]);
        later.shipping_minor = 50;
        let second = keep_orders(t, &[later]);
        assert_eq!(changes(&second), [Changed]);
        assert_eq!(first.items[0].0, second.items[0].0);
        assert_eq!(facts_after(t, sequence), ["customer.created", "order.changed"]);
        assert_eq!(customer_figures(t, "ann"), [0, 0, 0, 0]);
        assert_eq!(customer_figures(t, "bob"), [1, 850, 0, 0]);
        assert_eq!(product_figures(t, "A"), [1, 2, 0, 800]);
        assert_eq!(product_figures(t, "B"), [0, 0, 0, 0]);
        let sql = "SELECT first_order_at, last_order_at FROM customer_stats ORDER BY n_orders";
        let at = day(2, 1).as_microsecond();
        assert_eq!(ask(&t.db, 2, sql), ["-|-".to_owned(), format!("{at}|{at}")]);
        assert_eq!(
            ask(&t.db, 4, "SELECT total_minor, n_lines, n_units, shipping_minor FROM orders"),
            ["850|1|2|50"]
        );
        assert_eq!(ask(&t.db, 2, "SELECT sku, quantity FROM order_lines"), ["A|2"]);
    });
}

#[test]
fn a_cancelled_order_leaves_the_figures_and_may_come_back() {
    on_both("keep_cancelled", MIGRATIONS, |t| {
        let draft = order("1", day(3, 1), customer("ann"), vec![line("A", 3, 500)]);
        let other = order("2", day(4, 1), customer("ann"), vec![line("A", 1, 500)]);
        let _ = keep_orders(t, &[draft.clone(), other]);
        let sequence = last_fact(t);
        let mut cancelled = draft.clone();
        cancelled.status = OrderStatus::Cancelled;
        let _ = keep_orders(t, &[cancelled.clone()]);
        assert_eq!(facts_after(t, sequence), ["order.cancelled"]);
        assert_eq!(customer_figures(t, "ann"), [1, 500, 0, 0]);
        assert_eq!(product_figures(t, "A"), [1, 1, 0, 500]);
        let first = ask(&t.db, 1, "SELECT first_order_at FROM customer_stats");
        assert_eq!(first, [day(4, 1).as_microsecond().to_string()]);
        assert_eq!(changes(&keep_orders(t, &[cancelled])), [Unchanged]);
        let _ = keep_orders(t, &[draft]);
        assert_eq!(customer_figures(t, "ann"), [2, 2_000, 0, 0]);
        assert_eq!(product_figures(t, "A"), [2, 4, 0, 2_000]);
    });
}

#[test]
fn an_order_that_stands_in_one_batch_twice_ends_as_its_last_version() {
    on_both("keep_batch_twice", MIGRATIONS, |t| {
        let version =
            |quantity| order("1", day(3, 1), customer("ann"), vec![line("A", quantity, 500)]);
        let other = order("2", day(3, 2), customer("ann"), vec![line("A", 1, 500)]);
        let kept = keep_orders(t, &[version(3), other, version(5), version(5), version(4)]);
        assert_eq!(changes(&kept), [Created, Created, Changed, Unchanged, Changed]);
        assert_eq!(customer_figures(t, "ann"), [2, 2_500, 0, 0]);
        assert_eq!(product_figures(t, "A"), [2, 5, 0, 2_500]);
        assert_eq!(ask(&t.db, 1, "SELECT quantity FROM order_lines ORDER BY order_id"), ["4", "1"]);
        let refunds =
            [1, 2, 2].map(|n| refund("r", day(3, 9), customer("ann"), vec![back("A", n, 500)]));
        assert_eq!(changes(&keep_refunds(t, &refunds)), [Created, Changed, Unchanged]);
        assert_eq!(customer_figures(t, "ann"), [2, 1_500, 1, 1_000]);
        assert_eq!(product_figures(t, "A"), [2, 5, 2, 1_500]);
    });
}

#[test]
fn a_batch_that_cannot_be_kept_leaves_nothing() {
    on_both("keep_nothing", MIGRATIONS, |t| {
        let good = order("1", day(3, 1), customer("ann"), vec![line("A", 3, 500)]);
        let bad = order("2", day(3, 1), None, vec![]);
        let items = [SourceItem::Order(good), SourceItem::Order(bad)];
        let keeper = Keeper::new(defaults());
        let error = t.db.write(|tx| keeper.keep(tx, t.clock.now(), &items)).err().unwrap();
        assert!(matches!(error, RecordError::Invalid { .. }));
        let unknown = ChannelDefaults { time_zone: "Mars/Base".to_owned(), ..defaults() };
        let keeper = Keeper::new(unknown);
        let error = t.db.write(|tx| keeper.keep(tx, t.clock.now(), &items[..1])).err().unwrap();
        assert!(error.to_string().contains("`Mars/Base` is not a time zone"), "{error}");
        assert!(dump(&t.db).values().all(Vec::is_empty));
    });
}

#[test]
fn a_keeper_whose_batch_was_undone_starts_from_what_is_there() {
    on_both("keep_undone", MIGRATIONS, |t| {
        let keeper = Keeper::new(defaults());
        let items = one_of_each();
        let undone: Result<(), RecordError> = t.db.write(|tx| {
            let _ = keeper.keep(tx, t.clock.now(), &items)?;
            Err(mercer_db::DbError::NoRow.into())
        });
        assert!(undone.is_err());
        let (kept, _) = t.db.write(|tx| keeper.keep(tx, t.clock.now(), &items)).unwrap();
        assert_eq!(changes(&kept), [Created; 4]);
    });
}

#[test]
fn a_products_rename_reaches_its_page_and_its_past_orders_keep_their_words() {
    on_both("keep_rename", MIGRATIONS, |t| {
        let _ = keep_orders(t, &[order("1", day(3, 1), None, vec![line("A", 1, 500)])]);
        let sequence = last_fact(t);
        let kept = keep(t, &[SourceItem::Product(product("A", "Blue MUG", &["A"]))]);
        assert_eq!(changes(&kept), [Changed]);
        assert_eq!(kept.products_changed.len(), 1);
        assert_eq!(facts_after(t, sequence), ["product.changed"]);
        assert_eq!(
            ask(&t.db, 2, "SELECT title, search_text FROM products"),
            ["Blue MUG|blue mug\na"]
        );
        assert_eq!(ask(&t.db, 1, "SELECT title FROM order_lines"), ["Title of A"]);
        assert_eq!(product_figures(t, "A"), [1, 1, 0, 500]);
        // A line with other words does not rename it.
        let mut odd = line("A", 1, 500);
        odd.title = "damaged".to_owned();
        let _ = keep_orders(t, &[order("2", day(3, 2), None, vec![odd])]);
        assert_eq!(ask(&t.db, 1, "SELECT title FROM products"), ["Blue MUG"]);
    });
}

#[test]
fn a_sku_that_nobody_described_makes_a_product_and_fees_do_not() {
    on_both("keep_unknown_sku", MIGRATIONS, |t| {
        let mut post = line("POST", 1, 300);
        post.kind = LineKind::Shipping;
        let mut nameless = line("B", 1, 0);
        nameless.kind = LineKind::Gift;
        nameless.title = "  ".to_owned();
        let lines = vec![line("A", 1, 500), post, nameless, line("A", 2, 450)];
        let kept = keep_orders(t, &[order("1", day(3, 1), None, lines)]);
        assert_eq!(kept.products_created.len(), 2);
        let sql = "SELECT p.external_id, p.title, v.sku, v.price_minor
                   FROM products p JOIN variants v ON v.product_id = p.id ORDER BY p.external_id";
        assert_eq!(ask(&t.db, 4, sql), ["A|Title of A|A|500", "B|B|B|-"]);
        assert_eq!(product_figures(t, "A"), [1, 3, 0, 1_400]);
        // A gift is a product, but no sale.
        assert_eq!(product_figures(t, "B"), [0, 0, 0, 0]);
        assert_eq!(
            ask(
                &t.db,
                5,
                "SELECT n_lines, n_units, items_minor, shipping_minor, total_minor FROM orders"
            ),
            ["4|4|1400|300|1700"]
        );
    });
}

#[test]
fn a_line_with_a_products_own_number_for_sku_does_not_overwrite_the_product() {
    on_both("keep_parent_sku", MIGRATIONS, |t| {
        let _ = keep(t, &[SourceItem::Product(product("A", "Mug", &["A-red", "A-blue"]))]);
        let kept = keep_orders(t, &[order("1", day(3, 1), None, vec![line("A", 1, 500)])]);
        assert!(kept.products_created.is_empty() && kept.products_changed.is_empty());
        let sql = "SELECT p.title, v.sku FROM products p JOIN variants v ON v.product_id = p.id
                   ORDER BY v.sku";
        assert_eq!(ask(&t.db, 2, sql), ["Mug|A-blue", "Mug|A-red"]);
        assert_eq!(product_figures(t, "A-red"), [1, 1, 0, 500]);
    });
}

fn ann(email: Option<&str>, name: Option<&str>, country: Option<&str>) -> Option<CustomerDraft> {
    Some(CustomerDraft {
        external_id: "ann".to_owned(),
        email: email.map(str::to_owned),
        name: name.map(str::to_owned),
        country: country.map(str::to_owned),
    })
}

fn order_of(t: &TestBed, number: &str, customer: Option<CustomerDraft>) -> Vec<String> {
    let sequence = last_fact(t);
    let _ = keep_orders(t, &[order(number, day(3, 1), customer, vec![line("A", 1, 500)])]);
    facts_after(t, sequence)
}

#[test]
fn what_an_order_does_not_say_about_its_customer_is_kept() {
    on_both("keep_customer", MIGRATIONS, |t| {
        let told = || ask(&t.db, 4, "SELECT email, name, country, search_text FROM customers");
        order_of(t, "1", ann(Some("a@b.c"), None, Some("GB")));
        assert_eq!(told(), ["a@b.c|-|GB|ann\na@b.c"]);
        let facts = order_of(t, "2", ann(None, Some("Ann Lee"), None));
        assert_eq!(facts, ["customer.changed", "order.placed"]);
        assert_eq!(told(), ["a@b.c|Ann Lee|GB|ann\nann lee\na@b.c"]);
        // Nothing new is said, in whatever parts: no fact.
        assert_eq!(order_of(t, "3", customer("ann")), ["order.placed"]);
        assert_eq!(order_of(t, "4", ann(Some("a@b.c"), None, Some("GB"))), ["order.placed"]);
        assert_eq!(order_of(t, "5", ann(Some("a@b.c"), Some("Ann Lee"), None)), ["order.placed"]);
        let facts = order_of(t, "6", ann(None, None, Some("FR")));
        assert_eq!(facts, ["customer.changed", "order.placed"]);
        assert_eq!(told(), ["a@b.c|Ann Lee|FR|ann\nann lee\na@b.c"]);
        assert_eq!(customer_figures(t, "ann"), [6, 3_000, 0, 0]);
    });
}

#[test]
fn what_comes_later_in_a_batch_counts_whatever_it_is() {
    on_both("keep_in_turn", MIGRATIONS, |t| {
        let given = refund("r", day(2, 1), ann(None, None, Some("FR")), vec![back("A", 1, 500)]);
        let bought = order("1", day(3, 1), ann(None, None, Some("GB")), vec![line("A", 1, 500)]);
        let _ = keep(t, &[SourceItem::Refund(given), SourceItem::Order(bought)]);
        assert_eq!(ask(&t.db, 1, "SELECT country FROM customers"), ["GB"]);
    });
}

#[test]
fn names_of_any_script_with_quotes_and_signs_are_told_apart() {
    on_both("keep_names", MIGRATIONS, |t| {
        let names = [
            "O'Brien",
            "O''Brien",
            "\"Ann\"",
            "Zoë",
            "Zoe\u{308}",
            "ZOË",
            "日本",
            "🧵👩‍👧",
            "a%b_c\\",
            "'; DROP TABLE orders; --",
            "ann ",
            "Ann",
            "$1",
            "{{keys}}",
            "a\nb",
            "\u{202e}abc",
        ];
        let orders: Vec<_> = names
            .iter()
            .map(|name| order(name, day(3, 1), customer(name), vec![line(name, 1, 500)]))
            .collect();
        let kept = keep_orders(t, &orders);
        assert_eq!(changes(&kept), [Created; 16]);
        assert_eq!((kept.customers_created.len(), kept.products_created.len()), (16, 16));
        assert_eq!(changes(&keep_orders(t, &orders)), [Unchanged; 16]);
        let mut expected = names.map(str::to_owned);
        expected.sort();
        assert_eq!(ask(&t.db, 1, "SELECT number FROM orders ORDER BY number"), expected);
        assert_eq!(ask(&t.db, 1, "SELECT sku FROM variants ORDER BY sku"), expected);
        let refunds: Vec<_> = names
            .iter()
            .map(|name| refund(name, day(4, 1), customer(name), vec![back(name, 1, 500)]))
            .collect();
        let _ = keep_refunds(t, &refunds);
        assert_eq!(tie(t), 16);
        for name in names {
            assert_eq!(customer_figures(t, name), [1, 0, 1, 500], "{name}");
        }
    });
}

#[test]
fn the_longest_names_allowed_are_kept() {
    on_both("keep_long_names", MIGRATIONS, |t| {
        // Letters without a pattern, which a database cannot pack.
        let mut state = 1u64;
        let mut text = |n: usize| -> String {
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                char::from(b'!' + ((state >> 33) % 90) as u8)
            };
            (0..n).map(|_| next()).collect()
        };
        let mut long = line(&text(mercer_connect::source::N_KEY_BYTES_MAX), 1, 500);
        long.title = text(4_096);
        let who = Some(CustomerDraft {
            external_id: text(mercer_connect::source::N_KEY_BYTES_MAX),
            email: Some(text(4_096)),
            name: Some(text(4_096)),
            country: Some(text(mercer_connect::source::N_KEY_BYTES_MAX)),
        });
        let draft =
            order(&text(mercer_connect::source::N_KEY_BYTES_MAX), day(3, 1), who, vec![long]);
        assert_eq!(changes(&keep_orders(t, &[draft])), [Created]);
    });
}

#[test]
fn the_same_number_in_another_channel_is_another_order() {
    on_both("keep_channels", MIGRATIONS, |t| {
        let here = order("1", day(3, 1), customer("ann"), vec![line("A", 1, 500)]);
        let mut there = here.clone();
        there.channel = "market".to_owned();
        assert_eq!(changes(&keep_orders(t, &[here, there])), [Created, Created]);
        let sql = "SELECT code, name, currency, time_zone FROM channels ORDER BY code";
        assert_eq!(
            ask(&t.db, 4, sql),
            ["market|market|GBP|Europe/London", "shop|shop|GBP|Europe/London"]
        );
        assert_eq!(ask(&t.db, 1, "SELECT external_id FROM customers"), ["ann", "ann"]);
        assert_eq!(ask(&t.db, 1, "SELECT sku FROM variants"), ["A", "A"]);
    });
}

#[test]
fn corrections_are_known_by_number_and_position_and_leave_sales_alone() {
    on_both("keep_adjustments", MIGRATIONS, |t| {
        let _ = keep_orders(t, &[order("1", day(3, 1), None, vec![line("A", 5, 500)])]);
        let mut debt = adjustment("s", 2, "", 0);
        debt.kind = AdjustmentKind::Books;
        debt.amount_minor = -1_106_206;
        let items = [adjustment("s", 0, "A", -2), adjustment("s", 1, "Z", 4), debt]
            .map(SourceItem::Adjustment);
        assert_eq!(changes(&keep(t, &items)), [Created; 3]);
        let sequence = last_fact(t);
        let kept = keep(t, &[SourceItem::Adjustment(adjustment("s", 0, "A", -3))]);
        assert_eq!(changes(&kept), [Changed]);
        assert_eq!(facts_after(t, sequence), ["stock.adjusted"]);
        let sql = "SELECT a.sku, a.quantity, a.amount_minor, p.external_id FROM adjustments a
                   LEFT JOIN products p ON p.id = a.product_id ORDER BY a.position";
        assert_eq!(ask(&t.db, 4, sql), ["A|-3|0|A", "Z|4|0|-", "|0|-1106206|-"]);
        assert_eq!(product_figures(t, "A"), [1, 5, 0, 2_500]);
    });
}

#[test]
fn two_processes_keeping_the_same_orders_count_them_once() {
    on_both("keep_at_once", MIGRATIONS, |t| {
        let orders: Vec<_> = (0..40)
            .map(|i| {
                let lines = vec![line(&format!("S{}", i % 7), 1, 500), line("A", 2, 100)];
                order(&i.to_string(), day(3, 1), customer(&format!("c{}", i % 5)), lines)
            })
            .collect();
        let created: usize = std::thread::scope(|scope| {
            let workers = [0, 1, 2, 3].map(|worker: usize| {
                let orders = &orders;
                scope.spawn(move || {
                    let mine = orders.iter().cycle().skip(worker * 13).take(orders.len());
                    let kept: Vec<_> =
                        mine.map(|draft| keep_orders(t, std::slice::from_ref(draft))).collect();
                    kept.iter().filter(|kept| changes(kept) == [Created]).count()
                })
            });
            workers.into_iter().map(|worker| worker.join().unwrap()).sum()
        });
        assert_eq!(created, 40);
        assert_eq!(product_figures(t, "A"), [40, 80, 0, 8_000]);
        assert_eq!(customer_figures(t, "c3"), [8, 5_600, 0, 0]);
        assert_eq!(facts_after(t, 0).iter().filter(|kind| *kind == "order.placed").count(), 40);
    });
}
