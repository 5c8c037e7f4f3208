//! What is remembered of an account: the custom fields that hold markers.
//!
//! It is kept for the account and not for the connection's name, so that a name
//! that leads to another account does not bring the fields of the former along,
//! and one that is connected again finds them. Disconnecting keeps it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Memory, Remembered, StateError, written};
use crate::journal::Journal;

/// It is the account's: nothing else names it.
const NAME: &str = "";

/// The marker fields of one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Markers {
    /// The field for contacts.
    pub contact: u64,
    /// The field for matters.
    pub matter: u64,
}

/// As it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    format: u32,
    /// The account, so that a row in another's place is noticed.
    scope: String,
    contact: u64,
    matter: u64,
}

impl Remembered for Record {
    const WHAT: &'static str = "account's marker fields";
    const KIND: &'static str = "markers";
    const FORMATS: &'static [u32] = &[1];
    const MEND: &'static str = "restore the journal, or run `clio setup` for the account, which \
                                finds the fields in Clio";

    fn is_of(&self, scope: &str, _: &str) -> bool {
        self.scope == scope
    }
}

impl Markers {
    /// The fields of an account, where it was set up.
    pub fn read(journal: &Arc<Journal>, scope: &str) -> Result<Option<Self>, StateError> {
        let memory = Memory::new(Arc::clone(journal), scope);
        let found = memory.read::<Record>(NAME)?;
        Ok(found.map(|(_, record)| Self {
            contact: record.contact,
            matter: record.matter,
        }))
    }

    /// Remembers the fields, whatever was remembered before.
    pub fn write(self, journal: &Arc<Journal>, scope: &str) -> Result<(), StateError> {
        let memory = Memory::new(Arc::clone(journal), scope);
        memory.forget::<Record>(NAME)?;
        let record = Record {
            format: written(Record::FORMATS),
            scope: scope.to_owned(),
            contact: self.contact,
            matter: self.matter,
        };
        memory.write(NAME, 0, &record).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::failure::Failure;

    const FIRM: &str = "https://app.clio.com#31";
    const FIELDS: Markers = Markers {
        contact: 7,
        matter: 8,
    };

    #[test]
    fn fields_are_those_of_one_account() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Arc::new(Journal::open(folder.path()).unwrap());
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
            let journal = Arc::new(Journal::open(folder.path()).unwrap());
            journal
                .keep(Record::KIND, &[FIRM, NAME], 0, text.as_bytes())
                .unwrap();
            let error = Markers::read(&journal, FIRM).unwrap_err();
            assert!(matches!(error, StateError::Damaged { .. }), "{text}");
            assert!(Failure::from(error).to_string().contains("clio setup"));
            FIELDS.write(&journal, FIRM).unwrap();
            assert_eq!(Markers::read(&journal, FIRM).unwrap(), Some(FIELDS));
        }
    }
}
