//! That a call's first entry is durable before a write of it leaves.
//!
//! A call that only reads leaves nothing behind to be looked up, so its first
//! entry waits for no disk.

use std::sync::{Arc, Weak};

use tokio::sync::OnceCell;

use super::{JournalError, JournalWriter};

/// The first entry of a call, as its writes see it.
#[derive(Debug, Default)]
pub(crate) struct Intent {
    /// None in a host without a journal. Not held: a process that ends waits for
    /// its writer, and a call that was dropped may end later than that.
    journal: Option<Weak<JournalWriter>>,
    durable: OnceCell<()>,
}

impl Intent {
    pub(crate) fn new(journal: Option<&Arc<JournalWriter>>) -> Self {
        Self {
            journal: journal.map(Arc::downgrade),
            durable: OnceCell::new(),
        }
    }

    /// Waits until the entry is durable: once a call.
    ///
    /// # Errors
    /// When it could not be made so. Then no write may leave.
    pub(crate) async fn keep(&self) -> Result<(), JournalError> {
        let Some(journal) = &self.journal else {
            return Ok(());
        };
        let sync = || async {
            let synced = journal.upgrade().map(|journal| journal.sync());
            synced.ok_or_else(JournalError::gone)?.await
        };
        self.durable.get_or_try_init(sync).await.copied()
    }
}
