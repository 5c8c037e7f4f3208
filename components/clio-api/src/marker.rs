//! The marker: a text custom field that holds the caller's identifier.
//!
//! The id of a value (`text_line-17`) is not the id of the field's definition.
//! Clio's filter on a field is not relied on: rows are compared here.

use crate::prelude::*;
use clio_types::types::ProblemCode;
use serde::{Deserialize, Serialize};

use crate::answer::ApiError;
use crate::association::{Linked, Rows, id_of};
use crate::ids::CustomFieldId;
use crate::problem::Failure;
use crate::scalar::{self, Scalar};

/// A value in an answer. Its own id and type only tell whether it may be seen:
/// markers are only created.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct FieldValue {
    #[serde(default)]
    id: Scalar,
    #[serde(default)]
    field_type: Option<String>,
    #[serde(default)]
    value: Scalar,
    #[serde(default)]
    custom_field: Option<Linked<CustomFieldId>>,
}

/// A value in a body, in the form that creates it.
#[derive(Debug, Serialize)]
pub(crate) struct NewFieldValue<'a> {
    pub(crate) custom_field: Definition,
    pub(crate) value: &'a str,
}

#[derive(Debug, Serialize)]
pub(crate) struct Definition {
    pub(crate) id: CustomFieldId,
}

/// What a record says about a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marker {
    /// It holds the identifier.
    Ours,
    /// It holds another one.
    Others,
    /// It holds none.
    None,
    /// The connection may not see it.
    Hidden,
}

/// Compares the marker of a record with an identifier.
pub(crate) fn marker(values: &Rows<FieldValue>, field: CustomFieldId, source_id: &str) -> Marker {
    if matches!(values, Rows::Redacted) {
        return Marker::Hidden;
    }
    let mut marker = Marker::None;
    for row in values.visible() {
        match id_of(&row.custom_field) {
            Some(id) if id != field => {}
            Some(_) => {
                if row.value.text() == Some(source_id) {
                    return Marker::Ours;
                }
                if scalar::is_hidden(&row.id, row.field_type.as_deref(), &row.value) {
                    marker = Marker::Hidden;
                } else if row.value.text().is_some() {
                    marker = Marker::Others;
                }
            }
            // It may be the marker, or any other value.
            None if marker == Marker::None => marker = Marker::Hidden,
            None => {}
        }
    }
    marker
}

/// The error for a marker field whose values cannot be read.
pub(crate) fn hidden() -> Failure {
    Failure::permanent(
        ProblemCode::Forbidden,
        "The values of the marker field cannot be seen. Give the connection the permission for \
         custom fields, or leave the marker field out.",
    )
    .field("/marker_field")
}

/// The error for a request that Clio refused because of the marker field, or
/// may have: a field that was deleted is refused in more than one way.
pub(crate) fn refused(error: ApiError) -> Failure {
    let about_the_request =
        matches!(error.status(), Some(400 | 404 | 422)) && !error.is("InvalidFields");
    let mut failure = Failure::from(error.at("/marker_field"));
    if about_the_request {
        failure.problem.message = "Clio did not take the marker field: it was deleted, or is no \
             text field for this kind of record. Make the marker fields again, or leave the \
             marker field out."
            .to_owned();
    }
    failure
}

/// The error for a filter that was not applied.
pub(crate) fn not_filtered() -> Failure {
    Failure::permanent(
        ProblemCode::UnexpectedAnswer,
        "Clio did not filter by the marker field. Check that it is a text field of the right kind.",
    )
    .field("/marker_field")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(json: &str) -> Marker {
        let values: Rows<FieldValue> = serde_json::from_str(json).unwrap();
        marker(&values, CustomFieldId(2), "intake:7")
    }

    #[test]
    fn the_definition_counts_and_not_the_id_of_the_value() {
        assert_eq!(
            read(r#"[{"id":"text_line-2","value":"intake:7","custom_field":{"id":9}}]"#),
            Marker::None
        );
        assert_eq!(
            read(r#"[{"id":"text_line-9","value":"intake:7","custom_field":{"id":2}}]"#),
            Marker::Ours
        );
        assert_eq!(
            read(r#"[{"id":"text_line-9","value":"intake:70","custom_field":{"id":2}}]"#),
            Marker::Others
        );
        assert_eq!(
            read(r#"[{"id":null,"value":null,"custom_field":{"id":2}}]"#),
            Marker::None
        );
    }

    #[test]
    fn a_marker_that_cannot_be_seen_is_not_taken_for_absent() {
        assert_eq!(read(r#"{"redacted":true}"#), Marker::Hidden);
        assert_eq!(
            read(r#"[{"id":"text_line-9","value":null,"custom_field":null}]"#),
            Marker::Hidden
        );
        // CASES A1: whole lists, and values without anything that they are about.
        assert_eq!(read("null"), Marker::Hidden);
        let blank = r#""field_type":null,"value":null,"custom_field":{"id":2}"#;
        assert_eq!(
            read(&format!(r#"[{{"id":"text_line-9",{blank}}}]"#)),
            Marker::Hidden
        );
        let redacted = r#"{"redacted":true}"#;
        assert_eq!(
            read(&format!(
                r#"[{{"id":"x-9","value":{redacted},"custom_field":{{"id":2}}}}]"#
            )),
            Marker::Hidden
        );
        assert_eq!(
            read(&format!(
                r#"[{{"id":"x-9","value":"y","custom_field":{redacted}}}]"#
            )),
            Marker::Hidden
        );
        // One that a person emptied has a type, and one that never was no id.
        assert_eq!(
            read(
                r#"[{"id":"text_line-9","field_type":"text_line","value":null,"custom_field":{"id":2}}]"#
            ),
            Marker::None
        );
        assert_eq!(read(&format!(r#"[{{"id":null,{blank}}}]"#)), Marker::None);
    }
}
