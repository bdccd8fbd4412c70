//! Imports: counts, dry runs, and what is left when one stops half-way.

use std::cell::RefCell;
use std::collections::HashSet;

use mercer_connect::source::{OrderSource, OrderStatus, SourceError, SourceItem, SourceTally};
use mercer_core::clock::Clock;
use mercer_db::DbError;
use mercer_testkit::{TestBed, on_both, on_sqlite};

use super::dump::{Tables, ask, assert_same, dump};
use super::support::*;
use crate::RecordError;
use crate::import::{Import, ImportStart, ImportState, STALE_SECONDS, begin, find, list, run};

/// What a source does when it has handed out all but its last batches.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    Ends,
    FailsAfter(usize),
    PanicsAfter(usize),
}

/// Hands out items in batches of its own size, as if each were a few rows of a file.
struct TestSource {
    batches: Vec<Vec<SourceItem>>,
    n_given: usize,
    fate: Fate,
    tally: SourceTally,
}

impl TestSource {
    fn new(items: &[SourceItem], n_batch: usize, fate: Fate) -> Self {
        let batches: Vec<_> = items.chunks(n_batch).map(<[_]>::to_vec).collect();
        let tally = SourceTally { bytes_total: batches.len() as u64 * 100, ..Default::default() };
        Self { batches, n_given: 0, fate, tally }
    }
}

impl OrderSource for TestSource {
    fn next_items(&mut self, _: usize) -> Result<Option<Vec<SourceItem>>, SourceError> {
        match self.fate {
            Fate::FailsAfter(n) if n == self.n_given => {
                let message = "line 7 is no text".to_owned();
                return Err(SourceError::Unusable { message });
            }
            Fate::PanicsAfter(n) if n == self.n_given => panic!("a fault of the test source"),
            _ => {}
        }
        let Some(items) = self.batches.get(self.n_given).cloned() else { return Ok(None) };
        self.n_given += 1;
        self.tally.bytes_read += 100;
        for item in &items {
            let (n, part, money) = match item {
                SourceItem::Product(_) => continue,
                SourceItem::Order(o) => (o.lines.len(), "items", o.total_minor()),
                SourceItem::Refund(r) => {
                    (r.lines.len(), "refunds", -r.lines.iter().map(|l| l.amount_minor).sum::<i64>())
                }
                SourceItem::Adjustment(a) => (1, "books", a.amount_minor),
            };
            self.tally.rows_kept += n as u64;
            *self.tally.money_minor.entry(part.to_owned()).or_default() += money;
            // Each third item stood beside a row that could not be read, each fifth one twice.
            let at = self.tally.rows_kept;
            self.tally.rows_rejected += u64::from(at.is_multiple_of(3));
            self.tally.rows_duplicate += u64::from(at.is_multiple_of(5));
        }
        let SourceTally { rows_kept, rows_rejected, rows_duplicate, .. } = self.tally;
        self.tally.rows_read = rows_kept + rows_rejected + rows_duplicate;
        Ok(Some(items))
    }

    fn tally(&self) -> SourceTally {
        self.tally.clone()
    }
}

/// A small shop in time order: 12 products, 200 orders of 23 customers, refunds, corrections.
fn shop() -> Vec<SourceItem> {
    let mut items = Vec::new();
    for sku in 0..8 {
        let sku = format!("S{sku}");
        items.push(SourceItem::Product(product(&sku, &format!("Thing {sku}"), &[&sku])));
    }
    for i in 0..200i64 {
        let at = day(1, 1) + jiff::SignedDuration::from_hours(i * 9);
        let who = if i % 4 == 0 { None } else { customer(&format!("c{}", i % 23)) };
        let lines = (0..1 + i % 4)
            .map(|k| line(&format!("S{}", (i * 7 + k * 5) % 12), 1 + (i + k) % 3, 100 + i % 2 * 50))
            .collect();
        let mut draft = order(&format!("{i:03}"), at, who.clone(), lines);
        if i % 17 == 3 {
            draft.status = OrderStatus::Cancelled;
        }
        let first = draft.lines[0].clone();
        items.push(SourceItem::Order(draft));
        if i % 5 == 1 {
            let mut given = refund(
                &format!("r{i:03}"),
                at + jiff::SignedDuration::from_hours(1),
                who,
                vec![back(&first.sku, 1, first.unit_price_minor)],
            );
            given.order_number = (i % 10 == 1).then(|| format!("{i:03}"));
            items.push(SourceItem::Refund(given));
        }
        if i % 20 == 7 {
            items.push(SourceItem::Adjustment(adjustment(&i.to_string(), 0, "S1", -1)));
        }
    }
    items
}

fn start(dry_run: bool) -> ImportStart {
    ImportStart {
        file_name: "orders.csv".to_owned(),
        preset: "generic".to_owned(),
        dry_run,
        currency: "GBP".to_owned(),
    }
}

/// Runs an import; its end or error, and every step seen on the way.
fn import(
    t: &TestBed,
    source: &mut TestSource,
    dry_run: bool,
) -> (Result<Import, RecordError>, Vec<Import>) {
    t.clock.advance_seconds(10);
    let begun = begin(&t.db, t.clock.now(), &start(dry_run)).unwrap();
    let mut seen = Vec::new();
    let mut watch = |import: &Import| {
        t.clock.advance_seconds(1);
        seen.push(import.clone());
    };
    let end = run(&t.db, t.clock.as_ref(), defaults(), begun, source, &mut watch);
    (end, seen)
}

/// All but the facts about runs.
fn record(t: &TestBed) -> Tables {
    let mut tables = dump(&t.db);
    tables.get_mut("facts").unwrap().retain(|fact| !fact.starts_with("import."));
    // A run's own time stands in the facts that have no time in the shop.
    for fact in tables.get_mut("facts").unwrap() {
        if fact.starts_with("product.") {
            let cells: Vec<&str> = fact.split('|').collect();
            *fact = [cells[0], cells[1], cells[3]].join("|");
        }
    }
    tables
}

fn stored(t: &TestBed, id: &str) -> Import {
    t.db.read(|tx| find(tx, id, t.clock.now())).unwrap().unwrap()
}

#[test]
fn every_row_and_item_is_accounted_for() {
    on_both("import_counts", MIGRATIONS, |t| {
        let items = shop();
        let (end, seen) = import(t, &mut TestSource::new(&items, 60, Fate::Ends), false);
        let end = end.unwrap();
        assert_eq!(end.state, ImportState::Done);
        assert!(end.rejected > 0 && end.duplicates > 0);
        assert_eq!(end.rows, end.kept + end.rejected + end.duplicates);
        assert_eq!((end.orders, end.refunds, end.adjustments), (200, 40, 10));
        assert_eq!((end.created, end.changed, end.unchanged), (250, 0, 0));
        let who: HashSet<_> = (0..200).filter(|i| i % 4 != 0).map(|i| i % 23).collect();
        assert_eq!((end.customers, end.products), (who.len() as u64, 12));
        assert_eq!((end.bytes_read, end.bytes_total), (500, 500));
        let sum = |sql: &str| ask(&t.db, 1, sql)[0].parse::<i64>().unwrap();
        let orders = sum("SELECT CAST(SUM(total_minor) AS BIGINT) FROM orders");
        let refunds = sum("SELECT CAST(SUM(amount_minor) AS BIGINT) FROM refunds");
        assert_eq!(end.money_minor["items"], orders);
        assert_eq!(end.money_minor["refunds"], -refunds);
        let tied = sum("SELECT COUNT(*) FROM refund_lines WHERE order_id IS NOT NULL");
        assert!(tied > 0);
        assert_eq!(end.refund_lines_tied, tied as u64);
        // Every step was seen, and moved on.
        assert_eq!(seen.len(), 6);
        assert!(seen.windows(2).all(|two| two[0].rows <= two[1].rows));
        assert!(seen[0].seconds_left.is_none_or(|left| left >= 0.0));
        assert_eq!(stored(t, &end.id), end);
        // The same file again.
        let (again, _) = import(t, &mut TestSource::new(&items, 60, Fate::Ends), false);
        let again = again.unwrap();
        assert_eq!((again.created, again.changed, again.unchanged), (0, 0, 250));
        assert_eq!((again.customers, again.products, again.refund_lines_tied), (0, 0, 0));
        assert!(!again.has_changed_anything());
        assert_ne!(again.id, end.id);
        let ids: Vec<String> =
            t.db.read(|tx| list(tx, None, 10, t.clock.now()))
                .unwrap()
                .into_iter()
                .map(|import| import.id)
                .collect();
        assert_eq!(ids, [again.id, end.id]);
        let runs = facts_after(t, 0).iter().filter(|kind| *kind == "import.finished").count();
        assert_eq!(runs, 1);
    });
}

#[test]
fn a_dry_run_counts_the_same_and_leaves_no_trace() {
    on_both("import_dry", MIGRATIONS, |t| {
        let items = shop();
        // Some are there already, some in another version.
        let mut old = items[8..60].to_vec();
        for item in old.iter_mut().step_by(3) {
            if let SourceItem::Order(draft) = item {
                draft.shipping_minor += 1;
            }
        }
        let _ = keep(t, &old);
        tie(t);
        let before = dump(&t.db);
        let (dry, seen) = import(t, &mut TestSource::new(&items, 30, Fate::Ends), true);
        let dry = dry.unwrap();
        assert_same(&before, &dump(&t.db));
        assert!(!dry.has_changed_anything());
        assert_eq!(stored(t, &dry.id).state, ImportState::Done);
        assert!(seen.len() > 5);
        let (real, _) = import(t, &mut TestSource::new(&items, 30, Fate::Ends), false);
        let real = real.unwrap();
        let counts = |i: &Import| {
            [
                i.rows,
                i.kept,
                i.rejected,
                i.duplicates,
                i.orders,
                i.refunds,
                i.adjustments,
                i.created,
                i.changed,
                i.unchanged,
                i.customers,
                i.products,
            ]
        };
        assert_eq!(counts(&dry), counts(&real));
        assert!(real.changed > 10 && real.unchanged > 10, "{real:?}");
        assert_eq!(dry.money_minor, real.money_minor);
    });
}

#[test]
fn a_long_dry_run_is_not_taken_for_stopped() {
    on_both("import_dry_long", MIGRATIONS, |t| {
        let begun = begin(&t.db, t.clock.now(), &start(true)).unwrap();
        let id = begun.id.clone();
        let mut source = TestSource::new(&shop(), 60, Fate::Ends);
        let mut watch = |import: &Import| {
            if import.state == ImportState::Running {
                t.clock.advance_seconds(STALE_SECONDS - 1);
                assert_eq!(stored(t, &id).state, ImportState::Running);
                assert_eq!(stored(t, &id).rows, import.rows);
            }
        };
        run(&t.db, t.clock.as_ref(), defaults(), begun, &mut source, &mut watch).unwrap();
    });
}

#[test]
fn an_import_that_stops_half_way_is_completed_by_running_it_again() {
    let items = shop();
    let whole = RefCell::new(Vec::new());
    on_both("import_whole", MIGRATIONS, |t| {
        import(t, &mut TestSource::new(&items, 50, Fate::Ends), false).0.unwrap();
        whole.borrow_mut().push(record(t));
    });
    let whole = whole.into_inner();
    assert_same(&whole[0], &whole[1]);
    for fate in [Fate::FailsAfter(0), Fate::FailsAfter(3), Fate::PanicsAfter(4)] {
        on_both("import_stopped", MIGRATIONS, |t| {
            let (end, seen) = import(t, &mut TestSource::new(&items, 50, fate), false);
            let error = end.unwrap_err();
            assert!(matches!(error, RecordError::Source(_)), "{error:?}");
            let last = stored(t, &seen[seen.len() - 1].id);
            assert_eq!(last.state, ImportState::Failed);
            assert_eq!(last.error.as_deref(), Some(error.to_string().as_str()));
            let n_before = ask(&t.db, 1, "SELECT number FROM orders").len();
            assert_eq!(n_before > 0, fate != Fate::FailsAfter(0));
            import(t, &mut TestSource::new(&items, 50, Fate::Ends), false).0.unwrap();
            assert_same(&whole[0], &record(t));
        });
    }
}

#[test]
fn an_item_that_cannot_be_kept_stops_the_import_and_is_named() {
    on_both("import_invalid", MIGRATIONS, |t| {
        let mut items = shop();
        items.push(SourceItem::Order(order("odd", day(9, 1), None, vec![line("A", 0, 5)])));
        let (end, seen) = import(t, &mut TestSource::new(&items, 50, Fate::Ends), false);
        let error = end.unwrap_err().to_string();
        assert_eq!(error, "order odd: the quantity must be above zero");
        let last = stored(t, &seen[seen.len() - 1].id);
        assert_eq!((last.state, last.error), (ImportState::Failed, Some(error)));
        // The batches before it are kept.
        assert_eq!(last.created, 242);
    });
}

#[test]
fn a_full_disk_stops_the_import_but_not_the_process() {
    let items = shop();
    let whole = RefCell::new(None);
    on_sqlite("import_not_full", MIGRATIONS, |t| {
        import(t, &mut TestSource::new(&items, 50, Fate::Ends), false).0.unwrap();
        *whole.borrow_mut() = Some(record(t));
    });
    on_sqlite("import_full", MIGRATIONS, |t| {
        let pages = ask(&t.db, 1, "SELECT page_count FROM pragma_page_count()");
        let n_pages: u32 = pages[0].parse().unwrap();
        t.db.limit_pages_for_test(n_pages + 25).unwrap();
        let (end, seen) = import(t, &mut TestSource::new(&items, 20, Fate::Ends), false);
        assert!(matches!(end, Err(RecordError::Db(DbError::Full { .. }))), "{end:?}");
        let last = &seen[seen.len() - 1];
        assert_eq!(last.state, ImportState::Failed);
        assert!(last.created > 0 && last.created < 250, "{}", last.created);
        // Reading goes on; the run counts as stopped, at once or when it has not moved.
        t.clock.advance_seconds(STALE_SECONDS + 1);
        assert_eq!(stored(t, &last.id).state, ImportState::Failed);
        assert_eq!(ask(&t.db, 1, "SELECT number FROM orders").len() as u64, {
            let facts = facts_after(t, 0);
            facts.iter().filter(|kind| *kind == "order.placed").count() as u64
        });
        t.db.limit_pages_for_test(1_000_000).unwrap();
        import(t, &mut TestSource::new(&items, 50, Fate::Ends), false).0.unwrap();
        assert_same(whole.borrow().as_ref().unwrap(), &record(t));
    });
}
