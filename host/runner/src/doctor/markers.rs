//! Whether the fields that hold an account's markers stand in Clio: what `clio
//! setup` would do about them, looked at as it looks.
//!
//! Not being set up is no fault: everything works without markers, and finds
//! less. A field that was renamed works on, for its id counts.

use clio_host::actions::setup_markers::{EnsureRequest, MarkedKind};
use clio_host::actions::types::ProblemCode;
use clio_host::{CallError, Host};

use super::{Finding, Plan, look as planned};
use crate::call_failure;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;
use crate::state::Markers;

const WHAT: &str = "markers";

/// Looks at the fields that are remembered for an account.
pub(super) async fn look(name: &str, session: &Session, host: &Host) -> Finding {
    let set_up = format!("run `clio setup {name}`");
    let markers = match Markers::read(&session.journal, &session.account.scope) {
        Ok(Some(markers)) => markers,
        Ok(None) => {
            let mut finding = Finding::fine(
                WHAT,
                "not set up; without them a person who has no e-mail address is not found again \
                 on another day",
            );
            finding.next = Some(format!("{set_up} if you want them"));
            return finding;
        }
        Err(error) => return Finding::failed(WHAT, &Failure::from(error)),
    };
    let (contact, matter) = (markers.contact, markers.matter);
    let request = EnsureRequest {
        name: None,
        only: None,
        known_contact: Some(contact),
        known_matter: Some(matter),
    };
    let mut gone = Vec::new();
    for (kind, id, records) in [
        (MarkedKind::Contact, contact, "contacts"),
        (MarkedKind::Matter, matter, "matters"),
    ] {
        let call = host.call(&session.account.connection);
        match planned(call, &request, kind).await {
            Ok(Plan::Stands(field)) if field.id == id => {}
            Err(error) if code(&error) != Some(ProblemCode::Conflict) => return unseen(&error),
            // Another field has the name, or none.
            _ => gone.push(format!("{id} for {records}")),
        }
    }
    if gone.is_empty() {
        let says = format!("the fields {contact} for contacts and {matter} for matters stand");
        return Finding::fine(WHAT, says);
    }
    let gone = gone.join(", and the field ");
    let says = format!("deleted in Clio: the field {gone}");
    let next = format!("{set_up}, which makes what is missing");
    Finding::wrong(WHAT, Exit::Permanent, says, next)
}

fn unseen(error: &CallError) -> Finding {
    if code(error) == Some(ProblemCode::Forbidden) {
        let says = "are set up and cannot be looked at: the permission custom_fields is missing";
        return Finding::wrong(WHAT, Exit::NotAuthorized, says, "see there");
    }
    let says = format!("could not be looked at: {}", call_failure::why(error));
    let exit = call_failure::exit(error);
    Finding::wrong(WHAT, exit, says, "run the same again later")
}

fn code(error: &CallError) -> Option<ProblemCode> {
    error.problem().map(|problem| problem.code)
}
