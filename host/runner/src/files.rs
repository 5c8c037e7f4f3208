//! Files inside one folder.
//!
//! Names of files come from inputs and case files, which other programs write.
//! If such a name could lead out of the folder, the writer of a case file could
//! have any file of the machine uploaded. So a name is resolved beneath the
//! open folder by the operating system, links included, and the file is opened
//! once: what was checked is what is read.
//!
//! A folder may hold what is no document: keys and settings lie in files and
//! folders whose names begin with a dot. Those are taken only where the person at
//! the command line says so.

mod list;
mod new_file;
mod roots;

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

use cap_primitives::ambient_authority;
use cap_primitives::fs::{
    FollowSymlinks, OpenOptions, canonicalize, open, open_ambient_dir, open_dir_nofollow,
    read_base_dir, read_dir, stat,
};
use sha2::{Digest as _, Sha256};

use crate::digest::Digest;

pub use list::Entry;
pub use new_file::NewFile;
pub use roots::Roots;

/// The most bytes of one file: 31.25 GiB, the most that an upload carries in
/// parts. A sparse file of any length takes no room on a disk, and days to digest.
pub const MOST_BYTES: u64 = 1_000 * (32 << 20);

/// A folder that files are taken from.
#[derive(Debug)]
pub struct Folder {
    handle: File,
    path: PathBuf,
    /// Whether names that begin with a dot are taken.
    hidden: bool,
}

/// Why a file cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("must name a file inside the folder, as a relative path without `..`")]
    NotRelative,
    #[error("leads out of the folder {}", .0.display())]
    Outside(PathBuf),
    #[error("there is no such file in {}", .0.display())]
    Missing(PathBuf),
    #[error(
        "names several files there, whose letters are encoded differently and look the same; \
         rename all but one"
    )]
    Ambiguous,
    #[error("is no regular file")]
    NotRegular,
    #[error(
        "is hidden: its name, or that of a folder it lies in, begins with a dot, as those of keys \
         and settings do; --hidden-files takes it"
    )]
    Hidden,
    #[error("is longer than 31 GiB, the most of one document")]
    TooLong,
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    #[error("needs --files DIR (of `clio mcp`, --root DIR), the folder that it lies in")]
    NoFolder,
    #[error("lies there already, and no file is written over; give another name")]
    Exists,
    #[error("holds a control character, such as the end of a line; give another name")]
    Control,
    #[error("cannot be written: {0}")]
    Unwritable(io::Error),
}

impl Folder {
    /// Opens a folder.
    pub fn open(path: &Path) -> io::Result<Self> {
        let handle = open_ambient_dir(path, ambient_authority())?;
        Ok(Self {
            handle,
            path: path.to_owned(),
            hidden: false,
        })
    }

    /// Takes files whose names begin with a dot as well.
    #[must_use]
    pub fn with_hidden(mut self, hidden: bool) -> Self {
        self.hidden = hidden;
        self
    }

    /// Calls it something else in messages, for who must not know where it lies.
    #[must_use]
    pub fn shown_as(mut self, name: &str) -> Self {
        self.path = name.into();
        self
    }

    /// What it is called in messages.
    pub fn shown(&self) -> &Path {
        &self.path
    }

    /// Lets those read a file in it who may read the folder.
    pub fn open_to_its_readers(&self, file: &File) -> io::Result<()> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = self.handle.metadata()?.permissions().mode();
            file.set_permissions(std::fs::Permissions::from_mode(0o600 | mode & 0o444))?;
        }
        #[cfg(not(unix))]
        let _ = file;
        Ok(())
    }

    /// The same folder once more.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(Self {
            handle: self.handle.try_clone()?,
            path: self.path.clone(),
            hidden: self.hidden,
        })
    }

    /// Opens a folder that lies in this one, and is no link.
    pub fn folder(&self, name: &str) -> Result<Self, FileError> {
        let path = self.inside(name)?;
        let handle = open_dir_nofollow(&self.handle, path).map_err(|e| self.explain(e))?;
        Ok(Self {
            handle,
            path: self.path.join(path),
            hidden: self.hidden,
        })
    }

    /// Opens a regular file beneath the folder for reading.
    pub fn file(&self, name: &str) -> Result<LocalFile, FileError> {
        let path = &self.on_disk(self.inside(name)?)?;
        // Looked at before it is opened: opening a FIFO would wait for a writer.
        let seen = stat(&self.handle, path, FollowSymlinks::Yes).map_err(|e| self.explain(e))?;
        if !seen.is_file() {
            return Err(FileError::NotRegular);
        }
        // A link may lead to what may not be named.
        let led = canonicalize(&self.handle, path).map_err(|e| self.explain(e))?;
        if !self.hidden && is_hidden(&led) {
            return Err(FileError::Hidden);
        }
        let handle =
            open(&self.handle, path, OpenOptions::new().read(true)).map_err(|e| self.explain(e))?;
        let metadata = handle.metadata().map_err(FileError::Unreadable)?;
        if !metadata.is_file() {
            return Err(FileError::NotRegular);
        }
        if metadata.len() > MOST_BYTES {
            return Err(FileError::TooLong);
        }
        Ok(LocalFile {
            handle,
            length: metadata.len(),
            media_type: mime_guess::from_path(path).first_raw(),
        })
    }

    /// The path that a name is, where it is simply one inside.
    fn inside<'n>(&self, name: &'n str) -> Result<&'n Path, FileError> {
        let path = Path::new(name);
        // As a shell completes it: `./a.pdf`.
        let path = path.strip_prefix(".").unwrap_or(path);
        let normal = |part: Component<'_>| matches!(part, Component::Normal(_));
        if path.as_os_str().is_empty() || name.contains('\0') || !path.components().all(normal) {
            return Err(FileError::NotRelative);
        }
        if !self.hidden && is_hidden(path) {
            return Err(FileError::Hidden);
        }
        Ok(path)
    }

    /// The path under which a file lies here. A name is composed on one system
    /// and decomposed on another, and spaces have kinds.
    fn on_disk(&self, path: &Path) -> Result<PathBuf, FileError> {
        let plain = path.to_str().is_some_and(str::is_ascii);
        if plain && stat(&self.handle, path, FollowSymlinks::Yes).is_ok() {
            return Ok(path.to_owned());
        }
        let mut at = PathBuf::new();
        for part in path.components() {
            let name = part.as_os_str();
            match name.to_str().map(|name| self.entry(&at, name)) {
                Some(Ok(Some(found))) => at.push(found),
                Some(Err(FileError::Ambiguous)) => return Err(FileError::Ambiguous),
                // What cannot be listed may still be opened, or told why not.
                Some(Ok(None) | Err(_)) | None => at.push(name),
            }
        }
        Ok(at)
    }

    /// The entry of a folder that a name means.
    fn entry(&self, folder: &Path, name: &str) -> Result<Option<String>, FileError> {
        let entries = if folder.as_os_str().is_empty() {
            read_base_dir(&self.handle)
        } else {
            read_dir(&self.handle, folder)
        };
        let composed = clio_text::composed(name);
        let key = clio_text::file_key(name);
        let (mut equivalent, mut alike) = (Vec::new(), Vec::new());
        for entry in entries.map_err(FileError::Unreadable)? {
            let entry = entry.map_err(FileError::Unreadable)?.file_name();
            let Some(entry) = entry.to_str() else {
                continue;
            };
            if clio_text::composed(entry) == composed {
                equivalent.push(entry.to_owned());
            } else if clio_text::file_key(entry) == key {
                alike.push(entry.to_owned());
            }
        }
        let mut found = if equivalent.is_empty() {
            alike
        } else {
            equivalent
        };
        match found.len() {
            0 | 1 => Ok(found.pop()),
            _ => Err(FileError::Ambiguous),
        }
    }

    fn explain(&self, error: io::Error) -> FileError {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                FileError::Missing(self.path.clone())
            }
            // A path that leads out is refused before the system is asked, or
            // by it in a way that carries no code of its own.
            io::ErrorKind::PermissionDenied if error.raw_os_error().is_none() => {
                FileError::Outside(self.path.clone())
            }
            _ => FileError::Unreadable(error),
        }
    }
}

fn is_hidden(path: &Path) -> bool {
    path.components()
        .any(|part| part.as_os_str().as_encoded_bytes().starts_with(b"."))
}

/// An open file: its length and media type, and later its digest.
#[derive(Debug)]
pub struct LocalFile {
    handle: File,
    /// In bytes, when it was opened.
    pub length: u64,
    /// By the extension of its name; absent for an unknown one.
    pub media_type: Option<&'static str>,
}

impl LocalFile {
    /// The SHA-256 of the content. Reads the whole file, in pieces.
    pub fn sha256(&mut self) -> io::Result<Digest> {
        self.handle.seek(SeekFrom::Start(0))?;
        let mut hash = Sha256::new();
        let mut piece = vec![0; 256 * 1024];
        loop {
            match self.handle.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => hash.update(&piece[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.handle.seek(SeekFrom::Start(0))?;
        Ok(Digest(hash.finalize().into()))
    }

    /// When the content was changed last, in milliseconds since 1970; 0 where the
    /// file system does not say.
    pub fn modified(&self) -> i64 {
        let modified = self.handle.metadata().and_then(|data| data.modified());
        modified.map_or(0, list::millisecond)
    }

    /// The open file, at its beginning.
    pub fn into_handle(self) -> File {
        self.handle
    }
}

#[cfg(test)]
mod tests;
