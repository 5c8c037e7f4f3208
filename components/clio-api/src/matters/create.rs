//! `matters.create`: known id, marker, the client's matters, create.
//!
//! An existing matter costs one request; a new one in a practice area given by
//! name costs three, and one of a new client in a place that was resolved one.

use crate::prelude::*;
use alloc::collections::BTreeMap;
use core::ops::ControlFlow;

use super::check::{check, description_and_number};
use super::resolve::{self, Placement};
use super::wire::{self, Association, NewMatter, Row};
use super::{CreateOutcome, CreateRequest, MatterMatch, MatterStage, Named, OnRemoved};
use crate::Disposition;
use crate::answer::{About, ApiError, Applied, outcome_unknown};
use crate::association::kept;
use crate::client::Client;
use crate::custom_fields::{self, Definition, Marker, NewFieldValue, marker};
use crate::ids::{CustomFieldId, MatterId, PracticeAreaId, StageId};
use crate::problem::{Code, Failure};
use crate::query::Query;
use crate::transport::Transport;

/// Closed matters count: a matter is not made again because it was closed.
const EVERY_STATUS: &str = "open,pending,closed";

/// Matters by id, with their display numbers.
type Found = BTreeMap<MatterId, Option<String>>;

/// Makes sure that one matter stands in Clio, once, and returns it.
pub fn create<T: Transport>(
    transport: &mut T,
    request: &CreateRequest,
) -> Result<CreateOutcome, Failure> {
    check(request, transport.now())?;
    let mut client = Client::new(transport);

    if let Some(id) = request.known_id
        && let Some(outcome) = known(&mut client, id, request.on_removed)?
    {
        return Ok(outcome);
    }
    if let Some(field) = request.marker_field {
        let found = by_marker(&mut client, field, &request.source_id)?;
        if let Some(outcome) = linked(found, MatterMatch::Marker) {
            return Ok(outcome);
        }
    }
    if !request.client_is_new {
        let found = by_reference(&mut client, request)?;
        if let Some(outcome) = linked(found, MatterMatch::Reference) {
            return Ok(outcome);
        }
    }
    let placement = placement(&mut client, request)?;
    write(&mut client, request, placement)
}

/// Where the matter is to stand.
fn placement<T: Transport>(
    client: &mut Client<'_, T>,
    request: &CreateRequest,
) -> Result<Placement, Failure> {
    let area = request.practice_area.as_ref();
    match (&request.matter_stage, area) {
        // Looked up before. Should they not belong together after all, Clio
        // refuses the creation, and nothing is written.
        (Some(MatterStage::Resolved(stage)), Some(Named::Id(area))) => Ok(Placement {
            practice_area: Some(PracticeAreaId(*area)),
            stage: Some(StageId(*stage)),
        }),
        (Some(MatterStage::Resolved(stage)), _) => {
            resolve::placement(client, area, Some(&Named::Id(*stage)))
        }
        (Some(MatterStage::Named(stage)), _) => resolve::placement(client, area, Some(stage)),
        (None, _) => resolve::placement(client, area, None),
    }
}

fn outcome(
    found: Found,
    disposition: Disposition,
    matched_by: Option<MatterMatch>,
) -> Option<CreateOutcome> {
    let mut found = found.into_iter();
    found.next().map(|(id, display_number)| CreateOutcome {
        id,
        display_number,
        disposition,
        matched_by,
        others: found.map(|(id, _)| id).collect(),
    })
}

fn linked(found: Found, by: MatterMatch) -> Option<CreateOutcome> {
    outcome(found, Disposition::Linked, Some(by))
}

fn known<T: Transport>(
    client: &mut Client<'_, T>,
    id: MatterId,
    on_removed: Option<OnRemoved>,
) -> Result<Option<CreateOutcome>, Failure> {
    let query = Query::new(&format!("matters/{id}.json")).fields(wire::LISTED);
    match client.get::<Row>("read the matter", query) {
        Ok(row) => Ok(linked(
            Found::from([(row.id, row.display_number)]),
            MatterMatch::KnownId,
        )),
        Err(error) if error.status() == Some(404) => match on_removed {
            Some(OnRemoved::Create) => Ok(None),
            None => Err(Failure::permanent(
                Code::Removed,
                "The known matter is no longer in Clio, or may not be seen. Set `on_removed` to \
                 make it again.",
            )
            .status(404)
            .field("/known_id")
            .candidates([id.0])),
        },
        Err(error) => Err(error.into()),
    }
}

fn by_marker<T: Transport>(
    client: &mut Client<'_, T>,
    field: CustomFieldId,
    source_id: &str,
) -> Result<Found, Failure> {
    let query = Query::new("matters.json")
        .with(&format!("custom_field_values[{field}]"), source_id)
        .with_id("custom_field_ids[]", field.0)
        .with("status", EVERY_STATUS)
        .fields(wire::MARKED)
        .by_id();
    let mut found = Found::new();
    let (mut strangers, mut hidden) = (0, false);
    client
        .list("find the matter by its marker", query, |row: Row| {
            match marker(&row.custom_field_values, field, source_id) {
                Marker::Ours => {
                    found.insert(row.id, row.display_number);
                }
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
        .map_err(custom_fields::refused)?;
    if found.is_empty() && hidden {
        return Err(custom_fields::hidden());
    }
    if found.is_empty() && strangers >= 200 {
        return Err(custom_fields::not_filtered());
    }
    Ok(found)
}

fn by_reference<T: Transport>(
    client: &mut Client<'_, T>,
    request: &CreateRequest,
) -> Result<Found, Failure> {
    let query = Query::new("matters.json")
        .with_id("client_id", request.client.0)
        .with("status", EVERY_STATUS)
        .fields(wire::LISTED)
        .by_id();
    let mut found = Found::new();
    client
        .list("list the client's matters", query, |row: Row| {
            if row.client_reference.as_deref() == Some(request.source_id.as_str()) {
                found.insert(row.id, row.display_number);
            }
            ControlFlow::Continue(())
        })
        .map_err(|error| error.at("/client"))?;
    Ok(found)
}

fn write<T: Transport>(
    client: &mut Client<'_, T>,
    request: &CreateRequest,
    placement: Placement,
) -> Result<CreateOutcome, Failure> {
    const WHAT: &str = "create the matter";
    let (description, display_number) = description_and_number(request);
    let body = NewMatter {
        client: Association { id: request.client },
        description: &description,
        client_reference: &request.source_id,
        display_number,
        status: request.status.map(wire::status),
        practice_area: placement.practice_area.map(|id| Association { id }),
        matter_stage: placement.stage.map(|id| Association { id }),
        custom_field_values: request.marker_field.map(|id| {
            [NewFieldValue {
                custom_field: Definition { id },
                value: &request.source_id,
            }]
        }),
    };
    let fields = if request.marker_field.is_some() {
        wire::CREATED_MARKED
    } else {
        wire::CREATED
    };
    match client.post::<_, Row>(WHAT, Query::new("matters.json").fields(fields), &body) {
        Ok(row) => {
            read_back(request, placement, display_number, &row)?;
            Ok(CreateOutcome {
                id: row.id,
                display_number: row.display_number,
                disposition: Disposition::Created,
                matched_by: None,
                others: Vec::new(),
            })
        }
        Err(error) if error.applied == Applied::Unknown => {
            let found = by_reference(client, request).unwrap_or_default();
            outcome(found, Disposition::Created, None).ok_or_else(|| outcome_unknown(WHAT, error))
        }
        Err(error) => Err(refused(error)),
    }
}

fn refused(error: ApiError) -> Failure {
    // A 404 to a creation can only be about a record that the body names.
    let field = match error.about {
        About::CustomField => return custom_fields::refused(error),
        About::Stage => Some("/matter_stage"),
        About::PracticeArea => Some("/practice_area"),
        About::Client => Some("/client"),
        _ => None,
    };
    match field {
        Some(field) => error.at(field).into(),
        None => error.into(),
    }
}

/// Clio drops what it does not know, or does not take, without a word.
fn read_back(
    request: &CreateRequest,
    placement: Placement,
    display_number: Option<&str>,
    row: &Row,
) -> Result<(), Failure> {
    let dropped = |field: &str, what: &str, next: &str| {
        Err(Failure::permanent(
            Code::UnexpectedAnswer,
            format!("Clio created the matter, but did not keep {what}. {next}"),
        )
        .field(field)
        .candidates([row.id.0]))
    };
    if row.client_reference.as_deref() != Some(request.source_id.as_str()) {
        return dropped(
            "/source_id",
            "its client reference",
            "A repetition would not find it. Shorten the source id, or look at the matter in Clio.",
        );
    }
    if let Some(field) = request.marker_field {
        match marker(&row.custom_field_values, field, &request.source_id) {
            Marker::Ours => {}
            Marker::Hidden => return Err(custom_fields::hidden().candidates([row.id.0])),
            Marker::None | Marker::Others => {
                return dropped(
                    "/marker_field",
                    "its marker",
                    "Check that the field is a text field for matters.",
                );
            }
        }
    }
    if !kept(&row.practice_area, placement.practice_area) {
        return dropped(
            "/practice_area",
            "its practice area",
            "Look at the matter in Clio.",
        );
    }
    if !kept(&row.matter_stage, placement.stage) {
        return dropped("/matter_stage", "its stage", "Look at the matter in Clio.");
    }
    if let Some(number) = display_number
        && row.display_number.as_deref() != Some(number)
    {
        return dropped(
            "/numbering",
            "its number",
            "The account numbers matters automatically: leave `numbering` out.",
        );
    }
    Ok(())
}
