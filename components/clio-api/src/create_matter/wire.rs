//! Matters, practice areas and stages as they stand in requests and answers.

use crate::prelude::*;
use serde::{Deserialize, Serialize};

use super::MatterStatus;
use crate::association::{Linked, Rows};
use crate::fields::{Fields, fields};
use crate::ids::{ContactId, MatterId, PracticeAreaId, StageId};
use crate::marker::{FieldValue, NewFieldValue};

/// What a look reads.
pub(super) const LISTED: Fields = fields!(
    id,
    display_number,
    client_reference,
    description,
    client { id },
);

/// The same, with markers. The definition of a value is named bare, because a
/// second level of braces is refused; bare, it holds its id.
pub(super) const MARKED: Fields = fields!(
    id,
    display_number,
    client_reference,
    description,
    client { id },
    custom_field_values {
        id,
        field_type,
        value,
        custom_field
    },
);

/// What a creation reads back.
pub(super) const CREATED: Fields = fields!(
    id,
    etag,
    display_number,
    client_reference,
    practice_area { id },
    matter_stage { id },
);

/// The same, with markers.
pub(super) const CREATED_MARKED: Fields = fields!(
    id,
    etag,
    display_number,
    client_reference,
    practice_area { id },
    matter_stage { id },
    custom_field_values {
        id,
        field_type,
        value,
        custom_field
    },
);

/// What a list of practice areas reads.
pub(super) const PRACTICE_AREA: Fields = fields!(id, name);

/// What a list of stages reads.
pub(super) const STAGE: Fields = fields!(id, name, practice_area_id);

/// A matter in an answer.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Row {
    pub(super) id: MatterId,
    #[serde(default)]
    pub(super) display_number: Option<String>,
    #[serde(default)]
    pub(super) client_reference: Option<String>,
    #[serde(default)]
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) client: Option<Linked<ContactId>>,
    #[serde(default)]
    pub(super) practice_area: Option<Linked<PracticeAreaId>>,
    #[serde(default)]
    pub(super) matter_stage: Option<Linked<StageId>>,
    #[serde(default)]
    pub(super) custom_field_values: Rows<FieldValue>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct PracticeArea {
    pub(super) id: PracticeAreaId,
    #[serde(default)]
    pub(super) name: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Stage {
    pub(super) id: StageId,
    #[serde(default)]
    pub(super) name: Option<String>,
    /// Described as a string; both forms are read.
    #[serde(default)]
    pub(super) practice_area_id: Option<PracticeAreaId>,
}

/// The body that creates a matter.
#[derive(Debug, Serialize)]
pub(super) struct NewMatter<'r> {
    pub(super) client: Association<ContactId>,
    pub(super) description: &'r str,
    pub(super) client_reference: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) display_number: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) practice_area: Option<Association<PracticeAreaId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) matter_stage: Option<Association<StageId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) custom_field_values: Option<[NewFieldValue<'r>; 1]>,
}

#[derive(Debug, Serialize)]
pub(super) struct Association<I> {
    pub(super) id: I,
}

/// The status in a body: lower case, where answers capitalise it.
pub(crate) fn status(status: MatterStatus) -> &'static str {
    match status {
        MatterStatus::Open => "open",
        MatterStatus::Pending => "pending",
        MatterStatus::Closed => "closed",
    }
}

/// The status in an answer. One that came later is none of these.
pub(crate) fn status_of_answer(text: &str) -> Option<MatterStatus> {
    [
        MatterStatus::Open,
        MatterStatus::Pending,
        MatterStatus::Closed,
    ]
    .into_iter()
    .find(|known| status(*known).eq_ignore_ascii_case(text))
}
