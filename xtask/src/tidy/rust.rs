//! What Rust sources must not contain, and where (invariants 1, 4, 5, 6 and 10).
//!
//! Matches words of the code, without comments and literals. Clippy knows the wall clock and the
//! macros that stop a program; here stands what it does not know.

use super::tree::{SourceFile, Tree};
use super::{Finding, line_of, words};

/// A pattern that only some files may hold.
struct Ban {
    word: &'static str,
    is_allowed: fn(&SourceFile) -> bool,
    message: &'static str,
}

const BANS: &[Ban] = &[
    Ban {
        word: "#[allow",
        is_allowed: |_| false,
        message: "use `#[expect(…, reason = \"…\")]`, which says when it is no longer needed",
    },
    Ban {
        word: "#![allow",
        is_allowed: |_| false,
        message: "use `#![expect(…, reason = \"…\")]`, which says when it is no longer needed",
    },
    Ban { word: "todo!", is_allowed: |_| false, message: "finish it, or leave it out" },
    Ban { word: "unimplemented!", is_allowed: |_| false, message: "finish it, or leave it out" },
    Ban {
        word: "#[ignore",
        is_allowed: |_| false,
        message: "a test that does not run proves nothing: mend it or remove it",
    },
    Ban {
        word: "clippy::disallowed_methods",
        is_allowed: |file| in_app(file) || file.path.contains("/examples/"),
        message: "only crates/app reads the wall clock and gathers entropy (and examples measure \
                  time): take a `Clock`, an `Entropy` or a `Seed`",
    },
    Ban { word: "OsRng", is_allowed: in_app, message: "take an `Entropy` or a `Seed`" },
    Ban { word: "SysRng", is_allowed: in_app, message: "take an `Entropy` or a `Seed`" },
    Ban { word: "thread_rng", is_allowed: in_app, message: "take an `Entropy` or a `Seed`" },
    Ban {
        word: "axum",
        is_allowed: |file| {
            let is_api = file.name() == "api.rs" || file.path.contains("/api/");
            is_api || in_app(file) || file.path.starts_with("crates/http/")
        },
        message: "only crates/http, crates/app and api.rs files name axum: move the handler to \
                  an api.rs",
    },
    Ban { word: "std::fs", is_allowed: is_not_in_engine, message: PURE },
    Ban { word: "std::env", is_allowed: is_not_in_engine, message: PURE },
    Ban { word: "std::net", is_allowed: is_not_in_engine, message: PURE },
    Ban { word: "std::process", is_allowed: is_not_in_engine, message: PURE },
    Ban { word: "decide", is_allowed: |file| file.name() != "act.rs", message: ACTS },
    Ban { word: "insert_many", is_allowed: does_not_decide, message: DECIDES },
    Ban { word: ".execute", is_allowed: does_not_decide, message: DECIDES },
    Ban { word: ".write", is_allowed: does_not_decide, message: DECIDES },
];

const PURE: &str =
    "an engine touches no file, network, process or environment: hand it in as input";
const ACTS: &str = "acting chooses nothing: decide before, record it, and act on the record";
const DECIDES: &str = "deciding and gathering change nothing: write in store.rs or act.rs";

fn in_app(file: &SourceFile) -> bool {
    file.path.starts_with("crates/app/")
}

fn is_not_in_engine(file: &SourceFile) -> bool {
    let is_engine = file.path.starts_with("capabilities/") && file.path.contains("/engine/src/");
    !is_engine && !file.path.starts_with("crates/engine-kit/src/")
}

fn does_not_decide(file: &SourceFile) -> bool {
    !(file.path.starts_with("capabilities/") && ["decide.rs", "gather.rs"].contains(&file.name()))
}

/// Checks all Rust sources.
pub fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for file in tree.files().iter().filter(|file| file.has_extension(&["rs"])) {
        for ban in BANS.iter().filter(|ban| !(ban.is_allowed)(file)) {
            for place in words(&file.code, ban.word) {
                let message = format!("`{}`: {}", ban.word, ban.message);
                findings.push(Finding::new(&file.path, line_of(&file.code, place), message));
            }
        }
        check_expectations(file, findings);
        if !file.is_beside_product() {
            check_head(file, findings);
            check_limits(file, findings);
        }
    }
}

/// Every `#[expect]` says why.
fn check_expectations(file: &SourceFile, findings: &mut Vec<Finding>) {
    let opened = ["#[expect(", "#![expect("];
    for (place, _) in opened.iter().flat_map(|open| file.code.match_indices(open)) {
        let inside = &file.code[place..];
        let inside = &inside[..inside.find(']').unwrap_or(inside.len())];
        if words(inside, "reason").next().is_none() {
            let message = "`#[expect(…)]` without a reason: add `reason = \"…\"`";
            findings.push(Finding::new(&file.path, line_of(&file.code, place), message));
        }
    }
}

/// Every module says what it is for.
fn check_head(file: &SourceFile, findings: &mut Vec<Finding>) {
    if !file.text.trim_start().starts_with("//!") {
        let message = "begin with `//!`: what the module is for, and what it does not do";
        findings.push(Finding::new(&file.path, 1, message));
    }
}

/// Every limit says why it is as large as it is.
fn check_limits(file: &SourceFile, findings: &mut Vec<Finding>) {
    let lines: Vec<&str> = file.text.lines().collect();
    let code: Vec<&str> = file.code.lines().collect();
    for (number, line) in code.iter().enumerate() {
        if line.contains("#[cfg(test)]") {
            break;
        }
        let Some(name) = limit_name(line) else { continue };
        let above = lines[..number].iter().rev().map(|line| line.trim_start());
        let mut above = above.skip_while(|line| line.starts_with("#["));
        if !above.next().is_some_and(|line| line.starts_with("///")) {
            let message =
                format!("the limit `{name}` gives no reason for its number: add a `///` line");
            findings.push(Finding::new(&file.path, number + 1, message));
        }
    }
}

/// The name of the limit that a line of code declares, if it declares one: by their names limits
/// begin with `N_` or end in `_MAX`.
fn limit_name(line: &str) -> Option<&str> {
    let rest = line.trim_start();
    let rest = match rest.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(')')?.1,
        Some(rest) => rest,
        None => rest,
    };
    let (name, _) = rest.trim_start().strip_prefix("const ")?.split_once(':')?;
    (name.starts_with("N_") || name.ends_with("_MAX")).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_found, assert_tidy};

    #[test]
    fn a_line_that_hides_or_postpones_something_is_found() {
        let lines = [
            "#[allow(dead_code)]",
            "#![allow(dead_code)]",
            "fn a() { todo!() }",
            "fn a() { unimplemented!(\"later\") }",
            "#[ignore]",
            "#[ignore = \"slow\"]",
        ];
        for line in lines {
            let text = format!("//! A.\n{line}\n");
            assert_found(("crates/a/src/lib.rs", &text), "crates/a/src/lib.rs:2: `");
        }
        assert_tidy(("crates/a/src/lib.rs", "//! Never `todo!()`.\nconst A: &str = \"todo!\";\n"));
    }

    #[test]
    fn the_wall_clock_and_entropy_stay_in_app_and_time_is_measured_in_examples() {
        let text = "//! A.\n#[expect(clippy::disallowed_methods, reason = \"measures\")]\n";
        let ours = "crates/jobs/src/lib.rs";
        assert_found((ours, text), "crates/jobs/src/lib.rs:2: `clippy::disallowed_methods`");
        assert_tidy(("crates/app/src/clock.rs", text));
        assert_tidy(("crates/jobs/examples/speed.rs", text));
        assert_found((ours, "//! A.\nuse rand::rngs::OsRng;\n"), "crates/jobs/src/lib.rs:2: `OsR");
    }

    #[test]
    fn axum_is_named_in_http_app_and_api_files_only() {
        let text = "//! A.\nuse axum::Json;\n";
        let store = "capabilities/record/src/store.rs";
        assert_found((store, text), "capabilities/record/src/store.rs:2: `axum`");
        for path in [
            "capabilities/record/src/api.rs",
            "capabilities/record/src/api/orders.rs",
            "crates/http/src/page.rs",
            "crates/app/src/main.rs",
        ] {
            assert_tidy((path, text));
        }
        assert_tidy((store, "//! No utoipa_axum, no axum here.\n"));
    }

    #[test]
    fn engines_touch_no_file_network_process_or_environment() {
        let text = "//! A.\nuse std::fs::File;\n";
        let engine = "capabilities/pricing/engine/src/model/price.rs";
        assert_found((engine, text), "capabilities/pricing/engine/src/model/price.rs:2: `std::fs`");
        assert_found(("crates/engine-kit/src/seed.rs", text), "crates/engine-kit/src/seed.rs:2");
        assert_tidy(("capabilities/pricing/engine/tests/casebook.rs", text));
        assert_tidy(("capabilities/pricing/src/store.rs", text));
    }

    #[test]
    fn deciding_changes_nothing_and_acting_chooses_nothing() {
        let acts = ("capabilities/pricing/src/act.rs", "//! A.\nfn a() { decide(1) }\n");
        assert_found(acts, "capabilities/pricing/src/act.rs:2: `decide`: acting chooses nothing");
        let decides = ("capabilities/pricing/src/gather.rs", "//! A.\nfn a() { db.write(1) }\n");
        assert_found(decides, "capabilities/pricing/src/gather.rs:2: `.write`: deciding and");
        assert_tidy(("capabilities/pricing/src/store.rs", "//! A.\nfn a() { db.write(1) }\n"));
    }

    #[test]
    fn an_expectation_gives_its_reason() {
        let without = "//! A.\n#[expect(\n    clippy::cast_sign_loss,\n)]\nfn a() {}\n";
        assert_found(("crates/a/src/a.rs", without), "crates/a/src/a.rs:2: `#[expect(…)]`");
        let with = "//! A.\n#[expect(\n    clippy::cast_sign_loss,\n    reason = \"b\"\n)]\n";
        assert_tidy(("crates/a/src/a.rs", with));
    }

    #[test]
    fn a_module_says_what_it_is_for_and_a_limit_why() {
        assert_found(("crates/a/src/a.rs", "fn a() {}\n"), "crates/a/src/a.rs:1: begin with");
        assert_tidy(("crates/a/tests/it/main.rs", "fn a() {}\n"));
        let path = "crates/a/src/a.rs";
        for limit in ["const N_ROWS: u8 = 1;", "    pub(crate) const ROWS_MAX: u8 = 1;"] {
            let bare = format!("//! A.\n\n{limit}\n");
            assert_found((path, &bare), "crates/a/src/a.rs:3: the limit `");
            let told = format!("//! A.\n\n/// One, because.\n#[cfg(unix)]\n{limit}\n");
            assert_tidy((path, &told));
        }
        assert_tidy((path, "//! A.\n#[cfg(test)]\nmod tests {\n    const N_RUNS: u8 = 1;\n}\n"));
        assert_tidy((path, "//! A.\nconst NAME: u8 = 1;\n"));
    }
}
