//! The files of posted cases, until they are in Clio.
//!
//! Each case has a folder of its own below the home, which its run names. It goes
//! when the run is done. One that failed keeps it, for it may be tried again.
//!
//! What must stay true: a case that was taken finds its files after any kill, and
//! what a killed process was receiving does not lie there for ever.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use clio_runner::failure::Failure;
use clio_runner::files::Folder;
use clio_runner::home::Home;
use clio_runner::journal::runs::{Run, RunFilter, Status};

use super::case::{self, Files};
use crate::service::Service;

/// What no run names goes after this time: a request that brings files does not last
/// as long.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);
/// What failed or was cancelled keeps its files for this long.
const KEPT: Duration = Duration::from_secs(31 * 24 * 60 * 60);
/// The most runs that are looked at for their files.
const MOST_RUNS: u32 = 1_000_000;

/// A folder for the files of a case that comes in. It goes with this, unless it is
/// kept.
#[derive(Debug)]
pub(crate) struct Incoming {
    name: String,
    path: PathBuf,
    kept: bool,
}

impl Incoming {
    pub(crate) fn new(home: &Home) -> Result<Self, Failure> {
        let all = home.cases()?;
        let made = tempfile::Builder::new()
            .prefix("case-")
            .rand_bytes(16)
            .tempdir_in(&all);
        let path = made.map_err(|error| unwritable(&all, &error))?.keep();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.map(str::to_owned);
        Ok(Self {
            name: name.ok_or_else(|| Failure::host("a folder has no name"))?,
            path,
            kept: false,
        })
    }

    pub(crate) fn folder(&self) -> Result<Folder, Failure> {
        let folder = Folder::open(&self.path).map_err(|error| unwritable(&self.path, &error))?;
        Ok(folder.shown_as("the request"))
    }

    pub(crate) fn files(&self) -> Files {
        Files::Posted(self.name.clone())
    }

    /// Makes the names in the folder, and its own, survive a power cut.
    pub(crate) fn make_durable(&self) -> Result<(), Failure> {
        let sync = |path: &Path| fs::File::open(path).and_then(|folder| folder.sync_all());
        let all = self.path.parent().unwrap_or(&self.path);
        folders(&self.path)
            .and_then(|folders| folders.iter().try_for_each(|folder| sync(folder)))
            .and_then(|()| sync(all))
            .map_err(|error| unwritable(&self.path, &error))
    }

    /// A run names it from now on.
    pub(crate) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.kept {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// A folder and those in it.
fn folders(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = vec![path.to_owned()];
    let mut at = 0;
    while let Some(folder) = found.get(at).cloned() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                found.push(entry.path());
            }
        }
        at += 1;
    }
    Ok(found)
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    let what = format!("the folder {} cannot be used: {error}", path.display());
    Failure::host(what).next("make it writable, with room on its disk")
}

/// Opens the folder of a case that was taken.
pub(super) fn open(home: &Home, name: &str) -> Result<Folder, Failure> {
    Folder::open(&home.cases()?.join(name)).map_err(|_| {
        Failure::usage("the files that were posted with the case are gone")
            .next("post the case again")
    })
}

/// Removes the files of a case that is in Clio.
pub(super) fn done(service: &Service, run: &Run) {
    let Ok(Some(name)) = folder_of(service, run) else {
        return;
    };
    let removed = service
        .home
        .cases()
        .map(|all| fs::remove_dir_all(all.join(name)));
    if let Ok(Err(error)) = removed
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(run = run.id, %error, "the files of a case that is done stay for now");
    }
}

/// Removes what no run needs any more.
pub(super) fn sweep(service: &Service) -> Result<(), Failure> {
    let filter = RunFilter {
        kinds: vec![case::KIND.to_owned()],
        limit: MOST_RUNS,
        ..RunFilter::default()
    };
    // Listed before the runs are: what comes in meanwhile is too young.
    let all = service.home.cases()?;
    let listed = fs::read_dir(&all).map_err(|error| unwritable(&all, &error))?;
    let old: Vec<PathBuf> = listed
        .filter_map(Result::ok)
        .filter(|entry| age(entry).is_some_and(|age| age > ABANDONED))
        .map(|entry| entry.path())
        .collect();
    if old.is_empty() {
        return Ok(());
    }
    let kept = i64::try_from(KEPT.as_millis()).unwrap_or(i64::MAX);
    let since = jiff::Timestamp::now().as_millisecond() - kept;
    let mut needed = BTreeSet::new();
    for run in service.journal.runs(&filter)? {
        let needs = match run.status {
            Status::Waiting | Status::Running => true,
            Status::Failed | Status::Cancelled => run.updated > since,
            Status::Done => false,
        };
        if needs {
            needed.extend(folder_of(service, &run)?);
        }
    }
    for path in old {
        let name = path.file_name().and_then(|name| name.to_str());
        if !name.is_some_and(|name| needed.contains(name)) {
            fs::remove_dir_all(&path).map_err(|error| unwritable(&path, &error))?;
        }
    }
    Ok(())
}

fn age(entry: &fs::DirEntry) -> Option<Duration> {
    let modified = entry.metadata().and_then(|data| data.modified()).ok()?;
    SystemTime::now().duration_since(modified).ok()
}

/// The name of the folder that a run's case was posted with.
fn folder_of(service: &Service, run: &Run) -> Result<Option<String>, Failure> {
    let Some(asked) = service.journal.run_asked(&run.id)? else {
        return Ok(None);
    };
    let asked = serde_json::from_slice(&asked)
        .map_err(|_| Failure::host("what a case was asked with cannot be read"))?;
    Ok(match case::read(asked)?.files {
        Files::Posted(name) => Some(name),
        Files::Watched { .. } => None,
    })
}
