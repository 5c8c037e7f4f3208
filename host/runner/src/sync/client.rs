//! The step of the client: one contact, and its custom fields.
//!
//! It is taken alone: of all processes of this home, one at a time works on
//! anybody who could be meant, whichever case they come from. So three cases of
//! one new client make one contact.

use clio_host::actions::types::ProblemCode;
use clio_host::{CallError, actions::sync_contact};
use jiff::Timestamp;

use super::edits;
use super::fields::FieldsOf;
use super::identity;
use super::line::{Line, Status};
use super::report::Report;
use super::requests;
use super::run::{Sync, disposition};
use super::settle::Settle;
use super::words::Of;
use crate::case::OnRemoved;
use crate::failure::Failure;
use crate::state::{CaseState, ClientRecord, ClientState, KnownContact, Who};

/// The client as it stands in Clio.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) id: u64,
    /// Other contacts that match the client as well.
    pub(super) others: Vec<u64>,
}

impl Sync<'_> {
    /// Makes sure that the client stands in Clio, and writes their fields.
    pub(super) async fn client(
        &self,
        state: &mut CaseState,
        report: &mut Report,
        settle: &mut Settle,
    ) -> Result<Option<Client>, Failure> {
        self.progress.doing("the client");
        let who = Who::of(state.memory(), &self.case.client);
        let source_id = self.case.client_source_id();
        let (memory, now) = (state.memory(), Timestamp::now());
        let mut known = ClientState::take(memory, &source_id, &who, now, self.quiet).await?;
        // Once more, now that nobody else works on them.
        if let Some(refusal) = identity::client(self.case, known.record(), &who) {
            report.contact = Line::refused(source_id, refusal);
            self.progress.done(&report.contact.told());
            return Ok(None);
        }
        let client = self
            .contact(state, &mut known, &who, report, settle)
            .await?;
        if let Some(client) = &client {
            self.fields(state, report, FieldsOf::Client(client.id))
                .await?;
        }
        Ok(client)
    }

    async fn contact(
        &self,
        state: &mut CaseState,
        known: &mut ClientState,
        who: &Who,
        report: &mut Report,
        settle: &mut Settle,
    ) -> Result<Option<Client>, Failure> {
        let source_id = self.case.client_source_id();
        let before = known.remembered().cloned();
        let look_again = known.record().look_again;
        let remembered = self.remembered(state, known.record(), who)?;
        let lookup = requests::Lookup {
            known: self.case.client.id.or(remembered),
            known_others: known.namesakes(who)?,
            // What the case file names is meant, and no older one beside it.
            find_others: look_again && self.case.client.id.is_none(),
            // What an earlier run of this home may have made was made after it
            // first asked, whenever the case began.
            began: match &before {
                Some(before) => before.began,
                None => requests::began(self.case, state.record().began),
            },
        };
        // Whom the source id stands for is written before the first request: a
        // run that is interrupted may have made them.
        known.update(|record| record.who.add(who))?;
        let members = edits::of_client(self.case, state.memory());
        match self.ask(lookup).await {
            Ok(outcome) => {
                let created = report_created(&outcome);
                report.contact = Line::new(source_id.clone(), disposition(outcome.disposition))
                    .id(outcome.id, outcome.others.clone());
                known.found(who, outcome.id, &outcome.others, |record| {
                    record.asked.begin(edits::CONTACT, &members, created);
                    record.look_again |= created;
                })?;
                let record = known.record();
                let edited: Vec<_> = record
                    .asked
                    .edited(edits::CONTACT, &members)
                    .cloned()
                    .collect();
                report.contact.edited(&edited);
                settle.client(look_again && !created, edited);
                state.update(|record| {
                    record.contact = Some(KnownContact {
                        source_id,
                        id: outcome.id,
                    });
                })?;
                self.progress.done(&report.contact.told());
                Ok(Some(Client {
                    id: outcome.id,
                    others: known.record().others.clone(),
                }))
            }
            Err(error) => {
                if nothing_written(&error) {
                    known.restore(before)?;
                }
                report.contact = self.failed(source_id, Of::Contact, &error);
                self.progress.done(&report.contact.told());
                Ok(None)
            }
        }
    }

    /// The contact that is remembered for the client: under their identifier, in
    /// whichever case. Where a case gave its client none before and does now, it
    /// is still the same client as long as it can be.
    fn remembered(
        &self,
        state: &CaseState,
        known: &ClientRecord,
        who: &Who,
    ) -> Result<Option<u64>, Failure> {
        if known.contact.is_some() {
            return Ok(known.contact);
        }
        let Some(of_case) = &state.record().contact else {
            return Ok(None);
        };
        if of_case.source_id == self.case.client_source_id() {
            return Ok(Some(of_case.id));
        }
        let derived = format!("{}/client", self.case.source_id);
        if of_case.source_id != derived {
            return Ok(None);
        }
        let earlier = ClientRecord::glance(state.memory(), &derived)?;
        let same = earlier.is_some_and(|earlier| earlier.who.fits(who));
        Ok(same.then_some(of_case.id))
    }

    /// Asks for the contact. One that was removed in Clio is looked for anew
    /// where the case file says so; the file's own word for it is left to a
    /// person.
    async fn ask(&self, lookup: requests::Lookup) -> Result<sync_contact::SyncOutcome, CallError> {
        let request = requests::contact(self.case, &lookup, self.markers);
        let outcome = self.call().run(request).await;
        let anew = self.case.client.on_removed == Some(OnRemoved::Create)
            && self.case.client.id.is_none()
            && outcome
                .as_ref()
                .is_err_and(|error| code(error) == Some(ProblemCode::Removed));
        if !anew {
            return outcome;
        }
        let lookup = requests::Lookup {
            known: None,
            ..lookup
        };
        let request = requests::contact(self.case, &lookup, self.markers);
        self.call().run(request).await
    }
}

fn report_created(outcome: &sync_contact::SyncOutcome) -> bool {
    disposition(outcome.disposition) == Status::Created
}

fn code(error: &CallError) -> Option<ProblemCode> {
    error.problem().map(|problem| problem.code)
}

/// Whether a failed call surely made no contact.
fn nothing_written(error: &CallError) -> bool {
    matches!(
        code(error),
        Some(
            ProblemCode::InvalidInput
                | ProblemCode::NotConnected
                | ProblemCode::Forbidden
                | ProblemCode::NotFound
                | ProblemCode::Ambiguous
                | ProblemCode::Removed
                | ProblemCode::RejectedByClio
                | ProblemCode::DeniedByPolicy
        )
    )
}
