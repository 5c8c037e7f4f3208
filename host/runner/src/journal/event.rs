//! What is done to a connection or the vault, in the audit beside the calls.
//!
//! As of a call there are two rows: one before, one at the end. Who cannot write
//! the first does not begin.

use super::{AuditRow, Details, Journal, JournalError};
use crate::correlation;
use crate::failure::Failure;

/// Something that has begun.
#[derive(Debug)]
#[must_use = "it has begun and not ended"]
pub struct Event {
    row: AuditRow,
    details: Details,
}

impl Journal {
    /// Writes that something is about to be done to a connection, which leads to
    /// `account`. Both are empty for what concerns no single one.
    pub fn begin(&self, action: &str, connection: &str, account: &str) -> Result<Event, Failure> {
        self.begin_after(action, connection, account, "")
    }

    /// The same, of a name that led to the account `former`.
    pub fn begin_after(
        &self,
        action: &str,
        connection: &str,
        account: &str,
        former: &str,
    ) -> Result<Event, Failure> {
        let details = Details {
            account: account.to_owned(),
            former_account: former.to_owned(),
            ..Details::default()
        };
        Ok(self.begin_with(action, connection, &correlation::new()?, details)?)
    }

    /// The same with all that the rows say, under this correlation id.
    pub(super) fn begin_with(
        &self,
        action: &str,
        connection: &str,
        correlation: &str,
        details: Details,
    ) -> Result<Event, JournalError> {
        let event = Event {
            row: AuditRow {
                correlation: correlation.to_owned(),
                connection: connection.to_owned(),
                ..AuditRow::note(action, "")
            },
            details,
        };
        event.write(self, "begun", "")?;
        Ok(event)
    }
}

impl Event {
    /// Names records in Clio that it was about.
    pub fn about(mut self, ids: &[u64]) -> Self {
        self.details.ids = ids.to_vec();
        self
    }

    /// Writes how it ended; an empty code: well.
    pub fn end(self, journal: &Journal, status: &str, code: &str) -> Result<(), JournalError> {
        self.write(journal, status, code)
    }

    fn write(&self, journal: &Journal, status: &str, code: &str) -> Result<(), JournalError> {
        journal.append(AuditRow {
            at: super::now(),
            status: status.to_owned(),
            code: code.to_owned(),
            // A struct of numbers and texts is always JSON.
            details: serde_json::to_string(&self.details).unwrap_or_default(),
            ..self.row.clone()
        })
    }
}
