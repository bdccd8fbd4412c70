//! What stock files say, and what is refused with line, column and reason.

use jiff::civil::date;
use mercer_connect::files::FileChoices;
use mercer_connect::source::SourceError;
use mercer_connect::stock::{StockFiles, StockReject, StockRow, StockSheet};

use super::CsvStock;

fn read_with(text: impl Into<Vec<u8>>, choices: &FileChoices) -> Result<StockSheet, SourceError> {
    CsvStock.read(text.into(), "stock.csv", choices)
}

fn gbp() -> FileChoices {
    FileChoices { currency: Some("GBP".to_owned()), ..FileChoices::default() }
}

fn refused(text: &str, choices: &FileChoices) -> String {
    read_with(text, choices).unwrap_err().to_string()
}

#[test]
fn a_file_with_all_columns_is_read_and_its_guesses_are_told() {
    let text = "Variant SKU;Warehouse;Qty;Unit cost;Min price;Reorder point;On order;ETA\n\
                LAMP;main;12;3,50;£4.99;5;20;2026-04-01\n\
                CUP;;0;;;;;\n";
    let sheet = read_with(text, &gbp()).unwrap();
    let lamp = StockRow {
        line: 2,
        sku: "LAMP".to_owned(),
        location: Some("main".to_owned()),
        quantity: Some(12),
        unit_cost_minor: Some(350),
        price_floor_minor: Some(499),
        low_threshold: Some(5),
        incoming: Some(20),
        due_on: Some(date(2026, 4, 1)),
    };
    let cup = StockRow { line: 3, sku: "CUP".to_owned(), quantity: Some(0), ..StockRow::default() };
    assert_eq!((sheet.rows, sheet.rejects), (vec![lamp, cup], vec![]));
    let found: Vec<_> =
        sheet.mapping.iter().map(|one| (one.field.as_str(), one.column.as_deref())).collect();
    assert_eq!(
        found,
        [
            ("sku", Some("Variant SKU")),
            ("location", Some("Warehouse")),
            ("quantity", Some("Qty")),
            ("cost", Some("Unit cost")),
            ("minimum_price", Some("Min price")),
            ("threshold", Some("Reorder point")),
            ("incoming", Some("On order")),
            ("due", Some("ETA")),
        ]
    );
    assert!(sheet.mapping.iter().all(|one| one.guessed));
}

#[test]
fn each_bad_row_is_told_with_line_column_and_reason_and_the_rest_is_read() {
    let text = "sku,location,quantity,incoming,due\n\
                A,main,-1,,\n\
                ,main,1,,\n\
                B,main,1.5,,\n\
                C,main,99999999999999999999,,\n\
                D,main\n\
                E,main,1,5,\n\
                F,main,1,5,31/03/2026\n\
                \n\
                G,main,7,,\n";
    let sheet = read_with(text, &FileChoices::default()).unwrap();
    let said: Vec<(u64, Option<&str>, &str)> = sheet
        .rejects
        .iter()
        .map(|StockReject { line, column, reason }| (*line, column.as_deref(), reason.as_str()))
        .collect();
    assert_eq!(said[0], (2, Some("quantity"), "`-1` is below nothing"));
    assert_eq!(said[1], (3, Some("sku"), "is empty"));
    assert_eq!(said[2].0..=said[3].0, 4..=5);
    assert!(said[2..4].iter().all(|(_, column, _)| *column == Some("quantity")));
    assert_eq!(said[4], (6, None, "the row has 2 columns, the header 5"));
    assert_eq!((said[5].0, said[5].1), (7, Some("due")));
    assert!(said[6].2.contains("two ways"), "{:?}", said[6]);
    let kept: Vec<(u64, &str)> = sheet.rows.iter().map(|row| (row.line, &*row.sku)).collect();
    assert_eq!((kept, sheet.n_rows), (vec![(10, "G")], 8));
}

#[test]
fn columns_named_by_the_merchant_win_and_dates_may_be_told() {
    let text = "code,warehouse count,quantity,arrives,expected\nA,5,9,31.03.2026,4\n";
    let choices = FileChoices {
        map: vec!["quantity:warehouse count".to_owned()],
        dates: Some("dmy".to_owned()),
        ..FileChoices::default()
    };
    let sheet = read_with(text, &choices).unwrap();
    let row = &sheet.rows[0];
    assert_eq!(
        (row.quantity, row.incoming, row.due_on),
        (Some(5), Some(4), Some(date(2026, 3, 31)))
    );
    let quantity = sheet.mapping.iter().find(|one| one.field == "quantity").unwrap();
    assert!(!quantity.guessed);
}

#[test]
fn what_is_no_stock_file_is_refused_with_what_to_do() {
    let none = FileChoices::default();
    assert!(refused("", &none).contains("empty"));
    assert!(refused("name,quantity\nA,1\n", &none).contains("sku:COLUMN"));
    assert!(refused("sku,title\nA,Lamp\n", &none).contains("says nothing"));
    assert!(refused("sku,cost\nA,1.00\n", &none).contains("currency"));
    let map = FileChoices { map: vec!["weight:kg".to_owned()], ..none.clone() };
    assert!(refused("sku,quantity\nA,1\n", &map).contains("no field of stock"));
    let map = FileChoices { map: vec!["quantity:kg".to_owned()], ..none };
    assert!(refused("sku,quantity\nA,1\n", &map).contains("no column `kg`"));
}

#[test]
fn encodings_and_compression_are_found_and_the_content_alone_makes_the_fingerprint() {
    let text = "sku,quantity\nTÉE,3\n";
    let utf16: Vec<u8> =
        std::iter::once(0xfeffu16).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let none = FileChoices::default();
    let (plain, wide) = (read_with(text, &none).unwrap(), read_with(utf16, &none).unwrap());
    assert_eq!(plain.rows, wide.rows);
    assert_eq!(plain.rows[0].sku, "TÉE");
    let again = CsvStock.read(text.into(), "other.csv", &none).unwrap();
    assert_eq!(plain.fingerprint, again.fingerprint);
    assert_ne!(plain.fingerprint, wide.fingerprint);
    let latin = [b"sku,quantity\nT".as_slice(), &[0xc9], b"E,3\n"].concat();
    let sheet = read_with(latin.clone(), &none).unwrap();
    assert!(sheet.rejects[0].reason.contains("windows-1252") && sheet.rows.is_empty());
    let windows = FileChoices { encoding: Some("windows-1252".to_owned()), ..none };
    assert_eq!(read_with(latin, &windows).unwrap().rows, plain.rows);
}
