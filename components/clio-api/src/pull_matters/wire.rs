//! Matters as they stand on a page.

use clio_types::pull_matters::{Client, ClientKind, Link, Named};
use serde::Deserialize;

use crate::prelude::*;

use crate::association::Rows;
use crate::custom_fields::ValueRow;
use crate::fields::{Fields, fields};
use crate::ids::{CustomFieldId, MatterId, RecordId};

/// A page without custom fields.
pub(super) const PLAIN: Fields = fields!(
    id,
    etag,
    display_number,
    description,
    status,
    open_date,
    pending_date,
    close_date,
    created_at,
    updated_at,
    client_reference,
    client { id, name, type },
    practice_area { id, name },
    matter_stage { id, name },
    responsible_attorney { id, name },
    originating_attorney { id, name },
);

/// The same with custom fields. A second level of braces is refused:
/// `custom_field` named bare holds its id, and `picklist_option` its label.
pub(super) const WITH_VALUES: Fields = fields!(
    id,
    etag,
    display_number,
    description,
    status,
    open_date,
    pending_date,
    close_date,
    created_at,
    updated_at,
    client_reference,
    client { id, name, type },
    practice_area { id, name },
    matter_stage { id, name },
    responsible_attorney { id, name },
    originating_attorney { id, name },
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

/// What a count reads.
pub(super) const ID: Fields = fields!(id);

/// What a count reads that looks for references.
pub(super) const REFERENCED: Fields = fields!(id, client_reference);

/// What a count reads that looks for markers.
pub(super) const MARKED: Fields = fields!(
    id,
    custom_field_values {
        id,
        field_type,
        value,
        custom_field
    },
);

/// A matter in an answer.
#[derive(Debug, Deserialize)]
pub(super) struct Row {
    pub(super) id: MatterId,
    #[serde(default)]
    pub(super) etag: Option<String>,
    #[serde(default)]
    pub(super) display_number: Option<String>,
    #[serde(default)]
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) open_date: Option<String>,
    #[serde(default)]
    pub(super) pending_date: Option<String>,
    #[serde(default)]
    pub(super) close_date: Option<String>,
    #[serde(default)]
    pub(super) created_at: Option<String>,
    #[serde(default)]
    pub(super) updated_at: Option<String>,
    #[serde(default)]
    pub(super) client: Option<Associated>,
    #[serde(default)]
    pub(super) practice_area: Option<Associated>,
    #[serde(default)]
    pub(super) matter_stage: Option<Associated>,
    #[serde(default)]
    pub(super) responsible_attorney: Option<Associated>,
    #[serde(default)]
    pub(super) originating_attorney: Option<Associated>,
    #[serde(default)]
    pub(super) client_reference: Option<String>,
    #[serde(default)]
    pub(super) custom_field_values: Rows<ValueRow>,
}

/// A record that belongs to a matter. One that may not be seen has no id, and
/// usually says `redacted`.
#[derive(Debug, Deserialize)]
pub(super) struct Associated {
    #[serde(default)]
    id: Option<RecordId>,
    #[serde(default)]
    name: Option<String>,
    #[serde(rename = "type", default)]
    kind: Option<String>,
}

impl Associated {
    /// The record, unless it may not be seen.
    pub(super) fn named(self) -> Option<Named> {
        Some(Named {
            id: self.id?.0,
            name: self.name,
        })
    }

    /// The same of a client.
    pub(super) fn client(self) -> Option<Client> {
        let kind = match self.kind.as_deref() {
            Some("Person") => Some(ClientKind::Person),
            Some("Company") => Some(ClientKind::Company),
            _ => None,
        };
        Some(Client {
            id: self.id?.0,
            name: self.name,
            kind,
        })
    }
}

/// Whether a matter is linked to a source id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Linkage {
    Linked(String),
    Not,
    /// The connection may not see what would tell.
    Hidden,
}

impl Row {
    /// Whether some of the values that were asked for may not be seen. Not to
    /// be told of any is not to have none.
    pub(super) fn hides_values(&self) -> bool {
        match &self.custom_field_values {
            Rows::Redacted | Rows::Absent => true,
            Rows::Visible(rows) => rows.iter().any(ValueRow::is_hidden),
        }
    }

    /// What a link tells of it.
    pub(super) fn linkage(&self, link: &Link) -> Linkage {
        match link {
            Link::Reference(prefix) => match &self.client_reference {
                Some(reference) if reference.starts_with(prefix) => {
                    Linkage::Linked(reference.clone())
                }
                _ => Linkage::Not,
            },
            Link::MarkerField(field) => {
                let field = Some(CustomFieldId(*field));
                let rows = self.custom_field_values.visible();
                let mut markers = rows.iter().filter(|row| row.field() == field);
                if let Some(source_id) = markers.clone().find_map(ValueRow::text) {
                    return Linkage::Linked(source_id.to_owned());
                }
                // Any row whose field is not told may be the marker.
                let hidden = !self.custom_field_values.is_visible()
                    || markers.any(ValueRow::is_hidden)
                    || rows.iter().any(|row| row.field().is_none());
                if hidden {
                    Linkage::Hidden
                } else {
                    Linkage::Not
                }
            }
        }
    }
}
