//! Keys, sign-in, sessions: who may do what, and that no secret is stored.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use mercer_db::{Backend, Db, DbError};
use mercer_http::auth::sessions;
use serde_json::{Value, json};

use crate::support::{Answer, Server, on_empty, order};

const PASSWORD: &str = "correct horse battery staple";
const EMAIL: &str = "owner@example.com";

fn get_as(server: &Server, key: &str, path: &str) -> Answer {
    server.send(server.request(Method::GET, path, key).body(Body::empty()).unwrap())
}

fn without_key(server: &Server, method: Method, path: &str, body: &Value) -> Answer {
    let request = Request::builder().method(method).uri(path);
    let request = request.header("content-type", "application/json");
    server.send(request.body(Body::from(body.to_string())).unwrap())
}

fn make_key(server: &Server, body: &Value) -> Value {
    let answer = server.post_as(&server.admin_key, "/v1/keys", body);
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    answer.json()
}

/// Every value of every table as text; bytes in hex on PostgreSQL.
fn everything_stored(db: &Db) -> String {
    let columns = match db.backend() {
        Backend::Sqlite => {
            "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c
             WHERE m.type = 'table' ORDER BY 1, 2"
        }
        Backend::Postgres => {
            "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT)
             FROM information_schema.columns
             WHERE table_schema = CURRENT_SCHEMA() ORDER BY 1, 2"
        }
    };
    db.read(|tx| {
        let mut all = String::new();
        for column in tx.fetch(columns, &[])? {
            let (table, name) = (column.str(0), column.str(1));
            for row in tx.fetch(&format!("SELECT CAST({name} AS TEXT) FROM {table}"), &[])? {
                all.push_str(&row.get::<Option<String>>(0)?.unwrap_or_default());
                all.push('\n');
            }
        }
        Ok::<_, DbError>(all)
    })
    .unwrap()
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn assert_not_stored(server: &Server, secret: &str) {
    let stored = everything_stored(&server.shop.context.db);
    assert!(stored.contains("key_"), "the tables were read");
    assert!(!stored.contains(secret), "a secret stands in a table");
    assert!(!stored.contains(&hex(secret)), "a secret stands in a table, as bytes");
}

#[test]
fn nobody_gets_in_without_a_key_or_with_a_wrong_one() {
    on_empty("no_key", |server| {
        for path in ["/v1/orders", "/v1/status", "/v1/today", "/v1/keys"] {
            without_key(server, Method::GET, path, &json!(null)).problem(401, "not_signed_in");
            get_as(server, "mk_wrong", path).problem(401, "not_signed_in");
        }
        let other_scheme =
            Request::builder().uri("/v1/orders").header("authorization", "Basic eDp5");
        server.send(other_scheme.body(Body::empty()).unwrap()).problem(401, "not_signed_in");
        let no_text =
            Request::builder().uri("/v1/orders").header("authorization", &b"Bearer \xff"[..]);
        server.send(no_text.body(Body::empty()).unwrap()).problem(401, "not_signed_in");
        let cookie =
            Request::builder().uri("/v1/orders").header("cookie", "mercer_session=made-up");
        server.send(cookie.body(Body::empty()).unwrap()).problem(401, "not_signed_in");
    });
}

#[test]
fn a_revoked_key_is_refused_at_once_and_another_goes_on() {
    on_empty("revoked_key", |server| {
        let key = make_key(server, &json!({"name": "till", "scopes": ["write"]}));
        let (id, secret) = (key["id"].as_str().unwrap(), key["secret"].as_str().unwrap());
        assert_eq!(get_as(server, secret, "/v1/orders").status, StatusCode::OK);
        let revoke = server.request(Method::DELETE, &format!("/v1/keys/{id}"), &server.admin_key);
        let revoked = server.send(revoke.body(Body::empty()).unwrap());
        assert_eq!(revoked.status, StatusCode::NO_CONTENT);
        get_as(server, secret, "/v1/orders").problem(401, "not_signed_in");
        assert_eq!(server.get("/v1/orders").status, StatusCode::OK);
        let unknown = server.request(Method::DELETE, "/v1/keys/key_none", &server.admin_key);
        server.send(unknown.body(Body::empty()).unwrap()).problem(404, "not_found");
    });
}

#[test]
fn an_expired_key_is_told_from_an_unknown_one_to_the_second() {
    on_empty("expired_key", |server| {
        let key = make_key(
            server,
            &json!({"name": "week", "scopes": ["read"], "expires_at": "2026-03-01T12:00:10Z"}),
        );
        let secret = key["secret"].as_str().unwrap();
        assert_eq!(get_as(server, secret, "/v1/orders").status, StatusCode::OK);
        server.clock.advance_seconds(9);
        assert_eq!(get_as(server, secret, "/v1/orders").status, StatusCode::OK);
        // Seen less than five seconds ago: a key remembered must end in time as well.
        server.clock.advance_seconds(1);
        get_as(server, secret, "/v1/orders").problem(401, "key_expired");
        let past = json!({"name": "x", "scopes": ["read"], "expires_at": "2026-03-01T12:00:00Z"});
        let refused = server.post_as(&server.admin_key, "/v1/keys", &past);
        assert_eq!(refused.problem(422, "invalid_field")["field"], "expires_at");
    });
}

#[test]
fn a_key_does_what_its_scope_says_and_no_more() {
    on_empty("scopes", |server| {
        let draft = order("1");
        server.post_as(&server.read_key, "/v1/orders", &draft).problem(403, "forbidden");
        assert!(server.json("/v1/orders")["items"].as_array().unwrap().is_empty());
        server.post_as(&server.write_key, "/v1/orders", &draft).ok();
        for key in [&server.read_key, &server.write_key] {
            get_as(server, key, "/v1/keys").problem(403, "forbidden");
            get_as(server, key, "/v1/settings").problem(403, "forbidden");
        }
        let new = json!({"name": "more", "scopes": ["admin"]});
        server.post_as(&server.write_key, "/v1/keys", &new).problem(403, "forbidden");
        let delete = server.request(Method::DELETE, "/v1/keys/key_x", &server.write_key);
        server.send(delete.body(Body::empty()).unwrap()).problem(403, "forbidden");
        get_as(server, &server.admin_key, "/v1/keys").ok();
        get_as(server, &server.admin_key, "/v1/settings").ok();
    });
}

#[test]
fn a_new_key_needs_a_name_and_a_scope() {
    on_empty("key_fields", |server| {
        let field = |body: Value| {
            let answer = server.post_as(&server.admin_key, "/v1/keys", &body);
            answer.problem(422, "invalid_field")["field"].as_str().unwrap().to_owned()
        };
        assert_eq!(field(json!({"name": "  ", "scopes": ["read"]})), "name");
        assert_eq!(field(json!({"name": "x".repeat(101), "scopes": ["read"]})), "name");
        assert_eq!(field(json!({"name": "x", "scopes": []})), "scopes");
        assert_eq!(field(json!({"name": "x", "scopes": ["root"]})), "scopes[0]");
    });
}

#[test]
fn the_secret_of_a_key_is_shown_once_and_stored_nowhere() {
    on_empty("secret_once", |server| {
        let created = make_key(server, &json!({"name": "till", "scopes": ["read", "write"]}));
        let secret = created["secret"].as_str().unwrap();
        assert!(secret.starts_with("mk_") && secret.len() == 46, "256 bits: {secret}");
        assert_eq!(get_as(server, secret, "/v1/orders").status, StatusCode::OK);
        let listed = get_as(server, &server.admin_key, "/v1/keys");
        assert!(!listed.text().contains(secret));
        let listed = listed.ok();
        let row = listed["items"].as_array().unwrap().iter().find(|key| key["id"] == created["id"]);
        let row = row.unwrap();
        assert!(row.get("secret").is_none());
        assert_eq!(row["scopes"], json!(["read", "write"]));
        assert_eq!(row["prefix"].as_str().unwrap(), &secret[..9]);
        assert_eq!(row["last_used_at"], "2026-03-01T12:00:00Z");
        assert_not_stored(server, secret);
    });
}

#[test]
fn a_key_made_under_an_idempotency_key_is_made_once_and_its_secret_is_not_kept() {
    on_empty("secret_idempotent", |server| {
        let ask = || {
            let body = json!({"name": "till", "scopes": ["read"]}).to_string();
            let request = server
                .request(Method::POST, "/v1/keys", &server.admin_key)
                .header("idempotency-key", "make-till");
            server.send(request.body(Body::from(body)).unwrap())
        };
        let first = ask();
        assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
        let secret = first.json()["secret"].as_str().unwrap().to_owned();
        assert_not_stored(server, &secret);
        let again = ask();
        let problem = again.problem(409, "conflict");
        assert_eq!(again.header("idempotent-replayed"), "true");
        let id = first.json()["id"].as_str().unwrap().to_owned();
        assert!(problem["detail"].as_str().unwrap().contains(&id), "says which key: {problem}");
        let listed = get_as(server, &server.admin_key, "/v1/keys").ok();
        let named = listed["items"].as_array().unwrap().iter().filter(|key| key["name"] == "till");
        assert_eq!(named.count(), 1);
    });
}

fn owner(server: &Server) {
    let context = &server.shop.context;
    let (now, entropy) = (context.clock.now(), &*context.entropy);
    sessions::put_user(&context.db, now, entropy, EMAIL, "Owner", Some(PASSWORD)).unwrap();
}

fn sign_in(server: &Server, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password});
    without_key(server, Method::POST, "/v1/session", &body)
}

/// The cookie as a browser would send it back.
fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

fn with_session(
    server: &Server,
    method: Method,
    path: &str,
    parts: (&str, Option<&str>),
) -> Answer {
    let (cookie, csrf) = parts;
    let mut request = Request::builder().method(method).uri(path).header("cookie", cookie);
    if let Some(csrf) = csrf {
        request = request.header("x-csrf-token", csrf);
    }
    let request = request.header("content-type", "application/json");
    server.send(request.body(Body::from(order("s-1").to_string())).unwrap())
}

#[test]
fn a_user_signs_in_by_password_and_the_password_is_kept_as_argon2id() {
    on_empty("password", |server| {
        owner(server);
        let answer = sign_in(server, " Owner@Example.com ", PASSWORD);
        let session = answer.ok();
        assert_eq!(session["user"]["email"], EMAIL);
        assert_eq!(session["expires_at"], "2026-03-08T12:00:00Z");
        let flags: Vec<&str> = answer.header("set-cookie").split("; ").skip(1).collect();
        assert_eq!(flags, ["Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=604800"]);
        let db = &server.shop.context.db;
        let stored: String =
            db.read(|tx| tx.fetch_value("SELECT password_hash FROM users", &[])).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        let all = everything_stored(db);
        assert!(!all.contains(PASSWORD));
        let token = cookie(&answer).split_once('=').unwrap().1.to_owned();
        assert_not_stored(server, &token);
    });
}

#[test]
fn a_wrong_password_and_an_unknown_address_get_the_same_answer() {
    on_empty("wrong_password", |server| {
        owner(server);
        let wrong = sign_in(server, EMAIL, "not the password").problem(401, "not_signed_in");
        let unknown = sign_in(server, "who@example.com", PASSWORD).problem(401, "not_signed_in");
        assert_eq!(wrong, unknown);
        let empty = without_key(server, Method::POST, "/v1/session", &json!({}));
        empty.problem(401, "not_signed_in");
        let odd = json!({"email": EMAIL, "password": PASSWORD, "remember": true});
        without_key(server, Method::POST, "/v1/session", &odd).problem(422, "invalid_field");
        sign_in(server, &"x".repeat(400), PASSWORD).problem(422, "invalid_field");
        sign_in(server, EMAIL, &"x".repeat(2_000)).problem(401, "not_signed_in");
    });
}

#[test]
fn ten_failures_make_one_wait_and_a_quarter_of_an_hour_forgives() {
    on_empty("throttle", |server| {
        owner(server);
        for _ in 0..9 {
            sign_in(server, EMAIL, "wrong").problem(401, "not_signed_in");
        }
        server.clock.advance_seconds(60);
        sign_in(server, EMAIL, "wrong").problem(401, "not_signed_in");
        let refused = sign_in(server, EMAIL, PASSWORD);
        refused.problem(429, "too_many_attempts");
        let seconds: i64 = refused.header("retry-after").parse().unwrap();
        assert!((839..=841).contains(&seconds), "14 minutes are left: {seconds}");
        // Others are not kept waiting.
        sign_in(server, "who@example.com", "wrong").problem(401, "not_signed_in");
        server.clock.advance_seconds(seconds - 2);
        sign_in(server, EMAIL, PASSWORD).problem(429, "too_many_attempts");
        server.clock.advance_seconds(2);
        sign_in(server, EMAIL, PASSWORD).ok();
        // A success forgives what came before.
        for _ in 0..9 {
            sign_in(server, EMAIL, "wrong").problem(401, "not_signed_in");
        }
        sign_in(server, EMAIL, PASSWORD).ok();
        sign_in(server, EMAIL, "wrong").problem(401, "not_signed_in");
    });
}

#[test]
fn attempts_at_the_same_time_are_counted_like_those_one_after_another() {
    on_empty("throttle_together", |server| {
        owner(server);
        let requests = (0..14).map(|_| {
            let body = json!({"email": EMAIL, "password": "wrong"}).to_string();
            Request::builder()
                .method(Method::POST)
                .uri("/v1/session")
                .body(Body::from(body))
                .unwrap()
        });
        let answers = server.send_together(requests.collect());
        let n_looked_at = answers.iter().filter(|answer| answer.status == 401).count();
        let n_refused = answers.iter().filter(|answer| answer.status == 429).count();
        assert_eq!((n_looked_at, n_refused), (10, 4));
    });
}

#[test]
fn a_sign_in_link_works_once_and_not_after_an_hour() {
    on_empty("link", |server| {
        owner(server);
        let context = &server.shop.context;
        let user = sessions::check_password(&context.db, EMAIL, PASSWORD).unwrap().unwrap();
        let link = || {
            let token = context.token();
            sessions::create_link(&context.db, context.clock.now(), &user, &token).unwrap();
            token
        };
        let follow = |token: &str| {
            without_key(server, Method::POST, "/v1/session", &json!({"link_token": token}))
        };
        let token = link();
        assert_not_stored(server, &token);
        let session = follow(&token).ok();
        assert_eq!(session["user"]["email"], EMAIL);
        follow(&token).problem(401, "not_signed_in");
        let (late, in_time) = (link(), link());
        server.clock.advance_seconds(3_599);
        follow(&in_time).ok();
        server.clock.advance_seconds(1);
        follow(&late).problem(401, "not_signed_in");
        follow("made-up").problem(401, "not_signed_in");
    });
}

#[test]
fn a_session_changes_something_only_with_its_csrf_token() {
    on_empty("csrf", |server| {
        owner(server);
        let answer = sign_in(server, EMAIL, PASSWORD);
        let (cookie, session) = (cookie(&answer), answer.ok());
        let csrf = session["csrf_token"].as_str().unwrap();
        let get = |csrf| with_session(server, Method::GET, "/v1/orders", (&cookie, csrf));
        let post = |csrf| with_session(server, Method::POST, "/v1/orders", (&cookie, csrf));
        get(None).ok();
        post(None).problem(403, "forbidden");
        post(Some("")).problem(403, "forbidden");
        post(Some("made-up")).problem(403, "forbidden");
        assert!(get(None).ok()["items"].as_array().unwrap().is_empty());
        assert_eq!(post(Some(csrf)).ok()["outcome"], "created");
        // Another session's token is none.
        let other = sign_in(server, EMAIL, PASSWORD).ok();
        post(Some(other["csrf_token"].as_str().unwrap())).problem(403, "forbidden");
    });
}

#[test]
fn signing_out_and_a_week_end_a_session() {
    on_empty("sign_out", |server| {
        owner(server);
        let first = sign_in(server, EMAIL, PASSWORD);
        let second = sign_in(server, EMAIL, PASSWORD);
        let (first, second) = (cookie(&first), cookie(&second));
        let whose = |cookie: &str| with_session(server, Method::GET, "/v1/session", (cookie, None));
        assert_eq!(whose(&first).ok()["user"]["name"], "Owner");
        let out = with_session(server, Method::DELETE, "/v1/session", (&first, None));
        assert_eq!(out.status, StatusCode::NO_CONTENT);
        assert!(out.header("set-cookie").starts_with("mercer_session=; "), "the cookie is taken");
        assert!(out.header("set-cookie").ends_with("Max-Age=0"));
        whose(&first).problem(401, "not_signed_in");
        with_session(server, Method::GET, "/v1/orders", (&first, None))
            .problem(401, "not_signed_in");
        whose(&second).ok();
        server.clock.advance_seconds(7 * 86_400 - 1);
        whose(&second).ok();
        server.clock.advance_seconds(1);
        whose(&second).problem(401, "not_signed_in");
        without_key(server, Method::GET, "/v1/session", &json!(null)).problem(401, "not_signed_in");
    });
}
