//! What time alone does: tiers to the second, birthdays, expiry.

use serde_json::{Value, json};

use super::support::*;
use crate::members::MemberAsk;
use crate::redemptions::RedemptionAsk;

fn tiered(grace_days: u32) -> Value {
    let mut programme = simple(0);
    programme["tiers"] = json!({
        "measure": "spend", "window": { "kind": "rolling", "days": 30 }, "grace_days": grace_days,
        "levels": [{ "id": "basic", "name": "Basic", "from": 0 },
                   { "id": "gold", "name": "Gold", "from": 10_000, "multiplier_percent": 200,
                     "benefits": [{ "name": "free_shipping_from_minor", "value": 0 }] }] });
    programme["earning"][0]["multiplied_by_tier"] = json!(true);
    programme
}

#[test]
fn a_tier_is_left_at_its_very_second() {
    with("loyalty_tier", &tiered(5), |shop| {
        shop.place("ord_1", "cus_a", (1, 9_999));
        assert_eq!(shop.tier("cus_a").as_deref(), Some("basic"));
        assert_eq!(shop.facts("tier.entered"), [], "the lowest is where everybody begins");
        shop.place("ord_2", "cus_a", (1, 1));
        assert_eq!(shop.tier("cus_a").as_deref(), Some("gold"));
        let standing = shop.member("cus_a").tier_standing.unwrap();
        assert_eq!(standing.changes_to.as_deref(), Some("basic"));
        assert_eq!(standing.benefits.len(), 1);
        // Counts until 30 March, is kept until 4 April.
        let at = standing.changes_at.unwrap().to_string();
        assert_eq!(at, "2026-04-05T00:00:00Z");
        shop.place("ord_3", "cus_b", (2, 10_000));
        shop.go_to("2026-04-04T23:59:59Z");
        assert_eq!(shop.tier("cus_a").as_deref(), Some("gold"));
        shop.go_to("2026-04-05T00:00:00Z");
        assert_eq!(shop.tier("cus_a").as_deref(), Some("basic"));
        let left = shop.facts("tier.left");
        let of = |customer: &str| left.iter().filter(|(who, _)| who == customer).count();
        assert_eq!((of("cus_a"), of("cus_b")), (2, 2), "basic once, gold once");
        shop.assert_replay_changes_nothing(&["cus_a", "cus_b"]);
    });
}

#[test]
fn a_tier_multiplies_what_comes_after_it_and_falls_with_a_return() {
    with("loyalty_tier_back", &tiered(0), |shop| {
        shop.place("ord_1", "cus_a", (2, 10_000));
        assert_eq!(shop.points("cus_a"), (100, 0), "an order does not multiply itself");
        shop.t.clock.advance_seconds(1);
        shop.place("ord_2", "cus_a", (1, 1_000));
        assert_eq!(shop.points("cus_a"), (120, 0));
        shop.refund("ref_1", "ord_1", 1);
        assert_eq!(shop.tier("cus_a").as_deref(), Some("basic"));
        assert_eq!(shop.points("cus_a"), (70, 0));
        shop.assert_replay_changes_nothing(&["cus_a"]);
    });
}

#[test]
fn a_birthday_comes_when_the_day_begins_in_the_programmes_zone() {
    let mut programme = simple(0);
    let rule = json!({ "id": "birthday", "earn": { "by": "activity", "activity": "birthday",
                       "points": 50 } });
    programme["earning"].as_array_mut().unwrap().push(rule);
    mercer_testkit::on_both("loyalty_birthday", MIGRATIONS, |t| {
        let shop = Shop::without_programme(t);
        // 13 hours before UTC in summer.
        shop.activate(json!({ "programme": programme, "time_zone": "Pacific/Auckland" }));
        let birthday = |customer: &str, day: &str| {
            let ask = MemberAsk { birthday: Some(day.to_owned()), ..MemberAsk::default() };
            shop.loyalty.put_member(customer, &ask).unwrap();
            shop.settle();
        };
        birthday("cus_a", "03-10");
        birthday("cus_leap", "02-29");
        shop.go_to("2026-03-09T10:59:59Z");
        assert_eq!(shop.points("cus_a"), (0, 0));
        shop.go_to("2026-03-09T11:00:00Z");
        assert_eq!(shop.points("cus_a"), (50, 0));
        // Another birthday in the same year earns no second time.
        birthday("cus_a", "03-11");
        shop.go_to("2026-03-12T00:00:00Z");
        assert_eq!(shop.points("cus_a"), (50, 0));
        shop.go_to("2027-02-27T10:59:59Z");
        assert_eq!(shop.points("cus_leap"), (0, 0));
        shop.go_to("2027-02-27T11:00:00Z");
        assert_eq!(shop.points("cus_leap"), (50, 0), "28 February in a year without the 29th");
        shop.go_to("2028-02-28T10:59:59Z");
        assert_eq!(shop.points("cus_leap"), (50, 0));
        shop.go_to("2028-02-28T11:00:00Z");
        assert_eq!(shop.points("cus_leap"), (100, 0));
        assert_eq!(shop.points("cus_a"), (100, 0), "2026 and 2027");
        let bad = MemberAsk { birthday: Some("02-30".to_owned()), ..MemberAsk::default() };
        assert!(shop.loyalty.put_member("cus_a", &bad).is_err());
        shop.assert_whole();
    });
}

fn redeem_all(shop: &Shop<'_>, key: &str, points: i64, order: Option<&str>) {
    let ask = RedemptionAsk {
        key: key.to_owned(),
        points: Some(points),
        payable_minor: 1_000_000,
        currency: "GBP".to_owned(),
        channel: order.map(|_| "shop".to_owned()),
        order_number: order.map(|id| format!("N-{id}")),
    };
    shop.loyalty.redeem("cus_a", &ask).unwrap();
}

#[test]
fn points_expire_with_their_day_after_a_warning_and_are_lost_once() {
    let mut programme = simple(0);
    programme["expiry"] = json!({ "kind": "after_earning", "days": 30 });
    mercer_testkit::on_both("loyalty_expiry", MIGRATIONS, |t| {
        let shop = Shop::without_programme(t);
        shop.activate(json!({ "programme": programme, "expiry_warning_days": 7 }));
        shop.place("ord_1", "cus_a", (2, 10_000));
        redeem_all(&shop, "r1", 40, None);
        shop.go_to("2026-03-24T23:59:59Z");
        assert_eq!(shop.facts("points.expiring"), []);
        shop.go_to("2026-03-25T00:00:00Z");
        let warned = shop.facts("points.expiring");
        assert_eq!(warned.len(), 1);
        assert_eq!(warned[0].1["points"], json!(60));
        shop.go_to("2026-03-31T23:59:59Z");
        assert_eq!(shop.points("cus_a"), (60, 0));
        shop.go_to("2026-04-01T00:00:00Z");
        assert_eq!(shop.points("cus_a"), (0, 0));
        assert_eq!(shop.facts("points.expired"), [("cus_a".to_owned(), json!({ "points": 60 }))]);
        // 40 were spent and 60 are gone: half of the order takes no more than is owed of the 40.
        shop.refund("ref_1", "ord_1", 1);
        assert_eq!(shop.points("cus_a"), (-40, 0));
        shop.loyalty.cancel_redemption("cus_a", "r1").unwrap();
        shop.settle();
        assert_eq!(shop.points("cus_a"), (-40, 0), "what comes back of the old lot is over");
        assert_eq!(shop.facts("points.expiring").len(), 1, "warned once");
        shop.assert_replay_changes_nothing(&["cus_a"]);
        let reasons: Vec<String> =
            shop.movements("cus_a").into_iter().map(|(reason, _, _)| reason).collect();
        assert_eq!(
            reasons,
            ["expired", "given_back", "taken_back", "expired", "redeemed", "earned"]
        );
    });
}

#[test]
fn what_a_member_does_renews_all_points() {
    let mut programme = simple(0);
    programme["expiry"] = json!({ "kind": "after_activity", "days": 30 });
    with("loyalty_renew", &programme, |shop| {
        shop.place("ord_1", "cus_a", (1, 1_000));
        shop.advance_days(20);
        shop.place("ord_2", "cus_a", (1, 1_000));
        shop.go_to("2026-04-20T23:59:59Z");
        assert_eq!(shop.points("cus_a"), (20, 0), "the first lot lives on with the second");
        shop.go_to("2026-04-21T00:00:00Z");
        assert_eq!(shop.points("cus_a"), (0, 0));
        shop.assert_replay_changes_nothing(&["cus_a"]);
    });
}
