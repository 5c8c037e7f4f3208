//! What was uploaded: files below `CLIO_HOME`, in pieces to the disk and from
//! there to a call.
//!
//! What must stay true: a file has its name only once all of it is on the disk and
//! a row says whose it is; what a connection uploaded no other one's call reads;
//! what is over goes.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use clio_host::LocalSink;
use clio_runner::aside::aside;
use clio_runner::content::{self, FileContent, Opened};
use clio_runner::digest::Digest;
use clio_runner::failure::Failure;
use clio_runner::files::Folder;
use clio_runner::home::Home;
use clio_runner::journal::uploads::Upload;
use clio_runner::review;
use clio_runner::run::output_file::MOST_MADE;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use tokio::sync::mpsc;

use crate::service::Service;

/// How often what is over is looked for.
const LOOK: Duration = Duration::from_secs(10 * 60);
/// A file without a row is no upload any more after so long: its process ended.
const LEFT: Duration = Duration::from_secs(24 * 60 * 60);
/// How many pieces may wait for the disk.
const AHEAD: usize = 8;

/// A file that is being written, on a thread of its own.
#[derive(Debug)]
pub(crate) struct Writing {
    pieces: mpsc::Sender<Bytes>,
    written: tokio::task::JoinHandle<io::Result<Written>>,
}

/// A file that a call of an action makes.
#[derive(Debug)]
pub(crate) struct Making {
    sink: LocalSink,
    file: Arc<Mutex<Option<NamedTempFile>>>,
}

impl Making {
    pub(crate) fn begin(home: &Home) -> Result<Self, Failure> {
        let file = NamedTempFile::new_in(home.uploads()?);
        let file = file.map_err(|error| not_kept(&error))?;
        let file = Arc::new(Mutex::new(Some(file)));
        let to = Arc::clone(&file);
        let sink = LocalSink::new(MOST_MADE, move |piece| {
            let mut file = to.lock().unwrap_or_else(PoisonError::into_inner);
            match &mut *file {
                Some(file) => file.write_all(piece),
                None => Err(io::ErrorKind::BrokenPipe.into()),
            }
        });
        Ok(Self { sink, file })
    }

    /// What the call is lent.
    pub(crate) fn sink(&self) -> LocalSink {
        self.sink.clone()
    }

    /// Waits until all of it is on the disk. `None`: nothing was made.
    pub(crate) async fn end(self) -> Result<Option<Written>, Failure> {
        let file = self
            .file
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let (Some(taken), Some(file)) = (self.sink.taken(), file) else {
            return Ok(None);
        };
        let synced = aside(move || file.as_file().sync_all().map(|()| file)).await?;
        Ok(Some(Written {
            file: synced.map_err(|error| not_kept(&error))?,
            length: taken.length,
            sha256: Digest(taken.sha256),
        }))
    }
}

fn not_kept(error: &io::Error) -> Failure {
    Failure::host(format!("an upload cannot be kept: {error}"))
}

/// A file whose bytes are on the disk, without a name yet.
#[derive(Debug)]
pub(crate) struct Written {
    file: NamedTempFile,
    pub(crate) length: u64,
    pub(crate) sha256: Digest,
}

impl Writing {
    pub(crate) fn begin(home: &Home) -> Result<Self, Failure> {
        let folder = home.uploads()?;
        let (pieces, mut received) = mpsc::channel::<Bytes>(AHEAD);
        let written = tokio::task::spawn_blocking(move || {
            let mut file = NamedTempFile::new_in(folder)?;
            let (mut digest, mut length) = (Sha256::new(), 0);
            while let Some(piece) = received.blocking_recv() {
                digest.update(&piece);
                length += piece.len() as u64;
                file.write_all(&piece)?;
            }
            file.as_file().sync_all()?;
            Ok(Written {
                file,
                length,
                sha256: Digest(digest.finalize().into()),
            })
        });
        Ok(Self { pieces, written })
    }

    /// Takes a piece. False: the disk takes no more, and [`Self::end`] says why.
    pub(crate) async fn take(&self, piece: Bytes) -> bool {
        self.pieces.send(piece).await.is_ok()
    }

    /// Waits until all of it is on the disk.
    pub(crate) async fn end(self) -> Result<Written, Failure> {
        drop(self.pieces);
        let written = self.written.await;
        let written = written.unwrap_or_else(|error| Err(io::Error::other(error)));
        written.map_err(|error| not_kept(&error))
    }
}

impl Written {
    /// Gives it its name and its row. None: with it more than `most` bytes would lie
    /// there for the connection.
    pub(crate) async fn keep(
        self,
        service: &Arc<Service>,
        connection: &str,
        media_type: String,
        most: u64,
    ) -> Result<Option<Upload>, Failure> {
        let upload = Upload::new(connection, self.length, self.sha256.to_string(), media_type)?;
        let service = Arc::clone(service);
        aside(move || {
            let path = service.home.uploads()?.join(&upload.id);
            self.file.persist(&path).map_err(|error| {
                Failure::host(format!("an upload cannot be kept: {}", error.error))
            })?;
            if service.journal.add_upload(&upload, most)? {
                return Ok(Some(upload));
            }
            std::fs::remove_file(path).map_err(|error| not_kept(&error))?;
            Ok(None)
        })
        .await?
    }
}

/// Opens the uploads that an input names, each of them the connection's own. An
/// input that names anything else for content is not right.
pub(crate) fn opened(
    service: &Service,
    connection: &str,
    input: &Value,
) -> Result<Vec<FileContent>, Failure> {
    let folder = service.home.uploads()?;
    content::find_uploads(input, &|id| open(service, connection, &folder, id))
}

fn open(service: &Service, connection: &str, folder: &Path, id: &str) -> Result<Opened, String> {
    let cannot = |_| "cannot be read; the service's log says why".to_owned();
    let found = service.journal.upload(connection, id).map_err(|error| {
        tracing::error!(%error, "an upload cannot be looked up");
        cannot(())
    })?;
    let upload = found.ok_or("names no upload of this connection; it may be over: upload again")?;
    let opened = Folder::open(folder).map_err(|_| ()).and_then(|folder| {
        // Its own id, not what was asked: of ours only.
        folder.file(&upload.id).map_err(|error| {
            tracing::error!(%error, upload = upload.id, "an upload's file cannot be opened");
        })
    });
    let file = opened.map_err(cannot)?;
    let sha256 = digest(&upload.sha256).ok_or_else(|| cannot(()))?;
    Ok(Opened {
        file,
        media_type: Some(upload.media_type).filter(|it| !it.is_empty()),
        sha256,
    })
}

fn digest(hexadecimal: &str) -> Option<Digest> {
    let mut bytes = [0; 32];
    if hexadecimal.len() != 64 || !hexadecimal.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hexadecimal[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(Digest(bytes))
}

/// The ids of the uploads that an input names, each of which was opened before.
pub(crate) fn named(input: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    collect(input, &mut found);
    found
}

fn collect<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => {
            found.extend(value.pointer("/source/upload").and_then(Value::as_str));
            members.values().for_each(|member| collect(member, found));
        }
        _ => {}
    }
}

/// Takes away what is over, until the process is to end.
pub(crate) async fn tidy(service: Arc<Service>) {
    loop {
        let tidying = Arc::clone(&service);
        match aside(move || tidied(&tidying)).await {
            Ok(Ok(())) => {}
            Ok(Err(failure)) | Err(failure) => {
                tracing::error!("uploads cannot be tidied: {}", failure.what());
            }
        }
        tokio::select! {
            () = service.stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

fn tidied(service: &Service) -> Result<(), Failure> {
    let folder = service.home.uploads()?;
    for id in service.journal.take_overdue_uploads()? {
        if let Err(error) = std::fs::remove_file(folder.join(&id)) {
            tracing::warn!(%error, upload = id, "an upload's file cannot be removed");
        }
    }
    let cannot = |error: io::Error| Failure::host(format!("{}: {error}", folder.display()));
    let now = SystemTime::now();
    for entry in std::fs::read_dir(&folder).map_err(cannot)?.flatten() {
        let age = entry.metadata().and_then(|it| it.modified());
        let age = age.ok().and_then(|at| now.duration_since(at).ok());
        if age.is_none_or(|age| age < LEFT) {
            continue;
        }
        let name = entry.file_name();
        let known = name.to_str().map(|name| service.journal.is_upload(name));
        if !known.transpose()?.unwrap_or(false) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
    // So are drafts whose time is over.
    review::expire(&service.home, &service.journal)?;
    Ok(())
}
