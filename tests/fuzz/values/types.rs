//! Types, written as JSON.
//!
//! A kind without parts is its name, such as `"u64"`; one with parts is an
//! object of one member: `{"list": T}`, `{"fixed": [T, 3]}`, `{"tuple": [T]}`,
//! `{"option": T}`, `{"result": [T, null]}`, `{"record": [["name", T]]}`,
//! `{"variant": [["case", T], ["other", null]]}`, `{"enum": ["a"]}`,
//! `{"flags": ["a"]}`. `{"ours": 0}` is the first parameter type of the actions.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use clio_host::Host;
use clio_host::fuzzing::{Name, Shape, parameters};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The deepest type. A component's own may be 64 levels deep; a value's levels
/// are bounded with it.
const DEEPEST: usize = 20;

/// The shape of a type, or `None` when no component could have it.
pub(crate) fn shape(ty: &Value) -> Option<Shape> {
    build(ty, 0)
}

fn build(ty: &Value, depth: usize) -> Option<Shape> {
    if depth > DEEPEST {
        return None;
    }
    let inner = |ty: &Value| build(ty, depth + 1);
    let (kind, parts) = match ty {
        Value::String(kind) => {
            return Some(match kind.as_str() {
                "bool" => Shape::Bool,
                "s8" => Shape::Signed(8),
                "s16" => Shape::Signed(16),
                "s32" => Shape::Signed(32),
                "s64" => Shape::Signed(64),
                "u8" => Shape::Unsigned(8),
                "u16" => Shape::Unsigned(16),
                "u32" => Shape::Unsigned(32),
                "u64" => Shape::Unsigned(64),
                "f32" => Shape::Float32,
                "f64" => Shape::Float64,
                "char" => Shape::Char,
                "string" => Shape::String,
                "bytes" => Shape::Bytes,
                _ => return None,
            });
        }
        Value::Object(one) if one.len() == 1 => one.iter().next()?,
        _ => return None,
    };
    Some(match kind.as_str() {
        "ours" => ours().get(usize::try_from(parts.as_u64()?).ok()?)?.clone(),
        // A list of bytes has a kind of its own.
        "list" => match inner(parts)? {
            Shape::Unsigned(8) => return None,
            shape => Shape::List(Box::new(shape)),
        },
        "fixed" => {
            let length = parts[1]
                .as_u64()
                .filter(|length| (1..=64).contains(length))?;
            Shape::Fixed(Box::new(inner(&parts[0])?), u32::try_from(length).ok()?)
        }
        "tuple" => Shape::Tuple(some(parts)?.iter().map(inner).collect::<Option<_>>()?),
        "option" => match inner(parts)? {
            Shape::Option(_) => return None,
            shape => Shape::Option(Box::new(shape)),
        },
        "result" => {
            let side = |side: &Value| match side {
                Value::Null => Some(None),
                ty => Some(Some(Box::new(inner(ty)?))),
            };
            Shape::Result(side(&parts[0])?, side(&parts[1])?)
        }
        "record" => {
            let named = names(parts, |part| part[0].as_str())?;
            let shapes = parts.as_array()?.iter().map(|part| inner(&part[1]));
            Shape::Record(
                named
                    .into_iter()
                    .zip(shapes.collect::<Option<Vec<_>>>()?)
                    .collect(),
            )
        }
        "variant" => {
            let named = names(parts, |part| part[0].as_str())?;
            let shapes = parts.as_array()?.iter().map(|part| match &part[1] {
                Value::Null => Some(None),
                ty => Some(Some(inner(ty)?)),
            });
            Shape::Variant(
                named
                    .into_iter()
                    .zip(shapes.collect::<Option<Vec<_>>>()?)
                    .collect(),
            )
        }
        "enum" => Shape::Enum(names(parts, Value::as_str)?),
        "flags" => Shape::Flags(names(parts, Value::as_str).filter(|names| names.len() <= 32)?),
        _ => return None,
    })
}

fn some(parts: &Value) -> Option<&Vec<Value>> {
    parts.as_array().filter(|parts| !parts.is_empty())
}

/// The names of parts: as WIT spells names, each once, in any case.
fn names<'v>(parts: &'v Value, name: impl Fn(&'v Value) -> Option<&'v str>) -> Option<Vec<Name>> {
    let mut seen = BTreeSet::new();
    some(parts)?
        .iter()
        .map(|part| {
            let name = name(part)?;
            let word = |word: &str| {
                word.starts_with(|c: char| c.is_ascii_alphabetic())
                    && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
            };
            let plain = name.split('-').all(word) && seen.insert(name.to_ascii_lowercase());
            plain.then(|| Name::new(name))
        })
        .collect()
}

/// The parameter types of the actions of this project.
fn ours() -> &'static [Shape] {
    static OURS: OnceLock<Vec<Shape>> = OnceLock::new();
    OURS.get_or_init(|| {
        let host = Host::builder().workers(1).build().unwrap();
        let actions = clio_catalog::actions().iter();
        let shapes: Vec<Shape> = actions
            .flat_map(|action| parameters(&host.load_action(action.name).unwrap()))
            .collect();
        assert!(shapes.len() >= clio_catalog::actions().len());
        shapes
    })
}

/// Types of every kind.
pub(crate) fn any() -> impl Strategy<Value = Value> {
    let leaves = [
        "bool", "s8", "s16", "s32", "s64", "u8", "u16", "u32", "u64", "f32", "f64", "char",
        "string", "bytes",
    ];
    let leaf = prop_oneof![
        12 => prop::sample::select(leaves.to_vec()).prop_map(|kind| json!(kind)),
        1 => (0..8_usize).prop_map(|n| json!({"ours": n})),
        1 => words().prop_map(|names| json!({"enum": names})),
        1 => words().prop_map(|names| json!({"flags": names})),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let many = prop::collection::vec(inner.clone(), 4);
        let side = prop::option::of(inner.clone());
        prop_oneof![
            inner.clone().prop_map(|ty| json!({"list": ty})),
            (inner.clone(), 1..4_u32).prop_map(|(ty, length)| json!({"fixed": [ty, length]})),
            inner.clone().prop_map(|ty| json!({"option": ty})),
            (side.clone(), side.clone()).prop_map(|(ok, error)| json!({"result": [ok, error]})),
            prop::collection::vec(inner, 1..4).prop_map(|types| json!({"tuple": types})),
            (words(), many).prop_map(|(names, types)| {
                json!({"record": names.into_iter().zip(types).collect::<Vec<_>>()})
            }),
            (words(), prop::collection::vec(side, 4)).prop_map(|(names, types)| {
                json!({"variant": names.into_iter().zip(types).collect::<Vec<_>>()})
            }),
        ]
    })
}

fn words() -> impl Strategy<Value = Vec<&'static str>> {
    let all = [
        "a",
        "source-id",
        "known-id",
        "OK",
        "error",
        "none",
        "B2-c",
        "value",
    ];
    prop::sample::subsequence(all.to_vec(), 1..=4)
}
