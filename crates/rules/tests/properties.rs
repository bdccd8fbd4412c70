//! What holds for any text and any facts: no panic, and the answer of CEL's own interpreter.

use cel::{Context, Program, Value as CelValue};
use mercer_rules::error::{Fault, RuleError};
use mercer_rules::facts::{Facts, Texts, Value};
use mercer_rules::names::{Kind, Name, Names};
use mercer_rules::rule::{N_PARTS_MAX, Rule, TEXT_LENGTH_MAX};
use proptest::prelude::*;

fn names() -> Names {
    Names::new([
        Name::new("n", Kind::Number, "A number."),
        Name::new("m", Kind::Number, "Another number."),
        Name::new("d", Kind::Decimal, "A decimal number."),
        Name::new("t", Kind::Text, "A text."),
        Name::new("u", Kind::Text, "Another text."),
        Name::new("f", Kind::Flag, "Yes or no."),
        Name::new("l", Kind::Texts, "A list."),
        Name::new("group.n", Kind::Number, "A number in a group."),
    ])
    .expect("the test is well formed")
}

fn number() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("n".to_owned()),
        Just("m".to_owned()),
        Just("size(t)".to_owned()),
        Just("l.size()".to_owned()),
        (-5i64..6).prop_map(|n| n.to_string()),
        Just("9223372036854775807".to_owned()),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        let operator = prop::sample::select(vec!["+", "-", "*", "/", "%"]);
        (inner.clone(), operator, inner).prop_map(|(a, o, b)| format!("({a} {o} {b})"))
    })
}

fn text() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["t", "u", "'a'", "\"ab\"", "''", "'é'"]).prop_map(str::to_owned)
}

/// Conditions over all names, well formed.
fn condition() -> impl Strategy<Value = String> {
    let compare = prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let leaf = prop_oneof![
        Just("f".to_owned()),
        Just("true".to_owned()),
        (number(), compare.clone(), number()).prop_map(|(a, o, b)| format!("{a} {o} {b}")),
        (text(), compare.clone(), text()).prop_map(|(a, o, b)| format!("{a} {o} {b}")),
        (compare, -3i32..4).prop_map(|(o, n)| format!("d {o} {n}.5")),
        (text(), text()).prop_map(|(a, b)| format!("{a}.contains({b})")),
        (text(), text()).prop_map(|(a, b)| format!("{a}.startsWith({b})")),
        text().prop_map(|a| format!("{a} in l")),
        text().prop_map(|a| format!("{a} in ['a', 'é', 'x']")),
        number().prop_map(|a| format!("{a} in [1, -2, 3]")),
        (text(), text()).prop_map(|(a, b)| format!("l.exists(x, x == {a} || x.endsWith({b}))")),
        text().prop_map(|a| format!("l.all(x, x != {a})")),
        text().prop_map(|a| format!("l.exists_one(x, x == {a})")),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
            inner.clone().prop_map(|a| format!("!({a})")),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
        ]
    })
    .prop_filter("more loops than a rule may have", |text| n_loops(text) <= N_LOOPS_MAX)
}

/// Loops that a rule may have; more are refused, which has a test of its own.
const N_LOOPS_MAX: usize = 4;

fn n_loops(text: &str) -> usize {
    text.matches(".exists").count() + text.matches(".all(").count()
}

#[derive(Debug, Clone)]
struct Known {
    n: Option<i64>,
    m: i64,
    d: f64,
    t: String,
    u: Option<String>,
    f: bool,
    l: Vec<String>,
}

fn known() -> impl Strategy<Value = Known> {
    let word = || prop::sample::select(vec!["", "a", "ab", "é", "x"]).prop_map(str::to_owned);
    (
        proptest::option::of(-9i64..10),
        prop_oneof![-9i64..10, Just(i64::MAX), Just(i64::MIN)],
        -4.0f64..4.0,
        word(),
        proptest::option::of(word()),
        any::<bool>(),
        proptest::collection::vec(word(), 0..4),
    )
        .prop_map(|(n, m, d, t, u, f, l)| Known { n, m, d, t, u, f, l })
}

fn facts<'a>(names: &'a Names, known: &'a Known) -> Facts<'a> {
    let mut facts = Facts::new(names);
    let texts = Texts::Lent(&known.l);
    facts.set("m", Value::Number(known.m)).expect("the test is well formed");
    facts.set("d", Value::Decimal(known.d)).expect("the test is well formed");
    facts.set("t", Value::Text(&known.t)).expect("the test is well formed");
    facts.set("f", Value::Flag(known.f)).expect("the test is well formed");
    facts.set("l", Value::Texts(texts)).expect("the test is well formed");
    if let Some(n) = known.n {
        facts.set("n", Value::Number(n)).expect("the test is well formed");
    }
    if let Some(u) = &known.u {
        facts.set("u", Value::Text(u)).expect("the test is well formed");
    }
    facts
}

fn context(known: &Known) -> Context<'static, 'static> {
    let mut context = Context::default();
    context.add_variable_from_value("m", known.m);
    context.add_variable_from_value("d", known.d);
    context.add_variable_from_value("t", known.t.clone());
    context.add_variable_from_value("f", known.f);
    context.add_variable_from_value("l", known.l.clone());
    if let Some(n) = known.n {
        context.add_variable_from_value("n", n);
    }
    if let Some(u) = &known.u {
        context.add_variable_from_value("u", u.clone());
    }
    context
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_answer_is_that_of_the_languages_own_interpreter(
        text in condition(), known in known(),
    ) {
        let names = names();
        let rule = Rule::compile(&text, &names).map_err(|e| {
            TestCaseError::fail(format!("{text}: {e}"))
        })?;
        let ours = rule.is_true(&facts(&names, &known));
        let theirs = Program::compile(&text).unwrap().execute(&context(&known));
        match theirs {
            Ok(CelValue::Bool(flag)) => prop_assert_eq!(ours, Ok(flag), "{}", text),
            Ok(other) => prop_assert!(false, "{} gave {:?}", text, other),
            // An unknown variable or a fault: never a silent yes.
            Err(_) => prop_assert_ne!(ours, Ok(true), "{}", text),
        }
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,60}") {
        let _ = Rule::compile(&text, &names());
    }

    #[test]
    fn no_text_of_the_languages_own_words_panics(
        words in proptest::collection::vec(prop::sample::select(vec![
            "n", "t", "l", "group", ".", "n", "(", ")", "[", "]", "{", "}", "?", ":", "&&", "||",
            "!", "-", "+", "*", "/", "%", "<", ">", "==", "in", "has", "exists", "all", "size",
            "map", "filter", ",", "'a'", "\"", "'''", "1", "1.5", "1e999", "0x", "5u", "b'x'",
            "r'\\'", "\\", "null", "true", "x", "\n", "//", "`", "é", "\u{1F600}", "@", "_", "$",
        ]), 0..30),
        glue in prop::sample::select(vec!["", " "]),
    ) {
        let names = names();
        if let Ok(rule) = Rule::compile(&words.join(glue), &names) {
            let _ = rule.is_true(&Facts::new(&names));
        }
    }

    #[test]
    fn with_nothing_known_only_what_asks_for_nothing_is_true(text in condition()) {
        let names = names();
        let rule = Rule::compile(&text, &names).unwrap();
        if rule.is_true(&Facts::new(&names)) == Ok(true) {
            // Whatever the facts are, such a rule is true or faulty: knowing more adds no doubt.
            let known = Known {
                n: Some(1), m: 1, d: 0.5, t: "a".to_owned(), u: Some("x".to_owned()), f: true,
                l: vec!["a".to_owned()],
            };
            prop_assert_ne!(rule.is_true(&facts(&names, &known)), Ok(false), "{}", text);
        }
    }
}

#[test]
fn depth_length_parts_and_steps_are_limited() {
    let names = names();
    for open in ["(", "[", "!(", "-(", "{1:", "size(", "f ? f : (", "l.exists(x, "] {
        for n in [30, 300, 1_300] {
            assert!(Rule::compile(&open.repeat(n), &names).is_err(), "{open}");
        }
    }
    for chain in ["!", "-", "f ? f : ", "f || ", "1 + ", "t.", "a.b.", "n == "] {
        for n in [60, 400] {
            let _ = Rule::compile(&format!("{}f", chain.repeat(n)), &names);
        }
    }
    let long = format!("t == '{}'", "x".repeat(TEXT_LENGTH_MAX));
    assert!(matches!(Rule::compile(&long, &names), Err(RuleError::TooLong { .. })));
    let many = vec!["1"; N_PARTS_MAX].join(", ");
    let many = Rule::compile(&format!("n in [{many}]"), &names);
    assert_eq!(many, Err(RuleError::TooManyParts { n_parts_max: N_PARTS_MAX }));
    let list: Vec<String> = (0..20_000).map(|n| n.to_string()).collect();
    let mut facts = Facts::new(&names);
    facts.set("l", Value::Texts(Texts::Lent(&list))).unwrap();
    let rule = Rule::compile("l.all(x, !(x in l))", &names).unwrap();
    assert_eq!(rule.is_true(&facts), Ok(false), "the first element decides");
    let rule = Rule::compile("l.all(x, x in l)", &names).unwrap();
    assert_eq!(rule.is_true(&facts), Err(Fault::TooManySteps));
}

#[test]
fn facts_of_another_vocabulary_are_refused() {
    let other = Names::new([Name::new("n", Kind::Number, "A number.")]).unwrap();
    let rule = Rule::compile("n == 1", &names()).unwrap();
    assert_eq!(rule.is_true(&Facts::new(&other)), Err(Fault::OtherNames));
    assert_eq!(rule.names(), ["n"]);
}
