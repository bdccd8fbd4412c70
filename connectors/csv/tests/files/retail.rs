//! The traps of the online-retail preset, and the real file where it is at hand.

use std::path::PathBuf;

use crate::common::{Outcome, read, read_path};
use mercer_connect::source::{AdjustmentKind, LineKind, OrderStatus};
use mercer_csv::options::{DuplicatePolicy, Options, Preset};

const HEADER: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

fn retail(rows: &str) -> Outcome {
    read(format!("{HEADER}{rows}"), Options::default()).unwrap()
}

#[test]
fn an_invoice_is_one_order_of_its_first_minute_in_london_time() {
    let outcome = retail(
        "536365,85123A,WHITE  HANGING HEART ,6,2011-07-01 08:59:00,2.55,17850,United Kingdom\n\
         536366,71053,WHITE METAL LANTERN,1,2011-07-01 08:59:00,3.39,,France\n\
         536365,POST,POSTAGE,1,2011-07-01 09:00:00,18.00,17850,United Kingdom\n",
    );
    assert_eq!(outcome.orders.len(), 2);
    // The guest's order was complete first.
    let (guest, order) = (&outcome.orders[0], &outcome.orders[1]);
    assert_eq!((guest.number.as_str(), &guest.customer), ("536366", &None));
    assert_eq!(order.placed_at.to_string(), "2011-07-01T07:59:00Z");
    assert_eq!(order.customer.as_ref().unwrap().external_id, "17850");
    assert_eq!((order.status, order.currency.code()), (OrderStatus::Fulfilled, "GBP"));
    assert_eq!(order.channel, "online-retail");
    let lines: Vec<_> =
        order.lines.iter().map(|l| (l.kind, l.title.as_str(), l.total_minor)).collect();
    assert_eq!(
        lines,
        [(LineKind::Item, "WHITE HANGING HEART", 1_530), (LineKind::Shipping, "POSTAGE", 1_800)]
    );
}

#[test]
fn credit_notes_are_refunds_that_leave_the_order_to_the_record() {
    let outcome = retail(
        "C536379,D,Discount,-1,2010-12-01 09:41:00,27.50,14527,United Kingdom\n\
         C536379,22556,PLASTERS IN TIN,-12,2010-12-01 09:41:00,1.65,14527,United Kingdom\n",
    );
    assert!(outcome.orders.is_empty());
    let refund = &outcome.refunds[0];
    assert_eq!((refund.number.as_str(), &refund.order_number), ("C536379", &None));
    let lines: Vec<_> = refund.lines.iter().map(|l| (l.kind, l.quantity, l.amount_minor)).collect();
    assert_eq!(lines, [(LineKind::Discount, 1, 2_750), (LineKind::Item, 12, 1_980)]);
    assert_eq!(outcome.tally.money_minor["refunds"], -4_730);
}

#[test]
fn zero_prices_are_stock_notes_or_gifts_and_bad_debts_are_of_the_books() {
    let outcome = retail(
        "1,22719,damages?,-30,2010-12-01 09:00:00,0.00,,United Kingdom\n\
         1,22719,,10,2010-12-01 09:00:00,0.00,,United Kingdom\n\
         2,22719,GUMBALL COATHANGER,1,2010-12-01 09:00:00,0.00,12345,United Kingdom\n\
         2,22719,GUMBALL COATHANGER,1,2010-12-01 09:00:00,2.55,12345,United Kingdom\n\
         3,POST,,800,2010-12-01 09:00:00,0.00,,United Kingdom\n\
         A563186,B,Adjust bad debt,1,2011-08-12 14:51:00,-11062.06,,United Kingdom\n",
    );
    let rows: Vec<_> = outcome
        .adjustments
        .iter()
        .map(|a| (a.kind, a.position, a.quantity, a.amount_minor, a.reason.as_str()))
        .collect();
    assert_eq!(
        rows,
        [
            (AdjustmentKind::Stock, 0, -30, 0, "damaged"),
            (AdjustmentKind::Stock, 1, 10, 0, "unknown"),
            (AdjustmentKind::Books, 0, 800, 0, "unknown"),
            (AdjustmentKind::Books, 0, 1, -1_106_206, "bad_debt"),
        ]
    );
    let kinds: Vec<_> = outcome.orders[0].lines.iter().map(|l| l.kind).collect();
    assert_eq!(kinds, [LineKind::Gift, LineKind::Item]);
    assert_eq!(outcome.products.len(), 1);
    assert_eq!(outcome.products[0].title, "GUMBALL COATHANGER");
    assert_eq!(outcome.products[0].variants[0].price_minor, Some(255));
}

#[test]
fn a_products_title_is_the_most_frequent_name_and_never_a_note() {
    let outcome = retail(
        "1,1A,CREAM CUPID ,1,2010-12-01 09:00:00,1.00,1,UK\n\
         2,1A,CREAM  CUPID,1,2010-12-01 09:00:00,1.25,1,UK\n\
         3,1A,CREAM CUPID HEARTS,1,2010-12-01 09:00:00,1.25,1,UK\n\
         4,1A,check,1,2010-12-01 09:00:00,0.00,,UK\n\
         5,1A,check,2,2010-12-01 09:00:00,0.00,,UK\n\
         6,1A,check,3,2010-12-01 09:00:00,0.00,,UK\n\
         7,2B,?,3,2010-12-01 09:00:00,0.00,,UK\n",
    );
    let titles: Vec<_> = outcome.products.iter().map(|p| p.title.as_str()).collect();
    assert_eq!(titles, ["CREAM CUPID", "2B"]);
    assert_eq!(outcome.products[0].variants[0].price_minor, Some(125));
}

#[test]
fn exact_duplicates_are_counted_with_their_money_or_kept_when_asked() {
    let rows = "1,1A,CREAM CUPID,2,2010-12-01 09:00:00,1.00,1,UK\n\
                2,1A,CREAM CUPID,2,2010-12-01 09:00:00,1.00,1,UK\n\
                1,1A,CREAM CUPID,2,2010-12-01 09:00:00,1.00,1,UK\n\
                1,1A,CREAM CUPID ,2,2010-12-01 09:00:00,1.00,1,UK\n";
    let dropped = retail(rows);
    assert_eq!((dropped.tally.rows_kept, dropped.tally.rows_duplicate), (3, 1));
    assert_eq!(dropped.tally.money_minor["duplicates"], 200);
    let options = Options { duplicates: DuplicatePolicy::Keep, ..Options::default() };
    let kept = read(format!("{HEADER}{rows}"), options).unwrap();
    assert_eq!((kept.tally.rows_kept, kept.tally.money_minor["items"]), (4, 800));
}

#[test]
fn a_second_customer_on_an_invoice_is_told_and_the_first_kept() {
    let outcome = retail(
        "1,1A,CREAM CUPID,2,2010-12-01 09:00:00,1.00,17850.0,UK\n\
         1,1B,CREAM CUPID,2,2010-12-01 09:00:00,1.00,999,UK\n\
         1,1C,CREAM CUPID,2,2010-12-01 09:00:00,1.00,,UK\n",
    );
    assert_eq!(outcome.orders[0].customer.as_ref().unwrap().external_id, "17850");
    assert_eq!(outcome.orders[0].lines.len(), 3);
    assert!(outcome.tally.notices[0].starts_with("1 row names another customer"));
}

#[test]
fn the_real_year_is_read_to_the_penny() {
    let shared = std::env::var("MERCER_SHARED_DATA").map_or_else(
        |_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = shared.join("online-retail.csv.gz");
    if !path.exists() {
        println!("skipped: the real file is not at hand; MERCER_SHARED_DATA names its folder");
        return;
    }
    let options = Options { preset: Preset::OnlineRetail, ..Options::default() };
    let outcome = read_path(&path, options).unwrap();
    let tally = &outcome.tally;
    assert_eq!((tally.rows_read, tally.rows_rejected, tally.rows_duplicate), (541_909, 0, 5_268));
    assert_eq!(tally.money_minor.values().sum::<i64>(), 974_774_793);
    // By an independent sum over the plain rows with the duplicates left out.
    assert_eq!(tally.money_minor["items"], 1_024_721_932);
    assert_eq!(tally.money_minor["shipping"], 29_140_165);
    assert_eq!(tally.money_minor["fees"], 9_242_777);
    assert_eq!(tally.money_minor["refunds"], -89_397_973);
    assert_eq!(tally.money_minor["books"], -1_106_206);
    assert_eq!(tally.money_minor["duplicates"], 2_174_098);
    assert_eq!((outcome.orders.len(), outcome.refunds.len()), (19_963, 3_836));
    let customers: std::collections::HashSet<_> = outcome
        .orders
        .iter()
        .filter_map(|order| order.customer.as_ref())
        .chain(outcome.refunds.iter().filter_map(|refund| refund.customer.as_ref()))
        .map(|customer| &customer.external_id)
        .collect();
    assert_eq!(customers.len(), 4_372);
    let heart = outcome.products.iter().find(|p| p.external_id == "85123A").unwrap();
    assert_eq!(heart.title, "WHITE HANGING HEART T-LIGHT HOLDER");
}
