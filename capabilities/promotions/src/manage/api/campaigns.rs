//! `/v1/campaigns`: budgets that several promotions draw from.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use mercer_http::context::blocking;
use mercer_http::page::{Page, PageParams};
use mercer_http::problem::Problem;
use mercer_http::request::{Body, Params};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::manage::Promotions;
use crate::manage::campaigns::{self, CampaignDraft, CampaignView};

pub(super) fn router() -> OpenApiRouter<Arc<Promotions>> {
    OpenApiRouter::new().routes(routes!(list_campaigns)).routes(routes!(put_campaign))
}

/// List campaigns by id, with what is used, held and left of their budgets.
#[utoipa::path(
    get, path = "/v1/campaigns", tag = "promotions", params(PageParams),
    responses((status = 200, body = Page<CampaignView>), (status = 422, body = Problem))
)]
async fn list_campaigns(
    State(api): State<Arc<Promotions>>,
    Params(page): Params<PageParams>,
) -> Result<Json<Page<CampaignView>>, Problem> {
    let (n_rows, after) = (page.n_rows()?, page.after()?);
    let rows = blocking(move || {
        let now = api.context.clock.now();
        api.context.db.read(|tx| campaigns::list(tx, now, after.clone(), n_rows + 1))
    });
    Ok(Json(Page::cut(rows.await?, n_rows)))
}

/// Make or change a campaign. A changed budget issues or takes back the difference; one below
/// what is used is refused. The same again changes nothing.
#[utoipa::path(
    put, path = "/v1/campaigns/{id}", tag = "promotions",
    params(("id" = String, Path, example = "black-friday")), request_body = CampaignDraft,
    responses((status = 200, body = CampaignView), (status = 422, body = Problem))
)]
async fn put_campaign(
    State(api): State<Arc<Promotions>>,
    Path(id): Path<String>,
    Body(draft): Body<CampaignDraft>,
) -> Result<Json<CampaignView>, Problem> {
    let view = blocking(move || {
        let now = api.context.clock.now();
        api.context.db.write(|tx| campaigns::put(tx, now, &id, &draft))
    });
    Ok(Json(view.await?))
}
