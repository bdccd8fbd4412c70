//! What must hold for challenges, wheels and referrals, whatever comes in.

use std::collections::{BTreeMap, BTreeSet};

use mercer_engine_kit::money::Currency;
use mercer_engine_kit::money::Rounding;
use mercer_engine_kit::seed::Seed;
use mercer_loyalty_engine::calendar::{Day, Period, Span};
use mercer_loyalty_engine::input::{
    ChallengeInput, GameFact, LiabilityInput, LotHistory, Order, OrderInput, OrderLine, Return,
    ReturnsInput, SpentOfLot, SpinInput,
};
use mercer_loyalty_engine::model::wheel::{
    Proof, ProofError, ServerSeed, number_of, odds_digest, verify,
};
use mercer_loyalty_engine::outcome::{Breakage, ChallengeOutcome, SpinOutcome};
use mercer_loyalty_engine::policy::Programme;
use mercer_loyalty_engine::policy::earning::{Basis, Earn, EarnRule, Scope};
use mercer_loyalty_engine::policy::games::{
    Challenge, ChallengeWindow, Deed, Every, Goal, Kinds, Prize, Wheel, WhenGone, Win,
};
use mercer_loyalty_engine::{
    decide_challenges, decide_order, decide_returns, decide_spin, report_liability,
};
use proptest::prelude::*;

const SEED: Seed = Seed(1);

fn day(number: i32) -> Day {
    Day::from_number(number).expect("within the calendar")
}

fn wheel() -> Wheel {
    let prize = |id: &str, chances, stock| Prize {
        id: id.to_owned(),
        name: id.to_owned(),
        chances,
        stock,
        win: Win::Nothing,
    };
    Wheel {
        id: "spring".to_owned(),
        name: "Spring".to_owned(),
        chances_total: 1_000,
        prizes: vec![
            prize("mug", 7, Some(3)),
            prize("tea", 93, Some(50)),
            prize("none", 900, None),
        ],
        when_gone: WhenGone::NextPrize,
    }
}

fn with_wheel(wheel: Wheel) -> Programme {
    Programme { wheels: vec![wheel], ..Programme::empty(Currency::GBP) }
}

fn spin(nonce: u64, left: BTreeMap<String, u64>) -> SpinInput {
    SpinInput {
        wheel: "spring".to_owned(),
        customer: "cus_1".to_owned(),
        day: day(15_317),
        server_seed: ServerSeed([7; 32]),
        client_seed: "lucky".to_owned(),
        nonce,
        left,
    }
}

#[test]
fn draws_follow_the_declared_odds() {
    // Chi-square of 100,000 turns over the numbers themselves, in 100 cells of equal chance: 99
    // degrees of freedom, 148.2 is exceeded in 1 of 1,000 fair wheels. The seeds are fixed.
    let (n_turns, n_cells) = (100_000u64, 100usize);
    let mut counts = vec![0u32; n_cells];
    for nonce in 0..n_turns {
        let number = number_of(&ServerSeed([7; 32]), "lucky", nonce, 1_000).unwrap();
        counts[number as usize * n_cells / 1_000] += 1;
    }
    let expected = n_turns as f64 / n_cells as f64;
    let chi_square: f64 =
        counts.iter().map(|&n| (f64::from(n) - expected).powi(2) / expected).sum();
    assert!((60.0..148.2).contains(&chi_square), "{chi_square}");

    // And over the prizes, by the decision itself: 2 degrees of freedom, 13.8 at 1 of 1,000.
    let programme = with_wheel(wheel());
    let mut counts: BTreeMap<String, f64> = BTreeMap::new();
    let n_turns = 20_000;
    for nonce in 0..n_turns {
        let decision = decide_spin(&spin(nonce, BTreeMap::new()), &programme, SEED);
        let SpinOutcome::Won { drawn, .. } = decision.outcome else { panic!("refused") };
        *counts.entry(drawn).or_default() += 1.0;
    }
    let chi_square: f64 = wheel()
        .prizes
        .iter()
        .map(|prize| {
            let expected = n_turns as f64 * f64::from(prize.chances) / 1_000.0;
            (counts[&prize.id] - expected).powi(2) / expected
        })
        .sum();
    assert!(chi_square < 13.8, "{chi_square} {counts:?}");
}

#[test]
fn a_customer_can_repeat_a_draw_and_notices_every_change() {
    let wheel = wheel();
    let input = spin(3, BTreeMap::new());
    let SpinOutcome::Won { number, drawn, .. } =
        decide_spin(&input, &with_wheel(wheel.clone()), SEED).outcome
    else {
        panic!("refused")
    };
    let proof = Proof {
        commitment: input.server_seed.commitment(),
        odds: odds_digest(&wheel),
        server_seed: input.server_seed.clone(),
        client_seed: input.client_seed.clone(),
        nonce: input.nonce,
        number,
        drawn,
    };
    assert_eq!(verify(&proof, &wheel), Ok(()));
    let other = |change: fn(&mut Proof)| {
        let mut changed = proof.clone();
        change(&mut changed);
        verify(&changed, &wheel).unwrap_err()
    };
    assert_eq!(other(|proof| proof.server_seed.0[0] ^= 1), ProofError::OtherSeed);
    assert!(matches!(other(|proof| proof.nonce += 1), ProofError::OtherNumber { .. }));
    assert!(matches!(other(|proof| proof.client_seed.push('x')), ProofError::OtherNumber { .. }));
    assert_eq!(other(|proof| proof.client_seed.push(':')), ProofError::BadClientSeed);
    assert!(matches!(other(|proof| proof.number += 1), ProofError::OtherNumber { .. }));
    assert!(matches!(other(|proof| proof.drawn.push('x')), ProofError::OtherPrize { .. }));
    let mut cheated = wheel.clone();
    cheated.prizes[0].chances -= 1;
    cheated.prizes[2].chances += 1;
    assert_eq!(verify(&proof, &cheated), Err(ProofError::OtherOdds));
}

#[test]
fn a_prize_is_never_given_beyond_its_stock() {
    let programme = with_wheel(wheel());
    let mut left: BTreeMap<String, u64> =
        [("mug".to_owned(), 3), ("tea".to_owned(), 50)].into_iter().collect();
    let mut given_all: BTreeMap<String, u64> = BTreeMap::new();
    for nonce in 0..2_000 {
        let decision = decide_spin(&spin(nonce, left.clone()), &programme, SEED);
        let SpinOutcome::Won { given, .. } = decision.outcome else { panic!("refused") };
        if let Some(left) = left.get_mut(&given) {
            *left -= 1;
        }
        *given_all.entry(given).or_default() += 1;
    }
    assert_eq!((given_all["mug"], given_all["tea"]), (3, 50));
    assert_eq!(given_all["none"], 2_000 - 53);
}

fn challenges() -> Vec<Challenge> {
    let challenge = |id: &str, goal, window| Challenge {
        id: id.to_owned(),
        name: id.to_owned(),
        goal,
        window,
        badge: Some(id.to_owned()),
    };
    let count = Goal::Count { of: Deed::Order, n: 3 };
    let between = Span { first: day(15_010), last: day(15_080) };
    vec![
        challenge("ever", count, ChallengeWindow::Ever),
        challenge("between", count, ChallengeWindow::Between(between)),
        challenge("within", Goal::Sum { minor: 9_000 }, ChallengeWindow::Within { days: 20 }),
        challenge("each", count, ChallengeWindow::Each { period: Period::Month }),
        challenge("kinds", Goal::Distinct { of: Kinds::Products, n: 4 }, ChallengeWindow::Ever),
        challenge(
            "kinds_within",
            Goal::Distinct { of: Kinds::Products, n: 3 },
            ChallengeWindow::Within { days: 30 },
        ),
        challenge(
            "streak",
            Goal::Streak { of: Deed::Order, n: 3, every: Every::Week },
            ChallengeWindow::Ever,
        ),
    ]
}

fn game_facts() -> impl Strategy<Value = Vec<GameFact>> {
    let fact = prop_oneof![
        6 => (0u8..20, 15_000i32..15_100, 0i64..8_000, proptest::collection::vec(0u8..6, 0..3))
            .prop_map(|(id, at, amount_minor, products)| GameFact::Done {
                fact: format!("ord_{id}"),
                deed: Deed::Order,
                day: day(at),
                amount_minor,
                products: products.iter().map(|product| format!("prd_{product}")).collect(),
                categories: Vec::new(),
            }),
        1 => (0u8..20).prop_map(|id| GameFact::Undone { fact: format!("ord_{id}") }),
        1 => (0u8..20, 0u8..3, 0i64..4_000).prop_map(|(id, by, amount_minor)| GameFact::Lessened {
            fact: format!("ord_{id}"),
            by: format!("ret_{by}"),
            amount_minor,
        }),
    ];
    proptest::collection::vec(fact, 0..40)
}

fn standing(facts: Vec<GameFact>, today: i32) -> ChallengeOutcome {
    let programme = Programme { challenges: challenges(), ..Programme::empty(Currency::GBP) };
    assert_eq!(programme.check(), []);
    let customer = "cus_1".to_owned();
    let input = ChallengeInput { customer, day: day(today), facts, granted: Vec::new() };
    decide_challenges(&input, &programme, SEED).outcome
}

proptest! {
    #[test]
    fn challenges_do_not_depend_on_the_order_of_facts(
        facts in game_facts(), turn in any::<prop::sample::Index>(), today in 15_050i32..15_110,
    ) {
        let once = standing(facts.clone(), today);
        let mut turned = facts.clone();
        turned.reverse();
        if !turned.is_empty() {
            let mid = turn.index(turned.len());
            turned.rotate_left(mid);
        }
        turned.extend(facts);
        prop_assert_eq!(standing(turned, today), once);
    }

    #[test]
    fn what_is_undone_counts_as_never_done(
        facts in game_facts(), id in 0u8..20, today in 15_050i32..15_110,
    ) {
        let gone = format!("ord_{id}");
        let mut undone = facts.clone();
        undone.push(GameFact::Undone { fact: gone.clone() });
        let never: Vec<GameFact> = facts
            .into_iter()
            .filter(|one| !matches!(one, GameFact::Done { fact, .. } if *fact == gone))
            .collect();
        prop_assert_eq!(standing(undone, today), standing(never, today));
    }

    #[test]
    fn an_award_once_met_stays_as_days_go_by(facts in game_facts(), today in 15_050i32..15_110) {
        let ChallengeOutcome::Standing { challenges, .. } = standing(facts.clone(), today) else {
            panic!("refused")
        };
        let facts_until = facts.into_iter().filter(|one| match one {
            GameFact::Done { day: at, .. } => *at <= day(today),
            _ => true,
        });
        let ChallengeOutcome::Standing { challenges: later, .. } =
            standing(facts_until.collect(), today + 400)
        else {
            panic!("refused")
        };
        for (now, later) in challenges.iter().zip(&later) {
            prop_assert_eq!(&now.awards, &later.awards, "{}", now.challenge);
        }
    }

    #[test]
    fn any_stretch_of_days_is_found_as_by_looking_at_each_day(
        deeds in proptest::collection::vec((15_000i32..15_100, 0i64..5_000, 0u8..5), 0..40),
    ) {
        let done = |(number, &(at, amount_minor, product)): (usize, &(i32, i64, u8))| GameFact::Done {
            fact: format!("ord_{number}"),
            deed: Deed::Order,
            day: day(at),
            amount_minor,
            products: vec![format!("prd_{product}")],
            categories: Vec::new(),
        };
        let facts = deeds.iter().enumerate().map(done).collect();
        let ChallengeOutcome::Standing { challenges, .. } = standing(facts, 15_100) else {
            panic!("refused")
        };
        let last = |at: i32, n_days: i32| {
            deeds.iter().filter(move |deed| at - n_days < deed.0 && deed.0 <= at)
        };
        let sum = |at: i32| last(at, 20).map(|deed| deed.1).sum::<i64>();
        let kinds = |at: i32| last(at, 30).map(|deed| deed.2).collect::<BTreeSet<_>>().len();
        let met_on = |id: &str| {
            let one = challenges.iter().find(|one| one.challenge == id);
            one.and_then(|one| one.awards.first()).map(|award| award.day.number())
        };
        prop_assert_eq!(met_on("within"), (15_000..15_100).find(|&at| sum(at) >= 9_000));
        prop_assert_eq!(met_on("kinds_within"), (15_000..15_100).find(|&at| kinds(at) >= 3));
        let one = challenges.iter().find(|one| one.challenge == "within");
        prop_assert_eq!(one.map(|one| one.done), Some(sum(15_100)));
    }

    #[test]
    fn any_numbers_get_an_answer_and_never_a_panic(
        quantity in any::<i64>(), amount_minor in any::<i64>(), discount_minor in any::<i64>(),
        order_discount in any::<i64>(), redeemed_minor in any::<i64>(), ppm in any::<u32>(),
        points in any::<i64>(), per_minor in any::<i64>(), at in any::<i32>(), units in any::<i64>(),
    ) {
        let at = Day::from_number(at).unwrap_or(Day::LAST);
        let basis = Basis::default();
        let earn = Earn::Spend {
            points, per_minor, basis, rounding: Rounding::HalfUp, scope: Scope::default(),
        };
        let rule = EarnRule {
            id: "purchase".to_owned(), earn, multiplied_by_tier: false, pending_days: u32::MAX,
            limits: Vec::new(),
        };
        let programme = Programme { earning: vec![rule], ..Programme::empty(Currency::GBP) };
        let _problems = programme.check();
        let line = OrderLine {
            line: 1, product: "prd_1".to_owned(), categories: Vec::new(), quantity, amount_minor,
            discount_minor, tax_rate_ppm: ppm,
        };
        let order = Order {
            id: "ord_1".to_owned(), customer: "cus_1".to_owned(), currency: Currency::GBP, day: at,
            prices_include_tax: true, lines: vec![line], discount_minor: order_discount,
            redeemed_minor, shipping: None,
        };
        let earned = decide_order(
            &OrderInput { order, tier: None, earned: Vec::new() }, &programme, SEED,
        );
        prop_assert!(earned.outcome.postings().iter().all(|posting| posting.points > 0));
        let input = ReturnsInput {
            order: "ord_1".to_owned(), customer: "cus_1".to_owned(),
            bought: [(1, quantity)].into_iter().collect(),
            earned: Vec::new(), redeemed: Vec::new(), bonuses: Vec::new(),
            returns: vec![Return {
                id: "ret_1".to_owned(), day: at, units: [(1, units)].into_iter().collect(),
            }],
        };
        let _answer = decide_returns(&input, &programme, SEED);
    }

    #[test]
    fn a_liability_report_sums_and_its_estimate_lies_within_what_is_outstanding(
        lots in proptest::collection::vec(
            (0u16..60, 14_500i32..15_317, 0i64..1_000, proptest::option::of(30u32..600), 0i64..1_200, 0i32..400),
            0..200,
        ),
    ) {
        let history = |(number, (customer, earned, issued, life, spent, after))| {
            let earned = day(earned);
            LotHistory {
                lot: format!("lot_{number}"),
                customer: format!("cus_{customer}"),
                day: earned,
                issued,
                available_from: earned,
                last_valid: Option::map(life, |life| earned.after(life)),
                spent: vec![SpentOfLot { day: earned.after(i32::unsigned_abs(after)), points: spent }],
            }
        };
        let lots: Vec<LotHistory> = (0..).zip(lots).map(history).collect();
        let input = LiabilityInput { day: day(15_317), lots, points_owed: 0 };
        let report = report_liability(&input, &Programme::empty(Currency::GBP), SEED).outcome;
        let months: i64 = report.months.iter().map(|month| month.points).sum();
        prop_assert_eq!(months, report.points);
        if let Breakage::Estimated { points, points_low, points_high, .. } = report.breakage {
            prop_assert!(0 <= points_low && points_low <= points);
            prop_assert!(points <= points_high && points_high <= report.points);
        }
    }
}
