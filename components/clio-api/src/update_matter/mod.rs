//! `update-matter.update`: look, compare, one conditional request, compare again.
//!
//! A change goes out only against the very state that was looked at: Clio
//! refuses it where the matter was edited since. Two requests, and one for each
//! name or stage; one alone where all stands already.

use crate::prelude::*;
use serde::Serialize;

use clio_types::types::{MatterStatus, ProblemCode, RecordRef};
use clio_types::update_matter::{UpdateOutcome, UpdateRequest};

use crate::answer::{About, ApiError, Applied, outcome_unknown};
use crate::association::{Linked, id_of, is_hidden};
use crate::client::Client;
use crate::create_matter::check::placement as check_placement;
use crate::create_matter::resolve::{self, Placement};
use crate::create_matter::wire::Association;
use crate::fields::{Fields, fields};
use crate::ids::{MatterId, PracticeAreaId, StageId, UserId};
use crate::problem::Failure;
use crate::query::Query;
use crate::transport::Transport;

mod check;
#[cfg(test)]
mod tests;

/// What the change is called in messages.
const WHAT: &str = "change the matter";

/// What a look reads, and a change reads back.
const STATE: Fields = fields!(
    id,
    etag,
    status,
    description,
    practice_area { id },
    matter_stage { id },
    responsible_attorney { id },
    originating_attorney { id },
);

/// A matter in an answer.
#[derive(Debug, Clone, serde::Deserialize)]
struct State {
    #[serde(default)]
    etag: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    practice_area: Option<Linked<PracticeAreaId>>,
    #[serde(default)]
    matter_stage: Option<Linked<StageId>>,
    #[serde(default)]
    responsible_attorney: Option<Linked<UserId>>,
    #[serde(default)]
    originating_attorney: Option<Linked<UserId>>,
}

/// The body of a change: what differs, and nothing else.
#[derive(Debug, Default, Serialize)]
struct Change<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    practice_area: Option<Association<PracticeAreaId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    matter_stage: Option<Association<StageId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    responsible_attorney: Option<Association<UserId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    originating_attorney: Option<Association<UserId>>,
}

/// What the matter should be, resolved.
#[derive(Debug)]
struct Wanted<'r> {
    status: Option<MatterStatus>,
    description: Option<&'r str>,
    placement: Placement,
    responsible_attorney: Option<UserId>,
    originating_attorney: Option<UserId>,
}

/// Changes a matter, unless it was edited meanwhile.
pub fn update<T: Transport>(
    transport: &mut T,
    request: &UpdateRequest,
) -> Result<UpdateOutcome, Failure> {
    let (responsible_attorney, originating_attorney) = check::check(request)?;
    let mut client = Client::new(transport);
    let state = look(&mut client, MatterId(request.matter))?;
    if let Some(pointer) = hidden(request, &state) {
        return Err(may_not_be_seen(pointer));
    }
    let wanted = Wanted {
        status: request.status,
        description: request.description.as_deref().map(str::trim),
        placement: placement(&mut client, request, &state)?,
        responsible_attorney,
        originating_attorney,
    };
    // All stands, by this call's own earlier attempt or by anybody's hand:
    // nothing is overwritten, whatever else was edited.
    if missing(&wanted, &state).is_none() {
        return Ok(UpdateOutcome {
            etag: state.etag,
            changed: false,
        });
    }
    let etag = match (&request.etag, state.etag.as_deref()) {
        (Some(seen), Some(now)) if seen.trim() != now => {
            return Err(edited(MatterId(request.matter)));
        }
        (_, Some(now)) => now,
        // Without a tag the change would overwrite whatever is there.
        (_, None) => {
            return Err(Failure::permanent(
                ProblemCode::UnexpectedAnswer,
                "Clio did not tell the matter's state, so that a change could overwrite another \
                 one. Report it.",
            ));
        }
    };
    send(&mut client, request, &wanted, &state, etag)
}

fn look<T: Transport>(client: &mut Client<'_, T>, id: MatterId) -> Result<State, Failure> {
    let query = Query::new(&format!("matters/{id}.json")).fields(STATE);
    client
        .get("read the matter", query)
        .map_err(|error| error.at("/matter").into())
}

/// The first member that is to be changed and may not be seen. Taken for what
/// is wanted it would never be changed; taken for nothing, a stage would bring
/// its own practice area along.
fn hidden(request: &UpdateRequest, state: &State) -> Option<&'static str> {
    let placed = request.practice_area.is_some() || request.matter_stage.is_some();
    [
        (placed && is_hidden(&state.practice_area), "/practice_area"),
        (
            request.matter_stage.is_some() && is_hidden(&state.matter_stage),
            "/matter_stage",
        ),
        (
            request.responsible_attorney.is_some() && is_hidden(&state.responsible_attorney),
            "/responsible_attorney",
        ),
        (
            request.originating_attorney.is_some() && is_hidden(&state.originating_attorney),
            "/originating_attorney",
        ),
    ]
    .into_iter()
    .find_map(|(hidden, pointer)| hidden.then_some(pointer))
}

fn may_not_be_seen(pointer: &str) -> Failure {
    Failure::permanent(
        ProblemCode::Forbidden,
        "The connection may not see what the matter has here, so that a change could neither be \
         compared nor checked. Nothing was written. Give it the permission, or leave this out.",
    )
    .field(pointer)
}

/// Where the matter is to stand. A stage belongs to the practice area that the
/// matter has or will have.
fn placement<T: Transport>(
    client: &mut Client<'_, T>,
    request: &UpdateRequest,
    state: &State,
) -> Result<Placement, Failure> {
    let stands = id_of(&state.practice_area).map(|id| RecordRef::Id(id.0));
    let stage = request.matter_stage.as_ref();
    let area = match stage {
        // A stage without a practice area brings its own along.
        Some(_) => request.practice_area.as_ref().or(stands.as_ref()),
        None => request.practice_area.as_ref(),
    };
    check_placement(area, stage)?;
    resolve::placement(client, area, stage)
}

/// The first member that is not as it should be.
fn missing(wanted: &Wanted<'_>, state: &State) -> Option<&'static str> {
    let status = wanted.status.map(MatterStatus::name);
    let same_status = |status: &str| {
        let now = state.status.as_deref();
        now.is_some_and(|now| now.eq_ignore_ascii_case(status))
    };
    if !status.is_none_or(same_status) {
        return Some("/status");
    }
    let now = state.description.as_deref().map(lines);
    if wanted.description.is_some() && now != wanted.description.map(lines) {
        return Some("/description");
    }
    let Placement {
        practice_area,
        stage,
    } = wanted.placement;
    [
        (
            stands(&state.practice_area, practice_area),
            "/practice_area",
        ),
        (stands(&state.matter_stage, stage), "/matter_stage"),
        (
            stands(&state.responsible_attorney, wanted.responsible_attorney),
            "/responsible_attorney",
        ),
        (
            stands(&state.originating_attorney, wanted.originating_attorney),
            "/originating_attorney",
        ),
    ]
    .into_iter()
    .find_map(|(stands, pointer)| (!stands).then_some(pointer))
}

/// Whether a member is as it is wanted, and is seen to be.
fn stands<I: Copy + PartialEq>(now: &Option<Linked<I>>, wanted: Option<I>) -> bool {
    wanted.is_none() || id_of(now) == wanted
}

/// A description without what Clio or the way there does not keep.
fn lines(text: &str) -> String {
    clio_text::plain(text).trim().replace("\r\n", "\n")
}

/// What is sent: the members that differ. A stage goes with its practice area,
/// so that neither is judged by an older other.
fn change<'r>(wanted: &Wanted<'r>, state: &State) -> Change<'r> {
    fn other<I: Copy + PartialEq>(
        now: &Option<Linked<I>>,
        wanted: Option<I>,
    ) -> Option<Association<I>> {
        wanted
            .filter(|_| !stands(now, wanted))
            .map(|id| Association { id })
    }
    let placement = wanted.placement;
    let moves = !stands(&state.practice_area, placement.practice_area)
        || !stands(&state.matter_stage, placement.stage);
    let status = wanted.status.map(MatterStatus::name);
    let now = state.status.as_deref().unwrap_or_default();
    let described = state.description.as_deref().map(clio_text::plain);
    let described = described.as_deref().map(str::trim);
    Change {
        status: status.filter(|status| !now.eq_ignore_ascii_case(status)),
        description: wanted
            .description
            .filter(|text| described != Some(clio_text::plain(text).trim())),
        practice_area: placement
            .practice_area
            .filter(|_| moves)
            .map(|id| Association { id }),
        matter_stage: placement
            .stage
            .filter(|_| moves)
            .map(|id| Association { id }),
        responsible_attorney: other(&state.responsible_attorney, wanted.responsible_attorney),
        originating_attorney: other(&state.originating_attorney, wanted.originating_attorney),
    }
}

fn send<T: Transport>(
    client: &mut Client<'_, T>,
    request: &UpdateRequest,
    wanted: &Wanted<'_>,
    before: &State,
    etag: &str,
) -> Result<UpdateOutcome, Failure> {
    let id = MatterId(request.matter);
    let body = change(wanted, before);
    let query = Query::new(&format!("matters/{id}.json")).fields(STATE);
    let changed = |state: State| UpdateOutcome {
        etag: state.etag,
        changed: true,
    };
    match client.patch_if::<_, State>(WHAT, query, etag, &body) {
        Ok(state) => match missing(wanted, &state) {
            None => Ok(changed(state)),
            Some(pointer) => Err(Failure::permanent(
                ProblemCode::UnexpectedAnswer,
                "Clio took the change, but did not keep this member of it, or does not show it. \
                 Look at the matter in Clio.",
            )
            .field(pointer)
            .candidates([id.0])),
        },
        // The tag is no longer the matter's: by an edit, or by this change,
        // which came to Clio and whose answer was lost on the way.
        Err(error) if error.status() == Some(412) => match look(client, id) {
            Ok(state) if missing(wanted, &state).is_none() => Ok(changed(state)),
            Ok(_) => Err(edited(id)),
            Err(failure) => Err(failure),
        },
        Err(error) if error.applied == Applied::Unknown => match look(client, id) {
            Ok(state) if missing(wanted, &state).is_none() => Ok(changed(state)),
            _ => Err(unknown(error)),
        },
        Err(error) => Err(refused(client, error, request, &body)),
    }
}

fn edited(id: MatterId) -> Failure {
    Failure::permanent(
        ProblemCode::Conflict,
        "The matter was edited in Clio meanwhile, and nothing was written. Look at it, and give \
         its present `etag` or none.",
    )
    .candidates([id.0])
}

fn unknown(error: ApiError) -> Failure {
    let mut failure = outcome_unknown(WHAT, error);
    failure.problem.message = format!(
        "It is not known whether “{WHAT}” was carried out: its answer was lost, and a look did \
         not find the change. Repeat the call."
    );
    failure
}

/// The matter was read just now, so a refusal is about what the body names. How
/// Clio refuses an id that it does not know is not documented, so a practice
/// area is looked for; users are not, which would take a permission more.
fn refused<T: Transport>(
    client: &mut Client<'_, T>,
    error: ApiError,
    request: &UpdateRequest,
    body: &Change<'_>,
) -> Failure {
    let area = request.practice_area.as_ref();
    let sent = area.filter(|_| body.practice_area.is_some());
    if let Some(failure) = resolve::unknown_area(client, sent, &error) {
        return failure;
    }
    let named = [
        (body.responsible_attorney.is_some(), "/responsible_attorney"),
        (body.originating_attorney.is_some(), "/originating_attorney"),
        (body.practice_area.is_some(), "/practice_area"),
        (body.matter_stage.is_some(), "/matter_stage"),
        (body.status.is_some(), "/status"),
        (body.description.is_some(), "/description"),
    ];
    let mut candidates = named.into_iter().filter_map(|(is, at)| is.then_some(at));
    let field = match error.about {
        About::Stage => Some("/matter_stage"),
        About::PracticeArea => Some("/practice_area"),
        About::ResponsibleAttorney => Some("/responsible_attorney"),
        About::OriginatingAttorney => Some("/originating_attorney"),
        _ => candidates.next().filter(|_| candidates.next().is_none()),
    };
    match field {
        Some(field) => error.at(field).into(),
        None => error.into(),
    }
}
