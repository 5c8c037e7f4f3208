//! Matters, practice areas and stages as they stand in requests and answers.

use crate::prelude::*;
use serde::{Deserialize, Serialize};

use super::MatterStatus;
use crate::association::{Linked, Rows};
use crate::fields::{Fields, fields};
use crate::ids::{ContactId, MatterId, PracticeAreaId, StageId};
use crate::marker::{FieldValue, NewFieldValue};

/// What a look reads.
pub(crate) const LISTED: Fields = fields!(
    id,
    display_number,
    client_reference,
    description,
    client { id },
);

/// The same, with markers. The definition of a value is named bare, because a
/// second level of braces is refused; bare, it holds its id.
pub(crate) const MARKED: Fields = fields!(
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
pub(crate) const CREATED: Fields = fields!(
    id,
    etag,
    display_number,
    client_reference,
    practice_area { id },
    matter_stage { id },
);

/// The same, with markers.
pub(crate) const CREATED_MARKED: Fields = fields!(
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
pub(crate) const PRACTICE_AREA: Fields = fields!(id, name);

/// What a list of stages reads.
pub(crate) const STAGE: Fields = fields!(id, name, practice_area_id);

/// A matter in an answer.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Row {
    pub(crate) id: MatterId,
    #[serde(default)]
    pub(crate) display_number: Option<String>,
    #[serde(default)]
    pub(crate) client_reference: Option<String>,
    #[serde(default)]
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) client: Option<Linked<ContactId>>,
    #[serde(default)]
    pub(crate) practice_area: Option<Linked<PracticeAreaId>>,
    #[serde(default)]
    pub(crate) matter_stage: Option<Linked<StageId>>,
    #[serde(default)]
    pub(crate) custom_field_values: Rows<FieldValue>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct PracticeArea {
    pub(crate) id: PracticeAreaId,
    #[serde(default)]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Stage {
    pub(crate) id: StageId,
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// Described as a string; both forms are read.
    #[serde(default)]
    pub(crate) practice_area_id: Option<PracticeAreaId>,
}

/// The body that creates a matter.
#[derive(Debug, Serialize)]
pub(crate) struct NewMatter<'r> {
    pub(crate) client: Association<ContactId>,
    pub(crate) description: &'r str,
    pub(crate) client_reference: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) display_number: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) practice_area: Option<Association<PracticeAreaId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) matter_stage: Option<Association<StageId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) custom_field_values: Option<[NewFieldValue<'r>; 1]>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Association<I> {
    pub(crate) id: I,
}

/// The status in an answer. One that came later is none of these.
pub(crate) fn status_of_answer(text: &str) -> Option<MatterStatus> {
    let mut all = MatterStatus::ALL.into_iter();
    all.find(|status| status.name().eq_ignore_ascii_case(text))
}
