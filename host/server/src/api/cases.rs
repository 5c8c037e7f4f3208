//! Cases: one is posted with its documents, and becomes a run.
//!
//! A case comes as `multipart/form-data`: the part `case` is the case file, and each
//! other part is a file, under the name that the case file gives it. Files are written
//! as they come, and held in memory nowhere. A case without files may come as JSON.
//!
//! What must stay true: a case is answered once it and its files are durable; one with
//! mistakes is refused with all of them, and leaves nothing behind.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use clio_runner::case::Mistake;
use clio_runner::digest::Digest;
use clio_runner::failure::Failure;
use clio_runner::files::{FileError, Folder, MOST_BYTES};
use clio_runner::journal::api_keys::Right;
use clio_runner::journal::runs::{Class, Run, RunFilter, Status};
use clio_runner::sync::{CASE_FILE_BYTES, Mapped};
use futures_util::StreamExt as _;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;

use super::asked::{self, Waits};
use super::calls;
use super::runs;
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::service::Service;
use crate::work::case::{self, Asked};
use crate::work::posted::Incoming;

/// The part that is the case file.
const CASE: &str = "case";
/// The most files of one case.
const MOST_FILES: usize = 10_000;
/// The most folders that a file of a case lies in.
const MOST_FOLDERS: usize = 8;
/// The most bytes of a file's or a folder's name, as file systems have it.
const MOST_NAME: usize = 255;
/// The most rows of one list.
const MOST_ROWS: u32 = 200;
/// The most bytes that are read on without any of them being a part's.
const GATHERED: usize = 1024 * 1024;
/// How long a request waits for its case.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// How often the row of a run is looked at that another process may carry out.
const LOOK: Duration = Duration::from_millis(500);

pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/v1/connections/{connection}/cases", post(add).get(list))
        // Files are as long as they are: each is bounded where it is written.
        .layer(DefaultBodyLimit::disable())
}

/// How a posted case is synced.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct How {
    #[serde(default)]
    on_change: OnChange,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OnChange {
    #[default]
    Report,
    NewVersion,
}

async fn add(
    caller: Caller,
    Path(connection): Path<String>,
    State(service): State<Arc<Service>>,
    how: Result<Query<How>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    caller.may(Right::Write, &connection)?;
    let Query(how) = how.map_err(|error| Problem::invalid(error.body_text()))?;
    // Who is not connected is told before the files come.
    let session = service.session(&connection).await?;
    let incoming = Incoming::new(&service.home)?;
    let folder = incoming.folder()?;
    let received = receive(&folder, &headers, body).await?;
    let mapping = service.mapping(&connection);
    let mapped = Mapped::of(&received.case, &folder, &service.home, mapping.as_deref())?
        .map_err(|mistakes| wrong(&mistakes))?;
    received.are_named(&mapped)?;
    let mistakes = mapped.mistakes(&session, &service.rehearsal).await?;
    if !mistakes.is_empty() {
        return Err(wrong(&mistakes));
    }
    incoming.make_durable()?;

    let waits = Waits::of(&headers);
    let text = clio_runner::encoding::text(&received.case).map_err(Problem::invalid)?;
    let asked = Asked {
        source_id: mapped.case().source_id.clone(),
        case: text.into_owned(),
        files: incoming.files(),
        content: received.content(),
        new_version: how.on_change == OnChange::NewVersion,
    };
    let text = serde_json::to_vec(&asked)
        .map_err(|_| Failure::host("what the case is asked with cannot be written"))?;
    let owner = session.account.owner.as_str();
    let once = asked::once(&headers, &caller, &connection, owner)?;
    let once: Vec<&str> = once.iter().flatten().map(String::as_str).collect();
    let lane = [case::KIND, owner, &asked.source_id];
    let class = match waits {
        Waits::No => Class::Event,
        _ => Class::Interactive,
    };
    let run = case::new_run(&connection, owner, &lane, &once, class, &text);
    let (id, is_new) = service.add(run).await?;
    if is_new {
        incoming.keep();
    } else if !is_the_same(&service, &id, &asked)? {
        return Err(asked::another());
    }
    let status = match waited(&service, &id, waits).await? {
        true => StatusCode::OK,
        false => StatusCode::ACCEPTED,
    };
    let location = format!("/v1/runs/{id}");
    let run = service.journal.run(&id)?;
    let run = run.ok_or_else(|| Problem::not_found("such run"))?;
    if run.status == Status::Failed {
        return calls::answer(&service, &run);
    }
    let shown = shown(&service, &run)?;
    Ok((status, [(header::LOCATION, location)], Json(shown)).into_response())
}

/// Whether a run was asked with the same case.
fn is_the_same(service: &Service, id: &str, asked: &Asked) -> Result<bool, Problem> {
    let before = service.journal.run_asked(id)?;
    let before = before.and_then(|before| serde_json::from_slice::<Asked>(&before).ok());
    Ok(before.is_some_and(|before| {
        let of = |asked: &Asked| (asked.case.clone(), asked.content.clone(), asked.new_version);
        of(&before) == of(asked)
    }))
}

/// Waits for a run as its caller does. False: it goes on, or is tried again later.
async fn waited(service: &Service, id: &str, waits: Waits) -> Result<bool, Problem> {
    let mut news = service.news.subscribe();
    let until = tokio::time::Instant::now()
        + match waits {
            Waits::No => Duration::ZERO,
            Waits::For(wait) => wait.min(PATIENCE),
            Waits::ToTheEnd => PATIENCE,
        };
    loop {
        let run = service.journal.run(id)?;
        let run = run.ok_or_else(|| Problem::not_found("such run"))?;
        if run.status.has_ended() {
            return Ok(true);
        }
        // What is handed back another process carries out.
        let later = run.attempts > 0 || service.stop.is_cancelled();
        let over = tokio::time::Instant::now() >= until;
        if over || (later && run.status == Status::Waiting) {
            return Ok(false);
        }
        let told = async {
            // What was missed is looked up.
            while news.recv().await.is_ok_and(|news| news.id != id) {}
        };
        // Another process may carry it out, which tells nobody here.
        let look = until.min(tokio::time::Instant::now() + LOOK);
        let _ = tokio::time::timeout_at(look, told).await;
    }
}

/// What came.
struct Received {
    case: Vec<u8>,
    /// By name.
    files: BTreeMap<String, Digest>,
}

impl Received {
    /// What the same files have in common.
    fn content(&self) -> String {
        let files = self.files.iter();
        let files: Vec<String> = files
            .map(|(name, digest)| format!("{digest} {name}"))
            .collect();
        Digest::of(files.join("\n").as_bytes()).to_string()
    }

    /// That each file is one that the case names: what nobody names would be lost.
    fn are_named(&self, mapped: &Mapped) -> Result<(), Problem> {
        let documents = &mapped.case().documents;
        let plain = |name: &str| name.strip_prefix("./").unwrap_or(name).to_owned();
        let named = |file: &&String| {
            let file = plain(file);
            documents
                .iter()
                .any(|document| document.file.as_deref().map(plain) == Some(file.clone()))
        };
        match self.files.keys().find(|file| !named(file)) {
            None => Ok(()),
            Some(file) => Err(Problem::invalid(format!(
                "the part {file:?} is the file of no document: its name must be what the case \
                 file says as `file`"
            ))),
        }
    }
}

/// Reads the request, and writes its files into the folder.
async fn receive(folder: &Folder, headers: &HeaderMap, body: Body) -> Result<Received, Problem> {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let mut stream = body.into_data_stream();
    if kind.split(';').next().map(str::trim) == Some("application/json") {
        let mut case = Vec::new();
        while let Some(piece) = stream.next().await {
            extend(&mut case, &piece.map_err(|_| broken())?)?;
        }
        let files = BTreeMap::new();
        return Ok(Received { case, files });
    }
    let boundary = multer::parse_boundary(kind).map_err(|_| {
        Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "invalid_input",
            "send multipart/form-data: the part `case`, and a part for each file",
        )
    })?;
    // What stands before a part's bytes is gathered whole.
    let gathered = Arc::new(AtomicUsize::new(0));
    let stream = {
        let gathered = Arc::clone(&gathered);
        stream.map(move |piece| {
            let piece = piece.map_err(std::io::Error::other)?;
            match gathered.fetch_add(piece.len(), Ordering::Relaxed) {
                ..=GATHERED => Ok(piece),
                _ => Err(std::io::Error::other("the head of a part is too long")),
            }
        })
    };
    let mut parts = multer::Multipart::new(stream, boundary);
    let (mut case, mut files) = (None, BTreeMap::new());
    while let Some(mut part) = parts.next_field().await.map_err(refused)? {
        gathered.store(0, Ordering::Relaxed);
        let name = part.name().map(str::to_owned);
        let name = name.ok_or_else(|| Problem::invalid("a part has no name"))?;
        if name == CASE && case.is_none() {
            let mut text = Vec::new();
            while let Some(piece) = part.chunk().await.map_err(refused)? {
                gathered.store(0, Ordering::Relaxed);
                extend(&mut text, &piece)?;
            }
            case = Some(text);
            continue;
        }
        if files.len() == MOST_FILES {
            let what = format!("a case may have {MOST_FILES} files");
            return Err(Problem::invalid(what));
        }
        let digest = write(folder, &name, part, &gathered).await?;
        files.insert(name, digest);
    }
    let case =
        case.ok_or_else(|| Problem::invalid("the part `case`, the case file, is missing"))?;
    Ok(Received { case, files })
}

fn extend(text: &mut Vec<u8>, piece: &[u8]) -> Result<(), Problem> {
    let most = usize::try_from(CASE_FILE_BYTES).unwrap_or(usize::MAX);
    if text.len() + piece.len() > most {
        return Err(too_large("a case file is no longer than 16 MiB"));
    }
    text.extend_from_slice(piece);
    Ok(())
}

/// Writes one file, durably. Returns its digest.
async fn write(
    folder: &Folder,
    name: &str,
    mut part: multer::Field<'static>,
    gathered: &AtomicUsize,
) -> Result<Digest, Problem> {
    let not_taken = |error: FileError| match error {
        FileError::Exists => Problem::invalid("two parts have the same name"),
        FileError::Unwritable(error) => full(&error),
        error => Problem::invalid(format!("the name of a part {error}")),
    };
    let parts: Vec<_> = std::path::Path::new(name).components().collect();
    let long = |part: &std::path::Component<'_>| part.as_os_str().len() > MOST_NAME;
    if parts.len() > MOST_FOLDERS + 1 || parts.iter().any(long) {
        return Err(Problem::invalid(format!(
            "the name of a part has at most {MOST_FOLDERS} folders, and {MOST_NAME} bytes in each \
             of its parts"
        )));
    }
    folder.make_folders_of(name).map_err(not_taken)?;
    let new = folder.create(name).map_err(not_taken)?;
    let handle = new.handle().try_clone().map_err(|error| full(&error))?;
    let mut file = tokio::fs::File::from_std(handle);
    let (mut length, mut digest) = (0, Sha256::new());
    while let Some(piece) = part.chunk().await.map_err(refused)? {
        gathered.store(0, Ordering::Relaxed);
        length += u64::try_from(piece.len()).unwrap_or(u64::MAX);
        if length > MOST_BYTES {
            return Err(too_large("a file is no longer than 31 GiB"));
        }
        digest.update(&piece);
        file.write_all(&piece).await.map_err(|error| full(&error))?;
    }
    let written = async {
        file.flush().await?;
        file.sync_all().await
    };
    written.await.map_err(|error| full(&error))?;
    new.keep().map_err(|error| full(&error))?;
    Ok(Digest(digest.finalize().into()))
}

fn full(error: &std::io::Error) -> Problem {
    tracing::error!(%error, "a file that was posted cannot be written");
    Problem::new(
        StatusCode::INSUFFICIENT_STORAGE,
        "failed",
        "the file cannot be kept; the service's log says why",
    )
}

fn too_large(what: &str) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "invalid_input", what)
}

fn broken() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "invalid_input",
        "the request ended early",
    )
}

/// A body that is no multipart, or that ended early.
fn refused(error: multer::Error) -> Problem {
    match error {
        multer::Error::StreamReadFailed(_) | multer::Error::IncompleteStream => broken(),
        error => Problem::invalid(format!("the parts cannot be read: {error}")),
    }
}

fn wrong(mistakes: &[Mistake]) -> Problem {
    let errors: Vec<Value> = mistakes
        .iter()
        .map(|mistake| json!({"at": mistake.at.as_str(), "message": mistake.what}))
        .collect();
    Problem::invalid("the case is not right; nothing was sent").with("errors", errors)
}

/// Which cases are listed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    status: Option<Status>,
    /// Only older ones than this run.
    before: Option<String>,
    limit: Option<u32>,
}

async fn list(
    caller: Caller,
    Path(connection): Path<String>,
    State(service): State<Arc<Service>>,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    caller.may(Right::Read, &connection)?;
    let Query(which) = which.map_err(|error| Problem::invalid(error.body_text()))?;
    let before = match &which.before {
        None => None,
        Some(id) => {
            let run = service.journal.run(id)?;
            let run = run.filter(|run| run.connection == connection);
            let run = run.ok_or_else(|| Problem::invalid("`before` names no run of this list"))?;
            Some(run.seq)
        }
    };
    let limit = match which.limit.unwrap_or(50) {
        limit @ 1..=MOST_ROWS => limit,
        _ => return Err(Problem::invalid(format!("limit is from 1 to {MOST_ROWS}"))),
    };
    let filter = RunFilter {
        connections: Some(vec![connection]),
        kinds: vec![case::KIND.to_owned()],
        status: which.status,
        before,
        limit,
        ..RunFilter::default()
    };
    let runs = service.runs(filter).await?;
    let shown: Result<Vec<Value>, Problem> = runs.iter().map(|run| shown(&service, run)).collect();
    Ok(Json(json!({ "cases": shown? })))
}

/// A case's run, and which case it is.
fn shown(service: &Service, run: &Run) -> Result<Value, Problem> {
    let mut shown = runs::summary(run);
    if let Some(asked) = service.journal.run_asked(&run.id)?
        && let Ok(asked) = serde_json::from_slice::<Asked>(&asked)
    {
        shown["source_id"] = asked.source_id.into();
    }
    if let Some(told) = runs::came_to(service, run)? {
        let member = match run.status {
            Status::Done => "result",
            _ => "error",
        };
        shown[member] = told;
    }
    Ok(shown)
}
