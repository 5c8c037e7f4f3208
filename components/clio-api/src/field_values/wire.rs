//! Values and definitions as they stand in requests and answers.

use crate::prelude::*;
use core::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::FieldType;
use crate::association::Rows;
use crate::fields::{Fields, fields};
use crate::ids::CustomFieldId;

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
    pub(super) id: Option<Text>,
    #[serde(default)]
    pub(super) field_name: Option<String>,
    #[serde(default)]
    pub(super) field_type: Option<String>,
    #[serde(default)]
    pub(super) value: Option<Text>,
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
        let text = self.value.as_ref()?.0.as_str();
        (!text.is_empty()).then_some(text)
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

/// A value as text, whichever JSON type carries it. Unlike identifiers, values
/// can be fractions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text(pub(super) String);

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a scalar")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Text, E> {
        Ok(Text(value.to_owned()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Text, E> {
        Ok(Text(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Text, E> {
        Ok(Text(value.to_string()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Text, E> {
        Ok(Text(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Text, E> {
        Ok(Text(decimal(value)))
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

/// The shortest decimal that means the number. It is exact for the 15 digits
/// that a value may have; printing every float costs the component more than
/// all of its checks.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
fn decimal(value: f64) -> String {
    let sign = if value < 0.0 { "-" } else { "" };
    let value = value.abs();
    let mut power = 1_u64;
    let mut decimals = 0_usize;
    loop {
        // A float is cut off where it is too great for the integer.
        let digits = (value * power as f64 + 0.5) as u64;
        let meant = digits as f64 / power as f64;
        if decimals == 15 || digits >= 1_000_000_000_000_000 || meant.to_bits() == value.to_bits() {
            let (whole, fraction) = (digits / power, digits % power);
            return match decimals {
                0 => format!("{sign}{whole}"),
                _ => format!("{sign}{whole}.{fraction:0decimals$}"),
            };
        }
        power *= 10;
        decimals += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_shortest_decimal_that_means_it() {
        for (value, text) in [
            (0.0, "0"),
            (-12.25, "-12.25"),
            (1250.5, "1250.5"),
            (0.1, "0.1"),
            (7.0, "7"),
            (0.07, "0.07"),
            (9_999_999_999_999.99, "9999999999999.99"),
            (0.123_456_789_012_34, "0.12345678901234"),
            (999_999_999_999_999.0, "999999999999999"),
        ] {
            assert_eq!(decimal(value), text);
        }
    }
}
