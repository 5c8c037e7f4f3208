//! The part of JSON Schema of WIT types.
//!
//! A type of its own, and not a JSON value, because the order of members is
//! for people: a record's members stand as the contract lists them.

use serde::{Serialize, Serializer};

/// A schema. Members that are empty are not written.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    pub dialect: Option<&'static str>,
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(
        rename = "type",
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "one_or_many"
    )]
    pub kind: Vec<&'static str>,
    #[serde(rename = "const", skip_serializing_if = "Option::is_none")]
    pub constant: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<Schema>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<Schema>,
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_object")]
    pub properties: Vec<(String, Schema)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_properties: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prefix_items: Vec<Schema>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_items: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_items: Option<u64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unique_items: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<&'static str>,
    #[serde(
        rename = "$defs",
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "as_object"
    )]
    pub definitions: Vec<(String, Schema)>,
}

impl Schema {
    /// A schema for one JSON type.
    pub fn kind(kind: &'static str) -> Self {
        Self {
            kind: vec![kind],
            ..Self::default()
        }
    }

    /// A schema for one string.
    pub fn constant(value: String) -> Self {
        Self {
            constant: Some(value),
            ..Self::default()
        }
    }

    /// The same schema, or null.
    pub fn or_null(mut self) -> Self {
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
