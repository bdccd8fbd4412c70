//! A server without a network: the router, a clock that stands still, three keys, and a small
//! simulated shop.
//!
//! Checks nothing itself but that an error is a whole problem.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::connect_info::MockConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::{Router, http};
use mercer_app::cli::Globals;
use mercer_app::settings::Settings;
use mercer_app::shop::Shop;
use mercer_core::clock::{Clock, ManualClock};
use mercer_db::Location;
use mercer_engine_kit::seed::Seed;
use mercer_http::auth::{Scope, keys};
use mercer_record::import::{self, ImportStart};
use mercer_record::keep::ChannelDefaults;
use mercer_simshop::config::Config;
use mercer_simshop::shop::Shop as Simulated;
use mercer_simshop::source::CHANNEL;
use mercer_testkit::{TestBed, on_both};
use serde_json::{Value, json};
use tower::ServiceExt;

/// The server of a test.
pub struct Server {
    pub shop: Arc<Shop>,
    pub clock: Arc<ManualClock>,
    pub read_key: String,
    pub write_key: String,
    pub admin_key: String,
    router: Router,
    runtime: tokio::runtime::Runtime,
}

/// An answer that has arrived whole.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// A test on an empty shop, on both databases.
pub fn on_empty(name: &str, test: impl Fn(&Server)) {
    on_both(name, mercer_app::shop::MIGRATIONS, |bed| test(&Server::start(bed)));
}

/// A test on a simulated shop of about 300 orders, computed, on both databases.
pub fn on_shop(name: &str, test: impl Fn(&Server)) {
    on_empty(name, |server| {
        server.fill();
        test(server);
    });
}

impl Server {
    fn start(bed: &TestBed) -> Self {
        let config = bed.folder.path().join("mercer.toml");
        let data = bed.folder.path().join("data").display().to_string();
        std::fs::write(&config, format!("data_folder = {data:?}\n")).unwrap();
        let database = match &bed.location {
            Location::Sqlite(path) => path.display().to_string(),
            // A test's data need not survive a power cut: not waiting for the disk halves the time.
            Location::Postgres(url) => {
                url.replace("options=-c", "options=-csynchronous_commit%3Doff%20-c")
            }
        };
        let globals =
            Globals { config: Some(config), database: Some(database), ..Globals::default() };
        let settings = Settings::load(&globals).unwrap();
        let shop = Shop::open_with(settings, bed.clock.clone(), bed.entropy.clone()).unwrap();
        let shop = Arc::new(shop);
        let key = |scope| {
            let new =
                keys::NewKey { name: "test".to_owned(), scopes: vec![scope], expires_at: None };
            keys::create(&bed.db, bed.clock.now(), &*bed.entropy, &new).unwrap().1
        };
        let (read_key, write_key, admin_key) =
            (key(Scope::Read), key(Scope::Write), key(Scope::Admin));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let peer = SocketAddr::from(([127, 0, 0, 1], 40_000));
        let router = mercer_app::api::router(&shop).layer(MockConnectInfo(peer));
        let clock = bed.clock.clone();
        Self { shop, clock, read_key, write_key, admin_key, router, runtime }
    }

    fn fill(&self) {
        let config = Config {
            seed: Seed(7),
            n_orders_target: 300,
            n_customers: 60,
            n_products: 24,
            n_days: 240,
            end: self.clock.now(),
            ..Config::default()
        };
        let mut source = Arc::new(Simulated::simulate(&config).unwrap()).source(CHANNEL);
        let start = ImportStart {
            file_name: "simulated".to_owned(),
            preset: "simulated".to_owned(),
            dry_run: false,
            currency: "GBP".to_owned(),
        };
        let defaults = ChannelDefaults {
            channel: CHANNEL.to_owned(),
            time_zone: "Europe/London".to_owned(),
            currency: config.currency,
        };
        let (db, clock) = (&self.shop.context.db, &*self.clock);
        let begun = import::begin(db, clock.now(), &start).unwrap();
        import::run(db, clock, defaults, begun, &mut source, &mut |_| {}).unwrap();
        self.shop.settle().unwrap();
    }

    /// Sends a request as it is.
    pub fn send(&self, request: Request<Body>) -> Answer {
        self.runtime.block_on(ask(self.router.clone(), request))
    }

    /// Sends requests at the same time.
    pub fn send_together(&self, requests: Vec<Request<Body>>) -> Vec<Answer> {
        let running: Vec<_> = requests
            .into_iter()
            .map(|request| self.runtime.spawn(ask(self.router.clone(), request)))
            .collect();
        running.into_iter().map(|one| self.runtime.block_on(one).unwrap()).collect()
    }

    /// A request with a key.
    pub fn request(&self, method: Method, path: &str, key: &str) -> http::request::Builder {
        Request::builder().method(method).uri(path).header("authorization", format!("Bearer {key}"))
    }

    /// GET with the key for reading.
    pub fn get(&self, path: &str) -> Answer {
        let request = self.request(Method::GET, path, &self.read_key);
        self.send(request.body(Body::empty()).unwrap())
    }

    /// GET that must succeed, as JSON.
    pub fn json(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        answer.json()
    }

    /// POST of JSON with the key for writing.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_as(&self.write_key, path, body)
    }

    /// POST of JSON.
    pub fn post_as(&self, key: &str, path: &str, body: &Value) -> Answer {
        let request = self
            .request(Method::POST, path, key)
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()));
        self.send(request.unwrap())
    }

    /// A request with a JSON body and the key for writing.
    pub fn ask(&self, method: Method, path: &str, body: &Value) -> Answer {
        let request = self
            .request(method, path, &self.write_key)
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()));
        self.send(request.unwrap())
    }

    /// PUT of JSON with the key for writing.
    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::PUT, path, body)
    }

    /// POST of a file with the key for writing.
    pub fn upload(&self, path: &str, file: impl Into<Body>) -> Answer {
        let request = self
            .request(Method::POST, path, &self.write_key)
            .header("content-type", "application/octet-stream");
        self.send(request.body(file.into()).unwrap())
    }

    /// POST of a text that may be no JSON.
    pub fn post_text(&self, path: &str, body: impl Into<Body>) -> Answer {
        let request = self
            .request(Method::POST, path, &self.write_key)
            .header("content-type", "application/json");
        self.send(request.body(body.into()).unwrap())
    }

    /// POST of JSON under an `Idempotency-Key`.
    pub fn post_once(&self, once: &str, path: &str, body: &Value) -> Answer {
        let request = self
            .request(Method::POST, path, &self.write_key)
            .header("content-type", "application/json")
            .header("idempotency-key", once)
            .body(Body::from(body.to_string()));
        self.send(request.unwrap())
    }

    /// Opens a stream of events; it stays open until it is dropped.
    pub fn follow(&self, path: &str) -> Body {
        let request = self.request(Method::GET, path, &self.read_key).body(Body::empty()).unwrap();
        let response = self.runtime.block_on(self.router.clone().oneshot(request)).unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        response.into_body()
    }

    /// The next piece of a stream of events, as soon as it comes.
    pub fn next_event(&self, stream: &mut Body) -> String {
        let frame = std::future::poll_fn(|context| Pin::new(&mut *stream).poll_frame(context));
        let frame = self.runtime.block_on(frame).unwrap().unwrap();
        String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()
    }

    /// All rows of a list, page by page; no page may be larger than the limit.
    pub fn walk(&self, path: &str, limit: usize) -> Vec<Value> {
        let mark = if path.contains('?') { '&' } else { '?' };
        let first = format!("{path}{mark}limit={limit}");
        let (mut rows, mut next) = (Vec::new(), first.clone());
        loop {
            let page = self.json(&next);
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= limit, "{next}: {} rows", items.len());
            rows.extend(items.iter().cloned());
            assert!(rows.len() < 100_000, "{path} does not end");
            match page["next_cursor"].as_str() {
                Some(cursor) => {
                    assert_eq!(items.len(), limit, "{next}: a page with a next one is full");
                    next = format!("{first}&cursor={cursor}");
                }
                None => return rows,
            }
        }
    }
}

async fn ask(router: Router, request: Request<Body>) -> Answer {
    let response = router.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
    Answer { status: parts.status, headers: parts.headers, body }
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The body as JSON of a request that must have succeeded.
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
        self.json()
    }

    /// A header as text; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Checks that this is a whole problem with this code, and returns it.
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], format!("urn:mercer:problem:{code}"));
        assert!(!problem["title"].as_str().unwrap().is_empty());
        assert!(problem["detail"].as_str().unwrap().len() > 10, "{problem}");
        problem
    }
}

/// The ids of rows.
pub fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// A part of a URL.
pub fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// An order of two pots of tea by Ada.
pub fn order(number: &str) -> Value {
    json!({
        "channel": "web", "number": number, "placed_at": "2026-02-27T10:15:00Z",
        "currency": "GBP", "status": "open",
        "customer": {"external_id": "c-17", "email": "ada@example.com", "name": "Ada Lovelace"},
        "country": "GB", "discount_codes": [], "discount_minor": 0, "shipping_minor": 250,
        "tax_minor": 0,
        "lines": [{"kind": "item", "sku": "TEA-1", "title": "Assam", "quantity": 2,
                   "unit_price_minor": 450, "discount_minor": 0, "tax_minor": 0,
                   "total_minor": 900}]
    })
}
