//! Files and rows that are wrong: a clear sentence or a reject, never a panic or a silent loss.

use crate::common::{gzip, read, read_path, refusal};
use mercer_connect::source::{N_LINES_MAX, N_TEXT_BYTES_MAX, OrderSource};
use mercer_csv::file::OrderFile;
use mercer_csv::options::{DateOrder, EncodingChoice, Options};
use mercer_csv::preview::preview;
use mercer_csv::records::N_RECORD_BYTES_MAX;
use mercer_engine_kit::money::Currency;

const HEADER: &str = "order,date,sku,title,qty,price\n";

fn gbp() -> Options {
    Options { currency: Some(Currency::GBP), time_zone: Some("UTC".into()), ..Options::default() }
}

#[test]
fn files_that_are_no_order_files_say_what_to_do() {
    for (bytes, expected) in [
        (&b""[..], "is empty"),
        (b"\n\n", "blank lines"),
        (HEADER.as_bytes(), "no rows"),
        (b"PK\x03\x04 [Content_Types].xml", "Excel workbook"),
        (b"PK\x03\x04 other", "zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "Excel workbook"),
        (b"%PDF-1.7", "PDF"),
        (b"a\0b,c\0\n", "binary"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "binary"),
        (b"order,pr\xe9is\n1,2\n", "windows-1252"),
        (b"\x1f\x8b\x08", "cut off"),
    ] {
        let error = refusal(bytes, gbp());
        assert!(error.contains(expected) && error.contains("orders.csv"), "{expected}: {error}");
    }
    let error = refusal(gzip(&gzip(HEADER.as_bytes())), gbp());
    assert!(error.contains("compressed twice"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spooled");
    std::fs::write(&path, HEADER).unwrap();
    let refused =
        OrderFile::open_named(&path, "mine.csv", Options::default(), Box::new(std::io::sink()));
    let error = refused.err().unwrap().to_string();
    assert!(error.contains("`mine.csv`") && !error.contains("spooled"), "{error}");
    let missing = read_path(std::path::Path::new("not-there.csv"), gbp()).unwrap_err();
    assert_eq!(missing.to_string(), "cannot read not-there.csv");
}

#[test]
fn a_cut_off_file_keeps_nothing_and_says_so() {
    let rows: String = (0..20_000).map(|n| format!("{n},2024-01-02,S,T,1,{n}.07\n")).collect();
    let whole = format!("{HEADER}{rows}");
    let packed = gzip(whole.as_bytes());
    let error = refusal(&packed[..packed.len() / 2], gbp());
    assert!(error.contains("cut off") && error.contains("nothing of it was kept"), "{error}");
    let packed = zstd::encode_all(whole.as_bytes(), 1).unwrap();
    let error = refusal(&packed[..packed.len() / 2], gbp());
    assert!(error.contains("cut off"), "{error}");
    let preview = preview(&packed[..packed.len() / 2], "o.csv.zst", &gbp()).unwrap();
    assert_eq!(preview.sample.len(), 5);
}

#[test]
fn bad_rows_are_rejected_with_line_column_and_reason_and_the_rest_is_kept() {
    let rows = "1,2024-01-02,S,T,1e400,1.00\n\
                1,2024-01-02,S,T,1.5,1.00\n\
                \"1\",2024-01-02,\"S \"\"big\"\" 🎁\",\"T\nU\",2,1.00\n\
                1,2024-01-02,S,T,99999999999,1.00\n\
                1,2024-01-02,S,T,1,\"1,234\"\n\
                1,2024-13-02,S,T,1,1.00\n\
                ,2024-01-02,S,T,1,1.00\n\
                1,2024-01-02,S,T,0,1.00\n\
                1,2024-01-02,S,T,1\n\
                ,,,,,\n\
                2,02/01/2024,S,T,1,1.00\n\
                3,2024-01-02,,,1,1.00\n\
                4,2024-01-02,S,T,1,\n";
    let outcome = read(format!("{HEADER}{rows}"), gbp()).unwrap();
    let at: Vec<_> = outcome.rejects.iter().map(|(n, column, _)| (*n, column.as_str())).collect();
    assert_eq!(
        at,
        [
            (2, "qty"),
            (3, "qty"),
            (6, "qty"),
            (7, "price"),
            (8, "date"),
            (9, "order"),
            (10, "qty"),
            (11, ""),
            (12, ""),
            (13, "date"),
            (14, "sku"),
            (15, "price"),
        ]
    );
    assert_eq!(outcome.orders[0].lines[0].sku, "S \"big\" 🎁");
    assert_eq!(outcome.orders[0].lines[0].title, "T U");
    assert_eq!(outcome.orders[0].lines.len(), 1);
    assert!(outcome.reasons().contains("another way"));
}

#[test]
fn a_corrected_rejects_file_can_be_imported() {
    let outcome = read(format!("{HEADER}1,2024-01-02,S,T,1x,1.00\n"), gbp()).unwrap();
    let text = String::from_utf8(outcome.rejects_file).unwrap();
    assert!(
        text.starts_with("line,column,reason,order,date,sku,title,qty,price\n2,qty,"),
        "{text}"
    );
    let again = read(text.replace(",1x,", ",1,"), gbp()).unwrap();
    assert_eq!((again.orders.len(), again.tally.rows_rejected), (1, 0));
}

#[test]
fn encodings_are_found_by_their_mark_or_named() {
    let text = format!("{HEADER}1,2024-01-02,S,Café £ 🎁,1,1.00\n");
    let expected = read(&text, gbp()).unwrap();
    assert_eq!(expected.orders[0].lines[0].title, "Café £ 🎁");
    let marked = |mark: &[u8], bytes: Vec<u8>| [mark, &bytes].concat();
    let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [
        marked(b"\xef\xbb\xbf", text.clone().into_bytes()),
        marked(b"\xff\xfe", le.clone()),
        marked(b"\xfe\xff", be),
        gzip(&marked(b"\xff\xfe", le.clone())),
        zstd::encode_all(text.as_bytes(), 3).unwrap(),
        [gzip(HEADER.as_bytes()), gzip(&text.as_bytes()[HEADER.len()..])].concat(),
    ] {
        assert_eq!(read(bytes, gbp()).unwrap().items, expected.items);
    }
    assert!(refusal(&le, gbp()).contains("utf-16le"));
    let named = Options { encoding: EncodingChoice::Utf16le, ..gbp() };
    assert_eq!(read(&le, named).unwrap().items, expected.items);
}

#[test]
fn a_row_in_another_encoding_is_rejected_with_the_way_out() {
    let rows = b"1,2024-01-02,S,Plain,1,1.00\n1,2024-01-02,S,Caf\xe9,1,1.00\n";
    let text = [HEADER.as_bytes(), rows].concat();
    let outcome = read(&text, gbp()).unwrap();
    assert_eq!((outcome.rejects[0].0, outcome.rejects[0].1.as_str()), (3, "title"));
    assert!(outcome.reasons().contains("--encoding windows-1252"));
    assert!(outcome.rejects_file.windows(4).any(|bytes| bytes == b"Caf\xe9"));
    let named = Options { encoding: EncodingChoice::Windows1252, ..gbp() };
    assert_eq!(read(&text, named).unwrap().orders[0].lines[1].title, "Café");
}

#[test]
fn overlong_rows_and_texts_and_orders_are_rejected_and_the_rest_is_kept() {
    let long = "x".repeat(3 * N_RECORD_BYTES_MAX);
    let note = "y".repeat(N_TEXT_BYTES_MAX + 1);
    let text = format!(
        "{HEADER}1,2024-01-02,S,{long},1,1.00\n2,2024-01-02,S,{note},1,1.00\n\
         3,2024-01-02,S,a\0b,1,1.00\n4,2024-01-02,S,T,1,1.00\n"
    );
    // The NUL stands far behind what is looked at to tell text from binary.
    let outcome = read(text, gbp()).unwrap();
    let lines: Vec<_> = outcome.rejects.iter().map(|(n, ..)| *n).collect();
    assert_eq!((lines, outcome.orders.len()), (vec![2, 3, 4], 1));
    assert!(outcome.rejects_file.len() < 10_000);
    // What was read before the text that does not end stands in its own columns.
    let rejects = String::from_utf8_lossy(&outcome.rejects_file);
    let first = rejects.lines().nth(1).unwrap();
    assert!(first.ends_with(",1,2024-01-02,S"), "{first}");

    let rows: String =
        (0..N_LINES_MAX + 3).map(|n| format!("1,2024-01-02,S{n},T,1,1.00\n")).collect();
    let outcome = read(format!("{HEADER}{rows}"), gbp()).unwrap();
    assert_eq!(outcome.orders[0].lines.len(), N_LINES_MAX);
    assert_eq!(outcome.tally.rows_rejected, 3);
}

#[test]
fn ambiguous_dates_ask_and_the_answer_is_taken() {
    let text = format!("{HEADER}1,03/04/2024,S,T,1,1.00\n");
    assert!(refusal(&text, gbp()).contains("--dates dmy"));
    let placed = |dates| {
        read(&text, Options { dates: Some(dates), ..gbp() }).unwrap().orders[0]
            .placed_at
            .to_string()
    };
    assert_eq!(placed(DateOrder::Dmy), "2024-04-03T00:00:00Z");
    assert_eq!(placed(DateOrder::Mdy), "2024-03-04T00:00:00Z");
    let zone = Options { time_zone: Some("London".into()), ..gbp() };
    assert!(refusal(&text, zone).contains("no time zone"));
}

#[test]
fn an_order_with_a_bad_first_row_does_not_appear_without_its_date() {
    let header = "Name,Created at,Lineitem name,Lineitem quantity,Lineitem price,Currency\n";
    let text = format!("{header}#1,soon,A,1,1.00,GBP\n#1,,B,1,1.00,\n#2,2024-01-02,C,1,1.00,GBP\n");
    let outcome = read(text, gbp()).unwrap();
    assert_eq!((outcome.orders.len(), outcome.tally.rows_rejected), (1, 2));
    assert!(outcome.reasons().contains("no earlier row of the order could be kept"));
}

#[test]
fn a_file_that_changes_while_it_is_read_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.csv");
    let rows = format!("{HEADER}1,2024-01-02,S,T,1,1.00\n");
    let more = format!("{rows}2,2024-01-02,S,T,1,1.00\n");
    for after in [more, rows.replace("qty", "quantity"), rows.replace("1.00", "2.00")] {
        std::fs::write(&path, &rows).unwrap();
        let mut file = OrderFile::open(&path, gbp(), Box::new(std::io::sink())).unwrap();
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, after).unwrap();
        let error = loop {
            match file.next_items(10) {
                Ok(Some(_)) => {}
                Ok(None) => panic!("the change was not seen"),
                Err(error) => break error.to_string(),
            }
        };
        assert!(error.contains("was changed while it was read"), "{error}");
        assert!(file.next_items(10).is_err(), "a failed source does not look like an ended one");
    }
}

#[test]
fn a_rejects_file_that_cannot_be_written_stops_the_reading() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.csv");
    std::fs::write(&path, format!("{HEADER}1,2024-01-02,S,T,x,1.00\n")).unwrap();
    let mut file = OrderFile::open(&path, gbp(), Box::new(Full)).unwrap();
    let error = loop {
        match file.next_items(10) {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the reject was lost"),
            Err(error) => break error.to_string(),
        }
    };
    assert_eq!(error, "cannot read the rejects file");
}

#[test]
fn several_currencies_are_kept_and_told() {
    let text = "order,date,sku,qty,price,currency\n1,2024-01-02,S,1,1.00,EUR\n\
                2,2024-01-02,S,1,100,JPY\n1,2024-01-02,T,1,1.00,JPY\n3,2024-01-02,T,1,1.00,XXQ\n";
    let outcome =
        read(text, Options { time_zone: Some("UTC".into()), ..Options::default() }).unwrap();
    assert_eq!(outcome.orders[1].lines[0].total_minor, 100);
    let lines: Vec<_> =
        outcome.rejects.iter().map(|(n, column, _)| (*n, column.as_str())).collect();
    assert_eq!(lines, [(4, "currency"), (5, "currency")]);
    assert!(outcome.tally.notices.iter().any(|n| n.contains("another currency than EUR")));
}
