//! Challenges, referrals, activities and the wheel.

use mercer_loyalty_engine::model::wheel::{Proof, odds_digest, verify};
use mercer_loyalty_engine::policy::games::Wheel;
use serde_json::{Value, json};

use super::support::*;
use crate::LoyaltyError;
use crate::activities::{ActivityAsk, ActivityKind};
use crate::members::{AddressAsk, MemberAsk};
use crate::wheel::{DrawAsk, SpinAsk};

fn with_rules(rules: &Value) -> Value {
    let mut programme = simple(0);
    let all = programme["earning"].as_array_mut().unwrap();
    all.extend(rules.as_array().unwrap().iter().cloned());
    programme
}

#[test]
fn challenges_count_the_past_and_are_undone_with_their_orders() {
    let mut programme = with_rules(&json!([{ "id": "regular", "earn": { "by": "challenge",
                            "challenge": "two_orders", "points": 50 } }]));
    let challenge = json!([{ "id": "two_orders", "name": "Two orders", "badge": "Regular",
                             "goal": { "kind": "count", "of": "order", "n": 2 } }]);
    with("loyalty_challenge", &simple(0), |shop| {
        shop.place("ord_1", "cus_a", (1, 1_000));
        shop.advance_days(1);
        shop.place("ord_2", "cus_a", (1, 1_000));
        programme_of(shop, &mut programme.clone(), &challenge);
        let member = shop.member("cus_a");
        assert_eq!(member.badges, ["Regular"], "met in the past");
        assert_eq!(shop.points("cus_a"), (70, 0));
        shop.cancel("ord_1");
        assert_eq!(shop.points("cus_a"), (10, 0));
        assert_eq!(shop.member("cus_a").badges, Vec::<String>::new());
        shop.advance_days(1);
        shop.place("ord_3", "cus_a", (1, 1_000));
        assert_eq!(shop.points("cus_a"), (70, 0), "another order meets it");
        assert_eq!(shop.facts("challenge.met").len(), 2);
        shop.assert_replay_changes_nothing(&["cus_a"]);
    });
    programme["challenges"] = challenge;
    with("loyalty_challenge_back", &programme, |shop| {
        shop.place("ord_1", "cus_a", (1, 1_000));
        shop.t.clock.advance_seconds(1);
        shop.place("ord_2", "cus_a", (1, 1_000));
        shop.refund("ref_1", "ord_2", 1);
        assert_eq!(shop.points("cus_a"), (10, 0));
        shop.change("ord_2", |order| order.lines[0].refunded_quantity = 0);
        assert_eq!(shop.points("cus_a"), (70, 0), "the same award once more");
        shop.assert_replay_changes_nothing(&["cus_a"]);
    });
}

fn programme_of(shop: &Shop<'_>, programme: &mut Value, challenges: &Value) {
    programme["challenges"] = challenges.clone();
    shop.activate(json!({ "programme": programme }));
}

fn friend_rule() -> Value {
    with_rules(&json!([{ "id": "friend", "pending_days": 14,
        "earn": { "by": "referral", "referrer_points": 500, "friend_points": 200 } }]))
}

fn code_of(shop: &Shop<'_>, customer: &str, ask: &MemberAsk) -> String {
    shop.loyalty.put_member(customer, ask).unwrap().referral_code
}

fn came_by(code: &str) -> MemberAsk {
    MemberAsk { referral_code: Some(code.to_owned()), ..MemberAsk::default() }
}

#[test]
fn a_friend_rewards_both_sides_after_the_return_window_and_not_if_all_comes_back() {
    with("loyalty_referral", &friend_rule(), |shop| {
        let code = code_of(shop, "cus_a", &MemberAsk::default());
        code_of(shop, "cus_b", &came_by(&code.to_lowercase()));
        shop.place("ord_1", "cus_b", (2, 1_000));
        assert_eq!((shop.points("cus_a"), shop.points("cus_b")), ((0, 500), (10, 200)));
        shop.refund("ref_1", "ord_1", 1);
        assert_eq!(shop.points("cus_a"), (0, 500), "a part came back");
        shop.advance_days(15);
        assert_eq!((shop.points("cus_a"), shop.points("cus_b")), ((500, 0), (205, 0)));
        shop.place("ord_2", "cus_b", (1, 1_000));
        assert_eq!(shop.points("cus_a"), (500, 0), "only the first order counts");
        shop.refund("ref_2", "ord_1", 1);
        assert_eq!((shop.points("cus_a"), shop.points("cus_b")), ((0, 0), (10, 0)));
        assert_eq!(shop.member("cus_a").referrals[0].state, "taken_back");
        shop.assert_replay_changes_nothing(&["cus_a", "cus_b"]);
    });
}

#[test]
fn guards_refuse_with_reasons_that_are_kept() {
    with("loyalty_guards", &friend_rule(), |shop| {
        let home = |email: &str| MemberAsk {
            email: Some(email.to_owned()),
            address: Some(AddressAsk {
                street: "1 High Street".to_owned(),
                postcode: "AB1 2CD".to_owned(),
                country: "GB".to_owned(),
            }),
            ..MemberAsk::default()
        };
        let code = code_of(shop, "cus_a", &home("ann@example.com"));
        code_of(shop, "cus_a", &came_by(&code));
        shop.place("ord_1", "cus_a", (1, 1_000));
        code_of(shop, "cus_b", &home("bob@example.com"));
        code_of(shop, "cus_b", &came_by(&code));
        shop.place("ord_2", "cus_b", (1, 1_000));
        shop.t.clock.advance_seconds(1);
        shop.place("ord_3", "cus_c", (1, 1_000));
        code_of(shop, "cus_c", &came_by(&code));
        shop.t.clock.advance_seconds(1);
        shop.place("ord_4", "cus_c", (1, 1_000));
        assert_eq!(shop.points("cus_a"), (10, 0), "no bonus");
        let view = shop.member("cus_a");
        let mut codes: Vec<(&str, &str)> = view
            .referrals
            .iter()
            .map(|one| (one.order.as_str(), one.reasons[0].code.as_str()))
            .collect();
        codes.sort_unstable();
        let expected =
            [("ord_1", "same_person"), ("ord_2", "same_household"), ("ord_4", "not_new")];
        assert_eq!(codes, expected);
        let wrong = shop.loyalty.put_member("cus_d", &came_by("BBBB-BBBB"));
        assert!(matches!(wrong, Err(LoyaltyError::Invalid { .. })), "{wrong:?}");
        let other = code_of(shop, "cus_d", &MemberAsk::default());
        let second = shop.loyalty.put_member("cus_b", &came_by(&other));
        assert!(matches!(second, Err(LoyaltyError::Conflict { .. })), "{second:?}");
        let logged = shop.t.db.read(|tx| mercer_facts::read_after(tx, 0, 1_000)).unwrap();
        let logged = format!("{logged:?}");
        assert!(!logged.contains("example.com") && !logged.contains("High"), "no addresses");
        shop.assert_replay_changes_nothing(&["cus_a", "cus_b", "cus_c"]);
    });
}

#[test]
fn an_activity_counts_once_within_its_limit_and_can_be_undone() {
    let programme = with_rules(&json!([{ "id": "review",
        "earn": { "by": "activity", "activity": "review", "points": 20 },
        "limits": [{ "kind": "times", "max": 2, "per": "month" }] }]));
    with("loyalty_review", &programme, |shop| {
        let review = |key: &str, customer: &str| {
            shop.loyalty.note_activity(&ActivityAsk {
                key: key.to_owned(),
                customer_id: customer.to_owned(),
                activity: ActivityKind::Review,
                occurred_at: None,
            })
        };
        let first = review("1", "cus_a").unwrap();
        assert_eq!((first.points, first.is_new), (20, true));
        assert!(!review("1", "cus_a").unwrap().is_new);
        assert!(matches!(review("1", "cus_b"), Err(LoyaltyError::Conflict { .. })));
        assert!(matches!(review("9", "nobody"), Err(LoyaltyError::Unknown { .. })));
        assert_eq!(review("2", "cus_a").unwrap().points, 20);
        let third = review("3", "cus_a").unwrap();
        assert_eq!((third.points, third.reasons[0].code.as_str()), (0, "limited_times"));
        for _ in 0..2 {
            let undone = shop.loyalty.undo_activity(ActivityKind::Review, "2").unwrap();
            assert_eq!((undone.points, undone.is_undone), (0, true));
            assert_eq!(shop.points("cus_a"), (20, 0));
        }
        assert_eq!(review("4", "cus_a").unwrap().points, 20, "the limit is free again");
    });
}

fn wheel_programme(stock: u64) -> Value {
    let mut programme = simple(0);
    programme["wheels"] = json!([{ "id": "spring", "name": "Spring wheel", "chances_total": 10,
        "when_gone": { "kind": "consolation", "prize": "none" },
        "prizes": [
            { "id": "mug", "name": "A mug", "chances": 5, "stock": stock,
              "win": { "kind": "thing", "name": "sku:MUG" } },
            { "id": "p50", "name": "50 points", "chances": 4,
              "win": { "kind": "points", "points": 50 } },
            { "id": "none", "name": "Nothing", "chances": 1, "win": { "kind": "nothing" } }] }]);
    programme
}

#[test]
fn a_turn_can_be_verified_shows_its_secret_last_and_never_gives_a_prize_too_many() {
    with("loyalty_wheel", &wheel_programme(3), |shop| {
        let wheel: Wheel = serde_json::from_value(wheel_programme(3)["wheels"][0].clone()).unwrap();
        let (mut n_mugs, mut n_points, mut n_ran_out) = (0, 0, 0);
        for n in 0..30 {
            let ask = SpinAsk { key: format!("order-{n}"), customer_id: "cus_a".to_owned() };
            let begun = shop.loyalty.commit_spin("spring", &ask).unwrap();
            assert_eq!(shop.loyalty.commit_spin("spring", &ask).unwrap(), begun, "one turn a key");
            assert_eq!(begun.draw, None);
            let draw = DrawAsk { client_seed: format!("seed-{n}") };
            // A process that dies here finds the same turn again.
            let found = shop.loyalty.proof(&begun.id).unwrap();
            assert_eq!(found, begun);
            let done = shop.loyalty.draw(&begun.id, &draw).unwrap();
            assert_eq!(shop.loyalty.draw(&begun.id, &draw).unwrap(), done, "once");
            let other = DrawAsk { client_seed: "another".to_owned() };
            assert!(matches!(
                shop.loyalty.draw(&begun.id, &other),
                Err(LoyaltyError::Conflict { .. })
            ));
            let drawn = done.draw.clone().unwrap();
            let before = serde_json::to_string(&begun).unwrap();
            assert!(!before.contains(&drawn.server_seed), "the secret is shown after the draw");
            let proof = Proof {
                commitment: begun.commitment,
                odds: odds_digest(&wheel),
                server_seed: drawn.server_seed.parse().unwrap(),
                client_seed: drawn.client_seed,
                nonce: done.nonce,
                number: drawn.number,
                drawn: drawn.drawn.clone(),
            };
            assert_eq!(begun.odds_digest, proof.odds);
            verify(&proof, &wheel).unwrap();
            n_mugs += i64::from(drawn.given == "mug");
            n_points += i64::from(drawn.given == "p50");
            n_ran_out += i64::from(drawn.drawn == "mug" && drawn.given == "none");
        }
        assert_eq!(n_mugs, 3, "all that were declared, never one too many");
        assert!(n_ran_out > 0 && n_points > 0);
        assert_eq!(shop.points("cus_a"), (50 * n_points, 0));
        // The same programme adds no prize, a larger one the difference.
        for (stock, left) in [(3, 0), (5, 2), (4, 1)] {
            shop.activate(json!({ "programme": wheel_programme(stock) }));
            let pool = crate::accounts::prizes("spring", "mug");
            let now = shop.now();
            let found = shop
                .t
                .db
                .read(|tx| mercer_ledger::read::balances(tx, now, std::slice::from_ref(&pool)));
            assert_eq!(found.unwrap()[0].available, left);
        }
        let bad = SpinAsk { key: "bad".to_owned(), customer_id: "cus_a".to_owned() };
        let turn = shop.loyalty.commit_spin("spring", &bad).unwrap();
        let refused = shop.loyalty.draw(&turn.id, &DrawAsk { client_seed: "a b".to_owned() });
        assert!(matches!(refused, Err(LoyaltyError::Invalid { .. })), "{refused:?}");
        let nowhere = shop.loyalty.commit_spin("winter", &bad);
        assert!(matches!(nowhere, Err(LoyaltyError::Unknown { .. })), "{nowhere:?}");
        let decisions = shop
            .t
            .db
            .read(|tx| mercer_decisions::list(tx, &mercer_decisions::Filter::default(), 100));
        assert!(!decisions.unwrap().is_empty());
    });
}
