//! JSON Schema (2020-12) of each kind of WIT type.
//!
//! The schemas describe exactly the JSON that the runner takes and gives. Two
//! write them: the catalog from the contract, with its documentation and bounds,
//! and the runtime from the types of a component that brings no description.
//! What a kind of type is in JSON is said here, once.
//!
//! A type of its own, and not a JSON value, because the order of members is
//! for people: a record's members stand as the contract lists them.

use serde::{Serialize, Serializer};

/// The greatest whole number that every JSON reader keeps exactly.
pub const MAX_EXACT: u64 = (1 << 53) - 1;

/// The most bytes that one `list<u8>` may hold in JSON.
pub const MAX_INLINE_BYTES: usize = 1 << 20;

/// Base64 with padding, in its one spelling: no bit is left over.
const BASE64: &str =
    "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$";

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

    /// The same schema, or null: `option<T>`.
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

    /// A signed integer of so many bits.
    pub fn signed(bits: u32) -> Self {
        let (least, most) = (i64::MIN >> (64 - bits), i64::MAX >> (64 - bits));
        if bits < 64 {
            return integer(least, most);
        }
        let digits = up_to(most.unsigned_abs());
        large(-(MAX_EXACT as i64), format!("^(0|-?({digits})|{least})$"))
    }

    /// An unsigned integer of so many bits.
    pub fn unsigned(bits: u32) -> Self {
        let most = u64::MAX >> (64 - bits);
        match i64::try_from(most) {
            Ok(most) => integer(0, most),
            Err(_) => large(0, format!("^(0|{})$", up_to(most))),
        }
    }

    /// `char`.
    pub fn char() -> Self {
        Self {
            min_length: Some(1),
            max_length: Some(1),
            ..Self::kind("string")
        }
    }

    /// `list<u8>`.
    pub fn bytes() -> Self {
        Self {
            content_encoding: Some("base64"),
            pattern: Some(BASE64.to_owned()),
            max_length: Some(MAX_INLINE_BYTES.div_ceil(3) as u64 * 4),
            ..Self::kind("string")
        }
    }

    /// Any other list.
    pub fn list(items: Self) -> Self {
        Self {
            items: Some(Box::new(items)),
            ..Self::kind("array")
        }
    }

    /// A list of so many items.
    pub fn fixed_list(items: Self, length: u32) -> Self {
        Self {
            min_items: Some(length.into()),
            max_items: Some(length.into()),
            ..Self::list(items)
        }
    }

    /// A tuple.
    pub fn tuple(items: Vec<Self>) -> Self {
        let length = items.len() as u64;
        Self {
            prefix_items: items,
            min_items: Some(length),
            max_items: Some(length),
            ..Self::kind("array")
        }
    }

    /// A record of its members, each with whether it must be there.
    pub fn record(members: impl IntoIterator<Item = (String, Self, bool)>) -> Self {
        let mut record = Self {
            additional_properties: Some(false),
            ..Self::kind("object")
        };
        for (name, member, required) in members {
            if required {
                record.required.push(name.clone());
            }
            record.properties.push((name, member));
        }
        record
    }

    /// A case of a variant: its name or, with a payload, an object whose only
    /// member has that name.
    pub fn case(name: String, payload: Option<Self>) -> Self {
        match payload {
            None => Self::constant(name),
            Some(payload) => Self::record([(name, payload, true)]),
        }
    }

    /// A variant of its cases.
    pub fn variant(cases: Vec<Self>) -> Self {
        Self {
            one_of: cases,
            ..Self::default()
        }
    }

    /// A result. A side without a payload is null.
    pub fn result(ok: Option<Self>, error: Option<Self>) -> Self {
        let side = |name: &str, payload: Option<Self>| {
            let payload = payload.unwrap_or_else(|| Self::kind("null"));
            Self::case(name.to_owned(), Some(payload))
        };
        Self::variant(vec![side("ok", ok), side("error", error)])
    }

    /// An enum of its cases, or one of flags.
    pub fn one_name(names: Vec<Self>) -> Self {
        Self {
            one_of: names,
            ..Self::kind("string")
        }
    }

    /// Flags.
    pub fn flags(names: Vec<Self>) -> Self {
        Self {
            unique_items: true,
            ..Self::list(Self::one_name(names))
        }
    }
}

fn integer(minimum: i64, maximum: i64) -> Schema {
    Schema {
        minimum: Some(minimum),
        maximum: Some(maximum),
        ..Schema::kind("integer")
    }
}

/// JSON readers lose digits of large numbers, so those go as strings. The bounds
/// say nothing about a string, and the pattern nothing about a number.
fn large(minimum: i64, pattern: String) -> Schema {
    Schema {
        kind: vec!["integer", "string"],
        pattern: Some(pattern),
        ..integer(minimum, MAX_EXACT as i64)
    }
}

/// The pattern of the numbers from 1 up to `most`, in their one spelling.
pub fn up_to(most: u64) -> String {
    let digits = most.to_string();
    let mut choices = vec![digits.clone()];
    if digits.len() > 1 {
        choices.push(format!("[1-9][0-9]{{0,{}}}", digits.len() - 2));
    }
    // The same up to a place, a smaller digit there, and anything after it.
    for (place, digit) in digits.bytes().enumerate() {
        let least = if place == 0 { b'1' } else { b'0' };
        if digit > least {
            let (before, below) = (&digits[..place], char::from(digit - 1));
            let after = digits.len() - place - 1;
            choices.push(format!(
                "{before}[{}-{below}][0-9]{{{after}}}",
                char::from(least)
            ));
        }
    }
    choices.join("|")
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
