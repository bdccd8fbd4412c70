//! The stock's HTTP interface, and what its handlers share.

mod allocate;
mod imports;
mod incoming;
mod items;
mod locations;
mod movements;

use std::sync::Arc;

use mercer_connect::stock::StockFiles;
use mercer_db::Tx;
use mercer_http::context::{Context, blocking};
use mercer_http::problem::Problem;
use utoipa_axum::router::OpenApiRouter;

use crate::error::StockError;

/// What the stock's handlers use.
#[derive(Clone)]
pub struct StockApi {
    /// The common context.
    pub context: Context,
    /// Reads stock files.
    pub files: Arc<dyn StockFiles>,
}

/// All endpoints of stock.
pub fn router(api: StockApi) -> OpenApiRouter {
    OpenApiRouter::new()
        .merge(items::router())
        .merge(locations::router())
        .merge(movements::router())
        .merge(incoming::router())
        .merge(allocate::router())
        .merge(imports::router())
        .with_state(api)
}

impl StockApi {
    async fn read<T: Send + 'static>(
        self,
        work: impl Fn(&mut Tx<'_>) -> Result<T, StockError> + Send + 'static,
    ) -> Result<T, Problem> {
        blocking(move || self.context.db.read(work)).await
    }

    async fn write<T: Send + 'static>(
        self,
        work: impl Fn(&mut Tx<'_>) -> Result<T, StockError> + Send + 'static,
    ) -> Result<T, Problem> {
        blocking(move || self.context.db.write(work)).await
    }
}

/// A filter of the address that says something: an empty field of a form does not.
fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}
