//! The record's HTTP interface. Reads and upserts; decides nothing.

pub mod customers;
pub mod imports;
pub mod orders;
pub mod products;

use mercer_core::problem::ProblemCode;
use mercer_http::context::Context;
use mercer_http::problem::Problem;
use utoipa_axum::router::OpenApiRouter;

use crate::RecordError;
use crate::keep::ChannelDefaults;
use imports::Imports;

/// What the record's handlers use.
#[derive(Clone)]
pub struct RecordApi {
    /// The common context.
    pub context: Context,
    /// What new channels are given.
    pub defaults: ChannelDefaults,
    /// Imports at work.
    pub imports: Imports,
}

/// All endpoints of the record.
pub fn router(api: RecordApi) -> OpenApiRouter {
    OpenApiRouter::new()
        .merge(orders::router())
        .merge(customers::router())
        .merge(products::router())
        .merge(imports::router())
        .with_state(api)
}

/// A filter of the address that says something: an empty field of a form does not.
fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

impl From<RecordError> for Problem {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Db(error) => error.into(),
            RecordError::Invalid { what, reason, field } => {
                Self::invalid(&field, format!("{what}: {reason}."))
            }
            RecordError::UnknownZone { .. } => Self::invalid("time_zone", format!("{error}.")),
            RecordError::Source(error) => Self::new(ProblemCode::InvalidRequest, error.to_string()),
        }
    }
}
