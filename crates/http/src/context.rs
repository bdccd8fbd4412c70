//! What every handler may use, and the way onto a blocking thread.

use std::sync::Arc;

use mercer_core::clock::{Clock, Entropy};
use mercer_db::Db;

use crate::auth::KeyCache;
use crate::metrics::Metrics;
use crate::problem::Problem;

/// Shared by all handlers.
#[derive(Clone)]
pub struct Context {
    /// The database.
    pub db: Arc<Db>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Unpredictable bytes for keys and tokens.
    pub entropy: Arc<dyn Entropy>,
    /// Figures for Prometheus.
    pub metrics: Arc<Metrics>,
    /// Keys seen lately.
    pub keys: Arc<KeyCache>,
}

impl Context {
    /// A context without anything seen yet.
    #[must_use]
    pub fn new(db: Arc<Db>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            db,
            clock,
            entropy,
            metrics: Arc::new(Metrics::default()),
            keys: Arc::new(KeyCache::default()),
        }
    }

    /// A token of 256 bits that nobody can guess, in URL-safe text.
    #[must_use]
    pub fn token(&self) -> String {
        use base64::Engine as _;
        let mut bytes = [0; 32];
        self.entropy.fill(&mut bytes);
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// Runs work that blocks (the database, a password's hash) on a thread made for it.
///
/// # Errors
/// The work's own; a panic in it is a fault of ours.
pub async fn blocking<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Problem>
where
    T: Send + 'static,
    E: Into<Problem> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(Into::into),
        Err(error) => Err(Problem::internal(&error)),
    }
}
