//! The thread that a journal is written on.
//!
//! A disk takes milliseconds, and a call's future runs on its caller's
//! executor, which must not wait for it. Jobs arrive by a channel and are done in
//! order. What waits while the disk works is done together: one sync makes all of
//! it durable. When the host goes, what was handed over is still written.
//!
//! What must stay true: after a sync that failed nothing counts as durable any
//! more. A system may tell of lost bytes once, and the next sync then succeeds for
//! bytes that are not on the disk.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::{AuditEntry, Journal, JournalError};

/// The most jobs of one sync, so that none waits for others without end.
const AT_ONCE: usize = 256;

/// What to do, in this order; who waits is told the result.
struct Job {
    /// The entry to add, if one.
    entry: Option<AuditEntry>,
    /// Whether it, and all before it, must be durable.
    durable: bool,
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
            let mut unsynced = None;
            while let Ok(first) = waiting.recv() {
                let more = std::iter::from_fn(|| waiting.try_recv().ok());
                let jobs = std::iter::once(first).chain(more).take(AT_ONCE);
                work(&*journal, jobs, &mut unsynced);
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

    /// Hands an entry over and waits until it is kept; it is durable after a
    /// [`Self::sync`].
    pub(crate) async fn append(&self, entry: AuditEntry) -> Result<(), JournalError> {
        self.done(Some(entry), false).await
    }

    /// Hands an entry over and waits until it is durable.
    pub(crate) async fn append_durably(&self, entry: AuditEntry) -> Result<(), JournalError> {
        self.done(Some(entry), true).await
    }

    /// Waits until everything that was handed over is durable. Who waits does not
    /// hold the writer.
    pub(crate) fn sync(&self) -> impl Future<Output = Result<(), JournalError>> + use<> {
        self.done(None, true)
    }

    fn done(
        &self,
        entry: Option<AuditEntry>,
        durable: bool,
    ) -> impl Future<Output = Result<(), JournalError>> + use<> {
        let (done, written) = oneshot::channel();
        let job = Job {
            entry,
            durable,
            done: Some(done),
        };
        let handed = self
            .jobs
            .as_ref()
            .is_some_and(|jobs| jobs.send(job).is_ok());
        async move {
            match handed {
                true => written.await.unwrap_or_else(|_| Err(JournalError::gone())),
                false => Err(JournalError::gone()),
            }
        }
    }

    /// Hands an entry over.
    pub(crate) fn append_later(&self, entry: AuditEntry) {
        if let Some(jobs) = &self.jobs {
            let _ = jobs.send(Job {
                entry: Some(entry),
                durable: true,
                done: None,
            });
        }
    }
}

/// Does what waits, with one sync at the end for all that asked for one. The first
/// that failed is kept in `failed`, and is the answer to everything from then on.
fn work(journal: &dyn Journal, jobs: impl Iterator<Item = Job>, failed: &mut Option<JournalError>) {
    let mut unsynced = Vec::new();
    for Job {
        entry,
        durable,
        done,
    } in jobs
    {
        let written = match (&failed, &entry) {
            (Some(error), _) => Err(error.clone()),
            (None, Some(entry)) => journal.append(entry),
            (None, None) => Ok(()),
        };
        if let (Err(error), Some(entry)) = (&written, &entry) {
            tracing::error!(correlation = %entry.correlation, %error, "not in the audit");
        }
        match written {
            Ok(()) if durable => unsynced.push(done),
            written => tell(done, written),
        }
    }
    if unsynced.is_empty() {
        return;
    }
    let synced = journal.sync().map_err(JournalError::not_durable);
    if let Err(error) = &synced {
        tracing::error!(%error, "the audit is not durable");
        *failed = Some(error.clone());
    }
    for done in unsynced {
        tell(done, synced.clone());
    }
}

fn tell(done: Option<oneshot::Sender<Result<(), JournalError>>>, result: Result<(), JournalError>) {
    if let Some(done) = done {
        let _ = done.send(result);
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Mutex;
    use std::sync::mpsc::Receiver;
    use std::time::SystemTime;

    use super::*;
    use crate::journal::AuditStatus;

    /// Begins its first entry when it is let.
    struct Held {
        begin: Mutex<Option<Receiver<()>>>,
        events: Mutex<Vec<&'static str>>,
    }

    impl Journal for Held {
        fn append(&self, _: &AuditEntry) -> Result<(), JournalError> {
            if let Some(begin) = self.begin.lock().unwrap().take() {
                begin.recv().unwrap();
            }
            self.events.lock().unwrap().push("append");
            Ok(())
        }

        fn sync(&self) -> Result<(), JournalError> {
            self.events.lock().unwrap().push("sync");
            Ok(())
        }
    }

    /// Loses what was written once, and says so once, as Linux does.
    #[derive(Default)]
    struct Lossy {
        syncs: Mutex<u32>,
        entries: Mutex<u32>,
    }

    impl Journal for Lossy {
        fn append(&self, _: &AuditEntry) -> Result<(), JournalError> {
            *self.entries.lock().unwrap() += 1;
            Ok(())
        }

        fn sync(&self) -> Result<(), JournalError> {
            let mut syncs = self.syncs.lock().unwrap();
            *syncs += 1;
            match *syncs {
                2 => Err(JournalError("Input/output error".into())),
                _ => Ok(()),
            }
        }
    }

    #[tokio::test]
    async fn nothing_is_durable_after_a_sync_that_failed() {
        let journal = Arc::new(Lossy::default());
        let writer = JournalWriter::start(Arc::clone(&journal) as _).unwrap();
        writer.append_durably(entry()).await.unwrap();
        let first = writer.append_durably(entry()).await.unwrap_err();
        let message = first.to_string();
        assert!(message.contains("Input/output error"), "{message}");
        assert!(message.contains("check the disk"), "{message}");
        let later = [
            writer.append_durably(entry()).await,
            writer.append(entry()).await,
            writer.sync().await,
        ];
        assert_eq!(later, [Err(first.clone()), Err(first.clone()), Err(first)]);
        assert_eq!(*journal.entries.lock().unwrap(), 2);
        assert_eq!(*journal.syncs.lock().unwrap(), 2);
    }

    fn entry() -> AuditEntry {
        AuditEntry {
            at: SystemTime::UNIX_EPOCH,
            correlation: String::new(),
            action: String::new(),
            connection: String::new(),
            account: String::new(),
            status: AuditStatus::Done,
            code: None,
            ids: Vec::new(),
            writes: Vec::new(),
            digests: Vec::new(),
            requests: 0,
            sent: 0,
            received: 0,
            denied: 0,
        }
    }

    #[tokio::test]
    async fn what_waits_while_the_disk_works_is_synced_together() {
        let (let_begin, begin) = mpsc::channel();
        let journal = Arc::new(Held {
            begin: Mutex::new(Some(begin)),
            events: Mutex::default(),
        });
        let writer = JournalWriter::start(Arc::clone(&journal) as _).unwrap();
        let ends = (0..20).map(|_| writer.append_durably(entry()));
        let all = futures_util::future::join_all(ends);
        // All are handed over by the time that the last one is asked for.
        let (ends, ()) = tokio::join!(all, async { let_begin.send(()).unwrap() });
        assert!(ends.iter().all(Result::is_ok));
        let events = std::mem::take(&mut *journal.events.lock().unwrap());
        assert_eq!(events, [vec!["append"; 20], vec!["sync"]].concat());
        // Who only begins waits for none.
        writer.append(entry()).await.unwrap();
        assert_eq!(*journal.events.lock().unwrap(), ["append"]);
    }
}
