//! The bytes of a result go into a file: `--output FILE` of `clio run`, and a file
//! below a root of `clio mcp`.
//!
//! What must stay true: the file has its name only once all bytes are in it, so
//! that a broken run leaves the file that stood there, or none.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clio_host::LocalSink;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use crate::digest::hex;
use crate::failure::Failure;
use crate::files::NewFile;

/// The most bytes that a call may make: more than any document that is filled.
pub const MOST_MADE: u64 = 32 << 20;

/// A file that is being written.
#[derive(Debug)]
pub struct OutputFile {
    path: PathBuf,
    begun: Begun,
    digest: Arc<Mutex<Sha256>>,
    /// Takes the bytes that an action makes, where it was lent.
    lent: OnceLock<LocalSink>,
}

#[derive(Debug)]
enum Begun {
    /// Beside its place, which may be another file's.
    Beside(NamedTempFile),
    /// Inside a folder, where no file lies.
    Inside(NewFile),
}

impl Begun {
    fn file(&self) -> &File {
        match self {
            Self::Beside(file) => file.as_file(),
            Self::Inside(file) => file.handle(),
        }
    }

    fn keep(self, path: &Path) -> io::Result<()> {
        match self {
            Self::Beside(file) => file.persist(path).map(drop).map_err(|error| error.error),
            Self::Inside(file) => file.keep(),
        }
    }
}

/// Checks a path that a file will lie at.
pub fn check(path: &Path) -> Result<(), Failure> {
    // It is written beside and renamed: a device or a pipe would be replaced.
    let other = std::fs::metadata(path).is_ok_and(|there| !there.is_file());
    if path.file_name().is_none() || other || !folder_of(path).is_dir() {
        let what = format!("--output {} is no name of a regular file", path.display());
        return Err(Failure::usage(what).next("give the name of a file in a folder that is there"));
    }
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

impl OutputFile {
    /// Whether its name says that it is a Word document.
    pub fn is_word(&self) -> bool {
        let extension = self.path.extension().and_then(|it| it.to_str());
        extension.is_some_and(|it| it.eq_ignore_ascii_case("docx"))
    }

    /// Begins a file that will lie at `path`. Nobody else may read it.
    pub fn beside(path: &Path) -> Result<Self, Failure> {
        let file = NamedTempFile::new_in(folder_of(path)).map_err(|error| {
            Failure::usage(format!(
                "--output {} cannot be written: {error}",
                path.display()
            ))
            .next("give the name of a file in a folder that is there and may be written to")
        })?;
        Ok(Self::new(path.to_owned(), Begun::Beside(file)))
    }

    /// Takes a file that is new in its folder.
    pub fn inside(file: NewFile) -> Self {
        Self::new(file.path().to_owned(), Begun::Inside(file))
    }

    fn new(path: PathBuf, begun: Begun) -> Self {
        Self {
            path,
            begun,
            digest: Arc::default(),
            lent: OnceLock::new(),
        }
    }

    /// Takes what an action makes.
    pub fn local_sink(&self) -> Result<LocalSink, Failure> {
        let sink = LocalSink::new(MOST_MADE, self.sink()?);
        Ok(self.lent.get_or_init(|| sink).clone())
    }

    /// Takes bytes that come from elsewhere than the result.
    pub fn sink(&self) -> Result<impl FnMut(&[u8]) -> io::Result<()> + Send + 'static, Failure> {
        let file = self.begun.file().try_clone();
        let mut file: File = file.map_err(|error| self.unwritten(&error))?;
        let digest = Arc::clone(&self.digest);
        Ok(move |piece: &[u8]| {
            let mut digest = digest.lock().unwrap_or_else(PoisonError::into_inner);
            digest.update(piece);
            file.write_all(piece)
        })
    }

    /// Ends the file, and names it in the result in place of the bytes.
    pub fn keep(self, result: &mut Value) -> Result<(), Failure> {
        let content = result.get("content");
        let inline = content.and_then(|content| content.pointer("/inline/bytes"));
        if let Some(bytes) = inline.and_then(Value::as_str) {
            let bytes = STANDARD
                .decode(bytes)
                .map_err(|error| Failure::host(format!("the result's bytes are none: {error}")))?;
            self.sink()?(&bytes).map_err(|error| self.unwritten(&error))?;
        } else if content.and_then(|content| content.get("url")).is_none() && !self.was_taken() {
            return Err(
                Failure::usage("the result holds no bytes for --output").next(
                    "leave --output out, or ask for the bytes: read-document without \"content\"",
                ),
            );
        }
        let synced = self.begun.file().sync_all();
        synced.map_err(|error| self.unwritten(&error))?;
        let digest =
            std::mem::take(&mut *self.digest.lock().unwrap_or_else(PoisonError::into_inner));
        let sha256 = hex(&digest.finalize());
        let shown = self.path.display().to_string();
        let kept = self.begun.keep(&self.path);
        kept.map_err(|error| Failure::host(format!("{shown} cannot be written: {error}")))?;
        result["content"] = json!({"file": {"path": shown, "sha256": sha256}});
        Ok(())
    }

    /// Whether an action put there what it made.
    fn was_taken(&self) -> bool {
        self.lent.get().is_some_and(|sink| sink.taken().is_some())
    }

    fn unwritten(&self, error: &io::Error) -> Failure {
        Failure::host(format!(
            "{} cannot be written: {error}",
            self.path.display()
        ))
    }
}
