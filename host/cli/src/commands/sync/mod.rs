//! `clio sync`: one case into Clio, and again without making anything twice.
//!
//! Everything that can be checked is checked first, then the case's lock is
//! taken and its memory read, then its client, its matter and its documents
//! follow. Each step is an action that looks before it writes, so an
//! interruption at any point leaves nothing that the next run does not take up.
//! A source id that stood for somebody else is refused before anything is sent.

mod client;
mod documents;
mod edits;
mod fields;
mod identity;
pub(crate) mod line;
mod places;
pub(crate) mod progress;
pub(crate) mod rehearsal;
pub(crate) mod report;
mod requests;
pub(crate) mod run;
mod settle;
mod words;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use crate::args::SyncArguments;
use crate::bounded;
use crate::case::{Case, Mistake, SCHEMA};
use crate::correlation;
use crate::digest::Digest;
use crate::dry_run::DryRun;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::Folder;
use crate::home::Home;
use crate::lock::{Lock, Patience};
use crate::mapping;
use crate::output;
use crate::pending::{self, Again};
use crate::session::Session;
use crate::state::{CaseState, Markers, Memory};
use progress::Progress;
use rehearsal::Rehearsal;
use report::Report;
use run::Sync;

/// A case file of a thousand documents takes a few hundred KiB.
const CASE_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// Prints the schema of case files.
pub(crate) fn schema() -> Result<Exit, Failure> {
    output::text(SCHEMA)?;
    Ok(Exit::Done)
}

/// Runs the command; with `again`, once more what has not succeeded.
pub(crate) async fn command(
    arguments: SyncArguments,
    again: Option<Again>,
    home: &Home,
) -> Result<Exit, Failure> {
    let Some(path) = &arguments.case else {
        return Err(Failure::usage("no case file is named").next("run clio sync CASE.json"));
    };
    let folder = folder(path, arguments.files.as_deref())?.with_hidden(arguments.hidden_files);
    let (mut case, digest) = read(path, &folder)?;
    let mapping = mapping::load(home, arguments.mapping.as_deref())?;
    let notes = mapping::apply(mapping.as_ref(), &mut case);
    right(path, mapping::twice(&case))?;
    let session = Session::open(home, &arguments.account).await?;
    let (account, journal) = (&session.account, &session.journal);
    let digests = vec![digest];
    if let Some(again) = &again {
        pending::check(again, &digests, account, journal)?;
    }
    let markers = Markers::read(journal, &account.scope)?;
    let rehearsal = Rehearsal::new(home)?;
    let mut mistakes = rehearsal.mistakes(&case, markers).await;
    mistakes.extend(rehearsal::approvals(&case, &folder));
    right(path, mistakes)?;
    let memory = Memory::new(Arc::clone(journal), &account.scope);
    let mut state = open_state(memory, &case, &arguments).await?;
    let host = session.plain_host()?;
    let correlation = match &arguments.correlation {
        Some(given) => given.clone(),
        None => correlation::new()?,
    };
    let sync = Sync {
        markers,
        on_change: arguments.on_change,
        at_once: arguments.at_once.into(),
        progress: Progress::of_stderr(arguments.quiet, case.documents.len() + 2),
        dry_run: arguments.dry_run.then(DryRun::default),
        notes,
        quiet: arguments.quiet,
        ..Sync::new(&host, &account.connection, &case, &folder, correlation)
    };
    // Before the outbox: what waits there is another's input.
    if let Some(refused) = sync.check(&state)? {
        sync.progress.end();
        let report = sync.refused(refused);
        tell(&report, arguments.json)?;
        return report.failure().map_or(Ok(Exit::Done), Err);
    }
    state.update(|_| {})?;
    let claim = if arguments.dry_run {
        None
    } else {
        let command = match again {
            Some(again) => again.command,
            None => pending::command(pending::typed(), None, digests)?,
        };
        let subject = state.memory().subject(&case.source_id);
        let lock = Some(state.lock());
        Some(pending::claim(journal, &subject, lock, "sync", account, &command).await?)
    };
    let ran = sync.run(&mut state).await;
    sync.progress.end();
    let (report, settle) = ran?;
    tell(&report, arguments.json)?;
    settle.write(&case, &mut state, arguments.quiet).await?;
    let failure = report.failure();
    match (claim, &failure) {
        (Some(claim), None) => claim.done()?,
        (Some(claim), Some(_)) => claim.failed(&report.code())?,
        (None, _) => {}
    }
    failure.map_or(Ok(Exit::Done), Err)
}

/// The folder that the case's files lie in.
fn folder(case: &Path, files: Option<&Path>) -> Result<Folder, Failure> {
    let path: PathBuf = match (files, case.parent()) {
        (Some(files), _) => files.to_owned(),
        (None, Some(parent)) if !parent.as_os_str().is_empty() => parent.to_owned(),
        (None, _) => PathBuf::from("."),
    };
    Folder::open(&path).map_err(|error| {
        Failure::usage(format!(
            "the folder {} cannot be opened: {error}",
            path.display()
        ))
        .next("name the case file, or the folder of its documents with --files DIR")
    })
}

/// The case, and the SHA-256 of its file.
fn read(path: &Path, folder: &Folder) -> Result<(Case, String), Failure> {
    let text = bounded::file(path, CASE_FILE_BYTES).map_err(|error| {
        let what = format!("the case file {} cannot be read: {error}", path.display());
        Failure::usage(what).next("run clio sync CASE.json with the path of a case file")
    })?;
    let digest = Digest::of(&text).to_string();
    let case = Case::parse(&text, folder).map_err(|mistakes| wrong(path, &mistakes))?;
    Ok((case, digest))
}

/// Ends the run when the case file has mistakes.
fn right(path: &Path, mistakes: Vec<Mistake>) -> Result<(), Failure> {
    if mistakes.is_empty() {
        return Ok(());
    }
    Err(wrong(path, &mistakes))
}

fn wrong(path: &Path, mistakes: &[Mistake]) -> Failure {
    let number = match mistakes.len() {
        1 => "a mistake".to_owned(),
        many => format!("{many} mistakes"),
    };
    Failure::usage(format!("{} has {number}; nothing was sent", path.display()))
        .details(mistakes.iter().map(ToString::to_string))
        .next("mend the case file and run it again; `clio sync --schema` prints its schema")
}

fn tell(report: &Report, json: bool) -> Result<(), Failure> {
    if json {
        output::json(report)
    } else {
        output::text(&report.render())
    }
}

/// Takes the case's lock, and reads what is remembered of it.
async fn open_state(
    memory: Memory,
    case: &Case,
    arguments: &SyncArguments,
) -> Result<CaseState, Failure> {
    let patience = Patience {
        no_wait: arguments.no_wait,
        quiet: arguments.quiet,
    };
    let source_id = &case.source_id;
    let lock = Lock::take(&memory.case_lock(source_id), "this case", patience).await?;
    let now = Timestamp::now();
    if arguments.dry_run {
        // It changes nothing, so it forgets nothing: it looks as if it had.
        let memory = memory.dry(arguments.forget);
        return Ok(CaseState::read(&memory, lock, source_id, now)?);
    }
    if arguments.forget {
        let client = case.client_source_id();
        return Ok(CaseState::forget(&memory, lock, source_id, &client, now)?);
    }
    Ok(CaseState::read(&memory, lock, source_id, now)?)
}
