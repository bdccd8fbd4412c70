//! The past, on request; what is outstanding; the list of members.

use serde_json::json;

use super::support::*;
use crate::backfill::BackfillAsk;
use crate::members::view::MemberFilter;

#[test]
fn an_imported_past_earns_only_on_request_and_comes_to_what_was_told() {
    let mut programme = simple(0);
    programme["expiry"] = json!({ "kind": "after_earning", "days": 60 });
    programme["earning"][0]["limits"] = json!([{ "kind": "points", "max": 150, "per": "month" }]);
    programme["tiers"] = json!({
        "measure": "points", "window": { "kind": "rolling", "days": 365 },
        "levels": [{ "id": "basic", "name": "Basic", "from": 0 },
                   { "id": "gold", "name": "Gold", "from": 100, "multiplier_percent": 200 }] });
    programme["earning"][0]["multiplied_by_tier"] = json!(true);
    mercer_testkit::on_both("loyalty_past", MIGRATIONS, |t| {
        let shop = Shop::without_programme(t);
        shop.place("ord_1", "cus_a", (2, 8_000));
        t.clock.advance_seconds(60);
        shop.place("ord_2", "cus_a", (1, 9_000));
        shop.advance_days(40);
        shop.place("ord_3", "cus_a", (1, 1_000));
        shop.place("ord_4", "cus_b", (2, 1_000));
        shop.refund("ref_1", "ord_4", 1);
        shop.advance_days(40);
        shop.activate(json!({ "programme": programme }));
        // Replay as an import would: nothing is earned unasked.
        t.db.write(|tx| mercer_facts::rewind(tx, "loyalty.record")).unwrap();
        shop.settle();
        assert_eq!(shop.points("cus_a"), (0, 0));
        let mut ask = BackfillAsk { from: "2026-03-01".parse().unwrap(), dry_run: true };
        let told = shop.loyalty.backfill(&ask).unwrap();
        // 80, then 70 of 90 by the limit; gold by then: 20 for the third; half of 10 for the last.
        assert_eq!((told.n_orders, told.n_members, told.points), (4, 2, 175));
        assert_eq!((told.points_over, told.worth_minor), (150, Some(25)));
        assert!(!told.is_booking);
        assert_eq!(shop.points("cus_a"), (0, 0), "a dry run books nothing");
        ask.dry_run = false;
        assert!(shop.loyalty.backfill(&ask).unwrap().is_booking);
        shop.settle();
        assert_eq!((shop.points("cus_a"), shop.points("cus_b")), ((20, 0), (5, 0)));
        let expired = shop.facts("points.expired");
        assert_eq!(expired, [("cus_a".to_owned(), json!({ "points": 150 }))]);
        assert_eq!(shop.loyalty.backfill(&ask).unwrap().n_orders, 0, "booked once");
        shop.settle();
        shop.assert_replay_changes_nothing(&["cus_a", "cus_b"]);
    });
}

#[test]
fn what_is_outstanding_agrees_with_the_members() {
    let mut programme = simple(0);
    programme["expiry"] = json!({ "kind": "after_earning", "days": 60 });
    with("loyalty_liability", &programme, |shop| {
        for n in 0..5 {
            let (order, customer) = (format!("ord_{n}"), format!("cus_{n}"));
            shop.place(&order, &customer, (2, 10_000));
        }
        let pay = crate::redemptions::RedemptionAsk {
            key: "r".to_owned(),
            points: Some(70),
            payable_minor: 100_000,
            currency: "GBP".to_owned(),
            channel: None,
            order_number: None,
        };
        shop.loyalty.redeem("cus_0", &pay).unwrap();
        shop.refund("ref_0", "ord_0", 2);
        shop.refund("ref_1", "ord_1", 1);
        shop.loyalty.redeem("cus_2", &pay).unwrap();
        shop.loyalty.cancel_redemption("cus_2", "r").unwrap();
        shop.loyalty.redeem("cus_3", &pay).unwrap();
        let view = shop.loyalty.liability().unwrap().unwrap();
        assert_eq!(view.report.points, 50 + 100 + 30 + 100);
        assert_eq!((view.report.points_owed, view.report.worth_minor), (70, Some(280)));
        let months: Vec<_> =
            view.report.months.iter().map(|one| (one.month.clone(), one.points)).collect();
        assert_eq!(months, [(Some("2026-04".to_owned()), 280)]);
        shop.place("ord_9", "cus_0", (1, 10_000));
        let view = shop.loyalty.liability().unwrap().unwrap();
        assert_eq!((view.report.points, view.report.points_owed), (310, 0), "70 paid the debt");
        assert_eq!(view.reasons.iter().filter(|why| why.code == "left_out").count(), 0);
        shop.advance_days(90);
        let view = shop.loyalty.liability().unwrap().unwrap();
        assert_eq!((view.report.points, view.report.points_owed), (0, 0));
    });
}

#[test]
fn members_are_listed_in_pages_and_found() {
    with("loyalty_members", &simple(0), |shop| {
        for n in 0..5 {
            shop.place(&format!("ord_{n}"), &format!("cus_{n}"), (1, 1_000));
        }
        let ids = |filter: &MemberFilter, n_max| -> Vec<String> {
            let rows = shop.loyalty.members(filter, n_max).unwrap();
            rows.into_iter().map(|row| row.customer_id).collect()
        };
        let mut filter = MemberFilter::default();
        assert_eq!(ids(&filter, 2), ["cus_0", "cus_1"]);
        filter.after = Some("cus_1".to_owned());
        assert_eq!(ids(&filter, 2), ["cus_2", "cus_3"]);
        let found = MemberFilter { search: Some("s_4".to_owned()), ..MemberFilter::default() };
        assert_eq!(ids(&found, 9), ["cus_4"]);
        let gold = MemberFilter { tier: Some("gold".to_owned()), ..MemberFilter::default() };
        assert_eq!(ids(&gold, 9), Vec::<String>::new());
    });
}
