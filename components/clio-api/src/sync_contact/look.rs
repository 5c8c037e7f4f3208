//! The looks of `sync-contact.sync` at what stands in Clio.

use crate::prelude::*;
use clio_types::types::{Disposition, ProblemCode};
use core::ops::ControlFlow;

use super::check::Wanted;
use super::matching::{Decision, Matches};
use super::wire::{self, Row};
use super::{NameConflict, SyncOutcome};
use crate::answer::{About, ApiError};
use crate::client::Client;
use crate::ids::{ContactId, plain};
use crate::instant::{Instant, OVERLAP};
use crate::marker;
use crate::problem::Failure;
use crate::query::Query;
use crate::transport::Transport;

/// How long after it began a request may have made its contact: a day, in
/// seconds.
///
/// A caller that repeats a request for a day finds its own contact, however
/// late the repetition. The longer the window, the likelier somebody of the
/// same name, of whom Clio says nothing else either, is made in it by others.
pub(super) const WINDOW: i64 = 24 * 3600;

/// What was looked for, and what was found so far.
pub(super) struct Look<'c, 't, 'w, T> {
    pub(super) client: &'c mut Client<'t, T>,
    pub(super) wanted: &'w Wanted<'w>,
    /// Clio's clock, once an answer told it; until then the local one.
    pub(super) now: Instant,
    pub(super) found: Matches,
}

impl<T: Transport> Look<'_, '_, '_, T> {
    /// What the rows so far mean, unless everything that matches is wanted: then
    /// no look but the last settles anything.
    pub(super) fn settled(
        &self,
        policy: Option<NameConflict>,
    ) -> Result<Option<SyncOutcome>, Failure> {
        match self.wanted.find_others {
            true => Ok(None),
            false => self.outcome(policy),
        }
    }

    /// What the rows mean: an outcome, unless the contact is absent.
    pub(super) fn outcome(
        &self,
        policy: Option<NameConflict>,
    ) -> Result<Option<SyncOutcome>, Failure> {
        match self.found.decide(policy, self.wanted.find_others)? {
            Decision::Absent => Ok(None),
            Decision::Link { id, by, others } => Ok(Some(SyncOutcome {
                id: id.0,
                disposition: Disposition::Linked,
                matched_by: Some(by),
                others: plain(others),
            })),
        }
    }

    /// Reads the contact that the caller knows.
    pub(super) fn known(&mut self, id: ContactId) -> Result<(), Failure> {
        let query = Query::new(&format!("contacts/{id}.json")).fields(wire::PROFILE);
        match self.client.get::<Row>("read the contact", query) {
            // A contact that was merged into another answers as that one.
            Ok(row) => self.found.knows(self.wanted, &row),
            Err(error) if error.status() == Some(404) => Err(Failure::permanent(
                ProblemCode::Removed,
                "The known contact is no longer in Clio, or may not be seen. Leave `known_id` out \
                 to look for it, or to make it again.",
            )
            .status(404)
            .field("/known_id")
            .candidates([id.0])),
            Err(error) => Err(error.into()),
        }
    }

    /// Looks for the marker, whatever kind of contact holds it.
    pub(super) fn by_marker(&mut self) -> Result<(), Failure> {
        let Some(field) = self.wanted.marker_field else {
            return Ok(());
        };
        let query = Query::new("contacts.json")
            .with(
                &format!("custom_field_values[{field}]"),
                self.wanted.source_id,
            )
            .with_id("custom_field_ids[]", field.0)
            .fields(wire::MARKED)
            .by_id();
        let mut strangers = 0;
        self.client
            .dated_list(
                "find the contact by its marker",
                query,
                &mut self.now,
                &mut |row: Row| {
                    if !self.found.marked(self.wanted, &row) {
                        strangers += 1;
                    }
                    // An ignored filter answers the whole account.
                    if strangers >= 200 {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    }
                },
            )
            .map_err(marker::refused)?;
        if self.found.is_identified() {
            return Ok(());
        }
        if self.found.hidden_marker {
            return Err(marker::hidden());
        }
        if strangers >= 200 {
            return Err(marker::not_filtered());
        }
        Ok(())
    }

    /// Looks for each e-mail address.
    pub(super) fn by_address(&mut self) -> Result<(), Failure> {
        for (address, _) in &self.wanted.emails {
            let query = Query::new("contacts.json")
                .with("query", clio_text::email_query(address))
                .with("type", self.wanted.kind.name())
                .fields(wire::PROFILE)
                .by_id();
            self.client
                .dated_list(
                    "find the contact by its e-mail address",
                    query,
                    &mut self.now,
                    &mut |row: Row| {
                        self.found.searched(self.wanted, &row);
                        ControlFlow::Continue(())
                    },
                )
                .map_err(|error| narrowed(error, "/emails", SEARCHED))?;
        }
        Ok(())
    }

    /// Looks at those created since the request began: the search lags behind
    /// writes, a list since an instant does not.
    pub(super) fn created_lately(&mut self) -> Result<(), Failure> {
        let began = self.wanted.began;
        let since = if self.wanted.by_values_alone() {
            began
        } else {
            // What was made longer ago is found by its marker or address.
            began.max(self.now.before(WINDOW))
        };
        let since = since.min(self.now).before(OVERLAP);
        self.list_created(since, began.after(WINDOW))?;
        // A request that has not begun yet by Clio's clock begins now.
        let began = began.min(self.now);
        let (from, until) = (began.before(OVERLAP), began.after(WINDOW));
        self.found
            .take_look_alikes(from, until, &Matches::default());
        Ok(())
    }

    /// Looks at what was created since so short a time that this very call may
    /// have made it, and that was not there before.
    pub(super) fn made_just_now(&mut self, sent: Instant) -> Result<Decision, Failure> {
        let before = core::mem::take(&mut self.found);
        let since = sent.before(OVERLAP);
        self.list_created(since, Instant::LAST)?;
        self.found.take_look_alikes(since, Instant::LAST, &before);
        self.found.decide(None, false)
    }

    /// Reads the contacts created since an instant. With `until`, contacts that
    /// are compared by their values alone are read no further than that.
    fn list_created(&mut self, since: Instant, until: Instant) -> Result<(), Failure> {
        let wanted = self.wanted;
        let query = Query::new("contacts.json")
            .with("created_since", &since.to_string())
            .with("type", wanted.kind.name());
        let query = match wanted.marker_field {
            Some(field) => query
                .with_id("custom_field_ids[]", field.0)
                .fields(wire::MARKED),
            None => query.fields(wire::WHOLE),
        };
        let end = until.after(OVERLAP);
        self.client
            .dated_list(
                "list the contacts created lately",
                query.by_id(),
                &mut self.now,
                &mut |row: Row| {
                    // They come in the order in which they were created.
                    if wanted.by_values_alone() && row.created().is_some_and(|at| at > end) {
                        return ControlFlow::Break(());
                    }
                    self.found.created_lately(wanted, &row);
                    ControlFlow::Continue(())
                },
            )
            .map_err(|error| narrowed(error, "/began", CREATED))
    }
}

/// What narrows a search that answers more than a look reads.
const SEARCHED: &str = "Clio's search for an e-mail address answers more than 100 pages of contacts, \
    more than one look reads. Pass the contact as `known_id` alone.";

/// What narrows the look at those created lately. An import makes so many.
const CREATED: &str = "More than 100 pages of contacts were created since `began`, more than one \
    look reads. Pass the contact as `known_id` alone; or a later `began`, if no earlier call can \
    have made the contact, or its e-mail address or marker finds it.";

/// The failure of a look, which says what narrows one that has no end.
fn narrowed(error: ApiError, field: &str, way_out: &str) -> Failure {
    let mut failure = error.failure;
    if error.about == About::Pages {
        failure = Failure::input(field, way_out);
    }
    failure
}
