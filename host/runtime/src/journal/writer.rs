//! The thread that a journal is written on.
//!
//! A disk takes milliseconds, and a call's future runs on its caller's
//! executor, which must not wait for it. Entries arrive by a channel and are
//! written in order. When the host goes, what was handed over is still written.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::{AuditEntry, Journal, JournalError};

struct Job {
    entry: AuditEntry,
    done: Option<oneshot::Sender<Result<(), JournalError>>>,
}

/// Writes one journal.
pub(crate) struct JournalWriter {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl JournalWriter {
    pub(crate) fn start(journal: Arc<dyn Journal>) -> std::io::Result<Self> {
        let (jobs, waiting) = mpsc::channel::<Job>();
        let write = move || {
            for Job { entry, done } in waiting {
                let written = journal.append(&entry);
                if let Err(error) = &written {
                    tracing::error!(correlation = %entry.correlation, %error, "not in the audit");
                }
                if let Some(done) = done {
                    let _ = done.send(written);
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("clio-journal".into())
            .spawn(write)?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Hands an entry over and waits until it is kept.
    pub(crate) async fn append(&self, entry: AuditEntry) -> Result<(), JournalError> {
        let (done, written) = oneshot::channel();
        let done = Some(done);
        let gone = || JournalError("its thread ended early".into());
        match &self.jobs {
            Some(jobs) => jobs.send(Job { entry, done }).map_err(|_| gone())?,
            None => return Err(gone()),
        }
        written.await.unwrap_or_else(|_| Err(gone()))
    }

    /// Hands an entry over.
    pub(crate) fn append_later(&self, entry: AuditEntry) {
        if let Some(jobs) = &self.jobs {
            let _ = jobs.send(Job { entry, done: None });
        }
    }
}

impl Drop for JournalWriter {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for JournalWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JournalWriter").finish_non_exhaustive()
    }
}
