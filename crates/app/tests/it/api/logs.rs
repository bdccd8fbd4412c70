//! Logs tell what happened without telling who or any secret.

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{Method, Request};
use mercer_http::auth::sessions;
use serde_json::json;
use tracing_subscriber::EnvFilter;

use crate::support::{Server, on_empty, order};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn session(server: &Server, password: &str) -> crate::support::Answer {
    let body = json!({"email": "grace.private@example.com", "password": password}).to_string();
    let request = Request::builder().method(Method::POST).uri("/v1/session");
    server.send(request.body(Body::from(body)).unwrap())
}

#[test]
fn no_personal_data_and_no_secret_is_logged() {
    // For the whole process, because handlers run on threads of their own; other tests' lines are
    // in it as well and do no harm.
    let lines = Lines::default();
    let writer = lines.clone();
    let filter = EnvFilter::new("debug,mercer=trace,mercer_app=trace,mercer_http=trace");
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let secrets = Mutex::new(Vec::new());
    on_empty("logs", |server| {
        let context = &server.shop.context;
        let (now, password) = (context.clock.now(), "zanzibar-quartz-lagoon");
        let email = "grace.private@example.com";
        let entropy = &*context.entropy;
        sessions::put_user(&context.db, now, entropy, email, "Grace Secretname", Some(password))
            .unwrap();
        session(server, "wrong-but-nearly-zanzibar").problem(401, "not_signed_in");
        let answer = session(server, password);
        let mut draft = order("log-1");
        draft["customer"] = json!({"external_id": "c-private-9", "name": "Private Personname",
                                   "email": "private.person@example.com"});
        server.post("/v1/orders", &draft).ok();
        draft["lines"][0]["quantity"] = json!(-1);
        server.post("/v1/orders", &draft).problem(422, "invalid_field");
        server.json("/v1/customers?q=Personname");
        let new = json!({"name": "till", "scopes": ["read"]});
        let key = server.post_as(&server.admin_key, "/v1/keys", &new).json();
        // Errors name causes: they must not name values either.
        context.db.write(|tx| tx.execute_batch("ALTER TABLE order_lines RENAME TO away")).unwrap();
        draft["lines"][0]["quantity"] = json!(1);
        server.post("/v1/orders", &draft).problem(500, "internal");
        context.db.write(|tx| tx.execute_batch("ALTER TABLE away RENAME TO order_lines")).unwrap();
        server.shop.settle().unwrap();
        let mut secrets = secrets.lock().unwrap();
        secrets.push(key["secret"].as_str().unwrap().to_owned());
        secrets.push(answer.ok()["csrf_token"].as_str().unwrap().to_owned());
        let cookie = answer.header("set-cookie").split(['=', ';']).nth(1).unwrap();
        secrets.push(cookie.to_owned());
        secrets.extend([server.read_key.clone(), server.admin_key.clone()]);
    });
    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    for told in ["answered", "/v1/orders", "a request failed"] {
        assert!(log.contains(told), "the log tells {told}");
    }
    let personal = [
        "grace.private",
        "Secretname",
        "zanzibar",
        "private.person",
        "Personname",
        "personname",
        "c-private-9",
    ];
    for text in personal.into_iter().map(str::to_owned).chain(secrets.into_inner().unwrap()) {
        let line = log.lines().find(|line| line.contains(&text));
        assert!(line.is_none(), "the log tells {text}: {line:?}");
    }
}
