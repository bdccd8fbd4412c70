//! The HTTP interface of managing: promotions, coupons, campaigns, settings, simulations.
//!
//! Reading needs the scope `read`, everything else `write`; the server sees to it by the method.

mod campaigns;
mod coupons;
mod offers;
mod promotions;
mod simulations;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;

use super::Promotions;

/// All endpoints.
pub fn router(promotions: Arc<Promotions>) -> OpenApiRouter {
    OpenApiRouter::new()
        .merge(promotions::router())
        .merge(coupons::router())
        .merge(campaigns::router())
        .merge(offers::router())
        .merge(simulations::router())
        .with_state(promotions)
}

/// A filter of the address that says something: an empty field of a form does not.
fn filled(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests;
