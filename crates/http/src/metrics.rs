//! Figures for Prometheus, in its text format (OpenMetrics 1.0).
//!
//! Routes are labelled by their pattern, never by what a caller put into the path.

use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
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

/// Labels of answer times: a histogram for each status would say little more.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Timed {
    method: &'static str,
    route: String,
}

/// Labels of a gauge of the shop, and of a step of its work.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Named {
    name: String,
}

/// All figures of the process.
pub struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<Route, Counter>,
    seconds: Histogram,
    route_seconds: Family<Timed, Histogram, fn() -> Histogram>,
    steps: Family<Named, Histogram, fn() -> Histogram>,
    shop: Family<Named, Gauge<f64, AtomicU64>>,
}

/// Upper bounds of the histograms of times, in seconds: close where a quote's time lies, so that
/// its p99 can be read off.
const SECONDS_BOUNDS: [f64; 17] = [
    0.0002, 0.0005, 0.001, 0.0015, 0.002, 0.003, 0.004, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.1,
    0.25, 0.5, 1.0, 5.0,
];

fn histogram() -> Histogram {
    Histogram::new(SECONDS_BOUNDS)
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("mercer");
        let requests = Family::default();
        let seconds = histogram();
        let route_seconds = Family::new_with_constructor(histogram as fn() -> Histogram);
        let steps = Family::new_with_constructor(histogram as fn() -> Histogram);
        let shop = Family::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register("http_seconds", "Time to answer a request", seconds.clone());
        let help = "Time to answer a request, by route";
        registry.register("http_route_seconds", help, route_seconds.clone());
        registry.register("step_seconds", "Time of a step of the shop's work", steps.clone());
        registry.register("shop", "Counts of the shop and its work", shop.clone());
        Self { registry: Mutex::new(registry), requests, seconds, route_seconds, steps, shop }
    }
}

impl Metrics {
    /// Notes an answered request.
    pub fn answered(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let timed = Timed { method, route: route.to_owned() };
        self.seconds.observe(took.as_secs_f64());
        self.route_seconds.get_or_create(&timed).observe(took.as_secs_f64());
        let route = Route { method, route: timed.route, status };
        self.requests.get_or_create(&route).inc();
    }

    /// Notes how long a step of the work took, such as `quote.decide`. A clock that went back in
    /// between counts as no time.
    pub fn took(&self, step: &str, took: SignedDuration) {
        let took = Duration::try_from(took).unwrap_or_default();
        let step = Named { name: step.to_owned() };
        self.steps.get_or_create(&step).observe(took.as_secs_f64());
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
