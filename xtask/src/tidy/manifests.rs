//! Who may depend on whom, read from the manifests (invariants 1 to 5), and what a crate's folder
//! must hold.
//!
//! Looks at direct dependencies: with pure crates only on the list of engines, what they bring
//! along is pure too.

use toml::{Table, Value};

use super::tree::{SourceFile, Tree};
use super::{Exception, Finding, line_of};

/// What an engine may depend on: pure crates, without a clock, entropy, threads or a file of
/// their own. The two of cryptography are for draws that a customer can repeat.
const OF_ENGINES: &[&str] = &[
    "mercer-engine-kit",
    "mercer-rules",
    "serde",
    "thiserror",
    "rand",
    "rand_distr",
    "xxhash-rust",
    "sha2",
    "hmac",
];
/// What the kit of engines may depend on.
const OF_ENGINE_KIT: &[&str] =
    &["serde", "thiserror", "rand", "rand_pcg", "xxhash-rust", "iso_currency"];
/// What the tests of engines may depend on besides.
const OF_ENGINE_TESTS: &[&str] = &["proptest", "serde_json"];
/// What speaks SQL over a wire or to a file.
const SQL_DRIVERS: &[&str] = &[
    "rusqlite",
    "libsqlite3-sys",
    "postgres",
    "tokio-postgres",
    "tokio-postgres-rustls",
    "postgres-types",
    "sqlx",
    "diesel",
    "sea-orm",
];
/// What serves HTTP.
const HTTP_SERVERS: &[&str] = &["axum", "axum-extra", "axum-core", "tower-http", "utoipa-axum"];
/// What asks others over HTTP.
const HTTP_CLIENTS: &[&str] =
    &["reqwest", "hyper", "hyper-util", "ureq", "isahc", "surf", "attohttpc", "curl", "awc"];
/// What gathers entropy, as crates and as features.
const ENTROPY: &[&str] = &["getrandom", "fastrand", "oorandom"];
const ENTROPY_FEATURES: &[&str] = &["thread_rng", "os_rng", "sys_rng"];

/// On which shelf a crate stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shelf {
    Machinery(String),
    Capability(String),
    Engine(String),
    Connector(String),
    Xtask,
}

impl Shelf {
    fn of(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.split('/').collect();
        match parts.as_slice() {
            ["crates", name, "Cargo.toml"] => Some(Self::Machinery((*name).to_owned())),
            ["capabilities", name, "Cargo.toml"] => Some(Self::Capability((*name).to_owned())),
            ["capabilities", name, "engine", "Cargo.toml"] => {
                Some(Self::Engine((*name).to_owned()))
            }
            ["connectors", name, "Cargo.toml"] => Some(Self::Connector((*name).to_owned())),
            ["xtask", "Cargo.toml"] => Some(Self::Xtask),
            _ => None,
        }
    }

    fn package(&self) -> String {
        match self {
            Self::Machinery(name) | Self::Capability(name) | Self::Connector(name) => {
                format!("mercer-{name}")
            }
            Self::Engine(name) => format!("mercer-{name}-engine"),
            Self::Xtask => "xtask".to_owned(),
        }
    }

    /// The simulated shop lives among the machinery and is a connector like any other.
    fn is_connector(&self) -> bool {
        matches!(self, Self::Connector(_)) || *self == Self::Machinery("simshop".to_owned())
    }

    fn is_machinery(&self, names: &[&str]) -> bool {
        matches!(self, Self::Machinery(name) if names.contains(&name.as_str()))
    }
}

/// A crate of the workspace.
struct Crate<'a> {
    shelf: Shelf,
    file: &'a SourceFile,
    table: Table,
    edges: Vec<Edge>,
}

/// A dependency named in a manifest.
struct Edge {
    name: String,
    is_dev: bool,
    line: usize,
    value: Value,
}

impl<'a> Crate<'a> {
    fn read(file: &'a SourceFile, findings: &mut Vec<Finding>) -> Option<Self> {
        let shelf = Shelf::of(&file.path)?;
        match file.text.parse::<Table>() {
            Ok(table) => {
                let edges = edges_of(&file.text, &table);
                Some(Self { shelf, file, table, edges })
            }
            Err(error) => {
                findings.push(Finding::new(&file.path, 1, format!("cannot be read: {error}")));
                None
            }
        }
    }

    fn folder(&self) -> &str {
        self.file.path.trim_end_matches("/Cargo.toml")
    }

    fn find(&self, edge: &Edge, message: String) -> Finding {
        Finding::new(&self.file.path, edge.line, message)
    }
}

/// Checks all manifests.
pub fn check(tree: &Tree, exceptions: &[Exception], findings: &mut Vec<Finding>) {
    let crates: Vec<Crate<'_>> =
        tree.files().iter().filter_map(|file| Crate::read(file, findings)).collect();
    let mut used = vec![false; exceptions.len()];
    for one in &crates {
        check_form(one, findings);
        check_folder(tree, one, findings);
        for edge in &one.edges {
            check_edge(one, edge, &crates, (exceptions, &mut used), findings);
        }
    }
    for (exception, used) in exceptions.iter().zip(used) {
        let Exception { package, dependency, reason } = exception;
        if !used {
            findings.push(Finding::new(
                "xtask/src/tidy.rs",
                1,
                format!(
                    "the exception {package} → {dependency} (\"{reason}\") is not used: remove it"
                ),
            ));
        }
    }
    if let Some(root) = tree.file("Cargo.toml") {
        check_root(root, findings);
    }
}

fn edges_of(text: &str, table: &Table) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (section, is_dev) in
        [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)]
    {
        let Some(Value::Table(dependencies)) = table.get(section) else { continue };
        for (name, value) in dependencies {
            let line = line_of_key(text, section, name);
            edges.push(Edge { name: name.clone(), is_dev, line, value: value.clone() });
        }
    }
    edges
}

/// The line of a key in a section, or 1 where it is written in an unusual way.
fn line_of_key(text: &str, section: &str, key: &str) -> usize {
    let start = text.find(&format!("[{section}]")).unwrap_or(0);
    let first = line_of(text, start);
    let position = text[start..].lines().position(|line| {
        line.strip_prefix(key).is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
    });
    position.map_or(1, |lines| first + lines)
}

fn check_form(one: &Crate<'_>, findings: &mut Vec<Finding>) {
    let package = one.table.get("package").and_then(|package| package.get("name"));
    let (name, wanted) = (package.and_then(Value::as_str).unwrap_or(""), one.shelf.package());
    if name != wanted {
        let line = line_of_key(&one.file.text, "package", "name");
        let message = format!("the package is called `{name}`; by its folder it is `{wanted}`");
        findings.push(Finding::new(&one.file.path, line, message));
    }
    let lints = one.table.get("lints").and_then(|lints| lints.get("workspace"));
    if lints.and_then(Value::as_bool) != Some(true) {
        let message = "add `[lints]` with `workspace = true`: all crates keep the same lints";
        findings.push(Finding::new(&one.file.path, 1, message));
    }
}

fn check_folder(tree: &Tree, one: &Crate<'_>, findings: &mut Vec<Finding>) {
    let folder = one.folder();
    let wants_readme =
        matches!(one.shelf, Shelf::Capability(_) | Shelf::Engine(_) | Shelf::Connector(_));
    if wants_readme && !tree.has(&format!("{folder}/README.md")) {
        let message = "has no README.md beside it: what it does, from what, its limits";
        findings.push(Finding::new(&one.file.path, 1, message));
    }
    if let Shelf::Engine(name) = &one.shelf {
        let cases = format!("{folder}/cases/");
        let is_case =
            |file: &SourceFile| file.path.starts_with(&cases) && file.has_extension(&["md"]);
        if !tree.files().iter().any(is_case) {
            let message = "an engine has a casebook: add cases/*.md with input and expected answer";
            findings.push(Finding::new(&one.file.path, 1, message));
        }
        let source = format!("{folder}/src/");
        let decides = tree
            .files()
            .iter()
            .any(|file| file.path.starts_with(&source) && file.code.contains("-> Decision<"));
        if !decides {
            let message = format!(
                "no function of the {name} engine returns `Decision<…>`: an outcome comes with \
                 its reasons"
            );
            findings.push(Finding::new(&one.file.path, 1, message));
        }
    }
}

fn check_edge(
    one: &Crate<'_>,
    edge: &Edge,
    crates: &[Crate<'_>],
    (exceptions, used): (&[Exception], &mut [bool]),
    findings: &mut Vec<Finding>,
) {
    let package = one.shelf.package();
    let exception = exceptions.iter().position(|exception| {
        edge.is_dev && exception.package == package && exception.dependency == edge.name
    });
    if let Some(number) = exception {
        used[number] = true;
        return;
    }
    if !is_from_workspace(&edge.value) {
        let message = format!(
            "`{}` has a version of its own: write `{}.workspace = true`, the version and its \
             purpose go to the root manifest",
            edge.name, edge.name
        );
        findings.push(one.find(edge, message));
    }
    let to = crates.iter().map(|other| &other.shelf).find(|shelf| shelf.package() == edge.name);
    let refused = match to {
        Some(to) => refused_within(&one.shelf, to, edge),
        None => refused_outside(&one.shelf, edge),
    };
    findings.extend(refused.map(|message| one.find(edge, message)));
    let features = edge.value.get("features").and_then(Value::as_array);
    findings.extend(refused_features(&edge.name, features).map(|message| one.find(edge, message)));
}

fn is_from_workspace(value: &Value) -> bool {
    value.get("workspace").and_then(Value::as_bool) == Some(true)
}

/// Why an edge between two of our crates is refused, if it is.
fn refused_within(from: &Shelf, to: &Shelf, edge: &Edge) -> Option<String> {
    let name = &edge.name;
    if let Some(refused) = refused_of_engine(from, edge) {
        return Some(refused);
    }
    let is_product = matches!(to, Shelf::Capability(_) | Shelf::Engine(_)) || to.is_connector();
    match (from, to) {
        (_, Shelf::Xtask) => Some(format!("`{name}`: nothing depends on the chores")),
        (Shelf::Capability(own), Shelf::Capability(other) | Shelf::Engine(other)) => (own != other)
            .then(|| {
                format!(
                    "`{name}`: no capability depends on another; they meet through facts, the \
                     ledger and ports of the machinery"
                )
            }),
        (Shelf::Capability(_), to) if to.is_connector() && !edge.is_dev => {
            Some(format!("`{name}`: a capability takes a port of crates/connect, not a connector"))
        }
        (Shelf::Machinery(machinery), _) if is_product && machinery != "app" => Some(format!(
            "`{name}`: no machinery but app names a capability or a connector; define a port and \
             let app join them"
        )),
        (Shelf::Connector(_), Shelf::Capability(_) | Shelf::Engine(_)) => Some(format!(
            "`{name}`: a connector hands in drafts through crates/connect and knows no capability"
        )),
        (from, Shelf::Machinery(machinery)) if machinery == "testkit" && !edge.is_dev => {
            let package = from.package();
            Some(format!("`{name}` is for tests: move it to [dev-dependencies] of {package}"))
        }
        _ => None,
    }
}

/// Why an edge to a crate of others is refused, if it is.
fn refused_outside(from: &Shelf, edge: &Edge) -> Option<String> {
    let name = edge.name.as_str();
    if let Some(refused) = refused_of_engine(from, edge) {
        return Some(refused);
    }
    let is_capability = matches!(from, Shelf::Capability(_));
    if SQL_DRIVERS.contains(&name) && !from.is_machinery(&["db"]) {
        return Some(format!("`{name}`: only crates/db names an SQL driver; take a `Db`"));
    }
    if HTTP_SERVERS.contains(&name) && !is_capability && !from.is_machinery(&["http", "app"]) {
        return Some(format!(
            "`{name}`: only crates/http, crates/app and the api.rs files of capabilities serve HTTP"
        ));
    }
    let is_connecting = from.is_machinery(&["connect"]) || matches!(from, Shelf::Connector(_));
    if HTTP_CLIENTS.contains(&name) && !is_connecting {
        return Some(format!("`{name}`: only crates/connect and connectors ask others over HTTP"));
    }
    if ENTROPY.contains(&name) && !from.is_machinery(&["app"]) {
        return Some(format!("`{name}`: entropy is a parameter; take an `Entropy` or a `Seed`"));
    }
    None
}

fn refused_of_engine(from: &Shelf, edge: &Edge) -> Option<String> {
    let (allowed, whose) = match from {
        Shelf::Engine(_) => (OF_ENGINES, "an engine"),
        Shelf::Machinery(name) if name == "engine-kit" => (OF_ENGINE_KIT, "the kit of engines"),
        _ => return None,
    };
    let name = edge.name.as_str();
    let is_fine = allowed.contains(&name) || (edge.is_dev && OF_ENGINE_TESTS.contains(&name));
    (!is_fine).then(|| {
        format!(
            "`{name}`: {whose} is pure and depends on {} only; hand in what it needs as input, or \
             extend the list in xtask/src/tidy/manifests.rs with a reason",
            allowed.join(", ")
        )
    })
}

fn refused_features(name: &str, features: Option<&Vec<Value>>) -> Option<String> {
    let features = features.into_iter().flatten().filter_map(Value::as_str);
    let entropy = features.into_iter().find(|feature| ENTROPY_FEATURES.contains(feature))?;
    Some(format!("`{name}` with `{entropy}` gathers entropy: take a `Seed` or an `Entropy`"))
}

/// The root manifest: a comment above each group of dependencies, features without entropy.
fn check_root(root: &SourceFile, findings: &mut Vec<Finding>) {
    let Ok(table) = root.text.parse::<Table>() else {
        findings.push(Finding::new(&root.path, 1, "cannot be read"));
        return;
    };
    let (mut is_inside, mut has_comment) = (false, false);
    for (number, line) in root.text.lines().enumerate() {
        let line = line.trim_end();
        if line.starts_with('[') {
            (is_inside, has_comment) = (line == "[workspace.dependencies]", false);
        } else if line.starts_with('#') {
            has_comment = true;
        } else if line.is_empty() {
            has_comment = false;
        } else if is_inside && !has_comment {
            let message = "say above the dependency what it is for";
            findings.push(Finding::new(&root.path, number + 1, message));
        }
    }
    let dependencies = table.get("workspace").and_then(|table| table.get("dependencies"));
    for (name, value) in dependencies.and_then(Value::as_table).into_iter().flatten() {
        let line = line_of_key(&root.text, "workspace.dependencies", name);
        let features = value.get("features").and_then(Value::as_array);
        let refused = refused_features(name, features);
        findings.extend(refused.map(|message| Finding::new(&root.path, line, message)));
        let has_defaults = value.get("default-features").and_then(Value::as_bool) != Some(false);
        if name == "rand" && has_defaults {
            let message = "`rand` with its default features gathers entropy: switch them off";
            findings.push(Finding::new(&root.path, line, message));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Exception;
    use super::super::tests::{found, found_with};

    /// The manifest of a crate.
    fn manifest(package: &str, dependencies: &str) -> String {
        format!(
            "[package]\nname = \"{package}\"\n\n[dependencies]\n{dependencies}\n\n[lints]\n\
             workspace = true\n"
        )
    }

    /// A small tidy repository, and in it one manifest with these dependencies.
    fn repository(path: &str, package: &str, dependencies: &str) -> Vec<(String, String)> {
        let crates = [
            ("crates/engine-kit", "mercer-engine-kit", "serde.workspace = true"),
            ("crates/db", "mercer-db", "rusqlite.workspace = true\npostgres.workspace = true"),
            ("crates/facts", "mercer-facts", "mercer-db.workspace = true"),
            ("crates/http", "mercer-http", "axum.workspace = true"),
            ("crates/connect", "mercer-connect", "reqwest.workspace = true"),
            ("crates/simshop", "mercer-simshop", "mercer-connect.workspace = true"),
            ("crates/testkit", "mercer-testkit", "mercer-db.workspace = true"),
            (
                "crates/app",
                "mercer-app",
                "mercer-record.workspace = true\nmercer-csv.workspace = true\ngetrandom.workspace \
                 = true",
            ),
            ("capabilities/record", "mercer-record", "mercer-db.workspace = true"),
            (
                "capabilities/pricing",
                "mercer-pricing",
                "mercer-pricing-engine.workspace = true\naxum.workspace = true",
            ),
            (
                "capabilities/pricing/engine",
                "mercer-pricing-engine",
                "mercer-engine-kit.workspace = true\nserde.workspace = true",
            ),
            ("connectors/csv", "mercer-csv", "mercer-connect.workspace = true"),
            ("xtask", "xtask", "anyhow.workspace = true"),
        ];
        let mut files: Vec<(String, String)> = crates
            .iter()
            .filter(|(folder, ..)| *folder != path)
            .map(|(folder, package, dependencies)| {
                (format!("{folder}/Cargo.toml"), manifest(package, dependencies))
            })
            .collect();
        files.push((format!("{path}/Cargo.toml"), manifest(package, dependencies)));
        for folder in [
            "capabilities/record",
            "capabilities/pricing",
            "capabilities/pricing/engine",
            "connectors/csv",
        ] {
            files.push((format!("{folder}/README.md"), "# What it does\n".to_owned()));
        }
        let engine = "capabilities/pricing/engine";
        files.push((format!("{engine}/cases/held.md"), "# Held\n".to_owned()));
        let decide = "//! Decides.\npub fn decide() -> Decision<Outcome, Why> {}\n".to_owned();
        files.push((format!("{engine}/src/lib.rs"), decide));
        files
    }

    fn found_in(files: &[(String, String)], exceptions: &[Exception]) -> String {
        let files: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        found_with(&files, exceptions)
    }

    #[track_caller]
    fn assert_refused(path: &str, package: &str, dependency: &str, beginning: &str) {
        let dependencies = format!("{dependency}.workspace = true");
        let found = found_in(&repository(path, package, &dependencies), &[]);
        let wanted = format!("{path}/Cargo.toml:5: `{dependency}`{beginning}");
        assert!(found.lines().any(|line| line.starts_with(&wanted)), "found:\n{found}");
    }

    #[test]
    fn the_small_repository_is_tidy() {
        let files = repository("crates/core", "mercer-core", "serde.workspace = true");
        assert_eq!(found_in(&files, &[]), "");
    }

    #[test]
    fn an_engine_depends_on_pure_crates_only() {
        for dependency in ["tokio", "mercer-db", "jiff", "rayon", "getrandom", "mercer-core"] {
            let (path, package) = ("capabilities/pricing/engine", "mercer-pricing-engine");
            assert_refused(path, package, dependency, ": an engine is pure");
        }
        assert_refused("crates/engine-kit", "mercer-engine-kit", "jiff", ": the kit of engines");
    }

    #[test]
    fn no_capability_depends_on_another_or_on_its_engine() {
        let pricing = ("capabilities/pricing", "mercer-pricing");
        assert_refused(pricing.0, pricing.1, "mercer-record", ": no capability depends on another");
        let record = ("capabilities/record", "mercer-record");
        assert_refused(record.0, record.1, "mercer-pricing-engine", ": no capability depends");
        assert_refused(record.0, record.1, "mercer-csv", ": a capability takes a port");
    }

    #[test]
    fn no_machinery_but_app_names_a_capability_or_a_connector() {
        for dependency in ["mercer-record", "mercer-pricing-engine", "mercer-csv", "mercer-simshop"]
        {
            assert_refused("crates/facts", "mercer-facts", dependency, ": no machinery but app");
        }
        assert_refused("connectors/csv", "mercer-csv", "mercer-record", ": a connector hands in");
        assert_refused("crates/facts", "mercer-facts", "xtask", ": nothing depends on the chores");
        assert_refused("crates/facts", "mercer-facts", "mercer-testkit", " is for tests");
    }

    #[test]
    fn drivers_servers_clients_and_entropy_stay_where_they_belong() {
        let record = ("capabilities/record", "mercer-record");
        assert_refused(record.0, record.1, "rusqlite", ": only crates/db");
        assert_refused(record.0, record.1, "reqwest", ": only crates/connect");
        assert_refused("crates/http", "mercer-http", "tokio-postgres", ": only crates/db");
        assert_refused("crates/facts", "mercer-facts", "axum", ": only crates/http");
        assert_refused("crates/http", "mercer-http", "getrandom", ": entropy is a parameter");
    }

    #[test]
    fn tests_count_unless_an_exception_gives_a_reason() {
        let mut files = repository("crates/core", "mercer-core", "");
        let record = files.iter_mut().find(|(path, _)| path == "capabilities/pricing/Cargo.toml");
        record.unwrap().1.push_str("\n[dev-dependencies]\nmercer-record.workspace = true\n");
        let found = found_in(&files, &[]);
        assert!(found.contains("pricing/Cargo.toml:12: `mercer-record`: no capability"), "{found}");
        let exception = Exception {
            package: "mercer-pricing",
            dependency: "mercer-record",
            reason: "tests take sales from the real record",
        };
        assert_eq!(found_in(&files, &[exception]), "");
        let unused = Exception { dependency: "mercer-csv", ..exception };
        assert!(found_in(&files, &[exception, unused]).contains("is not used"));
    }

    #[test]
    fn crates_are_named_by_their_folder_keep_the_lints_and_take_versions_from_the_root() {
        let files = repository("crates/core", "mercer-kernel", "serde = \"1\"");
        let found = found_in(&files, &[]);
        assert!(found.contains("crates/core/Cargo.toml:2: the package is called `mercer-kernel`"));
        assert!(found.contains("crates/core/Cargo.toml:5: `serde` has a version of its own"));
        let found = super::super::tests::found(&[(
            "crates/core/Cargo.toml",
            "[package]\nname = \"mercer-core\"\n",
        )]);
        assert!(found.starts_with("crates/core/Cargo.toml:1: add `[lints]`"), "{found}");
        let found = super::super::tests::found(&[("crates/core/Cargo.toml", "[package\n")]);
        assert!(found.starts_with("crates/core/Cargo.toml:1: cannot be read"), "{found}");
    }

    #[test]
    fn an_engine_has_a_readme_a_casebook_and_a_decision() {
        let text = manifest("mercer-pricing-engine", "");
        let found = found(&[("capabilities/pricing/engine/Cargo.toml", &text)]);
        for wanted in ["has no README.md", "an engine has a casebook", "returns `Decision<…>`"] {
            assert!(found.contains(wanted), "{found}");
        }
    }

    #[test]
    fn the_root_manifest_says_what_each_dependency_is_for() {
        let tidy = "[workspace.dependencies]\n# Errors.\nthiserror = \"2\"\nanyhow = \"1\"\n";
        assert_eq!(found(&[("Cargo.toml", tidy)]), "");
        let without = "[workspace.dependencies]\n# Errors.\nthiserror = \"2\"\n\nanyhow = \"1\"\n";
        assert!(found(&[("Cargo.toml", without)]).starts_with("Cargo.toml:5: say above"));
        let entropy = "[workspace.dependencies]\n# Draws.\nrand = { version = \"0.10\", features \
                       = [\"thread_rng\"] }\n";
        let found = found(&[("Cargo.toml", entropy)]);
        assert!(found.contains("Cargo.toml:3: `rand` with `thread_rng`"), "{found}");
        assert!(found.contains("Cargo.toml:3: `rand` with its default features"), "{found}");
    }
}
