//! Imports: look at a file, upload it, follow its progress live, fetch its rejects.

use std::collections::HashMap;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt};
use mercer_connect::files::{FileChoices, FilePreview, OrderFiles};
use mercer_core::problem::ProblemCode;
use mercer_http::context::blocking;
use mercer_http::page::{Page, PageParams};
use mercer_http::problem::{Problem, chain};
use mercer_http::request::Params;
use serde::Deserialize;
use tokio::io::AsyncWriteExt;
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::RecordApi;
use crate::RecordError;
use crate::import::{self, Import, ImportStart, ImportState};
use crate::keep::ChannelDefaults;

/// Largest file to upload; a larger one is imported on the server's own command line.
pub const N_UPLOAD_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Bytes of a file that a preview looks at.
pub const N_PREVIEW_BYTES_MAX: usize = 256 * 1024;
/// Imports at work at once: each holds the writer for part of the time.
const N_RUNNING_MAX: usize = 2;

/// Imports of this process and where their files lie.
#[derive(Clone)]
pub struct Imports {
    files: Arc<dyn OrderFiles>,
    folder: PathBuf,
    running: Arc<Mutex<HashMap<String, watch::Receiver<Import>>>>,
}

impl Imports {
    /// Files are spooled to, and rejects kept in, this folder.
    #[must_use]
    pub fn new(files: Arc<dyn OrderFiles>, folder: PathBuf) -> Self {
        Self { files, folder, running: Arc::default() }
    }

    fn rejects_path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.rejects.csv"))
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<String, watch::Receiver<Import>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn router() -> OpenApiRouter<RecordApi> {
    OpenApiRouter::new()
        .merge(
            OpenApiRouter::new()
                .routes(routes!(list_imports, start_import))
                .layer(DefaultBodyLimit::disable()),
        )
        .routes(routes!(preview_import))
        .routes(routes!(get_import))
        .routes(routes!(follow_import))
        .routes(routes!(get_rejects))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FileParams {
    /// `auto` (default), `online-retail`, `shopify`, `woocommerce` or `generic`.
    preset: Option<String>,
    /// Name of the file, for people.
    file_name: Option<String>,
    /// `field:Column` pairs that win over guessed columns, separated by commas, or by line breaks
    /// where a column's name has a comma. A single pair with a comma ends with a line break.
    map: Option<String>,
    /// Zone of times without an offset, such as Europe/London.
    time_zone: Option<String>,
    /// Currency of rows that name none, such as GBP.
    currency: Option<String>,
    /// `dmy`, `mdy` or `ymd`, where dates such as 03/04/2024 leave it open.
    dates: Option<String>,
    /// `utf-8`, `windows-1252`, `utf-16le`, `utf-16be`; found out unless given.
    encoding: Option<String>,
    /// `drop` (default) or `keep` rows equal to one before.
    duplicates: Option<String>,
    /// Code of the channel of orders that name none.
    channel: Option<String>,
    /// Whether everything is undone at the end.
    dry_run: Option<bool>,
}

impl FileParams {
    fn choices(&self) -> FileChoices {
        let map = self.map.as_deref().unwrap_or_default();
        // A column's name may have a comma in it; then the pairs stand on lines of their own.
        let mark = if map.contains('\n') { '\n' } else { ',' };
        FileChoices {
            preset: self.preset.clone(),
            map: map.split(mark).filter(|pair| !pair.is_empty()).map(str::to_owned).collect(),
            time_zone: self.time_zone.clone(),
            currency: self.currency.clone(),
            dates: self.dates.clone(),
            encoding: self.encoding.clone(),
            duplicates: self.duplicates.clone(),
            channel: self.channel.clone(),
        }
    }

    fn name(&self) -> String {
        let name = self.file_name.as_deref().unwrap_or("orders.csv");
        name.chars().filter(|c| !c.is_control()).take(200).collect()
    }
}

/// Look at the first 256 KB of a file: preset, columns, mapping, sample, problems.
#[utoipa::path(
    post, path = "/v1/imports/preview", tag = "record", params(FileParams),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = Object), (status = 400, body = Problem))
)]
async fn preview_import(
    State(api): State<RecordApi>,
    Params(params): Params<FileParams>,
    bytes: Bytes,
) -> Result<Json<FilePreview>, Problem> {
    let preview = blocking(move || {
        let bytes = &bytes[..bytes.len().min(N_PREVIEW_BYTES_MAX)];
        let files = &api.imports.files;
        files.preview(bytes, &params.name(), &params.choices()).map_err(RecordError::from)
    });
    Ok(Json(preview.await?))
}

/// Import a file of orders. The answer comes once the file has arrived; follow the rest at
/// `/v1/imports/{id}/events`.
#[utoipa::path(
    post, path = "/v1/imports", tag = "record", params(FileParams),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 202, body = Import), (status = 400, body = Problem),
              (status = 409, body = Problem), (status = 413, body = Problem))
)]
async fn start_import(
    State(api): State<RecordApi>,
    Params(params): Params<FileParams>,
    body: Body,
) -> Result<(StatusCode, Json<Import>), Problem> {
    {
        let mut running = api.imports.running();
        running.retain(|_, import| import.borrow().state == ImportState::Running);
        if running.len() >= N_RUNNING_MAX {
            let detail = format!("{N_RUNNING_MAX} imports are at work: wait until one ends.");
            return Err(Problem::new(ProblemCode::Conflict, detail).retry_after(10));
        }
    }
    let spooled = spool(&api, body).await?;
    let import = blocking(move || begin(&api, &params, spooled)).await?;
    Ok((StatusCode::ACCEPTED, Json(import)))
}

/// Writes the body to a file, which is removed when its handle is dropped.
async fn spool(api: &RecordApi, body: Body) -> Result<Spooled, Problem> {
    let failed = |error: std::io::Error| {
        tracing::error!(error = chain(&error), "an upload could not be stored");
        Problem::new(
            ProblemCode::DatabaseUnavailable,
            format!("The file could not be stored ({}); nothing was changed.", error.kind()),
        )
    };
    tokio::fs::create_dir_all(&api.imports.folder).await.map_err(failed)?;
    let path = api.imports.folder.join(format!("upload-{}.tmp", api.context.token()));
    let spooled = Spooled(path.clone());
    let mut file = tokio::fs::File::create(&path).await.map_err(failed)?;
    let mut stream = body.into_data_stream();
    let mut n_bytes = 0u64;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| {
            Problem::new(ProblemCode::InvalidRequest, "The file did not arrive whole.")
        })?;
        n_bytes += chunk.len() as u64;
        if n_bytes > N_UPLOAD_BYTES_MAX {
            let detail = "The file is larger than 4 GiB: import it with `mercer import orders`.";
            return Err(Problem::new(ProblemCode::TooLarge, detail));
        }
        file.write_all(&chunk).await.map_err(failed)?;
    }
    file.flush().await.map_err(failed)?;
    Ok(spooled)
}

struct Spooled(PathBuf);

impl Drop for Spooled {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(error = chain(&error), "an upload could not be removed");
        }
    }
}

fn begin(api: &RecordApi, params: &FileParams, spooled: Spooled) -> Result<Import, RecordError> {
    let choices = params.choices();
    let now = api.context.clock.now();
    let name = params.name();
    // The name of the rejects holds the import's id, which needs the settled preset: open first.
    let pending = api.imports.folder.join(format!("rejects-{}.tmp", api.context.token()));
    let rejects = std::fs::File::create(&pending).map_err(|source| {
        RecordError::Source(mercer_connect::source::SourceError::Io {
            what: "the rejects file".to_owned(),
            source,
        })
    })?;
    let rejects = Box::new(std::io::BufWriter::new(rejects));
    let opened = api.imports.files.open(&spooled.0, &name, &choices, rejects);
    let opened = opened.inspect_err(|_| {
        let _ = std::fs::remove_file(&pending);
    })?;
    let currency = opened.currency.unwrap_or(api.defaults.currency);
    let start = ImportStart {
        file_name: name,
        preset: opened.preset.clone(),
        dry_run: params.dry_run.unwrap_or(false),
        currency: currency.code().to_owned(),
    };
    let import = import::begin(&api.context.db, now, &start)?;
    let _ = std::fs::rename(&pending, api.imports.rejects_path(&import.id));
    let defaults = ChannelDefaults {
        channel: opened.channel.clone(),
        time_zone: opened.time_zone.clone(),
        currency,
    };
    let (sender, receiver) = watch::channel(import.clone());
    api.imports.running().insert(import.id.clone(), receiver);
    let (context, begun) = (api.context.clone(), import.clone());
    let mut source = opened.source;
    std::thread::spawn(move || {
        let _spooled = spooled;
        let mut watch = |import: &Import| {
            sender.send_replace(import.clone());
        };
        let result =
            import::run(&context.db, &*context.clock, defaults, begun, &mut *source, &mut watch);
        if let Err(error) = result {
            tracing::error!(error = chain(&error), "an import stopped");
        }
    });
    Ok(import)
}

/// List imports, latest first.
#[utoipa::path(
    get, path = "/v1/imports", tag = "record", params(PageParams),
    responses((status = 200, body = Page<Import>), (status = 422, body = Problem))
)]
async fn list_imports(
    State(api): State<RecordApi>,
    Params(page): Params<PageParams>,
) -> Result<Json<Page<Import>>, Problem> {
    let n_rows = page.n_rows()?;
    let before = page.after::<i64>()?;
    let now = api.context.clock.now();
    let rows = blocking(move || {
        api.context.db.read(|tx| {
            let before = before.as_ref().map(|(at, id)| (*at, id.as_str()));
            import::list(tx, before, n_rows + 1, now)
        })
    })
    .await?;
    let rows = rows
        .into_iter()
        .map(|import| ((import.started_at.as_microsecond(), import.id.clone()), import))
        .collect();
    Ok(Json(Page::cut(rows, n_rows)))
}

async fn find(api: &RecordApi, id: &str) -> Result<Import, Problem> {
    if let Some(import) = api.imports.running().get(id) {
        return Ok(import.borrow().clone());
    }
    let (db, now, wanted) = (api.context.db.clone(), api.context.clock.now(), id.to_owned());
    let found = blocking(move || db.read(|tx| import::find(tx, &wanted, now))).await?;
    found.ok_or_else(|| Problem::not_found("import", id))
}

/// One import.
#[utoipa::path(
    get, path = "/v1/imports/{id}", tag = "record", params(("id" = String, Path)),
    responses((status = 200, body = Import), (status = 404, body = Problem))
)]
async fn get_import(
    State(api): State<RecordApi>,
    Path(id): Path<String>,
) -> Result<Json<Import>, Problem> {
    Ok(Json(find(&api, &id).await?))
}

/// Follow an import: server-sent events named `progress` with the import as data, until it ends.
#[utoipa::path(
    get, path = "/v1/imports/{id}/events", tag = "record", params(("id" = String, Path)),
    responses((status = 200, content_type = "text/event-stream", body = String),
              (status = 404, body = Problem))
)]
async fn follow_import(
    State(api): State<RecordApi>,
    Path(id): Path<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let receiver = api.imports.running().get(&id).cloned();
    let receiver = match receiver {
        Some(receiver) => receiver,
        // Over, or run by another process: one event with what is known.
        None => watch::channel(find(&api, &id).await?).1,
    };
    let mut is_over = false;
    let events = WatchStream::new(receiver)
        .take_while(move |import| {
            let go_on = !is_over;
            is_over = import.state != ImportState::Running;
            std::future::ready(go_on)
        })
        .map(|import| {
            let data = serde_json::to_string(&import).unwrap_or_default();
            Ok(Event::default().event("progress").data(data))
        });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

/// The rows of an import that were not kept: line, column, reason, row.
#[utoipa::path(
    get, path = "/v1/imports/{id}/rejects", tag = "record", params(("id" = String, Path)),
    responses((status = 200, content_type = "text/csv", body = String),
              (status = 404, body = Problem))
)]
async fn get_rejects(
    State(api): State<RecordApi>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    // Only ids that the database knows become part of a path.
    let import = find(&api, &id).await?;
    let path = api.imports.rejects_path(&import.id);
    let file = tokio::fs::File::open(&path)
        .await
        .map_err(|_| Problem::not_found("rejects file of import", &id))?;
    let reader = tokio::io::BufReader::new(file);
    let stream = futures_util::stream::unfold(reader, |mut reader| async move {
        use tokio::io::AsyncReadExt;
        let mut buffer = vec![0; 64 * 1024];
        match reader.read(&mut buffer).await {
            Ok(0) => None,
            Ok(n) => {
                buffer.truncate(n);
                Some((Ok::<_, std::io::Error>(buffer), reader))
            }
            Err(error) => Some((Err(error), reader)),
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}.rejects.csv\"", import.id),
        ),
    ];
    Ok((headers, Body::from_stream(stream)).into_response())
}
