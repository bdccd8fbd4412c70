//! Stock files booked end to end: what changes, what is rejected, what the same file does again.

use jiff::civil::date;
use mercer_connect::files::FileChoices;
use mercer_connect::stock::{StockFiles, StockSheet};
use mercer_csv::stock::CsvStock;
use mercer_testkit::{TestBed, on_both};

use super::support::*;
use crate::import::{ImportOptions, ImportReport, run};
use crate::incoming::{self, IncomingFilter};
use crate::movements::Reason;

fn sheet(text: &str) -> StockSheet {
    let choices = FileChoices { currency: Some("GBP".to_owned()), ..FileChoices::default() };
    CsvStock.read(text.into(), "stock.csv", &choices).expect("a stock file")
}

fn import(t: &TestBed, text: &str, options: &ImportOptions) -> ImportReport {
    run(&t.db, now(t), &sheet(text), options).expect("the file is booked")
}

fn sums(report: &ImportReport) -> (u64, u64, u64, u64) {
    let ImportReport { n_rows, n_changed, n_unchanged, n_rejected, .. } = report;
    assert_eq!(*n_rows, n_changed + n_unchanged + n_rejected, "every row is accounted for");
    (*n_rows, *n_changed, *n_unchanged, *n_rejected)
}

const FILE: &str = "sku,location,quantity,cost,minimum price,threshold,incoming,due
LAMP,main,10,3.50,4.99,5,20,2026-04-01
LAMP,outlet,4,,,,,
CUP,,7,,,,,
BAD,nowhere,1,,,,,
WORSE,main,-2,,,,,
LAMP,main,11,,,,,
MAT,,,2.00,,,,
";

#[test]
fn a_file_is_booked_and_the_same_file_again_changes_nothing() {
    on_both("stock_file", MIGRATIONS, |t| {
        location(t, "main", 1, &[]);
        location(t, "outlet", 2, &[]);
        let options = ImportOptions {
            file_name: "stock.csv".to_owned(),
            location: Some("main".to_owned()),
            ..ImportOptions::default()
        };
        let first = import(t, FILE, &options);
        assert_eq!(sums(&first), (7, 4, 0, 3));
        assert_eq!((first.n_skus_added, first.booked_before_at), (3, None));
        let told: Vec<(u64, Option<&str>)> =
            first.rejects.iter().map(|one| (one.line, one.column.as_deref())).collect();
        assert_eq!(told, [(5, Some("location")), (6, Some("quantity")), (7, Some("sku"))]);
        assert!(first.rejects[2].reason.contains("line 2"));
        assert_eq!(figures(t, "LAMP"), (14, 0, 14, 20));
        assert_eq!(figures(t, "CUP").0, 7);
        let row = view_of(t, "LAMP").row;
        assert_eq!((row.unit_cost_minor, row.price_floor_minor), (Some(350), Some(499)));
        assert_eq!(
            (row.low_threshold, view_of(t, "MAT").row.unit_cost_minor),
            (Some(5), Some(200))
        );
        let filter = IncomingFilter::default();
        let due = t.db.read(|tx| incoming::list(tx, &filter, 10)).unwrap();
        assert_eq!((due.len(), due[0].1.outstanding, due[0].1.due_on), (1, 20, date(2026, 4, 1)));

        // Units are sold and a cost is set by hand: the same file takes neither back.
        book(t, &[movement("s", Reason::Sold, "LAMP", "main", 3)]).unwrap();
        put(t, "MAT", &plain()).unwrap();
        let n_facts = facts(t).len();
        let again = import(t, FILE, &options);
        assert_eq!(sums(&again), (7, 0, 4, 3));
        assert_eq!(again.booked_before_at, Some(now(t)));
        assert_eq!((figures(t, "LAMP"), facts(t).len()), ((11, 0, 11, 20), n_facts));
        assert_eq!(view_of(t, "MAT").row.unit_cost_minor, None);

        t.clock.advance_seconds(1);
        let counted = import(t, FILE, &ImportOptions { again: true, ..options });
        assert_eq!(figures(t, "LAMP").0, 14);
        assert_eq!(sums(&counted).3, 3);
        assert_whole(t);
    });
}

#[test]
fn locations_are_made_when_wanted_and_rows_without_one_need_a_choice() {
    on_both("stock_file_places", MIGRATIONS, |t| {
        let text = "sku,warehouse,qty\nA,north,3\nB,,2\n";
        let bare = import(t, text, &ImportOptions::default());
        assert_eq!(sums(&bare), (2, 0, 0, 2));
        assert!(bare.rejects.iter().all(|one| one.column.as_deref() == Some("warehouse")));
        assert!(
            t.db.read(|tx| crate::store::item(tx, "A")).unwrap().is_none(),
            "nothing half-done"
        );
        let making = ImportOptions { makes_locations: true, ..ImportOptions::default() };
        let made = import(t, text, &making);
        assert_eq!(
            (made.locations_made.clone(), sums(&made)),
            (vec!["north".to_owned()], (2, 1, 0, 1))
        );
        // One location is active now: rows without one mean it, and rejected rows come again.
        let done = import(t, text, &ImportOptions::default());
        assert_eq!(sums(&done), (2, 1, 1, 0));
        assert_eq!((figures(t, "A").0, figures(t, "B").0), (3, 2));
        assert_whole(t);
    });
}

#[test]
fn a_long_file_is_booked_in_parts() {
    on_both("stock_file_long", MIGRATIONS, |t| {
        location(t, "main", 1, &[]);
        let rows: String = (0..450).map(|n| format!("S{n:03},{n}\n")).collect();
        let text = format!("sku,quantity\n{rows}");
        let report = import(t, &text, &ImportOptions::default());
        assert_eq!(sums(&report), (450, 450, 0, 0));
        assert_eq!((figures(t, "S000").0, figures(t, "S449").0), (0, 449));
        assert_whole(t);
    });
}

#[test]
fn a_delivery_of_a_file_that_is_booked_again_comes_once() {
    on_both("stock_file_delivery", MIGRATIONS, |t| {
        location(t, "main", 1, &[]);
        location(t, "outlet", 2, &[]);
        let text = "sku,qty,incoming,due\nLAMP,3,20,2026-04-01\n";
        let to = |code: &str| ImportOptions {
            file_name: "stock.csv".to_owned(),
            location: Some(code.to_owned()),
            again: true,
            ..ImportOptions::default()
        };
        for n_changed in [1, 0] {
            assert_eq!(sums(&import(t, text, &to("main"))), (1, n_changed, 1 - n_changed, 0));
            assert_eq!(figures(t, "LAMP"), (3, 0, 3, 20));
            t.clock.advance_seconds(1);
        }
        let report = import(t, text, &to("outlet"));
        assert_eq!(sums(&report), (1, 0, 0, 1));
        assert!(report.rejects[0].reason.contains("another location"), "{report:?}");
        assert_eq!(figures(t, "LAMP"), (3, 0, 3, 20), "nothing of the row was kept");
        assert_whole(t);
    });
}
