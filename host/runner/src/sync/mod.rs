//! One case into Clio, and again without making anything twice.
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
pub mod line;
mod places;
pub mod progress;
pub mod rehearsal;
pub mod report;
mod requests;
pub mod run;
mod settle;
mod words;

use std::sync::Arc;

use jiff::Timestamp;

use crate::case::{Case, Mistake};
use crate::correlation;
use crate::digest::Digest;
use crate::dry_run::DryRun;
use crate::failure::Failure;
use crate::files::Folder;
use crate::home::Home;
use crate::journal::outbox::{Claim, Command};
use crate::lock::{Lock, Patience};
use crate::mapping;
use crate::pending::{self, Again};
use crate::session::Session;
use crate::state::{CaseState, Markers, Memory};
use progress::Progress;
use rehearsal::Rehearsal;
use report::Report;
use run::Sync;
use settle::Settle;

/// A case file of a thousand documents takes a few hundred KiB.
pub const CASE_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// What to do with a document that stands in Clio with other content.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnChange {
    /// Leave it, and report it as changed.
    #[default]
    Report,
    /// Add the content as a new version.
    NewVersion,
}

/// How a case is synced.
#[derive(Debug, Clone, Default)]
pub struct How {
    pub on_change: OnChange,
    /// Forget what earlier runs remembered of the case and of its client.
    pub forget: bool,
    /// End instead of waiting while another process works on the case.
    pub no_wait: bool,
    /// How many documents are uploaded at once.
    pub at_once: usize,
    pub dry_run: bool,
    pub correlation: Option<String>,
    /// Say nothing while waiting.
    pub quiet: bool,
}

/// A case file, read, with the firm's terms put into it.
#[derive(Debug)]
pub struct Mapped {
    case: Case,
    notes: Vec<mapping::Note>,
    /// The SHA-256 of the file.
    digest: String,
}

impl Mapped {
    /// Reads a case file, and puts the terms of the mapping of that name into it.
    ///
    /// # Errors
    /// All mistakes of the file, or what is wrong with the mapping.
    pub fn of(
        text: &[u8],
        folder: &Folder,
        home: &Home,
        mapping: Option<&str>,
    ) -> Result<Result<Self, Vec<Mistake>>, Failure> {
        let digest = Digest::of(text).to_string();
        let mut case = match Case::parse(text, folder) {
            Ok(case) => case,
            Err(mistakes) => return Ok(Err(mistakes)),
        };
        let mapping = mapping::load(home, mapping)?;
        let notes = mapping::apply(mapping.as_ref(), &mut case);
        let twice = mapping::twice(&case);
        Ok(if twice.is_empty() {
            Ok(Self {
                case,
                notes,
                digest,
            })
        } else {
            Err(twice)
        })
    }

    pub fn case(&self) -> &Case {
        &self.case
    }

    /// Everything that an action would refuse, and drafts that are not there.
    pub async fn mistakes(
        &self,
        session: &Session,
        rehearsal: &Rehearsal,
    ) -> Result<Vec<Mistake>, Failure> {
        let markers = Markers::read(&session.journal, &session.account.scope)?;
        let mut mistakes = rehearsal.mistakes(&self.case, markers).await;
        mistakes.extend(rehearsal::drafts(&self.case, session)?);
        Ok(mistakes)
    }
}

/// What a sync came to. It is told first, and settled then.
#[derive(Debug)]
#[must_use = "it is not settled"]
pub struct Ended<'a> {
    pub report: Report,
    case: &'a Case,
    quiet: bool,
    /// None: it was refused before anything was sent.
    rest: Option<(CaseState, Settle, Option<Claim<'a>>)>,
}

impl Ended<'_> {
    /// Remembers what was told, and gives up the place in the outbox.
    ///
    /// # Errors
    /// The failure that the sync ended in.
    pub async fn settle(self) -> Result<(), Failure> {
        let failure = self.report.failure();
        if let Some((mut state, settle, claim)) = self.rest {
            settle.write(self.case, &mut state, self.quiet).await?;
            match (claim, &failure) {
                (Some(claim), None) => claim.done()?,
                (Some(claim), Some(_)) => claim.failed(&self.report.code())?,
                (None, _) => {}
            }
        }
        failure.map_or(Ok(()), Err)
    }
}

/// What `clio retry` is to run, given the digests of what it must find again.
pub type Queued<'a> =
    &'a (dyn Fn(Vec<String>) -> Result<Command, Failure> + Send + std::marker::Sync);

/// Takes a case that has no mistakes into Clio. Without `queued` it has no place in
/// the outbox: what stands for it elsewhere is run again.
///
/// # Errors
/// What keeps it from being begun. What fails in Clio is in the report.
pub async fn case<'s>(
    session: &'s Session,
    mapped: &'s Mapped,
    folder: &Folder,
    how: How,
    progress: Progress,
    again: Option<Again>,
    queued: Option<Queued<'_>>,
) -> Result<Ended<'s>, Failure> {
    let (account, journal) = (&session.account, &session.journal);
    let case = &mapped.case;
    let digests = vec![mapped.digest.clone()];
    if let Some(again) = &again {
        pending::check(again, &digests, account, journal)?;
    }
    let memory = Memory::new(Arc::clone(journal), &account.scope);
    let mut state = open_state(memory, case, &how).await?;
    let host = session.plain_host()?;
    let correlation = match how.correlation {
        Some(given) => given,
        None => correlation::new()?,
    };
    let sync = Sync {
        markers: Markers::read(journal, &account.scope)?,
        on_change: how.on_change,
        at_once: how.at_once,
        progress,
        dry_run: how.dry_run.then(DryRun::default),
        notes: mapped.notes.clone(),
        quiet: how.quiet,
        drafts: Some(session),
        ..Sync::new(&host, &account.connection, case, folder, correlation)
    };
    // Before the outbox: what waits there is another's input.
    if let Some(refused) = sync.check(&state)? {
        sync.progress.end();
        return Ok(Ended {
            report: sync.refused(refused),
            case,
            quiet: how.quiet,
            rest: None,
        });
    }
    state.update(|_| {})?;
    let command = match (again, queued) {
        _ if how.dry_run => None,
        (Some(again), _) => Some(again.command),
        (None, Some(queued)) => Some(queued(digests)?),
        (None, None) => None,
    };
    let claim = match command {
        Some(command) => {
            let subject = state.memory().subject(&case.source_id);
            let lock = Some(state.lock());
            Some(pending::claim(journal, &subject, lock, "sync", account, &command).await?)
        }
        None => None,
    };
    let ran = sync.run(&mut state).await;
    sync.progress.end();
    let (report, settle) = ran?;
    Ok(Ended {
        report,
        case,
        quiet: how.quiet,
        rest: Some((state, settle, claim)),
    })
}

/// Takes the case's lock, and reads what is remembered of it.
async fn open_state(memory: Memory, case: &Case, how: &How) -> Result<CaseState, Failure> {
    let patience = Patience {
        no_wait: how.no_wait,
        quiet: how.quiet,
    };
    let source_id = &case.source_id;
    let lock = Lock::take(&memory.case_lock(source_id), "this case", patience).await?;
    let now = Timestamp::now();
    if how.dry_run {
        // It changes nothing, so it forgets nothing: it looks as if it had.
        let memory = memory.dry(how.forget);
        return Ok(CaseState::read(&memory, lock, source_id, now)?);
    }
    if how.forget {
        let client = case.client_source_id();
        return Ok(CaseState::forget(&memory, lock, source_id, &client, now)?);
    }
    Ok(CaseState::read(&memory, lock, source_id, now)?)
}
