//! A folder whose case files are synced.
//!
//! Case files lie in the folder itself, or one as `case.json` in a folder of its own
//! with its documents. One process at a time looks after a folder; what it takes, any
//! may carry out.
//!
//! What must stay true: what was taken is taken once, whatever is killed, until it
//! changes; what became of it is written beside it, at last; a link leads nowhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clio_runner::digest::Digest;
use clio_runner::failure::Failure;
use clio_runner::files::{Entry, Folder};
use clio_runner::journal::runs::{Class, Status};
use clio_runner::lock::Lock;
use tokio::time::Instant;

use super::found::{Found, Look, Whole, may_be_case};
use super::result;
use crate::service::Service;
use crate::work::case::{self, Asked, Files};

/// How often it is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// A look takes no more than this part of the time.
const PART: u32 = 10;
/// How often the run of a case is looked at that has not ended well.
const RUN: Duration = Duration::from_secs(2);

/// A folder, and what was found in it.
#[derive(Debug)]
pub(super) struct Watched {
    connection: String,
    root: PathBuf,
    /// The lock of who looks after it.
    lock: PathBuf,
    held: Option<Lock>,
    /// By place: the folder in the watched one, and the name.
    found: BTreeMap<(Option<String>, String), Found>,
    /// Whether it was told that it cannot be looked at.
    told: bool,
}

/// A case that is to be taken.
#[derive(Debug)]
struct Taking {
    place: (Option<String>, String),
    whole: Whole,
}

impl Watched {
    pub(super) fn new(service: &Service, connection: &str, root: &Path) -> Self {
        let of = Digest::of(format!("{connection}\0{}", root.display())).short();
        Self {
            connection: connection.to_owned(),
            root: root.to_owned(),
            lock: service.journal.locks().join(format!("watch-{of}.lock")),
            held: None,
            found: BTreeMap::new(),
            told: false,
        }
    }

    /// Whether this process looks after the folder.
    fn is_ours(&mut self) -> bool {
        if self.held.is_none() {
            self.held = Lock::try_take(&self.lock).ok().and_then(Result::ok);
        }
        self.held.is_some()
    }

    /// Looks at all that lies there, and returns what is to be taken, the oldest
    /// first.
    fn look(&mut self, service: &Service) -> Result<Vec<Taking>, Failure> {
        let cannot = |error: &dyn std::fmt::Display| {
            let what = format!("{} cannot be watched: {error}", self.root.display());
            Failure::host(what).next("make the folder readable; it is looked at again")
        };
        let root = Folder::open(&self.root).map_err(|error| cannot(&error))?;
        let listed = listed(&root).map_err(|error| cannot(&error))?;
        let now = Instant::now();
        let mapping = service.mapping(&self.connection);
        self.found.retain(|place, _| listed.contains_key(place));
        let mut taking: Vec<(i64, Taking)> = Vec::new();
        for (place, entry) in &listed {
            let found = self.found.entry(place.clone());
            let found = found.or_insert_with(|| Found::new(entry, now));
            found.listed(entry, now);
            if !found.is_due(now) {
                continue;
            }
            let Some(folder) = folder_of(&root, place.0.as_deref()) else {
                continue;
            };
            match found.look(&folder, &service.home, mapping.as_deref(), now) {
                Look::Nothing => {}
                Look::Whole(whole) => {
                    if result::says_done(&folder, &found.result_name(), &whole.mark) {
                        found.taken = Some((whole.mark, None));
                        continue;
                    }
                    let place = place.clone();
                    taking.push((entry.modified, Taking { place, whole }));
                }
                Look::NotTaken(failure) => {
                    write(&folder, &found.result_name(), &result::not_taken(&failure));
                }
            }
            tell_run(service, found, &folder, now)?;
        }
        taking.sort_by_key(|(modified, _)| *modified);
        Ok(taking.into_iter().map(|(_, taking)| taking).collect())
    }

    /// Takes a case: it stands in the journal from then on.
    async fn take(&mut self, service: &Arc<Service>, taking: Taking) -> Result<(), Failure> {
        let Taking { place, whole } = taking;
        let session = service.session(&self.connection).await?;
        let owner = session.account.owner.as_str();
        let asked = Asked {
            source_id: whole.source_id,
            case: whole.text,
            files: Files::Watched {
                folder: self.root.clone(),
                within: place.0.clone(),
            },
            content: String::new(),
            new_version: false,
        };
        let text = serde_json::to_vec(&asked)
            .map_err(|_| Failure::host("what the case is asked with cannot be written"))?;
        let root = self.root.to_string_lossy();
        let lane = [case::KIND, owner, &asked.source_id];
        let within = place.0.as_deref().unwrap_or_default();
        let once = ["watched", owner, &root, within, &place.1, &whole.mark];
        let run = case::new_run(&self.connection, owner, &lane, &once, Class::Event, &text);
        let (id, _) = service.add(run).await?;
        if let Some(found) = self.found.get_mut(&place) {
            found.taken = Some((whole.mark, Some(id)));
            found.told = None;
            found.run_at = Instant::now();
        }
        Ok(())
    }

    /// Tells beside a case why it could not be taken.
    fn tell_not_taken(&self, place: &(Option<String>, String), failure: &Failure) {
        let folder = Folder::open(&self.root)
            .ok()
            .and_then(|root| folder_of(&root, place.0.as_deref()));
        if let (Some(folder), Some(found)) = (folder, self.found.get(place)) {
            write(&folder, &found.result_name(), &result::not_taken(failure));
        }
    }
}

/// Looks at a folder until the process is to end.
pub(super) async fn watch(service: Arc<Service>, mut watched: Watched) {
    let mut pause = LOOK;
    loop {
        tokio::select! {
            () = service.stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = LOOK;
        if !watched.is_ours() {
            continue;
        }
        let began = Instant::now();
        let looking = Arc::clone(&service);
        let looked = tokio::task::spawn_blocking(move || {
            let taking = watched.look(&looking);
            (watched, taking)
        });
        let Ok((back, taking)) = looked.await else {
            tracing::error!("a look at a watched folder panicked; it is watched no more");
            return;
        };
        watched = back;
        pause = pause.max(began.elapsed() * PART);
        let taking = taking.unwrap_or_else(|failure| {
            if !watched.told {
                tracing::error!(connection = watched.connection, "{}", failure.what());
            }
            watched.told = true;
            Vec::new()
        });
        for taking in taking {
            let place = taking.place.clone();
            if let Err(failure) = watched.take(&service, taking).await {
                watched.tell_not_taken(&place, &failure);
            }
        }
    }
}

/// The case files that lie in a folder, and in the folders there.
fn listed(root: &Folder) -> std::io::Result<BTreeMap<(Option<String>, String), Entry>> {
    let mut listed = BTreeMap::new();
    for entry in root.entries()? {
        if !entry.is_folder {
            if may_be_case(&entry.name, false) {
                listed.insert((None, entry.name.clone()), entry);
            }
            continue;
        }
        // One that goes meanwhile is none.
        let Some(entries) = root.folder(&entry.name).ok().map(|it| it.entries()) else {
            continue;
        };
        for inner in entries.into_iter().flatten() {
            if !inner.is_folder && may_be_case(&inner.name, true) {
                listed.insert((Some(entry.name.clone()), inner.name.clone()), inner);
            }
        }
    }
    Ok(listed)
}

fn folder_of(root: &Folder, within: Option<&str>) -> Option<Folder> {
    match within {
        Some(within) => root.folder(within).ok(),
        None => root.try_clone().ok(),
    }
}

/// Writes beside a case how its run stands, when that is new.
fn tell_run(
    service: &Service,
    found: &mut Found,
    folder: &Folder,
    now: Instant,
) -> Result<(), Failure> {
    let Some((mark, Some(id))) = &found.taken else {
        return Ok(());
    };
    if now < found.run_at {
        return Ok(());
    }
    found.run_at = now + RUN;
    let Some(run) = service.journal.run(id)? else {
        return Ok(());
    };
    let stands = (run.status, run.updated);
    if found.told == Some(stands) {
        return Ok(());
    }
    let told = service.journal.run_told(id)?;
    write(
        folder,
        &found.result_name(),
        &result::of_run(&run, told.as_deref(), mark),
    );
    found.told = Some(stands);
    if run.status == Status::Done {
        let mark = mark.clone();
        found.taken = Some((mark, None));
    }
    Ok(())
}

fn write(folder: &Folder, name: &str, result: &serde_json::Value) {
    if let Err(error) = result::write(folder, name, result) {
        let folder = folder.shown().display();
        tracing::error!(%error, %folder, "what became of a case cannot be written beside it");
    }
}
