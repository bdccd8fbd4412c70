//! Runs the tables of `cases/`.

use mercer_rules::facts::{Facts, Texts, Value};
use mercer_rules::names::{Kind, Name, Names};
use mercer_rules::rule::Rule;

fn names() -> Names {
    let names = [
        ("cart.n_lines", Kind::Number),
        ("cart.subtotal_minor", Kind::Number),
        ("cart.skus", Kind::Texts),
        ("channel", Kind::Text),
        ("customer.segment", Kind::Text),
        ("customer.tier", Kind::Text),
        ("customer.n_orders", Kind::Number),
        ("customer.tags", Kind::Texts),
        ("customer.notes", Kind::Texts),
        ("customer.weight", Kind::Decimal),
        ("customer.is_known", Kind::Flag),
    ];
    Names::new(names.map(|(path, kind)| Name::new(path, kind, "Of the casebook.")))
        .expect("the test is well formed")
}

fn facts<'a>(names: &'a Names, tags: &'a [String]) -> Facts<'a> {
    let mut facts = Facts::new(names);
    let skus = Texts::Gathered(vec!["A", "B", "C-1"]);
    for (path, value) in [
        ("cart.n_lines", Value::Number(3)),
        ("cart.subtotal_minor", Value::Number(12_000)),
        ("cart.skus", Value::Texts(skus)),
        ("channel", Value::Text("web")),
        ("customer.segment", Value::Text("loyal")),
        ("customer.tags", Value::Texts(Texts::Lent(tags))),
        ("customer.weight", Value::Decimal(2.5)),
        ("customer.is_known", Value::Flag(true)),
    ] {
        facts.set(path, value).expect("the test is well formed");
    }
    facts
}

/// The rows of all tables: a text in back-quotes, and what follows it.
fn rows(file: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(format!("{}/cases/{file}", env!("CARGO_MANIFEST_DIR")));
    let text = text.expect("the test is well formed").replace("\\|", "\u{1}");
    let row = |line: &str| {
        let (rule, answer) = line.strip_prefix("| `")?.strip_suffix(" |")?.split_once("` | ")?;
        Some((rule.replace('\u{1}', "|"), answer.replace('\u{1}', "|")))
    };
    text.lines().filter_map(row).collect()
}

#[test]
fn every_rule_of_the_casebook_answers_as_written() {
    let (names, tags) = (names(), ["vip".to_owned(), "press".to_owned()]);
    let facts = facts(&names, &tags);
    let rows = rows("answers.md");
    assert!(rows.len() >= 40, "rows were lost: {}", rows.len());
    for (text, expected) in rows {
        let rule = Rule::compile(&text, &names).unwrap_or_else(|error| panic!("{text}: {error}"));
        let found = rule.is_true(&facts).map_or("fault".to_owned(), |flag| flag.to_string());
        assert_eq!(found, expected, "{text}");
        assert_eq!(serde_json::to_value(&rule).unwrap(), text);
    }
}

#[test]
fn every_text_that_is_no_rule_is_refused_with_its_place() {
    let names = names();
    let rows = rows("errors.md");
    assert!(rows.len() >= 20, "rows were lost: {}", rows.len());
    let mut wrong = String::new();
    for (text, expected) in rows {
        let found = match Rule::compile(&text, &names) {
            Ok(_) => "it is a rule".to_owned(),
            Err(error) => error.to_string(),
        };
        if found != expected {
            wrong += &format!("{text}\n  {found}\n  {expected}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
