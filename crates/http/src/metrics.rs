//! Figures for Prometheus, in its text format (OpenMetrics 1.0).
//!
//! Routes are labelled by their pattern, never by what a caller put into the path.

use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Labels of a request.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Route {
    method: &'static str,
    route: String,
    status: u16,
}

/// Labels of a gauge of the shop.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Named {
    name: String,
}

/// All figures of the process.
pub struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<Route, Counter>,
    seconds: Histogram,
    shop: Family<Named, Gauge<f64, AtomicU64>>,
}

/// Upper bounds of the histogram of answer times, in seconds.
const SECONDS_BOUNDS: [f64; 12] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("mercer");
        let requests = Family::default();
        let seconds = Histogram::new(SECONDS_BOUNDS);
        let shop = Family::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register("http_seconds", "Time to answer a request", seconds.clone());
        registry.register("shop", "Counts of the shop and its work", shop.clone());
        Self { registry: Mutex::new(registry), requests, seconds, shop }
    }
}

impl Metrics {
    /// Notes an answered request.
    pub fn answered(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let route = Route { method, route: route.to_owned(), status };
        self.requests.get_or_create(&route).inc();
        self.seconds.observe(took.as_secs_f64());
    }

    /// Sets a figure of the shop or its work, such as `jobs_parked`.
    pub fn set(&self, name: &str, value: f64) {
        self.shop.get_or_create(&Named { name: name.to_owned() }).set(value);
    }

    /// All figures as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        // Writing to a string cannot fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &registry);
        text
    }
}
