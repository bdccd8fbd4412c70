//! What no file of the repository may hold: unfinished marks, somebody's machine, a private
//! registry, too much at once; and no counted thing outside a ledger (invariant 8).

use super::tree::{SourceFile, Tree};
use super::{Finding, line_of, words};

/// Lines of a source file: beyond it nobody holds the file in the head, and it is split.
pub const N_LINES_MAX: usize = 700;

/// Endings of files that people write by hand and that have code in them.
const SOURCES: &[&str] =
    &["rs", "ts", "tsx", "js", "mjs", "sql", "css", "html", "toml", "sh", "yml", "yaml"];
/// Files that a program writes; they are as long as they are.
const GENERATED: &[&str] = &["console/src/api/schema.d.ts", "console/package-lock.json"];

/// Marks of work left undone. Written in halves, so that this file does not hold them itself.
const MARKS: &[&str] = &[concat!("FIX", "ME"), concat!("TO", "DO"), concat!("X", "XX")];
/// Beginnings of paths that exist on one machine only.
const MACHINE_PATHS: &[&str] =
    &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];
/// Names of columns that hold what a ledger must hold: things that are counted and run out.
const COUNTED: &[&str] = &[
    "balance",
    "balance_minor",
    "credit_minor",
    "n_points",
    "points",
    "on_hand",
    "n_on_hand",
    "stock",
    "n_stock",
    "n_uses_left",
    "n_left",
    "n_available",
];
/// Where the one registry that anybody can reach is named in Cargo.lock.
const PUBLIC_REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Checks all text files.
pub fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for file in tree.files() {
        check_machine_paths(file, findings);
        check_registries(file, findings);
        if file.has_extension(SOURCES) && !GENERATED.contains(&file.path.as_str()) {
            check_marks(file, findings);
            check_length(file, findings);
            check_counted(file, findings);
        }
        if file.has_extension(&["ts", "tsx", "js", "mjs"]) {
            check_skipped(file, findings);
        }
    }
}

fn check_machine_paths(file: &SourceFile, findings: &mut Vec<Finding>) {
    for path in MACHINE_PATHS {
        for (place, _) in file.text.match_indices(path) {
            let before = file.text[..place].chars().next_back();
            // A path of a URL or of a folder in the repository is not one of a machine.
            if before.is_some_and(|c| c.is_alphanumeric() || "._-/}*~$".contains(c)) {
                continue;
            }
            let message = format!("`{path}…` exists on one machine: use a path from the root");
            findings.push(Finding::new(&file.path, line_of(&file.text, place), message));
        }
    }
}

fn check_registries(file: &SourceFile, findings: &mut Vec<Finding>) {
    let mut find = |number: usize, message: &str| {
        findings.push(Finding::new(&file.path, number + 1, message));
    };
    let name = file.name();
    for (number, line) in file.text.lines().enumerate() {
        let line = line.trim_start();
        if name == "Cargo.lock" && line.starts_with("source = ") && !line.contains(PUBLIC_REGISTRY)
        {
            find(number, "names another source than crates.io: everybody must be able to build");
        }
        if name == "package-lock.json" && line.starts_with("\"resolved\":") {
            find(
                number,
                "names the host of a registry: write the file with \
                 `npm install --package-lock-only --omit-lockfile-registry-resolved`",
            );
        }
        let key = line.split('=').next().unwrap_or_default().trim_end();
        if name == ".npmrc" && (key == "registry" || key.ends_with(":registry")) {
            find(number, "names the host of a registry: that belongs to a person's own settings");
        }
        let is_source = line.starts_with("[source.") || line.starts_with("[registries");
        if file.path.starts_with(".cargo/") && is_source {
            find(number, "names the host of a registry: that belongs to a person's own settings");
        }
    }
}

fn check_marks(file: &SourceFile, findings: &mut Vec<Finding>) {
    let text = if file.has_extension(&["rs"]) { &file.comments } else { &file.text };
    for mark in MARKS {
        for place in words(text, mark) {
            let message = format!("`{mark}`: finish it, or open an issue and leave the mark out");
            findings.push(Finding::new(&file.path, line_of(text, place), message));
        }
    }
}

fn check_length(file: &SourceFile, findings: &mut Vec<Finding>) {
    let n_lines = file.text.lines().count();
    if n_lines > N_LINES_MAX {
        let message = format!("{n_lines} lines, {N_LINES_MAX} at most: split it by idea");
        findings.push(Finding::new(&file.path, N_LINES_MAX + 1, message));
    }
}

/// Columns of counted things outside the ledger. Looks at the lines of table definitions, in SQL
/// files and in the schema texts of Rust files.
fn check_counted(file: &SourceFile, findings: &mut Vec<Finding>) {
    if !file.has_extension(&["rs", "sql"]) || file.path.starts_with("crates/ledger/") {
        return;
    }
    let mut is_table = false;
    for (number, line) in file.text.lines().enumerate() {
        is_table |= line.trim_start().starts_with("CREATE TABLE ");
        let column = line.split_whitespace().next().unwrap_or_default();
        if is_table && COUNTED.contains(&column) {
            let message = format!(
                "the column `{column}` counts something that can run out: keep it in the ledger"
            );
            findings.push(Finding::new(&file.path, number + 1, message));
        }
        if line.contains(';') {
            is_table = false;
        }
    }
}

/// Tests of the console that are left out, or that leave out all others.
fn check_skipped(file: &SourceFile, findings: &mut Vec<Finding>) {
    for call in ["test", "it", "describe", "suite"] {
        for kind in [".only(", ".skip(", ".todo("] {
            let pattern = format!("{call}{kind}");
            for place in words(&file.text, &pattern) {
                let message = format!("`{pattern}`: every test runs; mend it or remove it");
                findings.push(Finding::new(&file.path, line_of(&file.text, place), message));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_found, assert_tidy};
    use super::N_LINES_MAX;

    #[test]
    fn paths_of_one_machine_are_found_and_paths_of_urls_are_not() {
        for path in [concat!("/wo", "rk/main"), concat!("/ro", "ot/x"), concat!("/ho", "me/ann")] {
            let text = format!("# A\n\nSee `{path}`.\n");
            assert_found(("docs/a.md", &text), "docs/a.md:3: `/");
        }
        assert_tidy(("docs/a.md", concat!("https://example.org/wo", "rk/a and ./ro", "ot/b\n")));
    }

    #[test]
    fn no_lock_file_or_setting_names_a_registry_of_somebodys_own() {
        let lock =
            "[[package]]\nname = \"a\"\nsource = \"registry+https://mirror.example/index\"\n";
        assert_found(("Cargo.lock", lock), "Cargo.lock:3: names another source");
        let public = "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
        assert_tidy(("Cargo.lock", public));
        let npm = "{\n  \"resolved\": \"https://mirror.example/a.tgz\"\n}\n";
        assert_found(("console/package-lock.json", npm), "console/package-lock.json:2: names");
        assert_found(("console/.npmrc", "registry=https://mirror.example\n"), "console/.npmrc:1");
        assert_tidy(("console/.npmrc", "omit-lockfile-registry-resolved=true\n"));
        let cargo = "[source.crates-io]\nreplace-with = \"mirror\"\n";
        assert_found((".cargo/config.toml", cargo), ".cargo/config.toml:1: names");
    }

    #[test]
    fn unfinished_marks_are_found_in_comments_and_not_in_words() {
        let mark = concat!("TO", "DO");
        let text = format!("//! A.\n// {mark}: later\n");
        assert_found(("crates/a/src/a.rs", &text), "crates/a/src/a.rs:2: `");
        assert_found(("console/src/a.ts", &format!("// {mark}\n")), "console/src/a.ts:1: `");
        assert_tidy(("crates/a/src/a.rs", &format!("//! A.\nconst A: &str = \"{mark}\";\n")));
        assert_tidy(("console/src/a.ts", &format!("const {mark}S = 1;\n")));
    }

    #[test]
    fn a_file_of_too_many_lines_is_found_unless_it_is_generated() {
        let long = "// a\n".repeat(N_LINES_MAX + 1);
        assert_found(("console/src/a.ts", &long), "console/src/a.ts:701: 701 lines, 700 at most");
        assert_tidy(("console/src/a.ts", &"// a\n".repeat(N_LINES_MAX)));
        assert_tidy(("console/src/api/schema.d.ts", &long));
    }

    #[test]
    fn what_is_counted_and_can_run_out_stands_in_the_ledger_only() {
        let table = "CREATE TABLE variants (\n  id TEXT,\n  on_hand BIGINT\n);\n";
        let path = "capabilities/record/migrations/0001_record.sql";
        assert_found((path, table), &format!("{path}:3: the column `on_hand`"));
        assert_tidy(("crates/ledger/migrations/0001.sql", table));
        assert_tidy((path, "CREATE TABLE a (\n  id TEXT\n);\nSELECT 1\nstock\n"));
    }

    #[test]
    fn a_console_test_that_is_left_out_is_found() {
        for call in ["it.skip(", "test.only(", "describe.todo("] {
            let text = format!("{call}\"a\", () => {{}});\n");
            assert_found(("console/src/a.test.ts", &text), "console/src/a.test.ts:1: `");
        }
        assert_tidy(("console/src/a.test.ts", "it(\"skips\", () => {});\n"));
    }
}
