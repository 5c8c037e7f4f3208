//! `custom_fields.read`: one look at the record.
//!
//! Clio names type, name and label with each value, so one request does. Where
//! labels are missing, the definitions are read as well.

use clio_types::custom_fields::{FieldType, FieldValue, Owner, ReadOutcome, ReadRequest};
use clio_types::types::ProblemCode;

use super::definitions::{Known, PERMISSION};
use super::wire::{Record, Row, VALUES};
use super::{check, check_id, path, pointer};
use crate::association::Rows;
use crate::client::Client;
use crate::prelude::*;
use crate::problem::Failure;
use crate::query::Query;
use crate::transport::Transport;

/// Returns the values of a record.
pub fn read<T: Transport>(
    transport: &mut T,
    request: &ReadRequest,
) -> Result<ReadOutcome, Failure> {
    check_id(request.of)?;
    let mut client = Client::new(transport);
    let rows = rows(&mut client, request.of)?;
    let known = if rows.iter().any(lacks_label) {
        Some(Known::read(&mut client, request.of, &rows)?)
    } else {
        None
    };
    let mut outcome = ReadOutcome::new(false);
    for row in &rows {
        let Some(value) = value(row, known.as_ref()) else {
            continue;
        };
        outcome.labels_hidden |= value.choice.is_some() && value.value.is_none();
        outcome.values.push(value);
    }
    outcome.labels_hidden &= known.is_some_and(|known| known.hidden);
    Ok(outcome)
}

fn lacks_label(row: &Row) -> bool {
    row.kind() == Some(FieldType::Picklist) && row.text().is_some() && label(row).is_none()
}

fn label(row: &Row) -> Option<&str> {
    row.picklist_option.as_ref()?.option.as_deref()
}

/// A value as the row itself tells it: of a picklist without the label where
/// Clio left it out.
pub(crate) fn shown(row: &Row) -> Option<FieldValue> {
    value(row, None)
}

fn value(row: &Row, known: Option<&Known>) -> Option<FieldValue> {
    let field = row.field()?;
    let kind = row.kind();
    let text = row.text();
    let choice = text
        .filter(|_| kind == Some(FieldType::Picklist))
        .and_then(check::id);
    let value = match (kind, choice) {
        (Some(FieldType::Picklist), Some(choice)) => {
            let listed = known.and_then(|known| known.label(field, choice));
            label(row).or(listed).map(str::to_owned)
        }
        (Some(FieldType::TextArea | FieldType::TextLine) | None, _) => text.map(str::to_owned),
        (Some(kind), _) => text.map(|text| check::canonical(kind, text)),
    };
    Some(FieldValue {
        field: field.0,
        name: row.field_name.clone(),
        kind,
        value,
        choice,
        deleted: row.soft_deleted == Some(true),
    })
}

/// Reads the values of a record, all of which must be visible: one that is
/// hidden would be taken for absent.
pub(super) fn rows<T: Transport>(
    client: &mut Client<'_, T>,
    of: Owner,
) -> Result<Vec<Row>, Failure> {
    let query = Query::new(&path(of)).fields(VALUES);
    let record: Record = client
        .get("read the record's custom fields", query)
        .map_err(|error| error.at(&pointer(of)))?;
    visible(record)
}

/// The values of an answer, unless some of them are hidden.
pub(super) fn visible(record: Record) -> Result<Vec<Row>, Failure> {
    match record.custom_field_values {
        Rows::Visible(rows) if !rows.iter().any(Row::is_hidden) => Ok(rows),
        // They were asked for: not to be told of any is not to have none.
        _ => Err(hidden()),
    }
}

fn hidden() -> Failure {
    Failure::permanent(
        ProblemCode::Forbidden,
        format!("The record's custom fields may not be seen. {PERMISSION}."),
    )
}
