//! Whatever the cart and whatever is there: never more than asked, never more than is there, and
//! never more parcels than brute force needs.

use std::collections::BTreeMap;

use mercer_engine_kit::seed::Seed;
use mercer_stock_engine::decide;
use mercer_stock_engine::input::{Ask, Input, Item, Location, Outcome, Place, Verdict};
use mercer_stock_engine::policy::{Choice, Policy, ShortLines};
use proptest::prelude::*;

const CODES: [&str; 5] = ["a", "b", "c", "d", "e"];
const SKUS: [&str; 4] = ["W", "X", "Y", "Z"];
const COUNTRIES: [&str; 3] = ["GB", "DE", "FR"];

fn location(code: &'static str) -> impl Strategy<Value = Location> {
    (0i64..3, proptest::sample::subsequence(COUNTRIES.to_vec(), 0..=3).prop_shuffle()).prop_map(
        move |(priority, countries)| Location {
            code: code.to_owned(),
            priority,
            countries: countries.into_iter().map(str::to_owned).collect(),
        },
    )
}

fn item(sku: &'static str) -> impl Strategy<Value = Item> {
    let places = proptest::collection::vec((-2i64..8, 0i64..3), CODES.len());
    (prop::bool::weighted(0.9), places).prop_map(move |(is_tracked, places)| Item {
        sku: sku.to_owned(),
        is_tracked,
        places: places
            .into_iter()
            .zip(CODES)
            .map(|((available, back_order), code)| Place {
                location: code.to_owned(),
                available,
                // One SKU in two may be ordered back, and from one place.
                back_order: if code == "b" && sku < "Y" { back_order } else { 0 },
            })
            .collect(),
    })
}

fn input() -> impl Strategy<Value = Input> {
    let asks = proptest::collection::vec((0..SKUS.len(), -1i64..9), 0..7);
    let items = SKUS.map(item);
    (CODES.map(location), items, asks, prop::option::of(0..COUNTRIES.len())).prop_map(
        |(locations, items, asks, country)| Input {
            country: country.map(|at| COUNTRIES[at].to_owned()),
            asks: asks
                .into_iter()
                .zip(0..)
                .map(|((sku, quantity), line)| Ask { line, sku: SKUS[sku].to_owned(), quantity })
                .collect(),
            locations: locations.to_vec(),
            items: items.to_vec(),
        },
    )
}

fn policy() -> impl Strategy<Value = Policy> {
    let choice =
        prop_oneof![Just(Choice::Priority), Just(Choice::Nearest), Just(Choice::FewestParcels)];
    let short = prop_oneof![Just(ShortLines::Refuse), Just(ShortLines::TakeWhatIsThere)];
    (choice, short, prop_oneof![Just(20_000u32), Just(0), Just(3)])
        .prop_map(|(choice, short_lines, n_steps_max)| Policy { choice, short_lines, n_steps_max })
}

/// Units that a location that serves the country has: what is there and what may come.
fn there(input: &Input, sku: &str, code: &str) -> (i64, i64) {
    let location = input.locations.iter().find(|known| known.code == code).expect("known");
    let is_serving = location.countries.is_empty()
        || input.country.as_ref().is_none_or(|country| location.countries.contains(country));
    let item = input.items.iter().find(|item| item.sku == sku).expect("known");
    let place = item.places.iter().find(|place| place.location == code).expect("known");
    if is_serving { (place.available.max(0), place.back_order.max(0)) } else { (0, 0) }
}

fn taken(outcome: &Outcome) -> BTreeMap<(String, String), (i64, i64)> {
    let mut sums = BTreeMap::new();
    for line in &outcome.lines {
        for place in &line.places {
            let sum = sums.entry((line.sku.clone(), place.location.clone())).or_insert((0, 0));
            sum.0 += place.quantity - place.back_ordered;
            sum.1 += place.back_ordered;
        }
    }
    sums
}

/// The fewest locations that give what the outcome takes, found by trying all sets.
fn fewest(input: &Input, outcome: &Outcome) -> u32 {
    let mut wanted: BTreeMap<&str, i64> = BTreeMap::new();
    let mut given = 0u32;
    for line in &outcome.lines {
        *wanted.entry(&line.sku).or_default() += line.n_taken() - line.n_back_ordered();
        for place in line.places.iter().filter(|place| place.back_ordered > 0) {
            given |= 1 << CODES.iter().position(|code| *code == place.location).expect("known");
        }
    }
    let covers = |set: u32| {
        wanted.iter().all(|(sku, wanted)| {
            let sum: i64 = (0..CODES.len())
                .filter(|at| set & (1 << at) != 0 && *wanted > 0)
                .map(|at| there(input, sku, CODES[at]).0)
                .sum();
            sum >= *wanted
        })
    };
    (0..1u32 << CODES.len())
        .filter(|set| set & given == given && covers(*set))
        .map(u32::count_ones)
        .min()
        .expect("all locations together have it")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn never_more_than_asked_and_never_more_than_is_there(input in input(), policy in policy()) {
        let outcome = decide(&input, &policy, Seed(1)).outcome;
        prop_assert_eq!(outcome.lines.len(), input.asks.len());
        for (line, ask) in outcome.lines.iter().zip(&input.asks) {
            prop_assert!(line.n_taken() <= ask.quantity.max(0));
            prop_assert!(line.places.iter().all(|place| place.quantity > 0));
            match line.verdict {
                Verdict::Filled => prop_assert_eq!(line.n_taken(), ask.quantity),
                Verdict::Short if policy.short_lines == ShortLines::Refuse => {
                    prop_assert!(line.places.is_empty() && line.n_found < ask.quantity);
                }
                Verdict::Short => prop_assert_eq!(line.n_taken(), line.n_found),
                Verdict::Untracked | Verdict::Refused => prop_assert!(line.places.is_empty()),
            }
        }
        for ((sku, code), (now, later)) in taken(&outcome) {
            let (available, back_order) = there(&input, &sku, &code);
            prop_assert!(now <= available && later <= back_order, "{sku} at {code}");
        }
    }

    #[test]
    fn a_line_is_short_only_when_the_units_are_gone(input in input(), policy in policy()) {
        let outcome = decide(&input, &policy, Seed(1)).outcome;
        let mut left: BTreeMap<&str, i64> = BTreeMap::new();
        for item in input.items.iter().filter(|item| item.is_tracked) {
            let sum = CODES.iter().map(|code| there(&input, &item.sku, code));
            left.insert(&item.sku, sum.map(|(now, later)| now + later).sum());
        }
        for (line, ask) in outcome.lines.iter().zip(&input.asks) {
            let Some(left) = left.get_mut(ask.sku.as_str()).filter(|_| ask.quantity > 0) else {
                continue;
            };
            prop_assert_eq!(line.n_found, ask.quantity.min(*left));
            prop_assert_eq!(line.verdict == Verdict::Filled, ask.quantity <= *left);
            *left -= line.n_taken();
        }
    }

    #[test]
    fn what_is_there_goes_before_what_may_come(input in input(), policy in policy()) {
        let outcome = decide(&input, &policy, Seed(1)).outcome;
        let taken = taken(&outcome);
        for sku in SKUS {
            let sums = CODES.map(|code| {
                let (now, later) = taken.get(&(sku.to_owned(), code.to_owned())).copied().unwrap_or_default();
                (there(&input, sku, code).0 - now, later)
            });
            let (unused, back_ordered) =
                sums.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            prop_assert!(back_ordered == 0 || unused == 0, "{sku}: {unused} lie there");
        }
    }

    #[test]
    fn fewest_parcels_are_as_few_as_brute_force_finds(input in input()) {
        let policy = Policy { choice: Choice::FewestParcels, ..Policy::default() };
        let outcome = decide(&input, &policy, Seed(1)).outcome;
        prop_assert_eq!(outcome.n_parcels as u32, fewest(&input, &outcome));
    }

    #[test]
    fn no_policy_changes_how_much_is_found_where_all_serve(mut input in input(), short in 0..2) {
        for location in &mut input.locations {
            location.countries.clear();
        }
        let short_lines = if short == 0 { ShortLines::Refuse } else { ShortLines::TakeWhatIsThere };
        let found = [Choice::Priority, Choice::Nearest, Choice::FewestParcels].map(|choice| {
            let policy = Policy { choice, short_lines, ..Policy::default() };
            let outcome = decide(&input, &policy, Seed(1)).outcome;
            outcome.lines.iter().map(|line| (line.verdict, line.n_taken())).collect::<Vec<_>>()
        });
        prop_assert_eq!(&found[0], &found[1]);
        prop_assert_eq!(&found[1], &found[2]);
    }

    #[test]
    fn the_order_of_locations_and_items_as_given_does_not_matter(
        input in input(), policy in policy(), turn in 0usize..5,
    ) {
        let mut turned = input.clone();
        turned.locations.rotate_left(turn);
        turned.items.rotate_left(turn % SKUS.len());
        let (one, other) = (decide(&input, &policy, Seed(1)), decide(&turned, &policy, Seed(2)));
        prop_assert_eq!(one.outcome, other.outcome);
    }
}

#[test]
fn numbers_at_the_edge_neither_overflow_nor_lose_units() {
    let place = |location: &str| Place {
        location: location.to_owned(),
        available: i64::MAX,
        back_order: i64::MAX,
    };
    let input = Input {
        country: None,
        asks: [i64::MAX, i64::MAX, i64::MIN]
            .into_iter()
            .zip(1..)
            .map(|(quantity, line)| Ask { line, sku: "X".to_owned(), quantity })
            .collect(),
        locations: ["a", "b"]
            .map(|code| Location { code: code.to_owned(), priority: 0, countries: Vec::new() })
            .to_vec(),
        items: vec![Item {
            sku: "X".to_owned(),
            is_tracked: true,
            places: vec![place("a"), place("b")],
        }],
    };
    for choice in [Choice::Priority, Choice::Nearest, Choice::FewestParcels] {
        let policy = Policy { choice, ..Policy::default() };
        let outcome = decide(&input, &policy, Seed(1)).outcome;
        let verdicts: Vec<Verdict> = outcome.lines.iter().map(|line| line.verdict).collect();
        assert_eq!(verdicts, [Verdict::Filled, Verdict::Filled, Verdict::Refused], "{choice:?}");
    }
}

#[test]
fn a_search_that_gives_up_still_covers_and_says_so() {
    // Each SKU lies at two of 24 places: the search would try millions of sets.
    let codes: Vec<String> = (0..24).map(|n| format!("l{n:02}")).collect();
    let items = (0..24).map(|n: usize| Item {
        sku: format!("S{n}"),
        is_tracked: true,
        places: [n, (n * 7 + 3) % 24]
            .map(|at| Place { location: codes[at].clone(), available: 1, back_order: 0 })
            .to_vec(),
    });
    let input = Input {
        country: None,
        asks: (0..24).map(|n| Ask { line: n, sku: format!("S{n}"), quantity: 1 }).collect(),
        locations: codes
            .iter()
            .map(|code| Location { code: code.clone(), priority: 1, countries: Vec::new() })
            .collect(),
        items: items.collect(),
    };
    let policy = Policy { choice: Choice::FewestParcels, n_steps_max: 100, ..Policy::default() };
    let decision = decide(&input, &policy, Seed(1));
    assert!(decision.outcome.lines.iter().all(|line| line.verdict == Verdict::Filled));
    assert!(decision.outcome.n_parcels < 24);
    let first = serde_json::to_value(decision.reasons.first()).unwrap();
    assert_eq!((&first["code"], &first["n_steps_max"]), (&"fewest_estimated".into(), &100.into()));
}
