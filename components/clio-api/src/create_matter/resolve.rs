//! From names of practice areas and stages to their ids.
//!
//! Clio refuses a stage of another practice area with nothing applied, and
//! without saying which of the two is wrong. Looking first tells.

use crate::prelude::*;
use clio_types::types::ProblemCode;
use core::ops::ControlFlow;

use super::wire::{PRACTICE_AREA, PracticeArea, STAGE, Stage};
use super::{RecordRef, ResolveOutcome, ResolveRequest, check, named};
use crate::answer::{About, ApiError};
use crate::client::Client;
use crate::ids::{PracticeAreaId, StageId};
use crate::problem::Failure;
use crate::query::Query;
use crate::transport::Transport;

/// Where a matter is to stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Placement {
    pub(crate) practice_area: Option<PracticeAreaId>,
    pub(crate) stage: Option<StageId>,
}

/// Tells which practice area and stage a matter would get.
pub fn resolve<T: Transport>(
    transport: &mut T,
    request: &ResolveRequest,
) -> Result<ResolveOutcome, Failure> {
    let stage = request.matter_stage.as_ref().map(named);
    let (area, stage) = (request.practice_area.as_ref(), stage.as_ref());
    check::placement(area, stage)?;
    let mut client = Client::new(transport);
    // Nothing will be written that would tell of an unknown id.
    if let (Some(RecordRef::Id(_)), None) = (area, stage) {
        practice_areas(&mut client, area)?;
    }
    let found = placement(&mut client, area, stage)?;
    Ok(ResolveOutcome {
        practice_area: found.practice_area.map(|id| id.0),
        matter_stage: found.stage.map(|id| id.0),
    })
}

/// Finds the practice area and the stage. An id of a practice area alone costs
/// no request.
pub(crate) fn placement<T: Transport>(
    client: &mut Client<'_, T>,
    area: Option<&RecordRef>,
    stage: Option<&RecordRef>,
) -> Result<Placement, Failure> {
    let practice_area = match area {
        None => None,
        Some(RecordRef::Id(id)) => Some(PracticeAreaId(*id)),
        Some(RecordRef::Name(_)) => Some(practice_areas(client, area)?),
    };
    match (practice_area, stage) {
        (_, None) => Ok(Placement {
            practice_area,
            stage: None,
        }),
        (Some(area), Some(named)) => Ok(Placement {
            practice_area,
            stage: Some(stage_of(client, area, named)?),
        }),
        (None, Some(named)) => stage_alone(client, named),
    }
}

/// Finds the one practice area with a name or an id.
fn practice_areas<T: Transport>(
    client: &mut Client<'_, T>,
    named: Option<&RecordRef>,
) -> Result<PracticeAreaId, Failure> {
    const FIELD: &str = "/practice_area";
    let (id, name) = match named {
        Some(RecordRef::Id(id)) => (Some(*id), None),
        Some(RecordRef::Name(name)) => (None, Some(clio_text::label_key(name))),
        None => (None, None),
    };
    let mut found = Vec::new();
    let query = Query::new("practice_areas.json")
        .fields(PRACTICE_AREA)
        .by_id();
    client.list("list the practice areas", query, |row: PracticeArea| {
        let same_name = name.is_some() && row.name.as_deref().map(clio_text::label_key) == name;
        if same_name || id == Some(row.id.0) {
            found.push(row.id);
        }
        ControlFlow::Continue(())
    })?;
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(Failure::permanent(
            ProblemCode::NotFound,
            "The account has no such practice area. Make it in Clio, or correct the input.",
        )
        .field(FIELD)),
        several => Err(Failure::permanent(
            ProblemCode::Ambiguous,
            "Several practice areas have this name. Give the id of one.",
        )
        .field(FIELD)
        .candidates(several.iter().map(|id| id.0))),
    }
}

/// The failure of a practice area that was given by its id, sent, and refused:
/// how Clio refuses an id that it does not know is not documented. `None`: it is
/// there, or nothing can be said. It costs a request, of a call that has failed.
pub(crate) fn unknown_area<T: Transport>(
    client: &mut Client<'_, T>,
    area: Option<&RecordRef>,
    error: &ApiError,
) -> Option<Failure> {
    let may_be = matches!(error.status(), Some(400 | 404 | 422))
        && matches!(error.about, About::Unknown | About::PracticeArea);
    if !may_be || !matches!(area, Some(RecordRef::Id(_))) {
        return None;
    }
    let failure = practice_areas(client, area).err()?;
    (failure.problem.code == ProblemCode::NotFound).then_some(failure)
}

fn stages<T: Transport>(
    client: &mut Client<'_, T>,
    practice_area: Option<PracticeAreaId>,
    named: &RecordRef,
) -> Result<Vec<Stage>, Failure> {
    let wanted = match named {
        RecordRef::Id(id) => Err(*id),
        RecordRef::Name(name) => Ok(clio_text::label_key(name)),
    };
    let mut found = Vec::new();
    // Stages cannot be ordered; the answer's own order pages them.
    let query = Query::new("matter_stages.json");
    let query = match practice_area {
        Some(id) => query.with_id("practice_area_id", id.0),
        None => query,
    };
    let query = query.with("limit", "200").fields(STAGE);
    client.list("list the stages", query, |row: Stage| {
        let same = match &wanted {
            Err(id) => row.id.0 == *id,
            Ok(name) => row.name.as_deref().map(clio_text::label_key).as_ref() == Some(name),
        };
        if same {
            found.push(row);
        }
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

/// A stage by its id alone brings its practice area along.
fn stage_alone<T: Transport>(
    client: &mut Client<'_, T>,
    named: &RecordRef,
) -> Result<Placement, Failure> {
    match stages(client, None, named)?.first() {
        Some(stage) => Ok(Placement {
            practice_area: stage.practice_area_id,
            stage: Some(stage.id),
        }),
        None => Err(no_stage()),
    }
}

fn no_stage() -> Failure {
    Failure::permanent(
        ProblemCode::NotFound,
        "The account has no such stage. Make it in Clio, or correct the input.",
    )
    .field(FIELD)
}

/// The input member that names the stage.
const FIELD: &str = "/matter_stage";

fn stage_of<T: Transport>(
    client: &mut Client<'_, T>,
    practice_area: PracticeAreaId,
    named: &RecordRef,
) -> Result<StageId, Failure> {
    let belongs = |stage: &Stage| stage.practice_area_id.is_none_or(|id| id == practice_area);
    let listed = stages(client, Some(practice_area), named)?;
    match listed
        .iter()
        .filter(|stage| belongs(stage))
        .collect::<Vec<_>>()
        .as_slice()
    {
        [one] => return Ok(one.id),
        [] => {}
        several => {
            return Err(Failure::permanent(
                ProblemCode::Ambiguous,
                "Several stages of the practice area have this name. Give the id of one.",
            )
            .field(FIELD)
            .candidates(several.iter().map(|stage| stage.id.0)));
        }
    }
    // Whether it exists at all is worth a request: the two cases have
    // different cures, and this one is on its way out.
    let elsewhere = stages(client, None, named)?;
    if elsewhere.is_empty() {
        return Err(no_stage());
    }
    Err(Failure::permanent(
        ProblemCode::Conflict,
        "The stage belongs to another practice area. Nothing was written. Correct one of the two.",
    )
    .field(FIELD)
    .candidates(elsewhere.iter().map(|stage| stage.id.0)))
}
