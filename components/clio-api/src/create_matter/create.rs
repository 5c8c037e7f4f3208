//! `create-matter.create`: known id, marker, the client's matters, create.
//!
//! An existing matter costs one request; a new one in a practice area given by
//! name costs three, and one of a new client in a place that was resolved one.

use clio_types::types::ProblemCode;
use clio_types::types::{Disposition, MatterStatus};

use super::check::{check, description_and_number};
use super::look::Look;
use super::resolve::{self, Placement};
use super::wire::{self, Association, NewMatter, Row};
use super::{CreateOutcome, CreateRequest, MatterStage, RecordRef, named};
use crate::answer::{About, ApiError, Applied, outcome_unknown};
use crate::association::kept;
use crate::client::Client;
use crate::ids::{ContactId, CustomFieldId, MatterId, PracticeAreaId, StageId};
use crate::marker::{self, Definition, Marker, NewFieldValue, marker};
use crate::prelude::*;
use crate::problem::Failure;
use crate::query::Query;
use crate::transport::Transport;

/// Makes sure that one matter stands in Clio, once, and returns it.
pub fn create<T: Transport>(
    transport: &mut T,
    request: &CreateRequest,
) -> Result<CreateOutcome, Failure> {
    check(request, transport.now())?;
    let mut client = Client::new(transport);
    let mut look = Look::new(&mut client, request);

    if let Some(id) = request.known_id {
        look.known(MatterId(id))?;
    }
    if let Some(outcome) = look.settled() {
        return Ok(outcome);
    }
    look.by_marker()?;
    if let Some(outcome) = look.settled() {
        return Ok(outcome);
    }
    if request.client_is_new != Some(true) {
        look.by_reference(ContactId(request.client))?;
    }
    look.by_reference_of_others()?;
    if let Some(outcome) = look.outcome(Disposition::Linked) {
        return Ok(outcome);
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
        (Some(MatterStage::Resolved(stage)), Some(RecordRef::Id(area))) => Ok(Placement {
            practice_area: Some(PracticeAreaId(*area)),
            stage: Some(StageId(*stage)),
        }),
        (stage, _) => resolve::placement(client, area, stage.as_ref().map(named).as_ref()),
    }
}

fn write<T: Transport>(
    client: &mut Client<'_, T>,
    request: &CreateRequest,
    placement: Placement,
) -> Result<CreateOutcome, Failure> {
    const WHAT: &str = "create the matter";
    let (description, display_number) = description_and_number(request);
    let body = NewMatter {
        client: Association {
            id: ContactId(request.client),
        },
        description: &description,
        client_reference: &request.source_id,
        display_number,
        status: request.status.map(MatterStatus::name),
        practice_area: placement.practice_area.map(|id| Association { id }),
        matter_stage: placement.stage.map(|id| Association { id }),
        custom_field_values: request.marker_field.map(CustomFieldId).map(|id| {
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
                id: row.id.0,
                display_number: row.display_number,
                disposition: Disposition::Created,
                matched_by: None,
                others: Vec::new(),
            })
        }
        Err(error) if error.applied == Applied::Unknown => {
            let mut look = Look::new(client, request);
            match look.by_reference(ContactId(request.client)) {
                Ok(()) => look.outcome(Disposition::Created),
                Err(_) => None,
            }
            .ok_or_else(|| outcome_unknown(WHAT, error))
        }
        Err(error) => Err(refused(client, request, error)),
    }
}

fn refused<T: Transport>(
    client: &mut Client<'_, T>,
    request: &CreateRequest,
    error: ApiError,
) -> Failure {
    if let Some(failure) = resolve::unknown_area(client, request.practice_area.as_ref(), &error) {
        return failure;
    }
    // A 404 to a creation can only be about a record that the body names.
    let field = match error.about {
        About::CustomField => return marker::refused(error),
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
            ProblemCode::UnexpectedAnswer,
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
    if let Some(field) = request.marker_field.map(CustomFieldId) {
        match marker(&row.custom_field_values, field, &request.source_id) {
            Marker::Ours => {}
            Marker::Hidden => return Err(marker::hidden().candidates([row.id.0])),
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
