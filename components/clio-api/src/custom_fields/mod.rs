//! Values of custom fields: `custom_fields.read` and `custom_fields.write`.
//!
//! Values live on a contact or a matter and nowhere else. Each has an id of its
//! own, so a write reads first and chooses the form for each field: the form
//! that creates is refused where a value stands, even an empty one. What must
//! stay true: everything is checked before anything is sent, and all of it goes
//! in one request, so that nothing is half-written.

use crate::prelude::*;
mod check;
mod definitions;
mod plan;
mod read;
#[cfg(test)]
mod tests;
mod wire;
mod write;

use crate::ids::{ContactId, CustomFieldId, MatterId};

pub(crate) use read::shown;
pub(crate) use wire::Row as ValueRow;

pub use read::read;
pub use write::write;

/// The record that values belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// A person or a company.
    Contact(ContactId),
    /// A matter.
    Matter(MatterId),
}

impl Owner {
    fn id(self) -> u64 {
        match self {
            Self::Contact(id) => id.0,
            Self::Matter(id) => id.0,
        }
    }

    /// The record's path below `/api/v4/`.
    fn path(self) -> String {
        match self {
            Self::Contact(id) => format!("contacts/{id}.json"),
            Self::Matter(id) => format!("matters/{id}.json"),
        }
    }

    /// The input member that names it.
    fn pointer(self) -> &'static str {
        match self {
            Self::Contact(_) => "/of/contact",
            Self::Matter(_) => "/of/matter",
        }
    }

    /// The kind of record as Clio writes it in filters.
    fn parent_type(self) -> &'static str {
        match self {
            Self::Contact(_) => "contact",
            Self::Matter(_) => "matter",
        }
    }
}

/// The type of a custom field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// `true` or `false`.
    Checkbox,
    /// The id of a contact.
    Contact,
    /// An amount.
    Currency,
    /// A day.
    Date,
    /// An e-mail address.
    Email,
    /// The id of a matter.
    Matter,
    /// A number.
    Numeric,
    /// One of the field's options.
    Picklist,
    /// Text of several lines.
    TextArea,
    /// Text of one line.
    TextLine,
    /// A time of day.
    Time,
    /// A web address.
    Url,
}

impl FieldType {
    /// Reads Clio's name for a type. One that came later is none of these.
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "checkbox" => Self::Checkbox,
            "contact" => Self::Contact,
            "currency" => Self::Currency,
            "date" => Self::Date,
            "email" => Self::Email,
            "matter" => Self::Matter,
            "numeric" => Self::Numeric,
            "picklist" => Self::Picklist,
            "text_area" => Self::TextArea,
            "text_line" => Self::TextLine,
            "time" => Self::Time,
            "url" => Self::Url,
            _ => return None,
        })
    }
}

/// The record whose values are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadRequest {
    /// The record.
    pub of: Owner,
}

/// The values of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOutcome {
    /// One for each field that the record shows, in Clio's order.
    pub values: Vec<FieldValue>,
    /// Whether labels of picklists are missing, since the definitions may not
    /// be read.
    pub labels_hidden: bool,
}

/// The value of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldValue {
    /// The id of the field's definition.
    pub field: CustomFieldId,
    /// The field's name.
    pub name: Option<String>,
    /// Its type. Absent: one that this release does not know.
    pub kind: Option<FieldType>,
    /// The value as text; of a picklist the option's label.
    pub value: Option<String>,
    /// The id of a picklist's option.
    pub choice: Option<u64>,
    /// Whether the field's definition was deleted.
    pub deleted: bool,
}

/// Values that a record should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteRequest {
    /// The record.
    pub of: Owner,
    /// The values, each of another field.
    pub values: Vec<NewValue>,
}

/// A value that a field should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewValue {
    /// The field.
    pub field: FieldRef,
    /// Its value.
    pub value: Content,
}

/// Names a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldRef {
    /// By the id of its definition.
    Id(CustomFieldId),
    /// By its name, compared as a label.
    Name(String),
}

/// What a field should hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A value as text, in the form of the field's type.
    Text(String),
    /// An option of a picklist, by its id.
    Choice(u64),
    /// Nothing.
    Clear,
}

/// What became of a record's values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriteOutcome {
    /// One for each value of the request, in its order.
    pub values: Vec<Written>,
}

/// What became of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The id of the field's definition.
    pub field: CustomFieldId,
    /// What was done.
    pub change: Change,
}

/// What was done to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// There was none.
    Created,
    /// Another one stood there.
    Updated,
    /// It was taken away.
    Removed,
    /// It stood there already.
    Unchanged,
}
