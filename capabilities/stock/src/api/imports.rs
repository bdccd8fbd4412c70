//! `/v1/stock/imports`: a stock file, looked at or booked.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use mercer_connect::files::{FieldMapping, FileChoices};
use mercer_connect::stock::{StockReject, StockSheet};
use mercer_http::context::blocking;
use mercer_http::problem::Problem;
use mercer_http::request::{N_BATCH_BYTES_MAX, Params, unread};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{StockApi, filled};
use crate::error::StockError;
use crate::import::{self, ImportOptions, ImportReport, N_REJECTS_SHOWN_MAX};

pub(super) fn router() -> OpenApiRouter<StockApi> {
    OpenApiRouter::new()
        .routes(routes!(post_import))
        .routes(routes!(preview_stock_import))
        .layer(DefaultBodyLimit::max(N_BATCH_BYTES_MAX))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FileParams {
    /// Name of the file, for people.
    file_name: Option<String>,
    /// `field:Column` pairs that win over guessed columns, separated by commas, or by line breaks
    /// where a column's name has a comma.
    map: Option<String>,
    /// Currency of the amounts, such as GBP; needed with a cost or a lowest price.
    currency: Option<String>,
    /// `dmy` or `mdy`, where dates do not have the year first.
    dates: Option<String>,
    /// `utf-8`, `windows-1252`, `utf-16le`, `utf-16be`; found out unless given.
    encoding: Option<String>,
    /// Code of the location of rows that name none; the only active one unless given.
    location: Option<String>,
    /// `true`: locations that are not known are made.
    make_locations: Option<bool>,
    /// `true`: a file that was booked before is booked again, as new counts.
    again: Option<bool>,
}

impl FileParams {
    fn name(&self) -> String {
        let name = self.file_name.as_deref().unwrap_or("stock.csv");
        name.chars().filter(|c| !c.is_control()).take(200).collect()
    }

    fn choices(&self) -> FileChoices {
        let map = self.map.as_deref().unwrap_or_default();
        let mark = if map.contains('\n') { '\n' } else { ',' };
        FileChoices {
            map: map.split(mark).filter(|pair| !pair.is_empty()).map(str::to_owned).collect(),
            currency: self.currency.clone(),
            dates: self.dates.clone(),
            encoding: self.encoding.clone(),
            ..FileChoices::default()
        }
    }
}

/// What a file would say.
#[derive(Serialize, ToSchema)]
struct StockPreview {
    /// The file's columns.
    columns: Vec<String>,
    /// Where each field's values come from.
    #[schema(value_type = Vec<Object>)]
    mapping: Vec<FieldMapping>,
    /// The first rows.
    sample: Vec<Vec<String>>,
    /// Rows of the file.
    n_rows: u64,
    /// Rows that cannot be read.
    n_rejected: u64,
    /// The first 1,000 of them.
    #[schema(value_type = Vec<Object>)]
    rejects: Vec<StockReject>,
}

async fn sheet(
    api: &StockApi,
    params: &FileParams,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<StockSheet, Problem> {
    let bytes = bytes.map_err(|error| unread(&error))?;
    let (files, name, choices) = (api.files.clone(), params.name(), params.choices());
    blocking(move || files.read(bytes.to_vec(), &name, &choices).map_err(StockError::from)).await
}

/// Look at a stock file: columns, mapping, first rows, rows that cannot be read. Nothing is booked.
#[utoipa::path(
    post, path = "/v1/stock/imports/preview", tag = "stock", params(FileParams),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = StockPreview), (status = 400, body = Problem),
              (status = 413, body = Problem))
)]
async fn preview_stock_import(
    State(api): State<StockApi>,
    Params(params): Params<FileParams>,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Json<StockPreview>, Problem> {
    let StockSheet { columns, mapping, sample, n_rows, rows: _, mut rejects, fingerprint: _ } =
        sheet(&api, &params, bytes).await?;
    let n_rejected = rejects.len() as u64;
    rejects.truncate(N_REJECTS_SHOWN_MAX);
    Ok(Json(StockPreview { columns, mapping, sample, n_rows, n_rejected, rejects }))
}

/// Book a stock file of up to 32 MiB: counts, settings, expected deliveries. The same file again
/// changes nothing.
#[utoipa::path(
    post, path = "/v1/stock/imports", tag = "stock", params(FileParams),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = ImportReport), (status = 400, body = Problem),
              (status = 413, body = Problem), (status = 422, body = Problem))
)]
async fn post_import(
    State(api): State<StockApi>,
    Params(params): Params<FileParams>,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Json<ImportReport>, Problem> {
    let sheet = sheet(&api, &params, bytes).await?;
    let options = ImportOptions {
        file_name: params.name(),
        location: filled(params.location),
        makes_locations: params.make_locations.unwrap_or(false),
        again: params.again.unwrap_or(false),
    };
    let now = api.context.clock.now();
    let report = blocking(move || import::run(&api.context.db, now, &sheet, &options)).await?;
    Ok(Json(report.cut()))
}
