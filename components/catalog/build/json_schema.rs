//! The part of JSON Schema that the catalog writes.
//!
//! A type of its own, and not a JSON value, because the order of members is
//! for people: a record's members stand as the contract lists them.

use serde::{Serialize, Serializer};

/// A schema. Members that are empty are not written.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Schema {
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    pub(crate) dialect: Option<&'static str>,
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    pub(crate) reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(
        rename = "type",
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "one_or_many"
    )]
    pub(crate) kind: Vec<&'static str>,
    #[serde(rename = "const", skip_serializing_if = "Option::is_none")]
    pub(crate) constant: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) any_of: Vec<Schema>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) one_of: Vec<Schema>,
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_object")]
    pub(crate) properties: Vec<(String, Schema)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) required: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) additional_properties: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) prefix_items: Vec<Schema>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) items: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min_items: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_items: Option<u64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) unique_items: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) minimum: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) maximum: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pattern: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) not: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_encoding: Option<&'static str>,
    #[serde(
        rename = "$defs",
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "as_object"
    )]
    pub(crate) definitions: Vec<(String, Schema)>,
}

impl Schema {
    /// A schema for one JSON type.
    pub(crate) fn kind(kind: &'static str) -> Self {
        Self {
            kind: vec![kind],
            ..Self::default()
        }
    }

    /// A schema for one string.
    pub(crate) fn constant(value: String) -> Self {
        Self {
            constant: Some(value),
            ..Self::default()
        }
    }

    /// The same schema, or null.
    pub(crate) fn or_null(mut self) -> Self {
        if !self.kind.is_empty() && self.one_of.is_empty() {
            self.kind.push("null");
            return self;
        }
        Self {
            any_of: vec![self, Self::kind("null")],
            ..Self::default()
        }
    }
}

fn one_or_many<S: Serializer>(kinds: &[&str], serializer: S) -> Result<S::Ok, S::Error> {
    match kinds {
        [one] => serializer.serialize_str(one),
        many => many.serialize(serializer),
    }
}

fn as_object<S: Serializer>(
    members: &[(String, Schema)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(members.iter().map(|(name, schema)| (name, schema)))
}
