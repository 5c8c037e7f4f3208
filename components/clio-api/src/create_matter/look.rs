//! The looks of `create-matter.create` at what stands in Clio.

use crate::prelude::*;
use alloc::collections::BTreeMap;
use clio_types::types::{Disposition, ProblemCode};
use core::ops::ControlFlow;

use super::check::description_and_number;
use super::wire::{self, Row};
use super::{CreateOutcome, CreateRequest, MatterMatch, OnRemoved};
use crate::association::id_of;
use crate::client::Client;
use crate::ids::{ContactId, CustomFieldId, MatterId, plain};
use crate::marker::{self, Marker, marker};
use crate::problem::Failure;
use crate::query::Query;
use crate::transport::Transport;

/// Closed matters count: a matter is not made again because it was closed.
const EVERY_STATUS: &str = "open,pending,closed";

/// What was looked for, and what was found so far.
pub(super) struct Look<'c, 't, 'r, T> {
    client: &'c mut Client<'t, T>,
    request: &'r CreateRequest,
    /// The matters that match, with their display numbers, and how.
    found: BTreeMap<MatterId, (Option<String>, MatterMatch)>,
}

impl<'c, 't, 'r, T: Transport> Look<'c, 't, 'r, T> {
    pub(super) fn new(client: &'c mut Client<'t, T>, request: &'r CreateRequest) -> Self {
        Self {
            client,
            request,
            found: BTreeMap::new(),
        }
    }

    /// What the rows so far mean, unless everything that matches is wanted: then
    /// no look but the last settles anything.
    pub(super) fn settled(&self) -> Option<CreateOutcome> {
        match self.request.find_others {
            Some(true) => None,
            _ => self.outcome(Disposition::Linked),
        }
    }

    /// What the rows mean: the oldest matter that matches, if any does.
    pub(super) fn outcome(&self, disposition: Disposition) -> Option<CreateOutcome> {
        let mut found = self.found.iter();
        let (id, (display_number, by)) = found.next()?;
        Some(CreateOutcome {
            id: id.0,
            display_number: display_number.clone(),
            disposition,
            matched_by: (disposition == Disposition::Linked).then_some(*by),
            others: plain(found.map(|(id, _)| *id)),
        })
    }

    fn take(&mut self, row: Row, by: MatterMatch) {
        self.found.entry(row.id).or_insert((row.display_number, by));
    }

    /// Reads the matter that the caller knows.
    pub(super) fn known(&mut self, id: MatterId) -> Result<(), Failure> {
        let query = Query::new(&format!("matters/{id}.json")).fields(wire::LISTED);
        match self.client.get::<Row>("read the matter", query) {
            Ok(row) if !fits(self.request, &row) => Err(another_matter("/known_id", &[row.id])),
            Ok(row) => {
                self.take(row, MatterMatch::KnownId);
                Ok(())
            }
            Err(error) if error.status() == Some(404) => match self.request.on_removed {
                Some(OnRemoved::Create) => Ok(()),
                None => Err(Failure::permanent(
                    ProblemCode::Removed,
                    "The known matter is no longer in Clio, or may not be seen. Set `on_removed` \
                     to make it again.",
                )
                .status(404)
                .field("/known_id")
                .candidates([id.0])),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// Looks for the marker.
    pub(super) fn by_marker(&mut self) -> Result<(), Failure> {
        let Some(field) = self.request.marker_field.map(CustomFieldId) else {
            return Ok(());
        };
        let source_id = &self.request.source_id;
        let query = Query::new("matters.json")
            .with(&format!("custom_field_values[{field}]"), source_id)
            .with_id("custom_field_ids[]", field.0)
            .with("status", EVERY_STATUS)
            .fields(wire::MARKED)
            .by_id();
        let mut marked = Vec::new();
        let (mut strangers, mut hidden) = (0, false);
        self.client
            .list("find the matter by its marker", query, |row: Row| {
                match marker(&row.custom_field_values, field, source_id) {
                    Marker::Ours => marked.push(row),
                    other => {
                        strangers += 1;
                        hidden |= other == Marker::Hidden;
                    }
                }
                // An ignored filter answers the whole account.
                if strangers >= 200 {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })
            .map_err(marker::refused)?;
        let mut misfits = Vec::new();
        for row in marked {
            if fits(self.request, &row) {
                self.take(row, MatterMatch::Marker);
            } else {
                misfits.push(row.id);
            }
        }
        if !self.found.is_empty() {
            return Ok(());
        }
        if !misfits.is_empty() {
            return Err(another_matter("/source_id", &misfits));
        }
        if hidden {
            return Err(marker::hidden());
        }
        if strangers >= 200 {
            return Err(marker::not_filtered());
        }
        Ok(())
    }

    /// Looks among the matters of the other contacts that match the client.
    pub(super) fn by_reference_of_others(&mut self) -> Result<(), Failure> {
        let others = &self.request.other_clients;
        for (index, other) in others.iter().enumerate() {
            if *other != self.request.client && !others[..index].contains(other) {
                self.by_reference(ContactId(*other))?;
            }
        }
        Ok(())
    }

    /// Looks for the reference among a client's matters.
    pub(super) fn by_reference(&mut self, client: ContactId) -> Result<(), Failure> {
        let query = Query::new("matters.json")
            .with_id("client_id", client.0)
            .with("status", EVERY_STATUS)
            .fields(wire::LISTED)
            .by_id();
        let request = self.request;
        let found = &mut self.found;
        self.client
            .list("list the client's matters", query, |row: Row| {
                // A filter that is ignored answers other clients' matters.
                let theirs = id_of(&row.client).is_none_or(|id| id == client);
                if theirs && row.client_reference.as_deref() == Some(request.source_id.as_str()) {
                    found
                        .entry(row.id)
                        .or_insert((row.display_number, MatterMatch::Reference));
                }
                ControlFlow::Continue(())
            })
            .map_err(|error| error.at("/client"))?;
        Ok(())
    }
}

/// Whether what stands behind an identifier can be the matter that is asked
/// for: the client or the title agrees. What cannot be seen does not.
fn fits(request: &CreateRequest, row: &Row) -> bool {
    let same_client = id_of(&row.client)
        .is_some_and(|id| id.0 == request.client || request.other_clients.contains(&id.0));
    same_client || same_title(request, row.description.as_deref().unwrap_or_default())
}

/// A description is the title, with or without a case number in parentheses.
fn same_title(request: &CreateRequest, description: &str) -> bool {
    let title = clio_text::label_key(&request.title);
    let (numbered, _) = description_and_number(request);
    let bare = description
        .trim_end()
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once(" ("))
        .map_or(description, |(bare, _)| bare);
    let description = clio_text::label_key(description);
    [title, clio_text::label_key(&numbered)].contains(&description)
        || clio_text::label_key(bare) == clio_text::label_key(&request.title)
}

/// The error for an identifier that leads to a matter that is not asked for.
fn another_matter(field: &str, ids: &[MatterId]) -> Failure {
    Failure::permanent(
        ProblemCode::Ambiguous,
        "The source id stands for another matter in Clio: neither its client nor its title agrees \
         with the input. Nothing was written. Another case needs a source id of its own. If it is \
         the same one, correct the input, or the matter in Clio.",
    )
    .field(field)
    .candidates(ids.iter().map(|id| id.0))
}
