//! Options as they stand in Clio's lists.

use clio_types::lookup::{Choice, Entry};
use serde::Deserialize;

use crate::prelude::*;

use crate::fields::{Fields, fields};
use crate::ids::RecordId;

pub(super) const PRACTICE_AREA: Fields = fields!(id, name, code);
pub(super) const STAGE: Fields = fields!(id, name, order, practice_area_id);
pub(super) const USER: Fields = fields!(id, name, email, enabled);
pub(super) const MATTER: Fields = fields!(id, display_number, description, client { id, name });
pub(super) const CONTACT: Fields = fields!(id, name, primary_email_address);
pub(super) const FOLDER: Fields = fields!(id, name, deleted_at, parent { id, name });
pub(super) const CATEGORY: Fields = fields!(id, name);
pub(super) const TEMPLATE: Fields = fields!(id, filename, document_category { id, name });
pub(super) const CUSTOM_FIELD: Fields = fields!(
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

/// A row of any of the lists: each asks for some of the members.
#[derive(Debug, Deserialize)]
pub(super) struct Row {
    pub(super) id: RecordId,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    pub(super) order: Option<i64>,
    /// Described as a string; both forms are read.
    #[serde(default)]
    pub(super) practice_area_id: Option<RecordId>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    pub(super) enabled: Option<bool>,
    #[serde(default)]
    display_number: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    client: Option<Named>,
    #[serde(default)]
    primary_email_address: Option<String>,
    #[serde(default)]
    pub(super) deleted_at: Option<String>,
    #[serde(default)]
    parent: Option<Named>,
    #[serde(default)]
    filename: Option<String>,
    #[serde(default)]
    document_category: Option<Named>,
    #[serde(default)]
    pub(super) parent_type: Option<String>,
    #[serde(default)]
    field_type: Option<String>,
    #[serde(default)]
    pub(super) deleted: Option<bool>,
    #[serde(default)]
    picklist_options: Option<Vec<ChoiceRow>>,
}

/// An associated record. One that may not be seen has no name.
#[derive(Debug, Deserialize)]
struct Named {
    #[serde(default)]
    name: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ChoiceRow {
    #[serde(default)]
    id: Option<RecordId>,
    #[serde(default)]
    option: Option<String>,
    #[serde(default)]
    deleted_at: Option<String>,
}

impl Row {
    /// The option that it is.
    pub(super) fn entry(self) -> Entry {
        let name = |named: Option<Named>| named.and_then(|named| named.name);
        let label = self.name.or(self.display_number).or(self.filename);
        let detail = match (name(self.client), self.description) {
            (Some(client), Some(description)) => Some(format!("{client}: {description}")),
            (client, description) => client.or(description),
        };
        let mut choices = Vec::new();
        for choice in self.picklist_options.unwrap_or_default() {
            if let (Some(id), Some(label), None) = (choice.id, choice.option, choice.deleted_at) {
                choices.push(Choice { id: id.0, label });
            }
        }
        Entry {
            id: self.id.0,
            label: said(label).unwrap_or_else(|| self.id.to_string()),
            detail: said(
                detail
                    .or(self.code)
                    .or(self.email)
                    .or(self.primary_email_address)
                    .or(name(self.parent))
                    .or(name(self.document_category))
                    .or(self.field_type),
            ),
            choices,
        }
    }
}

fn said(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}
