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

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

use cap_primitives::ambient_authority;
use cap_primitives::fs::{
    FollowSymlinks, OpenOptions, canonicalize, open, open_ambient_dir, read_base_dir, read_dir,
    stat,
};
use sha2::{Digest as _, Sha256};

use crate::digest::Digest;

/// The most bytes of one file: 31.25 GiB, the most that an upload carries in
/// parts. A sparse file of any length takes no room on a disk, and days to digest.
pub(crate) const MOST_BYTES: u64 = 1_000 * (32 << 20);

/// A folder that files are taken from.
#[derive(Debug)]
pub(crate) struct Folder {
    handle: File,
    path: PathBuf,
    /// Whether names that begin with a dot are taken.
    hidden: bool,
}

/// Why a file cannot be taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
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
}

impl Folder {
    /// Opens a folder.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let handle = open_ambient_dir(path, ambient_authority())?;
        Ok(Self {
            handle,
            path: path.to_owned(),
            hidden: false,
        })
    }

    /// Takes files whose names begin with a dot as well.
    #[must_use]
    pub(crate) fn with_hidden(mut self, hidden: bool) -> Self {
        self.hidden = hidden;
        self
    }

    /// Opens a regular file beneath the folder for reading.
    pub(crate) fn file(&self, name: &str) -> Result<LocalFile, FileError> {
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
        let path = &self.on_disk(path)?;
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
pub(crate) struct LocalFile {
    handle: File,
    /// In bytes, when it was opened.
    pub(crate) length: u64,
    /// By the extension of its name; absent for an unknown one.
    pub(crate) media_type: Option<&'static str>,
}

impl LocalFile {
    /// The SHA-256 of the content. Reads the whole file, in pieces.
    pub(crate) fn sha256(&mut self) -> io::Result<Digest> {
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

    /// The open file, at its beginning.
    pub(crate) fn into_handle(self) -> File {
        self.handle
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use std::fs;

    fn case() -> (tempfile::TempDir, Folder) {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("case/scans")).unwrap();
        fs::write(root.path().join("secret.txt"), "key").unwrap();
        fs::write(root.path().join("case/retainer.pdf"), "abc").unwrap();
        fs::write(root.path().join("case/scans/page.png"), "").unwrap();
        let folder = Folder::open(&root.path().join("case")).unwrap();
        (root, folder)
    }

    #[test]
    fn a_file_in_the_folder_is_opened_with_its_length_type_and_digest() {
        let (_root, folder) = case();
        let mut file = folder.file("retainer.pdf").unwrap();
        assert_eq!((file.length, file.media_type), (3, Some("application/pdf")));
        assert_eq!(
            file.sha256().unwrap().to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        let mut text = String::new();
        file.into_handle().read_to_string(&mut text).unwrap();
        assert_eq!(text, "abc");
        assert!(folder.file("scans/page.png").is_ok());
    }

    #[test]
    fn a_name_may_begin_at_the_folder_itself() {
        let (root, folder) = case();
        assert_eq!(folder.file("./retainer.pdf").unwrap().length, 3);
        assert!(folder.file("./scans/page.png").is_ok());
        assert!(matches!(
            folder.file("./absent.pdf"),
            Err(FileError::Missing(_))
        ));
        fs::write(root.path().join("case/.env"), "key").unwrap();
        assert!(matches!(folder.file("./.env"), Err(FileError::Hidden)));
        for name in [".", "./", "./.", "./../secret.txt", "./.."] {
            let refused = matches!(folder.file(name), Err(FileError::NotRelative));
            assert!(refused, "{name:?}");
        }
    }

    #[test]
    fn a_name_that_is_not_simply_inside_is_refused() {
        let (root, folder) = case();
        let absolute = root.path().join("case/retainer.pdf");
        let names = [
            "",
            "..",
            "../secret.txt",
            "scans/../retainer.pdf",
            "./../secret.txt",
            "a\0b",
        ];
        for name in names.into_iter().chain([absolute.to_str().unwrap()]) {
            let refused = matches!(folder.file(name), Err(FileError::NotRelative));
            assert!(refused, "{name:?}");
        }
        assert!(matches!(
            folder.file("absent.pdf"),
            Err(FileError::Missing(_))
        ));
        assert!(matches!(
            folder.file("retainer.pdf/x"),
            Err(FileError::Missing(_))
        ));
        assert!(matches!(folder.file("scans"), Err(FileError::NotRegular)));
    }

    // CASES T8
    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_is_found_however_its_letters_are_encoded() {
        let (root, folder) = case();
        let write = |name: &str| fs::write(root.path().join("case").join(name), name).unwrap();
        let (composed, decomposed) = ("Résumé.pdf", "Re\u{301}sume\u{301}.pdf");
        write(decomposed);
        assert!(folder.file(composed).is_ok());
        assert!(folder.file(decomposed).is_ok());
        assert!(matches!(
            folder.file("Resume.pdf"),
            Err(FileError::Missing(_))
        ));
        write(composed);
        for name in [composed, decomposed] {
            assert!(matches!(folder.file(name), Err(FileError::Ambiguous)));
        }
        // A folder's name is one as well.
        fs::create_dir(root.path().join("case/Vertra\u{308}ge")).unwrap();
        write("Vertra\u{308}ge/한글.pdf");
        let conjoined = "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}";
        assert!(folder.file(&format!("Verträge/{conjoined}.pdf")).is_ok());
        // A system puts a narrow space before AM, and a person types another.
        write("Shot 9.00\u{202f}AM.png");
        assert!(folder.file("Shot 9.00 AM.png").is_ok());
        write("Shot 9.00 AM.png");
        assert!(folder.file("Shot 9.00 AM.png").is_ok());
        let file = folder.file("Shot 9.00\u{202f}AM.png").unwrap();
        assert_eq!(
            file.length, 18,
            "the very name goes before one that looks so"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_inside_and_refused_when_it_leads_out() {
        use std::os::unix::fs::symlink;
        let (root, folder) = case();
        let inside = root.path().join("case");
        symlink("retainer.pdf", inside.join("copy.pdf")).unwrap();
        symlink("../secret.txt", inside.join("out.pdf")).unwrap();
        symlink(root.path().join("secret.txt"), inside.join("absolute.pdf")).unwrap();
        symlink("..", inside.join("up")).unwrap();
        assert!(folder.file("copy.pdf").is_ok());
        for name in ["out.pdf", "absolute.pdf", "up/secret.txt"] {
            let error = folder.file(name).expect_err(name);
            assert!(matches!(error, FileError::Outside(_)), "{name}: {error}");
        }
    }

    // CASES S13
    #[test]
    fn what_is_hidden_is_taken_only_when_it_is_asked_for() {
        let (root, folder) = case();
        let inside = root.path().join("case");
        fs::create_dir_all(inside.join(".ssh")).unwrap();
        fs::create_dir_all(inside.join("scans/.cache")).unwrap();
        let names = [
            ".ssh/id_ed25519",
            ".env",
            "scans/.cache/a.pdf",
            "scans/.a.pdf",
        ];
        for name in names {
            fs::write(inside.join(name), "key").unwrap();
            assert!(
                matches!(folder.file(name), Err(FileError::Hidden)),
                "{name}"
            );
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(".ssh/id_ed25519", inside.join("letter.pdf")).unwrap();
            std::os::unix::fs::symlink(".ssh", inside.join("letters")).unwrap();
            for name in ["letter.pdf", "letters/id_ed25519"] {
                assert!(
                    matches!(folder.file(name), Err(FileError::Hidden)),
                    "{name}"
                );
            }
        }
        let folder = folder.with_hidden(true);
        for name in names {
            assert!(folder.file(name).is_ok(), "{name}");
        }
        // The folder's own name is the person's.
        let hidden = Folder::open(&inside.join(".ssh")).unwrap();
        assert!(hidden.file("id_ed25519").is_ok());
        assert!(
            hidden
                .file("a..pdf")
                .is_err_and(|it| matches!(it, FileError::Missing(_)))
        );
    }

    // CASES S13
    #[test]
    fn a_file_that_no_upload_carries_is_refused_before_it_is_read() {
        let (root, folder) = case();
        let sparse = File::create(root.path().join("case/sparse.pdf")).unwrap();
        // Not every file system has room for a sparse one.
        for (length, taken) in [
            (MOST_BYTES, true),
            (MOST_BYTES + 1, false),
            (4 << 40, false),
        ] {
            if sparse.set_len(length).is_ok() {
                assert_eq!(folder.file("sparse.pdf").is_ok(), taken, "{length}");
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_is_refused_without_waiting_for_it() {
        let (root, folder) = case();
        let fifo = root.path().join("case/fifo.pdf");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status();
        if made.is_ok_and(|status| status.success()) {
            assert!(matches!(
                folder.file("fifo.pdf"),
                Err(FileError::NotRegular)
            ));
        }
        if Path::new("/dev/zero").exists() {
            let devices = Folder::open(Path::new("/dev")).unwrap();
            assert!(matches!(devices.file("zero"), Err(FileError::NotRegular)));
        }
        let _socket =
            std::os::unix::net::UnixListener::bind(root.path().join("case/socket.pdf")).unwrap();
        assert!(matches!(
            folder.file("socket.pdf"),
            Err(FileError::NotRegular)
        ));
    }

    #[test]
    fn the_file_that_was_checked_is_the_file_that_is_read() {
        let (root, folder) = case();
        let path = root.path().join("case/retainer.pdf");
        let mut file = folder.file("retainer.pdf").unwrap();
        fs::rename(&path, root.path().join("moved")).unwrap();
        fs::write(&path, "swapped").unwrap();
        assert_eq!(
            file.sha256().unwrap().to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
