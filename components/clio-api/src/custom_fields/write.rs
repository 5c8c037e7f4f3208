//! `custom_fields.write`: look, check, one request, compare.
//!
//! Two looks and one write, however many values; two looks where all of them
//! stand already; one look more for each 100 references to contacts or matters.

use crate::prelude::*;
use core::ops::ControlFlow;

use clio_types::custom_fields::{Change, FieldType, Owner, WriteOutcome, WriteRequest, Written};
use clio_types::types::ProblemCode;

use super::definitions::Known;
use super::plan::{self, Standing, Wanted};
use super::wire::{DefinitionRow, ID, NewValues, Record, Row, VALUES};
use super::{path, read};
use crate::answer::{ApiError, Applied, outcome_unknown};
use crate::client::Client;
use crate::problem::Failure;
use crate::query::Query;
use crate::transport::Transport;

/// What the write is called in messages.
const WHAT: &str = "write the custom fields";

/// How many ids one look at referenced records names.
const IDS: usize = 100;

/// Makes sure that a record's fields hold the given values.
pub fn write<T: Transport>(
    transport: &mut T,
    request: &WriteRequest,
) -> Result<WriteOutcome, Failure> {
    plan::check(request)?;
    let mut client = Client::new(transport);
    let rows = read::rows(&mut client, request.of)?;
    let known = Known::read(&mut client, request.of, &rows)?;
    let plan = plan::plan(request, &known, &rows)
        .map_err(|failure| Known::not_found(&mut client, request, &rows, failure))?;
    references(&mut client, &plan, FieldType::Contact)?;
    references(&mut client, &plan, FieldType::Matter)?;
    if plan.iter().any(|wanted| wanted.change != Change::Unchanged) {
        send(&mut client, request.of, &plan, &rows)?;
    }
    Ok(WriteOutcome {
        values: plan
            .iter()
            .map(|wanted| Written {
                field: wanted.field.0,
                change: wanted.change,
            })
            .collect(),
    })
}

/// Checks that referenced records stand in Clio, since its refusal would not
/// say which of them does not.
fn references<T: Transport>(
    client: &mut Client<'_, T>,
    plan: &[Wanted],
    kind: FieldType,
) -> Result<(), Failure> {
    let (path, what) = match kind {
        FieldType::Contact => ("contacts.json", "look for the referenced contacts"),
        _ => ("matters.json", "look for the referenced matters"),
    };
    let wanted: Vec<(u64, usize)> = plan::references(plan, kind).into_iter().collect();
    for some in wanted.chunks(IDS) {
        let mut missing = some.to_vec();
        let query = some.iter().fold(Query::new(path), |query, (id, _)| {
            query.with_id("ids[]", *id)
        });
        client
            .list(what, query.fields(ID).by_id(), |row: DefinitionRow| {
                missing.retain(|(id, _)| *id != row.id.0);
                if missing.is_empty() {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })
            .map_err(|error| match some.first() {
                Some((_, index)) => Failure::from(error).field(pointer(*index)),
                None => error.into(),
            })?;
        if let Some((_, index)) = missing.iter().min_by_key(|(_, index)| *index) {
            return Err(Failure::permanent(
                ProblemCode::NotFound,
                "The record that the value refers to does not exist, or may not be seen.",
            )
            .field(pointer(*index)));
        }
    }
    Ok(())
}

fn pointer(index: usize) -> String {
    format!("/values/{index}/value")
}

fn send<T: Transport>(
    client: &mut Client<'_, T>,
    of: Owner,
    plan: &[Wanted],
    before: &[Row],
) -> Result<(), Failure> {
    let body = NewValues {
        custom_field_values: plan.iter().filter_map(Wanted::body).collect(),
    };
    let query = Query::new(&path(of)).fields(VALUES);
    match client.patch::<_, Record>(WHAT, query, &body) {
        Ok(record) => match dropped(plan, &read::visible(record).map_err(unseen)?) {
            None => Ok(()),
            Some(wanted) => Err(Failure::permanent(
                ProblemCode::UnexpectedAnswer,
                "Clio took the request, but did not keep this value as it was sent. The others \
                 were written. Look at the record in Clio.",
            )
            .field(pointer(wanted.index))),
        },
        // All values go in one request: either all of them stand, or none.
        Err(error) if error.applied == Applied::Unknown => match read::rows(client, of) {
            Ok(rows) if dropped(plan, &rows).is_none() => Ok(()),
            _ => Err(unknown(error)),
        },
        Err(error) => Err(refused(client, of, plan, before, error)),
    }
}

/// The first value that is not as it should be.
fn dropped<'p>(plan: &'p [Wanted], rows: &[Row]) -> Option<&'p Wanted> {
    let standing = Standing::of(rows);
    plan.iter()
        .find(|wanted| !wanted.is(standing.text(wanted.field)))
}

/// The failure of an answer that hides what the look before it showed.
fn unseen(failure: Failure) -> Failure {
    let mut failure = failure;
    "Clio took the request, but does not show what became of the values. Look at the record in \
     Clio."
        .clone_into(&mut failure.problem.message);
    failure
}

fn unknown(error: ApiError) -> Failure {
    let mut failure = outcome_unknown(WHAT, error);
    failure.problem.message = format!(
        "It is not known whether “{WHAT}” was carried out: its answer was lost, and a look did \
         not find the values. Repeat the call."
    );
    failure
}

/// A value that came or went meanwhile makes its form the wrong one, which is
/// no fault of the input: the next call chooses another form.
fn refused<T: Transport>(
    client: &mut Client<'_, T>,
    of: Owner,
    plan: &[Wanted],
    before: &[Row],
    error: ApiError,
) -> Failure {
    if !matches!(error.status(), Some(400 | 404 | 422)) {
        return error.into();
    }
    let now = match read::rows(client, of) {
        Ok(rows) => rows,
        // The record itself is gone.
        Err(failure) if failure.problem.status == Some(404) => return failure,
        Err(_) => return error.into(),
    };
    let (then, now) = (Standing::of(before), Standing::of(&now));
    let moved = plan
        .iter()
        .any(|wanted| then.id(wanted.field) != now.id(wanted.field));
    if moved {
        return Failure::transient(
            ProblemCode::Conflict,
            "The record's custom fields were changed in Clio meanwhile, and nothing was written. \
             Repeat the call.",
        );
    }
    let mut changed = plan
        .iter()
        .filter(|wanted| wanted.change != Change::Unchanged);
    // Clio's refusal names no value. With one value alone there is no doubt.
    let field = match (changed.next(), changed.next()) {
        (Some(one), None) => pointer(one.index),
        _ => "/values".to_owned(),
    };
    error.at(&field).into()
}
