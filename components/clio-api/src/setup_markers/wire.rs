//! Definitions of custom fields as they stand in requests and answers.

use crate::prelude::*;
use serde::{Deserialize, Serialize};

use super::{MarkedKind, parent_type};
use crate::fields::{Fields, fields};
use crate::ids::CustomFieldId;

/// The type of a marker field: one line of text.
pub(super) const TEXT_LINE: &str = "text_line";

/// What a look reads, and a creation reads back.
pub(super) const DEFINITION: Fields = fields!(id, name, parent_type, field_type, deleted);

/// A definition in an answer.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Row {
    pub(super) id: CustomFieldId,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    parent_type: Option<String>,
    #[serde(default)]
    field_type: Option<String>,
    #[serde(default)]
    deleted: Option<bool>,
}

impl Row {
    /// Whether the field can be given to records of a kind. One that was
    /// deleted keeps its values, and takes no new ones.
    pub(super) fn is_for(&self, kind: MarkedKind) -> bool {
        self.deleted != Some(true)
            && self
                .parent_type
                .as_deref()
                .is_some_and(|parent| parent.eq_ignore_ascii_case(parent_type(kind)))
    }

    /// Whether it may be any field of a kind: the connection may not see what it
    /// is. A member that is asked for and not told is hidden.
    pub(super) fn may_be(&self, kind: MarkedKind) -> bool {
        let parent = self.parent_type.as_deref();
        let of_kind = parent.is_none_or(|it| it.eq_ignore_ascii_case(parent_type(kind)));
        let told = parent.is_some() && self.name.is_some() && self.field_type.is_some();
        of_kind && !told && self.deleted != Some(true)
    }

    /// Whether it takes one line of text.
    pub(super) fn is_text(&self) -> bool {
        self.field_type.as_deref() == Some(TEXT_LINE)
    }
}

/// The body that creates a definition.
#[derive(Debug, Serialize)]
pub(super) struct NewField<'r> {
    pub(super) name: &'r str,
    pub(super) parent_type: &'static str,
    pub(super) field_type: &'static str,
    /// Whether every record shows the field, also where it is empty.
    pub(super) displayed: bool,
}
