//! JSON Schema (2020-12) of a shape, for components that bring no description.
//!
//! Schemas of described actions come with the component and carry its
//! documentation; these have the types alone.

use serde_json::{Value, json};

use super::names::Name;
use super::{MAX_EXACT, MAX_INLINE_BYTES, Shape};

/// The JSON Schema of `shape`.
pub(crate) fn schema(shape: &Shape) -> Value {
    match shape {
        Shape::Bool => json!({"type": "boolean"}),
        Shape::Signed(64) => json!({"anyOf": [
            {"type": "integer", "minimum": -(MAX_EXACT as i64), "maximum": MAX_EXACT},
            {"type": "string", "pattern": format!("^(0|-?({})|{})$", up_to(i64::MAX as u64), i64::MIN)},
        ]}),
        Shape::Unsigned(64) => json!({"anyOf": [
            {"type": "integer", "minimum": 0, "maximum": MAX_EXACT},
            {"type": "string", "pattern": format!("^(0|{})$", up_to(u64::MAX))},
        ]}),
        Shape::Signed(bits) => {
            let edge = 1_i64 << (bits - 1);
            json!({"type": "integer", "minimum": -edge, "maximum": edge - 1})
        }
        Shape::Unsigned(bits) => {
            json!({"type": "integer", "minimum": 0, "maximum": (1_u64 << bits) - 1})
        }
        Shape::Float32 | Shape::Float64 => json!({"type": "number"}),
        Shape::Char => json!({"type": "string", "minLength": 1, "maxLength": 1}),
        Shape::String => json!({"type": "string"}),
        Shape::Bytes => json!({
            "type": "string",
            "contentEncoding": "base64",
            "pattern": BASE64,
            "maxLength": MAX_INLINE_BYTES.div_ceil(3) * 4,
        }),
        Shape::List(inner) => json!({"type": "array", "items": schema(inner)}),
        Shape::Fixed(inner, length) => json!({
            "type": "array", "items": schema(inner), "minItems": length, "maxItems": length,
        }),
        Shape::Tuple(shapes) => json!({
            "type": "array",
            "prefixItems": shapes.iter().map(schema).collect::<Vec<_>>(),
            "items": false,
            "minItems": shapes.len(),
        }),
        Shape::Record(fields) => record(fields),
        Shape::Variant(cases) => json!({
            "oneOf": cases.iter().map(|(name, payload)| match payload {
                None => json!({"const": name.json}),
                Some(payload) => member(&name.json, schema(payload)),
            }).collect::<Vec<_>>(),
        }),
        Shape::Enum(names) => json!({"type": "string", "enum": texts(names)}),
        Shape::Option(inner) => json!({"anyOf": [schema(inner), {"type": "null"}]}),
        Shape::Result(ok, error) => {
            let side = |shape: &Option<Box<Shape>>| {
                shape.as_deref().map_or(json!({"type": "null"}), schema)
            };
            json!({"oneOf": [member("ok", side(ok)), member("error", side(error))]})
        }
        Shape::Flags(names) => json!({
            "type": "array",
            "uniqueItems": true,
            "items": {"type": "string", "enum": texts(names)},
        }),
    }
}

/// Base64 with padding, in its one spelling: no bit is left over.
const BASE64: &str =
    "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$";

/// The pattern of the numbers from 1 up to `most`, in their one spelling.
fn up_to(most: u64) -> String {
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

fn record(fields: &[(Name, Shape)]) -> Value {
    let properties: serde_json::Map<String, Value> = fields
        .iter()
        .map(|(name, shape)| (name.json.to_string(), schema(shape)))
        .collect();
    let required: Vec<&str> = fields
        .iter()
        .filter(|(_, shape)| !matches!(shape, Shape::Option(_) | Shape::List(_) | Shape::Bytes))
        .map(|(name, _)| &*name.json)
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn member(name: &str, schema: Value) -> Value {
    json!({
        "type": "object",
        "properties": {name: schema},
        "required": [name],
        "additionalProperties": false,
    })
}

fn texts(names: &[Name]) -> Vec<&str> {
    names.iter().map(|name| &*name.json).collect()
}
