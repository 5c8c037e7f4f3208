//! JSON Schema (2020-12) of a shape, for components that bring no description.
//!
//! Schemas of described actions come with the component and carry its
//! documentation; these have the types alone.

use serde_json::{Value, json};

use super::names::Name;
use super::{MAX_INLINE_BYTES, Shape};

/// The JSON Schema of `shape`.
pub(crate) fn schema(shape: &Shape) -> Value {
    match shape {
        Shape::Bool => json!({"type": "boolean"}),
        Shape::Signed(64) => json!({"anyOf": [
            {"type": "integer", "minimum": i64::MIN, "maximum": i64::MAX},
            {"type": "string", "pattern": "^(0|-?[1-9][0-9]*)$"},
        ]}),
        Shape::Unsigned(64) => json!({"anyOf": [
            {"type": "integer", "minimum": 0, "maximum": u64::MAX},
            {"type": "string", "pattern": "^(0|[1-9][0-9]*)$"},
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
