//! Which fields there are: from their definitions, or from what a record shows
//! of them where the definitions may not be read.

use crate::prelude::*;
use alloc::collections::BTreeMap;
use core::ops::ControlFlow;

use clio_types::custom_fields::{FieldRef, FieldType, Owner, WriteRequest};
use clio_types::types::ProblemCode;

use super::named;
use super::wire::{DEFINITION, DefinitionRow, Row};
use crate::answer::ApiError;
use crate::client::Client;
use crate::ids::CustomFieldId;
use crate::problem::Failure;
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
    /// The name, as names are compared. Absent: it may not be seen.
    label: Option<String>,
    /// Absent: a type that came later, or one that may not be seen.
    pub(super) kind: Option<FieldType>,
    pub(super) type_hidden: bool,
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
        match Self::listed(client, of, false) {
            Ok(known) => Ok(known),
            Err(error) if is_forbidden(&error) => Ok(Self::shown(rows)),
            Err(error) => Err(error.into()),
        }
    }

    fn listed<T: Transport>(
        client: &mut Client<'_, T>,
        of: Owner,
        deleted: bool,
    ) -> Result<Self, ApiError> {
        let mut known = Self::default();
        let (of, _) = named(of);
        let query = Query::new("custom_fields.json").with("parent_type", of);
        let query = if deleted {
            query.with("deleted", "true")
        } else {
            query
        };
        client.list(
            "list the custom fields",
            query.fields(DEFINITION).by_id(),
            |row: DefinitionRow| {
                // A filter that Clio does not know is ignored.
                let parent = row.parent_type.as_deref();
                if parent.is_none_or(|parent| parent.eq_ignore_ascii_case(of)) {
                    known.add_definition(row);
                }
                ControlFlow::Continue(())
            },
        )?;
        Ok(known)
    }

    /// The failure of a field that was not found, or of one that was deleted:
    /// whether a list of definitions holds those is not documented. It costs a
    /// request, of a call that has failed.
    pub(super) fn not_found<T: Transport>(
        client: &mut Client<'_, T>,
        request: &WriteRequest,
        rows: &[Row],
        failure: Failure,
    ) -> Failure {
        if failure.problem.code != ProblemCode::NotFound {
            return failure;
        }
        let named = request.values.iter().enumerate().find_map(|(index, new)| {
            let pointer = format!("/values/{index}/field");
            let this = failure.problem.field.as_ref() == Some(&pointer);
            this.then_some((pointer, &new.field))
        });
        let Some((pointer, named)) = named else {
            return failure;
        };
        let gone = |known: &Self| {
            let found = known.find(named, &pointer).err()?;
            (found.problem.code == ProblemCode::Removed).then_some(found)
        };
        gone(&Self::shown(rows))
            .or_else(|| gone(&Self::listed(client, request.of, true).ok()?))
            .unwrap_or(failure)
    }

    fn add_definition(&mut self, row: DefinitionRow) {
        let options = row.picklist_options.unwrap_or_default();
        self.add(Field {
            id: row.id,
            label: row.name.as_deref().map(clio_text::label_key),
            kind: row.field_type.as_deref().and_then(FieldType::parse),
            type_hidden: row.field_type.is_none(),
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
            deleted: row.deleted == Some(true),
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
            let option = row.picklist_option.as_ref().and_then(|option| {
                Some(Choice {
                    id: option.id?.0,
                    label: option.option.clone()?,
                })
            });
            known.add(Field {
                id,
                label: row.field_name.as_deref().map(clio_text::label_key),
                kind: row.kind(),
                type_hidden: row.field_type.is_none(),
                options: option.into_iter().collect(),
                deleted: row.soft_deleted == Some(true),
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
            FieldRef::Id(id) => self.field(CustomFieldId(*id)),
            FieldRef::Name(name) => {
                let name = clio_text::label_key(name);
                let named = |field: &&Field| field.label.as_ref() == Some(&name);
                let standing = |field: &&Field| !field.deleted && named(field);
                let mut named_so = self.fields.iter().filter(standing);
                match (named_so.next(), named_so.next()) {
                    (Some(one), Some(other)) => {
                        let all = [one, other].into_iter().chain(named_so);
                        return Err(Failure::permanent(
                            ProblemCode::Ambiguous,
                            "Several custom fields have this name. Give the id of one.",
                        )
                        .field(pointer)
                        .candidates(all.map(|field| field.id.0)));
                    }
                    // A deleted field gave its name away, if another took it.
                    (found, _) => found.or_else(|| self.fields.iter().find(named)),
                }
            }
        };
        match found {
            Some(field) if !field.deleted => Ok(field),
            Some(field) => Err(removed(pointer, field.id)),
            None => Err(self.unknown(named, pointer)),
        }
    }

    fn unknown(&self, named: &FieldRef, pointer: &str) -> Failure {
        let by_name = matches!(named, FieldRef::Name(_));
        let nameless = by_name && self.fields.iter().any(|field| field.label.is_none());
        let failure = if self.hidden || nameless {
            Failure::permanent(
                ProblemCode::Forbidden,
                format!(
                    "The definitions of custom fields may not be read, and the record does not \
                     show this field, so it cannot be resolved. {PERMISSION}."
                ),
            )
            .status(403)
        } else {
            Failure::permanent(
                ProblemCode::NotFound,
                "The account has no such custom field for this kind of record. Make it in Clio, \
                 or correct the input.",
            )
        };
        failure.field(pointer)
    }
}

/// The failure of a field that was deleted.
fn removed(pointer: &str, id: CustomFieldId) -> Failure {
    Failure::permanent(
        ProblemCode::Removed,
        "The custom field was deleted in Clio, and takes no new values. Name another one.",
    )
    .field(pointer)
    .candidates([id.0])
}

/// Whether Clio itself forbids it, and not a firewall on the way.
pub(super) fn is_forbidden(error: &ApiError) -> bool {
    error.failure.problem.code == ProblemCode::Forbidden
}
