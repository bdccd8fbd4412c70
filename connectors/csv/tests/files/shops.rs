//! The Shopify, WooCommerce and generic presets on small files.

use crate::common::{read, refusal};
use mercer_connect::source::{LineKind, OrderStatus};
use mercer_csv::fields::Field;
use mercer_csv::options::{Options, Preset};
use mercer_csv::preview::preview;
use mercer_engine_kit::money::Currency;

const SHOPIFY: &str = "Name,Email,Financial Status,Fulfillment Status,Currency,Subtotal,Shipping,\
    Taxes,Total,Discount Code,Discount Amount,Created at,Lineitem quantity,Lineitem name,\
    Lineitem price,Lineitem sku,Billing Name,Cancelled at,Refunded Amount,Lineitem discount,\
    Shipping Country\n\
    #1001,Ann@Example.com,paid,fulfilled,EUR,45.00,5.00,9.00,59.00,SPRING,5.00,\
    2024-03-01 10:15:00 -0500,2,Mug - red,20.00,MUG-R,Ann Lee,,0.00,0.00,IE\n\
    #1001,,,,,,,,,,,2024-03-01 10:15:00 -0500,1,Bag,10.00,BAG,,,,0.00,\n\
    #1002,bob@example.com,refunded,unfulfilled,EUR,10.00,5.00,2.00,15.00,,0.00,\
    2024-03-02 10:00:00 +0000,1,Bag,10.00,BAG,Bob,2024-03-03 09:00:00 +0000,15.00,0.00,FR\n\
    #1003,,paid,,EUR,20.00,0.00,0.00,20.00,,0.00,2024-03-02 10:00:00 +0000,1,Mug - red,20.00,\
    MUG-R,,,5.00,0.00,FR\n";

#[test]
fn a_shopify_order_takes_its_own_columns_from_its_first_row() {
    let outcome = read(SHOPIFY, Options::default()).unwrap();
    assert_eq!(outcome.tally.rows_rejected, 0, "{}", outcome.reasons());
    let order = &outcome.orders[0];
    assert_eq!((order.number.as_str(), order.lines.len()), ("#1001", 2));
    assert_eq!(order.placed_at.to_string(), "2024-03-01T15:15:00Z");
    assert_eq!((order.discount_minor, order.shipping_minor), (500, 500));
    assert_eq!((order.tax_minor, order.total_minor()), (900, 5_900));
    assert_eq!(order.discount_codes, ["SPRING"]);
    let customer = order.customer.as_ref().unwrap();
    assert_eq!(customer.external_id, "ann@example.com");
    assert_eq!(customer.name.as_deref(), Some("Ann Lee"));
    assert_eq!((order.status, order.country.as_deref()), (OrderStatus::Fulfilled, Some("IE")));
    assert!(outcome.tally.notices.is_empty(), "{:?}", outcome.tally.notices);
}

#[test]
fn shopify_prices_that_contain_tax_do_not_add_it_again() {
    let outcome = read(SHOPIFY, Options::default()).unwrap();
    let order = &outcome.orders[1];
    assert_eq!((order.tax_minor, order.total_minor()), (0, 1_500));
    assert_eq!(order.lines[0].tax_minor, 200);
    assert_eq!(order.status, OrderStatus::Cancelled);
    assert_eq!((outcome.orders[2].status, &outcome.orders[2].customer), (OrderStatus::Open, &None));
}

#[test]
fn shopify_refunds_are_tied_to_their_orders() {
    let outcome = read(SHOPIFY, Options::default()).unwrap();
    let [whole, part] = outcome.refunds.as_slice() else { panic!("{:?}", outcome.refunds) };
    assert_eq!(whole.number, "#1002-refund");
    assert_eq!(whole.order_number.as_deref(), Some("#1002"));
    assert_eq!(whole.refunded_at.to_string(), "2024-03-03T09:00:00Z");
    let lines: Vec<_> = whole.lines.iter().map(|l| (l.kind, l.quantity, l.amount_minor)).collect();
    assert_eq!(lines, [(LineKind::Item, 1, 1_000), (LineKind::Shipping, 0, 500)]);
    assert_eq!((part.lines.len(), part.lines[0].amount_minor), (1, 500));
}

#[test]
fn the_columns_of_a_real_shopify_export_are_found() {
    let header = "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,\
        Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,\
        Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,\
        Lineitem compare at price,Lineitem sku,Cancelled at,Refunded Amount,Lineitem discount\n";
    let preview = preview(header.as_bytes(), "orders.csv", &Options::default()).unwrap();
    assert_eq!((preview.preset, preview.preset_guessed), (Preset::Shopify, true));
    assert_eq!(preview.problems, ["`orders.csv` has a header but no rows"]);
    let of = |field| preview.mapping.iter().find(|m| m.field == field).unwrap().column.as_deref();
    assert_eq!(of(Field::OrderNumber), Some("Name"));
    assert_eq!(of(Field::Title), Some("Lineitem name"));
    assert_eq!(of(Field::CustomerName), None);
}

#[test]
fn woocommerce_rows_carry_their_order_on_each_line() {
    let text = "order_id,order_number,order_date,status,order_currency,customer_id,billing_email,\
        item_name,item_sku,item_quantity,item_total,item_total_tax,shipping_total,tax_total,\
        discount_total,order_total,refunded_total,coupons,order_status\n\
        7,1007,2024-05-01 12:00:00,completed,GBP,0,Cat@Example.com,Tea,TEA,2,18.00,3.60,4.00,4.40,\
        2.00,26.40,0,code:TWO|amount:2.00,completed\n\
        8,1008,2024-05-01 12:00:00,refunded,GBP,5,dan@example.com,Tea,,1,10.00,2.00,0,2.00,0,12.00,\
        ,,refunded\n";
    let options = Options { time_zone: Some("Europe/London".into()), ..Options::default() };
    let outcome = read(text, options).unwrap();
    assert_eq!(outcome.tally.rows_rejected, 0, "{}", outcome.reasons());
    let order = &outcome.orders[0];
    assert_eq!((order.channel.as_str(), order.number.as_str()), ("woocommerce", "1007"));
    assert_eq!(order.customer.as_ref().unwrap().external_id, "cat@example.com");
    assert_eq!(order.placed_at.to_string(), "2024-05-01T11:00:00Z");
    assert_eq!(order.discount_codes, ["TWO"]);
    // The item total is after the discount already.
    assert_eq!((order.discount_minor, order.tax_minor, order.total_minor()), (0, 440, 2_640));
    assert_eq!(order.lines[0].unit_price_minor, 900);
    assert_eq!(outcome.orders[1].lines[0].sku, "Tea");
    assert_eq!(outcome.refunds.len(), 1);
    assert_eq!(outcome.refunds[0].lines[0].amount_minor, 1_200);
}

#[test]
fn generic_columns_are_guessed_or_named_and_a_missing_one_says_how() {
    let text = "Bestellung;Order Date;SKU;Qty;Price;Country\n\
                A-1;31.12.2023 23:30;K-1;2;1.234,50 €;DE\n\
                A-1;31.12.2023 23:30;K-2;-1;10,00;DE\n";
    let error = refusal(text, Options::default());
    assert!(error.contains("no column `order number`"), "{error}");
    assert!(error.contains("`Bestellung`") && error.contains("--map order_number:COLUMN"));
    let map = vec![(Field::OrderNumber, "bestellung".to_owned())];
    let error = refusal(text, Options { map: map.clone(), ..Options::default() });
    assert!(error.contains("--currency"), "{error}");
    let options = Options { map, currency: Some(Currency::EUR), ..Options::default() };
    let outcome = read(text, options.clone()).unwrap();
    assert_eq!(outcome.orders[0].lines[0].total_minor, 246_900);
    assert_eq!(outcome.refunds[0].order_number.as_deref(), Some("A-1"));
    assert_eq!(outcome.refunds[0].lines[0].amount_minor, 1_000);
    assert!(outcome.tally.notices[0].contains("UTC"));
    let preview = preview(text.as_bytes(), "o.csv", &options).unwrap();
    assert!(preview.problems.is_empty());
    assert_eq!(preview.sample[0][1], "31.12.2023 23:30");
    assert!(!preview.mapping[0].guessed && preview.mapping[1].guessed);
    let wrong = vec![(Field::Sku, "Nothing".to_owned())];
    assert!(refusal(text, Options { map: wrong, ..Options::default() }).contains("`Nothing`"));
}
