//! Values and definitions as they stand in requests and answers.

use clio_types::custom_fields::FieldType;
use serde::{Deserialize, Serialize};

use crate::prelude::*;

use crate::association::Rows;
use crate::fields::{Fields, fields};
use crate::ids::CustomFieldId;
use crate::scalar::{self, Scalar};

/// What a look at a record reads, and a write reads back. A second level of
/// braces is refused: `custom_field` named bare holds its id, and
/// `picklist_option` its label.
pub(super) const VALUES: Fields = fields!(
    id,
    custom_field_values {
        id,
        field_name,
        field_type,
        value,
        soft_deleted,
        custom_field,
        picklist_option
    },
);

/// What a list of definitions reads.
pub(super) const DEFINITION: Fields = fields!(
    id,
    name,
    parent_type,
    field_type,
    deleted,
    picklist_options {
        id,
        option,
        deleted_at
    },
);

/// What a list of referenced records reads.
pub(super) const ID: Fields = fields!(id);

/// A contact or a matter in an answer.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Record {
    #[serde(default)]
    pub(super) custom_field_values: Rows<Row>,
}

/// A value in an answer.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Row {
    /// The value's own id, such as `text_line-17`. Null where the record shows
    /// a field that has no value.
    #[serde(default)]
    pub(super) id: Scalar,
    #[serde(default)]
    pub(super) field_name: Option<String>,
    #[serde(default)]
    pub(super) field_type: Option<String>,
    #[serde(default)]
    pub(super) value: Scalar,
    #[serde(default)]
    pub(super) soft_deleted: Option<bool>,
    #[serde(default)]
    pub(super) custom_field: Option<Part>,
    #[serde(default)]
    pub(super) picklist_option: Option<Part>,
}

impl Row {
    /// The definition of its field.
    pub(crate) fn field(&self) -> Option<CustomFieldId> {
        self.custom_field.as_ref().and_then(|field| field.id)
    }

    pub(super) fn kind(&self) -> Option<FieldType> {
        self.field_type.as_deref().and_then(FieldType::parse)
    }

    /// The value, unless there is none. Empty text is none.
    pub(crate) fn text(&self) -> Option<&str> {
        self.value.text()
    }

    /// Whether the connection may not see which field this is a value of, or
    /// what stands in it.
    pub(crate) fn is_hidden(&self) -> bool {
        self.field().is_none()
            || scalar::is_hidden(&self.id, self.field_type.as_deref(), &self.value)
    }
}

/// What belongs to another: a value's definition, or an option of a picklist.
/// One that may not be seen has no id.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Part {
    #[serde(default)]
    pub(super) id: Option<CustomFieldId>,
    #[serde(default)]
    pub(super) option: Option<String>,
    #[serde(default)]
    pub(super) deleted_at: Option<String>,
}

/// A definition in an answer. Of a referenced contact or matter only the id is
/// asked for, and it stands here as well.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct DefinitionRow {
    pub(super) id: CustomFieldId,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) parent_type: Option<String>,
    #[serde(default)]
    pub(super) field_type: Option<String>,
    #[serde(default)]
    pub(super) deleted: Option<bool>,
    #[serde(default)]
    pub(super) picklist_options: Option<Vec<Part>>,
}

/// The body that changes values.
#[derive(Debug, Serialize)]
pub(super) struct NewValues<'w> {
    pub(super) custom_field_values: Vec<NewValue<'w>>,
}

/// One value in one of three forms: with a definition it is created, with an
/// id changed, with an id and the flag taken away.
#[derive(Debug, Default, Serialize)]
pub(super) struct NewValue<'w> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<&'w str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) custom_field: Option<Definition>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<&'w str>,
    #[serde(rename = "_destroy", skip_serializing_if = "core::ops::Not::not")]
    pub(super) destroy: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Definition {
    pub(super) id: CustomFieldId,
}
