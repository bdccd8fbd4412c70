//! The console has no private endpoint, sign-in aside (invariant 9).
//!
//! Every path that it names must stand in the committed OpenAPI file, and it talks to nothing but
//! its own server. Requests of the generated client are typed by the same file.

use std::collections::BTreeSet;

use super::tree::{SourceFile, Tree};
use super::{Finding, line_of, words};

/// The description of the interface that programs of others are written against.
const OPENAPI: &str = "openapi/mercer.json";
/// The one place that hands requests to the browser.
const CLIENT: &str = "console/src/api/client.ts";
/// The console's own way in; the one endpoint that need not be described.
const SIGN_IN: &str = "/v1/session";
/// A name, not an address: browsers need it to make shapes.
const SVG_NAMESPACE: &str = "http://www.w3.org/";
/// What opens a connection, by the beginning of the call.
const CALLS: &[&str] = &["fetch(", "EventSource(", "WebSocket(", "sendBeacon("];
/// What opens a connection with the address as the second argument.
const OPENS: &[&str] = &[".open(\"GET\",", ".open(\"POST\",", ".open(\"PUT\",", ".open(method,"];

/// Checks the console's sources.
pub fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    let described = described_paths(tree, findings);
    for file in tree.files().iter().filter(|file| is_shipped(file)) {
        check_calls(file, findings);
        check_old_requests(file, findings);
        check_hosts(file, findings);
        if let Some(described) = &described {
            check_paths(file, described, findings);
        }
    }
}

fn is_shipped(file: &SourceFile) -> bool {
    let is_source = file.path.starts_with("console/src/") && file.has_extension(&["ts", "tsx"]);
    let is_generated = file.path.ends_with("/schema.d.ts");
    (is_source || file.path == "console/index.html") && !is_generated && !file.is_beside_product()
}

/// The paths of the OpenAPI file, parameters as `{}`; none without a console.
fn described_paths(tree: &Tree, findings: &mut Vec<Finding>) -> Option<BTreeSet<String>> {
    tree.files().iter().find(|file| is_shipped(file) && file.text.contains("/v1/"))?;
    let Some(file) = tree.file(OPENAPI) else {
        let message = "the description of the interface is missing: `make openapi` writes it";
        findings.push(Finding::new(OPENAPI, 1, message));
        return None;
    };
    let json: serde_json::Value = match serde_json::from_str(&file.text) {
        Ok(json) => json,
        Err(error) => {
            findings.push(Finding::new(OPENAPI, error.line().max(1), format!("no JSON: {error}")));
            return None;
        }
    };
    let paths = json.get("paths").and_then(serde_json::Value::as_object);
    Some(paths.into_iter().flatten().map(|(path, _)| shape(path)).collect())
}

/// A path with every parameter, `{id}` or `${id}`, as `{}`, and without its query.
fn shape(path: &str) -> String {
    let mut shape = String::new();
    let mut rest = path;
    while let Some(c) = rest.chars().next() {
        if c == '?' {
            break;
        }
        if rest.starts_with("${") || c == '{' {
            shape.push_str("{}");
            rest = rest.split_once('}').map_or("", |(_, after)| after);
        } else {
            shape.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    shape
}

fn check_calls(file: &SourceFile, findings: &mut Vec<Finding>) {
    for call in CALLS.iter().chain(OPENS) {
        for place in words(&file.text, call) {
            let argument = file.text[place + call.len()..].trim_start();
            let is_ours = ["\"/v1/", "'/v1/", "`/v1/"].iter().any(|own| argument.starts_with(own));
            let is_handed_on = file.path == CLIENT && argument.starts_with("request)");
            if !is_ours && !is_handed_on {
                let message = format!(
                    "`{call}…)` to something that does not begin with \"/v1/: the console uses \
                     the public interface only"
                );
                findings.push(Finding::new(&file.path, line_of(&file.text, place), message));
            }
        }
    }
}

/// Requests of the old kind stay in the client, where their addresses are looked at.
fn check_old_requests(file: &SourceFile, findings: &mut Vec<Finding>) {
    for place in words(&file.text, "XMLHttpRequest(") {
        if file.path != CLIENT {
            let message =
                format!("`XMLHttpRequest` outside {CLIENT}: call a function of the client");
            findings.push(Finding::new(&file.path, line_of(&file.text, place), message));
        }
    }
}

fn check_hosts(file: &SourceFile, findings: &mut Vec<Finding>) {
    for scheme in ["http://", "https://", "ws://", "wss://"] {
        for (place, _) in file.text.match_indices(scheme) {
            if !file.text[place..].starts_with(SVG_NAMESPACE) {
                let message = "names another host: the console loads nothing from elsewhere";
                findings.push(Finding::new(&file.path, line_of(&file.text, place), message));
            }
        }
    }
}

fn check_paths(file: &SourceFile, described: &BTreeSet<String>, findings: &mut Vec<Finding>) {
    for (place, _) in file.text.match_indices("/v1/") {
        let Some(quote) = file.text[..place].chars().next_back() else { continue };
        if !"\"'`".contains(quote) {
            continue;
        }
        let literal = file.text[place..].split(quote).next().unwrap_or_default();
        let path = shape(literal);
        let path = path.trim_end_matches('/');
        if path != SIGN_IN && path != "/v1" && !described.contains(path) {
            let message = format!(
                "`{literal}` does not stand in {OPENAPI}: describe the endpoint, then `make openapi`"
            );
            findings.push(Finding::new(&file.path, line_of(&file.text, place), message));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_found, assert_tidy, found};

    const OPENAPI: (&str, &str) = (
        "openapi/mercer.json",
        "{\"paths\": {\"/v1/orders\": {}, \"/v1/imports/{id}/events\": {}}}",
    );

    #[test]
    fn a_request_to_anything_but_the_interface_is_found() {
        for call in ["fetch(\"/private\")", "fetch(url)", "new EventSource(`/live`)"] {
            assert_found(("console/src/a.ts", call), "console/src/a.ts:1: `");
        }
        assert_tidy(("console/src/a.ts", "void query.refetch();\n"));
        assert_tidy(("console/src/api/client.ts", "globalThis.fetch(request)"));
        assert_found(("console/src/a.ts", "globalThis.fetch(request)"), "console/src/a.ts:1: `");
    }

    #[test]
    fn a_request_of_the_old_kind_is_made_by_the_client_to_the_interface() {
        let made = "const r = new XMLHttpRequest();\nr.open(\"POST\", address);\n";
        assert_found(("console/src/a.ts", made), "console/src/a.ts:1: `XMLHttpRequest` outside");
        let client = "console/src/api/client.ts";
        assert_found((client, made), "console/src/api/client.ts:2: `.open(");
        let ours = made.replace("address", "`/v1/orders?${q}`");
        assert_eq!(found(&[(client, &ours), OPENAPI]), "");
    }

    #[test]
    fn another_host_is_found_and_the_namespace_of_shapes_is_not() {
        assert_found(("console/index.html", "<script src=\"https://a.example\">"), "console/index");
        assert_tidy(("console/src/a.tsx", "const ns = \"http://www.w3.org/2000/svg\";\n"));
        assert_tidy(("console/mock/plugin.ts", "new URL(\"/\", \"http://mock\")"));
    }

    #[test]
    fn a_path_that_the_interface_does_not_describe_is_found() {
        let with = |text: &str| found(&[("console/src/a.ts", text), OPENAPI]);
        assert_eq!(with("get(\"/v1/orders\"); fetch(`/v1/imports/${id}/events?x=${y}`);"), "");
        assert_eq!(with("get(\"/v1/imports/{id}/events\"); get(\"/v1/session\");"), "");
        let private = with("\nget(\"/v1/secret\");");
        assert!(
            private.starts_with("console/src/a.ts:2: `/v1/secret` does not stand"),
            "{private}"
        );
        let without = found(&[("console/src/a.ts", "get(\"/v1/orders\")")]);
        assert!(without.starts_with("openapi/mercer.json:1: the description"), "{without}");
    }
}
