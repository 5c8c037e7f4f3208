//! `generate-document.start`: looks for the same automation, then starts it.
//!
//! Each automation makes documents, so a repetition must find the first one.

use crate::prelude::*;
use alloc::collections::{BTreeMap, BTreeSet};
use clio_types::types::{Disposition, ProblemCode};
use core::ops::ControlFlow;

use super::formats::Formats;
use super::wire::{AUTOMATION, Id, NewAutomation, Row};
use super::{DocumentFormat, FollowOutcome, StartOutcome, StartRequest};
use crate::answer::{About, ApiError, Applied, outcome_unknown};
use crate::association::id_of;
use crate::client::Client;
use crate::problem::Failure;
use crate::query::Query;
use crate::transport::Transport;
use crate::{Instant, input, instant};

/// How much earlier than the caller says an automation may have begun: clocks
/// differ.
const EARLIER: i64 = 600;

/// Extensions that a name may have been given or have lost on the way.
const EXTENSIONS: [&str; 3] = [".docx", ".doc", ".pdf"];

const START: &str = "start the automation";

/// Makes sure that one automation was started, and returns it.
pub fn start<T: Transport>(
    transport: &mut T,
    request: &StartRequest,
) -> Result<StartOutcome, Failure> {
    let now = transport.now();
    let began = checked(request, now)?;
    let mut client = Client::new(transport);
    let mut passed_over = BTreeSet::new();
    let found = look(&mut client, request, began, |row| {
        // One without documents is no reason not to try again, unless it is
        // this very call that it came of.
        let mine = !row.is_barren() || row.created().is_some_and(|at| at >= began);
        if !mine {
            passed_over.insert(row.id.0);
        }
        mine
    })?;
    if let Some(outcome) = outcome(found, Disposition::Linked)? {
        return Ok(outcome);
    }
    let body = NewAutomation {
        matter: Id { id: request.matter },
        document_template: Id {
            id: request.template,
        },
        filename: request.filename.trim(),
        formats: names(&request.formats),
    };
    let query = Query::new("document_automations.json").fields(AUTOMATION);
    match client.post::<_, Row>(START, query, &body) {
        Ok(row) => Ok(started(
            row.into_automation()?,
            Disposition::Created,
            Vec::new(),
        )),
        Err(error) if error.applied == Applied::Unknown => {
            // None that counts stood there before: the one that stands there
            // now is the one that this call started.
            let found = look(&mut client, request, began, |row| {
                !passed_over.contains(&row.id.0)
            });
            match found.map(|found| outcome(found, Disposition::Created)) {
                Ok(Ok(Some(outcome))) => Ok(outcome),
                _ => Err(outcome_unknown(START, error)),
            }
        }
        Err(error) => Err(refused(error)),
    }
}

/// Checks the input, and returns when the caller began.
fn checked(request: &StartRequest, now: Instant) -> Result<Instant, Failure> {
    input::source_id("/source_id", &request.source_id)?;
    let began = instant::began(request.began.as_deref(), now)?;
    input::id("/matter", request.matter)?;
    input::id("/template", request.template)?;
    input::document_name("/filename", &request.filename)?;
    if request.formats.is_empty() {
        return Err(Failure::input("/formats", "Name at least one format."));
    }
    Ok(began)
}

/// The names of the formats, each once.
fn names(formats: &[DocumentFormat]) -> Vec<&'static str> {
    let named = DocumentFormat::ALL.into_iter();
    named
        .filter(|format| formats.contains(format))
        .map(DocumentFormat::name)
        .collect()
}

/// The automations for what is wanted, oldest first, that `counts` takes.
fn look<T: Transport>(
    client: &mut Client<'_, T>,
    request: &StartRequest,
    began: Instant,
    mut counts: impl FnMut(&Row) -> bool,
) -> Result<BTreeMap<u64, Row>, Failure> {
    // A filter whose edge may exclude the instant itself: one second more.
    let since = began.before(EARLIER + 1);
    let query = Query::new("document_automations.json")
        .with("created_since", &since.to_string())
        .fields(AUTOMATION)
        .by_id();
    let wanted = Formats::of(&request.formats);
    let mut found = BTreeMap::new();
    let mut hidden = false;
    client.list("list the automations", query, |row: Row| {
        // Clio ignores filters that it does not know.
        let early = row.created().is_some_and(|at| at < since);
        let template = id_of(&row.document_template).map(|id| id.0);
        let same = !early
            && template.is_none_or(|template| template == request.template)
            && same_name(row.filename.as_deref(), &request.filename)
            && row.export_formats.may_be(wanted);
        let matter = id_of(&row.matter);
        if same && matter.is_none_or(|matter| matter.0 == request.matter) && counts(&row) {
            // Taken for another's, it would be started twice; for the same, a
            // matter would go without.
            hidden |= matter.is_none() || template.is_none();
            found.insert(row.id.0, row);
        }
        ControlFlow::Continue(())
    })?;
    if hidden {
        return Err(Failure::permanent(
            ProblemCode::Forbidden,
            "An automation of the same name was started, and this connection may not see for \
             which matter and template. Nothing was started. Give the connection the permission \
             for matters and documents.",
        )
        .field("/matter")
        .candidates(found.into_keys()));
    }
    Ok(found)
}

/// Whether a name in an answer is the wanted one, with or without an extension.
fn same_name(told: Option<&str>, wanted: &str) -> bool {
    fn stem(name: &str) -> &str {
        let name = name.trim();
        EXTENSIONS
            .iter()
            .find_map(|extension| name.strip_suffix(extension))
            .unwrap_or(name)
    }
    // Without what is left out when it is sent.
    let (told, wanted) = (told.map(clio_text::plain), clio_text::plain(wanted));
    told.is_some_and(|told| stem(&told) == stem(&wanted))
}

fn outcome(
    found: BTreeMap<u64, Row>,
    disposition: Disposition,
) -> Result<Option<StartOutcome>, Failure> {
    let (mut first, mut others): (Option<Row>, Vec<u64>) = (None, Vec::new());
    for (id, row) in found {
        match &first {
            None => first = Some(row),
            // The oldest that is not without documents.
            Some(before) if before.is_barren() && !row.is_barren() => {
                others.push(before.id.0);
                first = Some(row);
            }
            Some(_) => others.push(id),
        }
    }
    first
        .map(|row| Ok(started(row.into_automation()?, disposition, others)))
        .transpose()
}

fn refused(error: ApiError) -> Failure {
    let template = error.about == About::Template;
    let missing = error.status() == Some(404);
    let error = if template {
        error.at("/template")
    } else {
        error
    };
    let mut failure: Failure = error.into();
    if missing {
        failure.problem.message =
            "Clio knows no such matter or no such template, or they may not be seen.".to_owned();
    }
    failure
}

fn started(automation: FollowOutcome, disposition: Disposition, others: Vec<u64>) -> StartOutcome {
    StartOutcome {
        id: automation.id,
        disposition,
        state: automation.state,
        documents: automation.documents,
        look_again_ms: automation.look_again_ms,
        others,
    }
}
