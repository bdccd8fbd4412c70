//! What holds for every file, on random and on broken ones.

use crate::common::{gzip, read};
use mercer_csv::options::{EncodingChoice, Options, Preset};
use mercer_csv::preview::preview;
use mercer_engine_kit::money::Currency;
use proptest::prelude::*;

const HEADERS: [&str; 4] = [
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
    "Name,Created at,Lineitem name,Lineitem quantity,Lineitem price,Total,Taxes,Refunded Amount",
    "Order ID,Order Date,Item Name,Item SKU,Quantity,Item Cost,Item Total,Order Status,Refund",
    "order,date,sku,title,qty,price,discount,tax,shipping,currency,channel,status",
];

const VALUES: [&str; 36] = [
    "1",
    "2",
    "C3",
    "A4",
    "536365",
    "-1",
    "-12",
    "0",
    "2.55",
    "0.001",
    "-3.20",
    "£1,234.50",
    "1e400",
    "1.5",
    "99999999999999999999",
    "2011-03-27 01:30:00",
    "2024-01-02",
    "13/02/2024",
    "Mar 4, 2024",
    "",
    " ",
    "POST",
    "D",
    "85123A",
    "gift_0001_20",
    "damaged",
    "WHITE  LANTERN",
    "\"a \"\"b\"\"\nc\"",
    "\"",
    "🎁",
    "GBP",
    "JPY",
    "refunded",
    "cancelled",
    "17850",
    "(5.00)",
];

fn options(preset: Preset) -> Options {
    Options { preset, currency: Some(Currency::GBP), ..Options::default() }
}

fn text() -> impl Strategy<Value = String> {
    let value = proptest::sample::select(&VALUES[..]);
    let row = proptest::collection::vec(value, 0..13);
    (0..HEADERS.len(), proptest::collection::vec(row, 0..40)).prop_map(|(header, rows)| {
        let rows: Vec<String> = rows.into_iter().map(|row| row.join(",")).collect();
        format!("{}\n{}", HEADERS[header], rows.join("\n"))
    })
}

/// Rows shaped so that most of them are kept.
fn likely() -> impl Strategy<Value = String> {
    let number = proptest::sample::select(vec!["1", "2", "3", "C4", "A5"]);
    let row = (number, 0..5u32, -3..4i64, 0..300i64, 0..3u32, any::<bool>());
    proptest::collection::vec(row, 1..60).prop_map(|rows| {
        let mut text = HEADERS[0].to_owned();
        for (number, sku, quantity, price, customer, fee) in rows {
            let sku = if fee { "POST".to_owned() } else { format!("22{sku}") };
            let customer = if customer == 0 { String::new() } else { customer.to_string() };
            text.push_str(&format!(
                "\n{number},{sku},LANTERN,{quantity},2011-01-02 10:00:00,{}.{:02},{customer},UK",
                price / 100,
                price % 100
            ));
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig::default())]

    #[test]
    fn every_row_is_kept_rejected_or_a_duplicate_and_compression_changes_nothing(text in text()) {
        // `read` checks the row equation, the money and the order of items.
        let plain = read(&text, options(Preset::Auto));
        let packed = read(gzip(text.as_bytes()), options(Preset::Auto));
        match (plain, packed) {
            (Ok(mut plain), Ok(mut packed)) => {
                for tally in [&mut plain.tally, &mut packed.tally] {
                    (tally.bytes_read, tally.bytes_total) = (0, 0);
                }
                prop_assert_eq!(plain, packed);
            }
            (Err(plain), Err(packed)) => prop_assert_eq!(plain.to_string(), packed.to_string()),
            (plain, packed) => prop_assert!(false, "{:?} {:?}", plain.is_ok(), packed.is_ok()),
        }
    }

    #[test]
    fn orders_and_money_do_not_depend_on_how_orders_are_mixed(text in likely()) {
        let mut rows: Vec<&str> = text.lines().skip(1).collect();
        let money = |rows: &[&str]| {
            let outcome = read(format!("{}\n{}", HEADERS[0], rows.join("\n")), options(Preset::Auto)).unwrap();
            let mut numbers: Vec<_> = outcome.orders.iter().map(|o| (o.number.clone(), o.total_minor())).collect();
            numbers.sort();
            (numbers, outcome.tally.money_minor, outcome.tally.rows_kept)
        };
        let mixed = money(&rows);
        // Stable, so the rows of one order keep their order.
        rows.sort_by_key(|row| row.split(',').next().map(str::to_owned));
        prop_assert_eq!(mixed, money(&rows));
    }

    #[test]
    fn arbitrary_bytes_never_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..600),
        preset in proptest::sample::select(&Preset::ALL[..]),
        header in 0..HEADERS.len(),
        encoding in 0..4u8,
    ) {
        let encoding = match encoding {
            0 => EncodingChoice::Auto,
            1 => EncodingChoice::Windows1252,
            2 => EncodingChoice::Utf16le,
            _ => EncodingChoice::Utf16be,
        };
        let options = Options { encoding, ..options(preset) };
        let _ = read(&bytes, options.clone());
        let _ = preview(&bytes, "bytes", &options);
        let _ = read([HEADERS[header].as_bytes(), b"\n", &bytes].concat(), options);
    }
}

#[test]
fn a_good_file_with_bytes_broken_at_random_places_still_adds_up() {
    let mut good = HEADERS[0].to_owned();
    for n in 0..300 {
        good.push_str(&format!(
            "\n{},22{n},LANTERN,{},2011-01-02 10:00:00,1.25,7,UK",
            n / 4,
            n % 9 - 2
        ));
    }
    let mut state = 20_111_209u64;
    let mut draw = move |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut n_read = 0;
    for round in 0..300 {
        let mut bytes =
            if round % 3 == 0 { gzip(good.as_bytes()) } else { good.clone().into_bytes() };
        for _ in 0..=draw(8) {
            let at = draw(bytes.len());
            match draw(3) {
                0 => bytes[at] = u8::try_from(draw(256)).unwrap(),
                1 => bytes.truncate(at.max(1)),
                _ => bytes.insert(at, b"\",\n\0;"[draw(5)]),
            }
        }
        n_read += u32::from(read(&bytes, options(Preset::OnlineRetail)).is_ok());
    }
    assert!(n_read > 50, "only {n_read} of 300 broken files were still readable");
}
