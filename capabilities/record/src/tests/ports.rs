//! What the record answers to other capabilities about single things.

use std::collections::BTreeMap;

use mercer_connect::cart::{Catalog, CustomerTraits, PortError};
use mercer_connect::orders::OrderBook;
use mercer_connect::source::{LineKind, OrderStatus, SourceItem};
use mercer_testkit::on_both;

use super::support::*;
use crate::ports::RecordPorts;

#[test]
fn an_order_is_told_with_its_item_lines_and_codes_and_every_order_once() {
    on_both("ports_orders", MIGRATIONS, |t| {
        let mut post = line("POST", 1, 300);
        post.kind = LineKind::Shipping;
        let mut first = order(
            "1",
            day(3, 1),
            customer("ann"),
            vec![line("A", 3, 100), post, line("B", 1, 250)],
        );
        first.discount_codes = vec!["TEN".to_owned(), "SHIP".to_owned()];
        first.shipping_minor = 300;
        let mut gone = order("3", day(3, 3), None, vec![line("A", 1, 100)]);
        gone.status = OrderStatus::Cancelled;
        let only_post = {
            let mut post = line("POST", 1, 300);
            post.kind = LineKind::Shipping;
            order("2", day(3, 2), None, vec![post])
        };
        let kept = keep(
            t,
            &[
                SourceItem::Product(product("A", "Lantern", &["A"])),
                SourceItem::Order(only_post),
                SourceItem::Order(first),
                SourceItem::Order(gone),
            ],
        );
        let id = kept.items[2].0.clone();
        let found = t.db.read(|tx| RecordPorts.order(tx, &id)).unwrap().unwrap();
        assert_eq!(found.discount_codes, ["TEN", "SHIP"]);
        let lines: Vec<(i64, &str, i64, i64)> = found
            .lines
            .iter()
            .map(|line| (line.position, line.sku.as_str(), line.quantity, line.total_minor))
            .collect();
        assert_eq!(lines, [(0, "A", 3, 300), (2, "B", 1, 250)]);
        let same = t.db.read(|tx| RecordPorts.order_by_number(tx, CHANNEL, "1")).unwrap();
        assert_eq!(same.as_ref(), Some(&found));
        assert_eq!(t.db.read(|tx| RecordPorts.order(tx, "ord_none")).unwrap(), None);
        let mut seen = Vec::new();
        t.db.read(|tx| {
            seen.clear();
            RecordPorts.for_each_order(tx, 0, &mut |order| {
                seen.push((order.number.clone(), order.lines.len()));
            })
        })
        .unwrap();
        assert_eq!(seen, [("1".to_owned(), 2), ("2".to_owned(), 0)]);
    });
}

#[test]
fn the_catalogue_and_the_customer_are_answered_by_name() {
    on_both("ports_catalogue", MIGRATIONS, |t| {
        let kept = keep(
            t,
            &[
                SourceItem::Product(product("A", "Lantern", &["A-RED", "A-BLUE"])),
                SourceItem::Order(order(
                    "1",
                    day(3, 1),
                    customer("ann"),
                    vec![line("A-RED", 2, 500)],
                )),
            ],
        );
        assert_eq!(kept.items.len(), 2);
        t.db.read(|tx| {
            let items = RecordPorts.items(tx, CHANNEL, &["A-BLUE", "nothing"])?;
            assert_eq!(items.len(), 1);
            assert_eq!(
                (items[0].title.as_str(), items[0].unit_price_minor),
                ("Lantern", Some(500))
            );
            let channel = RecordPorts.channel(tx, CHANNEL)?;
            assert_eq!(channel.map(|channel| channel.currency).as_deref(), Some("GBP"));
            assert!(RecordPorts.channel(tx, "moon")?.is_none());
            let id: String = tx.fetch_value("SELECT id FROM customers", &[])?;
            let mut traits = BTreeMap::new();
            assert!(RecordPorts.add(tx, &id, &mut traits)?);
            assert_eq!((&traits["n_orders"], &traits["spent_minor"]), (&1.into(), &1_000.into()));
            assert!(!traits.contains_key("segment"));
            assert!(!RecordPorts.add(tx, "cus_none", &mut traits)?);
            Ok::<_, PortError>(())
        })
        .unwrap();
    });
}
