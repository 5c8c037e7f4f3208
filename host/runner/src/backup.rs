//! Backup and restore: a home in one file, while processes work on it.
//!
//! The file is a tar, packed with Zstandard, which any system can list and unpack.
//! It holds one moment: the journal, the end of its audit and the vault agree with
//! each other, whatever is written meanwhile. What is remembered of processes
//! (locks, compiled code) stays behind.
//!
//! What must stay true: all that lies in the folders goes into it, or there is none;
//! the vault's key only where that was asked for, since who has both has the firm's
//! tokens; a restore puts nothing beside what stands there, and leaves nothing where
//! it fails.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use clio_host::vault::KeyPlace;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::failure::Failure;
use crate::home::{Home, private_file};
use crate::journal::{self, Journal, Verdict};
use crate::vault::{self, KEY};

/// The first entry, which says what the file is.
const ABOUT: &str = "backup.json";
const FORMAT: &str = "clio-backup 1";
/// What is kept of a home.
const FILES: [&str; 2] = ["serve.toml", "policy.toml"];
const FOLDERS: [&str; 6] = ["journal", "vault", "mappings", "uploads", "cases", "drafts"];
/// Of these all files are taken as they lie there.
const PLAIN: [&str; 4] = ["mappings", "uploads", "cases", "drafts"];
/// What the names of folders begin with in which a backup or a restore works.
const UNFINISHED: &str = ".unfinished-";
/// Small and fast: most of it is sealed, and cannot be packed at all.
const LEVEL: i32 = 3;

#[derive(Debug, Serialize, Deserialize)]
struct About {
    format: String,
    /// Of the program that wrote it.
    version: String,
    /// RFC 3339.
    made: String,
    /// Whether the vault's key is in it.
    with_key: bool,
}

/// What was backed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackedUp {
    /// The file's length.
    pub bytes: u64,
    /// Where the vault's key lies that is not in the file.
    pub key: Option<(KeyPlace, PathBuf)>,
}

/// Writes a home's backup into a file, which must not be there.
///
/// # Errors
/// When there is no home, or the file cannot be written: then none is there.
pub fn back_up(home: &Home, file: &Path, with_key: bool) -> Result<BackedUp, Failure> {
    let folder = home.folder();
    if !folder.join("journal").is_dir() {
        return Err(Failure::usage(format!(
            "there is nothing to back up in {}",
            folder.display()
        ))
        .next("set CLIO_HOME to the folder that clio works in"));
    }
    let unwritable = |error| not_written(file, &error);
    let beside = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if file.exists() {
        return Err(unwritable(io::ErrorKind::AlreadyExists.into()));
    }
    // Its rights are 0600.
    let part = tempfile::NamedTempFile::new_in(beside).map_err(unwritable)?;
    let journal = Journal::of(home)?;
    let event = journal.begin("backup", "", "")?;
    let written = staged(home, &journal, with_key).and_then(|(stage, key)| {
        write(stage.path(), part.as_file(), with_key)?;
        Ok(key)
    });
    let key = match written {
        Ok(key) => key,
        Err(failure) => {
            event.end(&journal, "failed", "backup")?;
            return Err(failure);
        }
    };
    let bytes = part.as_file().metadata().map_err(unwritable)?.len();
    part.persist_noclobber(file)
        .map_err(|error| unwritable(error.error))?;
    event.end(&journal, "done", "")?;
    Ok(BackedUp { bytes, key })
}

/// What is to be packed, and where the key lies that is not.
type Staged = (TempDir, Option<(KeyPlace, PathBuf)>);

/// Copies one moment of the home into a folder within it.
fn staged(home: &Home, journal: &Journal, with_key: bool) -> Result<Staged, Failure> {
    let stage = unfinished(home.folder())?;
    for name in FOLDERS {
        let made = stage.path().join(name);
        fs::create_dir(&made).map_err(|error| not_written(&made, &error))?;
    }
    let vault = vault::open(home)?;
    let mut place = None;
    journal.copy_into(&stage.path().join("journal"), || {
        place = vault.copy_into(&stage.path().join("vault"), with_key)?;
        for name in FILES {
            taken(&home.folder().join(name), &stage.path().join(name))?;
        }
        for name in PLAIN {
            for file in files_below(home.folder(), Path::new(name))? {
                let to = stage.path().join(&file);
                if let Some(parent) = to.parent() {
                    fs::create_dir_all(parent).map_err(|error| not_written(parent, &error))?;
                }
                taken(&home.folder().join(file), &to)?;
            }
        }
        Ok::<_, Failure>(())
    })?;
    let key = place
        .filter(|place| !(with_key && *place == KeyPlace::File))
        .map(|place| (place, vault.key_file()));
    Ok((stage, key))
}

/// The files in a folder and below it, by their paths in `root`. What goes meanwhile
/// is none; what cannot be put into a backup is a failure, for it would be lost.
fn files_below(root: &Path, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let cannot = |path: &Path, why: &str| {
        Failure::host(format!(
            "{} cannot be backed up: {why}",
            root.join(path).display()
        ))
        .next("move it elsewhere, or mend its rights; no backup was written")
    };
    let is_gone = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        let unreadable = |error: io::Error| cannot(&folder, &error.to_string());
        let entries = match fs::read_dir(root.join(&folder)) {
            Err(error) if is_gone(&error) => continue,
            entries => entries.map_err(unreadable)?,
        };
        for entry in entries {
            let entry = entry.map_err(unreadable)?;
            let path = folder.join(entry.file_name());
            match entry.file_type() {
                Err(error) if is_gone(&error) => {}
                Ok(kind) if kind.is_dir() => folders.push(path),
                Ok(kind) if kind.is_file() && is_ours(&path) => files.push(path),
                Ok(kind) if kind.is_file() => return Err(cannot(&path, "its name is no text")),
                Ok(_) => return Err(cannot(&path, "it is a link, or no file")),
                Err(error) => return Err(cannot(&path, &error.to_string())),
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Takes a file as it is now. It gets a second name where that can be, which costs
/// nothing and keeps it when the first goes: our files are replaced, and not
/// written over.
fn taken(from: &Path, to: &Path) -> Result<(), Failure> {
    if fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    match fs::copy(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(
            Failure::host(format!("{} cannot be copied: {error}", from.display()))
                .next("make the file readable, and see that there is room on the disk"),
        ),
        Ok(_) => Ok(()),
    }
}

fn write(stage: &Path, file: &File, with_key: bool) -> Result<(), Failure> {
    let mut files: Vec<PathBuf> = FILES.iter().map(PathBuf::from).collect();
    files.retain(|name| stage.join(name).is_file());
    for name in FOLDERS {
        files.extend(files_below(stage, Path::new(name))?);
    }
    let pack = || -> io::Result<()> {
        let mut packed = zstd::Encoder::new(file, LEVEL)?;
        packed.include_checksum(true)?;
        let mut tar = tar::Builder::new(packed);
        tar.mode(tar::HeaderMode::Deterministic);
        let about = serde_json::to_vec(&About {
            format: FORMAT.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            made: jiff::Timestamp::now().to_string(),
            with_key,
        })?;
        let mut header = tar::Header::new_gnu();
        header.set_size(about.len() as u64);
        header.set_mode(0o600);
        tar.append_data(&mut header, ABOUT, &*about)?;
        for name in &files {
            append(&mut tar, &stage.join(name), name)?;
        }
        tar.into_inner()?.finish()?.sync_all()
    };
    pack().map_err(|error| {
        Failure::host(format!("the backup cannot be written: {error}"))
            .next("see that there is room on the disk; nothing was left")
    })
}

/// Adds a file at the length that it has now: what still comes in has grown by the
/// time that it is read.
fn append(tar: &mut tar::Builder<impl io::Write>, from: &Path, name: &Path) -> io::Result<()> {
    let file = File::open(from)?;
    let about = file.metadata()?;
    let mut header = tar::Header::new_gnu();
    header.set_metadata_in_mode(&about, tar::HeaderMode::Deterministic);
    let mut content = io::Read::take(file, about.len());
    tar.append_data(&mut header, name, &mut content)?;
    match content.limit() {
        0 => Ok(()),
        _ => Err(io::Error::other("a file became shorter meanwhile")),
    }
}

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// When the backup was made (RFC 3339).
    pub made: String,
    /// What a look through its audit found.
    pub verdict: Verdict,
}

/// Puts a backup into a home in which nothing stands. `key` is a copy of the
/// vault's key file, where the backup does not hold it.
///
/// # Errors
/// When something stands there, or the file is no whole backup, or the vault's key
/// is missing. The home is then as it was.
pub fn restore(home: &Home, file: &Path, key: Option<&Path>) -> Result<Restored, Failure> {
    let folder = home.folder();
    if let Some(there) = FILES
        .iter()
        .chain(&FOLDERS)
        .map(|name| folder.join(name))
        .find(|path| path.exists())
    {
        return Err(
            Failure::usage(format!("{} stands there already", there.display())).next(
                "end what runs on that home and move the folder away, or set CLIO_HOME to another",
            ),
        );
    }
    // Makes the home's folder, for its owner alone.
    home.locks()?;
    let stage = unfinished(folder)?;
    let about = unpacked(file, stage.path()).map_err(|what| {
        Failure::usage(format!(
            "{} is no whole backup of clio's: {what}",
            file.display()
        ))
        .next("name a file that `clio backup` wrote; nothing was restored")
    })?;
    if let Some(key) = key {
        let bytes = crate::bounded::file(key, 64 * 1024).map_err(|error| {
            Failure::usage(format!("{} cannot be read: {error}", key.display()))
                .next("name the copy of the vault's key file")
        })?;
        let to = stage.path().join("vault").join("key");
        let written = private_file(&to).and_then(|mut file| {
            file.set_len(0)?;
            file.write_all(&bytes)?;
            file.sync_all()
        });
        written.map_err(|error| not_written(&to, &error))?;
    }
    journal::check_database(&stage.path().join("journal"))?;
    let placed = Placed::from(stage.path(), folder)?;
    let journal = Journal::of(home).map_err(without_key)?;
    let verdict = journal.verify()?;
    journal
        .begin("restore", "", "")?
        .end(&journal, "done", "")?;
    placed.keep();
    Ok(Restored {
        made: about.made,
        verdict,
    })
}

fn without_key(failure: Failure) -> Failure {
    Failure::new(failure.exit(), failure.what()).next(format!(
        "nothing was restored: name the copy of the vault's key file with --vault-key, or set \
         {KEY} to the key"
    ))
}

/// What was put in its place, and is taken away again unless it is kept.
struct Placed(Vec<PathBuf>);

impl Placed {
    fn from(stage: &Path, folder: &Path) -> Result<Self, Failure> {
        let mut placed = Self(Vec::new());
        // The journal last: a home without one was not restored to its end.
        for name in FILES.iter().chain(FOLDERS.iter().rev()) {
            let (from, to) = (stage.join(name), folder.join(name));
            if from.exists() {
                fs::rename(&from, &to).map_err(|error| not_written(&to, &error))?;
                placed.0.push(to);
            }
        }
        #[cfg(unix)]
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| not_written(folder, &error))?;
        Ok(placed)
    }

    fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Placed {
    fn drop(&mut self) {
        for path in self.0.drain(..) {
            let _ = match path.is_dir() {
                true => fs::remove_dir_all(path),
                false => fs::remove_file(path),
            };
        }
    }
}

/// Unpacks a backup into a folder, and returns what it says of itself.
fn unpacked(file: &Path, stage: &Path) -> Result<About, String> {
    let told = |error: io::Error| error.to_string();
    let packed = zstd::Decoder::new(File::open(file).map_err(told)?).map_err(told)?;
    let mut tar = tar::Archive::new(packed);
    let mut about: Option<About> = None;
    for entry in tar.entries().map_err(told)? {
        let mut entry = entry.map_err(told)?;
        let path = entry.path().map_err(told)?.into_owned();
        if about.is_none() {
            let mut text = Vec::new();
            io::copy(&mut io::Read::take(&mut entry, 64 * 1024), &mut text).map_err(told)?;
            let said: Option<About> = serde_json::from_slice(&text).ok();
            let said = said.filter(|_| path == Path::new(ABOUT));
            let said = said.ok_or("it does not begin as one")?;
            if said.format != FORMAT {
                return Err(format!("it is of another format ({})", said.format));
            }
            about = Some(said);
            for name in FOLDERS {
                private_folder(&stage.join(name)).map_err(told)?;
            }
            continue;
        }
        if !entry.header().entry_type().is_file() || !is_ours(&path) {
            return Err("it holds what no backup does".to_owned());
        }
        let path = stage.join(path);
        if let Some(parent) = path.parent() {
            private_folder(parent).map_err(told)?;
        }
        let mut to = private_file(&path).map_err(told)?;
        io::copy(&mut entry, &mut to).map_err(told)?;
        to.sync_all().map_err(told)?;
    }
    // What follows is the checksum, and nothing else.
    let mut packed = tar.into_inner();
    io::copy(&mut packed, &mut io::sink()).map_err(told)?;
    if !stage.join("journal").join("journal.db").is_file() {
        return Err("it holds no journal".to_owned());
    }
    about.ok_or_else(|| "it is empty".to_owned())
}

/// Whether a backup may hold a file of this name.
fn is_ours(path: &Path) -> bool {
    let parts: Option<Vec<&str>> = path
        .components()
        .map(|part| match part {
            Component::Normal(name) => name.to_str(),
            _ => None,
        })
        .collect();
    match parts.as_deref() {
        Some([name]) => FILES.contains(name),
        Some([folder, below @ ..]) => FOLDERS.contains(folder) && !below.is_empty(),
        _ => false,
    }
}

fn unfinished(folder: &Path) -> Result<TempDir, Failure> {
    // What a killed process left.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name
            .to_str()
            .is_some_and(|name| name.starts_with(UNFINISHED))
            && is_old(&entry)
        {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    // Its rights are 0700.
    let made = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempdir_in(folder);
    made.map_err(|error| not_written(folder, &error))
}

/// Whether nobody works in it any more: no backup takes a day.
fn is_old(entry: &fs::DirEntry) -> bool {
    let changed = entry.metadata().and_then(|about| about.modified());
    let age = changed.ok().and_then(|at| at.elapsed().ok());
    age.is_some_and(|age| age > std::time::Duration::from_secs(24 * 60 * 60))
}

fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn not_written(path: &Path, error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::AlreadyExists {
        return Failure::usage(format!("{} is there already", path.display()))
            .next("name a file that is not there");
    }
    Failure::host(format!("{} cannot be written: {error}", path.display()))
        .next("make the folder writable, and see that there is room on the disk")
}
