//! The checks of a matter before the first request.

use super::{CreateRequest, MatterStage, Numbering, RecordRef, named};
use crate::prelude::*;
use crate::{Failure, Instant, input, instant};

pub(crate) fn check(request: &CreateRequest, now: Instant) -> Result<(), Failure> {
    input::source_id("/source_id", &request.source_id)?;
    instant::began(request.began.as_deref(), now)?;
    input::id("/client", request.client)?;
    input::not_blank("/title", &request.title)?;
    if let Some(number) = &request.case_number {
        input::not_blank("/case_number", number)?;
    }
    let area = request.practice_area.as_ref();
    match &request.matter_stage {
        Some(MatterStage::Resolved(id)) => {
            placement(area, None)?;
            input::id("/matter_stage/resolved", *id)?;
            if !matches!(area, Some(RecordRef::Id(_))) {
                return Err(Failure::input(
                    "/practice_area",
                    "A stage that was resolved goes with the id of its practice area. Give that \
                     as well.",
                ));
            }
        }
        stage => placement(area, stage.as_ref().map(named).as_ref())?,
    }
    if let Some(id) = request.known_id {
        input::id("/known_id", id)?;
    }
    for (index, id) in request.other_clients.iter().enumerate() {
        input::id(&format!("/other_clients/{index}"), *id)?;
    }
    if let Some(id) = request.marker_field {
        input::id("/marker_field", id)?;
        input::marker(&request.source_id)?;
    }
    Ok(())
}

/// Checks where a matter is to stand.
pub(crate) fn placement(
    area: Option<&RecordRef>,
    stage: Option<&RecordRef>,
) -> Result<(), Failure> {
    record("/practice_area", area)?;
    record("/matter_stage", stage)?;
    if let (None, Some(RecordRef::Name(_))) = (area, stage) {
        return Err(Failure::input(
            "/practice_area",
            "A stage's name says which one only within a practice area. Give that as well.",
        ));
    }
    Ok(())
}

pub(crate) fn record(field: &str, named: Option<&RecordRef>) -> Result<(), Failure> {
    match named {
        Some(RecordRef::Id(id)) => input::id(&format!("{field}/id"), *id),
        Some(RecordRef::Name(name)) => input::not_blank(&format!("{field}/name"), name),
        None => Ok(()),
    }
}

/// The description, and the display number where the firm makes it.
pub(crate) fn description_and_number(request: &CreateRequest) -> (String, Option<&str>) {
    let title = request.title.trim();
    let number = request.case_number.as_deref().map(str::trim);
    match (number, request.numbering.unwrap_or(Numbering::Automatic)) {
        (Some(number), Numbering::Automatic) => (format!("{title} ({number})"), None),
        (number, _) => (title.to_owned(), number),
    }
}
