//! Taking from a lot that is named, and letting lots live longer.

use mercer_ledger::LedgerError;
use mercer_ledger::lots::extend;
use mercer_ledger::read::lots;
use mercer_ledger::transfer::{Leg, Lots};
use mercer_testkit::on_both;

use crate::support::*;

fn of_lot(lots: Lots, quantity: i64) -> Leg {
    Leg { line: 0, from: of("a"), to: world("spent"), quantity, lots }
}

#[test]
fn a_named_lot_is_taken_first_or_alone() {
    on_both("ledger_named", MIGRATIONS, |t| {
        open_for(t, &["a"], 0);
        give(t, "a", "early", 30, Some(100));
        give(t, "a", "late", 50, Some(200));
        let refused = spend(t, "1", vec![of_lot(Lots::Of("late".to_owned()), 51)]);
        assert!(matches!(refused, Err(LedgerError::Short { available: 50, .. })), "{refused:?}");
        let _ = spend(t, "2", vec![of_lot(Lots::Of("late".to_owned()), 10)]).unwrap();
        assert_eq!(lots_of(t, "a"), [("early".to_owned(), 30), ("late".to_owned(), 40)]);
        let _ = spend(t, "3", vec![of_lot(Lots::First("late".to_owned()), 45)]).unwrap();
        assert_eq!(lots_of(t, "a"), [("early".to_owned(), 25)]);
        t.clock.advance_seconds(100);
        assert_eq!(figures(t, "a").2, 0, "it is over");
        let _ = spend(t, "4", vec![of_lot(Lots::Of("early".to_owned()), 25)]).unwrap();
        let unknown = spend(t, "5", vec![of_lot(Lots::Of("no such lot".to_owned()), 1)]);
        assert!(matches!(unknown, Err(LedgerError::Short { available: 0, .. })), "{unknown:?}");
        assert_whole(t);
    });
}

#[test]
fn a_renewed_lot_keeps_its_later_end_wherever_it_goes() {
    on_both("ledger_extend", MIGRATIONS, |t| {
        open_for(t, &["a", "b"], 0);
        give(t, "a", "over", 1, Some(10));
        t.clock.advance_seconds(10);
        give(t, "a", "short", 30, Some(100));
        give(t, "a", "long", 30, Some(900));
        give(t, "a", "ever", 30, None);
        give(t, "b", "other", 30, Some(100));
        let held = hold_for(t, "h", 50, vec![leg(0, "a", 30)]).unwrap();
        let until = after(t, 500);
        let now = after(t, 0);
        let n = t.db.write(|tx| extend(tx, now, (UNIT, "a"), until)).unwrap();
        assert_eq!(n, 1, "only the one that is held now ends earlier and is not over");
        let _ = t.db.write(|tx| mercer_ledger::hold::release(tx, now, &held.id)).unwrap();
        let found = t.db.read(|tx| lots(tx, &of("a"))).unwrap();
        let ends: Vec<_> = found.iter().map(|lot| (lot.origin.as_str(), lot.expires_at)).collect();
        let start = now;
        assert_eq!(
            ends,
            [
                ("over", Some(start)),
                ("short", Some(until)),
                ("long", Some(after(t, 900))),
                ("ever", None)
            ]
        );
        let other = t.db.read(|tx| lots(tx, &of("b"))).unwrap();
        assert_eq!(other[0].expires_at, Some(after(t, 100)));
        assert_whole(t);
    });
}
