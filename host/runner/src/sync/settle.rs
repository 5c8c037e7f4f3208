//! What is remembered once the report is out.
//!
//! That a duplicate was found, or that an edit is not carried over, is told
//! once. A process that ends before it has told it has not told it: so this is
//! written last, and the next run tells it otherwise.

use jiff::Timestamp;

use super::edits;
use crate::case::Case;
use crate::failure::Failure;
use crate::state::{CaseState, ClientState, Member, Who};

/// What the report tells, and is not told again.
#[derive(Debug, Default)]
pub struct Settle {
    client_looked: bool,
    client: Vec<Member>,
    matter_looked: bool,
    /// By the record that the members are of.
    case: Vec<(String, Vec<Member>)>,
}

impl Settle {
    /// The contact: whether it was looked for again, and which edits are told.
    pub(super) fn client(&mut self, looked: bool, edited: Vec<Member>) {
        self.client_looked = looked;
        self.client = edited;
    }

    /// The matter was looked for again, and its documents in all that were found.
    pub(super) fn matter_looked(&mut self) {
        self.matter_looked = true;
    }

    /// Not all of it could be looked for: the next run does.
    pub(super) fn matter_not_looked(&mut self) {
        self.matter_looked = false;
    }

    /// The edits of the matter or of a document.
    pub(super) fn record(&mut self, name: &str, edited: Vec<Member>) {
        if !edited.is_empty() {
            self.case.push((name.to_owned(), edited));
        }
    }

    /// Remembers that it was told.
    pub async fn write(
        self,
        case: &Case,
        state: &mut CaseState,
        quiet: bool,
    ) -> Result<(), Failure> {
        if self.client_looked || !self.client.is_empty() {
            let memory = state.memory().clone();
            let who = Who::of(&memory, &case.client);
            let (source_id, now) = (case.client_source_id(), Timestamp::now());
            let mut client = ClientState::take(&memory, &source_id, &who, now, quiet).await?;
            client.update(|record| {
                record.asked.tell(edits::CONTACT, &self.client);
                record.look_again &= !self.client_looked;
            })?;
        }
        if self.matter_looked || !self.case.is_empty() {
            state.update(|record| {
                for (name, edited) in &self.case {
                    record.asked.tell(name, edited);
                }
                record.look_again &= !self.matter_looked;
            })?;
        }
        Ok(())
    }
}
