//! The OpenAPI description: committed as the code has it, and true.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

use crate::support::{Server, on_empty};

fn description(server: &Server) -> Value {
    let request = Request::builder().uri("/v1/openapi.json").body(Body::empty()).unwrap();
    server.send(request).ok()
}

#[test]
fn the_committed_description_is_the_one_of_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/mercer.json");
    let committed = std::fs::read_to_string(path).unwrap();
    let made = mercer_app::api::openapi_text().unwrap();
    if let Some((n, (old, new))) =
        committed.lines().zip(made.lines()).enumerate().find(|(_, (old, new))| old != new)
    {
        panic!(
            "openapi/mercer.json is out of date: run `make openapi` and commit it.\n\
             line {}:\n- {old}\n+ {new}",
            n + 1
        );
    }
    assert_eq!(
        committed.trim_end(),
        made.trim_end(),
        "openapi/mercer.json is out of date: run `make openapi` and commit it"
    );
}

#[test]
fn the_served_description_is_openapi_3_1_with_an_answer_for_everything() {
    on_empty("description", |server| {
        let description = description(server);
        assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
        let committed: Value =
            serde_json::from_str(&mercer_app::api::openapi_text().unwrap()).unwrap();
        assert_eq!(description, committed);
        let mut operations = Vec::new();
        for (path, methods) in description["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let name = format!("{method} {path}");
                assert!(!operation["summary"].as_str().unwrap_or_default().is_empty(), "{name}");
                assert!(!operation["responses"].as_object().unwrap().is_empty(), "{name}");
                operations.push(operation["operationId"].as_str().unwrap().to_owned());
            }
        }
        let n = operations.len();
        operations.sort();
        operations.dedup();
        assert_eq!(operations.len(), n, "operation ids are unique");
        assert!(n > 35, "{n}");
        assert_refers_to_what_is_there(&description, &description);
    });
}

fn assert_refers_to_what_is_there(value: &Value, whole: &Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get("$ref") {
                let pointer = target.strip_prefix('#').unwrap();
                assert!(whole.pointer(pointer).is_some(), "{target} is not there");
            }
            fields.values().for_each(|field| assert_refers_to_what_is_there(field, whole));
        }
        Value::Array(items) => {
            items.iter().for_each(|item| assert_refers_to_what_is_there(item, whole));
        }
        _ => {}
    }
}

#[test]
fn every_described_endpoint_is_there_and_guarded() {
    on_empty("endpoints", |server| {
        let description = description(server);
        for (path, methods) in description["paths"].as_object().unwrap() {
            let parts = path.split('/').map(|part| if part.starts_with('{') { "x" } else { part });
            let concrete = parts.collect::<Vec<_>>().join("/");
            assert!(!concrete.contains('{'), "{path}");
            for method in methods.as_object().unwrap().keys() {
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                let request = server.request(method.clone(), &concrete, &server.admin_key);
                let answer = server.send(request.body(Body::empty()).unwrap());
                let name = format!("{method} {path}: {} {}", answer.status, answer.text());
                assert!(!answer.text().contains("There is no endpoint"), "{name}");
                assert_ne!(answer.status, 405, "{name}");
                assert!(answer.status.as_u16() < 500, "{name}");
                if answer.status.is_client_error() {
                    assert_eq!(answer.header("content-type"), "application/problem+json", "{name}");
                }
                if path == "/v1/openapi.json" {
                    assert_eq!(methods["get"]["security"], json!([{}]), "open, and says so");
                } else if path != "/v1/session" {
                    let request = Request::builder().method(method).uri(&concrete);
                    let answer = server.send(request.body(Body::empty()).unwrap());
                    answer.problem(401, "not_signed_in");
                }
            }
        }
    });
}

#[test]
fn the_description_says_how_to_sign_in() {
    on_empty("security", |server| {
        let description = description(server);
        let schemes = &description["components"]["securitySchemes"];
        assert_eq!(schemes["api_key"]["scheme"], "bearer");
        assert_eq!(schemes["session"]["name"], "mercer_session");
        assert_eq!(description["security"], json!([{"api_key": []}, {"session": []}]));
    });
}
