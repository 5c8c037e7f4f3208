//! A journal that is gone with its process: for tests and for embedders that
//! keep their own.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::{AuditEntry, Journal, JournalError};

/// Keeps the newest entries in memory.
#[derive(Debug)]
pub struct MemoryJournal {
    most: usize,
    entries: Mutex<VecDeque<AuditEntry>>,
}

impl MemoryJournal {
    /// A journal of at most so many entries: an older one goes for each newer.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            entries: Mutex::default(),
        }
    }

    /// The entries, oldest first.
    #[must_use]
    pub fn entries(&self) -> Vec<AuditEntry> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().cloned().collect()
    }
}

impl Journal for MemoryJournal {
    fn append(&self, entry: &AuditEntry) -> Result<(), JournalError> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() == self.most {
            entries.pop_front();
        }
        entries.push_back(entry.clone());
        Ok(())
    }

    /// Nothing of it outlives its process, whatever is done.
    fn sync(&self) -> Result<(), JournalError> {
        Ok(())
    }
}
