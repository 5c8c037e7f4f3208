//! What is remembered of an account: the custom fields that hold markers.
//!
//! It is kept for the account and not for the connection's name, so that a name
//! that leads to another account does not bring the fields of the former along,
//! and one that is connected again finds them. Disconnecting keeps it.

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::journal::{Journal, JournalError};

const FORMAT: u32 = 1;
/// The kind under which the journal keeps it.
const KIND: &str = "markers";

/// The marker fields of one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Markers {
    /// The field for contacts.
    pub(crate) contact: u64,
    /// The field for matters.
    pub(crate) matter: u64,
}

/// As it stands in the journal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    format: u32,
    /// The account, so that a row in another's place is noticed.
    scope: String,
    contact: u64,
    matter: u64,
}

/// Why it cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MarkersError {
    #[error("what is remembered of the account's marker fields is damaged: {0}")]
    Damaged(String),
    #[error(transparent)]
    Journal(JournalError),
}

impl From<JournalError> for MarkersError {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Sealed => Self::Damaged(error.to_string()),
            error => Self::Journal(error),
        }
    }
}

impl From<MarkersError> for Failure {
    fn from(error: MarkersError) -> Self {
        let told = error.to_string();
        match error {
            MarkersError::Damaged(_) => Self::host(told).next(
                "restore the journal, or run `clio setup` for the account, which finds the fields \
                 in Clio",
            ),
            MarkersError::Journal(error) => error.into(),
        }
    }
}

impl Markers {
    /// The fields of an account, where it was set up.
    pub(crate) fn read(journal: &Journal, scope: &str) -> Result<Option<Self>, MarkersError> {
        let Some(kept) = journal.kept(KIND, &[scope])? else {
            return Ok(None);
        };
        let damaged = |what: &dyn std::fmt::Display| MarkersError::Damaged(what.to_string());
        let record: Record =
            serde_json::from_slice(&kept.value).map_err(|error| damaged(&error))?;
        if record.format != FORMAT {
            return Err(damaged(&format_args!("it has format {}", record.format)));
        }
        if record.scope != scope {
            return Err(damaged(&"it is another account's"));
        }
        Ok(Some(Self {
            contact: record.contact,
            matter: record.matter,
        }))
    }

    /// Remembers the fields, whatever was remembered before.
    pub(crate) fn write(self, journal: &Journal, scope: &str) -> Result<(), MarkersError> {
        let record = Record {
            format: FORMAT,
            scope: scope.to_owned(),
            contact: self.contact,
            matter: self.matter,
        };
        let text = serde_json::to_vec(&record)
            .map_err(|error| MarkersError::Damaged(error.to_string()))?;
        journal.forget(KIND, &[scope])?;
        journal.keep(KIND, &[scope], 0, &text)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const FIRM: &str = "https://app.clio.com#31";
    const FIELDS: Markers = Markers {
        contact: 7,
        matter: 8,
    };

    #[test]
    fn fields_are_those_of_one_account() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        assert_eq!(Markers::read(&journal, FIRM).unwrap(), None);
        FIELDS.write(&journal, FIRM).unwrap();
        assert_eq!(Markers::read(&journal, FIRM).unwrap(), Some(FIELDS));
        let other = "https://app.clio.com#32";
        assert_eq!(Markers::read(&journal, other).unwrap(), None);
        let again = Markers {
            contact: 9,
            ..FIELDS
        };
        again.write(&journal, FIRM).unwrap();
        assert_eq!(Markers::read(&journal, FIRM).unwrap(), Some(again));
    }

    #[test]
    fn what_is_damaged_is_an_error_until_it_is_written_anew() {
        let other = r#"{"format":1,"scope":"x","contact":7,"matter":8}"#;
        for text in ["", "{}", r#"{"format":2}"#, other] {
            let folder = tempfile::tempdir().unwrap();
            let journal = Journal::open(folder.path()).unwrap();
            journal.keep(KIND, &[FIRM], 0, text.as_bytes()).unwrap();
            let error = Markers::read(&journal, FIRM).unwrap_err();
            assert!(matches!(error, MarkersError::Damaged(_)), "{text}");
            assert!(Failure::from(error).to_string().contains("clio setup"));
            FIELDS.write(&journal, FIRM).unwrap();
            assert_eq!(Markers::read(&journal, FIRM).unwrap(), Some(FIELDS));
        }
    }
}
