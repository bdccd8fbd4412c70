//! Managing as a merchant's program asks for it: by HTTP, with keys, on both databases.

mod coupons;
mod promotions;
mod settings;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use mercer_core::clock::Clock;
use mercer_db::MigrationSet;
use mercer_http::auth::{Scope, keys};
use mercer_http::server::{Parts as ServerParts, router};
use mercer_testkit::{TestBed, on_both};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::manage::tests::{shop, support};

/// The interface with two keys.
pub struct Api<'a> {
    pub bed: &'a TestBed,
    router: Router,
    read_key: String,
    write_key: String,
    runtime: tokio::runtime::Runtime,
}

/// A test of the interface on both databases.
pub fn on_api(name: &str, test: impl Fn(&Api<'_>)) {
    let migrations: Vec<MigrationSet> = [support::MIGRATIONS, &[mercer_http::MIGRATIONS]].concat();
    on_both(name, &migrations, |bed| {
        let (promotions, _) = shop::shop(bed);
        let guarded: Router = super::router(promotions.clone()).into();
        let parts = ServerParts { guarded, open: Router::new(), ready: Arc::new(|| Ok(())) };
        let key = |scope| {
            let new =
                keys::NewKey { name: "test".to_owned(), scopes: vec![scope], expires_at: None };
            keys::create(&bed.db, bed.clock.now(), &*bed.entropy, &new).unwrap().1
        };
        test(&Api {
            router: router(&promotions.context, parts),
            read_key: key(Scope::Read),
            write_key: key(Scope::Write),
            runtime: tokio::runtime::Builder::new_current_thread().build().unwrap(),
            bed,
        });
    });
}

impl Api<'_> {
    pub fn get(&self, path: &str) -> (u16, Value) {
        self.ask(Method::GET, path, None, &self.read_key)
    }

    pub fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.ask(Method::POST, path, Some(body), &self.write_key)
    }

    pub fn put(&self, path: &str, body: Value) -> (u16, Value) {
        self.ask(Method::PUT, path, Some(body), &self.write_key)
    }

    pub fn delete(&self, path: &str) -> (u16, Value) {
        self.ask(Method::DELETE, path, None, &self.write_key)
    }

    /// The status of a request with a key that may only read.
    pub fn read_only(&self, method: Method, path: &str, body: Value) -> u16 {
        self.ask(method, path, Some(body), &self.read_key).0
    }

    /// A good answer's body.
    pub fn good(&self, (status, body): (u16, Value)) -> Value {
        assert_eq!(status, 200, "{body}");
        body
    }

    /// Status and field of a problem.
    pub fn refused(&self, (status, body): (u16, Value)) -> (u16, String) {
        assert!(status >= 400 && body["detail"].is_string(), "{body}");
        (status, body["field"].as_str().unwrap_or_default().to_owned())
    }

    /// A promotion of 10 % with these fields besides; its id.
    pub fn promotion(&self, fields: Value) -> String {
        let body = self.good(self.post("/v1/promotions", draft(fields)));
        body["id"].as_str().unwrap().to_owned()
    }

    /// Kinds of all facts, in order.
    pub fn facts(&self) -> Vec<String> {
        let facts = self.bed.db.read(|tx| mercer_facts::read_after(tx, 0, 1_000)).unwrap();
        facts.into_iter().map(|fact| fact.kind).collect()
    }

    pub fn revision(&self) -> i64 {
        self.bed.db.read(crate::store::revision).unwrap()
    }

    fn ask(&self, method: Method, path: &str, body: Option<Value>, key: &str) -> (u16, Value) {
        let (status, text) = self.text(method, path, body, key);
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    fn text(&self, method: Method, path: &str, body: Option<Value>, key: &str) -> (u16, String) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {key}"))
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
            .unwrap();
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let status = response.status().as_u16();
            let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
            (status, String::from_utf8(bytes.to_vec()).unwrap())
        })
    }
}

/// 10 % off, with these fields besides.
pub fn draft(fields: Value) -> Value {
    let mut draft = json!({
        "name": "Ten off", "definition": {"action": {"kind": "percentage", "basis_points": 1_000}}
    });
    for (name, value) in fields.as_object().unwrap() {
        match (draft[name].as_object_mut(), value.as_object()) {
            (Some(inner), Some(values)) => inner.extend(values.clone()),
            _ => draft[name] = value.clone(),
        }
    }
    draft
}
