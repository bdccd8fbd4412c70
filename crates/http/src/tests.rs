//! Pages, throttle, problems, cookies: what needs no server. The rest is tested through the whole
//! interface in `crates/app/tests/it`.

use axum::body::Body;
use axum::extract::FromRequest;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use mercer_core::problem::ProblemCode;
use serde::Deserialize;

use crate::auth::Scope;
use crate::auth::middleware::session_token;
use crate::auth::sessions::{ATTEMPTS_MINUTES, N_ATTEMPTS_MAX, Throttle};
use crate::page::{N_ROWS_MAX, Page, PageParams};
use crate::problem::{N_FOREIGN_BYTES_MAX, PROBLEM_TYPE, Problem, of_foreign};
use crate::request;

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_772_366_400 + second).unwrap()
}

#[test]
fn a_page_says_where_to_go_on_only_when_there_is_more() {
    let rows = |n: i64| -> Vec<((i64, String), i64)> {
        (0..n).map(|i| ((100 - i, format!("id-{i}")), i)).collect()
    };
    for n in [0, 1, 4, 5] {
        let page = Page::cut(rows(n), 5);
        assert_eq!((page.items.len() as i64, page.next_cursor), (n, None), "{n} rows");
    }
    let page = Page::cut(rows(6), 5);
    assert_eq!(page.items, [0, 1, 2, 3, 4]);
    let params = PageParams { cursor: page.next_cursor, limit: None };
    assert_eq!(params.after::<i64>().unwrap(), Some((96, "id-4".to_owned())));
}

#[test]
fn a_cursor_carries_any_name_and_a_foreign_one_is_refused() {
    let name = "o'hara \"🫖\" 50%_\\".to_owned();
    let page =
        Page::cut(vec![((name.clone(), name.clone()), 1), ((name.clone(), name.clone()), 2)], 1);
    let cursor = page.next_cursor.unwrap();
    assert!(cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    let params = PageParams { cursor: Some(cursor), limit: None };
    assert_eq!(params.after::<String>().unwrap(), Some((name.clone(), name)));
    assert_eq!(params.after::<i64>().unwrap_err().field.as_deref(), Some("cursor"));
    for foreign in ["", "nonsense", "e30", "😀", "W10"] {
        let params = PageParams { cursor: Some(foreign.to_owned()), limit: None };
        assert_eq!(params.after::<i64>().unwrap_err().code, ProblemCode::InvalidField, "{foreign}");
    }
}

#[test]
fn a_page_has_1_to_200_rows() {
    let n_rows = |limit| PageParams { cursor: None, limit }.n_rows().map_err(|p| p.status);
    assert_eq!(n_rows(None), Ok(50));
    assert_eq!(n_rows(Some(1)), Ok(1));
    assert_eq!(n_rows(Some(N_ROWS_MAX)), Ok(200));
    for limit in [0, N_ROWS_MAX + 1, usize::MAX] {
        assert_eq!(n_rows(Some(limit)), Err(422));
    }
}

#[test]
fn attempts_are_counted_by_name_and_forgiven_after_the_window() {
    let throttle = Throttle::default();
    for second in 0..i64::from(N_ATTEMPTS_MAX) {
        assert_eq!(throttle.attempt("a", at(second)), Ok(()));
    }
    let window = SignedDuration::from_mins(ATTEMPTS_MINUTES).as_secs();
    assert_eq!(throttle.attempt("a", at(60)), Err((window - 60) as u64 + 1));
    assert_eq!(throttle.attempt("b", at(60)), Ok(()), "others do not wait");
    assert_eq!(throttle.attempt("a", at(window - 1)), Err(2));
    assert_eq!(throttle.attempt("a", at(window)), Ok(()));
    throttle.succeeded("a");
    for _ in 0..N_ATTEMPTS_MAX {
        assert_eq!(throttle.attempt("a", at(window)), Ok(()), "a success forgives");
    }
    assert!(throttle.attempt("a", at(window)).is_err());
}

#[test]
fn a_flood_of_made_up_names_lets_nobody_guess_on_and_ends_with_its_window() {
    let throttle = Throttle::default();
    for _ in 0..N_ATTEMPTS_MAX {
        throttle.attempt("owner", at(0)).unwrap();
    }
    let n_let_in = (0..150_000).filter(|i| throttle.attempt(&i.to_string(), at(1)).is_ok()).count();
    assert_eq!(n_let_in, 99_999, "memory is bounded");
    assert!(throttle.attempt("owner", at(2)).is_err(), "the count is not forgotten");
    let later = at(SignedDuration::from_mins(ATTEMPTS_MINUTES).as_secs() + 1);
    assert_eq!(throttle.attempt("new", later), Ok(()));
    assert_eq!(throttle.attempt("owner", later), Ok(()));
}

#[test]
fn a_session_is_found_among_other_cookies() {
    let token = |cookies: &[&'static str]| {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append("cookie", HeaderValue::from_static(cookie));
        }
        session_token(&headers).map(str::to_owned)
    };
    assert_eq!(token(&["mercer_session=abc"]).as_deref(), Some("abc"));
    assert_eq!(token(&["theme=dark; mercer_session=abc; x=y"]).as_deref(), Some("abc"));
    assert_eq!(token(&["theme=dark", "mercer_session=abc"]).as_deref(), Some("abc"));
    assert_eq!(token(&["not_mercer_session=abc", "mercer_session_2=x", "mercer_session"]), None);
    assert_eq!(token(&[]), None);
}

#[test]
fn admin_contains_write_which_contains_read() {
    assert!(Scope::Admin > Scope::Write && Scope::Write > Scope::Read);
    for scope in [Scope::Read, Scope::Write, Scope::Admin] {
        assert_eq!(Scope::parse(scope.name()), Some(scope));
    }
    assert_eq!(Scope::parse("root"), None);
}

fn json_of(response: Response) -> serde_json::Value {
    let body = run(axum::body::to_bytes(response.into_body(), usize::MAX)).unwrap();
    serde_json::from_slice(&body).unwrap()
}

#[test]
fn a_problem_is_answered_with_its_status_type_and_wait() {
    let problem = Problem::new(ProblemCode::Conflict, "Wait.").retry_after(7).at("state");
    let response = problem.into_response();
    assert_eq!(response.status(), StatusCode::CONFLICT);
    assert_eq!(response.headers()["content-type"], PROBLEM_TYPE);
    assert_eq!(response.headers()["retry-after"], "7");
    assert_eq!(
        json_of(response),
        serde_json::json!({
            "type": "urn:mercer:problem:conflict", "title": "Not possible in the present state",
            "status": 409, "code": "conflict", "detail": "Wait.", "field": "state"
        })
    );
}

#[test]
fn errors_of_nobody_become_problems_and_everything_else_passes() {
    let made = |status: u16, text: &str| {
        let response = (StatusCode::from_u16(status).unwrap(), text.to_owned()).into_response();
        run(of_foreign(response))
    };
    let bad = made(400, "Invalid UTF-8 in `id`");
    assert_eq!(bad.headers()["content-type"], PROBLEM_TYPE);
    assert_eq!(json_of(bad)["detail"], "Invalid UTF-8 in `id`.");
    let method = json_of(made(405, ""));
    assert_eq!((&method["status"], &method["code"]), (&405.into(), &"invalid_request".into()));
    let fault = json_of(made(500, "connection to 10.0.0.7 failed"));
    assert_eq!(fault["code"], "internal");
    assert!(!fault["detail"].as_str().unwrap().contains("10.0.0.7"), "no internals");
    assert_eq!(json_of(made(413, &"x".repeat(N_FOREIGN_BYTES_MAX + 1)))["code"], "too_large");
    for status in [200, 204, 304] {
        assert_eq!(made(status, "as it is").status().as_u16(), status);
    }
    let own = Problem::not_found("order", "x").into_response();
    assert_eq!(json_of(run(of_foreign(own)))["detail"], "There is no order `x`.");
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    n: i64,
}

#[test]
fn a_body_is_read_whole_or_the_fault_is_named() {
    let read = |text: &'static str| {
        let request = Request::builder().body(Body::from(text)).unwrap();
        run(request::Body::<Wanted>::from_request(request, &())).map(|request::Body(it)| it.n)
    };
    let refused = |text| {
        let problem = read(text).unwrap_err();
        (problem.status, problem.field)
    };
    assert_eq!(read(" {\"n\": 7} \n").unwrap(), 7);
    assert_eq!(refused(""), (400, None));
    assert_eq!(refused("{\"n\": 7"), (400, None));
    assert_eq!(refused("{\"n\": 7} {\"n\": 8}"), (400, None));
    assert_eq!(refused("{\"n\": \"7\"}"), (422, Some("n".to_owned())));
    assert_eq!(refused("{\"n\": 7, \"m\": 8}"), (422, Some("m".to_owned())));
}
