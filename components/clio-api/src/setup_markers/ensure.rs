//! `setup-markers.ensure`: one look at all definitions, then what is missing.
//!
//! Two fields that stand cost one request, two new ones three. Clio has a
//! search by name, but an index lags, so every definition is read and compared.

use crate::prelude::*;
use clio_types::types::{Disposition, ProblemCode};
use core::ops::ControlFlow;

use super::wire::{DEFINITION, NewField, Row, TEXT_LINE};
use super::{EnsureOutcome, EnsureRequest, MarkedKind, MarkerField, NAME, parent_type};
use crate::answer::{ApiError, Applied, outcome_unknown};
use crate::client::Client;
use crate::ids::{CustomFieldId, plain};
use crate::input;
use crate::problem::Failure;
use crate::query::Query;
use crate::transport::Transport;

/// Makes sure that the marker fields stand in Clio, and returns them.
pub fn ensure<T: Transport>(
    transport: &mut T,
    request: &EnsureRequest,
) -> Result<EnsureOutcome, Failure> {
    let name = checked(request)?;
    let mut client = Client::new(transport);
    let definitions = definitions(&mut client, request.only).map_err(refused)?;
    // Both are looked at before the first is made: a field in the way of one
    // is told before the other is there for nothing.
    let known = |kind| match kind {
        MarkedKind::Contact => request.known_contact,
        MarkedKind::Matter => request.known_matter,
    };
    let look = |kind: MarkedKind| {
        if request.only.is_some_and(|only| only != kind) {
            return Ok(None);
        }
        standing(&definitions, kind, name, known(kind).map(CustomFieldId)).map(Some)
    };
    let (contact, matter) = (look(MarkedKind::Contact)?, look(MarkedKind::Matter)?);
    Ok(EnsureOutcome {
        contact: made(&mut client, MarkedKind::Contact, name, contact)?,
        matter: made(&mut client, MarkedKind::Matter, name, matter)?,
    })
}

fn checked(request: &EnsureRequest) -> Result<&str, Failure> {
    for (field, known) in [
        ("/known_contact", request.known_contact),
        ("/known_matter", request.known_matter),
    ] {
        if let Some(id) = known {
            input::id(field, id)?;
        }
    }
    let Some(name) = &request.name else {
        return Ok(NAME);
    };
    input::not_blank("/name", name)?;
    if name.chars().count() > 255 {
        return Err(Failure::input(
            "/name",
            "The name is longer than 255 characters.",
        ));
    }
    Ok(name.trim())
}

/// Every definition, on every page.
fn definitions<T: Transport>(
    client: &mut Client<'_, T>,
    only: Option<MarkedKind>,
) -> Result<Vec<Row>, ApiError> {
    let query = Query::new("custom_fields.json");
    let query = match only {
        Some(kind) => query.with("parent_type", kind.name()),
        None => query,
    };
    let mut definitions = Vec::new();
    client.list(
        "list the custom fields",
        query.fields(DEFINITION).by_id(),
        |row: Row| {
            definitions.push(row);
            ControlFlow::Continue(())
        },
    )?;
    Ok(definitions)
}

/// The field that stands for a kind of record, if one does: the known one
/// whatever its name became, else the oldest text field of the name.
fn standing(
    definitions: &[Row],
    kind: MarkedKind,
    name: &str,
    known: Option<CustomFieldId>,
) -> Result<Option<MarkerField>, Failure> {
    let label = clio_text::label_key(name);
    let mut known_stands = None;
    let (mut text, mut other_type) = (Vec::new(), Vec::new());
    let whole = |row: &&Row| row.is_for(kind) && !row.may_be(kind);
    for row in definitions.iter().filter(whole) {
        if Some(row.id) == known && row.is_text() {
            known_stands = Some(row.id);
        } else if row.name.as_deref().map(clio_text::label_key).as_ref() == Some(&label) {
            if row.is_text() {
                text.push(row.id);
            } else {
                other_type.push(row.id);
            }
        }
    }
    if let Some(id) = known_stands {
        return Ok(Some(linked(id, text)));
    }
    let mut rest = text.into_iter();
    match (rest.next(), other_type.is_empty()) {
        (Some(oldest), _) => Ok(Some(linked(oldest, rest.collect()))),
        // Not to see a name is not to have none of the name.
        (None, true) if definitions.iter().any(|row| row.may_be(kind)) => Err(hidden()),
        (None, true) => Ok(None),
        (None, false) => Err(Failure::permanent(
            ProblemCode::Conflict,
            format!(
                "A custom field of this name stands in Clio for {} and is no text field of one \
                 line. Rename it in Clio, or give another name.",
                match kind {
                    MarkedKind::Contact => "contacts",
                    MarkedKind::Matter => "matters",
                }
            ),
        )
        .field("/name")
        .candidates(other_type.into_iter().map(|id| id.0))),
    }
}

fn hidden() -> Failure {
    Failure::permanent(
        ProblemCode::Forbidden,
        "The definitions of custom fields may not be seen whole, so that one more might be made. \
         Give the application “Custom fields” for reading in Clio's developer portal, let a user \
         who may see custom fields consent, and connect again.",
    )
}

fn linked(id: CustomFieldId, others: Vec<CustomFieldId>) -> MarkerField {
    MarkerField {
        id: id.0,
        disposition: Disposition::Linked,
        others: plain(others),
    }
}

/// What stands there, or what is made where nothing does.
fn made<T: Transport>(
    client: &mut Client<'_, T>,
    kind: MarkedKind,
    name: &str,
    looked: Option<Option<MarkerField>>,
) -> Result<Option<MarkerField>, Failure> {
    match looked {
        None => Ok(None),
        Some(Some(standing)) => Ok(Some(standing)),
        Some(None) => create(client, kind, name).map(Some),
    }
}

fn create<T: Transport>(
    client: &mut Client<'_, T>,
    kind: MarkedKind,
    name: &str,
) -> Result<MarkerField, Failure> {
    let what = match kind {
        MarkedKind::Contact => "create the marker field for contacts",
        MarkedKind::Matter => "create the marker field for matters",
    };
    let body = NewField {
        name,
        parent_type: parent_type(kind),
        field_type: TEXT_LINE,
        // People have nothing to fill in: a record shows it where it is set.
        displayed: false,
    };
    let query = Query::new("custom_fields.json").fields(DEFINITION);
    match client.post::<_, Row>(what, query, &body) {
        Ok(row) if row.is_for(kind) && row.is_text() => Ok(created(row.id)),
        Ok(row) => Err(Failure::permanent(
            ProblemCode::UnexpectedAnswer,
            "Clio created the custom field, but of another kind than was asked for. Delete it in \
             Clio, and report it.",
        )
        .candidates([row.id.0])),
        Err(error) if error.applied == Applied::Unknown => {
            // None stood there before, so one that stands there now is the one
            // that this call made.
            let found = definitions(client, Some(kind))
                .ok()
                .and_then(|rows| standing(&rows, kind, name, None).ok().flatten());
            match found {
                Some(field) => Ok(MarkerField {
                    disposition: Disposition::Created,
                    ..field
                }),
                None => Err(unknown(what, error)),
            }
        }
        Err(error) => Err(refused(error.at("/name"))),
    }
}

fn created(id: CustomFieldId) -> MarkerField {
    MarkerField {
        id: id.0,
        disposition: Disposition::Created,
        others: Vec::new(),
    }
}

fn unknown(what: &str, error: ApiError) -> Failure {
    let mut failure = outcome_unknown(what, error);
    // There is no `began` in this request.
    failure.problem.message = format!(
        "It is not known whether “{what}” was carried out: its answer was lost, and a look did \
         not find the field. Repeat the call."
    );
    failure
}

/// Names the permission: with it missing, nothing here can work.
fn refused(error: ApiError) -> Failure {
    let mut failure: Failure = error.into();
    if failure.problem.code == ProblemCode::Forbidden {
        failure.problem.message = "The connection lacks the permission for custom fields. Give \
             the application “Custom fields” for reading and writing in Clio's developer portal, \
             let a user who may manage custom fields consent, and connect again."
            .to_owned();
    }
    failure
}
