//! Limits as the ledger counts them.

use std::sync::Barrier;

use mercer_core::clock::Entropy;
use mercer_ledger::verify::verify;
use mercer_promotions_engine::policy::Limits;
use mercer_testkit::{SeededEntropy, on_both};

use super::support::*;
use crate::PromotionsError;
use crate::accounts;
use crate::manage::{coupons, limits};

fn given(uses_left: i64, customer_uses_left: i64, budget_minor_left: i64) -> Limits {
    Limits {
        uses_left: Some(uses_left),
        customer_uses_left: Some(customer_uses_left),
        budget_minor_left: Some(budget_minor_left),
    }
}

#[test]
fn a_limit_is_whole_before_its_account_is_open_and_what_is_left_of_it_afterwards() {
    on_both("limits_left", MIGRATIONS, |t| {
        let now = at(t);
        let mut promotion = stored("prm_1");
        promotion.uses_max = Some(10);
        promotion.customer_uses_max = Some(2);
        promotion.budget_minor_max = Some(5_000);
        let free = stored("prm_2");
        let mut coupon = code("TEA", "prm_1");
        coupon.uses_max = Some(3);
        let both = [promotion.clone(), free];
        let ask =
            |customer| t.db.write(|tx| limits::left(tx, now, &both, &[&coupon], customer)).unwrap();
        assert_eq!(ask(None).promotions["prm_1"], given(10, 2, 5_000));
        assert_eq!(ask(Some("cus_1")).promotions["prm_2"], Limits::default());
        assert_eq!(ask(None).coupons["TEA"].uses_left, Some(3));
        t.db.write(|tx| {
            for _ in 0..2 {
                limits::ensure_promotion(tx, now, &promotion)?;
                limits::ensure_share(tx, now, &promotion, "cus_1")?;
                coupons::ensure_accounts(tx, now, &coupon)?;
                limits::ensure_all(tx, now, &[&promotion], &[&coupon], Some("cus_1"))?;
            }
            take(tx, now, &accounts::promotion_uses("prm_1"), 4)?;
            take(tx, now, &accounts::promotion_share("prm_1", "cus_1"), 1)?;
            take(tx, now, &accounts::promotion_budget("prm_1"), 1_250)?;
            take(tx, now, &accounts::coupon_uses("TEA"), 3)
        })
        .unwrap();
        let left = ask(Some("cus_1"));
        assert_eq!(left.promotions["prm_1"], given(6, 1, 3_750));
        assert_eq!(left.coupons["TEA"].uses_left, Some(0));
        assert_eq!(left.coupons["TEA"].customer_uses_left, None);
        assert_eq!(ask(Some("cus_2")).promotions["prm_1"], given(6, 2, 3_750));
        assert_eq!(ask(None).promotions["prm_1"], given(6, 2, 3_750));
    });
}

#[test]
fn a_limit_is_raised_and_lowered_by_the_difference_but_not_below_what_is_used() {
    on_both("limits_changed", MIGRATIONS, |t| {
        let now = at(t);
        let key = accounts::promotion_uses("prm_1");
        let mut promotion = stored("prm_1");
        promotion.uses_max = Some(10);
        let left = |promotion: &_| {
            let all = [Clone::clone(promotion)];
            let left = t.db.write(|tx| limits::left(tx, now, &all, &[], None)).unwrap();
            left.promotions["prm_1"].uses_left
        };
        t.db.write(|tx| {
            limits::set(tx, now, &limits::of_promotion(&promotion))?;
            take(tx, now, &key, 7)
        })
        .unwrap();
        for (max, uses_left) in [(8, 1), (100, 93), (7, 0), (10, 3)] {
            promotion.uses_max = Some(max);
            t.db.write(|tx| limits::set(tx, now, &limits::of_promotion(&promotion))).unwrap();
            assert_eq!(left(&promotion), Some(uses_left), "{max}");
        }
        promotion.uses_max = Some(6);
        let refused = t.db.write(|tx| limits::set(tx, now, &limits::of_promotion(&promotion)));
        let error = refused.unwrap_err();
        assert_eq!(error.to_string(), "`uses_max` cannot be 6: 7 are used or held already");
        assert!(matches!(error, PromotionsError::Invalid { field, .. } if field == "uses_max"));
        promotion.uses_max = Some(10);
        assert_eq!(left(&promotion), Some(3), "nothing was changed");
    });
}

#[test]
fn a_share_that_was_lowered_below_its_use_has_nothing_left_and_fails_no_hold() {
    on_both("limits_share", MIGRATIONS, |t| {
        let now = at(t);
        let mut promotion = stored("prm_1");
        promotion.customer_uses_max = Some(5);
        t.db.write(|tx| {
            limits::ensure_share(tx, now, &promotion, "cus_1")?;
            take(tx, now, &accounts::promotion_share("prm_1", "cus_1"), 3)
        })
        .unwrap();
        for (max, share) in [(2, 0), (1, 0), (4, 1), (9, 6)] {
            promotion.customer_uses_max = Some(max);
            for ensured in [false, true, true] {
                let left = t.db.write(|tx| {
                    if ensured {
                        limits::ensure_share(tx, now, &promotion, "cus_1")?;
                    }
                    limits::left(tx, now, &[promotion.clone()], &[], Some("cus_1"))
                });
                let left = left.unwrap().promotions["prm_1"].customer_uses_left;
                assert_eq!(left, Some(share), "{max}, ensured: {ensured}");
            }
        }
    });
}

#[test]
fn a_limit_that_is_set_late_counts_what_was_used_before_and_one_that_is_lifted_is_given_back() {
    on_both("limits_late", MIGRATIONS, |t| {
        let now = at(t);
        let (promotion, uses) = (stored("prm_1"), accounts::promotion_uses("prm_1"));
        let mut limited = promotion;
        (limited.uses_max, limited.customer_uses_max) = (Some(3), Some(2));
        limited.budget_minor_max = Some(1_000);
        let ask = || {
            t.db.write(|tx| {
                limits::ensure_all(tx, now, &[&limited], &[], Some("cus_1"))?;
                limits::left(tx, now, &[limited.clone()], &[], Some("cus_1"))
            })
            .unwrap()
            .promotions["prm_1"]
                .clone()
        };
        t.db.write(|tx| {
            quoted(tx, "quo_1", ("prm_1", None), "cus_1", 300)?;
            quoted(tx, "quo_2", ("prm_1", None), "cus_2", 200)
        })
        .unwrap();
        assert_eq!(ask(), given(1, 1, 500));
        t.db.write(|tx| {
            take(tx, now, &uses, 1)?;
            quoted(tx, "quo_3", ("prm_1", None), "cus_1", 1)?;
            limits::lift(tx, now, &uses)?;
            limits::lift(tx, now, &uses)
        })
        .unwrap();
        assert_eq!(ask().uses_left, Some(0), "three were used in all");
    });
}

/// Clients that open the same accounts at once.
const N_CLIENTS: usize = 8;

#[test]
fn accounts_that_many_carts_open_at_once_are_issued_to_once() {
    on_both("limits_at_once", MIGRATIONS, |t| {
        let now = at(t);
        let mut promotion = stored("prm_1");
        (promotion.uses_max, promotion.customer_uses_max) = (Some(10), Some(2));
        promotion.budget_minor_max = Some(5_000);
        let begin = Barrier::new(N_CLIENTS);
        std::thread::scope(|threads| {
            for _ in 0..N_CLIENTS {
                threads.spawn(|| {
                    begin.wait();
                    for customer in ["cus_1", "cus_2"] {
                        let ensured = t.db.write(|tx| {
                            limits::ensure_all(tx, now, &[&promotion], &[], Some(customer))
                        });
                        ensured.unwrap();
                    }
                });
            }
        });
        let left = t.db.read(|tx| limits::left(tx, now, &[promotion.clone()], &[], Some("cus_2")));
        assert_eq!(left.unwrap().promotions["prm_1"], given(10, 2, 5_000));
        let issued: i64 =
            t.db.read(|tx| tx.fetch_value("SELECT COUNT(*) FROM ledger_transfers", &[])).unwrap();
        assert_eq!(issued, 4, "uses, budget and two shares");
    });
}

#[test]
fn what_is_left_is_always_the_limit_less_what_is_used_whatever_happens() {
    on_both("limits_random", MIGRATIONS, |t| {
        let now = at(t);
        for seed in 0..12 {
            let entropy = SeededEntropy::new(seed);
            let draw = |n: i64| {
                let mut bytes = [0; 4];
                entropy.fill(&mut bytes);
                i64::from(u32::from_le_bytes(bytes)) % n
            };
            let mut promotion = stored(&format!("prm_{seed}"));
            let key = accounts::promotion_uses(&promotion.id);
            let (mut used, mut is_open) = (0, false);
            for _ in 0..40 {
                let max = draw(30) + 1;
                match draw(3) {
                    0 => {
                        promotion.uses_max = Some(max);
                        let set = limits::of_promotion(&promotion);
                        let done = t.db.write(|tx| limits::set(tx, now, &set));
                        assert_eq!(done.is_ok(), max >= used, "{max} of {used}");
                        // What was refused stays as it was; the next one sets it again.
                        promotion.uses_max = Some(max.max(used).max(1));
                        t.db.write(|tx| limits::ensure_promotion(tx, now, &promotion)).unwrap();
                        is_open = true;
                    }
                    1 if is_open => {
                        let quantity = draw(5) + 1;
                        let done = t.db.write(|tx| take(tx, now, &key, quantity));
                        let left = promotion.uses_max.unwrap() - used;
                        assert_eq!(done.is_ok(), quantity <= left, "{quantity} of {left}");
                        used += if done.is_ok() { quantity } else { 0 };
                    }
                    _ => {
                        let ensured =
                            t.db.write(|tx| limits::ensure_promotion(tx, now, &promotion));
                        ensured.unwrap();
                        is_open |= promotion.uses_max.is_some();
                    }
                }
                let all = [promotion.clone()];
                let left = t.db.read(|tx| limits::left(tx, now, &all, &[], None)).unwrap();
                let wanted = promotion.uses_max.map(|max| max - used);
                assert_eq!(left.promotions[&promotion.id].uses_left, wanted);
            }
        }
        assert_eq!(t.db.read(verify).unwrap(), Vec::<String>::new());
    });
}
