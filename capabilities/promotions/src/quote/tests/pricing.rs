//! Prices, reasons, and what is missing for more.

use mercer_core::clock::Clock;
use mercer_testkit::on_both;
use serde_json::json;

use super::shop::*;
use crate::quote::ShippingAsk;
use crate::quote::view::QuoteState;
use crate::store::{self, OfferSettings};

#[test]
fn a_cart_is_priced_by_line_and_source_and_the_log_says_why() {
    on_both("quote_price", MIGRATIONS, |t| {
        let quotes = quotes(t);
        run(
            t,
            "prm_tea",
            json!({
                "action": { "kind": "percentage", "basis_points": 1_000 },
                "target": { "of": "categories", "values": ["tea"] },
            }),
            (None, None, None),
        );
        run(
            t,
            "prm_ship",
            json!({
                "action": { "kind": "shipping", "basis_points": 10_000 },
                "minimum": { "amount_minor": 5_000 }, "currency": "GBP",
            }),
            (None, None, None),
        );
        let mut ask = cart(&[("T-250", 3), ("C-1000", 1)]);
        ask.shipping = Some(ShippingAsk {
            method: "standard".to_owned(),
            amount_minor: 495,
            tax_basis_points: None,
        });
        let quote = quotes.price(&ask).unwrap();
        assert_eq!(quote.state, QuoteState::Priced);
        assert_eq!(quote.expires_at, t.clock.now() + jiff::SignedDuration::from_mins(30));
        let price = &quote.price;
        assert_eq!((price.subtotal_minor, price.discount_minor), (1_750, 75));
        assert_eq!(price.total_minor, 1_750 - 75 + 495);
        assert_eq!(price.lines[0].title.as_deref(), Some("Thing T-250"));
        let taken = &price.lines[0].discounts[0];
        assert_eq!((taken.source.as_str(), taken.name.as_str()), ("promotion", "Name of prm_tea"));
        assert_eq!((taken.amount_minor, price.lines[0].net_minor), (75, 675));
        assert!(price.lines[1].discounts.is_empty());
        let left_out = &price.not_applied[0];
        assert_eq!(left_out.promotion.as_deref(), Some("prm_ship"));
        assert_eq!(left_out.code, "amount_below_minimum");
        assert_eq!(left_out.numbers["needed_minor"], 5_000);
        let step = &price.next_steps[0];
        assert_eq!((step.promotion.as_str(), step.code.as_str()), ("prm_ship", "spend_more"));
        assert_eq!(step.numbers["amount_minor"], 5_000 - 1_750);
        let logged = t.db.read(|tx| mercer_decisions::current(tx, "quote", &quote.id)).unwrap();
        let logged = logged.expect("a quote is a decision");
        assert_eq!(logged.decision.reasons, quote.reasons);
        assert_eq!(quotes.find(&quote.id).unwrap(), quote);
    });
}

#[test]
fn tax_is_in_the_price_or_on_top_as_the_channel_says() {
    on_both("quote_tax", MIGRATIONS, |t| {
        let quotes = quotes(t);
        let with = |tax: &str| {
            t.db.write(|tx| {
                tx.execute("DELETE FROM offer_settings", &[])?;
                tx.execute(
                    "INSERT INTO offer_settings VALUES
                       ('shop', 'best_for_customer', $1, 2000, 30, 15)",
                    mercer_db::params![tax],
                )?;
                store::raise_revision(tx)
            })
            .unwrap();
            quotes.price(&cart(&[("C-1000", 1)])).unwrap().price
        };
        let inside = with("inclusive");
        assert_eq!((inside.total_minor, inside.tax_minor), (1_000, 167));
        let on_top = with("exclusive");
        assert_eq!((on_top.total_minor, on_top.tax_minor), (1_200, 200));
        let kept = t.db.read(|tx| store::settings(tx, "shop")).unwrap();
        assert_eq!(kept.tax_basis_points, 2_000);
        let usual = t.db.read(|tx| store::settings(tx, "other")).unwrap();
        assert_eq!(usual, OfferSettings::default());
    });
}

#[test]
fn promotions_start_and_end_with_the_clock_and_their_revision() {
    on_both("quote_windows", MIGRATIONS, |t| {
        let quotes = quotes(t);
        let total = || quotes.price(&cart(&[("C-1000", 1)])).unwrap().price.total_minor;
        assert_eq!(total(), 1_000);
        run(t, "prm_ten", ten_percent(), (None, None, None));
        assert_eq!(total(), 900, "the revision rose");
        let now = t.clock.now().as_microsecond();
        t.db.write(|tx| {
            tx.execute(
                "UPDATE promotions SET starts_at = $1, ends_at = $2",
                mercer_db::params![now + 60_000_000, now + 120_000_000],
            )?;
            store::raise_revision(tx)
        })
        .unwrap();
        assert_eq!(total(), 1_000);
        t.clock.advance_seconds(60);
        assert_eq!(total(), 900);
        t.clock.advance_seconds(59);
        assert_eq!(total(), 900);
        t.clock.advance_seconds(1);
        assert_eq!(total(), 1_000);
        t.clock.advance_seconds(-30);
        assert_eq!(total(), 900, "a clock that goes back finds the promotion again");
    });
}

#[test]
fn points_pay_a_part_and_never_more_than_there_are() {
    on_both("quote_points", MIGRATIONS, |t| {
        let quotes = quotes(t);
        give(t, &points_of(ANN), 300);
        let mut ask = cart(&[("C-1000", 1), ("T-500", 1)]);
        ask.customer_id = Some(ANN.to_owned());
        ask.points = 300;
        let price = quotes.price(&ask).unwrap().price;
        assert_eq!(price.total_minor, 1_200);
        assert_eq!(price.points.map(|used| (used.points, used.amount_minor)), Some((300, 300)));
        let by_line: Vec<i64> = price.lines.iter().map(|line| line.net_minor).collect();
        assert_eq!(by_line, [800, 400]);
    });
}
