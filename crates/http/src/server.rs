//! The server: layers around the routers, health, graceful stop.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use mercer_core::problem::ProblemCode;
use serde_json::json;
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::auth::middleware::authenticate;
use crate::console;
use crate::context::{Context, blocking};
use crate::idempotency::idempotent;
use crate::problem::{Problem, of_foreign};
use crate::request::N_BODY_BYTES_MAX;

/// How long open requests may take to end when the server stops.
pub const STOP_SECONDS: u64 = 20;

/// Whether the server can serve, beyond its database: snapshots loaded, migrations run.
pub type Ready = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// The parts of the interface.
pub struct Parts {
    /// What needs a key or session.
    pub guarded: Router,
    /// What needs none: the session endpoint and the description.
    pub open: Router,
    /// Whether the server can serve.
    pub ready: Ready,
}

/// Puts the parts and all layers together.
pub fn router(context: &Context, parts: Parts) -> Router {
    let Parts { guarded, open, ready } = parts;
    let interface = guarded
        .layer(from_fn_with_state(context.clone(), idempotent))
        .layer(from_fn_with_state(context.clone(), authenticate));
    let interface = interface.merge(open).layer(map_response(of_foreign));
    Router::new()
        .merge(interface)
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz).with_state((context.clone(), ready)))
        .route("/metrics", get(metrics).with_state(context.clone()))
        .fallback(fallback)
        .layer(DefaultBodyLimit::max(N_BODY_BYTES_MAX))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(context.clone(), observe))
}

async fn readyz(State((context, ready)): State<(Context, Ready)>) -> Response {
    let db = context.db.clone();
    let checked = blocking(move || db.ping()).await.map_err(|problem| problem.detail);
    match checked.and_then(|()| ready()) {
        Ok(()) => "ready\n".into_response(),
        Err(reason) => {
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "not_ready": reason }))).into_response()
        }
    }
}

async fn metrics(State(context): State<Context>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], context.metrics.text()).into_response()
}

async fn fallback(request: Request) -> Response {
    if request.uri().path().starts_with("/v1/") {
        let path = request.uri().path().to_owned();
        return Problem::not_found("endpoint", &path).into_response();
    }
    console::serve(request.uri().clone()).await
}

fn panicked(reason: Box<dyn std::any::Any + Send>) -> Response {
    let reason = reason
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| reason.downcast_ref::<&str>().copied())
        .unwrap_or("unknown");
    tracing::error!(reason, "a handler panicked");
    Problem::new(ProblemCode::Internal, "This is a fault of Mercer's; the log has the reason.")
        .into_response()
}

/// Counts and times every request, and gives every answer the headers of a careful server.
async fn observe(State(context): State<Context>, request: Request, next: Next) -> Response {
    let begun = context.clock.now();
    let method = match *request.method() {
        axum::http::Method::GET => "GET",
        axum::http::Method::POST => "POST",
        axum::http::Method::PUT => "PUT",
        axum::http::Method::DELETE => "DELETE",
        _ => "other",
    };
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "other".to_owned(), |path| path.as_str().to_owned());
    let mut response = next.run(request).await;
    let took = context.clock.now().duration_since(begun);
    let took = Duration::try_from(took).unwrap_or_default();
    let status = response.status().as_u16();
    context.metrics.answered(method, &route, status, took);
    tracing::debug!(method, route, status, micros = took.as_micros() as u64, "answered");
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Serves until the stop comes, then lets open requests end for [`STOP_SECONDS`].
///
/// # Errors
/// The listener fails.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (told, mut hears) = tokio::sync::watch::channel(false);
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
        stop.await;
        let _ = told.send(true);
    });
    let patience = async move {
        let _ = hears.changed().await;
        tokio::time::sleep(Duration::from_secs(STOP_SECONDS)).await;
    };
    tokio::select! {
        result = serving => result,
        () = patience => {
            tracing::warn!("some requests did not end in time");
            Ok(())
        }
    }
}
