//! `pull-matters.pull`: one page, one request.

use clio_types::pull_matters::{
    FieldValue, Link, Matter, Part, PullOutcome, PullRequest, ValueKind,
};

use super::check;
use super::wire::{Associated, Linkage, Row};
use crate::answer::{About, ApiError};
use crate::client::Client;
use crate::create_matter::status_of_answer;
use crate::cursor::{self, Bound as _, PageCursor};
use crate::custom_fields;
use crate::ids::CustomFieldId;
use crate::instant::Instant;
use crate::paging::Page;
use crate::prelude::*;
use crate::problem::Failure;
use crate::transport::Transport;

pub(super) const WHAT: &str = "list the matters";

/// Returns one page of the account's matters.
///
/// # Errors
/// When the request is malformed, the cursor belongs to another one, or Clio
/// does not answer.
pub fn pull<T: Transport>(
    transport: &mut T,
    request: &PullRequest,
) -> Result<PullOutcome, Failure> {
    let asked = check::pull(request, transport.now())?.into_string();
    let mut client = Client::new(transport);
    let page: Page<Row> = match &request.cursor {
        None => client.page(WHAT, asked.clone()).map_err(first),
        Some(text) => {
            let mark = PageCursor::read(text, client.transport.origin(), &asked)?;
            client.page(WHAT, mark.at).map_err(later)
        }
    }?;
    let mut outcome = PullOutcome {
        read_at: page.date.map(|at| at.to_string()),
        ..PullOutcome::new(false)
    };
    for row in page.rows {
        let matter = matter(row, request);
        outcome.labels_missing |= matter
            .custom_fields
            .iter()
            .any(|value| value.choice.is_some() && value.value.is_none());
        outcome.matters.push(matter);
    }
    outcome.cursor = page
        .next
        .map(|next| PageCursor::new(client.transport.origin(), &asked, next, [0; 3]).encode());
    Ok(outcome)
}

/// The failure of a first page.
pub(super) fn first(error: ApiError) -> Failure {
    match error.about {
        About::Size => too_large(error.failure),
        _ => error.at("/filter").failure,
    }
}

/// The failure of a page that a cursor marks.
pub(super) fn later(error: ApiError) -> Failure {
    match error.about {
        About::Size => too_large(error.failure),
        _ => cursor::refused(error),
    }
}

fn too_large(failure: Failure) -> Failure {
    let mut failure = failure.field("/limit");
    "The page is larger than 8 MiB. Begin anew with a lower limit, or name the custom fields that \
     are wanted."
        .clone_into(&mut failure.problem.message);
    failure
}

fn matter(mut row: Row, request: &PullRequest) -> Matter {
    let mut hidden = Vec::new();
    let linkage = request.link.as_ref().map(|link| row.linkage(link));
    let none = request.custom_fields.as_ref().is_some_and(Vec::is_empty);
    let asked = !none || matches!(request.link, Some(Link::MarkerField(_)));
    if asked && row.hides_values() {
        hidden.push(Part::CustomFields);
    }
    let custom_fields = values(&row, request);
    let mut show = |part, associated: Option<Associated>| {
        let named = associated.map(Associated::named)?;
        if named.is_none() {
            hidden.push(part);
        }
        named
    };
    let practice_area = show(Part::PracticeArea, row.practice_area.take());
    let stage = show(Part::Stage, row.matter_stage.take());
    let responsible_attorney = show(Part::ResponsibleAttorney, row.responsible_attorney.take());
    let originating_attorney = show(Part::OriginatingAttorney, row.originating_attorney.take());
    let client = row.client.take().map(Associated::client);
    if client == Some(None) {
        hidden.push(Part::Client);
    }
    let instant = |text: Option<String>| Some(Instant::parse(&text?)?.to_string());
    Matter {
        id: row.id.0,
        etag: row.etag,
        display_number: row.display_number,
        description: row.description,
        status: row.status.as_deref().and_then(status_of_answer),
        open_date: row.open_date,
        pending_date: row.pending_date,
        close_date: row.close_date,
        created_at: instant(row.created_at),
        updated_at: instant(row.updated_at),
        client: client.flatten(),
        practice_area,
        stage,
        responsible_attorney,
        originating_attorney,
        client_reference: row.client_reference.filter(|text| !text.is_empty()),
        source_id: match linkage {
            Some(Linkage::Linked(source_id)) => Some(source_id),
            Some(Linkage::Not | Linkage::Hidden) | None => None,
        },
        custom_fields,
        hidden,
    }
}

/// The values that were asked for. The marker is read beside them, and a filter
/// that Clio does not know is ignored, so they are picked here as well.
fn values(row: &Row, request: &PullRequest) -> Vec<FieldValue> {
    let wanted = |field: Option<CustomFieldId>| match (&request.custom_fields, field) {
        (None, field) => field.is_some(),
        (Some(fields), Some(field)) => fields.contains(&field.0),
        (Some(_), None) => false,
    };
    let mut values = Vec::new();
    for row in row.custom_field_values.visible() {
        // Records show many fields empty.
        if row.text().is_some() && wanted(row.field()) {
            values.extend(custom_fields::shown(row).map(value));
        }
    }
    values
}

/// A value in this action's own type.
fn value(value: clio_types::custom_fields::FieldValue) -> FieldValue {
    FieldValue {
        field: value.field,
        name: value.name,
        kind: value.kind.and_then(|kind| ValueKind::parse(kind.name())),
        value: value.value,
        choice: value.choice,
        deleted: value.deleted,
    }
}
