//! Carts that cannot be priced: each with the field at fault, nothing kept.

use mercer_testkit::{on_both, on_sqlite};

use super::shop::*;
use crate::PromotionsError;
use crate::quote::QuoteAsk;

#[test]
fn a_cart_that_cannot_be_priced_names_its_field_and_leaves_no_trace() {
    on_both("quote_refused", MIGRATIONS, |t| {
        let quotes = quotes(t);
        let field = |change: &dyn Fn(&mut QuoteAsk)| {
            let mut ask = cart(&[("T-250", 1), ("C-1000", 1)]);
            change(&mut ask);
            match quotes.price(&ask) {
                Err(PromotionsError::Invalid { field, .. }) => field,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(field(&|ask| ask.lines.clear()), "lines");
        assert_eq!(field(&|ask| ask.lines[1].quantity = -1), "lines[1].quantity");
        assert_eq!(field(&|ask| ask.lines[0].quantity = 0), "lines[0].quantity");
        assert_eq!(field(&|ask| ask.lines[0].quantity = i64::MAX), "lines[0].quantity");
        assert_eq!(field(&|ask| ask.lines[1].sku = "unknown".to_owned()), "lines[1].sku");
        assert_eq!(
            field(&|ask| ask.lines[1].currency = Some("EUR".to_owned())),
            "lines[1].currency"
        );
        assert_eq!(field(&|ask| ask.lines[1].currency = Some("?".to_owned())), "lines[1].currency");
        assert_eq!(field(&|ask| ask.customer_id = Some("nobody".to_owned())), "customer_id");
        assert_eq!(field(&|ask| ask.channel = Some("moon".to_owned())), "channel");
        assert_eq!(field(&|ask| ask.points = 10), "points");
        assert_eq!(field(&|ask| ask.points = -1), "points");
        assert_eq!(field(&|ask| ask.coupons = vec![" ".to_owned()]), "coupons[0]");
        assert_eq!(field(&|ask| ask.coupons = vec!["x".to_owned(); 51]), "coupons");
        let too_many = |ask: &mut QuoteAsk| {
            ask.customer_id = Some(ANN.to_owned());
            ask.points = 10;
        };
        assert_eq!(field(&too_many), "points", "more points than there are");
        let n: i64 = t.db.read(|tx| tx.fetch_value("SELECT COUNT(*) FROM quotes", &[])).unwrap();
        assert_eq!(n, 0);
        let nobody = quotes.hold("quo_nobody");
        assert!(matches!(nobody, Err(PromotionsError::Unknown { what: "quote", .. })));
    });
}

#[test]
fn an_unknown_code_costs_nothing_and_is_named() {
    on_both("quote_unknown_code", MIGRATIONS, |t| {
        let mut ask = cart(&[("T-250", 1)]);
        ask.coupons = vec!["NOPE".to_owned(), "nope ".to_owned()];
        let price = quotes(t).price(&ask).unwrap().price;
        assert_eq!(price.total_minor, 250);
        assert_eq!(price.not_applied.len(), 1);
        assert_eq!(price.not_applied[0].code, "coupon_unknown");
        assert_eq!(price.not_applied[0].coupon.as_deref(), Some("NOPE"));
    });
}

#[test]
fn ten_thousand_lines_are_priced_and_held_and_one_more_is_refused() {
    on_sqlite("quote_large", MIGRATIONS, |t| {
        let quotes = quotes(t);
        run(t, "prm_ten", ten_percent(), (None, None, None));
        let lines: Vec<(&str, i64)> = vec![("T-250", 1); 10_000];
        let quote = quotes.price(&cart(&lines)).unwrap();
        assert_eq!(quote.price.total_minor, 2_250_000);
        give(t, &stock_of("T-250"), 10_000);
        quotes.hold(&quote.id).unwrap();
        assert_eq!(left(t, &stock_of("T-250")), (0, 10_000));
        let lines = vec![("T-250", 1); 10_001];
        let refused = quotes.price(&cart(&lines));
        assert!(
            matches!(&refused, Err(PromotionsError::Invalid { field, .. }) if field == "lines"),
            "{refused:?}"
        );
    });
}
