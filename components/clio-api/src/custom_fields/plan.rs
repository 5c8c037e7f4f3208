//! What a write has to do: each value checked, and its form chosen.
//!
//! Nothing is sent here. The first value that cannot be written ends the call.

use crate::prelude::*;
use alloc::collections::BTreeMap;
use core::fmt::Write as _;

use clio_types::custom_fields::{Change, Content, FieldRef, FieldType, WriteRequest};
use clio_types::types::ProblemCode;

use super::check::{canonical, checked, id};
use super::definitions::{Field, Known, PERMISSION};
use super::wire::{self, Row};
use crate::ids::CustomFieldId;
use crate::input;
use crate::problem::Failure;

/// The most values of one call.
const MOST_VALUES: usize = 1_000;

/// The most characters of an option's label.
const LABEL: usize = 55;

/// The most options that a message lists.
const LISTED: usize = 50;

/// One value of the request, resolved.
#[derive(Debug)]
pub(super) struct Wanted {
    /// Its place in the request.
    pub(super) index: usize,
    pub(super) field: CustomFieldId,
    pub(super) kind: FieldType,
    /// What is sent. Absent: the value is taken away.
    pub(super) value: Option<String>,
    pub(super) change: Change,
    /// The id of the value that stands there.
    row: Option<String>,
}

impl Wanted {
    /// The value in the form that does the change.
    pub(super) fn body(&self) -> Option<wire::NewValue<'_>> {
        let body = wire::NewValue::default();
        Some(match self.change {
            Change::Unchanged => return None,
            Change::Created => wire::NewValue {
                custom_field: Some(wire::Definition { id: self.field }),
                value: self.value.as_deref(),
                ..body
            },
            Change::Updated => wire::NewValue {
                id: self.row.as_deref(),
                value: self.value.as_deref(),
                ..body
            },
            Change::Removed => wire::NewValue {
                id: self.row.as_deref(),
                destroy: true,
                ..body
            },
        })
    }

    /// Whether a value that stands there is the wanted one.
    pub(super) fn is(&self, text: Option<&str>) -> bool {
        let meant = |text: &str| canonical(self.kind, text);
        text.map(meant) == self.value.as_deref().map(meant)
    }
}

/// Checks what can be checked without a look.
pub(super) fn check(request: &WriteRequest) -> Result<(), Failure> {
    super::check_id(request.of)?;
    if !(1..=MOST_VALUES).contains(&request.values.len()) {
        return Err(Failure::input(
            "/values",
            "A call writes 1 to 1,000 values. Split the request.",
        ));
    }
    for (index, new) in request.values.iter().enumerate() {
        match &new.field {
            FieldRef::Id(id) => input::id(&format!("/values/{index}/field/id"), *id)?,
            FieldRef::Name(name) => {
                input::not_blank(&format!("/values/{index}/field/name"), name)?;
            }
        }
        if let Content::Choice(id) = new.value {
            input::id(&format!("/values/{index}/value/choice"), id)?;
        }
    }
    Ok(())
}

/// The values of a record, to be found by their fields.
#[derive(Debug)]
pub(super) struct Standing<'r> {
    rows: &'r [Row],
    places: BTreeMap<u64, usize>,
}

impl<'r> Standing<'r> {
    pub(super) fn of(rows: &'r [Row]) -> Self {
        // One by one: collecting sorts first, which costs the component 5 KB.
        let mut places = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            if let Some(field) = row.field() {
                places.insert(field.0, at);
            }
        }
        Self { rows, places }
    }

    /// The value that stands in a field.
    pub(super) fn text(&self, field: CustomFieldId) -> Option<&'r str> {
        self.row(field)?.text()
    }

    /// The id of the value, which also one that is null has.
    pub(super) fn id(&self, field: CustomFieldId) -> Option<&'r str> {
        self.row(field)?.id.text()
    }

    fn row(&self, field: CustomFieldId) -> Option<&'r Row> {
        self.rows.get(*self.places.get(&field.0)?)
    }
}

/// Resolves and checks every value, and chooses its form.
pub(super) fn plan(
    request: &WriteRequest,
    known: &Known,
    rows: &[Row],
) -> Result<Vec<Wanted>, Failure> {
    let standing = Standing::of(rows);
    let mut seen = BTreeMap::new();
    let mut plan = Vec::with_capacity(request.values.len());
    for (index, new) in request.values.iter().enumerate() {
        let at_field = format!("/values/{index}/field");
        let definition = known.find(&new.field, &at_field)?;
        let field = definition.id;
        if seen.insert(field.0, index).is_some() {
            return Err(Failure::input(
                at_field,
                "The request names this custom field twice. Leave one out.",
            ));
        }
        let Some(kind) = definition.kind else {
            if definition.type_hidden {
                return Err(Failure::permanent(
                    ProblemCode::Forbidden,
                    format!("The type of the custom field may not be seen. {PERMISSION}."),
                )
                .field(at_field));
            }
            return Err(Failure::permanent(
                ProblemCode::UnexpectedAnswer,
                "The custom field has a type that this release does not know. Use a newer release.",
            )
            .field(at_field));
        };
        let pointer = format!("/values/{index}/value");
        let value = wanted(kind, definition, known.hidden, &new.value, &pointer)?;
        let mut wanted = Wanted {
            index,
            field,
            kind,
            value,
            change: Change::Unchanged,
            row: standing.id(field).map(str::to_owned),
        };
        if !wanted.is(standing.text(field)) {
            // A field that the record shows empty has no id, and is created; a
            // value that is null has one, and is changed.
            wanted.change = match (&wanted.row, &wanted.value) {
                (None, _) => Change::Created,
                (Some(_), Some(_)) => Change::Updated,
                (Some(_), None) => Change::Removed,
            };
        }
        plan.push(wanted);
    }
    Ok(plan)
}

fn wanted(
    kind: FieldType,
    field: &Field,
    hidden: bool,
    content: &Content,
    pointer: &str,
) -> Result<Option<String>, Failure> {
    match (content, kind) {
        (Content::Clear, _) => Ok(None),
        (Content::Text(label), FieldType::Picklist) => {
            option(field, hidden, label, &format!("{pointer}/text")).map(Some)
        }
        (Content::Text(text), kind) => checked(kind, text, &format!("{pointer}/text")).map(Some),
        (Content::Choice(choice), FieldType::Picklist) => {
            let stands = field.options.iter().any(|option| option.id == *choice);
            // Where the options may not be read, Clio refuses what is none.
            if stands || hidden {
                Ok(Some(choice.to_string()))
            } else {
                Err(no_option(field, &format!("{pointer}/choice")))
            }
        }
        (Content::Choice(_), _) => Err(Failure::input(
            format!("{pointer}/choice"),
            "The custom field is no picklist. Give its value as `text`.",
        )),
    }
}

/// The id of the option with a label. The very label goes before one that
/// differs in case or space.
fn option(field: &Field, hidden: bool, label: &str, pointer: &str) -> Result<String, Failure> {
    let text = label.trim();
    input::not_blank(pointer, text)?;
    let folded = clio_text::label_key(text);
    let exact = |option: &&super::definitions::Choice| option.label.trim() == text;
    let alike =
        |option: &&super::definitions::Choice| clio_text::label_key(&option.label) == folded;
    let mut found: Vec<u64> = Vec::new();
    if text.chars().count() <= LABEL {
        found.extend(field.options.iter().filter(exact).map(|option| option.id));
        if found.is_empty() {
            found.extend(field.options.iter().filter(alike).map(|option| option.id));
        }
    }
    match found.as_slice() {
        [one] => Ok(one.to_string()),
        [] if hidden => Err(Failure::permanent(
            ProblemCode::Forbidden,
            format!(
                "The options of the picklist may not be read, so the label cannot be resolved. \
                 {PERMISSION}, or give the option's id as `choice`."
            ),
        )
        .status(403)
        .field(pointer)),
        [] => Err(no_option(field, pointer)),
        several => Err(Failure::permanent(
            ProblemCode::Ambiguous,
            "Several options of the picklist have this label. Give the id of one as `choice`.",
        )
        .field(pointer)
        .candidates(several.iter().copied())),
    }
}

/// Lists what could be meant. Labels are the account's settings, no client's
/// data.
fn no_option(field: &Field, pointer: &str) -> Failure {
    let mut message = String::from("The picklist has no such option. It has: ");
    for (index, option) in field.options.iter().take(LISTED).enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        let mut label = option.label.trim().chars();
        // Writing into a string does not fail.
        let _ = write!(message, "{separator}“");
        message.extend(label.by_ref().take(LABEL).filter(|c| !c.is_control()));
        let _ = write!(
            message,
            "{}”",
            if label.next().is_some() { "…" } else { "" }
        );
    }
    if field.options.is_empty() {
        message.push_str("none");
    }
    if let more @ 1.. = field.options.len().saturating_sub(LISTED) {
        let _ = write!(message, ", and {more} more");
    }
    message.push('.');
    Failure::input(pointer, message).candidates(field.options.iter().map(|option| option.id))
}

/// The ids of referenced records that are to be written, with the place of the
/// first value that names each.
pub(super) fn references(plan: &[Wanted], kind: FieldType) -> BTreeMap<u64, usize> {
    let mut ids = BTreeMap::new();
    for wanted in plan {
        if wanted.kind == kind
            && wanted.change != Change::Unchanged
            && let Some(id) = wanted.value.as_deref().and_then(id)
        {
            ids.entry(id).or_insert(wanted.index);
        }
    }
    ids
}
