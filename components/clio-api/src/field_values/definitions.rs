//! Which fields there are: from their definitions, or from what a record shows
//! of them where the definitions may not be read.

use crate::prelude::*;
use alloc::collections::BTreeMap;
use core::ops::ControlFlow;

use super::wire::{DEFINITION, DefinitionRow, Row};
use super::{FieldRef, FieldType, Owner};
use crate::answer::ApiError;
use crate::client::Client;
use crate::ids::CustomFieldId;
use crate::problem::{Code, Failure};
use crate::query::Query;
use crate::transport::Transport;

/// The fields of one kind of record.
#[derive(Debug, Default)]
pub(super) struct Known {
    fields: Vec<Field>,
    /// Where the field with an id stands among them.
    places: BTreeMap<u64, usize>,
    /// Whether the definitions may not be read, so that these fields are only
    /// those that the record shows.
    pub(super) hidden: bool,
}

/// What is known of a field.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) id: CustomFieldId,
    /// The name, as names are compared. Absent: it is not found by it.
    label: Option<String>,
    pub(super) kind: Option<FieldType>,
    /// The options of a picklist.
    pub(super) options: Vec<Choice>,
    deleted: bool,
}

/// An option of a picklist.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) id: u64,
    pub(super) label: String,
}

/// The next step where definitions may not be read.
pub(super) const PERMISSION: &str = "Give the application “Custom fields” for reading in Clio's \
     developer portal, let a user who may see custom fields consent, and connect again";

impl Known {
    /// Reads the definitions of one kind of record, and takes those of `rows`
    /// where that is forbidden.
    pub(super) fn read<T: Transport>(
        client: &mut Client<'_, T>,
        of: Owner,
        rows: &[Row],
    ) -> Result<Self, Failure> {
        let mut known = Self::default();
        let query = Query::new("custom_fields.json")
            .with("parent_type", of.parent_type())
            .fields(DEFINITION)
            .by_id();
        let listed = client.list("list the custom fields", query, |row: DefinitionRow| {
            // A filter that Clio does not know is ignored.
            let parent = row.parent_type.as_deref();
            if parent.is_some_and(|parent| parent.eq_ignore_ascii_case(of.parent_type())) {
                known.add_definition(row);
            }
            ControlFlow::Continue(())
        });
        match listed {
            Ok(()) => Ok(known),
            Err(error) if is_forbidden(&error) => Ok(Self::shown(rows)),
            Err(error) => Err(error.into()),
        }
    }

    fn add_definition(&mut self, row: DefinitionRow) {
        let deleted = row.deleted == Some(true);
        let options = row.picklist_options.unwrap_or_default();
        self.add(Field {
            id: row.id,
            label: label(row.name.as_deref(), deleted),
            kind: row.field_type.as_deref().and_then(FieldType::parse),
            options: options
                .into_iter()
                .filter(|option| option.deleted_at.is_none())
                .filter_map(|option| {
                    Some(Choice {
                        id: option.id?.0,
                        label: option.option?,
                    })
                })
                .collect(),
            deleted,
        });
    }

    fn add(&mut self, field: Field) {
        self.places.insert(field.id.0, self.fields.len());
        self.fields.push(field);
    }

    fn field(&self, id: CustomFieldId) -> Option<&Field> {
        self.fields.get(*self.places.get(&id.0)?)
    }

    /// The fields that a record shows. Of a picklist only the option that
    /// stands there is known.
    fn shown(rows: &[Row]) -> Self {
        let mut known = Self {
            hidden: true,
            ..Self::default()
        };
        for row in rows {
            let Some(id) = row.field() else {
                continue;
            };
            let deleted = row.soft_deleted == Some(true);
            let option = row.picklist_option.as_ref().and_then(|option| {
                Some(Choice {
                    id: option.id?.0,
                    label: option.option.clone()?,
                })
            });
            known.add(Field {
                id,
                label: label(row.field_name.as_deref(), deleted),
                kind: row.kind(),
                options: option.into_iter().collect(),
                deleted,
            });
        }
        known
    }

    /// The label of an option.
    pub(super) fn label(&self, field: CustomFieldId, option: u64) -> Option<&str> {
        let options = &self.field(field)?.options;
        let choice = options.iter().find(|choice| choice.id == option)?;
        Some(&choice.label)
    }

    /// Finds the one field that an input member names.
    pub(super) fn find(&self, named: &FieldRef, pointer: &str) -> Result<&Field, Failure> {
        let found = match named {
            FieldRef::Id(id) => self.field(*id),
            FieldRef::Name(name) => {
                let name = clio_text::label_key(name);
                let named = |field: &&Field| field.label.as_ref() == Some(&name);
                let mut named = self.fields.iter().filter(named);
                match (named.next(), named.next()) {
                    (Some(one), Some(other)) => {
                        let all = [one, other].into_iter().chain(named);
                        return Err(Failure::permanent(
                            Code::Ambiguous,
                            "Several custom fields have this name. Give the id of one.",
                        )
                        .field(pointer)
                        .candidates(all.map(|field| field.id.0)));
                    }
                    (found, _) => found,
                }
            }
        };
        match found {
            Some(field) if !field.deleted => Ok(field),
            Some(field) => Err(Failure::permanent(
                Code::Removed,
                "The custom field was deleted in Clio, and takes no new values. Name another one.",
            )
            .field(pointer)
            .candidates([field.id.0])),
            None => Err(self.unknown(pointer)),
        }
    }

    fn unknown(&self, pointer: &str) -> Failure {
        let failure = if self.hidden {
            Failure::permanent(
                Code::Forbidden,
                format!(
                    "The definitions of custom fields may not be read, and the record does not \
                     show this field, so it cannot be resolved. {PERMISSION}."
                ),
            )
            .status(403)
        } else {
            Failure::permanent(
                Code::NotFound,
                "The account has no such custom field for this kind of record. Make it in Clio, \
                 or correct the input.",
            )
        };
        failure.field(pointer)
    }
}

/// How a field's name is compared. A deleted field gave its name away.
fn label(name: Option<&str>, deleted: bool) -> Option<String> {
    name.filter(|_| !deleted).map(clio_text::label_key)
}

/// Whether Clio itself forbids it. An answer without a type is a firewall's.
pub(super) fn is_forbidden(error: &ApiError) -> bool {
    error.status() == Some(403) && error.failure.problem.clio_type.is_some()
}
